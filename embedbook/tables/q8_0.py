"""Rows in GGUF's format Q8_0, decoded one by one: a row of D numbers is D/32 blocks of 34 bytes.

A block is one scale in float16 and 32 whole numbers in int8; a number is their product. Source: the GGML library's
``block_q8_0``. A product of the two needs 18 bits of precision, so float32 holds it exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from embedbook.tables.errors import TableFormatError
from embedbook.tables.mapping import mapped

BLOCK = np.dtype([("scale", "<f2"), ("codes", "i1", 32)])
"""One block: 2 + 32 bytes."""


@dataclass(frozen=True)
class QuantizedMatrix:
    """Where a Q8_0 matrix lies in a file that was cut into ``parts``: its first byte and its shape [V, D]."""

    parts: Sequence[Path]
    offset: int
    shape: tuple[int, int]

    def open(self) -> QuantizedRows:
        """The matrix as rows to be decoded one by one. Raises TableFormatError if the parts are too short for it."""
        return QuantizedRows(self)


class QuantizedRows:
    """Rows by id. Only the bytes of the rows asked for are read: 680 for 640 numbers, and the pages that hold them."""

    def __init__(self, matrix: QuantizedMatrix) -> None:
        rows, dimensions = self.shape = matrix.shape
        blocks, rest = divmod(dimensions, 32)
        if rest:
            raise TableFormatError(f"Q8_0 stores numbers by 32: {dimensions} dimensions do not fit")
        self.row_bytes = blocks * BLOCK.itemsize
        self._offset = matrix.offset
        self._parts = [np.frombuffer(mapped(part, random_access=True), np.uint8) for part in matrix.parts]
        self._ends = np.cumsum([part.size for part in self._parts])
        needed = matrix.offset + rows * self.row_bytes
        if not len(self._ends) or needed > self._ends[-1]:
            held = int(self._ends[-1]) if len(self._ends) else 0
            raise TableFormatError(f"a Q8_0 matrix {list(matrix.shape)} ends at byte {needed:,}; there are {held:,}")

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, token_id: SupportsIndex) -> NDArray[np.float32]:
        """The row as float32 [D]."""
        return numbers_of(self.stored(token_id)).reshape(-1)

    def stored(self, token_id: SupportsIndex) -> NDArray[np.void]:
        """The row as stored: D/32 blocks, each a ``scale`` and 32 ``codes``. Raises IndexError outside the table."""
        row = token_id.__index__()
        if not 0 <= row < self.shape[0]:
            raise IndexError(f"row {row} of {self.shape[0]:,}")
        return self._bytes(self._offset + row * self.row_bytes, self.row_bytes).view(BLOCK)

    def decoded(self, first: int, count: int) -> NDArray[np.float32]:
        """``count`` rows from ``first`` on, decoded: float32 [count, D]."""
        stored = self._bytes(self._offset + first * self.row_bytes, count * self.row_bytes).view(BLOCK)
        return numbers_of(stored).reshape(count, self.shape[1])

    def _bytes(self, start: int, length: int) -> NDArray[np.uint8]:
        """Bytes of the whole file, gathered from the parts in which they lie."""
        pieces, stop = [], start + length
        for part, end in zip(self._parts, self._ends, strict=True):
            begin = int(end) - part.size
            if start < end and stop > begin:
                pieces.append(part[max(start - begin, 0) : stop - begin])
        return np.concatenate(pieces)


def numbers_of(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Blocks [n] as numbers, float32 [n, 32].

    >>> block = np.zeros(1, BLOCK)
    >>> block["scale"], block["codes"][0, :3] = 0.5, [1, -2, 127]
    >>> numbers_of(block)[0, :3].tolist()
    [0.5, -1.0, 63.5]
    """
    numbers: NDArray[np.float32] = blocks["scale"].astype(np.float32)[:, None] * blocks["codes"].astype(np.float32)
    return numbers
