"""The nearest words of a word, in one table or in two side by side."""

from __future__ import annotations

from collections.abc import Sequence

import traitlets

from embedbook.widgets import arithmetic, datasets
from embedbook.widgets.view import Panel, View, choice, joined, known_tables, text_box, whole_slider


class NeighborsView(View):
    """Bars of the k largest cosines with a word's row; ``table`` past the last one shows all tables."""

    _esm = joined("neighbors")
    word = traitlets.Unicode("paris").tag(sync=True)
    k = traitlets.Int(5).tag(sync=True)

    def found(self, name: str) -> list[tuple[str, float]]:
        """The k neighbours in one table's carried rows, nearest first."""
        data = datasets.dataset(f"rows-{name}")
        i, units = arithmetic.position(data, self.word), arithmetic.unit_rows(data)
        cosines = arithmetic.cosines(units, units[i])
        return [(data.words[j], float(cosines[j])) for j in arithmetic.top(cosines, self.k, (i,))]

    def text(self) -> str:
        """The sentence under the picture."""
        names = self.tables if self.table >= len(self.tables) else [self.chosen]
        return " ".join(map(self._sentence, names))

    def _sentence(self, name: str) -> str:
        data = datasets.dataset(f"rows-{name}")
        try:
            word = data.words[arithmetic.position(data, self.word)]
        except ValueError:
            return arithmetic.lacking(data, self.word)
        other, cosine = self.found(name)[0]
        return f"{arithmetic.searched(data)} {word} is nearest to {other} (cosine {arithmetic.fixed(cosine)})."


def neighbors(
    word: str = "paris",
    k: int = 5,
    *,
    tables: Sequence[str] = ("minilm", "glove"),
    first: str | None = None,
    side_by_side: bool = True,
    key: str = "neighbors",
) -> Panel:
    """A word, a number of neighbours, a choice of tables: the neighbours as bars.

    ``key`` names its state in the address of a page: two of a kind on one page need two.

    >>> neighbors("paris", side_by_side=False).view.text()
    'In minilm, among the 5,024 words carried here, paris is nearest to parisian (cosine 0.57).'
    """
    names = known_tables(tables, first)
    both = len(names) if side_by_side and len(names) > 1 else 0
    view = NeighborsView(key=key, word=word, k=k, tables=names, table=both)
    controls = {
        "word": text_box("Word", word),
        "k": whole_slider("Neighbours", k, 1, 20),
        "table": choice("Table", [*names, *(["side by side"] if len(names) > 1 else [])], both),
    }
    return Panel(view, controls)
