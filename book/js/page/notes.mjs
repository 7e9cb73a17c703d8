// What a term means, or which work is meant: beside the text where there is a margin, else below the link.

const MARGIN = 1200; // px, from which a page has one
const NARROWEST = 180; // px, of a note in it
const WAIT = 250; // ms in which the pointer may get from a link to its note

export function notes() {
  if (!matchMedia("(hover: hover)").matches) return; // a touch follows the link
  const note = Object.assign(document.createElement("div"), { className: "eb-aside", hidden: true });
  note.setAttribute("aria-hidden", "true"); // a screen reader has it as the link's description
  document.body.append(note);
  let closing;

  const show = (link) => {
    clearTimeout(closing);
    note.textContent = document.getElementById(link.getAttribute("aria-describedby")).textContent;
    note.hidden = false;
    const at = link.getClientRects()[0], edge = link.closest(".bd-article").getBoundingClientRect().right;
    const width = document.documentElement.clientWidth, beside = innerWidth >= MARGIN && width - edge > NARROWEST;
    note.style.maxWidth = beside ? `min(17rem, ${width - edge - 8}px)` : "";
    const lowest = innerHeight - note.offsetHeight - 8, below = at.bottom + 4;
    note.style.left = `${beside ? edge : Math.max(8, Math.min(at.left, width - note.offsetWidth - 8))}px`;
    note.style.top = `${beside ? Math.min(at.top, lowest) : below > lowest ? at.top - note.offsetHeight - 4 : below}px`;
  };
  const close = () => { note.hidden = true; };
  const leave = () => { closing = setTimeout(close, WAIT); };

  for (const link of document.querySelectorAll('.bd-article a[aria-describedby^="note-"]')) {
    link.removeAttribute("title"); // the browser's own note would be a second one
    link.addEventListener("mouseenter", () => show(link));
    link.addEventListener("mouseleave", leave);
    link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
    link.addEventListener("blur", close);
  }
  note.addEventListener("mouseenter", () => clearTimeout(closing));
  note.addEventListener("mouseleave", leave);
  addEventListener("keydown", (event) => event.key === "Escape" && close());
  addEventListener("scroll", close, { passive: true });
}
