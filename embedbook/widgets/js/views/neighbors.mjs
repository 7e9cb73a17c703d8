import { bars } from "../plots.mjs";
import { alone, fixed, lacking, searched, unknown } from "../sentences.mjs";
import { find, strip } from "../tokens.mjs";
import { cosinesToAll, topK, unpackRows, vector } from "../vectors.mjs";
import { mount, node } from "../view.mjs";

/** The word as it is carried and the k rows of largest cosine with its row, itself left out; null without a row. */
function look(rows, word, k) {
  const i = find(rows, word);
  if (i < 0) return null;
  const cosines = cosinesToAll(rows, vector(rows, i)), count = rows.norms[i] ? k : 0;
  return { word: rows.words[i], found: topK(cosines, count, new Set([i])).map((j) => ({ label: rows.words[j], value: cosines[j] })) };
}

function sentence(rows, asked, seen) {
  if (!seen) return lacking(rows, asked);
  const [nearest] = seen.found;
  if (!nearest) return alone(rows, seen.word);
  return `${searched(rows)} ${seen.word} is nearest to ${nearest.label} (cosine ${fixed(nearest.value)}).`;
}

export default {
  render({ model, el }) {
    const names = model.get("tables");
    return mount({
      model,
      el,
      needs: ({ table }) => (table < names.length ? [names[table]] : names).map((name) => ["rows", name]),
      prepare: unpackRows,
      draw({ word, k }, sets) {
        const lists = sets.map((rows) => [rows, look(rows, word, k)]);
        if (!lists.some(([, seen]) => seen)) return { problem: [...new Set(sets.map((rows) => unknown(rows, word)))].join(" ") };
        return {
          picture: [node("div", { class: "eb-columns" }, lists.map(([rows, seen]) =>
            bars(`${rows.table}: ${seen?.word ?? strip(word)}`, seen?.found ?? [], seen ? alone(rows, seen.word) : unknown(rows, word))))],
          text: lists.map(([rows, seen]) => sentence(rows, word, seen)).join(" "),
        };
      },
    });
  },
};
