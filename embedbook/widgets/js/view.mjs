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
 * A view. Its state are the traits in `fields`, which says what each may be. `needs(state)` lists data sets as [kind,
 * table]; `draw(state, data)` returns {picture: [elements], text: string}, or {problem: string} where there is nothing
 * to draw: then no earlier picture stays in sight. The text stands under the picture and is announced politely.
 * `implied(asked)` says what values from an address, a Map, mean for other fields.
 */
export function mount({ model, el, fields = model.get("fields"), needs = () => [], prepare, draw, implied }) {
  const key = model.get("key"), store = pageStore(), names = Object.keys(fields);
  const picture = node("div", { class: "eb-picture" });
  const text = node("p", { class: "eb-text", "aria-live": "polite" });
  const problem = node("p", { class: "eb-problem", role: "status" });
  const again = node("button", { type: "button", class: "eb-again" }, "Try again");
  const root = node("div", { class: "eb-view", "data-key": key, "data-state": "waiting", tabindex: -1 }, problem, picture, text);
  el.append(root);

  const ended = new AbortController(), inNotebook = siteRoot() === undefined;
  // One cache a page of the site. In a notebook one a view: a kernel may restart, and its rows be other ones.
  let kept = inNotebook ? {} : (globalThis.embedbookDatasets ??= {});
  const load = inNotebook ? (...asked) => fromKernel(model, ended.signal, ...asked) : fromSite;
  let turn = 0, timer, patience;
  const say = (place, words) => { if (place.textContent !== words) place.textContent = words; };
  const stop = (kind, message, ...more) => {
    if (problem.firstChild?.textContent !== message) problem.replaceChildren(message, ...more);
    say(text, "");
    root.dataset.state = kind; // the style keeps the picture's place, and hides what it shows
  };
  const failed = (message) => stop("failed", `${message} `, again);

  const redraw = async () => {
    const mine = ++turn, now = Object.fromEntries(names.map((name) => [name, model.get(name)]));
    const outdated = () => ended.signal.aborted || mine !== turn;
    clearTimeout(patience);
    const wanted = needs(now), here = model.get("carried");
    const elsewhere = inNotebook ? undefined : wanted.find(([, table]) => !here.includes(table));
    if (elsewhere) return stop("problem", `The rows of ${elsewhere[1]} are only in the notebook, where this widget shows them.`);
    if (inNotebook) patience = setTimeout(() => failed(KERNEL_BUSY), globalThis.embedbookPatience ?? KERNEL_PATIENCE);
    let loaded;
    try {
      loaded = await Promise.all(wanted.map(async ([kind, table]) => prepared(await dataset(kept, kind, table, load), prepare)));
    } catch (error) {
      if (outdated()) return;
      clearTimeout(patience);
      return failed(error.message);
    }
    if (outdated()) return;
    clearTimeout(patience);
    try {
      const result = draw(now, loaded);
      if (!result.picture) return stop("problem", result.problem);
      if (document.activeElement === again) root.focus(); // the button goes
      say(problem, "");
      picture.replaceChildren(...result.picture);
      say(text, result.text);
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
  const changed = () => {
    if (started) redraw();
    if (!store) return;
    clearTimeout(timer);
    timer = setTimeout(() => store.write(key, names.map((name) => [name, model.get(name)])), 200);
  };

  const asked = store?.read(key) ?? new Map(), values = new Map();
  for (const name of names) {
    const value = asked.has(name) ? fitting(fields[name], asked.get(name)) : undefined;
    if (value !== undefined) values.set(name, value);
  }
  for (const [name, value] of new Map([...Object.entries(implied?.(values) ?? {}), ...values])) model.set(name, value);
  for (const name of names) model.on(`change:${name}`, changed);

  let started = false;
  const start = () => {
    if (started) return;
    started = true;
    seen.disconnect();
    el.closest(".widget-vbox")?.addEventListener("focusin", keepKeys);
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
    for (const name of names) model.off(`change:${name}`, changed);
  };
}

/** JupyterLab takes arrow keys and letters from a focused control for its own shortcuts, unless the control says not to. */
function keepKeys({ target }) {
  target.setAttribute("data-lm-suppress-shortcuts", "true");
}

function prepared(raw, prepare) {
  const kept = (globalThis.embedbookPrepared ??= new WeakMap());
  if (!kept.has(raw)) kept.set(raw, prepare(raw));
  return kept.get(raw);
}
