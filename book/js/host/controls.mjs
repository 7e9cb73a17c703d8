// A native control for each kind of ipywidgets control that the book uses. Each is tied to its model both ways.

import { node } from "./dom.mjs";

const SEGMENTS = 4; // so many choices stand side by side; more of them in a list
const LETTERS = 16; // that fit into one column of controls, of which there are four: of a text, or of choices side by side
const PAGE = 5; // steps of PageUp and PageDown, as in JupyterLab

/** By the name of the model: a function of the model that returns its element. */
export const CONTROLS = {
  TextModel: textBox,
  CheckboxModel: checkBox,
  DropdownModel: choice,
  IntSliderModel: slider,
  FloatSliderModel: slider,
  SelectionSliderModel: stops,
  PlayModel: play,
};

let count = 0;

function labelled(model, control, ...more) {
  control.id = `eb-control-${++count}`;
  return node("div", { class: "eb-control" }, node("label", { for: control.id, class: "eb-name" }, model.get("description")), ...more, control);
}

/** Shows the traits now and whenever one of them changes. */
function follow(model, traits, show) {
  for (const trait of traits) model.on(`change:${trait}`, show);
  show();
}

function textBox(model) {
  const box = node("input", { type: "text", spellcheck: "false", autocapitalize: "off", autocomplete: "off" });
  box.addEventListener("input", () => model.set("value", box.value));
  follow(model, ["value"], () => {
    if (box.value !== model.get("value")) box.value = model.get("value"); // else the caret would jump to the end
  });
  const control = labelled(model, box);
  if (model.stored.value.length > LETTERS) control.classList.add("eb-long");
  return control;
}

function checkBox(model) {
  const box = node("input", { type: "checkbox" });
  box.addEventListener("change", () => model.set("value", box.checked));
  follow(model, ["value"], () => (box.checked = model.get("value")));
  return node("div", { class: "eb-control eb-switch" }, node("label", {}, box, node("span", {}, model.get("description"))));
}

function slider(model) {
  const digits = Number(/\.(\d+)f/.exec(model.get("readout_format"))?.[1] ?? 0);
  return range(model, "value", ["min", "max", "step"], () => model, (value) => value.toFixed(digits).replace("-", "\u2212"));
}

function stops(model) {
  const labels = model.get("_options_labels");
  return range(model, "index", [], () => new Map([["min", 0], ["max", labels.length - 1], ["step", 1]]), (index) => labels[index]);
}

/** A slider over `trait`; `limits()` has its min, max and step, which change with the traits in `bounds`. */
function range(model, trait, bounds, limits, say) {
  const input = node("input", { type: "range" }), shown = node("output", { class: "eb-value" });
  const control = labelled(model, input, shown);
  shown.htmlFor = input.id;
  input.addEventListener("input", () => model.set(trait, Number(input.value)));
  input.addEventListener("keydown", (event) => {
    const way = { PageUp: 1, PageDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    way > 0 ? input.stepUp(PAGE) : input.stepDown(PAGE);
    model.set(trait, Number(input.value));
  });
  follow(model, [trait, ...bounds], () => {
    for (const bound of ["min", "max", "step"]) input[bound] = limits().get(bound);
    input.value = model.get(trait);
    const { min, max } = input, said = say(Number(input.value));
    input.style.setProperty("--at", max - min ? (input.value - min) / (max - min) : 0);
    input.setAttribute("aria-valuetext", said);
    shown.textContent = said;
  });
  return control;
}

function choice(model) {
  const labels = model.get("_options_labels");
  return labels.length <= SEGMENTS ? segments(model, labels) : list(model, labels);
}

function list(model, labels) {
  const select = node("select", {}, labels.map((label) => node("option", {}, label)));
  select.addEventListener("change", () => model.set("index", select.selectedIndex));
  follow(model, ["index"], () => (select.selectedIndex = model.get("index")));
  return labelled(model, select);
}

function segments(model, labels) {
  const name = `eb-control-${++count}`, columns = Math.min(4, Math.ceil(labels.join("").length / LETTERS));
  const radios = labels.map((_, index) => {
    const radio = node("input", { type: "radio", name, value: index });
    radio.addEventListener("change", () => model.set("index", index));
    return radio;
  });
  follow(model, ["index"], () => radios.forEach((radio, index) => (radio.checked = index === model.get("index"))));
  const row = radios.map((radio, index) => node("label", {}, radio, node("span", {}, labels[index])));
  return node("fieldset", { class: columns > 2 ? "eb-control eb-segments eb-wide" : "eb-control eb-segments", style: `--columns: ${columns}` },
    node("legend", { class: "eb-name" }, model.get("description")), node("div", { class: "eb-row" }, row));
}

/** Steps through the values of whatever is linked to it, until its end or until it is pressed again. */
function play(model) {
  const button = node("button", { type: "button" }), { min, max, step, interval } = model.stored;
  let timer;
  const tick = () => (model.get("value") + step > max ? model.set("playing", false) : model.set("value", model.get("value") + step));
  button.addEventListener("click", () => {
    if (!model.get("playing") && model.get("value") >= max) model.set("value", min);
    model.set("playing", !model.get("playing"));
  });
  follow(model, ["playing"], () => {
    clearInterval(timer);
    if (model.get("playing")) timer = setInterval(tick, interval);
    button.textContent = model.get("playing") ? "Pause" : "Play";
  });
  return node("div", { class: "eb-control eb-player" }, button);
}
