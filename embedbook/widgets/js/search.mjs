// From an answer among the first rows to one among all: a button, then how far it is.

import { whole } from "./sentences.mjs";
import { node } from "./view.mjs";

const MEGABYTE = 1e6;

/** For a view that draws anew with `redraw`: what stands under its answer from a store, nothing once all rows are here. */
export function searcher(redraw) {
  const made = new WeakMap(); // it goes on while the view draws other words
  return (store) => {
    if (store.whole) return null;
    if (!made.has(store)) made.set(store, bar(store, redraw));
    return made.get(store);
  };
}

function bar(store, redraw) {
  const size = Math.max(1, Math.round(store.bytes / MEGABYTE));
  const all = `${whole(store.carried)} rows`;
  const button = node("button", { type: "button", class: "eb-search" }, `Search all ${all} (${size} MB)`);
  const progress = node("progress", { max: store.carried, value: 0, "aria-label": `Rows loaded of ${all}`, hidden: "" });
  const said = node("span", { class: "eb-note", role: "status" });
  let ended; // while rows are on their way
  const show = (count) => {
    progress.value = count;
    said.textContent = `${whole(count)} of ${all}`;
  };
  button.addEventListener("click", async () => {
    if (ended) return ended.abort();
    ended = new AbortController();
    button.textContent = "Stop";
    progress.removeAttribute("hidden");
    show(store.count);
    try {
      await store.loadAll({ signal: ended.signal, progress: show });
      redraw();
    } catch (error) {
      if (!ended.signal.aborted) said.textContent = error.message;
      button.textContent = `Go on searching all ${all}`;
    } finally {
      ended = undefined;
    }
  });
  return node("p", { class: "eb-all" }, button, " ", progress, " ", said);
}
