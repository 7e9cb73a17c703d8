"""The widgets of page 04: JavaScript against Python, and both against the runs that they show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from embedbook import widgets
from embedbook.learning import recovery, training, untouched
from embedbook.learning.corpus import make_corpus
from embedbook.widgets.optimizers import NAMES
from embedbook.widgets.view import Panel
from tests.unit.node import run


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def of_training() -> Panel:
    return widgets.training()


@pytest.fixture(scope="module")
def of_optimizers() -> Panel:
    return widgets.optimizers()


class TestTraining:
    @pytest.mark.parametrize("chosen", [0, 1, 2])
    @pytest.mark.parametrize("step", [0, 7, 10, 395, 400])
    def test_the_sentence_is_the_same(self, of_training: Panel, chosen: int, step: int) -> None:
        """Between two snapshots both say the earlier one."""
        view = of_training.view
        view.step, view.run = step, chosen
        said = run(
            "return views.training.sentence(data.shown, data.found, data.name, data.step);",
            shown=view.shown,
            found=view.data[chosen],
            name=view.runs[chosen],
            step=step,
        )
        assert said == view.text()
        assert said.startswith(f"After step {step // 10 * 10} of 400")

    def test_what_it_shows_is_the_run(self, of_training: Panel) -> None:
        """Cosines and shares again from the rows, by hand; the map's order of distances against the exact plane."""
        corpus, rows = make_corpus(), training.trained(tied=True).inputs
        found = of_training.view.data[1]
        cat, dog = (rows[20, corpus.id_of(word)] for word in ("cat", "dog"))
        assert found["cosines"][20][0] == round(100 * cat @ dog / np.sqrt((cat @ cat) * (dog @ dog)))
        assert found["shares"][20] == round(100 * recovery.recovery(rows[20], corpus).same_category)
        last = np.array(found["coordinates"][-1].split(), dtype=int).reshape(-1, 2)
        assert len(last) == len(of_training.view.shown["words"]) == 60
        assert np.abs(last).max() == of_training.view.shown["half"]
        assert np.abs(last.mean(axis=0)).max() <= 1  # the plane is centred on the last rows

    def test_the_first_snapshot_is_noise_and_the_control_stays_near_chance(self, of_training: Panel) -> None:
        chance = of_training.view.shown["chance"]
        real, _, control = (found["shares"] for found in of_training.view.data)
        assert real[0] < 2 * chance and real[-1] > 10 * chance
        assert max(control) < 3 * chance

    def test_labels_do_not_lie_on_one_another(self) -> None:
        labels: list[dict[str, Any]] = [{"word": w, "x": 100 + i, "y": 50.0} for i, w in enumerate("abcd")]
        placed = run("return core.labelsApart(data.labels);", labels=labels)
        heights = sorted(label["y"] for label in placed)
        assert heights == [50, 72, 94, 116]

    def test_play_moves_the_slider_by_one_snapshot(self, of_training: Panel) -> None:
        row = of_training.children[0]
        play, slider = row.children[-1], of_training.controls["step"]
        assert (play.min, play.max, play.step) == (slider.min, slider.max, slider.step) == (0, 400, 10)
        assert play.value == slider.value == widgets.training().view.step  # a link copies at load: nothing may change
        assert any(link.source[0] is play and link.target[0] is slider for link in of_training.links)


class TestOptimizers:
    @pytest.mark.parametrize("chosen", range(len(NAMES)))
    @pytest.mark.parametrize("step", [0, 50, 51, 200])
    def test_the_sentence_is_the_same(self, of_optimizers: Panel, chosen: int, step: int) -> None:
        view = of_optimizers.view
        view.step, view.optimizer = step, chosen
        said = run(
            "const moved = views.optimizers.unpacked(data.moved);"
            "return views.optimizers.sentence({ ...data, moved }, data.optimizer, data.step);",
            names=view.names,
            words=view.words,
            lastTouch=view.last_touch,
            moved=view.moved,
            optimizer=chosen,
            step=step,
        )
        assert said == view.text()
        assert ("at its last gradient" in said) is (step > 50)

    @pytest.mark.parametrize("chosen", range(len(NAMES)))
    def test_what_moved_without_a_gradient(self, of_optimizers: Panel, chosen: int) -> None:
        """Against the trace itself, to a thousandth on either side."""
        view, found = of_optimizers.view, untouched.trace(NAMES[chosen])
        cat, hamster = run(
            "const moved = views.optimizers.unpacked(data.moved);"
            "return views.optimizers.unasked({ ...data, moved }, data.optimizer, 200);",
            words=view.words,
            lastTouch=view.last_touch,
            moved=view.moved,
            optimizer=chosen,
        )
        exact = abs(found.moved["cat"][200] - found.moved["cat"][50])
        assert cat["value"] == pytest.approx(exact, abs=1.1e-3)
        assert hamster["value"] == pytest.approx(found.moved["hamster"][200], abs=6e-4)

    def test_names_are_those_that_were_traced(self) -> None:
        assert tuple(untouched.OPTIMIZERS) == NAMES

    @pytest.mark.parametrize(
        ("largest", "top"), [(0, 1), (1, 1), (398, 400), (3540, 4000), (5616, 6000), (9999, 10000)]
    )
    def test_the_scale_is_round_and_large_enough(self, largest: int, top: int) -> None:
        assert run("return views.optimizers.ceiling(data.largest);", largest=largest) == top
