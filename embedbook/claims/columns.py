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
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from embedbook import tables
from embedbook.claims import _measuring, comparisons
from embedbook.claims.comparisons import DIGITS, PROTOCOLS, Figures, RandomPairs, Rating
from embedbook.claims.ledger import Claim, Measurement
from embedbook.evaluation import AnalogyReport, RelationScore
from embedbook.tables import Card, EmbedbookError, EmbeddingTable, MissingTableError
from embedbook.tables.known import KNOWN

Kind: TypeAlias = Literal["cosines", "dot products", "analogies"]

INVITED = {"gpt2": "GPT-2", "gemma": "Gemma"}  # tables whose column a page asks for while it is not there
LIBRARIES = ("embedbook", "numpy", "scipy", "tokenizers", "safetensors", "huggingface_hub", "gguf", "gensim", "torch")


class ColumnError(EmbedbookError, ValueError):
    """A file of measurements that cannot be read; the message says why, and ends with what makes it anew."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"`{path.name}` cannot be read: {reason}. `make column TABLE={path.stem}` makes it anew")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _of_the_chapter(kind: Figures) -> AfterValidator:
    def check(found: Mapping[str, float | None]) -> Mapping[str, float | None]:
        if list(found) != list(comparisons.reported(kind)):
            raise ValueError("other pairs than the chapter's")
        return found

    return AfterValidator(check)


def _possible(score: RelationScore) -> RelationScore:
    if not 0 <= score.correct <= score.answered <= score.questions or not 0 <= score.echoed <= score.answered:
        raise ValueError("more right than answered, or more answered than asked")
    return score


def _by_protocol(found: Mapping[str, Mapping[str, RelationScore]]) -> Mapping[str, Mapping[str, RelationScore]]:
    if (
        list(found) != list(PROTOCOLS)
        or len({tuple(scores) for scores in found.values()}) != 1
        or not all(found.values())
    ):
        raise ValueError("the protocols do not have the same relations")
    return found


class Compared(_Strict):
    """The comparisons of a column."""

    cosines: Annotated[Mapping[str, float | None], _of_the_chapter("cosines")]
    dot_products: Annotated[Mapping[str, float | None], _of_the_chapter("dot products")]
    analogies: Annotated[
        Mapping[str, Mapping[str, Annotated[RelationScore, AfterValidator(_possible)]]], AfterValidator(_by_protocol)
    ]
    ratings: Mapping[str, Rating]
    random_pairs: Mapping[str, RandomPairs]


class Said(_Strict):
    """What the table said about a claim, and the rule it was asked under."""

    rule: str
    measurement: Any


class Column(_Strict):
    """What one table said on one day: about the claims, by id, and in comparisons; with what that follows from."""

    format: Literal[2] = 2
    table: str
    date: date
    card: Card
    shape: tuple[int, int]
    digests: Mapping[str, str]
    order_of_frequent_words: Mapping[str, str] = Field(description="SHA-256 of the files of another table's order")
    versions: Mapping[str, str]
    claims: Mapping[str, Said]
    comparisons: Compared

    @property
    def label(self) -> str:
        """How a line names it."""
        return f"{self.table} (measured {self.date})"

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
                self.witness(claim)
        return self

    def text(self) -> str:
        """The column as its file has it."""
        return self.model_dump_json(indent=1) + "\n"


def record(table: EmbeddingTable | str, day: date, said: Callable[[str], None] = lambda _: None) -> Column:
    """Every claim that is measured per table, and every comparison, on one table.

    ``said`` is told what is being measured. The same table and versions give the same column, the day apart. Raises
    UnknownTableError, MissingTableError, MissingExtraError. A table of merges needs GloVe too, by whose order its
    frequent words are counted.
    """
    table = tables.as_table(table)
    name, order = table.card.name, _order(table)
    measured = {}
    for claim in _measuring.ENTRIES.values():
        if claim.per_table:
            said(f"{claim.id}. {claim.text}")
            found = claim.said_on_table.dump_python(_measuring.on_table(claim, table), mode="json")
            measured[claim.id] = Said(rule=claim.rule, measurement=found)
    said("Comparisons")
    return Column(
        table=name,
        date=day,
        card=table.card,
        shape=table.shape,
        digests={**(tables.digests(name) if name in tables.names() else {}), **_measuring.contents(table)},
        order_of_frequent_words=order,
        versions={"python": ".".join(map(str, sys.version_info[:2])), **_versions()},
        claims=measured,
        comparisons=Compared(
            cosines=comparisons.pairs(table, "cosines"),
            dot_products=comparisons.pairs(table, "dot products"),
            analogies=comparisons.relations(table),
            ratings=comparisons.ratings(table),
            random_pairs=comparisons.random_pairs(table),
        ),
    )


def _order(table: EmbeddingTable) -> dict[str, str]:
    """SHA-256 of the files whose order of words counts as that of frequency, of a table that has none of its own."""
    if table.kind in ("words", "wordpiece"):
        return {}
    if "glove" not in tables.available():
        reason = f"the frequent words of {table.card.name} are counted in its order"
        raise MissingTableError("glove", reason, KNOWN["glove"].command)
    return dict(tables.digests("glove"))


def _versions() -> dict[str, str]:
    found = {}
    for library in LIBRARIES:
        with suppress(PackageNotFoundError):
            found[library] = version(library)
    return found


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
        column = Column.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ColumnError(path, type(error).__name__) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "/".join(map(str, first["loc"]))
        raise ColumnError(path, f"it is damaged ({f'{place}: ' if place else ''}{first['msg']})") from error
    if column.table != path.stem:
        raise ColumnError(path, f"it was measured on {column.table!r}")
    if column.table in tables.names() and not tables.digests(column.table).items() <= column.digests.items():
        raise ColumnError(path, "it was measured on other files than this table has")
    return column


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


def comparison(table: EmbeddingTable | str, kind: Kind) -> Comparison:
    """A table's "cosines" or "dot products" beside the chapter's, or its "analogies" by relation.

    A table that is given, or that the session runs on (``$EMBEDBOOK_TABLE``), is measured now; that of another name is
    read from its column; without one it is a line on what to do for it. Raises UnknownTableError and, for another kind,
    ValueError.
    """
    found: Any
    if kind not in get_args(Kind):
        raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}, got {kind!r}")
    if isinstance(table, EmbeddingTable) or os.environ.get("EMBEDBOOK_TABLE") == table:
        table = tables.as_table(table)
        label = table.card.name
        found = comparisons.relations(table) if kind == "analogies" else comparisons.pairs(table, kind)
    else:
        if table not in tables.names():
            raise tables.UnknownTableError(table, tables.names())
        try:
            column = load(table)
        except ColumnError as error:
            return Comparison(f"{error}.")
        if column is None and table not in INVITED and table in tables.available():
            return Comparison(f"{table} is here: a session with `EMBEDBOOK_TABLE={table}` measures it.")
        if column is None:
            return Comparison(invitation(table))
        label, found = column.label, getattr(column.comparisons, kind.replace(" ", "_"))
    body = _relations(found) if kind == "analogies" else _pairs(found, kind)
    return Comparison("\n".join([f"On {label}.", "", "```text", *body[0], "```", *body[1]]))


def _pairs(measured: Mapping[str, float | None], kind: Figures) -> tuple[list[str], list[str]]:
    digits = DIGITS[kind]
    lines = [f"{'':13}{'chapter':>8}{'measured':>9}{'difference':>11}"]  # fits a phone
    for pair, reported in comparisons.reported(kind).items():
        ours = measured[pair]
        shown, difference = "no row", ""
        if ours is not None:
            shown, difference = f"{ours:.{digits}f}", f"{round(ours - reported, digits) + 0.0:+.{digits}f}"
        lines.append(f"{pair:13}{reported:8.{digits}f}{shown:>9}{difference:>11}".rstrip())
    return lines, []


def _relations(found: Mapping[str, Mapping[str, RelationScore]]) -> tuple[list[str], list[str]]:
    lines = [f"{'':28}{'answered':>17}{'left out':>10}{'allowed':>9}{'c':>7}{'b + c':>7}"]
    for relation in next(iter(found.values())):
        lines.append(_relation(relation, [by_relation[relation] for by_relation in found.values()]))
    lines.append(_relation("all", [AnalogyReport("", "offset", True, dict(scores)).total for scores in found.values()]))
    legend = (
        "Percent right of the answered questions, whose four words are one token each: with the inputs left out, with "
        "them allowed, and for two answers without an offset, the nearest word to c and to b + c."
    )
    return lines, ["", legend]


def _relation(name: str, scores: list[RelationScore]) -> str:
    shown = [f"{100 * score.accuracy:.1f}" if score.answered else "-" for score in scores]
    cells = "".join(f"{cell:>{width}}" for cell, width in zip(shown, (10, 9, 7, 7), strict=True))
    return f"{name:28}{f'{scores[0].answered:,} of {scores[0].questions:,}':>17}{cells}"
