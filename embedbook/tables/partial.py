"""A large file that arrives bit by bit and may be cut off at any moment, by the network, the user or the power.

Beside the unfinished ``NAME.part`` stands ``NAME.part.json``: what is being fetched, and how many bytes are safely on
the disk. Only these bytes are kept when the work is taken up again, and only if it is still the same thing; the file
gets its own name when it is whole. One process at a time may write it: the caller holds a lock.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from embedbook.tables.files import replace_text

SYNC_EVERY = 8 * 2**20  # bytes that a power cut may cost


class PartialFile:
    """The unfinished file of ``path``, which will have ``size`` bytes; ``what`` tells one fetch from another."""

    def __init__(self, path: Path, size: int, what: Mapping[str, Any]) -> None:
        self.path = path
        self.size = size
        self._what = {**what, "size": size}
        self._part = path.with_name(f"{path.name}.part")
        self._state = path.with_name(f"{path.name}.part.json")
        self.kept = self._kept()

    def _kept(self) -> int:
        """How many bytes of an earlier attempt can be used: all that it noted, if it fetched the same; else none."""
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            kept = state.pop("kept")
            usable = state == json.loads(json.dumps(self._what)) and 0 <= kept <= min(self.size, self._length())
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            return 0
        return int(kept) if usable else 0

    def _length(self) -> int:
        return self._part.stat().st_size

    def fill(self, chunks: Iterable[bytes]) -> None:
        """Append the chunks, which begin at byte ``kept``. What has arrived stays when the source breaks off."""
        if not self.kept:  # note first what the bytes will belong to
            self._part.unlink(missing_ok=True)
            self._note()
        with self._part.open("r+b" if self.kept else "xb") as file:
            file.truncate(self.kept)
            file.seek(self.kept)
            written = self.kept
            try:
                for chunk in chunks:
                    file.write(chunk)
                    written += len(chunk)
                    if written - self.kept >= SYNC_EVERY:
                        self._sync(file.fileno(), file.flush, written)
            finally:
                self._sync(file.fileno(), file.flush, written)

    def _sync(self, descriptor: int, flush: Any, written: int) -> None:
        flush()
        os.fsync(descriptor)
        self.kept = written
        self._note()

    def _note(self) -> None:
        replace_text(self._state, json.dumps({**self._what, "kept": self.kept}, indent=1))

    def sha256(self) -> str:
        """The SHA-256 of what has arrived."""
        with self._part.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def finish(self) -> None:
        """Give the whole file its name."""
        if self.kept != self.size or self._length() != self.size:
            raise ValueError(f"{self._part} has {self._length():,} of {self.size:,} bytes")
        self._part.replace(self.path)
        self._state.unlink(missing_ok=True)
