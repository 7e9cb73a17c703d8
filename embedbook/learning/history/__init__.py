"""Four algorithms that learn rows from text, 2003 to 2018, each in a module of its own, on the book's corpus.

>>> from embedbook.learning import history
>>> list(history.ALGORITHMS)
['neural language model', 'skip-gram', 'GloVe', 'contextual model']
>>> history.trained("GloVe").rows.shape
(21, 429, 32)

A run depends on its seed alone. For results that agree to the last digit set ``torch.set_num_threads(1)`` first. That
every algorithm learns on the same text does not make the runs comparable: a step, a rate, a window mean something else
in each of them, and the settings were set by hand so that a run takes about a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from embedbook.learning.corpus import Corpus, make_corpus
from embedbook.learning.history import contextual, glove, neural_language_model, skip_gram
from embedbook.learning.history.snapshots import Snapshots
from embedbook.learning.recovery import Recovery, recovery

__all__ = ["ALGORITHMS", "MEAN_STATES", "SEEDS", "SHUFFLED_SEEDS", "Snapshots", "found", "rows", "trained"]

ALGORITHMS: Mapping[str, int] = {
    "neural language model": 2003,
    "skip-gram": 2013,
    "GloVe": 2014,
    "contextual model": 2018,
}
"""Each algorithm with the year of its paper; of the contextual model, the year that made such models common."""

MEAN_STATES = "its mean states"
"""What else the contextual model gives each word: the mean of its states over the text."""

SEEDS, SHUFFLED_SEEDS = range(5), range(3)
"""The seeds of the runs that are compared, on the corpus and on its shuffled control."""


@cache
def trained(algorithm: str, seed: int = 0, *, shuffled: bool = False) -> Snapshots:
    """The run of an algorithm with that seed, made once a session, in about a second.

    Raises ValueError for an algorithm that is not one of ``ALGORITHMS``.
    """
    text = _corpus(shuffled)
    if algorithm == "neural language model":
        return neural_language_model.train(text, seed)
    if algorithm == "skip-gram":
        return skip_gram.train(text, seed)
    if algorithm == "GloVe":
        return glove.train(text, seed)
    if algorithm == "contextual model":
        return _contextual(seed, shuffled).rows
    raise ValueError(f"no algorithm is called {algorithm!r}; known: {', '.join(ALGORITHMS)}")


def rows(algorithm: str, seed: int = 0, *, shuffled: bool = False) -> NDArray[np.float64]:
    """The rows after the last step, or with ``MEAN_STATES`` the contextual model's mean states: [V, D]."""
    if algorithm == MEAN_STATES:
        return contextual.mean_states(_contextual(seed, shuffled).model, _corpus(shuffled))
    return trained(algorithm, seed, shuffled=shuffled).last


@cache
def found(algorithm: str, seed: int = 0, *, shuffled: bool = False) -> Recovery:
    """What the rows of that run show of the corpus's structure."""
    return recovery(rows(algorithm, seed, shuffled=shuffled), _corpus(shuffled))


@cache
def _contextual(seed: int, shuffled: bool) -> contextual.Trained:
    return contextual.train_model(_corpus(shuffled), seed)


@cache
def _corpus(shuffled: bool) -> Corpus:
    return make_corpus(shuffled=shuffled)
