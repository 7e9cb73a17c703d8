"""How much of a known structure a set of rows shows: categories by nearest rows and by mean cosine, pairs by rank.

Every measure takes plain rows, so that any method can be judged by it: rows of a network, of a factorisation, of noise.
A row of zeros has cosine 0 with every row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedbook.learning.corpus import Corpus

NEIGHBORS = 5


@dataclass(frozen=True)
class Recovery:
    """What the rows of a corpus's words show of its structure, and what rows of noise would show.

    ``same_category``: share of the ``NEIGHBORS`` nearest category words that belong to the word's own category, 0 to 1;
    ``chance`` the same for random rows. ``margin``: mean cosine within categories minus mean cosine between them.
    ``pair_rank``: mean rank of a country's own capital among all capitals, 1 the best; ``offset_rank`` the same by
    country plus the mean offset of the other pairs; ``chance_rank`` either for random rows.
    """

    same_category: float
    chance: float
    margin: float
    pair_rank: float
    offset_rank: float
    chance_rank: float


def recovery(rows: ArrayLike, corpus: Corpus) -> Recovery:
    """All measures for rows [V, D] in the order of ``corpus.words``.

    Raises ValueError for another number of rows.

    >>> from embedbook.learning.corpus import make_corpus
    >>> corpus = make_corpus()
    >>> noise = np.random.default_rng(0).normal(size=(len(corpus.words), 32))
    >>> found = recovery(noise, corpus)
    >>> round(found.chance, 2), round(found.same_category, 1), found.chance_rank
    (0.06, 0.1, 6.5)
    """
    rows = np.asarray(rows, dtype=np.float64)
    if len(rows) != len(corpus.words):
        raise ValueError(f"expected {len(corpus.words)} rows, one a word of the corpus, got {len(rows)}")
    ids, labels = corpus.members
    countries = rows[[corpus.id_of(country) for country, _ in corpus.pairs]]
    capitals = rows[[corpus.id_of(capital) for _, capital in corpus.pairs]]
    return Recovery(
        same_category=same_category_share(rows[ids], labels),
        chance=chance_share(labels),
        margin=category_margin(rows[ids], labels),
        pair_rank=float(pair_ranks(countries, capitals).mean()),
        offset_rank=float(offset_ranks(countries, capitals).mean()),
        chance_rank=(len(corpus.pairs) + 1) / 2,
    )


def cosines(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """The cosine of each row of ``a`` [N, D] with each row of ``b`` [M, D]: [N, M], in [-1, 1].

    >>> cosines([[2, 0]], [[1, 0], [0, 3], [-1, 0], [0, 0]]).tolist()
    [[1.0, 0.0, -1.0, 0.0]]
    """
    result: NDArray[np.float64] = _directions(a) @ _directions(b).T
    return result.clip(-1, 1)


def same_category_share(rows: ArrayLike, labels: ArrayLike, k: int = NEIGHBORS) -> float:
    """The mean share of rows with the same label among the ``k`` nearest other rows by cosine, 0 to 1.

    ``rows`` [N, D], ``labels`` [N]; of equally near rows the earlier counts as nearer. Raises ValueError unless
    1 <= k < N.

    >>> same_category_share([[1, 0], [1, 0.1], [0, 1], [0.1, 1]], ["a", "a", "b", "b"], k=1)
    1.0
    """
    return float(same_category_shares(rows, labels, k).mean())


def same_category_shares(rows: ArrayLike, labels: ArrayLike, k: int = NEIGHBORS) -> NDArray[np.float64]:
    """The share of each row, [N]: see :func:`same_category_share`, its mean.

    >>> same_category_shares([[1, 0], [1, 0.1], [0, 1], [0.3, 1]], ["a", "a", "b", "a"], k=1).tolist()
    [1.0, 1.0, 0.0, 0.0]
    """
    labels, own = np.asarray(labels), cosines(rows, rows)
    if not 1 <= k < len(own):
        raise ValueError(f"k must be from 1 to {len(own) - 1}, got {k}")
    np.fill_diagonal(own, -np.inf)
    nearest = np.argsort(-own, axis=1, kind="stable")[:, :k]
    shares: NDArray[np.float64] = (labels[nearest] == labels[:, None]).mean(axis=1)
    return shares


def chance_share(labels: ArrayLike) -> float:
    """What :func:`same_category_share` is on average for rows that know nothing of the labels.

    For each row, the share of the other rows that have its label.

    >>> chance_share(["a", "a", "b", "b"]) == 1 / 3
    True
    """
    _, place, sizes = np.unique(np.asarray(labels), return_inverse=True, return_counts=True)
    return float(((sizes[place] - 1) / (len(place) - 1)).mean())


def category_margin(rows: ArrayLike, labels: ArrayLike) -> float:
    """Mean cosine of pairs with the same label minus mean cosine of all other pairs, -2 to 2; about 0 for noise.

    >>> category_margin([[1, 0], [2, 0], [0, 1], [0, 2]], ["a", "a", "b", "b"])
    1.0
    """
    labels, own = np.asarray(labels), cosines(rows, rows)
    same = labels[:, None] == labels
    pairs = np.triu(np.ones_like(same), 1)
    return float(own[same & pairs].mean() - own[~same & pairs].mean())


def pair_ranks(first: ArrayLike, second: ArrayLike) -> NDArray[np.int64]:
    """The rank of ``second[i]`` among all of ``second`` by cosine with ``first[i]``: int64 [N], 1 the nearest.

    By chance the mean rank is (N + 1) / 2. Equally near rows count as nearer.

    >>> pair_ranks([[1, 0], [0, 1]], [[1, 0.1], [0.2, 1]]).tolist()
    [1, 1]
    """
    return _ranks(_directions(first), second)


def offset_ranks(first: ArrayLike, second: ArrayLike) -> NDArray[np.int64]:
    """As :func:`pair_ranks`, asked at ``first[i]`` plus the mean offset from first to second of all *other* pairs.

    Rows are scaled to length 1 first. Source: the offset method of Mikolov, Yih and Zweig, NAACL 2013, with the mean
    over pairs in place of one pair.

    >>> offset_ranks([[1, 0, 0], [0, 1, 0]], [[1, 0, 1], [0, 1, 1]]).tolist()
    [1, 1]
    """
    a, b = _directions(first), _directions(second)
    if len(a) < 2:
        raise ValueError("an offset is taken from other pairs: give two or more")
    offsets = b - a
    others = (offsets.sum(axis=0) - offsets) / (len(a) - 1)
    return _ranks(a + others, b)


def _ranks(queries: NDArray[np.float64], candidates: ArrayLike) -> NDArray[np.int64]:
    found = cosines(queries, candidates)
    ranks: NDArray[np.int64] = (found >= np.diag(found)[:, None]).sum(axis=1)
    return ranks


def _directions(rows: ArrayLike) -> NDArray[np.float64]:
    rows = np.asarray(rows, dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)
