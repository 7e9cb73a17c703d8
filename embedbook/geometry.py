"""Arithmetic on rows: cosine similarity, nearest neighbours, analogies, and what two random rows have in common.

This is the plain version, meant to be opened: a cosine is ``a @ b / (norm(a) * norm(b))``, a neighbour is a row with a
large one. A row of zeros has no direction: as a query it is an error, as a candidate its cosine counts as 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, SupportsIndex, TypeAlias, TypeGuard

import numpy as np
from numpy.linalg import norm
from numpy.typing import ArrayLike, NDArray

from embedbook.tables import EmbeddingTable

Query: TypeAlias = str | SupportsIndex | ArrayLike
"""A word, a token id, or a vector [D]."""


@dataclass(frozen=True)
class Neighbor:
    """A token as a reader writes it, its id, and its cosine with what was asked for."""

    token: str
    id: int
    cosine: float

    def __repr__(self) -> str:
        return f"Neighbor({self.token!r}, {self.id}, {self.cosine:.4f})"


@dataclass(frozen=True, eq=False)
class Baseline:
    """The zero point of a table: cosines of random pairs of its rows.

    ``cosines`` holds them in rising order, float32 [pairs]; ``quantiles`` maps a share to the cosine that this share
    of the pairs stays below.
    """

    mean: float
    std: float
    quantiles: dict[float, float]
    cosines: NDArray[np.float32] = field(repr=False)

    def percentile_of(self, cosine: float) -> float:
        """Of 100 random pairs, how many have a cosine of at most this one.

        >>> from embedbook import tables
        >>> baseline = random_pair_baseline(tables.load("minilm"))
        >>> baseline.percentile_of(-1.0), baseline.percentile_of(1.0)
        (0.0, 100.0)
        """
        return float(100 * np.searchsorted(self.cosines, cosine, side="right") / len(self.cosines))

    def __repr__(self) -> str:
        return f"Baseline(mean={self.mean:.4f}, std={self.std:.4f}, pairs={len(self.cosines):,})"


def cosine_similarity(table: EmbeddingTable, a: Query, b: Query) -> float:
    """The cosine of the angle between two rows or vectors, in [-1, 1].

    ``a`` and ``b`` are words, token ids or vectors [D]. Raises ValueError for a vector of zeros or of another width.

    >>> from embedbook import tables
    >>> table = tables.load("minilm")
    >>> round(cosine_similarity(table, "cat", "dog"), 2)
    0.42
    """
    a, b = as_vector(table, a), as_vector(table, b)
    cosine = a @ b / (norm(a) * norm(b))
    return float(np.clip(cosine, -1, 1))


def cosines_to_all(table: EmbeddingTable, vector: Query) -> NDArray[np.float32]:
    """The cosine of one vector with every row: float32 [V].

    >>> from embedbook import tables
    >>> table = tables.load("minilm")
    >>> cosines_to_all(table, "cat").shape
    (30522,)
    """
    direction = _unit(as_vector(table, vector)).astype(np.float32)
    cosines: NDArray[np.float32] = table.vectors @ direction / _divisors(table.norms)
    return cosines.clip(-1, 1)


def nearest_neighbors(
    table: EmbeddingTable,
    query: Query,
    k: int = 10,
    *,
    exclude_inputs: bool = True,
    ids: Iterable[int] | None = None,
) -> list[Neighbor]:
    """The ``k`` rows with the largest cosine, largest first; of equal ones the lower id first.

    The word asked for is left out unless ``exclude_inputs`` is False. ``ids`` restricts the candidates.

    >>> from embedbook import tables
    >>> table = tables.load("minilm")
    >>> [neighbor.token for neighbor in nearest_neighbors(table, "happy", k=3)]
    ['happier', 'happiness', 'unhappy']
    """
    excluded = _input_ids(table, [query]) if exclude_inputs else []
    return _top(table, as_vector(table, query), k, excluded, ids)


def analogy(
    table: EmbeddingTable,
    plus: Sequence[Query],
    minus: Sequence[Query],
    k: int = 5,
    *,
    exclude_inputs: bool = True,
    exclude_by: Literal["id", "surface"] = "id",
) -> list[Neighbor]:
    """The rows nearest to a sum of rows: plus king, plus woman, minus man. Rows are scaled to length 1 first.

    The words of the question are left out by their ids, or with ``exclude_by="surface"`` in all their spellings
    (king, King, KING); ``exclude_inputs=False`` leaves them in, and one of them then often wins.

    Source: the method 3CosAdd of Mikolov, Yih and Zweig, NAACL 2013.

    >>> from embedbook import tables
    >>> table = tables.load("minilm")
    >>> analogy(table, plus=["king", "woman"], minus=["man"], k=1)[0].token
    'queen'
    """
    excluded = _excluded(table, [*_terms(plus, "plus"), *_terms(minus, "minus")], exclude_inputs, exclude_by)
    return _top(table, as_vector(table, _sum_of_directions(table, plus, minus)), k, excluded)


def analogy_rank(
    table: EmbeddingTable,
    plus: Sequence[Query],
    minus: Sequence[Query],
    expected: str | SupportsIndex,
    *,
    exclude_inputs: bool = True,
    exclude_by: Literal["id", "surface"] = "id",
) -> int:
    """The place of the expected word among the answers of :func:`analogy`; 1 is first.

    Raises ValueError if the expected word is one of the words left out.

    >>> from embedbook import tables
    >>> analogy_rank(tables.load("minilm"), plus=["king", "woman"], minus=["man"], expected="queen")
    1
    """
    expected_id = table.checked_id(expected)
    excluded = _excluded(table, [*_terms(plus, "plus"), *_terms(minus, "minus")], exclude_inputs, exclude_by)
    if expected_id in excluded:
        raise ValueError(f"{table.word(expected_id)!r} is one of the inputs, which are left out")
    total = as_vector(table, _sum_of_directions(table, plus, minus))
    cosines = cosines_to_all(table, total)
    near = np.flatnonzero(np.abs(cosines - cosines[expected_id]) <= _MARGIN)
    cosines[near] = _comparable_cosines(table, total, near)
    ahead = cosines > cosines[expected_id]
    ahead[:expected_id] |= cosines[:expected_id] == cosines[expected_id]
    ahead[excluded] = False
    return 1 + int(np.count_nonzero(ahead))


def random_pair_baseline(
    table: EmbeddingTable, pairs: int = 10_000, seed: int = 0, *, ids: Iterable[int] | None = None
) -> Baseline:
    """Cosines of pairs of different rows drawn at random: what "unrelated" looks like in this table.

    ``ids`` restricts the rows, for instance to frequent words.

    >>> from embedbook import tables
    >>> baseline = random_pair_baseline(tables.load("minilm"))
    >>> baseline.quantiles[0.05] < baseline.mean < baseline.quantiles[0.95]
    True
    """
    if pairs < 1:
        raise ValueError(f"pairs must be 1 or more, got {pairs}")
    pool = np.arange(len(table)) if ids is None else np.unique(_checked_ids(table, ids))
    if len(pool) < 2:
        raise ValueError("a pair needs two different rows")
    generator = np.random.default_rng(seed)
    first = generator.integers(len(pool), size=pairs)
    second = (first + generator.integers(1, len(pool), size=pairs)) % len(pool)
    cosines = np.sort(row_cosines(table, pool[first], pool[second]))
    quantiles = {share: float(np.quantile(cosines, share)) for share in (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)}
    return Baseline(float(cosines.mean()), float(cosines.std()), quantiles, cosines)


def row_cosines(table: EmbeddingTable, a: ArrayLike, b: ArrayLike) -> NDArray[np.float32]:
    """The cosines of rows ``a[i]`` and ``b[i]``, for n pairs of token ids: float32 [n].

    >>> from embedbook import tables
    >>> table = tables.from_vectors(["north", "east", "south"], [[0, 1], [1, 0], [0, -2]])
    >>> row_cosines(table, [0, 0, 0], [0, 1, 2]).tolist()
    [1.0, 0.0, -1.0]
    """
    cosines: NDArray[np.float32] = np.einsum("nd,nd->n", unit_rows(table, a), unit_rows(table, b))
    return cosines.clip(-1, 1)


def unit_rows(table: EmbeddingTable, ids: ArrayLike) -> NDArray[np.float32]:
    """The rows of n token ids, each divided by its length: float32 [n, D]. A row of zeros stays as it is.

    >>> from embedbook import tables
    >>> unit_rows(tables.from_vectors(["right", "up"], [[2, 0], [0, 5]]), [1, 0]).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    chosen = _checked_ids(table, np.asarray(ids))
    rows: NDArray[np.float32] = table.vectors[chosen] / _divisors(table.norms[chosen])[:, None]
    return rows


def as_vector(table: EmbeddingTable, query: Query) -> NDArray[np.float64]:
    """The row of a word or token id, or the vector itself, as float64 [D]. Raises ValueError if it has no direction.

    >>> from embedbook import tables
    >>> table = tables.from_vectors(["north", "east"], [[0, 1], [1, 0]])
    >>> as_vector(table, "north").tolist(), as_vector(table, [3, 4]).tolist()
    ([0.0, 1.0], [3.0, 4.0])
    """
    vector = np.asarray(table.row(query) if _names_a_row(query) else query, dtype=np.float64)
    if vector.shape != (table.dimensions,):
        raise ValueError(f"expected a vector [{table.dimensions}], got shape {list(vector.shape)}")
    if not np.isfinite(vector).all():
        raise ValueError("a vector with infinite or undefined numbers has no cosine")
    if norm(vector) == 0:
        raise ValueError("a vector of zeros has no direction, so no cosine")
    return vector


def _names_a_row(query: Query) -> TypeGuard[str | SupportsIndex]:
    return isinstance(query, str) or np.ndim(np.asarray(query)) == 0


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return vector / norm(vector)


def _divisors(norms: NDArray[np.float32]) -> NDArray[np.float32]:
    """The lengths, with 1 for 0: a row of zeros then gets cosine 0."""
    return np.where(norms > 0, norms, np.float32(1))


def _sum_of_directions(table: EmbeddingTable, plus: Sequence[Query], minus: Sequence[Query]) -> NDArray[np.float64]:
    total = np.zeros(table.dimensions)
    for term in plus:
        total += _unit(as_vector(table, term))
    for term in minus:
        total -= _unit(as_vector(table, term))
    return total


def _terms(terms: Sequence[Query], name: str) -> Sequence[Query]:
    if isinstance(terms, str):
        raise TypeError(f"{name} must be a list of words, such as [{terms!r}]")
    return terms


def _input_ids(table: EmbeddingTable, inputs: Iterable[Query]) -> list[int]:
    return [table.checked_id(query) for query in inputs if _names_a_row(query)]


def _excluded(table: EmbeddingTable, inputs: Iterable[Query], exclude_inputs: bool, exclude_by: str) -> list[int]:
    if exclude_by not in ("id", "surface"):
        raise ValueError(f"exclude_by must be 'id' or 'surface', got {exclude_by!r}")
    ids = _input_ids(table, inputs) if exclude_inputs else []
    return ids if exclude_by == "id" else [twin for token_id in ids for twin in table.same_surface(token_id)]


def _checked_ids(table: EmbeddingTable, ids: Iterable[int] | NDArray[np.integer]) -> NDArray[np.intp]:
    checked = np.asarray(ids if isinstance(ids, np.ndarray) else list(ids))
    if checked.size == 0:
        return np.zeros(0, dtype=np.intp)
    if checked.ndim != 1 or not np.issubdtype(checked.dtype, np.integer):
        raise TypeError("expected a list of token ids")
    for token_id in (checked.min(), checked.max()):
        table.checked_id(token_id)
    return checked.astype(np.intp)


# Cosines of one product over all rows are right to a few 1e-7, and equal rows may get unequal ones: the last bit hangs
# on a row's place. Whatever lies this close to a place in a ranking is therefore computed again, each row by itself.
_MARGIN = np.float32(2e-6)
_LEAST = -2.0  # below every cosine, above the mark of a row that is left out
_ROWS_AT_ONCE = 4_096
_BLOCK = 64


def _comparable_cosines(
    table: EmbeddingTable, vector: NDArray[np.float64], ids: NDArray[np.intp]
) -> NDArray[np.float32]:
    """The cosines of a vector with the rows of n ids, [n], the same for equal rows wherever they stand."""
    direction = _unit(vector)
    cosines = np.zeros(len(ids), dtype=np.float32)
    for start in range(0, len(ids), _ROWS_AT_ONCE):  # thousands of rows may be equal
        rows = table.vectors[ids[start : start + _ROWS_AT_ONCE]].astype(np.float64, order="C")
        lengths = np.sqrt(np.einsum("nd,nd->n", rows, rows))
        products = np.einsum("nd,d->n", rows, direction)
        cosines[start : start + _ROWS_AT_ONCE] = products / np.where(lengths > 0, lengths, 1)
    return cosines.clip(-1, 1)


def _at_most_kth(values: NDArray[np.float32], k: int) -> float:
    """A number that is no larger than the k-th largest value: the k-th largest of the maxima of blocks.

    k block maxima are k values, so the k-th of them cannot be above the k-th of all; and there are few of them to sort.
    """
    blocks = len(values) // _BLOCK
    if blocks <= k:
        return -np.inf
    maxima = values[: blocks * _BLOCK].reshape(blocks, _BLOCK).max(axis=1)
    return float(np.partition(maxima, -k)[-k])


def _top(
    table: EmbeddingTable,
    vector: NDArray[np.float64],
    k: int,
    excluded: Collection[int],
    ids: Iterable[int] | None = None,
) -> list[Neighbor]:
    if k < 1:
        raise ValueError(f"k must be 1 or more, got {k}")
    rough = cosines_to_all(table, vector)
    if ids is not None:
        is_candidate = np.zeros(len(table), dtype=bool)
        is_candidate[_checked_ids(table, ids)] = True
        rough[~is_candidate] = -np.inf
    rough[list(excluded)] = -np.inf
    near = np.flatnonzero(rough >= max(_at_most_kth(rough, k) - float(_MARGIN), _LEAST))
    if not len(near):
        return []
    cosines = _comparable_cosines(table, vector, near)
    order = np.lexsort((near, -cosines))[:k]
    return [Neighbor(table.word(near[i]), int(near[i]), float(cosines[i])) for i in order]
