import { bars, linePlot } from "../plots.mjs";
import { fixed, searched, unknown } from "../sentences.mjs";
import { find } from "../tokens.mjs";
import { combine, cosine, cosinesToAll, norm, topK, unpackRows, vector } from "../vectors.mjs";
import { mount, node } from "../view.mjs";

const MOST = 2, POINTS = 41; // steps, and where the lines are computed

/** The k rows nearest to a + step * (c - b), rows at unit length; inputs left out or not. Null where a word is missing. */
function look(rows, { a, b, c, step, k, exclude }) {
  const places = [a, b, c].map((word) => find(rows, word)), [i, j, l] = places;
  if (places.includes(-1)) return null;
  const sum = combine(rows, [[i, 1], [l, step], [j, -step]]), cosines = cosinesToAll(rows, sum);
  const inputs = new Set(places), [best] = topK(cosines, 1, inputs);
  return {
    words: places.map((at) => rows.words[at]),
    found: topK(cosines, norm(sum) > 1e-9 ? k : 0, exclude ? inputs : new Set()).map((at) => ({ label: rows.words[at], value: cosines[at], mark: inputs.has(at) ? "input" : undefined })),
    first: rows.words[topK(cosines, 1)[0]],
    length: norm(combine(rows, [[l, 1], [j, -1]])),
    walk: walk(rows, places, best === undefined ? [i, l] : [i, l, best]),
  };
}

/** Cosines of the sum with each of some rows, at steps from 0 to 2: [{label, points: [[step, cosine], ...]}, ...]. */
function walk(rows, [i, j, l], others) {
  const steps = Array.from({ length: POINTS }, (_, at) => (MOST * at) / (POINTS - 1));
  const sums = steps.map((step) => combine(rows, [[i, 1], [l, step], [j, -step]]));
  const short = (word) => (word.length > 12 ? `${word.slice(0, 11)}\u2026` : word);
  return [...new Set(others)].map((other) => {
    const row = vector(rows, other);
    return { label: short(rows.words[other]), points: sums.map((sum, at) => [steps[at], cosine(sum, row)]) };
  });
}

function sentence(rows, { words: [a, b, c], found, first, length }, { step, exclude }) {
  const sum = step === 1 ? `${a} \u2212 ${b} + ${c}` : `${a} + ${fixed(step)} \u00d7 (${c} \u2212 ${b})`;
  const answer = `${searched(rows)} ${sum} is nearest to ${found[0].label} (cosine ${fixed(found[0].value)})`;
  const ending = exclude ? ` when the three inputs are left out; with them allowed, to ${first}.` : ", inputs allowed.";
  return `${answer}${ending} A full step, from ${b} to ${c}, is ${fixed(length)} long; the row of ${a} has length 1.`;
}

function lines(series, step) {
  const low = Math.min(0, ...series.flatMap(({ points }) => points.map(([, value]) => Math.floor(value * 2) / 2)));
  return linePlot({
    label: `Cosine of the sum with ${series.map(({ label }) => label).join(", ")}, as the step grows from 0 to 2.`,
    series,
    x: { from: 0, to: MOST, ticks: [0, 1, 2].map((at) => [at, String(at)]) },
    y: { from: low, to: 1, ticks: [...new Set([low, 0, 0.5, 1])].map((value) => [value, fixed(value, 1)]) },
    now: step,
  });
}

export default {
  render({ model, el }) {
    return mount({
      model,
      el,
      needs: ({ table }) => [["rows", model.get("tables")[table]]],
      prepare: unpackRows,
      draw(state, [rows]) {
        const seen = look(rows, state);
        if (!seen) return { problem: unknown(rows, ...[state.a, state.b, state.c].filter((word) => find(rows, word) < 0)) };
        if (!seen.found.length) return { problem: "Nothing is nearest: the sum is all zeros, or no row is left but the inputs." };
        const [a, b, c] = seen.words;
        return {
          picture: [
            bars(`${rows.table}: ${a} + ${fixed(state.step)} \u00d7 (${c} \u2212 ${b})`, seen.found),
            node("p", { class: "eb-caption eb-above" }, "Cosine of the sum with each word, along the step"),
            lines(seen.walk, state.step),
          ],
          text: sentence(rows, seen, state),
        };
      },
    });
  },
};
