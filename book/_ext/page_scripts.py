"""Give each page the scripts that it needs, where they do not hold up its first paint, and none that call another host.

Jupyter Book always loads sphinx-thebe, whose scripts come from a public server and are of use only with a Binder
address; the book has none. The extensions give every page what some page needs: formulas, copy buttons, tabs.
"""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

OUTSIDE = "thebe"
DATA = "_build/static/data"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
NEEDED_BY = {
    "mathjax": r'class="[^"]*\bmath\b',
    "copybutton": r'class="highlight\b',
    "clipboard": r'class="highlight\b',
    "toggle": r'class="[^"]*\b(toggle|dropdown)\b',
    "design-tabs": r'class="[^"]*\bsd-tab',
    "sphinx-design": r'class="[^"]*\bsd-',
    "mystnb": r'class="[^"]*\bcell\b',
}
"""What a script or style is called, and what the body of a page has that is in need of it."""
SEARCH_WANTS = re.compile("documentation_options|doctools|sphinx_highlight")
"""What the scripts of the search page, which are not deferred, want first."""
NEVER = (OUTSIDE, "documentation_options.pagename", "documentation_options.search_as_you_type")
"""The last two are for a switch of versions and a search that the book does not have."""


def _name(asset: object) -> str:
    body = str(getattr(asset, "attributes", {}).get("body", ""))
    return f"{getattr(asset, 'filename', None) or ''} {body}".lower()


def _is_state(asset: object) -> bool:
    return bool(getattr(asset, "attributes", {}).get("type") == WIDGET_STATE)


def is_needed(name: str, body: str) -> bool:
    """Whether a page with that body needs the script or style of that name.

    >>> is_needed("togglebutton.js", '<div class="toggle admonition">'), is_needed("togglebutton.js", "<p>")
    (True, False)
    """
    return not any(part in name for part in NEVER) and all(
        re.search(mark, body) for part, mark in NEEDED_BY.items() if part in name
    )


@functools.cache
def version(folder: Path) -> str:
    """A name for what the files of a folder hold, "" where it has none: a browser keeps them until one changes."""
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8] if files else ""


def choose(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Keep in `context` the scripts and styles that the page needs; scripts run once the page has been read."""
    context["data_version"] = version(Path(app.srcdir, DATA))
    body = context.get("body", "")
    for key in ("script_files", "css_files"):
        context[key] = [asset for asset in context[key] if is_needed(_name(asset), body)]
    states = [asset for asset in context["script_files"] if _is_state(asset)]
    context["script_files"] = [asset for asset in context["script_files"] if not _is_state(asset)]
    for state in states:  # after the text, which comes first
        context["body"] += f'\n<script type="{WIDGET_STATE}">{state.attributes["body"]}</script>\n'
    for asset in context["script_files"]:  # the same objects on every page
        if getattr(asset, "filename", None):
            at_once = pagename == "search" and SEARCH_WANTS.search(_name(asset))
            when = "" if at_once else "async" if "mathjax" in _name(asset) else "defer"  # nobody waits for the largest
            for attribute in ("async", "defer"):
                asset.attributes.pop(attribute, None)
            if when:
                asset.attributes[when] = when


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, after every extension that adds files to a page."""
    app.connect("html-page-context", choose, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
