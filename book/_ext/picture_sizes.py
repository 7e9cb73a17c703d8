"""Give each picture its size, so that a page does not jump when it comes, and fetch it when a reader comes near."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx

PICTURE = re.compile(r'<img (?=[^>]*\bsrc="[^"]*/_images/([^"/]+\.png)")')
PER_PIXEL = 2  # dots of a stored figure per pixel of a page


def sized(body: str, files: Mapping[str, Path]) -> str:
    """The body of a page with sizes on its pictures; `files` are theirs by name."""

    def with_size(tag: re.Match[str]) -> str:
        with Image.open(files[tag[1]]) as picture:
            width, height = (round(dots / PER_PIXEL) for dots in picture.size)
        return f'{tag[0]}width="{width}" height="{height}" loading="lazy" decoding="async" '

    return PICTURE.sub(with_size, body)


def size_pictures(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Size the pictures in the page's body."""
    if "/_images/" in context.get("body", ""):
        files = {name: Path(app.srcdir, source) for source, name in app.builder.images.items()}
        context["body"] = sized(context["body"], files)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", size_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
