"""The built pages in a real browser with the network refused: every control by keyboard, themes, widths, print, links."""

from __future__ import annotations

import base64
import json
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, watch
from tests.scenarios import PATIENCE, SCENARIOS, Scenario, control, panel_of, play, says

CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [CONTENTS["root"], *(chapter["file"] for part in CONTENTS["parts"] for chapter in part["chapters"])]
INDEX = "book/index.html"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LISTEN = """
globalThis.heard = [];
const { fetch, XMLHttpRequest: { prototype }, navigator } = globalThis, { open } = prototype, { sendBeacon } = navigator;
globalThis.fetch = (what, ...more) => { heard.push(String(what?.url ?? what)); return fetch(what, ...more); };
prototype.open = function (how, what, ...more) { heard.push(String(what)); return open.call(this, how, what, ...more); };
navigator.sendBeacon = (what, ...more) => { heard.push(String(what)); return sendBeacon.call(navigator, what, ...more); };
"""


def opened(chromium: Any, url: str, scheme: str = "light") -> Any:
    """A page of the site in a context of its own, loaded."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.add_init_script(LISTEN)
    page.complaints = watch(page)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    return page


def in_state(page: Any, key: str, state: str) -> Any:
    """The view of that key, in sight, once it is in that state."""
    view = page.locator(f'.eb-view[data-key="{key}"]')
    view.wait_for(state="attached")
    view.scroll_into_view_if_needed()
    page.wait_for_selector(f'.eb-view[data-key="{key}"][data-state="{state}"]')
    return view


def drawn(page: Any, key: str) -> Any:
    return in_state(page, key, "drawn")


def keys(page: Any) -> list[str]:
    """The keys of all views, once every stored widget is there."""
    page.wait_for_function(
        "() => document.querySelectorAll('.eb-view').length >= document.querySelectorAll('.eb-card').length"
    )
    return [view.get_attribute("data-key") for view in page.locator(".eb-view").all()]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.key + " on " + s.page)
def test_controls_and_python_agree(chromium: Any, address: str, scenario: Scenario) -> None:
    page = opened(chromium, f"{address}/{scenario.page}.html")
    play(page, drawn(page, scenario.key), scenario)
    assert page.complaints.all() == []
    page.context.close()


def test_a_page_opened_as_a_file_does_the_same(chromium: Any, site: Path) -> None:
    page = opened(chromium, f"{site.as_uri()}/{SCENARIOS[0].page}.html")
    play(page, drawn(page, SCENARIOS[0].key), SCENARIOS[0])
    assert page.complaints.all() == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.again)])
@pytest.mark.parametrize("name", [*PAGES, "search", "404"])
def test_page_is_accessible_quiet_and_fits(chromium: Any, address: str, name: str, scheme: str) -> None:
    """At three widths axe-core finds nothing and nothing scrolls sideways; whatever is clicked, no request leaves."""
    page = opened(chromium, f"{address}/{name}.html", scheme)
    for key in keys(page):
        drawn(page, key)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for width in (1280, 768, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)  # the theme fades its colours over
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
        faults = [(violation["id"], [node["html"][:160] for node in violation["nodes"]][:3]) for violation in found]
        assert faults == [], f"{name} at {width} px"
        overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} at {width} px"
    page.evaluate(
        "() => document.querySelectorAll('button, summary, label, input, select, img, svg, p, li, [onclick]').forEach("
        "(one) => one.closest('a') || one.dispatchEvent(new MouseEvent('click', { bubbles: true })))"
    )
    page.wait_for_timeout(300)
    assert [url for url in page.evaluate("heard") if "://" in url and not url.startswith(address)] == []
    complaints = page.complaints.outside if name == "404" else page.complaints.all()  # which looks for home
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_licences_and_pictures_are_in_place(site: Path, name: str) -> None:
    """The footer names both licences; every stored picture is on its page, in its order, with its own description."""
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    footer = text.partition("</article>")[2]
    assert "https://opensource.org/license/mit" in footer and "https://creativecommons.org/licenses/by/4.0/" in footer
    stored = []
    if (path := ROOT / f"{name}.ipynb").is_file():
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            pictures = [
                output["data"]["image/png"]
                for output in cell.get("outputs", [])
                if "image/png" in output.get("data", {})
            ]
            stored += [(base64.b64decode(picture), cell["metadata"]["mystnb"]["image"]["alt"]) for picture in pictures]
    images = [
        tag.partition(">")[0] for tag in text.partition("<article")[2].partition("</article>")[0].split("<img ")[1:]
    ]
    shown = [
        {part.partition("=")[0]: unescape(part.partition("=")[2]) for part in image.split('" ')} for image in images
    ]
    files = [(site / name).parent / image["src"].strip('"') for image in shown if "_images" in image.get("src", "")]
    assert [file.read_bytes() for file in files] == [picture for picture, _ in stored]
    assert [image["alt"].strip('"/ ') for image in shown if "_images" in image["src"]] == [
        alt.strip() for _, alt in stored
    ]


class TestStateInTheAddress:
    """A teacher can link to a setting; anybody's text in an address does no harm."""

    def test_a_link_sets_view_and_controls(self, chromium: Any, address: str) -> None:
        page = opened(chromium, f"{address}/{INDEX}?neighbors=word:queen;k:3.4;table:0")
        view = drawn(page, "neighbors")
        assert view.locator("li").count() == 3
        assert control(view, "Word").input_value() == "queen"
        assert "queen is nearest to" in view.locator(".eb-text").inner_text()
        page.context.close()

    def test_a_moved_slider_is_in_the_address_and_other_keys_stay(self, chromium: Any, address: str) -> None:
        page = opened(chromium, f"{address}/{INDEX}?course=nlp")
        control(drawn(page, "neighbors"), "Neighbours").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => decodeURIComponent(location.search).includes('k:6')")
        assert "course=nlp" in page.url
        page.reload()
        assert drawn(page, "neighbors").locator("li").count() == 12  # six in each of two tables
        page.context.close()

    @pytest.mark.parametrize(
        "query", ["word:%3Cimg%20src=x%20onerror=alert(1)%3E;k:99999;table:-7", "%;;:;word", "x" * 5000]
    )
    def test_a_bad_link_does_no_harm(self, chromium: Any, address: str, query: str) -> None:
        page = opened(chromium, f"{address}/{INDEX}?neighbors={query}")
        page.wait_for_selector('.eb-view:is([data-state="drawn"], [data-state="problem"])')
        view = page.locator(".eb-view")
        assert len(view.inner_text()) > 30  # a picture, or a message: no empty box
        assert view.locator("img").count() == 0
        assert page.complaints.console == []
        page.context.close()


def test_a_word_without_a_row_gets_a_message_and_nothing_like_an_answer(chromium: Any, address: str) -> None:
    page = opened(chromium, f"{address}/notebooks/11_analogies.html")
    view = drawn(page, "analogy")
    height = view.bounding_box()["height"]
    for text in ("", "defenestration", "\U0001f600", "<b>bold</b>", "a" * 10_000):
        control(view, "Start").fill(text)
        page.wait_for_selector('.eb-view[data-state="problem"]')
        assert 10 < len(view.locator(".eb-problem").inner_text()) < 400
        assert view.locator(".eb-text").inner_text() == "" and view.locator(".eb-problem b").count() == 0
        assert not view.locator(".eb-bars").is_visible() and not view.locator("svg").is_visible()
        assert view.bounding_box()["height"] > 0.8 * height  # the page does not jump
        control(view, "Start").fill("king")
        page.wait_for_selector('.eb-view[data-state="drawn"]')
    page.context.close()


def test_missing_rows_are_said_and_can_be_asked_for_again(chromium: Any, address: str) -> None:
    """The file does not come, or a page of the host comes in its place."""
    page = chromium.new_page()
    page.set_default_timeout(PATIENCE)
    answers = iter([lambda route: route.abort(), lambda route: route.fulfill(status=200, body="<html>Sign in</html>")])
    page.route("**/rows-glove.js", lambda route: next(answers, lambda route: route.continue_())(route))
    page.goto(f"{address}/{INDEX}")
    for _ in range(2):
        page.wait_for_selector('.eb-view[data-state="failed"]')
        assert "did not load" in page.locator(".eb-problem").inner_text()
        page.locator(".eb-view").evaluate("view => { view.dataset.state = 'asked'; }")
        page.get_by_role("button", name="Try again").click()
    page.wait_for_selector('.eb-view[data-state="drawn"]')
    page.close()


def test_one_table_without_the_word_keeps_both_columns(chromium: Any, address: str) -> None:
    page = opened(chromium, f"{address}/{INDEX}?neighbors=word:willingness;table:2")
    columns = drawn(page, "neighbors").locator(".eb-columns > div").all_inner_texts()
    assert len(columns) == 2
    assert sum("is not one of the" in column for column in columns) == 1
    page.context.close()


def test_a_touched_point_of_a_map_is_looked_up(chromium: Any, address: str) -> None:
    """The word box follows, and the sentence is the one of that word; no perplexity is too large in silence."""
    page = opened(chromium, f"{address}/notebooks/07_tsne.html")
    view = drawn(page, "maps")
    view.locator(".eb-map path").filter(has=page.locator("title", has_text="tiger")).first.click()
    page.wait_for_function("() => document.querySelector('.eb-text').textContent.includes('nearest to tiger:')")
    assert control(view, "Look up").input_value() == "tiger"
    control(view, "Perplexity").focus()
    page.keyboard.press("End")
    assert "50 is too much for 40" in in_state(page, "maps", "problem").locator(".eb-problem").inner_text()
    page.keyboard.press("ArrowLeft")
    assert "perplexity 30" in drawn(page, "maps").locator(".eb-text").inner_text()
    assert page.complaints.all() == []
    page.context.close()


def test_the_slider_of_tokens_ends_with_the_sentence(chromium: Any, address: str) -> None:
    """Down to a sentence of one token; and a linked sentence of four hundred letters is whole."""
    page = opened(
        chromium, f"{address}/notebooks/01_embedding_table.html?lookup=sentence:{'a%20king%20' * 50};position:77"
    )
    view = drawn(page, "lookup")
    assert view.locator(".eb-text").inner_text().startswith("100 tokens")
    assert control(view, "Token").evaluate("slider => [slider.max, slider.value]") == ["100", "77"]
    control(view, "Sentence").fill("king")
    says(page, view, view.locator(".eb-text").inner_text(), "itself")
    page.wait_for_function("() => document.querySelector('.eb-text').textContent.startsWith('1 token:')")
    assert panel_of(view).locator("output").first.inner_text() == "1"
    assert page.complaints.all() == []
    page.context.close()


RENDERED = """() => [...document.querySelectorAll('.eb-bar')].map((bar) => {
  const [fill] = bar.children, own = getComputedStyle(fill);
  const said = Number(bar.parentElement.querySelector('.eb-number').textContent.replace('\u2212', '-'));
  const inner = bar.clientWidth;
  return [said, fill.getBoundingClientRect().width / inner, own.backgroundColor, own.borderTopWidth, own.borderTopColor];
})"""
CELLS = """() => [...document.querySelectorAll('td.eb-cold, td.eb-warm')].map((cell) =>
  [cell.textContent.startsWith('\u2212'), ...getComputedStyle(cell).backgroundColor.match(/[\\d.]+/g).map(Number)])"""


def test_what_is_rendered_is_as_long_and_as_coloured_as_its_number(chromium: Any, address: str) -> None:
    """Lengths on the screen, blue below zero and red above; in forced colours and in print, borders in their place."""
    page = opened(chromium, f"{address}/{INDEX}")
    drawn(page, "neighbors")
    for media in ({}, {"forced_colors": "active"}, {"forced_colors": "none", "media": "print"}):
        page.emulate_media(**media)
        bars = page.evaluate(RENDERED)
        assert len(bars) == 10
        for said, length, background, border, ink in bars:
            assert length == pytest.approx(abs(said), abs=0.02)
            assert (
                (background != "rgba(0, 0, 0, 0)")
                if not media
                else (float(border[:-2]) > 8 and ink != "rgb(255, 255, 255)")
            )
    page.goto(f"{address}/notebooks/01_embedding_table.html")
    drawn(page, "lookup")
    cells = page.evaluate(CELLS)
    assert {negative for negative, *_ in cells} == {True, False}
    assert all((blue > red) == negative for negative, red, _, blue, *_ in cells)
    page.context.close()


@pytest.mark.parametrize("name", ["notebooks/02_distributed_meaning", "notebooks/03_cosine_similarity"])
def test_a_page_that_nobody_scrolled_prints_its_widgets(chromium: Any, address: str, name: str) -> None:
    page = opened(chromium, f"{address}/{name}.html")
    found = keys(page)
    assert page.locator('.eb-view[data-state="waiting"]').count() == len(found) == 2
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("() => document.querySelectorAll('.eb-view[data-state=drawn]').length === 2")
    page.context.close()
