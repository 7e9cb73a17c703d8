"""A step slider with a play button: rows from noise to meaning, as a map and as cosines."""

from __future__ import annotations

from functools import cache
from typing import Any

import ipywidgets
import traitlets

from embedbook.learning.corpus import make_corpus
from embedbook.learning.training import trained
from embedbook.widgets import moments
from embedbook.widgets.view import Panel, View, choice, script, whole_slider

RUNS = ("two tables (untied)", "one table (tied)", "shuffled text")
HALF = 1_000
"""The map's half width in whole numbers."""


@cache
def run_of(place: int) -> dict[str, Any]:
    """One of ``RUNS`` in whole numbers: the run of seed 0, its map fitted on its last rows."""
    run = trained("next token", tied=place == 1, shuffled=place == 2)
    return moments.in_numbers(run, make_corpus(shuffled=place == 2), HALF)


class TrainingView(View):
    """A map of the rows after a step, and three cosines over all steps."""

    _esm = script("training")
    step = traitlets.Int(0).tag(sync=True)
    run = traitlets.Int(0).tag(sync=True)
    runs = traitlets.List(traitlets.Unicode(), default_value=list(RUNS)).tag(sync=True)
    data: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """By run; see ``run_of``."""
    shown = traitlets.Dict().tag(sync=True)
    """What all runs share: words with their groups, pairs, chance."""

    def text(self) -> str:
        """The sentence under the picture."""
        found = self.data[self.run]
        steps = found["steps"]
        at = max(place for place, step in enumerate(steps) if step <= self.step)
        return (
            f"After step {steps[at]} of {steps[-1]}, {self.runs[self.run]}: cosines {moments.cosines_said(found, at)}. "
            f"Of the five nearest category words, {found['shares'][at]} % are of the word's own category; "
            f"chance is {self.shown['chance']} %."
        )


def training(step: int = 0, *, key: str = "training") -> Panel:
    """The page's own training run, step by step; also with one tied table, and on the shuffled text.

    ``key`` names its state in the address of a page: two of a kind on one page need two. Raises MissingExtraError
    without torch where no run was kept.

    >>> repr(training()).startswith("After step 0 of 400, two tables (untied): cosines cat and dog")
    True
    """
    data = [run_of(place) for place in range(len(RUNS))]
    view = TrainingView(key=key, step=step, data=data, shown=moments.shared(make_corpus(), HALF))
    _, apart, *_, last = data[0]["steps"]
    slider = whole_slider("Step", step, 0, last, apart)
    play = ipywidgets.Play(value=step, min=0, max=last, step=apart, interval=300, layout={"width": "12rem"})
    panel = Panel(view, {"step": slider, "run": choice("Training", RUNS)}, play)
    panel.links.append(ipywidgets.jslink((play, "value"), (slider, "value")))
    return panel
