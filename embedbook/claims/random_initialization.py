"""Claims of page 04: noise at the start, learning by prediction, gradients by row, and how often a row is updated.

Most witnesses are runs of the book's small model (``embedbook.learning``), which need torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedbook import geometry, lists, probes
from embedbook.claims import timeline
from embedbook.claims.ledger import SMALL_NUMBERS, Limits, Measurement, Page, Silence
from embedbook.claims.wording import listing, percent, two
from embedbook.learning import recovery, training, untouched
from embedbook.learning.corpus import CATEGORIES, PROBES, Corpus, make_corpus
from embedbook.tables import EmbeddingTable

PAGE = Page(__file__)
FREE_MARKS = ("[unused", "<unused")


@PAGE.table_free("R1")
def noise(limits: Limits) -> Mapping[str, Measurement[None]]:
    from torch import float64, nn
    from transformers import GPT2Config

    from embedbook.learning.models import repeatable

    rng = np.random.default_rng(0)
    cosines = {width: _row_cosines(*rng.normal(size=(2, limits.pairs, width))) for width in limits.widths}
    means = {round(float(found.mean()), 2) for found in cosines.values()}
    scaled = {round(float(found.std()) * width**0.5, 1) for width, found in cosines.items()}
    cat, dog, refrigerator = rng.normal(size=(3, limits.tables, 64))
    nearer = float((_row_cosines(cat, dog) > _row_cosines(cat, refrigerator)).mean())
    found: dict[str, Measurement[None]] = {
        "Random rows": Measurement(
            f"at widths {', '.join(f'{width:,}' for width in cosines)} the cosines have mean 0.00 and a spread "
            f"of 1.0 over the square root of the width; dog is nearer in {100 * nearer:.0f} % of fresh tables",
            passes=means == {0} and scaled == {1} and limits.least < 100 * nearer < limits.most,
        )
    }
    with repeatable(seed=0):
        rows = nn.Embedding(1_000, 768, dtype=float64).weight.detach()
    spreads = {"GPT-2's configuration": GPT2Config().initializer_range, "PyTorch's nn.Embedding": float(rows.std())}
    for name, spread in spreads.items():
        found[name] = Measurement(f"a spread of {two(spread)}", passes=spread <= limits.small)
    return found


def _row_cosines(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((geometry.unit(a) * geometry.unit(b)).sum(axis=1))  # [n, D] and [n, D] -> [n]


@PAGE.table_free("R2")
def contexts(limits: Limits) -> Mapping[str, Measurement[None]]:
    runs = [training.trained("next token", seed) for seed in range(limits.runs)]
    tied = [training.trained("next token", seed, tied=True) for seed in range(limits.fewer)]
    number = SMALL_NUMBERS[limits.runs]
    return {
        f"Cat and dog in {number} runs": _drawn(limits),
        f"The pushes in {number} fresh models": _pushed(limits),
        "Input rows of an untied model": _sides([run.rows[-1] for run in runs], limits),
        "Output rows of an untied model": _sides([run.outputs for run in runs], limits),
        "Rows of a tied model": _sides([run.rows[-1] for run in tied], limits),
    }


def _drawn(limits: Limits) -> Measurement[None]:
    runs = [training.trained("next token", seed) for seed in range(limits.runs)]
    (start, end), (_, other) = _cosines(runs, "dog"), _cosines(runs, "refrigerator")
    rose, nearer = int((end > start).sum()), int((end > other).sum())
    share, chance = _found(limits.runs)
    lost, _ = _found(limits.fewer, shuffled=True)
    return Measurement(
        f"their cosine rises in {rose} of {len(runs)} runs and ends above cat and refrigerator's in {nearer}; "
        f"{percent(share)} of the five nearest are of the word's own category, {percent(lost)} on the shuffled text, "
        f"{percent(chance)} by chance",
        passes=rose == nearer == len(runs)
        and share >= limits.times_chance * chance
        and lost < limits.times_shuffled * chance,
    )


def _pushed(limits: Limits) -> Measurement[None]:
    """The cosines between the directions in which the whole text pushes three rows of models that are not trained."""
    corpus = make_corpus()
    ids = [corpus.id_of(word) for word in ("cat", "dog", "refrigerator")]
    pushes = [geometry.unit(_summed_gradient(corpus, seed)[ids]) for seed in range(limits.runs)]  # [3, D] each
    with_dog, with_refrigerator = ([float(push[0] @ push[i]) for push in pushes] for i in (1, 2))
    return Measurement(
        f"the direction in which the whole text pushes cat has a cosine of {two(min(with_dog))} to "
        f"{two(max(with_dog))} with dog's, of {two(min(with_refrigerator))} to {two(max(with_refrigerator))} with "
        "refrigerator's",
        passes=min(with_dog) >= limits.similar > max(with_refrigerator),
    )


@lru_cache(maxsize=8)
def _summed_gradient(corpus: Corpus, seed: int) -> NDArray[np.float64]:
    """The gradient of the loss, summed over the text, on the input rows of a fresh model: [V, D]."""
    from embedbook.learning import models
    from embedbook.learning.models import torch

    with models.repeatable(seed):
        model = models.NextToken(len(corpus.words))
        width = models.LENGTH + 1
        pieces = torch.from_numpy(corpus.ids[: len(corpus.ids) // width * width]).view(-1, width)  # [P, T + 1]
        for some in pieces.split(512):
            scores = model(some[:, :-1]).flatten(0, 1)  # [B T, V]
            torch.nn.functional.cross_entropy(scores, some[:, 1:].flatten(), reduction="sum").backward()
        gradient = model.table.weight.grad
    assert gradient is not None
    return models.numbers(gradient)


def _cosines(runs: Iterable[Any], word: str) -> NDArray[np.float64]:
    """The cosine of cat with a word at the start and at the end of each run: [2, runs]."""
    return np.array([[_cosine(run.rows[moment], "cat", word) for run in runs] for moment in (0, -1)])


def _found(runs: int, *, shuffled: bool = False) -> tuple[float, float]:
    """The mean share of the five nearest that are of a word's own category, over runs, and the share by chance."""
    runs_of = [training.trained("next token", seed, shuffled=shuffled) for seed in range(runs)]
    scores = [recovery.recovery(run.rows[-1], make_corpus(shuffled=shuffled)) for run in runs_of]
    return float(np.mean([one.same_category for one in scores])), scores[0].chance


def _sides(tables: list[NDArray[np.float64]], limits: Limits) -> Measurement[None]:
    """``tables``: the last rows of the runs of seeds 0, 1, 2 and so on, each [V, D]."""
    pairs = [(rows, pair) for rows in tables for pair in PROBES]
    followers, predecessors = (
        float(np.mean([_cosine(rows, pair.first, pair.second) for rows, pair in pairs if pair.shared == shared]))
        for shared in ("followers", "predecessors")
    )
    return Measurement(
        f"same followers {followers:.1f}, same predecessors {predecessors:.1f} "
        f"(mean over seeds 0 to {len(tables) - 1})",
        passes=min(followers, predecessors) >= limits.together,
    )


@PAGE.table_free("R3")
def gradients(limits: Limits) -> Mapping[str, Measurement[None]]:
    import torch
    from torch.nn.functional import cross_entropy

    from embedbook.learning.models import NextToken, repeatable

    corpus = make_corpus()
    ids = torch.from_numpy(corpus.encode(limits.sentence))[None]  # [1, T]
    found: dict[str, Measurement[None]] = {}
    for tied in (False, True):
        with repeatable(seed=0):
            model = NextToken(len(corpus.words), tied=tied)
        cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten()).backward()
        untied = {"Input rows, untied": model.table.weight, "Output rows, untied": model.head.weight}
        for name, table in ({"Tied rows": model.table.weight} if tied else untied).items():
            assert table.grad is not None
            reached = _reached(corpus, set(ids[0].tolist()), table.grad.any(dim=1).nonzero()[:, 0].tolist())
            found[name] = reached if name.startswith("Input") else Measurement(reached.value, passes=None)
    for name in untouched.OPTIMIZERS:
        moved = untouched.trace(name).moved
        later = bool(np.diff(moved[untouched.EARLY][untouched.LAST_TOUCH :]).any())
        never = bool(moved[untouched.NEVER].any())
        moving = ["a row touched before"] * later + ["a row never touched"] * never
        found[name] = Measurement(f"moves without a gradient: {' and '.join(moving) or 'no row'}", passes=not moving)
    return found


def _reached(corpus: Corpus, asked: set[int], rows: list[int]) -> Measurement[None]:
    missing = [corpus.words[i] for i in sorted(asked - set(rows))]
    return Measurement(
        f"{len(rows)} of {len(corpus.words)} rows get a gradient",
        passes=set(rows) <= asked,
        condition=f"without the last token, {', '.join(missing)}, which predicts nothing" if missing else "",
    )


@PAGE.table_free("R8")
def right_predictions(limits: Limits) -> Mapping[str, Measurement[None]]:
    """The gradient of each prediction's loss on the rows that it was made from, by whether it was right."""
    from embedbook.learning import models
    from embedbook.learning.models import torch

    corpus = make_corpus()
    model, _ = training.train("next token", corpus)
    assert isinstance(model, models.NextToken)
    with models.repeatable(seed=0):
        windows = torch.from_numpy(corpus.ids).unfold(0, model.width + 1, 1)  # [N - width, width + 1]
        drawn = windows[torch.randint(len(windows), (limits.predictions,))]
        rows = model.table(drawn[:, :-1]).detach().requires_grad_()  # [B, width, D]
        scores = model.head(torch.tanh(model.mix(rows.flatten(1))))  # [B, V]
        torch.nn.functional.cross_entropy(scores, drawn[:, -1], reduction="sum").backward()
    assert rows.grad is not None
    sizes = rows.grad.flatten(1).norm(dim=1).numpy()  # [B]
    right = (scores.argmax(dim=1) == drawn[:, -1]).numpy()
    share = float(sizes[right].mean() / sizes[~right].mean())
    return {
        "The small model": Measurement(
            f"it predicts {percent(float(right.mean()))} of {len(right):,} words rightly; there the gradient on the "
            f"rows is {percent(share)} as long on average as at wrong predictions, and zero at "
            f"{int((sizes[right] == 0).sum())} of them",
            passes=limits.longer * share <= 1,
            condition="though right predictions bring a gradient too" if share >= limits.nothing else "",
        )
    }


@PAGE.table_free("R9")
def one_matrix_among_others(limits: Limits) -> Mapping[str, Measurement[None]]:
    """A lookup, and a linear layer with the same weights over one-hot vectors: outputs and gradients."""
    from embedbook.learning import models
    from embedbook.learning.models import torch

    corpus = make_corpus()
    ids = torch.from_numpy(corpus.encode(limits.sentence))  # [T]
    with models.repeatable(seed=0):
        table = torch.nn.Embedding(len(corpus.words), models.DIMENSIONS, dtype=torch.float64)
        layer = torch.nn.Linear(len(corpus.words), models.DIMENSIONS, bias=False, dtype=torch.float64)
        layer.weight.data.copy_(table.weight.T)
        one_hot = torch.nn.functional.one_hot(ids, len(corpus.words)).double()  # [T, V]
        outputs = table(ids), layer(one_hot)  # [T, D] each
        for output in outputs:
            output.square().sum().backward()
    assert table.weight.grad is not None and layer.weight.grad is not None
    apart = float((outputs[0].detach() - outputs[1].detach()).abs().max())
    gradients_apart = float((table.weight.grad - layer.weight.grad.T).abs().max())
    equal = max(apart, gradients_apart) <= limits.tolerance
    return {
        "As a linear layer over one-hot vectors": Measurement(
            f"{'the same' if equal else 'other'} outputs and gradients as a lookup in the same weights",
            passes=equal,
            note="The lookup leaves out the products with zeros: it is that layer, computed sparingly.",
        )
    }


@PAGE.table_free("R10")
def tokens_seen(limits: Limits) -> Mapping[str, Measurement[None]]:
    seen = [f"{name} {tokens / 1e12:g} trillion" for name, tokens in limits.tokens.items()]
    return {"Published runs": Measurement(f"cited: {listing(seen)} tokens", passes=None)}


@PAGE.table_free("R4")
@PAGE.table_free("R7")
def published(limits: Limits) -> Mapping[str, Measurement[None]]:
    counts = {name: run.get("steps") or round(run["tokens"] / run["batch"]) for name, run in limits.published.items()}
    low, high = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    return {
        "Published runs": Measurement(
            f"{len(counts)} runs of {counts[low]:,} ({low}) to {counts[high]:,} steps ({high})",
            passes=counts[high] >= limits.steps,
            note="All are transformers trained in batches: a "
            "step adds up the gradients of a whole batch before it changes a row once. Skip-gram and GloVe change rows "
            "after every word pair and are not counted here.",
        )
    }


@PAGE.per_table("R4")
def free_rows(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    free = [i for i, token in enumerate(table.tokens) if token.startswith(FREE_MARKS)]
    if len(free) < 2:
        raise Silence("has no ids that were kept free, so its rows cannot tell by this rule")
    among_free, among_frequent = (
        float(probes.shares_of_cosine(table.vectors[ids]).sum())
        for ids in (free[: limits.few], table.frequent_words(limits.few))
    )
    return Measurement(
        f"{len(free):,} ids were kept free, and no text uses them; the mean cosine among their rows is "
        f"{two(among_free)}, among {limits.few:,} frequent words {two(among_frequent)}",
        passes=None,
    )


@PAGE.table_free("R5")
def firth(limits: Limits) -> Mapping[str, Measurement[None]]:
    harris, firth = timeline.event("harris1954"), timeline.event("firth1957")
    names = [lists.references()[event.key].name for event in (harris, firth)]
    content = _drawn(limits)
    share, chance = _found(limits.runs)
    return {
        "Attribution": Measurement(
            f"that difference of meaning goes with difference of distribution: {names[0]}; the sentence about a word "
            f"and its company: {names[1]}",
            passes=None,
        ),
        "The small model": Measurement(
            f"{100 * share:.0f} % of the five nearest are of the word's own category, {100 * chance:.0f} % by chance",
            passes=content.passes,
            condition="whose text was made so",
        ),
    }


@PAGE.per_table("R6")
def next_token(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    listed = [(table.find(word), group) for group, members in CATEGORIES.items() for word in members]
    known = [(token_id, group) for token_id, group in listed if token_id is not None]
    if len(known) < limits.fewest:
        raise Silence(f"only {len(known)} of the words are single tokens")
    ids, groups = zip(*known, strict=True)
    share = float(recovery.same_category_shares(table.vectors[list(ids)], groups).mean())
    chance = probes.chance_same(groups)
    card = table.card
    can_testify = card.objective == "next token"
    objective = ", ".join(filter(None, (card.objective or "not known here", card.objective_note)))
    return Measurement(
        f"of {len(ids)} words in {len(set(groups))} categories, {percent(share)} of the five nearest are of the "
        f"word's own, {percent(chance)} by chance",
        passes=share >= limits.times_chance * chance if can_testify else None,
        condition=card.objective_note if can_testify else "",
        note=f"Its objective: {objective}{'' if can_testify else ', so it cannot testify'}.",
    )


@PAGE.table_free("R6")
def small_model(limits: Limits) -> Mapping[str, Measurement[None]]:
    share, chance = _found(limits.runs)
    return {
        "The small model": Measurement(
            f"trained by nothing else; {percent(share)} of the five nearest are of the word's own category, "
            f"{percent(chance)} by chance",
            passes=share >= limits.times_chance * chance,
            condition="on a text into which the structure was built",
        )
    }


def _cosine(rows: NDArray[np.float64], a: str, b: str) -> float:
    one, other = (rows[[make_corpus().id_of(word)]] for word in (a, b))  # [1, D]
    return recovery.cosines(one, other).item()
