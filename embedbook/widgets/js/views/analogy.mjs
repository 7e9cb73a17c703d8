import { bars, linePlot } from "../plots.mjs";
import { fixed, searched, unknown } from "../sentences.mjs";
import { find } from "../tokens.mjs";
import { combine, cosine, cosinesToAll, nearest, norm, topK, unpackRows, vector } from "../vectors.mjs";
import { chosenRows, node, view } from "../view.mjs";

const MOST = 2, POINTS = 41; // steps, and where the lines are computed

/** Lines of the cosines of a sum, by its step from 0 to 2, with rows of the table. */
function walk(rows, sumAt, others, now) {
  const steps = Array.from({ length: POINTS }, (_, at) => (MOST * at) / (POINTS - 1)), sums = steps.map(sumAt);
  const short = (word) => (word.length > 12 ? `${word.slice(0, 11)}\u2026` : word);
  const series = others.map((other) => {
    const row = vector(rows, other);
    return { label: short(rows.words[other]), points: sums.map((sum, at) => [steps[at], cosine(sum, row)]) };
  });
  const low = Math.min(0, ...series.flatMap(({ points }) => points.map(([, value]) => Math.floor(value * 2) / 2)));
  return linePlot({
    label: `Cosine of the sum with ${series.map(({ label }) => label).join(", ")}, as the step grows from 0 to 2.`,
    series,
    x: { from: 0, to: MOST, ticks: [0, 1, 2].map((at) => [at, String(at)]) },
    y: { from: low, to: 1, ticks: [...new Set([low, 0, 0.5, 1])].map((value) => [value, fixed(value, 1)]) },
    now,
  });
}

export default view(() => ({
  needs: chosenRows,
  prepare: unpackRows,
  draw(state, [rows]) {
    const asked = [state.a, state.b, state.c], { step, k, exclude } = state;
    const places = asked.map((word) => find(rows, word)), [i, j, l] = places, [a, b, c] = places.map((at) => rows.words[at]);
    if (places.includes(-1)) return { problem: unknown(rows, ...asked.filter((_, at) => places[at] < 0)) };
    const sumAt = (step) => combine(rows, [[i, 1], [l, step], [j, -step]]); // rows at unit length
    const sum = sumAt(step), cosines = cosinesToAll(rows, sum), inputs = new Set(places);
    const count = norm(sum) > 1e-9 ? k : 0, excluded = exclude ? inputs : new Set();
    const found = nearest(rows, cosines, count, excluded, (at) => inputs.has(at) && "input"), [first] = found;
    if (!found.length) return { problem: "Nothing is nearest: the sum is all zeros, or no row is left but the inputs." };
    const moved = `${a} + ${fixed(step)} \u00d7 (${c} \u2212 ${b})`;
    const allowed = `with them allowed, to ${rows.words[topK(cosines, 1)[0]]}`;
    return {
      picture: [
        bars(`${rows.table}: ${moved}`, found),
        node("p", { class: "eb-caption eb-above" }, "Cosine of the sum with each word, along the step"),
        walk(rows, sumAt, [...new Set([i, l, ...topK(cosines, 1, inputs)])], step),
      ],
      text: `${searched(rows)} ${step === 1 ? `${a} \u2212 ${b} + ${c}` : moved} is nearest to ${first.label} (cosine ${fixed(first.value)})` +
        `${exclude ? ` when the three inputs are left out; ${allowed}.` : ", inputs allowed."} ` +
        `A full step, from ${b} to ${c}, is ${fixed(norm(combine(rows, [[l, 1], [j, -1]])))} long; the row of ${a} has length 1.`,
    };
  },
}));
