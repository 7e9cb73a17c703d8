"""The ledger on a page: one line a claim, everything else folded under it, and nothing lost or made into markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from embedbook import claims
from embedbook.claims.ledger import LABELS, Claim, Kind, Measurement, Result, Threshold
from embedbook.claims.render import PageReport, bar, inline, text_block
from embedbook.claims.wording import plain
from tests.awkward import AWKWARD_TEXTS, AWKWARD_WORDS

MADE_UP = Claim(
    "X1",
    "01",
    "Rows are long.",
    "length",
    "longer than 1",
    lesson="Measure `rows`.",
    citations=("hill2015",),
    thresholds={"least": Threshold(1_000, "a convention"), "spare": Threshold(2, "never named")},
    named=("least",),
)
TAGS = {"div", "p", "span", "b", "svg", "rect", "details", "summary", "br", "dl", "dt", "dd", "ul", "li"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "code", "a", "em"}
YES, NO = Measurement("2", True, note="Not `<b>`."), Measurement("0", False)


class Reader(HTMLParser):
    """The text of the page that is open at first, that which is folded, and the cells of the tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.shown = self.folded = ""
        self.cells: list[list[str]] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.add(tag)
        self.links += [values["href"] or ""] if "href" in values else []
        self.ids += [values["id"] or ""] if "id" in values else []
        assert not [name for name in values if name.startswith("on") or name == "style"]
        if tag not in ("rect", "br"):
            self.open.append(tag)
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th"):
            self.cells[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "details" in self.open and "summary" not in self.open:
            self.folded += data
        else:
            self.shown += data
        if {"td", "th"} & set(self.open):
            self.cells[-1][-1] += data


@pytest.mark.parametrize("page", ["01", "03", "11"])
def test_a_claim_is_a_line_and_unfolds_to_the_whole(page: str) -> None:
    report = claims.page(page, tables=["minilm"])
    read, text, whole = Reader(report.html()), repr(report), str(report)
    assert read.ids == [f"claim-{claim.id}" for claim in claims.entries(page)]
    for result in report.results:
        claim, label = result.claim, result.verdict.label
        assert f"{claim.id} {plain(claim.text)} {label}{plain(claim.lesson)}" in read.shown.replace("\n", "")
        assert f"{claim.id}. {plain(claim.text)} [{label}]" in text
        for said in (claim.quantity, claim.rule, claim.chapter_figure, result.verdict.sentence):
            assert plain(said) in read.folded and plain(said) in whole
        for name, measurement in {**result.per_table, **result.table_free}.items():
            passes = {True: "yes", False: "no", None: "–"}[measurement.passes]
            assert [name, plain(f"{measurement.value}. {measurement.note}".strip()), passes] in read.cells
    assert not re.search(r"0x[0-9a-f]{4}|/home/|/usr/|site-packages|array\(|np\.float", report.html() + whole)
    assert len(text.splitlines()) == 1 + len(report.results)
    assert all(link.startswith("https://") for link in read.links)
    assert not {"https:", "`"} & set(text) and "`" not in read.shown


def test_what_decides_has_its_reason_and_its_source() -> None:
    result = Result(MADE_UP, {"minilm": YES}, {"Arithmetic": NO})
    read = Reader(PageReport("01", (result,)).html())
    assert read.shown.split() == [
        "1",
        "claims:",
        "1",
        "holds",
        "with",
        "a",
        "condition",
        "X1",
        "Rows",
        "are",
        "long.",
        "holds",
        "with",
        "a",
        "conditionMeasure",
        "rows.",
    ]
    assert "least 1,000: a convention" in read.folded and "never named" not in read.folded
    assert read.cells == [["on", "measured", "rule met"], ["minilm", "2. Not <b>.", "yes"], ["Arithmetic", "0.", "no"]]
    assert read.links == ["https://doi.org/10.1162/COLI_a_00237"]
    assert "It holds on minilm, not on Arithmetic." in read.folded
    assert text_block(result).splitlines() == [
        "X1. Rows are long. [holds with a condition]",
        "  Measured: length",
        "  Rule: longer than 1",
        "  Why: least 1,000: a convention",
        "  On minilm: 2. Not <b>.",
        "  Arithmetic: 0.",
        "  So: It holds on minilm, not on Arithmetic.",
        "  Lesson: Measure rows.",
        "  Sources: Hill, Reichart and Korhonen (2015), doi:10.1162/COLI_a_00237",
    ]


def test_thresholds_that_a_claim_names_are_its_own() -> None:
    named = {claim.id: claim.named for claim in claims.entries()}
    assert named["S1"] == () and named["S2"] == ("frequent", "margin", "members")
    assert set(named["S6"]) >= {"related_from", "caught", "fewest", "frequent"} and "most" not in named["S6"]


def test_reported_figures_are_marked_as_reported() -> None:
    folded = Reader(claims.page("03", tables=["minilm"]).html()).folded
    for figure in ("cat–dog 5.28", "cat–dog 0.4442"):
        assert f"The chapter (reported for GPT-2, not measured here){figure}" in folded


def test_the_bar_has_a_part_for_each_verdict_as_long_as_its_count() -> None:
    report = claims.page("03", tables=["minilm"])
    counts = {kind: sum(r.verdict.kind == kind for r in report.results) for kind in LABELS}
    parts = re.findall(r'<rect class="(\w+)" x="([\d.]+)" width="([\d.]+)"', report.html())
    assert [kind for kind, *_ in parts] == [kind for kind, count in counts.items() if count]
    end = 0.0
    for kind, left, width in parts:
        assert float(left) == pytest.approx(end, abs=0.11)
        assert float(width) == pytest.approx(240 * counts[kind] / len(report.results), abs=0.06)  # type: ignore[index]
        assert f"{counts[kind]} {LABELS[kind]}" in Reader(report.html()).shown  # type: ignore[index]
        end += float(width)
    assert end == pytest.approx(240, abs=0.2)
    only: dict[Kind, int] = {"fails": 3}
    assert 'width="240.0"' in bar(only)
    assert report.summary().startswith(f"{len(report.results)} claims. Holds: ")
    for claim in claims.entries("03"):  # counted once, under its own verdict
        assert len(re.findall(rf"\b{claim.id}\b", report.summary())) == 1


def test_the_books_own_questions_are_counted_apart() -> None:
    claim = replace(MADE_UP, own=True)
    report = PageReport("01", (Result(MADE_UP, {"minilm": YES}), Result(replace(claim, id="X2"), {"minilm": NO})))
    assert report.verdicts() == {"holds": ["X1"]} and [result.claim.id for result in report.own] == ["X2"]
    assert report.summary() == "1 claims. Holds: 1 (X1). And 1 question of this book's own, X2: does not hold here."
    read = Reader(report.html())
    assert "1 claims: 1 holds and 1 question of this book's own" in read.shown
    assert 'class="holds" x="0.0" width="240.0"' in report.html() and read.ids == ["claim-X1", "claim-X2"]
    assert {claim.id for claim in claims.entries() if claim.own} == {"H2", "A7"}


def test_what_is_cited_says_so_and_has_a_part_of_the_bar() -> None:
    cited = replace(MADE_UP, cited="So it was.", would_take="")
    report = PageReport("01", (Result(cited, {}, {"Paper": Measurement("cited: 1913", None)}),))
    assert report.verdicts() == {"cited": ["X1"]} and '<rect class="cited"' in report.html()
    assert "Looked up: length" in str(report) and "So: So it was." in str(report)


@pytest.mark.parametrize("text", [*AWKWARD_WORDS, *AWKWARD_TEXTS], ids=lambda text: repr(text[:12]))
def test_no_text_becomes_markup(text: str) -> None:
    hostile = replace(MADE_UP, text=text, quantity=text, lesson=text)
    read = Reader(
        PageReport("01", (Result(hostile, {text: Measurement(text, None, note=f"`{text}`")}),), (text,)).html()
    )
    assert read.tags <= TAGS
    if "`" not in text and "*" not in text:
        assert text in read.shown


def test_marks_are_only_those_of_the_ledger() -> None:
    assert inline("`` a`b `` *not* **x** 2*3*4") == "<code>a`b</code> <em>not</em> **x** 2*3*4"
    assert inline('[a](javascript:alert(1)) [b](https://a.test/?x=1&y="2)') == (
        '[a](javascript:alert(1)) <a href="https://a.test/?x=1&amp;y=&quot;2">b</a>'
    )


def test_jupyter_gets_both_twins() -> None:
    report = claims.page("01", tables=["minilm"])
    assert report._repr_mimebundle_() == {"text/html": report.html(), "text/plain": repr(report)}
