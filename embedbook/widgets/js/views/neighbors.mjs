import { bars } from "../plots.mjs";
import { alone, fixed, lacking, searched, unknown } from "../sentences.mjs";
import { find, strip } from "../tokens.mjs";
import { cosinesToAll, nearest, unpackRows, vector } from "../vectors.mjs";
import { node, view } from "../view.mjs";

/** The word as it is carried and the k rows of largest cosine with its row, itself left out; null without a row. */
function look(rows, asked, k) {
  const i = find(rows, asked), word = rows.words[i];
  if (i < 0) return null;
  const found = nearest(rows, cosinesToAll(rows, vector(rows, i)), rows.norms[i] ? k : 0, new Set([i])), [first] = found;
  const text = first ? `${searched(rows)} ${word} is nearest to ${first.label} (cosine ${fixed(first.value)}).` : alone(rows, word);
  return { word, found, text };
}

export default view(() => ({
  needs: ({ tables, table }) => (table < tables.length ? [tables[table]] : tables).map((name) => ["rows", name]),
  prepare: unpackRows,
  draw({ word, k }, sets) {
    const lists = sets.map((rows) => [rows, look(rows, word, k)]);
    if (!lists.some(([, seen]) => seen)) return { problem: [...new Set(sets.map((rows) => unknown(rows, word)))].join(" ") };
    const column = ([rows, seen]) => seen ? bars(`${rows.table}: ${seen.word}`, seen.found, seen.text)
      : bars(`${rows.table}: ${strip(word)}`, [], unknown(rows, word));
    return {
      picture: [node("div", { class: "eb-columns" }, lists.map(column))],
      text: lists.map(([rows, seen]) => seen?.text ?? lacking(rows, word)).join(" "),
    };
  },
}));
