// A row of numbers as a strip: a bar for each number, up from a line of zeros or down from it.
//
// Drawn as paths, not on a canvas: of 24 rows at once a browser draws them in a third to a half of the time, and colours of
// both themes, forced ones, print and any density of pixels need no word here.

import { fixed } from "./sentences.mjs";
import { node } from "./view.mjs";

const HALF = 100; // of a strip's height; the picture is stretched to its place
const PAGE = 10; // numbers that PageUp and PageDown pass

/** The largest size of a number of these rows, 1 where all are zero. */
export function largest(...rows) {
  let most = 0;
  for (const row of rows) for (const value of row) most = Math.max(most, Math.abs(value));
  return most || 1;
}

/** The size within which 99 of 100 numbers of these rows stay: as a full bar it keeps a few huge ones from flattening the rest. */
export function usual(...rows) {
  const sizes = new Float64Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) for (let i = 0; i < row.length; i++) sizes[at++] = Math.abs(row[i]);
  sizes.sort();
  return sizes[Math.ceil(0.99 * (sizes.length - 1))] || largest(sizes);
}

/** "number 17 of 576": counted from 0, as an index. */
export const numbered = (i, count) => `number ${i} of ${count}`;

/**
 * A strip by itself, for `readout`. `most` is the size of a number whose bar is a full one, larger ones are cut there; `keep(i)`
 * says whether number i has its full colour; `kind` is a class. Without a `label` a listener is not told of it.
 */
export function bareStrip(row, { label, most = largest(row), keep = () => true, kind = "" } = {}) {
  const bars = { "eb-up": "", "eb-down": "", "eb-up eb-faint": "", "eb-down eb-faint": "" };
  for (let i = 0; i < row.length; i++) {
    const height = -HALF * Math.max(-1, Math.min(1, row[i] / most));
    if (height) bars[`${height < 0 ? "eb-up" : "eb-down"}${keep(i) ? "" : " eb-faint"}`] += `M${i} 0v${height.toFixed(2)}h.9V0z`;
  }
  const about = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return node("svg:svg", { viewBox: `0 ${-HALF} ${row.length} ${2 * HALF}`, preserveAspectRatio: "none", class: `eb-strip ${kind}`.trim(), "data-count": row.length, ...about },
    Object.entries(bars).map(([kind, d]) => d && node("svg:path", { class: kind, d })).filter(Boolean),
    node("svg:line", { class: "eb-line-of-zeros", x1: 0, x2: row.length, y1: 0, y2: 0 }));
}

/**
 * The line of text that reads numbers out of strips of the same length, where a pointer or a finger is on any of them. The
 * first one takes the keyboard: left and right for the numbers, up and down for the strips. `say(i, strip)` is what is read;
 * `kept`, an object of the view's, remembers the place when the view draws anew.
 */
export function readout(strips, say, kept = {}) {
  const [first] = strips, count = Number(first.getAttribute("data-count"));
  const said = node("p", { class: "eb-readout" }, "Point at a bar, or press the arrow keys on a strip, to read its number.");
  const marks = strips.map((strip) => strip.appendChild(node("svg:line", { class: "eb-cursor", y1: -HALF, y2: HALF, visibility: "hidden" })));
  const show = (i, strip) => {
    kept.at = Math.max(0, Math.min(count - 1, i));
    kept.strip = Math.max(0, Math.min(strips.length - 1, strip));
    said.textContent = say(kept.at, kept.strip);
    first.setAttribute("aria-valuenow", kept.at);
    first.setAttribute("aria-valuetext", said.textContent);
    for (const mark of marks) for (const [name, value] of [["x1", kept.at + 0.45], ["x2", kept.at + 0.45], ["visibility", "visible"]]) mark.setAttribute(name, value);
  };
  strips.forEach((strip, place) => {
    const point = ({ clientX }) => {
      const { left, width } = strip.getBoundingClientRect();
      show(Math.floor(((clientX - left) / width) * count), place);
    };
    for (const kind of ["pointermove", "pointerdown"]) strip.addEventListener(kind, point);
  });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], PageUp: [PAGE, 0], PageDown: [-PAGE, 0], Home: [-count, 0], End: [count, 0] };
  first.addEventListener("keydown", (event) => {
    const [numbers, others] = steps[event.key] ?? [];
    if (numbers === undefined) return;
    event.preventDefault();
    kept.at === undefined ? show(event.key === "End" ? count : 0, 0) : show(kept.at + numbers, kept.strip + others);
  });
  for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": count - 1, "aria-valuenow": 0, "aria-valuetext": said.textContent })) first.setAttribute(name, value);
  if (kept.at !== undefined) show(kept.at, kept.strip);
  return said;
}

/** A strip that reads its own numbers out, with their names in `label`; more as for `bareStrip`. */
export function strip(row, { label = "A row of numbers", kept, ...more } = {}) {
  const made = bareStrip(row, { label, ...more });
  return node("div", { class: "eb-figure" }, made, readout([made], (i) => `${numbered(i, row.length)}: ${fixed(row[i], 3)}`, kept));
}
