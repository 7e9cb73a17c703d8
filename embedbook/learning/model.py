"""The smallest network that shows how rows are learned by predicting the next token."""

from __future__ import annotations

from embedbook.tables import MissingExtraError

try:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional as F
except ImportError as error:
    raise MissingExtraError("embedbook.learning.model", "pip install torch") from error


class NextToken(nn.Module):
    """Rows of the last ``width`` tokens, side by side, to one score a word of the vocabulary.

    ``table.weight`` [V, D] holds the input rows, ``head.weight`` [V, D] the output rows; with ``tied`` they are one
    tensor. Rows start as normal noise of standard deviation ``spread``. Before the first token of a text stand zeros.
    Numbers are float64, so that the last digits of one processor do not grow into other results than another's.
    With ``sparse`` the table's gradient lists only the rows that were looked up, as SparseAdam wants it.

    Source: a plain form of the network of Bengio, Ducharme, Vincent and Jauvin, JMLR 2003.

    >>> scores = NextToken(words=429)(torch.tensor([[1, 2, 3, 4, 5]]))
    >>> list(scores.shape)
    [1, 5, 429]
    """

    def __init__(
        self,
        words: int,
        dimensions: int = 32,
        width: int = 3,
        spread: float = 0.02,
        *,
        tied: bool = False,
        sparse: bool = False,
    ) -> None:
        super().__init__()
        self.width = width
        self.table = nn.Embedding(words, dimensions, sparse=sparse, dtype=torch.float64)
        self.mix = nn.Linear(width * dimensions, dimensions, dtype=torch.float64)
        self.head = nn.Linear(dimensions, words, bias=False, dtype=torch.float64)
        nn.init.normal_(self.table.weight, std=spread)
        nn.init.normal_(self.head.weight, std=spread)
        if tied:
            self.head.weight = self.table.weight

    def forward(self, ids: Tensor) -> Tensor:
        """Scores [B, T, V] for the token after each of ``ids`` [B, T]."""
        rows, length = F.pad(self.table(ids), (0, 0, self.width - 1, 0)), ids.shape[1]
        last = [rows[:, at : at + length] for at in range(self.width)]
        scores: Tensor = self.head(torch.tanh(self.mix(torch.cat(last, dim=2))))
        return scores
