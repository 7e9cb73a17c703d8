"""What is compared on one table beyond the claims: the chapter's pairs, Google's questions, ratings, random pairs.

The numbers are rounded here, so that a file that holds them is the same wherever it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from embedbook import evaluation, lists
from embedbook.claims.wording import dashed
from embedbook.evaluation import RelationScore
from embedbook.geometry import cosine_similarity, random_pair_baseline
from embedbook.tables import EmbeddingTable

Figures: TypeAlias = Literal["cosines", "dot products"]

FREQUENT = 2_000
DIGITS: Mapping[Figures, int] = {"cosines": 4, "dot products": 2}
"""As many as the chapter gives."""
PROTOCOLS: Mapping[str, tuple[evaluation.Method, bool]] = {
    "inputs left out": ("offset", True),
    "inputs allowed": ("offset", False),
    "nearest to c": ("nearest_to_c", True),
    "b + c": ("b_plus_c", True),
}


@dataclass(frozen=True)
class Rating:
    """Rank correlation with people's ratings, over how many of the pairs; None where too few pairs are known."""

    spearman: float | None
    answered: int
    pairs: int


@dataclass(frozen=True)
class RandomPairs:
    """The cosines of 10,000 random pairs among so many rows; quantiles by share, such as "0.5"."""

    rows: int
    mean: float
    std: float
    quantiles: Mapping[str, float]


def reported(kind: Figures) -> Mapping[str, float]:
    """The chapter's figures, by pair.

    >>> reported("dot products")["cat–dog"]
    5.28
    """
    figures = lists.COSINES_GPT2 if kind == "cosines" else lists.DOT_PRODUCTS_GPT2
    return {dashed(pair): figure for pair, figure in figures.items()}


def pairs(table: EmbeddingTable, kind: Figures) -> dict[str, float | None]:
    """What this table says of the pairs of :func:`reported`; None where a word is not one token.

    >>> from embedbook import tables
    >>> list(pairs(tables.load("minilm"), "dot products"))
    ['cat–dog', 'cat–car', 'Paris–Tokyo', 'Paris–bicycle']
    """
    found: dict[str, float | None] = {}
    for pair in reported(kind):
        a, b = pair.split("–")
        if a not in table or b not in table:
            found[pair] = None
            continue
        exact = cosine_similarity(table, a, b) if kind == "cosines" else float(table[a].astype(float) @ table[b])
        found[pair] = round(exact, DIGITS[kind]) + 0.0
    return found


def relations(table: EmbeddingTable) -> dict[str, dict[str, RelationScore]]:
    """Google's questions: by protocol ("inputs left out", "inputs allowed", and two answers without an offset)."""
    return {
        name: evaluation.google_analogies(table, exclude, method=method).by_relation
        for name, (method, exclude) in PROTOCOLS.items()
    }


def ratings(table: EmbeddingTable) -> dict[str, Rating]:
    """By test set."""
    reports = {name: evaluation.word_similarity(table, name) for name in ("wordsim353", "simlex999")}
    return {
        name: Rating(None if np.isnan(r.spearman) else round(r.spearman, 3), r.answered, r.pairs)
        for name, r in reports.items()
    }


def random_pairs(table: EmbeddingTable) -> dict[str, RandomPairs]:
    """Of all rows and of frequent words, as far as there are two of them."""
    found = {}
    for name, ids in (("all rows", range(len(table))), ("frequent words", table.frequent_words(FREQUENT))):
        if len(ids) > 1:
            baseline = random_pair_baseline(table, ids=ids)
            found[name] = RandomPairs(
                rows=len(ids),
                mean=round(baseline.mean, 3),
                std=round(baseline.std, 3),
                quantiles={str(share): round(value, 3) for share, value in baseline.quantiles.items()},
            )
    return found
