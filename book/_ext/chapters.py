"""Chapters by number: in the sidebar, in links to the next page, and at a page's end, with its minutes and the path on.

A chapter's number is that of its file (`notebooks/03_...`), its minutes are those that its own *Time:* says, and the
short path is `short_path` in the configuration, a list of numbers.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

FILE = re.compile(r"(?:^|/)(\d\d)_[^/]*$")
TIME = re.compile(r"\bTime:\D{0,20}(\d+)")
logger = logging.getLogger(__name__)


def number(docname: str) -> int:
    """The number of a chapter, 0 for any other page.

    >>> number("notebooks/03_cosine_similarity"), number("book/glossary")
    (3, 0)
    """
    found = FILE.search(docname)
    return int(found[1]) if found else 0


def number_titles(app: Sphinx, env: BuildEnvironment) -> None:
    """Put each chapter's number before its title, wherever another page names it."""
    for docname in filter(number, env.titles):
        in_contents = next(env.tocs[docname].findall(nodes.reference))  # which the sidebar is made of
        for title in (env.titles[docname], in_contents):
            if not title.astext().startswith(prefix := f"{number(docname)}. "):
                title.insert(0, nodes.Text(prefix))
    there = set(map(number, env.titles)) - {0}
    if there and (unknown := set(app.config.short_path) - there):
        logger.warning("short_path names chapters that are not there: %s", sorted(unknown))


def minutes(doctree: nodes.document) -> str:
    """How long a page says that it takes, "" if it does not."""
    for paragraph in doctree.findall(nodes.paragraph):
        if found := TIME.search(paragraph.astext()):
            return found[1]
    return ""


def place(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """At the end of a chapter, say which it is, and where the short path goes on if that is not the next page."""
    here = number(pagename)
    if not here or doctree is None:
        return
    chapters = {number(docname): docname for docname in app.env.titles if number(docname)}
    said = [f"Chapter {here} of {max(chapters)}"]
    if time := minutes(doctree):
        said.append(f"about {time} minutes")
    else:
        logger.warning("a chapter says how long it takes: *Time:* about 20 minutes", location=pagename)
    if here in app.config.short_path:
        ahead = min((one for one in app.config.short_path if one > here), default=0)
        title = escape(app.env.titles[chapters[ahead]].astext()) if ahead in chapters else ""
        link = f', which goes on with <a href="{context["pathto"](chapters[ahead])}">{title}</a>' if title else ""
        said.append(f"on the short path{link or ', which ends here'}")
    context["body"] = f'{context.get("body", "")}<p class="eb-place">{" · ".join(said)}</p>\n'


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_config_value("short_path", [], "env", [list])
    app.connect("env-updated", number_titles)
    app.connect("html-page-context", place)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
