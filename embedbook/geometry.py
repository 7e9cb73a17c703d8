"""Arithmetic on rows: cosine similarity, nearest neighbours, analogies, and what two random rows have in common.

Meant to be read in one sitting: a row divided by its length is a direction, the product of two directions is their
cosine, a neighbour is a row with a large one. A row of zeros has no direction: as a query it is an error, as a
candidate its cosine counts as 0. Every function takes a table, or the name of a known one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, SupportsIndex, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedbook.tables import EmbeddingTable, as_table
from embedbook.tables.errors import listed, whole
from embedbook.tables.table import as_numbers

Query: TypeAlias = str | SupportsIndex | ArrayLike
"""A word, a token id, or a vector [D]."""
Terms: TypeAlias = Iterable[Query]
Table: TypeAlias = EmbeddingTable | str
"""A table, or the name of a known one."""
By: TypeAlias = Literal["id", "surface"]
"""What a row must share with a word of the question to be left out: its id, or its letters in any case."""


@dataclass(frozen=True)
class Neighbor:
    """A token as a reader writes it, its id, and its cosine with what was asked for, to six decimals."""

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
        """Of 100 random pairs, how many have a cosine of at most this one. Raises ValueError for NaN.

        >>> from embedbook import tables
        >>> baseline = random_pair_baseline(tables.load("minilm"))
        >>> baseline.percentile_of(-1.0), baseline.percentile_of(1.0)
        (0.0, 100.0)
        """
        if np.isnan(as_numbers(cosine, "a cosine")):
            raise ValueError("a cosine that is not a number has no percentile")
        return float(100 * np.searchsorted(self.cosines, cosine, side="right") / len(self.cosines))

    def __repr__(self) -> str:
        return f"Baseline(mean={self.mean:.4f}, std={self.std:.4f}, pairs={len(self.cosines):,})"


def unit(vectors: ArrayLike) -> NDArray[Any]:
    """Vectors [..., D] divided by their lengths: float32 stays float32, other real numbers become float64.

    A vector of zeros stays as it is. Each vector is first divided by its largest number, so that no square of a very
    large or very small one overflows or vanishes.

    >>> unit([[3, 4], [0, 0], [3e200, 4e200]]).tolist()
    [[0.6, 0.8], [0.0, 0.0], [0.6, 0.8]]
    """
    given = as_numbers(vectors)
    if not given.ndim:
        raise TypeError(f"expected vectors [..., D], got the number {given}")
    rows = given if given.dtype == np.float32 else given.astype(np.float64)
    largest = np.abs(rows).max(axis=-1, keepdims=True, initial=0)  # [..., 1]
    scaled = rows / np.where(largest > 0, largest, 1)  # [..., D], numbers up to 1
    lengths = np.linalg.norm(scaled, axis=-1, keepdims=True)  # [..., 1], 1 to sqrt(D), or 0
    return np.asarray(scaled / np.where(lengths > 0, lengths, 1))


def top_k(scores: ArrayLike, k: int) -> NDArray[np.intp]:
    """The places of the ``k`` largest of n scores, falling; of equal ones the lower place first. -inf never wins.

    Scores are cosines, or scaled to about 1, and count as equal up to the sixth decimal: a product over all rows may
    give equal rows unequal last digits.

    >>> top_k([0.1, 0.9, 0.5, 0.9], 3).tolist()
    [1, 3, 2]
    """
    k, values = whole(k, "k"), as_numbers(scores, "a list of scores").round(6)
    enough = np.partition(values, -k)[-k] if 0 < k < len(values) else -np.inf
    places = np.flatnonzero(values >= enough) if np.isfinite(enough) else np.flatnonzero(values > -np.inf)
    return places[np.argsort(-values[places], kind="stable")[:k]]


def cosine_similarity(table: Table, a: Query, b: Query) -> float:
    """The cosine of the angle between two rows or vectors, in [-1, 1].

    ``a`` and ``b`` are words, token ids or vectors [D]. Raises ValueError for a vector of zeros or of another width.

    >>> round(cosine_similarity("minilm", "cat", "dog"), 2)
    0.42
    """
    table = as_table(table)
    cosine = unit(_vector(table, a)) @ unit(_vector(table, b))
    return float(np.clip(cosine, -1, 1))


def cosines_to_all(table: Table, query: Query) -> NDArray[np.float32]:
    """The cosine of one row or vector with every row: float32 [V].

    >>> cosines_to_all("minilm", "cat").shape
    (30522,)
    """
    table = as_table(table)
    direction = unit(_vector(table, query)).astype(np.float32)  # [D]
    lengths = np.where(table.norms > 0, table.norms, 1)  # [V]
    if lengths.min() > 1e-15 and lengths.max() < 1e15:
        cosines = table.vectors @ direction / lengths  # [V]
    else:  # products of such rows leave the range of float32
        cosines = unit(table.vectors) @ direction
    return np.asarray(cosines.clip(-1, 1), dtype=np.float32)


def nearest_neighbors(
    table: Table, query: Query, k: int = 10, *, exclude_inputs: bool = True, ids: Iterable[int] | None = None
) -> list[Neighbor]:
    """The ``k`` rows with the largest cosine, largest first; of equal ones the lower id first.

    The word asked for is left out unless ``exclude_inputs`` is False. ``ids`` restricts the candidates.

    >>> [neighbor.token for neighbor in nearest_neighbors("minilm", "happy", k=3)]
    ['happier', 'happiness', 'unhappy']
    """
    table = as_table(table)
    excluded = [table.checked_id(query)] if exclude_inputs and _names_a_row(query) else []
    return _nearest(table, _vector(table, query), k, excluded, ids)


def analogy(
    table: Table, plus: Terms, minus: Terms, k: int = 5, *, exclude_inputs: bool = True, exclude_by: By = "id"
) -> list[Neighbor]:
    """The rows nearest to a sum of rows: plus king, plus woman, minus man. Rows are scaled to length 1 first.

    The words of the question are left out by their ids, or with ``exclude_by="surface"`` in all their spellings
    (king, King, KING); ``exclude_inputs=False`` leaves them in, and one of them then often wins. Raises ValueError
    where the sum cancels.

    Source: the method 3CosAdd of Mikolov, Yih and Zweig, NAACL 2013.

    >>> analogy("minilm", plus=["king", "woman"], minus=["man"], k=1)[0].token
    'queen'
    """
    table = as_table(table)
    total, excluded = _sum(table, plus, minus, exclude_inputs, exclude_by)
    return _nearest(table, total, k, excluded)


def analogy_rank(
    table: Table,
    plus: Terms,
    minus: Terms,
    expected: str | SupportsIndex,
    *,
    exclude_inputs: bool = True,
    exclude_by: By = "id",
) -> int:
    """The place of the expected word among the answers of :func:`analogy`; 1 is first.

    Raises ValueError if the expected word is one of the words left out.

    >>> analogy_rank("minilm", plus=["king", "woman"], minus=["man"], expected="queen")
    1
    """
    table = as_table(table)
    total, excluded = _sum(table, plus, minus, exclude_inputs, exclude_by)
    expected_id = table.checked_id(expected)
    if expected_id in excluded:
        raise ValueError(f"{table.word(expected_id)!r} is one of the inputs, which are left out")
    cosines = cosines_to_all(table, total)  # [V]
    cosines[excluded] = -np.inf
    return 1 + int(np.flatnonzero(top_k(cosines, len(table)) == expected_id)[0])


def random_pair_baseline(
    table: Table, pairs: int = 10_000, seed: int = 0, *, ids: Iterable[int] | None = None
) -> Baseline:
    """Cosines of pairs of different rows drawn at random: what "unrelated" looks like in this table.

    ``ids`` restricts the rows, for instance to frequent words.

    >>> baseline = random_pair_baseline("minilm")
    >>> baseline.quantiles[0.05] < baseline.mean < baseline.quantiles[0.95]
    True
    """
    table = as_table(table)
    pairs = whole(pairs, "pairs", least=1)
    pool = np.arange(len(table)) if ids is None else np.unique(_checked_ids(table, ids))
    if len(pool) < 2:
        raise ValueError("a pair needs two different rows")
    generator = np.random.default_rng(whole(seed, "seed"))
    first = generator.integers(len(pool), size=pairs)  # [pairs], places in the pool
    second = (first + generator.integers(1, len(pool), size=pairs)) % len(pool)  # [pairs], never the same place
    cosines = np.sort(row_cosines(table, pool[first], pool[second]))
    quantiles = {share: float(np.quantile(cosines, share)) for share in (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)}
    return Baseline(float(cosines.mean()), float(cosines.std()), quantiles, cosines)


def row_cosines(table: Table, a: ArrayLike, b: ArrayLike) -> NDArray[np.float32]:
    """The cosines of rows ``a[i]`` and ``b[i]``, for n pairs of token ids: float32 [n].

    >>> from embedbook import tables
    >>> table = tables.from_vectors(["north", "east", "south"], [[0, 1], [1, 0], [0, -2]])
    >>> row_cosines(table, [0, 0, 0], [0, 1, 2]).tolist()
    [1.0, 0.0, -1.0]
    """
    first, second = unit_rows(table, a), unit_rows(table, b)
    if len(first) != len(second):
        raise ValueError(f"pairs need as many first as second ids, got {len(first)} and {len(second)}")
    cosines: NDArray[np.float32] = np.einsum("nd,nd->n", first, second)
    return cosines.clip(-1, 1)


def unit_rows(table: Table, ids: ArrayLike) -> NDArray[np.float32]:
    """The rows of n token ids, each divided by its length: float32 [n, D]. A row of zeros stays as it is.

    >>> from embedbook import tables
    >>> unit_rows(tables.from_vectors(["right", "up"], [[2, 0], [0, 5]]), [1, 0]).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    table = as_table(table)
    return unit(table.vectors[_checked_ids(table, ids)])


def _vector(table: EmbeddingTable, query: Query) -> NDArray[np.float64]:
    """The row of a word or token id, or the vector itself, as float64 [D]. Raises ValueError if it has no direction."""
    if _names_a_row(query):
        vector = table[query].astype(np.float64)
    else:
        expected = f"one word, one token id or a vector [{table.dimensions}]"
        vector = as_numbers(query, expected).astype(np.float64)  # type: ignore[arg-type]
    if vector.shape != (table.dimensions,):
        raise ValueError(f"expected a vector [{table.dimensions}], got shape {list(vector.shape)}")
    if not np.isfinite(vector).all():
        raise ValueError("a vector with infinite or undefined numbers has no cosine")
    if not vector.any():
        raise ValueError("a vector of zeros has no direction, so no cosine")
    return vector


def _names_a_row(query: Query) -> TypeGuard[str | SupportsIndex]:
    return isinstance(query, (str, bytes)) or not hasattr(query, "__len__") or getattr(query, "ndim", 1) == 0


def _sum(
    table: EmbeddingTable, plus: Terms, minus: Terms, exclude_inputs: bool, exclude_by: By
) -> tuple[NDArray[np.float64], list[int]]:
    """The sum of directions [D], and the ids of its words, or of all their spellings, where they are left out."""
    if exclude_by not in ("id", "surface"):
        raise ValueError(f"exclude_by must be 'id' or 'surface', got {exclude_by!r}")
    for name, terms in (("plus", plus), ("minus", minus)):
        if isinstance(terms, str) or not isinstance(terms, Iterable) or getattr(terms, "ndim", 2) < 2:
            raise TypeError(f"{name} must be a list of words or vectors, such as [{terms!r:.60}]")
    plus, minus = list(plus), list(minus)
    total = np.zeros(table.dimensions)
    for sign, terms in ((1, plus), (-1, minus)):
        for term in terms:
            total += sign * unit(_vector(table, term))  # [D]
    if np.linalg.norm(total) < 1e-6:
        raise ValueError("the terms cancel: their sum has no direction, so no nearest row")
    ids = [table.checked_id(term) for term in [*plus, *minus] if exclude_inputs and _names_a_row(term)]
    return total, ids if exclude_by == "id" else [twin for i in ids for twin in table.same_surface(i)]


def _checked_ids(table: EmbeddingTable, ids: Iterable[int] | ArrayLike) -> NDArray[np.intp]:
    given = np.asarray(ids if isinstance(ids, np.ndarray) else listed(ids, "token ids"))  # type: ignore[arg-type]
    if given.ndim != 1 or (given.size and not np.issubdtype(given.dtype, np.integer)):
        raise TypeError(f"expected a list of token ids, got {ids!r:.60}")
    for token_id in (given.min(), given.max()) if given.size else ():
        table.checked_id(token_id)
    return given.astype(np.intp)


def _nearest(
    table: EmbeddingTable, vector: NDArray[np.float64], k: int, excluded: list[int], ids: Iterable[int] | None = None
) -> list[Neighbor]:
    k = whole(k, "k", least=1)
    cosines = cosines_to_all(table, vector).round(6)  # [V]
    if ids is not None:
        cosines[np.setdiff1d(np.arange(len(table)), _checked_ids(table, ids))] = -np.inf
    cosines[excluded] = -np.inf
    return [Neighbor(table.word(i), int(i), float(cosines[i])) for i in top_k(cosines, k)]
