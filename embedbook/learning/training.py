"""Training the small model with snapshots of its rows: the loop that page 04 shows in its cells.

A run depends on its seed alone. For results that agree to the last digit set ``torch.set_num_threads(1)`` first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from embedbook.learning.corpus import Corpus, make_corpus
from embedbook.tables import MissingExtraError

try:
    import torch
    from torch import Tensor
    from torch.nn.functional import cross_entropy
except ImportError as error:
    raise MissingExtraError("embedbook.learning.training", "pip install torch") from error

from embedbook.learning.model import NextToken

STEPS, BATCH, LENGTH, RATE = 400, 16, 16, 0.01
"""Steps, texts a step, tokens a text, learning rate: 400 x 16 x 16 predictions, about one pass over the corpus."""

SNAPSHOTS = tuple(range(0, STEPS + 1, 10))
"""The steps after which rows are kept."""


@dataclass(frozen=True, eq=False)
class Run:
    """What one training left: losses [steps] in nats, and the rows after each of ``steps``.

    ``inputs`` and ``outputs`` are float64 [S, V, D], the input and the output rows; of a tied model they are equal.
    """

    steps: tuple[int, ...]
    losses: NDArray[np.float64] = field(repr=False)
    inputs: NDArray[np.float64] = field(repr=False)
    outputs: NDArray[np.float64] = field(repr=False)


def batch(text: Tensor) -> tuple[Tensor, Tensor]:
    """``BATCH`` pieces of ``LENGTH`` tokens from random places of a text [N], and for each token the one after it.

    >>> _ = torch.manual_seed(0)
    >>> ids, following = batch(torch.arange(100))
    >>> list(ids.shape), bool((following == ids + 1).all())
    ([16, 16], True)
    """
    starts = torch.randint(len(text) - LENGTH, (BATCH, 1))
    pieces = text[starts + torch.arange(LENGTH + 1)]
    return pieces[:, :-1], pieces[:, 1:]


def train(
    corpus: Corpus, *, seed: int = 0, tied: bool = False, steps: int = STEPS, keep: Collection[int] = SNAPSHOTS
) -> Run:
    """Train a fresh model by Adam to predict each next token; keep its rows after the steps in ``keep``.

    >>> run = train(make_corpus(), steps=2, keep=(0, 2))
    >>> run.steps, run.inputs.shape, len(run.losses)
    ((0, 2), (2, 429, 32), 2)
    """
    torch.manual_seed(seed)
    text = torch.from_numpy(corpus.ids)
    model = NextToken(len(corpus.words), tied=tied)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    kept: list[int] = []
    inputs: list[NDArray[np.float64]] = []
    outputs: list[NDArray[np.float64]] = []
    losses: list[float] = []
    for step in range(steps + 1):
        if step in keep:
            kept.append(step)
            inputs.append(model.table.weight.detach().numpy().copy())
            outputs.append(model.head.weight.detach().numpy().copy())
        if step == steps:
            break
        ids, following = batch(text)
        loss = cross_entropy(model(ids).flatten(0, 1), following.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return Run(tuple(kept), np.array(losses), np.array(inputs), np.array(outputs))


@cache
def trained(seed: int = 0, *, tied: bool = False, shuffled: bool = False) -> Run:
    """The run of that seed on the book's corpus, or on its shuffled control; made once a session, in seconds."""
    return train(_corpus(shuffled), seed=seed, tied=tied)


@cache
def _corpus(shuffled: bool) -> Corpus:
    return make_corpus(shuffled=shuffled)
