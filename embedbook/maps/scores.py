"""How far a map can be trusted: what it keeps of the neighbours in the full table, with the level of chance beside.

In all scores ``vectors`` are rows [n, D], ``coords`` their places on a map [n, 2], ``points`` either. A ValueError says
where two lists do not match, where k is out of range, and where a number is undefined.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedbook.maps.methods import Points, as_points, library, squared_distances
from embedbook.probes import as_labels, same_label, shared
from embedbook.tables.errors import whole


def nearest(points: ArrayLike, k: int = 10, *, unit: bool = False) -> NDArray[np.intp]:
    """For each of n points its k nearest others, nearest first: [n, k]; of equally near ones the lower index first.

    With ``unit`` the rows are scaled to length 1, so that nearest means of largest cosine.

    >>> nearest([[0.0], [1.0], [3.0]], k=1).tolist()
    [[1], [0], [1]]
    """
    positions = as_points(points, unit=unit)
    k = whole(k, "k", 1, len(positions) - 1)
    squares = squared_distances(positions)  # [n, n]
    np.fill_diagonal(squares, np.inf)
    return np.argsort(squares, axis=1, kind="stable")[:, :k]  # top_k would round: a start is a ten-thousandth wide


def neighbor_recall(vectors: ArrayLike, coords: ArrayLike, k: int = 10, *, unit: bool = True) -> float:
    """The share of the k true neighbours of a point that are among its k neighbours on the map, mean over points.

    True neighbours are those of largest cosine, or with ``unit=False`` of least distance between raw rows; neighbours
    on the map those of least distance. A map drawn at random scores :func:`chance_recall`.

    >>> line, folded = [[1.0], [2.0], [3.0], [4.0]], [[1.0], [2.0], [1.1], [2.1]]
    >>> neighbor_recall(line, line, k=1, unit=False), neighbor_recall(line, folded, k=1, unit=False)
    (1.0, 0.0)
    """
    points, positions = _both(vectors, coords, unit)
    return shared(nearest(points, k), nearest(positions, k))


def chance_recall(n: int, k: int = 10) -> float:
    """The recall of a map of n points drawn at random: k / (n - 1).

    >>> chance_recall(41, k=10)
    0.25
    """
    return whole(k, "k", 1, n - 1) / (n - 1)


def trustworthiness(vectors: ArrayLike, coords: ArrayLike, k: int = 10, *, unit: bool = True) -> float:
    """scikit-learn's trustworthiness, 0 to 1: a neighbour on the map that is none costs its rank beyond the k-th.

    A far intruder costs much and a near one little, so a map that mixes up the near ones still scores high.
    ``k`` must be below n / 2. Source: Venna and Kaski (2001).

    >>> line = [[1.0], [2.0], [4.0], [8.0], [16.0]]
    >>> trustworthiness(line, line, k=2, unit=False)
    1.0
    """
    points, positions = _both(vectors, coords, unit)
    k = whole(k, "k", 1, (len(points) - 1) // 2)
    return float(library("sklearn.manifold").trustworthiness(points, positions, n_neighbors=k))


def same_class(points: ArrayLike, classes: ArrayLike, k: int = 5, *, unit: bool = False) -> float:
    """The share of the k nearest points that are of a point's own class, mean over points. Chance: ``chance_same``.

    >>> same_class([[0.0], [1.0], [9.0], [10.0]], ["a", "a", "b", "b"], k=1)
    1.0
    """
    return float(same_label(nearest(points, k, unit=unit), classes).mean())


def silhouette(points: ArrayLike, classes: ArrayLike, *, unit: bool = False) -> float:
    """scikit-learn's silhouette, -1 to 1: how much nearer a point is to its class than to the nearest other class.

    Near 0 the classes overlap. Source: Rousseeuw (1987).

    >>> round(silhouette([[0.0], [1.0], [9.0], [10.0]], ["a", "a", "b", "b"]), 2)
    0.89
    """
    positions = as_points(points, unit=unit)
    return float(library("sklearn.metrics").silhouette_score(positions, as_labels(classes, len(positions))))


def distance_order(vectors: ArrayLike, coords: ArrayLike, *, far: bool = False, unit: bool = True) -> float:
    """Rank correlation (Spearman's) of all pairwise distances on the map with those in the table: the global order.

    ``far`` counts only the pairs that are at least as far apart in the table as the middle pair.

    >>> line = [[1.0], [2.0], [4.0], [8.0]]
    >>> round(distance_order(line, line, unit=False), 6)
    1.0
    """
    points, positions = _both(vectors, coords, unit)
    upper = np.triu_indices(len(points), 1)
    true, drawn = squared_distances(points)[upper], squared_distances(positions)[upper]  # [n (n - 1) / 2] each
    counted = true >= np.median(true) if far else np.ones(len(true), dtype=bool)
    return float(library("scipy.stats").spearmanr(true[counted], drawn[counted]).statistic)


def clumping(coords: ArrayLike) -> float:
    """The index of Clark and Evans (1954) within the points' hull: 1 for points strewn at random, below 1 for clumps.

    It is the mean distance to the nearest neighbour over its expectation, half the root of the area a point has.
    Raises ValueError for points without an area, on one line.

    >>> square = [[x, y] for x in range(5) for y in range(5)]
    >>> clumping(square) > 1
    True
    """
    spatial, points = library("scipy.spatial"), as_points(coords)
    if points.shape[1] != 2 or np.linalg.matrix_rank(points - points.mean(axis=0)) < 2:
        raise ValueError("clumps are looked for on points [n, 2] that have an area: these lie on one line, or in none")
    distances, _ = spatial.cKDTree(points).query(points, k=2)  # [n, 2]: each point itself, and the next
    area = float(spatial.ConvexHull(points).volume)  # of a hull in the plane, scipy calls the area its volume
    return float(distances[:, 1].mean() / (0.5 * np.sqrt(area / len(points))))


def spread(points: ArrayLike) -> float:
    """How far points lie from their middle: root of the mean squared distance.

    >>> spread([[0, 0], [2, 0], [1, 0]]) == (2 / 3) ** 0.5
    True
    """
    positions = as_points(points)
    return float(np.sqrt(((positions - positions.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _both(vectors: ArrayLike, coords: ArrayLike, unit: bool) -> tuple[Points, Points]:
    points, positions = as_points(vectors, unit=unit), as_points(coords)
    if len(points) != len(positions):
        raise ValueError(f"{len(points)} vectors, but {len(positions)} places on the map")
    return points, positions
