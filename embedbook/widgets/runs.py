"""Training runs on their way from noise to meaning: rows on a map, how well they group, and cosines over the steps.

A run is shown in whole numbers, small enough to travel in a view's state.
"""

from __future__ import annotations

from bisect import bisect
from functools import cache
from typing import Any

import ipywidgets
import numpy as np
import traitlets

from embedbook import maps
from embedbook.learning import recovery
from embedbook.learning.corpus import Corpus, make_corpus
from embedbook.learning.training import ALGORITHMS, Run, trained
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, choice, place_of, slider

GROUPS = ("animals", "appliances", "ideas", "countries", "capitals")
LABELS = ("cat", "dog", "refrigerator", "democracy", "Paris", "France")
PAIRS = (("cat", "dog"), ("cat", "refrigerator"), ("cat", "democracy"))
TRAINED = (("two tables (untied)", False, False), ("one table (tied)", True, False), ("shuffled text", False, True))
"""Name, whether tied, whether on shuffled text."""
HALF = 100
"""A map's half width in whole numbers: a few screen points each, so that another processor rounds to the same."""


def in_numbers(run: Run, corpus: Corpus, name: str, year: int | None = None) -> dict[str, Any]:
    """A run by moment: coordinates of the words of ``GROUPS``, cosines of ``PAIRS``, share of neighbours.

    Rows are drawn at length 1, as a cosine sees them, so that noise is a cloud and not a dot. Coordinates run from
    -``HALF`` to ``HALF`` on a plane fitted on the last rows, cosines are in hundredths, shares in
    percent. A moment's coordinates are one string, since a notebook file gives every number of a list a line of its
    own.
    """
    shown = run.rows[:, [corpus.id_of(word) for group in GROUPS for word in corpus.categories[group]]]  # [S, n, D]
    coordinates = maps.pca(shown[-1]).transform(shown)  # [S, n, 2]
    scaled = np.rint(coordinates / np.abs(coordinates).max() * HALF).astype(int)
    ids, labels = corpus.members
    pairs = [[corpus.id_of(word) for word in pair] for pair in PAIRS]
    return {
        "name": name,
        "year": year,
        "steps": list(run.steps),
        "coordinates": [" ".join(map(str, at.ravel())) for at in scaled],
        "cosines": [[round(100 * recovery.cosines(at[[a]], at[[b]]).item()) for a, b in pairs] for at in run.rows],
        "shares": [round(100 * recovery.same_category_shares(at[ids], labels).mean()) for at in run.rows],
    }


def shared(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The runs with what they have in common: words with their groups, pairs, chance in percent."""
    corpus = make_corpus()
    return {
        "runs": runs,
        "words": [word for group in GROUPS for word in corpus.categories[group]],
        "groups": [place for place, group in enumerate(GROUPS) for _ in corpus.categories[group]],
        "names": list(GROUPS),
        "labels": list(LABELS),
        "pairs": [list(pair) for pair in PAIRS],
        "half": HALF,
        "chance": round(100 * maps.chance_same(corpus.members[1])),
    }


def cosines_said(run: dict[str, Any], at: int) -> str:
    """The cosines of ``PAIRS`` at a moment, as a sentence lists them."""
    return ", ".join(f"{a} and {b} {fixed(c / 100)}" for (a, b), c in zip(PAIRS, run["cosines"][at], strict=True))


@cache
def next_token_runs() -> dict[str, Any]:
    """The page's own training, with one tied table, and on shuffled text: the runs of seed 0."""
    runs = []
    for name, tied, shuffled in TRAINED:
        run = trained("next token", tied=tied, shuffled=shuffled)
        runs.append(in_numbers(run, make_corpus(shuffled=shuffled), name))
    return shared(runs)


@cache
def algorithm_runs() -> dict[str, Any]:
    """The four algorithms of ``learning.training`` on one corpus: the runs of seed 0."""
    named = [(name, name[:1].upper() + name[1:], year) for name, year in ALGORITHMS.items()]
    return shared([in_numbers(trained(name), make_corpus(), shown, year) for name, shown, year in named])


class TrainingView(View):
    """A map of the rows after a step, and three cosines over all steps."""

    HOW = (
        "The small model of this page was trained once and its rows were kept at every tenth step; the slider picks "
        "one. The map is a projection onto the two directions in which the last rows differ most, the lines are "
        "cosines of all numbers of the rows."
    )

    step = traitlets.Int().tag(sync=True)
    run = traitlets.Int(0).tag(sync=True)

    def text(self) -> str:
        run = self.data["runs"][self.run]
        steps, at = run["steps"], bisect(run["steps"], self.step) - 1
        return (
            f"After step {steps[at]} of {steps[-1]}, {run['name']}: cosines {cosines_said(run, at)}. Of the five "
            f"nearest category words, {run['shares'][at]}\u00a0% are of the word's own category; chance is "
            f"{self.data['chance']}\u00a0%."
        )


def training(step: int = 0, *, key: str = "training") -> Panel:
    """The page's own training run, step by step; also with one tied table, and on the shuffled text.

    Raises MissingExtraError without torch where no run was kept.

    >>> repr(training()).startswith("After step 0 of 400, two tables (untied): cosines cat and dog")
    True
    """
    view = TrainingView(key=key, step=step, data=next_token_runs())
    _, apart, *_, last = view.data["runs"][0]["steps"]
    play = ipywidgets.Play(value=step, min=0, max=last, step=apart, interval=300, layout={"width": "12rem"})
    names = [run["name"] for run in view.data["runs"]]
    panel = Panel(view, play, step=slider("Step", 0, last, apart), run=choice("Training", names))
    panel.links.append(ipywidgets.jslink((play, "value"), (panel.controls["step"], "value")))
    return panel


class HistoryView(View):
    """A map of the rows at a moment, the score then and at the end, and three cosines over all steps."""

    HOW = (
        "Four algorithms were run on the same made-up text and their rows kept at 21 moments; the slider picks one. "
        "The score counts how many of the five nearest category words are of a word’s own category, by all numbers of "
        "the rows; the map is a projection of them."
    )

    algorithm = traitlets.Int().tag(sync=True)
    percent = traitlets.Int().tag(sync=True)

    def text(self) -> str:
        run = self.data["runs"][self.algorithm]
        at = self.percent * (len(run["steps"]) - 1) // 100
        step, last = run["steps"][at], run["steps"][-1]
        taken = f"step {step} of {last}" if step < last else f"all {last} steps"
        return (
            f"{run['name']} ({run['year']}), after {taken}: of the five nearest category words, {run['shares'][at]}"
            f"\u00a0% are of the word's own category, {self.data['chance']}\u00a0% by chance. "
            f"Cosines: {cosines_said(run, at)}."
        )


def history(algorithm: str = "neural language model", percent: int = 0, *, key: str = "history") -> Panel:
    """The four algorithms of ``learning.training`` on their way through their steps.

    Raises MissingExtraError without torch where no run was kept.

    >>> repr(history("GloVe")).startswith("GloVe (2014), after step 0 of 100: of the five nearest category words")
    True
    """
    place = place_of(tuple(ALGORITHMS), algorithm, "algorithm")
    view = HistoryView(key=key, algorithm=place, percent=percent, data=algorithm_runs())
    names = [f"{name} ({year})" for name, year in ALGORITHMS.items()]
    return Panel(view, algorithm=choice("Algorithm", names), percent=slider("% of steps", 0, 100, 5))
