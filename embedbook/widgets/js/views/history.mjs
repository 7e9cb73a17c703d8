import { bars, pairsOverSteps, wordMap } from "../plots.mjs";
import { fixed } from "../sentences.mjs";
import { mount, node } from "../view.mjs";

function sentence({ pairs, chance }, { steps, cosines, shares, name, year }, at) {
  const taken = at < steps.length - 1 ? `step ${steps[at]} of ${steps.at(-1)}` : `all ${steps.at(-1)} steps`;
  const said = pairs.map(([a, b], i) => `${a} and ${b} ${fixed(cosines[at][i] / 100)}`).join(", ");
  return `${name} (${year}), after ${taken}: of the five nearest category words, ${shares[at]} % are of the word's own category, ${chance} % by chance. Cosines: ${said}.`;
}

/** The score as bars: now, at the end unless that is now, and what rows that know nothing get. */
function scores({ chance }, { steps, shares }, at) {
  const last = steps.length - 1;
  return [...new Set([at, last])].map((one) => ({ label: `step ${steps[one]}`, value: shares[one] / 100 }))
    .concat({ label: "chance", value: chance / 100 });
}

export default {
  render({ model, el }) {
    const shown = model.get("shown"), data = model.get("data");
    return mount({
      model,
      el,
      draw({ algorithm, percent }) {
        const found = data[algorithm], { steps } = found, at = Math.floor((percent * (steps.length - 1)) / 100);
        return {
          picture: [
            wordMap(shown, found.coordinates[at], steps[at]),
            node("div", { class: "eb-above" }, bars("Share of the five nearest in the word's own category", scores(shown, found, at))),
            ...pairsOverSteps(steps, at, shown.pairs, found.cosines),
          ],
          text: sentence(shown, found, at),
        };
      },
    });
  },
};
