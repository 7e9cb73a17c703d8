// Pictures that several views draw.

import { fixed } from "./sentences.mjs";
import { node } from "./view.mjs";

/**
 * A list of {label, value in -1..1} as bars with their numbers: an ordered list that a screen reader reads as text.
 * An item with a `note` shows that instead of a bar: its value is not on the bars' scale. Without items: `empty`.
 */
export function bars(caption, items, empty = "") {
  const length = (value) => ["width", `${(100 * Math.min(1, Math.abs(value))).toFixed(1)}%`];
  return node("div", { class: "eb-bars" },
    node("p", { class: "eb-caption" }, caption),
    items.length ? node("ol", {}, items.map(({ label, value, mark, note }) =>
      node("li", { class: mark ? `eb-${mark}` : undefined },
        node("span", { class: "eb-label" }, label),
        note ? node("span", { class: "eb-note" }, note) : node("span", { class: "eb-bar", "aria-hidden": "true" },
          node("span", { class: value < 0 ? "eb-negative" : "eb-positive", style: length(value) })),
        node("span", { class: "eb-number" }, fixed(value))))) : node("p", {}, empty));
}

/** A table of numbers under a head; `lines` are {label, id, numbers, current, blank}, coloured by sign up to `typical`. */
export function matrix(label, head, lines, typical) {
  const cell = (value) => node("td", { class: value < 0 ? "eb-cold" : "eb-warm", style: ["--eb-heat", Math.min(1, Math.abs(value) / typical).toFixed(2)] }, fixed(value, 3));
  return node("div", { class: "eb-scroll", tabindex: 0, role: "region", "aria-label": label },
    node("table", { class: "eb-matrix" }, node("thead", {}, node("tr", {}, head)),
      node("tbody", {}, lines.map(({ label, id, numbers, blank, current }) => node("tr", { class: current ? "eb-current" : undefined },
        node("th", { scope: "row" }, label), id === undefined ? [] : node("td", { class: "eb-id" }, id), numbers.map(cell), blank)))));
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
 * the step that the view stands on, `also` another that is marked. Each line has its label at its end.
 */
export function linePlot({ label, series, x: across, y: down, now, also, right = 440 }) {
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
    tick((left + right) / 2, floor + 55, "step", "middle"),
    also === undefined ? null : rule(also, "eb-mean"),
    rule(now, "eb-mean eb-now"),
    series.map(({ points }, i) => node("svg:polyline", { class: `eb-line eb-line-${i}`, points: points.map(([at, value]) => `${x(at)},${y(value)}`).join(" ") })),
    spread(ends, 27, floor + 5).map(({ label, i, y }) => node("svg:text", { class: `eb-end-${i}`, x: right + 10, y: round(y) }, label)));
}

/** Five shapes, so that no group hangs on its colour alone. */
export const SHAPES = [
  "M-6 0A6 6 0 1 0 6 0A6 6 0 1 0-6 0Z",
  "M-5.5-5.5H5.5V5.5H-5.5Z",
  "M0-7L6.5 5H-6.5Z",
  "M0-7.5L7 0L0 7.5L-7 0Z",
  "M-2.5-7H2.5V-2.5H7V2.5H2.5V7H-2.5V2.5H-7V-2.5H-2.5Z",
];

/** The mark of a group at a place, with the word that a pointer reads out. */
export function mark(group, [x, y], { kind = "", word, shape = SHAPES[group] } = {}) {
  return node("svg:path", { class: `eb-mark eb-class-${group}${kind}`, d: shape, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` },
    word ? node("svg:title", {}, word) : null);
}

/** Labels beside their points, moved down where two would lie on one another. */
export function labelsApart(labels) {
  const sorted = labels.map((label) => ({ ...label })).sort((one, other) => one.y - other.y);
  sorted.forEach((label, i) => {
    for (const above of sorted.slice(0, i)) if (Math.abs(above.x - label.x) < 120 && label.y < above.y + 22) label.y = above.y + 22;
  });
  return sorted;
}

/** Words of up to five groups on a plane after a step; `line` has x and y of each, whole numbers from -half to half. */
export function wordMap({ words, groups, names, labels, half }, line, step) {
  const width = 640, height = 430, top = 34, margin = 22, flat = line.split(" ").map(Number);
  const place = (i) => [
    margin + ((flat[2 * i] + half) / (2 * half)) * (width - 2 * margin),
    top + margin + ((half - flat[2 * i + 1]) / (2 * half)) * (height - top - 2 * margin)];
  const texts = labels.map((word) => [word, place(words.indexOf(word))]).map(([word, [x, y]]) => ({ word, x, y: y + 5 }));
  return node("svg:svg", { viewBox: `0 0 ${width} ${height}`, class: "eb-plot eb-map", role: "img", "aria-label": `Map of ${words.length} words after step ${step}, on a fixed plane; how well categories stand together is said in the text below.` },
    node("svg:rect", { class: "eb-frame", x: 1, y: top, width: width - 2, height: height - top - 1 }),
    names.map((name, group) => [mark(group, [12 + group * 128, 14]), node("svg:text", { class: "eb-tick", x: 24 + group * 128, y: 19 }, name)]),
    words.map((word, i) => mark(groups[i], place(i), { kind: labels.includes(word) ? " eb-chosen" : "", word })),
    labelsApart(texts).map(({ word, x, y }) => {
      const left = x > width - 130;
      return node("svg:text", { class: "eb-word", x: (x + (left ? -11 : 11)).toFixed(1), y: y.toFixed(1), "text-anchor": left ? "end" : "start" }, word);
    }));
}

/** Cosines of pairs over the steps, in hundredths: `values` by place in `steps`, then by pair; `at` is a place. */
export function pairsOverSteps(steps, at, pairs, values) {
  const last = steps.at(-1), labels = pairs.map((pair) => pair.join(" \u00b7 "));
  return [
    node("p", { class: "eb-caption eb-above" }, "Cosine of three pairs over the steps"),
    linePlot({
      label: `Over steps 0 to ${last}: ${labels.join(", ")}.`,
      series: labels.map((label, i) => ({ label, points: values.map((line, place) => [steps[place], line[i] / 100]) })),
      x: { from: 0, to: last, ticks: [0, last / 2, last].map((step) => [step, String(step)]) },
      y: { from: -1, to: 1, ticks: [-1, 0, 1].map((value) => [value, fixed(value, 0)]) },
      now: steps[at],
    }),
  ];
}
