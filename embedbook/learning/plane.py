"""One flat view of rows that move: a plane fitted once, on where they end, and used for every earlier moment.

A map fitted anew at each moment would turn and flip by itself; on a fixed plane only the rows move.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Plane:
    """``center`` [D] and two orthogonal directions ``axes`` [D, 2]; ``explained``: the share of variance they carry."""

    center: NDArray[np.float64] = field(repr=False)
    axes: NDArray[np.float64] = field(repr=False)
    explained: float

    def map(self, rows: ArrayLike) -> NDArray[np.float64]:
        """Where rows [..., D] fall on the plane: [..., 2].

        >>> fit([[0, 0], [4, 0], [0, 1], [4, 1]]).map([2, 0.5]).round(6).tolist()
        [0.0, 0.0]
        """
        return np.asarray((np.asarray(rows, dtype=np.float64) - self.center) @ self.axes)


def fit(rows: ArrayLike) -> Plane:
    """The plane of the two principal components of rows [N, D], centred.

    A principal direction has no sign of its own, so the largest number of each is made positive.

    >>> found = fit([[0, 0, 7], [4, 0, 7], [0, 1, 7], [4, 1, 7]])
    >>> found.axes.round(6).tolist(), round(found.explained, 6)
    ([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], 1.0)
    """
    rows = np.asarray(rows, dtype=np.float64)
    center = rows.mean(axis=0)
    _, spread, directions = np.linalg.svd(rows - center, full_matrices=False)
    axes = directions[:2].T
    largest = np.abs(axes).argmax(axis=0)
    signs = np.sign(axes[largest, [0, 1]])
    return Plane(center, axes * signs, float((spread[:2] ** 2).sum() / (spread**2).sum()))
