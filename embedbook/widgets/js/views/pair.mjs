import { bars } from "../plots.mjs";
import { fixed, unknown } from "../sentences.mjs";
import { find } from "../tokens.mjs";
import { cosine, dot, norm, unpackRows, vector } from "../vectors.mjs";
import { mount, node } from "../view.mjs";

/** Dot product and cosine of two words, the second row stretched `length` times; null where a word is missing. */
export function compare(rows, a, b, length) {
  const i = find(rows, a), j = find(rows, b);
  if (i < 0 || j < 0) return null;
  const first = vector(rows, i), second = vector(rows, j).map((value) => value * length);
  return { words: [rows.words[i], rows.words[j]], dot: dot(first, second), cosine: cosine(first, second), lengths: [norm(first), norm(second)] };
}

/** The share, in percent, of random pairs below `value`; `percentiles` are the 0th to the 100th, evenly spaced. */
export function percentileOf(percentiles, value) {
  const last = percentiles.length - 1;
  if (value <= percentiles[0]) return 0;
  if (value >= percentiles[last]) return 100;
  const above = percentiles.findIndex((p) => p > value), below = above - 1;
  return (100 / last) * (below + (value - percentiles[below]) / (percentiles[above] - percentiles[below]));
}

/** `pool` says what the random pairs are pairs of. */
function sentence(rows, found, length, percentile, pool) {
  const [a, b] = found.words;
  const share = percentile >= 99.5 ? "more than 99" : percentile < 0.5 ? "less than 1" : fixed(percentile, 0);
  const stretched = length === 1 ? "" : ` with ${b} at ${fixed(length, 1)} times its length`;
  return `In ${rows.table}, cosine(${a}, ${b}) = ${fixed(found.cosine)}, above ${share} % of random pairs of ${pool}. Dot product ${fixed(found.dot)}${stretched}.`;
}

const WIDTH = 640, HEIGHT = 210, FLOOR = 160, LOW = -0.6, HIGH = 1;

function histogram({ start, width, counts, mean }, found) {
  const x = (value) => ((Math.max(LOW, Math.min(HIGH, value)) - LOW) / (HIGH - LOW)) * WIDTH;
  const tallest = Math.max(...counts), middle = x(found.cosine);
  const shape = counts.flatMap((count, i) => [i, i + 1].map((edge) => `L${x(start + edge * width).toFixed(1)} ${(FLOOR - (count / tallest) * 120).toFixed(1)}`));
  const label = (value, y, text, anchor, kind) => node("svg:text", { x: x(value).toFixed(1), y, "text-anchor": anchor, class: kind }, text);
  const anchor = middle > WIDTH * 0.7 ? "end" : middle < WIDTH * 0.3 ? "start" : "middle";
  return node("svg:svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "eb-plot", role: "img", "aria-label": "Where this pair stands among random pairs; the same is said in the text below." },
    node("svg:path", { class: "eb-area", d: `M${x(start).toFixed(1)} ${FLOOR} ${shape.join(" ")} L${x(start + counts.length * width).toFixed(1)} ${FLOOR} Z` }),
    node("svg:line", { class: "eb-axis", x1: 0, x2: WIDTH, y1: FLOOR, y2: FLOOR }),
    [-0.5, 0, 0.5, 1].map((value) => label(value, FLOOR + 20, fixed(value, 1), value === 1 ? "end" : "middle", "eb-tick")),
    label(mean, FLOOR + 40, "mean of random pairs", "middle", "eb-tick"),
    node("svg:line", { class: "eb-mean", x1: x(mean), x2: x(mean), y1: FLOOR, y2: FLOOR + 26 }),
    node("svg:line", { class: "eb-marker", x1: middle, x2: middle, y1: 34, y2: FLOOR }),
    node("svg:text", { x: middle, y: 24, "text-anchor": anchor, class: "eb-strong" }, `${found.words.join(" \u00b7 ")}  ${fixed(found.cosine)}`));
}

/** The cosine as a bar; the dot product has no scale of its own, so what it is made of stands in its place. */
function parts(found) {
  return bars("A full bar is a cosine of 1.", [
    { label: "cosine", value: found.cosine },
    { label: "dot product", value: found.dot, note: `lengths ${found.lengths.map((length) => fixed(length)).join(" \u00d7 ")}, times the cosine` },
  ]);
}

export default {
  render({ model, el }) {
    return mount({
      model,
      el,
      needs: ({ table }) => [["rows", model.get("tables")[table]]],
      prepare: unpackRows,
      draw({ a, b, length, pool, table }, [rows]) {
        const found = compare(rows, a, b, length);
        if (!found) return { problem: unknown(rows, ...[a, b].filter((word) => find(rows, word) < 0)) };
        if (!found.lengths.every(Boolean)) return { problem: "A row of zeros has no direction, so no cosine." };
        const baseline = model.get("baselines")[table][pool];
        return {
          picture: [histogram(baseline, found), parts(found)],
          text: sentence(rows, found, length, percentileOf(baseline.percentiles, found.cosine), model.get("pools")[pool]),
        };
      },
    });
  },
};
