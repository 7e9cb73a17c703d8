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
        token_id = carried.find(self.word)
        if token_id is None:
            return carried.lacking(self.word)
        word, (row,) = carried.table.word(token_id), carried.rows([token_id])
        found = carried.nearest(row, self.k, exclude=[token_id])
        if not found:
            return carried.alone(word)
        zero = self.data["zeros"][self.sources.index(carried)]
        return (
            f"{carried.searched()} {word} is nearest to {found[0].token} (cosine {fixed(found[0].cosine)}, of random "
            f"pairs {fixed(zero)})."
        )


def neighbors(
    word: str = "Paris", k: int = 5, *, tables: Iterable[EmbeddingTable | str] | None = None, key: str = "neighbors"
) -> Panel:
    """A word, a number of neighbours, a choice of tables or all side by side: the neighbours as bars.

    >>> neighbors("Paris", tables=["minilm"])
    In minilm, among the 1,108 words loaded first, paris is nearest to parisian (cosine 0.57, of random pairs 0.02).
    """
    sources = table_objects(tables)
    together = ["side by side"] if len(sources) > 1 else []
    zeros = [round(geometry.random_pair_baseline(table).mean, 4) if len(table) > 1 else 0.0 for table in sources]
    shown = len(sources) if together else 0
    view = NeighborsView(key=key, word=word, k=k, sources=sources, table=shown, data={"zeros": zeros})
    names = [*view.tables, *together]
    return Panel(view, word=text_box("Word"), k=slider("Neighbours", 1, 20), table=choice("Table", names))
