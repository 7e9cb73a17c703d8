// Settles the colour theme before the first paint: the theme's own script does it later, and a dark page would flash.
(() => {
  "use strict";
  const root = document.documentElement;
  if (root.dataset.theme === "light" || root.dataset.theme === "dark") return;
  root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
})();
