"""How large a table is, alone and with its head, and what part of a model it makes up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import traitlets

from embedbook import sizing
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, choice, script, stops, switch

ROWS = (
    *(1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 40_000, 50_000),
    *(75_000, 100_000, 150_000, 200_000, 250_000, 300_000),
)
DIMENSIONS = (
    *(50, 64, 100, 128, 256, 300, 384, 512, 640, 768, 1_024, 1_536, 2_048, 3_072),
    *(4_096, 5_120, 7_168, 8_192, 12_288, 16_384),
)
MEMORY = 16
"""The memory, in GB, that tables are fitted into."""


class SizeView(View):
    """A bar of all parameters, a bar of a memory of 16 GB, and the figures beside them.

    ``presets`` are [name, V, D, tied, parameters besides table and head]; ``row_stops`` and ``dimension_stops`` what
    the sliders can stand on, in rising order; ``preset``, ``rows``, ``dimensions`` and ``dtype`` are places in lists.
    ``dtypes`` are [name, numbers a block, bytes a block, whether scales are left out].
    """

    _esm = script("size")
    preset = traitlets.Int(0).tag(sync=True)
    rows = traitlets.Int(0).tag(sync=True)
    dimensions = traitlets.Int(0).tag(sync=True)
    dtype = traitlets.Int(1).tag(sync=True)
    tied = traitlets.Bool(True).tag(sync=True)
    presets: traitlets.List[Any] = traitlets.List().tag(sync=True)
    row_stops = traitlets.List(traitlets.Int()).tag(sync=True)
    dimension_stops = traitlets.List(traitlets.Int()).tag(sync=True)
    dtypes: traitlets.List[Any] = traitlets.List(
        default_value=[
            [name, storage.numbers, storage.size, name in sizing.WITHOUT_SCALES]
            for name, storage in sizing.DTYPES.items()
        ]
    ).tag(sync=True)
    memory = traitlets.Int(MEMORY).tag(sync=True)

    _told_by_browser = False

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser says; it has moved the other controls to the model by itself."""
        self._told_by_browser = True
        try:
            super().set_state(sync_data)
        finally:
            self._told_by_browser = False

    @traitlets.observe("preset")
    def _follow(self, _: object) -> None:
        if not self._told_by_browser and self.presets:
            _, rows, dimensions, self.tied, _ = self.presets[self.preset]
            self.rows, self.dimensions = self.row_stops.index(rows), self.dimension_stops.index(dimensions)

    def text(self) -> str:
        """The sentences under the picture."""
        name, model_rows, model_width, model_tied, rest = self.presets[self.preset]
        rows, width = self.row_stops[self.rows], self.dimension_stops[self.dimensions]
        dtype = self.dtypes[self.dtype][0]
        row, table = (
            sizing.row_bytes(dimensions=width, dtype=dtype),
            sizing.table_bytes(vocabulary_size=rows, dimensions=width, dtype=dtype),
        )
        numbers = rows * width
        total = rest + numbers * (1 if self.tied else 2)
        share, both = (fixed(100 * n * numbers / total) for n in (1, 2))
        head = (
            "The head is the same matrix."
            if self.tied
            else f"With a head of its own it is {sizing.human_bytes(2 * table)}."
        )
        own = (rows, width, self.tied) == (model_rows, model_width, model_tied)
        whole = (
            f"all {sizing.human_count(total)} parameters of {name}"
            if own
            else f"all {sizing.human_count(total)} parameters (changed from {name}, the rest as there)"
        )
        with_head = "" if self.tied else f", with the head {both} %"
        scales = " (codes alone, their scales left out)" if dtype in sizing.WITHOUT_SCALES else ""
        fit = self.memory * 10**9 // (table if self.tied else 2 * table)
        return (
            f"{rows:,} rows of {width:,} numbers in {dtype}{scales}: a row takes {row:,} bytes, the table "
            f"{sizing.human_bytes(table)} ({table:,} bytes). {head} The table is {share} % of {whole}{with_head}. "
            f"Such tables that fit in {self.memory} GB{'' if self.tied else ', each with its head'}: {fit:,}."
        )


def size(
    model: str = "GPT-2",
    *,
    models: Sequence[str] = (
        *("GPT-2", "Mistral 7B", "DeepSeek-V3", "LLaMA 4 Maverick", "Gemma 3 270M", "ALBERT-base"),
    ),
    key: str = "size",
) -> Panel:
    """Rows, dimensions, number type and tying, started from a production model: bytes and shares.

    The models are counted with torch and transformers. Raises MissingExtraError without them, ValueError for a model
    that ``sizing.models`` does not name. ``key`` names its state in the address of a page.

    >>> size("GPT-2").view.text()[:75]
    '50,257 rows of 768 numbers in float16: a row takes 1,536 bytes, the table 7'
    """
    counted = [sizing.model(name) for name in dict.fromkeys([model, *models])]
    row_stops = sorted({*ROWS, *(m.rows for m in counted)})
    dimension_stops = sorted({*DIMENSIONS, *(m.width for m in counted)})
    view = SizeView(
        key=key,
        presets=[[m.name, m.rows, m.width, m.tied, m.rest] for m in counted],
        row_stops=row_stops,
        dimension_stops=dimension_stops,
        rows=row_stops.index(counted[0].rows),
        dimensions=dimension_stops.index(counted[0].width),
        tied=counted[0].tied,
    )
    controls = {
        "preset": choice("Model", [m.name for m in counted]),
        "rows": stops("Rows (V)", row_stops, view.rows),
        "dimensions": stops("Dimensions (D)", dimension_stops, view.dimensions),
        "dtype": choice("Number type", list(sizing.DTYPES), view.dtype),
        "tied": switch("tie the head to the table", view.tied),
    }
    return Panel(view, controls)
