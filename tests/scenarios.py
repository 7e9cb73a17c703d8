"""What a reader does with each widget, once for every home: the built page, JupyterLab, and a page without a browser.

A step moves one control and makes the same change on a view in Python; the sentence that the browser then shows must be
the one that Python computes, with numpy, from the same 8-bit rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from embedbook import tables, widgets
from embedbook.widgets.view import Panel

PATIENCE = 60_000
"""How long, in ms, a browser on a busy machine may take."""


@dataclass(frozen=True)
class Step:
    """Keys on the control with that label; afterwards ``trait`` of the view is ``value``. Text is typed as it is."""

    label: str
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


def typed(label: str, text: str, trait: str) -> Step:
    """A text is typed into a box."""
    return Step(label, text, trait, text)


SCENARIOS = (
    Scenario(
        "book/index",
        "neighbors",
        lambda: widgets.neighbors("paris", k=5),
        (
            Step("Neighbours", "ArrowRight", "k", 6),
            Step("Table", "ArrowUp", "table", 1),
            typed("Word", "refrigerator", "word"),
            Step("Table", "ArrowDown", "table", 2),
            typed("Word", "willingness", "word"),  # one of the two tables does not carry it
            typed("Word", "José", "word"),  # without its accent in one, with it in the other
            Step("Table", "ArrowUp", "table", 1),
            Step("Table", "ArrowUp", "table", 0),
        ),
    ),
    Scenario(
        "notebooks/01_embedding_table",
        "lookup",
        lambda: widgets.lookup("The capital of France is Paris", position=6),
        (
            Step("Token", "ArrowLeft", "position", 5),
            typed("Sentence", "Déjà vu: unhappily, 东京!", "sentence"),
            typed("Sentence", "Hello world", "sentence"),  # shorter than the slider stands
            Step("Table", "ArrowDown", "table", 1),
            typed("Sentence", "at 3:30", "sentence"),  # a token that the page does not carry, and must not cut
        ),
    ),
    Scenario(
        "notebooks/02_distributed_meaning",
        "basis",
        lambda: widgets.basis("cat", degrees=30),
        (
            Step("Turn basis", "ArrowRight", "degrees", 35),
            Step("Keep", "ArrowLeft", "percent", 99),
            Step("Keep", "PageDown", "percent", 94),
            Step("Keep", "Home", "percent", 1),
            typed("Word", "Paris", "word"),
            Step("Table", "ArrowDown", "table", 1),
            Step("Turn basis", "Home", "degrees", 0),
            Step("Keep", "End", "percent", 100),
        ),
    ),
    Scenario(
        "notebooks/02_distributed_meaning",
        "colors",
        lambda: widgets.colors(255, 165, 0),
        (
            Step("Green", "ArrowLeft", "green", 164),
            Step("Red", "Home", "red", 0),
            Step("Blue", "End", "blue", 255),
        ),
    ),
    Scenario(
        "notebooks/03_cosine_similarity",
        "pair",
        lambda: widgets.pair("cat", "dog"),
        (
            Step("Stretch second", "ArrowRight", "length", 1.1),
            typed("Second word", "bicycle", "b"),
            typed("First word", "Paris", "a"),
            Step("Random pairs", "ArrowDown", "pool", 1),
            Step("Table", "ArrowDown", "table", 1),
        ),
    ),
    Scenario(
        "notebooks/03_cosine_similarity",
        "neighbors",
        lambda: widgets.neighbors("happy", k=8),
        (
            Step("Neighbours", "ArrowLeft", "k", 7),
            Step("Table", "ArrowUp", "table", 1),
            typed("Word", "python", "word"),
        ),
    ),
    Scenario(
        "notebooks/06_table_sizing",
        "size",
        lambda: widgets.size("SmolLM2-135M"),
        (
            Step("Rows (V)", "ArrowRight", "rows", 9),
            Step("Model", "ArrowDown", "preset", 1),
            Step("Model", "ArrowDown", "preset", 2),
            Step("Dimensions (D)", "ArrowLeft", "dimensions", 14),
            Step("Number type", "ArrowDown", "dtype", 2),
            Step("tie the head", "Space", "tied", True),
            Step("Model", "ArrowUp", "preset", 1),
        ),
    ),
    Scenario(
        "notebooks/04_random_initialization",
        "training",
        lambda: widgets.training(step=0),
        (
            Step("Step", "ArrowRight", "step", 10),
            Step("Training", "ArrowDown", "run", 1),
            Step("Step", "End", "step", 400),
            Step("Training", "ArrowDown", "run", 2),
            Step("Step", "ArrowLeft", "step", 390),
        ),
    ),
    Scenario(
        "notebooks/04_random_initialization",
        "optimizers",
        lambda: widgets.optimizers("Adam"),
        (
            Step("Step", "ArrowLeft", "step", 199),
            Step("Optimiser", "ArrowDown", "optimizer", 3),
            Step("Step", "Home", "step", 0),
            Step("Optimiser", "ArrowDown", "optimizer", 4),
            Step("Step", "End", "step", 200),
        ),
    ),
    Scenario(
        "notebooks/05_history",
        "history",
        lambda: widgets.history("skip-gram", 50),
        (
            Step("% of steps", "ArrowRight", "percent", 55),
            Step("% of steps", "End", "percent", 100),
            Step("Algorithm", "ArrowDown", "algorithm", 2),
            Step("Algorithm", "ArrowDown", "algorithm", 3),
            Step("% of steps", "ArrowLeft", "percent", 95),
        ),
    ),
    Scenario(
        "notebooks/07_tsne",
        "maps",
        lambda: widgets.maps("love"),
        (
            Step("Perplexity", "ArrowLeft", "perplexity", 1),
            Step("Start", "ArrowRight", "start", 1),
            Step("Iteration", "ArrowLeft", "iterations", 3),
            Step("Iteration", "Home", "iterations", 0),
            typed("Look up", "Brazil", "word"),
            Step("Map of", "ArrowDown", "points", 1),  # no place for Brazil among the frequent words
            Step("Perplexity", "End", "perplexity", 5),
            Step("Iteration", "End", "iterations", 4),
            typed("Look up", "king", "word"),
            Step("Table", "ArrowDown", "table", 1),
            Step("Start", "End", "start", 3),
            typed("Look up", "<b>", "word"),
        ),
    ),
    Scenario(
        "notebooks/11_analogies",
        "analogy",
        lambda: widgets.analogy("king", "man", "woman"),
        (
            Step("Step", "ArrowRight", "step", 1.05),
            Step("Answers", "ArrowRight", "k", 6),
            Step("leave the inputs out", "Space", "exclude", False),
            typed("Start", "paris", "a"),
            typed("minus", "france", "b"),
            typed("plus", "japan", "c"),
            Step("Table", "ArrowDown", "table", 1),
        ),
    ),
)

COMPASS = {"North": [0, 1], "East": [1, 0], "South": [0, -2], "West": [-3, 0], "New York": [4, 4], "nowhere": [0, 0]}


def compass() -> tables.EmbeddingTable:
    """A table of one's own, with capitals, a space in a word, opposite rows and one of zeros."""
    return tables.from_vectors(COMPASS, list(COMPASS.values()), name="glove")


OWN = (
    Scenario(
        "",
        "own-neighbors",
        lambda: widgets.neighbors("New York", tables=[compass(), "glove"], key="own-neighbors"),
        (
            typed("Word", "nowhere", "word"),
            Step("Table", "ArrowUp", "table", 1),
            typed("Word", " South", "word"),
            Step("Table", "ArrowUp", "table", 0),
            Step("Neighbours", "Home", "k", 1),
        ),
    ),
    Scenario(
        "",
        "own-analogy",
        lambda: widgets.analogy("North", "East", "West", tables=[compass()], key="own-analogy"),
        (
            Step("leave the inputs out", "Space", "exclude", False),
            Step("Step", "Home", "step", 0.0),
        ),
    ),
    Scenario("", "own-pair", lambda: widgets.pair("North", "South", tables=[compass()], key="own-pair"), ()),
    Scenario("", "own-basis", lambda: widgets.basis("North", 45, 50, tables=[compass()], key="own-basis"), ()),
    Scenario("", "own-lookup", lambda: widgets.lookup("North to South", tables=[compass()], key="own-lookup"), ()),
)
"""The widgets on a table that a reader made, which another one's name does not hide."""


def panel_of(view: Any) -> Any:
    """The box that holds a view and its controls."""
    return view.locator("xpath=ancestor::*[contains(concat(' ', @class, ' '), ' widget-vbox ')][1]")


def control(view: Any, label: str) -> Any:
    """What takes the keys of the control with that label: a handle, a box to type in or to tick, or a list."""
    named = panel_of(view).locator(".widget-inline-hbox, .widget-checkbox").filter(has_text=label).first
    return named.locator(".noUi-handle, input:not([type=number]), select").first


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
    for step in scenario.steps:
        control(view, step.label).focus()
        if step.keys is step.value:
            page.keyboard.press("Control+A")
            page.keyboard.type(step.keys)
        else:
            page.keyboard.press(step.keys)
        setattr(made.view, step.trait, step.value)
        says(page, view, made.view.text(), (scenario.key, step))
