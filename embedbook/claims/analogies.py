"""Claims of page 11: arithmetic on rows, with the inputs left out and allowed, and on all of Google's questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain, combinations, permutations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embedbook.claims.ledger import Limits, Measurement, Page, Silence, must_have
from embedbook.claims.wording import code, codes, ordinal, percent, two
from embedbook.evaluation import Method, RelationScore, google_analogies
from embedbook.geometry import analogy, analogy_rank, cosines_to_all, unit, unit_rows
from embedbook.learning import training
from embedbook.learning.corpus import CATEGORIES, make_corpus
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


class Equation(NamedTuple):
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


def equations(*asked: Equation) -> Callable[[EmbeddingTable, Limits], Measurement[None]]:
    """The measurement of one claim on some equations."""

    def measure(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
        must_have(table, *chain(*asked))
        _must_choose(table, limits)
        places, shown, notes = [], [], []
        for equation in asked:
            left_out, allowed = equation.rank(table), equation.rank(table, exclude_inputs=False)
            places.append(left_out)
            shown.append(
                f"{equation}: {code(equation.expected)} is {ordinal(left_out)} with the inputs left out, "
                f"{ordinal(allowed)} with them allowed"
            )
            if allowed > 1:
                shown[-1] += f" ({code(equation.first(table, exclude_inputs=False))} is 1st)"
            if (by_surface := equation.rank(table, exclude_by="surface")) != left_out:
                notes.append(f"With all spellings of the inputs left out: {ordinal(by_surface)}.")
        return Measurement(
            "; ".join(shown),
            passes=max(places) <= limits.near_the_top,
            note=" ".join(notes),
        )

    return measure


PAGE.per_table("A1")(equations(KING))
PAGE.per_table("A2")(equations(PARIS, FRANCE))
PAGE.per_table("A3")(equations(WALKING))
PAGE.per_table("A4")(equations(BIG))


def _must_choose(table: EmbeddingTable, limits: Limits) -> None:
    """Raises Silence where any word is near the top, since few are left beside the inputs."""
    if len(table) - 3 <= limits.near_the_top:
        raise Silence(f"with only {len(table)} rows any answer is near the top")


@PAGE.per_table("A5")
def gender_direction(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    must_have(table, *chain(*GENDER_PAIRS))
    _must_choose(table, limits)
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
        condition="" if min(cosines) >= limits.one else "as a part that the three share, not as one direction",
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
    """Scores by protocol and relation."""

    scores: Mapping[str, Mapping[str, RelationScore]]

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
        passes=offset.accuracy - max(nearest.accuracy, b_plus_c.accuracy) >= limits.lead if leads else None,
        condition=f"in {len(leads) - len(short)} of {len(leads)} relations" if short else "",
        numbers=Google({name: report.by_relation for name, report in reports.items()}),
        note=" ".join(notes),
    )


@PAGE.per_table("A7")
def doctor(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    must_have(table, *DOCTOR)
    first = {excluded: DOCTOR.first(table, exclude_inputs=excluded) for excluded in (False, True)}
    rank = {excluded: DOCTOR.rank(table, exclude_inputs=excluded) for excluded in (False, True)}
    inputs = {table.surface(table.id_of(word)) for word in DOCTOR[:3]}
    fair = table.surface(table.id_of(first[False])) not in inputs
    doctor, man, woman, nurse = (unit(table[word].astype(np.float64)) for word in DOCTOR)
    step = woman - man
    forth, back = (float(unit(doctor + sign * step) @ nurse) for sign in (1, -1))
    gains = _random_gains(table, doctor, nurse, float(np.linalg.norm(step)), limits)
    as_large = int((gains >= forth - back).sum())
    real = forth > back and as_large <= limits.by_chance * len(gains)
    return Measurement(
        f"{code(first[False])} comes first with the inputs allowed ({code('nurse')} is {ordinal(rank[False])}), "
        f"{code(first[True])} with them left out ({code('nurse')} is {ordinal(rank[True])}); nurse has a cosine of "
        f"{two(forth)} after + woman - man and {two(back)} after the reverse step, and {as_large} of {len(gains):,} "
        "random steps of that length bring it as much nearer than their reverse",
        passes=fair and real,
        note=f"The step itself is {'more than' if real else 'no more than'} chance gives.",
    )


def _random_gains(
    table: EmbeddingTable, start: NDArray[np.float64], end: NDArray[np.float64], length: float, limits: Limits
) -> NDArray[np.float64]:
    """How much nearer the end [D] is after a step from the start [D] than after the reverse step: [random steps].

    A step goes from one frequent word to another, scaled to that length.
    """
    rows = unit_rows(table, table.frequent_words(limits.frequent)).astype(np.float64)
    drawn = np.random.default_rng(0).integers(len(rows), size=(2 * limits.steps, 2))
    first, second = drawn[drawn[:, 0] != drawn[:, 1]][: limits.steps].T
    steps = length * unit(rows[second] - rows[first])  # [steps, D]
    gains: NDArray[np.float64] = (unit(start + steps) - unit(start - steps)) @ end
    return gains


@PAGE.table_free("A8")
def told_by_nobody(limits: Limits) -> Mapping[str, Measurement[None]]:
    """Capitals of the made corpus by the offset, in a model that predicted next words and nothing else."""
    found, lost = ([_capitals(seed, shuffled) for seed in range(limits.runs)] for shuffled in (False, True))
    offsets, baselines = [one[0] for one in found], [max(one[1:]) for one in found]
    return {
        "The small model": Measurement(
            f"of {_questions()} questions such as Paris - France + Japan = Tokyo the offset gets "
            f"{percent(min(offsets))} to {percent(max(offsets))} right over {limits.runs} seeds, the better of two "
            f"answers without it {percent(min(baselines))} to {percent(max(baselines))}; on the shuffled text the "
            f"offset gets {percent(min(one[0] for one in lost))} to {percent(max(one[0] for one in lost))}",
            passes=min(a - b for a, b in zip(offsets, baselines, strict=True)) >= limits.lead
            and min(offsets) - max(one[0] for one in lost) >= limits.lead,
            condition="for capitals, on a text into which the pairs were built",
        )
    }


def _questions() -> int:
    countries = len(CATEGORIES["countries"])
    return countries * (countries - 1)


def _capitals(seed: int, shuffled: bool) -> tuple[float, float, float]:
    """Shares of right answers, the question's words left out: by the offset, nearest to c, nearest to b + c."""
    corpus = make_corpus(shuffled=shuffled)
    rows = unit(training.rows("next token", seed, shuffled=shuffled))  # [V, D]
    countries, capitals = ([corpus.id_of(w) for w in CATEGORIES[name]] for name in ("countries", "capitals"))
    right = np.zeros(3)
    for (a, b), (c, d) in permutations(zip(countries, capitals, strict=True), 2):
        scores = unit(np.array([rows[b] - rows[a] + rows[c], rows[c], rows[b] + rows[c]])) @ rows.T  # [3, V]
        scores[:, [a, b, c]] = -np.inf
        right += scores.argmax(axis=1) == d
    by_offset, by_c, by_both = (right / _questions()).tolist()
    return by_offset, by_c, by_both
