"""What a page of the built site weighs, how soon its first widget can be used, how long a step and a search take.

    python benchmarks/site.py [--site _build/html] [page ...]

Weights are of everything that a page loads until it rests at its top, compressed as hosts do. The wait is that of a
slow phone, 1.6 Mbit/s with 150 ms to the server and a quarter of this machine's speed, from an empty cache until the
first widget, scrolled to as soon as it is there, has drawn its picture. A step is from the moved slider to the frame
after the picture; a search of all rows from the pressed button, which loads them from this machine, or from another
word. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from browser import executable  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

PRESSED_ALREADY = (".woff2", ".png", ".woff")
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
SHIFTS = """
globalThis.shifted = 0;
const count = (list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) shifted += one.value; };
new PerformanceObserver(count).observe({ type: "layout-shift", buffered: true });
"""
FIRST_WIDGET = """
new MutationObserver(() => {
  const first = document.querySelector(".eb-view");
  if (first && !globalThis.scrolledTo) { globalThis.scrolledTo = true; first.scrollIntoView(); }
  if (first?.dataset.state === "drawn") globalThis.usable ??= performance.now();
}).observe(document, { subtree: true, childList: true, attributeFilter: ["data-state"] });
"""
STEPS = """async ([slider, count]) => {
  const times = [], frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  for (let i = 0; i < count; i++) {
    await frame();
    const started = performance.now(), before = slider.value;
    slider.stepUp();
    if (slider.value === before) slider.value = slider.min;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await frame();
    times.push(performance.now() - started);
  }
  return times;
}"""
SEARCHED = "notebooks/03_cosine_similarity"
"""The page whose widget of neighbours is asked for all rows."""
WORDS = ["ocean", "music", "doctor", "winter", "green", "seven", "paper", "London", "bread", "teacher"]
SEARCH = """async ([card, words]) => {
  const text = card.querySelector(".eb-text"), box = card.querySelector("input[type=text]");
  const timed = (act) => new Promise((done, fail) => {
    const started = performance.now();
    new MutationObserver((_, observer) => {
      observer.disconnect();
      if (!text.textContent.includes("among all")) fail(new Error(`no search of all rows: ${text.textContent}`));
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - started)));
    }).observe(text, { childList: true, characterData: true, subtree: true });
    act();
  });
  const first = await timed(() => card.querySelector(".eb-search").click()), others = [];
  for (const word of words) others.push(await timed(() => {
    box.value = word;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }));
  return [first, others];
}"""
FLAGS = [
    "--no-sandbox",
    "--disable-frame-rate-limit",  # a step is then its work and drawing, without the wait for the screen's next frame
    "--disable-gpu-vsync",
]


class Server(ThreadingHTTPServer):
    """Silent where a page was closed before it had all that it asked for."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Compressing(SimpleHTTPRequestHandler):
    """Serves text as hosts do, compressed."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        plain = path.suffix in PRESSED_ALREADY
        body = path.read_bytes() if plain else compressed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        if not plain:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@functools.cache
def compressed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 6)


def weigh(browser: Browser, address: str) -> tuple[int, int, float]:
    """Requests, compressed bytes and layout shift of a page that nobody scrolls, on a screen of 1,280 x 720."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.add_init_script(SHIFTS)
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(int(response.headers.get("content-length", 0))))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    shifted = float(page.evaluate("shifted"))
    page.close()
    return len(sizes), sum(sizes), shifted


def first_widget(browser: Browser, address: str) -> float | None:
    """Seconds until the first widget is drawn on a slow phone; None for a page without one."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.add_init_script(FIRST_WIDGET)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(address, timeout=180_000)
    seconds = None
    if page.locator(".eb-card").count():
        page.wait_for_function("() => globalThis.usable", timeout=180_000)
        seconds = page.evaluate("usable") / 1000
    context.close()
    return seconds


def steps(browser: Browser, address: str, count: int = 50) -> list[tuple[str, float, float]]:
    """For each slider of a page: its name with its card's, and the median and the worst time of a step in ms."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    found = []
    for card in page.locator(".eb-card").all():
        card.scroll_into_view_if_needed()
        card.locator('.eb-view[data-state="drawn"]').wait_for(timeout=120_000)
        for slider in card.locator("input[type=range]").all():
            times = page.evaluate(STEPS, [slider.element_handle(), count])
            label = slider.evaluate("slider => slider.labels[0].textContent")
            name = f"{(card.get_attribute('id') or '').removeprefix('widget-')} / {label}"
            found.append((name, median(times), max(times)))
    page.close()
    return found


def search(browser: Browser, address: str) -> tuple[float, float]:
    """Of a search of all rows: ms of the first, which loads them; the median of ten more words."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}?neighbors=table:0")
    card = page.locator("#widget-neighbors")
    card.scroll_into_view_if_needed()
    card.locator('.eb-view[data-state="drawn"]').wait_for(timeout=120_000)
    page.wait_for_load_state("networkidle")
    first, others = page.evaluate(SEARCH, [card.element_handle(), WORDS])
    page.close()
    return first, median(others)


def pages() -> list[str]:
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [contents["root"], *(chapter["file"] for part in contents["parts"] for chapter in part["chapters"])]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="*", help="pages without their ending (default: all)")
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    options = parser.parse_args()
    handler = functools.partial(Compressing, directory=str(options.site.resolve()))
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        print(f"{'page':34s} requests      kB   shift   first widget")
        for name in options.pages or pages():
            address = f"http://127.0.0.1:{server.server_address[1]}/{name}.html"
            requests, size, shift = weigh(browser, address)
            seconds = first_widget(browser, address)
            wait = "" if seconds is None else f"{seconds:12.1f} s"
            print(f"{name:34s} {requests:8d} {size / 1000:7.0f} {shift:7.3f} {wait}", flush=True)
            for slider, middle, worst in steps(browser, address):
                print(f"    {slider:42s} median {middle:5.0f} ms   worst {worst:5.0f} ms", flush=True)
            if name == SEARCHED:
                for path in (options.site.resolve() / "_static" / "data").glob("rows-*-smollm2.js"):
                    compressed(path)  # as a host has them, so that the browser's work is timed and not this server's
                first, again = search(browser, address)
                print(f"    {'neighbors / all rows':42s} first {first:6.0f} ms   again {again:5.0f} ms", flush=True)
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
