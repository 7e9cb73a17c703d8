"""Five small models that learn rows from text, and the one loop that trains them.

In shapes, B is texts or examples at a step, T tokens of a text, V words, D numbers of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedbook.learning.corpus import Corpus
from embedbook.learning.counts import REACH, cooccurrences, pairs
from embedbook.tables import MissingExtraError

try:
    import torch as torch  # other modules take it from here, so that one place says what to do where it is missing
    from torch import Tensor, nn
    from torch.nn import functional as F
except ImportError as error:
    raise MissingExtraError("learning rows", "pip install torch") from error

BATCH, LENGTH = 16, 16
"""Texts a step, and tokens of a text, of the models that read texts."""

DIMENSIONS = 32
Loss = Callable[[], Tensor]


class Model(nn.Module):
    """What the five have in common; ``steps`` and ``rate`` were set by hand so that a run takes seconds."""

    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam
    steps: int
    rate: float
    moments = 20
    """Rows are kept at the start and this often after it, at equal distances."""
    tables = ("table.weight", "head.weight")
    """What the model calls its rows and its outputs."""

    @property
    def rows(self) -> Tensor:
        """The rows [V, D] that the model is asked about."""
        return self.get_parameter(self.tables[0])

    @property
    def outputs(self) -> Tensor:
        """The rows [V, D] on the other side of a product."""
        return self.get_parameter(self.tables[1])

    def loss_on(self, corpus: Corpus) -> Loss:
        """Draws ``BATCH`` texts a call and returns the mean cross-entropy of each token after those before it."""
        text = torch.from_numpy(corpus.ids)  # [N]

        def loss() -> Tensor:
            ids, following = batch(text)  # [B, T] each
            return F.cross_entropy(self(ids).flatten(0, 1), following.flatten())  # [B T, V] against [B T]

        return loss


class NextToken(Model):
    """Rows of the last ``width`` tokens, side by side, to one score a word of the vocabulary.

    ``table.weight`` [V, D] holds the input rows, ``head.weight`` [V, D] the output rows; with ``tied`` they are one
    tensor. Before the first token of a text stand zeros. Numbers are float64, so that the last digits of one processor
    do not grow into other results than another's.

    Source: a plain form of the network of Bengio, Ducharme, Vincent and Jauvin, JMLR 2003.

    >>> scores = NextToken(words=429)(torch.tensor([[1, 2, 3, 4, 5]]))
    >>> list(scores.shape)
    [1, 5, 429]
    """

    steps, rate, moments = 400, 0.01, 40  # 400 x 16 x 16 predictions, about one pass over the corpus

    def __init__(self, words: int, dimensions: int = DIMENSIONS, width: int = 3, *, tied: bool = False) -> None:
        super().__init__()
        self.width = width
        self.table = nn.Embedding(words, dimensions, dtype=torch.float64)
        self.mix = nn.Linear(width * dimensions, dimensions, dtype=torch.float64)
        self.head = nn.Linear(dimensions, words, bias=False, dtype=torch.float64)
        _fresh(self.table, self.head)
        if tied:
            self.head.weight = self.table.weight

    def forward(self, ids: Tensor) -> Tensor:
        """Scores [B, T, V] for the token after each of ``ids`` [B, T]."""
        rows = F.pad(self.table(ids), (0, 0, self.width - 1, 0))  # [B, width - 1 + T, D]
        last = [rows[:, at : at + ids.shape[1]] for at in range(self.width)]  # width times [B, T, D]
        state = torch.tanh(self.mix(torch.cat(last, dim=2)))  # [B, T, width D] to [B, T, D]
        scores: Tensor = self.head(state)  # [B, T, V]
        return scores


class NeuralLanguageModel(Model):
    """The neural probabilistic language model: y = b + Wx + U tanh(d + Hx), x the rows of the last ``width`` words.

    Names are the paper's: ``C`` is the table [V, D]; W, the direct connections, are there; b is the bias of W, d that
    of H. Differences: Adam in place of plain gradient steps, no weight decay.

    Source: Bengio, Ducharme, Vincent and Jauvin, JMLR 2003.
    """

    tables = ("C.weight", "U.weight")
    steps, rate, examples = 240, 0.005, 256

    def __init__(self, words: int, dimensions: int = DIMENSIONS, hidden: int = 32, width: int = 3) -> None:
        super().__init__()
        self.width = width
        self.C = nn.Embedding(words, dimensions)
        self.H = nn.Linear(width * dimensions, hidden)
        self.U = nn.Linear(hidden, words, bias=False)
        self.W = nn.Linear(width * dimensions, words)
        _fresh(self.C, self.U, self.W)

    def forward(self, ids: Tensor) -> Tensor:
        """Scores [B, V] of the word after ``ids`` [B, width]."""
        x = self.C(ids).flatten(1)  # [B, width D]
        scores: Tensor = self.W(x) + self.U(torch.tanh(self.H(x)))  # [B, V]
        return scores

    def loss_on(self, corpus: Corpus) -> Loss:
        """Cross-entropy of the word after a window, over 256 windows a call."""
        windows = torch.from_numpy(corpus.ids).unfold(0, self.width + 1, 1)  # [N - width, width + 1]

        def loss() -> Tensor:
            chosen = windows[torch.randint(len(windows), (self.examples,))]  # [B, width + 1]
            return F.cross_entropy(self(chosen[:, :-1]), chosen[:, -1])  # [B, V] against [B]

        return loss


class SkipGram(Model):
    """Skip-gram with negative sampling: rows of words, and rows of the contexts that they are to tell from noise.

    Differences: no subsampling of frequent words, a window of fixed width, Adam in place of plain gradient steps.

    Source: Mikolov, Sutskever, Chen, Corrado and Dean, NIPS 2013.
    """

    tables = ("words", "contexts")
    steps, rate, examples, negatives, power = 400, 0.01, 512, 5, 0.75

    def __init__(self, words: int, dimensions: int = DIMENSIONS, reach: int = REACH) -> None:
        super().__init__()
        self.reach = reach
        self.words = nn.Parameter((torch.rand(words, dimensions) - 0.5) / dimensions)
        self.contexts = nn.Parameter(torch.zeros(words, dimensions))

    def loss_on(self, corpus: Corpus) -> Loss:
        """The loss on 512 pairs a call; noise words are drawn by count to the power 0.75."""
        near = torch.from_numpy(pairs(corpus, self.reach))  # [P, 2]
        noise = torch.from_numpy(corpus.counts**self.power)  # [V]

        def loss() -> Tensor:
            word, context = near[torch.randint(len(near), (self.examples,))].T  # [B] each
            drawn = torch.multinomial(noise, self.examples * self.negatives, replacement=True)
            drawn = drawn.view(self.examples, self.negatives)  # [B, k]
            return negative_sampling_loss(self.words[word], self.contexts[context], self.contexts[drawn])

        return loss


def negative_sampling_loss(row: Tensor, seen: Tensor, drawn: Tensor) -> Tensor:
    """Minus the objective of Mikolov and others (NIPS 2013), equation 4, averaged over the batch.

    ``row`` [B, D] of the words, ``seen`` [B, D] of the contexts that stood near them, ``drawn`` [B, k, D] of contexts
    drawn as noise.

    >>> zeros = torch.zeros(1, 2)
    >>> round(negative_sampling_loss(zeros, zeros, torch.zeros(1, 5, 2)).item(), 4)  # six times log 2
    4.1589
    """
    right = (row * seen).sum(1)  # [B]
    wrong = (drawn @ row[:, :, None])[:, :, 0]  # [B, k, D] by [B, D, 1]: [B, k]
    return -(F.logsigmoid(right) + F.logsigmoid(-wrong).sum(1)).mean()


class GloVe(Model):
    """A weighted factorisation of log counts: two tables [V, D] and two biases [V]; its rows are the tables' sum.

    Difference: each step of AdaGrad sees all pairs at once; the paper's sees one pair after another.

    Source: Pennington, Socher and Manning, EMNLP 2014.
    """

    optimizer = torch.optim.Adagrad
    tables = ("w", "w_tilde")
    steps, rate = 100, 0.1
    full, power = 100, 0.75
    """The paper's x_max and alpha."""

    def __init__(self, words: int, dimensions: int = DIMENSIONS, reach: int = REACH) -> None:
        super().__init__()
        self.reach = reach
        self.w = nn.Parameter((torch.rand(words, dimensions) - 0.5) / dimensions)
        self.w_tilde = nn.Parameter((torch.rand(words, dimensions) - 0.5) / dimensions)
        self.b = nn.Parameter(torch.zeros(words))
        self.b_tilde = nn.Parameter(torch.zeros(words))

    @property
    def rows(self) -> Tensor:
        """The sum w + w~ [V, D], as in the paper's section 4.2."""
        return self.w + self.w_tilde

    def forward(self) -> Tensor:
        """What stands for the log count of each pair: [V, V]."""
        return self.w @ self.w_tilde.T + self.b[:, None] + self.b_tilde

    def loss(self, counts: Tensor) -> Tensor:
        """J, the paper's equation 8, on counts [V, V]: the sum of f(X) (w . w~ + b + b~ - log X) squared.

        f, equation 9, is 0 for pairs that never met, (x / 100) to the power 0.75, and 1 from 100 on.
        """
        weights = (counts / self.full).clamp(max=1) ** self.power  # [V, V]
        log_counts = torch.where(counts > 0, counts, 1).log()  # [V, V]
        total: Tensor = (weights * (self() - log_counts) ** 2).sum()
        return total

    def loss_on(self, corpus: Corpus) -> Loss:
        """The loss on all pairs of the corpus."""
        counts = torch.tensor(cooccurrences(corpus, self.reach), dtype=torch.float32)  # [V, V]
        return lambda: self.loss(counts)


class ContextualModel(Model):
    """Rows and places, one layer of causal attention and one of plain network, each added to what was there.

    ``table.weight`` [V, D] holds the static rows, ``states`` gives the contextual ones: another vector in each text.

    Source: such vectors come from recurrent networks in Peters and others (2018), from causal attention (Vaswani and
    others, NIPS 2017, equation 1 with the mask of section 3.2.3) in Radford and others (2018).
    """

    steps, rate = 240, 0.01

    def __init__(self, words: int, dimensions: int = DIMENSIONS, length: int = LENGTH) -> None:
        super().__init__()
        self.table = nn.Embedding(words, dimensions)
        self.places = nn.Embedding(length, dimensions)
        self.query, self.key, self.value = (nn.Linear(dimensions, dimensions) for _ in range(3))
        self.wide = nn.Linear(dimensions, 4 * dimensions)
        self.narrow = nn.Linear(4 * dimensions, dimensions)
        self.head = nn.Linear(dimensions, words, bias=False)
        _fresh(self.table, self.places, self.head)

    def states(self, ids: Tensor) -> Tensor:
        """One vector a token of ``ids`` [B, T], which knows the tokens before it: [B, T, D]."""
        x = self.table(ids) + self.places.weight[: ids.shape[1]]  # [B, T, D]
        x = x + F.scaled_dot_product_attention(self.query(x), self.key(x), self.value(x), is_causal=True)
        states: Tensor = x + self.narrow(F.gelu(self.wide(x)))
        return states

    def forward(self, ids: Tensor) -> Tensor:
        """Scores [B, T, V] of the token after each."""
        scores: Tensor = self.head(self.states(ids))
        return scores


def mean_states(model: ContextualModel, corpus: Corpus) -> NDArray[np.float64]:
    """The mean state of each word over the text: [V, D]; zeros for a word that never occurs.

    The text is read in pieces as long as the model reads; a last piece that is not full is left out.
    """
    length = len(model.places.weight)
    pieces = torch.from_numpy(corpus.ids[: len(corpus.ids) // length * length]).view(-1, length)  # [N / T, T]
    with torch.no_grad():
        states = model.states(pieces).flatten(0, 1).double()  # [N, D]
    sums = torch.zeros(len(corpus.words), states.shape[1], dtype=torch.float64)  # [V, D]
    sums = sums.index_add(0, pieces.flatten(), states)
    times = torch.bincount(pieces.flatten(), minlength=len(sums))[:, None]  # [V, 1]
    return numbers(sums / times.clamp(min=1))


MODELS: Mapping[str, type[Model]] = {
    "next token": NextToken,
    "neural language model": NeuralLanguageModel,
    "skip-gram": SkipGram,
    "GloVe": GloVe,
    "contextual model": ContextualModel,
}


def batch(text: Tensor) -> tuple[Tensor, Tensor]:
    """``BATCH`` pieces of ``LENGTH`` tokens from random places of a text [N], and for each token the one after it.

    >>> _ = torch.manual_seed(0)
    >>> ids, following = batch(torch.arange(100))
    >>> list(ids.shape), bool((following == ids + 1).all())
    ([16, 16], True)
    """
    starts = torch.randint(len(text) - LENGTH, (BATCH, 1))
    pieces = text[starts + torch.arange(LENGTH + 1)]  # [B, T + 1]
    return pieces[:, :-1], pieces[:, 1:]


def fit(
    optimizer: torch.optim.Optimizer, loss: Loss, keep: Collection[int], watch: Callable[[], Tensor]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take steps down ``loss`` to the last of ``keep``: the loss of each step, and ``watch()`` after each kept one.

    >>> number = torch.nn.Parameter(torch.tensor([[4.0]]))
    >>> half = torch.optim.SGD([number], lr=0.25)
    >>> losses, seen = fit(half, lambda: (number**2).sum(), (0, 2, 3), lambda: number)
    >>> losses.tolist(), seen.ravel().tolist()
    ([16.0, 4.0, 1.0], [4.0, 1.0, 0.5])
    """
    losses, seen = [], []
    for step in range(max(keep) + 1):
        if step:
            value = loss()
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            losses.append(value.item())
        if step in keep:
            seen.append(numbers(watch()))
    return np.array(losses), np.array(seen)


def numbers(tensor: Tensor) -> NDArray[np.float64]:
    """A copy of a tensor's numbers."""
    return tensor.detach().double().numpy().copy()


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Within it a run depends on its seed alone; what the caller had set and drawn comes back after it.

    One thread: several may add up in any order.
    """
    threads, kind = torch.get_num_threads(), torch.get_default_dtype()
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)
        torch.set_default_dtype(kind)


def _fresh(*parts: Any) -> None:
    for part in parts:
        nn.init.normal_(part.weight, std=0.02)
