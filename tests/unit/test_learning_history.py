"""The four algorithms of page 05: each against its paper's formula worked out by hand or by another route."""

from __future__ import annotations

from collections import Counter
from math import log

import nbformat
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from embedbook.learning import history
from embedbook.learning.corpus import Corpus, make_corpus
from embedbook.learning.history import ambiguous, contextual, glove, neural_language_model, skip_gram
from embedbook.learning.history.counts import cooccurrences, near, pairs
from embedbook.learning.history.snapshots import fit
from tests.conftest import ROOT

SENTENCES = ["a b c", "b a", "c c a b d"]


@pytest.fixture
def small() -> Corpus:
    words = (".", "a", "b", "c", "d")
    text = [word for sentence in SENTENCES for word in (*sentence.split(), ".")]
    return Corpus(words, np.array([words.index(word) for word in text]), {}, (), (), ())


def brute_force(reach: int) -> Counter[tuple[str, str, int]]:
    """Ordered pairs within ``reach`` words, sentence by sentence, with their distance."""
    found: Counter[tuple[str, str, int]] = Counter()
    for sentence in SENTENCES:
        words = [*sentence.split(), "."]
        for i, one in enumerate(words):
            for j, other in enumerate(words):
                if i != j and abs(i - j) <= reach:
                    found[one, other, abs(i - j)] += 1
    return found


class TestCounts:
    @pytest.mark.parametrize("reach", [1, 2, 3])
    def test_cooccurrences_by_brute_force(self, small: Corpus, reach: int) -> None:
        expected = np.zeros((5, 5))
        for (one, other, distance), times in brute_force(reach).items():
            expected[small.id_of(one), small.id_of(other)] += times / distance
        assert np.allclose(cooccurrences(small, reach), expected)

    @pytest.mark.parametrize("reach", [1, 2, 3])
    def test_pairs_by_brute_force(self, small: Corpus, reach: int) -> None:
        expected: Counter[tuple[str, str]] = Counter()
        for (one, other, _), times in brute_force(reach).items():
            expected[one, other] += times
        assert Counter((small.words[a], small.words[b]) for a, b in pairs(small, reach)) == expected

    def test_no_pair_crosses_a_stop(self, small: Corpus) -> None:
        """By hand: at distance 1 the text has 5 + 2 + 5 - 1 - ... neighbours: 3, 2 and 5 in the three sentences."""
        _, left, right = next(near(small, 1))
        assert len(left) == len(right) == 3 + 2 + 5
        assert small.id_of(".") not in left


class TestNeuralLanguageModel:
    def test_parameters_are_the_papers_number(self) -> None:
        """Bengio et al. 2003, section 2: |V| (1 + nm + h) + h (1 + (n - 1) m), n words with the predicted one."""
        vocabulary, m, h, n = 50, 7, 11, 4
        model = neural_language_model.NeuralLanguageModel(vocabulary, m, h, n - 1)
        assert sum(p.numel() for p in model.parameters()) == vocabulary * (1 + n * m + h) + h * (1 + (n - 1) * m)

    def test_scores_are_the_papers_equation(self) -> None:
        torch.manual_seed(3)
        model = neural_language_model.NeuralLanguageModel(9, 4, 5, 3)
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
        skip_gram.negative_sampling_loss(row, torch.tensor(u[None]), torch.tensor(drawn[None])).backward()
        assert np.allclose(row.grad.numpy()[0], expected)

    def test_noise_is_drawn_by_count_to_the_power(self, small: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
        asked, draw = [], torch.multinomial
        monkeypatch.setattr(
            torch, "multinomial", lambda weights, *a, **k: asked.append(weights) or draw(weights, *a, **k)
        )
        skip_gram.train(small, steps=20)
        counts = Counter(small.words[i] for i in small.ids)
        assert asked[0].tolist() == pytest.approx([counts[word] ** 0.75 for word in small.words])

    def test_products_follow_shifted_pmi(self) -> None:
        """Levy and Goldberg 2014, with the noise that was drawn in the place of the context's own share."""
        corpus = make_corpus()
        trained = skip_gram.train_both(corpus)
        products = trained.words.last @ trained.contexts.double().numpy().T
        seen = Counter(map(tuple, pairs(corpus).tolist()))
        total_noise = sum(count**0.75 for count in corpus.counts.tolist())
        word_total = Counter()
        for (word, _), times in seen.items():
            word_total[word] += times
        pmi = [
            log(times / (word_total[w] * corpus.counts[c] ** 0.75 / total_noise)) - log(5)
            for (w, c), times in seen.items()
        ]
        by_model = [products[w, c] for w, c in seen]
        assert np.corrcoef(by_model, pmi)[0, 1] > 0.7
        assert abs(np.corrcoef(by_model, pmi[::-1])[0, 1]) < 0.3


class TestGloVe:
    def test_loss_by_hand(self) -> None:
        model = glove.GloVe(2, 1).double()
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
        model, _ = glove.train_on(np.exp(logs), steps=4_000)
        seen = torch.tensor(np.exp(logs), dtype=torch.float32)
        assert model.loss(seen).item() < 1e-3 * glove.GloVe(12).loss(seen).item()

    def test_the_text_is_seen_through_its_counts_only(self) -> None:
        counts = cooccurrences(make_corpus())
        assert np.array_equal(glove.train_on(counts, steps=20)[1].last, glove.train(make_corpus(), steps=20).last)


class TestContextual:
    def test_attention_is_torchs(self) -> None:
        torch.manual_seed(0)
        query, key, value = torch.randn(3, 2, 6, 8)
        expected = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        assert torch.allclose(contextual.attend(query, key, value), expected, atol=1e-6)

    def test_a_state_knows_what_came_before_and_nothing_after(self) -> None:
        torch.manual_seed(0)
        model = contextual.ContextualModel(10)
        plain, later, earlier = (model.states(torch.tensor([ids])) for ids in ([1, 2, 3], [1, 2, 9], [9, 2, 3]))
        assert torch.equal(plain[0, :2], later[0, :2])
        assert not torch.allclose(plain[0, 1], earlier[0, 1])

    def test_mean_states_word_by_word(self) -> None:
        corpus, model = make_corpus(), contextual.ContextualModel(429)
        ids, states = contextual.states_of(model, corpus)
        assert np.array_equal(ids, corpus.ids[: len(ids)])
        cat = corpus.id_of("cat")
        assert np.allclose(contextual.mean_states(model, corpus)[cat], states[ids == cat].mean(axis=0))


class TestAmbiguous:
    def test_two_words_became_one_and_nothing_else_changed(self) -> None:
        plain, made = make_corpus(), ambiguous.make_ambiguous()
        before, after = (" ".join(" ".join(s) for s in corpus.sentences()).split() for corpus in (plain, made.corpus))
        changed = {(old, new) for old, new in zip(before, after, strict=True) if old != new}
        assert changed == {("cheese", "orange"), ("blue", "orange")}
        assert after.count("orange") == before.count("cheese") + before.count("blue")
        told = [plain.words[i] for i, sense in zip(plain.ids, made.senses, strict=True) if sense == 1]
        assert set(told) == {"blue"}
        assert not {"cheese", "blue", "orange"} & {w for group in made.corpus.categories.values() for w in group}

    def test_a_model_that_ignores_context_cannot_tell(self) -> None:
        """Each use has the same state, so all are taken for one sense: right are exactly the uses of that sense."""
        made = ambiguous.make_ambiguous()

        class Blind:
            def states(self, ids: torch.Tensor) -> torch.Tensor:
                return table[ids]

        torch.manual_seed(0)
        table = torch.randn(len(made.corpus.words), 8)
        told = ambiguous.told_apart(Blind(), made)
        right = round(told.telling * told.telling_uses + told.silent * told.silent_uses)
        assert right in [(made.senses == sense).sum() for sense in (0, 1)]
        assert told.telling_uses + told.silent_uses == (made.senses >= 0).sum()

    def test_a_trained_model_tells_where_the_words_before_tell(self) -> None:
        made = ambiguous.make_ambiguous()
        told = ambiguous.told_apart(contextual.train_model(made.corpus).model, made)
        assert told.telling > 0.8
        assert told.telling > told.silent

    def test_the_base_is_the_share_of_the_more_common_sense(self) -> None:
        """By hand, from the sentences of the plain corpus: who stands before each cheese and each blue?"""
        made = ambiguous.make_ambiguous()
        told = ambiguous.told_apart(contextual.ContextualModel(len(made.corpus.words)), made)
        before = Counter(
            (sentence[at - 1] in ambiguous.SILENT, word)
            for sentence in make_corpus().sentences()
            for at, word in enumerate(sentence)
            if word in ("cheese", "blue")
        )
        for silent, uses, base in (
            (False, told.telling_uses, told.telling_base),
            (True, told.silent_uses, told.silent_base),
        ):
            both = [before[silent, word] for word in ("cheese", "blue")]
            assert uses == sum(both)
            assert base == pytest.approx(max(both) / sum(both))

    def test_the_control_reads_the_other_word(self) -> None:
        """A model that ignores context takes cat for one sense everywhere, whatever it makes of orange."""
        made = ambiguous.make_ambiguous()

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
        cat = table[made.corpus.id_of("cat")]
        told = ambiguous.told_apart(Blind(), made, "cat")
        right = round(told.telling * told.telling_uses + told.silent * told.silent_uses)
        assert right == (made.senses == int(cat @ colours > cat @ foods)).sum()

    def test_no_sentence_is_longer_than_is_read(self) -> None:
        assert max(len(sentence) for sentence in make_corpus().sentences()) < ambiguous.LONGEST


class TestRuns:
    @pytest.mark.parametrize("algorithm", history.ALGORITHMS)
    def test_a_run_is_its_seeds(self, algorithm: str) -> None:
        train = {
            "neural language model": neural_language_model.train,
            "skip-gram": skip_gram.train,
            "GloVe": glove.train,
            "contextual model": contextual.train,
        }[algorithm]
        corpus = make_corpus()
        one, again, other = train(corpus, 4, 20), train(corpus, 4, 20), train(corpus, 5, 20)
        assert np.array_equal(one.rows, again.rows)
        assert not np.allclose(one.last, other.last)
        assert one.steps == tuple(range(21))

    @pytest.mark.parametrize("algorithm", history.ALGORITHMS)
    def test_losses_fall_and_categories_come(self, algorithm: str) -> None:
        run = history.trained(algorithm)
        assert run.losses[-20:].mean() < 0.6 * run.losses[:5].mean()
        assert len(run.steps) == len(run.rows) == 21
        assert run.steps[-1] == len(run.losses)
        assert history.found(algorithm).same_category > 5 * history.found(algorithm, shuffled=True).same_category

    def test_an_unknown_algorithm_is_said(self) -> None:
        with pytest.raises(ValueError, match="skip-gram"):
            history.trained("perceptron")

    def test_steps_that_do_not_part_are_said(self) -> None:
        number = torch.nn.Parameter(torch.ones(1))
        with pytest.raises(ValueError, match="7 steps"):
            fit(torch.optim.SGD([number], lr=1), lambda: number.sum(), 7, lambda: number)


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
    assert set(in_view) == set(history.ALGORITHMS)
    for name, rows in in_view.items():
        assert np.allclose(rows, history.trained(name).last, atol=1e-4), name
    assert np.array_equal(space["pairs"].numpy(), pairs(make_corpus()))
    assert np.allclose(space["counts"].numpy(), cooccurrences(make_corpus()))
