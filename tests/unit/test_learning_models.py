"""The five models of pages 04 and 05, each against its paper's formula; their runs and untouched rows.

That the pages' own cells give the rows of the package, which rows get a gradient, which move without one and what is
recovered, the pages print: nbval compares it.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from math import log

import numpy as np
import pytest
import torch
from scipy.special import expit

from embedbook.learning import models, training, untouched
from embedbook.learning.corpus import Corpus, make_corpus
from embedbook.learning.counts import cooccurrences, pairs
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
    with pytest.raises(ValueError, match="no optimizer 'Lion' here; known: SGD, SGD with momentum"):
        untouched.trace("Lion")


SENTENCES = ["a b c", "b a", "c c a b d"]


@pytest.fixture
def small() -> Corpus:
    words = (".", "a", "b", "c", "d")
    text = [word for sentence in SENTENCES for word in (*sentence.split(), ".")]
    return Corpus(words, np.array([words.index(word) for word in text]), {})


@pytest.mark.parametrize("reach", [1, 2, 3])
def test_counts_by_brute_force(small: Corpus, reach: int) -> None:
    """Ordered pairs within ``reach`` words, sentence by sentence."""
    expected, times = np.zeros((5, 5)), Counter()
    for sentence in SENTENCES:
        words = [*sentence.split(), "."]
        for i, one in enumerate(words):
            for j, other in enumerate(words):
                if i != j and abs(i - j) <= reach:
                    expected[small.id_of(one), small.id_of(other)] += 1 / abs(i - j)
                    times[one, other] += 1
    assert np.allclose(cooccurrences(small, reach), expected)
    assert Counter((small.words[a], small.words[b]) for a, b in pairs(small, reach)) == times


def test_the_neural_language_model_is_the_papers_equation() -> None:
    torch.manual_seed(3)
    model = models.NeuralLanguageModel(9, 4, 5, 3)
    values = {name: p.detach().double().numpy() for name, p in model.named_parameters()}
    x = np.concatenate([values["C.weight"][i] for i in (2, 7, 2)])
    hidden = np.tanh(values["H.bias"] + values["H.weight"] @ x)
    y = values["W.bias"] + values["W.weight"] @ x + values["U.weight"] @ hidden
    assert np.allclose(model(torch.tensor([[2, 7, 2]])).detach().numpy()[0], y, atol=1e-6)


def test_the_gradient_of_skip_gram_is_the_formula() -> None:
    """The derivative by the word's row: (sigma(u.v) - 1) u + sum over the drawn of sigma(u_i.v) u_i."""
    rng = np.random.default_rng(0)
    v, u, drawn = rng.normal(size=3), rng.normal(size=3), rng.normal(size=(4, 3))
    expected = (expit(u @ v) - 1) * u + sum(expit(one @ v) * one for one in drawn)
    row = torch.tensor(v[None], requires_grad=True)
    models.negative_sampling_loss(row, torch.tensor(u[None]), torch.tensor(drawn[None])).backward()
    assert np.allclose(row.grad.numpy()[0], expected)


def test_the_loss_of_glove_by_hand() -> None:
    model = models.GloVe(2, 1).double()
    with torch.no_grad():
        model.w[:, 0] = torch.tensor([1.0, 2.0])
        model.w_tilde[:, 0] = torch.tensor([0.5, -1.0])
        model.b[:] = torch.tensor([0.1, 0.2])
        model.b_tilde[:] = torch.tensor([0.3, 0.4])
    counts = torch.tensor([[0.0, 16.0], [200.0, 1.0]], dtype=torch.float64)
    # pair (0, 0) never met; the weights of the others are 0.16 ** 0.75, 1 and 0.01 ** 0.75
    expected = (
        0.16**0.75 * (1 * -1 + 0.1 + 0.4 - log(16)) ** 2
        + 1 * (2 * 0.5 + 0.2 + 0.3 - log(200)) ** 2
        + 0.01**0.75 * (2 * -1 + 0.2 + 0.4 - 0) ** 2
    )
    assert model.loss(counts).item() == pytest.approx(expected)


def test_a_state_knows_what_came_before_and_nothing_after() -> None:
    torch.manual_seed(0)
    model = models.ContextualModel(10)
    plain, later, earlier = (model.states(torch.tensor([ids])) for ids in ([1, 2, 3], [1, 2, 9], [9, 2, 3]))
    assert torch.equal(plain[0, :2], later[0, :2]) and not torch.allclose(plain[0, 1], earlier[0, 1])


def test_mean_states_of_a_word_use_by_use(small: Corpus) -> None:
    """Of the 13 tokens three pieces of four are read, the last token never."""
    model = models.ContextualModel(5, length=4)
    states = model.states(torch.from_numpy(small.ids[:12]).view(3, 4)).detach().flatten(0, 1).numpy()
    for word in (0, 1):
        assert np.allclose(models.mean_states(model, small)[word], states[small.ids[:12] == word].mean(axis=0))
    assert training.rows(training.MEAN_STATES).shape == (429, 32)
