// Numbers and words as a sentence gives them.

import { strip, suggest } from "./tokens.mjs";

/** A number with two decimals (or as many as asked), with a true minus sign and no minus zero; a huge one as 1.20e+38. */
export function fixed(value, digits = 2) {
  const text = Math.abs(value) < 1e10 ? value.toFixed(digits) : value.toExponential(2);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

export const percent = (share) => `${fixed(100 * share, 0)}\u00a0%`;
export const whole = (count) => count.toLocaleString("en");

/** How a sentence about nearest words begins: with what was searched. */
export const searched = ({ table, words }) => `In ${table}, among the ${whole(words.length)} words carried here,`;

/** A word as a sentence quotes it, cut where it is long. */
export function quoted(word) {
  const letters = [...strip(word)];
  return `\u201c${letters.length > 40 ? `${letters.slice(0, 40).join("")}\u2026` : letters.join("")}\u201d`;
}

/** The sentence on a table that lacks the word, beside the sentence on one that has it. */
export const lacking = ({ table, words }, word) => `In ${table}, ${quoted(word)} is not among the ${whole(words.length)} words carried here.`;

/** The sentence on a row that nothing is nearest to. */
export const alone = (rows, word) => `${searched(rows)} nothing is nearest to ${word}: its row is all zeros, or the only one.`;

/** What to say of words that these rows do not have; the same thing only once. */
export function unknown(rows, ...missing) {
  return [...new Set(missing.map((word) => {
    if (!strip(word)) return "Type a word.";
    const close = suggest(rows, word);
    return `${quoted(word)} is not one of the ${whole(rows.words.length)} words that this page carries of ${rows.table}.` +
      (close.length ? ` Close in spelling: ${close.join(", ")}.` : " Try another word.");
  }))].join(" ");
}
