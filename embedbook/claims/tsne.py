"""Claims of page 07: what a t-SNE map keeps, what it starts from, and what not to read into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np

from embedbook import projection
from embedbook.claims.ledger import Claim, Measurement
from embedbook.claims.wording import codes, percent, two
from embedbook.projection import WordMap, atlas, constructed
from embedbook.projection.methods import Points, one_thread, sklearn_tsne
from embedbook.projection.words import single_tokens
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
LOW, HIGH = 5, 50
VERY_NEAR = 3
FEWEST = {"categories": 30, "frequent": 200}
NOT_KEPT = {
    "gemma": "its terms do not let coordinates made from its rows be shipped, and a map made anew has other scores on "
    "another machine"
}
"""Tables without a voice here: their maps cannot be committed, so no score of one would be a fact to check."""


def _keeps_neighbors(table: EmbeddingTable) -> Measurement:
    maps = _over_seeds(table, "frequent", DEFAULT_PERPLEXITY)
    recall = _mean(projection.neighbor_recall(m.vectors, m.coords, FREQUENT_K) for m in maps)
    trusted = _mean(projection.trustworthiness(m.vectors, m.coords, FREQUENT_K) for m in maps)
    few = _over_seeds(table, "categories", PERPLEXITY)
    few_recall = _mean(projection.neighbor_recall(m.vectors, m.coords, CATEGORY_K) for m in few)
    n = len(maps[0].words)
    chance = projection.chance_recall(n, FREQUENT_K)
    few_chance = projection.chance_recall(len(few[0].words), CATEGORY_K)
    return Measurement(
        f"of the {FREQUENT_K} nearest by cosine {percent(recall)} are kept, by chance {percent(chance)}; "
        f"trustworthiness {two(trusted)}",
        passes=recall >= OVER_CHANCE * chance,
        condition="" if recall >= HALF else f"only in part: fewer than half of the {FREQUENT_K} nearest are kept",
        numbers={
            "words": n,
            "recall": round(recall, 3),
            "chance": round(chance, 3),
            "trustworthiness": round(trusted, 2),
            "recall_of_forty": round(few_recall, 3),
        },
        note=(
            f"Of the {len(few[0].words)} words in five categories, of which a map has to keep {CATEGORY_K} nearest, "
            f"{percent(few_recall)} are kept (by chance {percent(few_chance)})."
        ),
    )


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
    maps = [projection.word_map(table, perplexity=PERPLEXITY, start=start) for start in atlas.STARTS]
    first = maps[0]
    scores = [projection.silhouette(m.coords, m.classes) for m in maps]
    by_category = {name: _mean(_own_share(m, name) for m in maps) for name in dict.fromkeys(first.classes)}
    in_table = projection.silhouette(first.vectors, first.classes)
    same = projection.same_class(first.vectors, first.classes, CATEGORY_K)
    left_out = [word for word in atlas.words("categories") if word not in first.words]
    listed = ", ".join(f"{name} {percent(share)}" for name, share in by_category.items())
    return Measurement(
        f"silhouette {two(min(scores))} to {two(max(scores))} on {len(maps)} maps; of the {CATEGORY_K} nearest on the "
        f"map, of a word's own category: {listed}",
        passes=min(scores) > SILHOUETTE and min(by_category.values()) >= HALF,
        numbers={
            "lowest_silhouette": round(min(scores), 2),
            "highest_silhouette": round(max(scores), 2),
            "silhouette_in_table": round(in_table, 2),
            "lowest_category": round(min(by_category.values()), 3),
            "same_in_table": round(same, 3),
            "chance": round(projection.chance_same(first.classes), 3),
        },
        note=(
            f"By chance it would be {percent(projection.chance_same(first.classes))}. Among the rows themselves the "
            f"silhouette is {two(in_table)}, and {percent(same)} of the {CATEGORY_K} nearest are of the same category: "
            "the map draws the groups further apart than the rows are."
            + (f" Not single tokens: {codes(left_out)}." if left_out else "")
        ),
    )


def _own_share(made: WordMap, category: str) -> float:
    """The share of same-category neighbours on the map of the words of one category."""
    classes = np.array(made.classes)
    own = classes == category
    return float((classes[projection.nearest(made.coords, CATEGORY_K)[own]] == category).mean())


def _constructed() -> Mapping[str, Measurement]:
    sizes = [constructed.size_ratio(projection.cloud_map("two sizes", 30, seed)) for seed in (0, 1, 2)]
    gaps = {
        perplexity: [constructed.gap_ratio(projection.cloud_map("three distances", perplexity, s)) for s in (0, 1, 2)]
        for perplexity in (30, 100)
    }
    return {
        "constructed sizes": Measurement(
            f"a cluster ten times as wide as another is drawn {_range(sizes)} times as wide",
            passes=max(sizes) < EQUAL,
            numbers={"largest": round(max(sizes), 1)},
        ),
        "constructed gaps": Measurement(
            f"a gap ten times as wide as another is drawn {_range(gaps[30])} times as wide",
            passes=max(gaps[30]) < EQUAL,
            numbers={"largest": round(max(gaps[30]), 1), "largest_at_100": round(max(gaps[100]), 1)},
            note=f"With a perplexity of 100 instead of 30 it is {_range(gaps[100])}: the setting decides.",
        ),
    }


def _far_order(table: EmbeddingTable) -> Measurement:
    maps = _over_seeds(table, "frequent", DEFAULT_PERPLEXITY)
    correlation = _mean(projection.distance_order(m.vectors, m.coords, far=True) for m in maps)
    return Measurement(
        f"rank correlation of the far distances {two(correlation)}",
        passes=abs(correlation) < NOTHING,
        numbers={"far_order": round(correlation, 2)},
    )


def _varies(table: EmbeddingTable) -> Measurement:
    seeded = _over_seeds(table, "categories", PERPLEXITY)
    disparity = _least_disparity(seeded)
    shares = [projection.same_class(m.coords, m.classes, CATEGORY_K) for m in seeded]
    low, high = (_over_seeds(table, "frequent", perplexity) for perplexity in (LOW, HIGH))
    near = {
        p: _mean(projection.neighbor_recall(m.vectors, m.coords, VERY_NEAR) for m in maps)
        for p, maps in ((LOW, low), (HIGH, high))
    }
    order = {
        p: _mean(projection.distance_order(m.vectors, m.coords) for m in maps) for p, maps in ((LOW, low), (HIGH, high))
    }
    local, overall = near[LOW] - near[HIGH], order[HIGH] - order[LOW]
    missing = [
        *([f"a low perplexity keeps hardly more of the {VERY_NEAR} nearest"] if local < MARGIN else []),
        *(["a high one hardly more of the order of all distances"] if overall < MARGIN else []),
    ]
    return Measurement(
        f"over seeds the layouts differ by {two(disparity)} or more, the share of same-category neighbours by "
        f"{two(max(shares) - min(shares))}; from perplexity {LOW} to {HIGH} the kept share of the {VERY_NEAR} nearest "
        f"goes from {percent(near[LOW])} to {percent(near[HIGH])}, the rank correlation of all distances from "
        f"{two(order[LOW])} to {two(order[HIGH])}",
        passes=disparity > OTHER_LAYOUT and max(shares) - min(shares) <= STAYS,
        condition=f"only for the seeds: {' and '.join(missing)}" if missing else "",
        numbers={
            "disparity": round(disparity, 2),
            "same_category_range": round(max(shares) - min(shares), 3),
            "near_low": round(near[LOW], 3),
            "near_high": round(near[HIGH], 3),
            "order_low": round(order[LOW], 2),
            "order_high": round(order[HIGH], 2),
        },
    )


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
    return [projection.word_map(table, points, perplexity, seed) for seed in SEEDS]


def _disparity(a: Points, b: Points) -> float:
    """What is left between two maps after the best shift, turn, mirror and scaling: 0 for one layout, 1 for no part."""
    from scipy.spatial import procrustes

    return float(procrustes(a, b)[2])


def _least_disparity(maps: Sequence[WordMap]) -> float:
    return min(_disparity(a.coords, b.coords) for a, b in combinations(maps, 2))


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
            f"On maps of 300 frequent words (perplexity {DEFAULT_PERPLEXITY}, mean over {len(SEEDS)} seeds), the share "
            f"of a word's {FREQUENT_K} nearest words by cosine that are among its {FREQUENT_K} nearest on the map."
        ),
        rule=(
            f"It is at least {OVER_CHANCE} times what a random map keeps; without a condition only if at least half "
            "are kept."
        ),
        citations=("vandermaaten2008", "venna2001"),
        per_table=_with("categories", "frequent")(_keeps_neighbors),
        lesson=(
            "Trustworthiness forgives near misses, recall does not: one map can look excellent by the first and still "
            "lose half of the true neighbours. Quote both, with the level of chance."
        ),
    ),
    Claim(
        id="V2",
        page=PAGE,
        text="t-SNE starts from random positions.",
        quantity=(
            "How much the maps of two seeds differ (Procrustes disparity: 0 for one layout, 1 for nothing shared), "
            "with scikit-learn's default settings and with init='random'."
        ),
        rule=(
            f"Two seeds give two layouts, with a disparity above {OTHER_LAYOUT}; without a condition only if they do "
            "so by default."
        ),
        citations=("vandermaaten2008", "kobak2019"),
        per_table=_with("categories")(_starts_at_random),
        lesson=(
            "The method of 2008 draws its start at random. scikit-learn starts from the principal components since its "
            "version 1.2, so there a seed alone changes nothing."
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
            "What maps of constructed clusters make of a true ratio of ten (perplexity 30, three seeds); and, for 300 "
            f"frequent words (perplexity {DEFAULT_PERPLEXITY}, mean over {len(SEEDS)} seeds), the rank correlation of "
            "distances on the map with those in the table, over the half of the pairs that is further apart."
        ),
        rule=f"The drawn ratio is below {EQUAL:.0f}; the rank correlation is below {NOTHING}.",
        citations=("wattenberg2016", "kobak2021"),
        per_table=_with("frequent")(_far_order),
        table_free=_constructed,
        lesson=(
            "A size or a gap on one map proves nothing, whatever a part of the order of far distances may survive: "
            "look it up in the table."
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
            f"share of same-category neighbours; for 300 frequent words at perplexity {LOW} and {HIGH}, the kept share "
            f"of the {VERY_NEAR} nearest and the rank correlation of all distances."
        ),
        rule=(
            f"Two seeds always differ by more than {OTHER_LAYOUT}, the share stays within {STAYS}; without a condition "
            f"only if the low perplexity is ahead on the nearest and the high one on all distances, by {MARGIN} each."
        ),
        citations=("wattenberg2016", "kobak2019"),
        per_table=_with("categories", "frequent")(_varies),
        lesson="A perplexity must stay below the number of words: with forty, 50 is not even allowed.",
    ),
)
