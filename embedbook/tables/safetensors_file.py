"""One tensor of a safetensors file, mapped into memory.

The format: eight bytes with the header's length N, a JSON header of N bytes that gives each tensor's type, shape and
place, then the numbers. The library checks the file; the place is read from the header, since the library would copy.
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
