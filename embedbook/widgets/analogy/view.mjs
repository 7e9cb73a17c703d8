import { bars, combine, cosinesToAll, find, fixed, mount, topK, unknown, unpackRows } from "../core.mjs";

/** The k rows nearest to a + step * (c - b), rows at unit length; inputs left out or not. Null where a word is missing. */
export function analogy(rows, { a, b, c, step, k, exclude }) {
  const [i, j, l] = [a, b, c].map((word) => find(rows, word));
  if (i < 0 || j < 0 || l < 0) return null;
  const cosines = cosinesToAll(rows, combine(rows, [[i, 1], [l, step], [j, -step]]));
  const inputs = new Set([i, j, l]);
  return {
    words: [i, j, l].map((at) => rows.words[at]),
    found: topK(cosines, k, exclude ? inputs : new Set()).map((at) => ({ label: rows.words[at], value: cosines[at], mark: inputs.has(at) ? "input" : undefined })),
    first: rows.words[topK(cosines, 1)[0]],
  };
}

export function sentence(rows, { words: [a, b, c], found, first }, { step, exclude }) {
  const sum = step === 1 ? `${a} \u2212 ${b} + ${c}` : `${a} + ${fixed(step)} \u00d7 (${c} \u2212 ${b})`;
  const answer = `In ${rows.table}, ${sum} is nearest to ${found[0].label} (cosine ${fixed(found[0].value)})`;
  return exclude ? `${answer} when the three inputs are left out; with them allowed, to ${first}.` : `${answer}, inputs allowed.`;
}

export default {
  render({ model, el }) {
    return mount({
      model,
      el,
      fields: {
        a: { kind: "text" },
        b: { kind: "text" },
        c: { kind: "text" },
        step: { kind: "number", min: 0, max: 2 },
        k: { kind: "integer", min: 1, max: 20 },
        exclude: { kind: "flag" },
        table: { kind: "integer", min: 0, max: model.get("tables").length - 1 },
      },
      needs: ({ table }) => [`rows-${model.get("tables")[table]}`],
      prepare: unpackRows,
      draw(state, [rows]) {
        const result = analogy(rows, state);
        if (!result) return { problem: [state.a, state.b, state.c].filter((word) => find(rows, word) < 0).map((word) => unknown(rows, word)).join(" ") };
        const [a, b, c] = result.words;
        return {
          picture: [bars(`${rows.table}: ${a} + ${fixed(state.step)} \u00d7 (${c} \u2212 ${b})`, result.found)],
          text: sentence(rows, result, state),
        };
      },
    });
  },
};
