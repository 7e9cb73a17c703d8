"""Claims of page 07: what a t-SNE map keeps, what it starts from, and what not to read into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

from embedbook import maps
from embedbook.claims.ledger import Limits, Measurement, Page, Silence
from embedbook.claims.wording import codes, listing, percent, two
from embedbook.maps import WordMap, atlas, constructed
from embedbook.maps.methods import Points, conditional_probabilities, library, squared_distances
from embedbook.tables import EmbeddingTable

Measure: TypeAlias = Callable[[EmbeddingTable, Limits], Measurement[Any]]

PAGE = Page(__file__)
HALF = 0.5


def _maps_of(*lists: str) -> Callable[[Measure], Measure]:
    """The measurement for tables whose maps may be shown and that have enough words of these lists as single tokens."""

    def guarded(measure: Measure) -> Measure:
        @wraps(measure)
        def measured(table: EmbeddingTable, limits: Limits) -> Measurement[Any]:
            if table.card.licence and not table.card.rows_may_travel:
                raise Silence(
                    "its terms do not let coordinates made from its rows be shipped, and a map made anew has other "
                    "scores on another machine"
                )
            for points in lists:
                found = sum(word in table for word in atlas.words(points))
                if found < limits.fewest[points]:
                    raise Silence(f"only {found} of the words to be mapped are single tokens here")
            if atlas.is_of(table):
                return measure(table, limits)
            try:
                said = measure(table, limits)
            except ValueError as error:  # rows of zeros, or too many equal ones
                raise Silence(f"its words have no such map: {error}") from error
            made_here = "The maps were made here and are not kept: another machine's differ a little."
            return replace(said, note=f"{said.note} {made_here}".strip())

        return measured

    return guarded


def _over_seeds(table: EmbeddingTable, points: str, perplexity: int, limits: Limits) -> list[WordMap]:
    return [maps.word_map(table, points, perplexity, start) for start in atlas.STARTS[: limits.seeds]]


@PAGE.per_table("V1")
@_maps_of("categories", "frequent")
def keeps_neighbors(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    many = _over_seeds(table, "frequent", limits.default_perplexity, limits)
    few = _over_seeds(table, "categories", limits.perplexity, limits)
    recall, few_recall = (
        _mean(maps.neighbor_recall(m.vectors, m.coords, k) for m in over)
        for over, k in ((many, limits.many), (few, limits.few))
    )
    n, few_n = len(many[0].words), len(few[0].words)
    chance, few_chance = maps.chance_recall(n, limits.many), maps.chance_recall(few_n, limits.few)
    trusted = _mean(maps.trustworthiness(m.vectors, m.coords, limits.many) for m in many)
    parts = [
        f"{'at least' if share >= HALF else 'fewer than'} half of the {k} nearest are kept of {words} words"
        for words, share, k in ((few_n, few_recall, limits.few), (n, recall, limits.many))
    ]
    return Measurement(
        f"of the {limits.many} nearest by cosine {percent(recall)} of {n} words are kept, by chance {percent(chance)} "
        f"(trustworthiness {two(trusted)}); of the {limits.few} nearest of {few_n} words {percent(few_recall)}, by "
        f"chance {percent(few_chance)}",
        passes=recall >= limits.over_chance * chance and few_recall >= limits.over_chance * few_chance,
        condition="" if min(recall, few_recall) >= HALF else f"only in part: {', '.join(parts)}",
    )


@PAGE.per_table("V2")
@_maps_of("categories")
def starts_at_random(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    rows = atlas.word_map(table, perplexity=limits.perplexity).vectors
    default, random = (
        _least_disparity(_start(rows, limits.perplexity, seed, **asked) for seed in range(limits.seeds))
        for asked in ({}, {"init": "random"})
    )
    return Measurement(
        f"between the starts of two seeds at least {two(default)} with the default settings, {two(random)} with "
        "init='random'",
        passes=max(default, random) > limits.other_layout,
        condition="" if default > limits.other_layout else "only when asked to, with init='random'",
    )


@PAGE.table_free("V2")
def default_start(limits: Limits) -> Mapping[str, Measurement[None]]:
    model = _scikit_learn().TSNE(n_components=2, random_state=42, perplexity=limits.perplexity)
    return {
        "TSNE as the chapter calls it": Measurement(
            f"TSNE(n_components=2, random_state=42, perplexity={limits.perplexity}) has init={model.init!r}",
            passes=model.init == "random",
        ),
        "The paper of 2008": Measurement("cited: the start is drawn from a narrow normal distribution", passes=None),
    }


def _start(rows: Points, perplexity: float, seed: int, **asked: str) -> Points:
    """Where scikit-learn's t-SNE puts the points before its first step: [n, 2]."""

    class Start(_scikit_learn().TSNE):  # type: ignore[misc]
        def _tsne(self, *_: Any, X_embedded: Points, **__: Any) -> Points:  # scikit-learn's name
            return X_embedded

    return np.asarray(Start(perplexity=perplexity, random_state=seed, **asked).fit_transform(rows), dtype=np.float64)


def _scikit_learn() -> Any:
    return library("sklearn.manifold")


def _least_disparity(layouts: Iterable[Points]) -> float:
    """What is left between two maps after the best shift, turn, mirror and scaling: 0 for one layout, 1 for no part."""
    from scipy.spatial import procrustes

    return min(float(procrustes(a, b)[2]) for a, b in combinations(layouts, 2))


@PAGE.per_table("V3")
@_maps_of("categories")
def forms_clusters(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    pca = maps.word_map(table, perplexity=limits.perplexity, start="pca")
    made = [*_over_seeds(table, "categories", limits.perplexity, limits), pca]
    scores = [maps.silhouette(m.coords, m.classes) for m in made]
    classes = np.array(pca.classes)  # [n]
    near = [classes[maps.nearest(m.coords, limits.few)] for m in made]  # [n, k] each
    shares = {
        name: _mean((of_map[classes == name] == name).mean() for of_map in near) for name in dict.fromkeys(pca.classes)
    }
    in_table = maps.silhouette(pca.vectors, pca.classes)
    same, chance = maps.same_class(pca.vectors, pca.classes, limits.few), maps.chance_same(pca.classes)
    left_out = [word for word in atlas.words("categories") if word not in pca.words]
    listed = ", ".join(f"{name} {percent(share)}" for name, share in shares.items())
    mixed = [name for name, share in shares.items() if share < limits.clear]
    return Measurement(
        f"silhouette {two(min(scores))} to {two(max(scores))} on {len(made)} maps; of the {limits.few} nearest on the "
        f"map, of a word's own category: {listed}",
        passes=min(scores) > limits.silhouette and min(shares.values()) >= HALF,
        condition=f"though {listing(mixed)} stand{'s' * (len(mixed) == 1)} among words of other categories"
        if mixed
        else "",
        note=(
            f"By chance it would be {percent(chance)}. Among the rows themselves {percent(same)} of the {limits.few} "
            "nearest are of the same category: the groups are in the table. Their silhouette there is "
            f"{two(in_table)}, but in {table.dimensions} dimensions distances differ less from each other than in two, "
            "so the two silhouettes do not compare." + (f" Not single tokens: {codes(left_out)}." if left_out else "")
        ),
    )


@PAGE.table_free("V4")
def constructed_clusters(limits: Limits) -> Mapping[str, Measurement[None]]:
    truly_wide = constructed.size_ratio(constructed.two_sizes())
    truly_far = constructed.gap_ratio(constructed.three_distances())
    seeds = range(limits.seeds)
    sizes = [constructed.size_ratio(maps.cloud_map("two sizes", limits.default_perplexity, seed)) for seed in seeds]
    gaps, wider = (
        [constructed.gap_ratio(maps.cloud_map("three distances", perplexity, seed)) for seed in seeds]
        for perplexity in (limits.default_perplexity, limits.wider)
    )
    return {
        "constructed sizes": Measurement(
            f"a cluster {truly_wide:.0f} times as wide as another is drawn {_range(sizes)} times as wide",
            passes=max(sizes) < limits.equal,
        ),
        "constructed gaps": Measurement(
            f"a gap {truly_far:.0f} times as wide as another is drawn {_range(gaps)} times as wide",
            passes=max(gaps) < limits.equal,
            note=f"With a perplexity of {limits.wider} instead of {limits.default_perplexity} it is {_range(wider)}: "
            "the setting decides.",
        ),
    }


def _range(ratios: Sequence[float]) -> str:
    return " to ".join(dict.fromkeys((f"{min(ratios):.1f}", f"{max(ratios):.1f}")))


@PAGE.per_table("V4")
@_maps_of("categories")
def between_clusters(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    made = _over_seeds(table, "categories", limits.perplexity, limits)
    orders = [maps.distance_order(_centers(m.vectors, m.classes), _centers(m.coords, m.classes)) for m in made]
    return Measurement(
        f"the rank correlation of the distances between the {len(set(made[0].classes))} clusters on the map with those "
        f"in the table is {two(_mean(orders))} ({two(min(orders))} to {two(max(orders))} over {len(made)} seeds)",
        passes=abs(_mean(orders)) < limits.nothing,
    )


def _centers(points: Points, classes: Sequence[str]) -> Points:
    """The mean of each class: [n, D] to [classes, D]."""
    named = np.array(classes)  # [n]
    return np.array([points[named == name].mean(axis=0) for name in dict.fromkeys(classes)])


@PAGE.per_table("V5")
@_maps_of("categories", "frequent")
def varies(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    seeded = _over_seeds(table, "categories", limits.perplexity, limits)
    disparity = _least_disparity(m.coords for m in seeded)
    shares = [maps.same_class(m.coords, m.classes, limits.few) for m in seeded]
    within = max(shares) - min(shares)
    made = {p: _over_seeds(table, "frequent", p, limits) for p in (*limits.low, *limits.high)}
    near = {p: [maps.neighbor_recall(m.vectors, m.coords, limits.nearest) for m in made[p]] for p in made}
    order = {p: [maps.distance_order(m.vectors, m.coords) for m in made[p]] for p in made}
    near_low, near_high, order_low, order_high = (
        [score for p in perplexities for score in scores[p]]
        for scores in (near, order)
        for perplexities in (limits.low, limits.high)
    )
    missing = [
        f"of the {what} keep less than {limits.margin} more"
        for what, ahead, behind in (
            (f"{limits.nearest} nearest the low ones", near_low, near_high),
            ("order of all distances the high ones", order_high, order_low),
        )
        if _mean(ahead) - _mean(behind) < limits.margin
    ]
    low, high = (" and ".join(map(str, perplexities)) for perplexities in (limits.low, limits.high))
    return Measurement(
        f"over seeds the layouts differ by {two(disparity)} or more, the share of same-category neighbours by "
        f"{two(within)}; from perplexities {low} to {high} the kept share of the {limits.nearest} nearest goes from "
        f"{_spread(near_low)} to {_spread(near_high)}, the rank correlation of all distances from {_spread(order_low)} "
        f"to {_spread(order_high)} (mean of {len(order_low)} maps, least to most)",
        passes=disparity > limits.other_layout and within <= limits.stays,
        condition=f"only for the seeds: {', '.join(missing)}" if missing else "",
        note="The rank correlation by perplexity, mean of the seeds: "
        + ", ".join(f"{p}: {two(_mean(order[p]))}" for p in order)
        + ".",
    )


def _spread(scores: Sequence[float]) -> str:
    return f"{two(_mean(scores))} ({two(min(scores))} to {two(max(scores))})"


def _mean(scores: Iterable[float]) -> float:
    return float(np.mean(list(scores)))


@PAGE.per_table("V7")
@_maps_of("categories")
def two_steps(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    starts = atlas.STARTS[: limits.seeds]
    begun, ended = (
        [maps.word_map(table, "categories", limits.perplexity, start, steps) for start in starts]
        for steps in (0, limits.iterations)
    )
    rows = ended[0].vectors  # [n, D]
    probabilities = conditional_probabilities(rows, limits.perplexity)  # [n, n]
    others = ~np.eye(len(rows), dtype=bool)
    far, likely = (of[others].reshape(len(rows), -1) for of in (squared_distances(rows), probabilities))  # [n, n - 1]
    falls = bool((np.diff(np.take_along_axis(likely, far.argsort(axis=1), axis=1), axis=1) <= 0).all())
    before, after = ([_divergence(probabilities, m.coords) for m in made] for made in (begun, ended))
    another = max(after) > limits.closer * min(after)
    return Measurement(
        f"the probability of a neighbour {'always falls' if falls else 'does not always fall'} with its distance; from "
        f"start to end the divergence from the map's probabilities goes from {two(min(before))} or more to "
        f"{_range_of(after)} over {len(after)} seeds",
        passes=falls and max(after) <= limits.fall * min(before),
        condition="though not as closely as possible: another start ends up closer" if another else "",
    )


def _divergence(probabilities: Points, coords: Points) -> float:
    """Kullback and Leibler's, of the map [n, 2] from the joint probabilities of p(j|i) [n, n], in nats.

    A stored map has a scale of its own, so it is that of the best scale. Source: van der Maaten and Hinton (2008),
    equations 4 and 5.
    """
    joint = (probabilities + probabilities.T) / (2 * len(probabilities))  # [n, n]
    squares = squared_distances(coords / np.abs(coords).max())  # [n, n]

    def divergence(log_scale: float) -> float:
        near = 1 / (1 + np.exp(2 * log_scale) * squares)
        np.fill_diagonal(near, 0)
        return float(library("scipy.special").rel_entr(joint, near / near.sum()).sum())

    return float(library("scipy.optimize").minimize_scalar(divergence, bounds=(-5, 10), method="bounded").fun)


def _range_of(scores: Sequence[float]) -> str:
    return " to ".join(dict.fromkeys((two(min(scores)), two(max(scores)))))
