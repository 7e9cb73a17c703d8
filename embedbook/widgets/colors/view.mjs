import { mount, node } from "../core.mjs";

const CHANNELS = ["red", "green", "blue"], SHOWN = 5;

/** The named colours [name, red, green, blue] within `about` of a colour [r, g, b] in each of the channels, 0 to 2. */
export function leftBy(colors, color, channels, about) {
  return colors.filter(([, ...rgb]) => channels.every((i) => Math.abs(rgb[i] - color[i]) <= about));
}

/** The named colours nearest to a colour by the straight distance over three channels, nearest first; ties keep order. */
export function nearest(colors, color, count = SHOWN) {
  const distance = ([, ...rgb]) => rgb.reduce((sum, value, i) => sum + (value - color[i]) ** 2, 0);
  return [...colors].sort((one, other) => distance(one) - distance(other)).slice(0, count);
}

export function sentence(colors, color, about) {
  const alone = CHANNELS.map((channel, i) => `${leftBy(colors, color, [i], about).length} have about this ${channel}`);
  return `[${color.join(", ")}] is nearest to ${nearest(colors, color)[0][0]}. Of ${colors.length} named colours, ${alone.join(", ")} (within ${about}); ` +
    `${leftBy(colors, color, [0, 1, 2], about).length} in all three.`;
}

function swatch([name, ...rgb], kind = "eb-swatch") {
  return node("span", { class: kind, title: name, style: ["background-color", `rgb(${rgb.join(",")})`] });
}

/** A line a channel: what that number alone leaves, as swatches. */
function channelRows(colors, color, about) {
  const rows = [...CHANNELS.map((channel, i) => [`${channel} ${color[i]}`, leftBy(colors, color, [i], about)]), ["all three", leftBy(colors, color, [0, 1, 2], about)]];
  return node("ul", { class: "eb-channels" }, rows.map(([label, left]) =>
    node("li", {}, node("span", { class: "eb-label" }, label),
      node("span", { class: "eb-swatches", "aria-hidden": "true" }, left.map((named) => swatch(named))),
      node("span", { class: "eb-number" }, String(left.length)))));
}

export default {
  render({ model, el }) {
    const channel = { kind: "integer", min: 0, max: 255 };
    return mount({
      model,
      el,
      fields: { red: channel, green: channel, blue: channel },
      needs: () => [],
      prepare: (data) => data,
      draw({ red, green, blue }) {
        const colors = model.get("colors"), about = model.get("about"), color = [red, green, blue];
        const names = nearest(colors, color);
        return {
          picture: [
            node("div", { class: "eb-color" }, swatch(["your colour", ...color], "eb-big-swatch"),
              node("ol", { class: "eb-names", "aria-label": "Nearest named colours" }, names.map((named) =>
                node("li", {}, swatch(named), `${named[0]} [${named.slice(1).join(", ")}]`)))),
            node("p", { class: "eb-caption eb-above" }, `Named colours within ${about} of each number alone, and of all three`),
            channelRows(colors, color, about),
          ],
          text: sentence(colors, color, about),
        };
      },
    });
  },
};
