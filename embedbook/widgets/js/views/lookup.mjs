import { matrix } from "../plots.mjs";
import { fixed, whole } from "../sentences.mjs";
import { openStore } from "../store.mjs";
import { chosenRows, node, view } from "../view.mjs";

const WIDTH = 8; // numbers of a row that the table shows, and the sentence
const SHOWN = 24; // tokens drawn; the text counts them all

function sentence({ table, size, carried, dimensions }, found, position, row) {
  const { token, id } = found[position], count = found.length === 1 ? "1 token" : `${found.length} tokens`;
  const shape = `${count}: a matrix of shape [${found.length}, ${dimensions}]. Token ${position + 1}, ${token},`;
  if (id >= 0) return `${shape} has id ${id}. Row ${id} of ${whole(size)} in ${table} begins ${[...row.slice(0, WIDTH)].map((value) => fixed(value, 3)).join(", ")}.`;
  if (carried === size) return `${shape} is none of the ${whole(size)} tokens of ${table}.`;
  return `${shape} is not among the first ${whole(carried)} of the ${whole(size)} tokens of ${table}, which are all that this page carries.`;
}

/** Where the tokens that are drawn begin: the one at `position` is among them. */
const windowAt = (count, position) => Math.max(0, Math.min(position - SHOWN / 2, count - SHOWN));


function strip({ size }, found, position) {
  const line = (id, kind) => node("svg:line", { class: kind, x1: 0, x2: 60, y1: 4 + (292 * id) / size, y2: 4 + (292 * id) / size });
  const ids = new Set(found.map(({ id }) => id).filter((id) => id >= 0 && id !== found[position].id));
  return node("div", { class: "eb-strip" },
    node("svg:svg", { viewBox: "0 0 60 300", preserveAspectRatio: "none", role: "img", "aria-label": "The table from its first row to its last; each token of your sentence lights one row." },
      node("svg:rect", { class: "eb-frame", x: 0.5, y: 0.5, width: 59, height: 299 }),
      [...ids].map((id) => line(id, "eb-row")),
      found[position].id < 0 ? null : line(found[position].id, "eb-lit")));
}

function rowsOf(store, found, position) {
  const { dimensions, typical, carried, size } = store, from = windowAt(found.length, position), width = Math.min(WIDTH, dimensions);
  const missing = carried === size ? "no row of this table" : "not carried by this page";
  const head = [node("th", { scope: "col" }, "token"), node("th", { scope: "col" }, "id"),
    node("th", { scope: "colgroup", colspan: width }, `numbers 0 to ${width - 1} of ${dimensions}`)];
  return matrix("Rows of the tokens", head, found.slice(from, from + SHOWN).map(({ token, id }, i) => ({
    label: token.length > 14 ? `${token.slice(0, 13)}\u2026` : token,
    id: id < 0 ? "\u2013" : String(id),
    numbers: id < 0 ? [] : [...store.vector(id).slice(0, width)],
    blank: id < 0 ? node("td", { colspan: width }, missing) : null,
    current: i + from === position,
  })), typical);
}

export default view((change) => {
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
        picture: [node("div", { class: "eb-lookup" }, strip(store, found, position - 1), rowsOf(store, found, position - 1))],
        text: sentence(store, found, position - 1, id < 0 ? [] : store.vector(id)),
      };
    },
  };
});
