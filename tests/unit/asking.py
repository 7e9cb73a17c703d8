"""What the tests of claims ask: one claim, one witness, thresholds moved or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from embedbook import claims, tables
from embedbook.claims.ledger import Measurement, Threshold
from embedbook.tables import EmbeddingTable

TABLES = ("minilm", "glove", "smollm2")
ENTRIES = {claim.id: claim for claim in claims.entries()}


def said(claim_id: str, *asked: EmbeddingTable | str) -> dict[str, Measurement[Any]]:
    """What tables, by default all three, and the other witnesses said when they were measured."""
    result = claims.result(claim_id, asked or TABLES)
    return {**result.per_table, **result.table_free}


def shown(claim_id: str, table: EmbeddingTable | str) -> str:
    """The sentences that a page shows of a table."""
    measurement = next(iter(said(claim_id, table).values()))
    return f"{measurement.value}. {measurement.note}"


def heard(claim_id: str, witness: EmbeddingTable | str, **moved: Any) -> Measurement[Any]:
    """What a table, given or named, or another witness says now, with some thresholds moved."""
    claim = ENTRIES[claim_id]
    assert moved.keys() <= claim.thresholds.keys()
    thresholds = {name: Threshold(value, "moved") for name, value in moved.items()}
    claim = replace(claim, thresholds={**claim.thresholds, **thresholds})
    if isinstance(witness, str) and witness not in tables.names():
        return claim.without_table()[witness]
    return claim.on(tables.as_table(witness))
