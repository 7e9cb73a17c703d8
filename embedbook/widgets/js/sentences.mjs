// Numbers and words as a sentence gives them.

import { strip } from "./tokens.mjs";

/** A number with two decimals (or as many as asked), with a true minus sign and no minus zero; a huge one as 1.20e+38. */
export function fixed(value, digits = 2) {
  const text = Math.abs(value) < 1e10 ? value.toFixed(digits) : value.toExponential(2);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

export const percent = (share) => `${fixed(100 * share, 0)}\u00a0%`;
export const whole = (count) => count.toLocaleString("en");

const partOf = ({ carried, size }) => (carried === size ? `all ${whole(size)}` : `the first ${whole(carried)} of ${whole(size)}`);

/** How a sentence about nearest words begins: with what was searched of a store, all rows or the first ones. */
export function searched(store, isAll = store.whole) {
  const among = isAll ? `${partOf(store)} rows` : `the ${whole(store.first.words.length)} words loaded first`;
  return `In ${store.table}, among ${among},`;
}

/** A word as a sentence quotes it, cut where it is long. */
export function quoted(word) {
  const letters = [...strip(word)];
  return `\u201c${letters.length > 40 ? `${letters.slice(0, 40).join("")}\u2026` : letters.join("")}\u201d`;
}

/** The sentence on a table that lacks a word, which the store has looked at: its pieces, or how many words there are. */
export function lacking(store, { asked, pieces }) {
  const start = `In ${store.table}, ${quoted(asked)}`;
  if (store.kind === "words") return `${start} is not among ${partOf(store).replace("all", "the")} words.`;
  return `${start} is not one token: ${pieces.slice(0, 8).map(({ token }) => token).join(" + ")}${pieces.length > 8 ? " + \u2026" : ""}.`;
}

/** The sentence on a row that nothing is nearest to. */
export function alone(store, word, isAll) {
  return `${searched(store, isAll)} nothing is nearest to ${word}: its row is all zeros, or the only one.`;
}

/** What to say of the words, looked at, that a store lacks; the same thing only once. */
export function unknown(store, looked) {
  return [...new Set(looked.filter(({ id }) => id < 0).map((word) => {
    if (!strip(word.asked)) return "Type a word.";
    return `${lacking(store, word)} ${word.close.length ? `Close in spelling: ${word.close.join(", ")}.` : "Try another word."}`;
  }))].join(" ");
}
