"""The whole table in a real browser on a page of nothing else, by http and as a file, with the network refused.

How fast it is, on the machine that asks: ``python -m pytest tests/site/test_packs.py -s`` prints it.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from node import node
from playwright.sync_api import expect
from serve import make_server  # tools/ is on the path

from embedbook import tables, widgets
from embedbook.widgets import datasets, packs
from embedbook.widgets.view import Panel
from tests.conftest import ROOT, watch

PAGE = """<!doctype html><html lang="en" data-content_root="./" data-data_version="1f"><meta charset="utf-8"><title>rows</title>
<link rel="icon" href="data:,"><script src="engine.js"></script>"""

SEARCH = """async ([table, words]) => {
    const { openStore, fromSite } = engine, times = {}, told = [];
    const timed = async (name, run) => { const from = performance.now(), made = await run(); times[name] = Math.round(performance.now() - from); return made; };
    const load = (kind) => fromSite(kind, table);
    const store = await timed("first pack", async () => openStore(await load("pack"), load));
    await timed("tokens", () => store.cut("The capital of France is Paris"));
    const ids = await timed("a rare word's chunk", async () => { const ids = await Promise.all(words.map(store.find)); await store.rows(ids); return ids; });
    const near = () => ids.map((id) => store.nearest([[id, 1]], { k: 5, exclude: [id] }));
    const first = near();
    await timed("all rows", () => store.loadAll({ progress: (count, of) => told.push(count / of) }));
    const whole = await timed("one search of all rows", () => near());
    times["one search of all rows"] /= ids.length;
    const from = performance.now();
    for (let step = 0; step < 50; step++) store.nearest([[ids[0], 1], [ids[1], step / 25]], { k: 5 });
    times["a step of a sum"] = (performance.now() - from) / 50;
    return { ids, first, whole, told, times, left: [document.scripts.length, Object.keys(embedbookPacked).length] };
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with one page: the scripts of two tables and the engine."""
    made = tmp_path_factory.mktemp("rows")
    datasets.write_site_data(made / "_static" / "data", ["smollm2", "glove"])
    (made / "index.html").write_text(PAGE, encoding="utf-8")
    source = (
        'export { openStore } from "./store.mjs"; export { fromSite } from "./transport.mjs";'
        'export { default as neighbors } from "./views/neighbors.mjs";'
    )
    esbuild = [node(), ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"]
    options = ["--bundle", "--format=iife", "--global-name=engine", f"--outfile={made / 'engine.js'}"]
    home = ROOT / "embedbook" / "widgets" / "js"
    subprocess.run([*esbuild, *options, "--log-level=warning"], input=source, cwd=home, text=True, check=True)
    return made


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    server = make_server(folder, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()


@pytest.mark.parametrize("name", ["smollm2", "glove"])
@pytest.mark.parametrize("home", ["http", "file"])
def test_a_search_of_all_rows(chromium: Any, folder: Path, served: str, home: str, name: str) -> None:
    """The nearest words are those of numpy on the rows themselves, as they travel."""
    table, page = tables.load(name), chromium.new_page()
    complaints, asked = watch(page), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(served if home == "http" else folder.as_uri() + "/index.html")
    words = [table.word(i) for i in packs.chunk_ids(table, packs.chunks(table) - 1)[-2:]]
    seen = page.evaluate(SEARCH, [name, words])
    print(f"\n{name} by {home}, in ms: {seen['times']}")
    assert seen["ids"] == [table.find(word) for word in words]
    carried = packs.carried(table)
    unit = table.vectors[:carried] / np.linalg.norm(table.vectors[:carried], axis=1, keepdims=True)
    for answers, among in ((seen["first"], len(packs.pack_ids(table))), (seen["whole"], carried)):
        pool = packs.pack_ids(table) if among < carried else np.arange(carried)
        for token_id, answer in zip(seen["ids"], answers, strict=True):
            cosines = unit[pool] @ unit[token_id]
            best = np.sort(cosines[pool != token_id])[::-1][:5]
            assert [one["value"] for one in answer] == pytest.approx(best, abs=2e-5)
    assert len(seen["told"]) == packs.chunks(table) - 1 and seen["told"][-1] == 1
    assert complaints.all() == []
    data = [url for url in asked if f"-{name}.js" in url]
    assert len(data) == len(set(data)) == packs.chunks(table) + 2  # each once
    assert {url.split("?v=")[1] for url in data} == {"1f"}
    assert seen["left"] == [1, 0]  # no script and no text of the rows stays behind
    page.close()


def test_a_chunk_that_does_not_come_is_said_and_asked_for_again(chromium: Any, folder: Path, served: str) -> None:
    page, refuse = chromium.new_page(), [True]
    page.route("**/rows-3-glove.js*", lambda route: route.abort() if refuse[0] else route.continue_())
    page.goto(served)
    said = page.evaluate(
        "async () => { globalThis.load = (kind) => engine.fromSite(kind, 'glove');"
        "globalThis.store = engine.openStore(await load('pack'), load);"
        "return store.loadAll().then(() => '', (error) => error.message); }"
    )
    assert said == "The file rows-3-glove.js of this site did not load."
    refuse[0] = False
    assert page.evaluate("store.loadAll().then(() => [store.whole, store.count])") == [True, 50_000]
    page.close()


MOUNT = """(state) => {
    const handlers = {}, model = {
        get: (name) => state[name],
        set: (name, value) => { state[name] = value; (handlers[`change:${name}`] ?? []).forEach((handler) => handler()); },
        on: (event, handler) => (handlers[event] ??= []).push(handler), off() {}, save_changes() {}, send() {},
    };
    globalThis.model = model;
    document.body.append(globalThis.el = document.createElement("main"));
    engine.neighbors.render({ model, el });
}"""


def mount(page: Any, panel: Panel, **changed: Any) -> None:
    """Put the panel's view on the page, some of its state changed."""
    state = {name: value for name, value in panel.view.get_state().items() if not name.startswith("_")}
    page.evaluate(MOUNT, {name: value for name, value in state.items() if name != "layout"} | changed)


def test_a_table_that_the_site_lacks_ends_the_wait_for_another(chromium: Any, folder: Path, served: str) -> None:
    """The view is busy no more, what comes late is not drawn over the message, and it is there when asked for again."""
    page, held = chromium.new_page(), []
    complaints = watch(page)
    page.route("**/pack-glove.js*", lambda route: held.append(route))
    page.goto(served)
    own = tables.from_vectors(["north", "east"], [[0, 1], [1, 0]], name="compass")
    panel = widgets.neighbors("Paris", tables=["glove", own])
    panel.view.table = 0
    mount(page, panel)
    view, problem = page.locator(".eb-view"), page.locator(".eb-problem")
    expect(view).to_have_attribute("aria-busy", "true")
    page.evaluate("model.set('table', 1)")
    expect(problem).to_have_text("The rows of compass are only in the notebook, where this widget shows them.")
    expect(view).to_have_attribute("aria-busy", "false")
    with page.expect_response("**/pack-glove.js*"):
        held.pop().continue_()
    page.wait_for_function("'pack-GloVe' in embedbookDatasets && !Object.keys(embedbookPacked ?? {}).length")
    page.wait_for_timeout(200)
    expect(view).to_have_attribute("aria-busy", "false")
    assert view.get_attribute("data-state") == "problem" and page.locator(".eb-text").inner_text() == ""
    page.evaluate("model.set('table', 0)")
    expect(page.locator(".eb-text")).to_have_text(panel.view.text())
    expect(view).to_have_attribute("aria-busy", "false")
    assert complaints.all() == []
    page.close()


def test_a_reader_asks_for_all_rows(chromium: Any, folder: Path, served: str) -> None:
    """By keyboard: it starts, stops, goes on after a file that did not come, and ends with Python's sentence on all rows."""
    page, held = chromium.new_page(), []
    complaints = watch(page)
    page.route("**/rows-9-glove.js*", lambda route: held.append(route))
    page.goto(served)
    panel = widgets.neighbors("Paris", tables=["glove"])
    mount(page, panel)
    text, button, note = page.locator(".eb-text"), page.locator(".eb-search"), page.locator(".eb-note")
    expect(text).to_have_text(panel.view.text())
    expect(button).to_have_text("Search all 50,000 rows (5 MB)")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_text("Stop")
    page.wait_for_function("document.querySelector('progress').value > 20_000")
    page.evaluate("model.set('word', 'London')")  # another question while rows come
    panel.view.word = "London"
    expect(text).to_have_text(panel.view.text())
    assert not page.locator("progress").is_hidden()
    button.focus()
    page.keyboard.press("Enter")
    held.pop().abort()
    expect(button).to_have_text("Go on searching all 50,000 rows")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.eb-search').textContent === 'Stop'")
    page.wait_for_timeout(300)
    held.pop().abort()
    expect(note).to_have_text("The file rows-9-glove.js of this site did not load.")
    page.unroute("**/rows-9-glove.js*")
    page.keyboard.press("Enter")
    panel.view.sources = [replace(panel.view.chosen, whole=True)]
    expect(text).to_have_text(panel.view.text())
    assert "In GloVe, among the first 50,000 of 400,000 rows, london is nearest to" in panel.view.text()
    expect(button).to_have_count(0)
    page.evaluate("model.set('word', 'defenestration')")
    expect(page.locator(".eb-problem")).to_contain_text(
        "“defenestration” is not among the first 50,000 of 400,000 words."
    )
    assert all("rows-9-glove" in one or "ERR_FAILED" in one for one in complaints.all())
    page.close()
