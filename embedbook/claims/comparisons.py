"""What is compared on one table beyond the claims: the chapter's pairs, Google's questions, ratings, random pairs.

The numbers are rounded here, so that a file that holds them is the same wherever it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from embedbook import evaluation
from embedbook.claims.words import COSINES_GPT2, DOT_PRODUCTS_GPT2, frequent_ids
from embedbook.evaluation import RelationScore
from embedbook.geometry import cosine_similarity, random_pair_baseline
from embedbook.tables import EmbeddingTable

FREQUENT = 2_000
PROTOCOLS: Mapping[str, tuple[evaluation.Method, bool]] = {
    "inputs left out": ("offset", True),
    "inputs allowed": ("offset", False),
    "nearest to c": ("nearest_to_c", True),
    "b + c": ("b_plus_c", True),
}


@dataclass(frozen=True)
class Pair:
    """A pair of words, the chapter's figure for it, and ours; None where a word is not one token."""

    words: tuple[str, str]
    reported: float
    measured: float | None


def reported(kind: Literal["cosines", "dot products"]) -> Mapping[tuple[str, str], float]:
    """The chapter's figures, by pair.

    >>> reported("dot products")["cat", "dog"]
    5.28
    """
    return COSINES_GPT2 if kind == "cosines" else DOT_PRODUCTS_GPT2


def pairs(table: EmbeddingTable, kind: Literal["cosines", "dot products"]) -> tuple[Pair, ...]:
    """The pairs of :func:`reported`, to as many digits as the chapter gives: four for a cosine, two for a dot product.

    >>> from embedbook import tables
    >>> pairs(tables.load("minilm"), "cosines")[0].words
    ('cat', 'dog')
    """
    digits = 4 if kind == "cosines" else 2
    found = []
    for words, figure in reported(kind).items():
        measured = None
        if all(table.find(word) is not None for word in words):
            rows = [table.row(word).astype(np.float64) for word in words]
            exact = cosine_similarity(table, *words) if kind == "cosines" else float(rows[0] @ rows[1])
            measured = round(exact, digits) + 0.0
        found.append(Pair(words, figure, measured))
    return tuple(found)


def relations(table: EmbeddingTable) -> dict[str, dict[str, RelationScore]]:
    """Google's questions: by protocol ("inputs left out", "inputs allowed", and two answers without an offset)."""
    return {
        name: evaluation.google_analogies(table, exclude, method=method).by_relation
        for name, (method, exclude) in PROTOCOLS.items()
    }


def ratings(table: EmbeddingTable) -> dict[str, dict[str, float | None]]:
    """Rank correlation with people's ratings, over how many of the pairs; None where too few pairs are known."""
    found = {}
    for benchmark in ("wordsim353", "simlex999"):
        report = evaluation.word_similarity(table, benchmark)
        spearman = None if np.isnan(report.spearman) else round(report.spearman, 3)
        found[benchmark] = {"spearman": spearman, "answered": report.answered, "pairs": report.pairs}
    return found


def random_pairs(table: EmbeddingTable) -> dict[str, Any]:
    """Mean, spread and quantiles of the cosines of 10,000 random pairs, of all rows and of frequent words."""
    found = {}
    for name, ids in (("all rows", range(len(table))), ("frequent words", frequent_ids(table, FREQUENT))):
        if len(ids) > 1:
            baseline = random_pair_baseline(table, ids=ids)
            found[name] = {
                "rows": len(ids),
                "mean": round(baseline.mean, 3),
                "std": round(baseline.std, 3),
                "quantiles": {str(share): round(value, 3) for share, value in baseline.quantiles.items()},
            }
    return found
