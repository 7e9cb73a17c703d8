"""Numbers of a file as an array, without reading the file: a memory map, which all processes of a machine share."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray


def mapped(path: Path, *, random_access: bool = False) -> mmap.mmap:
    """The file's bytes, read-only, as a memory map.

    With ``random_access`` the system is told that single rows will be read, where it can be told: otherwise it
    reads megabytes ahead of a row of a few hundred bytes.
    """
    with path.open("rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if random_access and hasattr(pages, "madvise") and hasattr(mmap, "MADV_RANDOM"):
        pages.madvise(mmap.MADV_RANDOM)
    return pages


@dataclass(frozen=True)
class MappedMatrix:
    """Where a float32 matrix lies in a file: its first byte, its shape [V, D], and row by row ("C") or column by
    column ("F")."""

    path: Path
    offset: int
    shape: tuple[int, int]
    order: Literal["C", "F"] = "C"

    def open(self, *, random_access: bool = False) -> NDArray[np.float32]:
        """The matrix as a read-only array [V, D] over the file's pages; ``random_access`` as in :func:`mapped`."""
        pages = mapped(self.path, random_access=random_access)
        rows, columns = self.shape
        numbers = np.frombuffer(pages, dtype="<f4", count=rows * columns, offset=self.offset)
        return numbers.reshape(self.shape, order=self.order)
