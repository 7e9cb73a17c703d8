"""Take off bibliographies two ARIA roles that browsers and screen readers no longer know what to do with.

docutils 0.21 marks each work as `doc-biblioentry`, which DPUB-ARIA 1.1 deprecates, inside a `list` that then has no
list items. Plain paragraphs read better.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def drop_roles(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Remove the roles from the page's body."""
    if 'class="citation-list"' in context.get("body", ""):
        body = context["body"].replace(' role="doc-biblioentry"', "")
        context["body"] = body.replace('<div role="list" class="citation-list">', '<div class="citation-list">')


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", drop_roles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
