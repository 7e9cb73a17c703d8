import { mark, SHAPES } from "../plots.mjs";
import { fixed, percent, quoted, whole } from "../sentences.mjs";
import { normalize, strip } from "../tokens.mjs";
import { topK } from "../vectors.mjs";
import { mount, node } from "../view.mjs";

/** All maps of one list of words in one table; places are whole numbers on a grid, two a word. */
export function unpackMaps({ meta, arrays }) {
  const index = new Map(meta.words.map((word, i) => [word.toLowerCase(), i]));
  return { ...meta, ...arrays, k: meta.neighbors, place: (word) => index.get(strip(normalize(meta, strip(word))).toLowerCase()) ?? -1 };
}

/** Where a map stands among those of `set`: the places [n x 2], and its trustworthiness. */
export function mapAt(set, { perplexity, start, iterations }, starts) {
  const size = 2 * set.words.length, line = perplexity * starts + start;
  const at = line * (set.iterations.length - 1) + iterations - 1;
  const places = iterations ? set.places.subarray(at * size, (at + 1) * size) : set.first.subarray(start * size, (start + 1) * size);
  return { places, trust: set.trust[line][iterations] };
}

/** For each word its k nearest on the map, nearest first; of equally near ones the lower index first. */
export function nearestOnMap(places, k) {
  const n = places.length / 2;
  return Array.from({ length: n }, (_, i) => {
    const scores = Float64Array.from({ length: n }, (_, j) => -((places[2 * j] - places[2 * i]) ** 2 + (places[2 * j + 1] - places[2 * i + 1]) ** 2));
    return topK(scores, k, new Set([i]));
  });
}

export function trueNeighbors(set, i) {
  return [...set.neighbors.subarray(i * set.k, (i + 1) * set.k)];
}

/** Recall of the true neighbours, its level of chance, and the share of neighbours on the map of a word's own class. */
export function scores(set, drawn) {
  const n = set.words.length, k = set.k, counts = new Map();
  let kept = 0, same = 0, pairs = 0;
  for (let i = 0; i < n; i++) {
    const near = new Set(drawn[i]);
    kept += trueNeighbors(set, i).filter((j) => near.has(j)).length;
    same += drawn[i].filter((j) => set.classes[j] === set.classes[i]).length;
  }
  for (const name of set.classes) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const count of counts.values()) pairs += count * (count - 1);
  return { recall: kept / (n * k), chance: k / (n - 1), same: same / (n * k), sameByChance: pairs / (n * (n - 1)) };
}

/** What is wrong with the word asked for: nothing if none is, or if it is on the map in any letter case. */
export function missing(set, word) {
  if (!strip(word) || set.place(word) >= 0) return "";
  return `${quoted(word)} is not one of the ${set.words.length} words on this map.`;
}

function aboutTheWord(set, word, drawn) {
  const lacking = missing(set, word), i = set.place(word), k = set.k;
  if (lacking) return lacking;
  const true_ = trueNeighbors(set, i), kept = true_.filter((j) => drawn[i].includes(j)).length;
  return `Truly nearest to ${set.words[i]}: ${true_.map((j) => set.words[j]).join(", ")}; ${kept} of these ${k} are among its ${k} nearest on the map.`;
}

/** `names` are what the state's indices stand for: {label, perplexity, start}. */
export function sentence(set, map, drawn, iterations, word, names) {
  const k = set.k, found = scores(set, drawn), steps = set.iterations[iterations];
  const when = steps ? `after ${whole(steps)} iterations` : "before the first iteration";
  const said = [`${names.label} of ${set.table}, perplexity ${names.perplexity}, ${names.start}, ${when}: this map keeps ${percent(found.recall)} of each word's ${k} true neighbours (a random map ${percent(found.chance)}); trustworthiness ${fixed(map.trust)}.`];
  if (set.classes.length) said.push(`Of the ${k} nearest on the map, ${percent(found.same)} are of the same category (by chance ${percent(found.sameByChance)}).`);
  if (strip(word)) said.push(aboutTheWord(set, word, drawn));
  return said.join(" ");
}

const SIZE = 640, EDGE = 40, REACH = 999;
const DOT = "M-3 0A3 3 0 1 0 3 0A3 3 0 1 0-3 0Z";

export function toPicture(places) {
  const scale = (SIZE / 2 - EDGE) / REACH;
  return Array.from({ length: places.length / 2 }, (_, i) => [SIZE / 2 + places[2 * i] * scale, SIZE / 2 - places[2 * i + 1] * scale]);
}

/**
 * A label for each wanted word, to the right, the left, above or below: where it covers no other label and no mark, else
 * where it covers no other label. A word that finds no place has none; the first ones asked for choose first.
 */
export function placeLabels(spots, words, wanted, letter) {
  const labels = [], placed = [], marks = spots.map(([x, y]) => [x - 6, y - 6, x + 6, y + 6]);
  const meets = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
  for (const i of wanted) {
    const [x, y] = spots[i], width = words[i].length * letter * 0.56;
    const ways = [[x + 9, y + letter * 0.35, "start"], [x - 9, y + letter * 0.35, "end"], [x, y - 10, "middle"], [x, y + 10 + letter * 0.7, "middle"]]
      .map(([left, base, anchor]) => {
        const from = anchor === "start" ? left : anchor === "end" ? left - width : left - width / 2;
        return { left, base, anchor, box: [from, base - letter * 0.8, from + width, base + letter * 0.2] };
      })
      .filter(({ box }) => box[0] >= 0 && box[2] <= SIZE && !labels.some((other) => meets(box, other)));
    const way = ways.find(({ box }) => !marks.some((mark, j) => j !== i && meets(box, mark))) ?? ways[0];
    if (!way) continue;
    labels.push(way.box);
    placed.push({ i, x: way.left, y: way.base, anchor: way.anchor });
  }
  return placed;
}

function scatter(set, map, drawn, chosen, pick) {
  const spots = toPicture(map.places), names = [...new Set(set.classes)];
  const true_ = chosen < 0 ? [] : trueNeighbors(set, chosen);
  const first = chosen < 0 ? [] : [chosen, ...true_];
  const rest = set.classes.length ? set.words.map((_, i) => i).filter((i) => !first.includes(i)) : [];
  const letter = globalThis.matchMedia?.("(max-width: 30rem)").matches ? 22 : 15;
  const dot = (i) => mark(set.classes.length ? names.indexOf(set.classes[i]) : 0, spots[i],
    { kind: i === chosen ? " eb-chosen" : "", word: set.words[i], shape: set.classes.length ? undefined : DOT });
  const line = (j) => node("svg:line", {
    class: drawn[chosen].includes(j) ? "eb-kept" : "eb-lost",
    x1: spots[chosen][0], y1: spots[chosen][1], x2: spots[j][0], y2: spots[j][1],
  });
  const svg = node("svg:svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "eb-plot eb-map", role: "img", "aria-label": "The map of the words; what it keeps is said in the text below. The box “Look up” chooses a word." },
    node("svg:rect", { class: "eb-frame", x: 0.5, y: 0.5, width: SIZE - 1, height: SIZE - 1 }),
    placeLabels(spots, set.words, [...first, ...rest], letter).map(({ i, x, y, anchor }) =>
      node("svg:text", { x: x.toFixed(1), y: y.toFixed(1), "text-anchor": anchor, class: i === chosen ? "eb-word eb-strong" : first.includes(i) ? "eb-word" : "eb-word eb-tick" }, set.words[i])),
    true_.map(line),
    set.words.map((_, i) => i).filter((i) => !first.includes(i)).map(dot),
    first.slice().reverse().map(dot));
  svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect(), scale = SIZE / box.width;
    const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    const distances = spots.map(([px, py]) => Math.hypot(px - x, py - y));
    const nearest = distances.indexOf(Math.min(...distances));
    if (distances[nearest] < 24 * Math.max(1, scale)) pick(set.words[nearest]);
  });
  return svg;
}

function legend(set, chosen) {
  const names = [...new Set(set.classes)];
  const key = (drawing, label) => node("li", {}, node("svg:svg", { viewBox: "-12 -9 24 18", "aria-hidden": "true" }, drawing), label);
  const line = (kind) => node("svg:line", { class: kind, x1: -11, x2: 11, y1: 0, y2: 0 });
  return node("ul", { class: "eb-legend" },
    names.map((name, i) => key(mark(i, [0, 0]), name)),
    chosen < 0 ? [] : [key(line("eb-kept"), "true neighbour, kept by the map"), key(line("eb-lost"), "true neighbour, lost by the map")]);
}

export default {
  render({ model, el }) {
    return mount({
      model,
      el,
      needs: ({ points, table }) => [[`maps-${model.get("sets")[points]}`, model.get("tables")[table]]],
      prepare: unpackMaps,
      draw(state, [set]) {
        const perplexity = model.get("perplexities")[state.perplexity];
        if (perplexity >= set.words.length)
          return { problem: `The perplexity must stay below the number of words: ${perplexity} is too much for ${set.words.length}. Move the slider back, or choose the other words.` };
        const map = mapAt(set, state, model.get("starts").length), drawn = nearestOnMap(map.places, set.k);
        const chosen = set.place(state.word);
        const pick = (word) => {
          model.set("word", word);
          model.save_changes();
        };
        const lacking = missing(set, state.word); // marked for the eye, since the map stays; the text says it to all
        const names = { label: model.get("labels")[state.points], perplexity, start: model.get("starts")[state.start] };
        return {
          picture: [...(lacking ? [node("p", { class: "eb-problem", "aria-hidden": "true" }, lacking)] : []), scatter(set, map, drawn, chosen, pick), legend(set, chosen)],
          text: sentence(set, map, drawn, state.iterations, state.word, names),
        };
      },
    });
  },
};
