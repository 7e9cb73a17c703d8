import { bar, bars, named } from "../plots.mjs";
import { searcher } from "../search.mjs";
import { alone, fixed, lacking, searched, unknown } from "../sentences.mjs";
import { openStore } from "../store.mjs";
import { bareStrip, numbered, readout, usual } from "../strips.mjs";
import { strip } from "../tokens.mjs";
import { norm } from "../vectors.mjs";
import { node, view } from "../view.mjs";

/** The k rows of largest cosine with a word's, itself left out, and what a sentence says of them; `zero` is chance. */
function near(store, { id, word }, k, zero) {
  const found = store.nearest([[id, 1]], { k, exclude: [id] }), [first] = found;
  const text = first ? `${searched(store)} ${word} is nearest to ${first.label} (cosine ${fixed(first.value)}, of random pairs ${fixed(zero)}).` : alone(store, word);
  return { found, text };
}

function atUnitLength(row) {
  const length = norm(row) || 1;
  return row.map((value) => value / length);
}

/** The places of the largest products, as many as make up half of the positive ones: a Set. */
export function weighty(parts) {
  const positive = [...parts.keys()].filter((d) => parts[d] > 0).sort((one, other) => parts[other] - parts[one] || one - other);
  const half = positive.reduce((sum, d) => sum + parts[d], 0) / 2, kept = new Set();
  let sum = 0;
  for (const d of positive) {
    if (sum >= half) break;
    sum += parts[d];
    kept.add(d);
  }
  return kept;
}

/** The word's row as a strip, and below it those of its nearest words, at the same scale once all have length 1. */
function strips(store, { id, word }, { found }, zero, pick, place) {
  const row = store.vector(id), others = found.map(({ i }) => store.vector(i)), units = [row, ...others].map(atUnitLength), most = usual(...units);
  const parts = units.slice(1).map((other) => other.map((value, d) => value * units[0][d])); // each adds up to a cosine
  const drawn = (one, more) => bareStrip(one, { most, ...more });
  const own = drawn(units[0], { label: `The ${row.length} numbers of ${word} in ${store.table}`, kind: "eb-tall" });
  const below = others.map((_, at) => {
    const kept = weighty(parts[at]);
    return drawn(units[at + 1], { keep: (d) => kept.has(d) });
  });
  const say = (d, at) => {
    const own = `${numbered(d, row.length)}: ${word} ${fixed(row[d], 3)}`;
    return at ? `${own}, ${found[at - 1].label} ${fixed(others[at - 1][d], 3)}; this adds ${fixed(parts[at - 1][d], 4)} to the cosine` : own;
  };
  return node("div", { class: "eb-rows" },
    node("div", { class: "eb-own" }, node("span", { class: "eb-label" }, word), own, node("span", { class: "eb-number" }, `id ${id}`)),
    readout([own, ...below], say, place),
    node("ol", { "aria-label": `Nearest to ${word}, with cosines` }, found.map(({ label, value }, at) =>
      node("li", {}, named(label, pick), below[at], bar(value, zero), node("span", { class: "eb-number" }, fixed(value))))),
    node("p", { class: "eb-caption" }, `Full colour: the numbers that bring half of what a row has in common with that of ${word}. Right: the cosine, with the mean of random pairs marked (${fixed(zero)}).`));
}

export default view((change, redraw) => {
  const rest = searcher(redraw), place = {}, pick = (word) => change({ word });
  return {
    needs: ({ tables, table }) => (table < tables.length ? [tables[table]] : tables).map((name) => ["pack", name]),
    prepare: openStore,
    bring: ({ word }, stores) => Promise.all(stores.map((store) => store.look([word]))),
    draw({ word, k, table, zeros, form }, stores, looked) {
      const zeroOf = (i) => zeros[stores.length === zeros.length ? i : table][+stores[i].whole]; // among the rows that are searched
      const lists = stores.map((store, i) => [store, looked[i][0], looked[i][0].id < 0 ? null : near(store, looked[i][0], k, zeroOf(i))]);
      if (!lists.some(([, , seen]) => seen)) return { problem: [...new Set(lists.map(([store, one]) => unknown(store, [one])))].join(" ") };
      const text = lists.map(([store, one, seen]) => seen?.text ?? lacking(store, one)).join(" ");
      if (form === "strips") {
        const [[store, one, seen]] = lists;
        return { picture: [strips(store, one, seen, zeroOf(0), pick, place), rest(store)].filter(Boolean), text };
      }
      const column = ([store, one, seen], i) => node("div", {},
        seen ? bars(`${store.table}: ${one.word} (the mark: random pairs, ${fixed(zeroOf(i))})`, seen.found, seen.text, zeroOf(i), pick)
          : bars(`${store.table}: ${strip(word)}`, [], unknown(store, [one])), rest(store));
      return { picture: [node("div", { class: "eb-columns" }, lists.map(column))], text };
    },
  };
});
