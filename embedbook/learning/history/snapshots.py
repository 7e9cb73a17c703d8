"""What every algorithm of this folder has in common: steps of an optimiser, and rows that are kept on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from embedbook.tables import MissingExtraError

try:
    import torch
    from torch import Tensor
except ImportError as error:
    raise MissingExtraError("embedbook.learning.history", "pip install torch") from error

KEPT = 20
"""Rows are kept at the start and this often after it, at equal distances."""

DIMENSIONS = 32
"""How many numbers a row has, with every algorithm."""


@dataclass(frozen=True, eq=False)
class Snapshots:
    """Rows after some of the steps: ``steps`` [S], ``rows`` float64 [S, V, D], ``losses`` one a step."""

    steps: tuple[int, ...]
    rows: NDArray[np.float64] = field(repr=False)
    losses: NDArray[np.float64] = field(repr=False)

    @property
    def last(self) -> NDArray[np.float64]:
        """The rows after the last step: [V, D]."""
        last: NDArray[np.float64] = self.rows[-1]
        return last


def fit(
    optimizer: torch.optim.Optimizer,
    loss: Callable[[], Tensor],
    steps: int,
    rows: Callable[[], Tensor],
    kept: int = KEPT,
) -> Snapshots:
    """Take ``steps`` steps down ``loss``, which draws its own examples, and keep ``rows()`` at ``kept`` + 1 moments.

    Raises ValueError where ``steps`` is no multiple of ``kept``.

    >>> number = torch.nn.Parameter(torch.tensor([[4.0]]))
    >>> half = torch.optim.SGD([number], lr=0.25)
    >>> fit(half, lambda: (number**2).sum(), 2, lambda: number, kept=2).rows.ravel().tolist()
    [4.0, 2.0, 1.0]
    """
    if steps % kept:
        raise ValueError(f"{steps} steps do not part into {kept} equal parts")
    moments = tuple(range(0, steps + 1, steps // kept))
    seen, losses = [_copy(rows())], []
    for step in range(1, steps + 1):
        value = loss()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
        if step in moments:
            seen.append(_copy(rows()))
    return Snapshots(moments, np.array(seen), np.array(losses))


def _copy(rows: Tensor) -> NDArray[np.float64]:
    return rows.detach().double().numpy().copy()
