"""The nearest words of a word, in one table or in several side by side."""

from __future__ import annotations

from collections.abc import Iterable

import traitlets

from embedbook import geometry
from embedbook.tables import EmbeddingTable
from embedbook.widgets.sentences import Carried, fixed
from embedbook.widgets.view import Panel, View, choice, slider, table_objects, text_box


class NeighborsView(View):
    """Bars of the k largest cosines with a word's row; ``table`` past the last one shows all tables."""

    word = traitlets.Unicode().tag(sync=True)
    k = traitlets.Int().tag(sync=True)

    def text(self) -> str:
        return " ".join(map(self._sentence, self.sources if self.table >= len(self.sources) else [self.chosen]))

    def _sentence(self, carried: Carried) -> str:
        words, rounded, i = carried.words, carried.rounded, carried.place(self.word)
        if i is None:
            return carried.lacking(self.word)
        found = geometry.nearest_neighbors(rounded, i, self.k) if rounded.norms[i] else []
        if not found:
            return carried.alone(words[i])
        nearest = found[0]
        answer = f"{words[i]} is nearest to {words[nearest.id]} (cosine {fixed(nearest.cosine)})"
        return f"{carried.searched()} {answer}."


def neighbors(
    word: str = "paris", k: int = 5, *, tables: Iterable[EmbeddingTable | str] | None = None, key: str = "neighbors"
) -> Panel:
    """A word, a number of neighbours, a choice of tables or all side by side: the neighbours as bars.

    >>> neighbors("paris", tables=["minilm"])
    In minilm, among the 5,024 words carried here, paris is nearest to parisian (cosine 0.57).
    """
    sources = table_objects(tables)
    together = ["side by side"] if len(sources) > 1 else []
    view = NeighborsView(key=key, word=word, k=k, sources=sources, table=len(sources) if together else 0)
    names = [*view.tables, *together]
    return Panel(view, word=text_box("Word"), k=slider("Neighbours", 1, 20), table=choice("Table", names))
