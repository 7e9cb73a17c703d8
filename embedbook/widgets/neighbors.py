"""The nearest words of a word, in one table or in several side by side."""

from __future__ import annotations

from collections.abc import Iterable

import traitlets

from embedbook import geometry
from embedbook.tables import EmbeddingTable
from embedbook.widgets import datasets
from embedbook.widgets.sentences import alone, fixed, lacking, searched
from embedbook.widgets.view import Panel, View, choice, script, table_objects, text_box, whole_slider


class NeighborsView(View):
    """Bars of the k largest cosines with a word's row; ``table`` past the last one shows all tables."""

    _esm = script("neighbors")
    word = traitlets.Unicode("paris").tag(sync=True)
    k = traitlets.Int(5).tag(sync=True)

    def text(self) -> str:
        """The sentence under the picture."""
        shown = list(self.sources.items()) if self.table >= len(self.sources) else [self.chosen]
        return " ".join(self._sentence(label, table) for label, table in shown)

    def _sentence(self, label: str, table: EmbeddingTable) -> str:
        words, i = datasets.rows(table).words, datasets.place(table, self.word)
        if i is None:
            return lacking(label, words, self.word)
        rounded = datasets.rounded(table)
        found = geometry.nearest_neighbors(rounded, i, self.k) if rounded.norms[i] else []
        if not found:
            return alone(label, words, words[i])
        nearest = found[0]
        return (
            f"{searched(label, words)} {words[i]} is nearest to {words[nearest.id]} (cosine {fixed(nearest.cosine)})."
        )


def neighbors(
    word: str = "paris",
    k: int = 5,
    *,
    tables: Iterable[EmbeddingTable | str] | None = None,
    side_by_side: bool = True,
    key: str = "neighbors",
) -> Panel:
    """A word, a number of neighbours, a choice of tables: the neighbours as bars.

    ``tables`` are tables or names of known ones; by default the notebook's own and the book's. ``key`` names its state
    in the address of a page: two of a kind on one page need two. Raises what ``tables.as_table`` raises.

    >>> neighbors("paris", side_by_side=False)
    In minilm, among the 5,024 words carried here, paris is nearest to parisian (cosine 0.57).
    """
    sources = table_objects(tables)
    many = len(sources) > 1
    view = NeighborsView(key=key, word=word, k=k, sources=sources, table=len(sources) if side_by_side and many else 0)
    controls = {
        "word": text_box("Word", word),
        "k": whole_slider("Neighbours", k, 1, 20),
        "table": choice("Table", [*view.tables, *(["side by side"] if many else [])], view.table),
    }
    return Panel(view, controls)
