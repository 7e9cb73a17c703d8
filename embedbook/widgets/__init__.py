"""Widgets that do their arithmetic in the browser: the same in JupyterLab with a kernel and on a page without one.

Each is a function that returns a :class:`~embedbook.widgets.view.Panel`, whose text is the sentence under its picture.
``key`` names its state in the address of a page: two of a kind on one page need two. ``tables`` are tables or names of
known ones; by default the notebook's own and the book's. An argument of a wrong kind raises TypeError, one that no
control could hold ValueError, an unknown table what ``tables.as_table`` raises.
"""

from embedbook.tables import MissingExtraError

try:
    from embedbook.widgets.along import along
    from embedbook.widgets.analogy import analogy
    from embedbook.widgets.arrows import arrows
    from embedbook.widgets.basis import basis
    from embedbook.widgets.colors import colors
    from embedbook.widgets.layers import layers
    from embedbook.widgets.lookup import lookup
    from embedbook.widgets.maps import maps
    from embedbook.widgets.neighbors import neighbors
    from embedbook.widgets.optimizers import optimizers
    from embedbook.widgets.pair import pair
    from embedbook.widgets.patches import patches
    from embedbook.widgets.pieces import pieces
    from embedbook.widgets.quiz import quiz
    from embedbook.widgets.runs import history, training
    from embedbook.widgets.size import size
except ModuleNotFoundError as missing:
    if missing.name not in ("anywidget", "ipywidgets", "traitlets"):
        raise
    raise MissingExtraError("embedbook.widgets", "pip install ipywidgets anywidget") from missing

__all__ = [
    "along", "analogy", "arrows", "basis", "colors", "history", "layers", "lookup", "maps", "neighbors", "optimizers",
    "pair", "patches", "pieces", "quiz", "size", "training",
]  # fmt: skip
