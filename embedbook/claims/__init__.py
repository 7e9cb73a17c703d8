"""The ledger: what the source chapter claims, the rule that decides each claim, and the verdict on real tables.

>>> from embedbook import claims
>>> claims.measure("T3").verdict.label
'holds'
>>> [claim.id for claim in claims.entries("11")]
['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7']

``ledger`` says what an entry is and computes verdicts; one module a page holds the entries; ``words`` the word lists;
``columns`` reads what a table said that is not here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache

from embedbook import tables as _tables
from embedbook.claims import (
    analogies,
    columns,
    cosine_similarity,
    distributed_meaning,
    embedding_table,
    history,
    random_initialization,
    table_sizing,
    tsne,
)
from embedbook.claims.ledger import Claim, Kind, Measurement, Result, Verdict, decide
from embedbook.claims.render import PageReport

__all__ = [
    "Claim",
    "Kind",
    "Measurement",
    "PageReport",
    "Result",
    "Verdict",
    "columns",
    "entries",
    "measure",
    "measure_table",
    "page",
]

TABLES = ("minilm", "glove", "gemma")

_ENTRIES: dict[str, Claim] = {
    claim.id: claim
    for module in (
        embedding_table,
        distributed_meaning,
        cosine_similarity,
        random_initialization,
        history,
        table_sizing,
        tsne,
        analogies,
    )
    for claim in module.CLAIMS
}


def entries(page: str | None = None) -> tuple[Claim, ...]:
    """The claims of one page, such as "03"; by default of all pages. Raises ValueError for a page without claims.

    >>> len(entries("01"))
    6
    """
    found = tuple(claim for claim in _ENTRIES.values() if page is None or claim.page == page)
    if not found:
        pages = ", ".join(sorted({claim.page for claim in _ENTRIES.values()}))
        raise ValueError(f"no claims on page {page!r}; pages with claims: {pages}")
    return found


def measure(claim: Claim | str, tables: Sequence[str] | None = None) -> Result:
    """What each table and each other witness says about a claim, given whole or by id, and the verdict.

    ``tables`` are names; by default minilm, glove and gemma, as far as they are on this machine, with the table that
    ``$EMBEDBOOK_TABLE`` names in addition.
    Results are kept for the length of the session. Raises ValueError for an unknown id, MissingTableError or
    MissingExtraError where something that the measurement needs is not installed.

    >>> measure("S3", tables=["minilm"]).per_table["minilm"].passes
    True
    """
    claim = _by_id(claim) if isinstance(claim, str) else claim
    found: dict[str, Measurement] = {}
    if claim.per_table:
        found |= {name: _on_table(claim, name) for name in dict.fromkeys(tables or _default_tables())}
    if claim.table_free:
        found |= _without_table(claim)
    return Result(claim, found, decide(claim, found))


def page(page: str, tables: Sequence[str] | None = None) -> PageReport:
    """All claims of a page, measured, to be shown by a notebook: ``claims.page("03")``.

    Tables that are not measured now but have a file of measurements join as witnesses (see :mod:`columns`). One line
    says of each other table how to get it.
    """
    absent = [] if tables else [name for name in TABLES if name not in _tables.available()]
    found, lines = columns.recorded(live=tables or _default_tables())
    results = tuple(columns.joined(measure(claim, tables), found) for claim in entries(page))
    asks_tables = any(result.claim.per_table for result in results)
    return PageReport(page, results, (*map(_tables.missing, absent), *lines) if asks_tables else ())


def measure_table(claim: Claim, name: str) -> Measurement:
    """What one table says about a claim that is measured per table.

    >>> measure_table(entries("03")[2], "minilm").passes
    True
    """
    return _on_table(claim, name)


def _default_tables() -> tuple[str, ...]:
    here = [name for name in TABLES if name in _tables.available()]
    return tuple(dict.fromkeys([*here, *filter(None, [os.environ.get("EMBEDBOOK_TABLE")])]))


def _by_id(claim_id: str) -> Claim:
    if claim_id not in _ENTRIES:
        raise ValueError(f"no claim is called {claim_id!r}; known claims: {', '.join(_ENTRIES)}")
    return _ENTRIES[claim_id]


@cache
def _on_table(claim: Claim, name: str) -> Measurement:
    assert claim.per_table is not None
    return claim.per_table(_tables.load(name))


@cache
def _without_table(claim: Claim) -> dict[str, Measurement]:
    assert claim.table_free is not None
    return dict(claim.table_free())
