"""A sentence becomes token ids, and each id lights its row of the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ipywidgets
import traitlets

from embedbook.tables import EmbeddingTable
from embedbook.widgets import packs
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, choice, slider, table_objects, text_box

SHOWN = 8
"""How many numbers of a row the sentence gives."""
NAMED = 8
"""Of how many tokens with the same id it gives the places; of more it counts the rest."""


class LookupView(View):
    """The table with its lit rows, and all numbers of every token's row."""

    HOW = (
        "The table’s own tokenizer cuts the sentence, here in the browser, and each token’s id is the number of its "
        "row. On the left the whole table from its first row to its last, with a line where each token’s row lies; "
        "on the right these rows, a bar for each number. Nothing is computed: a lookup is an index."
    )

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
        ids, size = table.vocabulary.encode(self.sentence), f"{len(table):,}"
        token_id = carried.carried(ids[at])
        if token_id is not None:
            numbers = ", ".join(fixed(value, 3) for value in carried.rows([token_id])[0, :SHOWN])
            return f"{said} has id {token_id}{_twins(ids, at)}. Row {token_id} of {size} in {label} begins {numbers}."
        if packs.carried(table) == len(table):
            return f"{said} is none of the {size} tokens of {label}."
        part = f"the first {packs.carried(table):,} of the {size} tokens of {label}"
        return f"{said} is not among {part}, which are all that this page carries."


def _twins(ids: Sequence[int | None], at: int) -> str:
    """Which other tokens have the same id, as the sentence goes on.

    >>> _twins([7, 3, 7, 7], 0), _twins([7, 3], 1)
    (', the same as tokens 3 and 4', '')
    >>> _twins([7] * 2_000, 0)
    ', the same as tokens 2, 3, 4, 5, 6, 7, 8 and 1,992 others'
    """
    same = [str(i + 1) for i, token_id in enumerate(ids) if token_id == ids[at] and i != at]
    if not same:
        return ""
    *more, last = same if len(same) <= NAMED else [*same[: NAMED - 1], f"{len(same) - NAMED + 1:,} others"]
    return f", the same as tokens {', '.join(more)} and {last}" if more else f", the same as token {last}"


def lookup(
    sentence: str = "The capital of France is Paris",
    position: int = 4,
    *,
    tables: Iterable[EmbeddingTable | str] | None = None,
    key: str = "lookup",
) -> Panel:
    """A sentence and a position, the last if it is shorter: token ids, lit rows, and real numbers of the rows.

    >>> lookup(position=6).view.text().split(" begins")[0]
    '6 tokens: a matrix of shape [6, 576]. Token 6, ĠParis, has id 7042. Row 7042 of 49,152 in SmolLM2'
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
