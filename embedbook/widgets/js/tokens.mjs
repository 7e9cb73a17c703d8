// Text becomes tokens, and a word finds its row, as the table's own tokenizer does it.

const EDGES = /^(?:(?!\ufeff)[\s\x1c-\x1f\x85])+|(?:(?!\ufeff)[\s\x1c-\x1f\x85])+$/gu; // what Python's strip takes off
const SPACES = /(?:(?!\ufeff)[\s\x1c-\x1f\x85])+/u;
const CJK = /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
const LETTER = "[\\p{L}\\p{N}_]";
// The Penn Treebank's cuts, which the corpora of published word vectors follow: n't and 's stand alone. Both cases are
// spelt out: with the flag "i", a mark whose capital is a letter would count as one.
const PARTS = new RegExp(`${LETTER}+(?=[nN]'[tT])|[nN]'[tT]|'(?:[sS\u017f]|[rR][eE]|[vV][eE]|[lL][lL]|[dD]|[mM])(?!${LETTER})|${LETTER}+(?:[-.]${LETTER}+)*|[^\\p{L}\\p{N}_]`, "gu");

export const strip = (text) => text.replace(EDGES, "");

/** The text as the table's tokenizer sees it before it cuts: the table says its `kind`, and whether it is `uncased`. */
export function normalize({ kind, uncased }, text) {
  if (kind === "wordpiece") return bertNormalize(text, uncased);
  if (kind !== "words") return text;
  const composed = text.normalize("NFC");
  return uncased ? composed.toLowerCase() : composed;
}

/** BERT's: clean, each CJK character a word of its own; uncased also lower case and accents off. */
function bertNormalize(text, uncased) {
  const clean = [...text].map((c) => (/[\t\n\r]|\p{Z}/u.test(c) ? " " : /[\p{Cc}\p{Cf}\p{Co}\ufffd]/u.test(c) ? "" : c)).join("");
  const spaced = clean.replace(CJK, " $& ");
  if (!uncased) return spaced;
  return [...spaced.normalize("NFD").replace(/\p{Mn}/gu, "")].map((c) => c.toLowerCase()).join(""); // each by itself: a final sigma stays an inner one
}

/** Where a word stands among `rows.words`, or -1: as it is written, else as the table's tokenizer would see it. */
export function find(rows, word) {
  const composed = strip(rows.kind === "words" ? word.normalize("NFC") : word);
  const form = [word, strip(word), composed, strip(normalize(rows, composed))].find((form) => rows.index.has(form));
  return form === undefined ? -1 : rows.index.get(form);
}

/** The words nearest in spelling: a shared beginning, else nothing. */
export function suggest(rows, word, count = 4) {
  const asked = strip(normalize(rows, word));
  for (let length = Math.min(asked.length, 12); length >= 2; length--) {
    const start = asked.slice(0, length), found = rows.words.filter((candidate) => candidate.startsWith(start));
    if (found.length) return found.slice(0, count);
  }
  return [];
}

/** One array of tokens a text. A table that carries a part of its tokens never cuts what could be one of the others. */
export function pieces(vocabulary, text) {
  return vocabulary.kind === "wordpiece" ? wordpiece(vocabulary, text) : wholeWords(vocabulary, text);
}

/** BERT's pieces: the longest that fits comes first; marks such as [MASK] are taken whole where a text spells them so. */
function wordpiece({ index, special, uncased }, text) {
  const marks = special.map((mark) => mark.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return text.split(new RegExp(`(${marks || "(?!)"})`)).flatMap((part, i) => (i % 2 ? [part] : bertWords(part, uncased).flatMap((word) => longestFirst(index, word))));
}

function bertWords(text, uncased) {
  return bertNormalize(text, uncased).replace(/[!-/:-@[-`{-~]|\p{P}/gu, " $& ").split(" ").filter(Boolean);
}

function longestFirst(index, word) {
  const letters = [...word], found = [];
  if (letters.length > 100) return ["[UNK]"];
  for (let start = 0, end; start < letters.length; start = end) {
    let piece;
    for (end = letters.length; end > start; end--) if (index.has((piece = (start ? "##" : "") + letters.slice(start, end).join("")))) break;
    if (end === start) return ["[UNK]"];
    found.push(piece);
  }
  return found;
}

/** Words between spaces; one that is no token is cut at its punctuation. `whole`: tokens not carried that a cut would split. */
function wholeWords(vocabulary, text) {
  const { index, whole } = vocabulary;
  return text.split(SPACES).filter(Boolean).flatMap((chunk) => {
    const token = [chunk, chunk.normalize("NFC"), normalize(vocabulary, chunk)].find((form) => index.has(form) || whole.has(form));
    return token !== undefined ? [token] : (normalize(vocabulary, chunk).match(PARTS) ?? []);
  });
}
