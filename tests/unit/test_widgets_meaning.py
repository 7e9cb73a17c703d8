"""The views of page 02, JavaScript against numpy and matplotlib on the same inputs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedbook import widgets
from embedbook.claims import words
from embedbook.widgets import arithmetic, datasets
from embedbook.widgets.basis import kept_of, turned
from embedbook.widgets.view import joined
from tests.unit.node import run

LOOK = (
    "const rows = core.unpackRows(load(data.path)), { look, sentence } = views.basis;"
    "return data.states.map((state) => [look(rows, state), sentence(rows, look(rows, state), state)]);"
)


@pytest.fixture(scope="module")
def site_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name in ("rows-minilm", "rows-glove"):
        (folder / f"{name}.js").write_text(datasets.dataset(name).script(), encoding="utf-8")
    return folder


class TestBasis:
    @pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 50, 384])
    def test_turning_is_orthogonal_and_the_same_in_both_languages(self, width: int) -> None:
        """The turned axes are at right angles and of length one, and JavaScript turns them alike."""
        axes = np.eye(width)
        for degrees in (0, 35, 90):
            made = turned(axes, degrees)
            assert made @ made.T == pytest.approx(axes, abs=1e-12)
            found = run(
                "return [...views.basis.turned(data.rows, data.width, data.degrees)];",
                rows=axes.ravel().tolist(), width=width, degrees=degrees,
            )  # fmt: skip
            assert np.reshape(found, (width, width)) == pytest.approx(made, abs=1e-12)

    @pytest.mark.parametrize("name", ["minilm", "glove"])
    def test_every_number_changes(self, name: str) -> None:
        """Of the carried rows at 30 degrees, but for the few that come out alike by accident."""
        rows = datasets.dataset(f"rows-{name}").rows()
        assert np.isclose(turned(rows, 30), rows, rtol=0, atol=1e-9).mean() < 1e-4
        mixed = np.count_nonzero(np.abs(turned(np.eye(rows.shape[1]), 30)) > 1e-12, axis=0)
        assert mixed.min() > 5  # each number is a mixture of many

    @settings(max_examples=10, deadline=None)
    @given(st.integers(1, 400), st.integers(1, 100))
    def test_kept(self, dimensions: int, percent: int) -> None:
        kept = run("return views.basis.keptOf(data.dimensions, data.percent);", dimensions=dimensions, percent=percent)
        assert kept == kept_of(dimensions, percent)
        assert abs(kept - dimensions * percent / 100) <= 0.5 or kept == 1

    @pytest.mark.parametrize("name", ["minilm", "glove"])
    def test_neighbors_and_sentence(self, site_data: Path, name: str) -> None:
        states: list[dict[str, Any]] = [
            {"word": word, "degrees": degrees, "percent": percent}
            for word, degrees, percent in [("cat", 0, 100), (" Paris ", 30, 100), ("king", 45, 37), ("cat", 90, 1)]
        ]
        found = run(LOOK, path=str(site_data / f"rows-{name}.js"), states=states)
        for state, (seen, sentence) in zip(states, found, strict=True):
            view = widgets.basis(**state, tables=[name], first=name).view
            expected = view.found()
            assert [item["label"] for item in seen["found"]] == [word for word, _ in expected]
            assert [item["value"] for item in seen["found"]] == pytest.approx([v for _, v in expected], abs=1e-9)
            assert sentence == view.text()

    @pytest.mark.parametrize("name", ["minilm", "glove"])
    def test_without_dropping_the_neighbours_are_those_of_the_table(self, name: str) -> None:
        """Whatever the angle: the neighbours widget, which turns nothing, is the truth."""
        plain = widgets.neighbors("king", k=8, tables=[name], first=name).view.found(name)
        for degrees in (0, 25, 90):
            found = widgets.basis("king", degrees, tables=[name], first=name).view.found()
            assert [word for word, _ in found] == [word for word, _ in plain]
            assert [cosine for _, cosine in found] == pytest.approx([cosine for _, cosine in plain], abs=1e-12)

    def test_a_word_that_is_not_carried(self, site_data: Path) -> None:
        view = widgets.basis("defenestration").view
        assert view.text() == arithmetic.lacking(datasets.dataset("rows-minilm"), "defenestration")
        seen = run(
            "const state = { word: 'defenestration', degrees: 5, percent: 9 };"
            "return views.basis.look(core.unpackRows(load(data.path)), state);",
            path=str(site_data / "rows-minilm.js"),
        )
        assert seen is None


class TestColors:
    @settings(max_examples=15, deadline=None)
    @given(st.tuples(*[st.integers(0, 255)] * 3))
    def test_counts_and_sentence(self, color: tuple[int, int, int]) -> None:
        view = widgets.colors(*color).view
        names, counts, sentence = run(
            "const { leftBy, nearest, sentence } = views.colors, { colors, color, about } = data;"
            "return [nearest(colors, color).map(([name]) => name),"
            " [[0], [1], [2], [0, 1, 2]].map((channels) => leftBy(colors, color, channels, about).length),"
            " sentence(colors, color, about)];",
            colors=view.colors, color=list(color), about=view.about,
        )  # fmt: skip
        assert names == view.nearest()
        assert sentence == view.text()
        rgb = np.array(list(words.named_colors().values()))
        near = np.abs(rgb - color) <= 8
        assert counts == [*near.sum(axis=0).tolist(), int(near.all(axis=1).sum())]

    def test_the_nearest_is_matplotlibs(self) -> None:
        """Every named colour is its own nearest, by the codes that matplotlib carries."""
        from matplotlib.colors import to_rgb

        for name in words.named_colors():
            red, green, blue = (round(255 * part) for part in to_rgb(name))
            assert widgets.colors(red, green, blue).view.nearest()[0] == name


class TestMechanism:
    @pytest.mark.parametrize("folder", ["basis", "colors"])
    def test_joined_module_stands_alone(self, folder: str, tmp_path: Path) -> None:
        text = joined(folder)
        assert not re.search(r"^import ", text, re.MULTILINE)
        (tmp_path / "joined.mjs").write_text(text, encoding="utf-8")
        assert (
            run("return typeof (await import(data.path)).default.render;", path=(tmp_path / "joined.mjs").as_uri())
            == "function"
        )

    @pytest.mark.parametrize("make", [widgets.basis, widgets.colors])
    def test_two_of_a_kind_can_have_keys_of_their_own(self, make: Any) -> None:
        assert make().view.key == make.__name__
        assert make(key="second").view.key == "second"
