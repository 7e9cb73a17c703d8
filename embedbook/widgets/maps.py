"""Real t-SNE maps, each with what it kept: perplexity, start and iteration as sliders over maps made beforehand."""

from __future__ import annotations

import traitlets

from embedbook import maps as scores
from embedbook import tables as known
from embedbook.maps import atlas
from embedbook.tables import EmbeddingTable
from embedbook.widgets.datasets import MAPS_OF
from embedbook.widgets.sentences import fixed, percent, quoted
from embedbook.widgets.view import Panel, View, choice, place_of, script, stops, text_box

STARTS = tuple("PCA start" if start == "pca" else f"seed {start}" for start in atlas.STARTS)


class MapsView(View):
    """A map as a scatter plot; a chosen word is joined to its true neighbours. All choices but the word are indices."""

    _esm = script("maps")
    points = traitlets.Int(0).tag(sync=True)
    perplexity = traitlets.Int(0).tag(sync=True)
    start = traitlets.Int(0).tag(sync=True)
    iterations = traitlets.Int(0).tag(sync=True)
    word = traitlets.Unicode("").tag(sync=True)
    starts = traitlets.List(traitlets.Unicode(), default_value=list(STARTS)).tag(sync=True)
    perplexities = traitlets.List(traitlets.Int(), default_value=list(atlas.PERPLEXITIES)).tag(sync=True)
    sets = traitlets.List(traitlets.Unicode(), default_value=list(MAPS_OF)).tag(sync=True)
    labels = traitlets.List(traitlets.Unicode(), default_value=list(MAPS_OF.values())).tag(sync=True)

    def text(self) -> str:
        """The sentences under the picture, computed from the full rows."""
        label, table = self.chosen
        points, perplexity = self.sets[self.points], self.perplexities[self.perplexity]
        if perplexity >= (n := len(atlas.words(points))):
            return f"The perplexity must stay below the number of words: {perplexity} is too much for {n}."
        steps = atlas.STEPS[self.iterations]
        made = scores.word_map(table, points, perplexity, atlas.STARTS[self.start], steps)
        k = atlas.WORDS[points].neighbors
        kept = scores.neighbor_recall(made.vectors, made.coords, k)
        trusted = fixed(round(scores.trustworthiness(made.vectors, made.coords, k), 2))
        when = f"after {steps:,} iterations" if steps else "before the first iteration"
        said = [
            f"{self.labels[self.points]} of {label}, perplexity {perplexity}, {self.starts[self.start]}, {when}: this "
            f"map keeps {percent(kept)} of each word's {k} true neighbours (a random map "
            f"{percent(scores.chance_recall(n, k))}); trustworthiness {trusted}."
        ]
        if made.classes:
            same, chance = scores.same_class(made.coords, made.classes, k), scores.chance_same(made.classes)
            alike = f"{percent(same)} are of the same category (by chance {percent(chance)})"
            said.append(f"Of the {k} nearest on the map, {alike}.")
        if self.word.strip():
            said.append(self._about_the_word(table, made, k))
        return " ".join(said)

    def _about_the_word(self, table: EmbeddingTable, made: scores.WordMap, k: int) -> str:
        asked, folded = table.normalize(self.word.strip()).strip().lower(), [word.lower() for word in made.words]
        if asked not in folded:
            return f"{quoted(self.word)} is not one of the {len(folded)} words on this map."
        i = folded.index(asked)
        true = scores.nearest(made.vectors, k)[i]
        drawn = set(scores.nearest(made.coords, k)[i].tolist())
        return (
            f"Truly nearest to {made.words[i]}: {', '.join(made.words[j] for j in true)}; "
            f"{len(drawn & set(true.tolist()))} of these {k} are among its {k} nearest on the map."
        )


def maps(
    word: str = "love",
    *,
    points: str = "categories",
    perplexity: int = 8,
    start: atlas.Start = 42,
    key: str = "maps",
) -> Panel:
    """The committed maps of one or the other list of words, with their scores and one word's true neighbours.

    They are of the book's tables, the notebook's own first if it is one. ``key`` names its state in the address of a
    page: two of a kind on one page need two. Raises ValueError for maps that were not made.

    >>> repr(maps("")).split(": ")[0]
    '40 words in five categories of minilm, perplexity 8, seed 42, after 1,000 iterations'
    """
    own = known.load().card.name
    sources = [known.load(name) for name in sorted(atlas.TABLES, key=lambda name: name != own)]
    state = {
        "points": place_of(tuple(MAPS_OF), points, "list of words"),
        "perplexity": place_of(atlas.PERPLEXITIES, perplexity, "perplexity"),
        "start": place_of(atlas.STARTS, start, "start"),
        "iterations": len(atlas.STEPS) - 1,
    }
    view = MapsView(key=key, word=word, sources=sources, **state)
    controls = {
        "points": choice("Map of", list(MAPS_OF.values()), state["points"], "22rem"),
        "table": choice("Table", view.tables),
        "perplexity": stops("Perplexity", atlas.PERPLEXITIES, state["perplexity"]),
        "start": stops("Start", STARTS, state["start"]),
        "iterations": stops("Iteration", atlas.STEPS, state["iterations"]),
        "word": text_box("Look up", word),
    }
    return Panel(view, controls)
