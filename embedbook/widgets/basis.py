"""Turn the basis and drop dimensions: which numbers of a row change, and whether its neighbours do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import traitlets

from embedbook.widgets import arithmetic, datasets
from embedbook.widgets.view import Panel, View, choice, joined, known_tables, text_box, whole_slider

NEIGHBORS = 8


def turned(rows: arithmetic.Vector, degrees: float) -> arithmetic.Vector:
    """Rows [N, D] in a turned basis: dimensions are paired and each pair is turned in its plane by the same angle.

    Partners stand 1, 2, 4, ... places apart, a round each, so that in the end every number is a mixture of many. Every
    round is a rotation, and so are all together: no length and no cosine changes.

    >>> turned(np.array([[1.0, 0.0]]), 90).round(3).tolist()
    [[0.0, 1.0]]
    """
    result = np.array(rows, dtype=np.float64)
    width, angle = result.shape[1], np.deg2rad(degrees)
    apart = 1
    while apart < width:
        first = np.array([i for i in range(width - apart) if i // apart % 2 == 0])
        a, b = result[:, first].copy(), result[:, first + apart].copy()
        result[:, first] = np.cos(angle) * a - np.sin(angle) * b
        result[:, first + apart] = np.sin(angle) * a + np.cos(angle) * b
        apart *= 2
    return result


def kept_of(dimensions: int, percent: int) -> int:
    """How many of the dimensions are kept: that share, rounded half up, and at least one.

    >>> kept_of(384, 100), kept_of(384, 50), kept_of(50, 1)
    (384, 192, 1)
    """
    return max(1, (dimensions * percent + 50) // 100)


class BasisView(View):
    """The first numbers of a row in both bases, and the neighbours by the dimensions that are kept."""

    _esm = joined("basis")
    word = traitlets.Unicode("cat").tag(sync=True)
    degrees = traitlets.Int(0).tag(sync=True)
    percent = traitlets.Int(100).tag(sync=True)

    def found(self) -> list[tuple[str, float]]:
        """The neighbours by the kept dimensions of the turned basis, nearest first."""
        data = datasets.dataset(f"rows-{self.chosen}")
        i, rows = arithmetic.position(data, self.word), turned(arithmetic.unit_rows(data), self.degrees)
        part = rows[:, : kept_of(rows.shape[1], self.percent)]
        lengths = np.linalg.norm(part, axis=1)
        cosines = part @ part[i] / (np.where(lengths > 0, lengths, 1) * (lengths[i] or 1))
        return [(data.words[j], float(cosines[j])) for j in arithmetic.top(cosines, NEIGHBORS, (i,))]

    def text(self) -> str:
        """The sentence under the picture."""
        data = datasets.dataset(f"rows-{self.chosen}")
        try:
            i = arithmetic.position(data, self.word)
        except ValueError:
            return arithmetic.lacking(data, self.word)
        row = data.rows()[i : i + 1]
        width, word = row.shape[1], data.words[i]
        units = arithmetic.unit_rows(data)
        whole = {data.words[j] for j in arithmetic.top(arithmetic.cosines(units, units[i]), NEIGHBORS, (i,))}
        near = self.found()
        there = sum(other in whole for other, _ in near)
        before, after = (arithmetic.fixed(float(turned(row, angle)[0, 0]), 3) for angle in (0, self.degrees))
        basis = "In the table's own basis" if self.degrees == 0 else f"Turned by {self.degrees}°"
        return (
            f"{basis}, the row of {word} begins {after if self.degrees else before}"
            f"{'' if self.degrees == 0 else f' instead of {before}'}. {arithmetic.searched(data)} with "
            f"{kept_of(width, self.percent)} of {width} numbers kept, {word} is nearest to {near[0][0]} "
            f"(cosine {arithmetic.fixed(near[0][1])}) and keeps {there} of the {NEIGHBORS} nearest words of its whole "
            "row."
        )


def basis(
    word: str = "cat",
    degrees: int = 0,
    percent: int = 100,
    *,
    tables: Sequence[str] = ("minilm", "glove"),
    first: str | None = None,
    key: str = "basis",
) -> Panel:
    """A word, an angle that the basis is turned by, and the share of dimensions that is kept.

    ``key`` names its state in the address of a page: two of a kind on one page need two.

    >>> basis("cat", degrees=45).view.text().endswith("and keeps 8 of the 8 nearest words of its whole row.")
    True
    """
    names = known_tables(tables, first)
    view = BasisView(key=key, word=word, degrees=degrees, percent=percent, tables=names)
    turn = whole_slider("Turn basis (°)", degrees, 0, 90)
    turn.step = 5
    turn = whole_slider("Turn basis (°)", degrees, 0, 90)
    turn.step = 5
    controls = {
        "word": text_box("Word", word),
        "degrees": turn,
        "percent": whole_slider("Keep (%)", percent, 1, 100),
        "table": choice("Table", names),
    }
    return Panel(view, controls)
