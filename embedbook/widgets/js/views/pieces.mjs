import { bars } from "../plots.mjs";
import { searcher } from "../search.mjs";
import { alone, fixed, searched, whole } from "../sentences.mjs";
import { openStore } from "../store.mjs";
import { strip } from "../tokens.mjs";
import { node, view } from "../view.mjs";

const SHOWN = 24; // pieces drawn of a table; the text counts them all

const counted = (count) => (count === 1 ? "1 piece" : `${count} pieces`);
const cutOf = (found) => `${found.slice(0, 8).map(({ token }) => token).join(" + ")}${found.length > 8 ? " + \u2026" : ""}`;

/** A line: who cuts, and the pieces. */
function line(name, count, pieces) {
  const more = count > SHOWN ? node("span", { class: "eb-note" }, `and ${count - SHOWN} more`) : null;
  return node("li", {}, node("span", { class: "eb-caption" }, `${name}: ${counted(count)}`), node("span", { class: "eb-cut" }, pieces, more));
}

export default view((change, redraw) => {
  const rest = searcher(redraw);
  let wanted, shown, slots = 1, refocus = false; // a shorter word moves the slider to its end, a longer one back to where a reader put it
  const placeOf = (position, count) => Math.min(position === shown ? wanted : position, count);
  const button = (traits, label, pressed) => {
    const made = node("button", { type: "button", class: "eb-piece", "aria-pressed": String(pressed) }, label);
    made.addEventListener("click", () => {
      refocus = true; // the picture is drawn anew, and this button goes
      change(traits);
    });
    if (pressed && refocus) queueMicrotask(() => made.focus());
    return made;
  };
  return {
    needs: ({ tables }) => tables.map((name) => ["pack", name]),
    prepare: openStore,
    /** The word as each table cuts it, and the row of the piece that is chosen. */
    async bring({ word, space, table, position }, stores) {
      const bare = strip(word), cuts = bare ? await Promise.all(stores.map((store) => store.cut(space && store.kind === "byte-level" ? ` ${bare}` : bare))) : [];
      const own = cuts[table] ?? [], id = own[placeOf(position, own.length) - 1]?.id ?? -1;
      if (id >= 0) await stores[table].rows([id]);
      return cuts;
    },
    draw(state, stores, cuts) {
      const { word, space, table, k, zeros, near, others, offered } = state, store = stores[table], own = cuts[table];
      if (!own?.length) return { problem: "Type a word." };
      if (state.position !== shown) wanted = state.position;
      const position = (shown = Math.min(wanted, own.length)), { token, id } = own[position - 1];
      if (position > slots) change({ position: 1 }); // a slider shows no value past its end, even once it grows
      slots = own.length;
      change({ count: own.length });
      change({ position });
      const cut = (found, at) => line(stores[at].table, found.length, found.slice(0, SHOWN).map(({ token }, i) =>
        button({ table: at, position: i + 1 }, token, at === table && i + 1 === position)));
      const fixedCuts = (pieces) => pieces.map((piece) => node("span", { class: "eb-piece" }, piece.replace(/^ /, "\u2423")));
      const place = offered.indexOf(strip(word));
      const elsewhere = place < 0 ? [] : Object.entries(others).map(([model, given]) => line(model, given[place][Number(space)].length, fixedCuts(given[place][Number(space)])));
      const given = id < 0 ? undefined : near[table][id]?.map(([label, value]) => ({ label, value })), zero = zeros[table];
      const found = id < 0 ? [] : given ?? store.nearest([[id, 1]], { k, exclude: [id] }), [first] = found;
      const name = id < 0 ? token : store.word(id);
      const among = given ? `all ${whole(store.size)} rows` : searched(store).replace(/^.*among |,$/g, "");
      const answer = id < 0 ? `No row here is called ${token}.` : !first ? alone(store, name)
        : `${given ? `Among ${among},` : searched(store)} ${name} is nearest to ${first.label} (cosine ${fixed(first.value)}, of random pairs ${fixed(zero)}).`;
      const drawn = {
        picture: [
          node("p", { class: "eb-examples" }, node("span", { class: "eb-caption" }, "Try"), offered.map((example, i) => button({ word: example }, example, i === place))),
          node("ul", { class: "eb-cuts" }, cuts.map(cut), elsewhere),
          bars(`${store.table}: ${name}, among ${among} (the mark: random pairs, ${fixed(zero)})`, found, answer, zero),
          given ? null : rest(store),
        ].filter(Boolean),
        text: `${store.table} reads ${counted(own.length)}: ${cutOf(own)}. ${answer}`,
      };
      refocus = false;
      return drawn;
    },
  };
});
