"""Claims of page 05: who did what when, and four algorithms on one corpus.

The dates and credits are checked against the list in ``timeline``; the runs need torch and half a minute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from embedbook.claims import timeline
from embedbook.claims.ledger import Claim, Measurement, listing
from embedbook.claims.references import REFERENCES
from embedbook.learning.corpus import STOP, make_corpus

PAGE = "05"

CHAPTER_YEARS = {"bengio2003": 2003, "mikolov2013a": 2013, "pennington2014": 2014, "peters2018": 2018}
CHAPTER_WIDTHS = (30, 100)
CONTEXTUAL_SINCE = 2018
CITED_FOR_ARITHMETIC = "mikolov2013a"
WIDTH = 300
COMBINED = ("global matrix factorization", "local context window methods")
"""What the abstract of Pennington, Socher and Manning (2014) says that GloVe combines, in its words."""

TIMES_CHANCE = 3
"""H2: from here on a run has found the categories; page 04's rule for the same share asks for as much."""


def _named(key: str) -> str:
    return REFERENCES[key].name


def _numbers(widths: Sequence[int]) -> str:
    return listing([f"{width:,}" for width in widths])


def _history() -> Mapping[str, Measurement]:
    years = {key: timeline.event(key).year for key in CHAPTER_YEARS}
    widths = timeline.event("bengio2003").widths
    first = min((one for one in timeline.EVENTS if one.in_context), key=lambda one: one.year)
    network = timeline.event("bengio2003")
    learned = [one for one in timeline.EVENTS if one.learned and one.year < network.year]
    elmo = timeline.event("peters2018")
    earlier = [one for one in timeline.EVENTS if one.in_context and one.year < elmo.year]
    return {
        "The years": Measurement(
            f"network 2003, word2vec 2013, GloVe 2014 and ELMo 2018 in the chapter; "
            f"{listing([str(year) for year in years.values()])} in the list of this page",
            passes=years == CHAPTER_YEARS,
            numbers=years,
            note="Only this page's own list is asked, whose years are those of the book's bibliography.",
        ),
        "Bengio's widths": Measurement(
            f"{_named('bengio2003')} train rows of {_numbers(widths)} numbers",
            passes=(min(widths), max(widths)) == CHAPTER_WIDTHS,
            numbers={"least": min(widths), "most": max(widths)},
        ),
        "The first major network": Measurement(
            f"{listing([_named(one.key) for one in learned]) or 'nobody in the list'} had networks learn "
            f"representations before {_named(network.key)}",
            passes=True,
            numbers={"before": len(learned)},
            condition="of those in the list that read real text, not of all" if learned else "",
        ),
        "GloVe's model": _glove_is_a_factorisation(),
        "The first vectors in context": Measurement(
            f"{listing([_named(one.key) for one in earlier])} came before {_named('peters2018')}",
            passes=first.year >= CONTEXTUAL_SINCE,
            numbers={"first": first.year, "elmo": elmo.year, "before": len(earlier)},
            note=(
                "The states of a recurrent network are such vectors already. Without a network, Schütze (1998) gave "
                "each use of a word a vector of its own."
            ),
        ),
    }


def _glove_is_a_factorisation() -> Measurement:
    from dataclasses import replace

    from embedbook.learning.history import glove
    from embedbook.learning.history.counts import cooccurrences

    corpus = make_corpus()
    counts = cooccurrences(corpus)
    stop = corpus.id_of(STOP)
    sentences = np.split(corpus.ids, np.flatnonzero(corpus.ids == stop)[:-1] + 1)
    order = np.random.default_rng(0).permutation(len(sentences))
    moved = replace(corpus, ids=np.concatenate([sentences[i] for i in order]))
    same = bool(np.allclose(counts, cooccurrences(moved)))
    model, _ = glove.train_on(counts, steps=glove.STEPS // 5)
    fitted = model.double()().detach().numpy()
    rank = int(np.linalg.matrix_rank(fitted))
    width = model.w.shape[1]
    layers = rank > width + 2 or not same
    return Measurement(
        f"the paper says that it combines {listing([repr(one) for one in COMBINED])}; its fitted scores of "
        f"{len(fitted)} × {len(fitted)} pairs have rank {rank}, the width of {width} and two "
        f"biases: no hidden layer; with the sentences in another order the counts that it is fitted to are "
        f"{'the same' if same else 'others'}",
        passes=len(COMBINED) == 2,
        condition="" if layers else "by the paper's words, if a method of windows counts as neural without a layer",
        numbers={"rank": rank, "width": width, "same_counts": int(same)},
        note="Skip-gram, which the paper counts among the methods of windows, has no hidden layer either.",
    )


def _arithmetic() -> Mapping[str, Measurement]:
    cited, program = timeline.event(CITED_FOR_ARITHMETIC), timeline.event("word2vec2013")
    others = [width for width in cited.widths if width != WIDTH]
    return {
        "The cited paper's widths": Measurement(
            f"{_named(cited.key)} try {_numbers(cited.widths)}",
            passes=WIDTH in cited.widths,
            numbers={"widths": len(cited.widths), "least": min(cited.widths), "most": max(cited.widths)},
            condition=f"as one of {len(cited.widths)} widths" if others else "",
        ),
        "The vectors from Google News": Measurement(
            f"{_numbers(program.widths)} wide, published with the program, whose page refers to "
            f"{_named('mikolov2013b')} for their phrases",
            passes=program.key == cited.key,
            numbers={"width": program.widths[0]},
        ),
        "Who showed the arithmetic": Measurement(
            f"the cited paper itself credits {listing([_named(key) for key in cited.credits])}, who used rows of "
            f"{_numbers(timeline.event('mikolov2013c').widths)} numbers from a recurrent network",
            passes=not cited.credits,
            numbers={"credited": len(cited.credits)},
        ),
    }


def _four_algorithms() -> Mapping[str, Measurement]:
    from embedbook.learning import history

    return {
        f"{name.capitalize() if name.islower() else name} ({year})": _runs(name)
        for name, year in history.ALGORITHMS.items()
    }


def _runs(name: str) -> Measurement:
    from embedbook.learning import history

    real = [history.found(name, seed) for seed in history.SEEDS]
    lost = [history.found(name, seed, shuffled=True) for seed in history.SHUFFLED_SEEDS]
    shares, lost_shares = [one.same_category for one in real], [one.same_category for one in lost]
    ranks = [one.pair_rank for one in real]
    return Measurement(
        f"{_span(shares)} of the five nearest are of the word's own category, {_span(lost_shares)} on the shuffled "
        f"text, {100 * real[0].chance:.0f} % by chance",
        passes=(min(shares) > max(lost_shares) and min(shares) >= TIMES_CHANCE * real[0].chance > max(lost_shares)),
        numbers={
            "least": round(min(shares), 2),
            "most": round(max(shares), 2),
            "most_shuffled": round(max(lost_shares), 2),
            "chance": round(real[0].chance, 2),
            "pair_rank_least": round(min(ranks), 1),
            "pair_rank_most": round(max(ranks), 1),
        },
        note=(
            f"The least is {min(shares) / real[0].chance:.0f} times chance. "
            f"Mean rank of a country's own capital: {min(ranks):.1f} to {max(ranks):.1f}; "
            f"{real[0].chance_rank:.1f} by chance."
        ),
    )


def _span(shares: Sequence[float]) -> str:
    return f"{100 * min(shares):.0f} to {100 * max(shares):.0f} %"


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="H1",
        page=PAGE,
        text=(
            "Rows came with a neural language model in 2003, the first major network of the kind, "
            "word2vec in 2013 and GloVe, which joined counting with "
            "neural methods, in 2014; vectors in context start with ELMo in 2018."
        ),
        chapter_figure="2003 with 30 to 100 dimensions; 2013; 2014; 2018",
        quantity=(
            "Years and widths in the papers, as listed on this page; the networks in the list that learned "
            "representations before 2003; what GloVe's paper says that it combines, and what its score is made of; the "
            "year of the first network in the list that gives each use of a word a vector."
        ),
        rule=(
            "The years and widths are the chapter's. Major is a matter of words: networks before 2003 that learned "
            "representations make it a condition. So is neural: GloVe's paper must say that it combines counts with "
            "the methods that word2vec belongs to, and a score of two tables, two biases and counts makes it a "
            "condition. No network in the list gives vectors in context before 2018."
        ),
        citations=(
            "rumelhart1986",
            "elman1990",
            "deerwester1990",
            "lund1996",
            "schutze1998",
            "bengio2003",
            "pennington2014",
            "levy2014b",
            "melamud2016",
            "mccann2017",
            "peters2018",
        ),
        table_free=_history,
        lesson=(
            "The years are those of the papers, not of the ideas: networks had learned representations, and counts "
            "had been factorised, before 2003. Whether GloVe, a weighted factorisation of log counts, is neural is a "
            "matter of words. ELMo made vectors in context common: it did not start them."
        ),
    ),
    Claim(
        id="H2",
        page=PAGE,
        text="Four algorithms of 2003 to 2018, trained on one small corpus, all find its categories.",
        quantity=(
            "Share of the five nearest category words that are of the word's own category: the least and the most of "
            "five seeds on the corpus and of three on its shuffled control."
        ),
        rule=(
            "The worst run on the corpus beats the best run on the shuffled text, and three times chance lies between "
            "them."
        ),
        citations=("bengio2003", "mikolov2013b", "pennington2014", "radford2018"),
        table_free=_four_algorithms,
        lesson=(
            "The four are not ranked. A step means something else in each, their settings were not searched for the "
            "best, and this page shows one setting that moves a score by more than the seeds do."
        ),
    ),
    Claim(
        id="D4",
        page=PAGE,
        text="The word2vec of the first paper of 2013 had 300 dimensions and first showed arithmetic on rows.",
        chapter_figure="300",
        quantity=(
            "Widths that the cited paper tries; where the 300-dimensional vectors from Google News were published; "
            "whom the cited paper credits with the arithmetic."
        ),
        rule="300 is among the widths; the vectors came with that paper; it credits nobody before it.",
        citations=("mikolov2013a", "mikolov2013c", "mikolov2013b", "word2vec2013"),
        table_free=_arithmetic,
        lesson="A famous result is easily credited to the famous paper. Follow its own citation one step back.",
    ),
)
