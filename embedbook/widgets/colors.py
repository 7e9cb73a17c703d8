"""Three sliders make a colour; each channel by itself leaves many named colours, all three leave few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import traitlets

from embedbook.claims import words
from embedbook.widgets.view import Panel, View, joined, whole_slider

CHANNELS = ("red", "green", "blue")
ABOUT = 8
"""How far a channel of a named colour may be from the slider and still count as about the same."""

SHOWN = 5


class ColorsView(View):
    """A swatch, the named colours that each channel leaves, and the nearest names."""

    _esm = joined("colors")
    red = traitlets.Int(255).tag(sync=True)
    green = traitlets.Int(165).tag(sync=True)
    blue = traitlets.Int(0).tag(sync=True)
    about = traitlets.Int(ABOUT).tag(sync=True)
    colors: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def left_by(self, channels: Sequence[int]) -> list[str]:
        """The named colours within ``about`` of the sliders in each of those channels, 0 to 2."""
        color = (self.red, self.green, self.blue)
        return [str(name) for name, *rgb in self.colors if all(abs(rgb[i] - color[i]) <= self.about for i in channels)]

    def nearest(self) -> list[str]:
        """The nearest named colours, by the straight distance over the three channels; a tie goes to the first name."""
        color = (self.red, self.green, self.blue)
        distances = {name: sum((rgb[i] - color[i]) ** 2 for i in range(3)) for name, *rgb in self.colors}
        return sorted(distances, key=lambda name: distances[name])[:SHOWN]

    def text(self) -> str:
        """The sentence under the picture."""
        alone = [f"{len(self.left_by([i]))} have about this {channel}" for i, channel in enumerate(CHANNELS)]
        return (
            f"[{self.red}, {self.green}, {self.blue}] is nearest to {self.nearest()[0]}. Of {len(self.colors)} named "
            f"colours, {', '.join(alone)} (within {self.about}); {len(self.left_by([0, 1, 2]))} in all three."
        )


def colors(red: int = 255, green: int = 165, blue: int = 0, *, key: str = "colors") -> Panel:
    """Red, green and blue as sliders: a swatch, and what is left of the named colours by one channel and by three.

    ``key`` names its state in the address of a page: two of a kind on one page need two.

    >>> colors().view.text().split(". ")[0]
    '[255, 165, 0] is nearest to orange'
    """
    values = {"red": red, "green": green, "blue": blue}
    named = [[name, *rgb] for name, rgb in words.named_colors().items()]
    view = ColorsView(key=key, colors=named, **values)
    controls = {channel: whole_slider(channel.capitalize(), value, 0, 255) for channel, value in values.items()}
    return Panel(view, controls)
