import { bars, cosinesToAll, find, fixed, lacking, mount, node, searched, topK, unknown, unpackRows, vector } from "../core.mjs";

/** The k rows of largest cosine with the row of `word`, that row itself left out: [[word, cosine], ...], or null. */
export function neighbors(rows, word, k) {
  const i = find(rows, word);
  if (i < 0) return null;
  const cosines = cosinesToAll(rows, vector(rows, i));
  return topK(cosines, k, new Set([i])).map((j) => [rows.words[j], cosines[j]]);
}

export function sentence(rows, word, found) {
  if (!found) return lacking(rows, word);
  const [nearest, cosine] = found[0];
  return `${searched(rows)} ${rows.words[find(rows, word)]} is nearest to ${nearest} (cosine ${fixed(cosine)}).`;
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
        if (!lists.some(([, found]) => found)) return { problem: [...new Set(sets.map((rows) => unknown(rows, word)))].join(" ") };
        return {
          picture: [node("div", { class: "eb-columns" }, lists.map(([rows, found]) =>
            bars(`${rows.table}: ${found ? rows.words[find(rows, word)] : word.trim()}`, (found ?? []).map(([label, value]) => ({ label, value })), found ? "" : unknown(rows, word))))],
          text: lists.map(([rows, found]) => sentence(rows, word, found)).join(" "),
        };
      },
    });
  },
};
