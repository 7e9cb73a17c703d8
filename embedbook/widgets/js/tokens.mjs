// Text as a table sees it before it is cut, and the cuts of a table of whole words.

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

/** Words between spaces; one that is no token is cut at its punctuation. `whole`: tokens not carried that a cut would split. */
export function wholeWords(vocabulary, text) {
  const { index, whole } = vocabulary;
  return text.split(SPACES).filter(Boolean).flatMap((chunk) => {
    const token = [chunk, chunk.normalize("NFC"), normalize(vocabulary, chunk)].find((form) => index.has(form) || whole.has(form));
    return token !== undefined ? [token] : (normalize(vocabulary, chunk).match(PARTS) ?? []);
  });
}
