"""A page's claims for reading: a short block each, no tables, so that it fits a phone, GitHub and JupyterLab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from embedbook import tables
from embedbook.claims.ledger import LABELS, Measurement, Result
from embedbook.claims.references import REFERENCES

PREFACE = (
    "Each rule was declared in the ledger and decides the verdict by itself. The rules are declared, not "
    "blind: some of these quantities had been looked at when the rules were written."
)


@dataclass(frozen=True)
class PageReport:
    """The results of one page, in the ledger's order; shown as Markdown by Jupyter and as plain text elsewhere."""

    page: str
    results: tuple[Result, ...]
    missing: tuple[str, ...] = ()
    """One line on each table that is not here and so could not speak."""

    def _repr_markdown_(self) -> str:
        return "\n\n".join([self.summary(), *self.missing, PREFACE, *map(block, self.results)]) + "\n"

    def __repr__(self) -> str:
        return "\n\n".join([self.summary(), *self.missing, PREFACE, *map(text_block, self.results)])

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
    lines = [f"**{claim.id}. {claim.text}** {badge}", ""]
    lines += [f"- *{name}:* {text}" for name, text in _lines(result)]
    if claim.citations:
        lines.append(f"- *Sources:* {'; '.join(REFERENCES[key].markdown() for key in claim.citations)}")
    return "\n".join(lines)


def text_block(result: Result) -> str:
    """The same claim as plain text."""
    claim = result.claim
    lines = [f"{claim.id}. {claim.text} [{result.verdict.label}]"]
    lines += [f"  {name}: {_without_code(text)}" for name, text in _lines(result)]
    if claim.citations:
        lines.append(f"  Sources: {'; '.join(REFERENCES[key].text() for key in claim.citations)}")
    return "\n".join(lines)


def _lines(result: Result) -> Iterator[tuple[str, str]]:
    claim = result.claim
    if claim.chapter_figure:
        yield (
            ("The chapter (reported for GPT-2, not measured here)" if claim.reported else "The chapter"),
            claim.chapter_figure,
        )
    yield "Measured", claim.quantity
    for witness, measurement in result.per_table.items():
        yield (f"On {witness}" if witness in tables.names() else witness), _said(measurement)
    yield "Rule", claim.rule
    if result.verdict.sentence:
        yield "So", result.verdict.sentence
    if claim.lesson:
        yield "Lesson", claim.lesson


def _said(measurement: Measurement) -> str:
    return f"{measurement.value}. {measurement.note}".strip()


def _without_code(text: str) -> str:
    return re.sub(r"(`+) ?(.+?) ?\1", r"\2", text)
