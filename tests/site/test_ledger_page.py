"""The page with every claim: its filter needs no script, paper shows everything, and a claim leads to its page."""

from __future__ import annotations

from typing import Any

import pytest

from tests.site.conftest import Visit

LEDGER = "notebooks/12_check_the_chapter.html"


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def page(request: pytest.FixtureRequest, visit: Visit) -> Any:
    """The page, with and without JavaScript."""
    return visit(LEDGER, java_script_enabled=request.param)


def shown(page: Any) -> set[str]:
    """The chapter's claims in sight, by their ids."""
    lines = page.locator(".eb-every .eb-list .eb-claim")
    return {line.get_attribute("id") for line in lines.all() if line.is_visible()}


def choice(page: Any, name: str) -> Any:
    """One of the three lists, which a label names."""
    return page.get_by_role("combobox", name=name.capitalize())


def marked(page: Any, *classes: str) -> set[str]:
    """The claims that have all of these marks, in sight or not."""
    lines = page.locator(".eb-every .eb-list .eb-claim" + "".join(f".{one}" for one in classes))
    return {line.get_attribute("id") for line in lines.all()}


def test_the_filter_shows_what_is_asked_for_and_paper_all(page: Any) -> None:
    everything = marked(page)
    assert shown(page) == everything and len(everything) > 40
    choice(page, "verdict").select_option("does not hold here")
    assert shown(page) == marked(page, "v-fails") and 0 < len(shown(page)) < len(everything)
    choice(page, "page").select_option("03 cosine similarity")
    assert shown(page) == marked(page, "v-fails", "p-03") and shown(page)
    page.emulate_media(media="print")
    assert shown(page) == everything
    assert not choice(page, "verdict").is_visible()
    page.emulate_media(media="screen")
    choice(page, "verdict").select_option("all")
    choice(page, "page").select_option("all")
    choice(page, "table").select_option("glove: rule not met")
    assert shown(page) == marked(page, "t1-no") and shown(page)
    assert page.complaints.all() == []


def test_a_claim_unfolds_and_leads_to_its_page(page: Any) -> None:
    line = page.locator("#claim-S5")
    line.locator("summary").click()
    line.get_by_role("link", name="S5 on page 03").click()
    page.wait_for_url("**/notebooks/03_cosine_similarity.html#claim-S5")
    assert page.locator("#claim-S5 summary").is_visible()


def test_the_bar_of_verdicts_stays_a_bar(page: Any) -> None:
    """A widget's style on the same page, which has pictures of its own under such a class, does not stretch it."""
    page.wait_for_load_state("networkidle")
    assert page.locator(".eb-verdicts").bounding_box()["height"] < 20
