"""What `show` draws, read back with an HTML parser: every number, length and word is the one that was given."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from embedbook import geometry, show, tables
from embedbook.geometry import Neighbor
from embedbook.show import BAR, Shown
from tests.awkward import AWKWARD_WORDS

SCORES = {"cat-dog": [0.4239, 0.92], "cat-car": [-0.315, 0.36], "joy-car": [None, float("nan")]}
HEADS = ["pair", "minilm", "glove"]
TAGS = {"div", "p", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "b", "bdi", "svg", "rect", "style"}
DRAWING = {"width", "height", "viewbox", "preserveaspectratio", "fill", "aria-hidden", "x", "y", "opacity"}
ATTRIBUTES = {"class", "scope", *DRAWING}  # no address, no script, no inline style


@dataclass
class Place:
    """A cell as a browser would have it."""

    tag: str
    scope: str = ""
    text: str = ""
    bold: bool = False
    boxes: dict[str, tuple[float, float]] = field(default_factory=dict)  # from, to, in pixels


class Reader(HTMLParser):
    """Rows of the tables, and everything that may not be there."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[Place]] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.aside: dict[str, str] = {}
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes.update(values)
        if tag != "rect":  # which closes itself
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append(Place(tag, values.get("scope", "")))
        elif tag == "b":
            self.rows[-1][-1].bold = True
        elif tag == "rect":
            left = float(values["x"])
            self.rows[-1][-1].boxes[values["class"]] = left, left + float(values["width"])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1].text += data
        elif self.open[-1] in ("caption", "p"):
            self.aside[self.open[-1]] = self.aside.get(self.open[-1], "") + data

    def numbers(self) -> list[list[float]]:
        """What the cells say, row by row, as a reader would."""
        found = [[place.text.strip() for place in row if place.tag == "td"] for row in self.rows]
        return [
            [float(text.replace("−", "-").replace(",", "")) for text in row if re.search(r"\d", text)] for row in found
        ]

    def labels(self) -> list[str]:
        return [row[0].text for row in self.rows if row[0].scope == "row"]


def test_every_number_is_where_it_was_given_in_both_twins() -> None:
    shown = show.table(SCORES, HEADS)
    read = Reader(shown.html)
    assert [place.text for place in read.rows[0]] == HEADS
    assert {place.scope for place in read.rows[0]} == {"col"}
    assert read.labels() == list(SCORES)
    assert read.numbers() == [[], [0.42, 0.92], [-0.32, 0.36], []]
    assert [place.text for place in read.rows[3]] == ["joy-car", "–", "–"]
    assert shown.text.splitlines() == [
        "pair     minilm  glove",
        "cat-dog    0.42   0.92",
        "cat-car   -0.32   0.36",
        "joy-car       –      –",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [("cat-dog", 0.4239, 0.92), ("cat-car", -0.315, 0.36), ("joy-car", None, math.nan)],
        {"cat-dog": {"a": 0.4239, "b": 0.92}, "cat-car": {"a": -0.315, "b": 0.36}, "joy-car": {}},
        {label: np.array(row, dtype=np.float64) for label, row in SCORES.items()},
        {label: tuple(row) for label, row in SCORES.items()},
    ],
)
def test_rows_may_be_written_in_many_ways(rows: Any) -> None:
    assert show.table(rows, HEADS) == show.table(SCORES, HEADS)


def test_an_array_needs_names_for_its_rows() -> None:
    read = Reader(show.table(np.arange(6).reshape(2, 3) / 10, ["a", "b", "c"], labels=["x", "y"], digits=1).html)
    assert read.numbers()[1:] == [[0.0, 0.1, 0.2], [0.3, 0.4, 0.5]] and read.labels() == ["x", "y"]
    with pytest.raises(TypeError, match="labels="):
        show.table(np.eye(2))


@pytest.mark.parametrize(
    ("value", "said"),
    [(12154, "12,154"), (np.int64(-3), "−3"), (-0.001, "0.00"), (np.float32(0.1), "0.10"), (1234.5, "1,234.50"),
     (True, "yes"), (np.False_, "no"), (math.inf, "∞"), (None, "–"), ("a", "a"),
     ([Neighbor("cats", 1, 0.8), "dog"], "cats, dog")],
)  # fmt: skip
def test_a_value_reads_as_people_write_it(value: Any, said: str) -> None:
    shown = show.table([("it", value)])
    assert Reader(shown.html).rows[0][1].text == said
    assert shown.text.split("  ", 1)[1] == said.replace("−", "-")


def test_the_best_is_bold_and_starred() -> None:
    scores = {"a": [0.5, 30], "b": [0.504, 20], "c": [0.1, 20]}

    def bold(shown: Shown) -> list[list[bool]]:
        return [[place.bold for place in row[1:]] for row in Reader(shown.html).rows[1:]]

    heads = ["score", "loss"]
    by_column = show.table(scores, heads, best={"score": max, "loss": min})
    assert bold(by_column) == [[True, False], [True, True], [False, True]]  # 0.50 and 0.504 read the same
    assert by_column.text.splitlines()[1:] == [
        "a   0.50*    30",
        "b   0.50*    20*",
        "c   0.10     20*",
        "* the best: largest score, smallest loss",
    ]
    assert bold(show.table(scores, heads, best=max)) == [[True, True], [True, False], [False, False]]
    assert bold(show.table(scores, heads, best=min, by="row")) == [[True, False]] * 3
    assert Reader(by_column.html).aside["p"] == "Bold: the best: largest score, smallest loss."


def test_bars_start_at_zero_and_are_as_long_as_their_numbers() -> None:
    given = {"far": 0.9, "near": 0.25, "against": -0.5, "nothing": 0.0}
    rows = Reader(show.bars(given, baseline=0.1, named="chance").html).rows[1:]
    zero = {sum(row[1].boxes["zero"]) / 2 for row in rows}
    assert len(zero) == 1
    (start,) = zero
    pixel = (BAR - 2) / 1.5  # from the least, -0.5, to 1
    for row, value in zip(rows, given.values(), strict=False):
        left, right = row[1].boxes["minus" if value < 0 else "plus"]
        assert right - left == pytest.approx(abs(value) * pixel, abs=0.11)
        assert (right if value < 0 else left) == pytest.approx(start, abs=0.11)
        assert ("plus" in row[1].boxes) != ("minus" in row[1].boxes)
        assert sum(row[1].boxes["mark"]) / 2 == pytest.approx(start + 0.1 * pixel, abs=0.11)
    foot = rows[-1]
    assert [place.text.strip() for place in foot] == ["chance", "0.10"]
    assert set(foot[1].boxes) == {"zero", "mark"}


def test_lists_side_by_side_share_a_scale_and_keep_their_baselines() -> None:
    both = {name: tables.load(name) for name in ("minilm", "glove")}
    found = {name: geometry.nearest_neighbors(table, "paris", k=3) for name, table in both.items()}
    baselines = {name: geometry.random_pair_baseline(table, pairs=500) for name, table in both.items()}
    shown = show.bars(found, baseline=baselines, title="Paris")
    read = Reader(shown.html)
    assert read.tags.count("table") == 2 and read.aside["caption"] == "minilmglove"
    assert read.labels() == [
        *(n.token for n in found["minilm"]),
        "random pairs",
        *(n.token for n in found["glove"]),
        "random pairs",
    ]
    ends = [baseline.quantiles[share] for baseline in baselines.values() for share in (0.05, 0.95)]
    low = round(min(0, *ends), 2)
    rows = [row for row in read.rows if row[0].scope == "row"]
    drawn = [(name, neighbor) for name, neighbors in found.items() for neighbor in neighbors]
    for row, (name, neighbor) in zip([*rows[:3], *rows[4:7]], drawn, strict=True):
        assert float(row[1].text) == round(neighbor.cosine, 2)
        scale = lambda x: 1 + (BAR - 2) * (x - low) / (1 - low)  # noqa: E731
        assert row[1].boxes["plus"] == pytest.approx((scale(0), scale(round(neighbor.cosine, 2))), abs=0.11)
        spread = [round(baselines[name].quantiles[share], 2) for share in (0.05, 0.95)]
        assert row[1].boxes["band"] == pytest.approx([scale(x) for x in spread], abs=0.11)
        assert f"{spread[0]:.2f} to {spread[1]:.2f}" in shown.text
    assert f"{baselines['glove'].mean:.2f}" in rows[7][1].text
    assert shown.text.startswith("Paris\n\nminilm\n")


def test_percentages_reach_to_a_hundred_and_counts_to_the_largest() -> None:
    def end(head: str) -> float:
        rows = Reader(show.bars({"a": 50, "b": 10}, ["", head]).html).rows
        return rows[1][1].boxes["plus"][1]

    assert end("right, %") == pytest.approx(1 + (BAR - 2) / 2) and end("questions") == pytest.approx(BAR - 1)


def test_no_text_becomes_markup_and_none_is_lost() -> None:
    """Awkward words as labels, heads, cells, names and titles."""
    everywhere = dict.fromkeys(AWKWARD_WORDS, 0.5)
    for shown in (
        show.bars(everywhere, baseline=0.2, named="<b>"),
        show.table({word: [word, [word, "x"]] for word in everywhere}, ["<i>", "&amp;", "</td>"], title="<script>"),
        show.bars({word: {"a": 1} for word in everywhere}),
    ):
        read = Reader(shown.html)
        assert set(read.tags) <= TAGS
        assert read.attributes <= ATTRIBUTES
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown.html + shown.text)
        shown.html.encode(), shown.text.encode()
    labels = Reader(show.bars(everywhere).html).labels()
    plain = [word for word in AWKWARD_WORDS if word.strip() and len(word) <= 200 and word.isprintable()]
    assert len(plain) > 30 and set(plain) <= set(labels)
    for word, seen in (
        ("king\x00", "king\\x00"),
        ("\x1c", "\\x1c"),
        ("", '""'),
        (" ", '" "'),
        ("a" * 10_000, "a" * 199 + "…"),
    ):
        assert labels[list(everywhere).index(word)] == seen
    show.bars({"\ud800": 1}).html.encode()  # half a character


def test_columns_stay_aligned_under_wide_and_combining_letters() -> None:
    lines = show.table({"東京": [1, "a"], "e\u0301te\u0301": [2, "b"], "Paris": [3, "c"]}).text.splitlines()
    assert lines == ["東京   1  a", "e\u0301te\u0301    2  b", "Paris  3  c"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: show.table({}), "1 to 500 rows, got 0"),
        (lambda: show.table(dict.fromkeys(range(501), 1)), "got 501"),
        (lambda: show.table({"a": [1, 2], "b": [1]}), "rows of 1 and of 2"),
        (lambda: show.table({"a": [1, 2]}, ["x"]), "expected 2 columns, or 3"),
        (lambda: show.table({"a": 1}, ["x"], best={"y": max}), "'y'"),
        (lambda: show.table({"a": 1}, ["x"], best=sum), "max or min"),
        (lambda: show.table({"a": 1}, ["x"], best=max, by="rows"), "'rows'"),
        (lambda: show.table({"a": 1}, ["x"], bars=["y"]), "'y'"),
        (lambda: show.table({"a": 1}, ["x"], baseline=1), "bars=True"),
        (lambda: show.table({"a": [1, 2]}, ["x", "y"], bars=["x"], baseline={"y": 1}), "'y'"),
        (lambda: show.table({"a": 1}, ["x"], digits=-1), "digits"),
        (lambda: show.table({"a": 1}, ["x"], digits={"y": 1}), "'y'"),
        (lambda: show.table("cat"), "'cat'"),
        (lambda: show.table(["cat"]), "'cat'"),
        (lambda: show.table({"a": object()}), "object"),
        (lambda: show.table([[1, 2]], labels=["a", "b"]), "2 labels"),
        (lambda: show.bars({"a": [1, 2, 3]}), "show.table|columns"),
        (lambda: show.table(np.zeros((0, 3)), labels=[]), "0 labels"),
        (lambda: show.bars({}), "got 0"),
        (lambda: show.bars({"a": {"x": 1}}, baseline={"b": 1}), "'b'"),
    ],
)
def test_what_is_no_table_is_said(call: Any, said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        call()


def test_jupyter_gets_both_twins() -> None:
    from IPython.core.formatters import DisplayFormatter

    shown = show.table(SCORES, HEADS)
    data, _ = DisplayFormatter().format(shown)
    assert data == {"text/html": shown.html, "text/plain": repr(shown)}
    assert str(shown) == shown.text
