import { matrix } from "../plots.mjs";
import { fixed, whole } from "../sentences.mjs";
import { pieces } from "../tokens.mjs";
import { node, view } from "../view.mjs";

/** The vocabulary that a page carries: tokens in the order of their ids, and the first numbers of each row. */
export function unpackVocabulary({ meta, arrays }) {
  const index = new Map(meta.tokens.map((token, id) => [token, id]).reverse());
  return { ...meta, starts: arrays.starts, index, whole: new Set(meta.whole) };
}

/** [{token, id, start: first numbers of the row}, ...]; id is -1 for a token that is not carried. */
export function lookup(vocabulary, text) {
  const { index, width, scale, starts } = vocabulary;
  return pieces(vocabulary, text).map((token) => {
    const id = index.get(token) ?? -1;
    return { token, id, start: id < 0 ? [] : Array.from(starts.subarray(id * width, (id + 1) * width), (code) => code * scale) };
  });
}

function sentence({ table, size, dimensions, tokens }, found, position) {
  const { token, id, start } = found[position], count = found.length === 1 ? "1 token" : `${found.length} tokens`;
  const shape = `${count}: a matrix of shape [${found.length}, ${dimensions}]. Token ${position + 1}, ${token},`;
  if (id >= 0) return `${shape} has id ${id}. Row ${id} of ${whole(size)} in ${table} begins ${start.map((value) => fixed(value, 3)).join(", ")}.`;
  if (tokens.length === size) return `${shape} is none of the ${whole(size)} tokens of ${table}.`;
  return `${shape} is not among the first ${whole(tokens.length)} of the ${whole(size)} tokens of ${table}, which are all that this page carries.`;
}

const SHOWN = 24; // tokens drawn; the text counts them all

function strip({ size }, found, position) {
  const line = (id, kind) => node("svg:line", { class: kind, x1: 0, x2: 60, y1: 4 + (292 * id) / size, y2: 4 + (292 * id) / size });
  const ids = new Set(found.map(({ id }) => id).filter((id) => id >= 0 && id !== found[position].id));
  return node("div", { class: "eb-strip" },
    node("svg:svg", { viewBox: "0 0 60 300", preserveAspectRatio: "none", role: "img", "aria-label": "The table from its first row to its last; each token of your sentence lights one row." },
      node("svg:rect", { class: "eb-frame", x: 0.5, y: 0.5, width: 59, height: 299 }),
      [...ids].map((id) => line(id, "eb-row")),
      found[position].id < 0 ? null : line(found[position].id, "eb-lit")));
}

function rowsOf({ width, dimensions, typical, tokens, size }, found, position) {
  const from = Math.max(0, Math.min(position - SHOWN / 2, found.length - SHOWN));
  const missing = tokens.length === size ? "no row of this table" : "not carried by this page";
  const head = [node("th", { scope: "col" }, "token"), node("th", { scope: "col" }, "id"),
    node("th", { scope: "colgroup", colspan: width }, `numbers 0 to ${width - 1} of ${dimensions}`)];
  return matrix("Rows of the tokens", head, found.slice(from, from + SHOWN).map(({ token, id, start }, i) => ({
    label: token.length > 14 ? `${token.slice(0, 13)}\u2026` : token,
    id: id < 0 ? "\u2013" : String(id),
    numbers: start,
    blank: id < 0 ? node("td", { colspan: width }, missing) : null,
    current: i + from === position,
  })), typical);
}

export default view((change) => {
  let wanted, shown, slots = 1; // a shorter sentence moves the slider to its end, a longer one back to where a reader put it
  return {
    needs: ({ tables, table }) => [["vocabulary", tables[table]]],
    prepare: unpackVocabulary,
    draw(state, [vocabulary]) {
      const found = lookup(vocabulary, state.sentence), count = found.length;
      if (!count) return { problem: "Type a sentence: there is no token in it yet." };
      if (state.position !== shown) wanted = state.position;
      const position = (shown = Math.min(wanted, count));
      if (position > slots) change({ position: 1 }); // a slider shows no value past its end, even once it grows
      slots = count;
      change({ count });
      change({ position });
      return {
        picture: [node("div", { class: "eb-lookup" }, strip(vocabulary, found, position - 1), rowsOf(vocabulary, found, position - 1))],
        text: sentence(vocabulary, found, position - 1),
      };
    },
  };
});
