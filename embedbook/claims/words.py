"""What moved to :mod:`embedbook.lists`, for those who still ask here."""

from embedbook.lists import *  # noqa: F403
from embedbook.lists import _geonames as _geonames
from embedbook.tables import EmbeddingTable


def frequent_ids(table: EmbeddingTable, n: int) -> list[int]:
    """The same as ``table.frequent_words(n)``."""
    return table.frequent_words(n)
