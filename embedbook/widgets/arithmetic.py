"""The browser's arithmetic once more, in numpy, on the same 8-bit rows: what a drawn result is checked against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from embedbook.widgets.datasets import Dataset

Vector = NDArray[np.float64]


def position(data: Dataset, word: str) -> int:
    """Where a word stands among the rows of ``data``; ``ValueError`` where it does not."""
    asked = word.strip()
    return data.words.index(asked.lower() if data.meta["uncased"] else asked)


def unit_rows(data: Dataset) -> Vector:
    """The rows of ``data`` at unit length, [N, D]."""
    rows = data.rows()
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def top(cosines: Vector, k: int, excluded: tuple[int, ...] = ()) -> list[int]:
    """The k largest, falling; a tie goes to the lower index."""
    order = np.argsort(-cosines, kind="stable")
    return [int(i) for i in order if i not in excluded][:k]


def fixed(value: float, digits: int = 2) -> str:
    """A number as the views print it: a true minus sign, no minus zero.

    >>> fixed(-0.004), fixed(-0.25)
    ('0.00', '\N{MINUS SIGN}0.25')
    """
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")
