"""The size widget: JavaScript against Python in Node, and what follows a change of the model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedbook import sizing, widgets
from embedbook.widgets.size import SizeView
from tests.unit.node import run

TRAITS = (
    "preset",
    "rows",
    "dimensions",
    "dtype",
    "tied",
    "presets",
    "row_stops",
    "dimension_stops",
    "dtypes",
    "memory",
)
SAY = (
    "const { chosen, measure, sentence } = views.size;"
    "const said = (now) => sentence(now, measure(now));"
    "return data.states.map((state) => said(chosen((name) => state[name])));"
)


def state_of(view: SizeView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in TRAITS}


@pytest.fixture(scope="module")
def view() -> SizeView:
    made = widgets.size().view
    assert isinstance(made, SizeView)
    return made


def test_the_sentence_is_the_same_from_both_languages(view: SizeView):
    states, expected = [], []
    for preset in range(len(view.presets)):
        view.preset = preset
        for dtype in range(len(view.dtypes)):
            for tied in (True, False):
                view.dtype, view.tied = dtype, tied
                for rows, dimensions in ((0, 0), (view.rows, view.dimensions), (len(view.row_stops) - 1, 3)):
                    view.rows, view.dimensions = rows, dimensions
                    states.append(state_of(view))
                    expected.append(view.text())
    assert run(SAY, states=states) == expected
    assert len(set(expected)) > 100


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1e15), min_size=20, max_size=40))
def test_numbers_are_scaled_alike(counts: list[float]):
    made = run("return data.counts.map((c) => views.size.scaled(c, ['bytes', 'kB', 'MB', 'GB', 'TB']));", counts=counts)
    assert made == [sizing.human_bytes(count) for count in counts]


def test_bytes_and_shares_by_hand():
    """GPT-2 untied, in Q8_0: 24 blocks of 34 bytes a row; two matrices of 38,597,376 beside 85,842,432 parameters."""
    found = run(
        "return views.size.measure(data);",
        rows=50_257, width=768, dtype=["Q8_0", 32, 34], tied=False, rest=85_842_432, memory=16,
    )  # fmt: skip
    assert found["row"] == 24 * 34
    assert found["table"] == 50_257 * 816
    assert found["withHead"] == 2 * found["table"]
    assert found["total"] == 163_037_184
    assert found["share"] == pytest.approx(100 * 38_597_376 / 163_037_184)
    assert found["both"] == pytest.approx(2 * found["share"])
    assert found["fit"] == 16_000_000_000 // (2 * 50_257 * 816)  # tables with their heads


def test_what_the_sentence_counts_it_says(view: SizeView):
    view.preset = 1  # so that choosing the first moves the sliders
    view.preset, view.dtype = 0, 1
    assert view.text().endswith("Such tables that fit in 16 GB: 207.")  # 16e9 / 77,194,752 = 207.3
    assert "changed" not in view.text() and "scales" not in view.text()
    view.tied = False
    assert view.text().endswith("Such tables that fit in 16 GB, each with its head: 103.")
    assert "(changed from GPT-2, the rest as there)" in view.text()
    left_out = []
    for place, (name, *_) in enumerate(view.dtypes):
        view.dtype = place
        left_out += [name] if "(codes alone, their scales left out)" in view.text() else []
    assert left_out == ["int8", "int4"]
    view.dtype, view.tied = 1, True


def test_a_choice_of_a_model_moves_the_other_controls(view: SizeView):
    names = [name for name, *_ in view.presets]
    view.preset = names.index("LLaMA 4 Maverick")
    assert (view.row_stops[view.rows], view.dimension_stops[view.dimensions], view.tied) == (202_048, 5_120, False)
    view.preset = names.index("GPT-2")
    assert (view.row_stops[view.rows], view.dimension_stops[view.dimensions], view.tied) == (50_257, 768, True)


def test_what_the_browser_says_is_taken_as_it_is():
    """It has moved the controls itself, and a reader may have moved one since."""
    view = widgets.size("GPT-2").view
    view.set_state({"preset": 1, "rows": 2})
    assert (view.preset, view.rows) == (1, 2)
    view.preset = 0
    assert view.row_stops[view.rows] == 50_257


def test_the_parts_of_a_preset_are_counted(view: SizeView):
    for name, rows, width, tied, rest in view.presets:
        assert rest + rows * width * (1 if tied else 2) == sizing.model(name).parameters
        assert rows in view.row_stops and width in view.dimension_stops


def test_stops_rise_over_orders_of_magnitude(view: SizeView):
    assert view.row_stops == sorted(set(view.row_stops))
    assert view.dimension_stops == sorted(set(view.dimension_stops))
    assert (view.row_stops[0], view.row_stops[-1]) == (1_000, 300_000)
    assert (view.dimension_stops[0], view.dimension_stops[-1]) == (50, 16_384)


def test_another_model_can_come_first():
    assert widgets.size("OPT-350M").view.text().startswith("50,272 rows of 512 numbers")
    with pytest.raises(ValueError, match="known: GPT-2"):
        widgets.size("GPT-5")
