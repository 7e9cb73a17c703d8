"""Point clouds whose truth is known, because they were drawn that way: what a map makes of them can be checked.

After the experiments of Wattenberg, Viégas and Johnson (2016), with numbers.
"""

from __future__ import annotations

import numpy as np

from embedbook.maps.methods import Points
from embedbook.maps.scores import spread

CLUSTER, DIMENSIONS = 50, 10
"""Points in a cluster, numbers of a point."""
WIDE = 10.0
"""How many times as wide as the narrow cluster the wide one is drawn, and the far gap as the near one."""


def two_sizes() -> Points:
    """Two clusters far apart, the second drawn ten times as wide as the first: [100, 10].

    >>> points = two_sizes()
    >>> 8 < size_ratio(points) < 12
    True
    """
    points = np.random.default_rng(0).normal(size=(2 * CLUSTER, DIMENSIONS))
    points[CLUSTER:] *= WIDE
    points[CLUSTER:, 0] += 200
    return points


def three_distances() -> Points:
    """Three equal clusters on a line, the second gap ten times the first: [150, 10].

    >>> 9 < gap_ratio(three_distances()) < 11
    True
    """
    points = np.random.default_rng(1).normal(size=(3 * CLUSTER, DIMENSIONS))
    points[CLUSTER : 2 * CLUSTER, 0] += 10
    points[2 * CLUSTER :, 0] += 10 + 10 * WIDE
    return points


def noise() -> Points:
    """300 points of one normal cloud in 50 dimensions: no cluster anywhere.

    >>> noise().shape
    (300, 50)
    """
    return np.random.default_rng(2).normal(size=(300, 50))


def size_ratio(points: Points) -> float:
    """How many times as wide as the first cluster of :func:`two_sizes` the second is, on points or on a map."""
    return spread(points[CLUSTER:]) / spread(points[:CLUSTER])


def gap_ratio(points: Points) -> float:
    """How many times the gap between the first two clusters of :func:`three_distances` the next gap is."""
    first, second, third = points.reshape(3, CLUSTER, -1).mean(axis=1)  # three times [D]
    return float(np.linalg.norm(third - second) / np.linalg.norm(second - first))
