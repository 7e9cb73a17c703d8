"""Let links that are written in HTML lead to pages of the site, also into the state of a widget.

Such a link names a notebook, as JupyterLab follows it: `<a href="03_cosine_similarity.ipynb#claim-S5">`. MyST resolves
links of Markdown, without a query, and leaves HTML alone, so that the site would look for a file that it does not have.
"""

from __future__ import annotations

import posixpath
import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

LINK = re.compile(r'(?P<before><a\b[^>]*\bhref=")(?P<path>[^":?#]+)\.(?:ipynb|md)(?P<place>[?#][^"]*)?(?=")')
logger = logging.getLogger(__name__)


def resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give each such link of a page the address of its target's page; warn of one that leads nowhere."""
    folder = posixpath.dirname(docname)

    def address(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link["path"]))
        if target not in app.env.found_docs:
            logger.warning("a link in HTML leads to %s, which is no page", target, location=docname)
            return link[0]
        return f"{link['before']}{app.builder.get_relative_uri(docname, target)}{link['place'] or ''}"

    for raw in doctree.findall(nodes.raw):
        if "html" in raw.get("format", "").split():
            linked = nodes.Text(LINK.sub(address, raw.astext()))
            raw.clear()
            raw += linked


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-resolved", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
