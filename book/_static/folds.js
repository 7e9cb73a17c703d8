// Folds open where somebody needs them: on paper, and where a link leads into one.
(() => {
  "use strict";
  const closed = () => document.querySelectorAll(".bd-article :is(.eb-fold, .eb-ledger details):not([open])");
  let opened = [];

  // First in line: a widget in a fold measures its place when it hears of printing.
  addEventListener("beforeprint", () => {
    opened.push(...closed()); // the page's own button tells of it once more before
    opened.forEach(fold => { fold.open = true; });
  });
  addEventListener("afterprint", () => {
    opened.forEach(fold => { fold.open = false; });
    opened = [];
  });

  // A hash is anybody's text: one that is no encoding of anything, such as #50%, stands for itself.
  const decoded = text => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  const openTarget = () => {
    const target = document.getElementById(decoded(location.hash.slice(1)));
    for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target?.scrollIntoView();
  };
  addEventListener("hashchange", openTarget);
  addEventListener("DOMContentLoaded", () => { if (location.hash) openTarget(); });
})();
