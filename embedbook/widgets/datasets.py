"""What a view draws from: a stated part of a table, made small enough to travel with a page.

``rows-NAME`` holds the table's most frequent whole words and the words that the pages use, each row as 8-bit whole
numbers with one scale (symmetric, by the row's largest entry: Dettmers et al. 2022, equation 1, one block a row).
``vocabulary-NAME`` holds tokens in the order of their ids with the first numbers of every row in 16 bits.

The built site carries both as scripts, so that they load from ``file://`` too; a notebook asks its kernel.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedbook import tables
from embedbook.claims.words import frequent_ids
from embedbook.tables import EmbeddingTable

WORDS_CARRIED = {"minilm": 5_000, "glove": 10_000}
"""How many frequent words a page carries of each table; of others the first 5,000."""

TOKENS_CARRIED = 31_000
"""The longest vocabulary that a page carries whole; of a longer one, the first 20,000 tokens."""

ROW_START = 8
"""How many numbers of each row the vocabulary shows."""

CUT_IN_BROWSER = ("wordpiece", "words")
"""How a table may cut text for the browser to do the same."""

PAGE_WORDS = """
    cat dog kitten puppy horse elephant fish bird mouse rabbit tiger lion refrigerator car train table chair bicycle
    democracy france germany japan brazil india china italy spain paris tokyo berlin rome london madrid athens greece
    moscow russia happy joyful glad sad angry fear love hate joy calm good bad hot cold coffee cup tea king queen man
    woman boy girl uncle aunt prince princess father mother brother sister doctor nurse engineer teacher walk walking
    walked swim swimming swam run running ran big bigger small smaller tall taller short shorter red blue green yellow
    purple orange black white python java code function variable loop class array def import return bank river money
    weather meaning word token embedding vector parisian happier sour sweet satisfy everyone php perl snake
"""
"""Words that the pages talk about, carried even where they are rare."""


@dataclass(frozen=True)
class Dataset:
    """A named bundle of arrays with what is needed to read them."""

    name: str
    meta: dict[str, Any]
    arrays: dict[str, NDArray[Any]]

    @property
    def words(self) -> list[str]:
        """The words of a ``rows`` data set, in the table's order."""
        return str(self.meta["words"]).split(" ")

    def rows(self) -> NDArray[np.float64]:
        """The rows as a page sees them, after rounding to 8 bits: [N, D]."""
        return self.arrays["codes"].astype(np.float64) * self.arrays["scales"].astype(np.float64)[:, None]

    def script(self) -> str:
        """The data set as a script of the built site."""
        packed = {
            key: [array.dtype.name, base64.b64encode(array.tobytes()).decode()] for key, array in self.arrays.items()
        }
        body = json.dumps({"meta": self.meta, "arrays": packed}, ensure_ascii=False, separators=(",", ":"))
        return f"(globalThis.embedbookPacked??={{}})[{json.dumps(self.name)}]={body};\n"


OTHER: dict[str, Callable[[], Dataset]] = {}
"""Data sets of single widgets, by name, with what makes them; their modules enter them here."""


def quantize(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows [N, D] as 8-bit codes [N, D] and one scale a row [N], so that ``codes * scales`` is nearly ``rows``.

    >>> codes, scales = quantize(np.array([[0.5, -1.0, 0.25]], dtype=np.float32))
    >>> codes.tolist(), round(float(scales[0]), 4)
    ([[64, -127, 32]], 0.0079)
    """
    largest = np.abs(rows).max(axis=1, keepdims=True)
    scales = np.where(largest > 1e-30, largest, 1) / np.float32(127)  # below it, a scale has no room left in 32 bits
    return np.rint(rows / scales).astype(np.int8), scales[:, 0].astype(np.float32)


@cache
def dataset(name: str) -> Dataset:
    """The data set called ``rows-TABLE`` or ``vocabulary-TABLE``, or one that a widget has entered.

    Raises ``ValueError`` for another name, or for the vocabulary of a table whose cuts the browser cannot make, and
    whatever ``tables.load`` raises.

    >>> rows = dataset("rows-minilm")
    >>> rows.arrays["codes"].shape[1], "paris" in rows.words
    (384, True)
    """
    if name in OTHER:
        return OTHER[name]()
    kind, _, table_name = name.partition("-")
    makers = {"rows": _rows, "vocabulary": _vocabulary}
    if kind not in makers or table_name not in tables.names():
        raise ValueError(
            f"no data set {name!r}: it is rows-TABLE or vocabulary-TABLE, TABLE one of {', '.join(tables.names())}"
        )
    return makers[kind](name, tables.load(table_name))


def _rows(name: str, table: EmbeddingTable) -> Dataset:
    frequent = frequent_ids(table, WORDS_CARRIED.get(table.card.name, 5_000))
    cast = [word_id for word_id in map(table.find, PAGE_WORDS.split()) if word_id is not None]
    ids = np.array(sorted({*frequent, *cast}), dtype=np.int32)
    codes, scales = quantize(np.asarray(table.vectors[ids], dtype=np.float32))
    meta = {
        "table": table.card.name,
        "dimensions": table.dimensions,
        "uncased": table.card.uncased,
        "words": " ".join(table.word(int(i)) for i in ids),
    }
    return Dataset(name, meta, {"codes": codes, "scales": scales, "ids": ids})


def _vocabulary(name: str, table: EmbeddingTable) -> Dataset:
    if table.tokenization not in CUT_IN_BROWSER:
        raise ValueError(
            f"{table.card.name} cuts text in a way that this picture cannot ({table.tokenization}). "
            "Choose another table, or ask its pieces() in a cell"
        )
    size = len(table) if len(table) <= TOKENS_CARRIED else 20_000
    starts = np.asarray(table.vectors[:size, :ROW_START], dtype=np.float32)
    scale = float(np.abs(starts).max()) / 32_767
    meta = {
        "table": table.card.name,
        "kind": table.tokenization,
        "size": len(table),
        "dimensions": table.dimensions,
        "width": ROW_START,
        "scale": scale,
        "typical": round(float(np.quantile(np.abs(starts), 0.95)), 4),
        "tokens": "\n".join(table.tokens[i] for i in range(size)),
    }
    return Dataset(name, meta, {"starts": np.rint(starts / scale).astype(np.int16)})


SITE_DATASETS = tuple(f"{kind}-{table}" for kind in ("rows", "vocabulary") for table in ("minilm", "glove"))
"""What the built site carries: the tables whose licences let their rows travel."""


def write_site_data(folder: Path) -> list[Path]:
    """Write the site's data scripts into ``folder`` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in (*SITE_DATASETS, *OTHER):
        path = folder / f"{name}.js"
        path.write_text(dataset(name).script(), encoding="utf-8")
        paths.append(path)
    return paths
