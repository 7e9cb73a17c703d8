"""From D numbers a point to two: principal components, and t-SNE with the probabilities that it starts from."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedbook.tables import MissingExtraError

Points = NDArray[np.float64]
"""n points [n, D]; a map is [n, 2]."""

FEWEST = 3
FEWEST_ITERATIONS = 250
"""scikit-learn's least: in that many iterations the early exaggeration is over."""


@dataclass(frozen=True, eq=False)
class Components:
    """A map by principal components: ``coords`` [n, 2], and the share of all variance that each axis explains."""

    coords: Points
    explained: tuple[float, ...]


def as_points(vectors: ArrayLike, *, unit: bool = False) -> Points:
    """n points as float64 [n, D]; with ``unit`` each divided by its length.

    Raises ValueError for fewer than 3 points, another shape, an undefined number, or a row of zeros where ``unit``.

    >>> as_points([[3, 4], [0, 2], [1, 0]], unit=True)[0].tolist()
    [0.6, 0.8]
    """
    points = np.asarray(vectors, dtype=np.float64)
    if points.ndim != 2 or not points.shape[1]:
        raise ValueError(f"expected points [n, D], got shape {list(points.shape)}")
    if len(points) < FEWEST:
        raise ValueError(f"a map needs at least {FEWEST} points, got {len(points)}")
    if not np.isfinite(points).all():
        raise ValueError("points with infinite or undefined numbers have no place on a map")
    if not unit:
        return points
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    if not lengths.all():
        raise ValueError("a row of zeros has no direction; leave it out, or compare raw rows with unit=False")
    return np.asarray(points / lengths)


def squared_distances(points: Points) -> Points:
    """[n, n], each entry from the differences themselves: whole numbers stay exact, equal points get 0.

    >>> squared_distances(np.array([[0.0, 0.0], [3.0, 4.0]])).tolist()
    [[0.0, 25.0], [25.0, 0.0]]
    """
    squares = np.zeros((len(points), len(points)))
    for column in points.T:
        squares += (column[:, None] - column[None]) ** 2
    return squares


def pca(vectors: ArrayLike, components: int = 2, *, unit: bool = True) -> Components:
    """The directions in which n points spread most, exactly (no random solver): coordinates [n, components].

    The points are scaled to length 1 first, unless ``unit`` is False, and centred. Each axis is turned so that its
    largest entry is positive. Source: Pearson (1901), by the singular value decomposition.

    >>> line = pca([[0, 0], [1, 1], [2, 2], [3, 3]], unit=False)
    >>> [round(share, 6) for share in line.explained], line.coords.round(2)[:, 0].tolist()
    ([1.0, 0.0], [-2.12, -0.71, 0.71, 2.12])
    """
    points = as_points(vectors, unit=unit)
    if not 1 <= components <= min(points.shape):
        raise ValueError(f"components must be 1 to {min(points.shape)} for points {list(points.shape)}")
    centred = points - points.mean(axis=0)
    _, spreads, axes = np.linalg.svd(centred, full_matrices=False)
    largest = np.abs(axes).argmax(axis=1)
    axes *= np.sign(axes[np.arange(len(axes)), largest])[:, None]
    variances = spreads**2
    total = float(variances.sum())
    shares = variances[:components] / total if total else np.zeros(components)
    return Components(np.asarray(centred @ axes[:components].T), tuple(float(share) for share in shares))


def tsne(
    vectors: ArrayLike,
    perplexity: float = 8,
    seed: int = 42,
    *,
    init: Literal["random", "pca"] = "random",
    iterations: int = 1_000,
    unit: bool = True,
) -> Points:
    """A map [n, 2] by scikit-learn's t-SNE, which tries to keep every point's neighbours.

    The rows are scaled to length 1 first: among unit rows the order by distance, which t-SNE sees, is the order by
    cosine, which page 03 sees. With ``unit=False`` it compares raw rows. ``seed`` draws the start; with
    ``init="pca"``, which is scikit-learn's own default, the start is the map by principal components.

    Another processor may give another map from the same seed: compare scores over seeds, never coordinates.
    Raises ValueError for a perplexity that is not between 1 and n, and for fewer than 250 iterations.
    Source: van der Maaten and Hinton (2008).

    >>> tsne(np.eye(12), perplexity=3, iterations=250).shape
    (12, 2)
    """
    points = as_points(vectors, unit=unit)
    _check_perplexity(perplexity, len(points))
    if init not in ("random", "pca"):
        raise ValueError(f"init must be 'random' or 'pca', got {init!r}")
    if iterations < FEWEST_ITERATIONS:
        raise ValueError(f"iterations must be {FEWEST_ITERATIONS} or more, got {iterations}")
    model = sklearn_tsne()(perplexity=perplexity, random_state=seed, init=init, max_iter=iterations)
    with one_thread():
        return np.asarray(model.fit_transform(points), dtype=np.float64)


def one_thread() -> AbstractContextManager[Any]:
    """Within it t-SNE runs on one thread: several may add up in any order, and a run should repeat itself.

    For a few hundred points it costs no time: on a busy machine several threads mostly wait for one another.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # scikit-learn brings it

    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits


def random_start(n: int, seed: int = 42) -> Points:
    """Where scikit-learn's t-SNE puts n points before its first step with ``init="random"``: [n, 2].

    >>> random_start(3).shape, bool(abs(random_start(1_000)).max() < 0.001)
    ((3, 2), True)
    """
    drawn = np.random.RandomState(seed).standard_normal(size=(n, 2))
    return np.asarray(1e-4 * drawn, dtype=np.float64)


def conditional_probabilities(vectors: ArrayLike, perplexity: float = 8, *, unit: bool = True) -> Points:
    """What t-SNE calls a neighbour: [n, n], line i the probability p(j|i) that point i picks point j.

    Line i is a normal curve around point i, as wide as makes 2 to the power of its entropy the perplexity.
    Source: van der Maaten and Hinton (2008), equation 1.

    >>> p = conditional_probabilities([[0.0, 1], [1, 0], [1, 0.1], [-1, 0]], perplexity=2)
    >>> p.sum(axis=1).round(6).tolist(), p.diagonal().tolist()
    ([1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0])
    """
    points = as_points(vectors, unit=unit)
    _check_perplexity(perplexity, len(points))
    squares = squared_distances(points)
    probabilities = np.zeros(squares.shape)
    for i, line in enumerate(squares):
        others = np.arange(len(line)) != i
        probabilities[i, others] = _at_perplexity(line[others], perplexity)
    return probabilities


def _at_perplexity(squares: Points, perplexity: float) -> Points:
    """The probabilities of points at these squared distances, found by halving an interval of precisions."""
    nearer = squares - squares.min()
    low, high, precision = 0.0, np.inf, 1.0
    weights = np.ones(len(nearer))
    for _ in range(200):
        curve = np.exp(-nearer * precision)
        weights = np.asarray(curve / curve.sum())
        entropy = -float((weights * np.log2(np.where(weights > 0, weights, 1))).sum())
        if abs(entropy - np.log2(perplexity)) < 1e-10:
            break
        if entropy > np.log2(perplexity):
            low = precision
        else:
            high = precision
        precision = 2 * precision if np.isinf(high) else (low + high) / 2
    return weights


def _check_perplexity(perplexity: float, n: int) -> None:
    if not 1 <= perplexity < n:
        raise ValueError(f"perplexity must be at least 1 and below the number of points, {n}; got {perplexity:g}")


def sklearn_tsne() -> Any:
    """scikit-learn's class. Raises MissingExtraError where it is not installed."""
    try:
        from sklearn.manifold import TSNE
    except ImportError as error:
        raise MissingExtraError("t-SNE", "pip install scikit-learn") from error
    return TSNE
