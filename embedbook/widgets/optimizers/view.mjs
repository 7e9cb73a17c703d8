import { bars, fixed, mount, node } from "../core.mjs";

const UNIT = 1000;

/** Distances by optimiser, word and step: a model keeps each path as one string of whole numbers. */
export function unpacked(moved) {
  return moved.map((paths) => paths.map((path) => path.split(" ").map(Number)));
}

export function sentence({ names, words, lastTouch, moved }, optimizer, step) {
  const [always, early, never] = words, paths = moved[optimizer];
  const at = paths.map((path) => fixed(path[step] / UNIT, 3));
  const before = step > lastTouch ? ` (${fixed(paths[1][lastTouch] / UNIT, 3)} at its last gradient, step ${lastTouch})` : "";
  return `${names[optimizer]}, after ${step} steps. Distance from the start: \u201c${always}\u201d, touched at each step, ${at[0]}; \u201c${early}\u201d ${at[1]}${before}; \u201c${never}\u201d, never touched, ${at[2]}.`;
}

/** What the two rows moved while they got no gradient: the second since its last, the third since the start. */
export function unasked({ words, lastTouch, moved }, optimizer, step) {
  const [, early, never] = moved[optimizer], since = early[Math.min(step, lastTouch)];
  return [
    { label: words[1], value: Math.abs(early[step] - since) / UNIT, note: `since step ${lastTouch}` },
    { label: words[2], value: never[step] / UNIT, note: "since the start" },
  ];
}

const PLOT = { width: 640, height: 270, left: 64, right: 530, top: 18, floor: 206 };

/** A round number that is at least the largest value. */
export function ceiling(largest) {
  const power = 10 ** Math.floor(Math.log10(largest || 1));
  return [1, 1.5, 2, 3, 4, 6, 8, 10].map((times) => times * power).find((top) => top >= largest) ?? 10 * power;
}

function lines({ words, lastTouch, moved }, optimizer, step) {
  const { width, height, left, right, top, floor } = PLOT, paths = moved[optimizer], last = paths[0].length - 1;
  const most = ceiling(Math.max(...paths.flat()));
  const x = (at) => left + (at / last) * (right - left), y = (value) => floor - (value / most) * (floor - top);
  const ends = paths.map((path, i) => ({ i, y: y(path[last]) + 5 })).sort((one, other) => one.y - other.y);
  ends.forEach((end, place) => { if (place) end.y = Math.max(end.y, ends[place - 1].y + 28); });
  const shift = Math.max(0, ends.at(-1).y - (floor + 5)); // the lowest label stays beside the floor
  const tick = (across, down, text, anchor, kind = "eb-tick") => node("svg:text", { x: across, y: down, class: kind, "text-anchor": anchor }, text);
  const line = (path) => path.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return node("svg:svg", { viewBox: `0 0 ${width} ${height}`, class: "eb-plot eb-walk", role: "img", "aria-label": `Distance from the start over ${last} steps of ${words.join(", ")}; the numbers at the chosen step are in the text below.` },
    [0, most / 2, most].map((value) => [
      node("svg:line", { class: "eb-grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
      tick(left - 6, y(value) + 5, String(value / UNIT), "end")]).flat(),
    [0, lastTouch, last].map((at) => tick(x(at), floor + 26, String(at), "middle")),
    tick((left + right) / 2, floor + 54, "step", "middle"),
    node("svg:line", { class: "eb-mean", x1: x(lastTouch), x2: x(lastTouch), y1: top, y2: floor }),
    node("svg:line", { class: "eb-mean eb-now", x1: x(step), x2: x(step), y1: top, y2: floor }),
    paths.map((path, i) => node("svg:polyline", { class: `eb-line eb-line-${i}`, points: line(path) })),
    ends.map(({ i, y: down }) => tick(right + 10, (down - shift).toFixed(1), words[i], "start", `eb-end-${i}`)));
}

function caption({ words: [always, early, never], lastTouch }) {
  return `Distance from the start. Gradients: \u201c${always}\u201d at every step, \u201c${early}\u201d up to step ${lastTouch}, \u201c${never}\u201d never.`;
}

export default {
  render({ model, el }) {
    const fixedParts = { names: model.get("names"), words: model.get("words"), lastTouch: model.get("last_touch"), moved: unpacked(model.get("moved")) };
    return mount({
      model,
      el,
      fields: {
        optimizer: { kind: "integer", min: 0, max: fixedParts.names.length - 1 },
        step: { kind: "integer", min: 0, max: fixedParts.moved[0][0].length - 1 },
      },
      needs: () => [],
      prepare: (raw) => raw,
      draw({ optimizer, step }) {
        return {
          picture: [
            node("p", { class: "eb-caption" }, caption(fixedParts)),
            lines(fixedParts, optimizer, step),
            bars("Moved without a gradient", unasked(fixedParts, optimizer, step)),
          ],
          text: sentence(fixedParts, optimizer, step),
        };
      },
    });
  },
};
