"""What a reader does with each widget, once for every home: the built page, JupyterLab, and a page without a browser.

A step moves one control and makes the same change on a view in Python; the sentence that the browser then shows must be
the one that Python computes, with numpy, from the same 8-bit rows.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from embedbook import tables, widgets
from embedbook.widgets.view import Panel

PATIENCE = 60_000
"""How long, in ms, a browser on a busy machine may take."""
COMPASS = {"North": [0, 1], "East": [1, 0], "South": [0, -2], "West": [-3, 0], "New York": [4, 4], "nowhere": [0, 0]}


def compass() -> tables.EmbeddingTable:
    """A table of one's own, with capitals, a space in a word, opposite rows and one of zeros."""
    return tables.from_vectors(COMPASS, list(COMPASS.values()), name="glove")


class Step(NamedTuple):
    """Keys on the control with that label; afterwards ``trait`` is ``value``, and others have followed it."""

    label: str
    keys: str
    trait: str
    value: Any
    followed: dict[str, Any] = {}  # noqa: RUF012  # never changed

    def take(self, panel: Panel) -> None:
        """Make the change in Python."""
        for trait, value in {self.trait: self.value, **self.followed}.items():
            setattr(panel.view, trait, value)


@dataclass(frozen=True, eq=False)
class Scenario:
    """A widget and what is done with it; ``page`` is the notebook without its ending, "" for tables of one's own."""

    widget: str
    arguments: list[Any]
    steps: list[list[Any]]
    page: str = ""
    tables: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.key} on {self.page or 'a table of its own'}"

    @property
    def key(self) -> str:
        """Under which its view is found on a page."""
        return self.widget if self.page else f"own-{self.widget}"

    def moves(self) -> list[Step]:
        """Its steps, one after the other."""
        return [Step(*step) for step in self.steps]

    def make(self) -> Panel:
        """The widget as it stands at first."""
        own = [compass() if name == "compass" else name for name in self.tables]
        options = {"tables": own} if own else {}
        return getattr(widgets, self.widget)(*self.arguments, key=self.key, **options)


LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SCENARIOS, OWN = ([Scenario(**one) for one in LISTED[kind]] for kind in ("scenario", "own"))


def panel_of(view: Any) -> Any:
    """The box that holds a view and its controls: ipywidgets' in JupyterLab, the book's card on a page."""
    return view.locator(
        "xpath=ancestor::*[contains(concat(' ', @class, ' '), ' widget-vbox ')"
        " or contains(concat(' ', @class, ' '), ' eb-card ')][1]"
    )


def control(view: Any, label: str) -> Any:
    """What takes the keys of the control with that label: a handle, a box to type in or to tick, or a list."""
    starts = re.compile(rf"^[\s\u200b]*{re.escape(label)}")  # not a list with a choice of that name
    named = (
        panel_of(view)
        .locator(".widget-inline-hbox, .widget-checkbox, .eb-control, .eb-choice")
        .filter(has_text=starts)
        .first
    )
    return named.locator(
        "input[name=choice], .noUi-handle, input:not([type=number], [type=radio]), input:checked, select"
    ).first


def says(page: Any, view: Any, expected: str, what: object) -> None:
    """Wait until the sentence of a view is the expected one."""
    try:
        page.wait_for_function(
            "([element, text]) => element.querySelector('.eb-text').textContent === text",
            arg=[view.element_handle(), expected],
            timeout=PATIENCE,
        )
    except Exception as error:
        shown = view.inner_text()
        raise AssertionError(f"{what}: the page shows {shown!r}, Python computes {expected!r}") from error


def play(page: Any, view: Any, scenario: Scenario) -> None:
    """Check the first sentence against Python's for the stored state, then do every step and check again."""
    made = scenario.make()
    says(page, view, made.view.text(), scenario.key)
    for step in scenario.moves():
        control(view, step.label).focus()
        if step.keys == "typed":
            page.keyboard.press("Control+A")
            page.keyboard.type(step.value)
        else:
            page.keyboard.press(step.keys)
        step.take(made)
        says(page, view, made.view.text(), (scenario.key, step))
