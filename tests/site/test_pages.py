"""The built pages in a real browser with the network refused: every control by keyboard, every theme, every width."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, watch
from tests.scenarios import SCENARIOS, Scenario, panel_of, play

CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [CONTENTS["root"], *(chapter["file"] for part in CONTENTS["parts"] for chapter in part["chapters"])]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def drawn(page: Any, key: str) -> Any:
    """The view of that key, in sight and drawn."""
    view = page.locator(f'.eb-view[data-key="{key}"]')
    view.wait_for(state="attached", timeout=15_000)
    view.scroll_into_view_if_needed()
    page.wait_for_selector(f'.eb-view[data-key="{key}"][data-state="drawn"]', timeout=15_000)
    return view


def opened(chromium: Any, url: str, width: int = 1280, scheme: str = "light") -> Any:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.complaints = watch(page)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    return page


def see_all(page: Any) -> None:
    """Wait for every stored widget, then scroll to each view, so that it loads its rows and draws."""
    page.wait_for_function(
        "type => document.querySelectorAll('.eb-view').length >= "
        "document.querySelectorAll(`script[type='${type}']`).length",
        arg="application/vnd.jupyter.widget-view+json",
        timeout=15_000,
    )
    for view in page.locator(".eb-view").all():
        drawn(page, view.get_attribute("data-key"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.key + " on " + s.page)
@pytest.mark.parametrize("home", ["http", "file"])
def test_controls_and_python_agree(chromium: Any, site: Path, address: str, scenario: Scenario, home: str) -> None:
    root = address if home == "http" else site.as_uri()
    page = opened(chromium, f"{root}/{scenario.page}.html")
    play(page, drawn(page, scenario.key), scenario)
    assert page.complaints.all() == []
    page.context.close()


@pytest.mark.parametrize("name", [*PAGES, "search", "404"])
def test_page_is_accessible_quiet_and_fits(chromium: Any, address: str, name: str) -> None:
    """At three widths and in both themes axe-core finds nothing, nothing scrolls sideways, and no request leaves."""
    page = opened(chromium, f"{address}/{name}.html")
    see_all(page)
    page.evaluate(
        "() => { window.kept = window.define; window.define = undefined; }"
    )  # else axe registers with require.js
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.evaluate("() => { window.define = window.kept; }")
    for width, scheme in [(1280, "light"), (1280, "dark"), (768, "light"), (320, "light"), (320, "dark")]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)  # the theme fades its colours over
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
        faults = [(violation["id"], [node["html"][:160] for node in violation["nodes"]][:3]) for violation in found]
        assert faults == [], f"{name} at {width} px, {scheme}"
        overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} at {width} px"
    expected = [
        c for c in page.complaints.all() if not (name == "404" and ("404" in c or "failed" in c))
    ]  # it looks for home
    assert expected == []
    page.context.close()


class TestStateInTheAddress:
    """A teacher can link to a setting; anybody's text in an address does no harm."""

    page = "book/index.html"

    def test_a_link_sets_view_and_controls(self, chromium: Any, address: str) -> None:
        page = opened(chromium, f"{address}/{self.page}?neighbors=word:queen;k:3;table:0")
        view = drawn(page, "neighbors")
        assert view.locator("li").count() == 3
        assert panel_of(view).locator("input[type=text]").first.input_value() == "queen"
        assert "queen is nearest to" in view.locator(".eb-text").inner_text()
        page.context.close()

    def test_a_moved_slider_is_in_the_address_and_other_keys_stay(self, chromium: Any, address: str) -> None:
        page = opened(chromium, f"{address}/{self.page}?course=nlp")
        view = drawn(page, "neighbors")
        panel_of(view).locator(".noUi-handle").first.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "() => location.search.includes('k%3A6') || location.search.includes('k:6')", timeout=5_000
        )
        assert "course=nlp" in page.url
        page.reload()
        assert drawn(page, "neighbors").locator("li").count() == 12  # six in each of two tables
        page.context.close()

    @pytest.mark.parametrize(
        "query",
        [
            "neighbors=word:%3Cimg%20src=x%20onerror=alert(1)%3E;k:99999;table:-7",
            "neighbors=k:abc;table:NaN;word:",
            "neighbors=" + "x" * 5000,
            "neighbors=word:%F0%9F%98%80;k:1e309",
            "neighbors=%;;:;word",
        ],
    )
    def test_a_bad_link_does_no_harm(self, chromium: Any, address: str, query: str) -> None:
        page = opened(chromium, f"{address}/{self.page}?{query}")
        view = page.locator('.eb-view[data-key="neighbors"]')
        page.wait_for_selector(
            '.eb-view[data-key="neighbors"]:is([data-state="drawn"], [data-state="problem"])', timeout=15_000
        )
        assert len(view.inner_text()) > 30  # a picture, or a message: no empty box
        assert view.locator("img").count() == 0
        assert page.complaints.console == []
        page.context.close()


@pytest.mark.parametrize("text", ["", "   ", "defenestration", "\U0001f600", "<b>bold</b>", "a" * 10_000])
def test_a_word_without_a_row_gets_a_message_and_nothing_is_lost(chromium: Any, address: str, text: str) -> None:
    page = opened(chromium, f"{address}/book/index.html")
    view = drawn(page, "neighbors")
    before = view.locator(".eb-text").inner_text()
    panel_of(view).locator("input[type=text]").first.fill(text)
    page.wait_for_selector('.eb-view[data-state="problem"]', timeout=5_000)
    said = view.locator(".eb-problem").inner_text()
    assert len(said) > 10
    assert said.count("Type a word.") == (not text.strip())
    assert view.locator(".eb-text").inner_text() == f"Still shown: {before}"
    assert view.locator(".eb-problem b").count() == 0
    panel_of(view).locator("input[type=text]").first.fill("rome")
    page.wait_for_selector('.eb-view[data-state="drawn"]', timeout=5_000)
    page.context.close()


def test_missing_rows_are_said_and_can_be_asked_for_again(chromium: Any, address: str) -> None:
    """The file does not come, or a page of the host comes in its place."""
    page = chromium.new_page()
    answers = iter([lambda route: route.abort(), lambda route: route.fulfill(status=200, body="<html>Sign in</html>")])
    page.route("**/rows-glove.js", lambda route: next(answers, lambda route: route.continue_())(route))
    page.goto(f"{address}/book/index.html")
    for _ in range(2):
        page.wait_for_selector('.eb-view[data-state="failed"]', timeout=15_000)
        assert "did not load" in page.locator(".eb-problem").inner_text()
        page.locator(".eb-view").evaluate("view => { view.dataset.state = 'asked'; }")
        page.get_by_role("button", name="Try again").click()
    page.wait_for_selector('.eb-view[data-state="drawn"]', timeout=15_000)
    page.close()


def test_one_table_without_the_word_keeps_both_columns(chromium: Any, address: str) -> None:
    page = opened(chromium, f"{address}/book/index.html?neighbors=word:willingness;table:2")
    columns = drawn(page, "neighbors").locator(".eb-columns > div").all_inner_texts()
    assert len(columns) == 2
    assert sum("is not one of the" in column for column in columns) == 1
    page.context.close()


def test_a_touched_point_of_a_map_is_looked_up(chromium: Any, address: str) -> None:
    """The word box follows, and the sentence is the one of that word."""
    page = opened(chromium, f"{address}/notebooks/07_tsne.html")
    view = drawn(page, "maps")
    mark = view.locator(".eb-map path").filter(has=page.locator("title", has_text="tiger")).first
    mark.click()
    page.wait_for_function(
        "() => document.querySelector('.eb-view[data-key=maps] .eb-text').textContent.includes('nearest to tiger:')"
    )
    assert panel_of(view).locator("input[type=text]").first.input_value() == "tiger"
    assert page.complaints.all() == []
    page.context.close()


def test_a_perplexity_that_is_too_large_is_said_and_the_map_stays(chromium: Any, address: str) -> None:
    page = opened(chromium, f"{address}/notebooks/07_tsne.html?maps=perplexity:5")
    view = page.locator('.eb-view[data-key="maps"]')
    view.scroll_into_view_if_needed()  # before that it draws nothing
    page.wait_for_selector('.eb-view[data-key="maps"][data-state="problem"]', timeout=15_000)
    assert "50 is too much for 40" in view.locator(".eb-problem").inner_text()
    slider = panel_of(view).locator(".widget-inline-hbox").filter(has_text="Perplexity").locator(".noUi-handle")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector('.eb-view[data-key="maps"][data-state="drawn"]', timeout=5_000)
    assert "perplexity 30" in view.locator(".eb-text").inner_text()
    page.context.close()
