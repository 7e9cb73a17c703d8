// A view on a page: it follows the state of its model, asks for its data, draws, and says in a sentence what it drew.

import { fitting, pageStore } from "./page_state.mjs";
import { dataset, fromKernel, fromSite, KERNEL_BUSY, KERNEL_PATIENCE, siteRoot } from "./transport.mjs";

/** An element with attributes and children; text is always a text node, never HTML. */
export function node(tag, attributes = {}, ...children) {
  const made = tag.startsWith("svg:") ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    name === "style" ? made.style.setProperty(...value) : made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

/**
 * The module of a view. `describe(change, redraw)` returns what is its own; `change(traits)` moves the controls from a
 * picture, `redraw` draws it again.
 *
 * - draw(state, sets): {picture: [elements], text: string}, or {problem: string} where there is nothing to draw. The text
 *   stands under the picture and is announced politely; beside a problem no earlier picture stays in sight. A picture of
 *   the same elements as before stays in its place, and what is focused in it stays focused.
 * - needs(state): the data sets that it draws from, as [kind, table]; prepare(set, load) makes of each, once, what draw
 *   gets, where load(kind) promises another set of its table.
 * - bring(state, sets): a promise of what more must be loaded first; draw gets it as its third argument.
 * - follow: by the name of a trait, (state) => what other traits become when it changes.
 *
 * The state has what the controls move (the model's `fields` say what each may be), `tables`, and all of `data`, of which
 * `examples` become buttons above the picture: [[label, {trait: value}], ...].
 */
export function view(describe) {
  return { render: ({ model, el }) => mount(model, el, describe) };
}

/** The data sets of most views: the first rows of the table that is chosen. */
export const chosenRows = ({ tables, table }) => [["pack", tables[table]]];

function mount(model, el, describe) {
  const change = (traits) => {
    model.set(traits);
    model.save_changes();
  };
  const { draw, needs = () => [], prepare, bring, follow = {} } = describe(change, () => redraw());
  const key = model.get("key"), fields = model.get("fields"), store = pageStore(), names = Object.keys(fields);
  const moved = () => names.map((name) => [name, model.get(name)]);
  const linked = () => moved().filter(([name]) => fields[name].kind !== "unlinked"); // the others are in no address
  const current = () => ({ ...model.get("data"), tables: model.get("tables"), ...Object.fromEntries(moved()) });

  const picture = node("div", { class: "eb-picture" });
  const text = node("p", { class: "eb-text", "aria-live": "polite" });
  const problem = node("p", { class: "eb-problem", role: "status" });
  const again = node("button", { type: "button", class: "eb-again" }, "Try again");
  const root = node("div", { class: "eb-view", "data-key": key, "data-state": "waiting", tabindex: -1 }, chips(model.get("data").examples, change), problem, picture, text);
  el.append(root);

  const ended = new AbortController(), inNotebook = siteRoot() === undefined;
  // One cache a page of the site. In a notebook one a view: a kernel may restart, and its rows be other ones.
  let kept = inNotebook ? {} : (globalThis.embedbookDatasets ??= {});
  const fileOf = (table) => model.get("files")[model.get("tables").indexOf(table)];
  const load = inNotebook ? (...asked) => fromKernel(model, ended.signal, ...asked)
    : async (kind, table) => {
      const { meta, arrays } = await fromSite(kind, fileOf(table));
      return { meta: { ...meta, table }, arrays }; // as sentences call it
    };
  let started = false, turn = 0, timer, patience;
  const say = (place, words) => { if (place.textContent !== words) place.textContent = words; };
  const stop = (kind, message, ...more) => {
    if (problem.firstChild?.textContent !== message) problem.replaceChildren(message, ...more);
    say(text, "");
    root.dataset.state = kind; // the style keeps the picture's place, and hides what it shows
  };
  const failed = (message) => stop("failed", `${message} `, again);

  const redraw = async () => {
    const mine = ++turn, state = current(), wanted = needs(state), here = model.get("carried");
    const outdated = () => ended.signal.aborted || mine !== turn;
    clearTimeout(patience);
    const elsewhere = inNotebook ? undefined : wanted.find(([, table]) => !here.includes(table));
    root.setAttribute("aria-busy", String(!elsewhere)); // also where another table was on its way
    if (elsewhere) return stop("problem", `The rows of ${elsewhere[1]} are only in the notebook, where this widget shows them.`);
    if (inNotebook) patience = setTimeout(() => failed(KERNEL_BUSY), globalThis.embedbookPatience ?? KERNEL_PATIENCE);
    let sets, more, lost;
    try {
      sets = await Promise.all(wanted.map(async ([kind, table]) => {
        const set = await dataset(kept, kind, table, load);
        return prepared(set, prepare, (kind) => load(kind, table));
      }));
      more = await bring?.(state, sets);
    } catch (error) {
      lost = error;
    }
    if (outdated()) return;
    clearTimeout(patience);
    root.setAttribute("aria-busy", "false");
    if (lost) return failed(lost.message);
    try {
      const drawn = draw(state, sets, more);
      if (!drawn.picture) return stop("problem", drawn.problem);
      if (document.activeElement === again || picture.contains(document.activeElement)) root.focus({ preventScroll: true }); // what was pressed goes
      say(problem, "");
      const before = [...picture.children];
      if (before.length !== drawn.picture.length || before.some((one, i) => one !== drawn.picture[i])) picture.replaceChildren(...drawn.picture);
      say(text, drawn.text);
      root.dataset.state = "drawn";
    } catch (error) {
      console.error("embedbook:", error); // a fault of the view, not of its reader: to be seen by whoever tests it
      stop("broken", "This picture cannot be drawn: the view has a fault.");
    }
  };
  again.addEventListener("click", () => {
    if (inNotebook) kept = {}; // a request that a kernel lost is never answered
    redraw();
  });

  // What an address says is set one by one; first what others follow, so that it undoes nothing that the address says.
  const asked = store?.read(key) ?? new Map();
  for (const name of [...names].sort((one, other) => (other in follow) - (one in follow))) {
    const value = asked.has(name) && fields[name].kind !== "unlinked" ? fitting(fields[name], asked.get(name)) : undefined;
    if (value === undefined) continue;
    model.set(name, value);
    if (follow[name]) model.set(follow[name](current()));
  }
  const listeners = names.map((name) => [`change:${name}`, () => {
    if (follow[name]) change(follow[name](current()));
    if (started) redraw();
    if (!store || !linked().length) return;
    clearTimeout(timer);
    timer = setTimeout(() => store.write(key, linked()), 200);
  }]);
  for (const listener of listeners) model.on(...listener);

  const start = () => {
    if (started) return;
    started = true;
    seen.disconnect();
    // JupyterLab takes arrow keys and letters from a focused control for its own shortcuts, unless the control says not to.
    el.closest(".widget-vbox")?.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"));
    redraw();
  };
  const seen = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && start(), { rootMargin: "400px" });
  seen.observe(root);
  addEventListener("beforeprint", start, { signal: ended.signal });

  return () => {
    ended.abort();
    clearTimeout(timer);
    clearTimeout(patience);
    seen.disconnect();
    for (const listener of listeners) model.off(...listener);
  };
}

/** Examples, [[label, traits], ...], as buttons that set these traits; they stay where a word has no row. */
function chips(examples, change) {
  if (!examples?.length) return null;
  return node("div", { class: "eb-chips", role: "group", "aria-label": "Examples" }, examples.map(([label, traits]) => {
    const chip = node("button", { type: "button", class: "eb-chip" }, label);
    chip.addEventListener("click", () => change(traits));
    return chip;
  }));
}

function prepared(raw, prepare, load) {
  const kept = (globalThis.embedbookPrepared ??= new WeakMap());
  if (!kept.has(raw)) kept.set(raw, prepare(raw, load));
  return kept.get(raw);
}
