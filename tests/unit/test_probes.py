"""Directions, dimensions and rotations against scikit-learn, scipy, arithmetic by hand and properties."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta
from sklearn.metrics import roc_auc_score

from embedbook import lists, probes, tables
from embedbook.tables import EmbeddingTable

SCORES = st.lists(st.integers(-3, 3), min_size=1, max_size=12)  # few values, so that ties are common
NAN = np.full((9, 3), np.nan)
EYE = np.eye(9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: probes.as_rows([1, 2]), r"expected rows \[n, D\], got shape \[2\]"),
        (lambda: probes.as_rows(["cat"]), r"expected rows \[n, D\] of numbers, got \['cat'\]"),
        (lambda: probes.as_rows([[1, 2], [3]]), r"of numbers, got \[\[1, 2\], \[3\]\]"),
        *((lambda f=f: f(NAN), "infinite or undefined") for f in (probes.as_rows, probes.cosines_of_pairs)),
        (lambda: probes.fitted([[1, 0], [np.nan, 0]], 0.3), "infinite or undefined"),
        (lambda: probes.as_rows(EYE, fewest=10), "at least 10 rows, got 9"),
        (lambda: probes.same_label([[1], [0]], ["a"]), "a label for each of 2 rows, got 1"),
        (lambda: probes.chance_same(["a"]), "two rows or more, got 1"),
        *((lambda y=y, n=n: probes.auc(y, n), "scores of both kinds") for y, n in [([], [1]), ([1], []), (EYE, [[1]])]),
        (lambda: probes.auc([np.nan, 1], [0]), "NaN stands neither above nor below"),
        (lambda: probes.auc([1], [np.nan]), "NaN stands neither above nor below"),
        (lambda: probes.mean_difference(EYE, [[1]]), "rows of 9 and of 1 numbers"),
        (lambda: probes.probe(EYE[:3], EYE), "got 3 and 9"),
        (lambda: probes.probe(NAN, EYE[:, :3]), "undefined"),
        (lambda: probes.probe(EYE, EYE, splits=0), "splits must be 1 or more, got 0"),
        (lambda: probes.random_rotation("3"), "dimensions must be a whole number, got '3'"),
        (lambda: probes.firsts(EYE, range(9), [0], [1, 2], [0]), "got 1 and 2"),
        (lambda: probes.firsts(EYE, range(9), range(4), range(4, 9), [0], k=6), "from 1 to 5, got 6"),
        (lambda: probes.firsts(EYE, range(9), range(4), range(4, 9), [0], k=0), "got 0"),
        (lambda: probes.firsts(NAN, range(9), range(4), range(4, 9), [0], k=2), "NaN"),
        (lambda: probes.members("minilm", "fish"), "one of mammals, countries, comparatives, got 'fish'"),
        (lambda: probes.by_contrast("minilm", "mammals", ["verbs"]), "of as frequent, things, got 'verbs'"),
        (lambda: probes.by_contrast("minilm", "mammals", draws=0), "draws must be 1 or more, got 0"),
        (lambda: probes.by_contrast("minilm", "mammals", among=500), "too few words: 0 mammals and 3 things"),
        (lambda: probes.words_at_random("minilm", 10**6), "from 0 to .* got 1,000,000"),
        (lambda: probes.words_as_frequent("minilm", [2332], 10**6), "too few words to set 1000000 beside"),
        (lambda: probes.shares_of_cosine([[1, 2]]), "at least 2 rows, got 1"),
    ],
)
def test_what_has_no_answer_is_said(call: Callable[[], object], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call()


class TestAuc:
    @given(SCORES, SCORES)
    def test_it_is_scikit_learns_and_exchanging_the_kinds_turns_it_round(self, yes: list[int], no: list[int]) -> None:
        found = float(probes.auc(yes, no))
        assert found == pytest.approx(roc_auc_score([1] * len(yes) + [0] * len(no), yes + no))
        assert found == pytest.approx(1 - float(probes.auc(no, yes)))

    def test_each_column_by_itself(self) -> None:
        rng = np.random.default_rng(1)
        yes, no = rng.normal(size=(9, 4)), rng.normal(size=(14, 4))
        both, labels = np.concatenate([yes, no]), np.repeat([1, 0], [9, 14])
        assert probes.auc(yes, no) == pytest.approx([roc_auc_score(labels, column) for column in both.T])


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

    def test_no_word_is_on_both_sides(self) -> None:
        """Members and others have the same 40 numbers. What one half leans to, the other half must lean away from."""
        yes = no = np.arange(40, dtype=float)[:, None]
        found = probes.probe(yes, no, splits=200)
        assert 0.4 < found.held_out.mean() < 0.5 < found.trained.mean()

    def test_the_seed_decides(self) -> None:
        a, b, c = (probes.probe(*self.rows(1), seed=seed).held_out.tolist() for seed in (0, 0, 1))
        assert a == b != c


class TestFirsts:
    def test_the_held_out_half_comes_first(self) -> None:
        """Of twelve members far above noise, the six held out are the first six; those learned from are not counted.

        They stand in a list of 400 - 6 - 30, of which 6 are looked at: 36 / 364 would be there by chance.
        """
        rows = np.random.default_rng(0).normal(size=(400, 8))
        rows[:12, 3] += 100
        found = probes.firsts(rows, range(400), range(12), range(12, 72), range(12), k=6)
        assert set(found.dimension) == set(found.direction) == {6}
        assert found.expected == pytest.approx(np.full(20, 36 / 364))

    def test_words_that_were_learned_from_are_not_listed(self) -> None:
        """A list of the four members alone: two are learned from in each split, and the other two remain."""
        found = probes.firsts(np.eye(20), range(4), range(4), range(4, 20), range(4), k=2)
        assert set(found.direction) == {2} and set(found.expected) == {2}


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
        letters = "abcdefghij"
        words = [case(a + b) for a in letters for b in letters for case in (str.lower, str.capitalize)]
        table = tables.from_vectors(words, np.ones((len(words), 2)))
        chosen = probes.words_as_frequent(table, [table.id_of("Dd"), table.id_of("ee")], 3)
        assert sum(table.word(i)[0].isupper() for i in chosen) == 3

    def test_words_at_random(self, minilm: EmbeddingTable) -> None:
        left_out = minilm.frequent_words(1_000)
        chosen = probes.words_at_random(minilm, 500, leave_out=left_out)
        assert len(set(chosen)) == 500 and not set(chosen) & set(left_out)

    def test_a_table_of_merges_has_its_frequency_from_the_list(self) -> None:
        """In the order of its ids, which is that of its merges, they would lie far apart."""
        table = tables.load("smollm2")
        place = {i: at for at, i in enumerate(table.frequent_words(len(table)))}
        asked = [table.id_of(word) for word in ("horse", "zebra")]
        near = [min(abs(place[i] - place[j]) for j in asked) for i in probes.words_as_frequent(table, asked)]
        assert max(near) < 60


class TestContrast:
    def test_what_is_learned_against_one_kind_is_judged_against_another(self) -> None:
        """One number tells mammals from words and not from things, another the reverse; all together tell both."""
        mammals, things = lists.mammals()[:20], lists.things()[:20]
        words = ["".join(letters) for letters in product("bcdfg", repeat=3)]
        mammal, thing, word = [1, 1, 0, 0, 0.1, 0, 0], [1, 0, 1, 0, 0, 0.1, 0], [0, 1, 0, 1, 0, 0, 0.1]
        kinds = [mammal] * 20 + [thing] * 20 + [word] * len(words)
        table = tables.from_vectors([*mammals, *things, *words], kinds)
        found = probes.by_contrast(table, "mammals", draws=3)
        assert found["as frequent", "as frequent"].dimension.tolist() == [0] * 3
        assert found["things", "things"].dimension.tolist() == [1] * 3
        for learned, judged in product(probes.CONTRASTS, repeat=2):
            both = found[learned, judged]
            assert both.held_out.tolist() == [1.0 if learned == judged else 0.5] * 3
            assert both.direction.tolist() == [1.0] * 3


class TestRotation:
    def test_it_prefers_no_direction(self) -> None:
        """Over many draws each entry has mean 0 and mean square 1 / D; without the signs fixed the diagonal has not."""
        turns = np.array([probes.random_rotation(3, seed) for seed in range(2_000)])
        assert np.abs(turns.mean(axis=0)).max() < 0.06
        assert (turns**2).mean(axis=0) == pytest.approx(np.full((3, 3), 1 / 3), abs=0.03)


class TestContributions:
    def test_shares_of_cosine_pair_by_pair(self, glove: EmbeddingTable) -> None:
        """Timkey and van Schijndel's equation, one pair at a time."""
        rows = np.asarray(glove.vectors[100:130], dtype=float)
        by_pair = [a * b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in combinations(rows, 2)]
        assert probes.shares_of_cosine(rows) == pytest.approx(np.mean(by_pair, axis=0))


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

    @pytest.mark.parametrize(("cosine", "dimensions"), [(0.6, 5_120), (0.7, 2_900), (1.0, 3_000)])
    def test_more_room_than_a_float_can_count(self, cosine: float, dimensions: int) -> None:
        with pytest.raises(OverflowError, match="directions of"):
            probes.room_for(cosine, dimensions)

    def test_random_directions_and_the_cosines_of_their_pairs(self) -> None:
        """Length 1, and coordinates with the spread 1 / sqrt(D) of a sphere."""
        drawn = probes.random_directions(3_000, 40)
        assert np.linalg.norm(drawn, axis=1) == pytest.approx(1, abs=1e-5)
        assert drawn.std() == pytest.approx(1 / np.sqrt(40), rel=0.01)
        expected = [abs(a @ b) for a, b in combinations(drawn[:30].astype(float), 2)]
        assert probes.cosines_of_pairs(drawn[:30]) == pytest.approx(expected, abs=1e-6)
