"""Arithmetic on rows: a - b + c, with the inputs allowed or left out, and a walk along the direction."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import traitlets

from embedbook import geometry
from embedbook.tables import EmbeddingTable
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, choice, slider, switch, table_objects, text_box

MINUS = "\N{MINUS SIGN}"
EXAMPLES = ("king man woman", "kitten cat dog", "Paris France Japan", "Paris France Italy")
"""Questions a - b + c to press; SmolLM2 answers the first three as hoped, and the last one not."""


class AnalogyView(View):
    """Bars of the rows nearest to a + step (c - b), and lines of three cosines along the step."""

    HOW = (
        "The rows of the three words are scaled to length 1 first; then the step from the second to the third is added "
        "to the start. The bars are cosines of that sum with every row that is searched, the lines its cosines with "
        "the start, the third word and the best answer, at each step from 0 to 2. Press an answer to start from it."
    )
    SEARCHES = True

    a = traitlets.Unicode().tag(sync=True)
    b = traitlets.Unicode().tag(sync=True)
    c = traitlets.Unicode().tag(sync=True)
    step = traitlets.Float(1.0).tag(sync=True)
    k = traitlets.Int(5).tag(sync=True)
    exclude = traitlets.Bool().tag(sync=True)

    def text(self) -> str:
        carried, asked = self.chosen, (self.a, self.b, self.c)
        ids = {word: token_id for word in asked if (token_id := carried.find(word)) is not None}
        if lost := [word for word in asked if word not in ids]:
            return carried.lacking(lost[0])
        start, back, forth = geometry.unit(carried.rows([ids[word] for word in asked]))  # each [D]
        total = start + self.step * (forth - back)
        first, others = carried.nearest(total, 1), carried.nearest(total, 1, exclude=ids.values())
        if not (others if self.exclude else first):
            return "Nothing is nearest: the sum is all zeros, or no row is left but the inputs."
        best = others[0] if self.exclude else first[0]
        a, b, c = (carried.table.word(ids[word]) for word in asked)
        named = f"{a} {MINUS} {b} + {c}" if self.step == 1 else f"{a} + {fixed(self.step)} × ({c} {MINUS} {b})"
        allowed = f"with them allowed, to {first[0].token}"
        ending = f" when the three inputs are left out; {allowed}." if self.exclude else ", inputs allowed."
        return (
            f"{carried.searched()} {named} is nearest to {best.token} (cosine {fixed(best.cosine)}){ending} A full "
            f"step, from {b} to {c}, is {fixed(float(np.linalg.norm(forth - back)))} long; the row of {a} has length 1."
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

    >>> analogy("king", "man", "woman").view.text().split(", ", 2)[2].split(" (")[0]
    'king − man + woman is nearest to queen'
    """
    sources = table_objects(tables)
    asked = [question.split() for question in EXAMPLES]
    examples = [
        [f"{x} {MINUS} {y} + {z}", {"a": x, "b": y, "c": z}]
        for x, y, z in asked
        if any(word in table for word in (x, y, z) for table in sources)
    ]
    view = AnalogyView(key=key, a=a, b=b, c=c, exclude=exclude, sources=sources, data={"examples": examples})
    return Panel(
        view,
        a=text_box("Start", "13rem"),
        b=text_box("minus", "13rem"),
        c=text_box("plus", "13rem"),
        step=slider("Step", 0.0, 2.0, 0.05),
        k=slider("Answers", 1, 20),
        exclude=switch("leave the inputs out"),
        table=choice("Table", view.tables),
    )
