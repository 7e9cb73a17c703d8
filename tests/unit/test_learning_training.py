"""Training, maps and untouched rows, against the cells of page 04, scikit-learn, and arithmetic by hand."""

from __future__ import annotations

import json
from math import log
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from embedbook.learning import plane, recovery, training, untouched
from embedbook.learning.corpus import PROBES, make_corpus
from embedbook.learning.model import NextToken
from tests.conftest import ROOT

PAGE = ROOT / "notebooks" / "04_random_initialization.ipynb"


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def cells_of_the_page() -> dict[str, Any]:
    """What the page's own cells define: its imports, model, batch, loss and loop."""
    found: dict[str, Any] = {}
    before = torch.get_default_dtype()
    try:
        for cell in json.loads(PAGE.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and source.startswith(("import ", "class ", "def batch", "def train")):
                exec(source, found)
        return found
    finally:
        torch.set_default_dtype(before)


def gradient_rows(tied: bool, sentence: str) -> tuple[set[str], int]:
    """Words whose input row has a gradient after one sentence, and how many output rows have one."""
    corpus = make_corpus()
    ids = torch.from_numpy(corpus.encode(sentence))[None]
    torch.manual_seed(3)
    model = NextToken(len(corpus.words), tied=tied)
    scores = model(ids[:, :-1]).flatten(0, 1)
    torch.nn.functional.cross_entropy(scores, ids[:, 1:].flatten()).backward()
    rows = (model.table.weight.grad != 0).any(dim=1).nonzero().flatten().tolist()
    return {corpus.words[i] for i in rows}, int((model.head.weight.grad != 0).any(dim=1).sum())


class TestThePageAndThePackage:
    def test_the_cells_give_the_rows_of_the_package(self) -> None:
        """The page shows model and loop in full; the package must do exactly the same."""
        page = cells_of_the_page()
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)  # as the page's first cell does
        try:
            snapshots, losses = page["train"](make_corpus(), seed=7, steps=20)
        finally:
            torch.set_default_dtype(before)
        run = training.train(make_corpus(), seed=7, steps=20)
        assert np.array_equal(snapshots, run.inputs)
        assert losses[:20] == run.losses.tolist()

    def test_the_tied_cell_has_one_table(self) -> None:
        model = cells_of_the_page()["NextToken"](9, tied=True)
        assert model.table.weight.data_ptr() == model.head.weight.data_ptr()


class TestTheModel:
    def test_a_score_depends_on_the_last_three_tokens_and_no_other(self) -> None:
        """Causal: what follows changes nothing; nor does what stands four places before."""
        torch.manual_seed(0)
        model = NextToken(20, width=3)
        scores = model(torch.tensor([[1, 2, 3, 4, 5, 6]]))
        later = model(torch.tensor([[1, 2, 3, 4, 5, 9]]))
        earlier = model(torch.tensor([[8, 2, 3, 4, 5, 6]]))
        assert torch.equal(scores[:, :5], later[:, :5]) and not torch.equal(scores[:, 5], later[:, 5])
        assert torch.equal(scores[:, 3:], earlier[:, 3:]) and not torch.equal(scores[:, 2], earlier[:, 2])

    def test_one_score_by_hand(self) -> None:
        torch.manual_seed(0)
        model = NextToken(5, dimensions=2, width=2)
        rows, mix, head = model.table.weight, model.mix, model.head.weight
        state = torch.tanh(mix.weight @ torch.cat([rows[3], rows[1]]) + mix.bias)
        assert torch.allclose(model(torch.tensor([[3, 1]]))[0, 1], head @ state, atol=1e-12)


class TestARun:
    def test_it_starts_at_the_logarithm_of_the_words_and_learns(self) -> None:
        run = training.trained()
        assert run.losses[0] == pytest.approx(log(len(make_corpus().words)), abs=0.02)  # an even bet
        assert run.losses[-20:].mean() < 1.5
        assert run.steps[0] == 0 and run.steps[-1] == training.STEPS

    def test_the_same_seed_gives_the_same_rows_on_two_threads_too(self) -> None:
        corpus = make_corpus()
        first = training.train(corpus, seed=1, steps=30, keep=(30,))
        torch.set_num_threads(2)
        try:
            second = training.train(corpus, seed=1, steps=30, keep=(30,))
        finally:
            torch.set_num_threads(1)
        other = training.train(corpus, seed=2, steps=30, keep=(30,))
        assert np.allclose(first.inputs, second.inputs, rtol=0, atol=1e-9)
        assert not np.allclose(first.inputs, other.inputs, atol=1e-2)

    def test_snapshots_are_copies_and_the_tied_ones_are_one_table(self) -> None:
        run = training.train(make_corpus(), steps=3, keep=(0, 1, 3), tied=True)
        assert run.steps == (0, 1, 3)
        assert not np.array_equal(run.inputs[0], run.inputs[1])
        assert np.array_equal(run.inputs, run.outputs)

    def test_structure_comes_back_and_from_the_control_it_does_not(self) -> None:
        corpus = make_corpus()
        found = recovery.recovery(training.trained().inputs[-1], corpus)
        lost = recovery.recovery(training.trained(shuffled=True).inputs[-1], corpus)
        assert found.same_category > 10 * found.chance and lost.same_category < 2 * lost.chance
        assert found.margin > 0.3 and abs(lost.margin) < 0.05
        assert found.pair_rank < 3 < lost.pair_rank

    @pytest.mark.parametrize(("tied", "which"), [(False, "inputs"), (False, "outputs"), (True, "inputs")])
    def test_which_side_of_the_context_a_row_learns_from(self, tied: bool, which: str) -> None:
        """By construction: an input row helps to predict what follows, an output row is predicted by what precedes."""
        corpus, rows = make_corpus(), getattr(training.trained(tied=tied), which)[-1]
        means = {
            shared: np.mean(
                [
                    recovery.cosines(rows[[corpus.id_of(p.first)]], rows[[corpus.id_of(p.second)]])[0, 0]
                    for p in PROBES
                    if p.shared == shared
                ]
            )
            for shared in ("followers", "predecessors")
        }
        if tied:
            assert min(means.values()) > 0.75
        else:
            own, other = ("followers", "predecessors") if which == "inputs" else ("predecessors", "followers")
            assert means[own] > 0.85 and means[own] - means[other] > 0.2


class TestGradients:
    def test_untied_five_input_rows_and_all_output_rows(self) -> None:
        """The last token predicts nothing; the softmax pushes every word that did not come."""
        rows, outputs = gradient_rows(False, "The cat sat on the mat")
        assert rows == {"The", "cat", "sat", "on", "the"}
        assert outputs == len(make_corpus().words)

    def test_without_capitals_one_fewer_and_tied_all(self) -> None:
        assert gradient_rows(False, "the cat sat on the mat")[0] == {"the", "cat", "sat", "on"}
        assert len(gradient_rows(True, "The cat sat on the mat")[0]) == len(make_corpus().words)


class TestWhoMovesWithoutAGradient:
    @pytest.mark.parametrize("name", untouched.OPTIMIZERS)
    def test_the_texts_hold_what_they_should(self, name: str) -> None:
        found = untouched.trace(name)
        assert found.touched == {"the": untouched.STEPS, "cat": untouched.LAST_TOUCH, "hamster": 0}
        assert all(path[0] == 0 and len(path) == untouched.STEPS + 1 for path in found.moved.values())

    @pytest.mark.parametrize(
        ("name", "before", "never"),
        [
            ("SGD", False, False),
            ("SGD with momentum", True, False),
            ("Adam", True, False),
            ("SparseAdam", False, False),
            ("AdamW", True, True),
        ],
    )
    def test_who_moves(self, name: str, before: bool, never: bool) -> None:
        """As the rules of the optimisers say (Kingma and Ba 2015; Loshchilov and Hutter 2019; PyTorch's pages)."""
        moved = untouched.trace(name).moved
        assert bool(np.ptp(moved["cat"][untouched.LAST_TOUCH :]) > 0) is before
        assert bool(moved["hamster"].max() > 0) is never

    def test_decay_by_hand(self) -> None:
        """Each step of AdamW multiplies an untouched row by 1 - rate x decay."""
        start, end = untouched.trace("AdamW").lengths["hamster"]
        assert end == pytest.approx(start * (1 - untouched.RATE * untouched.DECAY) ** untouched.STEPS, rel=1e-9)

    def test_momentum_by_hand(self) -> None:
        """After the last gradient, steps shrink by the factor 0.9: what is left to go is 9 times the next step."""
        parameter = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
        rule = untouched.OPTIMIZERS["SGD with momentum"]([parameter])
        for step in range(200):
            parameter.grad = torch.full((1,), float(step == 0), dtype=torch.float64)
            rule.step()
        assert -parameter.item() == pytest.approx(1 / (1 - untouched.MOMENTUM), rel=1e-6)  # 1 + 0.9 + 0.81 + ...

    def test_another_name_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="no optimiser 'Lion' here; known: SGD, SGD with momentum"):
            untouched.trace("Lion")


class TestThePlane:
    def test_it_is_scikit_learns_up_to_the_signs(self) -> None:
        rows = np.random.default_rng(0).normal(size=(60, 8)) * np.arange(1, 9)
        found, theirs = plane.fit(rows), PCA(2).fit(rows)
        assert np.abs(found.map(rows)) == pytest.approx(np.abs(theirs.transform(rows)))
        assert found.explained == pytest.approx(theirs.explained_variance_ratio_.sum())

    def test_signs_do_not_depend_on_the_solver(self) -> None:
        """The largest number of each axis is positive, so a mirrored solution gives the same map."""
        axes = plane.fit(np.random.default_rng(1).normal(size=(30, 5))).axes
        assert (axes[np.abs(axes).argmax(axis=0), [0, 1]] > 0).all()
        assert axes.T @ axes == pytest.approx(np.eye(2), abs=1e-12)

    def test_all_snapshots_at_once(self) -> None:
        rows = np.random.default_rng(2).normal(size=(4, 30, 5))
        found = plane.fit(rows[-1])
        assert found.map(rows)[1] == pytest.approx(found.map(rows[1]))
