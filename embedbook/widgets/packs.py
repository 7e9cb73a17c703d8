"""A whole table for the browser: rows in 8 bits, in packs that load when a view needs them, and the table's tokenizer.

``pack`` holds the most frequent whole words and the words that the pages use: little enough for a slow phone. The other
rows follow in chunks, in the order of ids, so that a lookup of one token loads one chunk. ``tokens`` holds what
cuts text. A row is 8-bit whole numbers with one scale (symmetric, by the row's largest entry: Dettmers et al. 2022,
equation 1, one block a row).

A vocabulary of more than 50,000 whole words is carried in its first 50,000; whatever answers says so. Nothing here is
in git: the build makes it, or the kernel when a view asks.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedbook import geometry, tables
from embedbook.tables import EmbeddingTable
from embedbook.tables.vocabulary import _BYTES, _PARTS, SPACES, Pieces
from embedbook.widgets.datasets import PAGE_WORDS, Dataset, _once, quantize

SITE_TABLES = ("smollm2", "minilm", "glove")
CHUNK_BYTES = 300_000
WORDS_CARRIED = 50_000

# What GPT-2's pre-tokenizer does, spelt out: Radford et al. (2019), `encoder.py`.
_BYTE_LEVEL = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def carried(table: EmbeddingTable) -> int:
    """How many rows travel: all, but of a vocabulary of whole words at most the first 50,000.

    >>> [carried(tables.load(name)) for name in ("smollm2", "minilm", "glove")]
    [49152, 30522, 50000]
    """
    return min(len(table), WORDS_CARRIED) if table.kind == "words" else len(table)


@_once
def pack_ids(table: EmbeddingTable) -> NDArray[np.int32]:
    """The ids whose rows come first, rising: 1,000 frequent words (5,000 where rows are short) and those of the pages.

    All ids of a table that has no more rows than that.
    """
    most, count = 5_000 if table.dimensions <= 100 else 1_000, carried(table)
    frequent = table.frequent_words(most) or range(most)
    cast = (table.find(word) for word in PAGE_WORDS)
    wanted = range(count) if count <= most else {*frequent, *(i for i in cast if i is not None)}
    return np.array(sorted(i for i in wanted if i < count), dtype=np.int32)


def chunk_ids(table: EmbeddingTable, number: int) -> NDArray[np.int32]:
    """The ids in a chunk: those that are in no pack, in the order of ids, 300 kB of rows each; empty past the last.

    >>> chunk_ids(tables.load("glove"), 0).shape
    (6000,)
    """
    size = chunk_rows(table)
    return _others(table)[number * size : (number + 1) * size]


@_once
def _others(table: EmbeddingTable) -> NDArray[np.int32]:
    """The ids in no pack."""
    return np.setdiff1d(np.arange(carried(table), dtype=np.int32), pack_ids(table))


def chunk_rows(table: EmbeddingTable) -> int:
    """How many rows a chunk has."""
    return max(1, CHUNK_BYTES // table.dimensions)


def chunks(table: EmbeddingTable) -> int:
    """How many chunks a table has."""
    return math.ceil(len(_others(table)) / chunk_rows(table))


def rounded(table: EmbeddingTable, ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """Rows [N, D] as the browser has them, after 8 bits."""
    codes, scales = quantize(np.asarray(table.vectors[ids], dtype=np.float32))
    return np.asarray(codes * scales[:, None])  # [N, D]


@_once
def largest_error(table: EmbeddingTable) -> float:
    """How far a cosine of two rounded rows lies from that of the rows themselves, at most, over 2,000 random pairs.

    >>> largest_error(tables.load("minilm")) < 0.005
    True
    """
    generator = np.random.default_rng(0)
    pairs = generator.integers(len(table), size=(2, 2_000), dtype=np.int32)
    exact = geometry.row_cosines(table, *pairs)
    first, second = (geometry.unit(rounded(table, ids)) for ids in pairs)  # [2000, D]
    return float(np.abs(np.einsum("nd,nd->n", first, second) - exact).max())


@_once
def pack(table: EmbeddingTable) -> Dataset:
    """The first rows, ``codes`` [N, D], ``scales`` [N], ``ids`` [N], with their words, and what the table is."""
    ids = pack_ids(table)
    codes, scales = quantize(np.asarray(table.vectors[ids], dtype=np.float32))
    meta = {
        "table": table.card.name,
        "dimensions": table.dimensions,
        "kind": table.kind,
        "uncased": table.card.uncased,
        "size": len(table),
        "carried": carried(table),
        "chunk": chunk_rows(table),
        "error": round(largest_error(table), 4),
        "words": [table.word(i) for i in ids],
    }
    return Dataset(meta, {"codes": codes, "scales": scales, "ids": ids})


def chunk(table: EmbeddingTable, number: int) -> Dataset:
    """One chunk: ``codes`` [N, D] and ``scales`` [N] of :func:`chunk_ids`. Raises ValueError where there is none."""
    if not 0 <= number < chunks(table):
        raise ValueError(f"{table.card.name} has {chunks(table)} chunks of rows, asked for number {number}")
    codes, scales = quantize(np.asarray(table.vectors[chunk_ids(table, number)], dtype=np.float32))
    return Dataset({}, {"codes": codes, "scales": scales})


@_once
def tokens(table: EmbeddingTable) -> Dataset:
    """The tokens that are carried, by id, and what cuts text: for pieces the tokenizer and the program that runs it.

    For words, ``meta["whole"]`` lists the tokens that are not carried and that a cut at punctuation would split, so
    that a text is cut as the whole table cuts it.
    """
    from embedbook.widgets.view import script

    count = min(carried(table), len(table.tokens))
    listed = list(table.tokens)
    meta: dict[str, Any] = {"tokens": listed[:count]}
    if not isinstance(table.vocabulary, Pieces):
        meta["whole"] = [token for token in listed[count:] if _PARTS.findall(table.normalize(token)) != [token]]
        return Dataset(meta, {})
    spec = browser_tokenizer(table.vocabulary)
    cuts = _cuts(listed, spec["model"].get("merges", []))
    if cuts is not None:
        del spec["model"]["merges"]
    before, after = SPACES.get(table.kind, ("", ""))
    meta |= {
        "special": list(table.special),
        "mark": table.vocabulary._mark,
        "before": before,
        "after": after,
        "bytes": table.vocabulary._of_bytes,
        "spec": spec,
        "library": script("tokenizer"),
    }
    return Dataset(meta, {} if cuts is None else {"cuts": cuts})


def browser_tokenizer(pieces: Pieces) -> dict[str, Any]:
    """``tokenizer.json`` without its dictionary of ids, in the parts that npm's tokenizers cuts with as Python's do.

    That library's ``Digits`` knows the digits 0 to 9 alone, and its ``ByteLevel`` other white space than Python's:
    the same cuts are spelt out as patterns. And a byte that is no token goes before the merges, not after them, by a
    last part that Python's library does not have.
    """
    spec: dict[str, Any] = json.loads(pieces.tokenizer.to_str())
    known = spec["model"].get("vocab", {})
    if isinstance(known, dict):  # else it has scores too
        del spec["model"]["vocab"]
    if spec["pre_tokenizer"]:
        parts = _spelt_out(spec["pre_tokenizer"])
        if pieces._of_bytes and (lost := "".join(f"\\u{ord(sign):04x}" for sign in _BYTES if sign not in known)):
            parts.append({"type": "Replace", "pattern": {"Regex": f"[{lost}]"}, "content": ""})
        spec["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": parts}
    return spec


def _spelt_out(part: dict[str, Any]) -> list[dict[str, Any]]:
    def split(pattern: str) -> dict[str, Any]:
        return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}

    if part["type"] == "Sequence":
        return [made for inner in part["pretokenizers"] for made in _spelt_out(inner)]
    if part["type"] == "Digits":
        return [split(r"\p{N}" if part["individual_digits"] else r"\p{N}+")]
    if part["type"] == "ByteLevel" and part["use_regex"] and not part["add_prefix_space"]:
        return [split(_BYTE_LEVEL), {**part, "use_regex": False}]
    return [part]


def _cuts(listed: list[str], merges: list[list[str]]) -> NDArray[np.uint8] | None:
    """Where each of the last tokens is cut into the two that were merged into it: a tenth of the merges' bytes.

    None where merges are not the last tokens in their order.
    """
    made = ["".join(pair) for pair in merges]
    if not made or made != listed[-len(made) :] or any(ord(max(token)) > 0xFFFF for token in made):
        return None  # JavaScript counts a sign beyond U+FFFF as two
    return np.array([len(left) for left, _ in merges], dtype=np.uint8)


def of_table(kind: str, table: EmbeddingTable) -> Dataset | None:
    """The data set that a view calls "pack", "rows-NUMBER" or "tokens"; None for another kind.

    Raises ValueError for a number that no chunk has.
    """
    head, _, number = kind.partition("-")
    if head == "rows" and number.isascii() and number.isdecimal():
        return chunk(table, int(number))
    return {"pack": pack, "tokens": tokens}[kind](table) if kind in ("pack", "tokens") else None


def site_data(table: EmbeddingTable) -> Iterator[tuple[str, Dataset]]:
    """What the built site carries of a table, by kind. Raises ValueError where the licence keeps rows at home."""
    if not table.card.rows_may_travel:
        raise ValueError(f"the licence of {table.card.name}, {table.card.licence}, does not let its rows travel")
    yield "pack", pack(table)
    yield "tokens", tokens(table)
    for number in range(chunks(table)):
        yield f"rows-{number}", chunk(table, number)


def write_site_data(folder: Path, names: Sequence[str] = SITE_TABLES) -> list[Path]:
    """Write scripts of the tables into ``folder`` and return their paths.

    ``versions.js`` has one digest a table, which its scripts' addresses carry: what a browser kept of an earlier build
    is never mixed with this one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths, versions = [], {}
    for name in names:
        digest = hashlib.sha256()
        for kind, data in site_data(tables.load(name)):
            text = data.script(f"{kind}-{name}").encode()
            digest.update(text)
            paths.append(folder / f"{kind}-{name}.js")
            paths[-1].write_bytes(text)
        versions[name] = digest.hexdigest()[:10]
    paths.append(folder / "versions.js")
    paths[-1].write_text(f"globalThis.embedbookVersions={json.dumps(versions)};\n", encoding="utf-8")
    return paths
