import { fixed, mount, node } from "../core.mjs";

/** Where in `steps` the last one at or before `step` stands. */
export function placeOf(steps, step) {
  return steps.findLastIndex((kept) => kept <= step);
}

export function sentence(shown, found, run, step) {
  const { steps, pairs, chance } = shown, at = placeOf(steps, step);
  const cosines = pairs.map(([a, b], i) => `${a} and ${b} ${fixed(found.cosines[at][i] / 100)}`).join(", ");
  return `After step ${steps[at]} of ${steps.at(-1)}, ${run}: cosines ${cosines}. Of the five nearest category words, ${found.shares[at]} % are of the word's own category; chance is ${chance} %.`;
}

const MAP = { width: 640, height: 430, top: 34, margin: 22 };

/** One mark a group: colour and shape both tell it. */
const SHAPES = [
  (x, y) => ["circle", { cx: x, cy: y, r: 6 }],
  (x, y) => ["rect", { x: x - 5.5, y: y - 5.5, width: 11, height: 11 }],
  (x, y) => ["path", { d: `M${x} ${y - 7}L${x + 7} ${y + 5}H${x - 7}Z` }],
  (x, y) => ["path", { d: `M${x} ${y - 7.5}L${x + 7.5} ${y}L${x} ${y + 7.5}L${x - 7.5} ${y}Z` }],
  (x, y) => ["path", { d: `M${x - 7} ${y - 2}h5v-5h4v5h5v4h-5v5h-4v-5h-5Z` }],
];

function mark(group, x, y, strong) {
  const [tag, attributes] = SHAPES[group](x, y);
  return node(`svg:${tag}`, { ...attributes, class: `eb-mark-${group}${strong ? " eb-named" : ""}` });
}

/** Labels beside their points, moved down where two would lie on one another. */
export function placed(labels) {
  const sorted = labels.map((label) => ({ ...label })).sort((one, other) => one.y - other.y);
  sorted.forEach((label, i) => {
    for (const above of sorted.slice(0, i)) if (Math.abs(above.x - label.x) < 120 && label.y < above.y + 22) label.y = above.y + 22;
  });
  return sorted;
}

function map(shown, found, at) {
  const { words, groups, names, labels, half } = shown, { width, height, top, margin } = MAP;
  const flat = found.coordinates[at].split(" ").map(Number);
  const x = (i) => margin + ((flat[2 * i] + half) / (2 * half)) * (width - 2 * margin);
  const y = (i) => top + margin + ((half - flat[2 * i + 1]) / (2 * half)) * (height - top - 2 * margin);
  const round = (value) => Number(value.toFixed(1));
  const texts = labels.map((word) => ({ word, x: x(words.indexOf(word)), y: y(words.indexOf(word)) + 5 }));
  return node("svg:svg", { viewBox: `0 0 ${width} ${height}`, class: "eb-plot eb-map", role: "img", "aria-label": `Map of ${words.length} words after step ${shown.steps[at]}, on a fixed plane; how well categories stand together is said in the text below.` },
    node("svg:rect", { class: "eb-frame", x: 1, y: top, width: width - 2, height: height - top - 1 }),
    names.map((name, group) => [mark(group, 12 + group * 128, 14, true), node("svg:text", { class: "eb-tick", x: 24 + group * 128, y: 19 }, name)]).flat(),
    words.map((word, i) => mark(groups[i], round(x(i)), round(y(i)), labels.includes(word))),
    placed(texts).map((label) => {
      const left = label.x > width - 130;
      return node("svg:text", { class: "eb-word", x: round(label.x + (left ? -11 : 11)), y: round(label.y), "text-anchor": left ? "end" : "start" }, label.word);
    }));
}

const PLOT = { width: 640, height: 250, left: 52, right: 440, top: 14, floor: 186 };

function lines(shown, found, at) {
  const { steps, pairs } = shown, { width, height, left, right, top, floor } = PLOT, last = steps.at(-1);
  const x = (step) => left + (step / last) * (right - left), y = (cosine) => floor - ((cosine + 100) / 200) * (floor - top);
  const ends = pairs.map(([a, b], i) => ({ label: `${a} \u00b7 ${b}`, i, y: y(found.cosines.at(-1)[i]) + 5 })).sort((one, other) => one.y - other.y);
  ends.forEach((end, place) => { if (place) end.y = Math.max(end.y, ends[place - 1].y + 24); });
  const tick = (across, down, text, anchor) => node("svg:text", { x: across, y: down, class: "eb-tick", "text-anchor": anchor }, text);
  return node("svg:svg", { viewBox: `0 0 ${width} ${height}`, class: "eb-plot eb-walk", role: "img", "aria-label": `Cosines of ${pairs.map((pair) => pair.join(" and ")).join(", ")} from step 0 to step ${last}.` },
    [-100, 0, 100].map((value) => [
      node("svg:line", { class: "eb-grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
      tick(left - 6, y(value) + 5, fixed(value / 100, 0), "end")]).flat(),
    [0, last / 2, last].map((step) => tick(x(step), floor + 26, String(step), "middle")),
    tick((left + right) / 2, floor + 54, "step", "middle"),
    node("svg:line", { class: "eb-mean eb-now", x1: x(steps[at]), x2: x(steps[at]), y1: top, y2: floor }),
    pairs.map((_, i) => node("svg:polyline", { class: `eb-line eb-line-${i}`, points: found.cosines.map((cosines, place) => `${x(steps[place]).toFixed(1)},${y(cosines[i]).toFixed(1)}`).join(" ") })),
    ends.map(({ label, i, y: down }) => node("svg:text", { class: `eb-end-${i}`, x: right + 8, y: down.toFixed(1) }, label)));
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
            map(shown, found, at),
            node("p", { class: "eb-caption eb-above" }, "Cosine of three pairs over the steps"),
            lines(shown, found, at),
          ],
          text: sentence(shown, found, model.get("runs")[run], step),
        };
      },
    });
  },
};
