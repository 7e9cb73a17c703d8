"""Skip-gram with negative sampling, as of Mikolov, Sutskever, Chen, Corrado and Dean (NIPS 2013)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from embedbook.learning.corpus import Corpus
from embedbook.learning.history.counts import REACH, pairs
from embedbook.learning.history.snapshots import DIMENSIONS, Snapshots, fit

NEGATIVES, POWER = 5, 0.75
STEPS, BATCH, RATE = 400, 512, 0.01


def negative_sampling_loss(row: Tensor, seen: Tensor, drawn: Tensor) -> Tensor:
    """Minus the objective of the paper's equation 4, averaged over the batch.

    ``row`` [B, D] of the words, ``seen`` [B, D] of the contexts that stood near them, ``drawn`` [B, k, D] of contexts
    drawn as noise.

    >>> zeros = torch.zeros(1, 2)
    >>> round(negative_sampling_loss(zeros, zeros, torch.zeros(1, 5, 2)).item(), 4)  # six times log 2
    4.1589
    """
    right = (row * seen).sum(1)
    wrong = (drawn @ row[:, :, None])[:, :, 0]
    return -(F.logsigmoid(right) + F.logsigmoid(-wrong).sum(1)).mean()


@dataclass(frozen=True, eq=False)
class SkipGram:
    """Rows of the words, kept on the way, and rows of the contexts [V, D] after the last step."""

    words: Snapshots
    contexts: Tensor


def train_both(corpus: Corpus, seed: int = 0, steps: int = STEPS) -> SkipGram:
    """Word rows and context rows; noise words are drawn by count to the power 0.75.

    Differences: no subsampling of frequent words, a window of fixed width, Adam in place of plain gradient steps.
    """
    torch.manual_seed(seed)
    size = (len(corpus.words), DIMENSIONS)
    words = nn.Parameter((torch.rand(size) - 0.5) / DIMENSIONS)
    contexts = nn.Parameter(torch.zeros(size))
    near = torch.from_numpy(pairs(corpus, REACH))
    noise = torch.from_numpy(corpus.counts**POWER)

    def loss() -> Tensor:
        word, context = near[torch.randint(len(near), (BATCH,))].T
        other = torch.multinomial(noise, BATCH * NEGATIVES, replacement=True).view(BATCH, NEGATIVES)
        return negative_sampling_loss(words[word], contexts[context], contexts[other])

    found = fit(torch.optim.Adam([words, contexts], lr=RATE), loss, steps, lambda: words)
    return SkipGram(found, contexts.detach())


def train(corpus: Corpus, seed: int = 0, steps: int = STEPS) -> Snapshots:
    """The rows of the words on the way through ``steps`` steps.

    >>> from embedbook.learning.corpus import make_corpus
    >>> train(make_corpus(), steps=20).rows.shape
    (21, 429, 32)
    """
    return train_both(corpus, seed, steps).words
