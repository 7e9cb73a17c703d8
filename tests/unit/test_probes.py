"""Directions, dimensions and rotations against scikit-learn, scipy, arithmetic by hand and properties."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, ortho_group
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from embedbook import probes
from embedbook.tables import EmbeddingTable

SCORES = st.lists(st.integers(-3, 3), min_size=1, max_size=12)  # few values, so that ties are common


class TestAuc:
    @given(SCORES, SCORES)
    def test_it_is_scikit_learns(self, yes: list[int], no: list[int]) -> None:
        labels = [1] * len(yes) + [0] * len(no)
        assert float(probes.auc(yes, no)) == pytest.approx(roc_auc_score(labels, yes + no))

    def test_each_column_by_itself(self) -> None:
        rng = np.random.default_rng(1)
        yes, no = rng.normal(size=(9, 4)), rng.normal(size=(14, 4))
        labels = np.repeat([1, 0], [9, 14])
        expected = [roc_auc_score(labels, np.concatenate([yes, no])[:, d]) for d in range(4)]
        assert probes.auc(yes, no) == pytest.approx(expected)

    @given(SCORES, SCORES)
    def test_exchanging_the_kinds_turns_it_round(self, yes: list[int], no: list[int]) -> None:
        assert float(probes.auc(yes, no)) == pytest.approx(1 - float(probes.auc(no, yes)))

    @pytest.mark.parametrize(("yes", "no"), [([], [1]), ([1], []), ([[1, 2]], [[1]])])
    def test_scores_of_one_kind_or_of_two_shapes_are_refused(self, yes: list[object], no: list[object]) -> None:
        with pytest.raises(ValueError, match="scores of both kinds"):
            probes.auc(yes, no)


class TestProbe:
    def rows(self, shift: float) -> tuple[np.ndarray, np.ndarray]:
        """Noise, in which members differ by ``shift`` in column 3 alone, downwards."""
        rng = np.random.default_rng(0)
        yes, no = rng.normal(size=(60, 20)), rng.normal(size=(200, 20))
        yes[:, 3] -= shift
        return yes, no

    def test_it_finds_the_column_and_its_sense(self) -> None:
        """Two normal distributions 3 apart have an AUC of Phi(3 / sqrt 2) = 0.983."""
        found = probes.probe(*self.rows(3))
        assert set(found.dimension) == {3}
        assert found.held_out.mean() == pytest.approx(0.983, abs=0.015)

    def test_there_is_nothing_in_noise(self) -> None:
        """The best of 20 columns looks good where it was chosen, and nowhere else; nor does a direction help."""
        found = probes.probe(*self.rows(0))
        assert found.trained.mean() > 0.57
        assert abs(found.held_out.mean() - 0.5) < 0.06
        assert abs(found.direction.mean() - 0.5) < 0.08

    def test_shuffled_labels_lose_what_is_there(self) -> None:
        found = probes.probe(*self.rows(3), shuffle=True)
        assert found.held_out.mean() < 0.65 < found.trained.max()

    def test_no_word_is_on_both_sides(self) -> None:
        """Members and others have the same 40 numbers. What one half leans to, the other half must lean away from."""
        yes = no = np.arange(40, dtype=float)[:, None]
        found = probes.probe(yes, no, splits=200)
        assert 0.4 < found.held_out.mean() < 0.5 < found.trained.mean()

    def test_the_seed_decides(self) -> None:
        a, b, c = (probes.probe(*self.rows(1), seed=seed).held_out.tolist() for seed in (0, 0, 1))
        assert a == b != c

    def test_a_direction_turns_with_its_rows(self) -> None:
        """Another basis, drawn by scipy, changes what single numbers say and not what the direction says."""
        yes, no = self.rows(2)
        turn = ortho_group.rvs(20, random_state=0)
        before, after = probes.probe(yes, no), probes.probe(yes @ turn, no @ turn)
        assert after.direction == pytest.approx(before.direction)
        assert after.held_out.mean() < before.held_out.mean()

    def test_too_few_words_are_refused(self) -> None:
        with pytest.raises(ValueError, match="got 3 and 9"):
            probes.probe(np.ones((3, 2)), np.ones((9, 2)))


class TestFirsts:
    """Twelve members among 400 rows of noise; ``shift`` lifts their column 3."""

    def found(self, shift: float, sought: range = range(12)) -> probes.Firsts:
        rows = np.random.default_rng(0).normal(size=(400, 8))
        rows[:12, 3] += shift
        return probes.firsts(rows, range(400), range(12), range(12, 72), sought, k=6)

    def test_the_held_out_half_comes_first(self) -> None:
        """Far above the noise, the six members held out are the first six; the six learned from cannot be counted."""
        found = self.found(100)
        assert set(found.dimension) == set(found.direction) == {6}

    def test_noise_stays_at_what_is_expected(self) -> None:
        """6 members held out in a list of 400 - 6 - 30, of which 6 are looked at: 36 / 364 by chance."""
        found = self.found(0)
        assert found.expected == pytest.approx(np.full(20, 36 / 364))
        assert max(found.dimension.mean(), found.direction.mean()) < 0.7

    def test_words_that_were_learned_from_are_not_listed(self) -> None:
        """A list of the four members alone: two are learned from in each split, and the other two remain."""
        found = probes.firsts(np.eye(20), range(4), range(4), range(4, 20), range(4), k=4)
        assert set(found.direction) == {2}

    def test_too_few_are_refused(self) -> None:
        with pytest.raises(ValueError, match="got 1 and 2"):
            probes.firsts(np.eye(3), range(3), [0], [1, 2], [0])


class TestContrasts:
    def test_words_as_frequent(self, glove: EmbeddingTable) -> None:
        """GloVe's ids are frequency ranks: each chosen word is near one asked for, and no word comes twice."""
        asked = [glove.id_of(word) for word in ("cat", "dog", "aardvark", "the")]
        left_out = [glove.id_of(word) for word in ("cats", "dogs", "of")]
        chosen = probes.words_as_frequent(glove, asked, 4, leave_out=left_out)
        assert len(set(chosen)) == 16
        assert not set(chosen) & {*asked, *left_out}
        assert all(min(abs(i - j) for j in asked) < 200 for i in chosen)
        assert all(glove.word(i).isascii() and glove.word(i).isalpha() for i in chosen)
        assert chosen == probes.words_as_frequent(glove, asked, 4, leave_out=left_out)

    def test_where_places_are_taken_it_looks_further(self, glove: EmbeddingTable) -> None:
        asked = glove.frequent_words(100)
        assert min(probes.words_as_frequent(glove, asked, 2)) > max(asked)

    def test_capitals_are_matched(self) -> None:
        from embedbook import tables

        letters = "abcdefghij"
        words = [case(a + b) for a in letters for b in letters for case in (str.lower, str.capitalize)]
        table = tables.from_vectors(words, np.ones((len(words), 2)))
        chosen = probes.words_as_frequent(table, [table.id_of("Dd"), table.id_of("ee")], 3)
        assert sum(table.word(i)[0].isupper() for i in chosen) == 3

    def test_words_at_random(self, minilm: EmbeddingTable) -> None:
        left_out = minilm.frequent_words(1_000)
        chosen = probes.words_at_random(minilm, 500, leave_out=left_out)
        assert len(set(chosen)) == 500 and not set(chosen) & set(left_out)
        with pytest.raises(ValueError, match="larger sample"):
            probes.words_at_random(minilm, 10**6)


class TestRotation:
    @pytest.mark.parametrize("dimensions", [2, 50, 384])
    def test_it_keeps_lengths_and_angles(self, dimensions: int) -> None:
        turn = probes.random_rotation(dimensions, seed=3)
        assert np.abs(turn @ turn.T - np.eye(dimensions)).max() < 1e-12
        assert not np.allclose(np.abs(turn), np.eye(dimensions), atol=0.1)

    def test_it_prefers_no_direction(self) -> None:
        """Over many draws each entry has mean 0 and mean square 1 / D; without the signs fixed the diagonal has not."""
        turns = np.array([probes.random_rotation(3, seed) for seed in range(2_000)])
        assert np.abs(turns.mean(axis=0)).max() < 0.06
        assert (turns**2).mean(axis=0) == pytest.approx(np.full((3, 3), 1 / 3), abs=0.03)


class TestContributions:
    def test_shares_of_cosine_pair_by_pair(self, glove: EmbeddingTable) -> None:
        """Timkey and van Schijndel's equation, one pair at a time."""
        rows = np.asarray(glove.vectors[100:130], dtype=float)
        one_by_one = np.mean(
            [a * b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in combinations(rows, 2)],
            axis=0,
        )
        assert probes.shares_of_cosine(rows) == pytest.approx(one_by_one)

    def test_standardized_is_scikit_learns(self, minilm: EmbeddingTable) -> None:
        rows = np.array(minilm.vectors[2_000:2_200], dtype=float)
        rows[:, 5] = 0.25  # exact, so that it has no spread at all
        assert probes.standardized(rows) == pytest.approx(StandardScaler().fit_transform(rows))

    def test_neighbors_kept(self, minilm: EmbeddingTable) -> None:
        """By sorting all cosines, one query at a time."""
        rows = np.asarray(minilm.vectors[2_000:2_300], dtype=float)
        kept, queries = list(range(0, 384, 3)), [5, 17, 200]
        shares = []
        for query in queries:
            lists = []
            for part in (rows, rows[:, kept]):
                cosines = part @ part[query] / np.linalg.norm(part, axis=1)
                order = [i for i in np.argsort(-cosines) if i != query]
                lists.append(set(order[:10]))
            shares.append(len(lists[0] & lists[1]) / 10)
        assert probes.neighbors_kept(rows, kept, queries) == pytest.approx(np.mean(shares))
        assert probes.neighbors_kept(rows, np.arange(384), queries) == 1

    def test_cosine_changes(self) -> None:
        """(1, 1) and (1, -1) are at cosine 0, and at 1 by the first number alone."""
        assert probes.cosine_changes([[1, 1], [1, -1]], [0], [0, 0], [1, 0]).tolist() == pytest.approx([1, 0])


class TestRoom:
    @pytest.mark.parametrize("dimensions", [3, 50, 384])
    @pytest.mark.parametrize("cosine", [0.1, 0.3, 0.6])
    def test_the_bound_is_above_the_exact_chance(self, dimensions: int, cosine: float) -> None:
        """The square of one coordinate of a random unit vector follows a beta distribution."""
        exact = beta(0.5, (dimensions - 1) / 2).sf(cosine**2)
        assert exact <= probes.chance_above(cosine, dimensions)

    def test_the_union_bound_by_hand(self) -> None:
        """D c^2 / 2 = 384 x 0.09 / 2 = 17.28: the last n whose pairs, times the chance of one, stay at 1 or below."""
        room, chance = probes.room_for(0.3, 384), 2 * np.exp(-17.28)
        assert room * (room - 1) / 2 * chance <= 1 < (room + 1) * room / 2 * chance
        assert probes.room_for(0.3, 10) == 10

    def test_random_directions(self) -> None:
        """Length 1, and coordinates with the spread 1 / sqrt(D) of a sphere."""
        drawn = probes.random_directions(3_000, 40)
        assert np.linalg.norm(drawn, axis=1) == pytest.approx(1, abs=1e-5)
        assert drawn.std() == pytest.approx(1 / np.sqrt(40), rel=0.01)

    def test_cosines_of_pairs(self) -> None:
        drawn = probes.random_directions(30, 7).astype(float)
        expected = [abs(a @ b) for a, b in combinations(drawn, 2)]
        assert probes.cosines_of_pairs(drawn) == pytest.approx(expected, abs=1e-6)

    @pytest.mark.parametrize(("count", "width"), [(300, 6), (1_200, 20)])
    def test_fitted_one_by_one(self, count: int, width: int) -> None:
        """The plain rule, without blocks; the second case spans several."""
        drawn = probes.random_directions(count, width)
        kept: list[np.ndarray] = []
        for one in drawn:
            if all(abs(float(one @ other)) < 0.5 for other in kept):
                kept.append(one)
        assert probes.fitted(drawn, 0.5) == len(kept)
