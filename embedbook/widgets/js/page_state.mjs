// What the controls stand on, in the address bar of a page of the site, so that a link opens it again.

import { siteRoot } from "./transport.mjs";

const LONGEST = 6_000; // characters of one widget: servers refuse an address much longer

/** One store a page, one key a widget: ?neighbors=word:paris;k:10. Null in a notebook, whose address is not ours. */
export function pageStore() {
  if (siteRoot() === undefined) return null;
  return {
    read(key) {
      const text = new URLSearchParams(location.search).get(key) ?? "";
      const pairs = text.split(";").map((part) => [part.slice(0, part.indexOf(":")), part.slice(part.indexOf(":") + 1)]);
      return new Map(pairs.filter(([name]) => name).map(([name, value]) => [name, value.replace(/%(25|3B)/gi, decodeURIComponent)]));
    },
    /** What is too long for an address leaves none, rather than a part of it. */
    write(key, values) {
      const url = new URL(location.href), text = values.map(([name, value]) => `${name}:${asText(value)}`).join(";");
      text.length > LONGEST ? url.searchParams.delete(key) : url.searchParams.set(key, text);
      try {
        history.replaceState(history.state, "", url);
      } catch {
        // A frame without an origin may not, and Safari stops after a hundred in a while: the view works without it.
      }
    },
  };
}

function asText(value) {
  return String(typeof value === "boolean" ? Number(value) : value).replace(/[%;]/g, encodeURIComponent);
}

/** A value from an address is anybody's text: what its control could hold, at the nearest step, or undefined. */
export function fitting({ kind, min, max = Infinity, step }, text) {
  if (kind === "text") return text;
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) return undefined;
  if (kind === "flag") return number === 1;
  const steps = Math.round((Math.max(min, Math.min(max, number)) - min) / step);
  const snapped = Number((min + steps * step).toFixed(10)); // 0.2 + 9 * 0.1 is 1.1
  return snapped > max ? Number((snapped - step).toFixed(10)) : snapped;
}
