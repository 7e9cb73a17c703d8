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


def test_each_state_is_what_its_layer_gave(model: Any, ids: list[int]) -> None:
    """Noted at each of the thirty layers, and at the head, as they work: no state is another layer's."""
    entered, left, read = [], [], []
    layers, norm, head = model.model.layers, model.model.norm, model.get_output_embeddings()
    hooks = [layer.register_forward_pre_hook(lambda _, given: entered.append(given[0])) for layer in layers]
    hooks += [layer.register_forward_hook(lambda _, __, gave: left.append(gave)) for layer in layers]
    hooks += [norm.register_forward_pre_hook(lambda _, given: left.append(given[0]))]
    hooks += [head.register_forward_pre_hook(lambda _, given: read.append(given[0]))]
    states = contextual.hidden_states(model, ids)
    for hook in hooks:
        hook.remove()
    outputs = [gave[0] if isinstance(gave, tuple) else gave for gave in left]
    assert len(states) == 31 and len(entered) == 30 and len(outputs) == 31
    for layer in range(30):
        assert np.array_equal(states[layer], entered[layer][0].numpy())
        assert np.array_equal(states[layer + 1], outputs[layer][0].numpy())
        assert not np.allclose(states[layer], states[layer + 1], atol=1e-3)
    assert np.array_equal(states[-1], outputs[-1][0].numpy())
    assert contextual.normed(model, states[-1]) == pytest.approx(read[-1][0].numpy(), abs=1e-5)


def test_an_encoders_states_are_transformers_own() -> None:
    """No norm stands after its last layer: all of them as they are, the first after the row and its place."""
    encoder, ids = contextual.load("minilm"), tables.load("minilm").encode(TEXT)
    with torch.no_grad():
        own = encoder(torch.tensor([ids]), output_hidden_states=True)
    states = contextual.hidden_states(encoder, ids)
    assert len(states) == encoder.config.num_hidden_layers + 1
    assert np.array_equal(states, torch.stack(own.hidden_states)[:, 0].numpy())
    assert np.array_equal(states[-1], own.last_hidden_state[0].numpy())


@pytest.mark.parametrize("kind", ["GPT2Model", "GPT2LMHeadModel", "LlamaModel", "LlamaForCausalLM"])
def test_the_last_state_stands_before_the_norm_whatever_the_family_calls_it(kind: str) -> None:
    """Also of a model without its head."""
    import transformers

    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    options = {"intermediate_size": 16} if "Llama" in kind else {}
    config = getattr(transformers, "LlamaConfig" if "Llama" in kind else "GPT2Config")(
        vocab_size=20, **sizes, **options
    )
    torch.manual_seed(3)
    small = getattr(transformers, kind)(config).eval().requires_grad_(False)
    states = contextual.hidden_states(small, [3, 1, 2])
    with torch.no_grad():
        own = small(torch.tensor([[3, 1, 2]]), output_hidden_states=True)
    assert np.array_equal(states[:-1], torch.stack(own.hidden_states)[:-1, 0].numpy())
    assert not np.allclose(states[-1], own.hidden_states[-1][0].numpy(), atol=1e-3)
    assert contextual.normed(small, states[-1]) == pytest.approx(own.hidden_states[-1][0].numpy(), abs=1e-5)
    if "logits" in own:
        assert contextual.logits(small, states[-1]) == pytest.approx(own.logits[0].numpy(), abs=1e-5)
    else:
        with pytest.raises(TypeError, match=f"{kind} was loaded without its head, and scores nothing"):
            contextual.logits(small, states[-1])


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


@pytest.mark.parametrize("ids", [[], [[1, 2]], [1.5], 3, None, "cat", [np.nan], [True], [[1], [2, 3]], ["\U0001f600"]])
def test_ids_that_are_no_text_are_refused(model: Any, ids: Any) -> None:
    for call in (
        lambda: contextual.hidden_states(model, ids),
        lambda: contextual.reach(model, ids, 5),
    ):
        with pytest.raises(ValueError, match="expected the ids of one text"):
            call()


@pytest.mark.parametrize("token_id", [-1, 49_152, 10**12])
def test_an_id_without_a_row_is_said(model: Any, token_id: int) -> None:
    said = rf"{token_id} is not a token id of LlamaForCausalLM: ids run from 0 to 49,151"
    for call in (
        lambda: contextual.hidden_states(model, [5, token_id]),
        lambda: contextual.reach(model, [5, token_id], 5),
        lambda: contextual.reach(model, [5, 6], token_id),
        lambda: contextual.last_states("smollm2", [[5, token_id]]),
    ):
        with pytest.raises(tables.TokenIdError, match=said):
            call()
    assert contextual.hidden_states(model, np.array([0, 49_151], dtype=np.uint16)).shape == (31, 2, 576)


def test_a_table_without_a_model_says_so() -> None:
    for call in (contextual.load, contextual.usual, contextual.banks, contextual.mammals_in_pieces):
        with pytest.raises(tables.UnknownTableError):
            call("glove")
    with pytest.raises(ValueError, match="no family 'RNN'; known: GPT-2, BERT"):
        contextual.entering("RNN")


THREE = np.arange(31 * 3 * 576, dtype=np.float32).reshape(31, 3, 576)


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (
            lambda m: contextual.hidden_states("smollm2", [5]),
            TypeError,
            r"expected a model, such as contextual.load\(\)",
        ),
        (lambda m: contextual.reach(None, [5], 5), TypeError, "expected a model"),
        (lambda m: contextual.hidden_states(m, [5] * 9_000), ValueError, "reads 8,192 tokens at once, got 9,000"),
        (lambda m: contextual.reach(m, [5, 6], "banana"), TypeError, "other must be a token id, got 'banana'"),
        (lambda m: contextual.reach(m, [5, 6], 1.5), TypeError, "other must be a token id, got 1.5"),
        (lambda m: contextual.normed("smollm2", THREE), TypeError, "str has no norm"),
        (
            lambda m: contextual.normed(m, np.zeros((2, 1))),
            ValueError,
            r"expected states \[..., 576\], got shape \[2, 1\]",
        ),
        (lambda m: contextual.normed(m, []), ValueError, r"expected states \[..., 576\], got shape \[0\]"),
        (lambda m: contextual.logits(m, 5), ValueError, r"expected states \[..., 576\], got shape \[\]"),
        (lambda m: contextual.logits(m, "cat"), TypeError, r"expected states \[..., 576\], got <U3"),
        (lambda m: contextual.logits(m, [np.nan] * 576), ValueError, "got infinite or undefined numbers"),
        (lambda m: contextual.probabilities([]), ValueError, r"expected scores \[..., V\]"),
        (lambda m: contextual.probabilities(1.0), ValueError, r"expected scores \[..., V\]"),
        (lambda m: contextual.probabilities([np.nan, 1]), ValueError, r"expected scores \[..., V\]"),
        (lambda m: contextual.probabilities([-np.inf, -np.inf]), ValueError, r"expected scores \[..., V\]"),
        (lambda m: contextual.probabilities([["a"]]), TypeError, r"expected scores \[..., V\], got <U1"),
        (lambda m: contextual.usual("smollm2", 0), ValueError, "pairs must be 1 or more, got 0"),
        (lambda m: contextual.usual("smollm2", 2.5), TypeError, "pairs must be a whole number, got 2.5"),
        (lambda m: contextual.usual().standardize(5), ValueError, r"the states of 31 layers, \[31, ..., 576\]"),
        (
            lambda m: contextual.usual().standardize(THREE[:, :, :9]),
            ValueError,
            r"the states of 31 layers, .*\[31, 3, 9\]",
        ),
        (lambda m: contextual.usual().standardize(THREE + np.inf), ValueError, "infinite or undefined numbers"),
        (lambda m: contextual.last_states("smollm2", [""]), ValueError, "'' has no token, so no last one"),
        (lambda m: contextual.last_states("minilm", ["a", " \u200e"]), ValueError, "has no token, so no last one"),
        (lambda m: contextual.last_states("smollm2", []), ValueError, "expected a text or more, got none"),
        (lambda m: contextual.last_states("smollm2", "a cat"), TypeError, "expected a list of texts, got 'a cat'"),
        (lambda m: contextual.last_states("smollm2", None), TypeError, "expected a list of texts, got None"),
        (lambda m: contextual.last_states("smollm2", [None]), ValueError, "expected the ids of one text"),
        (lambda m: contextual.last_states("smollm2", [[]]), ValueError, "expected the ids of one text"),
        (
            lambda m: contextual.last_states("minilm", ["cat " * 2_500]),
            ValueError,
            "reads 512 tokens at once, got 2,500",
        ),
        (lambda m: contextual.last_states("nope", ["a"]), tables.UnknownTableError, "no table is called 'nope'"),
        (lambda m: contextual.alike([[1.0, 2.0]]), ValueError, r"expected states \[L \+ 1, n, D\], got shape \[1, 2\]"),
        (lambda m: contextual.alike([]), ValueError, r"expected states \[L \+ 1, n, D\], got shape \[0\]"),
        (lambda m: contextual.alike(THREE * np.nan), ValueError, "infinite or undefined numbers"),
        (lambda m: contextual.unit("cat"), TypeError, r"expected states \[..., D\], got <U3"),
        (lambda m: contextual.by_sense(np.ones((2, 3, 3)), ["a", "b"]), ValueError, r"n senses, got \[2, 3, 3\] and 2"),
        (lambda m: contextual.by_sense(np.ones((3, 3)), ["a", "a", "b"]), ValueError, r"n senses, got \[3, 3\] and 3"),
        (
            lambda m: contextual.by_sense(np.ones((1, 2, 2)), ["a", "a"]),
            ValueError,
            "two uses of one sense, and another",
        ),
        (
            lambda m: contextual.by_sense(np.ones((1, 2, 2)), ["a", "b"]),
            ValueError,
            "two uses of one sense, and another",
        ),
        (lambda m: contextual.by_sense(np.ones((1, 2, 2)), "ab"), TypeError, "expected a list of senses, got 'ab'"),
        (lambda m: contextual.entering("GPT" * 9_000), ValueError, r"\(27,000 characters\); known: GPT-2, BERT"),
        (lambda m: contextual.entering("\U0001f600"), ValueError, "no family '\U0001f600'; known: GPT-2"),
        (lambda m: contextual.without_places(layers=0), ValueError, "layers must be 1 or more, got 0"),
        (lambda m: contextual.without_places(seed=0.5), TypeError, "seed must be a whole number, got 0.5"),
        (lambda m: contextual.without_places()(np.zeros((5, 16))), ValueError, r"rows \[T, 32\], got shape \[5, 16\]"),
        (lambda m: contextual.without_places()(np.zeros((0, 32))), ValueError, r"rows \[T, 32\], got shape \[0, 32\]"),
        (lambda m: contextual.without_places()(np.zeros(32)), ValueError, r"rows \[T, 32\], got shape \[32\]"),
        (lambda m: contextual.without_places()(np.full((1, 32), np.nan)), ValueError, "infinite or undefined"),
    ],
)
def test_bad_input_is_said(model: Any, call: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said) as raised:
        call(model)
    assert len(str(raised.value)) < 300


WHOLE, CUT = ("cat", "dog", "horse", "cow"), ("hedgehog", "anteater", "wolverine", "porcupine")


@pytest.mark.parametrize(
    ("members", "others", "more", "kind", "said"),
    [
        ([], [], {}, ValueError, "of 0 members 0 are one token and 0 are cut into 2 to 3, of 0 others 0 and 0"),
        (WHOLE, ["table"], {}, ValueError, "of 4 members 4 are one token and 0 are cut"),
        (["cat", "hedgehog"], ["table", "teaspoon"], {}, ValueError, "two members in pieces; of 2 members 1"),
        ("cat", ["table"], {}, TypeError, "expected a list of words, got 'cat'"),
        (["cat"], None, {}, TypeError, "expected a list of words, got None"),
        (["cat", None], ["table"], {}, TypeError, "expected words, got None"),
        (["cat", float("nan")], ["table"], {}, TypeError, "expected words, got nan"),
        (["cat", " "], ["table"], {}, TypeError, "expected words, got ' '"),
        (["a" * 10_000, "\U0001f600"], ["table"], {}, ValueError, "of 2 members 0 are one token"),
        (CUT, CUT, {"pieces": 1}, ValueError, "pieces must be 2 or more, got 1"),
        (CUT, CUT, {"most": 1}, ValueError, "most must be 2 or more, got 1"),
        (CUT, CUT, {"seed": -1}, ValueError, "seed must be 0 or more, got -1"),
        (CUT, CUT, {"frame": 5}, TypeError, "expected text, got int"),
    ],
)
def test_too_few_words_are_said(members: Any, others: Any, more: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        contextual.in_pieces("smollm2", members, others, **{"frame": "They saw a", **more})


def test_awkward_texts_have_states() -> None:
    """An emoji, half of one, a mark alone, a long text without a space."""
    states = contextual.last_states("smollm2", ["\U0001f600", "\ud83d", "\u0301", "a" * 300])
    assert states.shape == (31, 4, 576) and np.isfinite(states).all()


def test_zeros_have_no_direction_and_numbers_of_any_kind_are_scores() -> None:
    assert contextual.unit([[0, 0], [3, 4]]).tolist() == [[0, 0], [0.6, 0.8]]
    assert contextual.unit(np.float32([3, 4])).dtype == np.float64
    assert contextual.probabilities([0, -np.inf]).tolist() == [1, 0]
    assert contextual.probabilities([1_000, 1_000]).tolist() == [0.5, 0.5]
    same, other = contextual.by_sense([[[1, 0.5, 0.1], [0.5, 1, 0.3], [0.1, 0.3, 1]]], np.array([1, 1, 2]))
    assert (same.tolist(), other.tolist()) == ([0.5], [0.2])


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
    shift = int(generator.integers(1, len(groups[2])))
    joined = [ids[:-1] + groups[2][(i + shift) % len(groups[2])][-1:] for i, ids in enumerate(groups[2])]
    assert all(a[:-1] == b[:-1] for a, b in zip(joined, groups[2], strict=True))
    assert sorted(ids[-1] for ids in joined) == sorted(ids[-1] for ids in groups[2])
    made_up = contextual.last_states("smollm2", [start + ids for ids in joined])[layer].astype(float)
    made_up = (made_up - known.mean(axis=0)) / known.std(axis=0)
    against = made_up @ toward / np.linalg.norm(made_up, axis=1)
    labels = np.repeat([1, 0], [len(scores[0]), len(against)])
    expected = roc_auc_score(labels, np.concatenate([scores[0], against]))
    assert expected == pytest.approx(found.made_up[layer], abs=0.01)
    assert abs(found.made_up[layer] - found.things[layer]) > 0.02  # neither stands for the other
    assert len(found.things) == len(found.made_up) == 31


def test_places_are_told_by_the_mask_alone() -> None:
    rows, order = np.random.default_rng(3).normal(size=(5, 32)), [4, 2, 0, 1, 3]
    both, causal = contextual.without_places(), contextual.without_places(causal=True)
    assert np.asarray(both(rows[order])) == pytest.approx(np.asarray(both(rows))[order], abs=1e-5)
    one, other = (np.asarray(causal(of)) for of in (rows, rows[order]))
    assert np.abs(other - one[order]).max() > 0.1
    assert np.asarray(causal(rows[:3])) == pytest.approx(one[:3], abs=1e-5)
