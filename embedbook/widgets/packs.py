"""A whole table for the browser: rows in packs that load when a view needs them, and the table's tokenizer.

``pack`` holds the most frequent whole words and the words that the pages use: little enough for a slow phone. The other
rows follow in chunks, in the order of ids, so that a lookup of one token loads one chunk. ``tokens`` holds what
cuts text. Rows are whole numbers with a scale for each 32 of them: 8 bits where the table has no more, so that nothing
is lost, else 16, so that no digit on a page differs from the table's.

A vocabulary of more than 50,000 whole words is carried in its first 50,000; whatever answers says so. Nothing here is
in git: the build makes it, or the kernel when a view asks.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from embedbook import geometry
from embedbook.tables import EmbeddingTable
from embedbook.tables.vocabulary import BYTE_SYMBOLS, SPACES, WORD_PARTS, Pieces

HERE = Path(__file__).parent
BLOCK = 32
CHUNK_BYTES = 300_000
WORDS_CARRIED = 50_000
STARTS = ("Python", "Paris", "happy", "cat")
"""The words whose neighbours the pages show first."""
PAGE_WORDS = tuple((HERE / "page_words.txt").read_text(encoding="utf-8").split())
"""Words that the pages talk about, in the first pack even where they are rare."""

# What GPT-2's pre-tokenizer does, spelt out: Radford et al. (2019), `encoder.py`.
_BYTE_LEVEL = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

Made = TypeVar("Made")


def script(name: str) -> str:
    """The JavaScript of a view, or of the tokenizers, bundled. Raises FileNotFoundError, with what makes it.

    >>> "export {" in script("neighbors")
    True
    """
    path = HERE / "bundled" / f"{name}.js"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there; `make setup` makes it, and so does: python tools/bundle.py")
    return path.read_text(encoding="utf-8")


@dataclass(frozen=True, eq=False)
class Dataset:
    """A bundle of arrays with what is needed to read them."""

    meta: dict[str, Any]
    arrays: dict[str, NDArray[Any]]

    @property
    def words(self) -> list[str]:
        """The words whose rows it holds, in the table's order."""
        return list(self.meta["words"])

    def script(self, name: str) -> str:
        """The data set as a script of the built site."""
        packed = {
            key: [array.dtype.name, base64.b64encode(array.tobytes()).decode()] for key, array in self.arrays.items()
        }
        body = json.dumps({"meta": self.meta, "arrays": packed}, ensure_ascii=False, separators=(",", ":"))
        return f"(globalThis.embedbookPacked??={{}})[{json.dumps(name)}]={body};\n"


def once(make: Callable[[EmbeddingTable], Made]) -> Callable[[EmbeddingTable], Made]:
    """What is made of a table is kept as long as the table itself."""
    kept: WeakKeyDictionary[EmbeddingTable, Made] = WeakKeyDictionary()

    @wraps(make)
    def found(table: EmbeddingTable) -> Made:
        if table not in kept:
            kept[table] = make(table)
        return kept[table]

    return found


def quantize(rows: NDArray[np.float32], bits: int = 8) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Rows [N, D] as whole numbers [N, D] of 8 or 16 bits with a scale for each 32 of a row [N, ceil(D / 32)].

    Symmetric, by the largest of the 32: Dettmers et al. (2022), equation 1, which GGUF's Q8_0 is with 8 bits.

    >>> codes, scales = quantize(np.array([[0.5, -1.0, 0.25]], dtype=np.float32))
    >>> codes.tolist(), scales.round(4).tolist()
    ([[64, -127, 32]], [[0.007899999618530273]])
    """
    count, width = rows.shape
    padded = np.pad(rows, ((0, 0), (0, -width % BLOCK))).reshape(count, -1, BLOCK)  # [N, ceil(D / 32), 32]
    largest, steps = np.abs(padded).max(axis=2, keepdims=True), 2 ** (bits - 1) - 1
    scales = np.where(largest > 1e-30, largest, 1) / np.float32(steps)  # below it, a scale has no room left in 32 bits
    codes = np.rint(padded / scales).reshape(count, -1)[:, :width]
    return codes.astype(np.int8 if bits == 8 else np.int16), scales[:, :, 0].astype(np.float32)


def dequantize(codes: NDArray[Any], scales: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows [N, D] that whole numbers and their scales stand for.

    >>> dequantize(np.array([[64, -127]], dtype=np.int8), np.array([[0.5]], dtype=np.float32)).tolist()
    [[32.0, -63.5]]
    """
    return np.asarray(codes * np.repeat(scales, BLOCK, axis=1)[:, : codes.shape[1]], dtype=np.float32)


def coded(table: EmbeddingTable, ids: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Rows of a table for a page: in 8 bits where the table itself has no more, which keeps them exact, else in 16."""
    return quantize(np.asarray(table.vectors[ids], dtype=np.float32), bits_of(table))


def bits_of(table: EmbeddingTable) -> int:
    """How many bits a number has on a page.

    >>> from embedbook import tables
    >>> bits_of(tables.load("smollm2")), bits_of(tables.load("minilm"))
    (8, 16)
    """
    return 8 if table.card.dtype == "Q8_0" else 16


def carried(table: EmbeddingTable) -> int:
    """How many rows travel: all, but of a vocabulary of whole words at most the first 50,000.

    >>> from embedbook import tables
    >>> [carried(tables.load(name)) for name in ("smollm2", "minilm", "glove")]
    [49152, 30522, 50000]
    """
    return min(len(table), WORDS_CARRIED) if table.kind == "words" else len(table)


@once
def pack_ids(table: EmbeddingTable) -> NDArray[np.int32]:
    """The ids whose rows come first, rising: 1,000 frequent words (5,000 where rows are short) and those of the pages.

    The words that pages start with bring their nearest, so that the first answer is that of the whole table. All ids
    of a table that has no more rows than that.
    """
    most, count = 5_000 if table.dimensions <= 100 else 1_000, carried(table)
    frequent = table.frequent_words(most) or range(most)
    cast = (table.find(word) for word in (*STARTS, *PAGE_WORDS))
    near = (other.id for word in STARTS if word in table for other in geometry.nearest_neighbors(table, word, 10))
    wanted = range(count) if count <= most else {*frequent, *near, *(i for i in cast if i is not None)}
    return np.array(sorted(i for i in wanted if i < count), dtype=np.int32)


def chunk_ids(table: EmbeddingTable, number: int) -> NDArray[np.int32]:
    """The ids in a chunk: those that are in no pack, in the order of ids, 300 kB of rows each; empty past the last.

    >>> from embedbook import tables
    >>> chunk_ids(tables.load("glove"), 0).shape
    (3000,)
    """
    size = chunk_rows(table)
    return _others(table)[number * size : (number + 1) * size]


@once
def _others(table: EmbeddingTable) -> NDArray[np.int32]:
    """The ids in no pack."""
    return np.setdiff1d(np.arange(carried(table), dtype=np.int32), pack_ids(table))


def chunk_rows(table: EmbeddingTable) -> int:
    """How many rows a chunk has."""
    return max(1, CHUNK_BYTES * 8 // (bits_of(table) * table.dimensions))


def chunks(table: EmbeddingTable) -> int:
    """How many chunks a table has."""
    return math.ceil(len(_others(table)) / chunk_rows(table))


def rounded(table: EmbeddingTable, ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """Rows [N, D] as a page has them."""
    return dequantize(*coded(table, ids))


@once
def largest_error(table: EmbeddingTable) -> float:
    """How far a cosine of two rounded rows lies from that of the rows themselves, at most, over 2,000 random pairs.

    >>> from embedbook import tables
    >>> largest_error(tables.load("smollm2")), largest_error(tables.load("minilm")) < 1e-5
    (0.0, True)
    """
    generator = np.random.default_rng(0)
    pairs = generator.integers(len(table), size=(2, 2_000), dtype=np.int32)
    exact = geometry.row_cosines(table, *pairs)
    first, second = (geometry.unit(rounded(table, ids)) for ids in pairs)  # [2000, D]
    return float(np.abs(np.einsum("nd,nd->n", first, second) - exact).max())


@once
def pack(table: EmbeddingTable) -> Dataset:
    """The first rows with their words, and what the table is: ``codes`` [N, D], ``scales`` [N, D / 32], ``ids`` [N]."""
    ids = pack_ids(table)
    codes, scales = coded(table, ids)
    meta = {
        "table": table.card.name,
        "dimensions": table.dimensions,
        "kind": table.kind,
        "uncased": table.card.uncased,
        "size": len(table),
        "carried": carried(table),
        "chunk": chunk_rows(table),
        "error": round(largest_error(table), 6),
        "typical": round(float(np.quantile(np.abs(table.vectors[ids]), 0.95)), 4) or 1.0,
        "words": [table.word(i) for i in ids],
    }
    return Dataset(meta, {"codes": codes, "scales": scales, "ids": ids})


def chunk(table: EmbeddingTable, number: int) -> Dataset:
    """``codes`` [N, D] and ``scales`` [N, D / 32] of :func:`chunk_ids`. Raises ValueError for no chunk's number."""
    if not 0 <= number < chunks(table):
        raise ValueError(f"{table.card.name} has {chunks(table)} chunks of rows, asked for number {number}")
    codes, scales = coded(table, chunk_ids(table, number))
    return Dataset({}, {"codes": codes, "scales": scales})


@once
def tokens(table: EmbeddingTable) -> Dataset:
    """The tokens that are carried, by id, and what cuts text: for pieces the tokenizer and the program that runs it.

    For words, ``meta["whole"]`` lists the tokens that are not carried and that a cut at punctuation would split, so
    that a text is cut as the whole table cuts it.
    """
    count = min(carried(table), len(table.tokens))
    listed = list(table.tokens)
    meta: dict[str, Any] = {"tokens": listed[:count]}
    if not isinstance(table.vocabulary, Pieces):
        meta["whole"] = [token for token in listed[count:] if WORD_PARTS.findall(table.normalize(token)) != [token]]
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
        if pieces._of_bytes and (lost := "".join(f"\\u{ord(sign):04x}" for sign in BYTE_SYMBOLS if sign not in known)):
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
