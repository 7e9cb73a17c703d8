"""The host that draws stored widgets, and the page around it: cards, links, keys, weight, print, search."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from node import node  # tools/ is on the path

from embedbook import tables
from embedbook.widgets import packs
from embedbook.widgets.basis import turned
from embedbook.widgets.sentences import fixed
from tests.conftest import ROOT
from tests.scenarios import control
from tests.site.conftest import Visit

CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [CONTENTS["root"], *(chapter["file"] for part in CONTENTS["parts"] for chapter in part["chapters"])]
CHAPTERS = [name for name in PAGES if name.startswith("notebooks/")]
INDEX = CONTENTS["root"]
TRAINING = "notebooks/04_random_initialization"
MODELS = (ROOT / "book" / "js" / "host" / "models.mjs").as_uri()
SHIFTS = """
globalThis.shifted = 0;
new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) shifted += one.value; })
  .observe({ type: "layout-shift", buffered: true });
"""
PRINTED = """
globalThis.print = () => {
  const states = [...document.querySelectorAll(".eb-view")].map((view) => view.dataset.state);
  const folded = document.querySelectorAll(".bd-article details:not([open], .eb-how)").length;
  globalThis.printed = { states, folded, theme: document.documentElement.dataset.theme };
};
"""


def card(page: Any, key: str) -> Any:
    """The card of that key, in sight and drawn."""
    found = page.locator(f"#widget-{key}")
    found.scroll_into_view_if_needed()
    found.locator('.eb-view[data-state="drawn"]').wait_for()
    return found


def test_models_follow_one_another_as_links_say() -> None:
    """jslink ties both ways and jsdlink one, from the source first; equal values stop a circle; reset undoes it all."""
    stored = {
        "a": {"model_name": "IntSliderModel", "state": {"value": 3, "max": 9}},
        "b": {"model_name": "AnyModel", "state": {"k": 1, "top": 2}},
        "both": {
            "model_name": "LinkModel",
            "state": {"source": ["IPY_MODEL_a", "value"], "target": ["IPY_MODEL_b", "k"]},
        },
        "one": {
            "model_name": "DirectionalLinkModel",
            "state": {"source": ["IPY_MODEL_b", "top"], "target": ["IPY_MODEL_a", "max"]},
        },
    }
    script = f"""
    const {{ modelsOf }} = await import({json.dumps(MODELS)});
    const models = modelsOf({{ state: {json.dumps(stored)} }}), a = models.get("a"), b = models.get("b");
    const heard = [], said = [], note = () => said.push([a.get("value"), a.get("max"), b.get("k"), b.get("top")]);
    const listen = (model, value) => heard.push(value);
    b.on("change:k change:top", listen);
    note(); a.set("value", 5); note(); b.set({{ k: 7, top: 4 }}); note(); a.set("max", 8); note();
    b.off("change:k", listen); a.set("value", 6); b.set("top", 4); a.set("value", 6);
    a.reset(); b.reset(); note();
    console.log(JSON.stringify({{ said, heard }}));
    """
    run = subprocess.run([node(), "--input-type=module", "--eval", script], capture_output=True, text=True, check=True)
    answer = json.loads(run.stdout)
    assert answer["said"] == [[3, 2, 3, 2], [5, 2, 5, 2], [7, 4, 7, 4], [7, 8, 7, 4], [1, 2, 1, 2]]
    assert answer["heard"] == [5, 7, 4, 2]


@pytest.mark.parametrize("name", [INDEX, *CHAPTERS])
def test_each_stored_control_is_a_native_one_with_its_name(visit: Visit, name: str) -> None:
    """By the stored labels, whatever the controls of a card are drawn as; none of another library's is left."""
    stored = json.loads((ROOT / f"{name}.ipynb").read_text(encoding="utf-8"))["metadata"]["widgets"]
    states = stored["application/vnd.jupyter.widget-state+json"]["state"].values()
    labels = [model["state"]["description"] for model in states if model["state"].get("description")]
    page = visit(f"{name}.html")
    shown = page.locator(".eb-name, .eb-switch label").all_inner_texts()
    assert sorted(text.strip() for text in shown) == sorted(labels)
    assert page.locator(".jupyter-widgets, .noUi-target").count() == 0
    unnamed = page.locator(".eb-card").evaluate_all(
        "(cards) => cards.flatMap((card) => [...card.querySelectorAll('input, select')])"
        ".filter((one) => !one.labels[0]?.textContent.trim()).length"
    )
    assert unnamed == 0
    assert page.complaints.all() == []


@pytest.mark.parametrize("name", [INDEX, *CHAPTERS])
def test_a_card_fits_a_projector(visit: Visit, name: str) -> None:
    """Controls, picture, sentence and foot within 720 px, and no page jumps while it loads.

    A quiz has no picture and no controls: each of its questions fits.
    """
    page = visit(f"{name}.html", SHIFTS, height=720)
    assert page.evaluate("shifted") < 0.02
    for key in page.locator(".eb-card").evaluate_all("cards => cards.map((one) => one.id.replace('widget-', ''))"):
        shown = card(page, key)
        for part in shown.locator(".eb-question").all() if key == "quiz" else [shown]:
            assert part.bounding_box()["height"] <= 720, key


@pytest.mark.parametrize("name", [INDEX, "notebooks/03_cosine_similarity"])
def test_a_phone_sees_no_jump_either(visit: Visit, name: str) -> None:
    assert visit(f"{name}.html", SHIFTS, width=390, height=844).evaluate("shifted") < 0.1


def test_reset_brings_back_what_was_stored(visit: Visit) -> None:
    page = visit("notebooks/06_table_sizing.html")
    size = card(page, "size")
    first = size.locator(".eb-text").inner_text()
    control(size.locator(".eb-view"), "Model").select_option(label="DeepSeek-V3")
    control(size.locator(".eb-view"), "Dimensions").press("ArrowLeft")
    control(size.locator(".eb-view"), "tie the head").click()
    page.wait_for_function("(text) => document.querySelector('.eb-text').textContent !== text", arg=first)
    size.get_by_role("button", name="Reset").click()
    page.wait_for_function("(text) => document.querySelector('.eb-text').textContent === text", arg=first)
    assert control(size.locator(".eb-view"), "Model").evaluate("list => list.selectedIndex") == 0
    assert control(size.locator(".eb-view"), "tie the head").is_checked()


def test_a_copied_link_opens_its_widget_at_its_setting(visit: Visit) -> None:
    page = visit("notebooks/03_cosine_similarity.html", permissions=["clipboard-read", "clipboard-write"])
    control(card(page, "neighbors").locator(".eb-view"), "Word").fill("king")
    page.wait_for_function("() => location.search.includes('king')")
    page.locator("#widget-neighbors").get_by_role("button", name="Copy link").click()
    page.locator("#widget-neighbors .eb-said", has_text="Link copied.").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.endswith("#widget-neighbors")
    landed = visit(link)
    landed.wait_for_function("() => document.querySelector('#widget-neighbors .eb-text').textContent.includes('king')")
    top = landed.locator("#widget-neighbors").evaluate("one => one.getBoundingClientRect().top")
    assert 0 <= top < 300


def test_a_text_that_is_too_long_for_a_link_is_said(visit: Visit) -> None:
    page = visit(f"{INDEX}.html", permissions=["clipboard-read", "clipboard-write"])
    found = card(page, "neighbors")
    control(found.locator(".eb-view"), "Word").fill("long " * 2_000)
    page.wait_for_timeout(500)  # the address follows after a moment
    found.get_by_role("button", name="Copy link").click()
    found.get_by_text("too long for a link").wait_for()
    assert "long" not in page.evaluate("navigator.clipboard.readText()")


def test_where_nothing_may_be_copied_the_link_is_shown(visit: Visit) -> None:
    page = visit(f"{INDEX}.html", "navigator.clipboard.writeText = () => Promise.reject(new Error('no'));")
    card(page, "neighbors").get_by_role("button", name="Copy link").click()
    link = page.get_by_label("Link to this setting")
    link.wait_for()
    assert link.input_value() == f"{page.url}#widget-neighbors"


def test_keys_reach_and_move_every_control(visit: Visit) -> None:
    page = visit("notebooks/02_distributed_meaning.html")
    view = card(page, "basis").locator(".eb-view")
    control(view, "Word").focus()
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("() => { const one = document.activeElement; return one.type || one.role || one.tagName; }")
        )
    assert reached == ["range", "range", "radio", "slider", "button", "button", "SUMMARY"]
    keep = control(view, "Keep")
    keep.focus()
    for key, value in (("PageDown", "95"), ("PageDown", "90"), ("PageUp", "95"), ("Home", "1"), ("PageDown", "1")):
        page.keyboard.press(key)
        assert keep.input_value() == value
        assert page.locator("#widget-basis output").nth(1).inner_text() == value


def test_a_strip_reads_its_numbers_out_by_key_by_pointer_and_by_touch(visit: Visit) -> None:
    """The same number whichever way, as Python has it; a screen reader hears it; the place stays when the row turns."""
    page = visit("notebooks/02_distributed_meaning.html", has_touch=True)
    basis = card(page, "basis")
    first, second = (basis.locator(".eb-strip").nth(i) for i in range(2))
    row = packs.rounded(smollm2 := tables.load("smollm2"), np.array([smollm2.find("cat")], dtype=np.int32))
    before, after = (turned(row, degrees)[0] for degrees in (0, 30))

    def said(i: int) -> str:
        return f"number {i} of 576: {fixed(before[i], 3)} as stored, {fixed(after[i], 3)} turned"

    readout = basis.locator(".eb-readout")
    first.focus()
    for key, i in (("ArrowRight", 0), ("ArrowRight", 1), ("PageUp", 11), ("ArrowLeft", 10), ("End", 575), ("Home", 0)):
        page.keyboard.press(key)
        assert readout.inner_text() == first.get_attribute("aria-valuetext") == said(i)
    assert [first.get_attribute(name) for name in ("role", "aria-valuemin", "aria-valuemax")] == ["slider", "0", "575"]
    for strip, way in ((second, page.mouse.move), (first, page.touchscreen.tap)):
        strip.scroll_into_view_if_needed()
        box = strip.bounding_box()
        way(box["x"] + box["width"] * 300.5 / 576, box["y"] + box["height"] / 2)
        assert readout.inner_text() == said(300)
    control(basis.locator(".eb-view"), "Turn basis").press("Home")
    basis.locator(".eb-text", has_text="In the table's own basis").wait_for()
    assert (
        readout.inner_text() == f"number 300 of 576: {fixed(before[300], 3)} as stored, {fixed(before[300], 3)} turned"
    )
    assert page.complaints.all() == []


RENDERED_STRIP = """(strip) => {
  const box = strip.getBoundingClientRect(), middle = box.top + box.height / 2;
  return [...strip.querySelectorAll('path')].map((path) => {
    const { top, bottom } = path.getBoundingClientRect();
    return [path.getAttribute('class'), middle - top, bottom - middle, getComputedStyle(path).fill];
  });
}"""


def test_a_strip_is_seen_in_both_themes_forced_colours_and_print(visit: Visit) -> None:
    """More than zero is above the line and less below it, in two colours that the paper does not have."""
    page = visit("notebooks/03_cosine_similarity.html")
    strip = card(page, "pair").locator(".eb-strip").first
    seen = {}
    for media in ("light", "dark", "forced", "print"):
        page.emulate_media(
            media="print" if media == "print" else "screen", forced_colors="active" if media == "forced" else "none"
        )
        page.evaluate(
            "(theme) => (document.documentElement.dataset.theme = theme)", "dark" if media == "dark" else "light"
        )
        page.wait_for_timeout(300)
        up, down = strip.evaluate(RENDERED_STRIP)
        assert (up[0], down[0]) == ("eb-up", "eb-down")
        assert up[1] > 8 and down[2] > 8 and abs(up[2]) < 1 and abs(down[1]) < 1
        paper = strip.evaluate("(one) => getComputedStyle(one.closest('.eb-view')).backgroundColor")
        assert len({up[3], down[3], paper}) == 3
        seen[media] = (up[3], down[3])
    assert seen["light"] == seen["print"] != seen["dark"]


@pytest.mark.parametrize("how", ["click", "keys"])
def test_a_neighbour_leads_on_and_back_leaves_the_page(visit: Visit, how: str) -> None:
    """A press on it makes it the word; the focus stays in the card, and so does the way back from the page."""
    page = visit("book/how_to_read.html")
    page.goto(page.url.replace("how_to_read", "index"))
    neighbors = card(page, "neighbors")
    first = neighbors.locator(".eb-pick").first
    name = first.inner_text()
    first.focus()
    first.click() if how == "click" else page.keyboard.press("Enter")
    neighbors.locator(".eb-own .eb-label", has_text=name).first.wait_for()
    assert control(neighbors.locator(".eb-view"), "Word").input_value() == name
    assert page.evaluate("() => document.activeElement.closest('.eb-card')?.id") == "widget-neighbors"
    page.wait_for_function("() => location.search.includes('word')")
    page.go_back()
    page.wait_for_url("**/how_to_read.html")


def test_examples_set_the_word_and_a_miss_has_its_pieces(visit: Visit) -> None:
    page = visit(f"{INDEX}.html")
    neighbors = card(page, "neighbors")
    for word in ("happy", "defenestration", "bank"):
        neighbors.get_by_role("button", name=word, exact=True).click()
        there = ".eb-problem" if word == "defenestration" else ".eb-text"
        neighbors.locator(there, has_text=word).wait_for()
        assert control(neighbors.locator(".eb-view"), "Word").input_value() == word
        assert ("def + en + est + ration" in neighbors.inner_text()) == (word == "defenestration")
    analogy = card(visit("notebooks/11_analogies.html"), "analogy")
    analogy.get_by_role("button", name="Japan").click()
    analogy.locator(".eb-text", has_text="is nearest to Tokyo").wait_for()


@pytest.mark.parametrize("name", [INDEX, *CHAPTERS])
def test_each_card_says_how_its_own_widget_works(visit: Visit, name: str) -> None:
    page = visit(f"{name}.html")
    stored = json.loads((ROOT / f"{name}.ipynb").read_text(encoding="utf-8"))["metadata"]["widgets"]
    states = stored["application/vnd.jupyter.widget-state+json"]["state"].values()
    own = [model["state"]["how"] for model in states if model["model_name"] == "AnyModel"]
    assert all(own)
    shown = page.locator(".eb-how p:first-of-type").all_text_contents()
    assert sorted(shown) == sorted(own)


@pytest.mark.parametrize("from_file", [False, True])
def test_rows_are_asked_for_by_their_version(visit: Visit, site: Path, from_file: bool) -> None:
    """One that changes when a file does, for packs and chunks alike; also where a page is a file."""
    start = site.as_uri() + "/" if from_file else ""
    page = visit(f"{start}{INDEX}.html")
    box = control(card(page, "neighbors").locator(".eb-view"), "Word")
    box.fill("willingness")
    page.locator(".eb-text", has_text="willingness").wait_for()
    asked = [url.rpartition("/")[2] for url in page.asked if "_static/data/" in url]
    kept = page.evaluate("document.documentElement.dataset.data_version")
    assert re.fullmatch("[0-9a-f]{8}", kept)
    assert len(asked) >= 3 and all(url.endswith(f".js?v={kept}") for url in asked)
    assert page.complaints.all() == []


def test_play_runs_to_the_end_and_reset_stops_it(visit: Visit) -> None:
    page = visit(f"{TRAINING}.html")
    view = card(page, "training").locator(".eb-view")
    step, button = control(view, "Step"), page.locator(".eb-player button")
    step.fill("380")
    button.click()
    page.wait_for_function("() => document.querySelector('.eb-player button').textContent === 'Play'")
    assert step.input_value() == "400"
    button.click()
    page.wait_for_function(
        "(slider) => Number(slider.value) > 0 && Number(slider.value) < 400", arg=step.element_handle()
    )
    assert button.inner_text() == "Pause"
    page.locator("#widget-training").get_by_role("button", name="Reset").click()
    page.wait_for_timeout(700)
    assert (button.inner_text(), step.input_value()) == ("Play", "0")


@pytest.mark.parametrize("how", ["keys", "button"])
def test_printing_waits_for_every_picture_unfolds_and_is_light(visit: Visit, how: str) -> None:
    page = visit("notebooks/03_cosine_similarity.html", PRINTED, color_scheme="dark")
    if how == "keys":
        page.keyboard.press("Control+p")
    else:
        page.evaluate("() => document.querySelector('.btn-download-pdf-button').click()")
    page.wait_for_function("() => globalThis.printed")
    assert page.evaluate("printed") == {"states": ["drawn"] * 4, "folded": 0, "theme": "light"}
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


INKS = """() => [...document.querySelectorAll('.bd-article :is(p, pre span, .eb-text, .eb-label, h1, td)')]
  .filter((one) => one.textContent.trim() && one.offsetParent).map((one) => getComputedStyle(one).color)"""


def test_printed_from_the_dark_theme_all_text_is_dark(visit: Visit) -> None:
    """Also where the page is not told that it prints. At most half as light as paper: 4 to 1 or better."""
    page = visit("notebooks/03_cosine_similarity.html", color_scheme="dark")
    card(page, "pair")
    page.emulate_media(media="print")
    page.wait_for_timeout(500)
    inks = set(page.evaluate(INKS))
    assert len(inks) >= 2
    for ink in inks:
        red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", ink)[:3])
        assert 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 < 0.21, ink


def test_a_page_loads_what_it_needs_and_no_more(visit: Visit) -> None:
    """Formulas where there are some, a search where one searches, icons without a typeface; all deferred."""
    page = visit("book/how_to_read.html")
    assert [url for url in page.asked if re.search("mathjax|awesome|search|require|widget|thebe|data/", url)] == []
    assert len(page.asked) <= 30
    waiting = page.locator("head script[src]").evaluate_all(
        "all => all.filter((one) => !one.defer && !one.async).length"
    )
    assert waiting == 0
    assert any("tex-mml" in url for url in visit("book/notation.html").asked)


def test_what_scrolls_in_itself_is_a_stop_of_the_tab_key_while_it_does(visit: Visit) -> None:
    page = visit("notebooks/06_table_sizing.html", width=320)
    agreed = """(some) => {
      const boxes = [...document.querySelectorAll('.bd-article :is(pre, .text_html, div.math)')].filter((box) => box.clientWidth);
      const scrolls = (box) => box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      return boxes.some(scrolls) === some && boxes.every((box) => scrolls(box) === box.tabIndex >= 0);
    }"""
    page.wait_for_function(agreed, arg=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function(agreed, arg=False)


def test_a_formula_is_no_stop_of_the_tab_key(visit: Visit) -> None:
    page = visit("book/notation.html")
    page.locator("mjx-container").first.wait_for()
    assert page.locator("mjx-container[tabindex]").count() == 0


@pytest.mark.parametrize("from_file", [False, True])
def test_search_finds_the_words_of_a_name(visit: Visit, site: Path, from_file: bool) -> None:
    start = site.as_uri() + "/" if from_file else ""
    page = visit(f"{start}search.html?q=neighbors")
    page.locator("#search-results li").nth(3).wait_for()
    page.wait_for_timeout(500)
    assert any("Cosine similarity" in text for text in page.locator("#search-results li").all_inner_texts())
    assert page.complaints.all() == []


def test_every_page_has_one_title_and_says_what_it_is(site: Path) -> None:
    for name in PAGES:
        text = (site / f"{name}.html").read_text(encoding="utf-8")
        (title,) = re.findall("<title>(.*?)</title>", text)
        assert title.count("Rows of Meaning") == 1
        assert len(re.findall('property="og:(?:type|title|description)"', text)) == 3


def test_previous_and_next_stand_one_below_the_other_on_a_small_phone(visit: Visit) -> None:
    page = visit("notebooks/06_table_sizing.html", width=360)
    back, on = (page.locator(f".prev-next-area .{way}").bounding_box() for way in ("left-prev", "right-next"))
    assert on["y"] + on["height"] <= back["y"]
    assert back["width"] > 280 and on["width"] > 280


def test_code_and_outputs_are_whole_at_the_usual_width(visit: Visit) -> None:
    """None is cut from below, and what is wider than its box has a shade at its edge."""
    page = visit("notebooks/03_cosine_similarity.html")
    cut = page.locator(".bd-article pre").evaluate_all(
        "all => all.filter((one) => one.scrollHeight > one.clientHeight + 1).length"
    )
    assert cut == 0
    assert "gradient" in page.locator(".bd-article pre").first.evaluate("one => getComputedStyle(one).backgroundImage")


def test_one_column_on_every_page(visit: Visit) -> None:
    lefts = set()
    for name in ("book/glossary", "book/bibliography", "book/notation", "notebooks/03_cosine_similarity", "search"):
        lefts.add(visit(f"{name}.html").locator("#main-content h1:visible").bounding_box()["x"])
    assert len(lefts) == 1
