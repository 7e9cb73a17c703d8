"""An optimiser switch: how far three rows move, of which two get no gradient for a while or at all."""

from __future__ import annotations

from functools import cache

import traitlets

from embedbook.learning import untouched
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, choice, place_of, script, whole_slider

NAMES = tuple(untouched.OPTIMIZERS)
THOUSANDTHS = 1_000


@cache
def moved_by(optimizer: str) -> list[str]:
    """How far each of the three rows is from its start after each step, in thousandths, one string a row."""
    paths = untouched.trace(optimizer).moved.values()
    return [" ".join(str(round(THOUSANDTHS * float(far))) for far in path) for path in paths]


class OptimizersView(View):
    """Three lines over the steps: a row that is always touched, one touched early, one never."""

    _esm = script("optimizers")
    optimizer = traitlets.Int(0).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), default_value=list(NAMES)).tag(sync=True)
    words = traitlets.List(traitlets.Unicode()).tag(sync=True)
    last_touch = traitlets.Int().tag(sync=True)
    moved: traitlets.List[list[str]] = traitlets.List().tag(sync=True)
    """By optimiser and word: the distance after each step in thousandths, as one string (see ``moved_by``)."""

    def text(self) -> str:
        """The sentence under the picture."""
        always, early, never = self.words
        paths = [list(map(int, path.split())) for path in self.moved[self.optimizer]]
        at = [fixed(path[self.step] / THOUSANDTHS, 3) for path in paths]
        before = ""
        if self.step > self.last_touch:
            then = fixed(paths[1][self.last_touch] / THOUSANDTHS, 3)
            before = f" ({then} at its last gradient, step {self.last_touch})"
        return (
            f"{self.names[self.optimizer]}, after {self.step} steps. Distance from the start: “{always}”, touched at "
            f"each step, {at[0]}; “{early}” {at[1]}{before}; “{never}”, never touched, {at[2]}."
        )


def optimizers(optimizer: str = "SGD", step: int = 200, *, key: str = "optimizers") -> Panel:
    """Five optimisers on the same texts: who moves at a step that brings no gradient.

    ``key`` names its state in the address of a page: two of a kind on one page need two. Raises ValueError for an
    optimiser that is not one of the five.

    >>> optimizers("SGD", step=60).view.text().endswith("“hamster”, never touched, 0.000.")
    True
    """
    view = OptimizersView(
        key=key,
        optimizer=place_of(NAMES, optimizer, "optimiser"),
        step=step,
        words=[untouched.ALWAYS, untouched.EARLY, untouched.NEVER],
        last_touch=untouched.LAST_TOUCH,
        moved=[moved_by(name) for name in NAMES],
    )
    controls = {
        "optimizer": choice("Optimiser", NAMES, view.optimizer),
        "step": whole_slider("Step", step, 0, untouched.STEPS),
    }
    return Panel(view, controls)
