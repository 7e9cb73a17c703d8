"""A sentence becomes token ids, and each id lights its row of the table."""

from __future__ import annotations

from collections.abc import Iterable

import ipywidgets
import traitlets

from embedbook.tables import EmbeddingTable
from embedbook.widgets import packs
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, choice, slider, table_objects, text_box

SHOWN = 8
"""How many numbers of a row the sentence gives."""


class LookupView(View):
    """The table as a strip with lit rows, and the first numbers of every token's row."""

    sentence = traitlets.Unicode().tag(sync=True)
    position = traitlets.Int(1).tag(sync=True)
    count = traitlets.Int(1).tag(sync=True)
    """The tokens of the sentence, where the slider of positions ends."""

    def text(self) -> str:
        carried = self.chosen
        label, table, pieces = carried.label, carried.table, carried.table.pieces(self.sentence)
        if not pieces:
            return "Type a sentence: there is no token in it yet."
        at = min(self.position, len(pieces)) - 1
        count = "1 token" if len(pieces) == 1 else f"{len(pieces)} tokens"
        said = f"{count}: a matrix of shape [{len(pieces)}, {table.dimensions}]. Token {at + 1}, {pieces[at]},"
        size, token_id = f"{len(table):,}", carried.carried(table.vocabulary.encode(self.sentence)[at])
        if token_id is not None:
            numbers = ", ".join(fixed(value, 3) for value in carried.rows([token_id])[0, :SHOWN])
            return f"{said} has id {token_id}. Row {token_id} of {size} in {label} begins {numbers}."
        if packs.carried(table) == len(table):
            return f"{said} is none of the {size} tokens of {label}."
        part = f"the first {packs.carried(table):,} of the {size} tokens of {label}"
        return f"{said} is not among {part}, which are all that this page carries."


def lookup(
    sentence: str = "The capital of France is Paris",
    position: int = 4,
    *,
    tables: Iterable[EmbeddingTable | str] | None = None,
    key: str = "lookup",
) -> Panel:
    """A sentence and a position, the last if it is shorter: token ids, lit rows, and real numbers of the rows.

    >>> lookup(position=6).view.text().split(" begins")[0]
    '6 tokens: a matrix of shape [6, 576]. Token 6, ĠParis, has id 7042. Row 7042 of 49,152 in smollm2'
    """
    sources = table_objects(tables)
    view = LookupView(key=key, sentence=sentence, position=position, sources=sources)
    view.count = max(1, len(sources[0].pieces(sentence)))
    view.position = min(position, view.count)
    slots = slider("Token", 1, view.count)
    panel = Panel(view, sentence=text_box("Sentence", "30rem"), position=slots, table=choice("Table", view.tables))
    panel.links.append(ipywidgets.jsdlink((view, "count"), (slots, "max")))
    free = {"kind": "number", "min": 1, "step": 1}  # an address may bring a longer sentence
    view.fields = {**view.fields, "position": free}
    return panel
