"""The ledger whole: each statement counted once under its own verdict, and a filter that hides what it should."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from embedbook import claims
from embedbook.claims.ledger import Claim, Kind, Measurement, Result, Verdict, decide
from embedbook.claims.render import badge
from embedbook.claims.whole import SAID, Whole
from tests.conftest import ROOT

YES, NO = Measurement("2", True), Measurement("0", False)
CITED = Measurement("cited: `a` came before b", None)


def made_up(claim_id: str, page: str = "01", own: bool = False, **said: Measurement[None]) -> Result:
    free = {name: found for name, found in said.items() if name == "paper"}
    tables = {name: found for name, found in said.items() if name != "paper"}
    return Result(Claim(claim_id, page, f"Claim {claim_id}.", "length", "longer than 1", own=own), tables, free)


@pytest.fixture
def small() -> Whole:
    results = (
        made_up("X1", minilm=YES, glove=YES),
        made_up("X2", minilm=YES, glove=NO),
        made_up("X3", minilm=NO, paper=CITED),
        made_up("Y1", "02", own=True, glove=NO),
        made_up("Y2", "02", glove=Measurement("silent", None)),
        Result(Claim("Y3", "02", "It was so.", "the year", "none", cited="It was so in `a`."), {}, {"paper": CITED}),
    )
    return Whole(results, {"01": "01_one.ipynb", "02": "02_two.ipynb"}, ("A table is `missing`.",))


@pytest.fixture
def real() -> Whole:
    return claims.whole(tables=["minilm"])


def test_each_statement_is_counted_once(small: Whole) -> None:
    tally = small.tally()
    assert tally.by_kind == {"holds": 1, "condition": 1, "fails": 1, "unchecked": 1}
    assert (tally.statements, tally.own, tally.cited) == (4, {"fails": 1}, 1)
    assert str(tally) == (
        "Of 4 statements of the chapter, 1 holds as it stands, 1 holds with a condition, 1 does not hold here and "
        "1 cannot be checked here. 1 more is a fact of history, cited and not measured."
    )
    fact = "`a` came before b"
    assert [(r.claim.id, *more) for r, *more in small.looked_up] == [("X3", "paper", fact), ("Y3", "paper", fact)]
    assert [result.claim.id for result in small.cited] == ["Y3"]
    assert small.by_page() == {"01": {"holds": 1, "condition": 1, "fails": 1}, "02": {"unchecked": 1}}
    assert small.by_table() == {"minilm": {True: 2, False: 1}, "glove": {True: 1, False: 1, None: 1}}
    assert [result.claim.id for result in small.of("fails")] == ["X3"]
    with pytest.raises(ValueError, match="no verdict 'wrong'; the verdicts: holds"):
        small.of("wrong")  # type: ignore[arg-type]


# --- the tally of page 12, counted by other code: from the files of entries and from what the witnesses said


def entries_as_written() -> dict[str, dict[str, Any]]:
    """The sections of the files, by id, with the number of their page."""
    found = {}
    for path in sorted((ROOT / "embedbook" / "claims").glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        if "page" in content:  # the timeline is a list of papers
            found |= {
                claim_id: {**entry, "on page": content["page"]}
                for claim_id, entry in content.items()
                if claim_id not in ("page", "thresholds")
            }
    return found


def read_off(entry: dict[str, Any], result: Result) -> Kind:
    """The verdict, from the votes alone."""
    said = [*result.per_table.values(), *result.table_free.values()]
    votes = [(one.passes, bool(one.condition)) for one in said if one.passes is not None]
    if not votes:
        return "cited" if entry.get("cited") else "unchecked"
    if not any(passes for passes, _ in votes):
        return "fails"
    return "holds" if all(vote == (True, False) for vote in votes) else "condition"


def recount() -> tuple[Counter[Kind], Counter[Kind], int]:
    """The chapter's statements and the book's own questions by verdict, and how many facts are cited."""
    ours: dict[bool, Counter[Kind]] = {False: Counter(), True: Counter()}
    results = {result.claim.id: result for page in range(1, 12) for result in claims.page(f"{page:02}").results}
    for claim_id, entry in entries_as_written().items():
        ours[entry.get("own", False)][read_off(entry, results.pop(claim_id))] += 1
    assert not results
    return ours[False], ours[True], ours[False].pop("cited")


def counted_by_the_book() -> tuple[Counter[Kind], Counter[Kind], int]:
    tally = claims.tally()
    return Counter(tally.by_kind), Counter(tally.own), tally.cited


def test_the_books_tally_counted_again() -> None:
    chapter, own, cited = recount()
    assert counted_by_the_book() == (chapter, own, cited)
    assert claims.tally().statements == chapter.total() == len(entries_as_written()) - own.total() - cited
    assert own.total() == 2 and all(chapter[kind] for kind in ("holds", "condition", "fails", "unchecked"))


def with_own_questions(whole: Whole) -> tuple[Result, ...]:
    return tuple(result for result in whole.results if result.verdict.kind != "cited")


def with_cited_facts(whole: Whole) -> tuple[Result, ...]:
    return tuple(result for result in whole.results if not result.claim.own)


@pytest.mark.parametrize("miscounted", [with_own_questions, with_cited_facts])
def test_a_tally_that_counts_what_is_apart_is_told(miscounted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Whole, "chapter", property(miscounted))
    assert counted_by_the_book() != recount()


@pytest.mark.parametrize(
    ("kind", "read_as"), [("condition", "holds"), ("fails", "condition"), ("unchecked", "fails"), ("cited", "holds")]
)
def test_a_tally_that_misreads_a_verdict_is_told(kind: Kind, read_as: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    def misread(claim: Claim, measurements: Mapping[str, Measurement[Any]]) -> Verdict:
        verdict = decide(claim, measurements)
        return replace(verdict, kind=read_as) if verdict.kind == kind else verdict

    monkeypatch.setattr("embedbook.claims.ledger.decide", misread)
    assert counted_by_the_book() != recount()


def test_each_pages_counts_are_those_of_page_12() -> None:
    ledger = claims.whole()
    reports = [claims.page(number) for number in ledger.notebooks]
    for report in reports:
        counts: dict[Kind, int] = {kind: len(ids) for kind, ids in report.verdicts().items()}
        in_view = report.html().partition("</p>")[0]
        for kind, count in counts.items():
            assert f"<span>{count} {badge(kind)}</span>" in in_view
        counts.pop("cited", None)
        assert counts == ledger.by_page()[report.page]
    assert sum(len(report.verdicts().get("cited", [])) for report in reports) == ledger.tally().cited
    assert sum(len(report.own) for report in reports) == sum(ledger.tally().own.values())


def test_each_page_is_a_notebook_that_has_its_claims() -> None:
    pages = {claim.page for claim in claims.entries()}
    notebooks = claims.whole(tables=["minilm"]).notebooks
    assert set(notebooks) == pages
    for page, name in notebooks.items():
        text = (ROOT / "notebooks" / name).read_text(encoding="utf-8")
        assert f'claims.page(\\"{page}\\")' in text
        for claim in claims.entries(page):
            assert f'id=\\"claim-{claim.id}\\"' in text


def test_an_entry_has_all_of_it_and_the_way_to_its_page(real: Whole) -> None:
    html = real.html()
    for result in real.results:
        entry = html.partition(f'id="claim-{result.claim.id}">')[2].partition("</details>")[0]
        link = f'href="{real.notebooks[result.claim.page]}#claim-{result.claim.id}"'
        assert (
            entry.count(link) == 1
            and "<dt>Rule</dt>" in entry
            and f"<dt>{'Looked up' if result.claim.cited else 'Measured'}</dt>" in entry
        )
        for name in result.claim.named:
            assert name.replace("_", " ") in entry
        for _, verdict in result.tried.items():
            assert verdict.label in entry
    assert len(re.findall(r"<details class=\"eb-claim", html)) == len(real.results)
    assert len(re.findall(r"<details", html)) == len(real.results) + 1  # and what was looked up
    assert len(html) < 450_000  # a page of the site carries it


def test_the_filter_names_what_each_line_is(small: Whole) -> None:
    html = small.html()
    lines = dict(re.findall(r'<details class="([^"]*)" id="claim-(\w\d)"', html))
    by_id = {claim_id: set(classes.split()) for classes, claim_id in lines.items()}
    assert by_id["X2"] == {"eb-claim", "v-condition", "p-01", "t0-yes", "t1-no"}
    assert by_id["Y2"] == {"eb-claim", "v-unchecked", "p-02", "t1-none"}
    options = dict(re.findall(r'<option value="([^"]+)">([^<]+)</option>', html))
    assert options["v-fails"] == "does not hold here" and options["p-02"] == "02 two"
    assert options["t1-no"] == "glove: rule not met" and len(options) == 4 + 2 + 2 * len(SAID)
    for value in options:  # each choice has its rule
        assert f'.eb-every:has([value="{value}"]:checked) .eb-list .eb-claim:not(.{value}){{display:none}}' in html
    assert html.index("own questions") > html.index("claim-Y2") and html.index("claim-Y1") > html.index("own quest")


def test_what_another_threshold_would_say(small: Whole) -> None:
    first = small.results[0]
    fails = replace(first, per_table={"minilm": NO, "glove": NO}).verdict
    tried = replace(first, tried={("least", 2): fails, ("least", 3): first.verdict})
    ledger = replace(small, results=(tried, *small.results[1:]))
    assert ledger.moved() == {"X1": (("least", 2, "does not hold here"),)}
    assert [result.claim.id for result in ledger.tried()] == ["X1"] and small.moved() == {}
    recorded = replace(tried, per_table={**tried.per_table, "gemma": NO}, recorded={"gemma": "2026-01-01"})
    assert replace(ledger, results=(recorded,)).moved() == ledger.moved()  # who cannot be asked again changes nothing


def test_no_text_of_a_table_becomes_markup(small: Whole) -> None:
    hostile = '<img src=x onerror="alert(1)">'
    result = replace(small.results[0], per_table={hostile: Measurement(hostile, True)})
    html = replace(small, results=(result,)).html()
    assert "<img" not in html and html.count("&lt;img") >= 3


def test_the_plain_text_has_a_line_a_claim(small: Whole) -> None:
    lines = repr(small).splitlines()
    assert lines[:2] == ["The chapter's statements: 4", "01  X1  Claim X1. [holds]"]
    assert lines[-2:] == ["X3  paper: a came before b", "Y3  paper: a came before b"]
    assert "02  Y3  It was so. [cited, not measured]" in lines
    assert small._repr_mimebundle_() == {"text/html": small.html(), "text/plain": repr(small)}
