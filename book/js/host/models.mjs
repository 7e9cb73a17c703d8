// The widgets that a notebook stored, as models that follow one another: what a kernel and ipywidgets would keep.

/** A stored model with the part of anywidget's interface that a view may use on a page without a kernel. */
export class Model {
  #state;
  #listeners = new Map();

  constructor({ model_name: name, state }) {
    this.name = name;
    this.stored = state;
    this.#state = { ...state };
  }

  get(trait) {
    return this.#state[trait];
  }

  /** One trait and its value, or an object of several. Whoever listens is told after all of them are set. */
  set(trait, value) {
    const changed = Object.entries(typeof trait === "object" ? trait : { [trait]: value }).filter(([name, wanted]) => !same(this.#state[name], wanted));
    for (const [name, wanted] of changed) this.#state[name] = wanted;
    for (const [name, wanted] of changed) this.#tell(`change:${name}`, this, wanted);
    if (changed.length) this.#tell("change", this);
  }

  on(names, listener) {
    for (const name of names.split(" ")) {
      if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
      this.#listeners.get(name).add(listener);
    }
  }

  off(names, listener) {
    for (const name of names?.split(" ") ?? [...this.#listeners.keys()]) listener ? this.#listeners.get(name)?.delete(listener) : this.#listeners.delete(name);
  }

  save_changes() {} // no kernel keeps them
  send() {} // and none answers

  /** All traits back to what the notebook stored. */
  reset() {
    this.set(this.stored);
  }

  #tell(name, ...about) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(...about);
  }
}

function same(one, other) {
  return Object.is(one, other) || (typeof one === "object" && typeof other === "object" && JSON.stringify(one) === JSON.stringify(other));
}

/** All models of a page by their ids, tied to one another as the notebook linked them. */
export function modelsOf({ state }) {
  const models = new Map(Object.entries(state).map(([id, stored]) => [id, new Model(stored)]));
  for (const model of models.values()) if (LINKS.has(model.name)) tie(model, models);
  return models;
}

/** What jslink and jsdlink store. */
export const LINKS = new Set(["LinkModel", "DirectionalLinkModel"]);

function tie(link, models) {
  const [[source, from], [target, to]] = ["source", "target"].map((end) => link.get(end)).map(([reference, trait]) => [find(models, reference), trait]);
  const forth = () => target.set(to, source.get(from));
  source.on(`change:${from}`, forth);
  if (link.name === "LinkModel") target.on(`change:${to}`, () => source.set(from, target.get(to)));
  forth();
}

/** The model that a stored reference, IPY_MODEL_ and an id, stands for. */
export function find(models, reference) {
  return models.get(reference.replace("IPY_MODEL_", ""));
}
