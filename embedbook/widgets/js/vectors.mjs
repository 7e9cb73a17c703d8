// Rows of a table in the browser: whole numbers with a scale for each 32 of them, and the arithmetic on them.

const BLOCK = 32;

/** Whole numbers with scales: value = code * scale. Returns what the other functions here call `rows`. */
export function unpackRows({ meta, arrays }) {
  const { dimensions, words } = meta, rows = { dimensions, ...arrays }, norms = new Float64Array(words.length);
  for (let i = 0; i < words.length; i++) norms[i] = norm(vector(rows, i));
  const index = new Map(words.map((word, i) => [word, i]).reverse()); // of two alike the first
  return { ...meta, ...rows, norms, index };
}

/** How many scales a row has. */
export const scalesOf = (dimensions) => Math.ceil(dimensions / BLOCK);

/** Row i itself, [D] numbers. */
export function vector({ codes, scales, dimensions }, i) {
  const from = i * scalesOf(dimensions);
  return Float64Array.from(codes.subarray(i * dimensions, (i + 1) * dimensions), (code, d) => code * scales[from + Math.floor(d / BLOCK)]);
}

export function dot(a, b) {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
}

export const norm = (a) => Math.sqrt(dot(a, a));

/** a.b / (|a| |b|), in [-1, 1]; 0 where one of them has no length. */
export function cosine(a, b) {
  const lengths = norm(a) * norm(b);
  return lengths ? Math.max(-1, Math.min(1, dot(a, b) / lengths)) : 0;
}

/** Sum of weight * (row at unit length): the protocol of analogies. */
export function combine(vectors, weights) {
  const sum = new Float64Array(vectors[0].length);
  vectors.forEach((row, i) => {
    const scale = weights[i] / (norm(row) || 1);
    for (let d = 0; d < sum.length; d++) sum[d] += row[d] * scale;
  });
  return sum;
}

/** Cosine of one vector with every row: [N]. */
export function cosinesToAll(rows, query) {
  const { codes, scales, norms, dimensions } = rows, length = norm(query), result = new Float64Array(norms.length);
  if (!length) return result;
  for (let i = 0, at = 0, block = 0; i < result.length; i++) {
    let sum = 0;
    for (let from = 0; from < dimensions; from += BLOCK) {
      let part = 0;
      for (let d = from, end = Math.min(from + BLOCK, dimensions); d < end; d++) part += codes[at++] * query[d];
      sum += part * scales[block++];
    }
    result[i] = norms[i] ? Math.max(-1, Math.min(1, sum / (norms[i] * length))) : 0;
  }
  return result;
}

/** Places of the k largest scores, falling; of equal ones, up to the sixth decimal, the lower first; `excluded` is a Set. */
export function topK(scores, k, excluded = new Set()) {
  const best = [], rounded = Float64Array.from(scores, (score) => Math.round(score * 1e6));
  for (let i = 0; i < rounded.length; i++) {
    if (excluded.has(i) || (best.length === k && rounded[i] <= rounded[best[k - 1]])) continue;
    let at = best.length;
    while (at > 0 && rounded[i] > rounded[best[at - 1]]) at--;
    best.splice(at, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}

/** The k rows of largest cosine as {i, label: the word, value: the cosine, mark: what `mark` says of it, if anything}. */
export function nearest({ words }, cosines, k, excluded, mark = () => undefined) {
  return topK(cosines, k, excluded).map((i) => ({ i, label: words[i], value: cosines[i], mark: mark(i) || undefined }));
}
