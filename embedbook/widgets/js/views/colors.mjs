import { node, view } from "../view.mjs";

const CHANNELS = ["red", "green", "blue"], SHOWN = 5;

function swatch([name, ...rgb], kind = "eb-swatch") {
  return node("span", { class: kind, title: name, style: ["background-color", `rgb(${rgb.join(",")})`] });
}

/** A list of what is left: its label, a swatch of each colour, how many. */
function left([label, colors]) {
  return node("li", {}, node("span", { class: "eb-label" }, label),
    node("span", { class: "eb-swatches", "aria-hidden": "true" }, colors.map((named) => swatch(named))),
    node("span", { class: "eb-number" }, String(colors.length)));
}

export default view(() => ({
  draw({ red, green, blue, colors, about }) {
    const color = [red, green, blue], near = (value, i) => Math.abs(value - color[i]) <= about;
    const distance = ([, ...rgb]) => rgb.reduce((sum, value, i) => sum + (value - color[i]) ** 2, 0);
    const nearest = [...colors].sort((one, other) => distance(one) - distance(other)).slice(0, SHOWN); // ties keep order
    const alone = CHANNELS.map((_, i) => colors.filter(([, ...rgb]) => near(rgb[i], i)));
    const together = colors.filter(([, ...rgb]) => rgb.every(near));
    return {
      picture: [
        node("div", { class: "eb-color" }, swatch(["your colour", ...color], "eb-big-swatch"),
          node("ol", { class: "eb-names", "aria-label": "Nearest named colours" }, nearest.map((named) =>
            node("li", {}, swatch(named), `${named[0]} [${named.slice(1).join(", ")}]`)))),
        node("p", { class: "eb-caption eb-above" }, `Named colours within ${about} of each number alone, and of all three`),
        node("ul", { class: "eb-channels" }, [...CHANNELS.map((name, i) => [`${name} ${color[i]}`, alone[i]]), ["all three", together]].map(left)),
      ],
      text: `[${color.join(", ")}] is nearest to ${nearest[0][0]}. Of ${colors.length} named colours, ` +
        `${CHANNELS.map((name, i) => `${alone[i].length} have about this ${name}`).join(", ")} (within ${about}); ${together.length} in all three.`,
    };
  },
}));
