"""Hidden states and scores against transformers itself; what a decoder cannot know; yardsticks worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from embedbook import contextual, lists, tables
from embedbook.lists import benchmarks

TEXT = "The weather in Tokyo is usually mild"


@pytest.fixture(scope="module")
def model() -> Any:
    return contextual.load()


@pytest.fixture(scope="module")
def ids(smollm2: tables.EmbeddingTable) -> list[int]:
    return smollm2.encode(TEXT)


@pytest.fixture(scope="module")
def smollm2() -> tables.EmbeddingTable:
    return tables.load("smollm2")


@pytest.fixture(scope="module")
def reference(model: Any, ids: list[int]) -> Any:
    with torch.no_grad():
        return model(torch.tensor([ids]), output_hidden_states=True)


def test_states_are_transformers_own(model: Any, ids: list[int], reference: Any) -> None:
    """All but the last, which transformers gives after the final norm: there the norm is written out."""
    states = contextual.hidden_states(model, ids)
    assert states.shape == (31, 7, 576) and states.dtype == np.float32
    own = torch.stack(reference.hidden_states)[:, 0].numpy()
    assert np.array_equal(states[:-1], own[:-1])
    last = states[-1].astype(float)
    by_hand = last / np.sqrt((last**2).mean(axis=-1, keepdims=True) + model.config.rms_norm_eps)
    assert by_hand * model.model.norm.weight.numpy() == pytest.approx(own[-1], abs=1e-4)
    assert contextual.normed(model, states[-1]) == pytest.approx(own[-1], abs=1e-5)


def test_the_row_enters_as_it_is(model: Any, ids: list[int], smollm2: tables.EmbeddingTable) -> None:
    assert np.array_equal(contextual.hidden_states(model, ids)[0], smollm2.vectors[ids])


def test_scores_are_the_models_and_those_of_the_tied_table(
    model: Any, ids: list[int], reference: Any, smollm2: tables.EmbeddingTable
) -> None:
    last = contextual.hidden_states(model, ids)[-1]
    scores, own = contextual.logits(model, last), reference.logits[0].numpy()
    assert scores == pytest.approx(own, abs=1e-3)
    assert contextual.normed(model, last) @ smollm2.vectors.T == pytest.approx(own, abs=1e-3)
    chances = contextual.probabilities(scores)
    assert chances == pytest.approx(reference.logits[0].softmax(-1).numpy(), abs=1e-5)
    assert chances.sum(axis=-1) == pytest.approx(np.ones(7))


def test_a_later_word_changes_no_earlier_vector(model: Any, ids: list[int], smollm2: tables.EmbeddingTable) -> None:
    """Nor does one more; an encoder's vectors all move."""
    banana = smollm2.id_of("banana")
    reach = contextual.reach(model, ids, banana)
    assert (reach[np.tril_indices(7, -1)] < 1e-5).all() and (reach[np.triu_indices(7)] > 0.05).all()
    longer = contextual.hidden_states(model, [*ids, banana])[:, :7]
    assert longer == pytest.approx(contextual.hidden_states(model, ids), abs=1e-2, rel=1e-3)
    minilm, encoder = tables.load("minilm"), contextual.load("minilm")
    assert (contextual.reach(encoder, minilm.encode(TEXT), minilm.id_of("banana")) > 0.01).all()


def test_an_encoder_scores_nothing() -> None:
    encoder = contextual.load("minilm")
    states = contextual.hidden_states(encoder, [2054, 2003])
    with torch.no_grad():
        own = encoder(torch.tensor([[2054, 2003]])).last_hidden_state[0].numpy()
    assert states[-1] == pytest.approx(own, abs=1e-5)
    with pytest.raises(TypeError, match="BertModel has no norm"):
        contextual.logits(encoder, states[-1])


@pytest.mark.parametrize("ids", [[], [[1, 2]], [1.5], 3])
def test_ids_that_are_no_text_are_refused(model: Any, ids: Any) -> None:
    with pytest.raises(ValueError, match="expected the ids of one text"):
        contextual.hidden_states(model, ids)


def test_a_table_without_a_model_says_so() -> None:
    with pytest.raises(tables.UnknownTableError):
        contextual.load("glove")
    with pytest.raises(ValueError, match="no family 'RNN'; known: GPT-2, BERT"):
        contextual.entering("RNN")


def test_what_is_usual_is_that_of_news(model: Any, smollm2: tables.EmbeddingTable) -> None:
    """One text read alone; means and spreads by float64; random pairs by another draw."""
    usual = contextual.usual()
    third = smollm2.encode(benchmarks.lines("news")[2])[: contextual.READ]
    alone = contextual.hidden_states(model, third)[:, contextual.SKIPPED :]
    per_text = contextual.READ - contextual.SKIPPED
    np.testing.assert_allclose(usual.states[:, 2 * per_text : 3 * per_text], alone, atol=0.02, rtol=1e-3)
    assert usual.ids[2 * per_text : 3 * per_text].tolist() == third[contextual.SKIPPED :]
    states = usual.states.astype(np.float64)
    mean, spread = states.mean(axis=1), states.std(axis=1)
    np.testing.assert_allclose(usual.mean, mean, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(usual.spread, spread, rtol=1e-3)
    scaled = (states - mean[:, None]) / spread[:, None]
    np.testing.assert_allclose(usual.standardize(usual.states), scaled, atol=0.02)
    a, b = np.random.default_rng(99).integers(len(usual.ids), size=(2, 4_000))
    other = usual.ids[a] != usual.ids[b]
    for of, expected in ((states, usual.raw), (scaled, usual.standardized)):
        units = of / np.linalg.norm(of, axis=-1, keepdims=True)
        cosines = [(layer[a[other]] * layer[b[other]]).sum(axis=-1).mean() for layer in units]
        assert expected == pytest.approx(cosines, abs=0.03)
    with pytest.raises(ValueError, match="of 31 layers"):
        usual.standardize(usual.states[:30])


def test_the_banks_end_their_sentences(model: Any, smollm2: tables.EmbeddingTable) -> None:
    """In which no sense is told by *bank* itself, and which are read together as they are alone."""
    texts = [text for of in contextual.SENSES.values() for text in of]
    assert len(set(texts)) == 12 and all(text.endswith(" bank") for text in texts)
    alone = [contextual.hidden_states(model, smollm2.encode(text))[:, -1] for text in texts]
    assert contextual.banks() == pytest.approx(np.stack(alone, axis=1), abs=0.05, rel=1e-3)
    assert (contextual.banks()[0] == smollm2["bank"]).all()


def test_pieces_are_judged_as_scikit_learn_does() -> None:
    """The same words chosen again, and scored by another library's AUC, on one layer."""
    from sklearn.metrics import roc_auc_score

    found = contextual.mammals_in_pieces()
    table, generator, layer = tables.load("smollm2"), np.random.default_rng(0), 15
    mammals = [word for word in lists.mammals() if word.isalpha()]
    things = [word for word in lists.things() if word not in lists.mammals_in_any_sense()]
    groups = []
    for words, least, longest in ((mammals, 1, 1), (things, 1, 1), (mammals, 2, 3), (things, 2, 3)):
        cut = [ids for ids in (table.encode(" " + word) for word in words) if least <= len(ids) <= longest]
        groups.append([cut[i] for i in sorted(generator.permutation(len(cut))[:60])])
    assert tuple(len(groups[i]) for i in (2, 3, 0, 1)) == found.counts
    start = table.encode("They saw a")
    states = [contextual.last_states("smollm2", [start + ids for ids in of])[layer].astype(float) for of in groups]
    known = np.concatenate(states[:2])
    scaled = [(of - known.mean(axis=0)) / known.std(axis=0) for of in states]
    toward = scaled[0].mean(axis=0) - scaled[1].mean(axis=0)
    scores = [of @ toward / np.linalg.norm(of, axis=1) for of in scaled[2:]]
    labels = np.repeat([1, 0], [len(of) for of in scores])
    assert roc_auc_score(labels, np.concatenate(scores)) == pytest.approx(found.things[layer], abs=0.01)


def test_places_are_told_by_the_mask_alone() -> None:
    rows, order = np.random.default_rng(3).normal(size=(5, 32)), [4, 2, 0, 1, 3]
    both, causal = contextual.without_places(), contextual.without_places(causal=True)
    assert np.asarray(both(rows[order])) == pytest.approx(np.asarray(both(rows))[order], abs=1e-5)
    one, other = (np.asarray(causal(of)) for of in (rows, rows[order]))
    assert np.abs(other - one[order]).max() > 0.1
    assert np.asarray(causal(rows[:3])) == pytest.approx(one[:3], abs=1e-5)
