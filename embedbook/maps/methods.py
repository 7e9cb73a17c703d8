"""From D numbers a point to two: principal components, and t-SNE with the probabilities that it starts from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedbook.cache import kept
from embedbook.geometry import unit as at_length_1
from embedbook.probes import as_rows
from embedbook.tables import errors

Points: TypeAlias = NDArray[np.float64]
"""n points [n, D]; a map is [n, 2]."""

Start: TypeAlias = int | Literal["pca"]
"""A seed for a random start, or the map by principal components."""

FEWEST_ITERATIONS = 250
"""scikit-learn's least: in that many iterations the early exaggeration is over."""


def as_points(vectors: ArrayLike, *, unit: bool = False) -> Points:
    """n points as float64 [n, D]; with ``unit`` each divided by its length.

    Raises ValueError for fewer than 3 points, another shape, an undefined number, or a row of zeros where ``unit``.

    >>> as_points([[3, 4], [0, 2], [1, 0]], unit=True)[0].tolist()
    [0.6, 0.8]
    """
    points = as_rows(vectors, fewest=3)
    if unit and not points.any(axis=1).all():
        raise ValueError("a row of zeros has no direction; leave it out, or compare raw rows with unit=False")
    return at_length_1(points) if unit else points


def squared_distances(points: Points) -> Points:
    """[n, n], each entry from the differences themselves: whole numbers stay exact, equal points get 0.

    >>> squared_distances(np.array([[0.0, 0.0], [3.0, 4.0]])).tolist()
    [[0.0, 25.0], [25.0, 0.0]]
    """
    squares = np.zeros((len(points), len(points)))
    for column in points.T:
        squares += (column[:, None] - column[None]) ** 2  # [n, 1] less [1, n]
    return squares


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of n points: ``coords`` [n, c] is their map.

    ``center`` [D] and the orthogonal ``axes`` [D, c] put any rows on it; ``explained`` is the share of all variance
    that each axis has.
    """

    coords: Points
    center: Points
    axes: Points
    explained: tuple[float, ...]
    unit: bool

    def transform(self, rows: ArrayLike) -> Points:
        """Where rows [..., D] fall on the map, which stays as it is: [..., c].

        >>> pca([[0, 0], [4, 0], [0, 1], [4, 1]], unit=False).transform([2, 0.5]).round(6).tolist()
        [0.0, 0.0]
        """
        points = np.asarray(rows, dtype=np.float64)
        return np.asarray(((at_length_1(points) if self.unit else points) - self.center) @ self.axes)


def pca(vectors: ArrayLike, components: int = 2, *, unit: bool = True) -> Components:
    """The directions in which n points [n, D] spread most, exactly (no random solver).

    The points are scaled to length 1 first, unless ``unit`` is False, and centred. Each axis is turned so that its
    largest entry is positive. Raises ValueError for less than one component or more than points or dimensions.
    Source: Pearson (1901), by the singular value decomposition.

    >>> line = pca([[0, 0], [1, 1], [2, 2], [3, 3]], unit=False)
    >>> [round(share, 6) for share in line.explained], line.coords.round(2)[:, 0].tolist()
    ([1.0, 0.0], [-2.12, -0.71, 0.71, 2.12])
    """
    points = as_points(vectors, unit=unit)
    components = errors.whole(components, "components", 1, min(points.shape))
    center = points.mean(axis=0)
    _, spreads, axes = np.linalg.svd(points - center, full_matrices=False)  # axes: [D or n, D]
    largest = np.abs(axes).argmax(axis=1)
    axes *= np.sign(axes[np.arange(len(axes)), largest])[:, None]
    variances = spreads**2
    shares = variances[:components] / (variances.sum() or 1)
    turned = axes[:components].T  # [D, c]
    return Components((points - center) @ turned, center, turned, tuple(shares.tolist()), unit)


def tsne(
    vectors: ArrayLike,
    perplexity: float = 8,
    seed: int = 42,
    *,
    init: Literal["random", "pca"] = "random",
    iterations: int = 1_000,
    unit: bool = True,
) -> Points:
    """A map [n, 2] by scikit-learn's t-SNE, which tries to keep every point's neighbours; one made before is read.

    The rows are scaled to length 1 first: among unit rows the order by distance, which t-SNE sees, is the order by
    cosine, which page 03 sees. With ``unit=False`` it compares raw rows. ``seed`` draws the start; with
    ``init="pca"``, which is scikit-learn's own default, the start is the map by principal components.

    Another processor may give another map from the same seed: compare scores over seeds, never coordinates.
    Raises ValueError for a perplexity that these points cannot have, and for fewer than 250 iterations.
    Source: van der Maaten and Hinton (2008).

    >>> tsne(np.random.default_rng(0).normal(size=(12, 3)), perplexity=3, iterations=250).shape
    (12, 2)
    """
    points = as_points(vectors, unit=unit)
    _check_perplexity(perplexity, squared_distances(points))
    if init not in ("random", "pca"):
        raise ValueError(f"init must be 'random' or 'pca', got {init!r}")
    seed = errors.whole(seed, "seed")
    iterations = errors.whole(iterations, "iterations", FEWEST_ITERATIONS)
    settings = {"perplexity": perplexity, "random_state": seed, "init": init, "max_iter": iterations}
    given = f"{settings} {points.shape} {hashlib.sha256(points.tobytes()).hexdigest()}"
    made = kept("map", given, lambda: json.dumps(fitted_map(points, **settings).tolist()).encode(), rooms=("maps",))
    return np.array(json.loads(made))


def fitted_map(points: Points, **settings: Any) -> Points:
    """What scikit-learn's TSNE makes of points [n, D]: [n, 2], on one thread, so that a run repeats itself.

    Several threads may add up in any order, and for a few hundred points they mostly wait for one another.
    """
    model = library("sklearn.manifold").TSNE(**settings)
    with library("threadpoolctl").threadpool_limits(1):  # scikit-learn brings it
        return np.asarray(model.fit_transform(points), dtype=np.float64)


def random_start(n: int, seed: int = 42) -> Points:
    """Where scikit-learn's t-SNE puts n points before its first step with ``init="random"``: [n, 2].

    >>> random_start(3).shape, bool(abs(random_start(1_000)).max() < 0.001)
    ((3, 2), True)
    """
    drawn = np.random.RandomState(seed).standard_normal(size=(n, 2))
    return np.asarray(1e-4 * drawn, dtype=np.float64)


def mapped(vectors: Points, perplexity: float, start: Start, iterations: int, *, unit: bool = True) -> Points:
    """The map [n, 2] after so many iterations from a start; at 0 the start itself."""
    if not iterations:
        return pca(vectors, unit=unit).coords if start == "pca" else random_start(len(vectors), start)
    if start == "pca":
        return tsne(vectors, perplexity, init="pca", iterations=iterations, unit=unit)
    return tsne(vectors, perplexity, start, iterations=iterations, unit=unit)


def conditional_probabilities(vectors: ArrayLike, perplexity: float = 8, *, unit: bool = True) -> Points:
    """What t-SNE calls a neighbour: [n, n], line i the probability p(j|i) that point i picks point j.

    Line i is a normal curve around point i, as wide as makes 2 to the power of its entropy the perplexity. Raises
    ValueError for a perplexity that these points cannot have.
    Source: van der Maaten and Hinton (2008), equation 1.

    >>> p = conditional_probabilities([[0.0, 1], [1, 0], [1, 0.1], [-1, 0]], perplexity=2)
    >>> p.sum(axis=1).round(6).tolist(), p.diagonal().tolist()
    ([1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0])
    """
    squares = squared_distances(as_points(vectors, unit=unit))  # [n, n]
    _check_perplexity(perplexity, squares)
    probabilities = np.zeros(squares.shape)
    entropy, softmax = library("scipy.stats").entropy, library("scipy.special").softmax
    for i, line in enumerate(squares):
        others = np.arange(len(line)) != i
        nearer = line[others] / line[others].mean()  # [n - 1]

        def curve(log_precision: float, nearer: Points = nearer) -> Any:
            return softmax(-nearer * np.exp(log_precision))

        at = library("scipy.optimize").brentq(lambda x: entropy(curve(x), base=2) - np.log2(perplexity), -50, 50)
        probabilities[i, others] = curve(at)
    return probabilities


def _check_perplexity(perplexity: float, squares: Points) -> None:
    """The curves of a point reach from its nearest neighbours alone to all of them alike: no other number is one."""
    n = len(squares)
    if not isinstance(perplexity, Real):
        raise TypeError(f"perplexity must be a number, got {perplexity!r:.40}")
    if not 1 <= perplexity < n - 1:
        raise ValueError(
            f"perplexity must be at least 1 and below the number of neighbours that a point has, {n - 1}; "
            f"got {perplexity:g}"
        )
    apart = squares + np.diag(np.full(n, np.inf))
    ties = (apart == apart.min(axis=1, keepdims=True)).sum(axis=1)  # [n]
    if ties.max() > perplexity:
        raise ValueError(
            f"point {ties.argmax()} has {ties.max()} nearest neighbours at one distance, so no curve gives it a "
            f"perplexity of {perplexity:g}: leave out points that are equal, or ask for more"
        )


def library(module: str) -> Any:
    """A part of scikit-learn, or of what comes with it. Raises MissingExtraError where it is not installed."""
    return errors.library(module, "making or scoring a map", "pip install scikit-learn")
