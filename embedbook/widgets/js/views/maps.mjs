import { wordMap } from "../plots.mjs";
import { fixed, percent, quoted, whole } from "../sentences.mjs";
import { normalize, strip } from "../tokens.mjs";
import { topK } from "../vectors.mjs";
import { node, view } from "../view.mjs";

/** All maps of one list of words in one table; `places` are whole numbers on a grid, two a word. */
function unpackMaps({ meta, arrays }) {
  const { words, neighbors: k } = meta, index = new Map(words.map((word, i) => [word.toLowerCase(), i]));
  return {
    ...meta, ...arrays, k,
    place: (word) => index.get(strip(normalize(meta, strip(word))).toLowerCase()) ?? -1,
    nearest: words.map((_, i) => [...arrays.neighbors.subarray(i * k, (i + 1) * k)]), // truly, over all numbers of the rows
  };
}

/** For each word its k nearest on the map, nearest first; of equally near ones the lower index first. */
function nearestOnMap(places, k) {
  const all = Array.from({ length: places.length / 2 }, (_, i) => i);
  const nearness = (i, j) => -((places[2 * j] - places[2 * i]) ** 2 + (places[2 * j + 1] - places[2 * i + 1]) ** 2);
  return all.map((i) => topK(all.map((j) => nearness(i, j)), k, new Set([i])));
}

/** Recall of the true neighbours, its level of chance, and the share of neighbours on the map of a word's own class. */
function scores({ words: { length: n }, k, classes, nearest }, drawn) {
  const sizes = new Map();
  for (const name of classes) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  const counted = (test) => drawn.reduce((sum, near, i) => sum + near.filter((j) => test(i, j)).length, 0) / (n * k);
  return {
    recall: counted((i, j) => nearest[i].includes(j)),
    chance: k / (n - 1),
    same: counted((i, j) => classes[j] === classes[i]),
    sameByChance: [...sizes.values()].reduce((sum, size) => sum + size * (size - 1), 0) / (n * (n - 1)),
  };
}

/** What is wrong with the word asked for: nothing if none is, or if it is on the map in any letter case. */
function missing(set, word) {
  return strip(word) && set.place(word) < 0 ? `${quoted(word)} is not one of the ${set.words.length} words on this map.` : "";
}

function aboutTheWord({ words, k, nearest }, i, drawn) {
  const kept = nearest[i].filter((j) => drawn[i].includes(j)).length;
  return `Truly nearest to ${words[i]}: ${nearest[i].map((j) => words[j]).join(", ")}; ${kept} of these ${k} are among its ${k} nearest on the map.`;
}

function sentence(set, trust, drawn, { points, labels, perplexity, perplexities, start, starts, iterations, word }) {
  const { k } = set, found = scores(set, drawn), steps = set.iterations[iterations];
  const when = steps ? `after ${whole(steps)} iterations` : "before the first iteration";
  const said = [`${labels[points]} of ${set.table}, perplexity ${perplexities[perplexity]}, ${starts[start]}, ${when}: this map keeps ${percent(found.recall)} of each word's ${k} true neighbours (a random map ${percent(found.chance)}); trustworthiness ${fixed(trust)}.`];
  if (set.classes.length) said.push(`Of the ${k} nearest on the map, ${percent(found.same)} are of the same category (by chance ${percent(found.sameByChance)}).`);
  if (strip(word)) said.push(missing(set, word) || aboutTheWord(set, set.place(word), drawn));
  return said.join(" ");
}

function scatter(set, places, drawn, chosen, pick) {
  const names = [...new Set(set.classes)], near = chosen < 0 ? [] : set.nearest[chosen];
  const line = (kind) => node("svg:line", { class: kind, x1: -11, x2: 11, y1: 0, y2: 0 });
  return wordMap({
    label: "The map of the words; what it keeps is said in the text below. The box “Look up” chooses a word.",
    words: set.words, names,
    groups: set.classes.map((name) => names.indexOf(name)),
    at: (i) => [places[2 * i], places[2 * i + 1]],
    half: 999,
    first: chosen < 0 ? [] : [chosen, ...near],
    ringed: [chosen],
    labeled: set.classes.map((_, i) => i).filter((i) => i !== chosen && !near.includes(i)),
    joined: near.map((j) => [chosen, j, drawn[chosen].includes(j)]),
    key: chosen < 0 ? [] : [["true neighbour, kept by the map", line("eb-kept")], ["true neighbour, lost by the map", line("eb-lost")]],
    pick: (i) => i !== undefined && pick(set.words[i]),
  });
}

export default view((change) => ({
  needs: ({ sets, points, tables, table }) => [[`maps-${sets[points]}`, tables[table]]],
  prepare: unpackMaps,
  draw(state, [set]) {
    const perplexity = state.perplexities[state.perplexity], n = set.words.length;
    if (perplexity >= n) return { problem: `The perplexity must stay below the number of words: ${perplexity} is too much for ${n}. Move the slider back, or choose the other words.` };
    const at = (state.perplexity * state.starts.length + state.start) * set.iterations.length + state.iterations;
    const places = set.places.subarray(2 * n * at, 2 * n * (at + 1)), drawn = nearestOnMap(places, set.k), lacking = missing(set, state.word);
    return {
      picture: [
        lacking ? node("p", { class: "eb-problem", "aria-hidden": "true" }, lacking) : "", // for the eye, since the map stays; the text says it to all
        ...scatter(set, places, drawn, set.place(state.word), (word) => change({ word })),
      ],
      text: sentence(set, set.trust[at], drawn, state),
    };
  },
}));
