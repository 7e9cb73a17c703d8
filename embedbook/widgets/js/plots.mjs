// Pictures that several views draw.

import { fixed } from "./sentences.mjs";
import { node } from "./view.mjs";

export { strip } from "./strips.mjs";

/** A label, or where it can be chosen a button: `pick` takes the label. */
export function named(label, pick) {
  if (!pick) return node("span", { class: "eb-label" }, label);
  const button = node("button", { type: "button", class: "eb-pick" }, label);
  button.addEventListener("click", () => pick(label));
  return node("span", { class: "eb-label" }, button);
}

/** A bar, `value` in -1..1 of its length; `zero` is a value that it marks. */
export function bar(value, zero) {
  return node("span", { class: "eb-bar", "aria-hidden": "true" },
    node("span", { class: value < 0 ? "eb-negative" : "eb-positive", style: ["width", `${(100 * Math.min(1, Math.abs(value))).toFixed(1)}%`] }),
    zero > 0 ? node("span", { class: "eb-zero", style: ["left", `${(100 * zero).toFixed(1)}%`] }) : null);
}

/**
 * A list of {label, value in -1..1} as bars with their numbers: an ordered list that a screen reader reads as text.
 * An item with a `note` shows that instead of a bar: its value is not on the bars' scale. Without items: `empty`.
 * `zero` is a value that every bar marks, such as the mean of random pairs. With `pick`, which takes one, labels are buttons.
 */
export function bars(caption, items, empty = "", zero, pick) {
  return node("div", { class: "eb-bars" },
    node("p", { class: "eb-caption" }, caption),
    items.length ? node("ol", {}, items.map(({ label, value, mark, note }) =>
      node("li", { class: mark ? `eb-${mark}` : undefined },
        named(label, pick),
        note ? node("span", { class: "eb-note" }, note) : bar(value, zero),
        node("span", { class: "eb-number" }, fixed(value))))) : node("p", {}, empty));
}

/** Labels in rising order of their heights, none closer than `gap` to the one above; the last stays above `lowest`. */
function spread(labels, gap, lowest) {
  const sorted = labels.sort((one, other) => one.y - other.y);
  sorted.forEach((label, place) => { if (place) label.y = Math.max(label.y, sorted[place - 1].y + gap); });
  const shift = Math.max(0, sorted.at(-1).y - lowest);
  return sorted.map((label) => ({ ...label, y: label.y - shift }));
}

/**
 * Lines over steps: `series` are {label, points: [[x, y], ...]}; axes are {from, to, ticks: [[value, text], ...]}; `now` is
 * the step that the view stands on, `also` another that is marked, `unit` what is counted. Each line has its label at its end.
 */
export function linePlot({ label, series, x: across, y: down, now, also, right = 440, unit = "step" }) {
  const left = 60, top = 14, floor = 180, round = (value) => Number(value.toFixed(1));
  const x = (value) => round(left + ((value - across.from) / (across.to - across.from)) * (right - left));
  const y = (value) => round(floor - ((value - down.from) / (down.to - down.from)) * (floor - top));
  const tick = (x, y, text, anchor) => node("svg:text", { x, y, class: "eb-tick", "text-anchor": anchor }, text);
  const rule = (at, kind) => node("svg:line", { class: kind, x1: x(at), x2: x(at), y1: top, y2: floor });
  const ends = series.map(({ label, points }, i) => ({ label, i, y: y(points.at(-1)[1]) + 5 }));
  return node("svg:svg", { viewBox: "0 0 640 244", class: "eb-plot eb-walk", role: "img", "aria-label": label },
    down.ticks.map(([value, text]) => [
      node("svg:line", { class: "eb-grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
      tick(left - 6, y(value) + 5, text, "end")]),
    across.ticks.map(([value, text]) => tick(x(value), floor + 27, text, "middle")),
    tick((left + right) / 2, floor + 55, unit, "middle"),
    also === undefined ? null : rule(also, "eb-mean"),
    rule(now, "eb-mean eb-now"),
    series.map(({ points }, i) => node("svg:polyline", { class: `eb-line eb-line-${i}`, points: points.map(([at, value]) => `${x(at)},${y(value)}`).join(" ") })),
    spread(ends, 27, floor + 5).map(({ label, i, y }) => node("svg:text", { class: `eb-end-${i}`, x: right + 10, y: round(y) }, label)));
}

/** Five shapes, so that no group hangs on its colour alone. */
const SHAPES = [
  "M-6 0A6 6 0 1 0 6 0A6 6 0 1 0-6 0Z",
  "M-5.5-5.5H5.5V5.5H-5.5Z",
  "M0-7L6.5 5H-6.5Z",
  "M0-7.5L7 0L0 7.5L-7 0Z",
  "M-2.5-7H2.5V-2.5H7V2.5H2.5V7H-2.5V2.5H-7V-2.5H-2.5Z",
];
const DOT = "M-3 0A3 3 0 1 0 3 0A3 3 0 1 0-3 0Z"; // of a map without groups
const WIDTH = 640, EDGE = 40;

/**
 * Words on a plane, with a legend: `at(i)` is the place of a word, [x, y] each from -half to half. Each has the mark of its
 * group, a number for one of `names`, and the word that a pointer reads out. Those at the places in `first` have a label above
 * the marks, those in `labeled` a quiet one where there is room. `joined` are [i, j, kept]: lines from word to word. `key`
 * are more lines of the legend, and `pick` takes the place of a word that was touched.
 */
export function wordMap({ label, words, groups, names, at, half, height = WIDTH, first, ringed = first, labeled = [], joined = [], key = [], pick }) {
  const scale = (from) => (from / 2 - EDGE) / half;
  const spots = words.map((_, i) => at(i)).map(([x, y]) => [WIDTH / 2 + x * scale(WIDTH), height / 2 - y * scale(height)]);
  const mark = (i) => node("svg:path",
    { class: `eb-mark eb-class-${groups[i] ?? 0}${ringed.includes(i) ? " eb-chosen" : ""}`, d: groups.length ? SHAPES[groups[i]] : DOT, transform: `translate(${spots[i].map((x) => x.toFixed(1)).join(" ")})` },
    node("svg:title", {}, words[i]));
  const named = (i, kind) => labels.filter((label) => label.i === i).map(({ x, y, anchor }) =>
    node("svg:text", { x: x.toFixed(1), y: y.toFixed(1), "text-anchor": anchor, class: `eb-word ${kind}` }, words[i]));
  const letter = globalThis.matchMedia?.("(max-width: 30rem)").matches ? 22 : 15; // as in the style
  const labels = placeLabels(spots, words, first, labeled, letter, height), others = words.map((_, i) => i).filter((i) => !first.includes(i));
  const svg = node("svg:svg", { viewBox: `0 0 ${WIDTH} ${height}`, class: "eb-plot eb-map", role: "img", "aria-label": label },
    node("svg:rect", { class: "eb-frame", x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1 }),
    others.map((i) => named(i, "eb-tick")),
    joined.map(([i, j, kept]) => node("svg:line", { class: kept ? "eb-kept" : "eb-lost", x1: spots[i][0], y1: spots[i][1], x2: spots[j][0], y2: spots[j][1] })),
    [...others, ...[...first].reverse()].map(mark),
    first.map((i) => named(i, ringed.includes(i) ? "eb-strong" : "")));
  if (pick) svg.addEventListener("click", (event) => pick(nearestSpot(spots, svg.getBoundingClientRect(), event)));
  return [svg, legend([...names.map((name, i) => [name, node("svg:path", { class: `eb-mark eb-class-${i}`, d: SHAPES[i] })]), ...key])];
}

/** The place of the spot that is nearest to a touch, undefined where none is near. */
function nearestSpot(spots, box, { clientX, clientY }) {
  const scale = WIDTH / box.width, x = (clientX - box.left) * scale, y = (clientY - box.top) * scale;
  const distances = spots.map(([px, py]) => Math.hypot(px - x, py - y)), nearest = Math.min(...distances);
  return nearest < 24 * Math.max(1, scale) ? distances.indexOf(nearest) : undefined;
}

/**
 * A label for each word, to the right, the left, above or below: where it covers no other label and no mark, else where it
 * covers no other label. The first ones choose first, and some lines away if need be; another that finds no place has none.
 */
function placeLabels(spots, words, first, others, letter, height) {
  const labels = [], marks = spots.map(([x, y]) => [x - 6, y - 6, x + 6, y + 6]);
  const meets = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
  for (const i of [...first, ...others]) {
    const [left, top] = spots[i], width = words[i].length * letter * 0.56, away = first.includes(i) ? [1, -1, 2, -2, 3, -3, 4, -4] : [];
    const way = (x, y, anchor, from) => ({ i, x, y, anchor, box: [from, y - letter * 0.8, from + width, y + letter * 0.2] });
    const beside = (lines) => [["start", left + 9, left + 9], ["end", left - 9, left - 9 - width]]
      .map(([anchor, x, from]) => way(x, top + letter * (0.35 + lines), anchor, from));
    const ways = [
      ...beside(0),
      way(left, top - 10, "middle", left - width / 2),
      way(left, top + 10 + letter * 0.7, "middle", left - width / 2),
      ...away.flatMap(beside),
    ].filter(({ box }) => box[0] >= 0 && box[2] <= WIDTH && box[1] >= 0 && box[3] <= height && !labels.some((other) => meets(box, other.box)));
    labels.push(...[ways.find(({ box }) => !marks.some((mark, j) => j !== i && meets(box, mark))) ?? ways[0]].filter(Boolean));
  }
  return labels;
}

function legend(lines) {
  return node("ul", { class: "eb-legend" }, lines.map(([label, drawing]) =>
    node("li", {}, node("svg:svg", { viewBox: "-12 -9 24 18", "aria-hidden": "true" }, drawing), label)));
}

/** What a training run learned by the moment `at`: a map of its words, `between`, and the cosines of pairs over its steps. */
export function learned({ words, groups, names, labels, half, pairs }, { steps, coordinates, cosines }, at, ...between) {
  const places = coordinates[at].split(" ").map(Number), last = steps.at(-1), series = pairs.map((pair) => pair.join(" \u00b7 "));
  return [
    ...wordMap({
      label: `Map of ${words.length} words after step ${steps[at]}, on a fixed plane; how well categories stand together is said in the text below.`,
      words, groups, names, half, height: 430,
      at: (i) => [places[2 * i], places[2 * i + 1]],
      first: labels.map((word) => words.indexOf(word)),
    }),
    ...between,
    node("p", { class: "eb-caption eb-above" }, "Cosine of three pairs over the steps"),
    linePlot({
      label: `Over steps 0 to ${last}: ${series.join(", ")}.`,
      series: series.map((label, i) => ({ label, points: cosines.map((line, place) => [steps[place], line[i] / 100]) })),
      x: { from: 0, to: last, ticks: [0, last / 2, last].map((step) => [step, String(step)]) },
      y: { from: -1, to: 1, ticks: [-1, 0, 1].map((value) => [value, fixed(value, 0)]) },
      now: steps[at],
    }),
  ];
}

/** The cosines of a run's pairs at a moment, as a sentence lists them. */
export function cosinesSaid({ pairs }, { cosines }, at) {
  return pairs.map(([a, b], i) => `${a} and ${b} ${fixed(cosines[at][i] / 100)}`).join(", ");
}
