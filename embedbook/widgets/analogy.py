"""Arithmetic on rows: a - b + c, with the inputs allowed or left out, and a walk along the direction."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import traitlets

from embedbook import geometry
from embedbook.tables import EmbeddingTable
from embedbook.widgets import datasets
from embedbook.widgets.sentences import fixed, lacking, searched
from embedbook.widgets.view import (
    Panel,
    View,
    choice,
    number_slider,
    script,
    switch,
    table_objects,
    text_box,
    whole_slider,
)


class AnalogyView(View):
    """Bars of the rows nearest to a + step (c - b), and lines of three cosines along the step."""

    _esm = script("analogy")
    a = traitlets.Unicode("king").tag(sync=True)
    b = traitlets.Unicode("man").tag(sync=True)
    c = traitlets.Unicode("woman").tag(sync=True)
    step = traitlets.Float(1.0).tag(sync=True)
    k = traitlets.Int(5).tag(sync=True)
    exclude = traitlets.Bool(True).tag(sync=True)

    def text(self) -> str:
        """The sentence under the picture."""
        label, table = self.chosen
        words, rounded = datasets.rows(table).words, datasets.rounded(table)
        asked = (self.a, self.b, self.c)
        found = {word: at for word in asked if (at := datasets.place(table, word)) is not None}
        if len(found) < len(set(asked)):
            return lacking(label, words, next(word for word in asked if word not in found))
        places = [found[word] for word in asked]
        start, back, forth = geometry.unit(rounded.vectors[places].astype(np.float64))  # each [D]
        total, others = start + self.step * (forth - back), set(range(len(words))) - set(places)
        if np.linalg.norm(total) < 1e-9 or (self.exclude and not others):
            return "Nothing is nearest: the sum is all zeros, or no row is left but the inputs."
        first = geometry.nearest_neighbors(rounded, total, 1)[0]
        best = geometry.nearest_neighbors(rounded, total, 1, ids=others)[0] if self.exclude else first
        a, b, c = (words[at] for at in places)
        minus = "\N{MINUS SIGN}"
        named = f"{a} {minus} {b} + {c}" if self.step == 1 else f"{a} + {fixed(self.step)} × ({c} {minus} {b})"
        ending = ", inputs allowed."
        if self.exclude:
            ending = f" when the three inputs are left out; with them allowed, to {words[first.id]}."
        return (
            f"{searched(label, words)} {named} is nearest to {words[best.id]} (cosine {fixed(best.cosine)}){ending} "
            f"A full step, from {b} to {c}, is {fixed(float(np.linalg.norm(forth - back)))} long; the row of {a} has "
            "length 1."
        )


def analogy(
    a: str = "king",
    b: str = "man",
    c: str = "woman",
    *,
    exclude: bool = True,
    tables: Iterable[EmbeddingTable | str] | None = None,
    key: str = "analogy",
) -> Panel:
    """Three words, a step along the direction c - b and a switch: the rows nearest to a + step (c - b).

    ``tables`` are tables or names of known ones; by default the notebook's own and the book's. ``key`` names its state
    in the address of a page: two of a kind on one page need two. Raises what ``tables.as_table`` raises.

    >>> analogy("king", "man", "woman").view.text().split(", ", 2)[2].split(" (")[0]
    'king − man + woman is nearest to queen'
    """
    view = AnalogyView(key=key, a=a, b=b, c=c, exclude=exclude, sources=table_objects(tables))
    controls = {
        "a": text_box("Start", a, "13rem"),
        "b": text_box("minus", b, "13rem"),
        "c": text_box("plus", c, "13rem"),
        "step": number_slider("Step", 1.0, 0.0, 2.0, 0.05),
        "k": whole_slider("Answers", 5, 1, 20),
        "exclude": switch("leave the inputs out", exclude),
        "table": choice("Table", view.tables),
    }
    return Panel(view, controls)
