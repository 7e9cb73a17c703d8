"""Every error that the package raises on purpose. Each says what was wrong, what was expected and what to do."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any, SupportsIndex, TypeGuard, TypeVar

import numpy as np

T = TypeVar("T")

BOOK_EXTRA = 'pip install ".[book]" in the book\'s folder'
HUB_EXTRA = 'pip install ".[hub]" in the book\'s folder'
"""What brings the libraries of the pages, and that of the hub: the package lies in no registry."""


def shorten(text: str, limit: int = 40) -> str:
    """The text in quotes, cut to ``limit`` characters, fit for an error message.

    >>> shorten("king")
    "'king'"
    >>> shorten("a" * 10_000, limit=5)
    "'aaaaa…' (10,000 characters)"
    """
    if len(text) <= limit:
        return repr(text)
    return f"{text[:limit] + '…'!r} ({len(text):,} characters)"


def whole(number: object, name: str, least: int = 0, most: int | None = None) -> int:
    """A whole number from ``least`` to ``most`` as Python's own int, whose products do not overflow.

    Raises TypeError for any other thing, ValueError for a smaller or a larger number.

    >>> whole(np.int8(3), "k", least=1)
    3
    """
    if not is_whole(number):
        raise TypeError(f"{name} must be a whole number, got {number!r:.40}")
    found = operator.index(number)
    if found < least or (most is not None and found > most):
        allowed = f"{least} or more" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be {allowed}, got {number}")
    return found


def is_whole(number: object) -> TypeGuard[SupportsIndex]:
    """Whether it is one whole number, of Python or of numpy, and neither true nor false."""
    is_one = hasattr(number, "__index__") and not getattr(number, "ndim", False)
    return is_one and not isinstance(number, (bool, np.bool_))


def as_path(path: str | PathLike[str]) -> Path:
    """The path, with the user's home in place of ``~``. Raises TypeError for what is none."""
    if not isinstance(path, (str, PathLike)):
        raise TypeError(f"expected a path, got {type(path).__name__}")
    return Path(path).expanduser()


def listed(given: Iterable[T], what: str) -> list[T]:
    """The members of a list, an array or any other iterable. Raises TypeError for what is none, and for a text.

    >>> listed(iter("ab"), "letters")
    ['a', 'b']
    """
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable) or getattr(given, "ndim", None) == 0:
        raise TypeError(f"expected a list of {what}, got {given!r:.40}")
    return list(given)


class EmbedbookError(Exception):
    """Base of all errors of this package."""


class UnknownTableError(EmbedbookError, LookupError):
    """No table of that name is registered."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(f"no table is called {shorten(name)}. Known tables: {', '.join(known)}")


class UnknownTokenError(EmbedbookError, LookupError):
    """A word that is not exactly one token of the table.

    ``word`` is the word asked for, ``pieces`` what the table's tokenizer makes of it (empty when it makes nothing),
    ``suggestions`` up to five tokens that are close in spelling.
    """

    def __init__(self, word: str, table: str, pieces: Sequence[str], suggestions: Sequence[str]) -> None:
        self.word = word
        self.table = table
        self.pieces = tuple(pieces)
        self.suggestions = tuple(suggestions)
        message = f"{shorten(word)} is not one token of {table}"
        if not word.strip():
            message += ": it holds no character to look up"
        elif self.pieces and self.pieces != (word.strip().lower(),):
            shown = [piece if len(piece) <= 40 else f"{piece[:40]}…" for piece in self.pieces[:8]]
            hidden = len(self.pieces) - len(shown)
            message += ": " + " + ".join(shown) + (f" + {hidden:,} more" if hidden else "")
        if self.suggestions:
            message += f". Close tokens: {', '.join(self.suggestions)}"
        super().__init__(message)


class TokenIdError(EmbedbookError, IndexError):
    """A token id outside the table; negative ids do not count from the end."""

    def __init__(self, token_id: int, table: str, size: int) -> None:
        self.token_id = token_id
        super().__init__(f"{token_id} is not a token id of {table}: ids run from 0 to {size - 1:,}")


class DigestError(EmbedbookError):
    """A file whose SHA-256 is not the expected one: ``file``, ``expected``, ``found``."""

    def __init__(self, file: Path, expected: str, found: str, advice: str = "Remove it and get it again") -> None:
        self.file = file
        self.expected = expected
        self.found = found
        wanted = f"SHA-256 {expected} expected, {found} found"
        super().__init__(f"{file} is not the file that this table is made of: {wanted}. {advice}")


class TableFormatError(EmbedbookError, ValueError):
    """A file of numbers or of tokens that cannot be read as the table it should hold."""


class MissingTableError(EmbedbookError, LookupError):
    """The files of a known table are not on this machine; the message ends with the command that brings them."""

    def __init__(self, table: str, reason: str, command: str) -> None:
        self.table = table
        self.command = command
        super().__init__(f"the table {table!r} is not here: {reason}. To get it: {command}")


class MissingExtraError(EmbedbookError, ImportError):
    """A library that only this feature needs is not installed; the message ends with the command that brings it."""

    def __init__(self, feature: str, command: str) -> None:
        self.command = command
        super().__init__(f"{feature} needs a library that is not installed. To get it: {command}")


def library(name: str, feature: str, command: str) -> Any:
    """The module of that name. Raises MissingExtraError, which says what needs it and what brings it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtraError(feature, command) from error
