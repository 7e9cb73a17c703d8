"""How large a table is, alone and with its head, and what part of a model it makes up."""

from __future__ import annotations

import traitlets

from embedbook import sizing
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, choice, place_of, stops, switch

MODELS = ("GPT-2", "Mistral 7B", "DeepSeek-V3", "LLaMA 4 Maverick", "Gemma 3 270M", "ALBERT-base")
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

    All but ``tied`` are places in lists of ``data``: ``presets`` are [name, V, D, tied, parameters besides table and
    head], ``row_stops`` and ``dimension_stops`` rise, ``dtypes`` are [name, numbers a block, bytes a block, whether
    scales are left out]. In the browser a choice of a model moves the others.
    """

    HOW = (
        "A table of V rows of D numbers holds V × D parameters; times the bytes of a number that is its size. The "
        "share is that of all parameters of the chosen model, the rest of which stays as it is when you move V or D. "
        "Only whole tables count as fitting."
    )

    preset = traitlets.Int(0).tag(sync=True)
    rows = traitlets.Int().tag(sync=True)
    dimensions = traitlets.Int().tag(sync=True)
    dtype = traitlets.Int(1).tag(sync=True)
    tied = traitlets.Bool().tag(sync=True)

    def text(self) -> str:
        name, model_rows, model_width, model_tied, rest = self.data["presets"][self.preset]
        rows, width = self.data["row_stops"][self.rows], self.data["dimension_stops"][self.dimensions]
        dtype, *_, codes_alone = self.data["dtypes"][self.dtype]
        row = sizing.row_bytes(dimensions=width, dtype=dtype)
        table = sizing.table_bytes(vocabulary_size=rows, dimensions=width, dtype=dtype)
        with_head, numbers = table if self.tied else 2 * table, rows * width
        total = rest + numbers * (1 if self.tied else 2)
        share, both = (fixed(100 * n * numbers / total) for n in (1, 2))
        own = (rows, width, self.tied) == (model_rows, model_width, model_tied)
        whose = f" of {name}" if own else f" (changed from {name}, the rest as there)"
        scales = " (codes alone, their scales left out)" if codes_alone else ""
        head, part, each = "The head is the same matrix.", "", ""
        if not self.tied:
            head = f"With a head of its own it is {sizing.human_bytes(with_head)}."
            part, each = f", with the head {both}\u00a0%", ", each with its head"
        return (
            f"{rows:,} rows of {width:,} numbers in {dtype}{scales}: a row takes {row:,} bytes, the table "
            f"{sizing.human_bytes(table)} ({table:,} bytes). {head} The table is {share}\u00a0% of all "
            f"{sizing.human_count(total)} parameters{whose}{part}. Such tables that fit in {MEMORY} GB{each}: "
            f"{MEMORY * 10**9 // with_head:,}."
        )


def size(model: str = "GPT-2", *, key: str = "size") -> Panel:
    """Rows, dimensions, number type and tying, started from a production model: bytes and shares.

    The models are counted with torch and transformers. Raises MissingExtraError without them, ValueError for a model
    that ``sizing.models`` does not name.

    >>> size("GPT-2").view.text()[:75]
    '50,257 rows of 768 numbers in float16: a row takes 1,536 bytes, the table 7'
    """
    place_of(sizing.models(), model, "model")
    counted = [sizing.model(name) for name in [model, *(other for other in MODELS if other != model)]]
    row_stops = sorted({*ROWS, *(m.rows for m in counted)})
    dimension_stops = sorted({*DIMENSIONS, *(m.width for m in counted)})
    dtypes = [[name, s.numbers, s.size, name in sizing.WITHOUT_SCALES] for name, s in sizing.DTYPES.items()]
    view = SizeView(
        key=key,
        rows=row_stops.index(counted[0].rows),
        dimensions=dimension_stops.index(counted[0].width),
        tied=counted[0].tied,
        data={
            "presets": [[m.name, m.rows, m.width, m.tied, m.rest] for m in counted],
            "row_stops": row_stops,
            "dimension_stops": dimension_stops,
            "dtypes": dtypes,
            "memory": MEMORY,
        },
    )
    return Panel(
        view,
        preset=choice("Model", [m.name for m in counted]),
        rows=stops("Rows (V)", row_stops),
        dimensions=stops("Dimensions (D)", dimension_stops),
        dtype=choice("Number type", list(sizing.DTYPES)),
        tied=switch("tie the head to the table"),
    )
