import { cosinesSaid, learned } from "../plots.mjs";
import { view } from "../view.mjs";

export default view(() => ({
  draw(state) {
    const run = state.runs[state.run], { steps, shares } = run, at = steps.findLastIndex((step) => step <= state.step);
    return {
      picture: learned(state, run, at),
      text: `After step ${steps[at]} of ${steps.at(-1)}, ${run.name}: cosines ${cosinesSaid(state, run, at)}. ` +
        `Of the five nearest category words, ${shares[at]}\u00a0% are of the word's own category; chance is ${state.chance}\u00a0%.`,
    };
  },
}));
