import { fixed, mount, node, stepLines, wordMap } from "../core.mjs";

/** Where in `steps` the last one at or before `step` stands. */
export function placeOf(steps, step) {
  return steps.findLastIndex((kept) => kept <= step);
}

export function sentence(shown, found, run, step) {
  const { steps, pairs, chance } = shown, at = placeOf(steps, step);
  const cosines = pairs.map(([a, b], i) => `${a} and ${b} ${fixed(found.cosines[at][i] / 100)}`).join(", ");
  return `After step ${steps[at]} of ${steps.at(-1)}, ${run}: cosines ${cosines}. Of the five nearest category words, ${found.shares[at]} % are of the word's own category; chance is ${chance} %.`;
}

export default {
  render({ model, el }) {
    const shown = model.get("shown");
    return mount({
      model,
      el,
      fields: {
        step: { kind: "integer", min: 0, max: shown.steps.at(-1) },
        run: { kind: "integer", min: 0, max: model.get("runs").length - 1 },
      },
      needs: () => [],
      prepare: (raw) => raw,
      draw({ step, run }) {
        const found = model.get("data")[run], at = placeOf(shown.steps, step);
        return {
          picture: [
            wordMap(shown, found.coordinates[at], shown.steps[at]),
            node("p", { class: "eb-caption eb-above" }, "Cosine of three pairs over the steps"),
            stepLines(shown.steps, at, shown.pairs.map((pair) => pair.join(" \u00b7 ")), found.cosines),
          ],
          text: sentence(shown, found, model.get("runs")[run], step),
        };
      },
    });
  },
};
