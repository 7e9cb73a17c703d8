"""What a view draws against what Python computes: numbers, lengths, colours and places, not the sentence alone.

An axis is read off the ticks that the picture itself shows, and what is drawn is then read off the axis, as a reader
does it; a larger number stands to the right and higher up.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

import bpe_openai
import numpy as np
import pytest
import torch
from numpy.typing import ArrayLike, NDArray

from embedbook import contextual, geometry, lists, maps, probes, sizing, tables, widgets
from embedbook.learning import recovery, training, untouched
from embedbook.learning.corpus import make_corpus
from embedbook.maps import atlas
from embedbook.widgets import packs
from embedbook.widgets.basis import kept_of, turned
from embedbook.widgets.sentences import fixed
from tests.unit.node import Drawn, play, run, words

Floats = NDArray[np.float64]


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))


def bars(drawn: Drawn) -> list[tuple[str, str]]:
    """Label and number of every bar; its length, its sign and its number are of one value."""
    found = []
    for item in drawn.all("li"):
        if "eb-number" not in [child.get("class") for child in item]:
            continue
        label, middle, shown = item
        found.append((words(label), words(shown)))
        if middle.get("class") == "eb-bar":
            (bar,) = (child for child in middle if child.get("class") != "eb-zero")
            value = number(words(shown))
            assert float(bar.get("style:width", "").rstrip("%")) == pytest.approx(100 * abs(value), abs=0.56)
            assert bar.get("class") == ("eb-negative" if words(shown).startswith("\N{MINUS SIGN}") else "eb-positive")
    return found


def strips(drawn: Drawn) -> list[tuple[Floats, Floats]]:
    """The numbers of every strip [D] as shares of a full bar, up for more than zero, and which have their full colour.

    A bar stands at its number's place, on the line of zeros, as high as it says; its colour is that of its sign.
    """
    found = []
    for strip in drawn.all("eb-strip"):
        left, top, count, height = map(float, strip.get("viewBox", "").split())
        assert (left, top, height) == (0, -100, 200) and strip.get("preserveAspectRatio") == "none"
        numbers, full = np.zeros(int(count)), np.zeros(int(count), bool)
        for path in strip.iter("path"):
            kinds, way = path.get("class", "").split(), path.get("d", "")
            bars_of = re.findall(r"M(\d+) 0v(-?[\d.]+)h\.9V0z", way)
            assert way == "".join(f"M{at} 0v{high}h.9V0z" for at, high in bars_of)
            at, high = np.array(bars_of, dtype=float).T
            assert (np.signbit(high) == (kinds[0] == "eb-up")).all() and kinds[0] in ("eb-up", "eb-down")
            numbers[at.astype(int)], full[at.astype(int)] = -high / 100, "eb-faint" not in kinds
        (line,) = (one for one in strip.iter("line") if one.get("class") == "eb-line-of-zeros")
        assert (line.get("y1"), line.get("y2")) == ("0", "0")
        found.append((numbers, full))
    return found


def cut(rows: ArrayLike) -> Floats:
    """Numbers as shares of a full bar: the size within which 99 of 100 of them stay; larger ones are cut there."""
    rows = np.asarray(rows, dtype=float)
    most = np.quantile(np.abs(rows), 0.99, method="higher") or 1
    return np.asarray((rows / most).clip(-1, 1))


def axis(pairs: list[tuple[float, float]]) -> Any:
    """From a place to the number there, by ticks [(place, number)] that lie on one line."""
    places, numbers = np.array(pairs).T
    slope, start = np.polyfit(places, numbers, 1)
    assert np.abs(slope * places + start - numbers).max() < 0.01 * np.ptp(numbers)
    return lambda place: slope * np.asarray(place) + start


def lines(drawn: Drawn) -> list[Floats]:
    """The lines [points, 2] of a plot over steps, in the numbers of its axes; the mark of the step stands on its axis."""
    ticks = [tick for tick in drawn.all("eb-walk")[0].iter("text") if "eb-tick" in tick.get("class", "")]
    read = [
        (float(t.get("x", 0)), float(t.get("y", 0)), number(words(t)), t.get("text-anchor"))
        for t in ticks
        if words(t) not in ("step", "layer")
    ]
    across = axis([(x, value) for x, _, value, anchor in read if anchor == "middle"])
    down = axis([(y - 5, value) for _, y, value, anchor in read if anchor == "end"])
    assert across(1) > across(0) and down(0) > down(1)
    (now,) = drawn.numbers("eb-now", "x1", "x2")
    if "percent" not in drawn.state:
        step = drawn.state.get("step", drawn.state.get("layer", 0))
        assert across(now) == pytest.approx([step, step], abs=0.01 * (across(440) - across(60)))
    found = [np.array([at.split(",") for at in line.get("points", "").split()], float) for line in drawn.all("eb-line")]
    return [np.column_stack([across(line[:, 0]), down(line[:, 1])]) for line in found]


def places(drawn: Drawn) -> dict[str, tuple[Floats, str]]:
    """Where each word of a map stands [2], and the class of its mark."""
    marks = [mark for mark in drawn.all("eb-mark") if mark.find("title") is not None]
    at = [np.array(re.findall(r"-?[\d.]+", mark.get("transform", "")), dtype=float) for mark in marks]
    return {words(mark): (place, mark.get("class", "")) for mark, place in zip(marks, at, strict=True)}


def assert_same_map(drawn: Drawn, names: Sequence[str], coords: ArrayLike) -> None:
    """Every word stands where its coordinates say: to the right for more of the first, higher for more of the second."""
    shown, expected = places(drawn), np.asarray(coords, dtype=float)
    assert sorted(shown) == sorted(names)
    at = np.array([shown[word][0] for word in names])
    for axis_, sign in ((0, 1), (1, -1)):
        slope, start = np.polyfit(expected[:, axis_], at[:, axis_], 1)
        assert sign * slope > 0
        assert np.abs(slope * expected[:, axis_] + start - at[:, axis_]).max() < 0.08


def first_rows(table: tables.EmbeddingTable) -> tables.EmbeddingTable:
    """The rows that load first, as they travel."""
    ids = packs.pack_ids(table)
    return tables.from_vectors([table.word(i) for i in ids], packs.rounded(table, ids))


def place(table: tables.EmbeddingTable, word: str) -> int:
    """Where a word stands among them."""
    return packs.pack_ids(table).tolist().index(table.find(word))


def row(table: tables.EmbeddingTable, word: str) -> Floats:
    return first_rows(table).vectors[place(table, word)].astype(float)


def unit(vector: Floats) -> Floats:
    return vector / np.linalg.norm(vector)


MINE = tables.from_vectors(
    ["North", "East", "South", "West", "high", "low"], [[0, 1], [1, 0], [0, -2], [-3, 0], [1, 9], [-1, -7]]
)


@pytest.mark.parametrize(
    ("table", "word", "k"), [("minilm", "paris", 5), ("glove", "Queen", 20), (MINE, "North", 20), (MINE, "West", 2)]
)
def test_neighbors(table: Any, word: str, k: int) -> None:
    table = tables.as_table(table)
    (drawn,) = play(widgets.neighbors(word, k, tables=[table]))
    found = geometry.nearest_neighbors(rows := first_rows(table), place(table, word), k)
    names = rows.tokens
    assert bars(drawn) == [(names[other.id], fixed(other.cosine)) for other in found]
    widths = drawn.numbers("eb-positive", "style:width") + drawn.numbers("eb-negative", "style:width")
    assert sorted(widths) == pytest.approx(np.array(sorted([100 * abs(other.cosine)] for other in found)), abs=0.06)
    zero = geometry.random_pair_baseline(table, ids=packs.pack_ids(table)).mean  # of what is searched, not of all rows
    assert drawn.numbers("eb-zero", "style:left") == (
        [[pytest.approx(100 * zero, abs=0.06)]] * len(found) if zero > 0 else []
    )


@pytest.mark.parametrize(("table", "word", "k"), [("smollm2", "Python", 5), ("glove", "queen", 12), (MINE, "North", 3)])
def test_neighbors_as_strips(table: Any, word: str, k: int) -> None:
    """All numbers at length 1 and one scale; of a neighbour in full colour those that bring half of what is in common."""
    table = tables.as_table(table)
    (drawn,) = play(widgets.neighbors(word, k, "strips", tables=[table]))
    rows, i = first_rows(table), place(table, word)
    found = geometry.nearest_neighbors(rows, i, k)
    assert drawn.kind == "drawn"
    units = [unit(rows.vectors[j].astype(float)) for j in (i, *(other.id for other in found))]
    own, *others = strips(drawn)
    assert np.array([numbers for numbers, _ in (own, *others)]) == pytest.approx(cut(units), abs=1e-4)
    for (_, full), other in zip(others, units[1:], strict=True):
        parts = units[0] * other
        bright, half = parts[full], parts[parts > 0].sum() / 2
        assert (bright > 0).all() and bright.sum() >= half - 1e-9
        assert not len(bright) or (bright.sum() - bright.min() < half and bright.min() >= parts[~full].max() - 1e-9)
    names = [words(label) for label in drawn.all("ol")[0].iter() if label.get("class") == "eb-label"]
    assert names == [rows.tokens[other.id] for other in found]
    assert [words(one) for one in drawn.all("eb-number")][1:] == [fixed(other.cosine) for other in found]
    lengths = drawn.numbers("eb-positive", "style:width") + drawn.numbers("eb-negative", "style:width")
    assert sorted(lengths) == pytest.approx(np.array(sorted([100 * abs(other.cosine)] for other in found)), abs=0.06)
    assert words(drawn.all("eb-own")[0]) == f"{rows.tokens[i]}id {packs.pack_ids(table)[i]}"


@pytest.mark.parametrize(("table", "angle", "percent"), [("minilm", 30, 40), ("glove", 0, 100), (MINE, 45, 50)])
def test_basis(table: Any, angle: int, percent: int) -> None:
    """Bars by the kept numbers of the turned rows, by numpy; a bar is marked unless the whole row has it too."""
    table = tables.as_table(table)
    (drawn,) = play(widgets.basis("North" if table is MINE else "cat", angle, percent, tables=[table]))
    rounded = first_rows(table)
    names, i = rounded.tokens, place(table, drawn.state["word"])
    kept = kept_of(table.dimensions, percent)
    part = geometry.unit(turned(geometry.unit(rounded.vectors.astype(float)), angle)[:, :kept])
    order = [j for j in np.argsort(-(part @ part[i]), kind="stable") if j != i][:8]
    assert bars(drawn) == [(names[j], fixed(part[j] @ part[i])) for j in order]
    whole = {other.id for other in geometry.nearest_neighbors(rounded, i, 8)}
    assert len(drawn.all("eb-new")) == len(set(order) - whole)
    before, after = (turned(rounded.vectors[[i]], by)[0] for by in (0, angle))
    most = np.quantile(np.abs(before), 0.99, method="higher")
    (stored, _), (shown, full) = strips(drawn)
    assert stored == pytest.approx(cut(before), abs=1e-4)
    assert shown == pytest.approx((after / most).clip(-1, 1), abs=1e-4)
    seen = np.flatnonzero(np.abs(after) > 1e-4 * most)
    assert full[seen].tolist() == (seen < kept).tolist()


@pytest.mark.parametrize(
    ("name", "text", "position"),
    [
        ("minilm", "The capital of France is Paris", 6),
        ("glove", "at 9:00 in japan", 3),
        ("smollm2", "Hi, unhappily", 3),
        ("smollm2", "the bank, a bank or The bank", 2),
    ],
)
def test_lookup(name: str, text: str, position: int) -> None:
    table = tables.load(name)
    (drawn,) = play(widgets.lookup(text, position, tables=[table]))
    ids = table.encode(text)
    carried = [token_id for token_id in ids if token_id < packs.carried(table)]
    rows = packs.rounded(table, np.array(carried, dtype=np.int32)).astype(float)
    shown = np.array([numbers for numbers, _ in strips(drawn)])
    assert shown == pytest.approx(cut(rows), abs=1e-4)
    assert [words(one) for one in drawn.all("eb-id")] == [str(i) if i in carried else "–" for i in ids]
    missing = [cell for cell in drawn.all("td") if words(cell) == "not carried by this page"]
    assert len(missing) == len(ids) - len(carried)
    lit = drawn.numbers("eb-lit", "y1", "y2")
    assert lit == [[pytest.approx(4 + 292 * ids[position - 1] / len(table))] * 2]
    heights = [y for y, _ in lit + drawn.numbers("eb-row", "y1", "y2")]
    assert sorted(heights) == pytest.approx([4 + 292 * token_id / len(table) for token_id in sorted(set(carried))])
    twins = [at for at, token_id in enumerate(ids) if token_id == ids[position - 1] and at != position - 1]
    lines_of = drawn.all("tbody")[0]
    assert [at for at, line in enumerate(lines_of) if line.get("class") == "eb-twin"] == twins
    assert ("the same as token" in drawn.text) == bool(twins)
    (current,) = drawn.all("eb-current")
    assert ["eb-tall" in one.get("class", "") for one in current.iter() if one.get("data-count")] == (
        [True] if ids[position - 1] in carried else []
    )
    assert words(current).startswith(table.pieces(text)[position - 1])


@pytest.mark.parametrize(
    ("name", "a", "b", "length"), [("minilm", "cat", "dog", 1.0), ("glove", "king", "bicycle", 2.5)]
)
def test_pair(name: str, a: str, b: str, length: float) -> None:
    """The histogram's heights are the counts of random pairs, its marker stands at the cosine."""
    panel = widgets.pair(a, b, tables=[name])
    drawn = play(panel, {"length": length})[1]
    first, second = (row(tables.load(name), word) for word in (a, b))
    cosine = float(unit(first) @ unit(second))
    assert bars(drawn) == [("cosine", fixed(cosine)), ("dot product", fixed(first @ second * length))]
    both, parts = np.array([first, second * length]), first * second * length
    *shown, product = [numbers for numbers, _ in strips(drawn)]
    assert np.array(shown) == pytest.approx(cut(both), abs=1e-4)
    assert product == pytest.approx(parts / np.abs(parts).max(), abs=1e-4)
    assert product.sum() * np.abs(parts).max() == pytest.approx(first @ second * length, abs=0.02)
    (_, _, said) = (words(one) for one in drawn.all("eb-number")[:3])
    assert said == f"sum {fixed(parts.sum())}"
    across = axis([(float(t.get("x", 0)), number(words(t))) for t in drawn.all("eb-tick") if "mean" not in words(t)])
    assert across(1) > across(0)
    baseline = panel.view.data["baselines"][0][0]
    assert across(drawn.numbers("eb-marker", "x1", "x2")[0]) == pytest.approx([cosine] * 2, abs=0.003)
    assert across(drawn.numbers("eb-mean", "x1", "x2")[0]) == pytest.approx([baseline["mean"]] * 2, abs=0.003)
    (area,) = drawn.all("eb-area")
    corners = np.array([[float(x) for x in at.split()] for at in re.findall(r"[ML]([-\d. ]+)", area.get("d", ""))])
    steps, counts = corners[1:-1].reshape(-1, 2, 2), np.array(baseline["counts"])  # [bins, left and right, x and y]
    heights = (corners[0, 1] - steps[:, :, 1]).mean(axis=1)
    assert heights / heights.max() == pytest.approx(counts / counts.max(), abs=0.001)
    edges = (baseline["start"] + baseline["width"] * np.arange(len(counts) + 1)).clip(-0.6, 1)
    assert across(steps[:, :, 0]) == pytest.approx(np.column_stack([edges[:-1], edges[1:]]), abs=0.003)


@pytest.mark.parametrize("exclude", [True, False])
@pytest.mark.parametrize(
    ("table", "asked", "step"),
    [("glove", "king man woman", 1.0), ("minilm", "paris france japan", 0.35), (MINE, "North East West", 2.0)],
)
def test_analogy(table: Any, asked: str, step: float, exclude: bool) -> None:
    table = tables.as_table(table)
    panel = widgets.analogy(*asked.split(), exclude=exclude, tables=[table])
    drawn = play(panel, {"step": step})[1]
    rounded = first_rows(table)
    names = rounded.tokens
    a, b, c = (unit(row(table, word)) for word in asked.split())
    units = geometry.unit(rounded.vectors.astype(float))
    inputs = [place(table, word) for word in asked.split()]
    cosines = units @ unit(a + step * (c - b))
    order = [j for j in np.argsort(-cosines, kind="stable") if not (exclude and j in inputs)][:5]
    assert bars(drawn) == [(names[j], fixed(cosines[j])) for j in order]
    assert [words(one[0]) for one in drawn.all("eb-input")] == [names[j] for j in order if j in inputs]
    best = next(j for j in np.argsort(-cosines, kind="stable") if j not in inputs)
    walked = dict(zip((names[inputs[0]], names[inputs[2]], names[best]), lines(drawn), strict=True))
    for other, line in walked.items():
        sums = [unit(a + at * (c - b)) @ units[names.index(other)] for at in line[:, 0].round(2)]
        assert line[:, 1] == pytest.approx(sums, abs=0.01)
    ends = {words(end): float(end.get("y", 0)) for i in range(3) for end in drawn.all(f"eb-end-{i}")}
    assert sorted(ends, key=ends.__getitem__) == sorted(walked, key=lambda word: -walked[word][-1, 1])


@pytest.mark.parametrize(("sentence", "layer"), [(0, 0), (1, 9), (4, 30)])
def test_layers(sentence: int, layer: int) -> None:
    """Bars and lines against transformers' own hidden states and scores; states on the scale of news by numpy."""
    panel = widgets.layers(sentence)
    drawn = play(panel, {"layer": layer})[1]
    table, model, usual = tables.load("smollm2"), contextual.load(), contextual.usual()
    found = []
    for text in panel.view.data["sentences"]:
        with torch.no_grad():
            kept: list[Any] = []
            hook = model.model.layers[-1].register_forward_hook(lambda *said, kept=kept: kept.append(said[2]))
            said = model.model(torch.tensor([table.encode(text)]), output_hidden_states=True).hidden_states
            hook.remove()
        last = kept[0][0] if isinstance(kept[0], tuple) else kept[0]
        found.append([state[0, -1].numpy() for state in (*said[:-1], last)])
    states = np.array(found).swapaxes(0, 1)  # [31, 6, 576]
    weight, at = model.model.norm.weight.numpy(), states[layer, sentence]
    scored = at / np.sqrt((at**2).mean() + model.config.rms_norm_eps) * weight
    cosines = np.array([unit(row) for row in table.vectors]) @ unit(scored)
    nearest = [(table.word(int(i)), cosines[i]) for i in np.argsort(-cosines)[:5]]
    scaled = (states - usual.mean[:, None]) / usual.spread[:, None]
    alike = np.array([[unit(layer[i]) @ unit(layer[sentence]) for i in range(6)] for layer in scaled])  # [31, 6]
    others = [i for i in range(6) if i != sentence]
    expected = [*nearest, *((panel.view.data["told_by"][i], alike[layer, i]) for i in others)]
    shown = bars(drawn)
    assert [label for label, _ in shown] == [label for label, _ in expected]
    assert [number(value) for _, value in shown] == pytest.approx([value for _, value in expected], abs=0.0051)
    average = cosines.mean()  # of all rows; each of the five bars of rows marks it where it is above zero
    marks = [[pytest.approx(100 * average, abs=0.51)]] * 5 if average > 0.01 else []
    assert drawn.numbers("eb-zero", "style:left") == marks
    own = [i for i in others if (i < 3) == (sentence < 3)]
    assert [words(one[0]) for one in drawn.all("eb-shown")] == [panel.view.data["told_by"][i] for i in own]
    for line, kind in zip(lines(drawn), (own, [i for i in others if i not in own]), strict=True):
        assert line[:, 0] == pytest.approx(np.arange(31), abs=0.1)
        assert line[:, 1] == pytest.approx(alike[:, kind].mean(axis=1), abs=0.01)


@pytest.mark.parametrize(("angle", "length"), [(60, 2.0), (90, 1.0), (180, 0.2)])
def test_arrows(angle: int, length: float) -> None:
    """The second arrow ends at its angle and length; its shadow on the first is the dot product."""
    (drawn,) = play(widgets.arrows(angle, length))
    first, second = (one[0] for one in drawn.all("eb-arrow"))
    (shadow,) = drawn.all("eb-shadow")
    unit_length = float(first.get("x2", 0)) - float(first.get("x1", 0))
    end = [(float(second.get(f"{at}2", 0)) - float(second.get(f"{at}1", 0))) / unit_length for at in "xy"]
    turned = np.radians(angle)
    assert end == pytest.approx([length * np.cos(turned), -length * np.sin(turned)], abs=1e-9)
    assert (float(shadow.get("x2", 0)) - float(shadow.get("x1", 0))) / unit_length == pytest.approx(end[0], abs=1e-9)


@pytest.mark.parametrize(("category", "by"), [("mammals", "one number"), ("countries", "the best number")])
def test_along(category: str, by: str) -> None:
    """The words in the order that numpy sorts them into, the members marked, three AUCs as bars."""
    table, number = tables.load("glove"), 12
    drawn, turned = play(widgets.along(category, number, by, table="glove"), {"by": 2})
    ids, any_sense = probes.members(table, category)
    others = probes.words_as_frequent(table, ids, leave_out=any_sense)
    unit = table.vectors / table.norms[:, None]
    yes, no = unit[ids], unit[others]
    chosen_on, held_out = probes.auc(yes[::2], no[::2]), probes.auc(yes[1::2], no[1::2])
    best = int(np.abs(chosen_on - 0.5).argmax())
    sense = np.sign(chosen_on[best] - 0.5)
    direction = yes[::2].mean(axis=0) - no[::2].mean(axis=0)
    scores = {
        "one number": unit[:, number],
        "the best number": sense * unit[:, best],
        "the direction": unit @ direction,
    }
    listed = table.frequent_words(10_000)
    rest = np.setdiff1d(listed, [*ids[::2], *others[::2]])
    for shown, way in ((drawn, by), (turned, "the direction")):
        pool = np.array(listed) if way == "one number" else rest
        first = pool[np.argsort(-scores[way][pool], kind="stable")[:20]]
        items = list(shown.all("eb-ranked")[0])
        assert [words(item).removesuffix("\N{BLACK CIRCLE}") for item in items] == [table.word(i) for i in first]
        assert [item.get("class") == "eb-member" for item in items] == [int(i) in any_sense for i in first]
        judged = [
            held_out[number],
            max(held_out[best], 1 - held_out[best]),
            float(probes.auc(yes[1::2] @ direction, no[1::2] @ direction)),
        ]
        assert [number_of for _, number_of in bars(shown)] == [fixed(round(100 * float(one)) / 100) for one in judged]


@pytest.mark.parametrize("color", [(255, 165, 0), (12, 34, 200), (0, 0, 0)])
def test_colors(color: tuple[int, int, int]) -> None:
    """Swatches of the named colours, by the codes that matplotlib carries."""
    from matplotlib.colors import to_rgb

    (drawn,) = play(widgets.colors(*color))
    named = {name: tuple(round(255 * part) for part in to_rgb(name)) for name in lists.named_colors()}
    rgb = np.array(list(named.values()))
    near = np.abs(rgb - color) <= 8
    kept = [*near.T, near.all(axis=1)]
    for line, some in zip(drawn.all("eb-channels")[0], kept, strict=True):
        swatches = [one.get("title") for one in line.iter() if one.get("class") == "eb-swatch"]
        assert swatches == list(itertools.compress(named, some))
        assert words(line[-1]) == str(some.sum())
    order = np.argsort(((rgb - color) ** 2).sum(axis=1), kind="stable")[:5]
    assert [one[0].get("title") for one in drawn.all("eb-names")[0]] == [list(named)[i] for i in order]
    for swatch in drawn.all("eb-swatch"):
        assert swatch.get("style:background-color") == f"rgb({','.join(map(str, named[swatch.get('title', '')]))})"
    assert drawn.all("eb-big-swatch")[0].get("style:background-color") == f"rgb({','.join(map(str, color))})"


@pytest.mark.parametrize(
    ("name", "points", "perplexity", "start"),
    [("minilm", "categories", 8, 42), ("glove", "categories", 2, "pca"), ("glove", "frequent", 50, 0)],
)
def test_maps(name: str, points: str, perplexity: int, start: atlas.Start) -> None:
    """Marks at the committed places, a shape a category; a chosen word's lines run to its true neighbours."""
    panel = widgets.maps("king" if points == "frequent" else "love", points=points, perplexity=perplexity, start=start)
    panel.view.table = panel.view.files.index(name)
    (drawn,) = play(panel)
    made = maps.word_map(tables.load(name), points, perplexity, start)
    assert_same_map(drawn, list(made.words), made.coords)
    shown = places(drawn)
    if made.classes:
        kinds = {(category, shown[word][1].split()[1]) for word, category in zip(made.words, made.classes, strict=True)}
        assert len(kinds) == len(set(made.classes)) == 5
    i, k = made.words.index(panel.view.word), atlas.WORDS[points].neighbors
    true, near = (set(maps.nearest(which, k)[i].tolist()) for which in (made.vectors, made.coords))
    (plot,) = drawn.all("eb-map")
    for kind, expected in (("eb-kept", true & near), ("eb-lost", true - near)):
        lines = [line for line in plot if line.get("class") == kind]
        ends = sorted([float(line.get(end, 0)) for end in ("x2", "y2", "x1", "y1")] for line in lines)
        where = sorted([*shown[made.words[j]][0], *shown[made.words[i]][0]] for j in expected)
        assert np.array(ends) == pytest.approx(np.array(where), abs=0.06)


@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("widget", ["training", "history"])
def test_what_is_learned(widget: str, place: int) -> None:
    """Map, lines and bars are those of the run, from its rows by numpy."""
    if widget == "training":
        panel, kept = widgets.training(-400 * place), training.trained("next token", tied=False, shuffled=False)
    else:
        panel, kept = widgets.history("GloVe", -100 * place), training.trained("GloVe")
    (drawn,), shown, corpus = play(panel), panel.view.data, make_corpus()
    found = shown["runs"][0 if widget == "training" else panel.view.algorithm]
    moved = np.array([at.split() for at in found["coordinates"]], dtype=float).reshape(len(kept.steps), -1, 2)
    assert_same_map(drawn, shown["words"], moved[place])
    assert {words(label) for label in drawn.all("eb-word")} == set(shown["labels"])
    assert (
        np.abs(moved).max() == shown["half"] and np.abs(moved[-1].mean(axis=0)).max() <= 1
    )  # centred on the last rows
    for (a, b), line in zip(shown["pairs"], lines(drawn), strict=True):
        exact = [unit(at[corpus.id_of(a)]) @ unit(at[corpus.id_of(b)]) for at in kept.rows]
        assert line == pytest.approx(np.column_stack([kept.steps, exact]), abs=0.01 + 0.001 * kept.steps[-1])
        assert line[:, 1] == pytest.approx(exact, abs=0.012)
    shares = [round(100 * recovery.recovery(at, corpus).same_category) for at in kept.rows[[0, -1]]]
    assert [found["shares"][0], found["shares"][-1]] == shares
    assert shares[0] < 2 * shown["chance"] and shares[1] > 5 * shown["chance"]  # noise, and then not
    if widget == "history":
        reached = [(f"step {kept.steps[at]}", fixed(shares[at] / 100)) for at in ((0, -1) if place == 0 else (-1,))]
        assert bars(drawn) == [*reached, ("chance", fixed(shown["chance"] / 100))]


def test_moments_of_history_are_those_reached() -> None:
    """By counting: of moments five percent apart the last that is not after the asked one."""
    panel = widgets.history("skip-gram")
    steps = panel.view.data["runs"][panel.view.algorithm]["steps"]
    for percent, drawn in enumerate(play(panel, *({"percent": percent} for percent in range(101)))[1:]):
        at = max(at for at in range(21) if 5 * at <= percent)
        assert (f"step {steps[at]} of" if at < 20 else f"all {steps[-1]} steps") in drawn.text


@pytest.mark.parametrize("name", ["SGD", "SparseAdam", "AdamW"])
def test_optimizers(name: str) -> None:
    exact = [np.asarray(path) for path in untouched.trace(name).moved.values()]
    drawn = play(widgets.optimizers(name), {"step": 120})[1]
    for line, path in zip(lines(drawn), exact, strict=True):
        assert line[:, 0] == pytest.approx(range(len(path)), abs=0.1)
        assert line[:, 1] == pytest.approx(path, abs=0.005 * max(map(np.max, exact)) + 0.001)
    since = [abs(exact[1][120] - exact[1][untouched.LAST_TOUCH]), exact[2][120]]
    assert [number(shown) for _, shown in bars(drawn)] == pytest.approx(since, abs=0.0061)
    assert list(untouched.OPTIMIZERS) == widgets.optimizers().view.data["names"]


@pytest.mark.parametrize(("largest", "top"), [(0, 1), (1, 1), (0.398, 0.4), (3540, 4000), (5616, 6000), (9999, 10000)])
def test_a_scale_is_round_and_large_enough(largest: float, top: float) -> None:
    assert run("return views.optimizers.ceiling(data.largest);", largest=largest) == pytest.approx(top)


@pytest.mark.parametrize(("model", "tied"), [("GPT-2", True), ("GPT-2", False), ("LLaMA 4 Maverick", False)])
def test_size(model: str, tied: bool) -> None:
    """Widths of both bars, from the model's counted parameters and the bytes of its table."""
    panel = widgets.size(model)
    drawn = play(panel, {"tied": tied})[1]
    counted = sizing.model(model)
    numbers, both = counted.rows * counted.width, 1 if tied else 2
    share = 100 * numbers / (counted.rest + numbers * both)
    memory = 100 * sizing.table_bytes(vocabulary_size=counted.rows, dimensions=counted.width) / 16e9
    expected = [share] * both + [memory] * both
    assert [width for (width,) in drawn.numbers("eb-part", "style:width")] == pytest.approx(expected, abs=0.0051)
    kinds = ["eb-table", "eb-head"][:both]
    assert [one.get("class", "").split()[1] for one in drawn.all("eb-part")] == kinds * 2
    assert [one.get("class", "").split()[1] for one in drawn.all("eb-key")] == [*kinds, "eb-empty"] * 2
    shares = [number(words(one).split()[-2]) for one in drawn.all("eb-stack")[0].iter("li")]
    assert sum(shares) == pytest.approx(100, abs=0.02) and shares[0] == pytest.approx(share, abs=0.0051)


@pytest.mark.parametrize(
    ("panel", "count"), [(lambda: widgets.maps(""), 32), (lambda: widgets.training(400), 6), (widgets.history, 6)]
)
def test_labels_cover_no_other_and_stay_inside(panel: Any, count: int) -> None:
    """A label that finds no place on a map is left out, never drawn over another; those of chosen words lie on top."""
    (drawn,) = play(panel())
    (plot,) = drawn.all("eb-map")
    _, _, across, down = map(float, plot.get("viewBox", "").split())
    boxes = []
    for label in drawn.all("eb-word"):
        width, x, y = len(words(label)) * 15 * 0.56, float(label.get("x", 0)), float(label.get("y", 0))
        left = x - {"start": 0, "end": width, "middle": width / 2}[label.get("text-anchor", "")]
        boxes.append((left, y - 12, left + width, y + 3))
    assert len(boxes) >= count
    assert all(left >= 0 and right <= across and top >= 0 and low <= down for left, top, right, low in boxes)
    for a, b in itertools.combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    kinds = [one.get("class", "") for one in plot]
    marks = [at for at, kind in enumerate(kinds) if "eb-mark" in kind]
    assert all((at > max(marks)) == ("eb-tick" not in kind) for at, kind in enumerate(kinds) if "eb-word" in kind)


@pytest.mark.parametrize(("word", "space"), [("defenestration", True), ("unhappy", False), ("3.14159", True)])
def test_pieces_of_an_example(word: str, space: bool) -> None:
    """A button for each piece of each table, pieces of OpenAI's beside them, and neighbours among all rows."""
    panel = widgets.pieces(word, 2, tables=["minilm", "smollm2"])
    *_, drawn = play(panel, {"space": space, "table": 1}, {"position": 2})
    table, asked = tables.load("smollm2"), f" {word}" if space else word
    lines = [one for one in drawn.all("li") if one.find("span[@class='eb-cut']") is not None]
    shown = [[words(piece) for piece in line.iter() if piece.get("class") == "eb-piece"] for line in lines]
    assert shown[:2] == [tables.load("minilm").pieces(word), table.pieces(asked)]
    for pieces, encoding in zip(shown[2:], ("cl100k_base", "o200k_base"), strict=True):
        tokenizer = bpe_openai.get_encoding(encoding)
        assert pieces == [tokenizer.decode([i]).replace(" ", "␣") for i in tokenizer.encode(asked)]
    pressed = [words(one) for one in drawn.all("eb-piece") if one.get("aria-pressed") == "true"]
    assert pressed == [word, table.pieces(asked)[1]]
    near = geometry.nearest_neighbors(table, table.encode(asked)[1], 6)
    assert bars(drawn) == [(other.token, fixed(round(other.cosine, 4))) for other in near]
    assert "Among all 49,152 rows" in drawn.text and not drawn.all("eb-search")


def test_pieces_of_another_word_are_looked_up_among_the_first_rows() -> None:
    (_, drawn) = play(widgets.pieces("unhappy", tables=["smollm2"]), {"word": "walrus", "position": 2})
    assert "words loaded first" in drawn.text and drawn.all("eb-search")
    assert [words(one) for one in drawn.all("eb-caption")][1:2] == ["SmolLM2: 2 pieces"]
    pool = packs.pack_ids(table := tables.load("smollm2"))
    cosines = geometry.row_cosines(table, np.full(len(pool), table.encode(" walrus")[1]), pool)
    assert bars(drawn)[0][1] == fixed(float(cosines.max()))


def test_the_slider_of_pieces_ends_with_the_word() -> None:
    """More pieces than the slider had, then fewer: it stands at the last, and comes back."""
    panel = widgets.pieces("defenestration", 4, tables=["smollm2"])
    steps = play(panel, {"word": "unhappy"}, {"word": "defenestration"}, {"word": ""})
    assert [(one.state["position"], one.state["count"]) for one in steps[:3]] == [(4, 4), (1, 1), (4, 4)]
    assert (steps[3].kind, steps[3].problem) == ("problem", "Type a word.")
