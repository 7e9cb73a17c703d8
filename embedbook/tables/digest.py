"""SHA-256 of large files, computed once and remembered.

Hashing 90 MB takes a quarter of a second: too long for every start. What was found is kept as JSON in the user's
cache folder, by path, and trusted as long as the file's size and modification time stay the same. ``EMBEDBOOK_CACHE``
names another folder. A cache that cannot be read or written costs time, nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from embedbook.tables.errors import DigestError


def cache_folder() -> Path:
    """The folder of remembered digests: ``$EMBEDBOOK_CACHE``, else the user's cache folder of this package."""
    return Path(os.environ.get("EMBEDBOOK_CACHE") or user_cache_path("embedbook"))


def sha256(path: Path) -> str:
    """The file's SHA-256 as 64 hexadecimal digits; read from the cache while size and modification time agree.

    >>> import tempfile
    >>> empty = Path(tempfile.mkdtemp()) / "empty"
    >>> empty.touch()
    >>> sha256(empty)[:16]
    'e3b0c44298fc1c14'
    """
    path = path.resolve()
    key, status = str(path), path.stat()
    state = {"size": status.st_size, "mtime_ns": status.st_mtime_ns}
    known = _read().get(key)
    if isinstance(known, dict) and isinstance(known.get("digest"), str) and state.items() <= known.items():
        return str(known["digest"])
    digest = sha256_of(path)
    _write({**_read(), key: {**state, "digest": digest}})
    return digest


def sha256_of(path: Path) -> str:
    """The file's SHA-256, computed now and not remembered."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: Path, expected: str) -> None:
    """Raise :class:`DigestError` unless the file has the expected SHA-256."""
    found = sha256(path)
    if found != expected:
        raise DigestError(path, expected, found)


def _read() -> dict[str, Any]:
    try:
        remembered = json.loads((cache_folder() / "digests.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return remembered if isinstance(remembered, dict) else {}


def _write(remembered: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"digests-{os.getpid()}.json"
        draft.write_text(json.dumps(remembered, indent=1), encoding="utf-8")
        draft.replace(folder / "digests.json")
