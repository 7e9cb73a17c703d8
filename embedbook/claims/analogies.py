"""Claims of page 11: arithmetic on rows, with the inputs left out and allowed, and on all of Google's questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from embedbook.claims.ledger import Claim, Measurement
from embedbook.claims.wording import code, codes, listing, ordinal, percent, two
from embedbook.claims.words import frequent_ids
from embedbook.evaluation import google_analogies
from embedbook.geometry import analogy, analogy_rank, cosines_to_all
from embedbook.tables import EmbeddingTable

PAGE = "11"
NEAR_THE_TOP = 5
GENDER_PAIRS = (("king", "queen"), ("man", "woman"), ("uncle", "aunt"))
RANDOM_DIFFERENCES = 10_000
FREQUENT = 2_000
LEAST_ANSWERED = 100
LEAD = 0.10


@dataclass(frozen=True)
class Equation:
    """plus[0] - minus + plus[1] = expected."""

    start: str
    minus: str
    plus: str
    expected: str

    def __str__(self) -> str:
        return f"{self.start} - {self.minus} + {self.plus}"

    @property
    def words(self) -> tuple[str, str, str, str]:
        return self.start, self.minus, self.plus, self.expected

    def rank(self, table: EmbeddingTable, **protocol: bool | str) -> int:
        """The place of the expected word; ``protocol`` as in :func:`embedbook.geometry.analogy_rank`."""
        return analogy_rank(table, [self.start, self.plus], [self.minus], self.expected, **protocol)  # type: ignore[arg-type]

    def first(self, table: EmbeddingTable, exclude_inputs: bool) -> str:
        """The answer."""
        return analogy(table, [self.start, self.plus], [self.minus], k=1, exclude_inputs=exclude_inputs)[0].token


@dataclass(frozen=True)
class Outcome:
    """The expected word's places, and which word comes first with the inputs allowed."""

    equation: Equation
    left_out: int
    by_surface: int
    allowed: int
    winner: str

    def __str__(self) -> str:
        first = "" if self.allowed == 1 else f" ({code(self.winner)} is 1st)"
        return (
            f"{self.equation}: {code(self.equation.expected)} is {ordinal(self.left_out)} with the inputs "
            f"left out, {ordinal(self.allowed)} with them allowed{first}"
        )

    def numbers(self) -> dict[str, int]:
        """The three places by name."""
        return {
            f"{self.equation}: inputs left out": self.left_out,
            f"{self.equation}: all spellings left out": self.by_surface,
            f"{self.equation}: inputs allowed": self.allowed,
        }

    def note(self) -> str:
        """What leaving out all spellings of the inputs changes."""
        return f"With all spellings of the inputs left out: {ordinal(self.by_surface)}."


KING = Equation("king", "man", "woman", "queen")
PARIS = Equation("Paris", "France", "Japan", "Tokyo")
FRANCE = Equation("France", "Paris", "Tokyo", "Japan")
WALKING = Equation("walking", "walked", "swam", "swimming")
BIG = Equation("big", "bigger", "smaller", "small")
DOCTOR = Equation("doctor", "man", "woman", "nurse")


def _equations(*equations: Equation) -> Callable[[EmbeddingTable], Measurement]:
    def measure(table: EmbeddingTable) -> Measurement:
        missing = _missing(table, *(word for equation in equations for word in equation.words))
        if missing:
            return Measurement(f"{codes(missing)}: not one token here", passes=None)
        outcomes = [_outcome(table, equation) for equation in equations]
        winners = [outcome.winner for outcome in outcomes if outcome.allowed > 1]
        return Measurement(
            "; ".join(map(str, outcomes)),
            passes=all(outcome.left_out <= NEAR_THE_TOP for outcome in outcomes),
            numbers={key: rank for outcome in outcomes for key, rank in outcome.numbers().items()},
            condition=f"only once the inputs are left out (else {_come_first(winners)})" if winners else "",
            note=" ".join(outcome.note() for outcome in outcomes if outcome.by_surface != outcome.left_out),
        )

    return measure


def _outcome(table: EmbeddingTable, equation: Equation) -> Outcome:
    return Outcome(
        equation,
        left_out=equation.rank(table),
        by_surface=equation.rank(table, exclude_by="surface"),
        allowed=equation.rank(table, exclude_inputs=False),
        winner=equation.first(table, exclude_inputs=False),
    )


def _come_first(winners: list[str]) -> str:
    return f"{listing([code(word) for word in winners])} {'comes' if len(winners) == 1 else 'come'} first"


def _gender_direction(table: EmbeddingTable) -> Measurement:
    missing = _missing(table, *(word for pair in GENDER_PAIRS for word in pair))
    if missing:
        return Measurement(f"{codes(missing)}: not one token here", passes=None)
    differences = [_unit(table.row(female)) - _unit(table.row(male)) for male, female in GENDER_PAIRS]
    cosines = [_cosine(a, b) for a, b in combinations(differences, 2)]
    random = _random_difference_cosines(table)
    bar = float(np.quantile(random, 0.95))
    ranks, ranks_before = {}, {}
    for place, (male, female) in enumerate(GENDER_PAIRS):
        step = np.mean([difference for i, difference in enumerate(differences) if i != place], axis=0)
        start = _unit(table.row(male))
        ranks[female] = _rank_after(table, start + step, male, female)
        ranks_before[female] = _rank_after(table, start, male, female)
    return Measurement(
        f"the three differences have cosines {', '.join(map(two, cosines))} (95 in 100 random ones lie "
        f"below {two(bar)}); "
        + "after the step, "
        + ", ".join(f"{code(female)} is {ordinal(rank)}" for female, rank in ranks.items())
        + f" (without it {', '.join(map(ordinal, ranks_before.values()))})",
        passes=min(cosines) > bar
        and max(ranks.values()) <= NEAR_THE_TOP
        and all(ranks[female] <= ranks_before[female] for female in ranks),
        numbers={"lowest_cosine": round(min(cosines), 2), "random_q95": round(bar, 2)}
        | {f"{female} after the step": rank for female, rank in ranks.items()}
        | {f"{female} without it": rank for female, rank in ranks_before.items()},
    )


def _rank_after(table: EmbeddingTable, vector: NDArray[np.float64], start: str, expected: str) -> int:
    """The expected word's place by cosine with the vector, the start word left out."""
    scores = cosines_to_all(table, vector)
    scores[table.id_of(start)] = -1
    return 1 + int(np.count_nonzero(scores > scores[table.id_of(expected)]))


def _random_difference_cosines(table: EmbeddingTable) -> NDArray[np.float32]:
    """Cosines between differences of random pairs of frequent words, four different words each time."""
    frequent = np.array(frequent_ids(table, FREQUENT))
    generator = np.random.default_rng(0)
    drawn = generator.integers(len(frequent), size=(2 * RANDOM_DIFFERENCES, 4))
    all_differ = np.diff(np.sort(drawn, axis=1), axis=1).all(axis=1)
    drawn = drawn[all_differ][:RANDOM_DIFFERENCES]
    rows = table.vectors[frequent] / table.norms[frequent][:, None]
    first, second = (rows[drawn[:, i + 1]] - rows[drawn[:, i]] for i in (0, 2))
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    cosines: NDArray[np.float32] = np.einsum("pd,pd->p", first, second) / lengths
    return cosines


def _google(table: EmbeddingTable) -> Measurement:
    offset, allowed = (google_analogies(table, exclude_inputs) for exclude_inputs in (True, False))
    nearest, b_plus_c = (google_analogies(table, method=method) for method in ("nearest_to_c", "b_plus_c"))
    if not offset.answered:
        return Measurement("no question has only words that are single tokens here", passes=None)
    leads = {
        relation: score.accuracy - max(nearest.by_relation[relation].accuracy, b_plus_c.by_relation[relation].accuracy)
        for relation, score in offset.by_relation.items()
        if score.answered >= LEAST_ANSWERED
    }
    short = [relation for relation, lead in leads.items() if lead < LEAD]
    skipped = [relation for relation in offset.by_relation if relation not in leads]
    notes = [f"It answers {offset.answered:,} of {offset.questions:,} questions."]
    if short:
        notes.append(f"Without that lead: {codes(short)}.")
    if skipped:
        notes.append(f"Too few answered: {codes(skipped)}.")
    return Measurement(
        f"right in {percent(offset.accuracy)} with the inputs left out, {percent(allowed.accuracy)} with "
        f"them allowed; nearest to c alone {percent(nearest.accuracy)}, b + c {percent(b_plus_c.accuracy)}; "
        f"the offset leads by ten points in {len(leads) - len(short)} of {len(leads)} relations",
        passes=not short if leads else None,
        numbers={
            "inputs_left_out": round(offset.accuracy, 3),
            "inputs_allowed": round(allowed.accuracy, 3),
            "nearest_to_c": round(nearest.accuracy, 3),
            "b_plus_c": round(b_plus_c.accuracy, 3),
            "answered": offset.answered,
            "questions": offset.questions,
            "coverage": round(offset.coverage, 3),
            "echoed_share": round(allowed.echoed / allowed.answered, 3) if allowed.answered else 0.0,
            "relations": len(leads),
            "relations_led": len(leads) - len(short),
            **{f"lead {relation}": round(lead, 3) for relation, lead in leads.items()},
        },
        note=" ".join(notes),
    )


def _doctor(table: EmbeddingTable) -> Measurement:
    missing = _missing(table, *DOCTOR.words)
    if missing:
        return Measurement(f"{codes(missing)}: not one token here", passes=None)
    allowed_first, left_out_first = (
        DOCTOR.first(table, exclude_inputs=False),
        DOCTOR.first(table, exclude_inputs=True),
    )
    allowed, left_out = DOCTOR.rank(table, exclude_inputs=False), DOCTOR.rank(table)
    inputs = {table.surface(table.id_of(word)) for word in DOCTOR.words[:3]}
    return Measurement(
        f"{code(allowed_first)} comes first with the inputs allowed ({code('nurse')} is {ordinal(allowed)}), "
        f"{code(left_out_first)} with them left out ({code('nurse')} is {ordinal(left_out)})",
        passes=allowed_first.casefold() not in inputs,
        numbers={"nurse_inputs_allowed": allowed, "nurse_inputs_left_out": left_out},
    )


def _missing(table: EmbeddingTable, *wanted: str) -> list[str]:
    return sorted({word for word in wanted if table.find(word) is None})


def _unit(row: NDArray[np.float32]) -> NDArray[np.float64]:
    return row.astype(np.float64) / float(np.linalg.norm(row.astype(np.float64)))


def _cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


_EQUATION_QUANTITY = "The place of the expected word among all tokens, with the inputs left out and with them allowed."
_EQUATION_RULE = (
    f"With the inputs left out it is among the first {NEAR_THE_TOP}; without a condition only if it comes "
    "first with the inputs allowed too."
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="A1",
        page=PAGE,
        text="king - man + woman lands at queen, or at a close relative near the top.",
        chapter_figure="near the top",
        quantity=_EQUATION_QUANTITY,
        rule=_EQUATION_RULE,
        citations=("mikolov2013c", "linzen2016", "rogers2017"),
        per_table=_equations(KING),
        lesson=(
            "In two of the three tables the sum lands nearest to where it started, and the famous answer appears when "
            "the game forbids the inputs."
        ),
    ),
    Claim(
        id="A2",
        page=PAGE,
        text="Paris - France + Japan leads to Tokyo, and France - Paris + Tokyo back to Japan.",
        chapter_figure="near the top",
        quantity=_EQUATION_QUANTITY,
        rule=f"{_EQUATION_RULE} This in both equations.",
        citations=("mikolov2013a",),
        per_table=_equations(PARIS, FRANCE),
        lesson='The second equation goes from capital to country; the chapter calls it "country to capital".',
    ),
    Claim(
        id="A3",
        page=PAGE,
        text="walking - walked + swam leads to swimming.",
        chapter_figure="near the top",
        quantity=_EQUATION_QUANTITY,
        rule=_EQUATION_RULE,
        citations=("mikolov2013c",),
        per_table=_equations(WALKING),
    ),
    Claim(
        id="A4",
        page=PAGE,
        text="big - bigger + smaller leads to small.",
        chapter_figure="near the top",
        quantity=_EQUATION_QUANTITY,
        rule=_EQUATION_RULE,
        citations=("mikolov2013c",),
        per_table=_equations(BIG),
    ),
    Claim(
        id="A5",
        page=PAGE,
        text="One direction, shared by all three pairs, carries king, man and uncle to queen, woman and aunt.",
        quantity=(
            "The cosines between the three differences woman's word minus man's, beside those between "
            f"differences of random pairs of the {FREQUENT:,} most frequent words; and the place of each "
            "woman's word when the mean of the other two differences is added to the man's, the man's word "
            "left out."
        ),
        rule=(
            "All three cosines are above 95 in 100 random ones, and each woman's word is among the first "
            f"{NEAR_THE_TOP}, no lower than without the step."
        ),
        citations=("mikolov2013c", "bolukbasi2016"),
        per_table=_gender_direction,
        lesson=(
            "The differences agree more than chance and far less than a single direction would, whose "
            "cosines would be 1; and the words were close to begin with."
        ),
    ),
    Claim(
        id="A6",
        page=PAGE,
        text="The regularity is general: relations of every kind are directions, in modern tables too.",
        quantity=(
            "Google's 19,544 questions by relation, with the inputs left out and allowed, beside two "
            "answers that need no offset: the nearest word to c, and to b + c."
        ),
        rule=(
            f"In every relation with at least {LEAST_ANSWERED} answered questions the offset, inputs left "
            "out, is right ten points more often than the better of the two."
        ),
        citations=("mikolov2013a", "linzen2016", "gladkova2016", "rogers2017"),
        per_table=_google,
        instead=(
            "It holds for some relations and not for others: much of the score comes from leaving out the "
            "inputs and from words that were neighbours anyway."
        ),
        lesson=(
            "An analogy score needs three companions: its coverage, the inputs allowed, and a baseline "
            "without the offset."
        ),
    ),
    Claim(
        id="A7",
        page=PAGE,
        text=(
            "An answer such as doctor - man + woman = nurse proves that a table is biased (this book's "
            "question, not the chapter's)."
        ),
        quantity='What comes first, and the place of "nurse", with the inputs allowed and left out.',
        rule=(
            'The proof needs a fair game: with the inputs allowed, so that "doctor" may win, a word other than the '
            "inputs must come first."
        ),
        citations=("nissim2020", "gonen2019", "bolukbasi2016"),
        per_table=_doctor,
        instead=(
            "With the inputs allowed, one of the inputs wins; any other word appears because that one is "
            "forbidden. Bias in tables is real and is measured in other ways; this test neither shows nor "
            "clears it."
        ),
        lesson=(
            "The chapter's lead example is about gender: that queen follows from king shows that the table "
            "holds the distinction, not how it treats women and men."
        ),
    ),
)
