// Settings for the scripts that draw stored widgets. Runs before require.js, on pages with widgets only.
(() => {
  "use strict";
  const vendor = new URL("vendor/", document.currentScript.src).href; // right at any depth, and on file://

  window.require = {
    baseUrl: vendor, // html-manager's own files are asked for relative to this
    paths: { anywidget: `${vendor}anywidget/index` },
    waitSeconds: 30,
  };

  // The theme's Font Awesome swaps every <i> for an <svg>; ipywidgets' Play then misses its <i> and stops working.
  window.FontAwesomeConfig = { autoReplaceSvg: "nest" };

  // ipywidgets 8 typesets labels with MathJax 2's call; MathJax 3 gets that call.
  const giveMathJaxItsOldQueue = () => {
    const mathjax = window.MathJax;
    if (!mathjax || mathjax.Hub) return;
    const typeset = element =>
      Promise.resolve(mathjax.startup?.promise).then(() => mathjax.typesetPromise?.([element]));
    mathjax.Hub = {
      Queue: (...calls) =>
        calls.forEach(([name, , element]) => {
          if (name === "Typeset" && element) typeset(element);
        }),
    };
  };
  if (document.readyState === "complete") giveMathJaxItsOldQueue();
  else window.addEventListener("load", giveMathJaxItsOldQueue);
})();
