"""An optimizer switch: how far three rows move, of which two get no gradient for a while or at all."""

from __future__ import annotations

from functools import cache

import traitlets

from embedbook.learning import untouched
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, choice, place_of, slider

NAMES = tuple(untouched.OPTIMIZERS)
LAST_TOUCH = untouched.LAST_TOUCH


@cache
def moved_by(optimizer: str) -> list[str]:
    """How far each of the three rows is from its start after each step, in thousandths, one string a row."""
    paths = untouched.trace(optimizer).moved.values()
    return [" ".join(str(round(1000 * float(far))) for far in path) for path in paths]


class OptimizersView(View):
    """Three lines over the steps: a row that is always touched, one touched early, one never."""

    HOW = (
        "Five optimizers train the same table on the same texts. The lines are the distances of three rows from where "
        "they started: one gets a gradient at every step, one only at first, one never."
    )

    optimizer = traitlets.Int().tag(sync=True)
    step = traitlets.Int().tag(sync=True)

    def text(self) -> str:
        always, early, never = self.data["words"]
        paths = [[int(far) / 1000 for far in path.split()] for path in self.data["moved"][self.optimizer]]
        at = [fixed(path[self.step], 3) for path in paths]
        before = f" ({fixed(paths[1][LAST_TOUCH], 3)} at its last gradient, step {LAST_TOUCH})"
        return (
            f"{NAMES[self.optimizer]}, after {self.step} steps. Distance from the start: “{always}”, touched at each "
            f"step, {at[0]}; “{early}” {at[1]}{before if self.step > LAST_TOUCH else ''}; “{never}”, never touched, "
            f"{at[2]}."
        )


def optimizers(optimizer: str = "SGD", step: int = 200, *, key: str = "optimizers") -> Panel:
    """Five optimizers on the same texts: who moves at a step that brings no gradient.

    >>> optimizers("SGD", step=60).view.text().endswith("“hamster”, never touched, 0.000.")
    True
    """
    data = {
        "names": list(NAMES),
        "words": [untouched.ALWAYS, untouched.EARLY, untouched.NEVER],
        "last_touch": LAST_TOUCH,
        "moved": [moved_by(name) for name in NAMES],
    }
    view = OptimizersView(key=key, optimizer=place_of(NAMES, optimizer, "optimizer"), step=step, data=data)
    return Panel(view, optimizer=choice("Optimizer", NAMES), step=slider("Step", 0, untouched.STEPS))
