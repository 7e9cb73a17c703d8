"""Four algorithms on one corpus: which one, and how far through its steps; a map, a score and three cosines."""

from __future__ import annotations

from functools import cache
from typing import Any

import traitlets

from embedbook.learning.corpus import make_corpus
from embedbook.learning.training import ALGORITHMS, trained
from embedbook.widgets import moments
from embedbook.widgets.view import Panel, View, choice, place_of, script, whole_slider

HALF = 100
"""The map's half width in whole numbers: a few screen points each, so that another processor rounds to the same."""


@cache
def run_of(algorithm: str) -> dict[str, Any]:
    """The run of seed 0 of an algorithm in whole numbers, with its name and year."""
    numbers = moments.in_numbers(trained(algorithm), make_corpus(), HALF)
    return {"name": algorithm[:1].upper() + algorithm[1:], "year": ALGORITHMS[algorithm], **numbers}


class HistoryView(View):
    """A map of the rows at a moment, the score then and at the end, and three cosines over all steps."""

    _esm = script("history")
    algorithm = traitlets.Int(0).tag(sync=True)
    percent = traitlets.Int(0).tag(sync=True)
    data: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """By algorithm; see ``run_of``."""
    shown = traitlets.Dict().tag(sync=True)
    """What all runs share: words with their groups, pairs, chance."""

    def text(self) -> str:
        """The sentence under the picture."""
        found = self.data[self.algorithm]
        at = self.percent * (len(found["steps"]) - 1) // 100
        step, last = found["steps"][at], found["steps"][-1]
        taken = f"step {step} of {last}" if step < last else f"all {last} steps"
        return (
            f"{found['name']} ({found['year']}), after {taken}: of the five nearest "
            f"category words, {found['shares'][at]} % are of the word's own category, {self.shown['chance']} % "
            f"by chance. Cosines: {moments.cosines_said(found, at)}."
        )


def history(algorithm: str = "neural language model", percent: int = 0, *, key: str = "history") -> Panel:
    """The four algorithms of ``learning.training`` on their way through their steps.

    ``key`` names its state in the address of a page: two of a kind on one page need two. Raises ValueError for an
    algorithm that is not one of the four, MissingExtraError without torch where no run was kept.

    >>> repr(history("GloVe")).startswith("GloVe (2014), after step 0 of 100: of the five nearest category words")
    True
    """
    names = list(ALGORITHMS)
    view = HistoryView(
        key=key,
        algorithm=place_of(names, algorithm, "algorithm"),
        percent=percent,
        data=[run_of(name) for name in names],
        shown=moments.shared(make_corpus(), HALF),
    )
    controls = {
        "algorithm": choice("Algorithm", [f"{name} ({year})" for name, year in ALGORITHMS.items()], view.algorithm),
        "percent": whole_slider("% of steps", percent, 0, 100, 5),
    }
    return Panel(view, controls)
