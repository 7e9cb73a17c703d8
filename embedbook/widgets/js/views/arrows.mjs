import { fixed } from "../sentences.mjs";
import { node, view } from "../view.mjs";

const UNIT = 130, X = 320, Y = 290; // pixels a length of 1 takes, and where both arrows start

function arrow(x, y, kind) {
  const turned = (Math.atan2(-y, x) * 180) / Math.PI;
  return node("svg:g", { class: kind },
    node("svg:line", { x1: X, y1: Y, x2: X + x * UNIT, y2: Y - y * UNIT }),
    node("svg:path", { d: "M0 0L-16 7L-16-7Z", transform: `translate(${X + x * UNIT} ${Y - y * UNIT}) rotate(${turned})` }));
}

/** The angle and length of an arrow that ends where a pointer is, as the sliders can have them. */
export function pointed(x, y) {
  const angle = Math.round((Math.atan2(y, x) * 180) / Math.PI), length = Math.round(10 * Math.hypot(x, y)) / 10;
  const above = angle < -90 ? 180 : Math.max(0, angle); // below the line the nearest end of the slider
  return { angle: above, length: Math.min(2, Math.max(0.2, length)) };
}

/** The second arrow's end can be dragged; the picture around it, which is drawn anew at each step, says where it is. */
function handle(x, y, change) {
  const grip = node("svg:circle", { class: "eb-grip", cx: X + x * UNIT, cy: Y - y * UNIT, r: 24 });
  grip.addEventListener("pointerdown", (event) => {
    const frame = grip.closest(".eb-picture"), ended = new AbortController(), { signal } = ended;
    const follow = (moved) => {
      const box = frame.getBoundingClientRect(), scale = 640 / box.width;
      change(pointed(((moved.clientX - box.left) * scale - X) / UNIT, (Y - (moved.clientY - box.top) * scale) / UNIT));
    };
    event.preventDefault();
    addEventListener("pointermove", follow, { signal });
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => ended.abort(), { signal });
  });
  return grip;
}

export default view((change) => ({
  draw({ angle, length }) {
    const turned = (angle * Math.PI) / 180, cosine = Math.cos(turned), x = length * cosine, y = length * Math.sin(turned);
    const said = `cosine ${fixed(cosine)}, dot product ${fixed(x)}`;
    const svg = node("svg:svg", { viewBox: "0 0 640 320", class: "eb-plot eb-arrows", role: "img", "aria-label": `Two arrows ${angle} degrees apart: ${said}.` },
      node("svg:line", { class: "eb-grid", x1: 40, x2: 600, y1: Y, y2: Y }),
      node("svg:line", { class: "eb-now eb-mean", x1: X + x * UNIT, x2: X + x * UNIT, y1: Y - y * UNIT, y2: Y }),
      node("svg:line", { class: "eb-shadow", x1: X, x2: X + x * UNIT, y1: Y, y2: Y }),
      arrow(1, 0, "eb-arrow"), arrow(x, y, "eb-arrow eb-second"),
      node("svg:text", { x: 24, y: 36, class: "eb-strong" }, `cosine ${fixed(cosine)}`),
      node("svg:text", { x: 24, y: 62 }, `dot product ${fixed(x)}`), handle(x, y, change));
    return {
      picture: [svg],
      text: `An angle of ${angle}\u00b0: the cosine is ${fixed(cosine)}. With lengths 1.0 and ${fixed(length, 1)} the dot product is ${fixed(x)}.`,
    };
  },
}));
