import { bars } from "../plots.mjs";
import { searcher } from "../search.mjs";
import { alone, fixed, lacking, searched, unknown } from "../sentences.mjs";
import { openStore } from "../store.mjs";
import { strip } from "../tokens.mjs";
import { node, view } from "../view.mjs";

/** The k rows of largest cosine with a word's, itself left out, and what a sentence says of them; `zero` is chance. */
function near(store, { id, word }, k, zero) {
  const found = store.nearest([[id, 1]], { k, exclude: [id] }), [first] = found;
  const text = first ? `${searched(store)} ${word} is nearest to ${first.label} (cosine ${fixed(first.value)}, of random pairs ${fixed(zero)}).` : alone(store, word);
  return { found, text };
}

export default view((change, redraw) => {
  const rest = searcher(redraw);
  return {
    needs: ({ tables, table }) => (table < tables.length ? [tables[table]] : tables).map((name) => ["pack", name]),
    prepare: openStore,
    bring: ({ word }, stores) => Promise.all(stores.map((store) => store.look([word]))),
    draw({ word, k, table, zeros }, stores, looked) {
      const zeroOf = (i) => zeros[stores.length === zeros.length ? i : table];
      const lists = stores.map((store, i) => [store, looked[i][0], looked[i][0].id < 0 ? null : near(store, looked[i][0], k, zeroOf(i))]);
      if (!lists.some(([, , seen]) => seen)) return { problem: [...new Set(lists.map(([store, one]) => unknown(store, [one])))].join(" ") };
      const column = ([store, one, seen], i) => node("div", {}, seen ? bars(`${store.table}: ${one.word} (the mark: random pairs, ${fixed(zeroOf(i))})`, seen.found, seen.text, zeroOf(i))
        : bars(`${store.table}: ${strip(word)}`, [], unknown(store, [one])), rest(store));
      return {
        picture: [node("div", { class: "eb-columns" }, lists.map(column))],
        text: lists.map(([store, one, seen]) => seen?.text ?? lacking(store, one)).join(" "),
      };
    },
  };
});
