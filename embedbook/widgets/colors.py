"""Three sliders make a colour; each channel by itself leaves many named colours, all three leave few."""

from __future__ import annotations

import numpy as np
import traitlets

from embedbook.lists import named_colors
from embedbook.widgets.view import Panel, View, slider

CHANNELS = ("red", "green", "blue")
ABOUT = 8
"""How far a channel of a named colour may be from the slider and still count as about the same."""


class ColorsView(View):
    """A swatch, the named colours that each channel leaves, and the nearest names."""

    HOW = (
        "The nearest names are those of the smallest distance in red, green and blue taken together. Below, each "
        "channel keeps the named colours that are within 8 of its own number, and the last line those that pass all "
        "three."
    )

    red = traitlets.Int().tag(sync=True)
    green = traitlets.Int().tag(sync=True)
    blue = traitlets.Int().tag(sync=True)

    def text(self) -> str:
        color, named = (self.red, self.green, self.blue), self.data["colors"]
        off = np.array([rgb for _, *rgb in named]) - color  # [N, 3]
        nearest = named[int((off**2).sum(axis=1).argmin())][0]
        near = np.abs(off) <= ABOUT  # [N, 3]
        alone = [f"{count} have about this {channel}" for count, channel in zip(near.sum(0), CHANNELS, strict=True)]
        return (
            f"[{self.red}, {self.green}, {self.blue}] is nearest to {nearest}. Of {len(named)} named colours, "
            f"{', '.join(alone)} (within {ABOUT}); {near.all(axis=1).sum()} in all three."
        )


def colors(red: int = 255, green: int = 165, blue: int = 0, *, key: str = "colors") -> Panel:
    """Red, green and blue as sliders: a swatch, and what is left of the named colours by one channel and by three.

    >>> repr(colors()).split(". ")[0]
    '[255, 165, 0] is nearest to orange'
    """
    data = {"colors": [[name, *rgb] for name, rgb in named_colors().items()], "about": ABOUT}
    view = ColorsView(key=key, red=red, green=green, blue=blue, data=data)
    return Panel(view, **{channel: slider(channel.capitalize(), 0, 255) for channel in CHANNELS})
