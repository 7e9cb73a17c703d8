import { fixed, whole } from "../sentences.mjs";
import { node, view } from "../view.mjs";

/** A number with three digits and the unit that suits it; units go up by a thousand. */
function scaled(count, units) {
  let value = count, unit = 0;
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${fixed(value, unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)} ${units[unit]}`.trim();
}

const inBytes = (count) => scaled(count, ["bytes", "kB", "MB", "GB", "TB"]);
const inWords = (count) => scaled(count, ["", "thousand", "million", "billion", "trillion"]);

/** What is chosen, from the places that the controls stand on, with its bytes and shares. */
function measured(state) {
  const [name, modelRows, modelWidth, modelTied, rest] = state.presets[state.preset], { tied, memory } = state;
  const rows = state.row_stops[state.rows], width = state.dimension_stops[state.dimensions];
  const [dtype, blockNumbers, blockBytes, codesAlone] = state.dtypes[state.dtype];
  const row = Math.ceil(width / blockNumbers) * blockBytes, table = rows * row, withHead = tied ? table : 2 * table; // bytes
  const numbers = rows * width, both = tied ? numbers : 2 * numbers, total = rest + both;
  return {
    name, tied, memory, rows, width, dtype, codesAlone, row, table, withHead, total,
    own: rows === modelRows && width === modelWidth && tied === modelTied,
    share: (100 * numbers) / total,
    shareWithHead: (100 * both) / total,
    fit: Math.floor((memory * 1e9) / withHead),
  };
}

function sentence({ name, own, tied, memory, rows, width, dtype, codesAlone, row, table, withHead, total, share, shareWithHead, fit }) {
  const head = tied ? "The head is the same matrix." : `With a head of its own it is ${inBytes(withHead)}.`;
  const parameters = `all ${inWords(total)} parameters${own ? ` of ${name}` : ` (changed from ${name}, the rest as there)`}`;
  return `${whole(rows)} rows of ${whole(width)} numbers in ${dtype}${codesAlone ? " (codes alone, their scales left out)" : ""}: ` +
    `a row takes ${whole(row)} bytes, the table ${inBytes(table)} (${whole(table)} bytes). ${head} The table is ${fixed(share)}\u00a0% of ${parameters}` +
    `${tied ? "" : `, with the head ${fixed(shareWithHead)}\u00a0%`}. Such tables that fit in ${memory} GB${tied ? "" : ", each with its head"}: ${whole(fit)}.`;
}

/** A bar of parts {kind, percent, label}, each named under it; what is left over is `rest`. */
function stack(caption, parts, rest) {
  const shown = parts.filter(({ percent }) => percent > 0);
  return node("div", { class: "eb-stack" },
    node("p", { class: "eb-caption" }, caption),
    node("div", { class: "eb-stacked", "aria-hidden": "true" },
      shown.map(({ kind, percent }) => node("span", { class: `eb-part eb-${kind}`, style: ["width", `${Math.min(100, percent).toFixed(2)}%`] }))),
    node("ul", {}, [...shown, { kind: "empty", label: rest }].map(({ kind, label }) =>
      node("li", {}, node("span", { class: `eb-key eb-${kind}`, "aria-hidden": "true" }), label))));
}

function picture({ name, own, tied, memory, table, withHead, total, share, shareWithHead }) {
  const percent = (bytes) => (100 * bytes) / (memory * 1e9), left = memory * 1e9 - withHead;
  const what = tied ? "table and head, one matrix" : "table";
  return [
    stack(`${inWords(total)} parameters: ${own ? `this table in ${name}` : `changed from ${name}`}`, [
      { kind: "table", percent: share, label: `${what} ${fixed(share)}\u00a0%` },
      { kind: "head", percent: shareWithHead - share, label: `head ${fixed(shareWithHead - share)}\u00a0%` },
    ], `the rest ${fixed(100 - shareWithHead)}\u00a0%`),
    stack(`A memory of ${memory} GB`, [
      { kind: "table", percent: percent(table), label: `${what} ${inBytes(table)}` },
      { kind: "head", percent: percent(withHead - table), label: `head ${inBytes(withHead - table)}` },
    ], left < 0 ? `too small by ${inBytes(-left)}` : `free ${inBytes(left)}`),
  ];
}

export default view(() => ({
  follow: {
    preset({ presets, preset, row_stops, dimension_stops }) {
      const [, rows, width, tied] = presets[preset];
      return { rows: row_stops.indexOf(rows), dimensions: dimension_stops.indexOf(width), tied };
    },
  },
  draw(state) {
    const found = measured(state);
    return { picture: picture(found), text: sentence(found) };
  },
}));
