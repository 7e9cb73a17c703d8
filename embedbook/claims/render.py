"""A page's claims for reading: a line each, which unfolds to what was measured; short plain text beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from embedbook.claims.ledger import LABELS, Kind, Measurement, Result
from embedbook.claims.wording import MARKS, plain
from embedbook.lists import references

GPT2 = "gpt2"  # the table that the chapter's figures were read off
PASSES: Mapping[bool | None, str] = {True: "yes", False: "no", None: "–"}


@dataclass(frozen=True)
class TableReport(Mapping[str, Measurement[Any]]):
    """What one table says about every claim, by id; shown a line a claim."""

    table: str
    said: Mapping[str, Measurement[Any]]

    def __getitem__(self, claim_id: str) -> Measurement[Any]:
        return self.said[claim_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.said)

    def __len__(self) -> int:
        return len(self.said)

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{sum(said.passes is passing for said in self.values())} {word}"
            for passing, word in ((True, "pass"), (False, "fail"), (None, "say nothing"))
        )
        lines = [
            f"{claim_id:3} {PASSES[said.passes].replace('–', '-'):4} {plain(said.value)}"
            + (f"; {plain(said.condition)}" if said.condition else "")
            for claim_id, said in self.items()
        ]
        return "\n".join([f"{self.table}: {counts}", *lines])


@dataclass(frozen=True)
class PageReport:
    """The results of one page, in the ledger's order: Jupyter shows a line a claim that unfolds, ``print`` all of it.

    ``lines`` say which further tables are not measured, and how to measure them.
    """

    page: str
    results: tuple[Result, ...]
    lines: tuple[str, ...] = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": repr(self)}

    def html(self) -> str:
        """The verdicts as one bar with their numbers, and each claim folded to its line."""
        by_kind = {kind: len(ids) for kind, ids in self.verdicts().items()}
        counts = " ".join(f"<span>{count} {badge(kind)}</span>" for kind, count in by_kind.items())
        own = f" <span>and {_questions(len(self.own))}</span>" if self.own else ""
        head = f'<p class="eb-counts">{sum(by_kind.values())} claims: {counts}{own}</p>\n{bar(by_kind)}'
        last = (
            f"<details><summary>Tables not measured here</summary>{_listed(self.lines)}</details>" if self.lines else ""
        )
        return "\n".join(['<div class="eb-ledger mathjax_ignore">', head, *map(block, self.results), last, "</div>"])

    def __repr__(self) -> str:
        lines = [self.summary(), *(f"{r.claim.id}. {plain(r.claim.text)} [{r.verdict.label}]" for r in self.results)]
        return "\n".join(lines)

    def __str__(self) -> str:
        return "\n\n".join([self.summary(), *map(plain, self.lines), *map(text_block, self.results)])

    @property
    def own(self) -> tuple[Result, ...]:
        """The questions that this book asks and the chapter does not: no claims, and counted apart."""
        return tuple(result for result in self.results if result.claim.own)

    def verdicts(self) -> Mapping[Kind, list[str]]:
        """The ids of the chapter's claims by verdict, in the order of the verdicts, those that occur.

        >>> PageReport("01", ()).verdicts()
        {}
        """
        asked = [result for result in self.results if not result.claim.own]
        by_kind = {kind: [r.claim.id for r in asked if r.verdict.kind == kind] for kind in LABELS}
        return {kind: ids for kind, ids in by_kind.items() if ids}

    def summary(self) -> str:
        """How many of the chapter's claims got which verdict, with their ids; the book's own questions after them."""
        verdicts = "; ".join(f"{LABELS[kind]}: {len(ids)} ({', '.join(ids)})" for kind, ids in self.verdicts().items())
        own = [f"{result.claim.id}: {result.verdict.label}" for result in self.own]
        besides = f" And {_questions(len(own))}, {'; '.join(own)}." if own else ""
        return f"{len(self.results) - len(own)} claims. {verdicts[:1].upper()}{verdicts[1:]}.{besides}"


def _questions(count: int) -> str:
    return f"{count} question{'s' if count > 1 else ''} of this book's own"


def badge(kind: Kind) -> str:
    """A verdict as a mark in a line.

    >>> badge("fails")
    '<span class="verdict fails"><b>does not hold here</b></span>'
    """
    return f'<span class="verdict {kind}"><b>{LABELS[kind]}</b></span>'


def bar(by_kind: Mapping[Kind, int]) -> str:
    """How many claims got each verdict, as the parts of one bar; the numbers stand beside it."""
    width, left, parts = 240, 0.0, []
    for kind, count in by_kind.items():
        wide = width * count / sum(by_kind.values())
        opacity = {"holds": 1, "condition": 0.6, "fails": 0.3, "cited": 0.2, "unchecked": 0.1}[kind]
        parts.append(f'<rect class="{kind}" x="{left:.1f}" width="{wide:.1f}" height="12" opacity="{opacity}"/>')
        left += wide
    return (
        f'<svg class="eb-verdicts" width="{width}" height="12" viewBox="0 0 {width} 12" preserveAspectRatio="none" '
        f'fill="currentColor" aria-hidden="true">{"".join(parts)}</svg>'
    )


def block(result: Result, classes: Sequence[str] = (), address: str = "") -> str:
    """One claim as HTML: its line, and folded under it what was asked, what each witness said and why it decides.

    ``classes`` are more classes of the line, ``address`` is where its page has it.
    """
    claim = result.claim
    lesson = f'<br><span class="eb-lesson">{inline(claim.lesson)}</span>' if claim.lesson else ""
    line = f"<summary><b>{claim.id}</b> {inline(claim.text)} {badge(result.verdict.kind)}{lesson}</summary>"
    facts = [f"<dt>{escape(name)}</dt><dd>{inline(text)}</dd>" for name, text in _before(result)]
    if reasons := _reasons(result):
        facts.append(f"<dt>Why these numbers</dt><dd>{_listed(reasons)}</dd>")
    after = [f"<dt>{escape(name)}</dt><dd>{inline(text)}</dd>" for name, text in _after(result) if name != "Lesson"]
    if address:
        link = f'<a href="{escape(address)}">{escape(claim.id)} on page {escape(claim.page)}</a>'
        after.append(f"<dt>Its page</dt><dd>{link}</dd>")
    rows = [
        f'<tr><th scope="row">{escape(name)}</th><td>{inline(_said(said))}</td><td>{PASSES[said.passes]}</td></tr>'
        for name, said in _witnesses(result)
    ]
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("on", "measured", "rule met"))
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>" if rows else ""
    return "\n".join(
        [
            f'<details class="{" ".join(["eb-claim", *classes])}" id="claim-{claim.id}">',
            line,
            f"<dl>{''.join(facts)}</dl>",
            table,
            f"<dl>{''.join(after)}</dl>" if after else "",
            "</details>",
        ]
    )


def text_block(result: Result) -> str:
    """The same claim as plain text."""
    head = f"{result.claim.id}. {result.claim.text} [{result.verdict.label}]"
    said = [(name if name in result.table_free else f"On {name}", _said(found)) for name, found in _witnesses(result)]
    reasons = [("Why", reason) for reason in _reasons(result)]
    lines = [*_before(result), *reasons, *said, *_after(result)]
    return "\n".join([head, *(f"  {name}: {plain(text)}" for name, text in lines)])


def _before(result: Result) -> Iterator[tuple[str, str]]:
    """What was asked, before the answers."""
    claim = result.claim
    if claim.chapter_figure:
        reported = " (reported for GPT-2)" if GPT2 in result.per_table else " (reported for GPT-2, not measured here)"
        yield f"The chapter{reported if claim.reported else ''}", claim.chapter_figure
    yield "Looked up" if claim.cited else "Measured", claim.quantity
    yield "Rule", claim.rule


def _witnesses(result: Result) -> Iterator[tuple[str, Measurement[Any]]]:
    for name, measurement in result.per_table.items():
        yield f"{name} (measured {result.recorded[name]})" if name in result.recorded else name, measurement
    yield from result.table_free.items()


def _reasons(result: Result) -> list[str]:
    """Why each number that the claim's texts name is this one, and the verdicts that others would give."""
    reasons = []
    for name in result.claim.named:
        value, why = result.claim.thresholds[name].value, result.claim.thresholds[name].why
        tried = {other: verdict.label for (moved, other), verdict in result.tried.items() if moved == name}
        others = [f"with {other:,}, {label}" for other, label in tried.items()]
        number = f" {value:,}" if isinstance(value, int | float) else ""
        reasons.append(f"{name.replace('_', ' ')}{number}: {'; '.join([why, *others])}")
    return reasons


def _after(result: Result) -> Iterator[tuple[str, str]]:
    """What follows from the answers."""
    if result.verdict.sentence:
        yield "So", result.verdict.sentence
    if result.claim.lesson:
        yield "Lesson", result.claim.lesson
    if result.claim.citations:
        yield "Sources", "; ".join(references()[key].markdown() for key in result.claim.citations)


def _listed(texts: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{inline(text)}</li>' for text in texts)}</ul>"


def _said(measurement: Measurement[Any]) -> str:
    return f"{measurement.value}. {measurement.note}".strip()


def inline(text: str) -> str:
    """The few marks of Markdown that the ledger's sentences have, as HTML; all other text is escaped.

    >>> inline("`<b>` of [ACL](https://aclanthology.org/), *not* <i>")
    '<code>&lt;b&gt;</code> of <a href="https://aclanthology.org/">ACL</a>, <em>not</em> &lt;i&gt;'
    """
    parts, at = [], 0
    for found in MARKS.finditer(text):
        parts.append(escape(text[at : found.start()]))
        if found["code"]:
            parts.append(f"<code>{escape(found['code'])}</code>")
        elif found["link"]:
            parts.append(f'<a href="{escape(found["link"])}">{escape(found["text"])}</a>')
        else:
            parts.append(f"<em>{escape(found['emphasis'])}</em>")
        at = found.end()
    return "".join([*parts, escape(text[at:])])
