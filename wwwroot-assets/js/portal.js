// What only the browser can do. No page logic lives here.
const root = document.documentElement;

function setCookie(name, value) {
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax${secure}`;
}

export function setTheme(choice) {
  setCookie("theme", choice);
  root.dataset.themeChoice = choice;
  root.dispatchEvent(new Event("themechoice"));
}

export function setDensity(density) {
  setCookie("density", density);
  root.dataset.density = density;
}

export function announce(text, atOnce) {
  const region = document.getElementById(atOnce ? "live-now" : "live");
  if (!region) return;
  region.textContent = "";
  // The same sentence twice is only read again if the region was empty in between.
  requestAnimationFrame(() => { region.textContent = text; });
}

export async function copy(text) {
  await navigator.clipboard.writeText(text);
  announce("Copied");
}

export function focusOn(id) {
  // After the next picture: a dialog's own focus trap comes first.
  requestAnimationFrame(() => setTimeout(() => (document.getElementById(id) ?? document.querySelector("h1"))?.focus()));
}

// What opened the dialog gets the focus back. The dialog's own focus trap remembers the first field instead when that was quicker.
let opener = null;

function backToOpener() {
  if (document.activeElement && document.activeElement !== document.body) return;
  (opener?.isConnected ? opener : document.querySelector("h1"))?.focus();
}

// The first field of a dialog says data-autofocus; the browser's own autofocus works once a page.
new MutationObserver(records => {
  for (const node of records.flatMap(record => [...record.removedNodes])) {
    if (node instanceof HTMLElement && (node.matches(".mud-dialog-container") || node.querySelector(".mud-dialog"))) setTimeout(backToOpener, 100);
  }
  for (const node of records.flatMap(record => [...record.addedNodes])) {
    const field = node instanceof HTMLElement && (node.matches("[data-autofocus]") ? node : node.querySelector("[data-autofocus]"));
    if (!field) continue;
    requestAnimationFrame(() => setTimeout(() => field.focus()));
    // The focus trap may come second and take the frame of the dialog.
    setTimeout(() => { if (!document.activeElement?.matches("input,textarea,select")) field.focus(); }, 250);
  }
}).observe(document.body, { childList: true, subtree: true });

// Drafts: text that survives a lost circuit or a reload, in this tab only.
export function keepDraft(key, text) {
  if (text) sessionStorage.setItem(`draft:${key}`, text);
  else sessionStorage.removeItem(`draft:${key}`);
}

export function draft(key) {
  return sessionStorage.getItem(`draft:${key}`);
}

// Blazor asks for this module by name, so that the fingerprinted address stands in one place only.
const self = { setTheme, setDensity, announce, copy, focusOn, keepDraft, draft };
globalThis.portalModule = () => self;

// The server sends a page away whose session has ended. A form that is on its way out of the portal must not be overtaken by that.
let leaving = false;
globalThis.portalLeave = url => {
  if (leaving) return;
  leaving = true;
  // Whoever signs in again goes on where they were.
  const back = `returnUrl=${encodeURIComponent(location.pathname + location.search)}`;
  if (url) location.assign(url.includes("?problem=") ? `${url}&${back}` : url);
  else location.reload();
};
document.addEventListener("submit", event => {
  if (event.target.matches("form[action^='/auth/']")) leaving = true;
});

// Work on an open page is no request by itself, so the session would count as idle.
let seenAt = performance.now();
function seen() {
  if (performance.now() - seenAt < 60_000) return;
  seenAt = performance.now();
  fetch("/auth/seen", { method: "POST", redirect: "manual" }).catch(() => { });
}
for (const what of ["pointerdown", "keydown"]) document.addEventListener(what, seen, { capture: true, passive: true });

document.addEventListener("click", async event => {
  const target = event.target instanceof Element ? event.target : null;
  const hit = selector => target?.closest(selector);

  const opens = hit("[aria-haspopup=dialog]");
  // A menu is gone by then; its button is not.
  if (opens) opener = opens.closest("[role=menu]")?.parentElement?.querySelector("[aria-haspopup=menu]") ?? opens;

  const copier = hit("[data-copy]");
  if (copier) {
    await copy(copier.dataset.copy);
    const word = copier.querySelector("[data-copied]");
    if (word && !word.dataset.was) {
      word.dataset.was = word.textContent;
      word.textContent = word.dataset.copied;
      setTimeout(() => { word.textContent = word.dataset.was; delete word.dataset.was; }, 1600);
    }
  }

  const skip = hit("[data-skip]");
  if (skip) {
    event.preventDefault();
    document.getElementById(skip.dataset.skip)?.focus();
  }

  const closes = hit("[data-closes]");
  if (closes) document.getElementById(closes.dataset.closes)?.hidePopover();

  if (hit("[data-reload]")) location.reload();
  if (hit("[data-reconnect]")) await retry(() => Blazor.reconnect());
  if (hit("[data-resume]")) await retry(() => Blazor.resumeCircuit());
}, { capture: true });

async function retry(connect) {
  // False: the server answered, but has forgotten this page.
  if (!await connect()) location.reload();
}

// Shortcuts. A letter alone does something only while nobody is typing; "g" waits a second for its second key.
let goUntil = 0;
document.addEventListener("keydown", event => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (performance.now() < goUntil) {
    goUntil = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  const field = event.key === "/" ? ".find input" : event.key === "f" ? "[data-filter]" : null;
  const input = field && document.querySelector(field);
  if (input) { event.preventDefault(); input.focus(); input.select?.(); }
  else if (event.key === "g") goUntil = performance.now() + 1000;
});

function isTyping(element) {
  return element instanceof HTMLElement
    && (element.isContentEditable || element.matches("input:not([type=checkbox],[type=radio]),textarea,select,[role=dialog] *"));
}
