"""The user's cache folder: files that are there whole or not at all, and results kept by what they follow from.

``EMBEDBOOK_CACHE`` names another folder. A cache that cannot be read or written costs time, nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

LIBRARIES = ("numpy", "scipy", "scikit-learn", "tokenizers", "torch", "transformers", "matplotlib", "pybtex")
"""Libraries whose version may change the last digit of a result."""

ROOMS = (
    "tables",
    "lists",
    "geometry.py",
    "probes.py",
    "sizing.py",
    "subwords.py",
    "maps",
    "learning",
    "contextual.py",
    "evaluation.py",
    "claims",
)
"""What of this package results may follow from; the rest shows them."""


def folder() -> Path:
    """``$EMBEDBOOK_CACHE``, else the user's cache folder of this package."""
    return Path(os.environ.get("EMBEDBOOK_CACHE") or user_cache_path("embedbook"))


@contextlib.contextmanager
def written(path: Path) -> Iterator[Path]:
    """A draft beside ``path`` that takes its name when the block ends well: others see the old file or the new one.

    Raises OSError where it cannot be written.

    >>> path = Path(tempfile.mkdtemp()) / "note.txt"
    >>> with written(path) as draft:
    ...     _ = draft.write_text("kept")
    >>> path.read_text(), len(list(path.parent.iterdir()))
    ('kept', 1)
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    draft = Path(name)
    try:
        yield draft
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        draft.chmod(0o644)  # a class shares one copy; mkstemp writes for its owner alone
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def alone(path: Path) -> FileLock:
    """A lock for whoever makes ``path``: a second process waits. It ends with the process that holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(f"{path}.lock")


def kept(
    name: str,
    inputs: str,
    make: Callable[[], bytes],
    rooms: tuple[str, ...] = ROOMS,
    without: frozenset[str] = frozenset(),
) -> bytes:
    """What ``make`` returns, made once for these inputs, the code of these rooms and the libraries' versions.

    ``name`` says what it is, as part of a file name; ``inputs`` everything else that the result depends on; ``without``
    are files in those rooms, such as "claims/render.py", that it does not depend on.
    """
    key = hashlib.sha256(f"{_code(rooms, without)}\0{inputs}".encode()).hexdigest()[:24]
    path = folder() / "results" / f"{name}-{key}"
    if (made := _undamaged(path)) is not None:
        return made
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # a cache that cannot be written
            held.enter_context(alone(path))
        if (made := _undamaged(path)) is not None:
            return made
        made = make()
        with contextlib.suppress(OSError), written(path) as draft:
            draft.write_bytes(hashlib.sha256(made).digest() + made)
        return made


def _undamaged(path: Path) -> bytes | None:
    """What a kept file holds after the digest that it begins with; None where there is none, or it was damaged."""
    with contextlib.suppress(OSError):
        digest, made = (both := path.read_bytes())[:32], both[32:]
        return made if hashlib.sha256(made).digest() == digest else None
    return None


def files(rooms: tuple[str, ...], without: frozenset[str] = frozenset()) -> Iterator[Path]:
    """The code and data of these rooms, in the order of their names, but for some files."""
    root = Path(__file__).parent
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        data = path.suffix in (".py", ".toml", ".txt", ".jsonl")
        if data and inside.parts[0] in rooms and inside.as_posix() not in without:
            yield inside


@cache
def _code(rooms: tuple[str, ...], without: frozenset[str]) -> str:
    """SHA-256 of the code and data of these rooms, and of the libraries' versions."""
    digest = hashlib.sha256()
    for inside in files(rooms, without):
        digest.update(f"{inside.as_posix()}\0".encode() + (Path(__file__).parent / inside).read_bytes())
    for library in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            digest.update(f"{library} {version(library)}".encode())
    return digest.hexdigest()
