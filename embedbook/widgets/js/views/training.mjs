import { pairsOverSteps, wordMap } from "../plots.mjs";
import { fixed } from "../sentences.mjs";
import { mount } from "../view.mjs";

function sentence({ pairs, chance }, found, run, at) {
  const { steps } = found;
  const cosines = pairs.map(([a, b], i) => `${a} and ${b} ${fixed(found.cosines[at][i] / 100)}`).join(", ");
  return `After step ${steps[at]} of ${steps.at(-1)}, ${run}: cosines ${cosines}. Of the five nearest category words, ${found.shares[at]} % are of the word's own category; chance is ${chance} %.`;
}

export default {
  render({ model, el }) {
    const shown = model.get("shown");
    return mount({
      model,
      el,
      draw({ step, run }) {
        const found = model.get("data")[run], { steps } = found, at = steps.findLastIndex((kept) => kept <= step);
        return {
          picture: [wordMap(shown, found.coordinates[at], steps[at]), ...pairsOverSteps(steps, at, shown.pairs, found.cosines)],
          text: sentence(shown, found, model.get("runs")[run], at),
        };
      },
    });
  },
};
