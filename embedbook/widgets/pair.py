"""Two words on the histogram of their table's random pairs, and one of them stretched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from embedbook import geometry
from embedbook import tables as known
from embedbook.claims.words import frequent_ids
from embedbook.widgets import arithmetic, datasets
from embedbook.widgets.view import Panel, View, choice, joined, known_tables, number_slider, text_box

BIN = 0.02
POOLS = ("all rows", "frequent words")
"""What random pairs may be pairs of; the frequent words are the table's first 5,000."""


def baseline(name: str, pool: str) -> dict[str, Any]:
    """10,000 random pairs of one of ``POOLS`` as a histogram of width 0.02, with percentiles and mean."""
    table = known.load(name)
    ids = frequent_ids(table, 5_000) if pool == "frequent words" else None
    pairs = geometry.random_pair_baseline(table, pairs=10_000, seed=0, ids=ids)
    start, stop = np.floor(pairs.cosines[0] / BIN), np.ceil(pairs.cosines[-1] / BIN)
    edges = np.arange(start, stop + 1) * BIN
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

    _esm = joined("pair")
    a = traitlets.Unicode("cat").tag(sync=True)
    b = traitlets.Unicode("dog").tag(sync=True)
    length = traitlets.Float(1.0).tag(sync=True)
    pool = traitlets.Int(0).tag(sync=True)
    pools = traitlets.List(traitlets.Unicode(), default_value=list(POOLS)).tag(sync=True)
    baselines: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """By table, then by pool."""

    def text(self) -> str:
        """The sentence under the picture."""
        data = datasets.dataset(f"rows-{self.chosen}")
        i, j = (arithmetic.position(data, word) for word in (self.a, self.b))
        rows, units = data.rows(), arithmetic.unit_rows(data)
        a, b, cosine = data.words[i], data.words[j], float(units[i] @ units[j])
        percentile = float(np.interp(cosine, self.baselines[self.table][self.pool]["percentiles"], np.arange(101)))
        share = (
            "more than 99"
            if percentile >= 99.5
            else "less than 1"
            if percentile < 0.5
            else arithmetic.fixed(percentile, 0)
        )
        stretched = "" if self.length == 1 else f" with {b} at {arithmetic.fixed(self.length, 1)} times its length"
        product = arithmetic.fixed(float(rows[i] @ (rows[j] * self.length)))
        return (
            f"In {self.chosen}, cosine({a}, {b}) = {arithmetic.fixed(cosine)}, "
            f"above {share} % of random pairs of {self.pools[self.pool]}. Dot product {product}{stretched}."
        )


def pair(
    a: str = "cat",
    b: str = "dog",
    *,
    tables: Sequence[str] = ("minilm", "glove"),
    first: str | None = None,
    key: str = "pair",
) -> Panel:
    """Two words and a length: their cosine among random pairs, and what the dot product makes of the length.

    ``key`` names its state in the address of a page: two of a kind on one page need two.

    >>> pair("cat", "dog").view.text()
    'In minilm, cosine(cat, dog) = 0.42, above 99 % of random pairs of all rows. Dot product 0.76.'
    """
    names = known_tables(tables, first)
    baselines = [[baseline(name, pool) for pool in POOLS] for name in names]
    view = PairView(key=key, a=a, b=b, tables=names, baselines=baselines)
    controls = {
        "a": text_box("First word", a),
        "b": text_box("Second word", b),
        "length": number_slider("Stretch second", 1.0, 0.2, 5.0, 0.1),
        "pool": choice("Random pairs", POOLS),
        "table": choice("Table", names),
    }
    return Panel(view, controls)
