"""What a view draws from, by a name: the packs and tokens of a table, and the maps that are made of it.

The built site carries it as scripts, so that they load from ``file://`` too; a notebook asks its kernel.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from embedbook import maps as scores
from embedbook import tables
from embedbook.maps import atlas
from embedbook.tables import EmbeddingTable
from embedbook.widgets import packs
from embedbook.widgets.packs import Dataset

SITE_TABLES = ("smollm2", "minilm", "glove")
"""Whose rows the built site carries, if their licences let them travel."""

MAPS_OF = {"categories": "40 words in five categories", "frequent": "300 frequent words"}


@cache
def maps(points: str, table: EmbeddingTable) -> Dataset:
    """The committed maps of one list of words in one table, with the true neighbours and each map's trustworthiness.

    ``places`` is [perplexity, start, iteration, word, 2], the first three as one.
    """
    plan, listed = atlas.WORDS[points], atlas.words(points)
    vectors, name, k = atlas.rows(table, listed), table.card.name, plan.neighbors  # vectors [n, D]
    grid = itertools.product(plan.perplexities, plan.starts, plan.iterations)
    places = [atlas.find(atlas.Key(points, name, *at)) for at in grid]  # each [n, 2]
    meta = {
        "table": name,
        "kind": table.kind,
        "uncased": table.card.uncased,
        "words": list(listed),
        "classes": list(atlas.classes_of(listed)),
        "neighbors": k,
        "iterations": list(plan.iterations),
        "trust": [round(scores.trustworthiness(vectors, drawn, k), 2) for drawn in places],
    }
    neighbors = scores.nearest(vectors, k).astype(np.int16)  # [n, k]
    return Dataset(meta, {"places": np.array(places), "neighbors": neighbors})


def of_table(kind: str, table: EmbeddingTable) -> Dataset:
    """The data set of a table that a view calls "pack", "tokens", "rows-NUMBER" or "maps-POINTS".

    Raises ValueError for another.

    >>> of_table("pack", tables.load("glove")).meta["dimensions"]
    50
    """
    head, _, rest = kind.partition("-")
    if kind in ("pack", "tokens"):
        return packs.pack(table) if kind == "pack" else packs.tokens(table)
    if head == "rows" and rest.isascii() and rest.isdecimal():
        return packs.chunk(table, int(rest))
    if head == "maps" and rest in MAPS_OF and atlas.is_of(table):
        return maps(rest, table)
    raise ValueError(f"no data set {kind!r} of {table.card.name}")


def on_site(table: EmbeddingTable) -> bool:
    """Whether this very table's rows are on the built site: the book's own, of a licence that lets them travel.

    >>> on_site(tables.load("glove")), on_site(tables.from_vectors(["a"], [[1.0]], name="glove"))
    (True, False)
    """
    name = table.card.name
    is_ours = name in SITE_TABLES and name in tables.available() and tables.load(name) is table
    return is_ours and table.card.rows_may_travel


def site_data(table: EmbeddingTable) -> Iterator[tuple[str, Dataset]]:
    """What the built site carries of a table, by kind. Raises ValueError where the licence keeps rows at home."""
    if not table.card.rows_may_travel:
        raise ValueError(f"the licence of {table.card.name}, {table.card.licence}, does not let its rows travel")
    of_maps = [f"maps-{points}" for points in MAPS_OF if atlas.is_of(table)]
    for kind in ("pack", "tokens", *(f"rows-{i}" for i in range(packs.chunks(table))), *of_maps):
        yield kind, of_table(kind, table)


def write_site_data(folder: Path, names: Sequence[str] = SITE_TABLES) -> list[Path]:
    """Write the site's data scripts into ``folder`` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in names:
        for kind, data in site_data(tables.load(name)):
            paths.append(folder / f"{kind}-{name}.js")
            paths[-1].write_text(data.script(f"{kind}-{name}"), encoding="utf-8")
    return paths
