import { bars, cosinesSaid, learned } from "../plots.mjs";
import { node, view } from "../view.mjs";

export default view(() => ({
  draw(state) {
    const { runs, algorithm, percent, chance } = state, run = runs[algorithm], { name, year, steps, shares } = run;
    const last = steps.length - 1, at = Math.floor((percent * last) / 100);
    const reached = [...new Set([at, last])].map((one) => ({ label: `step ${steps[one]}`, value: shares[one] / 100 }));
    const scores = bars("Share of the five nearest in the word's own category", [...reached, { label: "chance", value: chance / 100 }]);
    const taken = at < last ? `step ${steps[at]} of ${steps[last]}` : `all ${steps[last]} steps`;
    return {
      picture: learned(state, run, at, node("div", { class: "eb-above" }, scores)),
      text: `${name} (${year}), after ${taken}: of the five nearest category words, ${shares[at]}\u00a0% are of the word's own category, ` +
        `${chance}\u00a0% by chance. Cosines: ${cosinesSaid(state, run, at)}.`,
    };
  },
}));
