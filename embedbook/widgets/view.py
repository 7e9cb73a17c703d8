"""The mechanism of every widget: ipywidgets controls, linked in the browser to a view that does the arithmetic there.

So the same widget lives in JupyterLab with a kernel and on a built page without one. A view carries its JavaScript with
it; its rows travel apart (see ``datasets``), so that no saved notebook ever holds them. The sentence under its picture
is its plain text too: what GitHub shows, what a listener hears, and what a re-run is compared with.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import numpy as np
import traitlets

from embedbook import tables
from embedbook.tables import EmbeddingTable
from embedbook.widgets import datasets
from embedbook.widgets.packs import script
from embedbook.widgets.sentences import Carried

HERE = Path(__file__).parent
INDEXED = (ipywidgets.Dropdown, ipywidgets.SelectionSlider)
"""Controls of which the browser knows the index of what is chosen, and not its value."""
BOOKS_OWN = ("smollm2", "minilm", "glove")
KINDS = {
    traitlets.Unicode: (str, "text"),
    traitlets.Int: (int, "a whole number"),
    traitlets.Float: (int | float, "a number"),
    traitlets.Bool: (bool, "True or False"),
}
LOG = logging.getLogger(__name__)


class View(anywidget.AnyWidget):
    """A picture with a text under it, drawn in the browser from traits and data sets of its tables.

    The JavaScript of a ``NeighborsView`` is ``js/views/neighbors.mjs``.
    """

    _css = (HERE / "style.css").read_text(encoding="utf-8")

    key = traitlets.Unicode().tag(sync=True)
    fields = traitlets.Dict().tag(sync=True)
    """What each trait that a control moves may be: kind, and for numbers min, max and step; "unlinked" is one that the
    picture itself moves and no address has."""
    data = traitlets.Dict().tag(sync=True)
    """What the picture is made of that no control moves, by names of the view's own."""
    tables = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """What sentences call the tables, each another one; ``carried`` are those whose rows the built site has."""
    carried = traitlets.List(traitlets.Unicode()).tag(sync=True)
    files = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """Under what name the built site has the rows of each table."""
    table = traitlets.Int(0).tag(sync=True)
    how = traitlets.Unicode().tag(sync=True)
    """What the page unfolds under *How it works*: ``HOW``, and where rows are searched, how many."""

    HOW = ""
    """What is drawn and how it is computed, in two or three sentences."""
    SEARCHES = False
    """Whether it looks for nearest rows."""

    def __init__(self, *, sources: Sequence[EmbeddingTable] = (), **state: Any) -> None:
        """Raises TypeError for a trait of another kind."""
        state = {name: value.item() if isinstance(value, np.generic) else value for name, value in state.items()}
        for name, value in state.items():
            kind, expected = KINDS.get(type(self.class_traits()[name]), (object, ""))
            if not isinstance(value, kind) or (isinstance(value, bool) and kind not in (bool, object)):
                raise TypeError(f"{name} must be {expected}, got {value!r:.40}")
        self._esm = script(self.name)
        self.sources = [Carried(label, table) for label, table in zip(_labels(sources), sources, strict=True)]
        carried = [source.label for source in self.sources if datasets.on_site(source.table)]
        files = [source.table.card.name for source in self.sources]
        how = f"{self.HOW} {_rows_searched(self.sources)}" if self.SEARCHES else self.HOW
        labels = [source.label for source in self.sources]
        super().__init__(tables=labels, carried=carried, files=files, how=how, **state)
        self.on_msg(self._answer)

    @property
    def name(self) -> str:
        """The view's name, which is also its JavaScript's."""
        return type(self).__name__.removesuffix("View").lower()

    def __repr__(self) -> str:
        return self.text()

    def text(self) -> str:
        """The sentence under the picture."""
        raise NotImplementedError

    @property
    def chosen(self) -> Carried:
        """What is carried of the table that the view shows."""
        return self.sources[self.table]

    def _answer(self, _: object, content: Mapping[str, Any], __: object) -> None:
        """Send the data set that the browser asks for; an error goes there as a sentence."""
        asked = {"kind": content.get("kind"), "table": content.get("table")}
        try:
            found = [source.table for source in self.sources if source.label == asked["table"]]
            if not found:
                raise ValueError(f"this widget has no table {asked['table']!r}")
            data = datasets.of_table(str(asked["kind"]), found[0])
        except (ValueError, tables.EmbedbookError) as error:
            self.send({**asked, "error": _sentence(str(error))})
        except Exception as error:
            LOG.exception("no data set %r of %r", asked["kind"], asked["table"])
            self.send({**asked, "error": _sentence(f"The kernel failed: {type(error).__name__}: {error}")})
        else:
            arrays = [[name, array.dtype.name] for name, array in data.arrays.items()]
            parts = [array.tobytes() for array in data.arrays.values()]
            self.send({**asked, "meta": {**data.meta, "table": asked["table"]}, "arrays": arrays}, parts)


def _labels(sources: Sequence[EmbeddingTable]) -> list[str]:
    """The tables' short names, numbered where two are alike."""
    labels: list[str] = []
    for table in sources:
        short = table.card.short or table.card.name
        label, count = short, 2
        while label in labels:
            label, count = f"{short} ({count})", count + 1
        labels.append(label)
    return labels


def _rows_searched(sources: Sequence[Carried]) -> str:
    """Among how many rows a view looks before all are asked for."""
    counts = [f"{len(source.pool):,} of {source.label}’s {len(source.table):,}" for source in sources]
    return f"It looks among the rows loaded first: {', '.join(counts)}."


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:].rstrip(".") + "."


class Panel(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets is untyped
    """Controls above the view that they steer."""

    def __init__(self, view: View, *more: ipywidgets.Widget, **controls: ipywidgets.Widget) -> None:
        """``controls`` by the trait that each moves, set to what it is; ``more`` are tied by whoever adds them.

        Raises ValueError for a trait that is not what its control could hold.
        """
        self.view, self.controls, self.links = view, controls, []
        view.fields = {trait: _field(control) for trait, control in controls.items()}
        for trait, control in controls.items():
            place, start = "index" if isinstance(control, INDEXED) else "value", getattr(view, trait)
            setattr(control, place, start)
            if getattr(control, place) != start:
                raise ValueError(f"{trait} must be from {control.min} to {control.max}, got {start}")
            self.links.append(ipywidgets.jslink((control, place), (view, trait)))
        row = ipywidgets.Box([*controls.values(), *more], layout={"flex_flow": "row wrap", "width": "100%"})
        row.add_class("eb-controls")
        super().__init__([row, view])

    def __repr__(self) -> str:
        return repr(self.view)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """As ipywidgets gives it, with the whole sentence as plain text and not its first 110 characters."""
        return {**super()._repr_mimebundle_(**options), "text/plain": repr(self)}


def _field(control: ipywidgets.Widget) -> dict[str, Any]:
    """What a control lets its trait be, for a value that comes from an address."""
    if isinstance(control, ipywidgets.Text):
        return {"kind": "text"}
    if isinstance(control, ipywidgets.Checkbox):
        return {"kind": "flag"}
    if isinstance(control, INDEXED):
        return {"kind": "number", "min": 0, "max": len(control.options) - 1, "step": 1}
    return {"kind": "number", "min": control.min, "max": control.max, "step": control.step}


def text_box(label: str, width: str = "18rem") -> ipywidgets.Text:
    """A one-line text control."""
    return ipywidgets.Text(description=label, layout=_layout(width))


def slider(label: str, low: float, high: float, step: float = 1) -> ipywidgets.IntSlider | ipywidgets.FloatSlider:
    """A slider over whole numbers, or over real ones if its step is one."""
    kind = ipywidgets.IntSlider if isinstance(step, int) else ipywidgets.FloatSlider
    return kind(min=low, max=high, step=step, description=label, layout=_layout("22rem"))


def stops(label: str, values: Sequence[object]) -> ipywidgets.SelectionSlider:
    """A slider over a few given values, linked by the index of what is chosen; whole numbers with commas."""
    options = [f"{value:,}" if isinstance(value, int) else str(value) for value in values]
    return ipywidgets.SelectionSlider(options=options, description=label, layout=_layout("22rem"))


def choice(label: str, options: Sequence[str], width: str = "16rem") -> ipywidgets.Dropdown:
    """A drop-down list, linked by the index of what is chosen."""
    return ipywidgets.Dropdown(options=list(options), description=label, layout=_layout(width))


def switch(label: str) -> ipywidgets.Checkbox:
    """A box to tick."""
    return ipywidgets.Checkbox(description=label, indent=False, layout=_layout("16rem"))


def _layout(width: str) -> dict[str, str]:
    return {"width": width, "max_width": "100%"}


def table_objects(asked: Iterable[EmbeddingTable | str] | None) -> list[EmbeddingTable]:
    """The tables asked for; by default the one that the notebook runs on, then the book's own."""
    given: Any = [tables.load(), *BOOKS_OWN] if asked is None else asked
    if isinstance(given, (str, EmbeddingTable)) or not isinstance(given, Iterable):
        given = [given]
    found = list(dict.fromkeys(map(tables.as_table, given)))
    if not found:
        raise ValueError("a widget needs a table or more, got none")
    return found


def place_of(options: Sequence[object], wanted: object, what: str) -> int:
    """Where a wanted option stands. Raises ValueError, with what there is, for another.

    >>> place_of(("SGD", "Adam"), "Adam", "optimizer")
    1
    """
    if wanted not in options:
        raise ValueError(f"no {what} {wanted!r:.40}; known: {', '.join(map(str, options))}")
    return options.index(wanted)
