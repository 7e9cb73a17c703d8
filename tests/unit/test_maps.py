"""Maps and scores against numpy, scikit-learn and cases worked out by hand; committed maps against their tables."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import make_maps
import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn import manifold
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, _t_sne
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

from embedbook import maps, tables
from embedbook.maps import atlas
from embedbook.maps.methods import as_points, fitted_map
from embedbook.tables import EmbeddingTable

CLOUD = np.random.default_rng(5).normal(size=(40, 12))
UNIT = CLOUD / np.linalg.norm(CLOUD, axis=1, keepdims=True)
LABELS = ["a", "b"] * 20
FLAT, LINE = CLOUD[:, :2], np.outer(np.arange(9.0), [1, 2])
TWINS = np.repeat(CLOUD[:12], 3, axis=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: maps.tsne(CLOUD, 40), "below the number of neighbours that a point has, 39; got 40"),
        (lambda: maps.tsne(CLOUD[:6], 5.5), "below the number of neighbours that a point has, 5; got 5.5"),
        (lambda: maps.conditional_probabilities(CLOUD[:6], 5), "below the number of neighbours .* 5; got 5"),
        (lambda: maps.tsne(CLOUD, 0.5), "perplexity must be at least 1"),
        (lambda: maps.tsne(CLOUD, float("nan")), "perplexity must be at least 1"),
        (lambda: maps.tsne(np.ones((9, 2)), 3), "point 0 has 8 nearest neighbours at one distance.*perplexity of 3"),
        (lambda: maps.conditional_probabilities(TWINS, 1.5), "point 0 has 2 nearest .* leave out points that are eq"),
        (lambda: maps.tsne(CLOUD, iterations=249), "iterations must be 250 or more, got 249"),
        (lambda: maps.tsne(CLOUD, init="spectral"), "init must be 'random' or 'pca', got 'spectral'"),
        (lambda: maps.tsne(CLOUD[:2]), "at least 3 rows, got 2"),
        (lambda: maps.tsne(CLOUD, "8"), "perplexity must be a number, got '8'"),
        (lambda: maps.tsne(CLOUD, iterations="300"), "iterations must be a whole number, got '300'"),
        (lambda: maps.tsne(["cat", "dog", "owl"]), r"rows \[n, D\] of numbers, got \['cat', 'dog', 'owl'\]"),
        (lambda: maps.tsne(CLOUD[0]), r"expected rows \[n, D\], got shape \[12\]"),
        (lambda: maps.tsne(np.full((5, 2), np.nan)), "infinite or undefined numbers"),
        (lambda: maps.tsne(np.eye(5)[:, :4], 2), "a row of zeros has no direction"),
        (lambda: maps.neighbor_recall(CLOUD, FLAT[:39]), "40 vectors, but 39 places"),
        *((lambda k=k: maps.neighbor_recall(CLOUD, FLAT, k), f"from 1 to 39, got {k}") for k in (-1, 0, 40)),
        *((lambda k=k: maps.nearest(CLOUD, k), f"k must be a whole number, got {k!r}") for k in (2.5, "5", True)),
        (lambda: maps.trustworthiness(CLOUD, FLAT, k=20), "from 1 to 19, got 20"),
        (lambda: maps.same_class(CLOUD, ["a"]), "a label for each of 40 rows, got 1"),
        (lambda: maps.silhouette(CLOUD, ["a"]), "a label for each of 40 rows, got 1"),
        (lambda: maps.shared(np.ones((4, 2)), np.ones((4, 1))), r"got \(4, 2\) and \(4, 1\)"),
        (lambda: maps.chance_recall(10, 10), "from 1 to 9, got 10"),
        (lambda: maps.pca(CLOUD, components=13), "components must be from 1 to 12, got 13"),
        *((lambda points=points: maps.clumping(points), "that have an area") for points in (LINE, LINE * 0, CLOUD)),
        (lambda: maps.word_map("minilm", perplexity=50), r"perplexities \(2, 5, 8, 15, 30\)"),
        (lambda: maps.word_map("minilm", "nouns"), "no words are called 'nouns'; there are categories, frequent"),
        (lambda: maps.cloud_map("spirals", 30), "no points are called"),
    ],
)
def test_what_cannot_be_mapped_or_scored_is_said(call: Callable[[], object], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call()


class TestPca:
    @pytest.mark.parametrize(("unit", "rows"), [(True, UNIT), (False, CLOUD)])
    def test_it_is_scikit_learns_with_each_axis_turned_to_its_largest_entry(self, unit: bool, rows: np.ndarray) -> None:
        theirs, ours = PCA(n_components=2, svd_solver="full").fit(rows), maps.pca(CLOUD, unit=unit)
        signs = [np.sign(axis[np.abs(axis).argmax()]) for axis in theirs.components_]
        assert ours.explained == pytest.approx(theirs.explained_variance_ratio_, abs=1e-9)
        assert np.allclose(ours.axes, theirs.components_.T * signs, atol=1e-9)
        assert ours.coords == pytest.approx(theirs.transform(rows) * signs, abs=1e-9)

    @pytest.mark.parametrize("unit", [True, False])
    def test_other_rows_fall_on_the_same_map(self, unit: bool) -> None:
        """Its own rows where they are, all moments of a training at once, and unit rows whatever their length."""
        found, moments = maps.pca(CLOUD, unit=unit), np.array([CLOUD + 1, CLOUD])
        assert np.allclose(found.transform(CLOUD), found.coords)
        assert found.transform(moments)[1] == pytest.approx(found.transform(moments[1]))
        assert np.allclose(found.transform(9 * CLOUD), found.coords) is unit

    def test_equal_points_explain_nothing(self) -> None:
        assert maps.pca(np.ones((4, 3))).explained == (0.0, 0.0)


class TestTsne:
    @pytest.mark.parametrize("perplexity", [2, 8, 30])
    @pytest.mark.parametrize(("unit", "rows"), [(True, UNIT), (False, CLOUD)])
    def test_probabilities_are_scikit_learns(self, perplexity: int, unit: bool, rows: np.ndarray) -> None:
        """scikit-learn makes them symmetric and adds up to 1; so are ours, made so here."""
        ours = maps.conditional_probabilities(CLOUD, perplexity, unit=unit)
        squares = ((rows[:, None] - rows[None]) ** 2).sum(axis=2).astype(np.float32)
        theirs = _t_sne._joint_probabilities(squares, perplexity, verbose=0)
        together = (ours + ours.T) / (2 * len(ours))
        assert np.allclose(together[np.triu_indices(40, 1)], theirs, atol=1e-6)

    def test_a_call_is_one_of_scikit_learn(self) -> None:
        """Same machine, same settings, same map; from the cache to the same last digit."""
        theirs = TSNE(perplexity=8, random_state=42, init="random", max_iter=250).fit_transform(UNIT)
        first, again = (maps.tsne(CLOUD, perplexity=8, seed=42, iterations=250) for _ in range(2))
        assert np.allclose(first, theirs, atol=1e-4) and np.array_equal(first, again)

    def test_the_states_of_a_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It begins at the drawn start, and a shorter run is a state of it: so the iteration slider shows one run.

        The objective is called once an iteration, before the move, in single precision.
        """
        states: list[np.ndarray] = []
        objective = _t_sne._kl_divergence_bh

        def noting(params: np.ndarray, *args: object, **options: object) -> object:
            states.append(np.array(params).reshape(-1, 2))
            return objective(params, *args, **options)

        monkeypatch.setattr(_t_sne, "_kl_divergence_bh", noting)
        points, given = as_points(CLOUD, unit=True), {"perplexity": 8, "random_state": 7, "init": "random"}
        fitted_map(points, **given, max_iter=500)
        assert np.allclose(states[0], maps.random_start(40, 7), rtol=1e-6, atol=0)
        for iterations in (250, 300):
            short = maps.tsne(CLOUD, perplexity=8, seed=7, iterations=iterations)
            assert np.allclose(states[iterations], short, atol=1e-3 * np.ptp(short))
            assert not np.allclose(states[iterations - 20], short, atol=1e-3 * np.ptp(short))


class TestWhatIsNeeded:
    def test_a_map_is_read_without_scikit_learn(self) -> None:
        """The committed maps and their recall need numpy alone."""
        code = (
            "import sys; from embedbook import maps;"
            "m = maps.word_map('minilm');"
            "maps.neighbor_recall(m.vectors, m.coords, k=5);"
            "print([name for name in ('sklearn', 'scipy', 'matplotlib') if name in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"

    def test_without_it_the_command_is_said(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path))  # where no map was made before
        for module in ("sklearn.manifold", "sklearn.metrics", "scipy.stats", "scipy.spatial"):
            monkeypatch.setitem(sys.modules, module, None)
        scores = (maps.trustworthiness, maps.distance_order)
        calls = [(maps.tsne, CLOUD), (maps.clumping, FLAT), (maps.silhouette, CLOUD, LABELS)]
        for call, *given in [*calls, *((score, CLOUD, FLAT) for score in scores)]:
            with pytest.raises(tables.MissingExtraError, match="pip install scikit-learn"):
                call(*given)


class TestScores:
    @pytest.mark.parametrize("k", [1, 5, 10])
    @pytest.mark.parametrize(("unit", "rows"), [(True, UNIT), (False, CLOUD)])
    def test_recall_by_scikit_learns_neighbours(self, k: int, unit: bool, rows: np.ndarray) -> None:
        coords = maps.pca(CLOUD).coords
        true, drawn = (NearestNeighbors(n_neighbors=k).fit(p).kneighbors(return_distance=False) for p in (rows, coords))
        expected = np.mean([len({*a} & {*b}) / k for a, b in zip(true, drawn, strict=True)])
        assert maps.neighbor_recall(CLOUD, coords, k, unit=unit) == pytest.approx(expected)

    def test_a_perfect_map_and_its_mirror(self) -> None:
        """Turning, mirroring, shifting and scaling a map changes no score; nor does a map as small as a start."""
        turned = 7 * FLAT @ np.array([[0.6, 0.8], [0.8, -0.6]]) + 3
        for drawn in (turned, 1e-4 * turned):
            assert maps.neighbor_recall(FLAT, drawn, k=5, unit=False) == 1
            assert maps.trustworthiness(FLAT, drawn, k=5, unit=False) == 1
            assert maps.distance_order(FLAT, drawn, unit=False) == pytest.approx(1)

    @pytest.mark.parametrize(("unit", "rows"), [(True, UNIT), (False, CLOUD)])
    def test_scores_of_scikit_learn_get_the_right_rows(self, unit: bool, rows: np.ndarray) -> None:
        coords = maps.pca(CLOUD).coords
        theirs = manifold.trustworthiness(rows, coords, n_neighbors=5)
        assert maps.trustworthiness(CLOUD, coords, 5, unit=unit) == pytest.approx(theirs)
        assert maps.silhouette(CLOUD, LABELS, unit=unit) == pytest.approx(silhouette_score(rows, LABELS))

    def test_same_class_by_hand(self) -> None:
        """At 0, 1, 2, 9 with classes a a b b: the nearest of 0 is 1 (same), of 1 is 0 (same, the tie goes to the lower
        index), of 2 is 1 (other), of 9 is 2 (same)."""
        assert maps.same_class([[0.0], [1.0], [2.0], [9.0]], list("aabb"), k=1) == 3 / 4

    def test_clumping_of_known_patterns(self) -> None:
        """A square grid of step 1 with m x m points: neighbours at 1, area (m - 1)^2. Pairs of twins: near 0."""
        m = 12
        grid = np.array(list(product(range(m), range(m))), dtype=float)
        assert maps.clumping(grid) == pytest.approx(1 / (0.5 * np.sqrt((m - 1) ** 2 / m**2)))
        assert maps.clumping(np.concatenate([grid, grid + 1e-6])) < 0.01
        strewn = [maps.clumping(np.random.default_rng(s).uniform(size=(2_000, 2))) for s in range(5)]
        assert abs(np.mean(strewn) - 1) < 0.05  # Clark and Evans: 1, and a little more for the edge

    def test_far_pairs_alone(self) -> None:
        """Rank correlation over the pairs that are at least as far apart as the middle one."""
        coords = maps.pca(CLOUD, unit=False).coords
        true, drawn = pdist(CLOUD), pdist(coords)
        for far, chosen in ((False, true >= 0), (True, true >= np.median(true))):
            expected = spearmanr(true[chosen], drawn[chosen]).statistic
            assert maps.distance_order(CLOUD, coords, far=far, unit=False) == pytest.approx(expected)


class TestTheCommittedMaps:
    def test_they_are_of_these_words_tables_and_settings(self) -> None:
        """The first line is what `make maps` would write today; library versions may move on."""
        today = json.loads(json.dumps(make_maps.header()))
        stored = dict(atlas.load().header)
        for header in (today, stored):
            assert set(header.pop("made with")) == {"scikit-learn", "numpy"}
        assert stored == today

    def test_every_planned_map_is_there_once(self) -> None:
        lines = atlas.FILE.read_text(encoding="utf-8").splitlines()[1:]
        names = [tuple(json.loads(line)["map"]) for line in lines]
        expected = [
            (points, table, p, start, iterations)
            for points, plan in atlas.PLANS.items()
            for table in (atlas.TABLES if points in atlas.WORDS else ("",))
            for start, iterations in product(plan.starts, plan.iterations)
            for p in (plan.perplexities if iterations else plan.perplexities[:1])
        ]
        assert sorted(names, key=str) == sorted(expected, key=str)
        sizes = {"categories": 40, "frequent": 300, "two sizes": 100, "three distances": 150, "noise": 300}
        for key, made in atlas.load().maps.items():
            assert made.shape == (sizes[key.points], 2) and np.abs(made).max() == 999

    def test_only_tables_that_may_travel(self) -> None:
        """Coordinates made from Gemma's rows are never shipped."""
        assert {key.table for key in atlas.load().maps} == {"", "smollm2", "minilm", "glove"}
        assert all(tables.load(name).card.rows_may_travel for name in atlas.TABLES)
        assert atlas.FILE.stat().st_size < 1_000_000

    def test_they_are_made_from_these_rows(self) -> None:
        """The starts can be computed again: the drawn one exactly, principal components to a step of the grid."""
        for table, points in product(map(tables.load, atlas.TABLES), atlas.WORDS):
            rows = atlas.rows(table, atlas.words(points))
            start = atlas.find(atlas.Key(points, table.card.name, 8, "pca", 0))
            again = make_maps.on_grid(maps.pca(rows).coords)
            assert np.abs(start.astype(int) - again).max() <= 1
            drawn = atlas.find(atlas.Key(points, table.card.name, 8, 42, 0))
            assert np.array_equal(drawn, make_maps.on_grid(maps.random_start(len(rows), 42)))

    @pytest.mark.parametrize(
        ("points", "perplexity", "k", "band"), [("categories", 8, 5, 0.06), ("frequent", 30, 10, 0.04)]
    )
    @pytest.mark.parametrize("name", atlas.TABLES)
    def test_maps_made_now_score_alike(self, name: str, points: str, perplexity: int, k: int, band: float) -> None:
        """Another processor moves single maps; the mean recall of three seeds stays within a band.

        On the machine that made them it is equal. Single maps of the same seed differed by 0.09 on forty words and by
        0.01 on three hundred between two processors, hence the bands.
        """
        stored = [maps.word_map(name, points, perplexity, seed) for seed in (42, 0, 1)]
        live = [maps.tsne(stored[0].vectors, perplexity, seed) for seed in (42, 0, 1)]
        before = np.mean([maps.neighbor_recall(m.vectors, m.coords, k) for m in stored])
        now = np.mean([maps.neighbor_recall(stored[0].vectors, coords, k) for coords in live])
        assert abs(before - now) < band

    def test_rounding_keeps_a_map(self) -> None:
        """Half a step at most, of two thousand across, after the map was moved to its middle."""
        coords = np.random.default_rng(3).normal(size=(50, 2)) * 17 + 4
        step = np.ptp(coords, axis=0).max() / 1_998
        off = coords / step - make_maps.on_grid(coords)
        assert np.ptp(off, axis=0).max() < 1.2 and np.abs(make_maps.on_grid(coords)).max() == 999


class TestOtherTables:
    def test_it_is_mapped_on_the_spot(self) -> None:
        """A table that the atlas does not know, with some of the words missing: those are left out."""
        listed = [word for word in atlas.words("categories") if word not in ("loop", "calm")]
        vectors = np.random.default_rng(1).normal(size=(len(listed), 6))
        made = maps.word_map(tables.from_vectors(listed, vectors.tolist(), name="own"), iterations=250)
        assert made.words == tuple(listed)
        assert made.coords.shape == (38, 2)
        assert len(made.classes) == 38
        assert np.allclose(as_points(vectors, unit=True), made.vectors, atol=1e-6)

    @pytest.mark.parametrize("change", [{"digest": ""}, {"digest": "0" * 64}, {"name": "another"}])
    def test_a_name_alone_is_not_the_table(self, minilm: EmbeddingTable, change: dict[str, str]) -> None:
        """Other rows under the name of a known table, or its rows under another, get a map of their own."""
        other = EmbeddingTable(replace(minilm.card, **change), minilm.vocabulary, np.roll(minilm.vectors, 1, axis=1))
        made, stored = (maps.word_map(table, iterations=250) for table in (other, minilm))
        assert made.words == stored.words and not np.array_equal(made.coords, stored.coords)
        assert np.abs(made.coords).max() < 999
