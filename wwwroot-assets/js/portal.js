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
  requestAnimationFrame(() => setTimeout(() => (document.getElementById(id) ?? menuButton(id) ?? document.querySelector("h1"))?.focus()));
}

const menuButton = row => document.querySelector(`[data-row="${CSS.escape(row)}"] [data-pick=menu]`);

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
const self = { setTheme, setDensity, announce, copy, focusOn, showMenu, keepDraft, draft };
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
  if (event.target.matches("form[action^='/auth/']")) {
    leaving = true;
    // Whoever signs in here next finds nothing of this person.
    sessionStorage.clear();
  }
  // What this tab keeps is sent along with a form that asks for it.
  for (const field of event.target.querySelectorAll("input[data-kept]")) field.value = draft(field.dataset.kept) ?? "";
}, { capture: true });

// A row of a grid tells its table what was chosen in it: one listener on the server hears for all rows.
Blazor.registerCustomEventType("rowpick", { createEventArgs: event => event.detail });
function pick(element, what, more) {
  element.dispatchEvent(new CustomEvent("rowpick", { bubbles: true, detail: { row: element.closest("[data-row]")?.dataset.row ?? null, what, on: false, range: false, ...more } }));
}
let closing = null;
document.addEventListener("mousedown", event => {
  if (!(event.target instanceof Element)) return;
  focusable(event.target.closest("tr[data-row]"));
  const picked = event.target.closest("[data-pick]");
  // Shift and a click choose boxes, not text.
  if (picked && event.shiftKey) event.preventDefault();
  // This click closes the row's menu already; it does not open it again.
  closing = picked && picked.ariaExpanded === "true" ? picked : null;
}, { capture: true });

// A panel stands under the button that opens it, inside the window, and moves with the page.
document.addEventListener("toggle", event => {
  const panel = event.target;
  if (event.newState !== "open" || !panel.matches?.(".menu.drop")) return;
  const button = document.querySelector(`[popovertarget="${CSS.escape(panel.id)}"]`);
  if (button) place(panel, button);
}, { capture: true });

function place(panel, button) {
  const { left, right, top, bottom } = button.getBoundingClientRect();
  const [width, height, window] = [panel.offsetWidth, panel.offsetHeight, document.documentElement.clientWidth];
  const x = left + width > window - 8 ? right - width : left;
  const y = bottom + 4 + height > innerHeight && top > height + 4 ? top - height - 4 : bottom + 4;
  panel.style.left = `${Math.max(8, Math.min(x, window - width - 8)) + scrollX}px`;
  panel.style.top = `${y + scrollY}px`;
}

export function showMenu(id, row) {
  const [menu, button] = [document.getElementById(id), menuButton(row)];
  if (!menu || !button) return;
  menu.showPopover();
  place(menu, button);
  menu.querySelector("a,button").focus({ preventScroll: true });
}

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
  hit("[data-close]")?.closest("[popover]")?.hidePopover();

  const shows = hit("[data-shows]");
  if (shows) document.getElementById(shows.dataset.shows)?.showModal();

  const picked = hit("[data-pick]");
  if (picked && !picked.disabled && picked !== closing) pick(picked, picked.dataset.pick, { on: picked.checked ?? false, range: event.shiftKey });
  closing = null;

  if (hit("[data-reload]")) location.reload();
  if (hit("[data-reconnect]")) await retry(() => Blazor.reconnect());
  if (hit("[data-resume]")) await retry(() => Blazor.resumeCircuit());
}, { capture: true });

async function retry(connect) {
  // False: the server answered, but has forgotten this page.
  if (!await connect()) location.reload();
}

// Shortcuts. A letter alone does something only while nobody is typing, and can be turned off; "g" waits a second for its second key.
let goUntil = 0;
document.addEventListener("keydown", event => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const { key } = event;
  if (document.querySelector("dialog[open]")) return;
  if (key === "?") document.getElementById("shortcuts")?.showModal();
  else if (key === "Escape") {
    // Whatever is open closes first, by itself.
    if (document.querySelector(":popover-open,.mud-dialog")) return;
    document.querySelector("[data-key=Escape]")?.click();
  } else if (key === "ArrowDown" || key === "ArrowUp") {
    const items = [...event.target.closest?.("[role=menu]")?.querySelectorAll("a[href],button") ?? []];
    if (items.length === 0) return;
    items.at((items.indexOf(event.target) + (key === "ArrowDown" ? 1 : -1)) % items.length).focus();
  } else if (key === "Enter") {
    if (!event.target.matches?.("tr[data-row]")) return;
    event.target.querySelector("a")?.click();
  } else if (localStorage.getItem("keys") === "off" || document.querySelector(".mud-dialog")) return;
  else if (performance.now() < goUntil) {
    goUntil = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    if (!link) return;
    link.click();
  } else if (key === "g") goUntil = performance.now() + 1000;
  else if (!(key === "j" ? step(1) : key === "k" ? step(-1) : inRow(key) || press(key))) return;
  event.preventDefault();
});

// The row that has the focus is the current one; when it has gone, its place counts. One row at a time is in the order of the Tab key.
let rowAt = 0;
const rows = () => [...document.querySelectorAll("tr[data-row]")];
document.addEventListener("focusin", event => {
  const row = focusable(event.target.closest?.("tr[data-row]"));
  if (!row) return;
  const all = rows();
  rowAt = all.indexOf(row);
  for (const other of all) if (other.tabIndex === 0 && other !== row) other.tabIndex = -1;
  row.tabIndex = 0;
});

function focusable(row) {
  if (row && !row.hasAttribute("tabindex")) row.tabIndex = -1;
  return row;
}

function step(by) {
  const all = rows();
  const here = all.indexOf(document.activeElement?.closest("tr[data-row]"));
  document.querySelector(":popover-open")?.hidePopover();
  const next = here < 0 ? Math.min(rowAt, all.length - 1) : Math.max(0, Math.min(all.length - 1, here + by));
  focusable(all[next])?.focus();
  return all.length > 0;
}

function inRow(key) {
  const row = document.activeElement?.closest("tr[data-row]");
  if (!row) return false;
  const box = row.querySelector("[data-pick=select]");
  if (key === "x" || key === "X") {
    if (!box) return false;
    if (box.disabled) announce(box.getAttribute("aria-label"));
    else if (key === "X") pick(box, "select", { on: true, range: true });
    else box.click();
  } else if (key === "c") {
    const email = row.querySelector(".em")?.textContent;
    if (email) copy(email);
    else pick(row, "copy");
  } else if (key === ".") row.querySelector("[data-pick=menu]")?.click();
  // Whoever has chosen people means them.
  else if (key === "r" && !document.querySelector("[data-key=r]")) pick(row, "request");
  else return false;
  return true;
}

function press(key) {
  const field = key === "/" ? ".find input" : key === "f" ? "[data-filter]" : null;
  const input = field && document.querySelector(field);
  if (input) {
    input.focus();
    input.select?.();
    return true;
  }
  // Of two, the one that is about the selection.
  const button = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].at(-1);
  if (key === "[" || key === "]") rowAt = 0;
  button?.click();
  return !!button;
}

document.addEventListener("change", event => {
  if (event.target.matches("[data-keys]")) localStorage.setItem("keys", event.target.checked ? "on" : "off");
});
document.addEventListener("toggle", event => {
  if (event.target.matches?.("dialog.keys")) event.target.querySelector("[data-keys]").checked = localStorage.getItem("keys") !== "off";
}, { capture: true });

function isTyping(element) {
  return element instanceof HTMLElement
    && (element.isContentEditable || element.matches("input:not([type=checkbox],[type=radio]),textarea,select,[role=dialog] *"));
}
