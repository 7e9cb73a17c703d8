"""What a reader does with each widget, once for both homes: the built page and JupyterLab.

A step moves one control by keyboard and makes the same change on a view in Python; the sentence that the browser then
shows must be the one that Python computes, with numpy, from the same 8-bit rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from embedbook import widgets
from embedbook.widgets.view import Panel


@dataclass(frozen=True)
class Step:
    """Keys on the control with that label; afterwards ``trait`` of the view must be ``value``."""

    label: str
    kind: Literal["slider", "text", "list", "box"]
    keys: str
    trait: str
    value: Any


@dataclass(frozen=True)
class Scenario:
    """A widget of a page and what is done with it. ``page`` is the notebook without its ending."""

    page: str
    key: str
    make: Callable[[], Panel]
    steps: tuple[Step, ...]


SCENARIOS = (
    Scenario(
        "book/index",
        "neighbors",
        lambda: widgets.neighbors("paris", k=5),
        (
            Step("Neighbours", "slider", "ArrowRight", "k", 6),
            Step("Table", "list", "ArrowUp", "table", 1),
            Step("Word", "text", "refrigerator", "word", "refrigerator"),
            Step("Table", "list", "ArrowDown", "table", 2),
            Step("Word", "text", "willingness", "word", "willingness"),  # one of the two tables does not carry it
            Step("Word", "text", "queen", "word", "queen"),
            Step("Table", "list", "ArrowUp", "table", 1),
            Step("Table", "list", "ArrowUp", "table", 0),
        ),
    ),
    Scenario(
        "notebooks/01_embedding_table",
        "lookup",
        lambda: widgets.lookup("The capital of France is Paris", position=6),
        (
            Step("Token", "slider", "ArrowLeft", "position", 5),
            Step("Sentence", "text", "Déjà vu: unhappily, 东京!", "sentence", "Déjà vu: unhappily, 东京!"),
            Step("Sentence", "text", "Hello world", "sentence", "Hello world"),  # shorter than the slider stands
            Step("Table", "list", "ArrowDown", "table", 1),
        ),
    ),
    Scenario(
        "notebooks/02_distributed_meaning",
        "basis",
        lambda: widgets.basis("cat", degrees=30),
        (
            Step("Turn basis", "slider", "ArrowRight", "degrees", 35),
            Step("Keep", "slider", "ArrowLeft", "percent", 99),
            Step("Keep", "slider", "PageDown", "percent", 94),
            Step("Keep", "slider", "Home", "percent", 1),
            Step("Word", "text", "Paris", "word", "Paris"),
            Step("Table", "list", "ArrowDown", "table", 1),
            Step("Turn basis", "slider", "Home", "degrees", 0),
            Step("Keep", "slider", "End", "percent", 100),
        ),
    ),
    Scenario(
        "notebooks/02_distributed_meaning",
        "colors",
        lambda: widgets.colors(255, 165, 0),
        (
            Step("Green", "slider", "ArrowLeft", "green", 164),
            Step("Red", "slider", "Home", "red", 0),
            Step("Blue", "slider", "End", "blue", 255),
        ),
    ),
    Scenario(
        "notebooks/03_cosine_similarity",
        "pair",
        lambda: widgets.pair("cat", "dog"),
        (
            Step("Stretch second", "slider", "ArrowRight", "length", 1.1),
            Step("Second word", "text", "bicycle", "b", "bicycle"),
            Step("First word", "text", "Paris", "a", "Paris"),
            Step("Random pairs", "list", "ArrowDown", "pool", 1),
            Step("Table", "list", "ArrowDown", "table", 1),
        ),
    ),
    Scenario(
        "notebooks/03_cosine_similarity",
        "neighbors",
        lambda: widgets.neighbors("happy", k=8),
        (
            Step("Neighbours", "slider", "ArrowLeft", "k", 7),
            Step("Table", "list", "ArrowUp", "table", 1),
            Step("Word", "text", "python", "word", "python"),
        ),
    ),
    Scenario(
        "notebooks/06_table_sizing",
        "size",
        lambda: widgets.size("GPT-2"),
        (
            Step("Rows (V)", "slider", "ArrowRight", "rows", 10),
            Step("Model", "list", "ArrowDown", "preset", 1),
            Step("Dimensions (D)", "slider", "ArrowLeft", "dimensions", 13),
            Step("Number type", "list", "ArrowDown", "dtype", 2),
            Step("tie the head", "box", "Space", "tied", True),
            Step("Model", "list", "ArrowUp", "preset", 0),
        ),
    ),
    Scenario(
        "notebooks/04_random_initialization",
        "training",
        lambda: widgets.training(step=0),
        (
            Step("Step", "slider", "ArrowRight", "step", 10),
            Step("Training", "list", "ArrowDown", "run", 1),
            Step("Step", "slider", "End", "step", 400),
            Step("Training", "list", "ArrowDown", "run", 2),
            Step("Step", "slider", "ArrowLeft", "step", 390),
        ),
    ),
    Scenario(
        "notebooks/04_random_initialization",
        "optimizers",
        lambda: widgets.optimizers("Adam"),
        (
            Step("Step", "slider", "ArrowLeft", "step", 199),
            Step("Optimiser", "list", "ArrowDown", "optimizer", 3),
            Step("Step", "slider", "Home", "step", 0),
            Step("Optimiser", "list", "ArrowDown", "optimizer", 4),
            Step("Step", "slider", "End", "step", 200),
        ),
    ),
    Scenario(
        "notebooks/05_history",
        "history",
        lambda: widgets.history("skip-gram", 50),
        (
            Step("% of steps", "slider", "ArrowRight", "percent", 55),
            Step("% of steps", "slider", "End", "percent", 100),
            Step("Algorithm", "list", "ArrowDown", "algorithm", 2),
            Step("Algorithm", "list", "ArrowDown", "algorithm", 3),
            Step("% of steps", "slider", "ArrowLeft", "percent", 95),
        ),
    ),
    Scenario(
        "notebooks/07_tsne",
        "maps",
        lambda: widgets.maps("love"),
        (
            Step("Perplexity", "slider", "ArrowLeft", "perplexity", 1),
            Step("Start", "slider", "ArrowRight", "start", 1),
            Step("Iteration", "slider", "ArrowLeft", "iterations", 3),
            Step("Iteration", "slider", "Home", "iterations", 0),
            Step("Look up", "text", "Brazil", "word", "Brazil"),
            Step("Map of", "list", "ArrowDown", "points", 1),  # no place for Brazil among the frequent words
            Step("Perplexity", "slider", "End", "perplexity", 5),
            Step("Iteration", "slider", "End", "iterations", 4),
            Step("Look up", "text", "king", "word", "king"),
            Step("Table", "list", "ArrowDown", "table", 1),
            Step("Start", "slider", "End", "start", 3),
            Step("Look up", "text", "<b>", "word", "<b>"),
        ),
    ),
    Scenario(
        "notebooks/11_analogies",
        "analogy",
        lambda: widgets.analogy("king", "man", "woman"),
        (
            Step("Step", "slider", "ArrowRight", "step", 1.05),
            Step("Answers", "slider", "ArrowRight", "k", 6),
            Step("leave the inputs out", "box", "Space", "exclude", False),
            Step("Start", "text", "paris", "a", "paris"),
            Step("minus", "text", "france", "b", "france"),
            Step("plus", "text", "japan", "c", "japan"),
            Step("Table", "list", "ArrowDown", "table", 1),
        ),
    ),
)


def panel_of(view: Any) -> Any:
    """The box that holds a view and its controls."""
    return view.locator("xpath=ancestor::*[contains(concat(' ', @class, ' '), ' widget-vbox ')][1]")


def play(page: Any, view: Any, scenario: Scenario) -> None:
    """Check the first sentence against Python's for the stored state, then do every step and check again."""
    made = scenario.make()
    assert view.locator(".eb-text").inner_text() == made.view.text()
    panel = panel_of(view)
    for step in scenario.steps:
        control = panel.locator(".widget-inline-hbox, .widget-checkbox").filter(has_text=step.label).first
        target = control.locator(
            {"slider": ".noUi-handle", "text": "input", "list": "select", "box": "input"}[step.kind]
        )
        target.focus()
        if step.kind == "text":
            page.keyboard.press("Control+A")
            page.keyboard.type(step.keys)
        else:
            page.keyboard.press(step.keys)
        setattr(made.view, step.trait, step.value)
        expected = made.view.text()
        try:
            page.wait_for_function(
                "([element, text]) => element.querySelector('.eb-text').textContent === text",
                arg=[view.element_handle(), expected],
                timeout=8_000,
            )
        except Exception as error:
            shown = view.locator(".eb-text").inner_text()
            raise AssertionError(
                f"{scenario.key}, {step}: the page shows {shown!r}, Python computes {expected!r}"
            ) from error
