"""Which rows move at a step in which they get no gradient: one answer an optimizer, measured.

Only the table is trained here, so that nothing but the optimizer differs between two traces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedbook.learning.corpus import make_corpus
from embedbook.learning.training import kept_arrays

STEPS, LAST_TOUCH = 200, 50
ALWAYS, EARLY, NEVER = WORDS = ("the", "cat", "hamster")
"""Words that the texts of a trace hold at every step, at steps 1 to ``LAST_TOUCH`` only, and at none."""

RATE, MOMENTUM, DECAY = 0.01, 0.9, 0.1

OPTIMIZERS: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "SGD": ("SGD", {"lr": 1.0}),
    "SGD with momentum": ("SGD", {"lr": 1.0, "momentum": MOMENTUM}),
    "Adam": ("Adam", {"lr": RATE}),
    "SparseAdam": ("SparseAdam", {"lr": RATE}),
    "AdamW": ("AdamW", {"lr": RATE, "weight_decay": DECAY}),
}
"""PyTorch's class and its settings, by name. SGD takes longer steps, since it does not scale its gradients."""


@dataclass(frozen=True, eq=False)
class Trace:
    """How far the three rows are from where they began, after each step: float64 [STEPS + 1] by word."""

    moved: Mapping[str, NDArray[np.float64]]


@cache
def trace(optimizer: str) -> Trace:
    """Train a table for ``STEPS`` steps by one of ``OPTIMIZERS`` and follow three of its rows.

    Raises ValueError for another name.

    >>> {word: float(path.max().round(1)) for word, path in trace("SGD").moved.items()}
    {'the': 0.5, 'cat': 0.1, 'hamster': 0.0}
    """
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"no optimizer {optimizer!r} here; known: {', '.join(OPTIMIZERS)}")
    path = kept_arrays(f"trace-{optimizer}", f"{STEPS} steps", lambda: {"path": _path(optimizer)})["path"]
    moved = np.linalg.norm(path - path[0], axis=2)  # [STEPS + 1, 3]
    return Trace(dict(zip(WORDS, moved.T, strict=True)))


def _path(optimizer: str) -> NDArray[np.float64]:
    """The three rows at the start and after each step: [STEPS + 1, 3, D]."""
    from embedbook.learning import models
    from embedbook.learning.models import torch

    corpus = make_corpus()
    ids = [corpus.id_of(word) for word in WORDS]
    pieces = torch.from_numpy(corpus.ids).unfold(0, models.LENGTH + 1, 1)  # [P, T + 1]
    inputs, (always, early, never) = pieces[:, :-1], ids  # inputs are looked up; a last token is predicted only
    usable = (inputs == always).any(dim=1) & ~(pieces == never).any(dim=1)  # [P]
    touching = pieces[usable & (inputs == early).any(dim=1)]
    sparing = pieces[usable & ~(pieces == early).any(dim=1)]
    with models.repeatable(seed=0):
        model = models.NextToken(len(corpus.words))
        model.table.sparse = optimizer == "SparseAdam"  # which wants a gradient of the rows that were looked up alone
        steps = count(1)

        def loss() -> Any:
            pool = touching if next(steps) <= LAST_TOUCH else sparing
            texts = pool[torch.randint(len(pool), (models.BATCH,))]  # [B, T + 1]
            scores = model(texts[:, :-1]).flatten(0, 1)  # [B T, V]
            return torch.nn.functional.cross_entropy(scores, texts[:, 1:].flatten())

        name, settings = OPTIMIZERS[optimizer]
        rule = getattr(torch.optim, name)([model.rows], **settings)
        return models.fit(rule, loss, range(STEPS + 1), lambda: model.rows[ids])[1]
