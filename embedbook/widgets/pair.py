"""Two words on the histogram of their table's random pairs, and one of them stretched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import traitlets

from embedbook import geometry
from embedbook.tables import EmbeddingTable
from embedbook.widgets import datasets
from embedbook.widgets.sentences import fixed, lacking
from embedbook.widgets.view import Panel, View, choice, number_slider, script, table_objects, text_box

BIN = 0.02
POOLS = ("all rows", "frequent words")
"""What random pairs may be pairs of; the frequent words are the table's first 5,000."""


def baseline(table: EmbeddingTable, pool: str) -> dict[str, Any]:
    """10,000 random pairs of one of ``POOLS`` as a histogram of width 0.02, with percentiles and mean."""
    ids = table.frequent_words(5_000) if pool == "frequent words" else []
    pairs = geometry.random_pair_baseline(table, pairs=10_000, seed=0, ids=ids if len(ids) > 1 else None)
    start, stop = np.floor(pairs.cosines[0] / BIN), np.ceil(pairs.cosines[-1] / BIN)
    edges = np.arange(start, max(stop, start + 1) + 1) * BIN
    counts, _ = np.histogram(pairs.cosines, edges)
    percentiles = np.quantile(pairs.cosines, np.linspace(0, 1, 101))
    return {
        "start": round(float(edges[0]), 2),
        "width": BIN,
        "counts": counts.tolist(),
        "percentiles": [round(float(p), 3) for p in percentiles],
        "mean": round(pairs.mean, 3),
    }


class PairView(View):
    """A marker on the histogram, the cosine as a bar, the dot product as a number."""

    _esm = script("pair")
    a = traitlets.Unicode("cat").tag(sync=True)
    b = traitlets.Unicode("dog").tag(sync=True)
    length = traitlets.Float(1.0).tag(sync=True)
    pool = traitlets.Int(0).tag(sync=True)
    pools = traitlets.List(traitlets.Unicode(), default_value=list(POOLS)).tag(sync=True)
    baselines: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """By table, then by pool."""

    def text(self) -> str:
        """The sentence under the picture."""
        label, table = self.chosen
        words, rounded = datasets.rows(table).words, datasets.rounded(table)
        i, j = (datasets.place(table, word) for word in (self.a, self.b))
        if i is None or j is None:
            return lacking(label, words, self.a if i is None else self.b)
        if not (rounded.norms[i] and rounded.norms[j]):
            return "A row of zeros has no direction, so no cosine."
        cosine = geometry.cosine_similarity(rounded, i, j)
        product = float(rounded[i].astype(float) @ rounded[j].astype(float)) * self.length
        points = self.baselines[self.table][self.pool]["percentiles"]
        percentile = float(np.interp(cosine, points, np.arange(101))) if cosine > points[0] else 0.0
        share = fixed(percentile, 0) if percentile < 99.5 else "more than 99"
        share = share if percentile >= 0.5 else "less than 1"
        stretched = "" if self.length == 1 else f" with {words[j]} at {fixed(self.length, 1)} times its length"
        return (
            f"In {label}, cosine({words[i]}, {words[j]}) = {fixed(cosine)}, above {share} % of random pairs of "
            f"{self.pools[self.pool]}. Dot product {fixed(product)}{stretched}."
        )


def pair(
    a: str = "cat", b: str = "dog", *, tables: Iterable[EmbeddingTable | str] | None = None, key: str = "pair"
) -> Panel:
    """Two words and a length: their cosine among random pairs, and what the dot product makes of the length.

    ``tables`` are tables or names of known ones, each of two rows or more; by default the notebook's own and the
    book's. ``key`` names its state in the address of a page: two of a kind on one page need two. Raises ValueError for
    a table of one row, and what ``tables.as_table`` raises.

    >>> pair("cat", "dog")
    In minilm, cosine(cat, dog) = 0.42, above 99 % of random pairs of all rows. Dot product 0.76.
    """
    sources = table_objects(tables)
    baselines = [[baseline(table, pool) for pool in POOLS] for table in sources]
    view = PairView(key=key, a=a, b=b, sources=sources, baselines=baselines)
    controls = {
        "a": text_box("First word", a),
        "b": text_box("Second word", b),
        "length": number_slider("Stretch second", 1.0, 0.2, 5.0, 0.1),
        "pool": choice("Random pairs", POOLS),
        "table": choice("Table", view.tables),
    }
    return Panel(view, controls)
