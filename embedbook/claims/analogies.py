"""Claims of page 11: arithmetic on rows, with the inputs left out and allowed, and on all of Google's questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedbook.claims.ledger import Limits, Measurement, Page, Silence, must_have
from embedbook.claims.wording import code, codes, listing, ordinal, percent, two
from embedbook.evaluation import Method, RelationScore, google_analogies
from embedbook.geometry import analogy, analogy_rank, cosines_to_all, unit, unit_rows
from embedbook.tables import EmbeddingTable

PAGE = Page(__file__)
PROTOCOLS: Mapping[str, tuple[Method, bool]] = {
    "inputs left out": ("offset", True),
    "inputs allowed": ("offset", False),
    "nearest to c": ("nearest_to_c", True),
    "b + c": ("b_plus_c", True),
}
"""How Google's questions are answered, and whether the inputs are left out."""
GENDER_PAIRS = (("king", "queen"), ("man", "woman"), ("uncle", "aunt"))


@dataclass(frozen=True)
class Equation:
    """start - minus + plus = expected."""

    start: str
    minus: str
    plus: str
    expected: str

    def __str__(self) -> str:
        return f"{self.start} - {self.minus} + {self.plus}"

    def rank(self, table: EmbeddingTable, **protocol: Any) -> int:
        """The place of the expected word; ``protocol`` as in :func:`embedbook.geometry.analogy_rank`."""
        return analogy_rank(table, [self.start, self.plus], [self.minus], self.expected, **protocol)

    def first(self, table: EmbeddingTable, exclude_inputs: bool) -> str:
        """The answer."""
        return analogy(table, [self.start, self.plus], [self.minus], k=1, exclude_inputs=exclude_inputs)[0].token


KING = Equation("king", "man", "woman", "queen")
PARIS = Equation("Paris", "France", "Japan", "Tokyo")
FRANCE = Equation("France", "Paris", "Tokyo", "Japan")
WALKING = Equation("walking", "walked", "swam", "swimming")
BIG = Equation("big", "bigger", "smaller", "small")
DOCTOR = Equation("doctor", "man", "woman", "nurse")


@dataclass(frozen=True)
class Places:
    """The expected word's places, with the inputs left out, in all spellings too, and allowed; what then is first."""

    left_out: int
    by_surface: int
    allowed: int
    winner: str


def equations(*asked: Equation) -> Callable[[EmbeddingTable, Limits], Measurement[Mapping[str, Places]]]:
    """The measurement of one claim: places by equation, such as "king - man + woman"."""

    def measure(table: EmbeddingTable, limits: Limits) -> Measurement[Mapping[str, Places]]:
        must_have(table, *chain(*(vars(equation).values() for equation in asked)))
        found = {
            equation: Places(
                left_out=equation.rank(table),
                by_surface=equation.rank(table, exclude_by="surface"),
                allowed=equation.rank(table, exclude_inputs=False),
                winner=equation.first(table, exclude_inputs=False),
            )
            for equation in asked
        }
        winners = [code(places.winner) for places in found.values() if places.allowed > 1]
        come = "comes" if len(winners) == 1 else "come"
        return Measurement(
            "; ".join(
                f"{equation}: {code(equation.expected)} is {ordinal(places.left_out)} with the inputs left out, "
                f"{ordinal(places.allowed)} with them allowed"
                + (f" ({code(places.winner)} is 1st)" if places.allowed > 1 else "")
                for equation, places in found.items()
            ),
            passes=all(places.left_out <= limits.near_the_top for places in found.values()),
            numbers={str(equation): places for equation, places in found.items()},
            condition=f"only once the inputs are left out (else {listing(winners)} {come} first)" if winners else "",
            note=" ".join(
                f"With all spellings of the inputs left out: {ordinal(places.by_surface)}."
                for places in found.values()
                if places.by_surface != places.left_out
            ),
        )

    return measure


PAGE.per_table("A1")(equations(KING))
PAGE.per_table("A2")(equations(PARIS, FRANCE))
PAGE.per_table("A3")(equations(WALKING))
PAGE.per_table("A4")(equations(BIG))


@dataclass(frozen=True)
class Direction:
    """The lowest cosine of two differences, the bar of random ones, and each woman's word's places."""

    lowest_cosine: float
    random_bar: float
    after_the_step: Mapping[str, int]
    without_it: Mapping[str, int]


@PAGE.per_table("A5")
def gender_direction(table: EmbeddingTable, limits: Limits) -> Measurement[Direction]:
    must_have(table, *chain(*GENDER_PAIRS))
    starts = {female: unit(table[male].astype(np.float64)) for male, female in GENDER_PAIRS}
    differences = {female: unit(table[female].astype(np.float64)) - starts[female] for _, female in GENDER_PAIRS}
    if not all(map(np.any, differences.values())):
        raise Silence("two words of a pair have the same direction")
    cosines = [float(a @ b) for a, b in combinations(map(unit, differences.values()), 2)]
    bar = float(np.quantile(_random_difference_cosines(table, limits), limits.above))
    after, before = {}, {}
    for male, female in GENDER_PAIRS:
        step = np.mean([difference for other, difference in differences.items() if other != female], axis=0)
        after[female] = _rank(table, starts[female] + step, male, female)
        before[female] = _rank(table, starts[female], male, female)
    return Measurement(
        f"the three differences have cosines {', '.join(map(two, cosines))} ({100 * limits.above:.0f} in 100 random "
        f"ones lie below {two(bar)}); after the step, "
        + ", ".join(f"{code(female)} is {ordinal(rank)}" for female, rank in after.items())
        + f" (without it {', '.join(map(ordinal, before.values()))})",
        passes=min(cosines) > bar
        and max(after.values()) <= limits.near_the_top
        and all(after[female] <= before[female] for female in after),
        numbers=Direction(round(min(cosines), 2), round(bar, 2), after, before),
    )


def _rank(table: EmbeddingTable, vector: NDArray[np.float64], start: str, expected: str) -> int:
    """The expected word's place by cosine with the vector [D], the start word left out."""
    scores = cosines_to_all(table, vector)  # [V]
    scores[table.id_of(start)] = -1
    return 1 + int(np.count_nonzero(scores > scores[table.id_of(expected)]))


def _random_difference_cosines(table: EmbeddingTable, limits: Limits) -> NDArray[np.float32]:
    """Cosines between differences of random pairs of frequent words, four different words each time."""
    frequent = np.array(table.frequent_words(limits.frequent))
    drawn = np.random.default_rng(0).integers(len(frequent), size=(2 * limits.drawn, 4))
    all_differ = np.diff(np.sort(drawn, axis=1), axis=1).all(axis=1)
    drawn = drawn[all_differ][: limits.drawn]
    rows = unit_rows(table, frequent)
    first, second = (unit(rows[drawn[:, i + 1]] - rows[drawn[:, i]]) for i in (0, 2))  # [drawn, D] each
    cosines: NDArray[np.float32] = np.einsum("pd,pd->p", first, second)
    return cosines


@dataclass(frozen=True)
class Google:
    """Scores by protocol and relation; the offset's lead over the better answer without one, and where it suffices."""

    scores: Mapping[str, Mapping[str, RelationScore]]
    leads: Mapping[str, float]
    relations_led: int

    def __post_init__(self) -> None:
        relations = {tuple(by_relation) for by_relation in self.scores.values()}
        if list(self.scores) != list(PROTOCOLS) or len(relations) != 1 or not all(relations):
            raise ValueError("the protocols do not have the same relations")


@PAGE.per_table("A6")
def google(table: EmbeddingTable, limits: Limits) -> Measurement[Google]:
    reports = {name: google_analogies(table, exclude, method=method) for name, (method, exclude) in PROTOCOLS.items()}
    offset, allowed, nearest, b_plus_c = reports.values()
    if not offset.answered:
        raise Silence("no question has only words that are single tokens here")
    leads = {
        relation: score.accuracy - max(nearest.by_relation[relation].accuracy, b_plus_c.by_relation[relation].accuracy)
        for relation, score in offset.by_relation.items()
        if score.answered >= limits.least_answered
    }
    short = [relation for relation, lead in leads.items() if lead < limits.lead]
    skipped = [relation for relation in offset.by_relation if relation not in leads]
    notes = [f"It answers {offset.answered:,} of {offset.questions:,} questions."]
    if short:
        notes.append(f"Without that lead: {codes(short)}.")
    if skipped:
        notes.append(f"Too few answered: {codes(skipped)}.")
    return Measurement(
        f"right in {percent(offset.accuracy)} with the inputs left out, {percent(allowed.accuracy)} with "
        f"them allowed; nearest to c alone {percent(nearest.accuracy)}, b + c {percent(b_plus_c.accuracy)}; "
        f"the offset leads by {100 * limits.lead:.0f} points in {len(leads) - len(short)} of {len(leads)} relations",
        passes=not short if leads else None,
        numbers=Google(
            scores={name: report.by_relation for name, report in reports.items()},
            leads={relation: round(lead, 3) for relation, lead in leads.items()},
            relations_led=len(leads) - len(short),
        ),
        note=" ".join(notes),
    )


@dataclass(frozen=True)
class Nurse:
    inputs_allowed: int
    inputs_left_out: int


@PAGE.per_table("A7")
def doctor(table: EmbeddingTable, _: Limits) -> Measurement[Nurse]:
    *inputs, _nurse = vars(DOCTOR).values()
    must_have(table, *vars(DOCTOR).values())
    first = {excluded: DOCTOR.first(table, exclude_inputs=excluded) for excluded in (False, True)}
    rank = {excluded: DOCTOR.rank(table, exclude_inputs=excluded) for excluded in (False, True)}
    surfaces = {table.surface(table.id_of(word)) for word in inputs}
    return Measurement(
        f"{code(first[False])} comes first with the inputs allowed ({code('nurse')} is {ordinal(rank[False])}), "
        f"{code(first[True])} with them left out ({code('nurse')} is {ordinal(rank[True])})",
        passes=table.surface(table.id_of(first[False])) not in surfaces,
        numbers=Nurse(rank[False], rank[True]),
    )
