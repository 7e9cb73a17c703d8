"""The plan for a lesson: each of its links opens its widget as the link says, with what Python says of that state."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest

from embedbook.widgets.view import Panel
from tests.conftest import ROOT, watch
from tests.scenarios import PATIENCE, SCENARIOS, says

PLAN = "book/teach/fifty_minutes"
SOURCE = (ROOT / f"{PLAN}.md").read_text(encoding="utf-8")
LINKS = [unescape(link) for link in re.findall(r'<a href="([^"]+)">', SOURCE)]
SAID = {
    "the neighbours of *Python*": "In SmolLM2",
    "*apple* in GloVe": "In GloVe",
    "that sentence": "Ġunh, has id",
    "*cat* and *car*": "of random pairs of all rows",
    "the same pair among frequent words": "cosine(cat, car) = 0.25, above 50 % of random pairs of frequent words",
    "*hot* and *cold*": "of random pairs of frequent words",
    "a table before training": "After step 0 of 400, two tables",
    "when it has ended": "After step 400 of 400, two tables",
    "the same on shuffled text": "After step 400 of 400, shuffled text",
    "*king* − *man* + *woman* in GloVe": "In GloVe, among the 5,046 words loaded first, king − man + woman is nearest to queen",
    "without the rule": "In GloVe, among the 5,046 words loaded first, king − man + woman is nearest to king",
    "a map of forty words": "perplexity 8, seed 42, after 1,000 iterations",
    "the same words from another start": "perplexity 8, seed 0, after 1,000 iterations",
    "with a lower perplexity": "perplexity 2, seed 42, after 1,000 iterations",
}
"""What the words of each link promise, in the sentence of the widget that it opens."""
CASTS: dict[type, Callable[[str], Any]] = {int: int, float: float, bool: lambda text: text == "1", str: str}


def state(link: str) -> tuple[str, dict[str, str]]:
    """The key of the widget that a link opens, and what it sets."""
    key, _, text = urlsplit(link).query.partition("=")
    return key, dict(pair.split(":", 1) for pair in text.split(";"))


def made(key: str, page: str, values: dict[str, str]) -> Panel:
    """The page's own widget in Python, set as the link sets it."""
    panel = next(one for one in SCENARIOS if one.widget == key and one.page == page).make()
    for name, value in values.items():
        setattr(panel.view, name, CASTS[type(getattr(panel.view, name))](value))
    return panel


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    """One tab at a projector's size."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.complaints = watch(page)
    yield page
    context.close()


def test_the_minutes_add_up_and_each_part_has_what_a_teacher_needs() -> None:
    parts = re.split(r"^## (?=\d)", SOURCE, flags=re.MULTILINE)[1:]
    times = [tuple(map(int, re.match(r"(\d+) to (\d+):", part).groups())) for part in parts]  # type: ignore[union-attr]
    assert [end - start for start, end in times] == [5, 7, 10, 12, 8, 5, 3]
    assert times[0][0] == 0 and times[-1][1] == 50
    assert all(one[1] == other[0] for one, other in pairwise(times))
    for part in parts[:-1]:
        assert all(f"**{head}" in part for head in ("Ask.**", "Show**", "You will hear**", "Late?**"))
    questions, _, answers = parts[-1].partition("<details")
    assert len(re.findall(r"^\d\. ", questions, re.M)) == len(re.findall(r"^\d\. ", answers, re.M)) == 5


@pytest.mark.parametrize(("link", "words"), re.findall(r'<a href="([^"]+)">([^<]+)</a>', SOURCE))
def test_a_link_opens_what_its_words_promise(link: str, words: str) -> None:
    key, values = state(unescape(link))
    page = re.sub(r"^(\.\./)+|\.ipynb.*", "", link)
    panel = made(key, page if page.startswith("notebooks/") else f"book/{page}", values)
    assert SAID[words] in repr(panel).replace("\u00a0", " ")


@pytest.mark.parametrize("link", LINKS)
def test_a_link_lands_on_its_widget_as_it_says(tab: Any, address: str, link: str) -> None:
    tab.goto(f"{address}/{PLAN}.html")
    key, values = state(link)
    found = tab.locator(f'article a[href*="?{urlsplit(link).query.replace(" ", "%20")}"]')
    found = found if found.count() else tab.locator(f'article a[href*="?{urlsplit(link).query}"]')
    assert found.count() == 1
    tab.goto(tab.evaluate("one => one.href", found.element_handle()))
    view = tab.locator(f'#widget-{key} .eb-view[data-key="{key}"]')
    view.wait_for(state="attached")
    tab.wait_for_selector(f'.eb-view[data-key="{key}"][data-state="drawn"]')
    page = tab.evaluate("location.pathname.replace(/^.*?(book|notebooks)/, '$1').replace('.html', '')")
    says(tab, view, repr(made(key, page, values)), link)
    for name in ("word", "a", "b", "c"):
        assert values.get(name, "") in view.locator(".eb-text").inner_text()
    top = tab.locator(f"#widget-{key}").evaluate("one => one.getBoundingClientRect().top")
    assert 0 <= top < 300
    assert tab.complaints.all() == []
