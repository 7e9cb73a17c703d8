"""The ledger: what the source chapter claims, the rule that decides each claim, and the verdict on real tables.

>>> from embedbook import claims
>>> claims.result("T3").verdict.label
'holds'
>>> [claim.id for claim in claims.entries("11")]
['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8']

``ledger`` says what an entry is and computes verdicts; each page has a file of entries, with texts and thresholds, and
a module that measures them; ``columns`` reads what a table said that is not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import NoneType
from typing import Any

from embedbook import tables as _tables
from embedbook.claims import _measuring, columns
from embedbook.claims.ledger import Claim, Kind, Measurement, Result, Threshold, Verdict, decide
from embedbook.claims.render import PageReport, TableReport
from embedbook.claims.whole import Tally, Whole
from embedbook.tables import EmbeddingTable

__all__ = [
    "Claim",
    "Kind",
    "Measurement",
    "PageReport",
    "Result",
    "TableReport",
    "Tally",
    "Threshold",
    "Verdict",
    "Whole",
    "columns",
    "entries",
    "measure",
    "page",
    "result",
    "tally",
    "whole",
]

TABLES = ("minilm", "glove", "smollm2")
"""What a page measures by default, as far as it is on this machine, beside the table that the session runs on."""


def entries(page: str | None = None) -> tuple[Claim, ...]:
    """The claims of one page, such as "03"; by default of all pages. Raises ValueError for a page without claims.

    >>> len(entries("01"))
    7
    """
    found = tuple(claim for claim in _measuring.ENTRIES.values() if page is None or claim.page == page)
    if not found:
        pages = ", ".join(sorted({claim.page for claim in _measuring.ENTRIES.values()}))
        raise ValueError(f"no claims on page {page!r}; pages with claims: {pages}")
    return found


def measure(table: EmbeddingTable | str) -> TableReport:
    """What one table, given as it is or by name, says about every claim that is measured on tables.

    A claim that a table cannot testify to, or that needs a library that is not installed, says so in its place.

    >>> measure("minilm")["S3"].passes
    True
    """
    table = _tables.as_table(table)
    return TableReport(table.card.name, {c.id: _measuring.on_table(c, table) for c in entries() if c.per_table})


def result(claim_id: str, tables: Sequence[EmbeddingTable | str] | None = None) -> Result:
    """What each table and each other witness says about one claim; the verdict follows from it.

    ``tables`` are tables or names; by default those of :data:`TABLES` that are here and the table that
    ``$EMBEDBOOK_TABLE`` names. Raises ValueError for an unknown id, MissingTableError or MissingExtraError where
    something that the measurement needs is not installed, with what brings it; for a table also where its column is.

    >>> result("S3", tables=["minilm"]).per_table["minilm"].passes
    True
    """
    if claim_id not in list(_measuring.ENTRIES):
        raise ValueError(f"no claim is called {claim_id!r}; known claims: {', '.join(_measuring.ENTRIES)}")
    return _result(_measuring.ENTRIES[claim_id], _asked(tables))


def page(page: str, tables: Sequence[EmbeddingTable | str] | None = None) -> PageReport:
    """All claims of a page, measured, to be shown by a notebook: ``claims.page("03")``.

    Tables that are not measured now but have a file of measurements join as witnesses (see :mod:`columns`). One line
    says of each other table how to get it.
    """
    asked = _asked(tables)
    absent = [] if tables is not None else [name for name in TABLES if name not in _tables.available()]
    found, lines = columns.recorded(live=asked)
    results = tuple(_result(claim, asked, found) for claim in entries(page))
    asks_tables = any(result.claim.per_table for result in results)
    return PageReport(page, results, (*map(_tables.missing, absent), *lines) if asks_tables else ())


def whole(tables: Sequence[EmbeddingTable | str] | None = None) -> Whole:
    """Every claim of every page, measured, to be shown and filtered: what the last chapter has.

    ``tables`` are tables or names, as for :func:`page`. Raises what :func:`result` raises.

    >>> whole(tables=["minilm"]).results[0].claim.id
    'T1'
    """
    reports = [page(number, tables) for number in _measuring.NOTEBOOKS]
    results = tuple(result for report in reports for result in report.results)
    lines = dict.fromkeys(line for report in reports for line in report.lines)
    return Whole(results, _measuring.NOTEBOOKS, tuple(lines))


def tally(tables: Sequence[EmbeddingTable | str] | None = None) -> Tally:
    """How many of the chapter's statements hold, hold with a condition, fail, cannot be checked.

    The book's own questions and the cited facts are counted apart; the rest is as in :func:`whole`.
    """
    return whole(tables).tally()


def _asked(tables: Sequence[EmbeddingTable | str] | None) -> dict[str, EmbeddingTable]:
    """The tables by the names that a page gives them: two of one name are told apart."""
    if isinstance(tables, EmbeddingTable):
        tables = [tables]
    if isinstance(tables, str) or not isinstance(tables, (Iterable, NoneType)):
        raise TypeError(f"tables must be a list of tables or names, got {tables!r}")
    asked = [name for name in TABLES if name in _tables.available()] if tables is None else list(tables)
    try:
        objects = [*map(_tables.as_table, asked), *([_tables.load()] if tables is None else [])]
    except _tables.MissingTableError as error:
        error.add_note(columns.instead(error.table))
        raise
    named: dict[str, EmbeddingTable] = {}
    for table in dict.fromkeys(objects):
        name, n = table.card.name, 1
        while name in named:
            n += 1
            name = f"{table.card.name} ({n})"
        named[name] = table
    return named


def _result(claim: Claim, asked: Mapping[str, EmbeddingTable], found: Sequence[columns.Column] = ()) -> Result:
    tried = {
        (name, value): decide(claim, _said(claim.moved(name, value), asked))
        for name in claim.named
        for value in claim.thresholds[name].tried
    }
    if not claim.per_table:
        return Result(claim, {}, _measuring.without_table(claim), tried=tried)
    return Result(
        claim,
        {name: _measuring.on_table(claim, table) for name, table in asked.items()}
        | {column.table: column.witness(claim) for column in found},
        _measuring.without_table(claim),
        {column.table: column.date.isoformat() for column in found},
        tried,
    )


def _said(claim: Claim, asked: Mapping[str, EmbeddingTable]) -> dict[str, Measurement[Any]]:
    on_tables = {name: _measuring.on_table(claim, table) for name, table in asked.items()} if claim.per_table else {}
    return {**on_tables, **_measuring.without_table(claim)}
