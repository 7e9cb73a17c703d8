"""The smallest network that shows how rows are learned by predicting the next token."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class NextToken(nn.Module):
    """Rows of the last ``width`` tokens, side by side, to one score a word of the vocabulary.

    ``table.weight`` [V, D] holds the input rows, ``head.weight`` [V, D] the output rows; with ``tied`` they are one
    tensor. Rows start as normal noise of standard deviation ``spread``. Before the first token of a text stand zeros.

    Source: a plain form of the network of Bengio, Ducharme, Vincent and Jauvin, JMLR 2003.
    """

    def __init__(self, words: int, dimensions: int = 32, width: int = 3, spread: float = 0.02, *, tied: bool = False):
        super().__init__()
        self.width = width
        self.table = nn.Embedding(words, dimensions)
        self.mix = nn.Linear(width * dimensions, dimensions)
        self.head = nn.Linear(dimensions, words, bias=False)
        nn.init.normal_(self.table.weight, std=spread)
        nn.init.normal_(self.head.weight, std=spread)
        if tied:
            self.head.weight = self.table.weight

    def forward(self, ids: Tensor) -> Tensor:
        """Scores [B, T, V] for the token after each of ``ids`` [B, T]."""
        rows = F.pad(self.table(ids), (0, 0, self.width - 1, 0))
        windows = rows.unfold(1, self.width, 1).flatten(2)
        scores: Tensor = self.head(torch.tanh(self.mix(windows)))
        return scores
