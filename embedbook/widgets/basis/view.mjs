import { bars, cosinesToAll, find, fixed, mount, node, searched, topK, unknown, unpackRows, vector } from "../core.mjs";

const NEIGHBORS = 8, SHOWN = 8;

/** N rows of D numbers, one after the other, in a turned basis: pairs 1, 2, 4, ... places apart, each turned by one angle. */
export function turned(rows, dimensions, degrees) {
  const result = Float64Array.from(rows), angle = (degrees * Math.PI) / 180, c = Math.cos(angle), s = Math.sin(angle);
  for (let apart = 1; apart < dimensions; apart *= 2) {
    for (let start = 0; start < result.length; start += dimensions) {
      for (let block = 0; block + apart < dimensions; block += 2 * apart) {
        const end = Math.min(block + apart, dimensions - apart);
        for (let i = start + block; i < start + end; i++) {
          const a = result[i], b = result[i + apart];
          result[i] = c * a - s * b;
          result[i + apart] = s * a + c * b;
        }
      }
    }
  }
  return result;
}

/** How many of the dimensions a share in whole percent keeps, at least one. */
export function keptOf(dimensions, percent) {
  return Math.max(1, Math.floor((dimensions * percent + 50) / 100));
}

/** Cosine of row i with every row by the first `kept` numbers alone: [N]. */
export function partialCosines(rows, dimensions, i, kept) {
  const count = rows.length / dimensions, dots = new Float64Array(count), lengths = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    let dot = 0, square = 0;
    for (let d = 0; d < kept; d++) {
      const value = rows[j * dimensions + d];
      dot += value * rows[i * dimensions + d];
      square += value * value;
    }
    dots[j] = dot;
    lengths[j] = Math.sqrt(square) || 1;
  }
  return dots.map((dot, j) => dot / (lengths[j] * lengths[i]));
}

/** The word's neighbours by the kept dimensions of the turned basis, its first numbers before and after; null: no row. */
export function look(rows, { word, degrees, percent }) {
  const i = find(rows, word), { dimensions } = rows;
  if (i < 0) return null;
  const own = vector(rows, i), kept = keptOf(dimensions, percent), excluded = new Set([i]);
  const whole = new Set(topK(cosinesToAll(rows, own), NEIGHBORS, excluded));
  const cosines = partialCosines(inBasis(rows, degrees), dimensions, i, kept);
  const found = topK(cosines, NEIGHBORS, excluded).map((j) => ({ label: rows.words[j], value: cosines[j], mark: whole.has(j) ? undefined : "new" }));
  return { word: rows.words[i], kept, found, before: own, after: turned(own, dimensions, degrees), there: found.filter(({ mark }) => !mark).length };
}

/** All rows at unit length in a turned basis; the last one is kept, since a drag of the other slider asks for it again. */
function inBasis(rows, degrees) {
  if (rows.turn?.degrees !== degrees) {
    const { codes, norms, dimensions } = rows;
    const units = Float64Array.from(codes, (code, at) => code / (norms[Math.floor(at / dimensions)] || 1));
    rows.turn = { degrees, values: turned(units, dimensions, degrees) };
  }
  return rows.turn.values;
}

export function sentence(rows, { word, kept, found: [nearest], before, after, there }, { degrees }) {
  const begins = degrees === 0 ? `In the table's own basis, the row of ${word} begins ${fixed(before[0], 3)}.`
    : `Turned by ${degrees}°, the row of ${word} begins ${fixed(after[0], 3)} instead of ${fixed(before[0], 3)}.`;
  return `${begins} ${searched(rows)} with ${kept} of ${rows.dimensions} numbers kept, ${word} is nearest to ${nearest.label} ` +
    `(cosine ${fixed(nearest.value)}) and keeps ${there} of the ${NEIGHBORS} nearest words of its whole row.`;
}

function caption(rows, { word, kept, there }) {
  const found = `${rows.table}: nearest to ${word} with ${kept} of ${rows.dimensions} numbers`;
  return there < NEIGHBORS ? `${found}; new: not among the ${NEIGHBORS} nearest by the whole row` : found;
}

function numbers({ word, before, after, kept }, degrees) {
  const typical = Math.max(...before.map(Math.abs)) || 1;
  const cell = (value, d, left) => (d < left ? node("td", { class: value < 0 ? "eb-cold" : "eb-warm", style: ["--eb-heat", Math.min(1, Math.abs(value) / typical).toFixed(2)] }, fixed(value, 3))
    : node("td", { class: "eb-id" }, "dropped"));
  const line = (label, row, left) => node("tr", {}, node("th", { scope: "row" }, label), Array.from(row.slice(0, SHOWN), (value, d) => cell(value, d, left)));
  return node("div", { class: "eb-scroll", tabindex: 0, role: "region", "aria-label": `The first numbers of ${word}` },
    node("table", { class: "eb-matrix" },
      node("thead", {}, node("tr", {}, node("th", { scope: "col" }, word), Array.from({ length: SHOWN }, (_, d) => node("th", { scope: "col" }, String(d))))),
      node("tbody", {}, line("as stored", before, SHOWN), line(`turned by ${degrees}°`, after, kept))));
}

export default {
  render({ model, el }) {
    return mount({
      model,
      el,
      fields: {
        word: { kind: "text" },
        degrees: { kind: "integer", min: 0, max: 90 },
        percent: { kind: "integer", min: 1, max: 100 },
        table: { kind: "integer", min: 0, max: model.get("tables").length - 1 },
      },
      needs: ({ table }) => [`rows-${model.get("tables")[table]}`],
      prepare: unpackRows,
      draw(state, [rows]) {
        const seen = look(rows, state);
        if (!seen) return { problem: unknown(rows, state.word) };
        return {
          picture: [
            numbers(seen, state.degrees),
            node("div", { class: "eb-above" }, bars(caption(rows, seen), seen.found)),
          ],
          text: sentence(rows, seen, state),
        };
      },
    });
  },
};
