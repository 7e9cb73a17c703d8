"""Claims of page 04: noise at the start, learning by prediction, gradients by row, and how often a row is updated.

Most witnesses are runs of the book's small model (``embedbook.learning``), which need torch and half a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from embedbook.claims.ledger import Claim, Measurement
from embedbook.claims.references import REFERENCES
from embedbook.claims.wording import percent, two
from embedbook.learning import recovery
from embedbook.learning.corpus import CATEGORIES, PROBES, Corpus, make_corpus
from embedbook.tables import EmbeddingTable

PAGE = "04"
SEEDS, FEWER_SEEDS = range(5), range(3)
SENTENCE = "The cat sat on the mat"
WIDTHS = (50, 384, 640, 5_120)
FRESH_PAIRS, FRESH_TABLES = 2_000, 4_000
SMALL = 0.1
TOGETHER = 0.8
APART = 0.2
FEW = 1_000
FEWEST_WORDS = 60
FREE_MARKS = ("[unused", "<unused")

PUBLISHED_STEPS: Mapping[str, tuple[float, str]] = {
    "GPT-3 175B": (300e9 / 3.2e6, "brown2020"),
    "Pythia": (143_000, "biderman2023"),
    "LLaMA 65B": (1.4e12 / 4e6, "touvron2023"),
    "BERT": (1_000_000, "devlin2019"),
    "DeepSeek-V3": (14.8e12 / (3_072 * 4_096), "deepseek2024"),
    "Llama 3 405B": (1_200_000, "grattafiori2024"),
}
"""Optimiser steps of published runs, with the source: as stated (Pythia, BERT, the schedule of Llama 3), or tokens seen
over tokens a step. DeepSeek-V3's batches grew from 3,072 sequences of 4,096 tokens, so its count is an upper bound."""

PAIR_BY_PAIR = {"mikolov2013b", "pennington2014"}
"""Sources of the methods that change rows after every word pair, in place of every batch."""


def _noise() -> Mapping[str, Measurement]:
    from torch import float64, manual_seed, nn
    from transformers import GPT2Config

    rng = np.random.default_rng(0)
    numbers: dict[str, float | int] = {}
    for width in WIDTHS:
        pairs = rng.normal(size=(2, FRESH_PAIRS, width))
        pairs /= np.linalg.norm(pairs, axis=2, keepdims=True)
        cosines = np.einsum("nd,nd->n", *pairs)
        numbers[f"mean at {width:,}"] = round(float(cosines.mean()), 2) + 0.0
        numbers[f"spread at {width:,}, times sqrt(D)"] = round(float(cosines.std()) * width**0.5, 1)
    cat, dog, refrigerator = rng.normal(size=(3, FRESH_TABLES, 64))
    cat, dog, refrigerator = (rows / np.linalg.norm(rows, axis=1)[:, None] for rows in (cat, dog, refrigerator))
    dog_wins = float(((cat * dog).sum(axis=1) > (cat * refrigerator).sum(axis=1)).mean())
    numbers["dog nearer"] = round(dog_wins, 2)
    manual_seed(0)
    default = float(nn.Embedding(1_000, 768, dtype=float64).weight.detach().std())
    gpt2 = float(GPT2Config().initializer_range)
    noise = all(
        numbers[f"mean at {width:,}"] == 0 and numbers[f"spread at {width:,}, times sqrt(D)"] == 1 for width in WIDTHS
    )
    return {
        "Random rows": Measurement(
            f"at widths {', '.join(f'{width:,}' for width in WIDTHS)} the cosines have mean 0.00 and a spread of "
            f"1.0 over the square root of the width; dog is nearer in {100 * dog_wins:.0f} % of fresh tables",
            passes=noise and abs(dog_wins - 0.5) < 0.05,
            numbers=numbers,
        ),
        "GPT-2's configuration": Measurement(
            f"a spread of {two(gpt2)}", passes=gpt2 <= SMALL, numbers={"spread": round(gpt2, 2)}
        ),
        "PyTorch's nn.Embedding": Measurement(
            f"a spread of {two(default)}", passes=default <= SMALL, numbers={"spread": round(default, 2)}
        ),
    }


@cache
def _contexts() -> Mapping[str, Measurement]:
    from embedbook.learning import training

    corpus, control = _corpus(), make_corpus(shuffled=True)
    runs = [training.trained(seed) for seed in SEEDS]
    tied = [training.trained(seed, tied=True) for seed in FEWER_SEEDS]
    start = {word: [_cosine(run.inputs[0], "cat", word) for run in runs] for word in ("dog", "refrigerator")}
    end = {word: [_cosine(run.inputs[-1], "cat", word) for run in runs] for word in ("dog", "refrigerator")}
    found = [recovery.recovery(run.inputs[-1], corpus) for run in runs]
    lost = [recovery.recovery(training.trained(seed, shuffled=True).inputs[-1], control) for seed in FEWER_SEEDS]
    share, lost_share = (float(np.mean([one.same_category for one in every])) for every in (found, lost))
    chance = found[0].chance
    rose = sum(after > before for before, after in zip(start["dog"], end["dog"], strict=True))
    nearer = sum(dog > cold for dog, cold in zip(end["dog"], end["refrigerator"], strict=True))
    fell = sum(after < before for before, after in zip(start["refrigerator"], end["refrigerator"], strict=True))
    sides = {
        "Untied, input rows": [run.inputs[-1] for run in runs],
        "Untied, output rows": [run.outputs[-1] for run in runs],
        "Tied rows": [run.inputs[-1] for run in tied],
    }
    return {
        "Cat and dog in five runs": Measurement(
            f"their cosine rises in {rose} of {len(runs)} runs and ends above cat and refrigerator's in {nearer}; "
            f"{percent(share)} of the five nearest are of the word's own category, {percent(lost_share)} on the "
            f"shuffled text, {percent(chance)} by chance",
            passes=rose == nearer == len(runs) and share >= 3 * chance and lost_share < 2 * chance,
            numbers={
                "rose": rose,
                "nearer": nearer,
                "same_category": round(share, 2),
                "shuffled": round(lost_share, 2),
                "chance": round(chance, 2),
            },
        ),
        "Cat and refrigerator in five runs": Measurement(
            f"their cosine falls in {fell} of {len(runs)} runs, from {two(_mean(start['refrigerator']))} to "
            f"{two(_mean(end['refrigerator']))} on average",
            passes=fell > len(runs) / 2,
            numbers={"fell": fell, "before": _mean(start["refrigerator"]), "after": _mean(end["refrigerator"])},
        ),
        **{name: _side(tables) for name, tables in sides.items()},
    }


def _side(tables: list[np.ndarray]) -> Measurement:
    """``tables``: the last rows of the runs of seeds 0, 1, 2 and so on."""
    means = {
        shared: float(
            np.mean([_cosine(rows, p.first, p.second) for rows in tables for p in PROBES if p.shared == shared])
        )
        for shared in ("followers", "predecessors")
    }
    return Measurement(
        ", ".join(f"same {shared} {mean:.1f}" for shared, mean in means.items())
        + f" (mean over seeds 0 to {len(tables) - 1})",
        passes=min(means.values()) >= TOGETHER,
        numbers={shared: round(mean, 1) for shared, mean in means.items()},
    )


def _gradients() -> Mapping[str, Measurement]:
    import torch
    from torch.nn.functional import cross_entropy

    from embedbook.learning import untouched
    from embedbook.learning.model import NextToken

    corpus = _corpus()
    ids = torch.from_numpy(corpus.encode(SENTENCE))[None]
    asked = set(ids.flatten().tolist())
    found: dict[str, Measurement] = {}
    for tied in (False, True):
        torch.manual_seed(0)
        model = NextToken(len(corpus.words), tied=tied)
        cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten()).backward()
        tables: dict[str, torch.Tensor] = (
            {"Tied rows": model.table.weight}
            if tied
            else {"Input rows": model.table.weight, "Output rows": model.head.weight}
        )
        for name, table in tables.items():
            assert table.grad is not None
            rows = set(table.grad.any(dim=1).nonzero().flatten().tolist())
            kind = name if tied else f"{name}, untied"
            missing = [corpus.words[i] for i in sorted(asked - rows)]
            found[kind] = Measurement(
                f"{len(rows)} of {len(corpus.words)} rows get a gradient",
                passes=rows <= asked,
                numbers={"rows": len(rows), "words": len(corpus.words)},
                condition=f"without the last token, {', '.join(missing)}, which predicts nothing" if missing else "",
            )
    for name in untouched.OPTIMIZERS:
        trace = untouched.trace(name)
        later = float(np.abs(np.diff(trace.moved[untouched.EARLY][untouched.LAST_TOUCH :])).max())
        never = float(trace.moved[untouched.NEVER].max())
        moves = {"a row touched before": later > 0, "a row never touched": never > 0}
        moving = [kind for kind, moved in moves.items() if moved]
        found[name] = Measurement(
            f"moves without a gradient: {' and '.join(moving) if moving else 'no row'}",
            passes=not moving,
            numbers={kind: int(moved) for kind, moved in moves.items()},
        )
    return found


def _published(least: float) -> Measurement:
    counts = {name: count for name, (count, _) in PUBLISHED_STEPS.items()}
    low, high = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    return Measurement(
        f"{len(counts)} runs of {counts[low]:,.0f} ({low}) to {counts[high]:,.0f} steps ({high})",
        passes=counts[high] >= least,
        numbers={name: round(count) for name, count in counts.items()},
        note="DeepSeek-V3 took at most as many as are counted here. All are transformers trained in batches: a step "
        "adds up the gradients of a whole batch before it changes a row once. Skip-gram and GloVe change rows after "
        "every word pair and are not counted here.",
    )


def _free_rows(table: EmbeddingTable) -> Measurement:
    free = [i for i, token in enumerate(table.tokens) if token.startswith(FREE_MARKS)]
    if not free:
        return Measurement("has no ids that were kept free, so its rows cannot tell by this rule", passes=None)
    among_free, among_frequent = (_mean_cosine(table, ids) for ids in (free[:FEW], table.frequent_words(FEW)))
    return Measurement(
        f"{len(free):,} ids were kept free, and no text uses them; the mean cosine among their rows is "
        f"{two(among_free)}, among {FEW:,} frequent words {two(among_frequent)}",
        passes=among_free < among_frequent + APART,
        numbers={
            "free": len(free),
            "among_free": round(among_free, 2),
            "among_frequent": round(among_frequent, 2),
        },
    )


def _mean_cosine(table: EmbeddingTable, ids: list[int]) -> float:
    """The mean cosine of all pairs of these rows: the square of the sum of their directions, less each with itself."""
    rows = table.vectors[ids].astype(np.float64)
    total = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).sum(axis=0)
    return float((total @ total - len(ids)) / (len(ids) * (len(ids) - 1)))


def _firth() -> Mapping[str, Measurement]:
    years = {key: int(REFERENCES[key].name[-5:-1]) for key in ("harris1954", "firth1957")}
    runs = _contexts()["Cat and dog in five runs"]
    share, chance = (float(runs.numbers[key]) for key in ("same_category", "chance"))
    return {
        "Attribution": Measurement(
            f"that difference of meaning goes with difference of distribution: {REFERENCES['harris1954'].name}; "
            f"the sentence about a word and its company: {REFERENCES['firth1957'].name}",
            passes=min(years, key=years.__getitem__) == "firth1957",
            numbers=years,
        ),
        "Content": Measurement(
            f"in the small model {100 * share:.0f} % of the five nearest are of the word's own category, "
            f"{100 * chance:.0f} % by chance",
            runs.passes,
            runs.numbers,
        ),
    }


def _next_token(table: EmbeddingTable) -> Measurement:
    words = [(word, group) for group, members in CATEGORIES.items() for word in members if table.find(word) is not None]
    if len(words) < FEWEST_WORDS:
        return Measurement(f"only {len(words)} of the words are single tokens", passes=None)
    ids, labels = [table.id_of(word) for word, _ in words], [group for _, group in words]
    share = recovery.same_category_share(table.vectors[ids], labels)
    chance = recovery.chance_share(labels)
    value = (
        f"of {len(words)} words in {len(set(labels))} categories, {percent(share)} of the five nearest are of the "
        f"word's own, {percent(chance)} by chance"
    )
    numbers = {"words": len(words), "same_category": round(share, 2), "chance": round(chance, 2)}
    trained_by = TRAINED_BY.get(table.card.name, ("unknown here", False, ""))
    return Measurement(
        value,
        passes=share >= 3 * chance if trained_by[1] else None,
        numbers=numbers,
        condition=trained_by[2],
        note=f"Trained by {trained_by[0]}" + ("." if trained_by[1] else ", so it cannot testify."),
    )


TRAINED_BY: Mapping[str, tuple[str, bool, str]] = {
    "minilm": ("distillation of an encoder, then by matching sentences", False, ""),
    "glove": ("a weighted factorisation of co-occurrence counts", False, ""),
    "gemma": (
        "next-token prediction, with a larger model's probabilities as its targets",
        True,
        "its targets came from a larger model, not from the text alone",
    ),
    "gpt2": ("next-token prediction", True, ""),
}
"""How each table was made, whether it can testify to next-token training, and under which condition."""


def _small_model() -> Mapping[str, Measurement]:
    from embedbook.learning import training

    corpus = _corpus()
    scores = [recovery.recovery(training.trained(seed).inputs[-1], corpus) for seed in SEEDS]
    share, chance = float(np.mean([one.same_category for one in scores])), scores[0].chance
    return {
        "The small model": Measurement(
            f"trained by nothing else; {percent(share)} of the five nearest are of the word's own category, "
            f"{percent(chance)} by chance",
            passes=share >= 3 * chance,
            numbers={"same_category": round(share, 2), "chance": round(chance, 2)},
            condition="on a text into which the structure was built",
        )
    }


def _cosine(rows: np.ndarray, a: str, b: str) -> float:
    corpus = _corpus()
    return float(recovery.cosines(rows[[corpus.id_of(a)]], rows[[corpus.id_of(b)]])[0, 0])


def _mean(values: list[float]) -> float:
    return round(float(np.mean(values)), 2)


@cache
def _corpus() -> Corpus:
    return make_corpus()


CLAIMS = (
    Claim(
        id="R1",
        page=PAGE,
        text="Before training the rows are small random numbers, and cat is no nearer dog than refrigerator.",
        quantity=(
            "Cosines of random rows at several widths; how often dog is nearer than refrigerator in a fresh table; "
            "the spread of the starting numbers in PyTorch and in GPT-2."
        ),
        rule=(
            "The mean cosine is 0.00 and the spread, times the square root of the width, 1.0; dog is nearer in 45 to "
            f"55 % of fresh tables; a starting spread counts as small up to {SMALL}."
        ),
        citations=("radford2019",),
        table_free=_noise,
        lesson="The size of the starting numbers changes dot products by its square, and no cosine.",
    ),
    Claim(
        id="R2",
        page=PAGE,
        text="Shared contexts draw cat and dog together and push refrigerator away.",
        quantity=(
            "Five runs of a small next-token model on a text made with shared contexts, and on the same text shuffled; "
            "and made-up words that share only what follows them, or only what precedes them."
        ),
        rule=(
            "Cat and dog: their cosine rises and ends above cat and refrigerator's in every run, with three times "
            "chance or more for categories and less than twice chance on the shuffled text. Refrigerator: its cosine "
            "with cat falls in most runs. Rows: both kinds of shared company end at a mean cosine of "
            f"{TOGETHER} or more."
        ),
        citations=("bengio2003", "press2017"),
        table_free=_contexts,
        lesson=(
            "Input rows learn from what follows, output rows from what precedes, tied rows from both. A text made with "
            "shared contexts shows the mechanism, not English."
        ),
    ),
    Claim(
        id="R3",
        page=PAGE,
        text="Only the rows of the batch's tokens get a gradient; all others stay untouched in that step.",
        chapter_figure="6 of 202,048 rows updated, 202,042 untouched",
        quantity=(
            f'Rows with a gradient after "{SENTENCE}" in the small model; and, by optimiser, whether a row moves at '
            "steps that bring it none."
        ),
        rule="No row but those of the sentence gets a gradient; no row moves without one.",
        citations=("press2017", "kingma2015", "loshchilov2019"),
        table_free=_gradients,
        lesson=(
            "The chapter also says that every number of the table gets a gradient. That is so for output rows and tied "
            "rows, since every word that did not come next is pushed down."
        ),
    ),
    Claim(
        id="R4",
        page=PAGE,
        text="Over training every row is updated millions of times.",
        chapter_figure="millions of times",
        quantity=(
            "Optimiser steps of published transformers that were trained in batches, where a row changes at most once "
            "a step; and rows that no text uses."
        ),
        rule=(
            "The longest of these runs has 2,000,000 steps or more. In a table, the rows of ids that no text uses "
            f"cannot be told from others: the mean cosine among them is less than {APART} above that among "
            "frequent words."
        ),
        citations=tuple(sorted({key for _, key in PUBLISHED_STEPS.values()} | PAIR_BY_PAIR | {"land2024"})),
        per_table=_free_rows,
        table_free=lambda: {"Published runs": _published(2_000_000)},
        instead=(
            "In a transformer trained in batches a row changes as many times as there are steps at most: a hundred "
            "thousand to a million in these runs. Rows of rare tokens are asked for as input far less often, those of "
            "free ids not at all; in a tied table each still gets a gradient as an output. Skip-gram and GloVe change "
            "rows after every word pair: there the chapter's phrase can hold for frequent words, not for every row."
        ),
    ),
    Claim(
        id="R5",
        page=PAGE,
        text="That words in like contexts have like meanings is the distributional hypothesis of Firth, 1957.",
        chapter_figure="attributed to J. R. Firth, 1957",
        quantity=(
            "The attribution, from the two sources that are cited for it; and the content, from the small model, which "
            "cannot tell who said it first."
        ),
        rule=(
            "The two are judged apart. Attribution: Firth's is the earlier of the two sources. Content: the small "
            "model meets the first rule of R2."
        ),
        citations=("firth1957", "harris1954"),
        table_free=_firth,
        lesson="The sentence about the company a word keeps is Firth's; the hypothesis stands in Harris. Cite both.",
    ),
    Claim(
        id="R6",
        page=PAGE,
        text="The structure of such a table was learned entirely by predicting the next token.",
        quantity=(
            "Of the words of this page's categories that are single tokens: the share of the five nearest that are of "
            "the word's own category. Only a decoder's table can testify."
        ),
        rule=(
            "The share is three times chance or more in a table that was trained by predicting the next token. That "
            'tests whether such training is enough; the word "entirely" is not tested.'
        ),
        citations=("gemma2025", "wang2020", "pennington2014"),
        per_table=_next_token,
        table_free=_small_model,
        lesson=(
            "Next-token prediction is enough for such structure, which does not show that all of a table's structure "
            "came from it. And it is not needed: tables that were made by counting or by matching sentences show the "
            "same categories."
        ),
    ),
    Claim(
        id="R7",
        page=PAGE,
        text="Training takes billions of gradient updates.",
        chapter_figure="billions",
        quantity="Optimiser steps of published transformers that were trained in batches.",
        rule="The longest of these runs has 1,000,000,000 steps or more.",
        citations=tuple(sorted({key for _, key in PUBLISHED_STEPS.values()} | PAIR_BY_PAIR)),
        table_free=lambda: {"Published runs": _published(1_000_000_000)},
        instead=(
            "In these runs a hundred thousand to a million updates; the predictions that they sum up can run into the "
            "trillions. Skip-gram and GloVe update once a word pair: there billions are possible."
        ),
    ),
)
