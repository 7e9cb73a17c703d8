"""Claims of page 09: from one row per token to a vector per use, measured on the whole model behind a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, wraps
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from embedbook import contextual, tables
from embedbook.claims.ledger import Limits, Measurement, Page, Silence
from embedbook.claims.wording import listing, two
from embedbook.tables import EmbeddingTable

Measure: TypeAlias = Callable[[EmbeddingTable, Limits], Measurement[Any]]
PAGE = Page(__file__)
DECODERS = ("smollm2",)
"""Tables whose whole model is here and predicts the next token."""


def _with_layers(names: Collection[str], kind: str) -> Callable[[Measure], Measure]:
    """The measurement for those tables behind which a model of that kind can be run."""

    def of_these(measure: Measure) -> Measure:
        @wraps(measure)
        def measured(table: EmbeddingTable, limits: Limits) -> Measurement[Any]:
            name = table.card.name
            if name not in names:
                what = table.card.objective
                aim = f"its rows were trained for {what}, and " if what and what != "next token" else ""
                raise Silence(f"{aim}the layers of {kind} are here for {listing(sorted(names))} alone")
            if not np.array_equal(table.vectors, tables.load(name).vectors):
                raise Silence(f"its rows are not those of the model {name}")
            return measure(table, limits)

        return measured

    return of_these


_of_a_decoder = _with_layers(DECODERS, "a model that predicts the next token")


@PAGE.per_table("P1")
@_of_a_decoder
def six_steps(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    model = contextual.load(table.card.name)
    ids = table.encode(limits.prompt)
    states = contextual.hidden_states(model, ids)  # [L + 1, T, D]
    scores = contextual.logits(model, states[-1, -1])  # [V]
    total = float(contextual.probabilities(scores).sum())
    layers, n, width = len(states) - 1, *states.shape[1:]
    return Measurement(
        f"ids {', '.join(map(str, ids))}; [{n}, {width}] before, between and after {layers} layers; {len(scores):,} "
        f"scores; probabilities that sum to {two(total)}",
        passes=n == limits.tokens and scores.shape == (len(table),) and abs(total - 1) < limits.slack,
    )


@PAGE.per_table("P2")
@_of_a_decoder
def meanings_part(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    name = table.card.name
    model, usual, banks = contextual.load(name), contextual.usual(name), contextual.banks(name)
    senses = [sense for sense, texts in contextual.SENSES.items() for _ in texts]
    cosines = contextual.alike(usual.standardize(banks))  # [L + 1, 12, 12]
    same, other = contextual.by_sense(cosines, senses)
    raw_same, raw_other = contextual.by_sense(contextual.alike(banks), senses)
    is_row = bool((banks[0] == table["bank"]).all())
    first = next((at for at, part in enumerate(_same_first(cosines, senses)) if part == 1), None)
    account, river = (
        contextual.hidden_states(model, table.encode(text))[-1, 1] for text in ("The bank account", "The bank of it")
    )
    blind = np.allclose(account, river, rtol=1e-3, atol=1e-2)
    return Measurement(
        f"the row enters {'as it is' if is_row else 'changed'}; after the last layer the mean cosine is "
        f"{two(other[-1])} between the meanings and {two(same[-1])} within one",
        passes=is_row and other[-1] <= limits.apart and same[-1] - other[-1] >= limits.lead,
        condition="only by the words before it: what follows *bank* changes nothing" if blind else "",
        note=f"By cosines of the vectors as they are it is {two(raw_other[-1])} and {two(raw_same[-1])}, and "
        f"{two(usual.raw[-1])} for two different words"
        + (f"; from layer {first} on each *bank* has one of its own meaning nearest." if first is not None else "."),
    )


def _same_first(cosines: NDArray[np.float64], senses: Sequence[str]) -> NDArray[np.float64]:
    """By layer, the share of uses whose nearest other use has their own sense: [L + 1], from [L + 1, n, n]."""
    labels = np.array(senses)
    others = cosines - 2 * np.eye(len(labels))
    return np.asarray((labels[others.argmax(axis=-1)] == labels).mean(axis=-1))


@PAGE.per_table("P3")
@_of_a_decoder
def same_rows_at_the_end(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    import torch

    model = contextual.load(table.card.name)
    ids = table.encode("The weather in Tokyo is usually mild")
    with torch.no_grad():
        own = model(torch.tensor([ids])).logits[0].numpy()  # [T, V]
    ends = contextual.normed(model, contextual.hidden_states(model, ids)[-1])  # [T, D]
    gap = float(np.abs(own - ends @ table.vectors.T).max() / own.std())
    best = own.argmax(axis=-1)  # [T]
    near = (contextual.unit(ends) * contextual.unit(table.vectors[best])).sum(axis=-1)
    return Measurement(
        f"over {len(ids)} tokens and {len(table):,} scores the two agree to within {limits.slack:g} of their spread"
        if gap < limits.slack
        else f"they differ by {two(gap)} of their spread",
        passes=gap < limits.slack,
        note=f"The cosine of such a vector with the row that it scores highest is {two(near.mean())} on average.",
    )


@PAGE.per_table("P4")
@_of_a_decoder
def places_in_the_model(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    model = contextual.load(table.card.name)
    ids = table.encode("The bank by the river and the bank on the street")
    enters = contextual.hidden_states(model, ids)[0]  # [T, D]
    one, two_ = (place for place, token_id in enumerate(ids) if token_id == table.find("bank"))
    moves = not np.array_equal(enters[one], enters[two_])
    row = np.array_equal(enters, table.vectors[ids])
    return Measurement(
        f"{'the rows themselves enter' if row else 'other vectors than the rows enter'}; *bank* at places {one + 1} "
        f"and {two_ + 1} as {'two vectors' if moves else 'one and the same'}",
        passes=moves,
    )


@PAGE.table_free("P4")
def places_in_families(limits: Limits) -> Mapping[str, Measurement[None]]:
    return {
        family: Measurement(f"what enters is {found.said}", passes=found.by_place)
        for family in contextual.FAMILIES
        for found in (contextual.entering(family),)
    }


@PAGE.per_table("P5")
@_with_layers({*DECODERS, "minilm"}, "a model")
def who_reaches_whom(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    moved = _reach(table.card.name) > limits.least  # [T, T]
    later = np.tril(moved, -1).sum()
    n = len(moved)
    return Measurement(
        f"{moved.sum()} of {n * n} pairs of a changed token and a vector move; of the {n * (n - 1) // 2} in which the "
        f"change comes later, {later}",
        passes=bool(moved.all()),
        note=f"The last vector is moved by {moved[:, -1].sum()} of the {n} changes.",
    )


@cache
def _reach(name: str) -> NDArray[np.float64]:
    table = tables.load(name)
    ids = table.encode("The weather in Tokyo is usually mild")
    return contextual.reach(contextual.load(name), ids, table.id_of("banana"))


@PAGE.per_table("P6")
@_of_a_decoder
def rare_words(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    found = contextual.mammals_in_pieces(table.card.name, limits.frame, limits.pieces)
    if min(found.counts) < limits.fewest:
        raise Silence(f"too few words in pieces: {found.counts[0]} mammals and {found.counts[1]} things")
    things, made_up = (scores[[0, limits.middle]] for scores in (found.things, found.made_up))
    return Measurement(
        f"mammals in pieces against things in pieces {two(things[0])} before the first layer, {two(things[1])} after "
        f"layer {limits.middle}; against made-up words of the same pieces {two(made_up[0])} and {two(made_up[1])}",
        passes=bool(min(things[1], made_up[1]) >= limits.told)
        and bool(min(things[1] - things[0], made_up[1] - made_up[0]) >= limits.gain),
        condition="as to rare words; one that nobody ever wrote has no meaning to check",
        note=f"{found.counts[0]} mammals, {found.counts[1]} things, as many made-up words as mammals; the direction is "
        f"made of {found.counts[2]} mammals and {found.counts[3]} things of one token.",
    )


@PAGE.table_free("P7")
def order(limits: Limits) -> Mapping[str, Measurement[None]]:
    rows = np.random.default_rng(0).normal(size=(7, 32))
    shuffled = np.array([3, 0, 5, 1, 6, 4, 2])
    said: dict[str, Measurement[None]] = {}
    for label, causal in (("Attention in both directions", False), ("Attention to earlier tokens", True)):
        read = contextual.without_places(causal=causal)
        gap = float(np.abs(np.asarray(read(rows[shuffled])) - np.asarray(read(rows))[shuffled]).max())
        same = gap < limits.slack
        said[label] = Measurement(
            "the same vectors, in the other order" if same else f"other vectors, by up to {two(gap)}", passes=same
        )
    return said


@PAGE.table_free("P8")
def windows(limits: Limits) -> Mapping[str, Measurement[None]]:
    from transformers import Llama4TextConfig

    four = Llama4TextConfig()
    rotary = sum(map(bool, four.no_rope_layers or []))
    return {
        "Llama4TextConfig by default": Measurement(
            f"{four.max_position_embeddings:,} positions; {rotary} of {four.num_hidden_layers} layers have rotary "
            "embeddings, the others no places at all",
            passes=None,
        ),
        "The announcement of LLaMA 4": Measurement("cited: a window of ten million tokens, in Scout", passes=None),
    }
