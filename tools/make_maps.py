"""Make the maps of the t-SNE page anew from the installed tables, and say what changed: `make maps`.

Run it after a change of words, tables or settings, on one machine; the coordinates differ between processors. The
pages' scores come from the file that it writes, so that they stay the same everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from importlib.metadata import version
from typing import Any

import numpy as np

from embedbook import tables
from embedbook.maps import atlas, constructed, neighbor_recall
from embedbook.maps.methods import Points, mapped

LARGEST = 999
STUMPS = ("don", "didn", "wasn")
"""What BERT's tokenizer leaves of don't, didn't and wasn't: frequent, but no words."""
CLOUDS = {
    "two sizes": constructed.two_sizes,
    "three distances": constructed.three_distances,
    "noise": constructed.noise,
}


def make() -> atlas.Atlas:
    """The atlas made anew from the installed tables; it takes a few minutes."""
    said = header()
    found = {
        (points, name): atlas.rows(tables.load(name), tuple(said["words"][points].split(" ")))
        for points in atlas.WORDS
        for name in atlas.TABLES
    } | {(points, ""): CLOUDS[points]() for points in atlas.CLOUDS}
    made = {
        atlas.Key(points, name, perplexity, start, steps): mapped(vectors, perplexity, start, steps, unit=bool(name))
        for (points, name), vectors in found.items()
        for start in atlas.PLANS[points].starts
        for steps in atlas.PLANS[points].iterations
        for perplexity in atlas.PLANS[points].perplexities[: None if steps else 1]
    }
    return atlas.Atlas(said, {key: on_grid(coords) for key, coords in made.items()})


def header() -> dict[str, Any]:
    """What the file says of itself today: nothing of it depends on the day or the machine."""
    mapped_tables = {name: tables.load(name) for name in atlas.TABLES}
    by_use = mapped_tables["minilm"]  # whose own order is how often books and an encyclopedia use a word
    ordered = [word for word in map(by_use.word, by_use.frequent_words(3_000)) if len(word) >= 3]
    common = [word for word in ordered if all(word in table for table in mapped_tables.values())]
    listed = {
        "categories": [word for members in atlas.CATEGORIES.values() for word in members],
        "frequent": [word for word in common if word not in STUMPS][:300],
    }
    return {
        "made with": {name: version(name) for name in ("scikit-learn", "numpy")},
        "tables": {name: table.card.digest for name, table in mapped_tables.items()},
        "words": {name: " ".join(chosen) for name, chosen in listed.items()},
        "plans": {
            name: {"perplexities": plan.perplexities, "starts": plan.starts, "iterations": plan.iterations}
            for name, plan in atlas.PLANS.items()
        },
    }


def on_grid(coords: Points) -> atlas.Places:
    """A map rounded to whole steps from its middle, so that the largest place is 999."""
    low, high = coords.min(axis=0), coords.max(axis=0)  # [2] each
    step = float(f"{float((high - low).max()) / 2 / LARGEST:.4g}") or 1.0
    return np.clip(np.rint((coords - (low + high) / 2) / step), -LARGEST, LARGEST).astype(np.int16)


def lines(made: atlas.Atlas) -> Iterator[str]:
    """The file's lines: the header, then a map each."""
    yield json.dumps(made.header)
    for key, places in made.maps.items():
        yield json.dumps({"map": astuple(key), "at": places.ravel().tolist()}, separators=(",", ":"))


def recalls(made: atlas.Atlas) -> dict[str, float]:
    """For each set of words and table, the mean neighbour recall of its finished maps."""
    by_set: dict[str, list[float]] = {}
    for key, each in made.maps.items():
        if key.table and key.iterations == max(atlas.STEPS):
            vectors = atlas.rows(tables.load(key.table), tuple(made.header["words"][key.points].split(" ")))
            score = neighbor_recall(vectors, each, atlas.WORDS[key.points].neighbors)
            by_set.setdefault(f"{key.points}, {key.table}", []).append(score)
    return {name: float(np.mean(scores)) for name, scores in by_set.items()}


def changes(old: atlas.Atlas, new: atlas.Atlas) -> Iterable[str]:
    """What a reader of the file should know: its settings, how many maps differ, and the scores before and after."""
    for part, value in new.header.items():
        if old.header.get(part) != value:
            yield f"{part}: was {old.header.get(part)}, is {value}"
    kept = [key for key in new.maps if key in old.maps]
    same = [key for key in kept if np.array_equal(new.maps[key], old.maps[key])]
    yield (
        f"maps: {len(same)} the same, {len(kept) - len(same)} changed, "
        f"{len(new.maps) - len(kept)} new, {len(set(old.maps) - set(new.maps))} gone"
    )
    before = recalls(old) if old.header["words"] == new.header["words"] else {}
    for name, score in recalls(new).items():
        yield f"{name}: neighbour recall {score:.3f}" + (f", was {before[name]:.3f}" if name in before else "")


def main() -> int:
    old = atlas.load() if atlas.FILE.is_file() else atlas.Atlas({"words": {}}, {})
    atlas.FILE.write_text("\n".join(lines(make())) + "\n", encoding="utf-8")
    atlas.load.cache_clear()
    print(*changes(old, atlas.load()), sep="\n")
    print(f"{atlas.FILE.name}: {atlas.FILE.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
