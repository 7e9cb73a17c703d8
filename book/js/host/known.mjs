// Which stored models the host knows: the build refuses a page with another one, which a reader would miss.

import { BOXES, VIEW } from "./card.mjs";
import { CONTROLS } from "./controls.mjs";
import { LINKS } from "./models.mjs";

/** What a card has its own way of: sizes and colours. */
const LEFT_OUT = ["LayoutModel", "SliderStyleModel", "DescriptionStyleModel", "TextStyleModel", "CheckboxStyleModel"];

export const KNOWN = new Set([...Object.keys(CONTROLS), ...BOXES, VIEW, ...LINKS, ...LEFT_OUT]);
