"""One tensor of a safetensors file, mapped into memory.

The format: eight bytes with the header's length N, a JSON header of N bytes that gives each tensor's type, shape and
place, then the numbers. The library checks the file; the place is read from the header, since the library would copy.
Of a file that is elsewhere only the header is at hand; then :func:`place` does the checking.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path

from safetensors import SafetensorError, safe_open

from embedbook.tables.errors import TableFormatError
from embedbook.tables.mapping import MappedMatrix


def find_matrix(path: Path, names: Sequence[str]) -> MappedMatrix:
    """Where the first of the named tensors that the file has lies.

    Raises TableFormatError if the file is damaged, has none of them, or if that one is no float32 matrix.
    """
    try:
        with safe_open(path, framework="numpy") as checked:
            held = set(checked.keys())
    except SafetensorError as error:
        raise TableFormatError(f"{path} is not a whole safetensors file: {error}") from error
    name = next((name for name in names if name in held), None)
    if name is None:
        raise TableFormatError(f"{path} holds no tensor {' or '.join(names)}: it has {len(held)} others")
    with path.open("rb") as file:
        (header_bytes,) = struct.unpack("<Q", file.read(8))
        entry = json.loads(file.read(header_bytes))[name]
    if entry["dtype"] != "F32" or len(entry["shape"]) != 2:
        raise TableFormatError(f"{path}: {name} is {entry['dtype']} {entry['shape']}, expected F32 [rows, dimensions]")
    rows, dimensions = entry["shape"]
    return MappedMatrix(path, 8 + header_bytes + entry["data_offsets"][0], (rows, dimensions))


def place(header: bytes, names: Sequence[str], shape: tuple[int, int], data_bytes: int) -> tuple[str, int, int]:
    """The first of the named tensors that a header has: its name, and its first and its past-the-end byte.

    Bytes are counted from the end of the header, after which ``data_bytes`` follow. Raises TableFormatError unless it
    is a float32 matrix of this shape whose place is as large as the shape says and lies within the file.

    >>> header = b'{"wte.weight": {"dtype": "F32", "shape": [3, 2], "data_offsets": [8, 32]}}'
    >>> place(header, ["wte.weight"], (3, 2), data_bytes=32)
    ('wte.weight', 8, 32)
    """
    try:
        tensors = json.loads(header)
    except ValueError as error:
        raise TableFormatError(f"the header of a safetensors file is no JSON: {error}") from error
    held = tensors if isinstance(tensors, dict) else {}
    name = next((name for name in names if name in held), None)
    if name is None:
        raise TableFormatError(f"the file holds no tensor {' or '.join(names)}: it has {len(held)} others")
    entry = held[name] if isinstance(held[name], dict) else {}
    if entry.get("dtype") != "F32" or entry.get("shape") != list(shape):
        raise TableFormatError(f"{name} is {entry.get('dtype')} {entry.get('shape')}, expected F32 {list(shape)}")
    offsets = entry.get("data_offsets")
    if not (isinstance(offsets, list) and len(offsets) == 2 and all(type(offset) is int for offset in offsets)):
        raise TableFormatError(f"{name} has no place in the file: data_offsets {offsets!r}")
    begin, end = offsets
    if not 0 <= begin <= end <= data_bytes or end - begin != 4 * shape[0] * shape[1]:
        raise TableFormatError(
            f"{name} lies at bytes {begin:,} to {end:,} of {data_bytes:,}, which does not fit its shape {list(shape)}"
        )
    return name, begin, end
