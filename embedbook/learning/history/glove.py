"""GloVe, as of Pennington, Socher and Manning (EMNLP 2014): a weighted factorisation of log counts."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from embedbook.learning.corpus import Corpus
from embedbook.learning.history.counts import REACH, cooccurrences
from embedbook.learning.history.snapshots import DIMENSIONS, Snapshots, fit

FULL, POWER = 100, 0.75
"""The paper's x_max and alpha."""

STEPS, RATE = 100, 0.1


def weights(counts: Tensor) -> Tensor:
    """f(x): 0 for pairs that never met, (x / 100) to the power 0.75, and 1 from 100 on. Equation 9 of the paper.

    >>> weights(torch.tensor([0.0, 100.0, 500.0])).tolist()
    [0.0, 1.0, 1.0]
    """
    return (counts / FULL).clamp(max=1) ** POWER


class GloVe(nn.Module):
    """Two tables [V, D] and two biases [V]; ``forward`` is what stands for the log count of each pair: [V, V]."""

    def __init__(self, words: int, dimensions: int = DIMENSIONS):
        super().__init__()
        self.w = nn.Parameter((torch.rand(words, dimensions) - 0.5) / dimensions)
        self.w_tilde = nn.Parameter((torch.rand(words, dimensions) - 0.5) / dimensions)
        self.b = nn.Parameter(torch.zeros(words))
        self.b_tilde = nn.Parameter(torch.zeros(words))

    def forward(self) -> Tensor:
        return self.w @ self.w_tilde.T + self.b[:, None] + self.b_tilde

    def loss(self, counts: Tensor) -> Tensor:
        """J, equation 8 of the paper: the sum over pairs of f(X) (w . w~ + b + b~ - log X) squared."""
        log_counts = torch.where(counts > 0, counts, 1).log()
        total: Tensor = (weights(counts) * (self() - log_counts) ** 2).sum()
        return total


def train_on(counts: ArrayLike, seed: int = 0, steps: int = STEPS) -> tuple[GloVe, Snapshots]:
    """The model after ``steps`` steps on counts [V, V], and w + w~ on the way.

    Difference: each step of AdaGrad sees all pairs at once; the paper's sees one pair after another.
    """
    torch.manual_seed(seed)
    seen = torch.tensor(np.asarray(counts), dtype=torch.float32)
    model = GloVe(len(seen))
    optimizer = torch.optim.Adagrad(model.parameters(), lr=RATE)
    return model, fit(optimizer, lambda: model.loss(seen), steps, lambda: model.w + model.w_tilde)


def train(corpus: Corpus, seed: int = 0, steps: int = STEPS) -> Snapshots:
    """w + w~ on the way through ``steps`` steps.

    >>> from embedbook.learning.corpus import make_corpus
    >>> train(make_corpus(), steps=20).rows.shape
    (21, 429, 32)
    """
    return train_on(cooccurrences(corpus, REACH), seed, steps)[1]
