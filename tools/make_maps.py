"""Make the maps of the t-SNE page anew from the installed tables, and say what changed: `make maps`.

Run it after a change of words, tables or settings, on one machine; the coordinates differ between processors. The
pages' scores come from the file that it writes, so that they stay the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from embedbook import tables
from embedbook.maps import atlas, neighbor_recall


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
    atlas.FILE.write_text("\n".join(atlas.make().lines()) + "\n", encoding="utf-8")
    atlas.load.cache_clear()
    print(*changes(old, atlas.load()), sep="\n")
    print(f"{atlas.FILE.name}: {atlas.FILE.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
