"""Claims of page 02: what one dimension says and what a direction says, room for directions, colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from embedbook import geometry, lists, probes
from embedbook.claims.ledger import Limits, Measurement, Page, Silence
from embedbook.claims.wording import code, codes, two
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
class Probed:
    """``frequency`` is the AUC of dimension ``frequency_dimension``, which tells frequent words from others best."""

    by_category: Mapping[str, Told]
    frequency: Spread
    frequency_dimension: int


@PAGE.per_table("D1")
def one_dimension(table: EmbeddingTable, limits: Limits) -> Measurement[Probed]:
    counts = {category: len(members(table, category)[0]) for category in CATEGORIES}
    if min(counts.values()) < limits.fewest:
        raise Silence(f"too few of the words are single tokens here: {counts}")
    frequent = table.frequent_words(limits.frequent)
    told = {category: _told(table, category, limits) for category in CATEGORIES}
    others = probes.words_at_random(table, limits.frequent, leave_out=frequent)
    by_frequency = probes.probe(table.vectors[frequent], table.vectors[others], limits.splits)
    usual = int(np.bincount(by_frequency.dimension).argmax())  # what most splits chose
    frequency = _spread(by_frequency.held_out)

    best = {category: said.dimension.median for category, said in told.items()}
    carried = all(said.direction.median >= max(limits.carries, said.dimension.median) for said in told.values())
    reached = [category for category, auc in best.items() if auc >= limits.clean]
    shown = [f"{category} {two(best[category])} and {two(said.direction.median)}" for category, said in told.items()]
    by_chance = max(said.shuffled.median for said in told.values())
    return Measurement(
        f"AUC of the best dimension and of the direction: {', '.join(shown)}; with shuffled labels the best "
        f"dimension has at most {two(by_chance)}",
        passes=carried and not reached and frequency.median < limits.clean,
        condition=""
        if max(best.values()) <= limits.much
        else "as to a clean meaning only: one dimension alone still tells much",
        numbers=Probed(told, frequency, usual),
        note=(
            f"How frequent a word is, dimension {usual} tells with an AUC of {two(frequency.median)} "
            f"({limits.frequent:,} most frequent words against others)."
            + (f" For {' and '.join(reached)} one dimension reaches the limit of clean." if reached else "")
        ),
    )


def _told(table: EmbeddingTable, category: str, limits: Limits) -> Told:
    ids, left_out = members(table, category)
    yes = table.vectors[ids]  # [n, D]
    alike = table.vectors[probes.words_as_frequent(table, ids, limits.per_word, leave_out=left_out)]
    anywhere = table.vectors[probes.words_at_random(table, limits.per_word * len(ids), leave_out=left_out)]
    found = probes.probe(yes, alike, limits.splits)
    return Told(
        len(ids),
        _spread(found.held_out),
        _spread(found.direction),
        _spread(probes.probe(yes, alike, limits.splits, shuffle=True).held_out),
        _spread(probes.probe(yes, anywhere, limits.splits).held_out),
    )


def _spread(aucs: NDArray[np.float64]) -> Spread:
    low, median, high = (round(float(end), 2) for end in np.quantile(aucs, (0.05, 0.5, 0.95)))
    return Spread(low, median, high)


@dataclass(frozen=True)
class Room:
    """Directions tried and fitted; |cosines| of random directions, their bound, and those of frequent words."""

    dimensions: int
    tried: int
    fitted: int
    typical_random: float
    largest_random: float
    bound: float
    typical_rows: float
    largest_rows: float


@PAGE.per_table("D2")
def room(table: EmbeddingTable, limits: Limits) -> Measurement[Room]:
    if len(table) < limits.among:
        raise Silence(f"only {len(table):,} rows")
    width = table.dimensions
    tried = probes.random_directions(limits.times * width, width)
    fitted = probes.fitted(tried, limits.nearly)
    random = probes.cosines_of_pairs(probes.random_directions(limits.among, width))
    rows = probes.cosines_of_pairs(geometry.unit_rows(table, table.frequent_words(limits.among)))
    bound = ceiling(width, limits)
    measured = (np.median(random), random.max(), bound, np.median(rows), rows.max())
    numbers = Room(width, len(tried), fitted, *(round(float(cosine), 2) for cosine in measured))
    return Measurement(
        f"in {width} dimensions {fitted:,} of {len(tried):,} random directions fit, {fitted / width:.1f} times as "
        f"many as a code with a dimension a property has; among {limits.among:,} random ones the typical |cosine| is "
        f"{two(numbers.typical_random)} and the largest {two(numbers.largest_random)} (the bound allows "
        f"{two(numbers.bound)})",
        passes=fitted >= limits.least * width and random.max() <= bound,
        condition=f"in {width} dimensions",
        numbers=numbers,
        note=(
            f"Real rows do not use the room evenly: among the {limits.among:,} most frequent words the typical "
            f"|cosine| is {two(numbers.typical_rows)}, the largest {two(numbers.largest_rows)}."
        ),
    )


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
