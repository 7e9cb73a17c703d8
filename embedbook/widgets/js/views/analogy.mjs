import { bars, linePlot } from "../plots.mjs";
import { searcher } from "../search.mjs";
import { fixed, searched, unknown } from "../sentences.mjs";
import { openStore } from "../store.mjs";
import { cosine, norm } from "../vectors.mjs";
import { chosenRows, node, view } from "../view.mjs";

const MOST = 2, POINTS = 41; // steps, and where the lines are computed

/** Lines of the cosines of a sum, by its step from 0 to 2, with rows of the table. */
function walk(store, sumAt, others, now) {
  const steps = Array.from({ length: POINTS }, (_, at) => (MOST * at) / (POINTS - 1)), sums = steps.map(sumAt);
  const short = (word) => (word.length > 12 ? `${word.slice(0, 11)}\u2026` : word);
  const series = others.map((other) => {
    const row = store.vector(other);
    return { label: short(store.word(other)), points: sums.map((sum, at) => [steps[at], cosine(sum, row)]) };
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

export default view((change, redraw) => {
  const rest = searcher(redraw);
  return {
    needs: chosenRows,
    prepare: openStore,
    bring: ({ a, b, c }, [store]) => store.look([a, b, c]),
    draw({ step, k, exclude }, [store], looked) {
      if (looked.some(({ id }) => id < 0)) return { problem: unknown(store, looked) };
      const [a, b, c] = looked.map(({ word }) => word), inputs = looked.map(({ id }) => id), [i, j, l] = inputs;
      const termsAt = (step) => [[i, 1], [l, step], [j, -step]]; // of rows at unit length
      const search = (k, exclude) => store.nearest(termsAt(step), { k, exclude, mark: (id) => inputs.includes(id) && "input" });
      const found = search(k, exclude ? inputs : []), [first] = found, other = search(1, inputs).map(({ i }) => i);
      if (!found.length) return { problem: "Nothing is nearest: the sum is all zeros, or no row is left but the inputs." };
      const moved = `${a} + ${fixed(step)} \u00d7 (${c} \u2212 ${b})`, [best] = search(1, []);
      return {
        picture: [node("div", { class: "eb-columns" },
          node("div", {}, bars(`${store.table}: ${moved}`, found, "", undefined, (a) => change({ a })), rest(store)),
          node("div", {}, node("p", { class: "eb-caption" }, "Cosine of the sum with each word, along the step"),
            walk(store, (step) => store.sum(termsAt(step)), [...new Set([i, l, ...other])], step)))],
        text: `${searched(store)} ${step === 1 ? `${a} \u2212 ${b} + ${c}` : moved} is nearest to ${first.label} (cosine ${fixed(first.value)})` +
          `${exclude ? ` when the three inputs are left out; with them allowed, to ${best.label}.` : ", inputs allowed."} ` +
          `A full step, from ${b} to ${c}, is ${fixed(norm(store.sum([[l, 1], [j, -1]])))} long; the row of ${a} has length 1.`,
      };
    },
  };
});
