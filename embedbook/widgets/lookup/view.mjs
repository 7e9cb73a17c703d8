import { fixed, mount, node, wholeWords, wordpiece } from "../core.mjs";

/** The vocabulary that a page carries: tokens in the order of their ids, and the first numbers of each row. */
export function unpackVocabulary({ meta, arrays }) {
  const tokens = meta.tokens.split("\n");
  return { ...meta, tokens, index: new Map(tokens.map((token, id) => [token, id])), starts: arrays.starts };
}

/** [{token, id, start: first numbers of the row}, ...]; id is -1 for a word that the table does not have. */
export function lookup(vocabulary, text) {
  const cut = vocabulary.kind === "wordpiece" ? wordpiece : wholeWords;
  return cut(vocabulary.index, text).map((token) => {
    const id = vocabulary.index.get(token) ?? -1, { width, scale, starts } = vocabulary;
    return { token, id, start: id < 0 ? null : Array.from(starts.subarray(id * width, (id + 1) * width), (code) => code * scale) };
  });
}

export function sentence(vocabulary, found, position) {
  const { token, id, start } = found[position], count = found.length === 1 ? "1 token" : `${found.length} tokens`;
  const rows = vocabulary.size.toLocaleString("en");
  const shape = `${count}: a matrix of shape [${found.length}, ${vocabulary.dimensions}].`;
  if (id < 0) return `${shape} Token ${position + 1}, ${token}, is not in the part of ${vocabulary.table} that this page carries.`;
  return `${shape} Token ${position + 1}, ${token}, has id ${id}. Row ${id} of ${rows} in ${vocabulary.table} begins ${start.map((value) => fixed(value, 3)).join(", ")}.`;
}

const SHOWN = 24; // tokens drawn; the text counts them all

function strip(vocabulary, found, position) {
  const y = (id) => 4 + (292 * id) / vocabulary.size;
  const lines = found.filter(({ id }) => id >= 0).map((item) =>
    node("svg:line", { class: item === found[position] ? "eb-lit" : "eb-row", x1: 0, x2: 60, y1: y(item.id), y2: y(item.id) }));
  return node("div", { class: "eb-strip" },
    node("svg:svg", { viewBox: "0 0 60 300", preserveAspectRatio: "none", role: "img", "aria-label": "The table from its first row to its last; each token of your sentence lights one row." },
      node("svg:rect", { class: "eb-frame", x: 0.5, y: 0.5, width: 59, height: 299 }), lines));
}

function matrix(vocabulary, found, position) {
  const cell = (value) => node("td", { class: value < 0 ? "eb-cold" : "eb-warm", style: ["--eb-heat", Math.min(1, Math.abs(value) / vocabulary.typical).toFixed(2)] }, fixed(value, 3));
  const row = ({ token, id, start }, i) => node("tr", { class: i === position ? "eb-current" : undefined },
    node("th", { scope: "row" }, token.length > 14 ? `${token.slice(0, 13)}\u2026` : token), node("td", { class: "eb-id" }, id < 0 ? "\u2013" : String(id)),
    start ? start.map(cell) : node("td", { colspan: vocabulary.width }, "not carried by this page"));
  const from = Math.max(0, Math.min(position - SHOWN / 2, found.length - SHOWN));
  return node("div", { class: "eb-scroll", tabindex: 0, role: "region", "aria-label": "Rows of the tokens" },
    node("table", { class: "eb-matrix" },
      node("thead", {}, node("tr", {}, node("th", { scope: "col" }, "token"), node("th", { scope: "col" }, "id"),
        node("th", { scope: "colgroup", colspan: vocabulary.width }, `numbers 0 to ${vocabulary.width - 1} of ${vocabulary.dimensions}`))),
      node("tbody", {}, found.slice(from, from + SHOWN).map((item, i) => row(item, i + from)))));
}

export default {
  render({ model, el }) {
    return mount({
      model,
      el,
      fields: {
        sentence: { kind: "text" },
        position: { kind: "integer", min: 1, max: 40 },
        table: { kind: "integer", min: 0, max: model.get("tables").length - 1 },
      },
      needs: ({ table }) => [`vocabulary-${model.get("tables")[table]}`],
      prepare: unpackVocabulary,
      draw(state, [vocabulary]) {
        const found = lookup(vocabulary, state.sentence.slice(0, 10_000));
        if (!found.length) return { problem: "Type a sentence: there is no token in it yet." };
        const position = Math.min(state.position, found.length) - 1; // past the last token: the last one
        return {
          picture: [node("div", { class: "eb-lookup" }, strip(vocabulary, found, position), matrix(vocabulary, found, position))],
          text: sentence(vocabulary, found, position),
        };
      },
    });
  },
};
