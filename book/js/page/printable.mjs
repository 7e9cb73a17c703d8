// A printed page has its light colours and every picture, also of widgets that nobody scrolled to.

const PATIENCE = 15_000; // ms; after it a page is printed as it is

export function printable() {
  const root = document.documentElement;
  let theme;
  addEventListener("beforeprint", () => {
    if (theme !== undefined) return;
    for (const image of document.images) image.loading = "eager";
    theme = root.dataset.theme;
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    if (theme !== undefined) root.dataset.theme = theme;
    theme = undefined;
  });

  // A browser does not wait for what a page still loads: so the page's own button and the usual keys do.
  const print = window.print.bind(window);
  window.print = async () => {
    dispatchEvent(new Event("beforeprint"));
    const pictures = [...document.images].map((image) => image.decode().catch(() => {}));
    await Promise.race([Promise.all([drawn(), ...pictures]), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    print();
  };
  addEventListener("keydown", (event) => {
    if (event.key !== "p" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    window.print();
  });
}

/** Resolves when no view waits for its data. */
function drawn() {
  const waits = () => document.querySelector('.eb-view[data-state="waiting"]');
  return new Promise((resolve) => {
    if (!waits()) return resolve();
    const watched = new MutationObserver(() => {
      if (waits()) return;
      watched.disconnect();
      resolve();
    });
    watched.observe(document.body, { subtree: true, attributeFilter: ["data-state"] });
  });
}
