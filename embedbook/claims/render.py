"""A page's claims for reading: a short block each, no tables, so that it fits a phone, GitHub and JupyterLab."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from embedbook.claims.ledger import LABELS, Measurement, Result
from embedbook.lists import references

GPT2 = "gpt2"  # the table that the chapter's figures were read off
PREFACE = (
    "Each rule was declared in the ledger and decides the verdict by itself. The rules are declared, not "
    "blind: some of these quantities had been looked at when the rules were written."
)


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
        passes = {True: "yes", False: "no", None: "-"}
        counts = ", ".join(
            f"{sum(said.passes is passing for said in self.values())} {word}"
            for passing, word in ((True, "pass"), (False, "fail"), (None, "say nothing"))
        )
        lines = [
            f"{claim_id:3} {passes[said.passes]:4} {plain(said.value)}"
            + (f"; {plain(said.condition)}" if said.condition else "")
            for claim_id, said in self.items()
        ]
        return "\n".join([f"{self.table}: {counts}", *lines])


@dataclass(frozen=True)
class PageReport:
    """The results of one page, in the ledger's order; shown as Markdown by Jupyter and as plain text elsewhere.

    ``lines`` say which further tables are not measured, and how to measure them.
    """

    page: str
    results: tuple[Result, ...]
    lines: tuple[str, ...] = ()

    def _repr_markdown_(self) -> str:
        return "\n\n".join([self.summary(), PREFACE, *self.lines, *map(block, self.results)]) + "\n"

    def __repr__(self) -> str:
        return "\n\n".join([self.summary(), PREFACE, *map(plain, self.lines), *map(text_block, self.results)])

    def summary(self) -> str:
        """How many claims got which verdict, with their ids."""
        by_label = {label: [r.claim.id for r in self.results if r.verdict.label == label] for label in LABELS.values()}
        counts = [f"{label}: {len(ids)} ({', '.join(ids)})" for label, ids in by_label.items() if ids]
        verdicts = "; ".join(counts)
        return f"{len(self.results)} claims. {verdicts[:1].upper()}{verdicts[1:]}."


def block(result: Result) -> str:
    """One claim as Markdown: a heading line with the verdict, then short bullet lines."""
    claim, verdict = result.claim, result.verdict
    badge = f'<span class="verdict {verdict.kind}">{verdict.label}</span>'
    return "\n".join(
        [f"**{claim.id}. {claim.text}** {badge}", "", *(f"- *{name}:* {text}" for name, text in _lines(result))]
    )


def text_block(result: Result) -> str:
    """The same claim as plain text."""
    head = f"{result.claim.id}. {result.claim.text} [{result.verdict.label}]"
    return "\n".join([head, *(f"  {name}: {plain(text)}" for name, text in _lines(result))])


def _lines(result: Result) -> Iterator[tuple[str, str]]:
    claim = result.claim
    if claim.chapter_figure:
        reported = " (reported for GPT-2)" if GPT2 in result.per_table else " (reported for GPT-2, not measured here)"
        yield f"The chapter{reported if claim.reported else ''}", claim.chapter_figure
    yield "Measured", claim.quantity
    for name, measurement in result.per_table.items():
        day = f" (measured {result.recorded[name]})" if name in result.recorded else ""
        yield f"On {name}{day}", _said(measurement)
    for witness, measurement in result.table_free.items():
        yield witness, _said(measurement)
    yield "Rule", claim.rule
    if result.verdict.sentence:
        yield "So", result.verdict.sentence
    if claim.lesson:
        yield "Lesson", claim.lesson
    if claim.citations:
        yield "Sources", "; ".join(references()[key].markdown() for key in claim.citations)


def _said(measurement: Measurement[Any]) -> str:
    return f"{measurement.value}. {measurement.note}".strip()


def plain(text: str) -> str:
    """Markdown without its marks of code and its links.

    >>> plain("`a` of [ACL](https://aclanthology.org/)")
    'a of ACL'
    """
    return re.sub(r"(`+) ?(.+?) ?\1|\[([^][]*)\]\(https://[^ ]*\)", lambda found: found[2] or found[3], text)
