"""The mechanism of every widget: ipywidgets controls, linked in the browser to a view that does the arithmetic there.

So the same widget lives in JupyterLab with a kernel and on a built page without one. A view carries its JavaScript with
it; its data travels apart (see ``datasets``), so that no saved notebook ever holds rows.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from embedbook import tables
from embedbook.widgets import datasets

HERE = Path(__file__).parent
INDEXED = (ipywidgets.Dropdown, ipywidgets.SelectionSlider)
"""Controls of which the browser knows the index of what is chosen, and not its value."""
LOG = logging.getLogger(__name__)
CORE_IMPORT = re.compile(r'^import \{[^}]*\} from "\.\./core\.mjs";\n', re.MULTILINE)


def joined(folder: str) -> str:
    """One module out of ``core.mjs`` and a ``view.mjs``: anywidget loads it from a blob, where no import resolves.

    Raises ``ValueError`` unless the view has exactly one import, from the core.
    """
    core = re.sub(r"^export ", "", (HERE / "core.mjs").read_text(encoding="utf-8"), flags=re.MULTILINE)
    view, imports = CORE_IMPORT.subn("", (HERE / folder / "view.mjs").read_text(encoding="utf-8"))
    if imports != 1 or re.search(r"^import ", view, re.MULTILINE):
        raise ValueError(f"{folder}/view.mjs must have one import, from ../core.mjs")
    return f"{core}\n{view}"


class View(anywidget.AnyWidget):
    """A picture with a text under it, drawn in the browser from traits and a data set."""

    _css = (HERE / "core.css").read_text(encoding="utf-8")

    key = traitlets.Unicode().tag(sync=True)
    tables = traitlets.List(traitlets.Unicode()).tag(sync=True)
    table = traitlets.Int(0).tag(sync=True)

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self.on_msg(self._answer)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(key={self.key!r})"

    def _answer(self, _: object, content: Mapping[str, Any], __: object) -> None:
        """Send the data set that the browser asks for; an error goes there as a sentence."""
        name = content.get("dataset")
        try:
            data = datasets.dataset(str(name))
        except (ValueError, tables.EmbedbookError) as error:
            self.send({"dataset": name, "error": _sentence(str(error))})
        except Exception as error:
            LOG.exception("no data set %r", name)
            self.send({"dataset": name, "error": _sentence(f"The kernel failed: {type(error).__name__}: {error}")})
        else:
            arrays = [[key, array.dtype.name] for key, array in data.arrays.items()]
            parts = [array.tobytes() for array in data.arrays.values()]
            self.send({"dataset": name, "meta": data.meta, "arrays": arrays}, parts)

    @property
    def chosen(self) -> str:
        """The name of the table that the view shows."""
        return str(self.tables[self.table])


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:].rstrip(".") + "."


class Panel(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets is untyped
    """Controls above the view that they steer."""

    def __init__(self, view: View, controls: Mapping[str, ipywidgets.Widget]) -> None:
        self.view = view
        self.controls = dict(controls)
        self.links = [
            ipywidgets.jslink((control, "index" if isinstance(control, INDEXED) else "value"), (view, trait))
            for trait, control in controls.items()
        ]
        row = ipywidgets.Box(list(controls.values()), layout={"flex_flow": "row wrap", "width": "100%"})
        row.add_class("eb-controls")
        super().__init__([row, view])

    def __repr__(self) -> str:
        return f"Panel({self.view!r})"


def text_box(label: str, value: str, width: str = "18rem") -> ipywidgets.Text:
    """A one-line text control."""
    return ipywidgets.Text(value=value, description=label, continuous_update=True, layout=_layout(width))


def whole_slider(label: str, value: int, low: int, high: int) -> ipywidgets.IntSlider:
    """A slider over whole numbers."""
    return ipywidgets.IntSlider(value=value, min=low, max=high, description=label, layout=_layout("22rem"))


def number_slider(label: str, value: float, low: float, high: float, step: float) -> ipywidgets.FloatSlider:
    """A slider over real numbers."""
    return ipywidgets.FloatSlider(value=value, min=low, max=high, step=step, description=label, layout=_layout("22rem"))


def stops(label: str, values: Sequence[object], index: int) -> ipywidgets.SelectionSlider:
    """A slider over a few given values, linked by the index of what is chosen; whole numbers with commas."""
    options = [f"{value:,}" if isinstance(value, int) else str(value) for value in values]
    return ipywidgets.SelectionSlider(options=options, index=index, description=label, layout=_layout("22rem"))


def choice(label: str, options: Sequence[str], index: int = 0) -> ipywidgets.Dropdown:
    """A drop-down list, linked by the index of what is chosen."""
    return ipywidgets.Dropdown(options=list(options), index=index, description=label, layout=_layout("16rem"))


def switch(label: str, value: bool) -> ipywidgets.Checkbox:
    """A box to tick."""
    return ipywidgets.Checkbox(value=value, description=label, indent=False, layout=_layout("16rem"))


def _layout(width: str) -> dict[str, str]:
    return {"width": width, "max_width": "100%"}


def known_tables(names: Sequence[str], first: str | None) -> list[str]:
    """``names`` with the table that the notebook runs on first, so that a widget starts where the page is."""
    start = first or tables.load().card.name
    return [start, *(name for name in names if name != start)]
