"""Two arrows to turn and stretch: the cosine sees their angle alone, the dot product their lengths too."""

from __future__ import annotations

from math import cos, radians

import traitlets

from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, slider


class ArrowsView(View):
    """One arrow of length 1 and another, with its shadow on the first."""

    HOW = (
        "The shadow of the second arrow on the first is as long as their dot product; divided by both lengths it is "
        "the cosine, which knows the angle alone. Drag the end of the second arrow, or use the sliders."
    )

    angle = traitlets.Int().tag(sync=True)
    length = traitlets.Float().tag(sync=True)

    def text(self) -> str:
        cosine = cos(radians(self.angle))
        return (
            f"An angle of {self.angle}°: the cosine is {fixed(cosine)}. With lengths 1.0 and {fixed(self.length, 1)} "
            f"the dot product is {fixed(self.length * cosine)}."
        )


def arrows(angle: int = 60, length: float = 1.5, *, key: str = "arrows") -> Panel:
    """Two arrows in a plane, ``angle`` degrees apart (0 to 180), the second ``length`` long (0.2 to 2.0).

    Raises ValueError or TypeError for what the sliders cannot show.

    >>> repr(arrows(60, 2.0))
    'An angle of 60°: the cosine is 0.50. With lengths 1.0 and 2.0 the dot product is 1.00.'
    """
    view = ArrowsView(key=key, angle=angle, length=length)
    return Panel(view, angle=slider("Angle", 0, 180), length=slider("Length", 0.2, 2.0, 0.1))
