import { bars } from "../plots.mjs";
import { alone, fixed, searched, unknown } from "../sentences.mjs";
import { openStore } from "../store.mjs";
import { bareStrip, numbered, readout, usual } from "../strips.mjs";
import { cosinesToAll, nearest, norm, vector } from "../vectors.mjs";
import { chosenRows, node, view } from "../view.mjs";

const NEIGHBORS = 8;

/** N rows of D numbers, one after the other, put into a turned basis in place: pairs 1, 2, 4, ... places apart, each turned by one angle. */
function turn(rows, dimensions, degrees) {
  const angle = (degrees * Math.PI) / 180, c = Math.cos(angle), s = Math.sin(angle);
  for (let start = 0; start < rows.length; start += dimensions) { // row by row, which stays in the processor's cache
    for (let apart = 1; apart < dimensions; apart *= 2) {
      for (let block = 0; block + apart < dimensions; block += 2 * apart) {
        const end = start + Math.min(block + apart, dimensions - apart);
        for (let i = start + block; i < end; i++) {
          const a = rows[i], b = rows[i + apart];
          rows[i] = c * a - s * b;
          rows[i + apart] = s * a + c * b;
        }
      }
    }
  }
  return rows;
}

/** How many of the dimensions a share in whole percent keeps, at least one. */
const keptOf = (dimensions, percent) => Math.max(1, Math.floor((dimensions * percent + 50) / 100));

/** Cosine of a row with every row by the first `kept` numbers alone: [N]; none where they are all zero. */
function partialCosines(rows, dimensions, row, kept) {
  const length = norm(row.subarray(0, kept)), cosines = new Float64Array(length ? rows.length / dimensions : 0);
  for (let j = 0, from = 0; j < cosines.length; j++, from += dimensions) {
    let product = 0, square = 0;
    for (let d = 0; d < kept; d++) {
      const value = rows[from + d];
      product += value * row[d];
      square += value * value;
    }
    cosines[j] = product / (Math.sqrt(square) * length || 1);
  }
  return cosines;
}

/** All rows at unit length in a turned basis, [N x D]: made once and turned into the same place ever after. */
function inBasis(rows, degrees) {
  const { codes, norms, dimensions } = rows;
  if (!rows.units) {
    rows.units = new Float32Array(codes.length);
    norms.forEach((length, i) => rows.units.set(vector(rows, i).map((value) => value / (length || 1)), i * dimensions));
    rows.turned = new Float32Array(codes.length);
  }
  if (rows.degrees !== degrees) {
    rows.turned.set(rows.units);
    if (degrees) turn(rows.turned, dimensions, degrees);
    rows.degrees = degrees;
  }
  return rows.turned;
}

/** A row as it is stored and turned, at one scale; what is not kept is faint. */
function bothBases(word, before, after, kept, degrees, place) {
  const most = usual(before), count = before.length;
  const stored = bareStrip(before, { most, kind: "eb-tall", label: `The ${count} numbers of ${word} as stored` });
  const turned = bareStrip(after, { most, kind: "eb-tall", label: `The same row turned by ${degrees}\u00b0`, keep: (d) => d < kept });
  const say = (d) => `${numbered(d, count)}: ${fixed(before[d], 3)} as stored, ${fixed(after[d], 3)} turned${d < kept ? "" : ", dropped"}`;
  const line = (label, strip) => node("div", { class: "eb-own" }, node("span", { class: "eb-label" }, label), strip);
  return node("div", { class: "eb-rows eb-pair" }, line("as stored", stored), line(`turned by ${degrees}\u00b0`, turned), readout([stored, turned], say, place));
}

export default view(() => {
  const place = {}; // where a reader reads
  return {
    needs: chosenRows,
    prepare: openStore,
    bring: ({ word }, [store]) => store.look([word]),
    draw({ degrees, percent }, [store], [looked]) {
      if (looked.id < 0) return { problem: unknown(store, [looked]) };
      const rows = store.first, { dimensions } = rows, { id, word } = looked; // a slider has no time for all rows
      const before = store.vector(id), after = turn(before.slice(), dimensions, degrees), excluded = new Set([rows.ids.indexOf(id)]);
      if (rows.of !== id) [rows.of, rows.whole] = [id, new Set(nearest(rows, cosinesToAll(rows, before), NEIGHBORS, excluded).map(({ i }) => i))];
    const { whole } = rows, kept = keptOf(dimensions, percent);
      const cosines = partialCosines(inBasis(rows, degrees), dimensions, after, kept);
      const found = nearest(rows, cosines, NEIGHBORS, excluded, (j) => !whole.has(j) && "new"), [first] = found;
      const there = found.filter(({ mark }) => !mark).length, isAll = rows.words.length === store.carried;
      const others = there < NEIGHBORS ? `; new: not among the ${NEIGHBORS} nearest by the whole row` : "";
      const begins = degrees === 0 ? `In the table's own basis, the row of ${word} begins ${fixed(before[0], 3)}.`
        : `Turned by ${degrees}°, the row of ${word} begins ${fixed(after[0], 3)} instead of ${fixed(before[0], 3)}.`;
      const near = first ? `${searched(store, isAll)} with ${kept} of ${dimensions} numbers kept, ${word} is nearest to ${first.label} ` +
        `(cosine ${fixed(first.value)}) and keeps ${there} of the ${NEIGHBORS} nearest words of its whole row.` : alone(store, word, isAll);
      return {
        picture: [
          bothBases(word, before, after, kept, degrees, place),
          node("div", { class: "eb-above" }, bars(`${store.table}: nearest to ${word} with ${kept} of ${dimensions} numbers${others}`, found)),
        ],
        text: `${begins} ${near}`,
      };
    },
  };
});
