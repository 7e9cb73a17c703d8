"""The neural probabilistic language model of Bengio, Ducharme, Vincent and Jauvin (JMLR 2003)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from embedbook.learning.corpus import Corpus
from embedbook.learning.history.snapshots import DIMENSIONS, Snapshots, fit

WIDTH, HIDDEN = 3, 32
STEPS, BATCH, RATE = 240, 256, 0.005


class NeuralLanguageModel(nn.Module):
    """The rows of the last ``width`` words, side by side, to one score a word: y = b + Wx + U tanh(d + Hx).

    Names are the paper's: ``C`` is the table [V, D]; W, the direct connections, are there; b is the bias of W, d that
    of H. Differences: Adam in place of plain gradient steps, no weight decay.
    """

    def __init__(self, words: int, dimensions: int = DIMENSIONS, hidden: int = HIDDEN, width: int = WIDTH):
        super().__init__()
        self.C = nn.Embedding(words, dimensions)
        self.H = nn.Linear(width * dimensions, hidden)
        self.U = nn.Linear(hidden, words, bias=False)
        self.W = nn.Linear(width * dimensions, words)
        for part in (self.C, self.U, self.W):
            nn.init.normal_(part.weight, std=0.02)

    def forward(self, ids: Tensor) -> Tensor:
        """Scores [B, V] of the word after ``ids`` [B, width]."""
        x = self.C(ids).flatten(1)
        scores: Tensor = self.W(x) + self.U(torch.tanh(self.H(x)))
        return scores


def train(corpus: Corpus, seed: int = 0, steps: int = STEPS) -> Snapshots:
    """The rows of C on the way through ``steps`` steps.

    >>> from embedbook.learning.corpus import make_corpus
    >>> train(make_corpus(), steps=20).rows.shape
    (21, 429, 32)
    """
    torch.manual_seed(seed)
    model = NeuralLanguageModel(len(corpus.words))
    windows = torch.from_numpy(corpus.ids).unfold(0, WIDTH + 1, 1)

    def loss() -> Tensor:
        chosen = windows[torch.randint(len(windows), (BATCH,))]
        return F.cross_entropy(model(chosen[:, :-1]), chosen[:, -1])

    return fit(torch.optim.Adam(model.parameters(), lr=RATE), loss, steps, lambda: model.C.weight)
