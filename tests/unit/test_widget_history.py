"""The history widget: JavaScript against Python on the same state, and its numbers against the runs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from embedbook import widgets
from embedbook.learning import history
from embedbook.learning.corpus import make_corpus
from tests.unit.node import run


@pytest.fixture(scope="module")
def panel() -> widgets.view.Panel:
    return widgets.history("GloVe")


@pytest.mark.parametrize("algorithm", range(4))
def test_the_sentence_is_the_same_from_both_languages(panel: widgets.view.Panel, algorithm: int) -> None:
    panel.view.algorithm = algorithm
    expected = []
    for percent in range(0, 101):
        panel.view.percent = percent
        expected.append(panel.view.text())
    said = run(
        "return [...Array(101).keys()].map((p) => views.history.sentence(data.shown, data.found, p));",
        shown=panel.view.shown,
        found=panel.view.data[algorithm],
    )
    assert said == expected
    assert len(set(said)) >= 20


def test_moments_are_those_reached() -> None:
    """By counting: the last of 21 moments, five percent apart, that is not after the asked one."""
    made = run("return [...Array(101).keys()].map((p) => views.history.momentOf(p, 21));")
    assert made == [max(at for at in range(21) if 5 * at <= percent) for percent in range(101)]


def test_bars_say_now_the_end_and_chance(panel: widgets.view.Panel) -> None:
    found = panel.view.data[2]
    bars = run("return views.history.scores(data.shown, data.found, 50);", shown=panel.view.shown, found=found)
    assert [bar["label"] for bar in bars] == ["step 50", "step 100", "chance"]
    assert [round(100 * bar["value"]) for bar in bars] == [found["shares"][10], found["shares"][20], 6]


def test_the_last_step_stands_once(panel: widgets.view.Panel) -> None:
    bars = run(
        "return views.history.scores(data.shown, data.found, 100);", shown=panel.view.shown, found=panel.view.data[1]
    )
    assert [bar["label"] for bar in bars] == ["step 400", "chance"]
    panel.view.algorithm, panel.view.percent = 1, 100
    assert "after all 400 steps:" in panel.view.text()


def test_numbers_are_the_runs(panel: widgets.view.Panel) -> None:
    corpus = make_corpus()
    for found, name in zip(panel.view.data, history.ALGORITHMS, strict=True):
        kept = history.trained(name)
        assert found["steps"] == list(kept.steps)
        for at in (0, 20):
            cat, dog = kept.rows[at][corpus.id_of("cat")], kept.rows[at][corpus.id_of("dog")]
            cosine = cat @ dog / np.linalg.norm(cat) / np.linalg.norm(dog)
            assert found["cosines"][at][0] == pytest.approx(100 * cosine, abs=0.51)
        last = np.array(found["coordinates"][-1].split(), dtype=float).reshape(-1, 2)
        assert abs(last).max() == 100
        assert abs(last.mean(axis=0)).max() < 1  # the plane is centred on the last rows


def test_every_algorithm_has_as_many_moments_and_all_fit_a_page(panel: widgets.view.Panel) -> None:
    assert {len(found["coordinates"]) for found in panel.view.data} == {21}
    assert len(json.dumps(panel.view.data)) < 200_000


def test_an_unknown_algorithm_is_said() -> None:
    with pytest.raises(ValueError, match="skip-gram"):
        widgets.history("perceptron")
