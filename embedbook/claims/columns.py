"""Tables that were measured elsewhere or earlier: ``make column TABLE=gpt2`` writes a file, the pages show it.

GPT-2's table lies on the hub and Gemma's terms are not everybody's, so most machines do not have them; whoever has
measures them once. The files are looked for in ``$EMBEDBOOK_RESULTS``, else in the folder ``results`` beside the
nearest ``_toc.yml`` at or above the working directory. A file that cannot be read is a line on the page, not a crash of
the page.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from embedbook import show, tables
from embedbook.claims import _measuring
from embedbook.claims.ledger import Claim, Measurement
from embedbook.claims.render import inline
from embedbook.claims.wording import plain
from embedbook.evaluation import AnalogyReport
from embedbook.show import Shown
from embedbook.tables import Card, EmbedbookError, EmbeddingTable, MissingTableError
from embedbook.tables.known import KNOWN

STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
INVITED = {"gpt2": "GPT-2", "gemma": "Gemma"}  # tables whose column a page asks for while it is not there
LIBRARIES = ("embedbook", "numpy", "scipy", "tokenizers", "safetensors", "huggingface_hub", "gguf", "gensim", "torch")


class ColumnError(EmbedbookError, ValueError):
    """A file of measurements that cannot be read; the message says why, and ends with what makes it anew."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"`{path.name}` cannot be read: {reason}. `make column TABLE={path.stem}` makes it anew")


class Said(BaseModel):
    """What the table said about a claim, and the rule it was asked under."""

    model_config = STRICT

    rule: str
    measurement: Any


class Column(BaseModel):
    """What one table said on one day about the claims, by id, and what that follows from."""

    model_config = STRICT

    format: Literal[3] = 3
    table: str
    date: date
    card: Card
    shape: tuple[int, int]
    digests: Mapping[str, str]
    order_of_frequent_words: Mapping[str, str]
    versions: Mapping[str, str]
    claims: Mapping[str, Said]

    def witness(self, claim: Claim) -> Measurement[Any]:
        """What it says about a claim under its rule; without a voice where it was not asked, or under another rule."""
        again = f"`make column TABLE={self.table}` measures it"
        if claim.id not in self.claims:
            return Measurement(f"not in the file of that day; {again}", passes=None)
        if self.claims[claim.id].rule != claim.rule:
            return Measurement(f"measured under another rule than this one; {again} anew", passes=None)
        return claim.said_on_table.validate_json(json.dumps(self.claims[claim.id].measurement))

    @model_validator(mode="after")
    def _numbers_are_numbers(self) -> Column:
        for claim in _measuring.ENTRIES.values():
            if claim.per_table:
                try:
                    self.witness(claim)
                except ValidationError as error:
                    raise ValueError(f"{claim.id}: {_first(error)}") from error
        return self

    def text(self) -> str:
        """The column as its file has it."""
        return self.model_dump_json(indent=1) + "\n"


def record(table: EmbeddingTable | str, day: date, said: Callable[[str], None] = lambda _: None) -> Column:
    """Every claim that is measured per table, on one table.

    ``said`` is told what is being measured. The same table and versions give the same column, the day apart. Raises
    UnknownTableError, MissingTableError, MissingExtraError and, for a day that is no date, TypeError. A table of merges
    needs GloVe too, by whose order its frequent words are counted.
    """
    if not isinstance(day, date):
        raise TypeError(f"day must be a datetime.date, got {day!r}")
    table = tables.as_table(table)
    name, order = table.card.name, _order(table)
    measured = {}
    for claim in _measuring.ENTRIES.values():
        if claim.per_table:
            said(f"{claim.id}. {claim.text}")
            found = claim.said_on_table.dump_python(_measuring.on_table(claim, table), mode="json")
            measured[claim.id] = Said(rule=claim.rule, measurement=found)
    return Column(
        table=name,
        date=day,
        card=table.card,
        shape=table.shape,
        digests={**(tables.digests(name) if name in tables.names() else {}), **_measuring.contents(table)},
        order_of_frequent_words=order,
        versions={
            "python": ".".join(map(str, sys.version_info[:2])),
            **{library: found for library in LIBRARIES if (found := _measuring.version(library))},
        },
        claims=measured,
    )


def _order(table: EmbeddingTable) -> dict[str, str]:
    """SHA-256 of the files whose order of words counts as that of frequency, of a table that has none of its own."""
    if table.kind in ("words", "wordpiece"):
        return {}
    if "glove" not in tables.available():
        reason = f"the frequent words of {table.card.name} are counted in its order"
        raise MissingTableError("glove", reason, KNOWN["glove"].command)
    return dict(tables.digests("glove"))


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


def read(path: Path | str) -> Column:
    """The column in a file. Raises ColumnError for a damaged file and for another format than this one."""
    path = Path(path)
    try:
        column = Column.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ColumnError(path, type(error).__name__) from error
    except ValidationError as error:
        raise ColumnError(path, f"it is damaged ({_first(error)})") from error
    if column.table != path.stem:
        raise ColumnError(path, f"it was measured on {column.table!r}")
    if column.table in tables.names() and not tables.digests(column.table).items() <= column.digests.items():
        raise ColumnError(path, "it was measured on other files than this table has")
    return column


def _first(error: ValidationError) -> str:
    """The first complaint, with its place."""
    first = error.errors(include_url=False)[0]
    return ": ".join(filter(None, ["/".join(map(str, first["loc"])), first["msg"]]))


def recorded(live: Collection[str]) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns of tables that are not ``live``, and a line for each that is damaged, or invited and not there."""
    place = folder()
    files = sorted(path.stem for path in place.glob("*.json")) if place else []
    found, lines = [], []
    for name in dict.fromkeys([*tables.names(), *files]):
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


def instead(name: str) -> str:
    """What there is of a table that is not on this machine: its column, or how to make one. Raises ColumnError."""
    column = load(name)
    return f"A page shows what {name} said on {column.date}: claims.page" if column else invitation(name)


def invitation(name: str) -> str:
    """How to make a column that is not there.

    >>> invitation("gpt2")
    "GPT-2's column is not measured here: `make column TABLE=gpt2` measures it, with a connection."
    """
    connection = ", with a connection" if name in INVITED else ""
    return (
        f"{INVITED.get(name, name)}'s column is not measured here: `make column TABLE={name}` measures it{connection}."
    )


def analogies(table: str) -> Shown:
    """How a table did by its column on each relation of the Google analogies: percent right of the answered questions.

    With the inputs left out, with them allowed, and for two answers without an offset, the nearest word to c and to
    b + c. Where there is no such column it is a line on how to make one. Raises UnknownTableError.
    """
    if table not in tables.names():
        raise tables.UnknownTableError(table, tables.names())
    try:
        column = load(table)
    except ColumnError as error:
        return _line(f"{error}.")
    if column is None:
        return _line(invitation(table))
    title, said = f"{column.table}, measured {column.date}", column.witness(_measuring.ENTRIES["A6"])
    if said.numbers is None:
        return _line(f"{title}: {said.value}.")
    protocols = said.numbers.scores.values()
    rows = {relation: [scores[relation] for scores in protocols] for relation in next(iter(protocols))}
    rows["all"] = [AnalogyReport("", "offset", True, dict(scores)).total for scores in protocols]
    cells = {
        relation: [
            f"{row[0].answered:,} of {row[0].questions:,}",
            *(100 * s.accuracy if s.answered else None for s in row),
        ]
        for relation, row in rows.items()
    }
    heads = ["right, %", "answered", "left out", "allowed", "nearest to c", "b + c"]
    return show.table(cells, heads, digits=1, title=title)


def _line(text: str) -> Shown:
    return Shown(f"<p>{inline(text)}</p>", plain(text))
