"""Tables that were measured elsewhere or earlier: ``make column TABLE=gpt2`` writes a file, the pages show it.

GPT-2's table lies on the hub, so most machines do not have it; whoever has a connection measures it once. The files are
looked for in ``$EMBEDBOOK_RESULTS``, else in the folder ``results`` beside the nearest ``_toc.yml`` at or above the
working directory. A file that cannot be read is a line on the page, not a crash of the page.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any, Literal, get_args

from embedbook import tables
from embedbook.claims import comparisons
from embedbook.claims.comparisons import PROTOCOLS, Pair
from embedbook.claims.ledger import Claim, Measurement
from embedbook.claims.wording import dashed
from embedbook.evaluation import RelationScore
from embedbook.tables import EmbedbookError

FORMAT = 1
INVITED = {"gpt2": "GPT-2", "gemma": "Gemma"}  # tables whose column a page asks for while it is not there
Kind = Literal["cosines", "dot products", "analogies"]


class ColumnError(EmbedbookError, ValueError):
    """A file of measurements that cannot be read; the message says why, and ends with what makes it anew."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"`{path.name}` cannot be read: {reason}. `make column TABLE={path.stem}` makes it anew")


@dataclass(frozen=True)
class Column:
    """What one table said on one day: measurements with the rules they were made under, by claim; comparisons."""

    table: str
    date: str
    measurements: Mapping[str, Measurement[Any]]
    rules: Mapping[str, str]
    pairs: Mapping[str, tuple[Pair, ...]]
    analogies: Mapping[str, Mapping[str, RelationScore]]

    @property
    def label(self) -> str:
        """How a line names it."""
        return f"{self.table} (measured {self.date})"

    def witness(self, claim: Claim) -> Measurement[Any]:
        """What it says about a claim under that rule; without a voice where it was not asked, or under another rule."""
        again = f"`make column TABLE={self.table}` measures it"
        if claim.id not in self.measurements:
            return Measurement(f"not in the file of that day; {again}", passes=None)
        if self.rules[claim.id] != claim.rule:
            return Measurement(f"measured under another rule than this one; {again} anew", passes=None)
        return self.measurements[claim.id]


def folder() -> Path | None:
    """Where files of measurements are, or None."""
    if named := os.environ.get("EMBEDBOOK_RESULTS"):
        return Path(named)
    here = Path.cwd()
    root = next((place for place in (here, *here.parents) if (place / "_toc.yml").is_file()), None)
    return root / "results" if root and (root / "results").is_dir() else None


def load(name: str) -> Column | None:
    """The column of that table, or None where nobody measured it. Raises ColumnError."""
    place = folder()
    path = place / f"{name}.json" if place else None
    return read(path) if path and path.is_file() else None


def read(path: Path) -> Column:
    """The column in a file. Raises ColumnError for a damaged file and for another format than this one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = content["format"] if isinstance(content, dict) else None
        if found != FORMAT:
            raise ColumnError(path, f"it has format {found!r}, and this book reads {FORMAT}")
        if content["table"] != path.stem:
            raise ColumnError(path, f"it was measured on {content['table']!r}")
        if path.stem in tables.names() and not tables.digests(path.stem).items() <= content["digests"].items():
            raise ColumnError(path, "it was measured on other files than this table has")
        return _column(content)
    except ColumnError:
        raise
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ColumnError(path, f"it is damaged ({type(error).__name__})") from error


def _column(content: dict[str, Any]) -> Column:
    compared = content["comparisons"]
    analogies = {
        protocol: {relation: _score(score) for relation, score in compared["analogies"][protocol].items()}
        for protocol in PROTOCOLS
    }
    if len({tuple(scores) for scores in analogies.values()}) != 1 or not all(analogies.values()):
        raise ValueError("the protocols do not have the same relations")
    return Column(
        table=content["table"],
        date=date.fromisoformat(content["date"]).isoformat(),
        measurements={claim_id: _measurement(entry) for claim_id, entry in content["claims"].items()},
        rules={claim_id: str(entry["rule"]) for claim_id, entry in content["claims"].items()},
        pairs={
            "cosines": _pairs_of(compared["cosines"], comparisons.reported("cosines")),
            "dot products": _pairs_of(compared["dot products"], comparisons.reported("dot products")),
        },
        analogies=analogies,
    )


def _measurement(entry: dict[str, Any]) -> Measurement[Any]:
    texts = {key: entry[key] for key in ("value", "condition", "note")}
    if not all(isinstance(text, str) for text in texts.values()) or type(entry["passes"]) not in (bool, type(None)):
        raise TypeError("a measurement is text, and a verdict or none")
    numbers = {str(key): number for key, number in entry["numbers"].items()}
    if not all(type(number) in (int, float) for number in numbers.values()):
        raise TypeError("a number of a measurement is none")
    if not all(map(isfinite, numbers.values())):
        raise ValueError("a number of a measurement is infinite or undefined")
    return Measurement(passes=entry["passes"], numbers=numbers, **texts)


def _score(entry: dict[str, Any]) -> RelationScore:
    score = RelationScore(*(entry[key] for key in ("correct", "answered", "questions", "echoed")))
    if not all(type(count) is int for count in (score.correct, score.answered, score.questions, score.echoed)):
        raise TypeError("a count is a whole number")
    if not 0 <= score.correct <= score.answered <= score.questions or not 0 <= score.echoed <= score.answered:
        raise ValueError("more right than answered, or more answered than asked")
    return score


def _pairs_of(entries: list[dict[str, Any]], reported: Mapping[tuple[str, str], float]) -> tuple[Pair, ...]:
    """What was measured beside the chapter's figures, which are this book's and not the file's."""
    measured = {(one, other): entry["measured"] for entry in entries for one, other in (entry["words"],)}
    if list(measured) != list(reported):
        raise ValueError("other pairs than the chapter's")
    if not all(type(number) in (int, float, type(None)) for number in measured.values()):
        raise TypeError("a number of a pair is none")
    if not all(number is None or isfinite(number) for number in measured.values()):
        raise ValueError("a number is infinite or undefined")
    return tuple(
        Pair(words, figure, None if measured[words] is None else float(measured[words]))
        for words, figure in reported.items()
    )


def recorded(live: Collection[str]) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns of tables that are not ``live``, and a line for each that is damaged, or invited and not there."""
    found, lines = [], []
    for name in tables.names():
        if name in live:
            continue
        try:
            column = load(name)
        except ColumnError as error:
            lines.append(f"{error}.")
            continue
        if column:
            found.append(column)
        elif name in INVITED:
            lines.append(invitation(name))
    return tuple(found), tuple(lines)


def invitation(name: str) -> str:
    """How to make a column that is not there.

    >>> invitation("gpt2")
    "GPT-2's column is not measured here: `make column TABLE=gpt2` measures it, with a connection."
    """
    connection = ", with a connection" if name in INVITED else ""
    return (
        f"{INVITED.get(name, name)}'s column is not measured here: `make column TABLE={name}` measures it{connection}."
    )


@dataclass(frozen=True)
class Comparison:
    """A table beside the chapter's figures or by relation, shown as Markdown by Jupyter and as plain text elsewhere."""

    markdown: str

    def _repr_markdown_(self) -> str:
        return self.markdown + "\n"

    def __repr__(self) -> str:
        return self.markdown.replace("```text\n", "").replace("\n```", "").replace("`", "")


def comparison(name: str, kind: Kind) -> Comparison:
    """A table's "cosines" or "dot products" beside the chapter's, or its "analogies" by relation.

    They are measured now if the session runs on that table (``$EMBEDBOOK_TABLE``), else read from its column; without
    one it is a line on what to do for it. Raises UnknownTableError and, for another kind, ValueError.
    """
    if name not in tables.names():
        raise tables.UnknownTableError(name, tables.names())
    if kind not in get_args(Kind):
        raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}, got {kind!r}")
    if os.environ.get("EMBEDBOOK_TABLE") == name:
        table, heading = tables.load(name), f"On {name}."
        if kind == "analogies":
            return Comparison(f"{heading}\n\n{_relations(comparisons.relations(table))}")
        return Comparison(f"{heading}\n\n{_pairs(comparisons.pairs(table, kind), kind)}")
    try:
        column = load(name)
    except ColumnError as error:
        return Comparison(f"{error}.")
    if column is None and name not in INVITED and name in tables.available():
        return Comparison(f"{name} is here: a session with `EMBEDBOOK_TABLE={name}` measures it.")
    if column is None:
        return Comparison(invitation(name))
    body = _relations(column.analogies) if kind == "analogies" else _pairs(column.pairs[kind], kind)
    return Comparison(f"On {column.label}.\n\n{body}")


def _pairs(pairs: Collection[Pair], kind: Kind) -> str:
    digits = 4 if kind == "cosines" else 2
    lines = [f"{'':13}{'chapter':>8}{'measured':>9}{'difference':>11}"]  # fits a phone
    for pair in pairs:
        measured, difference = "no row", ""
        if pair.measured is not None:
            measured = f"{pair.measured:.{digits}f}"
            difference = f"{round(pair.measured - pair.reported, digits) + 0.0:+.{digits}f}"
        lines.append(f"{dashed(pair.words):13}{pair.reported:8.{digits}f}{measured:>9}{difference:>11}".rstrip())
    return _fenced(lines)


def _relations(found: Mapping[str, Mapping[str, RelationScore]]) -> str:
    lines = [f"{'':28}{'answered':>17}{'left out':>10}{'allowed':>9}{'c':>7}{'b + c':>7}"]
    for relation in next(iter(found.values())):
        lines.append(_relation(relation, [by_relation[relation] for by_relation in found.values()]))
    lines.append(_relation("all", [_total(by_relation) for by_relation in found.values()]))
    legend = (
        "Percent right of the answered questions, whose four words are one token each: with the inputs left out, with "
        "them allowed, and for two answers without an offset, the nearest word to c and to b + c."
    )
    return f"{_fenced(lines)}\n\n{legend}"


def _relation(name: str, scores: list[RelationScore]) -> str:
    shown = [f"{100 * score.accuracy:.1f}" if score.answered else "-" for score in scores]
    cells = "".join(f"{cell:>{width}}" for cell, width in zip(shown, (10, 9, 7, 7), strict=True))
    return f"{name:28}{f'{scores[0].answered:,} of {scores[0].questions:,}':>17}{cells}"


def _fenced(lines: list[str]) -> str:
    """Text in columns: an output's Markdown has no tables on the site."""
    return "\n".join(["```text", *lines, "```"])


def _total(by_relation: Mapping[str, RelationScore]) -> RelationScore:
    scores = by_relation.values()
    return RelationScore(
        sum(score.correct for score in scores),
        sum(score.answered for score in scores),
        sum(score.questions for score in scores),
        sum(score.echoed for score in scores),
    )
