"""Widgets that do their arithmetic in the browser: the same in JupyterLab with a kernel and on a page without one."""

from embedbook.tables import MissingExtraError

try:
    from embedbook.widgets.analogy import analogy
    from embedbook.widgets.basis import basis
    from embedbook.widgets.colors import colors
    from embedbook.widgets.history import history
    from embedbook.widgets.lookup import lookup
    from embedbook.widgets.maps import maps
    from embedbook.widgets.neighbors import neighbors
    from embedbook.widgets.optimizers import optimizers
    from embedbook.widgets.pair import pair
    from embedbook.widgets.size import size
    from embedbook.widgets.training import training
except ModuleNotFoundError as missing:
    if missing.name not in ("anywidget", "ipywidgets", "traitlets"):
        raise
    raise MissingExtraError("embedbook.widgets", "pip install ipywidgets anywidget") from missing

__all__ = [
    "analogy",
    "basis",
    "colors",
    "history",
    "lookup",
    "maps",
    "neighbors",
    "optimizers",
    "pair",
    "size",
    "training",
]
