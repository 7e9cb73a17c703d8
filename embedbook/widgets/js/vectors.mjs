// Rows of a table in the browser: whole numbers of 8 bits with one scale a row, and the arithmetic on them.

/** int8 rows with one scale a row: value = code * scale. Returns what the other functions here call `rows`. */
export function unpackRows({ meta, arrays }) {
  const { dimensions, words } = meta, { codes, scales, ids } = arrays;
  const norms = new Float64Array(words.length); // of the codes: the scale cancels in a cosine
  for (let i = 0; i < words.length; i++) {
    let sum = 0;
    for (let d = i * dimensions, end = d + dimensions; d < end; d++) sum += codes[d] * codes[d];
    norms[i] = Math.sqrt(sum);
  }
  const index = new Map(words.map((word, i) => [word, i]).reverse()); // of two alike the first
  return { ...meta, ids, codes, scales, norms, index };
}

/** Row i itself, [D] numbers. */
export function vector({ codes, scales, dimensions }, i) {
  return Float64Array.from(codes.subarray(i * dimensions, (i + 1) * dimensions), (code) => code * scales[i]);
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
export function combine(rows, terms) {
  const sum = new Float64Array(rows.dimensions);
  for (const [i, weight] of terms) {
    const scale = rows.norms[i] ? weight / rows.norms[i] : 0;
    for (let d = 0; d < sum.length; d++) sum[d] += rows.codes[i * sum.length + d] * scale;
  }
  return sum;
}

/** Cosine of one vector with every row: [N]. */
export function cosinesToAll(rows, query) {
  const { codes, norms, dimensions } = rows, length = norm(query), result = new Float64Array(norms.length);
  if (!length) return result;
  for (let i = 0, at = 0; i < result.length; i++) {
    let sum = 0;
    for (let d = 0; d < dimensions; d++) sum += codes[at++] * query[d];
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
