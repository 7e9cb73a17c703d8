"""Put the figures into a page as SVG, which takes the page's colours and typeface, in place of stored pictures.

What draws a figure stores it twice in the metadata of its picture: as wide as the text, and for a phone. The style
sheet shows one of them. A picture without them stays as it is.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

PNG = "image/png"
IMAGE = r'<img [^>]*\bsrc="[^"]*/_images/(?P<name>[0-9a-f]{64})\.png"[^>]*>'
PICTURE = re.compile(rf"(?P<link><a [^>]*\bimage-reference\b[^>]*>)?{IMAGE}(?(link)\s*</a>)")


def stored_figures(notebook: Mapping[str, Any]) -> dict[str, str]:
    """The figures of a notebook as parts of a page, by the digest of the picture, which is the name of its file."""
    found = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get(PNG, {})
            if "site" in about:
                picture = base64.b64decode("".join(output["data"][PNG]))
                found[hashlib.sha256(picture).hexdigest()] = figure(about["alt"], **about["site"])
    return found


def figure(alt: str, title: str, wide: str, narrow: str) -> str:
    """A figure of a page: its title as text, and its drawings as one picture with a description."""
    about = escape(alt.removeprefix(f"{title}. "))
    drawings = f'<div class="eb-wide">{wide}</div><div class="eb-narrow">{narrow}</div>'
    caption = f"<figcaption>{escape(title)}</figcaption>"
    return f'<figure class="eb-figure">{caption}<div role="img" aria-label="{about}">{drawings}</div></figure>'


def put_figures(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put a figure where the page's body has its picture."""
    source = Path(app.env.doc2path(pagename)) if doctree is not None else Path()
    if source.suffix == ".ipynb" and "/_images/" in context.get("body", ""):
        figures = stored_figures(json.loads(source.read_text(encoding="utf-8")))
        context["body"] = PICTURE.sub(lambda picture: figures.get(picture["name"], picture[0]), context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, before the pictures that stay get their sizes."""
    app.connect("html-page-context", put_figures, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
