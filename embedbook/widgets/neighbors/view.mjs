import { bars, cosinesToAll, find, fixed, mount, node, topK, unknown, unpackRows, vector } from "../core.mjs";

/** The k rows of largest cosine with the row of `word`, that row itself left out: [[word, cosine], ...], or null. */
export function neighbors(rows, word, k) {
  const i = find(rows, word);
  if (i < 0) return null;
  const cosines = cosinesToAll(rows, vector(rows, i));
  return topK(cosines, k, new Set([i])).map((j) => [rows.words[j], cosines[j]]);
}

export function sentence(rows, word, found) {
  const [nearest, cosine] = found[0];
  return `In ${rows.table}, ${word} is nearest to ${nearest} (cosine ${fixed(cosine)}).`;
}

export default {
  render({ model, el }) {
    const chosen = ({ table }) => (table < model.get("tables").length ? [model.get("tables")[table]] : model.get("tables"));
    return mount({
      model,
      el,
      fields: {
        word: { kind: "text" },
        k: { kind: "integer", min: 1, max: 20 },
        table: { kind: "integer", min: 0, max: model.get("tables").length },
      },
      needs: (state) => chosen(state).map((name) => `rows-${name}`),
      prepare: unpackRows,
      draw({ word, k }, sets) {
        const lists = sets.map((rows) => [rows, neighbors(rows, word, k)]);
        const known = lists.filter(([, found]) => found);
        const problem = lists.filter(([, found]) => !found).map(([rows]) => unknown(rows, word)).join(" ");
        if (!known.length) return { problem };
        return {
          problem,
          picture: [node("div", { class: "eb-columns" }, known.map(([rows, found]) =>
            bars(`${rows.table}: ${rows.words[find(rows, word)]}`, found.map(([label, value]) => ({ label, value })))))],
          text: known.map(([rows, found]) => sentence(rows, rows.words[find(rows, word)], found)).join(" "),
        };
      },
    });
  },
};
