import { bars, linePlot } from "../plots.mjs";
import { fixed } from "../sentences.mjs";
import { node, view } from "../view.mjs";

/** A round number that is at least the largest value. */
export function ceiling(largest) {
  const power = 10 ** Math.floor(Math.log10(largest || 1));
  return [1, 1.5, 2, 3, 4, 6, 8, 10].map((times) => times * power).find((top) => top >= largest) ?? 10 * power;
}

function lines({ words, last_touch, step }, paths) {
  const last = paths[0].length - 1, most = ceiling(Math.max(...paths.flat()));
  return linePlot({
    label: `Distance from the start over ${last} steps of ${words.join(", ")}; the numbers at the chosen step are in the text below.`,
    series: paths.map((path, i) => ({ label: words[i], points: path.map((value, at) => [at, value]) })),
    x: { from: 0, to: last, ticks: [0, last_touch, last].map((at) => [at, String(at)]) },
    y: { from: 0, to: most, ticks: [0, most / 2, most].map((value) => [value, String(Number(value.toFixed(6)))]) },
    now: step,
    also: last_touch,
    right: 530,
  });
}

export default view(() => ({
  draw(state) {
    const { moved, optimizer, names, words: [always, early, never], last_touch, step } = state;
    const paths = moved[optimizer].map((path) => path.split(" ").map((thousandths) => thousandths / 1000)), [, touched, untouched] = paths;
    const at = paths.map((path) => fixed(path[step], 3));
    const before = step > last_touch ? ` (${fixed(touched[last_touch], 3)} at its last gradient, step ${last_touch})` : "";
    return {
      picture: [
        node("p", { class: "eb-caption" }, `Distance from the start. Gradients: “${always}” at every step, “${early}” up to step ${last_touch}, “${never}” never.`),
        lines(state, paths),
        bars("Moved without a gradient", [
          { label: early, value: Math.abs(touched[step] - touched[Math.min(step, last_touch)]), note: `since step ${last_touch}` },
          { label: never, value: untouched[step], note: "since the start" },
        ]),
      ],
      text: `${names[optimizer]}, after ${step} steps. Distance from the start: “${always}”, touched at each step, ${at[0]}; ` +
        `“${early}” ${at[1]}${before}; “${never}”, never touched, ${at[2]}.`,
    };
  },
}));
