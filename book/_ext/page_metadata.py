"""Tell browsers, search engines and whoever shows a shared link what each page is.

A description comes from the page's first paragraph. Where the site will stand, no page knows: with `SITE_URL` in the
environment of the build, shared links also get the book's picture and every page its canonical address.
"""

from __future__ import annotations

import html
import os
import textwrap
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

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


def shared(title: str, about: str, address: str = "", picture: str = "") -> list[str]:
    """The Open Graph tags of a page, of what is known of it.

    >>> shared("Notation", "")
    ['<meta property="og:type" content="article"/>', '<meta property="og:title" content="Notation"/>']
    """
    known = {"type": "article", "title": title, "description": about, "url": address, "image": picture}
    return [f'<meta property="og:{name}" content="{html.escape(value)}"/>' for name, value in known.items() if value]


def add_metadata(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add description, Open Graph tags and icons to the page's `metatags`."""
    static = context["pathto"]("_static", resource=True)
    tags = [
        f'<link rel="icon" type="image/png" sizes="48x48" href="{static}/favicon-48.png"/>',
        f'<link rel="apple-touch-icon" href="{static}/apple-touch-icon.png"/>',
    ]
    about = description(first_paragraph(doctree)) if doctree is not None else ""
    if about and 'name="description"' not in context.get("metatags", ""):
        tags.append(f'<meta name="description" content="{html.escape(about)}"/>')
    if doctree is not None:
        base, heading = app.config.html_baseurl, next(doctree.findall(nodes.title), None)
        title = heading.astext() if heading is not None else app.config.project
        tags += shared(title, about, context.get("pageurl") or "", f"{base}_static/first-page.png" if base else "")
    context["metatags"] = context.get("metatags", "") + "\n".join(tags)


def set_address(app: Sphinx, config: Config) -> None:
    """Where the site will stand, if the environment says so."""
    if address := os.environ.get("SITE_URL"):
        config.html_baseurl = address.rstrip("/") + "/"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("config-inited", set_address)
    app.connect("html-page-context", add_metadata)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
