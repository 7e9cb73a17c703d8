"""Cosines, neighbours and analogies, against arithmetic by hand, torch, gensim and what geometry itself demands."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from embedbook import geometry, tables
from embedbook.geometry import (
    analogy,
    analogy_rank,
    cosine_similarity,
    cosines_to_all,
    nearest_neighbors,
    random_pair_baseline,
    row_cosines,
)
from embedbook.tables import EmbeddingTable, TokenIdError, UnknownTokenError


def found(neighbors: list[geometry.Neighbor]) -> list[str]:
    return [neighbor.token for neighbor in neighbors]


# --- by hand


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("north", "north", 1),
        ("north", "east", 0),
        ("north", "south", -1),
        ("northeast", "east", sqrt(1 / 2)),  # 45 degrees
        ("northeast", "west", -sqrt(1 / 2)),  # 135 degrees
        ("south", 0, -1),
        ([3, 4], "east", 3 / 5),
        ([3, 4], [4, 3], 24 / 25),
    ],
)
def test_cosines_in_the_plane(compass: EmbeddingTable, a: object, b: object, expected: float) -> None:
    cosine = cosine_similarity(compass, a, b)  # type: ignore[arg-type]
    assert type(cosine) is float
    assert cosine == pytest.approx(expected, abs=1e-7)


def test_neighbors_in_the_plane(compass: EmbeddingTable) -> None:
    neighbors = nearest_neighbors(compass, "north")
    assert found(neighbors) == ["northeast", "east", "west", "nowhere", "south"]  # equal ones in the order of their ids
    assert [neighbor.cosine for neighbor in neighbors] == pytest.approx([sqrt(1 / 2), 0, 0, 0, -1])
    assert [neighbor.id for neighbor in neighbors] == [4, 1, 3, 5, 2]
    assert found(nearest_neighbors(compass, "north", k=1, exclude_inputs=False)) == ["north"]
    assert found(nearest_neighbors(compass, [0, 9], k=2)) == ["north", "northeast"]  # no row: nothing is left out
    for ids in ([2, 3, 0], {2, 3, 0}, np.array([2, 3, 0]), iter([2, 3, 0])):
        assert found(nearest_neighbors(compass, "north", k=2, ids=ids)) == ["west", "south"]
    assert nearest_neighbors(compass, "north", ids=[]) == []
    assert repr(neighbors[0]) == "Neighbor('northeast', 4, 0.7071)"


def test_cosines_to_all_give_a_row_of_zeros_0(compass: EmbeddingTable) -> None:
    half = sqrt(1 / 2)
    assert cosines_to_all(compass, "northeast").tolist() == pytest.approx([half, half, -half, -half, 1, 0])


def test_an_analogy_by_hand(court: EmbeddingTable) -> None:
    # unit rows: king (1, 0, 1)/sqrt 2, woman (0, 1, 0), man (1, 0, 0); their sum is (sqrt(1/2) - 1, 1, sqrt(1/2))
    half = sqrt(1 / 2)
    total = np.array([half - 1, 1, half])
    queen = np.array([0, half, half])
    answer = analogy(court, plus=["king", "woman"], minus=["man"], k=1)
    assert found(answer) == ["queen"]
    assert answer[0].cosine == pytest.approx(total @ queen / np.linalg.norm(total), abs=1e-6)
    # without scaling first, king would weigh sqrt 2 as much: another sum, another cosine
    unscaled = court["king"] + court["woman"] - court["man"]
    assert answer[0].cosine != pytest.approx(unscaled @ queen / np.linalg.norm(unscaled), abs=1e-3)


def test_inputs_are_left_out_by_id_by_surface_or_not_at_all(court: EmbeddingTable) -> None:
    plus, minus = ["king", "man"], ["queen"]
    assert found(analogy(court, plus, minus, exclude_inputs=False)) == ["man", "king", "King", "queen", "woman"]
    assert found(analogy(court, plus, minus)) == ["King", "woman"]
    assert found(analogy(court, plus, minus, exclude_by="surface")) == ["woman"]


def test_ranks_follow_the_list(court: EmbeddingTable) -> None:
    plus, minus = ["king", "man"], ["queen"]
    assert analogy_rank(court, plus, minus, "King", exclude_inputs=False) == 3
    assert analogy_rank(court, plus, minus, "King") == 1
    assert analogy_rank(court, plus, minus, "woman") == 2
    assert analogy_rank(court, plus, minus, "woman", exclude_by="surface") == 1


@pytest.mark.parametrize("shape", [(17, 50), (1_000, 300), (9_000, 50)])
def test_equal_rows_rank_by_id_wherever_they_stand(shape: tuple[int, int]) -> None:
    """One product over all rows gives equal rows cosines that differ in the last bit."""
    row, query = np.random.default_rng(shape[0]).normal(size=(2, shape[1]))
    table = own(np.tile(row, (shape[0], 1)))
    neighbors = nearest_neighbors(table, query, k=shape[0])
    assert [neighbor.id for neighbor in neighbors] == list(range(shape[0]))
    assert len({neighbor.cosine for neighbor in neighbors}) == 1
    assert nearest_neighbors(table, query, k=5) == neighbors[:5]
    assert [analogy_rank(table, [query], [], expected) for expected in (0, 11)] == [1, 12]


# --- on real tables


@pytest.mark.parametrize("name", ["minilm", "glove"])
def test_cosines_equal_torchs(name: str) -> None:
    import torch

    table = tables.load(name)
    a, b = np.random.default_rng(1).integers(len(table), size=(2, 3_000))
    rows = torch.tensor(table.vectors[np.stack([a, b])])
    expected = torch.nn.functional.cosine_similarity(rows[0], rows[1], dim=-1).numpy()
    assert np.allclose(row_cosines(table, a, b), expected, atol=1e-6)
    one_to_all = torch.nn.functional.cosine_similarity(torch.tensor(table[int(a[0])])[None], rows[1], dim=-1)
    assert np.allclose(cosines_to_all(table, int(a[0]))[b], one_to_all.numpy(), atol=1e-6)


def test_neighbors_and_analogies_equal_gensims(glove: EmbeddingTable) -> None:
    from gensim.models import KeyedVectors

    rows = glove.vectors[:20_000].copy()
    words = list(glove.tokens[:20_000])
    peer = KeyedVectors(glove.dimensions)
    peer.add_vectors(words, rows)
    ours = tables.from_vectors(words, rows)

    def same(neighbors: list[geometry.Neighbor], expected: list[tuple[str, float]]) -> None:
        assert found(neighbors) == [word for word, _ in expected]
        assert [neighbor.cosine for neighbor in neighbors] == pytest.approx([cos for _, cos in expected], abs=1e-6)

    for word in ("king", "paris", "happy", "dog", "seven", ","):
        same(nearest_neighbors(ours, word, k=100), peer.most_similar(word, topn=100))
    for text in ("king woman - man", "paris japan - france", "big - bigger", "swam walking - walked"):
        plus, minus = (words.split() for words in text.split("-"))
        answers = analogy(ours, plus, minus, k=100)
        same(answers, peer.most_similar(positive=plus, negative=minus, topn=100))
        assert [analogy_rank(ours, plus, minus, answers[place - 1].id) for place in (1, 17, 100)] == [1, 17, 100]
    assert cosine_similarity(ours, "cat", "dog") == pytest.approx(float(peer.similarity("cat", "dog")), abs=1e-6)


# --- the zero point


def test_the_baseline_is_that_of_random_pairs(minilm: EmbeddingTable) -> None:
    baseline = random_pair_baseline(minilm)
    # the mean cosine of all pairs at once: the squared length of the mean unit row, less each row with itself
    units = minilm.vectors / minilm.norms[:, None]
    size = len(minilm)
    exact = (size**2 * float(np.square(units.mean(axis=0, dtype=np.float64)).sum()) - size) / (size * (size - 1))
    assert baseline.mean == pytest.approx(exact, abs=4 * baseline.std / sqrt(10_000))  # four standard errors
    assert baseline.cosines.shape == (10_000,)
    assert (np.diff(baseline.cosines) >= 0).all()
    assert baseline.std == pytest.approx(float(np.std(baseline.cosines.astype(np.float64))), rel=1e-4)
    assert list(baseline.quantiles) == sorted(baseline.quantiles)
    assert baseline.quantiles[0.5] == pytest.approx(float(np.median(baseline.cosines)))


def test_the_baseline_repeats_with_its_seed(minilm: EmbeddingTable) -> None:
    first, again, other = (random_pair_baseline(minilm, 100, seed) for seed in (3, 3, 4))
    assert np.array_equal(first.cosines, again.cosines)
    assert not np.array_equal(first.cosines, other.cosines)
    assert "0x" not in repr(first) and "array" not in repr(first)


def test_the_baseline_never_pairs_a_row_with_itself(compass: EmbeddingTable) -> None:
    assert set(random_pair_baseline(compass, 500, ids=[0, 2]).cosines.tolist()) == {-1.0}  # north and south only


def test_percentiles_count_pairs(compass: EmbeddingTable) -> None:
    baseline = random_pair_baseline(compass, 1_000, ids=[0, 1, 2])  # cosines: 0, 0 and -1
    opposite = 100 * float(np.mean(baseline.cosines < -0.5))
    assert 25 < opposite < 42
    assert [baseline.percentile_of(cosine) for cosine in (-1.1, -1, -0.5, 0)] == pytest.approx(
        [0, opposite, opposite, 100]
    )


# --- what is refused


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ("nowhere", ValueError, "zeros has no direction"),
        ([0, 0], ValueError, "zeros has no direction"),
        ([1, 2, 3], ValueError, r"expected a vector \[2\], got shape \[3\]"),
        ([[1, 2]], ValueError, r"expected a vector \[2\], got shape \[1, 2\]"),
        ([1, float("nan")], ValueError, "infinite or undefined"),
        ([1, float("inf")], ValueError, "infinite or undefined"),
        (-1, TokenIdError, "-1 is not a token id of compass: ids run from 0 to 5"),
        (6, TokenIdError, "6 is not a token id"),
        (None, TypeError, "expected a word or a token id"),
        (0.5, TypeError, "expected a word or a token id"),
        ("norht", UnknownTokenError, "Close tokens: north"),
        (["north", "east"], TypeError, r"expected one word, one token id or a vector \[2\], got <U5"),
        ([1j, 2], TypeError, "or a vector .* got complex128"),
        (np.ma.masked_array([1, 2], mask=[True, False]), TypeError, "or a vector .* got masked int64"),
        (b"north", TypeError, "expected a word or a token id, got bytes"),
    ],
)
def test_bad_queries_are_clear_errors(compass: EmbeddingTable, query: object, error: type, message: str) -> None:
    for ask in (
        lambda: nearest_neighbors(compass, query),  # type: ignore[arg-type]
        lambda: cosine_similarity(compass, "north", query),  # type: ignore[arg-type]
        lambda: cosines_to_all(compass, query),  # type: ignore[arg-type]
        lambda: analogy(compass, [query], []),  # type: ignore[list-item]
    ):
        with pytest.raises(error, match=message):
            ask()


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda t: nearest_neighbors(t, "north", k=0), ValueError, "k must be 1 or more"),
        (lambda t: nearest_neighbors(t, "north", k=2.5), TypeError, "k must be a whole number, got 2.5"),
        (lambda t: nearest_neighbors(t, "north", ids=[-1]), TokenIdError, "-1 is not a token id"),
        (lambda t: nearest_neighbors(t, "north", ids=[0.5]), TypeError, "list of token ids"),
        (lambda t: nearest_neighbors(t, "north", ids=5), TypeError, "expected a list of token ids, got 5"),
        (lambda t: geometry.unit_rows(t, "north"), TypeError, "expected a list of token ids, got 'north'"),
        (lambda t: geometry.unit_rows(t, [[0]]), TypeError, "expected a list of token ids, got"),
        (lambda t: geometry.unit("north"), TypeError, "expected rows of real numbers, got <U5"),
        (lambda t: geometry.unit(3), TypeError, r"expected vectors \[..., D\], got the number 3"),
        (lambda t: geometry.top_k("abc", 2), TypeError, "expected a list of scores, got <U3"),
        (lambda t: random_pair_baseline(t, seed="x"), TypeError, "seed must be a whole number, got 'x'"),
        (lambda t: random_pair_baseline(t).percentile_of("x"), TypeError, "expected a cosine, got <U1"),
        (lambda t: geometry.unit([1j]), TypeError, "expected rows of real numbers, got complex128"),
        (lambda t: geometry.top_k([1, 2], -1), ValueError, "k must be 0 or more, got -1"),
        (lambda t: row_cosines(t, [0], [6]), TokenIdError, "6 is not a token id"),
        (lambda t: row_cosines(t, [0, 1], [0, 1, 2]), ValueError, "as many first as second ids, got 2 and 3"),
        (lambda t: analogy(t, "north", []), TypeError, r"plus must be a list of words or vectors, such as \['north'\]"),
        (lambda t: analogy(t, ["north"], 5), TypeError, "minus must be a list of words or vectors, such as"),
        (lambda t: analogy(t, ["north"], [], k="3"), TypeError, "k must be a whole number, got '3'"),
        (lambda t: analogy_rank(t, ["north"], [], "north"), ValueError, "'north' is one of the inputs"),
        (lambda t: random_pair_baseline(t, ids=[3, 3]), ValueError, "two different rows"),
        (lambda t: random_pair_baseline(t, pairs=0), ValueError, "pairs must be 1 or more, got 0"),
        (lambda t: random_pair_baseline(t, pairs=2.5), TypeError, "pairs must be a whole number, got 2.5"),
        (lambda t: analogy(t, ["north"], t["east"]), TypeError, "minus must be a list of words or vectors"),
        (lambda t: analogy(t, ["north"], ["north"]), ValueError, "the terms cancel"),
        (lambda t: analogy(t, ["north"], [], exclude_by="id "), ValueError, "exclude_by must be 'id' or 'surface'"),
        (lambda t: random_pair_baseline(t).percentile_of(float("nan")), ValueError, "has no percentile"),
        (lambda t: nearest_neighbors(3, "north"), TypeError, "expected a table or the name of one, got int"),
    ],
)
def test_bad_arguments_are_clear_errors(compass: EmbeddingTable, ask: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        ask(compass)


def test_a_sum_that_cancels_up_to_rounding_has_no_answer(minilm: EmbeddingTable) -> None:
    with pytest.raises(ValueError, match="the terms cancel"):
        analogy(minilm, ["king", "queen"], ["queen", "king"])


def test_generators_are_lists_too(court: EmbeddingTable) -> None:
    assert analogy(court, (w for w in ("king", "woman")), iter(["man"])) == analogy(court, ["king", "woman"], ["man"])


@pytest.mark.parametrize("size", [1e-44, 1e-38, 1e-20, 1.0, 1e20, 5e37])
def test_very_large_and_very_small_rows_have_the_same_cosines(size: float) -> None:
    """float32 holds numbers from 1e-45 to 3e38; by hand: (3, 4) and (4, 3) have 24/25. At 1e-44 digits are lost."""
    table = tables.from_vectors(["a", "b", "zero"], [[3 * size, 4 * size], [4 * size, 3 * size], [0, 0]])
    close = pytest.approx(24 / 25, abs=0.1 if size < 1e-40 else 1e-6)
    assert cosine_similarity(table, "a", "b") == close
    assert cosines_to_all(table, "a").tolist() == [pytest.approx(1), close, 0]
    assert row_cosines(table, [0], [1]).tolist() == [close]
    assert cosine_similarity(table, [3e200, 4e200], [3e-200, 4e-200]) == pytest.approx(1)


# --- what geometry demands of any rows


numbers = st.floats(-100, 100, width=32, allow_subnormal=False).map(lambda x: 0.0 if abs(x) < 1e-3 else x)
vectors = arrays(np.float32, 5, elements=numbers).filter(lambda v: bool(v.any()))
matrices = arrays(np.float32, (7, 5), elements=numbers)


def own(rows: np.ndarray) -> EmbeddingTable:
    return tables.from_vectors([f"w{i}" for i in range(len(rows))], rows)


EMPTY = own(np.ones((1, 5)))


@given(vectors, vectors)
def test_cosines_are_bounded_and_symmetric(a: np.ndarray, b: np.ndarray) -> None:
    cosine = cosine_similarity(EMPTY, a, b)
    assert -1 <= cosine <= 1
    assert cosine == cosine_similarity(EMPTY, b, a)
    assert cosine_similarity(EMPTY, a, a) == pytest.approx(1)
    assert cosine_similarity(EMPTY, a, -a) == pytest.approx(-1)


@given(matrices, vectors, st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_cosines_ignore_rotation(rows: np.ndarray, query: np.ndarray, seed: int) -> None:
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(5, 5)))
    before = cosines_to_all(own(rows), query)
    after = cosines_to_all(own(rows @ rotation), query @ rotation)
    assert np.allclose(before, after, atol=1e-5) and np.abs(before).max() <= 1


@given(matrices, vectors, st.integers(1, 9))
@settings(max_examples=60)
def test_neighbors_are_the_first_of_the_sorted_cosines(rows: np.ndarray, query: np.ndarray, k: int) -> None:
    table = own(rows)
    cosines = cosines_to_all(table, query)
    neighbors = nearest_neighbors(table, query, k)
    ids = [neighbor.id for neighbor in neighbors]
    assert neighbors == sorted(neighbors, key=lambda neighbor: (-neighbor.cosine, neighbor.id))
    assert len(set(ids)) == min(k, 7)
    assert [neighbor.cosine for neighbor in neighbors] == pytest.approx(cosines[ids].tolist(), abs=2e-6)
    assert all(cosines[other] <= neighbors[-1].cosine + 2e-6 for other in range(7) if other not in ids)
