"""Recovery scores on rows made by hand, where every answer can be read off."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ortho_group

from embedbook.learning import recovery as measures
from embedbook.learning.corpus import make_corpus

TWO_GROUPS = [[1, 0], [2, 0.1], [3, -0.1], [0, 1], [0.1, 2], [-0.1, 3]]
LABELS = ["a", "a", "a", "b", "b", "b"]


def test_two_clean_groups_are_recovered_whole() -> None:
    assert measures.same_category_share(TWO_GROUPS, LABELS, k=2) == 1
    assert measures.same_category_share(TWO_GROUPS, LABELS, k=5) == pytest.approx(
        2 / 5
    )  # all five others, two of them own
    assert measures.category_margin(TWO_GROUPS, LABELS) == pytest.approx(1, abs=0.05)


def test_one_stray_row_costs_what_it_must() -> None:
    # the third row stands at 84 degrees, among b's rows at 90, 107 and 112: it and its neighbour point at each other
    strayed = [[1, 0], [1, 0.2], [0.1, 1], [0, 1], [-0.3, 1], [-0.4, 1]]
    assert measures.same_category_shares(strayed, LABELS, k=1).tolist() == [1, 1, 0, 0, 1, 1]
    assert measures.same_category_share(strayed, LABELS, k=1) == pytest.approx(4 / 6)


def test_margin_by_hand() -> None:
    # within a: 1, within b: 0; between: 1, 0, 1, 0
    rows = [[1, 0], [1, 0], [1, 0], [0, 1]]
    assert measures.category_margin(rows, ["a", "a", "b", "b"]) == pytest.approx(1 / 2 - 2 / 4)


def test_scores_do_not_depend_on_length_or_on_the_basis() -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(40, 8))
    labels = np.arange(40) % 4
    turned = rows @ ortho_group.rvs(8, random_state=0) * generator.uniform(0.1, 9, size=(40, 1))
    for score in (measures.same_category_share, measures.category_margin):
        assert score(turned, labels) == pytest.approx(score(rows, labels))


def test_pairs_by_hand() -> None:
    countries = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    capitals = [[1, 0.5, 0], [0, 1, 0.1], [1, 0, 0.2]]  # the third is nearer the first country than its own
    assert measures.pair_ranks(countries, capitals).tolist() == [2, 1, 1]
    assert measures.pair_ranks(countries, capitals[::-1]).tolist() == [1, 1, 3]


def test_an_offset_finds_what_the_country_alone_does_not() -> None:
    generator = np.random.default_rng(1)
    countries = np.hstack([np.eye(5), np.zeros((5, 1))])
    capitals = countries + np.array([0, 0, 0, 0, 0, 2])
    capitals[0, 1] += 0.5
    noisy = capitals + generator.normal(scale=1e-3, size=capitals.shape)
    assert measures.offset_ranks(countries, noisy).tolist() == [1] * 5
    with pytest.raises(ValueError, match="two or more"):
        measures.offset_ranks(countries[:1], noisy[:1])


def test_rows_that_all_agree_get_the_worst_rank() -> None:
    assert measures.pair_ranks(np.ones((4, 2)), np.ones((4, 2))).tolist() == [4] * 4


def test_a_row_of_zeros_has_no_direction_and_no_warning() -> None:
    assert measures.cosines([[0, 0]], [[1, 2], [0, 0]]).tolist() == [[0, 0]]


@pytest.mark.parametrize("k", [0, 6])
def test_there_must_be_that_many_neighbours(k: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 5, got {k}"):
        measures.same_category_share(TWO_GROUPS, LABELS, k=k)


def test_rows_must_be_those_of_the_corpus() -> None:
    with pytest.raises(ValueError, match="one a word of the corpus, got 3"):
        measures.recovery(np.eye(3), make_corpus(sentences=600))
