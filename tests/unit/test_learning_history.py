"""The four algorithms of page 05: each against its paper's formula worked out by hand or by another route."""

from __future__ import annotations

from collections import Counter
from math import log

import nbformat
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from embedbook.learning import models, senses, training
from embedbook.learning.corpus import Corpus, make_corpus
from embedbook.learning.counts import cooccurrences, near, pairs
from tests.conftest import ROOT

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


def test_no_pair_crosses_a_stop(small: Corpus) -> None:
    """By hand: at distance 1 there are 3, 2 and 5 neighbours in the three sentences."""
    _, left, right = next(near(small, 1))
    assert len(left) == len(right) == 3 + 2 + 5
    assert small.id_of(".") not in left


class TestNeuralLanguageModel:
    def test_parameters_are_the_papers_number(self) -> None:
        """Bengio et al. 2003, section 2: |V| (1 + nm + h) + h (1 + (n - 1) m), n words with the predicted one."""
        vocabulary, m, h, n = 50, 7, 11, 4
        model = models.NeuralLanguageModel(vocabulary, m, h, n - 1)
        assert sum(p.numel() for p in model.parameters()) == vocabulary * (1 + n * m + h) + h * (1 + (n - 1) * m)

    def test_scores_are_the_papers_equation(self) -> None:
        torch.manual_seed(3)
        model = models.NeuralLanguageModel(9, 4, 5, 3)
        values = {name: p.detach().double().numpy() for name, p in model.named_parameters()}
        x = np.concatenate([values["C.weight"][i] for i in (2, 7, 2)])
        hidden = np.tanh(values["H.bias"] + values["H.weight"] @ x)
        y = values["W.bias"] + values["W.weight"] @ x + values["U.weight"] @ hidden
        assert np.allclose(model(torch.tensor([[2, 7, 2]])).detach().numpy()[0], y, atol=1e-6)


class TestSkipGram:
    def test_gradient_is_the_formula(self) -> None:
        """The derivative by the word's row: (sigma(u.v) - 1) u + sum over the drawn of sigma(u_i.v) u_i."""
        rng = np.random.default_rng(0)
        v, u, drawn = rng.normal(size=3), rng.normal(size=3), rng.normal(size=(4, 3))
        sigma = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
        expected = (sigma(u @ v) - 1) * u + sum(sigma(one @ v) * one for one in drawn)
        row = torch.tensor(v[None], requires_grad=True)
        models.negative_sampling_loss(row, torch.tensor(u[None]), torch.tensor(drawn[None])).backward()
        assert np.allclose(row.grad.numpy()[0], expected)

    def test_noise_is_drawn_by_count_to_the_power(self, small: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
        asked, draw = [], torch.multinomial
        monkeypatch.setattr(
            torch, "multinomial", lambda weights, *a, **k: asked.append(weights) or draw(weights, *a, **k)
        )
        training.train("skip-gram", small, steps=1)
        counts = Counter(small.words[i] for i in small.ids)
        assert asked[0].tolist() == pytest.approx([counts[word] ** 0.75 for word in small.words])

    def test_products_follow_shifted_pmi(self) -> None:
        """Levy and Goldberg 2014, with the noise that was drawn in the place of the context's own share."""
        corpus, run = make_corpus(), training.trained("skip-gram")
        seen = Counter(map(tuple, pairs(corpus).tolist()))
        noise = corpus.counts**0.75 / (corpus.counts**0.75).sum()
        uses = Counter()
        for (word, _), times in seen.items():
            uses[word] += times
        pmi = [log(times / (uses[w] * noise[c])) - log(5) for (w, c), times in seen.items()]
        by_model = [run.rows[-1][w] @ run.outputs[c] for w, c in seen]
        assert np.corrcoef(by_model, pmi)[0, 1] > 0.7
        assert abs(np.corrcoef(by_model, pmi[::-1])[0, 1]) < 0.3


class TestGloVe:
    def test_loss_by_hand(self) -> None:
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

    def test_counts_that_fit_two_tables_are_fitted(self) -> None:
        """Log counts of rank one plus two biases leave nothing to be wrong about."""
        rng = np.random.default_rng(1)
        logs = np.outer(rng.normal(size=12), rng.normal(size=12)) + rng.normal(size=12) + rng.normal(size=(12, 1))
        seen = torch.tensor(np.exp(logs), dtype=torch.float32)
        torch.manual_seed(0)
        model = models.GloVe(12)
        losses, _ = models.fit(
            torch.optim.Adagrad(model.parameters(), lr=0.1), lambda: model.loss(seen), [4_000], lambda: model.rows
        )
        assert model.loss(seen).item() < 1e-3 * losses[0]

    def test_the_text_is_seen_through_its_counts_only(self, small: Corpus) -> None:
        """With its sentences in another order the corpus has the same rows; with another reach it has not."""
        stops = np.flatnonzero(small.ids == 0) + 1
        moved = Corpus(small.words, np.concatenate(np.split(small.ids, stops)[::-1]), {})
        one, same, other = (
            training.train("GloVe", corpus, steps=9, reach=reach)[1].rows
            for corpus, reach in ((small, 3), (moved, 3), (small, 1))
        )
        assert np.array_equal(one, same) and not np.allclose(one, other)


class TestContextual:
    def test_attention_is_torchs(self) -> None:
        torch.manual_seed(0)
        query, key, value = torch.randn(3, 2, 6, 8)
        expected = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        assert torch.allclose(models.attend(query, key, value), expected, atol=1e-6)

    def test_a_state_knows_what_came_before_and_nothing_after(self) -> None:
        torch.manual_seed(0)
        model = models.ContextualModel(10)
        plain, later, earlier = (model.states(torch.tensor([ids])) for ids in ([1, 2, 3], [1, 2, 9], [9, 2, 3]))
        assert torch.equal(plain[0, :2], later[0, :2])
        assert not torch.allclose(plain[0, 1], earlier[0, 1])

    def test_mean_states_word_by_word(self) -> None:
        corpus, model = make_corpus(), models.ContextualModel(429)
        ids, states = models.states_of(model, corpus)
        assert np.array_equal(ids, corpus.ids[: len(ids)])
        cat = corpus.id_of("cat")
        assert np.allclose(models.mean_states(model, corpus)[cat], states[ids == cat].mean(axis=0))
        assert training.rows(training.MEAN_STATES).shape == (429, 32)


@pytest.fixture(scope="module")
def made() -> senses.Ambiguous:
    return senses.make_ambiguous()


class TestTwoSenses:
    def test_two_words_became_one_and_nothing_else_changed(self, made: senses.Ambiguous) -> None:
        plain = make_corpus()
        before, after = (" ".join(" ".join(s) for s in corpus.sentences()).split() for corpus in (plain, made.corpus))
        changed = {(old, new) for old, new in zip(before, after, strict=True) if old != new}
        assert changed == {("cheese", "orange"), ("blue", "orange")}
        assert after.count("orange") == before.count("cheese") + before.count("blue")
        told = [plain.words[i] for i, sense in zip(plain.ids, made.senses, strict=True) if sense == 1]
        assert set(told) == {"blue"}
        assert not {"cheese", "blue", "orange"} & {w for group in made.corpus.categories.values() for w in group}

    @pytest.mark.parametrize("stand_in", ["orange", "cat"])
    def test_a_model_that_ignores_context_cannot_tell(self, made: senses.Ambiguous, stand_in: str) -> None:
        """Each use has one state, so all are taken for the sense whose words are nearer to the word that is read."""

        class Blind:
            def states(self, ids: torch.Tensor) -> torch.Tensor:
                return table[ids]

        torch.manual_seed(0)
        table = torch.randn(len(made.corpus.words), 8)
        foods, colours = (
            F.normalize(
                sum(made.corpus.counts[i] * F.normalize(table[i], dim=0) for i in map(made.corpus.id_of, group)), dim=0
            )
            for group in (made.corpus.categories["foods"], made.corpus.categories["colours"])
        )
        read = table[made.corpus.id_of(stand_in)]
        told = senses.told_apart(Blind(), made, stand_in)
        right = round(told.telling * told.telling_uses + told.silent * told.silent_uses)
        assert right == (made.senses == int(read @ colours > read @ foods)).sum()
        assert told.telling_uses + told.silent_uses == (made.senses >= 0).sum()

    def test_a_trained_model_tells_where_the_words_before_tell(self, made: senses.Ambiguous) -> None:
        """The base is the share of the more common sense; here from the plain corpus, by who stands before each use."""
        told = senses.told_apart(training.train("contextual model", made.corpus)[0], made)
        assert told.telling > 0.8
        assert told.telling > told.silent
        before = Counter(
            (sentence[at - 1] in senses.SILENT, word)
            for sentence in make_corpus().sentences()
            for at, word in enumerate(sentence)
            if word in ("cheese", "blue")
        )
        for silent, name in ((False, "telling"), (True, "silent")):
            both = [before[silent, word] for word in ("cheese", "blue")]
            assert getattr(told, f"{name}_uses") == sum(both)
            assert getattr(told, f"{name}_base") == pytest.approx(max(both) / sum(both))

    def test_no_sentence_is_longer_than_is_read(self) -> None:
        assert max(len(sentence) for sentence in make_corpus().sentences()) < senses.LONGEST


class TestRuns:
    @pytest.mark.parametrize("algorithm", training.ALGORITHMS)
    def test_a_run_is_its_seeds(self, algorithm: str) -> None:
        corpus = make_corpus()
        one, again, other = (training.train(algorithm, corpus, seed, steps=20)[1] for seed in (4, 4, 5))
        assert np.array_equal(one.rows, again.rows)
        assert not np.allclose(one.rows[-1], other.rows[-1])
        assert one.steps == tuple(range(21))

    @pytest.mark.parametrize("algorithm", training.ALGORITHMS)
    def test_losses_fall_and_categories_come(self, algorithm: str) -> None:
        run = training.trained(algorithm)
        assert run.losses[-20:].mean() < 0.6 * run.losses[:5].mean()
        assert len(run.steps) == len(run.rows) == 21
        assert run.steps[-1] == len(run.losses)
        assert training.found(algorithm).same_category > 5 * training.found(algorithm, shuffled=True).same_category

    def test_an_unknown_algorithm_is_said(self) -> None:
        with pytest.raises(ValueError, match=r"no algorithm is called 'perceptron'; known: next token, .* skip-gram"):
            training.trained("perceptron")


def test_the_pages_cells_and_the_package_agree() -> None:
    """Run what the page shows, up to where it compares: the same rows from both."""
    notebook = nbformat.read(ROOT / "notebooks" / "05_history.ipynb", 4)
    threads = torch.get_num_threads()
    space: dict[str, object] = {}
    try:
        for cell in notebook.cells:
            if cell.cell_type == "code" and "remove-input" not in cell.metadata.get("tags", []):
                exec(compile(cell.source.split("\nfor name, rows in in_view")[0], cell.id, "exec"), space)
            if "in_view" in space:
                break
    finally:
        torch.set_num_threads(threads)
    in_view = space["in_view"]
    assert set(in_view) == set(training.ALGORITHMS)
    for name, rows in in_view.items():
        assert np.allclose(rows, training.trained(name).rows[-1], atol=1e-4), name
    assert np.array_equal(space["pairs"].numpy(), pairs(make_corpus()))
    assert np.allclose(space["counts"].numpy(), cooccurrences(make_corpus()))
