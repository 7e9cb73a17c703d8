"""One table measured on everything, as one JSON value: what ``make column`` writes and :mod:`columns` reads."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from math import isfinite
from typing import Any

import numpy as np

from embedbook import claims, tables
from embedbook.claims import comparisons
from embedbook.claims.columns import FORMAT
from embedbook.tables import EmbeddingTable, MissingTableError
from embedbook.tables.registry import ENTRIES

LIBRARIES = ("embedbook", "numpy", "scipy", "tokenizers", "safetensors", "huggingface_hub", "gensim", "torch")


def record(name: str, day: date, said: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Every claim that is measured per table, and every comparison, on the table of that name.

    ``said`` is told what is being measured. The same table and versions give the same value, the day apart. Raises
    UnknownTableError, MissingTableError, MissingExtraError. A table of merges needs GloVe too, by whose order its
    frequent words are counted.
    """
    table = tables.load(name)
    order = _order(table)
    measured = {}
    for claim in claims.entries():
        if claim.per_table:
            said(f"{claim.id}. {claim.text}")
            found = asdict(claims.measure_table(claim, name))
            numbers = {key: number for key, number in found["numbers"].items() if isfinite(number)}
            measured[claim.id] = {**found, "numbers": numbers, "rule": claim.rule}
    said("Comparisons")
    return {
        "format": FORMAT,
        "table": name,
        "date": day.isoformat(),
        "card": asdict(table.card),
        "shape": list(table.shape),
        "digests": {**tables.digests(name), **_contents(table)},
        "order of frequent words": order,
        "versions": {"python": ".".join(map(str, sys.version_info[:2])), **_versions()},
        "claims": measured,
        "comparisons": {
            "cosines": [asdict(pair) for pair in comparisons.pairs(table, "cosines")],
            "dot products": [asdict(pair) for pair in comparisons.pairs(table, "dot products")],
            "analogies": {
                protocol: {relation: asdict(score) for relation, score in scores.items()}
                for protocol, scores in comparisons.relations(table).items()
            },
            "ratings": comparisons.ratings(table),
            "random pairs": comparisons.random_pairs(table),
        },
    }


def text(column: dict[str, Any]) -> str:
    """The value as the file has it. Raises ValueError for a number that is none."""
    return json.dumps(column, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _contents(table: EmbeddingTable) -> dict[str, str]:
    """SHA-256 of the rows (float32, little-endian, row by row) and of the tokens, as lines of JSON, by id.

    For GPT-2 the first is also the digest of the slice that was fetched.
    """
    rows, tokens = hashlib.sha256(), hashlib.sha256()
    for start in range(0, len(table), 8_192):
        rows.update(np.ascontiguousarray(table.vectors[start : start + 8_192], dtype="<f4").tobytes())
    for token in table.tokens:
        tokens.update(json.dumps(token).encode() + b"\n")
    return {"rows": rows.hexdigest(), "tokens": tokens.hexdigest()}


def _order(table: EmbeddingTable) -> dict[str, str]:
    """SHA-256 of the files whose order of words counts as that of frequency, of a table that has none of its own."""
    if table.tokenization not in ("byte-level", "sentencepiece"):
        return {}
    if "glove" not in tables.available():
        reason = f"the frequent words of {table.card.name} are counted in its order"
        raise MissingTableError("glove", reason, ENTRIES["glove"].command)
    return dict(tables.digests("glove"))


def _versions() -> dict[str, str]:
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
