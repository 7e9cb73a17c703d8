import { bars, linePlot } from "../plots.mjs";
import { fixed } from "../sentences.mjs";
import { mount, node } from "../view.mjs";

function sentence(name, [always, early, never], lastTouch, paths, step) {
  const at = paths.map((path) => fixed(path[step], 3));
  const before = step > lastTouch ? ` (${fixed(paths[1][lastTouch], 3)} at its last gradient, step ${lastTouch})` : "";
  return `${name}, after ${step} steps. Distance from the start: \u201c${always}\u201d, touched at each step, ${at[0]}; \u201c${early}\u201d ${at[1]}${before}; \u201c${never}\u201d, never touched, ${at[2]}.`;
}

/** What two rows moved while they got no gradient: the second since its last, the third since the start. */
function unasked([, early, never], lastTouch, paths, step) {
  return [
    { label: early, value: Math.abs(paths[1][step] - paths[1][Math.min(step, lastTouch)]), note: `since step ${lastTouch}` },
    { label: never, value: paths[2][step], note: "since the start" },
  ];
}

/** A round number that is at least the largest value. */
export function ceiling(largest) {
  const power = 10 ** Math.floor(Math.log10(largest || 1));
  return [1, 1.5, 2, 3, 4, 6, 8, 10].map((times) => times * power).find((top) => top >= largest) ?? 10 * power;
}

function lines(words, lastTouch, paths, step) {
  const last = paths[0].length - 1, most = ceiling(Math.max(...paths.flat()));
  return linePlot({
    label: `Distance from the start over ${last} steps of ${words.join(", ")}; the numbers at the chosen step are in the text below.`,
    series: paths.map((path, i) => ({ label: words[i], points: path.map((value, at) => [at, value]) })),
    x: { from: 0, to: last, ticks: [0, lastTouch, last].map((at) => [at, String(at)]) },
    y: { from: 0, to: most, ticks: [0, most / 2, most].map((value) => [value, String(Number(value.toFixed(6)))]) },
    now: step,
    also: lastTouch,
    right: 530,
  });
}

export default {
  render({ model, el }) {
    const words = model.get("words"), lastTouch = model.get("last_touch"), [always, early, never] = words;
    return mount({
      model,
      el,
      draw({ optimizer, step }) {
        const paths = model.get("moved")[optimizer].map((path) => path.split(" ").map((value) => value / 1000));
        return {
          picture: [
            node("p", { class: "eb-caption" }, `Distance from the start. Gradients: \u201c${always}\u201d at every step, \u201c${early}\u201d up to step ${lastTouch}, \u201c${never}\u201d never.`),
            lines(words, lastTouch, paths, step),
            bars("Moved without a gradient", unasked(words, lastTouch, paths, step)),
          ],
          text: sentence(model.get("names")[optimizer], words, lastTouch, paths, step),
        };
      },
    });
  },
};
