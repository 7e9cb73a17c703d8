import { bars, combine, cosine, cosinesToAll, find, fixed, mount, node, norm, searched, topK, unknown, unpackRows, vector } from "../core.mjs";

/** The k rows nearest to a + step * (c - b), rows at unit length; inputs left out or not. Null where a word is missing. */
export function analogy(rows, { a, b, c, step, k, exclude }) {
  const [i, j, l] = [a, b, c].map((word) => find(rows, word));
  if (i < 0 || j < 0 || l < 0) return null;
  const cosines = cosinesToAll(rows, combine(rows, [[i, 1], [l, step], [j, -step]]));
  const inputs = new Set([i, j, l]);
  return {
    words: [i, j, l].map((at) => rows.words[at]),
    found: topK(cosines, k, exclude ? inputs : new Set()).map((at) => ({ label: rows.words[at], value: cosines[at], mark: inputs.has(at) ? "input" : undefined })),
    first: rows.words[topK(cosines, 1)[0]],
    best: rows.words[topK(cosines, 1, inputs)[0]],
    length: norm(combine(rows, [[l, 1], [j, -1]])),
  };
}

export function sentence(rows, { words: [a, b, c], found, first, length }, { step, exclude }) {
  const sum = step === 1 ? `${a} \u2212 ${b} + ${c}` : `${a} + ${fixed(step)} \u00d7 (${c} \u2212 ${b})`;
  const answer = `${searched(rows)} ${sum} is nearest to ${found[0].label} (cosine ${fixed(found[0].value)})`;
  const ending = exclude ? ` when the three inputs are left out; with them allowed, to ${first}.` : ", inputs allowed.";
  return `${answer}${ending} A full step, from ${b} to ${c}, is ${fixed(length)} long; the row of ${a} has length 1.`;
}

const MOST = 2; // steps
const PLOT = { width: 640, height: 240, left: 60, right: 440, top: 14, floor: 174 };

/** Cosines of the sum with the start, with c and with the best answer, at steps from 0 to 2: {word: [[step, cosine], ...]}. */
export function walk(rows, { words: [a, b, c], best }, points = 41) {
  const [i, j, l] = [a, b, c].map((word) => find(rows, word));
  const steps = Array.from({ length: points }, (_, at) => (MOST * at) / (points - 1));
  const sums = steps.map((step) => combine(rows, [[i, 1], [l, step], [j, -step]]));
  return new Map([a, c, best].map((word) => {
    const row = vector(rows, find(rows, word));
    return [word, sums.map((sum, at) => [steps[at], cosine(sum, row)])];
  }));
}

function lines(walked, step) {
  const { width, height, left, right, top, floor } = PLOT;
  const low = Math.min(0, ...[...walked.values()].flat().map(([, value]) => Math.floor(value * 2) / 2));
  const x = (at) => left + (at / MOST) * (right - left), y = (value) => floor - ((value - low) / (1 - low)) * (floor - top);
  const ends = [...walked].map(([word, points], i) => ({ word, i, y: y(points.at(-1)[1]) + 5 })).sort((one, other) => one.y - other.y);
  ends.forEach((end, at) => { if (at) end.y = Math.max(end.y, ends[at - 1].y + 30); }); // no label on another
  const short = (word) => (word.length > 12 ? `${word.slice(0, 11)}\u2026` : word);
  const tick = (at, down, text, anchor) => node("svg:text", { x: at, y: down, class: "eb-tick", "text-anchor": anchor }, text);
  return node("svg:svg", { viewBox: `0 0 ${width} ${height}`, class: "eb-plot eb-walk", role: "img", "aria-label": `Cosine of the sum with ${[...walked.keys()].join(", ")}, as the step grows from 0 to 2.` },
    [...new Set([low, 0, 0.5, 1])].map((value) => [
      node("svg:line", { class: "eb-grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
      tick(left - 6, y(value) + 5, fixed(value, 1), "end")]).flat(),
    [0, 1, 2].map((at) => tick(x(at), floor + 28, String(at), "middle")),
    tick((left + right) / 2, floor + 56, "step", "middle"),
    node("svg:line", { class: "eb-mean eb-now", x1: x(step), x2: x(step), y1: top, y2: floor }),
    [...walked.values()].map((points, i) => node("svg:polyline", { class: `eb-line eb-line-${i}`, points: points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ") })),
    ends.map(({ word, i, y: down }) => node("svg:text", { class: `eb-end-${i}`, x: right + 10, y: down.toFixed(1) }, short(word))));
}

export default {
  render({ model, el }) {
    return mount({
      model,
      el,
      fields: {
        a: { kind: "text" },
        b: { kind: "text" },
        c: { kind: "text" },
        step: { kind: "number", min: 0, max: 2 },
        k: { kind: "integer", min: 1, max: 20 },
        exclude: { kind: "flag" },
        table: { kind: "integer", min: 0, max: model.get("tables").length - 1 },
      },
      needs: ({ table }) => [`rows-${model.get("tables")[table]}`],
      prepare: unpackRows,
      draw(state, [rows]) {
        const result = analogy(rows, state);
        if (!result) return { problem: unknown(rows, ...[state.a, state.b, state.c].filter((word) => find(rows, word) < 0)) };
        const [a, b, c] = result.words;
        return {
          picture: [
            bars(`${rows.table}: ${a} + ${fixed(state.step)} \u00d7 (${c} \u2212 ${b})`, result.found),
            node("p", { class: "eb-caption eb-above" }, "Cosine of the sum with each word, along the step"),
            lines(walk(rows, result), state.step),
          ],
          text: sentence(rows, result, state),
        };
      },
    });
  },
};
