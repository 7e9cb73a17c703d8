"""What the figures draw is what they were given: lengths, places, order, colours and words, read from the picture's
parts; and what a listener is told. No image is compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import ArrowStyle

from embedbook import plotting
from embedbook.evaluation import AnalogyReport, RelationScore
from embedbook.geometry import Baseline
from embedbook.plotting import BLUE, COLORS, GOLD, INK, LINE, MUTED, PAPER, TEAL, VERMILLION
from embedbook.sizing import ModelSize

Draw = Callable[..., tuple[list[Axes], str]]


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Calls a figure; gives its axes and its alternative text, once its title and panels were found in both."""
    shown: list[tuple[Figure, str, str]] = []
    real = plotting.show

    def show(made: Figure, alt: str, **options: Any) -> Any:
        shown.append((made, alt, made.get_suptitle()))
        return real(made, alt, **options)

    monkeypatch.setattr(plotting, "show", show)

    def drawn(function: Callable[..., Any], *given: Any, **options: Any) -> tuple[list[Axes], str]:
        picture = function(*given, **options)
        made, alt, title = shown[-1]
        assert picture.alt == alt and picture.data[:4] == b"\x89PNG" and picture.width == 720
        assert alt.startswith(f"{title}. ") and alt.endswith(".")
        site = picture.metadata["site"]
        assert site["title"] == title and all(whole(made, site[kind]) for kind in ("wide", "narrow"))
        return made.axes, alt

    return drawn


def whole(made: Figure, drawn: str) -> bool:
    """What every figure for the site is: well-formed, of one width, in named colours, legible, with all its words."""
    svg = ElementTree.fromstring(drawn)
    assert svg.get("width") in ("720", "340") and not re.search(r"#[0-9a-f]{6}\b(?!\w)|<script|<style|DejaVu", drawn)
    names = set(re.findall(r"--book-(\w+)", drawn))
    assert names <= set(plotting.NAMED.values()) and "ink" in names
    sizes = [100 / 72 * float(size) for size in re.findall(r"font-size: ([\d.]+)px", drawn)]
    assert sizes and min(sizes) > 11.5  # pixels, of a page as wide as the figure
    ids = re.findall(r' id="([^"]*)"', drawn)
    assert len(ids) == len(set(ids)) and set(re.findall(r'(?:href="|url\()#([^")]*)', drawn)) <= set(ids)
    said = " ".join("".join(svg.itertext()).split())
    return all(text.get_text() in said for ax in made.axes for text in ax.texts if "\n" not in text.get_text())


def points(ax: Axes) -> list[tuple[str | list[str], list[list[float]]]]:
    """Each scatter's places, and the colour of all its points or of each."""
    scatters = [each for each in ax.collections if isinstance(each, PathCollection)]
    fills = [[to_hex(color) for color in each.get_facecolor()] for each in scatters]
    return [(f if len(f) > 1 else f[0], each.get_offsets().tolist()) for f, each in zip(fills, scatters, strict=True)]


def lines(ax: Axes) -> list[tuple[str, list[float], list[float]]]:
    return [(line.get_color(), *(np.asarray(data).tolist() for data in line.get_data())) for line in ax.lines]


def words(ax: Axes) -> list[tuple[str, str]]:
    """Texts in an axes with their colours, in the order in which they were written."""
    return [(text.get_text(), text.get_color()) for text in ax.texts]


def ticks(ax: Axes) -> list[tuple[float, str]]:
    """Labels of the lines, from the top of the picture to its foot, with their heights."""
    return sorted(
        ((float(at), label.get_text()) for at, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)),
        reverse=True,
    )


def test_the_groups_have_colours_of_their_own() -> None:
    """On paper each colour has a contrast of at least 4.5 (WCAG 2.1, for text), and no two are the same."""

    def light(color: str) -> float:
        channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05

    assert len({*COLORS, INK, MUTED}) == 7 and len(set(plotting.MARKERS)) == len(COLORS)
    assert all(light(PAPER) / light(color) >= 4.5 for color in (*COLORS, INK, MUTED))


def test_a_figure_for_the_site_is_the_same_on_every_run_and_names_its_lines_once() -> None:
    """A wide one has the names at its left, a phone's at each of its panels; numbers in words stay as they are."""
    given = {name: {"cats <0.12345>": {"any": (0.4, 0.5, 0.6)}} for name in ("minilm", "glove")}
    first, second = (plotting.intervals(given, "Twice", "AUC").metadata["site"] for _ in range(2))
    assert first == second
    assert [first[kind].count("cats &lt;0.12345&gt;") for kind in ("wide", "narrow")] == [1, 2]
    tall, flat = (float(re.search(r'height="(\d+)"', first[kind])[1]) for kind in ("narrow", "wide"))
    assert tall == 2 * flat
    assert not re.search(r"\d\.\d{3}", re.sub(r">[^<]*<", "><", first["wide"]))


def test_matrix(draw: Draw) -> None:
    rows = np.array([[0.5, -1.0, 0.0], [1.0, 0.25, -0.5]])
    (ax,), _ = draw(plotting.matrix, rows, ["first", "second"], "Two rows")
    image = ax.images[0]
    assert np.array_equal(image.get_array(), rows) and image.origin == "upper"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
    low, zero, high = (to_hex(image.cmap(image.norm(value))) for value in (-9, 0, 9))
    assert (low, high) == (BLUE, VERMILLION) and zero == to_hex(image.cmap(0.5))


def test_intervals(draw: Draw) -> None:
    both = {"direction": (0.9, 0.95, 0.99), "number": (0.5, 0.6, 0.64)}
    one = {"mammals": {"direction": (0.7, 0.8, 0.9)}, "colours": {}}
    given = {"minilm": {"mammals": both, "colours": {"x": (0, 1, 1)}}, "glove": one}
    (first, second), alt = draw(plotting.intervals, given, "A direction tells", "AUC")
    assert "minilm, mammals: direction 0.95 (0.90 to 0.99), number 0.60 (0.50 to 0.64); minilm, colours" in alt
    assert ticks(first) == ticks(second) == [(1, "mammals"), (0, "colours")]
    assert [ax.get_title(loc="left") for ax in (first, second)] == list(given) and first.get_xlabel() == "AUC"
    assert lines(first) == [
        (TEAL, [0, 1], [0.2, 0.2]), (TEAL, [1], [0.2]),
        (TEAL, [0.9, 0.99], [1.2, 1.2]), (TEAL, [0.95], [1.2]),
        (VERMILLION, [0.5, 0.64], [1, 1]), (VERMILLION, [0.6], [1]),
    ]  # fmt: skip
    assert lines(second) == [(TEAL, [0.7, 0.9], [1.2, 1.2]), (TEAL, [0.8], [1.2])]
    assert words(first) == [("direction", TEAL), ("number", VERMILLION)] and not words(second)


def test_curves(draw: Draw) -> None:
    given = {"a": {"random": {8: 1.0, 2: 5.0}, "largest": {4: 2.0}}, "b": {name: {2: 3.0} for name in "wxyz"}}
    (first, second), _ = draw(plotting.curves, given, "Half keeps half", "kept", "the same")
    assert lines(first) == [(TEAL, [8, 2], [1, 5]), (VERMILLION, [4], [2])]
    assert lines(second) == [(color, [2], [3]) for color in (TEAL, VERMILLION, BLUE, GOLD)]
    assert words(first) == [("random", TEAL), ("largest", VERMILLION)]
    assert [label.get_text() for label in first.get_xticklabels()] == ["2", "4", "8"] and first.get_xscale() == "log"


def test_pairs_on_baseline(draw: Draw) -> None:
    cosines = np.sort(np.random.default_rng(0).normal(0.2, 0.2, 2_000).clip(-0.7, 0.9)).astype(np.float32)
    baselines = {name: Baseline(mean, 0.2, {}, cosines) for name, mean in (("minilm", 0.2), ("glove", 0.31))}
    pairs = {"king-queen": {"minilm": 0.6, "glove": 0.78}, "cat-car": {"minilm": -0.12, "glove": None}}
    (first, second), alt = draw(plotting.pairs_on_baseline, baselines, pairs, "Pairs on random pairs")
    assert alt == (
        "Pairs on random pairs. Cosines in minilm, where random pairs average 0.20: king-queen 0.60, cat-car -0.12; "
        "in glove, where random pairs average 0.31: king-queen 0.78."
    )
    assert lines(first) == [(VERMILLION, [-0.12, -0.12], [0, 0.625]), (VERMILLION, [0.6, 0.6], [0, 0.875])]
    assert [said for said, _ in words(first)] == ["cat-car −0.12", "king-queen 0.60"]
    assert [said for said, _ in words(second)] == ["king-queen 0.78"]
    titles = [ax.get_title(loc="left") for ax in (first, second)]
    assert titles == ["minilm: random pairs average 0.20", "glove: random pairs average 0.31"]
    outline = first.collections[0].get_paths()[0].vertices  # each column twice: its left and its right edge
    counts, edges = np.histogram(cosines, bins=np.arange(-0.8, 1.01, 0.02))
    for edge, count in zip(edges[1:-2], counts[1:], strict=False):
        at = outline[np.isclose(outline[:, 0], edge)][:, 1]
        assert np.isclose(at, count / counts.max() * 0.45).any(), edge


def test_relation_scores(draw: Draw) -> None:
    def report(**correct: int) -> AnalogyReport:
        answered = {"capitals": 400, "family": 50, "nobody": 0}
        scores = {name: RelationScore(correct.get(name, 0), count, 500, 0) for name, count in answered.items()}
        return AnalogyReport("any", "offset", True, scores)

    left_out, let_in = report(capitals=300, family=40), report(capitals=20, family=5)
    (ax,), alt = draw(plotting.relation_scores, {"minilm": (left_out, let_in)}, "The rule is worth much")
    assert ticks(ax) == [(1, "capitals"), (0, "family")]
    assert points(ax) == [([TEAL, PAPER], [[75, 1], [80, 0]]), ([VERMILLION, PAPER], [[5, 1], [10, 0]])]
    between = [segment.tolist() for segment in ax.collections[0].get_segments()]
    assert between == [[[5, 1], [75, 1]], [[10, 0], [80, 0]]]
    assert ax.get_title(loc="left") == "minilm\n75.6 → 5.6 %"  # 340 and 25 of 450
    assert (
        " ".join(ax.figure.get_supxlabel().split())
        == "percent right; ● inputs left out → ◆ allowed; hollow: fewer than 100 questions answered"
    )
    assert alt.endswith("Hollow: fewer than 100 questions answered, family in minilm (50).")


def test_model_shares(draw: Draw) -> None:
    tied = ModelSize("Tiny", 10, 2, 2, 1, 1, (10, 2), tied=True, parameters=40)
    untied = ModelSize("Large", 10, 2, 2, 1, 1, (10, 2), tied=False, parameters=1_000)
    (ax,), alt = draw(plotting.model_shares, [tied, untied], "Half of it")
    bars = [(to_hex(bar.get_facecolor()), bar.get_y() + bar.get_height() / 2, bar.get_width()) for bar in ax.patches]
    assert all(bar.get_x() == 0 for bar in ax.patches) and ax.get_xlim() == (0, 100)
    widths = {LINE: (100, 100), VERMILLION: (50, 4), TEAL: (50, 2)}
    assert bars == [
        (color, height, width) for color, both in widths.items() for height, width in zip((1, 0), both, strict=True)
    ]
    assert ticks(ax) == [(1, "Tiny  40"), (0, "Large  1.00 thousand")]
    said = [(*text.get_position(), text.get_text()) for text in ax.texts]
    assert said == [(51, 1, "table 50.0 %"), (5, 0, "table and head 4.0 %")]
    assert alt == "Half of it. Bars for table and head together: Tiny 50.0 %; Large 4.0 %."


def test_maps(draw: Draw) -> None:
    one, two = [[0.0, 0.0], [4.0, 1.0], [2.0, 9.0]], [[5.0, 5.0], [1.0, 0.0], [0.0, 3.0]]
    axes, alt = draw(plotting.maps, {"one": one, "two": two}, ["b", "a", "b"], "Two maps", ["x", "y", "z"])
    for ax, places in zip(axes, (one, two), strict=True):
        assert points(ax) == [(TEAL, [places[0], places[2]]), (VERMILLION, [places[1]])]
        assert [(text.get_text(), list(text.xy)) for text in ax.texts] == list(zip("xyz", places, strict=True))
        assert ax.get_aspect() == 1 and not ax.xaxis_inverted() and not ax.yaxis_inverted()
        assert [ax.get_legend_handles_labels()[1]] == [["b", "a"]]
    assert [text.get_text() for text in axes[0].figure.legends[0].get_texts()] == ["b", "a"]
    assert alt == "Two maps. Panels: one (3 points in 2 groups), two (3 points in 2 groups)."
    (ax,), alt = draw(plotting.maps, {"one": one}, (), "No groups")
    assert points(ax) == [(MUTED, one)] and alt == "No groups. Panels: one (3 points)."
    with pytest.raises(ValueError, match=r"expected rows \[n, D\], got shape \[2\]"):
        plotting.maps({"one": [0, 1]}, (), "No places")
    with pytest.raises(ValueError, match="at most 5 classes have a colour and a shape, got 6"):
        plotting.maps({"one": np.zeros((6, 2))}, list("abcdef"), "Six")


def test_labels_of_a_map_stand_on_the_free_side(draw: Draw) -> None:
    """Two points side by side: the left one is named on its left, the right one on its right."""
    (ax,), _ = draw(plotting.maps, {"m": [[0, 0], [1, 0], [0, 30]]}, (), "Sides", ["left", "right", "top"])
    assert [text.get_horizontalalignment() for text in ax.texts[:2]] == ["right", "left"]


def test_over_steps(draw: Draw) -> None:
    given = {"dog": [0.0, 0.5, 0.84], "refrigerator": [0.2, 0.1, 0.02], "democracy": [-0.1, 0.0, 0.0]}
    (ax,), alt = draw(plotting.over_steps, [0, 10, 20], given, "Dog is nearest", "cosine with cat")
    drawn = [(color, [0, 10, 20], line) for color, line in zip(COLORS, given.values(), strict=False)]
    assert lines(ax) == [*drawn, (LINE, [0, 1], [0, 0])]
    assert words(ax) == list(zip(given, COLORS, strict=False))
    heights = [text.xy[1] for text in ax.texts]
    assert heights[0] == 0.84 and heights[2] == 0 and heights[1] == pytest.approx(0.94 / 14)  # moved off the line below
    assert alt == (
        "Dog is nearest. Lines by training step, 0 to 20, with their last value: dog 0.84, refrigerator 0.02, democracy 0.00."
    )


def test_over_steps_of_a_walk_beside_a_band(draw: Draw) -> None:
    """The band is shaded from its lowest to its highest; no line of zeros where nothing is near it."""
    given = {"queen": [0.6, 0.74, 0.65]}
    band = ("random", [0.5, 0.4, 0.2], [0.6, 0.55, 0.4])
    (ax,), alt = draw(plotting.over_steps, [0, 0.5, 2], given, "It passes by", "cosine", "steps", band)
    assert lines(ax) == [(TEAL, [0, 0.5, 2], [0.6, 0.74, 0.65])] and ax.get_xlabel() == "steps"
    outline = {tuple(at) for at in ax.collections[0].get_paths()[0].vertices.tolist()}
    assert {(x, y) for edge in band[1:] for x, y in zip([0, 0.5, 2], edge, strict=True)} == outline
    assert words(ax) == [("queen", TEAL), ("random", MUTED)]
    assert [text.xy for text in ax.texts] == [(2, 0.65), (2, pytest.approx(0.3))]
    assert alt.endswith("queen 0.65 (highest 0.74 at 0.5). Shaded, random: 0.20 to 0.40.")


def test_arrows(draw: Draw) -> None:
    given = {"man": [0.0, 0.0], "woman": [1.0, 0.0], "king": [0.2, 0.9]}
    (ax,), alt = draw(plotting.arrows, given, [("man", "woman")], "A step", [("man", "king")])
    assert points(ax) == [(INK, list(given.values()))] and ax.get_aspect() == 1
    assert lines(ax) == [(MUTED, [0, 0.2], [0, 0.9])]
    arrow, *labels = ax.texts
    assert (list(arrow.xyann), list(arrow.xy)) == ([0, 0], [1, 0])  # from, to
    assert isinstance(arrow.arrow_patch.get_arrowstyle(), ArrowStyle.CurveFilledB)  # its head is at its end
    assert to_hex(arrow.arrow_patch.get_edgecolor()) == TEAL
    assert [(text.get_text(), list(text.xy)) for text in labels] == list(given.items())
    assert not ax.xaxis_inverted() and not ax.yaxis_inverted()
    assert alt == (
        "A step. Points: man (0.00, 0.00), woman (1.00, 0.00), king (0.20, 0.90). Arrows: man to woman. "
        "Dashed: man to king."
    )
    for steps, dashed in (([("man", "queen")], []), ([], [("queen", "man")])):
        with pytest.raises(ValueError, match="no point is called 'queen'; there are man, woman, king"):
            plotting.arrows(given, steps, "Lost", dashed)


def test_spreads(draw: Draw) -> None:
    scores, control = {"GloVe": [0.9, 0.7], "skip-gram": [0.8]}, {"GloVe": [0.1, 0.2], "skip-gram": [0.05]}
    (ax,), alt = draw(plotting.spreads, scores, control, 0.06, "All find them", "share")
    assert ticks(ax) == [(1, "GloVe"), (0, "skip-gram")]
    assert points(ax) == [
        (TEAL, [[0.9, 1], [0.7, 1]]), (PAPER, [[0.1, 1], [0.2, 1]]), (TEAL, [[0.8, 0]]), (PAPER, [[0.05, 0]])
    ]  # fmt: skip
    assert lines(ax) == [(TEAL, [0.7, 0.9], [1, 1]), (TEAL, [0.8, 0.8], [0, 0]), (MUTED, [0.06, 0.06], [0, 1])]
    assert words(ax) == [("shuffled text", VERMILLION), ("the corpus", TEAL)]
    assert alt == (
        "All find them. Dots from the least to the most: GloVe 0.70 to 0.90, control 0.10 to 0.20; "
        "skip-gram 0.80 to 0.80, control 0.05 to 0.05. Chance 0.06."
    )
