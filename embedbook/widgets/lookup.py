"""A sentence becomes token ids, and each id lights its row of the table."""

from __future__ import annotations

from collections.abc import Iterable

import ipywidgets
import traitlets

from embedbook.tables import EmbeddingTable
from embedbook.widgets import datasets
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, choice, slider, table_objects, text_box


class LookupView(View):
    """The table as a strip with lit rows, and the first numbers of every token's row."""

    sentence = traitlets.Unicode().tag(sync=True)
    position = traitlets.Int(1).tag(sync=True)
    count = traitlets.Int(1).tag(sync=True)
    """The tokens of the sentence, where the slider of positions ends."""

    def text(self) -> str:
        label, table = self.chosen.label, self.chosen.table
        data, pieces = datasets.vocabulary(table), table.pieces(self.sentence)
        if not pieces:
            return "Type a sentence: there is no token in it yet."
        at = min(self.position, len(pieces)) - 1
        count = "1 token" if len(pieces) == 1 else f"{len(pieces)} tokens"
        said = f"{count}: a matrix of shape [{len(pieces)}, {table.dimensions}]. Token {at + 1}, {pieces[at]},"
        size, carried = f"{data.meta['size']:,}", data.meta["tokens"]
        if pieces[at] in carried:
            token_id = carried.index(pieces[at])
            start = data.arrays["starts"][token_id] * data.meta["scale"]
            numbers = ", ".join(fixed(value, 3) for value in start)
            return f"{said} has id {token_id}. Row {token_id} of {size} in {label} begins {numbers}."
        if len(carried) == data.meta["size"]:
            return f"{said} is none of the {size} tokens of {label}."
        part = f"the first {len(carried):,} of the {size} tokens of {label}"
        return f"{said} is not among {part}, which are all that this page carries."


def lookup(
    sentence: str = "The capital of France is Paris",
    position: int = 4,
    *,
    tables: Iterable[EmbeddingTable | str] | None = None,
    key: str = "lookup",
) -> Panel:
    """A sentence and a position, the last if it is shorter: token ids, lit rows, and real numbers of the rows.

    By default on those of the notebook's and the book's tables that are of whole words or of WordPiece. Raises
    ValueError for a table that the browser cannot cut text for.

    >>> lookup(position=6).view.text().split(" begins")[0]
    '6 tokens: a matrix of shape [6, 384]. Token 6, paris, has id 3000. Row 3000 of 30,522 in minilm'
    """
    asked = table_objects(tables)
    sources = [table for table in asked if table.kind in datasets.CUT_IN_BROWSER] if tables is None else asked
    for table in sources:
        datasets.vocabulary(table)  # raises where it cannot be made
    view = LookupView(key=key, sentence=sentence, position=position, sources=sources)
    view.count = max(1, len(sources[0].pieces(sentence)))
    view.position = min(position, view.count)
    slots = slider("Token", 1, view.count)
    panel = Panel(view, sentence=text_box("Sentence", "30rem"), position=slots, table=choice("Table", view.tables))
    panel.links.append(ipywidgets.jsdlink((view, "count"), (slots, "max")))
    free = {"kind": "number", "min": 1, "step": 1}  # an address may bring a longer sentence
    view.fields = {**view.fields, "position": free}
    return panel
