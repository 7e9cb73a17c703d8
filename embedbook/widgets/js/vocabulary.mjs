// Text becomes token ids, a word finds its id and an id its word, as `embedbook/tables/vocabulary.py` does it. A table
// of pieces is cut by npm's tokenizers, whose program comes with the tokens.

import { normalize, strip, wholeWords } from "./tokens.mjs";

const INSIDE = "\u2026"; // before a piece that shares its letters with a word
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** What a data set "tokens" of a table makes; `about` says the table's kind and whether it is uncased. */
export async function openVocabulary(about, { meta, arrays }) {
  const made = about.kind === "words" ? ofWords(about, meta) : await ofPieces(about, meta, arrays);
  return { ...made, suggest: (word, count = 4) => suggest(made, word, count) };
}

/** Whole words. An id is -1 for what is not carried: no other spelling stands in for a word that the whole table has. */
function ofWords(about, { tokens, whole }) {
  const index = indexOf(tokens), others = new Set(whole), id = (token) => index.get(token) ?? -1;
  const find = (word) => {
    if (/\p{Cs}/u.test(word)) return -1;
    const composed = strip(word.normalize("NFC"));
    const form = [word, strip(word), composed, normalize(about, composed)].find((form) => index.has(form) || others.has(form));
    return form === undefined ? -1 : id(form);
  };
  return {
    tokens,
    find,
    word: (at) => tokens[at],
    letters: (at) => tokens[at],
    normalize: (text) => normalize(about, text),
    cut: (text) => wholeWords({ ...about, index, whole: others }, wellFormed(text)).map((token) => ({ token, id: id(token) })),
  };
}

/**
 * Pieces of any tokenizer: `find` and `word` are each other's inverse, wherever a token has a spelling. `before` and
 * `after` stand around a word's letters in the text of its token, where words are marked; `bytes`: signs stand for bytes.
 */
async function ofPieces({ kind, uncased }, { tokens, special, spec, library, mark, before, after, bytes }, { cuts }) {
  const { Tokenizer } = await import(`data:text/javascript;charset=utf-8,${encodeURIComponent(library)}`);
  const tokenizer = new Tokenizer({ ...spec, model: { ...vocabulary(tokens, cuts), ...spec.model } }, {});
  if (kind === "wordpiece") tokenizer.normalizer = (text) => normalize({ kind, uncased }, text); // the library's takes a final sigma for another letter
  const marks = new Set(special), marked = before !== "" || after !== "";
  const texts = tokens.map((token, id) => {
    const ends = kind === "end-of-word" && token.endsWith(mark);
    const own = kind === "sentencepiece" ? token.replaceAll(mark, " ") : ends ? token.slice(0, -mark.length) : token;
    return (bytes && !marks.has(id) ? unsigned(own) : asBytes(own)) + (ends ? after : "");
  });
  const index = indexOf(texts), letters = texts.map(asText), at = (text) => index.get(asBytes(text));

  const seen = (text) => {
    const normal = tokenizer.normalizer ? tokenizer.normalizer(text) : text;
    return kind === "sentencepiece" ? normal.replaceAll(mark, " ") : normal;
  };
  const find = (word) => {
    if (/\p{Cs}/u.test(word)) return -1;
    const bare = strip(seen(word)), forms = [bare];
    if (!marked || !bare) forms.unshift(word);
    else {
      /^[\p{L}\p{N}]/u.test(bare) ? forms.unshift(before + bare + after) : forms.push(before + bare + after);
      if (word.startsWith(INSIDE)) forms.push(strip(seen(word.slice(1))));
      else if (word.includes(mark)) forms.push(word.replaceAll(mark, " "));
    }
    const found = forms.map(at).find((id) => id !== undefined);
    return found ?? (word.includes("<0x") ? index.get(unescaped(word)) : undefined) ?? -1;
  };
  const word = (id) => {
    if (!marked) return tokens[id];
    const text = letters[id], from = before && text.startsWith(before) ? 1 : 0, to = after && text.endsWith(after) ? -1 : undefined;
    const forms = [text.slice(from, to), INSIDE + text, tokens[id]].filter((form) => strip(form) && !UNPRINTABLE.test(form) && !form.includes("\ufffd"));
    return forms.find((form) => find(form) === id) ?? escaped(texts[id]);
  };
  return {
    tokens,
    find,
    word,
    letters: (id) => letters[id],
    normalize: seen,
    cut(text) {
      const { ids } = tokenizer.encode(wellFormed(text), { add_special_tokens: false });
      return ids.some((id) => id === undefined) ? [{ token: text, id: -1 }] : ids.map((id) => ({ token: tokens[id], id }));
    },
  };
}

/** Words that begin as the asked one does, in any case: with as many of its letters as any has, two or more; first ids first. */
function suggest({ tokens, letters, normalize, word }, asked, count) {
  const wanted = strip(normalize(asked)).toLowerCase();
  let longest = 2, found = [];
  for (let id = 0; id < tokens.length; id++) {
    const text = letters(id), from = text[0] === " " ? 1 : 0;
    let shared = 0;
    while (shared < wanted.length && text[from + shared]?.toLowerCase() === wanted[shared]) shared++;
    if (shared > longest) [longest, found] = [shared, []];
    if (shared === longest && found.length < count) found.push(id);
  }
  return found.map(word);
}

function vocabulary(tokens, cuts) {
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id])), first = tokens.length - (cuts?.length ?? 0);
  return cuts ? { vocab, merges: Array.from(cuts, (cut, i) => [tokens[first + i].slice(0, cut), tokens[first + i].slice(cut)]) } : { vocab };
}

function indexOf(names) {
  const index = new Map();
  for (let id = names.length - 1; id >= 0; id--) index.set(names[id], id); // of two alike the first
  return index;
}

const wellFormed = (text) => text.replace(/\p{Cs}/gu, "\ufffd");

// Bytes as a string of characters up to U+00FF: a key of a Map.
const asBytes = (text) => (/^[\0-\x7f]*$/.test(text) ? text : String.fromCharCode(...new TextEncoder().encode(text)));
const asText = (bytes) => (/^[\0-\x7f]*$/.test(bytes) ? bytes : new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0))));

/** The sign of each byte in a byte-level vocabulary: printable ones stand for themselves, the others from U+0100 on. */
const SIGNS = (() => {
  const signs = new Map();
  for (let byte = 0, next = 256; byte < 256; byte++) {
    const printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    signs.set(String.fromCharCode(printable ? byte : next++), String.fromCharCode(byte));
  }
  return signs;
})();

/** A byte-level token's bytes; of a token with other signs its own letters'. */
function unsigned(token) {
  let bytes = "";
  for (const sign of token) {
    if (!SIGNS.has(sign)) return asBytes(token);
    bytes += SIGNS.get(sign);
  }
  return bytes;
}

/** Printable signs as they are, every other byte as <0x0A>, and all bytes so where they are no whole signs. */
function escaped(bytes) {
  const text = asText(bytes), signs = asBytes(text) === bytes ? [...text].map(asBytes) : [...bytes];
  const hex = (byte) => `<0x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}>`;
  return signs.map((sign) => {
    const shown = asText(sign);
    return asBytes(shown) === sign && strip(shown) && !UNPRINTABLE.test(shown) ? shown : [...sign].map(hex).join("");
  }).join("");
}

function unescaped(word) {
  return word.split(/<0x([0-9A-F]{2})>/).map((part, i) => (i % 2 ? String.fromCharCode(parseInt(part, 16)) : asBytes(part))).join("");
}
