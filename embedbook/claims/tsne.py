"""Claims of page 07: what a t-SNE map keeps, what it starts from, and what not to read into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np

from embedbook import maps
from embedbook.claims.ledger import Claim, Measurement
from embedbook.claims.wording import codes, percent, two
from embedbook.maps import WordMap, atlas, constructed
from embedbook.maps.methods import Points, one_thread, sklearn_tsne
from embedbook.maps.words import single_tokens
from embedbook.tables import EmbeddingTable

Measure: TypeAlias = Callable[[EmbeddingTable], Measurement]

PAGE = "07"
SEEDS = tuple(start for start in atlas.STARTS if start != "pca")
PERPLEXITY = 8  # the chapter's
DEFAULT_PERPLEXITY = 30  # scikit-learn's
FREQUENT_K, CATEGORY_K = (atlas.WORDS[points].neighbors for points in ("frequent", "categories"))
OVER_CHANCE = 3
HALF = 0.5
SILHOUETTE = 0.25
OTHER_LAYOUT = 0.05
STAYS = 0.1
NOTHING = 0.2
EQUAL = 2.0
MARGIN = 0.05
LOW, HIGH = (5, 8), (30, 50)
VERY_NEAR = 3
FEWEST = {"categories": 30, "frequent": 200}
NOT_KEPT = {
    "gemma": "its terms do not let coordinates made from its rows be shipped, and a map made anew has other scores on "
    "another machine"
}
"""Tables without a voice here: their maps cannot be committed, so no score of one would be a fact to check."""


def _keeps_neighbors(table: EmbeddingTable) -> Measurement:
    drawn = _over_seeds(table, "frequent", DEFAULT_PERPLEXITY)
    recall = _mean(maps.neighbor_recall(m.vectors, m.coords, FREQUENT_K) for m in drawn)
    trusted = _mean(maps.trustworthiness(m.vectors, m.coords, FREQUENT_K) for m in drawn)
    few = _over_seeds(table, "categories", PERPLEXITY)
    few_recall = _mean(maps.neighbor_recall(m.vectors, m.coords, CATEGORY_K) for m in few)
    n = len(drawn[0].words)
    chance = maps.chance_recall(n, FREQUENT_K)
    few_chance = maps.chance_recall(len(few[0].words), CATEGORY_K)
    return Measurement(
        f"of the {FREQUENT_K} nearest by cosine {percent(recall)} of {n} words are kept, by chance {percent(chance)} "
        f"(trustworthiness {two(trusted)}); of the {CATEGORY_K} nearest of {len(few[0].words)} words "
        f"{percent(few_recall)}, by chance {percent(few_chance)}",
        passes=recall >= OVER_CHANCE * chance and few_recall >= OVER_CHANCE * few_chance,
        condition=_where_half_is_kept(n, recall, len(few[0].words), few_recall),
        numbers={
            "words": n,
            "recall": round(recall, 3),
            "chance": round(chance, 3),
            "trustworthiness": round(trusted, 2),
            "recall_of_forty": round(few_recall, 3),
        },
    )


def _where_half_is_kept(many: int, of_many: float, few: int, of_few: float) -> str:
    """The condition of V1: empty where half of the neighbours or more are kept on both lists of words."""
    parts = [
        f"{'at least' if recall >= HALF else 'fewer than'} half of the {k} nearest are kept of {n} words"
        for n, recall, k in ((few, of_few, CATEGORY_K), (many, of_many, FREQUENT_K))
    ]
    return "" if min(of_many, of_few) >= HALF else f"only in part: {', '.join(parts)}"


def _starts_at_random(table: EmbeddingTable) -> Measurement:
    seeded = _over_seeds(table, "categories", PERPLEXITY)
    vectors = seeded[0].vectors
    by_default = [_default_map(vectors, seed) for seed in (0, 1)]
    default, random = _disparity(*by_default), _least_disparity(seeded)
    return Measurement(
        f"between the maps of two seeds {two(default)} with the default settings; "
        f"at least {two(random)} with init='random'",
        passes=max(default, random) > OTHER_LAYOUT,
        condition="" if default > OTHER_LAYOUT else "only when asked to, with init='random'",
        numbers={"default": round(default, 2), "random": round(random, 2)},
    )


def _default_map(vectors: Points, seed: int) -> Points:
    """A map with scikit-learn's own settings, whatever they are; only the perplexity is the chapter's."""
    model = sklearn_tsne()(perplexity=PERPLEXITY, random_state=seed)
    with one_thread():
        return np.asarray(model.fit_transform(vectors), dtype=np.float64)


def _forms_clusters(table: EmbeddingTable) -> Measurement:
    drawn = [maps.word_map(table, perplexity=PERPLEXITY, start=start) for start in atlas.STARTS]
    first = drawn[0]
    scores = [maps.silhouette(m.coords, m.classes) for m in drawn]
    by_category = {name: _mean(_own_share(m, name) for m in drawn) for name in dict.fromkeys(first.classes)}
    in_table = maps.silhouette(first.vectors, first.classes)
    same = maps.same_class(first.vectors, first.classes, CATEGORY_K)
    left_out = [word for word in atlas.words("categories") if word not in first.words]
    listed = ", ".join(f"{name} {percent(share)}" for name, share in by_category.items())
    return Measurement(
        f"silhouette {two(min(scores))} to {two(max(scores))} on {len(drawn)} maps; of the {CATEGORY_K} nearest on the "
        f"map, of a word's own category: {listed}",
        passes=min(scores) > SILHOUETTE and min(by_category.values()) >= HALF,
        numbers={
            "lowest_silhouette": round(min(scores), 2),
            "highest_silhouette": round(max(scores), 2),
            "silhouette_in_table": round(in_table, 2),
            "lowest_category": round(min(by_category.values()), 3),
            "same_in_table": round(same, 3),
            "chance": round(maps.chance_same(first.classes), 3),
        },
        note=(
            f"By chance it would be {percent(maps.chance_same(first.classes))}. Among the rows themselves "
            f"{percent(same)} of the {CATEGORY_K} nearest are of the same category: the groups are in the table. Their "
            f"silhouette there is {two(in_table)}, but in {first.vectors.shape[1]} dimensions distances differ less "
            "from each other than in two, so the two silhouettes do not compare."
            + (f" Not single tokens: {codes(left_out)}." if left_out else "")
        ),
    )


def _own_share(made: WordMap, category: str) -> float:
    """The share of same-category neighbours on the map of the words of one category."""
    classes = np.array(made.classes)
    own = classes == category
    return float((classes[maps.nearest(made.coords, CATEGORY_K)[own]] == category).mean())


def _constructed() -> Mapping[str, Measurement]:
    truly_wide = constructed.size_ratio(constructed.two_sizes())
    truly_far = constructed.gap_ratio(constructed.three_distances())
    sizes = [constructed.size_ratio(maps.cloud_map("two sizes", 30, seed)) for seed in (0, 1, 2)]
    gaps = {
        perplexity: [constructed.gap_ratio(maps.cloud_map("three distances", perplexity, s)) for s in (0, 1, 2)]
        for perplexity in (30, 100)
    }
    return {
        "constructed sizes": Measurement(
            f"a cluster {truly_wide:.0f} times as wide as another is drawn {_range(sizes)} times as wide",
            passes=max(sizes) < EQUAL,
            numbers={"largest": round(max(sizes), 1)},
        ),
        "constructed gaps": Measurement(
            f"a gap {truly_far:.0f} times as wide as another is drawn {_range(gaps[30])} times as wide",
            passes=max(gaps[30]) < EQUAL,
            numbers={"largest": round(max(gaps[30]), 1), "largest_at_100": round(max(gaps[100]), 1)},
            note=f"With a perplexity of 100 instead of 30 it is {_range(gaps[100])}: the setting decides.",
        ),
    }


def _far_order(table: EmbeddingTable) -> Measurement:
    drawn = _over_seeds(table, "frequent", DEFAULT_PERPLEXITY)
    correlation = _mean(maps.distance_order(m.vectors, m.coords, far=True) for m in drawn)
    whole = _mean(maps.distance_order(m.vectors, m.coords) for m in drawn)
    return Measurement(
        f"rank correlation of the far distances {two(correlation)}, of all distances {two(whole)}",
        passes=abs(correlation) < NOTHING,
        numbers={"far_order": round(correlation, 2), "whole_order": round(whole, 2)},
        note=(
            "To look at one half of a range lowers any rank correlation, so the first number is low in part because "
            "of the choice of pairs; near pairs, which the map does keep, raise the second."
        ),
    )


def _varies(table: EmbeddingTable) -> Measurement:
    seeded = _over_seeds(table, "categories", PERPLEXITY)
    disparity = _least_disparity(seeded)
    shares = [maps.same_class(m.coords, m.classes, CATEGORY_K) for m in seeded]
    low, high = _of_range(table, LOW), _of_range(table, HIGH)
    local = _mean(low.nearest) - _mean(high.nearest)
    overall = _mean(high.order) - _mean(low.order)
    missing = [
        *([f"of the {VERY_NEAR} nearest the low ones keep less than {MARGIN} more"] if local < MARGIN else []),
        *([f"of the order of all distances the high ones keep less than {MARGIN} more"] if overall < MARGIN else []),
    ]
    return Measurement(
        f"over seeds the layouts differ by {two(disparity)} or more, the share of same-category neighbours by "
        f"{two(max(shares) - min(shares))}; from perplexities {_either(LOW)} to {_either(HIGH)} the kept share of the "
        f"{VERY_NEAR} nearest goes from {_spread(low.nearest)} to {_spread(high.nearest)}, the rank correlation of all "
        f"distances from {_spread(low.order)} to {_spread(high.order)} (mean of {len(low.order)} maps, least to most)",
        passes=disparity > OTHER_LAYOUT and max(shares) - min(shares) <= STAYS,
        condition=f"only for the seeds: {', '.join(missing)}" if missing else "",
        numbers={
            "disparity": round(disparity, 2),
            "same_category_range": round(max(shares) - min(shares), 3),
            "near_low": round(_mean(low.nearest), 3),
            "near_high": round(_mean(high.nearest), 3),
            "order_low": round(_mean(low.order), 2),
            "order_high": round(_mean(high.order), 2),
        },
        note=(
            "The rank correlation by perplexity, mean of the seeds: "
            + ", ".join(f"{p}: {two(mean)}" for p, mean in {**low.order_by_step, **high.order_by_step}.items())
            + "."
        ),
    )


class _Kept(NamedTuple):
    """What the maps of a range of perplexities keep, a number a map; and the mean order at each perplexity."""

    nearest: list[float]
    order: list[float]
    order_by_step: dict[int, float]


def _of_range(table: EmbeddingTable, perplexities: Sequence[int]) -> _Kept:
    drawn = {p: _over_seeds(table, "frequent", p) for p in perplexities}
    orders = {p: [maps.distance_order(m.vectors, m.coords) for m in drawn[p]] for p in perplexities}
    return _Kept(
        [maps.neighbor_recall(m.vectors, m.coords, VERY_NEAR) for p in perplexities for m in drawn[p]],
        [order for p in perplexities for order in orders[p]],
        {p: _mean(orders[p]) for p in perplexities},
    )


def _either(perplexities: Sequence[int]) -> str:
    return " and ".join(map(str, perplexities))


def _spread(scores: Sequence[float]) -> str:
    return f"{two(_mean(scores))} ({two(min(scores))} to {two(max(scores))})"


def _with(*lists: str) -> Callable[[Measure], Measure]:
    """The measurement for tables that have enough words of these lists as single tokens; others cannot testify."""

    def guarded(measure: Measure) -> Measure:
        def measured(table: EmbeddingTable) -> Measurement:
            if table.card.name in NOT_KEPT:
                return Measurement(NOT_KEPT[table.card.name], passes=None)
            for points in lists:
                found = len(single_tokens(table, atlas.words(points)))
                if found < FEWEST[points]:
                    return Measurement(f"only {found} of the words to be mapped are single tokens here", passes=None)
            return measure(table)

        return measured

    return guarded


def _over_seeds(table: EmbeddingTable, points: str, perplexity: int) -> list[WordMap]:
    return [maps.word_map(table, points, perplexity, seed) for seed in SEEDS]


def _disparity(a: Points, b: Points) -> float:
    """What is left between two maps after the best shift, turn, mirror and scaling: 0 for one layout, 1 for no part."""
    from scipy.spatial import procrustes

    return float(procrustes(a, b)[2])


def _least_disparity(drawn: Sequence[WordMap]) -> float:
    return min(_disparity(a.coords, b.coords) for a, b in combinations(drawn, 2))


def _mean(scores: Iterable[float]) -> float:
    return float(np.mean(list(scores)))


def _range(ratios: Sequence[float]) -> str:
    low, high = f"{min(ratios):.1f}", f"{max(ratios):.1f}"
    return low if low == high else f"{low} to {high}"


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="V1",
        page=PAGE,
        text="t-SNE keeps local neighbourhoods: rows that are close end up close on the map.",
        quantity=(
            f"The share of a word's nearest words by cosine that are among as many nearest on the map, mean over "
            f"{len(SEEDS)} seeds: the {FREQUENT_K} nearest of 300 frequent words (perplexity {DEFAULT_PERPLEXITY}), "
            f"and the {CATEGORY_K} nearest of the forty words in five categories (perplexity {PERPLEXITY})."
        ),
        rule=(
            f"Of both lists of words it is at least {OVER_CHANCE} times what a random map keeps; without a condition "
            "only if at least half are kept of both."
        ),
        citations=("vandermaaten2008", "venna2001"),
        per_table=_with("categories", "frequent")(_keeps_neighbors),
        lesson=(
            "Trustworthiness forgives near misses, recall does not: one map can look excellent by the first and still "
            "lose half of the true neighbours. How much is kept depends on the words and on how many neighbours are "
            "asked for. Quote both scores, each with its level of chance."
        ),
    ),
    Claim(
        id="V2",
        page=PAGE,
        text="t-SNE starts from random positions.",
        quantity=(
            "How much the maps of two seeds differ (Procrustes disparity: what is left after the best shift, turn, "
            "mirror and scaling of one map onto the other; 0 for one layout, 1 for nothing shared), with "
            "scikit-learn's default settings and with init='random'."
        ),
        rule=(
            f"Two seeds give two layouts, with a disparity above {OTHER_LAYOUT}; without a condition only if they do "
            "so by default."
        ),
        citations=("vandermaaten2008", "kobak2019"),
        per_table=_with("categories")(_starts_at_random),
        lesson=(
            "The method of 2008 draws its start at random. scikit-learn starts from the principal components since its "
            "version 1.2: on minilm and glove a seed alone then changes nothing. For tables of other shapes its "
            "principal components may come from a randomised solver, which the seed does reach."
        ),
    ),
    Claim(
        id="V3",
        page=PAGE,
        text="Forty words in five categories form visible clusters.",
        chapter_figure="a map of GPT-2's rows with perplexity 8, seed 42",
        reported=True,
        quantity=(
            "The silhouette of the five categories on the map, from three random starts and from the principal "
            f"components, and for each category the share of the {CATEGORY_K} nearest words on the map that belong to "
            "it."
        ),
        rule=(
            f"On every map the silhouette is above {SILHOUETTE}, the least that Kaufman and Rousseeuw call structure, "
            "and in every category at least half of the nearest belong to it."
        ),
        citations=("rousseeuw1987", "kaufman1990"),
        per_table=_with("categories")(_forms_clusters),
        lesson="Words chosen in clear groups make a clear picture. It shows the choice as much as the table.",
    ),
    Claim(
        id="V4",
        page=PAGE,
        text="On a t-SNE map neither the distances between clusters nor the sizes of clusters mean anything.",
        quantity=(
            "What maps of constructed clusters make of a true ratio of nine or ten (perplexity 30, three seeds); and, "
            f"for 300 frequent words (perplexity {DEFAULT_PERPLEXITY}, mean over {len(SEEDS)} seeds), the rank "
            "correlation of distances on the map with those in the table, over the half of the pairs that is further "
            "apart; beside it, outside the rule, over all pairs."
        ),
        rule=f"The drawn ratio is below {EQUAL:.0f}; the rank correlation of the far pairs is below {NOTHING}.",
        citations=("wattenberg2016", "kobak2021"),
        per_table=_with("frequent")(_far_order),
        table_free=_constructed,
        lesson=(
            "A size or a gap on one map proves nothing, although a part of the order of distances does survive: look "
            "it up in the table."
        ),
    ),
    Claim(
        id="V5",
        page=PAGE,
        text=(
            "The layout varies with the seed while the clusters stay; a perplexity of 5 to 10 shows local structure, "
            "30 to 50 global structure."
        ),
        chapter_figure="5 to 10 local, 30 to 50 global",
        quantity=(
            "Over three seeds of the forty words, the least Procrustes disparity between two maps and the range of the "
            f"share of same-category neighbours; for 300 frequent words, the kept share of the {VERY_NEAR} nearest and "
            f"the rank correlation of all distances, as a mean over perplexities {_either(LOW)} and over "
            f"{_either(HIGH)}, three seeds each."
        ),
        rule=(
            f"Two seeds always differ by more than {OTHER_LAYOUT}, the share stays within {STAYS}; without a condition "
            f"only if the low perplexities are ahead on the nearest and the high ones on all distances, by {MARGIN} "
            "each."
        ),
        citations=("wattenberg2016", "kobak2019"),
        per_table=_with("categories", "frequent")(_varies),
        lesson=(
            "A difference between two perplexities counts only beside the spread over seeds. A perplexity must stay "
            "below the number of words: with forty, 50 is not even allowed."
        ),
    ),
)
