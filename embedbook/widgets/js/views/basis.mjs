import { bars, matrix } from "../plots.mjs";
import { alone, fixed, searched, unknown } from "../sentences.mjs";
import { openStore } from "../store.mjs";
import { cosinesToAll, dot, nearest, norm, vector } from "../vectors.mjs";
import { chosenRows, node, view } from "../view.mjs";

const NEIGHBORS = 8, SHOWN = 8;

/** N rows of D numbers, one after the other, put into a turned basis in place: pairs 1, 2, 4, ... places apart, each turned by one angle. */
function turn(rows, dimensions, degrees) {
  const angle = (degrees * Math.PI) / 180, c = Math.cos(angle), s = Math.sin(angle);
  for (let apart = 1; apart < dimensions; apart *= 2) {
    for (let start = 0; start < rows.length; start += dimensions) {
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
  const part = (j) => rows.subarray(j * dimensions, j * dimensions + kept), own = row.subarray(0, kept), length = norm(own);
  const count = length ? rows.length / dimensions : 0;
  return Float64Array.from({ length: count }, (_, j) => dot(part(j), own) / (norm(part(j)) * length || 1));
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

/** The first numbers of a row as they are stored and turned, as far as they are kept. */
function numbers(word, before, after, kept, degrees) {
  const shown = Math.min(SHOWN, before.length), left = Math.min(kept, shown);
  const head = [word, ...Array(shown).keys()].map((label) => node("th", { scope: "col" }, String(label)));
  const dropped = Array.from({ length: shown - left }, () => node("td", { class: "eb-id" }, "dropped"));
  return matrix(`The first numbers of ${word}`, head, [
    { label: "as stored", numbers: [...before.slice(0, shown)] },
    { label: `turned by ${degrees}°`, numbers: [...after.slice(0, left)], blank: dropped },
  ], Math.max(...before.map(Math.abs)) || 1);
}

export default view(() => ({
  needs: chosenRows,
  prepare: openStore,
  bring: ({ word }, [store]) => store.look([word]),
  draw({ degrees, percent }, [store], [looked]) {
    if (looked.id < 0) return { problem: unknown(store, [looked]) };
    const rows = store.first, { dimensions } = rows, { id, word } = looked; // a slider has no time for all rows
    const before = store.vector(id), after = turn(before.slice(), dimensions, degrees), excluded = new Set([rows.ids.indexOf(id)]);
    const whole = new Set(nearest(rows, cosinesToAll(rows, before), NEIGHBORS, excluded).map(({ i }) => i)), kept = keptOf(dimensions, percent);
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
        numbers(word, before, after, kept, degrees),
        node("div", { class: "eb-above" }, bars(`${store.table}: nearest to ${word} with ${kept} of ${dimensions} numbers${others}`, found)),
      ],
      text: `${begins} ${near}`,
    };
  },
}));
