"""The maps of this book, made once by ``make maps`` (``tools/make_maps.py``) and kept rounded in ``atlas.jsonl``.

t-SNE gives another map on another processor, so a score printed from a live map would not be the one stored in a page.
Each map is whole numbers from -999 to 999, which keep equal distances equal; scores are computed from these. A line of
the file is a map, the first line says what was mapped, from which tables, with which settings and library versions.

Iterations: scikit-learn has no way to stop before 250. The maps at 250, 300, 500 and 1,000 are runs of that length from
the same start, and a test proves that each is a state of the longest run. 0 is the start itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from embedbook import tables
from embedbook.lists.categories import categories
from embedbook.maps.methods import Points, as_points, mapped
from embedbook.maps.methods import Start as Start
from embedbook.tables import EmbeddingTable

FILE = Path(__file__).with_name("atlas.jsonl")
TABLES = ("smollm2", "minilm", "glove")
"""The tables whose licences let coordinates made from them be shipped."""

CATEGORIES = categories("chapter")


@dataclass(frozen=True)
class Plan:
    """Which maps a set of points gets: every perplexity from every start, at every number of iterations."""

    perplexities: tuple[int, ...]
    starts: tuple[Start, ...]
    iterations: tuple[int, ...]
    neighbors: int
    """How many neighbours its maps are judged by."""


STEPS = (0, 250, 300, 500, 1_000)
STARTS: tuple[Start, ...] = (42, 0, 1, "pca")
PERPLEXITIES = (2, 5, 8, 15, 30, 50)
WORDS: Mapping[str, Plan] = {
    "categories": Plan(PERPLEXITIES[:-1], STARTS, STEPS, 5),  # 50 is more than forty words allow
    "frequent": Plan(PERPLEXITIES, STARTS, STEPS, 10),
}
CLOUDS: Mapping[str, Plan] = {
    "two sizes": Plan((30,), (0, 1, 2), (1_000,), 10),
    "three distances": Plan((5, 30, 50, 100), (0, 1, 2), (1_000,), 10),
    "noise": Plan((2, 5, 30), (0, 1, 2), (1_000,), 10),
}
PLANS = {**WORDS, **CLOUDS}

Places: TypeAlias = NDArray[np.int16]
"""A map [n, 2] on a grid, whole numbers from -999 to 999."""


@dataclass(frozen=True)
class Key:
    """The name of a map. ``table`` is empty for a constructed cloud; at 0 iterations every perplexity is the same."""

    points: str
    table: str
    perplexity: int
    start: Start
    iterations: int


@dataclass(frozen=True, eq=False)
class WordMap:
    """n words of a table on a map: their rows [n, D], their coordinates [n, 2], and what is judged by them.

    ``classes`` is empty where the words have none.
    """

    words: tuple[str, ...]
    classes: tuple[str, ...]
    vectors: Points
    coords: Points


def word_map(
    table: EmbeddingTable | str,
    points: str = "categories",
    perplexity: int = 8,
    start: Start = 42,
    iterations: int = 1_000,
) -> WordMap:
    """A map of ``categories`` (the forty words) or ``frequent`` (three hundred), of any table.

    It is the committed one where the atlas has this very table, by name and digest; of another table it is made now, of
    those of the words that are single tokens. Raises ValueError for a map that the atlas lacks of a table that it has.

    >>> made = word_map("minilm")
    >>> len(made.words), made.classes[0], made.coords.shape
    (40, 'animals', (40, 2))
    """
    table, listed = tables.as_table(table), words(points)
    if is_of(table):
        coords = find(Key(points, table.card.name, perplexity, start, iterations)).astype(np.float64)
        return WordMap(listed, classes_of(listed), rows(table, listed), coords)
    listed = tuple(word for word in listed if word in table)
    vectors = rows(table, listed)
    return WordMap(listed, classes_of(listed), vectors, mapped(vectors, perplexity, start, iterations))


def cloud_map(points: str, perplexity: int, start: Start = 0) -> Points:
    """The committed map of a constructed cloud: [n, 2].

    >>> cloud_map("noise", perplexity=2).shape
    (300, 2)
    """
    return find(Key(points, "", perplexity, start, 1_000)).astype(np.float64)


def is_of(table: EmbeddingTable) -> bool:
    """Whether the atlas was made from this very table: name and digest of its file are the same."""
    return bool(table.card.digest) and load().header["tables"].get(table.card.name) == table.card.digest


def words(points: str) -> tuple[str, ...]:
    """The words of ``categories`` or of ``frequent``.

    >>> words("categories")[:3]
    ('cat', 'dog', 'horse')
    """
    lists = load().header["words"]
    if points not in lists:
        raise ValueError(f"no words are called {points!r}; there are {', '.join(lists)}")
    return tuple(lists[points].split(" "))


def classes_of(listed: tuple[str, ...]) -> tuple[str, ...]:
    """The category of each word; nothing where not every word has one.

    >>> classes_of(("tiger", "red")), classes_of(("tiger", "lion"))
    (('animals', 'colors'), ())
    """
    by_word = {word: name for name, members in CATEGORIES.items() for word in members}
    return tuple(by_word[word] for word in listed) if set(listed) <= set(by_word) else ()


def rows(table: EmbeddingTable, listed: tuple[str, ...]) -> Points:
    """The rows of words at length 1: [n, D]."""
    return as_points(np.array([table[word] for word in listed]), unit=True)


def find(key: Key) -> Places:
    """A committed map. Raises ValueError, with what there is, for a key that the atlas lacks."""
    if key in load().maps:
        return load().maps[key]
    if key.points not in PLANS:
        raise ValueError(f"no points are called {key.points!r}; there are {', '.join(PLANS)}")
    plan = PLANS[key.points]
    raise ValueError(
        f"no committed map {key}: of {key.points} there are perplexities {plan.perplexities}, "
        f"starts {plan.starts} and iterations {plan.iterations}"
    )


@dataclass(frozen=True, eq=False)
class Atlas:
    """The whole file: what it says of itself, and its maps."""

    header: dict[str, Any]
    maps: dict[Key, Places]


@cache
def load() -> Atlas:
    """The committed atlas; a start is listed under every perplexity."""
    header, *lines = map(json.loads, FILE.read_text(encoding="utf-8").splitlines())
    maps = {}
    for line in lines:
        key, places = Key(*line["map"]), np.array(line["at"], dtype=np.int16).reshape(-1, 2)
        for each in PLANS[key.points].perplexities if key.iterations == 0 else (key.perplexity,):
            maps[replace(key, perplexity=each)] = places
    return Atlas(header, maps)
