"""Say what a linked term means and what a cited work is where the link stands, without a way to another page.

The words come from the glossary and the bibliography when the site is built. They stand hidden below a page's text, as
the description of each link, which a screen reader reads out; book/js/page/notes.mjs shows them beside the text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

LINK = re.compile(r'<a (?=[^>]*\bhref="(?P<page>[^"#]*)#(?P<place>[^"]+)")(?![^>]*\bheaderlink\b)')


def definitions(env: BuildEnvironment) -> Iterator[tuple[str, str, str]]:
    """Page, place and words of each term of the glossary."""
    places = {page for (kind, _), (page, _) in env.get_domain("std").data["objects"].items() if kind == "term"}
    for page in sorted(places):
        for item in env.get_doctree(page).findall(nodes.definition_list_item):
            text = " ".join(item[-1].astext().split())
            yield from ((page, place, text) for term in item.findall(nodes.term) for place in term["ids"])


def works(env: BuildEnvironment) -> Iterator[tuple[str, str, str]]:
    """Page, place and reference of each work of the bibliography."""
    for citation in env.get_domain("cite").citations:
        yield citation.bibliography_key.docname, citation.citation_id, citation.formatted_entry.text.render_as("text")


@functools.cache
def notes(env: BuildEnvironment) -> dict[tuple[str, str], str]:
    """The words of all of them by page and place."""
    return {(page, place): text for page, place, text in (*definitions(env), *works(env))}


def described(body: str, words: Mapping[tuple[str, str], str]) -> str:
    """A page's body with a description at each link to one of the notes, by the link's page and place.

    >>> described('<a href="g.html#row">rows</a>', {("g.html", "row"): "Numbers."})
    '<a aria-describedby="note-row" href="g.html#row">rows</a><div hidden><p id="note-row">Numbers.</p></div>'
    """
    used: dict[str, str] = {}

    def with_note(link: re.Match[str]) -> str:
        text = words.get((link["page"], link["place"]))
        if text is None:
            return link[0]
        used[f"note-{link['place']}"] = text
        return f'<a aria-describedby="note-{link["place"]}" '

    body = LINK.sub(with_note, body)
    said = "".join(f'<p id="{place}">{escape(text)}</p>' for place, text in used.items())
    return f"{body}<div hidden>{said}</div>" if used else body


def add_notes(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Describe the links of a page."""
    if doctree is not None:
        to = {page: app.builder.get_relative_uri(pagename, page) for page, _ in notes(app.env)}
        found = {(to[page], place): text for (page, place), text in notes(app.env).items()}
        context["body"] = described(context.get("body", ""), found)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", add_notes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
