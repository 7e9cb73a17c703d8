// Where a view's data comes from: scripts of the built site, or the kernel of a notebook.

export const KERNEL_PATIENCE = 20_000; // ms; a message waits behind a running cell
export const KERNEL_BUSY = "The kernel is busy or not running. This picture fills when it answers; if it has stopped, start it and run this cell again.";

/** The folder of the built site, or undefined in a notebook. Sphinx writes it on <html>; JupyterLab has none. */
export function siteRoot() {
  return globalThis.document?.documentElement.dataset.content_root;
}

/** A data set of a table ("rows", "minilm"): a promise of {meta, arrays}, kept in `kept` unless it fails. */
export function dataset(kept, kind, table, load) {
  const name = `${kind}-${table}`;
  kept[name] ??= load(kind, table).catch((error) => {
    delete kept[name]; // so that another try asks again
    throw error;
  });
  return kept[name];
}

export function fromSite(kind, table) {
  const name = `${kind}-${table}`;
  return new Promise((resolve, reject) => {
    const failed = () => {
      script.remove();
      reject(new Error(`The file ${name}.js of this site did not load.`));
    };
    const script = document.createElement("script"), version = document.documentElement.dataset.data_version;
    script.src = `${siteRoot()}_static/data/${name}.js${version ? `?v=${version}` : ""}`; // a script, since fetch does not read file://
    script.onload = () => {
      try {
        resolve(unpackSite(globalThis.embedbookPacked[name]));
        delete globalThis.embedbookPacked[name]; // the text of a whole table is 40 MB
        script.remove();
      } catch {
        failed(); // what the host sent is not the file, a page of its own for instance
      }
    };
    script.onerror = failed;
    document.head.append(script);
  });
}

export function unpackSite({ meta, arrays }) {
  const bytes = (text) => {
    const letters = atob(text), found = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) found[i] = letters.charCodeAt(i);
    return found.buffer;
  };
  return { meta, arrays: Object.fromEntries(Object.entries(arrays).map(([key, [dtype, text]]) => [key, typed(dtype, bytes(text))])) };
}

/** It waits as long as the view lives: a late answer is as good as a quick one. */
export function fromKernel(model, ended, kind, table) {
  return new Promise((resolve, reject) => {
    const stop = () => model.off("msg:custom", listen);
    const listen = (content, buffers) => {
      if (content.kind !== kind || content.table !== table) return;
      stop();
      if (content.error) return reject(new Error(content.error));
      const parts = content.arrays.map(([key, dtype], i) => [key, typed(dtype, aligned(buffers[i]))]);
      resolve({ meta: content.meta, arrays: Object.fromEntries(parts) });
    };
    model.on("msg:custom", listen);
    ended.addEventListener("abort", stop);
    try {
      model.send({ kind, table });
    } catch {
      stop();
      reject(new Error(KERNEL_BUSY));
    }
  });
}

function aligned(view) {
  return new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength).slice().buffer;
}

function typed(dtype, buffer) {
  return new { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, int32: Int32Array, float32: Float32Array }[dtype](buffer);
}
