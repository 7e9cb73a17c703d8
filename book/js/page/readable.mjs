// What the theme leaves out for people who use a screen reader or a keyboard.

const SCROLLERS = ".bd-article :is(pre, .pst-scrollable-table-container, .text_html, div.math)";

export function readable() {
  // The visible words of these buttons are their name; a label that differs hides them from speech control.
  for (const button of document.querySelectorAll(".search-button-field[aria-label], .theme-switch-button[aria-label]")) button.removeAttribute("aria-label");

  const sidebar = document.querySelector(".bd-sidebar-primary:not([role])");
  sidebar?.setAttribute("role", "complementary");
  sidebar?.setAttribute("aria-label", "Book");

  // What is wider than a phone scrolls inside its own box; a box that scrolls has to be reachable by keyboard.
  const seen = new ResizeObserver((entries) => {
    for (const { target: box } of entries) {
      const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      scrolls ? box.setAttribute("tabindex", 0) : box.removeAttribute("tabindex");
    }
  });
  for (const box of document.querySelectorAll(SCROLLERS)) {
    seen.observe(box);
    for (const child of box.children) seen.observe(child); // a formula is set after its box has its size
  }
}
