"""Three sliders make a colour; each channel by itself leaves many named colours, all three leave few."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from embedbook.lists import named_colors
from embedbook.widgets.view import Panel, View, script, whole_slider

CHANNELS = ("red", "green", "blue")
ABOUT = 8
"""How far a channel of a named colour may be from the slider and still count as about the same."""


class ColorsView(View):
    """A swatch, the named colours that each channel leaves, and the nearest names."""

    _esm = script("colors")
    red = traitlets.Int(255).tag(sync=True)
    green = traitlets.Int(165).tag(sync=True)
    blue = traitlets.Int(0).tag(sync=True)
    about = traitlets.Int(ABOUT).tag(sync=True)
    colors: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def text(self) -> str:
        """The sentence under the picture."""
        color = (self.red, self.green, self.blue)
        off = np.array([rgb for _, *rgb in self.colors]) - color  # [N, 3]
        nearest = self.colors[int((off**2).sum(axis=1).argmin())][0]
        near = np.abs(off) <= self.about
        alone = [f"{count} have about this {channel}" for count, channel in zip(near.sum(0), CHANNELS, strict=True)]
        return (
            f"[{self.red}, {self.green}, {self.blue}] is nearest to {nearest}. Of {len(self.colors)} named "
            f"colours, {', '.join(alone)} (within {self.about}); {near.all(axis=1).sum()} in all three."
        )


def colors(red: int = 255, green: int = 165, blue: int = 0, *, key: str = "colors") -> Panel:
    """Red, green and blue as sliders: a swatch, and what is left of the named colours by one channel and by three.

    ``key`` names its state in the address of a page: two of a kind on one page need two.

    >>> repr(colors()).split(". ")[0]
    '[255, 165, 0] is nearest to orange'
    """
    values = {"red": red, "green": green, "blue": blue}
    named = [[name, *rgb] for name, rgb in named_colors().items()]
    view = ColorsView(key=key, colors=named, red=red, green=green, blue=blue)
    controls = {channel: whole_slider(channel.capitalize(), value, 0, 255) for channel, value in values.items()}
    return Panel(view, controls)
