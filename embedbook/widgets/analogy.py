"""Arithmetic on rows: a - b + c, with the inputs allowed or left out, and a walk along the direction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import traitlets

from embedbook.widgets import arithmetic, datasets
from embedbook.widgets.view import (
    Panel,
    View,
    choice,
    joined,
    known_tables,
    number_slider,
    switch,
    text_box,
    whole_slider,
)


class AnalogyView(View):
    """Bars of the rows nearest to a + step (c - b), and lines of three cosines along the step."""

    _esm = joined("analogy")
    a = traitlets.Unicode("king").tag(sync=True)
    b = traitlets.Unicode("man").tag(sync=True)
    c = traitlets.Unicode("woman").tag(sync=True)
    step = traitlets.Float(1.0).tag(sync=True)
    k = traitlets.Int(5).tag(sync=True)
    exclude = traitlets.Bool(True).tag(sync=True)

    def found(self, exclude: bool) -> list[tuple[str, float]]:
        """The k nearest rows among the carried ones, nearest first."""
        data, units, (a, b, c) = self._inputs()
        cosines = arithmetic.cosines(units, units[a] + self.step * (units[c] - units[b]))
        return [
            (data.words[i], float(cosines[i])) for i in arithmetic.top(cosines, self.k, (a, b, c) if exclude else ())
        ]

    def text(self) -> str:
        """The sentence under the picture."""
        data, units, (i, j, k) = self._inputs()
        a, b, c = (data.words[at] for at in (i, j, k))
        minus = "\N{MINUS SIGN}"
        total = (
            f"{a} {minus} {b} + {c}" if self.step == 1 else f"{a} + {arithmetic.fixed(self.step)} × ({c} {minus} {b})"
        )
        word, cosine = self.found(self.exclude)[0]
        ending = ", inputs allowed."
        if self.exclude:
            ending = f" when the three inputs are left out; with them allowed, to {self.found(False)[0][0]}."
        length = arithmetic.fixed(float(np.linalg.norm(units[k] - units[j])))
        return (
            f"{arithmetic.searched(data)} {total} is nearest to {word} (cosine {arithmetic.fixed(cosine)}){ending} "
            f"A full step, from {b} to {c}, is {length} long; the row of {a} has length 1."
        )

    def _inputs(self) -> tuple[datasets.Dataset, arithmetic.Vector, list[int]]:
        data = datasets.dataset(f"rows-{self.chosen}")
        places = [arithmetic.position(data, word) for word in (self.a, self.b, self.c)]
        return data, arithmetic.unit_rows(data), places


def analogy(
    a: str = "king",
    b: str = "man",
    c: str = "woman",
    *,
    exclude: bool = True,
    tables: Sequence[str] = ("minilm", "glove"),
    first: str | None = None,
    key: str = "analogy",
) -> Panel:
    """Three words, a step along the direction c - b and a switch: the rows nearest to a + step (c - b).

    ``key`` names its state in the address of a page: two of a kind on one page need two.

    >>> analogy("king", "man", "woman").view.text().split(", ", 2)[2].split(" (")[0]
    'king − man + woman is nearest to queen'
    """
    names = known_tables(tables, first)
    view = AnalogyView(key=key, a=a, b=b, c=c, exclude=exclude, tables=names)
    controls = {
        "a": text_box("Start", a, "13rem"),
        "b": text_box("minus", b, "13rem"),
        "c": text_box("plus", c, "13rem"),
        "step": number_slider("Step", 1.0, 0.0, 2.0, 0.05),
        "k": whole_slider("Answers", 5, 1, 20),
        "exclude": switch("leave the inputs out", exclude),
        "table": choice("Table", names),
    }
    return Panel(view, controls)
