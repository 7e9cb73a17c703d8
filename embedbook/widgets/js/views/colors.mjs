import { mount, node } from "../view.mjs";

const CHANNELS = ["red", "green", "blue"], ALL = [0, 1, 2], SHOWN = 5;

/** The named colours [name, red, green, blue] within `about` of a colour [r, g, b] in each of the channels, 0 to 2. */
function leftBy(colors, color, channels, about) {
  return colors.filter(([, ...rgb]) => channels.every((i) => Math.abs(rgb[i] - color[i]) <= about));
}

/** The named colours nearest to a colour by the straight distance over three channels, nearest first; ties keep order. */
function nearest(colors, color) {
  const distance = ([, ...rgb]) => rgb.reduce((sum, value, i) => sum + (value - color[i]) ** 2, 0);
  return [...colors].sort((one, other) => distance(one) - distance(other)).slice(0, SHOWN);
}

function swatch([name, ...rgb], kind = "eb-swatch") {
  return node("span", { class: kind, title: name, style: ["background-color", `rgb(${rgb.join(",")})`] });
}

export default {
  render({ model, el }) {
    const colors = model.get("colors"), about = model.get("about");
    return mount({
      model,
      el,
      draw({ red, green, blue }) {
        const color = [red, green, blue], names = nearest(colors, color);
        const alone = ALL.map((i) => leftBy(colors, color, [i], about)), together = leftBy(colors, color, ALL, about);
        const line = (label, left) => node("li", {}, node("span", { class: "eb-label" }, label),
          node("span", { class: "eb-swatches", "aria-hidden": "true" }, left.map((named) => swatch(named))),
          node("span", { class: "eb-number" }, String(left.length)));
        const counted = alone.map((left, i) => `${left.length} have about this ${CHANNELS[i]}`).join(", ");
        return {
          picture: [
            node("div", { class: "eb-color" }, swatch(["your colour", ...color], "eb-big-swatch"),
              node("ol", { class: "eb-names", "aria-label": "Nearest named colours" }, names.map((named) =>
                node("li", {}, swatch(named), `${named[0]} [${named.slice(1).join(", ")}]`)))),
            node("p", { class: "eb-caption eb-above" }, `Named colours within ${about} of each number alone, and of all three`),
            node("ul", { class: "eb-channels" }, alone.map((left, i) => line(`${CHANNELS[i]} ${color[i]}`, left)), line("all three", together)),
          ],
          text: `[${color.join(", ")}] is nearest to ${names[0][0]}. Of ${colors.length} named colours, ${counted} (within ${about}); ${together.length} in all three.`,
        };
      },
    });
  },
};
