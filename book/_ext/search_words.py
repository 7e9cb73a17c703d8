"""Let the site's search find a name of code by each of its words: `nearest_neighbors` by *neighbors* too."""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.search import languages
from sphinx.search.en import SearchEnglish

WORD = re.compile(r"\w+")


class BookEnglish(SearchEnglish):
    """Sphinx's English, which takes `nearest_neighbors` for one word."""

    def split(self, text: str) -> list[str]:
        """The words of a text, and the parts of those that underscores join.

        >>> BookEnglish({}).split("nearest_neighbors of cat")
        ['nearest_neighbors', 'nearest', 'neighbors', 'of', 'cat']
        """
        words = WORD.findall(text)
        return [form for word in words for form in (word, *(filter(None, word.split("_")) if "_" in word else ()))]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    languages["en"] = BookEnglish
    return {"parallel_read_safe": True, "parallel_write_safe": True}
