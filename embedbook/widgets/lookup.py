"""A sentence becomes token ids, and each id lights its row of the table."""

from __future__ import annotations

from collections.abc import Sequence

import traitlets

from embedbook import tables as known
from embedbook.widgets import arithmetic, datasets
from embedbook.widgets.view import Panel, View, choice, joined, known_tables, text_box, whole_slider


class LookupView(View):
    """The table as a strip with lit rows, and the first numbers of every token's row."""

    _esm = joined("lookup")
    sentence = traitlets.Unicode("The capital of France is Paris").tag(sync=True)
    position = traitlets.Int(1).tag(sync=True)

    def text(self) -> str:
        """The sentence under the picture."""
        table = known.load(self.chosen)
        meta, starts = (data := datasets.dataset(f"vocabulary-{self.chosen}")).meta, data.arrays["starts"]
        ids = table.encode(self.sentence)
        at = min(self.position, len(ids)) - 1
        numbers = ", ".join(arithmetic.fixed(code * meta["scale"], 3) for code in starts[ids[at]].tolist())
        tokens = "1 token" if len(ids) == 1 else f"{len(ids)} tokens"
        return (
            f"{tokens}: a matrix of shape [{len(ids)}, {table.dimensions}]. "
            f"Token {at + 1}, {table.tokens[ids[at]]}, has id {ids[at]}. "
            f"Row {ids[at]} of {len(table):,} in {self.chosen} begins {numbers}."
        )


def lookup(
    sentence: str = "The capital of France is Paris",
    position: int = 4,
    *,
    tables: Sequence[str] = ("minilm", "glove"),
    first: str | None = None,
    key: str = "lookup",
) -> Panel:
    """A sentence and a position: token ids, lit rows, and real numbers of the rows.

    ``key`` names its state in the address of a page: two of a kind on one page need two.

    >>> lookup(position=6).view.text().split(" begins")[0]
    '6 tokens: a matrix of shape [6, 384]. Token 6, paris, has id 3000. Row 3000 of 30,522 in minilm'
    """
    start = known.load(first)
    names = known_tables(tables, first if start.tokenization in datasets.CUT_IN_BROWSER else tables[0])
    view = LookupView(key=key, sentence=sentence, position=position, tables=names)
    controls = {
        "sentence": text_box("Sentence", sentence, "30rem"),
        "position": whole_slider("Token", position, 1, 40),
        "table": choice("Table", names),
    }
    return Panel(view, controls)
