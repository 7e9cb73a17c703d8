"""From the same row to a different vector: what a whole model makes of rows, layer by layer.

In shapes, T is tokens of a text, L layers, D numbers of a row, V rows of the table, n uses of words. State 0 is what
enters the first layer, state L what leaves the last one; the norm that stands before the scores is not applied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedbook import geometry, lists, tables
from embedbook.lists import benchmarks
from embedbook.probes import auc
from embedbook.tables import MissingExtraError, TokenIdError
from embedbook.tables.errors import is_whole, listed, shorten, whole
from embedbook.tables.table import as_numbers

try:
    import torch
except ImportError as error:
    raise MissingExtraError("embedbook.contextual", 'pip install ".[book]" in the book\'s folder') from error

Floats = NDArray[np.float32]

SENSES: Mapping[str, tuple[str, ...]] = {
    "river": (
        "She sat on the grassy river bank",
        "The boat drifted towards the bank",
        "Ducks slept in the reeds on the bank",
        "They walked along the muddy bank",
        "The fisherman stood on the bank",
        "The swollen river burst its bank",
    ),
    "money": (
        "He put his savings in the bank",
        "The loan was approved by the bank",
        "She deposited the check at the bank",
        "The thieves robbed the bank",
        "My mortgage comes from the bank",
        "The cashier works at a bank",
    ),
}
"""Sentences that end in *bank*, by its meaning, which the words before it tell; written for this book."""

TEXTS, READ, SKIPPED = 60, 24, 8
"""How many news items are read as a yardstick, how many tokens of each, and how many of these are not looked at: a
model's first states are unlike all others (Sun et al. 2024)."""


@cache
def load(name: str = "smollm2") -> Any:
    """The whole model behind a known table, in float32, for reading only: the same object for the same name.

    A model that scores next tokens comes with its scores, another one without. Raises UnknownTableError for a table
    without a model, and what :func:`embedbook.tables.model_folder` raises.

    >>> model = load()
    >>> model.config.num_hidden_layers, model.config.hidden_size
    (30, 576)
    """
    folder = tables.model_folder(name)
    with _quiet():
        from transformers import AutoConfig, AutoModel, AutoModelForCausalLM

        config = AutoConfig.from_pretrained(folder)
        scores = any(kind.endswith("CausalLM") for kind in config.architectures or ["LlamaForCausalLM"])
        made = (AutoModelForCausalLM if scores else AutoModel).from_pretrained(folder, dtype=torch.float32)
    return made.eval().requires_grad_(False)


def hidden_states(model: Any, ids: Sequence[int] | NDArray[np.integer]) -> Floats:
    """What stands at every token before the first layer and after each one: [L + 1, T, D] for T ids.

    Raises ValueError for ids that are no text: none, not in one row, or more than the model reads at once;
    TokenIdError for one that the model has no row for.

    >>> states = hidden_states(load(), [504, 3947])
    >>> states.shape
    (31, 2, 576)
    """
    return _states(model, _checked(model, ids)[None])[:, 0]


def _checked(model: Any, ids: Sequence[int] | NDArray[np.integer]) -> NDArray[np.int64]:
    """The ids of one text that a model can read, [T]."""
    name = type(model).__name__
    if not hasattr(model, "get_input_embeddings"):
        raise TypeError(f"expected a model, such as contextual.load() gives, got {name}")
    try:
        given = np.asarray(ids)
    except ValueError:
        raise ValueError("expected the ids of one text, [T], got lists of different lengths") from None
    if given.ndim != 1 or not len(given) or not np.issubdtype(given.dtype, np.integer):
        raise ValueError(f"expected the ids of one text, [T], got {given.dtype} {list(given.shape)}")
    rows, longest = len(model.get_input_embeddings().weight), getattr(model.config, "max_position_embeddings", np.inf)
    for token_id in (given.min(), given.max()):
        if not 0 <= token_id < rows:
            raise TokenIdError(int(token_id), name, rows)
    if len(given) > longest:
        raise ValueError(f"{name} reads {longest:,} tokens at once, got {len(given):,}")
    return given.astype(np.int64)


def _vectors(given: ArrayLike, expected: str, width: int | None = None) -> NDArray[Any]:
    """Real numbers [..., D]. Raises TypeError for others, ValueError for none, undefined ones, or another width."""
    array = as_numbers(given, expected)
    if not array.ndim or not array.size or (width is not None and array.shape[-1] != width):
        raise ValueError(f"expected {expected}, got shape {list(array.shape)}")
    if not np.isfinite(array).all():
        raise ValueError(f"expected {expected}, got infinite or undefined numbers")
    return array


def _states(model: Any, ids: NDArray[np.integer], **more: Any) -> Floats:
    """Of texts of one length, [B, T]: [L + 1, B, T, D]."""
    found = []
    norm = _final_norm(model)
    hook = norm.register_forward_pre_hook(lambda _, given: found.append(given[0])) if norm is not None else None
    try:
        with torch.no_grad():
            said = model(torch.as_tensor(ids), output_hidden_states=True, **more).hidden_states
    finally:
        if hook is not None:
            hook.remove()
    states = [*said[:-1], found[-1] if found else said[-1]]  # [B, T, D] each
    return np.asarray(torch.stack(states).numpy(), dtype=np.float32)


def _final_norm(model: Any) -> Any:
    """What is applied after the last layer, None where nothing is; GPT-2's is called ln_f."""
    base = getattr(model, "base_model", None)  # without the head
    return getattr(base, "norm", None) or getattr(base, "ln_f", None)


def normed(model: Any, states: ArrayLike) -> Floats:
    """States [..., D] of any layer as the scores take them: through the norm after the last layer.

    Raises TypeError for a model that has none, ValueError for another width and for undefined numbers.
    """
    norm = _final_norm(model)
    if norm is None:
        raise TypeError(f"{type(model).__name__} has no norm after its last layer, and scores nothing")
    given = _vectors(states, f"states [..., {model.config.hidden_size}]", model.config.hidden_size)
    with torch.no_grad():
        return np.asarray(norm(torch.as_tensor(np.asarray(given, dtype=np.float32))).numpy())


def logits(model: Any, states: ArrayLike) -> Floats:
    """The scores of all tokens, [..., V], for states [..., D]: for the last layer's, those of the model.

    For an earlier layer's they are what it would score if it stopped there: the logit lens (nostalgebraist 2020).
    Raises what :func:`normed` raises.

    >>> states = hidden_states(load(), [504, 3947])
    >>> logits(load(), states[-1]).shape
    (2, 49152)
    """
    entering_head = torch.as_tensor(normed(model, states))
    head = model.get_output_embeddings()
    if head is None:
        raise TypeError(f"{type(model).__name__} was loaded without its head, and scores nothing")
    with torch.no_grad():
        return np.asarray(head(entering_head).numpy())


def probabilities(scores: ArrayLike) -> NDArray[np.float64]:
    """Scores [..., V] as probabilities, which add up to 1 (softmax). Raises ValueError for none and for undefined ones.

    A score of -inf is a probability of 0, unless all are.

    >>> probabilities([0.0, 0.0]).tolist()
    [0.5, 0.5]
    """
    given = as_numbers(scores, "scores [..., V]").astype(np.float64)
    if not given.ndim or not given.size or not np.isfinite(given.max(axis=-1)).all():
        raise ValueError(f"expected scores [..., V] with a largest one, got shape {list(given.shape)}")
    powers = np.exp(given - given.max(axis=-1, keepdims=True))  # [..., V], the largest 1
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


# --- yardsticks


@dataclass(frozen=True, eq=False)
class Usual:
    """States of words in news, by layer: ``mean`` and ``spread`` [L + 1, D]; cosines of ``pairs`` of different words.

    ``raw`` [L + 1] are the means of the cosines of the states as they are, ``standardized`` of the states by
    :meth:`standardize`; ``states`` [L + 1, n, D], with the ids of their tokens [n].
    """

    ids: NDArray[np.int64]
    states: Floats
    mean: Floats
    spread: Floats
    raw: NDArray[np.float64]
    standardized: NDArray[np.float64]

    def standardize(self, states: ArrayLike) -> Floats:
        """States [L + 1, ..., D] with each number on the scale of its own dimension and layer.

        Raises ValueError for another number of layers, another width, and undefined numbers.
        """
        layers, width = self.mean.shape
        given = _vectors(states, f"the states of {layers} layers, [{layers}, ..., {width}]", width)
        if given.ndim < 2 or len(given) != layers:
            raise ValueError(f"expected the states of {layers} layers, got shape {list(given.shape)}")
        given = given.astype(np.float32)
        shape = (len(self.mean), *[1] * (given.ndim - 2), self.mean.shape[-1])
        return np.asarray((given - self.mean.reshape(shape)) / self.spread.reshape(shape))


@cache
def usual(name: str = "smollm2", pairs: int = 4_000) -> Usual:
    """The states that a model has in the Lee corpus, news items in gensim's test data (Lee, Pincombe, Welsh 2005).

    Raises what :func:`load` raises, MissingExtraError without gensim, and ValueError for no pairs.
    """
    pairs = whole(pairs, "pairs", least=1)
    model, table = load(name), tables.load(name)
    read = [table.encode(text)[:READ] for text in benchmarks.lines("news")[:TEXTS]]
    ids = np.array(read)  # [texts, READ]
    states = np.concatenate([_states(model, part)[:, :, SKIPPED:] for part in np.array_split(ids, 4)], axis=1)
    states = states.reshape(len(states), -1, states.shape[-1])  # [L + 1, n, D]
    tokens = ids[:, SKIPPED:].ravel()  # [n]
    first, second = np.random.default_rng(0).integers(len(tokens), size=(2, pairs))
    other = tokens[first] != tokens[second]
    mean, spread = states.mean(axis=1), states.std(axis=1)
    scaled = (states - mean[:, None]) / spread[:, None]
    raw, standardized = (
        np.array([(at[first[other]] * at[second[other]]).sum(axis=-1).mean() for at in map(unit, of)])
        for of in (states, scaled)
    )
    return Usual(tokens, states, mean, spread, raw, standardized)


def unit(states: ArrayLike) -> NDArray[np.float64]:
    """States [..., D] at length 1, in float64. Raises TypeError for what is no numbers."""
    return geometry.unit(as_numbers(states, "states [..., D]").astype(np.float64))


def last_states(name: str, texts: Sequence[str | Sequence[int]]) -> Floats:
    """The states at the last token of each text, or of its ids: [L + 1, texts, D].

    Raises TypeError for one text in the place of a list, ValueError for no text and for one without a token, and what
    :func:`load` and :func:`hidden_states` raise.
    """
    model, table = load(name), tables.load(name)
    cut = []
    for text in listed(texts, "texts"):
        ids = table.encode(text) if isinstance(text, str) else text
        if isinstance(text, str) and not len(ids):
            raise ValueError(f"{shorten(text)} has no token, so no last one")
        cut.append(_checked(model, ids))
    if not cut:
        raise ValueError("expected a text or more, got none")
    found: dict[int, Floats] = {}
    for length in sorted({len(ids) for ids in cut}):  # texts of one length are read at once
        places = [place for place, ids in enumerate(cut) if len(ids) == length]
        states = _states(model, np.array([cut[place] for place in places]))[:, :, -1]  # [L + 1, texts, D]
        found |= {place: states[:, at] for at, place in enumerate(places)}
    return np.stack([found[place] for place in range(len(cut))], axis=1)


@cache
def banks(name: str = "smollm2") -> Floats:
    """The states of *bank* at the end of the sentences of :data:`SENSES`, in their order: [L + 1, 12, D]."""
    return last_states(name, [text for texts in SENSES.values() for text in texts])


def alike(states: ArrayLike) -> NDArray[np.float64]:
    """The cosines of states [L + 1, n, D] with each other: [L + 1, n, n]. Raises ValueError for another shape."""
    given = _vectors(states, "states [L + 1, n, D]")
    if given.ndim != 3:
        raise ValueError(f"expected states [L + 1, n, D], got shape {list(given.shape)}")
    units = unit(given)
    return np.asarray(units @ units.swapaxes(-1, -2))


def by_sense(cosines: ArrayLike, senses: Sequence[object]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean cosines of uses with the same sense and with another one, each [L + 1], from cosines [L + 1, n, n].

    Raises ValueError unless there is a sense for each use, two uses of one, and another sense.

    >>> same, other = by_sense([[[1, 0.5, 0.1], [0.5, 1, 0.3], [0.1, 0.3, 1]]], ["a", "a", "b"])
    >>> same.tolist(), other.tolist()
    ([0.5], [0.2])
    """
    given = _vectors(cosines, "cosines [L + 1, n, n]").astype(np.float64)
    labels = np.asarray(listed(senses, "senses")).astype(str)
    if given.ndim != 3 or given.shape[1:] != 2 * labels.shape:
        raise ValueError(f"expected cosines [L + 1, n, n] and n senses, got {list(given.shape)} and {len(labels)}")
    equal = labels[:, None] == labels[None, :]  # [n, n]
    apart = ~np.eye(len(labels), dtype=bool)
    if equal.all() or not (equal & apart).any():
        raise ValueError("expected two uses of one sense, and another sense")
    return given[:, equal & apart].mean(axis=1), given[:, ~equal].mean(axis=1)


def reach(model: Any, ids: Sequence[int], other: int) -> NDArray[np.float64]:
    """How far each token's change moves each token's last vector: [T, T], row i for token i replaced by ``other``.

    A number is the length of the difference over the length of the vector: 0 says that it stayed. Raises TypeError for
    an ``other`` that is no whole number, and what :func:`hidden_states` raises.
    """
    if not is_whole(other):
        raise TypeError(f"other must be a token id, got {other!r:.40}")
    text = _checked(model, ids)
    unmoved = hidden_states(model, text)[-1]  # [T, D]
    moved = []
    for place in range(len(text)):
        swapped = np.array([*text[:place], int(other), *text[place + 1 :]])
        moved.append(np.linalg.norm(hidden_states(model, swapped)[-1] - unmoved, axis=-1))  # [T]
    return np.asarray(np.array(moved) / np.linalg.norm(unmoved, axis=-1), dtype=np.float64)


# --- words in pieces


@dataclass(frozen=True, eq=False)
class InPieces:
    """AUCs by layer, [L + 1] each, for the vector at the last piece of rare members of a category.

    ``things`` against other words in pieces, ``made_up`` against words of the same pieces joined otherwise. ``counts``
    are members in pieces, others in pieces, and single tokens of both kinds, which gave the direction.
    """

    things: NDArray[np.float64]
    made_up: NDArray[np.float64]
    counts: tuple[int, int, int, int]


def in_pieces(
    name: str, members: Sequence[str], others: Sequence[str], frame: str, pieces: int = 3, most: int = 60, seed: int = 0
) -> InPieces:
    """Whether the layers know a word from its pieces: the direction of single tokens, judged on words in pieces.

    Every word stands at the end of the ``frame``. The direction is the difference of the means of ``members`` and
    ``others`` that are one token, on each layer's own scale; it is judged on those of two to ``pieces`` tokens, at most
    ``most`` a kind, drawn with the seed. A made-up word is the beginning of one member with the end of another. Raises
    ValueError where too few words of a kind are left, TypeError for lists of other things than words.
    """
    pieces, most = whole(pieces, "pieces", least=2), whole(most, "most", least=2)
    load(name)  # a table without a model is said first
    table, generator = tables.load(name), np.random.default_rng(whole(seed, "seed"))
    members, others, start = listed(members, "words"), listed(others, "words"), table.encode(frame)
    if strange := [word for word in [*members, *others] if not isinstance(word, str) or not word.strip()]:
        raise TypeError(f"expected words, got {strange[0]!r:.40}")
    cut = {word: table.encode(f" {word}") for word in [*members, *others]}

    def some(words: Sequence[str], least: int, longest: int) -> list[list[int]]:
        fit = [cut[word] for word in words if least <= len(cut[word]) <= longest]
        return [fit[i] for i in sorted(generator.permutation(len(fit))[:most])]

    whole_words, whole_others = some(members, 1, 1), some(others, 1, 1)
    rare, rare_others = some(members, 2, pieces), some(others, 2, pieces)
    counts = (len(rare), len(rare_others), len(whole_words), len(whole_others))
    if min(counts) < 1 or len(rare) < 2:
        raise ValueError(
            "expected members and others that are one token, others in pieces, and two members in pieces; of "
            f"{len(members)} members {counts[2]} are one token and {counts[0]} are cut into 2 to {pieces}, of "
            f"{len(others)} others {counts[3]} and {counts[1]}"
        )
    shift = int(generator.integers(1, len(rare)))  # nobody gets its own end back
    made_up = [ids[:-1] + rare[(place + shift) % len(rare)][-1:] for place, ids in enumerate(rare)]
    groups = (whole_words, whole_others, rare, rare_others, made_up)
    states = last_states(name, [start + ids for group in groups for ids in group])  # [L + 1, words, D]
    known = states[:, : len(whole_words) + len(whole_others)]
    scaled = (states - known.mean(axis=1)[:, None]) / (known.std(axis=1)[:, None] + 1e-6)
    ends = np.cumsum([len(group) for group in groups])[:-1]
    yes, no, real, real_others, joined = np.split(scaled, ends, axis=1)
    direction = yes.mean(axis=1) - no.mean(axis=1)  # [L + 1, D]
    told = [
        [float(auc(unit(a) @ toward, unit(b) @ toward)) for b in pair]
        for a, toward, *pair in zip(real, direction, real_others, joined, strict=True)
    ]
    things, otherwise = np.array(told).T
    return InPieces(things, otherwise, counts)


@cache
def mammals_in_pieces(name: str = "smollm2", frame: str = "They saw a", pieces: int = 3) -> InPieces:
    """:func:`in_pieces` for the mammals of WordNet and the things of :func:`embedbook.lists.things`.

    Raises MissingExtraError without gensim, which carries WordNet's mammals.
    """
    mammals = [word for word in lists.mammals() if word.isalpha()]
    things = [word for word in lists.things() if word not in lists.mammals_in_any_sense()]
    return in_pieces(name, mammals, things, frame, pieces)


# --- what enters the first layer

WIDTH = 64
_NO_MARKS = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
_LLAMA_LIKE = {"hidden_size": WIDTH, "intermediate_size": 96, "num_hidden_layers": 1, "num_attention_heads": 4}
_GROUPED = {**_LLAMA_LIKE, "num_key_value_heads": 2, "head_dim": 16}
_LATENT = {"kv_lora_rank": 16, "q_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 16}
FAMILIES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "GPT-2": ("GPT2Config", {"n_embd": WIDTH, "n_layer": 1, "n_head": 4}),
    "BERT": ("BertConfig", _LLAMA_LIKE),
    "Gemma 3": ("Gemma3TextConfig", _GROUPED),
    "Llama": ("LlamaConfig", _GROUPED),
    "Mistral": ("MistralConfig", _GROUPED),
    "DeepSeek-V3": ("DeepseekV3Config", {**_LLAMA_LIKE, **_LATENT, "first_k_dense_replace": 1}),
    "LLaMA 4": ("Llama4TextConfig", {**_GROUPED, "intermediate_size_mlp": 96, "moe_layers": []}),
}
"""transformers' configuration of each family and the settings that make it small: what enters its first layer does not
depend on how many there are."""


@dataclass(frozen=True)
class Entering:
    """What a model makes of a row W[id] before its first layer, read off a small untrained model of its family.

    ``is_row``: nothing; ``scale``: the row times this number, 0 where it is no multiple; ``by_place``: the same token
    enters differently at another place; ``normed``: what enters has mean 0 and spread 1.
    """

    is_row: bool
    scale: float
    by_place: bool
    normed: bool

    @property
    def said(self) -> str:
        """In a few words.

        >>> Entering(False, 0, True, False).said
        'the row plus a row for its place'
        """
        if self.by_place:
            return "the row plus a row for its place" + (", normalized" if self.normed else "")
        return "the row itself" if self.is_row else f"the row × {self.scale:.1f}" if self.scale else "another vector"


@cache
def entering(family: str) -> Entering:
    """What enters the first layer of a family of :data:`FAMILIES`. Raises ValueError for another name.

    >>> entering("Llama").said, entering("GPT-2").said
    ('the row itself', 'the row plus a row for its place')
    """
    if family not in FAMILIES:
        raise ValueError(f"no family {shorten(str(family))}; known: {', '.join(FAMILIES)}")
    import transformers

    kind, settings = FAMILIES[family]
    with _quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = getattr(transformers, kind)(vocab_size=50, **_NO_MARKS, **settings)
        model = transformers.AutoModel.from_config(config).eval()
    ids = [7, 9, 7]
    enters = hidden_states(model, ids)[0]  # [3, D]
    rows = model.get_input_embeddings().weight.detach().numpy()[ids]  # [3, D]; a module may scale what it looks up
    scale = float((enters * rows).sum() / (rows * rows).sum())
    return Entering(
        is_row=np.array_equal(enters, rows),
        scale=scale if np.allclose(enters, scale * rows, atol=1e-5) else 0.0,
        by_place=not np.allclose(enters[0], enters[2]),
        normed=bool(np.allclose(enters.mean(axis=-1), 0, atol=1e-3) and np.allclose(enters.std(axis=-1), 1, atol=1e-2)),
    )


# --- order


def without_places(seed: int = 0, layers: int = 2, *, causal: bool = False) -> Callable[[Any], Any]:
    """A small untrained Transformer that is told nothing of places: from rows [T, 32] to vectors [T, 32].

    ``causal``: each token sees only itself and those before it. Raises ValueError for no layers, and what it returns
    for rows of another shape.
    """
    seed, layers = whole(seed, "seed"), whole(layers, "layers", least=1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layer = torch.nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True)
        model = torch.nn.TransformerEncoder(layer, layers, enable_nested_tensor=False).eval()

    def read(rows: Any) -> Any:
        seen = _vectors(rows, "rows [T, 32]", 32)
        if seen.ndim != 2:
            raise ValueError(f"expected rows [T, 32], got shape {list(seen.shape)}")
        given = torch.as_tensor(seen, dtype=torch.float32)[None]  # [1, T, 32]
        mask = torch.nn.Transformer.generate_square_subsequent_mask(given.shape[1]) if causal else None
        with torch.no_grad():
            return model(given, mask=mask, is_causal=causal)[0]

    return read


class _quiet(AbstractContextManager[None]):
    """Without the progress bars of transformers, which would be part of a notebook's output."""

    def __enter__(self) -> None:
        from transformers.utils import logging

        self.shown = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()

    def __exit__(self, *_: object) -> None:
        from transformers.utils import logging

        if self.shown:
            logging.enable_progress_bar()
