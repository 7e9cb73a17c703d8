import { fixed, whole } from "../sentences.mjs";
import { mount, node } from "../view.mjs";

/** A number with three digits and the unit that suits it; units go up by a thousand. */
export function scaled(count, units) {
  let value = count, unit = 0;
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${fixed(value, unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)} ${units[unit]}`.trim();
}

const inBytes = (count) => scaled(count, ["bytes", "kB", "MB", "GB", "TB"]);
const inWords = (count) => scaled(count, ["", "thousand", "million", "billion", "trillion"]);

/** Bytes and shares of a table [rows, width] beside `rest` parameters; `dtype` is [name, numbers a block, bytes a block, whether scales are left out]. */
export function measure({ rows, width, dtype, tied, rest, memory }) {
  const row = Math.ceil(width / dtype[1]) * dtype[2], table = rows * row, numbers = rows * width;
  const head = tied ? 0 : numbers, total = rest + numbers + head, withHead = tied ? table : 2 * table;
  return { row, table, withHead, total, share: (100 * numbers) / total, both: (100 * (numbers + head)) / total, fit: Math.floor((memory * 1e9) / withHead) };
}

function sentence({ rows, width, dtype, tied, memory, name, own }, found) {
  const head = tied ? "The head is the same matrix." : `With a head of its own it is ${inBytes(found.withHead)}.`;
  const parameters = `all ${inWords(found.total)} parameters${own ? ` of ${name}` : ` (changed from ${name}, the rest as there)`}`;
  const scales = dtype[3] ? " (codes alone, their scales left out)" : "";
  return `${whole(rows)} rows of ${whole(width)} numbers in ${dtype[0]}${scales}: a row takes ${whole(found.row)} bytes, the table ` +
    `${inBytes(found.table)} (${whole(found.table)} bytes). ${head} The table is ${fixed(found.share)} % of ${parameters}` +
    `${tied ? "" : `, with the head ${fixed(found.both)} %`}. Such tables that fit in ${memory} GB${tied ? "" : ", each with its head"}: ${whole(found.fit)}.`;
}

/** What is chosen, from the places that the controls stand on. */
export function chosen(get) {
  const [name, modelRows, modelWidth, modelTied, rest] = get("presets")[get("preset")];
  const rows = get("row_stops")[get("rows")], width = get("dimension_stops")[get("dimensions")], tied = get("tied");
  const own = rows === modelRows && width === modelWidth && tied === modelTied;
  return { rows, width, tied, rest, name, own, dtype: get("dtypes")[get("dtype")], memory: get("memory") };
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

function picture(state, found) {
  const { tied, memory, name, own } = state, percent = (bytes) => (100 * bytes) / (memory * 1e9);
  const left = memory * 1e9 - found.withHead;
  const table = tied ? "table and head, one matrix" : "table";
  return [
    stack(`${inWords(found.total)} parameters: ${own ? `this table in ${name}` : `changed from ${name}`}`, [
      { kind: "table", percent: found.share, label: `${table} ${fixed(found.share)} %` },
      { kind: "head", percent: found.both - found.share, label: `head ${fixed(found.both - found.share)} %` },
    ], `the rest ${fixed(100 - found.both)} %`),
    stack(`A memory of ${memory} GB`, [
      { kind: "table", percent: percent(found.table), label: `${table} ${inBytes(found.table)}` },
      { kind: "head", percent: percent(found.withHead - found.table), label: `head ${inBytes(found.withHead - found.table)}` },
    ], left < 0 ? `too small by ${inBytes(-left)}` : `free ${inBytes(left)}`),
  ];
}

export default {
  render({ model, el }) {
    const get = (name) => model.get(name);
    const ofModel = (preset) => {
      const [, rows, width, tied] = get("presets")[preset];
      return { rows: get("row_stops").indexOf(rows), dimensions: get("dimension_stops").indexOf(width), tied };
    };
    const end = mount({
      model,
      el,
      implied: (asked) => (asked.has("preset") ? ofModel(asked.get("preset")) : {}), // what else an address says stays so
      draw() {
        const state = chosen(get), found = measure(state);
        return { picture: picture(state, found), text: sentence(state, found) };
      },
    });
    const follow = () => {
      model.set(ofModel(get("preset")));
      model.save_changes();
    };
    model.on("change:preset", follow);
    return () => {
      model.off("change:preset", follow);
      end();
    };
  },
};
