"""Recovery scores on rows made by hand, where every answer can be read off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import ortho_group

from embedbook.learning import recovery as measures
from embedbook.learning.corpus import make_corpus

TWO_GROUPS = [[1, 0], [2, 0.1], [3, -0.1], [0, 1], [0.1, 2], [-0.1, 3]]
LABELS = ["a", "a", "a", "b", "b", "b"]
NAN = [[np.nan, 1]] * 6


def share(rows: object, labels: object, k: int = 5) -> float:
    return float(measures.same_category_shares(rows, labels, k).mean())


def test_shares_and_margin_of_two_groups() -> None:
    assert share(TWO_GROUPS, LABELS, k=2) == 1
    assert share(TWO_GROUPS, LABELS, k=5) == pytest.approx(2 / 5)  # all five others, two of them own
    # the third row stands at 84 degrees, among b's rows at 90, 107 and 112: it and its neighbour point at each other
    strayed = [[1, 0], [1, 0.2], [0.1, 1], [0, 1], [-0.3, 1], [-0.4, 1]]
    assert measures.same_category_shares(strayed, LABELS, k=1).tolist() == [1, 1, 0, 0, 1, 1]
    # within a: 1, within b: 0; between: 1, 0, 1, 0
    assert measures.category_margin([[1, 0], [1, 0], [1, 0], [0, 1]], ["a", "a", "b", "b"]) == 1 / 2 - 2 / 4


def test_scores_do_not_depend_on_length_or_on_the_basis() -> None:
    generator = np.random.default_rng(0)
    rows, labels = generator.normal(size=(40, 8)), np.arange(40) % 4
    turned = rows @ ortho_group.rvs(8, random_state=0) * generator.uniform(0.1, 9, size=(40, 1))
    for score in (share, measures.category_margin):
        assert score(turned, labels) == pytest.approx(score(rows, labels))


def test_pairs_by_hand() -> None:
    countries = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    capitals = [[1, 0.5, 0], [0, 1, 0.1], [1, 0, 0.2]]  # the third is nearer the first country than its own
    assert measures.pair_ranks(countries, capitals).tolist() == [2, 1, 1]
    assert measures.pair_ranks(np.ones((4, 2)), np.ones((4, 2))).tolist() == [4] * 4  # all alike: the worst rank


@pytest.mark.parametrize(
    ("call", "message"),
    [
        *((lambda k=k: share(TWO_GROUPS, LABELS, k), f"1 to 5, got {k}") for k in (0, 6)),
        (lambda: share(TWO_GROUPS, LABELS[:5]), "a label for each of 6 rows, got 5"),
        (lambda: share(NAN, LABELS), "undefined numbers"),
        (lambda: measures.category_margin(TWO_GROUPS, ["a"]), "a label for each of 6 rows, got 1"),
        (lambda: measures.category_margin(TWO_GROUPS, ["a"] * 6), "a pair with two"),
        (lambda: measures.pair_ranks(TWO_GROUPS, TWO_GROUPS[:1]), "as many first as second rows, got 6 and 1"),
        (lambda: measures.pair_ranks(NAN, NAN), "undefined numbers"),
        (lambda: measures.recovery(np.eye(3), make_corpus(600)), "one for each word of the corpus, got 3"),
        (lambda: measures.recovery(np.full((429, 4), np.nan), make_corpus()), "undefined numbers"),
    ],
)
def test_what_has_no_score_is_said(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
