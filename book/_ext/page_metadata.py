"""Give each page a description from its first paragraph, and icons for browsers that cannot draw an SVG one."""

from __future__ import annotations

import html
import textwrap
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

LONGEST = 160  # characters; search engines cut longer descriptions


def first_paragraph(doctree: nodes.document) -> str:
    """Text of the first paragraph that stands in a section itself, or "" where there is none."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            return " ".join(paragraph.astext().split())
    return ""


def description(text: str, longest: int = LONGEST) -> str:
    """The sentences of `text` that fit in `longest` characters; if none does, its first words and an ellipsis.

    >>> description("One row a token. Every row has as many numbers.", longest=20)
    'One row a token.'
    >>> description("A row of a table stands for one token", longest=20)
    'A row of a table…'
    """
    if len(text) <= longest:
        return text
    whole = text[: longest + 1].rpartition(". ")[0]
    return f"{whole}." if whole else textwrap.shorten(text, longest, placeholder="…")


def add_metadata(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add the description and the icons to the page's `metatags`."""
    static = context["pathto"]("_static", resource=True)
    tags = [
        f'<link rel="icon" type="image/png" sizes="48x48" href="{static}/favicon-48.png"/>',
        f'<link rel="apple-touch-icon" href="{static}/apple-touch-icon.png"/>',
    ]
    text = description(first_paragraph(doctree)) if doctree is not None else ""
    if text and 'name="description"' not in context.get("metatags", ""):
        tags.append(f'<meta name="description" content="{html.escape(text)}"/>')
    context["metatags"] = context.get("metatags", "") + "\n".join(tags)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", add_metadata)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
