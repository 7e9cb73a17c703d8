"""Put a chapter's number before its title, so that "see 03" can be followed in the sidebar and at a page's ends.

The number is the one in the name of its notebook. Headings below it, and links to them, stay as they are.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

CHAPTER = re.compile(r"(?:^|/)(\d\d)_[^/]*$")


def number_of(docname: str) -> str | None:
    """The number of the chapter, None for another page.

    >>> number_of("notebooks/03_cosine_similarity"), number_of("book/glossary")
    ('03', None)
    """
    found = CHAPTER.search(docname)
    return found[1] if found else None


def add_number(app: Sphinx, doctree: nodes.document) -> None:
    """Put the number into the first title of a chapter."""
    number, title = number_of(app.env.docname), next(doctree.findall(nodes.title), None)
    if number and title is not None:
        title[:0] = [nodes.inline(number, number, classes=["chapter-number"]), nodes.Text(" ")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, before it collects the titles."""
    app.connect("doctree-read", add_number, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
