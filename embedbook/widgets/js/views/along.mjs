import { bars } from "../plots.mjs";
import { fixed, whole } from "../sentences.mjs";
import { node, view } from "../view.mjs";

const NAMED = 6, numbers = (text) => text.split(" ").filter(Boolean).map(Number);

/** The words in their order, those of the category with a mark that a listener hears. */
function ranked(caption, words, isMember, category) {
  return node("div", {},
    node("p", { class: "eb-caption" }, caption),
    node("ol", { class: "eb-ranked" }, words.map((word) => isMember(word)
      ? node("li", { class: "eb-member" }, word, node("span", { class: "eb-mark-member", role: "img", "aria-label": `(${category})` }, "\u25cf"))
      : node("li", {}, word))));
}

export default view(() => ({
  follow: { number: () => ({ by: 0 }) }, // who moves the slider wants to see that number
  draw({ category, by, number, of, among, categories, words: all, numbers: first, told }) {
    const name = categories[category], words = all.split(" "), { best, largest, left, auc, direction, listed, marked } = told[category];
    const scores = numbers(auc), turned = largest ? scores[best] : 100 - scores[best], members = new Set(numbers(marked));
    const along = [`number ${number}, largest first`, `number ${best}, the best for ${name}, ${largest ? "largest" : "smallest"} first`, `the direction of ${name}`][by];
    const places = numbers([first[number], ...listed][by]), hits = places.filter((place) => members.has(place)).length;
    const score = [scores[number], turned, direction][by], count = whole(by === 0 ? among : left), shown = places.map((place) => words[place]);
    const labels = [`number ${number}`, `the best (${best})`, "the direction"];
    return {
      picture: [
        ranked(`The first ${places.length} of ${count} words along ${along} (\u25cf ${name})`, shown, (word) => members.has(places[shown.indexOf(word)]), name),
        node("div", { class: "eb-above" }, bars(`AUC for ${name}, on words held out (0.50 is a coin toss)`,
          [scores[number], turned, direction].map((value, i) => ({ label: labels[i], value: value / 100, mark: i === by ? "shown" : undefined })))),
      ],
      text: `${of}\u2019s ${count} words along ${along}: ${shown.slice(0, NAMED).join(", ")}, \u2026 ` +
        `Of the first ${places.length}, ${hits} are ${name}. AUC on words held out: ${fixed(score / 100)}, where 0.50 is a coin toss.`,
    };
  },
}));
