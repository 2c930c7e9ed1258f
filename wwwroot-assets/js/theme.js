// Runs before the first paint. The server has painted light or dark from the cookie; only "system" can still be wrong.
(function () {
  "use strict";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  function apply() {
    const choice = root.dataset.themeChoice;
    const wanted = system.matches ? "dark" : "light";
    // Lets the server paint the right one at once next time.
    document.cookie = "theme-system=" + wanted + ";path=/;max-age=31536000;samesite=lax" + (location.protocol === "https:" ? ";secure" : "");
    root.dataset.theme = choice === "system" ? wanted : choice;
  }

  apply();
  system.addEventListener("change", apply);
  root.addEventListener("themechoice", apply);
})();
