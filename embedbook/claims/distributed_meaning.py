"""Claims of page 02: what one dimension says and what a direction says, room for directions, colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from embedbook import probes
from embedbook.claims import words
from embedbook.claims.ledger import Claim, Measurement
from embedbook.claims.wording import code, codes, two
from embedbook.tables import EmbeddingTable

PAGE = "02"
SPLITS = 20
PER_WORD = 5
FREQUENT = 1_000
CLEAN = 0.95
CARRIES = 0.90
MUCH = 0.75
FEWEST_WORDS = 20
NEARLY = 0.3
TIMES = 10
AMONG = 2_000
SURE = 0.99
ORANGE = (255, 165, 0)
CHANNELS = ("red", "green", "blue")


def members(table: EmbeddingTable, category: str) -> tuple[list[int], list[int]]:
    """The ids of one category's words, and those of all words that a contrast must leave out.

    ``category`` is one of :data:`CATEGORIES`.

    >>> from embedbook import tables
    >>> len(members(tables.load("minilm"), "comparatives")[0])
    35
    """
    lists: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
        "mammals": (words.mammals(), sorted(words.mammals_in_any_sense())),
        "countries": (words.countries(), words.countries()),
        "comparatives": (words.comparatives(), words.comparatives()),
    }
    chosen, left_out = lists[category]
    return _ids(table, chosen), _ids(table, left_out)


CATEGORIES = ("mammals", "countries", "comparatives")


def _one_dimension(table: EmbeddingTable) -> Measurement:
    counts = {category: len(members(table, category)[0]) for category in CATEGORIES}
    if min(counts.values()) < FEWEST_WORDS:
        return Measurement(f"too few of the words are single tokens here: {counts}", passes=None)
    numbers: dict[str, float | int] = {}
    shown: list[str] = []
    for category in CATEGORIES:
        ids, left_out = members(table, category)
        alike = probes.words_as_frequent(table, ids, PER_WORD, leave_out=left_out)
        anywhere = probes.words_at_random(table, PER_WORD * len(ids), leave_out=left_out)
        positive = table.vectors[ids]
        found = probes.probe(positive, table.vectors[alike], SPLITS)
        shuffled = probes.probe(positive, table.vectors[alike], SPLITS, shuffle=True)
        against_any = probes.probe(positive, table.vectors[anywhere], SPLITS)
        numbers |= {f"{category} words": len(ids)} | _numbers(category, found)
        numbers |= {f"{category} shuffled {key}": value for key, value in _numbers("", shuffled).items()}
        numbers |= {f"{category} random {key}": value for key, value in _numbers("", against_any).items()}
        one, all_of_them = numbers[f"{category} dimension"], numbers[f"{category} direction"]
        shown.append(f"{category} {two(one)} and {two(all_of_them)}")
    frequency = _frequency(table)
    numbers |= _numbers("frequency", frequency) | {"frequency which": _usual(frequency)}
    singles = [numbers[f"{category} dimension"] for category in CATEGORIES]
    carried = all(
        numbers[f"{category} direction"] >= max(CARRIES, numbers[f"{category} dimension"]) for category in CATEGORIES
    )
    clean = max(*singles, numbers["frequency dimension"]) >= CLEAN
    reached = [category for category in CATEGORIES if numbers[f"{category} dimension"] >= CLEAN]
    by_chance = max(numbers[f"{category} shuffled dimension"] for category in CATEGORIES)
    return Measurement(
        f"AUC of the best dimension and of the direction: {', '.join(shown)}; with shuffled labels the best "
        f"dimension has at most {two(by_chance)}",
        passes=carried and not clean,
        condition="" if max(singles) <= MUCH else "as to a clean meaning only: one dimension alone still tells much",
        numbers=numbers,
        note=(
            f"How frequent a word is, dimension {numbers['frequency which']} tells with an AUC of "
            f"{two(numbers['frequency dimension'])} ({FREQUENT:,} most frequent words against others)."
            + (f" For {' and '.join(reached)} one dimension reaches the limit of clean." if reached else "")
        ),
    )


def spreads(by_table: Mapping[str, Measurement]) -> dict[str, dict[str, dict[str, list[float]]]]:
    """What claim D1 measured, for a figure: by table, category and kind of score the low end, the middle, the high end.

    >>> numbers = {f"{c} {k}{end}": 0.5 for c in CATEGORIES for k in KINDS.values() for end in ENDS}
    >>> spreads({"own": Measurement("", None, numbers)})["own"]["mammals"]["best number"]
    [0.5, 0.5, 0.5]
    """
    return {
        name: {
            category: {
                shown: [float(said.numbers[f"{category} {kind}{end}"]) for end in ENDS] for shown, kind in KINDS.items()
            }
            for category in CATEGORIES
        }
        for name, said in by_table.items()
    }


KINDS = {"direction": "direction", "best number": "dimension", "best, shuffled labels": "shuffled dimension"}
ENDS = (" low", "", " high")


def _frequency(table: EmbeddingTable) -> probes.Probe:
    frequent = table.frequent_words(FREQUENT)
    others = probes.words_at_random(table, FREQUENT, leave_out=frequent)
    return probes.probe(table.vectors[frequent], table.vectors[others], SPLITS)


def _numbers(name: str, found: probes.Probe) -> dict[str, float]:
    parts = {"trained": found.trained, "dimension": found.held_out, "direction": found.direction}
    middle = {f"{name} {key}".strip(): round(float(np.median(values)), 2) for key, values in parts.items()}
    low = {f"{name} {key} low".strip(): round(float(np.quantile(values, 0.05)), 2) for key, values in parts.items()}
    high = {f"{name} {key} high".strip(): round(float(np.quantile(values, 0.95)), 2) for key, values in parts.items()}
    return middle | low | high


def _usual(found: probes.Probe) -> int:
    """The dimension that most splits chose."""
    return int(np.bincount(found.dimension).argmax())


def _room(table: EmbeddingTable) -> Measurement:
    if len(table) < AMONG:
        return Measurement(f"only {len(table):,} rows", passes=None)
    width = table.dimensions
    tried = probes.random_directions(TIMES * width, width)
    fitted = probes.fitted(tried, NEARLY)
    random = probes.cosines_of_pairs(probes.random_directions(AMONG, width))
    rows = probes.cosines_of_pairs(probes.unit(table.vectors[table.frequent_words(AMONG)]))
    typical, largest, ceiling = float(np.median(random)), float(random.max()), _ceiling(width)
    return Measurement(
        f"in {width} dimensions {fitted:,} of {TIMES * width:,} random directions fit, {fitted / width:.1f} times as "
        f"many as a code with a dimension a property has; among {AMONG:,} random ones the typical |cosine| is "
        f"{two(typical)} and the largest {two(largest)} (the bound allows {two(ceiling)})",
        passes=fitted >= 0.9 * TIMES * width and largest <= ceiling,
        condition=f"in {width} dimensions",
        numbers={
            "dimensions": width,
            "tried": TIMES * width,
            "fitted": fitted,
            "typical_random": round(typical, 2),
            "largest_random": round(largest, 2),
            "bound": round(ceiling, 2),
            "typical_rows": round(float(np.median(rows)), 2),
            "largest_rows": round(float(rows.max()), 2),
        },
        note=(
            f"Real rows do not use the room evenly: among the {AMONG:,} most frequent words the typical |cosine| is "
            f"{two(float(np.median(rows)))}, the largest {two(float(rows.max()))}."
        ),
    )


def _ceiling(width: int) -> float:
    """The |cosine| that none of the pairs of ``AMONG`` random directions reaches, with a chance of ``SURE`` or more.

    The union bound over n (n - 1) / 2 pairs, solved for the cosine.
    """
    pairs = AMONG * (AMONG - 1) / 2
    return float(np.sqrt(2 * np.log(2 * pairs / (1 - SURE)) / width))


def sharing(color: tuple[int, int, int], channels: Sequence[int]) -> list[str]:
    """The named colours that have exactly this colour's numbers in those channels.

    >>> sharing((255, 165, 0), [1])
    ['goldenrod', 'orange']
    """
    return [name for name, other in words.named_colors().items() if all(other[i] == color[i] for i in channels)]


def _colors() -> Mapping[str, Measurement]:
    named = words.named_colors()
    alone = {channel: sharing(ORANGE, [i]) for i, channel in enumerate(CHANNELS)}
    pairs = {
        f"{CHANNELS[i]} and {CHANNELS[j]}": sharing(ORANGE, [i, j]) for i, j in combinations(range(len(CHANNELS)), 2)
    }
    enough = [pair for pair, found in pairs.items() if found == ["orange"]]
    agrees = named.get("orange") == ORANGE and {"red", "fuchsia"} <= set(alone["red"])
    counts = {**alone, **pairs}
    return {
        f"CSS's {len(named)} named colours": Measurement(
            "named colours that have orange's number exactly: "
            + ", ".join(f"{len(found)} in {key}" for key, found in counts.items()),
            passes=agrees and all(len(found) > 1 for found in alone.values()),
            condition=f"two channels already single orange out: {', or '.join(enough)}" if enough else "",
            numbers={key: len(found) for key, found in counts.items()} | {"colors": len(named)},
            note=(
                f"{code('red')} and {code('fuchsia')} (CSS's magenta) have orange's red; "
                f"{codes(name for name in alone['green'] if name != 'orange')} has its green."
            ),
        )
    }


def _ids(table: EmbeddingTable, names: Sequence[str]) -> list[int]:
    return sorted({token_id for token_id in map(table.find, names) if token_id is not None})


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="D1",
        page=PAGE,
        text="No single dimension has a clean meaning; the pattern of all of them carries it.",
        quantity=(
            "How well one dimension, and a direction, tell mammals (WordNet), countries (GeoNames) and comparatives "
            f"(Google's questions) from {PER_WORD} other words each of about the same place in the table's order. Both "
            f"are chosen on one half of the words; the AUC is that of the other half, the median of {SPLITS} splits."
        ),
        rule=(
            f"Clean is an AUC of {CLEAN} or more. It holds if the direction reaches {CARRIES:.2f} in all three and is "
            "never behind the best dimension, and if no dimension is clean for one of them or for how frequent a word "
            f"is; without a condition only if none is above {MUCH}, since the chapter also says that no single "
            "dimension tells you much."
        ),
        citations=("hinton1986", "hanley1982", "miller1995", "nickel2017", "mikolov2013a"),
        per_table=_one_dimension,
        instead="A single dimension can be clean: see the AUC of the best one.",
        lesson=(
            "The choice is not between meaning in one number and meaning in none: a direction that is strong enough "
            "shows in many numbers, and says more than any of them."
        ),
    ),
    Claim(
        id="D2",
        page=PAGE,
        text="Hand-made (localist) codes do not scale, distributed ones do.",
        quantity=(
            f"How many of {TIMES} D random directions fit into D dimensions, taken one after the other and kept where "
            f"the |cosine| with all kept before is below {NEARLY}; and the |cosines| of all pairs of {AMONG:,} "
            "random directions. Of a table only its width D enters."
        ),
        rule=(
            f"Nine tenths of them fit, so at least {0.9 * TIMES:.0f} times as many as a code with one dimension a "
            "property has; and no pair is above the bound 2 exp(-D c² / 2) taken over all pairs (which is to be right "
            f"{100 * SURE:.0f} times in 100). The limit of {NEARLY} is a choice: another would move the line between "
            "narrow and wide."
        ),
        citations=("hinton1986", "ball1997", "elhage2022"),
        per_table=_room,
        instead="With few dimensions there is little room for directions that are nearly orthogonal.",
        lesson=(
            "The room for nearly orthogonal directions grows exponentially, but with D times the square of the cosine "
            "that is allowed: a narrow table has little of it."
        ),
    ),
    Claim(
        id="D3",
        page=PAGE,
        text="A colour is a pattern over three channels: orange is [255, 165, 0], and red alone cannot tell it apart.",
        chapter_figure="orange is [255, 165, 0]; its red, 255, is also that of red and of magenta",
        quantity="How many of the colours that CSS names have orange's number in one channel, and in two.",
        rule=(
            "Orange has these three numbers, red and magenta share its red, and no channel singles it out; without a "
            "condition only if no two channels do either, since the chapter says that all three are needed."
        ),
        citations=("css2022",),
        table_free=_colors,
        lesson=(
            "The picture limps in one place: each channel of a colour has a plain meaning, how much red, how much "
            "green, how much blue. A dimension of a table need not have one."
        ),
    ),
)
