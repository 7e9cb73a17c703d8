"""The maps of this book, made once by ``make maps`` and kept rounded in ``atlas.jsonl``.

t-SNE gives another map on another processor, so a score printed from a live map would not be the one stored in a page.
Each map is whole numbers from -999 to 999 and the step between them; scores are computed from these. A line of the
file is a map, the first line says what was mapped, from which tables, with which settings and library versions.

Iterations: scikit-learn has no way to stop before 250. The maps at 250, 300, 500 and 1,000 are runs of that length from
the same start, and a test proves that each is a state of the longest run. 0 is the start itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from embedbook import tables
from embedbook.maps import constructed
from embedbook.maps.methods import Points, as_points, pca, random_start, tsne
from embedbook.maps.words import CATEGORIES, category_of, frequent_words, single_tokens
from embedbook.tables import EmbeddingTable

Start: TypeAlias = int | Literal["pca"]
"""A seed for a random start, or the map by principal components."""

FILE = Path(__file__).with_name("atlas.jsonl")
LARGEST = 999
TABLES = ("minilm", "glove")
"""The tables whose licences let coordinates made from them be shipped."""


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
MAKE_CLOUD = {
    "two sizes": constructed.two_sizes,
    "three distances": constructed.three_distances,
    "noise": constructed.noise,
}


@dataclass(frozen=True)
class Key:
    """The name of a map. ``table`` is empty for a constructed cloud; at 0 iterations every perplexity is the same."""

    points: str
    table: str
    perplexity: int
    start: Start
    iterations: int


@dataclass(frozen=True, eq=False)
class Map:
    """Places on a grid, whole numbers [n, 2] from -999 to 999, and the length of the grid's step in t-SNE's units."""

    places: NDArray[np.int16]
    step: float

    @property
    def coords(self) -> Points:
        """The places as they are, [n, 2]: whole numbers keep equal distances equal, and no score asks for the step."""
        return self.places.astype(np.float64)


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
    table: EmbeddingTable,
    points: str = "categories",
    perplexity: int = 8,
    start: Start = 42,
    iterations: int = 1_000,
) -> WordMap:
    """A map of ``categories`` (the forty words) or ``frequent`` (three hundred).

    It is the committed one where there is one for this very table; for another table it is made now, of those of the
    words that are single tokens. Raises ValueError for a map that the atlas of a known table does not hold.

    >>> made = word_map(tables.load("minilm"))
    >>> len(made.words), made.classes[0], made.coords.shape
    (40, 'animals', (40, 2))
    """
    listed = words(points)
    name = table.card.name
    if load().header["tables"].get(name) == table.card.digest:
        used, coords = listed, find(Key(points, name, perplexity, start, iterations)).coords
        vectors = rows(table, used)
    else:
        used = single_tokens(table, listed)
        vectors = rows(table, used)
        coords = _at(vectors, perplexity, start, iterations, unit=True)
    return WordMap(used, classes_of(used), vectors, coords)


def cloud_map(points: str, perplexity: int, start: Start = 0) -> Points:
    """The committed map of a constructed cloud: [n, 2].

    >>> cloud_map("noise", perplexity=2).shape
    (300, 2)
    """
    return find(Key(points, "", perplexity, start, 1_000)).coords


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
    """The category of each word; nothing where not every word has one."""
    found = [category_of(word) for word in listed]
    return tuple(name for name in found if name) if all(found) else ()


def rows(table: EmbeddingTable, listed: tuple[str, ...]) -> Points:
    """The rows of words at length 1: [n, D]."""
    return as_points(np.array([table[word] for word in listed]), unit=True)


def find(key: Key) -> Map:
    """A committed map. Raises ValueError, with what there is, for a key that the atlas lacks."""
    maps = load().maps
    if key in maps:
        return maps[key]
    plan = {**WORDS, **CLOUDS}.get(key.points)
    if plan is None:
        raise ValueError(f"no points are called {key.points!r}; there are {', '.join([*WORDS, *CLOUDS])}")
    raise ValueError(
        f"no committed map {key}: of {key.points} there are perplexities {plan.perplexities}, "
        f"starts {plan.starts} and iterations {plan.iterations}"
    )


@dataclass(frozen=True, eq=False)
class Atlas:
    """The whole file: what it says of itself, and its maps."""

    header: dict[str, Any]
    maps: dict[Key, Map]

    def lines(self) -> Iterator[str]:
        """The file's lines: the header, then a map each."""
        yield json.dumps(self.header)
        for key, made in self.maps.items():
            name = [key.points, key.table, key.perplexity, key.start, key.iterations]
            places = made.places.ravel().tolist()
            yield json.dumps({"map": name, "step": made.step, "at": places}, separators=(",", ":"))


@cache
def load() -> Atlas:
    """The committed atlas; a start is listed under every perplexity."""
    header, *lines = map(json.loads, FILE.read_text(encoding="utf-8").splitlines())
    maps = {}
    for line in lines:
        points, table, perplexity, start, iterations = line["map"]
        places = np.array(line["at"], dtype=np.int16).reshape(-1, 2)
        plan = WORDS.get(points) or CLOUDS[points]
        for each in plan.perplexities if iterations == 0 else (perplexity,):
            maps[Key(points, table, each, start, iterations)] = Map(places, line["step"])
    return Atlas(header, maps)


def make() -> Atlas:
    """The atlas made anew from the installed tables; it takes a few minutes."""
    return Atlas(header(), {key: on_grid(coords) for key, coords in _all_maps()})


def header() -> dict[str, Any]:
    """What the file says of itself today: nothing of it depends on the day or the machine."""
    first, other = (tables.load(name) for name in TABLES)
    listed = {
        "categories": [word for members in CATEGORIES.values() for word in members],
        "frequent": frequent_words(first, other),
    }
    return {
        "made with": {name: version(name) for name in ("scikit-learn", "numpy")},
        "tables": {table.card.name: table.card.digest for table in (first, other)},
        "words": {name: " ".join(chosen) for name, chosen in listed.items()},
        "plans": {
            name: {"perplexities": plan.perplexities, "starts": plan.starts, "iterations": plan.iterations}
            for name, plan in {**WORDS, **CLOUDS}.items()
        },
    }


def on_grid(coords: Points) -> Map:
    """A map rounded to whole steps from its middle, so that the largest place is 999."""
    low, high = coords.min(axis=0), coords.max(axis=0)
    reach = float((high - low).max()) / 2
    step = float(f"{reach / LARGEST:.4g}") or 1.0
    places = np.clip(np.rint((coords - (low + high) / 2) / step), -LARGEST, LARGEST)
    return Map(places.astype(np.int16), step)


def _all_maps() -> Iterator[tuple[Key, Points]]:
    listed = header()["words"]
    for points, plan in WORDS.items():
        for name in TABLES:
            vectors = rows(tables.load(name), tuple(listed[points].split(" ")))
            yield from _maps(points, name, plan, vectors, unit=True)
    for points, plan in CLOUDS.items():
        yield from _maps(points, "", plan, MAKE_CLOUD[points](), unit=False)


def _maps(points: str, table: str, plan: Plan, vectors: Points, *, unit: bool) -> Iterator[tuple[Key, Points]]:
    for start in plan.starts:
        for iterations in plan.iterations:
            for perplexity in plan.perplexities if iterations else plan.perplexities[:1]:
                coords = _at(vectors, perplexity, start, iterations, unit=unit)
                yield Key(points, table, perplexity, start, iterations), coords


def _at(vectors: Points, perplexity: int, start: Start, iterations: int, *, unit: bool) -> Points:
    if start == "pca":
        if iterations == 0:
            return pca(vectors, unit=unit).coords
        return tsne(vectors, perplexity, init="pca", iterations=iterations, unit=unit)
    if iterations == 0:
        return random_start(len(vectors), start)
    return tsne(vectors, perplexity, start, iterations=iterations, unit=unit)
