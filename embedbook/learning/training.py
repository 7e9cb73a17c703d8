"""Runs of the five small models on the book's corpus: trained once, then kept on disk.

>>> run = trained("GloVe")
>>> run.rows.shape, run.steps[-1], found("GloVe").same_category > 0.5
((21, 429, 32), 100, True)

A run depends on its seed alone. That all learn on the same text does not make them comparable: a step, a rate, a window
mean something else in each of them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embedbook.cache import kept
from embedbook.learning.corpus import Corpus, make_corpus
from embedbook.learning.recovery import Recovery, recovery

if TYPE_CHECKING:
    from embedbook.learning.models import Model

Array = NDArray[np.float64]

ALGORITHMS: Mapping[str, int] = {
    "neural language model": 2003,
    "skip-gram": 2013,
    "GloVe": 2014,
    "contextual model": 2018,
}
"""Those of page 05, each with the year of its paper; of the contextual model, the year that made such models common.
The fifth model, "next token", is that of page 04."""

MEAN_STATES = "its mean states"
"""What else the contextual model gives each word: the mean of its states over the text."""

SEEDS, SHUFFLED_SEEDS = range(5), range(3)
"""The seeds of the runs that are compared, on the corpus and on its shuffled control."""


@dataclass(frozen=True, eq=False)
class Run:
    """What one training left, all float64.

    ``losses`` one a step, in nats where a word is predicted; ``rows`` [S, V, D] after each of ``steps``, ``outputs``
    [V, D] on the other side of a product, after the last step; ``states`` [V, D] of the contextual model, see
    :func:`embedbook.learning.models.mean_states`, of others empty.
    """

    steps: tuple[int, ...]
    losses: Array = field(repr=False)
    rows: Array = field(repr=False)
    outputs: Array = field(repr=False)
    states: Array = field(repr=False)


def train(
    algorithm: str, corpus: Corpus, seed: int = 0, steps: int | None = None, **settings: Any
) -> tuple[Model, Run]:
    """Train a fresh model, and keep its rows at equal distances.

    ``settings`` go to the model: ``tied=True`` to "next token", ``reach=2`` to "GloVe". Raises ValueError for an
    algorithm that is not one of the five, TypeError for a corpus that is none, MissingExtraError without torch.

    >>> model, run = train("next token", make_corpus(), steps=3)
    >>> run.steps, run.rows.shape, len(run.losses)
    ((0, 1, 2, 3), (4, 429, 32), 3)
    """
    from embedbook.learning import models

    if algorithm not in models.MODELS:
        raise ValueError(f"no algorithm is called {algorithm!r}; known: {', '.join(models.MODELS)}")
    if not isinstance(corpus, Corpus):
        raise TypeError(f"expected a Corpus, as make_corpus() gives it, got {corpus!r:.40}")
    with models.repeatable(seed):
        model = models.MODELS[algorithm](len(corpus.words), **settings)
        steps = steps or model.steps
        moments = sorted({*range(0, steps, max(1, steps // model.moments)), steps})
        optimizer = model.optimizer(model.parameters(), lr=model.rate)
        losses, rows = models.fit(optimizer, model.loss_on(corpus), moments, lambda: model.rows)
        states = models.mean_states(model, corpus) if isinstance(model, models.ContextualModel) else np.zeros(0)
        return model, Run(tuple(moments), losses, rows, models.numbers(model.outputs), states)


@cache
def trained(algorithm: str, seed: int = 0, *, shuffled: bool = False, everywhere: bool = True, **settings: Any) -> Run:
    """The run of that seed on the book's corpus, or on one of its controls: trained once, then read from the cache.

    ``shuffled`` and ``everywhere`` are those of :func:`make_corpus`, ``settings`` those of :func:`train`, which says
    what else is raised.
    """

    def make() -> dict[str, Array]:
        run = train(algorithm, make_corpus(shuffled=shuffled, everywhere=everywhere), seed, **settings)[1]
        return {**vars(run), "steps": np.array(run.steps, dtype=np.float64)}

    made = kept_arrays(
        f"run-{algorithm}", f"seed {seed}, shuffled {shuffled}, everywhere {everywhere}, {settings}", make
    )
    return Run(**{**made, "steps": tuple(map(int, made["steps"]))})  # type: ignore[arg-type]


def rows(algorithm: str, seed: int = 0, *, shuffled: bool = False) -> Array:
    """The rows after the last step, or with ``MEAN_STATES`` the contextual model's mean states: [V, D]."""
    if algorithm == MEAN_STATES:
        return trained("contextual model", seed, shuffled=shuffled).states
    last: Array = trained(algorithm, seed, shuffled=shuffled).rows[-1]
    return last


@cache
def found(algorithm: str, seed: int = 0, *, shuffled: bool = False) -> Recovery:
    """What the rows of that run show of the corpus's structure."""
    return recovery(rows(algorithm, seed, shuffled=shuffled), make_corpus(shuffled=shuffled))


def kept_arrays(name: str, inputs: str, make: Callable[[], Mapping[str, Array]]) -> dict[str, Array]:
    """As :func:`embedbook.cache.kept`, for named float64 arrays."""

    def packed() -> bytes:
        buffer, arrays = io.BytesIO(), dict[str, Any](make())
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    made = kept(name.replace(" ", "-"), inputs, packed, rooms=("learning", "lists"))
    with np.load(io.BytesIO(made), allow_pickle=False) as stored:
        return dict(stored)
