"""Page 04: the small model, its runs and untouched rows, against the page's cells and arithmetic by hand."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from math import log
from typing import Any

import numpy as np
import pytest
import torch

from embedbook.learning import models, recovery, training, untouched
from embedbook.learning.corpus import PROBES, make_corpus
from embedbook.learning.models import NextToken
from tests.conftest import ROOT

PAGE = ROOT / "notebooks" / "04_random_initialization.ipynb"
SENTENCE = "The cat sat on the mat"


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """The model, batch, loss and loop that the page's own cells define."""
    found: dict[str, Any] = {}
    for cell in json.loads(PAGE.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            tree.body = [
                node
                for node in tree.body
                if isinstance(node, (ast.ClassDef, ast.FunctionDef))
                or (isinstance(node, (ast.Import, ast.ImportFrom)) and "embedbook" not in ast.unparse(node))
            ]
            exec(compile(tree, str(PAGE), "exec"), found)
    return found


def gradient_rows(tied: bool, sentence: str) -> tuple[set[str], int]:
    """Words whose input row has a gradient after one sentence, and how many output rows have one."""
    corpus = make_corpus()
    ids = torch.from_numpy(corpus.encode(sentence))[None]
    torch.manual_seed(3)
    model = NextToken(len(corpus.words), tied=tied)
    scores = model(ids[:, :-1]).flatten(0, 1)
    torch.nn.functional.cross_entropy(scores, ids[:, 1:].flatten()).backward()
    rows = (model.rows.grad != 0).any(dim=1).nonzero().flatten().tolist()
    return {corpus.words[i] for i in rows}, int((model.outputs.grad != 0).any(dim=1).sum())


class TestThePageAndThePackage:
    def test_the_cells_give_the_rows_of_the_package(self, page: dict[str, Any]) -> None:
        """The page shows model and loop in full; the package must do exactly the same."""
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)  # as the page's first cell does
        try:
            snapshots, losses = page["train"](make_corpus(), seed=7, steps=20)
        finally:
            torch.set_default_dtype(before)
        _, run = training.train("next token", make_corpus(), seed=7, steps=20)
        assert np.array_equal(snapshots, run.rows[::10])
        assert losses[:20] == run.losses.tolist()

    def test_the_tied_cell_has_one_table(self, page: dict[str, Any]) -> None:
        model = page["NextToken"](9, tied=True)
        assert model.table.weight.data_ptr() == model.head.weight.data_ptr()


class TestTheModel:
    def test_a_score_depends_on_the_last_three_tokens_and_no_other(self) -> None:
        """Causal: what follows changes nothing; nor does what stands four places before."""
        torch.manual_seed(0)
        model = NextToken(20, width=3)
        texts = ([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 9], [8, 2, 3, 4, 5, 6])
        scores, later, earlier = (model(torch.tensor([text])) for text in texts)
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
        run = training.trained("next token")
        assert run.losses[0] == pytest.approx(log(len(make_corpus().words)), abs=0.02)  # an even bet
        assert run.losses[-20:].mean() < 1.5
        assert run.steps == tuple(range(0, 401, 10))

    def test_the_seed_alone_decides(self) -> None:
        """Not what the caller has set or drawn, nor the number of threads; and nothing is left changed behind it."""
        corpus = make_corpus()
        first = training.train("next token", corpus, seed=1, steps=30)[1]
        torch.set_num_threads(2)
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(99)
        try:
            second = training.train("next token", corpus, seed=1, steps=30)[1]
            assert (torch.get_num_threads(), torch.get_default_dtype()) == (2, torch.float64)
            drawn = torch.rand(3)
            torch.manual_seed(99)
            assert torch.equal(drawn, torch.rand(3))
        finally:
            torch.set_num_threads(1)
            torch.set_default_dtype(torch.float32)
        other = training.train("next token", corpus, seed=2, steps=30)[1]
        assert np.array_equal(first.rows, second.rows)
        assert not np.allclose(first.rows, other.rows, atol=1e-2)

    def test_snapshots_are_copies_and_the_tied_ones_are_one_table(self) -> None:
        _, run = training.train("next token", make_corpus(), steps=3, tied=True)
        assert run.steps == (0, 1, 2, 3)
        assert not np.array_equal(run.rows[0], run.rows[1])
        assert np.array_equal(run.rows[-1], run.outputs)

    def test_structure_comes_back_and_from_the_control_it_does_not(self) -> None:
        found, lost = (training.found("next token", shuffled=shuffled) for shuffled in (False, True))
        assert found.same_category > 10 * found.chance and lost.same_category < 2 * lost.chance
        assert found.margin > 0.3 and abs(lost.margin) < 0.05
        assert found.pair_rank < 3 < lost.pair_rank

    @pytest.mark.parametrize(("tied", "which"), [(False, "rows"), (False, "outputs"), (True, "rows")])
    def test_which_side_of_the_context_a_row_learns_from(self, tied: bool, which: str) -> None:
        """By construction: an input row helps to predict what follows, an output row is predicted by what precedes."""
        corpus, run = make_corpus(), training.trained("next token", tied=tied)
        rows = run.outputs if which == "outputs" else run.rows[-1]
        first, second = (rows[[corpus.id_of(word) for word in side]] for side in zip(*_probe_words(), strict=True))
        cosines = np.diag(recovery.cosines(first, second))
        means = {kind: cosines[[p.shared == kind for p in PROBES]].mean() for kind in ("followers", "predecessors")}
        if tied:
            assert min(means.values()) > 0.75
        else:
            own, other = ("followers", "predecessors") if which == "rows" else ("predecessors", "followers")
            assert means[own] > 0.85 and means[own] - means[other] > 0.2

    def test_it_is_read_without_torch(self) -> None:
        """Once a run was made, another process reads it."""
        made = training.found("GloVe"), untouched.trace("SGD").lengths
        code = (
            "import sys; from embedbook.learning import training, untouched;"
            "print((training.found('GloVe'), untouched.trace('SGD').lengths), 'torch' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == f"{made} False"


def _probe_words() -> list[tuple[str, str]]:
    return [(probe.first, probe.second) for probe in PROBES]


class TestGradients:
    def test_untied_five_input_rows_and_all_output_rows(self) -> None:
        """The last token predicts nothing; the softmax pushes every word that did not come."""
        rows, outputs = gradient_rows(False, SENTENCE)
        assert rows == {"The", "cat", "sat", "on", "the"}
        assert outputs == len(make_corpus().words)

    def test_without_capitals_one_fewer_and_tied_all(self) -> None:
        assert gradient_rows(False, SENTENCE.lower())[0] == {"the", "cat", "sat", "on"}
        assert len(gradient_rows(True, SENTENCE)[0]) == len(make_corpus().words)


class TestWhoMovesWithoutAGradient:
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
        found = untouched.trace(name)
        assert found.touched == {"the": untouched.STEPS, "cat": untouched.LAST_TOUCH, "hamster": 0}
        assert all(path[0] == 0 and len(path) == untouched.STEPS + 1 for path in found.moved.values())
        assert bool(np.ptp(found.moved["cat"][untouched.LAST_TOUCH :]) > 0) is before
        assert bool(found.moved["hamster"].max() > 0) is never

    def test_all_are_asked(self) -> None:
        assert list(untouched.OPTIMIZERS) == ["SGD", "SGD with momentum", "Adam", "SparseAdam", "AdamW"]
        with pytest.raises(ValueError, match="no optimiser 'Lion' here; known: SGD, SGD with momentum"):
            untouched.trace("Lion")

    def test_decay_by_hand(self) -> None:
        """Each step of AdamW multiplies an untouched row by 1 - rate x decay."""
        start, end = untouched.trace("AdamW").lengths["hamster"]
        assert end == pytest.approx(start * (1 - untouched.RATE * untouched.DECAY) ** untouched.STEPS, rel=1e-9)

    def test_momentum_by_hand(self) -> None:
        """After the last gradient, steps shrink by the factor 0.9: what is left to go is 9 times the next step."""
        parameter = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
        rule = untouched.rule("SGD with momentum", [parameter])
        for step in range(200):
            parameter.grad = torch.full((1,), float(step == 0), dtype=torch.float64)
            rule.step()
        assert -parameter.item() == pytest.approx(1 / (1 - untouched.MOMENTUM), rel=1e-6)  # 1 + 0.9 + 0.81 + ...


class TestTheLoop:
    def test_what_is_kept(self) -> None:
        """Half a step towards zero at a time, watched at the start, after two steps and after five."""
        number = torch.nn.Parameter(torch.tensor([32.0]))
        rule = torch.optim.SGD([number], lr=0.25)
        losses, seen = models.fit(rule, lambda: (number**2).sum(), (0, 2, 5), lambda: number)
        assert losses.tolist() == [32**2, 16**2, 8**2, 4**2, 2**2]
        assert seen.ravel().tolist() == [32, 8, 1]

    def test_steps_that_do_not_part_evenly_end_at_the_last(self) -> None:
        run = training.train("GloVe", make_corpus(600), steps=47)[1]
        assert run.steps == (*range(0, 47, 2), 47) and len(run.losses) == 47
