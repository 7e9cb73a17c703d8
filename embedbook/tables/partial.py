"""A large file that arrives bit by bit and may be cut off at any moment, by the network, the user or the power.

Beside the unfinished ``NAME.part`` stands ``NAME.part.json``: what is being fetched, and how many bytes are safely on
the disk, with their SHA-256. Only these bytes are kept when the work is taken up again, and only if they are still the
same bytes of the same thing; the file gets its own name when it is whole. One process at a time may write it: the
caller holds a lock.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from embedbook.tables.files import replace_text

SYNC_EVERY = 8 * 2**20  # bytes that a power cut may cost
BLOCK = 2**20  # bytes that are read at once
UNREADABLE = (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError)


class PartialFile:
    """The unfinished file of ``path``, which will have ``size`` bytes; ``what`` tells one fetch from another."""

    def __init__(self, path: Path, size: int, what: Mapping[str, Any]) -> None:
        self.path = path
        self.size = size
        self._what = {**what, "size": size}
        self._part = path.with_name(f"{path.name}.part")
        self._state = path.with_name(f"{path.name}.part.json")
        self._hash = hashlib.sha256()
        self.kept = self._kept()

    @staticmethod
    def left_whole(path: Path, size: int, what: Mapping[str, Any]) -> dict[str, Any] | None:
        """What an attempt noted that got all bytes and was ended before it could finish; None if there is none, or if
        it fetched something without all of ``what``."""
        try:
            state = json.loads(path.with_name(f"{path.name}.part.json").read_text(encoding="utf-8"))
            is_whole = state.pop("kept") == state.pop("size") == size and what.items() <= state.items()
            del state["sha256"]
        except UNREADABLE:
            return None
        return dict(state) if is_whole else None

    def _kept(self) -> int:
        """How many bytes of an earlier attempt can be used: all that it noted, if it fetched the same and they are
        still what it wrote; else none."""
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            kept, digest = state.pop("kept"), state.pop("sha256")
            usable = state == json.loads(json.dumps(self._what)) and type(kept) is int
            if not usable or not 0 <= kept <= min(self.size, self._length()):
                return 0
            found = hashlib.sha256()
            for block in self._blocks(kept):
                found.update(block)
        except UNREADABLE:
            return 0
        if found.hexdigest() != digest:
            return 0
        self._hash = found
        return int(kept)

    def _blocks(self, end: int) -> Iterator[bytes]:
        with self._part.open("rb") as file:
            for start in range(0, end, BLOCK):
                yield file.read(min(BLOCK, end - start))

    def blocks(self) -> Iterator[bytes]:
        """The bytes that are kept, at most 1 MiB at a time."""
        return self._blocks(self.kept)

    def _length(self) -> int:
        return self._part.stat().st_size

    def fill(self, chunks: Iterable[bytes]) -> None:
        """Append the chunks, which begin at byte ``kept``. What has arrived stays when the source breaks off."""
        if not self.kept:  # note first what the bytes will belong to
            self._part.unlink(missing_ok=True)
            self._note(self._hash.hexdigest())
        with self._part.open("r+b" if self.kept else "xb") as file:
            file.truncate(self.kept)
            file.seek(self.kept)
            written = self.kept
            try:
                for chunk in chunks:
                    file.write(chunk)
                    self._hash.update(chunk)
                    written += len(chunk)
                    if written - self.kept >= SYNC_EVERY:
                        self._sync(file.fileno(), file.flush, written)
            finally:
                self._sync(file.fileno(), file.flush, written)

    def _sync(self, descriptor: int, flush: Any, written: int) -> None:
        flush()
        os.fsync(descriptor)
        self.kept = written
        self._note(self._hash.hexdigest())

    def _note(self, digest: str) -> None:
        replace_text(self._state, json.dumps({**self._what, "kept": self.kept, "sha256": digest}, indent=1))

    def sha256(self) -> str:
        """The SHA-256 of what has arrived, as it arrived: a disk that holds something else is found out later."""
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Keep nothing of it."""
        self._state.unlink(missing_ok=True)
        self._part.unlink(missing_ok=True)
        self.kept, self._hash = 0, hashlib.sha256()

    def finish(self) -> None:
        """Give the whole file its name."""
        if self.kept != self.size or self._length() != self.size:
            raise ValueError(f"{self._part} has {self._length():,} of {self.size:,} bytes")
        self._part.replace(self.path)
        self._state.unlink(missing_ok=True)
