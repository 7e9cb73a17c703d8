"""Real t-SNE maps, each with what it kept: perplexity, start and iteration as sliders over maps made beforehand."""

from __future__ import annotations

from functools import partial

import numpy as np
import traitlets

from embedbook import maps as drawn_maps
from embedbook import tables as known
from embedbook.maps import atlas
from embedbook.widgets import arithmetic, datasets
from embedbook.widgets.datasets import Dataset
from embedbook.widgets.view import Panel, View, choice, joined, known_tables, stops, text_box

POINTS = {"categories": "40 words in five categories", "frequent": "300 frequent words"}
STARTS = tuple("PCA start" if start == "pca" else f"seed {start}" for start in atlas.STARTS)


def data(points: str, name: str) -> Dataset:
    """The maps of one list of words in one table, with the true neighbours and each map's trustworthiness.

    ``places`` is [perplexity, start, iteration, word, 2] for all iterations but 0, whose maps are ``first``.
    """
    plan, table = atlas.WORDS[points], known.load(name)
    listed = atlas.words(points)
    vectors = atlas.rows(table, listed)
    found = {key: made for key, made in atlas.load().maps.items() if (key.points, key.table) == (points, name)}
    trust = {
        key: round(drawn_maps.trustworthiness(vectors, made.places, plan.neighbors), 2) for key, made in found.items()
    }

    def key(perplexity: int, start: atlas.Start, iterations: int) -> atlas.Key:
        return atlas.Key(points, name, perplexity, start, iterations)

    grid = [(p, s) for p in plan.perplexities for s in plan.starts]
    meta = {
        "table": name,
        "points": points,
        "words": " ".join(listed),
        "classes": list(atlas.classes_of(listed)),
        "uncased": table.card.uncased,
        "neighbors": plan.neighbors,
        "perplexities": list(plan.perplexities),
        "iterations": list(plan.iterations),
        "trust": [[trust[key(p, s, i)] for i in plan.iterations] for p, s in grid],
    }
    places = np.array([[found[key(p, s, i)].places for i in plan.iterations[1:]] for p, s in grid])
    first = np.array([found[key(plan.perplexities[0], s, 0)].places for s in plan.starts])
    neighbors = drawn_maps.nearest(vectors, plan.neighbors).astype(np.int16)
    return Dataset(f"maps-{points}-{name}", meta, {"places": places, "first": first, "neighbors": neighbors})


datasets.OTHER.update(
    {f"maps-{points}-{name}": partial(data, points, name) for points in POINTS for name in atlas.TABLES}
)


class MapsView(View):
    """A map as a scatter plot; a chosen word is joined to its true neighbours. All choices but the word are indices."""

    _esm = joined("maps")
    points = traitlets.Int(0).tag(sync=True)
    perplexity = traitlets.Int(0).tag(sync=True)
    start = traitlets.Int(0).tag(sync=True)
    iterations = traitlets.Int(0).tag(sync=True)
    word = traitlets.Unicode("").tag(sync=True)
    starts = traitlets.List(traitlets.Unicode(), default_value=list(STARTS)).tag(sync=True)
    perplexities = traitlets.List(traitlets.Int(), default_value=list(atlas.PERPLEXITIES)).tag(sync=True)
    steps = traitlets.List(traitlets.Int(), default_value=list(atlas.STEPS)).tag(sync=True)
    sets = traitlets.List(traitlets.Unicode(), default_value=list(POINTS)).tag(sync=True)
    labels = traitlets.List(traitlets.Unicode(), default_value=list(POINTS.values())).tag(sync=True)

    def text(self) -> str:
        """The sentences under the picture, computed from the full rows."""
        points = self.sets[self.points]
        perplexity, steps = self.perplexities[self.perplexity], atlas.STEPS[self.iterations]
        made = drawn_maps.word_map(known.load(self.chosen), points, perplexity, atlas.STARTS[self.start], steps)
        k, n = atlas.WORDS[points].neighbors, len(made.words)
        kept = drawn_maps.neighbor_recall(made.vectors, made.coords, k)
        trusted = drawn_maps.trustworthiness(made.vectors, made.coords, k)
        when = f"after {steps:,} iterations" if steps else "before the first iteration"
        said = [
            f"{self.labels[self.points]} of {self.chosen}, perplexity {perplexity}, {self.starts[self.start]}, {when}: "
            f"this map keeps {_percent(kept)} of each word's {k} true neighbours "
            f"(a random map {_percent(drawn_maps.chance_recall(n, k))}); "
            f"trustworthiness {arithmetic.fixed(round(trusted, 2))}."
        ]
        if made.classes:
            same = drawn_maps.same_class(made.coords, made.classes, k)
            chance = drawn_maps.chance_same(made.classes)
            said.append(
                f"Of the {k} nearest on the map, {_percent(same)} are of the same category "
                f"(by chance {_percent(chance)})."
            )
        if self.word.strip():
            said.append(self._about_the_word(made, k))
        return " ".join(said)

    def _about_the_word(self, made: drawn_maps.WordMap, k: int) -> str:
        asked = self.word.strip()
        lower = [word.lower() for word in made.words]
        if asked.lower() not in lower:
            shown = asked if len(asked) <= 40 else f"{asked[:40]}…"
            return f"“{shown}” is not one of the {len(lower)} words on this map."
        i = lower.index(asked.lower())
        true = drawn_maps.nearest(made.vectors, k)[i]
        drawn = set(drawn_maps.nearest(made.coords, k)[i].tolist())
        names = ", ".join(made.words[j] for j in true)
        return (
            f"Truly nearest to {made.words[i]}: {names}; {len(drawn & set(true.tolist()))} of these {k} "
            f"are among its {k} nearest on the map."
        )


def _percent(share: float) -> str:
    return f"{arithmetic.fixed(100 * share, 0)}\u00a0%"


def maps(
    word: str = "love",
    *,
    points: str = "categories",
    perplexity: int = 8,
    start: atlas.Start = 42,
    first: str | None = None,
    key: str = "maps",
) -> Panel:
    """The committed maps of one or the other list of words, with their scores and one word's true neighbours.

    ``key`` names its state in the address of a page: two of a kind on one page need two.

    >>> maps("").view.text().split(": ")[0]
    '40 words in five categories of minilm, perplexity 8, seed 42, after 1,000 iterations'
    """
    names = [name for name in known_tables(atlas.TABLES, first) if name in atlas.TABLES]
    state = {
        "points": list(POINTS).index(points),
        "perplexity": atlas.PERPLEXITIES.index(perplexity),
        "start": atlas.STARTS.index(start),
        "iterations": len(atlas.STEPS) - 1,
    }
    view = MapsView(key=key, word=word, tables=names, **state)
    controls = {
        "points": choice("Map of", list(POINTS.values()), state["points"]),
        "table": choice("Table", names),
        "perplexity": stops("Perplexity", atlas.PERPLEXITIES, state["perplexity"]),
        "start": stops("Start", STARTS, state["start"]),
        "iterations": stops("Iteration", [f"{steps:,}" for steps in atlas.STEPS], state["iterations"]),
        "word": text_box("Look up", word),
    }
    controls["points"].layout.width = "22rem"  # its names are longer than a table's
    return Panel(view, controls)
