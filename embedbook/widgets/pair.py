"""Two words on the histogram of their table's random pairs, and one of them stretched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import traitlets

from embedbook import geometry
from embedbook.tables import EmbeddingTable
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, choice, slider, table_objects, text_box

BIN = 0.02
POOLS = ("all rows", "frequent words")
"""What random pairs may be pairs of; the frequent words are the table's first 5,000."""
EXAMPLES = ("cat dog", "cat car", "hot cold", "coffee cup")
"""Pairs to press: alike, unlike, opposites, and things that go together."""


def baseline(table: EmbeddingTable, pool: str) -> dict[str, Any]:
    """10,000 random pairs of one of ``POOLS`` as a histogram of width 0.02, with percentiles and mean."""
    ids = table.frequent_words(5_000) if pool == "frequent words" else []
    pairs = geometry.random_pair_baseline(table, pairs=10_000, seed=0, ids=ids if len(ids) > 1 else None)
    start, stop = np.floor(pairs.cosines[0] / BIN), np.ceil(pairs.cosines[-1] / BIN)
    edges = np.arange(start, max(stop, start + 1) + 1) * BIN
    percentiles = np.quantile(pairs.cosines, np.linspace(0, 1, 101))
    return {
        "start": round(float(edges[0]), 2),
        "width": BIN,
        "counts": np.histogram(pairs.cosines, edges)[0].tolist(),
        "percentiles": [round(float(p), 3) for p in percentiles],
        "mean": round(pairs.mean, 3),
    }


class PairView(View):
    """A marker on the histogram, both rows and their products, the cosine as a bar, the dot product as a number."""

    HOW = (
        "The histogram holds the cosines of 10,000 random pairs of the table. Below it stand all numbers of both rows "
        "and their products: their sum is the dot product, and divided by both lengths the cosine. Stretching a row "
        "changes the dot product alone."
    )

    a = traitlets.Unicode().tag(sync=True)
    b = traitlets.Unicode().tag(sync=True)
    length = traitlets.Float(1.0).tag(sync=True)
    pool = traitlets.Int(0).tag(sync=True)

    def text(self) -> str:
        carried = self.chosen
        found = {word: token_id for word in (self.a, self.b) if (token_id := carried.find(word)) is not None}
        if lost := [word for word in (self.a, self.b) if word not in found]:
            return carried.lacking(lost[0])
        words = [carried.table.word(found[word]) for word in (self.a, self.b)]
        first, second = carried.rows([found[self.a], found[self.b]])  # each [D]
        if not (first.any() and second.any()):
            return "A row of zeros has no direction, so no cosine."
        cosine, product = float(geometry.unit(first) @ geometry.unit(second)), float(first @ second) * self.length
        points = self.data["baselines"][self.table][self.pool]["percentiles"]
        percentile = float(np.interp(cosine, points, np.arange(101))) if cosine > points[0] else 0.0
        share = "more than 99" if percentile >= 99.5 else "less than 1" if percentile < 0.5 else fixed(percentile, 0)
        stretched = "" if self.length == 1 else f" with {words[1]} at {fixed(self.length, 1)} times its length"
        return (
            f"In {carried.label}, cosine({', '.join(words)}) = {fixed(cosine)}, above {share}\u00a0% of random pairs "
            f"of {POOLS[self.pool]}. Dot product {fixed(product)}{stretched}."
        )


def pair(
    a: str = "cat", b: str = "dog", *, tables: Iterable[EmbeddingTable | str] | None = None, key: str = "pair"
) -> Panel:
    """Two words and a length: their cosine among random pairs, and what the dot product makes of the length.

    Raises ValueError for a table of one row, which has no pairs.

    >>> pair("cat", "dog").view.text().partition(" of random")[0].replace("\u00a0", " ")
    'In SmolLM2, cosine(cat, dog) = 0.58, above 87 %'
    """
    sources = table_objects(tables)
    if single := [table.card.name for table in sources if len(table.tokens) < 2]:
        raise ValueError(f"{single[0]} has no two rows to compare; a table for this widget needs two or more")
    asked = [example.split() for example in EXAMPLES]
    examples = [[f"{x} \N{MIDDLE DOT} {y}", {"a": x, "b": y}] for x, y in asked if any(x in table for table in sources)]
    data = {
        "examples": examples,
        "pools": list(POOLS),
        "baselines": [[baseline(table, pool) for pool in POOLS] for table in sources],
    }
    view = PairView(key=key, a=a, b=b, sources=sources, data=data)
    return Panel(
        view,
        a=text_box("First word"),
        b=text_box("Second word"),
        length=slider("Stretch second", 0.2, 5.0, 0.1),
        pool=choice("Random pairs", POOLS),
        table=choice("Table", view.tables),
    )
