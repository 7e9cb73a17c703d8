"""Take off every page the scripts and styles that would call another host.

Jupyter Book always loads sphinx-thebe, whose scripts come from a public server and are of use only with a
Binder address. The book has none, so they go. (Sphinx 7.4 also emits the inline one twice, which is an error
in the browser's console.)
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def _is_thebe(asset: object) -> bool:
    name = str(getattr(asset, "filename", "") or "")
    body = str(getattr(asset, "attributes", {}).get("body", ""))
    return "thebe" in f"{name} {body}".lower()


def drop_thebe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Keep in `context` the script and style files that are not thebe's."""
    for key in ("script_files", "css_files"):
        context[key] = [asset for asset in context[key] if not _is_thebe(asset)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, after every extension that adds files to a page."""
    app.connect("html-page-context", drop_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
