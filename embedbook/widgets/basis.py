"""Turn the basis and drop dimensions: which numbers of a row change, and whether its neighbours do."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from embedbook import geometry
from embedbook import tables as known
from embedbook.tables import EmbeddingTable
from embedbook.widgets import packs
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, choice, slider, table_objects, text_box

NEIGHBORS = 8


def turned(rows: ArrayLike, degrees: float) -> NDArray[np.float64]:
    """Rows [N, D] in a turned basis: dimensions are paired and each pair is turned in its plane by the same angle.

    Partners stand 1, 2, 4, ... places apart, a round each, so that in the end every number is a mixture of many. Every
    round is a rotation, and so are all together: no length and no cosine changes.

    >>> turned([[1.0, 0.0]], 90).round(3).tolist()
    [[0.0, 1.0]]
    """
    result = np.array(rows, dtype=np.float64)  # [N, D]
    width, angle = result.shape[1], np.deg2rad(degrees)
    apart = 1
    while apart < width:
        first = np.array([i for i in range(width - apart) if i // apart % 2 == 0])
        a, b = result[:, first], result[:, first + apart]  # copies, each [N, pairs]
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
    """All numbers of a row in both bases, and the neighbours by the dimensions that are kept."""

    HOW = (
        "All rows are turned together: numbers are mixed in pairs that stand 1, 2, 4 and more places apart, each pair "
        "by the same angle. No length and no cosine changes by it, so the neighbours stand still while every number "
        "moves. Dropped numbers are left out of the cosines."
    )
    SEARCHES = True

    word = traitlets.Unicode().tag(sync=True)
    degrees = traitlets.Int().tag(sync=True)
    percent = traitlets.Int().tag(sync=True)

    def text(self) -> str:
        carried = self.chosen
        token_id = carried.find(self.word)
        if token_id is None:
            return carried.lacking(self.word)
        word, (row,), degrees = carried.table.word(token_id), carried.rows([token_id]), self.degrees
        before, after = (fixed(turned([row], by)[0, 0], 3) for by in (0, degrees))
        said = f"Turned by {degrees}°, the row of {word} begins {after} instead of {before}."
        if degrees == 0:
            said = f"In the table's own basis, the row of {word} begins {before}."
        kept = kept_of(len(row), self.percent)
        ids = np.setdiff1d(packs.pack_ids(carried.table), [token_id])  # [N]: a slider has no time for all rows
        own = turned(geometry.unit([row]), degrees)[0, :kept]  # [kept]
        if not len(ids) or not own.any():
            return f"{said} {carried.alone(word)}"
        part = turned(geometry.unit(carried.rows(ids)), degrees)[:, :kept]  # [N, kept]
        near = geometry.nearest_neighbors(known.from_vectors(map(str, ids), part), own, NEIGHBORS)
        whole = {other.id for other in carried.nearest(row, NEIGHBORS, exclude=[token_id])}
        return (
            f"{said} {carried.searched()} with {kept} of {len(row)} numbers kept, {word} is nearest to "
            f"{carried.table.word(ids[near[0].id])} (cosine {fixed(near[0].cosine)}) and keeps "
            f"{sum(ids[n.id] in whole for n in near)} of the {NEIGHBORS} nearest words of its whole row."
        )


def basis(
    word: str = "cat",
    degrees: int = 0,
    percent: int = 100,
    *,
    tables: Iterable[EmbeddingTable | str] | None = None,
    key: str = "basis",
) -> Panel:
    """A word, an angle that the basis is turned by, and the share of dimensions that is kept.

    >>> basis("cat", degrees=45).view.text().endswith("and keeps 8 of the 8 nearest words of its whole row.")
    True
    """
    view = BasisView(key=key, word=word, degrees=degrees, percent=percent, sources=table_objects(tables))
    return Panel(
        view,
        word=text_box("Word"),
        degrees=slider("Turn basis (°)", 0, 90, 5),
        percent=slider("Keep (%)", 1, 100),
        table=choice("Table", view.tables),
    )
