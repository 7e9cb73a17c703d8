"""Page 04: the small model, its runs and untouched rows, by arithmetic and by properties.

That the page's own cells give the rows of the package, which rows get a gradient, which move without one and what is
recovered, the page prints: nbval compares it.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from embedbook.learning import models, training, untouched
from embedbook.learning.corpus import make_corpus
from embedbook.learning.models import NextToken


def test_a_score_depends_on_the_last_three_tokens_and_no_other() -> None:
    """Causal: what follows changes nothing; nor does what stands four places before."""
    torch.manual_seed(0)
    model = NextToken(20, width=3)
    texts = ([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 9], [8, 2, 3, 4, 5, 6])
    scores, later, earlier = (model(torch.tensor([text])) for text in texts)
    assert torch.equal(scores[:, :5], later[:, :5]) and not torch.equal(scores[:, 5], later[:, 5])
    assert torch.equal(scores[:, 3:], earlier[:, 3:]) and not torch.equal(scores[:, 2], earlier[:, 2])


def test_one_score_by_hand() -> None:
    torch.manual_seed(0)
    model = NextToken(5, dimensions=2, width=2)
    rows, mix, head = model.table.weight, model.mix, model.head.weight
    state = torch.tanh(mix.weight @ torch.cat([rows[3], rows[1]]) + mix.bias)
    assert torch.allclose(model(torch.tensor([[3, 1]]))[0, 1], head @ state, atol=1e-12)


@pytest.mark.parametrize("algorithm", models.MODELS)
def test_the_seed_alone_decides(algorithm: str) -> None:
    """Not what the caller has set or drawn, nor the number of threads; and nothing is left changed behind it."""
    corpus = make_corpus()
    first, other = (training.train(algorithm, corpus, seed, steps=20)[1] for seed in (1, 2))
    torch.set_num_threads(2)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(99)
    try:
        second = training.train(algorithm, corpus, seed=1, steps=20)[1]
        assert (torch.get_num_threads(), torch.get_default_dtype()) == (2, torch.float64)
        drawn = torch.rand(3)
        torch.manual_seed(99)
        assert torch.equal(drawn, torch.rand(3))
    finally:
        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float32)
    assert first.steps == tuple(range(21))
    assert np.array_equal(first.rows, second.rows) and not np.allclose(first.rows[-1], other.rows[-1], atol=1e-2)
    assert not np.array_equal(first.rows[0], first.rows[-1])  # each a copy


def test_a_tied_table_is_one() -> None:
    run = training.train("next token", make_corpus(), steps=3, tied=True)[1]
    assert np.array_equal(run.rows[-1], run.outputs)


def test_what_is_kept() -> None:
    """Half a step towards zero at a time, watched at the start, after two steps and after five."""
    number = torch.nn.Parameter(torch.tensor([32.0]))
    rule = torch.optim.SGD([number], lr=0.25)
    losses, seen = models.fit(rule, lambda: (number**2).sum(), (0, 2, 5), lambda: number)
    assert losses.tolist() == [32**2, 16**2, 8**2, 4**2, 2**2]
    assert seen.ravel().tolist() == [32, 8, 1]


def test_steps_that_do_not_part_evenly_end_at_the_last() -> None:
    run = training.train("GloVe", make_corpus(600), steps=47)[1]
    assert run.steps == (*range(0, 47, 2), 47) and len(run.losses) == 47


def test_a_run_is_read_without_torch() -> None:
    """Once it was made, another process reads it."""
    made = training.found("GloVe"), untouched.trace("SGD").moved["the"][-1]
    code = (
        "import sys; from embedbook.learning import training, untouched;"
        "print((training.found('GloVe'), untouched.trace('SGD').moved['the'][-1]), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{made} False"


def test_untouched_rows_by_hand() -> None:
    """By SGD a row moves where it is touched; each step of AdamW multiplies an untouched one by 1 - rate x decay."""
    moves = {word: np.flatnonzero(np.diff(path)) + 1 for word, path in untouched.trace("SGD").moved.items()}
    expected = {"the": range(1, untouched.STEPS + 1), "cat": range(1, untouched.LAST_TOUCH + 1), "hamster": ()}
    assert {word: steps.tolist() for word, steps in moves.items()} == {word: [*of] for word, of in expected.items()}
    moved, kept = untouched.trace("AdamW").moved["hamster"], 1 - untouched.RATE * untouched.DECAY
    assert moved / moved[1] == pytest.approx((1 - kept ** np.arange(untouched.STEPS + 1)) / (1 - kept), rel=1e-9)


def test_unknown_names_and_other_kinds_are_said() -> None:
    with pytest.raises(TypeError, match=r"expected a Corpus, .* got 'a text'"):
        training.train("GloVe", "a text")
    with pytest.raises(ValueError, match=r"no algorithm is called 'perceptron'; known: next token, .* skip-gram"):
        training.trained("perceptron")
    with pytest.raises(ValueError, match="no optimiser 'Lion' here; known: SGD, SGD with momentum"):
        untouched.trace("Lion")
