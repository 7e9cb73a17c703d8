"""Claims of page 05: who did what when, and four algorithms on one corpus.

Dates and credits are checked against the list in ``timeline``; what can only be cited is shown as cited and has no
vote. The runs need torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from embedbook import lists
from embedbook.claims import timeline
from embedbook.claims.ledger import Limits, Measurement, Page
from embedbook.claims.wording import listing
from embedbook.learning import training
from embedbook.learning.corpus import STOP, make_corpus
from embedbook.learning.counts import cooccurrences

PAGE = Page(__file__)
COMBINED = ("global matrix factorization", "local context window methods")
"""What the abstract of Pennington, Socher and Manning (2014) says that GloVe combines, in its words."""


@PAGE.table_free("H1")
def dates(limits: Limits) -> Mapping[str, Measurement[None]]:
    years = {key: timeline.event(key).year for key in limits.years}
    bengio, since = timeline.event("bengio2003"), years["peters2018"]
    learned = [one.key for one in timeline.EVENTS if one.learned and one.year < bengio.year]
    in_context = [one.key for one in timeline.EVENTS if one.in_context and one.year < since]
    models = zip(("network", "word2vec", "GloVe", "ELMo"), years.values(), strict=True)
    return {
        "The years": _cited(
            f"{listing([f'{model} {year}' for model, year in models])}; the same network was first read in "
            f"{_named('bengio2001')}"
        ),
        "Bengio's widths": _cited(f"{_named(bengio.key)} train rows of {_numbers(bengio.widths)} numbers"),
        "The first major network": _cited(
            f"{_named(*learned)} had networks learn representations before {_named(bengio.key)}, though not from real "
            "text"
        ),
        "GloVe's model": _glove(),
        "The first vectors in context": _cited(
            f"{_named(*in_context)} came before {_named('peters2018')}",
            note=(
                "The states of a recurrent network are such vectors already. Without a network, Schütze (1998) gave "
                "each use of a word a vector of its own."
            ),
        ),
    }


def _glove() -> Measurement[None]:
    """The rank of its fitted scores beside its width; whether sentences in another order give the same counts."""
    corpus = make_corpus()
    counts = cooccurrences(corpus)
    sentences = np.split(corpus.ids, np.flatnonzero(corpus.ids == corpus.id_of(STOP))[:-1] + 1)
    order = np.random.default_rng(0).permutation(len(sentences))
    moved = replace(corpus, ids=np.concatenate([sentences[i] for i in order]))
    same = bool(np.allclose(counts, cooccurrences(moved)))
    model, run = training.train("GloVe", corpus, steps=20)  # more would change the fit, not the rank
    fitted = model.double()().detach().numpy()  # [V, V]
    rank, width = int(np.linalg.matrix_rank(fitted)), run.rows.shape[-1]
    layers = (
        f"the width of {width} and two biases: no hidden layer" if rank <= width + 2 else "more than its tables give"
    )
    return _cited(
        f"the paper says that it combines {listing([repr(one) for one in COMBINED])}; measured: its fitted scores of "
        f"{len(fitted)} × {len(fitted)} pairs have rank {rank}, {layers}; with the sentences in another "
        f"order the counts that it is fitted to are {'the same' if same else 'others'}",
        note="Skip-gram, which the paper counts among the methods of windows, has no hidden layer either.",
    )


@PAGE.table_free("D4")
def arithmetic(_: Limits) -> Mapping[str, Measurement[None]]:
    cited = timeline.event("mikolov2013a")
    return {
        "The cited paper's widths": _cited(f"{_named(cited.key)} try {_numbers(cited.widths)}, on Google News"),
        "The vectors that were published": _cited(
            f"{_numbers(timeline.event('word2vec2013').widths)} wide, from Google News, with the program, whose page "
            f"refers to {_named('mikolov2013b')} for their phrases"
        ),
        "Who showed the arithmetic": _cited(
            f"the cited paper itself credits {_named(*cited.credits)}, who used rows of "
            f"{_numbers(timeline.event('mikolov2013c').widths)} numbers from a recurrent network"
        ),
    }


@PAGE.table_free("H3")
def descent(limits: Limits) -> Mapping[str, Measurement[None]]:
    widths = timeline.event("bengio2003").widths
    return {
        "The first tables": _cited(
            f"{_named('bengio2003')} have vocabularies of {_numbers(limits.words)} words and rows of "
            f"{_numbers(widths)} numbers"
        )
    }


@PAGE.table_free("H4")
def two_papers(_: Limits) -> Mapping[str, Measurement[None]]:
    return {
        f"Paper {i}": _cited(f"{_named(key)}: {timeline.event(key).brought}")
        for i, key in enumerate(("mikolov2013a", "mikolov2013b"), 1)
    }


@PAGE.table_free("H6")
def order(limits: Limits) -> Mapping[str, Measurement[None]]:
    return {"First read": _cited(listing([f"{model} in {month}" for model, month in limits.months.items()]))}


@PAGE.table_free("H2")
def four_algorithms(limits: Limits) -> Mapping[str, Measurement[None]]:
    return {
        f"{name.capitalize() if name.islower() else name} ({year})": _runs(name, limits)
        for name, year in training.ALGORITHMS.items()
    }


def _runs(name: str, limits: Limits) -> Measurement[None]:
    """Shares of the five nearest that are of a word's own category, and mean ranks of a country's own capital."""
    real = [training.found(name, seed) for seed in range(limits.seeds)]
    lost = [training.found(name, seed, shuffled=True).same_category for seed in range(limits.shuffled)]
    shares, ranks = [one.same_category for one in real], [one.pair_rank for one in real]
    chance = real[0].chance
    return Measurement(
        f"{_span(shares)} of the five nearest are of the word's own category, {_span(lost)} on the shuffled text, "
        f"{100 * chance:.0f} % by chance",
        passes=max(lost) < limits.times_chance * chance <= min(shares),
        note=(
            f"The least is {min(shares) / chance:.0f} times chance. Mean rank of a country's own capital: "
            f"{min(ranks):.1f} to {max(ranks):.1f}; {real[0].chance_rank:.1f} by chance."
        ),
    )


def _cited(what: str, note: str = "") -> Measurement[None]:
    """A fact of history, which nobody here can measure: it is shown, and has no vote."""
    return Measurement(f"cited: {what}", passes=None, note=note)


def _named(*keys: str) -> str:
    return listing([lists.references()[key].name for key in keys]) or "nobody"


def _numbers(numbers: Iterable[int]) -> str:
    return listing([f"{number:,}" for number in numbers])


def _span(shares: Sequence[float]) -> str:
    return f"{100 * min(shares):.0f} to {100 * max(shares):.0f} %"
