// What the theme and ipywidgets leave out for people who use a screen reader or a keyboard.
(() => {
  "use strict";
  const PLAY_BUTTONS = ["play or pause", "stop", "repeat"];

  // The visible words of these buttons are their name; a label that differs hides them from speech control.
  const keepVisibleNames = root =>
    root.querySelectorAll(".search-button-field[aria-label], .theme-switch-button[aria-label]")
      .forEach(button => button.removeAttribute("aria-label"));

  // A handle says its label, and the value as the readout shows it: a slider over choices knows only their place.
  const nameSliderHandles = root =>
    root.querySelectorAll(".jupyter-widgets .noUi-handle").forEach(handle => {
      const slider = handle.closest(".widget-inline-hbox") ?? handle.closest(".jupyter-widgets");
      const [label, value] = [".widget-label", ".widget-readout"].map(part => slider?.querySelector(part)?.textContent.trim());
      if (!handle.hasAttribute("aria-label")) handle.setAttribute("aria-label", label || "slider");
      if (value && handle.getAttribute("aria-valuetext") !== value) handle.setAttribute("aria-valuetext", value);
    });

  const namePlayButtons = root =>
    root.querySelectorAll(".widget-play").forEach(play =>
      play.querySelectorAll("button:not([aria-label])").forEach((button, place) =>
        button.setAttribute("aria-label", PLAY_BUTTONS[place] ?? "play")));

  // What is wider than a phone scrolls inside its own box; a box that scrolls has to be reachable by keyboard.
  const openScrollersToKeyboard = root =>
    root.querySelectorAll(".bd-article :is(pre, .pst-scrollable-table-container, .text_html, div.math)")
      .forEach(box => {
        const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight + 1;
        if (scrolls && !box.hasAttribute("tabindex")) box.tabIndex = 0;
      });

  const mend = () => {
    keepVisibleNames(document);
    nameSliderHandles(document);
    namePlayButtons(document);
    openScrollersToKeyboard(document);
  };

  document.addEventListener("DOMContentLoaded", () => {
    const sidebar = document.querySelector(".bd-sidebar-primary");
    if (sidebar && !sidebar.hasAttribute("role")) {
      sidebar.setAttribute("role", "complementary");
      sidebar.setAttribute("aria-label", "Book");
    }
    mend();
    let waiting = 0; // at most one pass a frame, however many nodes a widget adds
    new MutationObserver(() => {
      waiting ||= requestAnimationFrame(() => {
        waiting = 0;
        mend();
      });
    }).observe(document.body, { childList: true, subtree: true });
  });
})();
