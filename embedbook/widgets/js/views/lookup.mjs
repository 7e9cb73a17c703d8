import { fixed, whole } from "../sentences.mjs";
import { openStore } from "../store.mjs";
import { bareStrip, numbered, readout, usual } from "../strips.mjs";
import { chosenRows, node, view } from "../view.mjs";

const WIDTH = 8; // numbers of a row in the sentence
const SHOWN = 24; // tokens drawn; the text counts them all
const NAMED = 8; // tokens with the same id whose places are given; of more the rest is counted

function sentence({ table, size, carried, dimensions }, found, position, row) {
  const { token, id } = found[position], count = found.length === 1 ? "1 token" : `${found.length} tokens`;
  const shape = `${count}: a matrix of shape [${found.length}, ${dimensions}]. Token ${position + 1}, ${token},`;
  if (id >= 0) return `${shape} has id ${id}${twins(found, position)}. Row ${id} of ${whole(size)} in ${table} begins ${[...row.slice(0, WIDTH)].map((value) => fixed(value, 3)).join(", ")}.`;
  if (carried === size) return `${shape} is none of the ${whole(size)} tokens of ${table}.`;
  return `${shape} is not among the first ${whole(carried)} of the ${whole(size)} tokens of ${table}, which are all that this page carries.`;
}

/** Which other tokens have the same id, as the sentence goes on. */
function twins(found, position) {
  const same = found.flatMap(({ id }, i) => (id === found[position].id && i !== position ? [i + 1] : []));
  if (same.length > NAMED) same.push(`${whole(same.splice(NAMED - 1).length)} others`);
  const last = same.pop();
  if (last === undefined) return "";
  return same.length ? `, the same as tokens ${same.join(", ")} and ${last}` : `, the same as token ${last}`;
}

/** Where the tokens that are drawn begin: the one at `position` is among them. */
const windowAt = (count, position) => Math.max(0, Math.min(position - SHOWN / 2, count - SHOWN));

/** The whole table from its first row to its last, with a line at the row of each token. */
function lit({ size }, found, position) {
  const line = (id, kind) => node("svg:line", { class: kind, x1: 0, x2: 60, y1: 4 + (292 * id) / size, y2: 4 + (292 * id) / size });
  const ids = new Set(found.map(({ id }) => id).filter((id) => id >= 0 && id !== found[position].id));
  return node("div", { class: "eb-whole" },
    node("svg:svg", { viewBox: "0 0 60 300", preserveAspectRatio: "none", role: "img", "aria-label": "The table from its first row to its last; each token of your sentence lights one row." },
      node("svg:rect", { class: "eb-frame", x: 0.5, y: 0.5, width: 59, height: 299 }),
      [...ids].map((id) => line(id, "eb-row")),
      found[position].id < 0 ? null : line(found[position].id, "eb-lit")));
}

/** A line for each token: its id and all numbers of its row. The chosen one is tall, one of the same id lit as well. */
function rowsOf(store, found, position, place) {
  const { dimensions, carried, size } = store, from = windowAt(found.length, position), chosen = found[position];
  const missing = carried === size ? "no row of this table" : "not carried by this page";
  const drawn = found.slice(from, from + SHOWN).map(({ token, id }) => ({ token, id, row: id < 0 ? null : store.vector(id) }));
  const most = usual(...drawn.map(({ row }) => row ?? []));
  const read = []; // [token, row, strip] of those that can be read, the chosen one first
  const line = ({ token, id, row }, i) => {
    const current = i + from === position, twin = !current && id >= 0 && id === chosen.id;
    const strip = row && bareStrip(row, { most, label: current ? `The ${dimensions} numbers of ${token}` : undefined, kind: current ? "eb-tall" : "" });
    if (row) read[current ? "unshift" : "push"]([token, row, strip]);
    return node("tr", { class: current ? "eb-current" : twin ? "eb-twin" : undefined },
      node("th", { scope: "row" }, token.length > 14 ? `${token.slice(0, 13)}\u2026` : token), node("td", { class: "eb-id" }, id < 0 ? "\u2013" : String(id)),
      node("td", { class: "eb-numbers" }, strip ?? missing));
  };
  const lines = drawn.map(line);
  const say = (d, at) => `${read[at][0]}, ${numbered(d, dimensions)}: ${fixed(read[at][1][d], 3)}`;
  const scroller = node("div", { class: "eb-scroll", tabindex: 0, role: "region", "aria-label": "Rows of the tokens" },
    node("table", { class: "eb-matrix" },
      node("thead", {}, node("tr", {}, ["token", "id", `all ${dimensions} numbers`].map((label) => node("th", { scope: "col" }, label)))),
      node("tbody", {}, lines)));
  queueMicrotask(() => (scroller.scrollTop = lines[position - from].offsetTop - scroller.clientHeight / 2)); // once it is on the page
  return node("div", { class: "eb-tokens" }, scroller, read.length ? readout(read.map(([, , strip]) => strip), say, place) : null);
}

export default view((change) => {
  const place = {};
  let wanted, shown, slots = 1; // a shorter sentence moves the slider to its end, a longer one back to where a reader put it
  const placeOf = (position, count) => Math.min(position === shown ? wanted : position, count);
  return {
    needs: chosenRows,
    prepare: openStore,
    /** The text as the table cuts it, and the rows of the tokens that are drawn. */
    async bring({ sentence, position }, [store]) {
      const found = await store.cut(sentence), from = windowAt(found.length, placeOf(position, found.length) - 1);
      await store.rows(found.slice(from, from + SHOWN).map(({ id }) => id).filter((id) => id >= 0));
      return found;
    },
    draw(state, [store], found) {
      const count = found.length;
      if (!count) return { problem: "Type a sentence: there is no token in it yet." };
      if (state.position !== shown) wanted = state.position;
      const position = (shown = Math.min(wanted, count)), { id } = found[position - 1];
      if (position > slots) change({ position: 1 }); // a slider shows no value past its end, even once it grows
      slots = count;
      change({ count });
      change({ position });
      return {
        picture: [node("div", { class: "eb-lookup" }, lit(store, found, position - 1), rowsOf(store, found, position - 1, place))],
        text: sentence(store, found, position - 1, id < 0 ? [] : store.vector(id)),
      };
    },
  };
});
