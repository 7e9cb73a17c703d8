"""The built pages in a real browser with the network refused: every control by keyboard, themes, widths, print, links."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.scenarios import SCENARIOS, Scenario, control, panel_of, play
from tests.site.conftest import Visit

CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [CONTENTS["root"], *(chapter["file"] for part in CONTENTS["parts"] for chapter in part["chapters"])]
INDEX = "book/index.html"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def drawn(page: Any, key: str, state: str = "drawn") -> Any:
    """The view of that key, in sight, once it is in that state."""
    view = page.locator(f'.eb-view[data-key="{key}"]')
    view.wait_for(state="attached")
    view.scroll_into_view_if_needed()
    page.wait_for_selector(f'.eb-view[data-key="{key}"][data-state="{state}"]')
    return view


def keys(page: Any) -> list[str]:
    """The keys of all views, once every stored widget is there."""
    page.wait_for_function(
        "() => document.querySelectorAll('.eb-view').length >= document.querySelectorAll('.eb-card').length"
    )
    return [view.get_attribute("data-key") for view in page.locator(".eb-view").all()]


def outputs(name: str) -> Iterator[dict[str, Any]]:
    """Each stored output of a page that is no printed text; none of a page that is no notebook."""
    path = ROOT / f"{name}.ipynb"
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if path.is_file() else []:
        yield from (output for output in cell.get("outputs", []) if "data" in output)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_controls_and_python_agree(visit: Visit, scenario: Scenario) -> None:
    page = visit(f"{scenario.page}.html")
    play(page, drawn(page, scenario.key), scenario)
    assert page.complaints.all() == []


def test_a_page_opened_as_a_file_does_the_same(visit: Visit, site: Path) -> None:
    page = visit(f"{site.as_uri()}/{SCENARIOS[0].page}.html")
    play(page, drawn(page, SCENARIOS[0].key), SCENARIOS[0])
    assert page.complaints.all() == []


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.again)])
@pytest.mark.parametrize("name", [*PAGES, "search", "404"])
def test_page_is_accessible_quiet_and_fits(visit: Visit, address: str, name: str, scheme: str) -> None:
    """At three widths axe-core finds nothing and nothing scrolls sideways, nor on paper; no click makes a request."""
    page = visit(f"{name}.html", color_scheme=scheme)
    for key in keys(page):
        drawn(page, key)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for width in (1280, 768, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("scrollTo(0, 0)")  # where the header covers half of a choice, that is no small choice
        page.wait_for_timeout(300)  # the theme fades its colours over
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
        faults = [(violation["id"], [node["html"][:160] for node in violation["nodes"]][:3]) for violation in found]
        assert faults == [], f"{name} at {width} px"
        overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} at {width} px"
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 1000})  # A4 without margins of 15 mm; a wider page would be shrunk
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 680, f"{name} on paper"
    page.emulate_media(media="screen")
    page.evaluate(
        "() => document.querySelectorAll('button, summary, label, input, select, img, svg, p, li, [onclick]').forEach("
        "(one) => one.closest('a') || one.dispatchEvent(new MouseEvent('click', { bubbles: true })))"
    )
    page.wait_for_timeout(300)
    assert [url for url in page.evaluate("heard") if "://" in url and not url.startswith(address)] == []
    complaints = page.complaints.outside if name == "404" else page.complaints.all()  # which looks for home
    assert complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_licences_pictures_and_sentences_are_in_place(site: Path, name: str) -> None:
    """The footer names both licences; every stored picture is on its page, in its order, with its own description.

    So is every widget's sentence, for who has no JavaScript.
    """
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    article, footer = text.partition("<article")[2].split("</article>")
    assert "https://opensource.org/license/mit" in footer and "https://creativecommons.org/licenses/by/4.0/" in footer
    pictures = [output for output in outputs(name) if "image/png" in output["data"]]
    drawn = [picture["metadata"]["image/png"] for picture in pictures]
    figures = re.findall(
        r'<figcaption>(.*?)</figcaption><div role="img" aria-label="(.*?)">(<div.*?</figure>)', article
    )
    expected = [(one["site"]["title"], one["site"]["wide"], one["alt"]) for one in drawn if "site" in one]
    assert len(figures) == len(expected)
    for (title, description, shown), (stored, wide, alt) in zip(figures, expected, strict=True):
        assert (unescape(title), unescape(f"{title}. {description}")) == (stored, alt) and wide in shown
    files = [dict(re.findall(r'(\w+)="([^"]*)"', tag.partition(">")[0])) for tag in article.split("<img ")[1:]]
    shown = [(site / name).parent / image["src"] for image in files if "_images" in image.get("src", "")]
    plain = [one["data"]["image/png"] for one in pictures if "site" not in one["metadata"]["image/png"]]
    assert [file.read_bytes() for file in shown] == [base64.b64decode("".join(data)) for data in plain]
    sentences = [unescape(note) for note in re.findall(r"<noscript><p>(.*?) <em>", article, re.DOTALL)]
    data = [output["data"] for output in outputs(name)]
    widgets = [one for one in data if "application/vnd.jupyter.widget-view+json" in one]
    texts = ["".join(one["text/plain"]) for one in widgets]
    assert sentences == [text for text in texts if not text.startswith("1. ")]
    assert article.count("<noscript><ol>") == len(texts) - len(sentences)  # quizzes


def test_without_javascript_a_widget_is_its_sentence(visit: Visit) -> None:
    note = visit(INDEX, java_script_enabled=False).locator(".cell_output noscript")
    assert note.inner_text().startswith(
        "In SmolLM2, among the 1,128 words loaded first, Python is nearest to python (cosine 0.82"
    )
    assert note.inner_text().endswith("The picture needs JavaScript.") and note.is_visible()
    assert not visit(INDEX).locator(".cell_output noscript").is_visible()


class TestStateInTheAddress:
    """A teacher can link to a setting; anybody's text in an address does no harm."""

    def test_a_link_sets_view_and_controls(self, visit: Visit) -> None:
        view = drawn(visit(f"{INDEX}?neighbors=word:queen;k:3.4;table:0"), "neighbors")
        assert view.locator("li").count() == 3
        assert control(view, "Word").input_value() == "queen"
        assert "queen is nearest to" in view.locator(".eb-text").inner_text()

    def test_a_moved_slider_is_in_the_address_and_other_keys_stay(self, visit: Visit) -> None:
        page = visit(f"{INDEX}?course=nlp")
        control(drawn(page, "neighbors"), "Neighbours").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => decodeURIComponent(location.search).includes('k:6')")
        assert "course=nlp" in page.url
        page.reload()
        assert drawn(page, "neighbors").locator("li").count() == 6

    @pytest.mark.parametrize(
        "query", ["word:%3Cimg%20src=x%20onerror=alert(1)%3E;k:99999;table:-7", "%;;:;word", "x" * 5000]
    )
    def test_a_bad_link_does_no_harm(self, visit: Visit, query: str) -> None:
        page = visit(f"{INDEX}?neighbors={query}")
        page.wait_for_selector('.eb-view:is([data-state="drawn"], [data-state="problem"])')
        view = page.locator(".eb-view")
        assert len(view.inner_text()) > 30  # a picture, or a message: no empty box
        assert view.locator("img").count() == 0
        assert page.complaints.console == []


def test_a_word_without_a_row_gets_a_message_and_nothing_like_an_answer(visit: Visit) -> None:
    page = visit("notebooks/11_analogies.html")
    view = drawn(page, "analogy")
    height = view.bounding_box()["height"]
    for text in ("", "defenestration", "\U0001f600", "<b>bold</b>", "a" * 10_000):
        control(view, "Start").fill(text)
        drawn(page, "analogy", "problem")
        assert 10 < len(view.locator(".eb-problem").inner_text()) < 400
        assert view.locator(".eb-text").inner_text() == "" and view.locator(".eb-problem b").count() == 0
        assert not view.locator(".eb-bars").is_visible() and not view.locator("svg").is_visible()
        assert view.bounding_box()["height"] > 0.8 * height  # the page does not jump
        control(view, "Start").fill("king")
        drawn(page, "analogy")


def test_missing_rows_are_said_and_can_be_asked_for_again(visit: Visit) -> None:
    """The file does not come, or a page of the host comes in its place."""
    page = visit("book/how_to_read.html")
    answers = iter([lambda route: route.abort(), lambda route: route.fulfill(status=200, body="<html>Sign in</html>")])
    page.route("**/pack-glove.js*", lambda route: next(answers, lambda route: route.continue_())(route))
    page.goto(page.url.replace("book/how_to_read", "notebooks/03_cosine_similarity"))
    for _ in range(2):
        view = drawn(page, "neighbors", "failed")
        assert "did not load" in view.locator(".eb-problem").inner_text()
        view.evaluate("view => { view.dataset.state = 'asked'; }")
        page.get_by_role("button", name="Try again").click()
    drawn(page, "neighbors")


def test_one_table_without_the_word_keeps_all_columns(visit: Visit) -> None:
    page = visit("notebooks/03_cosine_similarity.html?neighbors=word:paris;table:3")
    columns = drawn(page, "neighbors").locator(".eb-columns > div").all_inner_texts()
    assert ["is not one token: par + is." in column for column in columns] == [True, False, False]


def test_a_touched_point_of_a_map_is_looked_up(visit: Visit) -> None:
    """The word box follows, and the sentence is the one of that word; no perplexity is too large in silence."""
    page = visit("notebooks/07_tsne.html")
    view = drawn(page, "maps")
    view.locator(".eb-map path").filter(has=page.locator("title", has_text="tiger")).first.click()
    page.wait_for_function("() => document.querySelector('.eb-text').textContent.includes('nearest to tiger:')")
    assert control(view, "Look up").input_value() == "tiger"
    control(view, "Perplexity").focus()
    page.keyboard.press("End")
    assert "50 is too much for 40" in drawn(page, "maps", "problem").locator(".eb-problem").inner_text()
    page.keyboard.press("ArrowLeft")
    assert "perplexity 30" in drawn(page, "maps").locator(".eb-text").inner_text()
    assert page.complaints.all() == []


def test_the_slider_of_tokens_ends_with_the_sentence(visit: Visit) -> None:
    """Down to a sentence of one token; and a linked sentence of four hundred letters is whole."""
    page = visit(f"notebooks/01_embedding_table.html?lookup=sentence:{'a%20king%20' * 49}a%20king;position:77")
    view = drawn(page, "lookup")
    assert view.locator(".eb-text").inner_text().startswith("100 tokens")
    assert control(view, "Token").evaluate("slider => [slider.max, slider.value]") == ["100", "77"]
    control(view, "Sentence").fill("king")
    page.wait_for_function("() => document.querySelector('.eb-text').textContent.startsWith('1 token:')")
    assert panel_of(view).locator("output").first.inner_text() == "1"
    assert page.complaints.all() == []


RENDERED = """() => [...document.querySelectorAll('[data-key=neighbors] .eb-bar')].map((bar) => {
  const [fill] = bar.children, own = getComputedStyle(fill);
  const said = Number(bar.parentElement.querySelector('.eb-number').textContent.replace('\u2212', '-'));
  return [said, fill.getBoundingClientRect().width / bar.clientWidth, own.backgroundColor, own.borderTopWidth, own.borderTopColor];
})"""


def test_what_is_rendered_is_as_long_as_its_number(visit: Visit) -> None:
    """Lengths on the screen; in forced colours and in print, borders in the place of colours."""
    page = visit("notebooks/03_cosine_similarity.html")
    drawn(page, "neighbors")
    for media in ({}, {"forced_colors": "active"}, {"forced_colors": "none", "media": "print"}):
        page.emulate_media(**media)
        bars = page.evaluate(RENDERED)
        assert len(bars) == 15
        for said, length, background, border, ink in bars:
            assert length == pytest.approx(abs(said), abs=0.02)
            bordered = float(border[:-2]) > 8 and ink != "rgb(255, 255, 255)"
            assert bordered if media else background != "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("name", ["notebooks/02_distributed_meaning", "notebooks/03_cosine_similarity"])
def test_a_page_that_nobody_scrolled_prints_its_widgets(visit: Visit, name: str) -> None:
    """Where the rows come too late for the print, it says so."""
    page = visit(f"{name}.html")
    found, waiting = keys(page), page.locator('.eb-view[data-state="waiting"]')
    assert waiting.count() == len(found) - 1 == 3  # all but the one in sight
    page.emulate_media(media="print")
    note = waiting.last.evaluate("view => getComputedStyle(view, '::before').content")
    assert "still waiting for its rows when the page was printed" in note
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("() => document.querySelectorAll('.eb-view[data-state=drawn]').length === 4")


def test_what_a_term_means_stands_beside_it(visit: Visit) -> None:
    """On hover and for the keyboard, in the margin or below the link; Escape or the pointer's leaving ends it."""
    page = visit("notebooks/03_cosine_similarity.html")
    link, note = page.locator('.bd-article a[href*="#term-dot-product"]').first, page.locator(".eb-aside")
    said = page.locator(f"#{link.get_attribute('aria-describedby')}").text_content()
    assert said.startswith("Multiply two vectors number by number") and not note.is_visible()
    for width in (1280, 800):
        page.set_viewport_size({"width": width, "height": 900})
        link.scroll_into_view_if_needed()
        page.wait_for_timeout(100)  # scrolling ends a note
        link.hover()
        assert note.inner_text() == said
        there, box = link.bounding_box(), note.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width and 0 <= box["y"] <= 900 - box["height"]
        text = page.locator(".bd-article").bounding_box()
        assert box["x"] >= text["x"] + text["width"] if width == 1280 else box["y"] > there["y"]
        note.hover()
        page.wait_for_timeout(400)
        assert note.is_visible()  # so that it can be read where it is
        page.keyboard.press("Escape")
        assert not note.is_visible()
        page.mouse.move(0, 0)
    page.keyboard.press("Tab")  # from now on focus comes from the keyboard
    link.focus()
    assert note.is_visible()
    page.keyboard.press("Tab")
    assert not note.is_visible()


def test_figures_fit_a_phone(visit: Visit) -> None:
    """One drawing of each is seen, in letters of a page; in forced colours and on paper as well."""
    page = visit("notebooks/07_tsne.html")
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.locator(".eb-figure").count() > 3
    for width, kind in ((390, "narrow"), (1280, "wide")):
        page.set_viewport_size({"width": width, "height": 900})
        for figure in page.locator(".eb-figure").all():
            assert [name for name in ("narrow", "wide") if figure.locator(f".eb-{name}").is_visible()] == [kind]
            sizes = figure.evaluate(
                "figure => [...figure.querySelectorAll('text')].filter((one) => one.getClientRects().length)"
                ".map((one) => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a)"
            )
            assert sizes and min(sizes) > 11
