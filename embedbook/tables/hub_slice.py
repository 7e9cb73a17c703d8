"""One tensor of a model on the hub: of GPT-2's 548 MB, the 154 MB of its table are all that has to travel.

A safetensors file says at its head where each tensor lies, so three ranges are read: eight bytes with the header's
length, the header, the tensor. The tensor is kept in the package's cache folder (``$EMBEDBOOK_CACHE``) with a record of
where it came from and its own SHA-256, which every later load compares. The hub's SHA-256 is that of the whole file: it
pins what is asked for, and the record pins what came, once it was seen that it is numbers.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from embedbook.tables import digest, safetensors_file
from embedbook.tables.errors import EmbedbookError, MissingTableError, TableFormatError
from embedbook.tables.files import replace_text
from embedbook.tables.hub import HubFile
from embedbook.tables.hub_ranges import HubBytes
from embedbook.tables.mapping import MappedMatrix
from embedbook.tables.partial import PartialFile

LONGEST_HEADER = 2**20  # bytes; GPT-2's has about 15 thousand


@dataclass(frozen=True)
class HubTensor(HubFile):
    """One float32 matrix of a safetensors file: under the first of ``names`` that the file has, of this ``shape``.

    ``sha256`` is the whole file's.
    """

    names: tuple[str, ...]
    shape: tuple[int, int]

    @property
    def slice_path(self) -> Path:
        """Where the tensor's own bytes are kept: V x D float32 numbers, row by row, little-endian, nothing else."""
        folder = digest.cache_folder() / self.repository.replace("/", "--") / self.revision[:12]
        return folder / f"{self.names[0]}.f32"

    @property
    def size(self) -> int:
        """How many bytes the tensor has."""
        return 4 * prod(self.shape)

    def is_here(self) -> bool:
        """Whether the table loads without a request. Asks nobody."""
        return self.find() is not None or self.record() is not None

    def record(self) -> dict[str, Any] | None:
        """What was noted when the tensor was fetched, or None if there is no whole tensor of this very file here."""
        try:
            record = json.loads(self._record_path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(record, dict) or not isinstance(record.get("sha256"), str) or not self.slice_path.is_file():
            return None
        return record if self._what().items() <= record.items() else None

    def matrix(self, table: str) -> MappedMatrix:
        """Where the matrix is, after fetching it if it must be; its digest is checked.

        Raises MissingTableError, DigestError, or TableFormatError where the file does not hold this matrix.
        """
        whole = self.find()
        if whole is not None:
            self.verify(whole)
            matrix = safetensors_file.find_matrix(whole, self.names)
            if matrix.shape != self.shape:
                raise TableFormatError(f"{whole}: the table is {list(matrix.shape)}, expected {list(self.shape)}")
            return matrix
        record = self.record() or self._fetched(table)
        digest.verify(self.slice_path, record["sha256"])
        return MappedMatrix(self.slice_path, 0, self.shape)

    def _fetched(self, table: str) -> dict[str, Any]:
        """Fetch the tensor, unless another process has done so while this one waited; return its record."""
        source = HubBytes(self, table)
        folder = self.slice_path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _only_one(self.slice_path.with_suffix(".lock"), table):
                return self.record() or self._fetch(source, table)
        except EmbedbookError:
            raise
        except OSError as error:
            raise MissingTableError(
                table,
                f"{folder} cannot be written ({error.strerror or type(error).__name__})",
                f"make room for {self.size / 1e6:,.0f} MB there, or let EMBEDBOOK_CACHE name another folder",
            ) from error

    def _fetch(self, source: HubBytes, table: str) -> dict[str, Any]:
        made = PartialFile.left_whole(self.slice_path, self.size, self._what())
        part = PartialFile(self.slice_path, self.size, made) if made else None
        if not made or not part or part.kept < part.size:
            made = self._place(source)
            part = PartialFile(self.slice_path, self.size, made)
            if part.kept < part.size:
                with _progress(f"{table}: {made['tensor']}", part) as shown:
                    begin, end = made["bytes"]
                    part.fill(shown(source.chunks(begin + part.kept, end)))
        self._check_numbers(part)
        record = {**made, "sha256": part.sha256(), "fetched": datetime.now(UTC).date().isoformat()}
        self.slice_path.unlink(missing_ok=True)  # of another file: a record must never stand beside it
        replace_text(self._record_path, json.dumps(record, indent=1) + "\n")
        part.finish()
        return record

    def _check_numbers(self, part: PartialFile) -> None:
        """Whether the bytes are a table at all: the hub's digest is of another set of bytes and cannot say."""
        empty = True
        for block in part.blocks():
            numbers = np.frombuffer(block, dtype="<f4")
            if not np.isfinite(numbers).all():
                part.discard()
                raise TableFormatError(f"what came as {self.names[0]} holds infinite or undefined numbers")
            empty = empty and not numbers.any()
        if empty:
            part.discard()
            raise TableFormatError(f"what came as {self.names[0]} holds nothing but zeros")

    def _place(self, source: HubBytes) -> dict[str, Any]:
        """What will be fetched, read from the file's header."""
        (header_bytes,) = struct.unpack("<Q", source.read(0, 8))
        total = source.total or 0
        if not 2 <= header_bytes <= min(LONGEST_HEADER, total - 8):
            raise TableFormatError(f"{self.path} of {self.repository} is no safetensors file: header {header_bytes:,}")
        data = 8 + header_bytes
        header = source.read(8, data)
        try:
            name, begin, end = safetensors_file.place(header, self.names, self.shape, total - data)
        except RecursionError as error:
            raise TableFormatError("the header of a safetensors file is no JSON: it is too deep") from error
        return {**self._what(), "tensor": name, "bytes": [data + begin, data + end]}

    @property
    def _record_path(self) -> Path:
        return self.slice_path.with_suffix(".json")

    def _what(self) -> dict[str, Any]:
        return {
            "repository": self.repository,
            "revision": self.revision,
            "path": self.path,
            "etag": self.sha256,
            "dtype": "F32",
            "shape": list(self.shape),
        }


@contextmanager
def _only_one(path: Path, table: str) -> Iterator[None]:
    """Hold the lock of a folder: the second process waits for the first. It ends with the process that holds it."""
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"{table}: another process is fetching it; waiting until it is done", file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _progress(title: str, part: PartialFile) -> Iterator[Any]:
    """A bar on stderr, unless TQDM_DISABLE or HF_HUB_DISABLE_PROGRESS_BARS is set."""
    from tqdm import tqdm

    hub_utils: Any = import_module("huggingface_hub.utils")
    quiet = {"disable": True} if hub_utils.are_progress_bars_disabled() else {}
    with tqdm(total=part.size, initial=part.kept, unit="B", unit_scale=True, desc=title, **quiet) as bar:

        def shown(chunks: Iterator[bytes]) -> Iterator[bytes]:
            for chunk in chunks:
                yield chunk
                bar.update(len(chunk))

        yield shown
