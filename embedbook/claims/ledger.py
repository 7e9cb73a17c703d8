"""What an entry of the ledger is, where its words and numbers come from, and how its verdict follows from what is said.

Beside each page's module lies a TOML file of the same name with the entries' texts and thresholds. A text names a
threshold as a field of ``str.format``, and the module reads the same value, so prose and decision cannot part.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar, get_type_hints

import numpy as np
from pydantic import ConfigDict, TypeAdapter

from embedbook.claims.wording import codes, listing
from embedbook.tables import EmbeddingTable, MissingExtraError

Kind: TypeAlias = Literal["holds", "condition", "fails", "cited", "unchecked"]
Numbers = TypeVar("Numbers")
Measure = TypeVar("Measure", bound=Callable[..., Any])

BOOK_EXTRA = 'pip install ".[book]" in the book\'s folder'
LABELS: Mapping[Kind, str] = {
    "holds": "holds",
    "condition": "holds with a condition",
    "fails": "does not hold here",
    "cited": "cited, not measured",
    "unchecked": "not checkable here",
}


@dataclass(frozen=True)
class Measurement(Generic[Numbers]):
    """What one witness (a table, a tokenizer, arithmetic) said about one claim.

    ``value`` is for reading; where a page computes with the numbers, ``numbers`` has them too, both rounded.
    ``passes`` is what the rule makes of them; None: this witness cannot testify.
    ``condition``: the rule is met, but only under this condition. ``note`` adds what the rule does not ask for.

    >>> Measurement("2 of 2", np.bool_(True)).passes
    True
    """

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    value: str
    passes: bool | None
    numbers: Numbers | None = None
    condition: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.passes, np.bool_):
            object.__setattr__(self, "passes", bool(self.passes))
        if self.passes is not None and not isinstance(self.passes, bool):
            raise TypeError(f"passes must be True, False or None, got {self.passes!r}")


SAID_WITHOUT_TABLE = TypeAdapter(Mapping[str, Measurement[None]])
"""Turns what witnesses say that need no table into JSON and back."""


class Silence(Exception):
    """This table cannot testify to this claim; the message says why."""


def must_have(table: EmbeddingTable, *words: str) -> None:
    """Raises Silence, naming the words that are not one token of the table, or have a row of zeros."""
    ids = {word: table.find(word) for word in sorted(set(words))}
    if missing := [word for word, token_id in ids.items() if token_id is None]:
        raise Silence(f"{codes(missing)}: not one token here")
    if empty := [word for word, token_id in ids.items() if not table.norms[token_id]]:
        raise Silence(f"{codes(empty)}: a row of zeros here")


class Limits(SimpleNamespace):
    """A claim's thresholds by name, such as ``limits.caught``."""


@dataclass(frozen=True)
class Threshold:
    """A number that decides or that fixes what is measured, why it is this one, and which others were tried."""

    value: Any
    why: str
    tried: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """A ``kind``, and a ``sentence``: the condition, what holds instead, what sources say, what a check would take."""

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
    measurements that need none, by the name of the witness; both are given the ``thresholds``. ``instead`` is what
    holds where the claim does not, ``would_take`` what a check would take where there is none, ``lesson`` what a reader
    can keep; ``named`` are the thresholds that its texts name or that are its own.

    A fact of history is cited: ``cited`` is what its sources say, and no witness has a vote. ``own`` marks a question
    that this book asks and the chapter does not, which is counted apart.
    """

    id: str
    page: str
    text: str
    quantity: str
    rule: str
    citations: tuple[str, ...] = ()
    chapter_figure: str = ""
    reported: bool = False
    instead: str = ""
    cited: str = ""
    would_take: str = ""
    own: bool = False
    lesson: str = ""
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    per_table: Callable[[EmbeddingTable, Limits], Measurement[Any]] | None = None
    table_free: Callable[[Limits], Mapping[str, Measurement[None]]] | None = None

    def moved(self, name: str, value: Any) -> Claim:
        """The same claim with another value of a threshold."""
        return replace(self, thresholds={**self.thresholds, name: replace(self.thresholds[name], value=value)})

    @property
    def limits(self) -> Limits:
        """The values of the thresholds."""
        return Limits(**{name: threshold.value for name, threshold in self.thresholds.items()})

    def on(self, table: EmbeddingTable) -> Measurement[Any]:
        """What a table says, or why not, measured now. Raises MissingExtraError where a library is not installed."""
        assert self.per_table is not None, f"{self.id} is not measured on tables"
        try:
            return self.per_table(table, self.limits)
        except Silence as reason:
            return Measurement(str(reason), passes=None)
        except ValueError as error:
            return Measurement(f"not measured: {error}", passes=None)
        except ImportError as error:
            raise self._missing(error) from error

    def without_table(self) -> Mapping[str, Measurement[Any]]:
        """What the witnesses say that need no table, measured now. Raises MissingExtraError."""
        try:
            return self.table_free(self.limits) if self.table_free else {}
        except ImportError as error:
            raise self._missing(error) from error

    @cached_property
    def said_on_table(self) -> TypeAdapter[Measurement[Any]]:
        """Turns what a table says into JSON and back, its numbers checked."""
        return TypeAdapter(get_type_hints(self.per_table)["return"])

    def _missing(self, error: ImportError) -> MissingExtraError:
        if isinstance(error, MissingExtraError):
            return error
        return MissingExtraError(f"the check of claim {self.id} ({error.name})", BOOK_EXTRA)


class Page:
    """The entries of one page, read from the file beside its module, and the functions that measure them.

    The file has the number of the ``page``, thresholds that its claims share, and a section a claim. A module makes
    its page with ``PAGE = Page(__file__)`` and registers functions by id: ``per_table("S6")`` one that takes a table
    and limits and returns a Measurement, ``table_free("S1")`` one that takes limits and returns measurements by the
    name of the witness. Return annotations say of which type the numbers are.
    """

    def __init__(self, module: str) -> None:
        content = tomllib.loads(Path(module).with_suffix(".toml").read_text(encoding="utf-8"))
        self.number: str = content.pop("page")
        self._shared: dict[str, Any] = content.pop("thresholds", {})
        self._entries: dict[str, dict[str, Any]] = content
        self._measures: dict[str, dict[str, Any]] = {claim_id: {} for claim_id in content}

    def per_table(self, claim_id: str) -> Callable[[Measure], Measure]:
        """Registers the function that measures a table. Raises KeyError for a claim that is not in the file."""
        return partial(self._register, self._measures[claim_id], "per_table")

    def table_free(self, claim_id: str) -> Callable[[Measure], Measure]:
        """Registers the function that measures without a table. Raises KeyError for an unknown claim."""
        return partial(self._register, self._measures[claim_id], "table_free")

    @staticmethod
    def _register(measures: dict[str, Measure], kind: str, function: Measure) -> Measure:
        measures[kind] = function
        return function

    def claims(self) -> tuple[Claim, ...]:
        """The page's claims, in the order of the file. Raises TypeError for an entry that is no entry."""
        return tuple(self._claim(claim_id, entry) for claim_id, entry in self._entries.items())

    def _claim(self, claim_id: str, entry: Mapping[str, Any]) -> Claim:
        """Raises KeyError where a text has a field that is no threshold."""
        listed = self._shared | entry.get("thresholds", {})
        thresholds = {
            name: Threshold(**threshold | {"tried": tuple(threshold.get("tried", ()))})
            for name, threshold in listed.items()
        }
        values = {name: threshold.value for name, threshold in thresholds.items()}
        filled = {
            key: _Prose().vformat(text, (), values) if isinstance(text, str) else text for key, text in entry.items()
        }
        texts = [text for text in entry.values() if isinstance(text, str)]
        fields = {name for text in texts for _, name, _, _ in Formatter().parse(text)}
        filled["named"] = tuple(name for name in thresholds if name in fields or name in entry.get("thresholds", {}))
        given: dict[str, Any] = filled | {"thresholds": thresholds, "citations": tuple(entry.get("citations", ()))}
        return Claim(claim_id, self.number, **given, **self._measures[claim_id])


@dataclass(frozen=True)
class Result:
    """A claim and what each witness said: tables in the order asked for, then those that need no table.

    ``recorded`` has the day of each table's measurement that was read from a file (see :mod:`columns`). ``tried`` has
    the verdicts that other thresholds give, on what is measured now: (threshold, value) to verdict.
    """

    claim: Claim
    per_table: Mapping[str, Measurement[Any]]
    table_free: Mapping[str, Measurement[Any]] = field(default_factory=dict)
    recorded: Mapping[str, str] = field(default_factory=dict)
    tried: Mapping[tuple[str, Any], Verdict] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The verdict that follows."""
        return decide(self.claim, {**self.per_table, **self.table_free})


def decide(claim: Claim, measurements: Mapping[str, Measurement[Any]]) -> Verdict:
    """The verdict that follows from the measurements.

    ``holds`` only where every witness that can testify says so without a condition; where witnesses differ, the
    verdict names them; where none has a vote it says what the sources say, or what a check would take.

    >>> claim = Claim("X1", "01", "Rows are long.", "length", "longer than 1", instead="Rows are short.")
    >>> decide(claim, {"a": Measurement("2", True), "b": Measurement("3", True)})
    Verdict(kind='holds', sentence='')
    >>> decide(claim, {"a": Measurement("2", True), "b": Measurement("0", False)})
    Verdict(kind='condition', sentence='It holds on a, not on b.')
    """
    ayes = {name: m.condition for name, m in measurements.items() if m.passes}
    noes = [name for name, m in measurements.items() if m.passes is False]
    if noes and not ayes:
        return Verdict("fails", claim.instead)
    if not ayes:
        return Verdict("cited", claim.cited) if claim.cited else Verdict("unchecked", claim.would_take)
    alike: dict[str, list[str]] = {}
    for name, condition in ayes.items():
        alike.setdefault(condition, []).append(name)
    noes, alike = [inside(name) for name in noes], {c: [*map(inside, names)] for c, names in alike.items()}
    if noes:
        held = [f"on {listing(names)}{f' ({condition})' if condition else ''}" for condition, names in alike.items()]
        return Verdict("condition", f"It holds {'; '.join(held)}, not on {listing(noes)}.")
    if not any(alike):
        return Verdict("holds", "")
    parts = [f"On {listing(names)}{f', {c}' if c else ' it holds as it stands'}." for c, names in alike.items()]
    return Verdict("condition", " ".join(parts))


def inside(name: str) -> str:
    """A witness's name within a sentence: what opens with a common word has no capital there.

    >>> inside("The small model"), inside("GPT-2")
    ('the small model', 'GPT-2')
    """
    return name[:1].lower() + name[1:] if name.partition(" ")[0] in COMMON else name


COMMON = frozenset(("A", "Attention", "Cat", "Input", "Output", "Random", "Rows", "The", "Tied"))
SMALL_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


class _Prose(Formatter):
    """``str.format`` with a small number in words, ``{n:words}``, points of a hundred, a list, and a space before %."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "words":
            return str(SMALL_NUMBERS[value])
        if format_spec == "list":
            return listing([str(one) for one in value])
        if format_spec == "points":
            return f"{100 * value:.0f} points"
        return str(format(value, format_spec)).replace("%", " %")
