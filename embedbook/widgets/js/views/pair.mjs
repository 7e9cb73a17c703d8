import { bars } from "../plots.mjs";
import { fixed, unknown } from "../sentences.mjs";
import { openStore } from "../store.mjs";
import { bareStrip, numbered, readout, usual } from "../strips.mjs";
import { cosine, dot, norm } from "../vectors.mjs";
import { chosenRows, node, view } from "../view.mjs";

/** The share, in percent, of random pairs below `value`; `percentiles` are the 0th to the 100th, evenly spaced. */
function percentileOf(percentiles, value) {
  const last = percentiles.length - 1;
  if (value <= percentiles[0]) return 0;
  if (value >= percentiles[last]) return 100;
  const above = percentiles.findIndex((p) => p > value), below = above - 1;
  return (100 / last) * (below + (value - percentiles[below]) / (percentiles[above] - percentiles[below]));
}

const WIDTH = 640, HEIGHT = 210, FLOOR = 160, LOW = -0.6, HIGH = 1;

function histogram({ start, width, counts, mean }, words, cosine) {
  const x = (value) => ((Math.max(LOW, Math.min(HIGH, value)) - LOW) / (HIGH - LOW)) * WIDTH;
  const tallest = Math.max(...counts), middle = x(cosine);
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
    node("svg:text", { x: middle, y: 24, "text-anchor": anchor, class: "eb-strong" }, `${words.join(" \u00b7 ")}  ${fixed(cosine)}`));
}

/** Both rows at one scale, and below them their products: what a dot product adds up. */
function products(words, rows, sum, place) {
  const parts = Float64Array.from(rows[0], (value, d) => value * rows[1][d]), most = usual(...rows);
  const drawn = [...rows.map((row, i) => bareStrip(row, { most, label: `The ${row.length} numbers of ${words[i]}` })), bareStrip(parts, { label: `Their products, which add up to ${fixed(sum)}` })];
  const say = (d) => `${numbered(d, parts.length)}: ${words[0]} ${fixed(rows[0][d], 3)} \u00d7 ${words[1]} ${fixed(rows[1][d], 3)} = ${fixed(parts[d], 4)}`;
  const line = (label, strip, number) => node("div", { class: "eb-own" }, node("span", { class: "eb-label" }, label), strip, node("span", { class: "eb-number" }, number));
  return node("div", { class: "eb-rows eb-above" }, line(words[0], drawn[0], ""), line(`\u00d7 ${words[1]}`, drawn[1], ""), line("= products", drawn[2], `sum ${fixed(sum)}`), readout(drawn, say, place));
}

export default view(() => {
  const place = {}; // where a reader reads
  return {
    needs: chosenRows,
    prepare: openStore,
    bring: ({ a, b }, [store]) => store.look([a, b]),
    draw({ length, pool, pools, table, baselines }, [store], looked) {
      if (looked.some(({ id }) => id < 0)) return { problem: unknown(store, looked) };
      const words = looked.map(({ word }) => word);
      const [first, second] = looked.map(({ id }) => store.vector(id)), stretched = second.map((value) => value * length);
      const value = cosine(first, second), product = dot(first, stretched), lengths = [norm(first), norm(stretched)];
      if (lengths.includes(0)) return { problem: "A row of zeros has no direction, so no cosine." };
      const baseline = baselines[table][pool], percentile = percentileOf(baseline.percentiles, value);
      const share = percentile >= 99.5 ? "more than 99" : percentile < 0.5 ? "less than 1" : fixed(percentile, 0);
      return {
        picture: [histogram(baseline, words, value), products(words, [first, stretched], product, place), bars("A full bar is a cosine of 1.", [
          { label: "cosine", value },
          // A dot product has no scale of its own, so what it is made of stands in the place of a bar.
          { label: "dot product", value: product, note: `lengths ${lengths.map((length) => fixed(length)).join(" \u00d7 ")}, times the cosine` },
        ])],
        text: `In ${store.table}, cosine(${words.join(", ")}) = ${fixed(value)}, above ${share}\u00a0% of random pairs of ${pools[pool]}. ` +
          `Dot product ${fixed(product)}${length === 1 ? "" : ` with ${words[1]} at ${fixed(length, 1)} times its length`}.`,
      };
    },
  };
});
