"""How much of a known structure a set of rows shows: categories by nearest rows and by mean cosine, pairs by rank.

Every measure takes plain rows, so that any method can be judged by it: rows of a network, of a factorisation, of noise.
A row of zeros has cosine 0 with every row. Undefined numbers, and lists that do not match, are a ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedbook.geometry import unit
from embedbook.learning.corpus import CATEGORIES, Corpus
from embedbook.probes import as_labels, as_rows, chance_same, nearest_rows, same_label

NEIGHBORS = 5


@dataclass(frozen=True)
class Recovery:
    """What the rows of a corpus's words show of its structure, and what rows of noise would show.

    ``same_category``: share of the ``NEIGHBORS`` nearest category words that belong to the word's own category, 0 to 1;
    ``chance`` the same for random rows. ``margin``: mean cosine within categories minus mean cosine between them.
    ``pair_rank``: mean rank of a country's own capital among all capitals, 1 the best; ``chance_rank`` that for random
    rows.
    """

    same_category: float
    chance: float
    margin: float
    pair_rank: float
    chance_rank: float


def recovery(rows: ArrayLike, corpus: Corpus) -> Recovery:
    """All measures for rows [V, D] in the order of ``corpus.words``.

    Raises ValueError for another number of rows, and for undefined numbers.

    >>> from embedbook.learning.corpus import make_corpus
    >>> corpus = make_corpus()
    >>> noise = np.random.default_rng(0).normal(size=(len(corpus.words), 32))
    >>> found = recovery(noise, corpus)
    >>> round(found.chance, 2), round(found.same_category, 1), found.chance_rank
    (0.06, 0.1, 6.5)
    """
    rows = as_rows(rows)
    if len(rows) != len(corpus.words):
        raise ValueError(f"expected {len(corpus.words)} rows, one for each word of the corpus, got {len(rows)}")
    ids, labels = corpus.members
    countries, capitals = (rows[[corpus.id_of(w) for w in CATEGORIES[side]]] for side in ("countries", "capitals"))
    return Recovery(
        same_category=float(same_category_shares(rows[ids], labels).mean()),
        chance=chance_same(labels),
        margin=category_margin(rows[ids], labels),
        pair_rank=float(pair_ranks(countries, capitals).mean()),
        chance_rank=(len(countries) + 1) / 2,
    )


def cosines(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """The cosine of each row of ``a`` [N, D] with each row of ``b`` [M, D]: [N, M], in [-1, 1].

    >>> cosines([[2, 0]], [[1, 0], [0, 3], [-1, 0], [0, 0]]).tolist()
    [[1.0, 0.0, -1.0, 0.0]]
    """
    result: NDArray[np.float64] = unit(as_rows(a)) @ unit(as_rows(b)).T  # [N, D] by [D, M]
    return result.clip(-1, 1)


def same_category_shares(rows: ArrayLike, labels: ArrayLike, k: int = NEIGHBORS) -> NDArray[np.float64]:
    """For each row, the share of its ``k`` nearest other rows by cosine that have its label: [N], 0 to 1.

    ``rows`` [N, D], ``labels`` [N]; of equally near rows the earlier counts as nearer. Raises ValueError unless
    1 <= k < N. Chance: :func:`embedbook.probes.chance_same`.

    >>> same_category_shares([[1, 0], [1, 0.1], [0, 1], [0.3, 1]], ["a", "a", "b", "a"], k=1).tolist()
    [1.0, 1.0, 0.0, 0.0]
    """
    return np.asarray(same_label(nearest_rows(rows, k), labels).mean(axis=1))


def category_margin(rows: ArrayLike, labels: ArrayLike) -> float:
    """Mean cosine of pairs with the same label minus mean cosine of all other pairs, -2 to 2; about 0 for noise.

    >>> category_margin([[1, 0], [2, 0], [0, 1], [0, 2]], ["a", "a", "b", "b"])
    1.0
    """
    own = cosines(rows, rows)  # [N, N]
    names, (first, second) = as_labels(labels, len(own)), np.triu_indices(len(own), 1)
    found, same = own[first, second], names[first] == names[second]  # [N (N - 1) / 2] each
    if same.all() or not same.any():
        raise ValueError("a margin needs a pair with the same label and a pair with two")
    return float(found[same].mean() - found[~same].mean())


def pair_ranks(first: ArrayLike, second: ArrayLike) -> NDArray[np.int64]:
    """The rank of ``second[i]`` among all of ``second`` by cosine with ``first[i]``: int64 [N], 1 the nearest.

    By chance the mean rank is (N + 1) / 2. Equally near rows count as nearer.

    >>> pair_ranks([[1, 0], [0, 1]], [[1, 0.1], [0.2, 1]]).tolist()
    [1, 1]
    """
    found = cosines(first, second)  # [N, N]
    if found.shape[0] != found.shape[1]:
        raise ValueError(f"pairs need as many first as second rows, got {found.shape[0]} and {found.shape[1]}")
    ranks: NDArray[np.int64] = (found >= np.diag(found)[:, None]).sum(axis=1)
    return ranks
