// The rows of a table in the browser: a first pack, a chunk more where a token asks for one, and all of them on request.

import { combine, cosinesToAll, norm, scalesOf, topK, unpackRows, vector } from "./vectors.mjs";
import { openVocabulary } from "./vocabulary.mjs";

const AT_ONCE = 4; // chunks on their way when all are asked for
const KEPT = 8; // words whose cosines with every row are kept: a slider that moves a sum needs no other scan

/**
 * The store of a data set "pack". `load(kind)` promises another data set of the same table ("tokens", "rows-7"). What
 * the data set says of its table (dimensions, kind, size, carried, error) the store says too.
 */
export function openStore(raw, load) {
  const first = unpackRows(raw), { carried, chunk, dimensions, ids } = first;
  const place = new Map([...ids].map((id, i) => [id, i]));
  const others = Int32Array.from({ length: carried }, (_, id) => id).filter((id) => !place.has(id));
  const chunks = Math.ceil(others.length / chunk), here = new Set(), coming = new Map();
  let all = others.length ? null : first, vocabulary, opening, kept = new Map();

  /** Room for every row, at its id, once one is asked for that the first pack lacks. */
  const room = () => {
    if (all) return all;
    const Codes = first.codes.constructor;
    all = { codes: new Codes(carried * dimensions), scales: new Float32Array(carried * scalesOf(dimensions)), norms: new Float64Array(carried), dimensions };
    ids.forEach((id, i) => put(all, id, first, i));
    return all;
  };

  const chunkOf = (id) => Math.floor(lowerBound(others, id) / chunk);

  /** A chunk, asked for once; one that failed is asked for again by whoever needs it next. */
  const bring = (number) => {
    if (here.has(number)) return Promise.resolve();
    if (!coming.has(number)) {
      coming.set(number, load(`rows-${number}`).then(({ arrays }) => {
        const rows = room(), start = number * chunk, end = Math.min(start + chunk, others.length);
        for (let at = start; at < end; at++) put(rows, others[at], arrays, at - start);
        here.add(number);
        if (here.size === chunks) kept.clear(); // cosines with the first pack alone
      }).finally(() => coming.delete(number)));
    }
    return coming.get(number);
  };

  const open = () => {
    opening ??= load("tokens").then((tokens) => openVocabulary(first, tokens)).then((opened) => (vocabulary = opened), (error) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };

  const store = {
    ...Object.fromEntries(["table", "kind", "uncased", "size", "carried", "dimensions", "error", "typical"].map((name) => [name, first[name]])),
    first,
    bytes: carried * (dimensions * first.codes.BYTES_PER_ELEMENT + 2 * scalesOf(dimensions)), // of all rows on their way: half of each scale is zeros

    /** Whether every row that the page can have is here. */
    get whole() { return here.size === chunks; },
    /** How many rows are here. */
    get count() { return ids.length + [...here].reduce((sum, number) => sum + Math.min(chunk, others.length - number * chunk), 0); },

    /** The id of a word, found as Python's table finds it; -1 where it is no token, or none that is carried. */
    async find(word) {
      const at = first.index.get(word); // a carried word's own spelling needs no vocabulary
      return at === undefined ? (await open()).find(word) : ids[at];
    },

    /** The text as the table cuts it: [{token, id}, ...], -1 for what is not carried. */
    async cut(text) { return (await open()).cut(text); },

    /** Words looked at, their rows brought: each {asked, id, word}, or with id -1 its pieces and words close in spelling. */
    async look(words) {
      const looked = await Promise.all(words.map(async (asked) => {
        const id = await store.find(asked);
        return id < 0 ? { asked, id, pieces: vocabulary.cut(asked), close: vocabulary.suggest(asked) } : { asked, id, word: store.word(id) };
      }));
      await store.rows(looked.map(({ id }) => id).filter((id) => id >= 0));
      return looked;
    },

    /** The token as a reader writes it. Of a row outside the first pack once the tokens are here, as `find` leaves them. */
    word(id) {
      const at = place.get(id);
      return at === undefined ? (vocabulary?.word(id) ?? `<row ${id}>`) : first.words[at];
    },

    /** Brings rows: after it `vector(id)` has them. */
    async rows(wanted) { await Promise.all([...new Set(wanted.filter((id) => !place.has(id)).map(chunkOf))].map(bring)); },

    /** Row `id`, [D] numbers. */
    vector: (id) => (place.has(id) ? vector(first, place.get(id)) : vector(all, id)),

    /** Brings all rows. `progress(count, carried)` follows every chunk; `signal` stops it; what has come stays. */
    async loadAll({ signal, progress = () => {} } = {}) {
      const missing = Array.from({ length: chunks }, (_, number) => number).filter((number) => !here.has(number));
      const work = async () => {
        while (missing.length) {
          signal?.throwIfAborted();
          await bring(missing.shift());
          progress(store.count, carried);
        }
      };
      try {
        await Promise.all([open(), ...Array.from({ length: AT_ONCE }, work)]);
      } catch (error) {
        missing.length = 0; // the others stop after the chunk that they wait for
        throw error;
      }
    },

    /** The sum of weight * (row at unit length) over [[id, weight], ...], [D]: the protocol of analogies. */
    sum: (terms) => combine(terms.map(([id]) => store.vector(id)), terms.map(([, weight]) => weight)),

    /**
     * The k rows of largest cosine with such a sum, falling, of equal ones (to six decimals) the lower id first: among the
     * first rows, or all once they are here. Each {i: its id, label: its word, value: the cosine, mark: what `mark` says of
     * it}. Nothing is nearest to a sum of zeros.
     */
    nearest(terms, { k, exclude = [], mark = () => undefined }) {
      const rows = store.whole ? room() : first, length = norm(store.sum(terms)), cosines = new Float64Array(rows.norms.length);
      if (length < 1e-9) return [];
      for (const [id, weight] of terms) {
        const parts = cosinesToRow(rows, id);
        for (let at = 0; at < cosines.length; at++) cosines[at] += (weight / length) * parts[at];
      }
      const idOf = (at) => (rows === first ? ids[at] : at);
      return topK(cosines, k, new Set(rows === first ? exclude.map((id) => place.get(id)) : exclude)).map((at) => (
        { i: idOf(at), label: store.word(idOf(at)), value: Math.max(-1, Math.min(1, cosines[at])), mark: mark(idOf(at)) || undefined }));
    },
  };

  const cosinesToRow = (rows, id) => {
    const found = kept.get(id) ?? cosinesToAll(rows, store.vector(id));
    kept.delete(id);
    kept.set(id, found); // the last one used stands last
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return found;
  };

  return store;
}

/** Row `i` of a part of the rows goes to its id among all. */
function put(all, id, { codes, scales }, i) {
  const { dimensions } = all, blocks = scalesOf(dimensions);
  all.codes.set(codes.subarray(i * dimensions, (i + 1) * dimensions), id * dimensions);
  all.scales.set(scales.subarray(i * blocks, (i + 1) * blocks), id * blocks);
  all.norms[id] = norm(vector(all, id));
}

/** Where `id` stands among rising numbers, or would. */
function lowerBound(sorted, id) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
