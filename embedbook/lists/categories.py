"""Words by category: those of the source chapter's map, and those of the made corpus."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

_LISTS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("categories.toml").read_text(encoding="utf-8")
)


def categories(of: str) -> dict[str, tuple[str, ...]]:
    """Words by category of "chapter" or "corpus". Raises ValueError for another name.

    >>> categories("chapter")["animals"][:3]
    ('cat', 'dog', 'horse')
    """
    if of not in _LISTS:
        raise ValueError(f"no categories are called {of!r}; there are {', '.join(_LISTS)}")
    return {name: tuple(words.split()) for name, words in _LISTS[of].items()}
