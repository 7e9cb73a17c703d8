"""What a view draws from: a stated part of a table, made small enough to travel with a page.

``rows`` are the table's most frequent whole words and the words that the pages use, each row as 8-bit whole numbers
with one scale (symmetric, by the row's largest entry: Dettmers et al. 2022, equation 1, one block a row); a small table
is carried whole. ``vocabulary`` holds tokens in the order of their ids with the first numbers of every row in 16 bits.

The built site carries both as scripts, so that they load from ``file://`` too; a notebook asks its kernel.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from embedbook import maps as scores
from embedbook import tables
from embedbook.maps import atlas
from embedbook.tables import EmbeddingTable
from embedbook.tables.vocabulary import _PARTS

TOKENS_CARRIED = 31_000
"""The longest vocabulary of whole words that is carried whole; of a longer one, the first 20,000 tokens."""

ROW_START = 8
"""How many numbers of each row the vocabulary shows."""

CUT_IN_BROWSER = ("wordpiece", "words")
"""The kinds of table whose cuts of a text the browser can make."""

SITE_TABLES = ("minilm", "glove")
"""Whose rows the built site carries, if their licences let them travel."""

MAPS_OF = {"categories": "40 words in five categories", "frequent": "300 frequent words"}

PAGE_WORDS = tuple(Path(__file__).with_name("page_words.txt").read_text(encoding="utf-8").split())
"""Words that the pages talk about, carried even where they are rare."""

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class Dataset:
    """A bundle of arrays with what is needed to read them."""

    meta: dict[str, Any]
    arrays: dict[str, NDArray[Any]]

    @property
    def words(self) -> list[str]:
        """The words whose rows are carried, in the table's order."""
        return list(self.meta["words"])

    def script(self, name: str) -> str:
        """The data set as a script of the built site."""
        packed = {
            key: [array.dtype.name, base64.b64encode(array.tobytes()).decode()] for key, array in self.arrays.items()
        }
        body = json.dumps({"meta": self.meta, "arrays": packed}, ensure_ascii=False, separators=(",", ":"))
        return f"(globalThis.embedbookPacked??={{}})[{json.dumps(name)}]={body};\n"


def _once(make: Callable[[EmbeddingTable], Made]) -> Callable[[EmbeddingTable], Made]:
    """What is made of a table is kept as long as the table itself."""
    kept: WeakKeyDictionary[EmbeddingTable, Made] = WeakKeyDictionary()

    @wraps(make)
    def found(table: EmbeddingTable) -> Made:
        if table not in kept:
            kept[table] = make(table)
        return kept[table]

    return found


def quantize(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows [N, D] as 8-bit codes [N, D] and one scale a row [N], so that ``codes * scales`` is nearly ``rows``.

    >>> codes, scales = quantize(np.array([[0.5, -1.0, 0.25]], dtype=np.float32))
    >>> codes.tolist(), round(float(scales[0]), 4)
    ([[64, -127, 32]], 0.0079)
    """
    largest = np.abs(rows).max(axis=1, keepdims=True)  # [N, 1]
    scales = np.where(largest > 1e-30, largest, 1) / np.float32(127)  # below it, a scale has no room left in 32 bits
    return np.rint(rows / scales).astype(np.int8), scales[:, 0].astype(np.float32)


def _about(table: EmbeddingTable) -> dict[str, Any]:
    card = table.card
    return {"table": card.name, "dimensions": table.dimensions, "kind": table.kind, "uncased": card.uncased}


@_once
def rows(table: EmbeddingTable) -> Dataset:
    """The carried rows: ``codes`` [N, D], ``scales`` [N], ``ids`` [N], and their words.

    All rows of a small table; else the 5,000 most frequent whole words, or 10,000 where rows are short.

    >>> carried = rows(tables.load("minilm"))
    >>> carried.arrays["codes"].shape[1], "paris" in carried.words
    (384, True)
    """
    most = 10_000 if table.dimensions <= 100 else 5_000
    if len(table.tokens) <= most:
        ids = np.arange(len(table.tokens), dtype=np.int32)
    else:
        cast = [token_id for word in PAGE_WORDS if (token_id := table.find(word)) is not None]
        ids = np.array(sorted({*table.frequent_words(most), *cast}), dtype=np.int32)
    codes, scales = quantize(np.asarray(table.vectors[ids], dtype=np.float32))
    words = [table.word(token_id) for token_id in ids]
    return Dataset({**_about(table), "words": words}, {"codes": codes, "scales": scales, "ids": ids})


@_once
def rounded(table: EmbeddingTable) -> EmbeddingTable:
    """The carried rows as a page sees them, after rounding to 8 bits, as a table of N rows named by their places.

    >>> len(rounded(tables.load("minilm"))) == len(rows(tables.load("minilm")).words)
    True
    """
    arrays = rows(table).arrays
    values = arrays["codes"] * arrays["scales"][:, None]  # [N, D]
    return tables.from_vectors(map(str, range(len(values))), values, name=table.card.name)


def place(table: EmbeddingTable, word: str) -> int | None:
    """Where a word stands among the carried rows, found as the table finds it; None where it does not.

    >>> minilm = tables.load("minilm")
    >>> rows(minilm).words[place(minilm, "Café")], place(minilm, "defenestration")
    ('cafe', None)
    """
    token_id, ids = table.find(word), rows(table).arrays["ids"]
    at = int(np.searchsorted(ids, -1 if token_id is None else token_id))
    return at if at < len(ids) and ids[at] == token_id else None


@_once
def vocabulary(table: EmbeddingTable) -> Dataset:
    """The carried tokens and the first numbers of their rows, ``starts`` [T, 8] in steps of ``meta["scale"]``.

    ``meta["whole"]`` lists the tokens that are not carried and that a cut at punctuation would split: so a page knows
    of every text where its words end. Raises ValueError for a table whose cuts the browser cannot make.

    >>> vocabulary(tables.load("glove")).meta["whole"][:3]
    ['miss.', '9:00', '125,000']
    """
    if table.kind not in CUT_IN_BROWSER:
        raise ValueError(
            f"{table.card.name} cuts text in a way that this picture cannot ({table.kind}). "
            "Choose another table, or ask its pieces() in a cell"
        )
    tokens = list(table.tokens)
    count = 20_000 if table.kind == "words" and len(tokens) > TOKENS_CARRIED else len(tokens)
    starts = np.asarray(table.vectors[:count, :ROW_START], dtype=np.float32)  # [T, 8]
    scale = (float(np.abs(starts).max()) or 1.0) / 32_767
    meta = {
        **_about(table),
        "size": len(tokens),
        "width": starts.shape[1],
        "scale": scale,
        "typical": round(float(np.quantile(np.abs(starts), 0.95)), 4) or 1.0,
        "tokens": tokens[:count],
        "special": [tokens[token_id] for token_id in table.special],
        "whole": [token for token in tokens[count:] if _PARTS.findall(table.normalize(token)) != [token]],
    }
    return Dataset(meta, {"starts": np.rint(starts / scale).astype(np.int16)})


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
        **_about(table),
        "words": list(listed),
        "classes": list(atlas.classes_of(listed)),
        "neighbors": k,
        "iterations": list(plan.iterations),
        "trust": [round(scores.trustworthiness(vectors, drawn, k), 2) for drawn in places],
    }
    neighbors = scores.nearest(vectors, k).astype(np.int16)  # [n, k]
    return Dataset(meta, {"places": np.array(places), "neighbors": neighbors})


def of_table(kind: str, table: EmbeddingTable) -> Dataset:
    """The data set of a table that a view calls "rows", "vocabulary" or "maps-POINTS". Raises ValueError for another.

    >>> of_table("rows", tables.load("glove")).meta["dimensions"]
    50
    """
    head, _, points = kind.partition("-")
    if kind in ("rows", "vocabulary"):
        return rows(table) if kind == "rows" else vocabulary(table)
    if head == "maps" and points in MAPS_OF and atlas.is_of(table):
        return maps(points, table)
    raise ValueError(f"no data set {kind!r} of {table.card.name}")


def on_site(table: EmbeddingTable) -> bool:
    """Whether this very table's rows are on the built site: the book's own, of a licence that lets them travel.

    >>> on_site(tables.load("glove")), on_site(tables.from_vectors(["a"], [[1.0]], name="glove"))
    (True, False)
    """
    name = table.card.name
    is_ours = name in SITE_TABLES and name in tables.available() and tables.load(name) is table
    return is_ours and table.card.rows_may_travel


def site_data() -> Iterator[tuple[str, Dataset]]:
    """What the built site carries, by name. Raises ValueError for a table whose licence keeps its rows at home."""
    for table in map(tables.load, SITE_TABLES):
        if not table.card.rows_may_travel:
            raise ValueError(f"the licence of {table.card.name}, {table.card.licence}, does not let its rows travel")
        for kind in ("rows", "vocabulary", *(f"maps-{points}" for points in MAPS_OF)):
            yield f"{kind}-{table.card.name}", of_table(kind, table)


def write_site_data(folder: Path) -> list[Path]:
    """Write the site's data scripts into ``folder`` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, data in site_data():
        paths.append(folder / f"{name}.js")
        paths[-1].write_text(data.script(name), encoding="utf-8")
    return paths
