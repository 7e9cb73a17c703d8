// One card a widget: controls in its head, the view with picture and sentence, and a foot to start over or pass it on.

import { CONTROLS } from "./controls.mjs";
import { node } from "./dom.mjs";
import { find } from "./models.mjs";

/** Models that hold others; a card flattens them into its head and its view. */
export const BOXES = new Set(["BoxModel", "HBoxModel", "VBoxModel"]);
export const VIEW = "AnyModel";

/** Fills the place that the page has kept for a widget. */
export function fill(card, models) {
  const parts = leaves(models.get(card.dataset.model), models);
  const controls = parts.filter(({ name }) => name !== VIEW), views = parts.filter(({ name }) => name === VIEW);
  const head = node("div", { class: "eb-controls" }, controls.map((model) => CONTROLS[model.name](model)));
  const body = node("div", { class: "eb-body" });
  card.replaceChildren(...(controls.length ? [head] : []), body, foot(card, controls, views));
  for (const view of views) show(view, body);
}

function leaves(model, models) {
  return BOXES.has(model.name) ? model.get("children").flatMap((child) => leaves(find(models, child), models)) : [model];
}

const modules = new Map(), styles = new Set(); // a page has many views of a kind

/** Views come as the text of a module, as anywidget stores it; from a blob it loads on file:// too. */
async function show(view, place) {
  const [script, style] = ["_esm", "_css"].map((part) => view.get(part));
  if (style && !styles.has(style)) {
    styles.add(style);
    document.head.append(node("style", {}, style));
  }
  if (!modules.has(script)) modules.set(script, import(URL.createObjectURL(new Blob([script], { type: "text/javascript" }))));
  const { default: widget } = await modules.get(script);
  await widget.render({ model: view, el: place });
}

function foot(card, controls, views) {
  const said = node("span", { class: "eb-said", role: "status" });
  const button = (label, act) => {
    const made = node("button", { type: "button" }, label);
    made.addEventListener("click", act);
    return made;
  };
  const reset = button("Reset", () => {
    for (const model of [...controls, ...views]) model.reset();
    said.textContent = "As at first.";
  });
  const copy = button("Copy link", async () => {
    const address = `${location.href.split("#")[0]}#${card.id}`;
    try {
      await navigator.clipboard.writeText(address);
      said.textContent = views.every(isInAddress) ? "Link copied." : "Link copied. Your text is too long for a link: it opens the page as at first.";
    } catch {
      const shown = node("input", { type: "text", readonly: "", value: address, "aria-label": "Link to this setting" });
      said.replaceChildren(shown); // a page without https may not write to the clipboard
      shown.select();
    }
  });
  return node("div", { class: "eb-foot" }, node("div", { class: "eb-actions" }, controls.length ? reset : [], copy, how(views), said));
}

/** Whether a link of now opens a view as it stands: what is too long for an address is not in it. */
function isInAddress(view) {
  const linked = Object.entries(view.get("fields")).filter(([, { kind }]) => kind !== "unlinked");
  return new URLSearchParams(location.search).has(view.get("key")) || linked.every(([name]) => view.get(name) === view.stored[name]);
}

function how(views) {
  const own = views.map((view) => view.get("how")).filter(Boolean);
  const here = "It computes in your browser; what you type stays there.";
  const keys = "Arrow keys move a slider by a step, PageUp and PageDown by five, Home and End to its ends. A copied link opens this page at the setting that you see.";
  return node("details", { class: "eb-how" }, node("summary", {}, "How it works"), [...own, here, keys].map((text) => node("p", {}, text)));
}
