"""At a chapter's end, say which it is, how long it takes, and where the short path goes on.

A chapter's minutes are those that its own *Time:* says; the short path is `short_path` in the configuration.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from chapter_numbers import number_of
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

TIME = re.compile(r"\bTime:\D{0,20}(\d+)")
logger = logging.getLogger(__name__)


def minutes(doctree: nodes.document) -> str:
    """How long a page says that it takes, "" if it does not."""
    for paragraph in doctree.findall(nodes.paragraph):
        if found := TIME.search(paragraph.astext()):
            return found[1]
    return ""


def chapters(env: BuildEnvironment) -> dict[str, str]:
    """The pages that are chapters, by number, in their order."""
    return dict(sorted((number, docname) for docname in env.titles if (number := number_of(docname))))


def check_path(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of a short path that leads nowhere."""
    there = chapters(env)
    if there and (unknown := [number for number in app.config.short_path if number not in there]):
        logger.warning("short_path names chapters that are not there: %s", unknown)


def add_end(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the line below the text of a chapter."""
    here, all_of_them = number_of(pagename), chapters(app.env)
    if here is None or doctree is None:
        return
    said = [f"Chapter {int(here)} of {int(max(all_of_them))}"]
    if time := minutes(doctree):
        said.append(f"about {time} minutes")
    else:
        logger.warning("a chapter says how long it takes: *Time:* about 20 minutes", location=pagename)
    if here in app.config.short_path:
        ahead = all_of_them.get(min((one for one in app.config.short_path if one > here), default=""))
        title = escape(app.env.titles[ahead].astext()) if ahead else ""
        link = (
            f', which goes on with <a href="{context["pathto"](ahead)}">{title}</a>' if ahead else ", which ends here"
        )
        said.append(f"on the short path{link}")
    context["body"] = f'{context.get("body", "")}<p class="eb-place">{" · ".join(said)}</p>\n'


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_config_value("short_path", [], "env", [list])
    app.connect("env-updated", check_path)
    app.connect("html-page-context", add_end)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
