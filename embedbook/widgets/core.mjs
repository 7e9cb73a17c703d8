// What every view of this book shares: where its data comes from, vectors in the browser, state in the address bar.
// A view imports what it needs from here; `embedbook.widgets.view` joins this file to each view, because anywidget loads a
// view from a blob, where relative imports fail. So: one `export` a declaration, at the start of its line, and no imports.

// ---------------------------------------------------------------- vectors

/** int8 rows with one scale a row: value = code * scale. Returns what the other functions here call `rows`. */
export function unpackRows({ meta, arrays }) {
  const { dimensions } = meta, { codes, scales, ids } = arrays;
  const words = meta.words.split(" ");
  const norms = new Float64Array(words.length); // of the codes: the scale cancels in a cosine
  for (let i = 0; i < words.length; i++) {
    let sum = 0;
    for (let d = i * dimensions, end = d + dimensions; d < end; d++) sum += codes[d] * codes[d];
    norms[i] = Math.sqrt(sum);
  }
  const index = new Map(words.map((word, i) => [word, i]));
  return { ...meta, words, ids, codes, scales, norms, index, dimensions };
}

/** Where a word stands in `rows`, or -1. Tables without capitals are asked in lower case, as their tokenizer does. */
export function find(rows, word) {
  const asked = word.trim().normalize("NFC");
  return rows.index.get(rows.uncased ? asked.toLowerCase() : asked) ?? -1;
}

/** The words nearest in spelling: a shared beginning, else nothing. */
export function suggest(rows, word, count = 4) {
  const asked = word.trim().toLowerCase();
  for (let length = Math.min(asked.length, 12); length >= 2; length--) {
    const start = asked.slice(0, length);
    const found = rows.words.filter((candidate) => candidate.startsWith(start));
    if (found.length) return found.slice(0, count);
  }
  return [];
}

/** The row itself, [D] numbers. */
export function vector(rows, i) {
  const { codes, scales, dimensions } = rows, row = new Float64Array(dimensions);
  for (let d = 0; d < dimensions; d++) row[d] = codes[i * dimensions + d] * scales[i];
  return row;
}

export function dot(a, b) {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
}

export function norm(a) {
  return Math.sqrt(dot(a, a));
}

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

/** Indices of the k largest scores, falling; a tie goes to the lower index; `excluded` is a Set of indices. */
export function topK(scores, k, excluded = new Set()) {
  const best = [];
  for (let i = 0; i < scores.length; i++) {
    if (excluded.has(i) || (best.length === k && scores[i] <= scores[best[k - 1]])) continue;
    let at = best.length;
    while (at > 0 && scores[i] > scores[best[at - 1]]) at--;
    best.splice(at, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}

/** A number with two decimals (or as many as asked), with a true minus sign and no minus zero. */
export function fixed(value, digits = 2) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

// ---------------------------------------------------------------- tokens

const BERT_MARKS = /(\[(?:PAD|UNK|CLS|SEP|MASK)\])/; // taken whole where a text spells them so

/** One array of tokens a text, as BERT's tokenizer makes them: clean, split, then the longest piece first. */
export function wordpiece(vocabulary, text) {
  return text.split(BERT_MARKS).flatMap((part, i) => (i % 2 ? [part] : pieces(vocabulary, part)));
}

function pieces(vocabulary, text) {
  const tokens = [];
  for (const word of bertWords(text)) {
    const letters = [...word], found = [];
    let start = letters.length > 100 ? -1 : 0;
    while (start >= 0 && start < letters.length) {
      let end = letters.length, piece;
      for (; end > start; end--) {
        piece = (start ? "##" : "") + letters.slice(start, end).join("");
        if (vocabulary.has(piece)) break;
      }
      if (end > start) found.push(piece);
      start = end > start ? end : -1;
    }
    tokens.push(...(start < 0 ? ["[UNK]"] : found));
  }
  return tokens;
}

/** Words and punctuation marks of a text in BERT's way: lower case, accents off, each CJK character a word of its own. */
export function bertWords(text) {
  const clean = [...text].map((c) => (/[\t\n\r]/.test(c) || /\p{Z}/u.test(c) ? " " : /\p{C}|\ufffd/u.test(c) ? "" : c)).join("");
  const spaced = clean.replace(/[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu, " $& ");
  const plain = spaced.normalize("NFD").replace(/\p{Mn}/gu, "");
  const lower = [...plain].map((c) => c.toLowerCase()).join(""); // each by itself: a final sigma stays an inner one
  return lower.replace(/[!-/:-@[-`{-~]|\p{P}/gu, " $& ").split(" ").filter(Boolean);
}

/** One array of tokens a text, for a vocabulary of whole words: between Python's spaces, else cut as the Penn Treebank cuts. */
export function wholeWords(vocabulary, text) {
  const letter = "[\\p{L}\\p{N}_]";
  const parts = new RegExp(`${letter}+(?=n't)|n't|'(?:s|re|ve|ll|d|m)(?!${letter})|${letter}+(?:[-.]${letter}+)*|[^\\p{L}\\p{N}_\\s]|\ufeff`, "gu");
  return text.split(/(?:(?!\ufeff)[\s\x1c-\x1f\x85])+/u).filter(Boolean).flatMap((chunk) => {
    const whole = [chunk, chunk.toLowerCase()].find((form) => vocabulary.has(form));
    return whole ? [whole] : (chunk.toLowerCase().match(parts) ?? []);
  });
}

// ---------------------------------------------------------------- data: from the site, or from the kernel

const KERNEL_PATIENCE = 20_000; // ms; a message waits behind a running cell
const KERNEL_BUSY = "The kernel is busy or not running. This picture fills when it answers; if it has stopped, start it and run this cell again.";

/** The folder of the built site, or undefined in a notebook. Sphinx writes it on <html>; JupyterLab has none. */
export function siteRoot() {
  return globalThis.document?.documentElement.dataset.content_root;
}

/** A data set by name ("rows-minilm"): a promise of {meta, arrays}, kept in `kept` unless it fails. */
function dataset(kept, name, load) {
  kept[name] ??= load(name).catch((error) => {
    delete kept[name]; // so that another try asks again
    throw error;
  });
  return kept[name];
}

function fromSite(name) {
  return new Promise((resolve, reject) => {
    const failed = () => {
      script.remove();
      reject(new Error(`The file ${name}.js of this site did not load.`));
    };
    const script = document.createElement("script");
    script.src = `${siteRoot()}_static/data/${name}.js`; // a script, since fetch does not read file://
    script.onload = () => {
      try {
        resolve(unpackSite(globalThis.embedbookPacked[name]));
      } catch {
        failed(); // what the host sent is not the file, a page of its own for instance
      }
    };
    script.onerror = failed;
    document.head.append(script);
  });
}

export function unpackSite({ meta, arrays }) {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  return { meta, arrays: Object.fromEntries(Object.entries(arrays).map(([key, [dtype, text]]) => [key, typed(dtype, bytes(text))])) };
}

/** It waits as long as the view lives: a late answer is as good as a quick one. */
function fromKernel(model, name, ended) {
  return new Promise((resolve, reject) => {
    const stop = () => model.off("msg:custom", listen);
    const listen = (content, buffers) => {
      if (content.dataset !== name) return;
      stop();
      if (content.error) return reject(new Error(content.error));
      const parts = content.arrays.map(([key, dtype], i) => [key, typed(dtype, aligned(buffers[i]))]);
      resolve({ meta: content.meta, arrays: Object.fromEntries(parts) });
    };
    model.on("msg:custom", listen);
    ended.addEventListener("abort", stop);
    try {
      model.send({ dataset: name });
    } catch {
      stop();
      reject(new Error(KERNEL_BUSY));
    }
  });
}

function aligned(view) {
  return new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength).slice().buffer;
}

function typed(dtype, buffer) {
  return new { int8: Int8Array, int16: Int16Array, int32: Int32Array, float32: Float32Array }[dtype](buffer);
}

// ---------------------------------------------------------------- state in the address bar, on the site only

/** One store a page, one key a widget: ?neighbors=word:paris;k:10 */
export function pageStore() {
  if (siteRoot() === undefined) return null;
  return {
    read(key) {
      const text = new URLSearchParams(location.search).get(key) ?? "";
      const pairs = text.split(";").map((part) => [part.slice(0, part.indexOf(":")), part.slice(part.indexOf(":") + 1)]);
      return Object.fromEntries(pairs.filter(([name]) => name).map(([name, value]) => [name, unescapePart(value)]));
    },
    write(key, values) {
      const url = new URL(location.href);
      url.searchParams.set(key, Object.entries(values).map(([name, value]) => `${name}:${escapePart(value)}`).join(";"));
      try {
        history.replaceState(history.state, "", url);
      } catch {
        // A frame without an origin may not, and Safari stops after a hundred in a while: the view works without it.
      }
    },
  };
}

function asText(value) {
  return typeof value === "boolean" ? String(Number(value)) : String(value);
}

function escapePart(value) {
  return value.replace(/[%;]/g, encodeURIComponent);
}

function unescapePart(text) {
  return text.replace(/%(25|3B)/gi, decodeURIComponent);
}

/** A value from an address is anybody's text: kept only where it fits its field. */
export function fitting(field, text) {
  if (field.kind === "text") return text.slice(0, 300);
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) return undefined;
  if (field.kind === "flag") return number === 1;
  const bounded = Math.max(field.min, Math.min(field.max, number));
  return field.kind === "integer" ? Math.round(bounded) : bounded;
}

// ---------------------------------------------------------------- the page

/** An element with attributes and children; text is always a text node, never HTML. */
export function node(tag, attributes = {}, ...children) {
  const made = tag.startsWith("svg:") ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    name === "style" ? made.style.setProperty(...value) : made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/**
 * A view: `fields` are its state (traits of the model), `needs(state)` names the data sets, `draw(state, data)` returns
 * {picture: [elements], text: string}, or {problem: string} where there is nothing to draw: then the last picture stays,
 * and is said to be the last one. The text stands under the picture and is announced politely.
 */
export function mount({ model, el, fields, needs, prepare, draw }) {
  const key = model.get("key"), store = pageStore(), names = Object.keys(fields);
  const picture = node("div", { class: "eb-picture" });
  const text = node("p", { class: "eb-text", "aria-live": "polite" });
  const problem = node("p", { class: "eb-problem", role: "status" });
  const again = node("button", { type: "button", class: "eb-again" }, "Try again");
  const root = node("div", { class: "eb-view", "data-key": key, "data-state": "waiting", tabindex: -1 }, problem, picture, text);
  el.append(root);

  const state = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const ended = new AbortController(), inNotebook = siteRoot() === undefined;
  // One cache a page of the site. In a notebook one a view: a kernel may restart, and its rows be other ones.
  let kept = inNotebook ? {} : (globalThis.embedbookDatasets ??= {});
  const load = (name) => (inNotebook ? fromKernel(model, name, ended.signal) : fromSite(name));
  let turn = 0, timer, patience, drawn = "";
  const say = (place, words) => { if (place.textContent !== words) place.textContent = words; };
  const keep = (kind, message, ...more) => {
    if (problem.firstChild?.textContent !== message) problem.replaceChildren(message, ...more);
    say(text, drawn ? `Still shown: ${drawn}` : kind === "problem" ? "No picture yet: it comes as soon as that is changed." : "");
    root.classList.add("eb-stale");
    root.dataset.state = kind;
  };
  const failed = (message) => keep("failed", `${message} `, again);

  const redraw = async () => {
    const mine = ++turn, now = state();
    const outdated = () => ended.signal.aborted || mine !== turn;
    clearTimeout(patience);
    if (inNotebook) patience = setTimeout(() => failed(KERNEL_BUSY), globalThis.embedbookPatience ?? KERNEL_PATIENCE);
    let loaded;
    try {
      loaded = await Promise.all(needs(now, model).map(async (name) => prepared(name, await dataset(kept, name, load), prepare)));
    } catch (error) {
      if (outdated()) return;
      clearTimeout(patience);
      return failed(error.message);
    }
    if (outdated()) return;
    clearTimeout(patience);
    try {
      const result = draw(now, loaded, model);
      if (!result.picture) return keep("problem", result.problem);
      if (document.activeElement === again) root.focus(); // the button goes
      say(problem, "");
      picture.replaceChildren(...result.picture);
      say(text, (drawn = result.text));
      root.classList.remove("eb-stale");
      root.dataset.state = "drawn";
    } catch (error) {
      console.error("embedbook:", error); // a fault of the view, not of its reader: to be seen by whoever tests it
      keep("broken", "This picture cannot be drawn: the view has a fault.");
    }
  };
  again.addEventListener("click", () => {
    if (inNotebook) kept = {}; // a request that a kernel lost is never answered
    redraw();
  });
  const changed = () => {
    redraw();
    if (!store) return;
    clearTimeout(timer);
    timer = setTimeout(() => store.write(key, Object.fromEntries(names.map((name) => [name, asText(model.get(name))]))), 200);
  };

  const asked = store?.read(key) ?? {};
  for (const name of names) {
    const value = name in asked ? fitting(fields[name], asked[name]) : undefined;
    if (value !== undefined) model.set(name, value);
  }
  for (const name of names) model.on(`change:${name}`, changed);

  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    el.closest(".widget-vbox")?.addEventListener("focusin", keepKeys);
    redraw();
  }, { rootMargin: "400px" });
  seen.observe(root);

  return () => {
    ended.abort();
    clearTimeout(timer);
    clearTimeout(patience);
    seen.disconnect();
    for (const name of names) model.off(`change:${name}`, changed);
  };
}

/** JupyterLab takes arrow keys and letters from a focused control for its own shortcuts, unless the control says not to. */
function keepKeys({ target }) {
  target.setAttribute("data-lm-suppress-shortcuts", "true");
}

function prepared(name, raw, prepare) {
  const kept = (globalThis.embedbookPrepared ??= new WeakMap());
  if (!kept.has(raw)) kept.set(raw, prepare(raw, name));
  return kept.get(raw);
}

/**
 * A list of {label, value in -1..1} as bars with their numbers: an ordered list that a screen reader reads as text.
 * An item with a `note` shows that instead of a bar: its value is not on the bars' scale. Without items: `empty`.
 */
export function bars(caption, items, empty = "") {
  const length = (value) => ["width", `${(100 * Math.min(1, Math.abs(value))).toFixed(1)}%`];
  return node("div", { class: "eb-bars" },
    node("p", { class: "eb-caption" }, caption),
    items.length ? node("ol", {}, items.map(({ label, value, mark, note }) =>
      node("li", { class: mark ? `eb-${mark}` : undefined },
        node("span", { class: "eb-label" }, label),
        note ? node("span", { class: "eb-note" }, note) : node("span", { class: "eb-bar", "aria-hidden": "true" },
          node("span", { class: value < 0 ? "eb-negative" : "eb-positive", style: length(value) })),
        node("span", { class: "eb-number" }, fixed(value))))) : node("p", {}, empty));
}

/** How a sentence about nearest words begins: with what was searched. */
export function searched(rows) {
  return `In ${rows.table}, among the ${rows.words.length.toLocaleString("en")} words carried here,`;
}

/** A word as a sentence quotes it, cut where it is long. */
function quoted(word) {
  const letters = [...word.trim()];
  return `\u201c${letters.length > 40 ? `${letters.slice(0, 40).join("")}\u2026` : letters.join("")}\u201d`;
}

/** The sentence on a table that lacks the word, beside the sentence on one that has it. */
export function lacking(rows, word) {
  return `In ${rows.table}, ${quoted(word)} is not among the ${rows.words.length.toLocaleString("en")} words carried here.`;
}

/** What to say of words that these rows do not have; the same thing only once. */
export function unknown(rows, ...words) {
  return [...new Set(words.map((word) => {
    if (!word.trim()) return "Type a word.";
    const close = suggest(rows, word);
    return `${quoted(word)} is not one of the ${rows.words.length.toLocaleString("en")} words that this page carries of ${rows.table}.` +
      (close.length ? ` Close in spelling: ${close.join(", ")}.` : " Try another word.");
  }))].join(" ");
}

// ---------------------------------------------------------------- rows that move while they are learned

const WORD_MAP = { width: 640, height: 430, top: 34, margin: 22 };

/** One mark a group: colour and shape both tell it. */
const GROUP_SHAPES = [
  (x, y) => ["circle", { cx: x, cy: y, r: 6 }],
  (x, y) => ["rect", { x: x - 5.5, y: y - 5.5, width: 11, height: 11 }],
  (x, y) => ["path", { d: `M${x} ${y - 7}L${x + 7} ${y + 5}H${x - 7}Z` }],
  (x, y) => ["path", { d: `M${x} ${y - 7.5}L${x + 7.5} ${y}L${x} ${y + 7.5}L${x - 7.5} ${y}Z` }],
  (x, y) => ["path", { d: `M${x - 7} ${y - 2}h5v-5h4v5h5v4h-5v5h-4v-5h-5Z` }],
];

function groupMark(group, x, y, strong) {
  const [tag, attributes] = GROUP_SHAPES[group](x, y);
  return node(`svg:${tag}`, { ...attributes, class: `eb-mark-${group}${strong ? " eb-named" : ""}` });
}

/** Labels beside their points, moved down where two would lie on one another. */
export function labelsApart(labels) {
  const sorted = labels.map((label) => ({ ...label })).sort((one, other) => one.y - other.y);
  sorted.forEach((label, i) => {
    for (const above of sorted.slice(0, i)) if (Math.abs(above.x - label.x) < 120 && label.y < above.y + 22) label.y = above.y + 22;
  });
  return sorted;
}

/** Words of up to five groups on a plane after a step; `line` has x and y of each, whole numbers from -half to half. */
export function wordMap({ words, groups, names, labels, half }, line, step) {
  const { width, height, top, margin } = WORD_MAP, flat = line.split(" ").map(Number);
  const x = (i) => margin + ((flat[2 * i] + half) / (2 * half)) * (width - 2 * margin);
  const y = (i) => top + margin + ((half - flat[2 * i + 1]) / (2 * half)) * (height - top - 2 * margin);
  const round = (value) => Number(value.toFixed(1));
  const texts = labels.map((word) => ({ word, x: x(words.indexOf(word)), y: y(words.indexOf(word)) + 5 }));
  return node("svg:svg", { viewBox: `0 0 ${width} ${height}`, class: "eb-plot eb-map", role: "img", "aria-label": `Map of ${words.length} words after step ${step}, on a fixed plane; how well categories stand together is said in the text below.` },
    node("svg:rect", { class: "eb-frame", x: 1, y: top, width: width - 2, height: height - top - 1 }),
    names.map((name, group) => [groupMark(group, 12 + group * 128, 14, true), node("svg:text", { class: "eb-tick", x: 24 + group * 128, y: 19 }, name)]).flat(),
    words.map((word, i) => groupMark(groups[i], round(x(i)), round(y(i)), labels.includes(word))),
    labelsApart(texts).map((label) => {
      const left = label.x > width - 130;
      return node("svg:text", { class: "eb-word", x: round(label.x + (left ? -11 : 11)), y: round(label.y), "text-anchor": left ? "end" : "start" }, label.word);
    }));
}

const STEP_PLOT = { width: 640, height: 250, left: 52, right: 440, top: 14, floor: 186 };

/** Lines of cosines over steps, each with its label; `values` by place in `steps`, then by line, in hundredths. */
export function stepLines(steps, at, labels, values) {
  const { width, height, left, right, top, floor } = STEP_PLOT, last = steps.at(-1);
  const x = (step) => left + (step / last) * (right - left), y = (cosine) => floor - ((cosine + 100) / 200) * (floor - top);
  const ends = labels.map((label, i) => ({ label, i, y: y(values.at(-1)[i]) + 5 })).sort((one, other) => one.y - other.y);
  ends.forEach((end, place) => { if (place) end.y = Math.max(end.y, ends[place - 1].y + 24); });
  const tick = (across, down, text, anchor) => node("svg:text", { x: across, y: down, class: "eb-tick", "text-anchor": anchor }, text);
  return node("svg:svg", { viewBox: `0 0 ${width} ${height}`, class: "eb-plot eb-walk", role: "img", "aria-label": `Over steps 0 to ${last}: ${labels.join(", ")}.` },
    [-100, 0, 100].map((value) => [
      node("svg:line", { class: "eb-grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
      tick(left - 6, y(value) + 5, fixed(value / 100, 0), "end")]).flat(),
    [0, last / 2, last].map((step) => tick(x(step), floor + 26, String(step), "middle")),
    tick((left + right) / 2, floor + 54, "step", "middle"),
    node("svg:line", { class: "eb-mean eb-now", x1: x(steps[at]), x2: x(steps[at]), y1: top, y2: floor }),
    labels.map((_, i) => node("svg:polyline", { class: `eb-line eb-line-${i}`, points: values.map((line, place) => `${x(steps[place]).toFixed(1)},${y(line[i]).toFixed(1)}`).join(" ") })),
    ends.map(({ label, i, y: down }) => node("svg:text", { class: `eb-end-${i}`, x: right + 8, y: down.toFixed(1) }, label)));
}
