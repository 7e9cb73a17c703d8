"""A small contextual model: a language model whose one layer of attention gives a word another vector in each text.

Peters and others (2018) took such vectors from recurrent networks, Radford and others (2018) from causal attention.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from embedbook.learning.corpus import Corpus
from embedbook.learning.history.snapshots import DIMENSIONS, Snapshots, fit

LENGTH = 16
STEPS, BATCH, RATE = 240, 16, 0.01


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Causal attention over [B, T, D]: each place takes a mean of the values at and before it.

    Source: Vaswani and others, NIPS 2017, equation 1, with the mask of their section 3.2.3.

    >>> values = torch.tensor([[[2.0], [4.0]]])
    >>> attend(torch.zeros(1, 2, 1), torch.zeros(1, 2, 1), values).ravel().tolist()
    [2.0, 3.0]
    """
    scores = query @ key.mT / query.shape[-1] ** 0.5
    later = torch.ones_like(scores, dtype=torch.bool).triu(1)
    taken: Tensor = scores.masked_fill(later, -torch.inf).softmax(-1) @ value
    return taken


class ContextualModel(nn.Module):
    """Rows and places, one layer of causal attention and one of plain network, each added to what was there.

    ``table.weight`` [V, D] holds the static rows, ``states`` gives the contextual ones.
    """

    def __init__(self, words: int, dimensions: int = DIMENSIONS, length: int = LENGTH):
        super().__init__()
        self.table = nn.Embedding(words, dimensions)
        self.places = nn.Embedding(length, dimensions)
        self.query, self.key, self.value = (nn.Linear(dimensions, dimensions) for _ in range(3))
        self.wide = nn.Linear(dimensions, 4 * dimensions)
        self.narrow = nn.Linear(4 * dimensions, dimensions)
        self.head = nn.Linear(dimensions, words, bias=False)
        for part in (self.table, self.places, self.head):
            nn.init.normal_(part.weight, std=0.02)

    def states(self, ids: Tensor) -> Tensor:
        """One vector a token of ``ids`` [B, T], which knows the tokens before it: [B, T, D]."""
        x = self.table(ids) + self.places.weight[: ids.shape[1]]
        x = x + attend(self.query(x), self.key(x), self.value(x))
        states: Tensor = x + self.narrow(F.gelu(self.wide(x)))
        return states

    def forward(self, ids: Tensor) -> Tensor:
        """Scores [B, T, V] of the token after each."""
        scores: Tensor = self.head(self.states(ids))
        return scores


@dataclass(frozen=True, eq=False)
class Trained:
    """The model after its last step, and its static rows on the way."""

    model: ContextualModel
    rows: Snapshots


def train_model(corpus: Corpus, seed: int = 0, steps: int = STEPS) -> Trained:
    """Train to predict each next token."""
    torch.manual_seed(seed)
    model, text = ContextualModel(len(corpus.words)), torch.from_numpy(corpus.ids)

    def loss() -> Tensor:
        starts = torch.randint(len(text) - LENGTH, (BATCH, 1))
        pieces = text[starts + torch.arange(LENGTH + 1)]
        return F.cross_entropy(model(pieces[:, :-1]).flatten(0, 1), pieces[:, 1:].flatten())

    return Trained(model, fit(torch.optim.Adam(model.parameters(), lr=RATE), loss, steps, lambda: model.table.weight))


def train(corpus: Corpus, seed: int = 0, steps: int = STEPS) -> Snapshots:
    """The static rows on the way through ``steps`` steps.

    >>> from embedbook.learning.corpus import make_corpus
    >>> train(make_corpus(), steps=20).rows.shape
    (21, 429, 32)
    """
    return train_model(corpus, seed, steps).rows


def states_of(model: ContextualModel, corpus: Corpus) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The text in pieces of ``LENGTH`` and a state for each of its tokens: ids [N], states [N, D].

    A last piece that is not full is left out.
    """
    pieces = torch.from_numpy(corpus.ids[: len(corpus.ids) // LENGTH * LENGTH]).view(-1, LENGTH)
    with torch.no_grad():
        states = model.states(pieces).flatten(0, 1)
    return pieces.flatten().numpy(), states.double().numpy()


def mean_states(model: ContextualModel, corpus: Corpus) -> NDArray[np.float64]:
    """The mean state of each word over the text: [V, D]; zeros for a word that never occurs."""
    ids, states = states_of(model, corpus)
    sums = np.zeros((len(corpus.words), states.shape[1]))
    np.add.at(sums, ids, states)
    times = np.bincount(ids, minlength=len(sums))[:, None]
    return np.asarray(sums / np.maximum(times, 1))
