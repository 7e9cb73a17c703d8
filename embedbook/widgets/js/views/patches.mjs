import { whole } from "../sentences.mjs";
import { node, view } from "../view.mjs";

/** Lines across a square of that side, every `step` pixels. */
function grid(side, step, kind) {
  const at = Array.from({ length: side / step - 1 }, (_, i) => (i + 1) * step);
  return node("svg:path", { class: kind, d: at.map((x) => `M${x} 0V${side}M0 ${x}H${side}`).join("") });
}

function photograph({ photo, side }, edge, across, shared, [left, top]) {
  return node("svg:svg", { viewBox: `0 0 ${side} ${side}`, preserveAspectRatio: "xMinYMin", class: "eb-photo", role: "img", "aria-label": `A photograph of a pagoda by a lake under a grid of ${across} by ${across} patches` },
    node("svg:image", { href: photo, width: side, height: side }),
    grid(side, edge, "eb-cut"),
    shared ? grid(side, 2 * edge, "eb-cut eb-twofold") : null,
    node("svg:rect", { class: "eb-picked", x: left, y: top, width: edge, height: edge }));
}

/** The same photograph, of which only that patch is in sight. */
function enlarged({ photo, side }, edge, [left, top]) {
  return node("svg:svg", { viewBox: `${left} ${top} ${edge} ${edge}`, preserveAspectRatio: "xMinYMin", class: "eb-photo eb-enlarged", role: "img", "aria-label": "One patch, enlarged" },
    node("svg:image", { href: photo, width: side, height: side }));
}

/** The sequence as a bar, text before picture. */
function sequence(tokens, places) {
  const share = (count) => ["width", `${((100 * count) / (tokens + places)).toFixed(2)}%`];
  return node("div", { class: "eb-stack" },
    node("p", { class: "eb-caption eb-above" }, "What the layers get: one place after the other"),
    node("div", { class: "eb-stacked", "aria-hidden": "true" },
      node("span", { class: "eb-part eb-table", style: share(tokens) }), node("span", { class: "eb-part eb-head", style: share(places) })),
    node("ul", {}, [["table", `text ${whole(tokens)}`], ["head", `picture ${whole(places)}`]].map(([kind, label]) =>
      node("li", {}, node("span", { class: `eb-key eb-${kind}`, "aria-hidden": "true" }), label))));
}

export default view(() => ({
  draw(state) {
    const { size, shared, sizes, side, credit, tokens, width } = state;
    const edge = sizes[size], across = side / edge, count = across ** 2, places = count / (shared ? 4 : 1), rows = tokens + places;
    const corner = [Math.floor(across / 2) * edge, Math.floor(across / 3) * edge];
    const together = shared ? ` Four neighbours share a place: ${whole(places)} places.` : "";
    return {
      picture: [
        node("div", { class: "eb-patches" },
          node("div", {}, photograph(state, edge, across, shared, corner), node("p", { class: "eb-caption" }, credit)),
          node("div", {}, enlarged(state, edge, corner), node("p", { class: "eb-caption" }, `One patch, enlarged: ${whole(3 * edge ** 2)} numbers`))),
        sequence(tokens, places),
      ],
      text: `${side} × ${side} pixels in patches of ${edge} × ${edge}: ${across} × ${across} = ${whole(count)} patches of ` +
        `${whole(3 * edge ** 2)} numbers each.${together} With ${tokens} tokens of text the layers get [${whole(rows)}, ${width}], ` +
        `and attention compares ${whole(rows)} × ${whole(rows)} = ${whole(rows ** 2)} pairs of places.`,
    };
  },
}));
