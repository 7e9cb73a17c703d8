"""Widgets that do their arithmetic in the browser: the same in JupyterLab with a kernel and on a page without one."""

from embedbook.widgets.analogy import analogy
from embedbook.widgets.lookup import lookup
from embedbook.widgets.neighbors import neighbors
from embedbook.widgets.pair import pair

__all__ = ["analogy", "lookup", "neighbors", "pair"]
