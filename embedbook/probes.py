"""What one dimension can say and what a direction can, and how many directions have room beside each other.

A dimension is one column of a table; a direction is a weighted sum of all of them. Functions take rows or tables and
return plain arrays; ranks decide wherever they can, so that another processor finds the same. Undefined numbers are a
ValueError everywhere, and so are lists whose lengths do not match.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedbook import lists
from embedbook.geometry import top_k, unit, unit_rows
from embedbook.tables import EmbeddingTable, as_table
from embedbook.tables.errors import whole

Array = NDArray[np.float64]
CATEGORIES = ("mammals", "countries", "comparatives")
CONTRASTS = ("as frequent", "things")


def as_rows(vectors: ArrayLike, fewest: int = 1) -> Array:
    """Rows as float64 [n, D]. Raises ValueError for fewer than ``fewest``, another shape, or an undefined number.

    What is made of no numbers is a TypeError.

    >>> as_rows([[3, 4], [0, 2]]).shape
    (2, 2)
    """
    try:
        rows = np.asarray(vectors, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"expected rows [n, D] of numbers, got {vectors!r:.60}") from None
    if rows.ndim != 2 or not rows.shape[1]:
        raise ValueError(f"expected rows [n, D], got shape {list(rows.shape)}")
    if len(rows) < fewest:
        raise ValueError(f"expected at least {fewest} rows, got {len(rows)}")
    if not np.isfinite(rows).all():
        raise ValueError("rows with infinite or undefined numbers have no place among others")
    return rows


def as_labels(labels: ArrayLike, n: int) -> NDArray[np.str_]:
    """The labels of n rows, as text [n]. Raises ValueError for another number of them."""
    names = np.asarray(labels).astype(str)
    if names.shape != (n,):
        raise ValueError(f"expected a label for each of {n} rows, got {len(names) if names.ndim else 'one'}")
    return names


def nearest_rows(vectors: ArrayLike, k: int, queries: ArrayLike | None = None) -> NDArray[np.intp]:
    """The ``k`` nearest other rows by cosine of each of n rows [n, D], or of those ``queries``: places [n, k].

    The nearest comes first; of equally near rows the earlier. Raises ValueError unless 1 <= k < n.

    >>> nearest_rows([[1, 0], [1, 1], [0, 1]], 1).tolist(), nearest_rows([[1, 0], [1, 1], [0, 1]], 2, [2]).tolist()
    ([[1], [0], [1]], [[1, 0]])
    """
    units = unit(as_rows(vectors))  # [n, D]
    k = whole(k, "k", 1, len(units) - 1)
    asked = np.arange(len(units)) if queries is None else np.asarray(queries, dtype=np.intp)  # [Q]
    cosines = units[asked] @ units.T  # [Q, n]
    cosines[np.arange(len(asked)), asked] = -np.inf
    return np.array([top_k(line, k) for line in cosines])


def shared(a: NDArray[np.intp], b: NDArray[np.intp]) -> float:
    """How much two lists of k neighbours a point have in common, mean over points: 1 for the same sets.

    >>> shared(np.array([[1, 2], [0, 2]]), np.array([[2, 1], [2, 3]]))
    0.75
    """
    if a.shape != b.shape:
        raise ValueError(f"lists of neighbours of one shape have something in common, got {a.shape} and {b.shape}")
    return float((a[:, :, None] == b[:, None, :]).any(axis=2).mean())  # [n, k, k] to [n, k]


def same_label(near: ArrayLike, labels: ArrayLike) -> NDArray[np.bool_]:
    """Which of each row's neighbours have its own label: [n, k], whose mean by chance is :func:`chance_same`.

    ``near`` [n, k] are places among the n rows, ``labels`` [n].

    >>> same_label([[1, 2], [0, 2], [1, 0]], ["a", "a", "b"]).tolist()
    [[True, False], [True, False], [False, False]]
    """
    places = np.asarray(near, dtype=np.intp)
    names = as_labels(labels, len(places))
    return np.asarray(names[places] == names[:, None])  # [n, k] against [n, 1]


def chance_same(labels: ArrayLike) -> float:
    """The share of same labels among neighbours drawn at random.

    >>> chance_same(["a", "a", "b", "b"]) == 1 / 3
    True
    """
    sizes = np.unique(np.asarray(labels).astype(str), return_counts=True)[1]
    n = int(sizes.sum())
    if n < 2:
        raise ValueError(f"a neighbour needs two rows or more, got {n} labels")
    return float((sizes * (sizes - 1)).sum() / (n * (n - 1)))


def auc(positive: ArrayLike, negative: ArrayLike) -> Array:
    """How often a member scores above a non-member, of all pairs of the two; a tie counts half. 0.5 is chance.

    ``positive`` is [n] or [n, D], ``negative`` [m] or [m, D]; the result is a number or [D], one a column.

    Source: the area under the ROC curve is the Mann-Whitney statistic (Hanley and McNeil 1982).

    >>> float(auc([3, 2], [1, 2]))
    0.875
    >>> auc([[3, 0], [2, 0]], [[1, 5], [2, 5]]).tolist()
    [0.875, 0.0]
    """
    members, others = np.asarray(positive, dtype=np.float64), np.asarray(negative, dtype=np.float64)
    if members.shape[1:] != others.shape[1:] or not len(members) or not len(others):
        raise ValueError(f"an AUC needs scores of both kinds, got shapes {members.shape} and {others.shape}")
    if np.isnan(members).any() or np.isnan(others).any():
        raise ValueError("an AUC needs scores that are numbers: NaN stands neither above nor below another")
    columns = zip(members.reshape(len(members), -1).T, np.sort(others.reshape(len(others), -1), axis=0).T, strict=True)
    wins = [np.searchsorted(no, yes, "left") + np.searchsorted(no, yes, "right") for yes, no in columns]  # D times [n]
    scores: Array = (np.mean(wins, axis=1) / (2 * len(others))).reshape(members.shape[1:])[()]  # a number where [n]
    return scores


def mean_difference(positive: ArrayLike, negative: ArrayLike) -> Array:
    """The direction [D] from the mean of the non-members' rows [m, D] to the mean of the members' rows [n, D].

    >>> mean_difference([[2, 0], [4, 0]], [[0, 1], [0, 1]]).tolist()
    [3.0, -1.0]
    """
    members, others = as_rows(positive), as_rows(negative)
    if members.shape[1] != others.shape[1]:
        raise ValueError(f"rows of {members.shape[1]} and of {others.shape[1]} numbers have no difference")
    return np.asarray(members.mean(axis=0) - others.mean(axis=0))


@dataclass(frozen=True, eq=False)
class Probe:
    """What a category's training half taught, and how it did on the half held out: one entry a split.

    ``dimension`` is the dimension that separates the training half best, ``trained`` its AUC there, ``held_out`` its
    AUC on the other half, ``direction`` that of the mean difference of the training half.
    """

    dimension: NDArray[np.intp]
    trained: Array
    held_out: Array
    direction: Array


def probe(positive: ArrayLike, negative: ArrayLike, splits: int = 50, seed: int = 0, *, shuffle: bool = False) -> Probe:
    """Choose a dimension and a direction on one half of the words and test both on the other, ``splits`` times.

    ``positive`` [n, D] are the members' rows, ``negative`` [m, D] those of other words; half of each kind is held out.
    A dimension counts in either sense: an AUC of 0.2 is one of 0.8 turned round, and the training half decides which.
    ``shuffle`` gives the labels at random, which shows what the best of D dimensions reaches when there is nothing to
    find. Raises ValueError for fewer than four rows of a kind.

    >>> rng = np.random.default_rng(0)
    >>> noise = rng.normal(size=(80, 200))
    >>> found = probe(noise[:40], noise[40:])
    >>> bool(found.trained.mean() > 0.75), bool(found.held_out.mean() < 0.6)
    (True, True)
    """
    members, others = as_rows(positive), as_rows(negative)
    splits = whole(splits, "splits", 1)
    if min(len(members), len(others)) < 4:
        raise ValueError(f"a held-out half needs 4 words of each kind, got {len(members)} and {len(others)}")
    generator = np.random.default_rng(seed)
    rows, n = np.concatenate([members, others]), len(members)  # [n + m, D]
    found = []
    for _ in range(splits):
        drawn = generator.permutation(len(rows)) if shuffle else np.arange(len(rows))
        (yes, yes_out), (no, no_out) = (_halves(generator, part) for part in (drawn[:n], drawn[n:]))
        best, sense, trained, toward = _learned(rows[yes], rows[no])
        held_out = auc(sense * rows[yes_out, best], sense * rows[no_out, best])
        found.append((best, trained, float(held_out), float(auc(rows[yes_out] @ toward, rows[no_out] @ toward))))
    return _as_probe(found)


def _as_probe(found: Sequence[tuple[int, float, float, float]]) -> Probe:
    dimension, *scores = np.array(found).T
    return Probe(dimension.astype(np.intp), *scores)


@dataclass(frozen=True, eq=False)
class Firsts:
    """How many held-out members come among the first words of a list: one entry a split.

    ``dimension`` counts along the best dimension of the training half, ``direction`` along its mean difference;
    ``expected`` is how many would be there in a list in no order.
    """

    dimension: NDArray[np.intp]
    direction: NDArray[np.intp]
    expected: Array


def firsts(
    vectors: ArrayLike,
    listed: Sequence[int],
    members: Sequence[int],
    others: Sequence[int],
    sought: Collection[int],
    k: int = 20,
    splits: int = 20,
    seed: int = 0,
) -> Firsts:
    """Choose on half of the members and others, leave that half out of the list, count who comes first in the rest.

    All but ``vectors`` [V, D] are row numbers of it: ``listed`` are sorted by score, and among the first ``k`` those
    that are ``sought`` are counted. Raises ValueError where fewer than two members or others are given, or fewer than
    ``k`` rows are left to list.

    >>> rows = np.r_[np.eye(2)[[0] * 10], np.eye(2)[[1] * 30]]
    >>> found = firsts(rows, range(40), range(10), range(10, 40), range(10), k=5, splits=1)
    >>> found.direction.tolist(), found.expected.round(2).tolist()
    ([5], [1.25])
    """
    splits = whole(splits, "splits", 1)
    if min(len(members), len(others)) < 2:
        raise ValueError(f"halves need 2 words of each kind, got {len(members)} and {len(others)}")
    rows = np.asarray(vectors)  # [V, D]
    generator = np.random.default_rng(seed)
    counts, expected = [], []
    for _ in range(splits):
        yes, no = (_halves(generator, np.asarray(kind))[0] for kind in (members, others))
        rest = np.setdiff1d(listed, np.concatenate([yes, no]))  # [R]
        k = whole(k, "k", 1, len(rest))
        hit = np.isin(rest, list(sought))  # [R]
        best, sense, _, toward = _learned(rows[yes], rows[no])
        ranked = (np.argsort(-scores, kind="stable")[:k] for scores in (sense * rows[rest, best], rows[rest] @ toward))
        counts.append([int(hit[first].sum()) for first in ranked])
        expected.append(k * hit.mean())
    by_dimension, by_direction = np.array(counts, dtype=np.intp).T
    return Firsts(by_dimension, by_direction, np.array(expected))


def _halves(generator: np.random.Generator, ids: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    drawn = generator.permutation(ids)
    return drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]


def _learned(yes: ArrayLike, no: ArrayLike) -> tuple[int, int, float, Array]:
    """The dimension that separates rows best, its sense (1 or -1), its AUC in that sense, and the mean difference."""
    apart = auc(yes, no) - 0.5  # [D]
    best = int(np.argmax(np.abs(apart)))
    return best, 1 if apart[best] >= 0 else -1, float(0.5 + abs(apart[best])), mean_difference(yes, no)


def members(table: EmbeddingTable | str, category: str) -> tuple[list[int], list[int]]:
    """The ids of one category's words, and those of all words that a contrast must leave out, both rising.

    ``category`` is one of :data:`CATEGORIES`; another raises ValueError. A mammal is a word whose first sense in
    WordNet is one, and a contrast leaves out what is one in any sense.

    >>> len(members("minilm", "comparatives")[0])
    35
    """
    if category not in CATEGORIES:
        raise ValueError(f"category must be one of {', '.join(CATEGORIES)}, got {category!r}")
    chosen, left_out = {
        "mammals": (lists.mammals, lists.mammals_in_any_sense),
        "countries": (lists.countries, lists.countries),
        "comparatives": (lists.comparatives, lists.comparatives),
    }[category]
    return _ids(as_table(table), chosen()), _ids(as_table(table), left_out())


def _ids(table: EmbeddingTable, words: Iterable[str]) -> list[int]:
    return sorted({token_id for token_id in map(table.find, words) if token_id is not None})


def by_contrast(
    table: EmbeddingTable | str,
    category: str,
    contrasts: Sequence[str] = CONTRASTS,
    draws: int = 20,
    among: int = 20_000,
) -> dict[tuple[str, str], Probe]:
    """Learn a number and a direction against one kind of other words, and judge them against each kind.

    ``contrasts`` are of :data:`CONTRASTS`: five words for each member, about as frequent, drawn anew each time; and
    things that people make. All words are of the table's ``among`` most frequent, and every row has length 1. A draw
    halves each kind of words: one half teaches, and the AUCs are the other half's. The result takes (learned against,
    judged against) to one entry a draw. Raises ValueError for fewer than four words of a kind.

    >>> found = by_contrast("glove", "mammals", draws=5)
    >>> bool(np.median(found["things", "as frequent"].held_out) < 0.7 < np.median(found["things", "things"].held_out))
    True
    """
    table = as_table(table)
    draws = whole(draws, "draws", 1)
    if unknown := [name for name in contrasts if name not in CONTRASTS]:
        raise ValueError(f"contrasts must be of {', '.join(CONTRASTS)}, got {unknown[0]!r}")
    pool = table.frequent_words(among)
    rows = dict(zip(pool, unit_rows(table, pool), strict=True))
    chosen, left_out = members(table, category)
    ids, things = ([i for i in found if i in rows] for found in (chosen, _ids(table, lists.things())))
    if min(len(ids), len(things)) < 4:
        raise ValueError(f"{table.card.name} has too few words: {len(ids)} {category} and {len(things)} things")
    found: dict[tuple[str, str], list[tuple[int, float, float, float]]] = {}
    for draw in range(draws):
        generator = np.random.default_rng(draw)
        others = {"things": things}
        if "as frequent" in contrasts:
            alike = words_as_frequent(table, ids, leave_out=[*left_out, *things], seed=draw)
            others["as frequent"] = [i for i in alike if i in rows]
        drawn = {"": ids} | {name: others[name] for name in contrasts}
        halved = {
            name: [np.array([rows[i] for i in part]) for part in _halves(generator, np.array(of))]
            for name, of in drawn.items()
        }
        yes, yes_out = halved.pop("")  # [n, D] each
        for learned, (no, _) in halved.items():
            best, sense, trained, toward = _learned(yes, no)
            for judged, (_, no_out) in halved.items():
                held_out = float(auc(sense * yes_out[:, best], sense * no_out[:, best]))
                direction = float(auc(yes_out @ toward, no_out @ toward))
                found.setdefault((learned, judged), []).append((best, trained, held_out, direction))
    return {pair: _as_probe(scores) for pair, scores in found.items()}


def words_at_random(
    table: EmbeddingTable | str, count: int, *, leave_out: Collection[int] = (), seed: int = 0
) -> list[int]:
    """The ids of ``count`` different whole words in the letters a to z, drawn at random, in the table's order.

    None of those left out is among them. Raises ValueError where the table has fewer words.

    >>> len(words_at_random("minilm", 100))
    100
    """
    pool = np.setdiff1d(_words(as_table(table))[0], list(leave_out))
    if not 0 <= count <= len(pool):
        raise ValueError(f"expected a count from 0 to {len(pool):,}, the words that the table has; got {count:,}")
    return sorted(map(int, np.random.default_rng(seed).choice(pool, size=count, replace=False)))


def words_as_frequent(
    table: EmbeddingTable | str,
    ids: Sequence[int],
    per_word: int = 5,
    *,
    leave_out: Collection[int] = (),
    seed: int = 0,
) -> list[int]:
    """For each id, ``per_word`` other whole words about as frequent, each word once.

    How frequent a word is says its place in ``table.frequent_words``; one without a place counts as the rarest. The
    words are drawn from the ``10 * per_word`` nearest places, or from more where too few of those are free; they begin
    with a capital letter if the word does. None of ``ids`` or of those left out is among them. Raises ValueError where
    the table has too few.

    >>> from embedbook import tables
    >>> table = tables.load("glove")
    >>> cat = table.id_of("cat")
    >>> all(abs(i - cat) < 100 for i in words_as_frequent(table, [cat]))
    True
    """
    table = as_table(table)
    pool, capital = _words(table)  # [W] each
    place_of: dict[int | None, int] = {int(i): place for place, i in enumerate(pool)}
    free = ~np.isin(pool, [*ids, *leave_out])
    generator = np.random.default_rng(seed)
    chosen: list[int] = []
    for token_id in ids:
        capitalized = table.find(table.word(token_id).capitalize())  # a list may have that spelling alone
        alike = free & (capital == table.word(token_id)[:1].isupper())
        place, reach = place_of.get(token_id, place_of.get(capitalized, len(pool))), 5 * per_word
        while (near := _near(alike, place, reach)).size < per_word:
            if reach >= len(pool):
                raise ValueError(f"the table has too few words to set {per_word} beside each of {len(ids)}")
            reach *= 2
        taken = generator.choice(near, size=per_word, replace=False)
        free[taken] = False
        chosen += pool[taken].tolist()
    return sorted(chosen)


def _words(table: EmbeddingTable) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Whole words in the letters a to z, the most frequent first, and which of them begin with a capital letter."""
    ids = [i for i in table.frequent_words(len(table)) if table.word(i).isascii()]
    return np.array(ids, dtype=np.intp), np.array([table.word(i)[0].isupper() for i in ids], dtype=bool)


def _near(free: NDArray[np.bool_], place: int, reach: int) -> NDArray[np.intp]:
    start = max(0, place - reach)
    return start + np.flatnonzero(free[start : place + reach])


def random_rotation(dimensions: int, seed: int = 0) -> Array:
    """A rotation or reflection [D, D] drawn evenly from all: ``rows @ rotation`` are the rows in another basis.

    Source: the QR factors of a matrix of normal numbers, with their signs fixed (Mezzadri 2007).

    >>> turn = random_rotation(3)
    >>> bool(np.allclose(turn @ turn.T, np.eye(3)))
    True
    """
    dimensions = whole(dimensions, "dimensions", 1)
    normal = np.random.default_rng(seed).normal(size=(dimensions, dimensions))
    q, r = np.linalg.qr(normal)  # [D, D] each
    return np.asarray(q * np.sign(np.diag(r)))


def shares_of_cosine(vectors: ArrayLike) -> Array:
    """What each dimension adds to the mean cosine of two different rows of n: [D], with the mean cosine as their sum.

    Source: the contribution of a dimension in Timkey and van Schijndel (2021), over all pairs instead of a sample.

    >>> shares_of_cosine([[3, 4], [3, 4], [3, -4]]).round(2).tolist()
    [0.36, -0.21]
    """
    units = unit(as_rows(vectors, fewest=2))  # [n, D]
    n = len(units)
    return np.asarray((units.sum(axis=0) ** 2 - (units**2).sum(axis=0)) / (n * (n - 1)))


def random_directions(count: int, dimensions: int, seed: int = 0) -> NDArray[np.float32]:
    """Directions drawn evenly from the sphere: unit vectors [n, D].

    >>> random_directions(2, 5).shape
    (2, 5)
    """
    return unit(np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32))


def cosines_of_pairs(units: ArrayLike) -> NDArray[np.float32]:
    """The absolute cosines of all n (n - 1) / 2 pairs of n unit vectors [n, D].

    >>> cosines_of_pairs([[1, 0], [0, 1], [-1, 0]]).tolist()
    [0.0, 1.0, 0.0]
    """
    rows = as_rows(units).astype(np.float32)
    return np.asarray(np.abs(rows @ rows.T)[np.triu_indices(len(rows), 1)])  # of [n, n]


def chance_above(cosine: float, dimensions: int) -> float:
    """At most this is the chance that two random directions in D dimensions have a |cosine| of at least ``cosine``.

    It is 2 exp(-D c^2 / 2). Source: the bound on a spherical cap, Ball (1997), lemma 2.2, for both caps.

    >>> f"{chance_above(0.3, 384):.1e}"
    '6.3e-08'
    """
    return float(2 * np.exp(-dimensions * cosine**2 / 2))


def room_for(cosine: float, dimensions: int) -> int:
    """So many directions fit into D dimensions with every |cosine| below ``cosine``, by the bound on one pair.

    The union bound: the chance that any of the n (n - 1) / 2 pairs of random directions is at ``cosine`` or above is at
    most their number times :func:`chance_above`. While that is below 1, some draw has no such pair. D directions always
    fit. It is a guarantee, not a limit: more may fit. Raises OverflowError where it is past what a float can hold.

    >>> room_for(0.3, 384), room_for(0.3, 50)
    (5653, 50)
    """
    chance = chance_above(cosine, dimensions)
    if chance < 1e-300:
        raise OverflowError(f"Beyond 10^150 directions of {dimensions:,} numbers stay below a cosine of {cosine}.")
    pairs = 1 / chance
    return max(dimensions, int((1 + np.sqrt(1 + 8 * pairs)) / 2))


def fitted(directions: ArrayLike, cosine: float) -> int:
    """How many of n unit vectors [n, D] stay if each is kept that has a |cosine| below ``cosine`` with all kept before.

    >>> fitted([[1, 0], [0.6, 0.8], [0, 1]], 0.3)
    2
    """
    rows = as_rows(directions).astype(np.float32)
    kept, count = np.zeros_like(rows), 0
    for row in rows:
        if (np.abs(kept[:count] @ row) < cosine).all():  # [count, D] by [D]
            kept[count] = row
            count += 1
    return count
