// Draws the widgets that the notebooks stored, on a page without a kernel, with native controls.

import { fill } from "./card.mjs";
import { modelsOf } from "./models.mjs";

const stored = document.querySelector('script[type="application/vnd.jupyter.widget-state+json"]');
if (stored) {
  const models = modelsOf(JSON.parse(stored.textContent)), cards = [...document.querySelectorAll(".eb-card")];
  for (const card of cards) fill(card, models);
}
