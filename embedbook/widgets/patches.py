"""A photograph cut into patches: how many places it takes in a sequence, and what one patch is made of."""

from __future__ import annotations

import base64
import io

import traitlets

from embedbook import pictures
from embedbook import tables as known
from embedbook.tables import EmbeddingTable
from embedbook.widgets.view import Panel, View, place_of, stops, switch

SIZES = (7, 8, 12, 14, 21, 24, 28, 42, 56, 84, 168)
"""Pixels along the side of a patch: those that cut the photograph into an even number of columns."""

QUESTION = "What is in this picture?"
QUALITY = 72


class PatchesView(View):
    """The photograph under its grid, one patch enlarged, and the sequence that the layers get."""

    HOW = (
        "The photograph is cut into squares, and the three colours of a square’s pixels in a line are its numbers. "
        "A model’s vision part would turn each line into a vector as wide as a row of the table. "
        "What is counted here are the places that this takes in a sequence, beside the tokens of a question."
    )

    size = traitlets.Int().tag(sync=True)
    shared = traitlets.Bool().tag(sync=True)

    def text(self) -> str:
        side, tokens, width = self.data["side"], self.data["tokens"], self.data["width"]
        edge = SIZES[self.size]
        across = side // edge
        places = across**2 // (4 if self.shared else 1)
        together = f" Four neighbours share a place: {places:,} places." if self.shared else ""
        rows = tokens + places
        return (
            f"{side} × {side} pixels in patches of {edge} × {edge}: {across} × {across} = {across**2:,} patches of "
            f"{3 * edge**2:,} numbers each.{together} With {tokens} tokens of text the layers get [{rows:,}, {width}], "
            f"and attention compares {rows:,} × {rows:,} = {rows**2:,} pairs of places."
        )


def patches(
    size: int = 28, *, shared: bool = False, table: EmbeddingTable | str = "smollm2", key: str = "patches"
) -> Panel:
    """A photograph, the size of its patches, and whether four neighbours share a place as in Llama 4.

    The table says how wide the rows are, and how many tokens a question about the photograph has.

    >>> patches(28).view.text()[:75]
    '336 × 336 pixels in patches of 28 × 28: 12 × 12 = 144 patches of 2,352 numb'
    """
    table = known.as_table(table)
    view = PatchesView(
        key=key,
        size=place_of(SIZES, size, "patch size"),
        shared=shared,
        data={
            "sizes": list(SIZES),
            "side": pictures.SIDE,
            "photo": _as_address(),
            "credit": pictures.CREDIT,
            "question": QUESTION,
            "tokens": len(table.encode(QUESTION)),
            "width": table.dimensions,
        },
    )
    return Panel(view, size=stops("Patch size", SIZES), shared=switch("four patches share a place"))


def _as_address() -> str:
    """The photograph as a JPEG inside an address, some 25 kB."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pictures.photo()).save(file, "jpeg", quality=QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
