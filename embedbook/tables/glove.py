"""GloVe as packaged on PyPI: the numbers in an npy file, the words, one a row, in a parquet file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from embedbook.tables.errors import MissingExtraError, TableFormatError
from embedbook.tables.mapping import MappedMatrix
from embedbook.tables.vocabulary import Words


def find_matrix(path: Path) -> MappedMatrix:
    """Where the matrix of an npy file lies. Raises TableFormatError if the file holds no float32 matrix."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise TableFormatError(f"{path} is not an npy file of plain numbers: {error}") from error
    if not isinstance(array, np.memmap) or array.ndim != 2 or array.dtype != np.dtype("<f4"):
        raise TableFormatError(f"{path} holds {array.dtype} {array.shape}, expected float32 [rows, dimensions]")
    rows, dimensions = array.shape
    return MappedMatrix(path, array.offset, (rows, dimensions), "C" if array.flags.c_contiguous else "F")


def load_words(path: Path) -> Words:
    """The words of the parquet file's column ``index``; the word at place i names row i."""
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("the table 'glove'", "pip install pyarrow") from error
    words: list[str] = parquet.read_table(path, columns=["index"]).column("index").to_pylist()
    return Words(words)
