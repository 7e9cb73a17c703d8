"""The browser's arithmetic once more, in numpy, on the same 8-bit rows: what a drawn result is checked against."""

from __future__ import annotations

import unicodedata
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from numpy.typing import NDArray

from embedbook.widgets.datasets import Dataset

Vector = NDArray[np.float64]


def position(data: Dataset, word: str) -> int:
    """Where a word stands among the rows of ``data``; ``ValueError`` where it does not."""
    asked = unicodedata.normalize("NFC", word.strip())
    asked = asked.lower() if data.meta["uncased"] else asked
    if asked not in (words := data.words):
        raise ValueError(lacking(data, word))
    return words.index(asked)


def searched(data: Dataset) -> str:
    """How a sentence about nearest words begins: with what was searched."""
    return f"In {data.meta['table']}, among the {len(data.words):,} words carried here,"


def lacking(data: Dataset, word: str) -> str:
    """The sentence on a table that lacks the word, beside the sentence on one that has it."""
    asked = word.strip()
    shown = asked if len(asked) <= 40 else f"{asked[:40]}…"
    return f"In {data.meta['table']}, “{shown}” is not among the {len(data.words):,} words carried here."


def unit_rows(data: Dataset) -> Vector:
    """The rows of ``data`` at unit length, [N, D]; a row of zeros stays as it is."""
    rows = data.rows()
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1))


def cosines(units: Vector, query: Vector) -> Vector:
    """Cosine of one vector with every unit row, [N]; 0 for a vector without length."""
    length = float(np.linalg.norm(query))
    return np.asarray(units @ query / (length or 1))


def top(cosines: Vector, k: int, excluded: tuple[int, ...] = ()) -> list[int]:
    """The k largest, falling; a tie goes to the lower index."""
    order = np.argsort(-cosines, kind="stable")
    return [int(i) for i in order if i not in excluded][:k]


def fixed(value: float, digits: int = 2) -> str:
    """A number as the views print it: a half away from zero as JavaScript rounds, a true minus sign, no minus zero.

    >>> fixed(-0.004), fixed(-0.25), fixed(0.125), fixed(98.5, 0)
    ('0.00', '\N{MINUS SIGN}0.25', '0.13', '99')
    """
    text = str(Decimal(float(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")
