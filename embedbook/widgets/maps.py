"""Real t-SNE maps, each with what it kept: perplexity, start and iteration as sliders over maps made beforehand."""

from __future__ import annotations

import traitlets

from embedbook import maps as scores
from embedbook import tables as known
from embedbook.maps import atlas
from embedbook.tables import EmbeddingTable
from embedbook.widgets.datasets import MAPS_OF
from embedbook.widgets.sentences import fixed, percent, quoted
from embedbook.widgets.view import Panel, View, choice, place_of, stops, text_box

SETS, LABELS = tuple(MAPS_OF), tuple(MAPS_OF.values())
STARTS = tuple("PCA start" if start == "pca" else f"seed {start}" for start in atlas.STARTS)


class MapsView(View):
    """A map as a scatter plot; a chosen word is joined to its true neighbours. All choices but the word are indices."""

    HOW = (
        "Each map was made beforehand by t-SNE from rows at length 1; the sliders choose among the stored maps. Lines "
        "join the chosen word to its nearest words by all numbers of the rows, solid where the map kept them near. "
        "Touch a point to choose its word."
    )

    points = traitlets.Int().tag(sync=True)
    perplexity = traitlets.Int().tag(sync=True)
    start = traitlets.Int().tag(sync=True)
    iterations = traitlets.Int().tag(sync=True)
    word = traitlets.Unicode().tag(sync=True)

    def text(self) -> str:
        label, table = self.chosen.label, self.chosen.table
        points, perplexity = SETS[self.points], atlas.PERPLEXITIES[self.perplexity]
        if perplexity >= (n := len(atlas.words(points))):
            return f"The perplexity must stay below the number of words: {perplexity} is too much for {n}."
        steps = atlas.STEPS[self.iterations]
        made = scores.word_map(table, points, perplexity, atlas.STARTS[self.start], steps)
        k = atlas.WORDS[points].neighbors
        kept = scores.neighbor_recall(made.vectors, made.coords, k)
        trusted = fixed(round(scores.trustworthiness(made.vectors, made.coords, k), 2))
        when = f"after {steps:,} iterations" if steps else "before the first iteration"
        said = [
            f"{LABELS[self.points]} of {label}, perplexity {perplexity}, {STARTS[self.start]}, {when}: this "
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
    word: str = "love", *, points: str = "categories", perplexity: int = 8, start: atlas.Start = 42, key: str = "maps"
) -> Panel:
    """The committed maps of one or the other list of words, with their scores and one word's true neighbours.

    They are of the book's tables, the notebook's own first if it is one. Raises ValueError for maps that were not made.

    >>> repr(maps("")).split(": ")[0]
    '40 words in five categories of SmolLM2, perplexity 8, seed 42, after 1,000 iterations'
    """
    own = known.load().card.name
    view = MapsView(
        key=key,
        word=word,
        points=place_of(SETS, points, "list of words"),
        perplexity=place_of(atlas.PERPLEXITIES, perplexity, "perplexity"),
        start=place_of(atlas.STARTS, start, "start"),
        iterations=len(atlas.STEPS) - 1,
        sources=[known.load(name) for name in sorted(atlas.TABLES, key=lambda name: name != own)],
        data={"sets": SETS, "labels": LABELS, "perplexities": atlas.PERPLEXITIES, "starts": STARTS},
    )
    return Panel(
        view,
        points=choice("Map of", LABELS, "22rem"),
        table=choice("Table", view.tables),
        perplexity=stops("Perplexity", atlas.PERPLEXITIES),
        start=stops("Start", STARTS),
        iterations=stops("Iteration", atlas.STEPS),
        word=text_box("Look up"),
    )
