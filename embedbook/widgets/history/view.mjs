import { bars, fixed, mount, node, stepLines, wordMap } from "../core.mjs";

/** Which of `count` moments at equal distances is the last at or before `percent` of the way. */
export function momentOf(percent, count) {
  return Math.floor((percent / 100) * (count - 1) + 1e-9);
}

export function sentence(shown, found, percent) {
  const { steps, cosines, shares, name, year } = found, at = momentOf(percent, steps.length);
  const taken = at < steps.length - 1 ? `step ${steps[at]} of ${steps.at(-1)}` : `all ${steps.at(-1)} steps`;
  const said = shown.pairs.map(([a, b], i) => `${a} and ${b} ${fixed(cosines[at][i] / 100)}`).join(", ");
  return `${name} (${year}), after ${taken}: of the five nearest category words, ${shares[at]} % are of the word's own category, ${shown.chance} % by chance. Cosines: ${said}.`;
}

/** The score as bars: now, at the end unless that is now, and what rows that know nothing get. */
export function scores(shown, found, percent) {
  const last = found.steps.length - 1, at = momentOf(percent, found.steps.length);
  return [
    ...(at < last ? [at, last] : [last]).map((one) => ({ label: `step ${found.steps[one]}`, value: found.shares[one] / 100 })),
    { label: "chance", value: shown.chance / 100 },
  ];
}

export default {
  render({ model, el }) {
    const shown = model.get("shown"), data = model.get("data");
    return mount({
      model,
      el,
      fields: {
        algorithm: { kind: "integer", min: 0, max: data.length - 1 },
        percent: { kind: "integer", min: 0, max: 100 },
      },
      needs: () => [],
      prepare: (raw) => raw,
      draw({ algorithm, percent }) {
        const found = data[algorithm], at = momentOf(percent, found.steps.length);
        return {
          picture: [
            wordMap(shown, found.coordinates[at], found.steps[at]),
            node("div", { class: "eb-above" }, bars("Share of the five nearest in the word's own category", scores(shown, found, percent))),
            node("p", { class: "eb-caption eb-above" }, "Cosine of three pairs over the steps"),
            stepLines(found.steps, at, shown.pairs.map((pair) => pair.join(" \u00b7 ")), found.cosines),
          ],
          text: sentence(shown, found, percent),
        };
      },
    });
  },
};
