"""Claims of page 02: what one dimension says and what a direction says, room for directions, colours, codes by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from embedbook import lists, probes
from embedbook.claims.ledger import Limits, Measurement, Page, Silence
from embedbook.claims.wording import code, codes, percent, two
from embedbook.probes import CATEGORIES, members
from embedbook.tables import EmbeddingTable

PAGE = Page(__file__)
CHANNELS = ("red", "green", "blue")


class Spread(NamedTuple):
    """The middle of the splits, and the ends of nine in ten of them."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Told:
    """AUCs on the held-out words of one category against words as frequent.

    ``dimension``: the best one; ``shuffled``: the best with labels at random; ``anywhere``: the best against words from
    anywhere in the table; ``direction``: the mean difference.
    """

    words: int
    dimension: Spread
    direction: Spread
    shuffled: Spread
    anywhere: Spread


@dataclass(frozen=True)
class Crossed:
    """Median AUCs of mammals, by what was learned against and what was judged against: "things, as frequent"."""

    dimension: Mapping[str, float]
    direction: Mapping[str, float]


@dataclass(frozen=True)
class Probed:
    """``frequency`` is the AUC of dimension ``frequency_dimension``, which tells frequent words from others best.

    ``crossed`` is None where the table has too few things or mammals.
    """

    by_category: Mapping[str, Told]
    frequency: Spread
    frequency_dimension: int
    crossed: Crossed | None = None


@PAGE.per_table("D1")
def one_dimension(table: EmbeddingTable, limits: Limits) -> Measurement[Probed]:
    counts = {category: len(members(table, category)[0]) for category in CATEGORIES}
    if min(counts.values()) < limits.fewest:
        raise Silence(f"too few of the words are single tokens here: {counts}")
    numbers = _probed(table, limits.splits, limits.per_word, limits.frequent, limits.draws)
    told, frequency, crossed = numbers.by_category, numbers.frequency, numbers.crossed
    best = {category: said.dimension.median for category, said in told.items()}
    carried = all(said.direction.median >= max(limits.carries, said.dimension.median) for said in told.values())
    reached = [category for category, auc in best.items() if auc >= limits.clean]
    shown = [f"{category} {two(best[category])} and {two(said.direction.median)}" for category, said in told.items()]
    by_chance = max(said.shuffled.median for said in told.values())
    ahead = not crossed or all(crossed.direction[pair] > crossed.dimension[pair] for pair in crossed.dimension)
    return Measurement(
        f"AUC of the best dimension and of the direction: {', '.join(shown)}; with shuffled labels the best "
        f"dimension has at most {two(by_chance)}",
        passes=carried and ahead and not reached and frequency.median < limits.clean,
        condition=""
        if max(best.values()) <= limits.much
        else "as to a clean meaning only: one dimension alone still tells much",
        numbers=numbers,
        note=(
            f"How frequent a word is, dimension {numbers.frequency_dimension} tells with an AUC of "
            f"{two(frequency.median)} ({limits.frequent:,} most frequent words against others)."
            + (f" For {' and '.join(reached)} one dimension reaches the limit of clean." if reached else "")
            + (f" {_sentence(crossed)}" if crossed else "")
        ),
    )


def _sentence(crossed: Crossed) -> str:
    """What changes when another kind of words is the contrast."""
    same, other = (
        [pair for pair in crossed.dimension if (len(set(pair.split(", "))) == 1) is alike] for alike in (True, False)
    )
    spans = [
        f"{two(min(scores[pair] for pair in pairs))} to {two(max(scores[pair] for pair in pairs))}"
        for scores in (crossed.dimension, crossed.direction)
        for pairs in (same, other)
    ]
    return (
        f"Mammals beside words as frequent, and beside things that people make: the best dimension has {spans[0]} "
        f"against the kind that it was learned on and {spans[1]} against the other, the direction {spans[2]} and "
        f"{spans[3]}."
    )


@lru_cache(maxsize=4)  # the same numbers, whatever the limits that are tried on them
def _probed(table: EmbeddingTable, splits: int, per_word: int, frequent: int, draws: int) -> Probed:
    often = table.frequent_words(frequent)
    others = probes.words_at_random(table, frequent, leave_out=often)
    by_frequency = probes.probe(table.vectors[often], table.vectors[others], splits)
    usual = int(np.bincount(by_frequency.dimension).argmax())  # what most splits chose
    told = {category: _told(table, category, splits, per_word) for category in CATEGORIES}
    return Probed(told, _spread(by_frequency.held_out), usual, _crossed(table, draws))


def _told(table: EmbeddingTable, category: str, splits: int, per_word: int) -> Told:
    ids, left_out = members(table, category)
    yes = table.vectors[ids]  # [n, D]
    alike = table.vectors[probes.words_as_frequent(table, ids, per_word, leave_out=left_out)]
    anywhere = table.vectors[probes.words_at_random(table, per_word * len(ids), leave_out=left_out)]
    found = probes.probe(yes, alike, splits)
    return Told(
        len(ids),
        _spread(found.held_out),
        _spread(found.direction),
        _spread(probes.probe(yes, alike, splits, shuffle=True).held_out),
        _spread(probes.probe(yes, anywhere, splits).held_out),
    )


def _crossed(table: EmbeddingTable, draws: int) -> Crossed | None:
    try:
        found = probes.by_contrast(table, "mammals", draws=draws)
    except ValueError:  # too few things or mammals, or a made table without words as frequent
        return None
    medians = {
        f"{learned}, {judged}": (round(float(np.median(p.held_out)), 2), round(float(np.median(p.direction)), 2))
        for (learned, judged), p in found.items()
    }
    return Crossed(*({pair: both[i] for pair, both in medians.items()} for i in (0, 1)))


def _spread(aucs: NDArray[np.float64]) -> Spread:
    low, median, high = (round(float(end), 2) for end in np.quantile(aucs, (0.05, 0.5, 0.95)))
    return Spread(low, median, high)


@PAGE.table_free("D2")
def room(limits: Limits) -> Mapping[str, Measurement[None]]:
    return {f"{width:,} dimensions": _room(width, limits) for width in limits.widths}


def _room(width: int, limits: Limits) -> Measurement[None]:
    tried, fitted = limits.times * width, _fitted(width, limits.times, limits.nearly)
    typical, largest = _typical_and_largest(width, limits.among)
    bound = ceiling(width, limits)
    return Measurement(
        f"{fitted:,} of {tried:,} random directions fit, {fitted / width:.1f} times as many as a code with a "
        f"dimension per property has; among {limits.among:,} random ones the typical |cosine| is "
        f"{two(typical)} and the largest {two(largest)} (the bound allows {two(bound)})",
        passes=fitted >= limits.least * width and largest <= bound,
        note=f"By that bound there is room for {probes.room_for(limits.nearly, width):,} or more.",
    )


@lru_cache
def _fitted(width: int, times: int, nearly: float) -> int:
    return probes.fitted(probes.random_directions(times * width, width), nearly)


@lru_cache
def _typical_and_largest(width: int, among: int) -> tuple[float, float]:
    """|Cosines| of all pairs of random directions."""
    cosines = probes.cosines_of_pairs(probes.random_directions(among, width))
    return float(np.median(cosines)), float(cosines.max())


def ceiling(width: int, limits: Limits) -> float:
    """The |cosine| that no pair of ``among`` random directions reaches, ``sure`` times in 100 or more.

    The union bound over n (n - 1) / 2 pairs, solved for the cosine.
    """
    pairs = limits.among * (limits.among - 1) / 2
    return float(np.sqrt(2 * np.log(2 * pairs / (1 - limits.sure / 100)) / width))


def sharing(color: Sequence[int], channels: Sequence[int]) -> list[str]:
    """The named colours that have exactly this colour's numbers in those channels.

    >>> sharing((255, 165, 0), [1])
    ['goldenrod', 'orange']
    """
    return [name for name, other in lists.named_colors().items() if all(other[i] == color[i] for i in channels)]


@PAGE.table_free("D3")
def colors(limits: Limits) -> Mapping[str, Measurement[None]]:
    named = lists.named_colors()
    alone = {channel: sharing(limits.orange, [i]) for i, channel in enumerate(CHANNELS)}
    pairs = {f"{CHANNELS[i]} and {CHANNELS[j]}": sharing(limits.orange, [i, j]) for i, j in combinations(range(3), 2)}
    enough = [pair for pair, found in pairs.items() if found == ["orange"]]
    agrees = list(named["orange"]) == limits.orange and {"red", "fuchsia"} <= set(alone["red"])
    counts = {key: len(found) for key, found in {**alone, **pairs}.items()}
    return {
        f"CSS's {len(named)} named colours": Measurement(
            "named colours that have orange's number exactly: "
            + ", ".join(f"{count} in {key}" for key, count in counts.items()),
            passes=agrees and all(len(found) > 1 for found in alone.values()),
            note=(
                (f"Two channels already single it out: {', or '.join(enough)}. " if enough else "")
                + f"{code('red')} and {code('fuchsia')} (CSS's magenta) have orange's red; "
                f"{codes(name for name in alone['green'] if name != 'orange')} has its green."
            ),
        )
    }


@PAGE.table_free("D5")
def properties(limits: Limits) -> Mapping[str, Measurement[None]]:
    listed = lists.properties_of_countries()
    columns = {name for properties in listed.values() for name in properties}
    zeros = 1 - sum(map(len, listed.values())) / (len(listed) * len(columns))
    few = dict(list(listed.items())[: limits.few])
    few_columns = {name for properties in few.values() for name in properties}
    return {
        "GeoNames's countries": Measurement(
            f"{len(listed)} countries and territories take {len(columns):,} dimensions for four kinds of properties "
            f"(continent, currency, languages, neighbours), and {percent(zeros)} of all entries are zero",
            passes=zeros > limits.most,
            condition="as to the zeros; whether all words would need millions is not checkable here",
            note=f"The first {limits.few} alone take {len(few_columns):,}: new words bring new properties.",
        )
    }
