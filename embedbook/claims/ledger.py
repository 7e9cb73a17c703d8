"""What an entry of the ledger is, and how its verdict is computed from what was measured. Nobody types a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from embedbook.tables import EmbeddingTable

Kind: TypeAlias = Literal["holds", "condition", "fails", "unchecked"]

LABELS: Mapping[Kind, str] = {
    "holds": "holds",
    "condition": "holds with a condition",
    "fails": "does not hold here",
    "unchecked": "not checkable here",
}


@dataclass(frozen=True)
class Measurement:
    """What one witness (a table, a tokenizer, arithmetic) said about one claim.

    ``value`` is for reading, ``numbers`` are the same numbers for computing, both rounded. ``passes`` is what the rule
    makes of them; None: this witness cannot testify. ``condition``: the rule is met, but only under this condition.
    ``note`` adds what the rule does not ask for.
    """

    value: str
    passes: bool | None
    numbers: Mapping[str, float | int] = field(default_factory=dict)
    condition: str = ""
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """``kind`` is one of the four; ``sentence`` names the condition, what holds instead, or what a check would take."""

    kind: Kind
    sentence: str

    @property
    def label(self) -> str:
        """The verdict in words.

        >>> Verdict("fails", "").label
        'does not hold here'
        """
        return LABELS[self.kind]


@dataclass(frozen=True)
class Claim:
    """One claim of the chapter, with the rule that decides it.

    ``page`` is the chapter's number, such as "03"; ``text`` the claim in this book's words; ``chapter_figure`` the
    chapter's own number, ``reported`` if that number was read off GPT-2 and is not measured here; ``quantity`` what is
    measured and ``rule`` what decides, a sentence each. ``per_table`` measures one table; ``table_free`` gives
    measurements that need none, by the name of the witness. ``instead`` is what holds where the claim does not,
    ``would_take`` what a check would take where there is none, ``lesson`` what a reader can keep.
    """

    id: str
    page: str
    text: str
    quantity: str
    rule: str
    citations: tuple[str, ...] = ()
    chapter_figure: str | None = None
    reported: bool = False
    per_table: Callable[[EmbeddingTable], Measurement] | None = None
    table_free: Callable[[], Mapping[str, Measurement]] | None = None
    instead: str = ""
    would_take: str = ""
    lesson: str = ""


@dataclass(frozen=True)
class Result:
    """A claim, what each witness said (tables first, in the order asked for), and the verdict that follows.

    ``recorded`` has the day of each table's measurement that was read from a file (see :mod:`columns`).
    """

    claim: Claim
    per_table: Mapping[str, Measurement]
    verdict: Verdict
    recorded: Mapping[str, str] = field(default_factory=dict)


def decide(claim: Claim, measurements: Mapping[str, Measurement]) -> Verdict:
    """The verdict that follows from the measurements.

    ``holds`` only where every witness that can testify says so without a condition; where witnesses differ, the
    verdict names them; where none can testify it says what a check would take.

    >>> claim = Claim("X1", "01", "Rows are long.", "length", "longer than 1", instead="Rows are short.")
    >>> decide(claim, {"a": Measurement("2", True), "b": Measurement("3", True)})
    Verdict(kind='holds', sentence='')
    >>> decide(claim, {"a": Measurement("2", True), "b": Measurement("0", False)})
    Verdict(kind='condition', sentence='It holds on a, not on b.')
    """
    ayes = {name: m for name, m in measurements.items() if m.passes is True}
    noes = [name for name, m in measurements.items() if m.passes is False]
    if not ayes and not noes:
        return Verdict("unchecked", claim.would_take)
    if not ayes:
        return Verdict("fails", claim.instead)
    conditions = _by_condition(ayes)
    if noes:
        held = "; ".join(f"on {listing(names)}{_so_far(condition)}" for condition, names in conditions.items())
        return Verdict("condition", f"It holds {held}, not on {listing(noes)}.")
    if list(conditions) == [""]:
        return Verdict("holds", "")
    parts = [
        f"On {listing(names)}, {condition}." if condition else f"On {listing(names)} it holds as it stands."
        for condition, names in conditions.items()
    ]
    return Verdict("condition", " ".join(parts))


def listing(names: list[str]) -> str:
    """The names as a sentence gives them.

    >>> listing(["minilm"]), listing(["minilm", "glove"]), listing(["a", "b", "c"])
    ('minilm', 'minilm and glove', 'a, b and c')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _by_condition(measurements: Mapping[str, Measurement]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, measurement in measurements.items():
        groups.setdefault(measurement.condition, []).append(name)
    return groups


def _so_far(condition: str) -> str:
    return f" ({condition})" if condition else ""
