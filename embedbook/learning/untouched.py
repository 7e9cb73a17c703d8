"""Which rows move at a step in which they get no gradient: one answer an optimiser, measured.

Only the table is trained here, so that nothing but the optimiser differs between two traces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from embedbook.learning.corpus import make_corpus
from embedbook.tables import MissingExtraError

try:
    import torch
    from torch import Tensor
    from torch.nn.functional import cross_entropy
except ImportError as error:
    raise MissingExtraError("embedbook.learning.untouched", "pip install torch") from error

from embedbook.learning.model import NextToken
from embedbook.learning.training import BATCH, LENGTH

STEPS, LAST_TOUCH = 200, 50
ALWAYS, EARLY, NEVER = "the", "cat", "hamster"
"""Words that the texts of a trace hold at every step, at steps 1 to ``LAST_TOUCH`` only, and at none."""

RATE, MOMENTUM, DECAY = 0.01, 0.9, 0.1

OPTIMIZERS: Mapping[str, Callable[[list[Tensor]], torch.optim.Optimizer]] = {
    "SGD": lambda rows: torch.optim.SGD(rows, lr=1.0),
    "SGD with momentum": lambda rows: torch.optim.SGD(rows, lr=1.0, momentum=MOMENTUM),
    "Adam": lambda rows: torch.optim.Adam(rows, lr=RATE),
    "SparseAdam": lambda rows: torch.optim.SparseAdam(rows, lr=RATE),
    "AdamW": lambda rows: torch.optim.AdamW(rows, lr=RATE, weight_decay=DECAY),
}
"""PyTorch's own, by name. SGD takes longer steps, since it does not scale its gradients."""


@dataclass(frozen=True, eq=False)
class Trace:
    """How far the three rows are from where they began, after each step: float64 [STEPS + 1] by word.

    ``touched`` counts the steps at which each row got a gradient, by word; ``lengths`` are the rows' lengths at the
    start and at the end.
    """

    optimizer: str
    moved: Mapping[str, NDArray[np.float64]] = field(repr=False)
    touched: Mapping[str, int]
    lengths: Mapping[str, tuple[float, float]]


@cache
def trace(optimizer: str) -> Trace:
    """Train a table for ``STEPS`` steps by one of ``OPTIMIZERS`` and follow three of its rows.

    Raises ValueError for another name.

    >>> found = trace("SGD")
    >>> found.touched["cat"], found.touched["hamster"], float(found.moved["hamster"].max())
    (50, 0, 0.0)
    """
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"no optimiser {optimizer!r} here; known: {', '.join(OPTIMIZERS)}")
    words, early, late, size = _texts()
    torch.manual_seed(0)
    model = NextToken(size, sparse=optimizer == "SparseAdam")
    rule = OPTIMIZERS[optimizer]([model.table.weight])
    rows = [model.table.weight.detach()[list(words.values())].clone()]
    gradients = torch.zeros(len(words), dtype=torch.int64)
    for step in range(STEPS):
        pool = early if step < LAST_TOUCH else late
        texts = pool[torch.randint(len(pool), (BATCH,))]
        model.zero_grad()
        cross_entropy(model(texts[:, :-1]).flatten(0, 1), texts[:, 1:].flatten()).backward()
        gradient = model.table.weight.grad
        assert gradient is not None
        gradients += (gradient.to_dense()[list(words.values())] != 0).any(dim=1)
        rule.step()
        rows.append(model.table.weight.detach()[list(words.values())].clone())
    path = torch.stack(rows).numpy()
    distances = np.linalg.norm(path - path[0], axis=2)
    lengths = np.linalg.norm(path, axis=2)
    return Trace(
        optimizer,
        moved={word: distances[:, place] for place, word in enumerate(words)},
        touched={word: int(gradients[place]) for place, word in enumerate(words)},
        lengths={word: (float(lengths[0, place]), float(lengths[-1, place])) for place, word in enumerate(words)},
    )


@cache
def _texts() -> tuple[dict[str, int], Tensor, Tensor, int]:
    """Ids of the three words, pieces of text for early and for late steps, each [P, LENGTH + 1], and V."""
    corpus = make_corpus()
    words = {word: corpus.id_of(word) for word in (ALWAYS, EARLY, NEVER)}
    pieces = torch.from_numpy(corpus.ids).unfold(0, LENGTH + 1, 1)
    early, late = (pieces[_picked(pieces, words, touch)] for touch in (True, False))
    return words, early, late, len(corpus.words)


def _picked(pieces: Tensor, words: Mapping[str, int], touch: bool) -> Tensor:
    """Which pieces [P, T] hold the word that is always there, not the one that never is, and the third if ``touch``."""
    holds = {word: (pieces[:, :-1] == token_id).any(dim=1) for word, token_id in words.items()}
    anywhere = {word: (pieces == token_id).any(dim=1) for word, token_id in words.items()}
    early = holds[EARLY] if touch else ~anywhere[EARLY]
    return holds[ALWAYS] & ~anywhere[NEVER] & early
