import { bars, linePlot } from "../plots.mjs";
import { fixed, quoted, whole } from "../sentences.mjs";
import { node, view } from "../view.mjs";

const numbers = (text) => text.split(" ").map(Number);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

export default view(() => ({
  draw({ layer, sentence, layers, rows, word, sentences, senses, told_by: toldBy, nearest, cosines, random, pairs }) {
    const words = nearest[layer][sentence].split("\t"), near = numbers(cosines[layer][sentence]).map((value) => value / 100);
    const alike = numbers(pairs[layer][sentence]).map((value) => value / 100), average = numbers(random[layer])[sentence] / 100;
    const others = sentences.map((_, i) => i).filter((i) => i !== sentence);
    const best = others.reduce((first, i) => (alike[i] > alike[first] ? i : first)), least = others.reduce((first, i) => (alike[i] < alike[first] ? i : first));
    const where = layer ? `after layer ${layer} of ${layers}` : "before the first layer";
    const over = (own) => pairs.map((at, i) => [i, mean(others.filter((j) => (senses[j] === senses[sentence]) === own).map((j) => numbers(at[sentence])[j] / 100))]);
    return {
      picture: [
        node("div", { class: "eb-columns" },
          bars(`Nearest rows, of all ${whole(rows)}`, words.map((label, i) => ({ label, value: near[i] })), "", average),
          bars(`${word} in the sentence with \u2026 (bold: same meaning)`, others.map((i) => ({ label: toldBy[i], value: alike[i], mark: senses[i] === senses[sentence] ? "shown" : undefined })))),
        node("p", { class: "eb-caption eb-above" }, `Cosine with ${word} in the other sentences, by layer`),
        linePlot({
          label: `Over layers 0 to ${layers}: the mean cosine with the other sentences of the same meaning, and of the other meaning.`,
          series: [["same meaning", true], ["other meaning", false]].map(([label, own]) => ({ label, points: over(own) })),
          x: { from: 0, to: layers, ticks: [0, layers / 2, layers].map((at) => [at, String(at)]) },
          y: { from: 0, to: 1, ticks: [0, 0.5, 1].map((value) => [value, fixed(value, 1)]) },
          now: layer,
          unit: "layer",
        }),
      ],
      text: `${word} in ${quoted(sentences[sentence])}, ${where}: the nearest of all ${whole(rows)} rows are ` +
        `${words.map((row, i) => `${quoted(row)} ${fixed(near[i])}`).join(", ")}; the average row is at ${fixed(average)}. ` +
        (alike[least] === alike[best] ? `Its cosine with ${word} in every other sentence is ${fixed(alike[best])}.`
          : `Most like it is ${word} in the sentence with ${toldBy[best]} (${fixed(alike[best])}), least with ${toldBy[least]} (${fixed(alike[least])}).`),
    };
  },
}));
