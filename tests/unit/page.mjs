// A page without a browser: just enough of a document and of a widget's model to mount a view, move its state and read
// what it drew. Calls come as lines of JSON on standard input, each answered by a line; what a view asks of its kernel
// goes out as a line too, and comes back as one.

import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";

class Element {
  constructor(tag) {
    Object.assign(this, { tag, attributes: {}, children: [], dataset: {}, handlers: {}, style: { setProperty: (name, value) => { this.attributes[`style:${name}`] = value; } } });
  }
  setAttribute(name, value) { this.attributes[name] = String(value); }
  getAttribute(name) { return this.attributes[name] ?? null; }
  contains() { return false; }
  appendChild(child) { this.append(child); return child; }
  append(...children) { this.children.push(...children.map((child) => (child instanceof Element ? child : String(child)))); }
  replaceChildren(...children) { this.children = []; this.append(...children); }
  get textContent() { return this.children.map((child) => child.textContent ?? child).join(""); }
  set textContent(text) { this.children = text === "" ? [] : [text]; }
  get firstChild() { const [first] = this.children; return typeof first === "string" ? { textContent: first } : first; }
  addEventListener(kind, handler) { this.handlers[kind] = handler; }
  closest() { return null; }
  focus() {}
  remove() {}
  getBoundingClientRect() { return { left: 0, top: 0, width: 640, height: 640 }; }
  tree() { return [this.tag, { ...this.attributes }, this.children.map((child) => child.tree?.() ?? child)]; }
}

class Model {
  constructor(state) { Object.assign(this, { state, handlers: {}, asked: 0 }); }
  get(name) { return this.state[name]; }
  set(name, value) {
    const changes = typeof name === "object" ? name : { [name]: value };
    const changed = Object.keys(changes).filter((trait) => this.state[trait] !== changes[trait]);
    Object.assign(this.state, changes);
    for (const trait of changed) this.tell(`change:${trait}`);
  }
  save_changes() {}
  on(event, handler) { (this.handlers[event] ??= []).push(handler); }
  off(event, handler) { this.handlers[event] = this.handlers[event]?.filter((other) => other !== handler); }
  tell(event, ...what) { for (const handler of [...(this.handlers[event] ?? [])]) handler(...what); }
  send(content) { this.asked++; say({ ask: content }); }
}

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const settled = async (root) => { do await new Promise(setImmediate); while (model?.asked || root?.attributes["aria-busy"] === "true"); };
let model;

const scripts = {}; // asked for by a page of the site, by data set
globalThis.document = { documentElement: { dataset: {} }, head: { append(script) {
  const [, kind, file] = script.src.match(/_static\/data\/(.*)-([^-]*)\.js$/), table = model.get("tables")[model.get("files").indexOf(file)];
  scripts[`${kind}-${table}`] = { script, name: `${kind}-${file}` };
  model.send({ kind, table });
} }, createElement: (tag) => new Element(tag), createElementNS: (_, tag) => new Element(tag) };
globalThis.addEventListener = () => {};
globalThis.IntersectionObserver = class {
  constructor(seen) { this.seen = seen; }
  observe() { this.seen([{ isIntersecting: true }]); }
  disconnect() {}
};

const home = new URL("../../embedbook/widgets/js/", import.meta.url), js = {}, views = {};
for (const name of readdirSync(home).filter((name) => name.endsWith(".mjs"))) Object.assign(js, await import(new URL(name, home)));
for (const name of readdirSync(new URL("views/", home))) views[name.replace(".mjs", "")] = await import(new URL(`views/${name}`, home));

/** Mount a view on a state, change it step by step, and tell after each step what stands there. */
async function play({ view, state, steps, root, search = "" }) {
  document.documentElement.dataset.content_root = root;
  globalThis.location = new URL(`file:///book/page.html${search}`);
  globalThis.history = { state: null, replaceState() {} };
  model = new Model(state);
  const el = new Element("div"), end = views[view].default.render({ model, el });
  const seen = [];
  for (const changes of [{}, ...steps]) {
    const [shown] = el.children;
    model.set(changes);
    await settled(shown);
    const [problem, picture, text] = ["eb-problem", "eb-picture", "eb-text"].map((kind) => shown.children.find(({ attributes }) => attributes.class === kind));
    seen.push({ kind: shown.dataset.state, text: text.textContent, problem: problem.textContent, picture: picture.tree(), state: { ...model.state } });
  }
  end();
  model = undefined;
  return seen;
}

const call = { play, run: ({ body, data }) => new (async () => {}).constructor("js", "views", "data", body)(js, views, data) };
createInterface({ input: process.stdin }).on("line", async (line) => {
  const { kind, content, answer, buffers } = JSON.parse(line);
  if (answer) {
    const asked = `${answer.kind}-${answer.table}`, { script, name } = scripts[asked] ?? {};
    if (script) {
      const arrays = answer.arrays?.map(([name, dtype], i) => [name, [dtype, buffers[i]]]);
      (globalThis.embedbookPacked ??= {})[name] = arrays && { meta: answer.meta, arrays: Object.fromEntries(arrays) };
      delete scripts[asked];
      script.onload();
    } else {
      model.tell("msg:custom", answer, buffers.map((text) => new DataView(Uint8Array.from(Buffer.from(text, "base64")).buffer)));
    }
    model.asked--;
    return;
  }
  try {
    say({ value: (await call[kind](content)) ?? null });
  } catch (error) {
    say({ error: String(error.stack) });
  }
});
