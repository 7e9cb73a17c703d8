"""Numbers drawn rather than printed: a table, and bars where a length says more than digits.

>>> from embedbook import show
>>> show.table({"cat-dog": [0.4239, 0.9218], "cat-car": [0.32, 0.3638]}, ["pair", "minilm", "glove"], best=max)
pair     minilm  glove
cat-dog   0.42*  0.92*
cat-car   0.32   0.36
* the largest of its column

Jupyter and the site show the same numbers as an HTML table: plain elements and inline SVG, which need no style sheet
(the site's adds colours and a first column that stays in view). Every text is escaped.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias, TypeGuard

import numpy as np

from embedbook.geometry import Baseline, Neighbor

Rows: TypeAlias = Mapping[Any, Any] | Iterable[Any]
"""A dictionary from a label to its number, numbers or columns; a list of tuples (label, number, ...); neighbours; or an
array [n, m]."""
Best: TypeAlias = Callable[..., Any]
"""The builtin ``max`` or ``min``."""
Mark: TypeAlias = float | Baseline
"""What chance or another yardstick gives: a number, or the random pairs of a table."""

MOST_ROWS = 500
LONGEST = 200  # characters of a text
BAR = 120  # pixels from the least to the largest number
WORDS: Mapping[Best, str] = {max: "largest", min: "smallest"}
SIDE_BY_SIDE = (
    "<style>.eb-shown-lists{display:flex;flex-wrap:wrap;gap:0 2.5em}.eb-shown-lists>div{max-width:17em}</style>"
)


@dataclass(frozen=True)
class Shown:
    """The same numbers as HTML, for Jupyter and the site, and as aligned text, for terminals and whoever listens."""

    html: str
    text: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


def table(
    rows: Rows,
    columns: Sequence[str] | None = None,
    *,
    labels: Sequence[str] | None = None,
    digits: int | Mapping[str, int] = 2,
    best: Best | Mapping[str, Best] | None = None,
    by: Literal["column", "row"] = "column",
    bars: bool | Sequence[str] = False,
    baseline: Mark | Mapping[str, Mark] | None = None,
    named: str = "",
    missing: str = "–",
    title: str = "",
) -> Shown:
    """Rows of a label and its numbers, as a table.

    ``rows`` maps each label to a number, to a list of them or to a dictionary by column; or lists tuples (label,
    number, ...); or is an array [n, m] with n ``labels``. ``columns`` are the heads, with their units ("right, %"), one
    for the labels before them or not. A float gets as many decimals as ``digits`` says (for all, or by column), a whole
    number none; None and NaN read ``missing``; a list of words in one place is joined by commas.

    ``best``, ``max`` or ``min`` (for all, or by column), prints the best of each column bold; ``by="row"`` of each row.
    ``bars`` draws a bar beside the numbers of all columns, or of those it lists, on one scale. A ``baseline`` (for all
    of those, or by column) is one more row below and a mark on the bars: a number that is called as ``named`` says, or
    the random pairs of :func:`embedbook.geometry.random_pair_baseline`, whose middle 90 % are shaded.

    Raises ValueError or TypeError for what is no table: rows of unequal length, more than 500 of them, a column that is
    not there.

    >>> table({"cat": {"minilm": 2368, "smollm2": 2644}, "Paris": {"smollm2": 7042}}, ["token", "MiniLM", "SmolLM2"])
    token  MiniLM  SmolLM2
    cat     2,368    2,644
    Paris       –    7,042
    """
    grid = _grid(rows, columns, labels, digits, missing, title)
    if best:
        grid.mark_best(best, by)
    if bars:
        grid.draw_bars(None if bars is True else list(bars), baseline, named)
    elif baseline is not None:
        raise ValueError("a baseline is a mark across bars: add bars=True, or the columns that have bars")
    return _shown([grid])


def bars(
    rows: Rows,
    columns: Sequence[str] | None = None,
    *,
    baseline: Mark | Mapping[str, Mark] | None = None,
    named: str = "",
    digits: int = 2,
    title: str = "",
) -> Shown:
    """A bar for each label; or several lists of bars side by side, on one scale.

    ``rows`` is a list of neighbours, a dictionary from label to number or a list of pairs; or a dictionary from the
    name of a list to one of these. ``baseline`` is one for all lists, or a dictionary by their names. The rest is as
    in :func:`table`.

    >>> from embedbook import geometry
    >>> bars(geometry.nearest_neighbors("minilm", "cat", k=2), baseline=0.02, named="chance")
            cosine
    cats      0.82
    kitten    0.56
    chance    0.02
    """
    lists: Mapping[str, Any] = rows if _are_lists(rows) else {"": rows}  # type: ignore[assignment]
    marks = baseline if isinstance(baseline, Mapping) else dict.fromkeys(lists, baseline)
    _known("baseline", marks, lists)
    grids = []
    for name, given in lists.items():
        grid = _grid(given, columns or ["", "cosine"], None, digits, "–", name or title)
        if len(grid.heads) != 1:
            raise ValueError(f"a list of bars has one number a label, got {len(grid.heads)}; show.table draws more")
        grid.draw_bars(None, marks.get(name), named)
        grids.append(grid)
    return _shown(grids, title if _are_lists(rows) else "")


def minus(text: str) -> str:
    """A sentence whose numbers have a true minus: as wide as a plus, and read aloud. Words keep their hyphens.

    >>> minus("from -0.49 to 0.28 in GPT-2")
    'from −0.49 to 0.28 in GPT-2'
    """
    return re.sub(r"(?<!\w)-(?=[\d∞])", "−", text)


@dataclass
class _Cell:
    """One place of a table: its text, the number that the text shows, and whether it is the best."""

    text: str
    number: float | None = None
    best: bool = False


@dataclass
class _Grid:
    """A table before it is drawn; columns are known by their places."""

    title: str
    corner: str
    heads: list[str]
    labels: list[str]
    cells: list[list[_Cell]]
    digits: list[int]
    best: str = ""
    bars: list[int] = field(default_factory=list)
    foot: str = ""
    marks: dict[int, _Cell] = field(default_factory=dict)
    bands: dict[int, tuple[float, float]] = field(default_factory=dict)

    def places(self, name: str, heads: Iterable[str]) -> list[int]:
        _known(name, heads, self.heads)
        return [self.heads.index(head) for head in heads]

    def mark_best(self, best: Best | Mapping[str, Best], by: str) -> None:
        chosen = list(best.values()) if isinstance(best, Mapping) else [best]
        if unknown := [one for one in chosen if one not in WORDS]:
            raise ValueError(f"best must be max or min, got {unknown[0]!r}")
        if by not in ("column", "row") or (by == "row" and isinstance(best, Mapping)):
            raise ValueError(f'by must be "column", or "row" with one best for all, got {by!r}')
        if isinstance(best, Mapping):
            lines = [([row[at] for row in self.cells], best[self.heads[at]]) for at in self.places("best", best)]
        elif by == "row":
            lines = [(row, best) for row in self.cells]
        else:
            lines = [(list(column), best) for column in zip(*self.cells, strict=True)]
        for cells, choose in lines:
            numbers = [cell.number for cell in cells if cell.number is not None]
            for cell in cells:
                cell.best = bool(numbers) and cell.number == choose(numbers)
        if isinstance(best, Mapping) and len(set(chosen)) > 1:
            self.best = f"the best: {', '.join(f'{WORDS[one]} {head}' for head, one in best.items())}"
        else:
            self.best = f"the {WORDS[chosen[0]]} of its {by}"

    def draw_bars(self, heads: list[str] | None, baseline: Mark | Mapping[str, Mark] | None, named: str) -> None:
        self.bars = list(range(len(self.heads))) if heads is None else self.places("bars", heads)
        if isinstance(baseline, Mapping):
            _known("baseline", baseline, [self.heads[at] for at in self.bars])
            marks = dict(zip(self.places("baseline", baseline), baseline.values(), strict=True))
        else:
            marks = {at: baseline for at in self.bars if baseline is not None}
        for at, mark in marks.items():
            self.marks[at] = _cell(mark.mean if isinstance(mark, Baseline) else mark, self.digits[at], "–")
            if isinstance(mark, Baseline):
                low, high = (round(mark.quantiles[share], self.digits[at]) + 0.0 for share in (0.05, 0.95))
                self.bands[at] = low, high
        if marks:
            self.foot = named or ("random pairs" if self.bands else "baseline")

    def ranges(self) -> str:
        """Where the middle 90 % of the random pairs are, by column where there are several."""
        names = [f"{head} " if len(self.heads) > 1 else "" for head in self.heads]
        return "; ".join(
            f"{names[at]}{low:.{self.digits[at]}f} to {high:.{self.digits[at]}f}"
            for at, (low, high) in self.bands.items()
        )

    def drawn(self) -> list[float]:
        """Every number that has a place on the scale of the bars."""
        cells = [row[at] for row in self.cells for at in self.bars] + list(self.marks.values())
        return [cell.number for cell in cells if cell.number is not None] + [
            end for band in self.bands.values() for end in band
        ]

    def all_rows(self) -> list[tuple[str, list[_Cell]]]:
        """The rows and, where there is a baseline, the one below them."""
        foot = [(self.foot, [self.marks.get(at, _Cell("")) for at in range(len(self.heads))])] if self.foot else []
        return [*zip(self.labels, self.cells, strict=True), *foot]

    def is_text(self, at: int) -> bool:
        return all(row[at].number is None for row in self.cells)

    def text(self) -> str:
        starred = [any(row[at].best for row in self.cells) for at in range(len(self.heads))]
        lines = [[self.corner, *(head + " " * star for head, star in zip(self.heads, starred, strict=True))]]
        for label, row in self.all_rows():
            ends = ["*" if cell.best else " " * star for cell, star in zip(row, starred, strict=True)]
            lines.append([label, *(cell.text + end for cell, end in zip(row, ends, strict=True))])
        widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
        left = [True, *(self.is_text(at) for at in range(len(self.heads)))]
        text = [
            "  ".join(_padded(part, width, to_left) for part, width, to_left in zip(line, widths, left, strict=True))
            for line in (lines if any(lines[0]) else lines[1:])
        ]
        text = [line.rstrip() for line in text]
        best = f"* {self.best}" if self.best else ""
        pairs = f"{self.foot}: the mean; nine in ten are in {self.ranges()}" if self.bands else ""
        return "\n".join(filter(None, [self.title, *text, best, pairs]))

    def html(self, scale: tuple[float, float]) -> str:
        kinds = [
            ' class="eb-shown-text"' if self.is_text(at) else ' class="eb-shown-barred"' if at in self.bars else ""
            for at in range(len(self.heads))
        ]
        lines = ["<table>"]
        if self.title:
            lines.append(f"<caption>{escape(self.title)}</caption>")
        if any([self.corner, *self.heads]):
            corner = f'<th scope="col">{escape(self.corner)}</th>' if self.corner else "<td></td>"
            heads = [
                f'<th scope="col"{kind}>{escape(head)}</th>' if head else "<td></td>"
                for head, kind in zip(self.heads, kinds, strict=True)
            ]
            lines.append(f"<thead><tr>{corner}{''.join(heads)}</tr></thead>")
        rows = []
        for label, row in self.all_rows():
            cells = [
                f"<td{kinds[at]}>{self._inside(cell, self.is_text(at))}{self._bar(at, cell, scale)}</td>"
                for at, cell in enumerate(row)
            ]
            rows.append(f'<tr><th scope="row"><bdi>{escape(label)}</bdi></th>{"".join(cells)}</tr>')
        foot = [f"<tfoot>{rows.pop()}</tfoot>"] if self.foot else []
        lines += ["<tbody>", *rows, "</tbody>", *foot, "</table>"]
        notes = [f"Bold: {self.best}."] if self.best else []
        if self.bands:
            spread = f"shaded: nine in ten of them, {minus(self.ranges())}"
            notes.append(f"Line: the mean of {self.foot}; {spread}.")
        elif self.foot:
            notes.append(f"Line: {self.foot}.")
        if notes:
            lines.append(f'<p class="eb-shown-note">{escape(" ".join(notes))}</p>')
        return "\n".join(lines)

    @staticmethod
    def _inside(cell: _Cell, is_text: bool) -> str:
        text = f"<bdi>{escape(cell.text)}</bdi>" if is_text else escape(minus(cell.text))
        return f"<b>{text}</b>" if cell.best else text

    def _bar(self, at: int, cell: _Cell, scale: tuple[float, float]) -> str:
        """From zero to the number, to the left below it, with the baseline's mark; drawn from what the text says."""
        if at not in self.bars or not cell.text:
            return ""
        low, high = scale
        parts = []

        def box(kind: str, ends: Iterable[float], top: int, height: int, opacity: float, least: float = 0) -> None:
            left, right = sorted(1 + (BAR - 2) * (end - low) / (high - low) for end in ends)
            parts.append(
                f'<rect class="{kind}" x="{left - least / 2:.1f}" y="{top}" width="{right - left + least:.1f}" '
                f'height="{height}" opacity="{opacity}"/>'
            )

        if at in self.bands:
            box("band", self.bands[at], 0, 14, 0.2)
        if cell.number is not None and cell is not self.marks.get(at):
            box("minus" if cell.number < 0 else "plus", (0, cell.number), 3, 8, 0.7)
        if low < 0:
            box("zero", (0, 0), 0, 14, 0.5, least=0.6)
        if at in self.marks and (mark := self.marks[at].number) is not None:
            box("mark", (mark, mark), 0, 14, 1, least=1.6)
        drawn = "".join(parts)
        return (
            f' <svg class="eb-shown-bar" width="{BAR}" height="14" viewBox="0 0 {BAR} 14" '
            f'preserveAspectRatio="none" fill="currentColor" aria-hidden="true">{drawn}</svg>'
        )


def _shown(grids: Sequence[_Grid], title: str = "") -> Shown:
    """One table, or several beside each other, with one scale for all bars."""
    numbers = [number for grid in grids for number in grid.drawn()]
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    if max(-low, high) <= 1:
        high = 1.0
    elif high <= 100 and any("%" in grid.heads[at] for grid in grids for at in grid.bars):
        high = 100.0
    parts = [grid.html((low, high)) for grid in grids]
    if len(parts) > 1:
        parts = ['<div class="eb-shown-lists">', *(f"<div>\n{part}\n</div>" for part in parts), "</div>", SIDE_BY_SIDE]
        parts = [f'<p class="eb-shown-title">{escape(title)}</p>', *parts] if title else parts
    html = "\n".join(['<div class="eb-shown mathjax_ignore">', *parts, "</div>"])
    return Shown(html, "\n\n".join([*([title] if title else []), *(grid.text() for grid in grids)]))


def _grid(
    rows: Rows,
    columns: Sequence[str] | None,
    labels: Sequence[str] | None,
    digits: int | Mapping[str, int],
    missing: str,
    title: str,
) -> _Grid:
    """The rows with their heads, each cell written. Raises ValueError or TypeError for what is no table."""
    found, keys = _read(rows, labels)
    if not found or len(found) > MOST_ROWS:
        raise ValueError(f"a table for reading has 1 to {MOST_ROWS} rows, got {len(found):,}")
    lengths = {len(values) for _, values in found}
    if len(lengths) > 1:
        raise ValueError(
            f"all rows must have as many numbers, got rows of {' and of '.join(map(str, sorted(lengths)))}"
        )
    (n,) = lengths
    names = ["", *keys] if columns is None else [str(head) for head in columns]
    if len(names) not in (n, n + 1):
        raise ValueError(f"expected {n} columns, or {n + 1} with one for the labels, got {len(names)}: {names}")
    corner, *heads = [_visible(head, "") for head in (names if len(names) == n + 1 else ["", *names])]
    if isinstance(digits, Mapping):
        _known("digits", digits, heads)
    for number in digits.values() if isinstance(digits, Mapping) else [digits]:
        if not isinstance(number, int) or not 0 <= number <= 12:
            raise ValueError(f"digits must be a whole number from 0 to 12, or one by column, got {number!r:.40}")
    decimals = [digits.get(head, 2) if isinstance(digits, Mapping) else digits for head in heads]
    cells = [[_cell(value, d, missing) for value, d in zip(values, decimals, strict=True)] for _, values in found]
    return _Grid(_visible(title, ""), corner, heads, [_visible(label) for label, _ in found], cells, decimals)


def _read(rows: Rows, labels: Sequence[str] | None) -> tuple[list[tuple[Any, list[Any]]], list[str]]:
    """The rows as (label, values), and the heads if the rows name them."""
    if labels is not None:
        values = np.asarray(rows)
        if values.ndim not in (1, 2) or len(values) != len(labels) or not values.size:
            raise ValueError(f"expected an array [n, m] and n labels, got shape {values.shape}, {len(labels)} labels")
        lines = values.reshape(len(labels), -1).tolist()  # n lists of m
        return list(zip(labels, lines, strict=True)), [""] * len(lines[0])
    if isinstance(rows, str | np.ndarray) or not isinstance(rows, Iterable):
        raise TypeError(f"rows must be a dictionary, a list of tuples, or an array with labels=[...], got {rows!r:.60}")
    if isinstance(rows, Mapping):
        if all(isinstance(value, Mapping) for value in rows.values()):
            keys = list(dict.fromkeys(key for value in rows.values() for key in value))
            return [(label, [value.get(key) for key in keys]) for label, value in rows.items()], list(map(str, keys))
        found = [(label, list(value) if _is_list(value) else [value]) for label, value in rows.items()]
    else:
        found = []
        for row in rows:
            if isinstance(row, Neighbor):
                found.append((row, [row.cosine]))
            elif _is_list(row) and len(row) > 1:
                found.append((row[0], list(row[1:])))
            else:
                raise TypeError(f"each row must be (label, number, ...) or a Neighbor, got {row!r:.60}")
    return found, [""] * (len(found[0][1]) if found else 0)


def _are_lists(rows: Rows) -> bool:
    """Whether it is a dictionary of lists of bars, and not one list."""
    return (
        isinstance(rows, Mapping)
        and bool(rows)
        and all(
            isinstance(value, Mapping)
            or (_is_list(value) and all(isinstance(one, Neighbor) or _is_list(one) for one in value))
            for value in rows.values()
        )
    )


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _known(name: str, given: Iterable[str], there: Iterable[str]) -> None:
    there = list(there)
    if unknown := [one for one in given if one not in there]:
        raise ValueError(f"{name}: nothing is called {unknown[0]!r} here; there is {', '.join(map(repr, there))}")


def _cell(value: Any, digits: int, missing: str) -> _Cell:
    """A value as it is read; its number is what is read, not what was given. Raises TypeError."""
    if value is None or (isinstance(value, Real) and math.isnan(float(value))):
        return _Cell(missing)
    if isinstance(value, bool | np.bool_):
        return _Cell("yes" if value else "no")
    if isinstance(value, Integral):
        return _Cell(f"{int(value):,}", float(value))
    if isinstance(value, Real):
        if math.isinf(number := float(value)):
            return _Cell("∞" if number > 0 else "-∞")
        number = round(number, digits) + 0.0  # no minus before a zero
        return _Cell(f"{number:,.{digits}f}", number)
    if isinstance(value, Neighbor | str):
        return _Cell(_visible(value))
    if isinstance(value, list | tuple) and all(isinstance(one, Neighbor | str) for one in value):
        return _Cell(", ".join(map(_visible, value)))
    raise TypeError(f"a place in a table takes a number, a text, a list of words or None, got {value!r:.60}")


def _visible(text: Any, empty: str = '""') -> str:
    """A text as one line: control characters as Python writes them, quotes around one that would leave its place empty.

    >>> _visible("a\\x1cb"), _visible(" "), _visible("")
    ('a\\\\x1cb', '" "', '""')
    """
    text = text.token if isinstance(text, Neighbor) else str(text)
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    text = "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text
    )
    return text if text.strip() else (f'"{text}"' if text else empty)


def _width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _padded(text: str, width: int, to_left: bool) -> str:
    space = " " * (width - _width(text))
    return text + space if to_left else space + text
