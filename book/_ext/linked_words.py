"""Link words where they stand: a term in italics to the glossary, a work named by author and year to the bibliography.

A page reads the same in JupyterLab and on GitHub, where `*anisotropic*` and `(Hill and others 2015)` are plain text; on
the site they are links. A term is linked once a page, at its first italics; a work wherever its author and year stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# Surnames joined by commas or "and", perhaps "and others", then a year, in parentheses or not
NAME = r"(?:(?:van|von|de|der|la) )*[A-ZÀ-Þ][\w’'-]+(?: [A-ZÀ-Þ][\w’'-]+)?"
WORK = re.compile(rf"({NAME}(?:(?:, and |, | and ){NAME})*(?: and others)?),? \(?((?:19|20)\d\d)\b")
LEFT_ALONE = (nodes.reference, nodes.literal, nodes.title, nodes.FixedTextElement)


def surnames(people: str) -> list[str]:
    """The surnames of a mention: ``Mu and Viswanath`` has two, ``Hill and others`` one."""
    return [name for name in re.split(r", and |, | and ", people) if name != "others"]


class Works:
    """The works of the bibliography by the surname of a first author and the year."""

    def __init__(self, env: BuildEnvironment) -> None:
        self.found: dict[tuple[str, str], list[tuple[list[str], str, str]]] = {}
        domain = env.get_domain("cite")
        for citation in getattr(domain, "citations", ()):
            people = [
                " ".join(map(str, [*one.rich_prelast_names, *one.rich_last_names]))  # accents, not their LaTeX
                for one in citation.entry.persons.get("author", ())
            ]
            if people:
                key = people[0], citation.entry.fields.get("year", "")
                self.found.setdefault(key, []).append((people, citation.bibliography_key.docname, citation.citation_id))

    def named(self, people: str, year: str) -> tuple[str, str] | None:
        """Page and place of the one work with these authors, or that a shorter mention can mean, else None."""
        names = surnames(people)
        all_with = self.found.get((names[0], year), [])
        fit = [one for one in all_with if one[0] == names] or [one for one in all_with if set(names[1:]) <= set(one[0])]
        return fit[0][1:] if len(fit) == 1 else None


def terms(env: BuildEnvironment) -> dict[str, tuple[str, str]]:
    """Page and place of each term of the glossary, by the term in lower case."""
    objects = env.get_domain("std").get_objects()
    return {name.lower(): (page, place) for name, _, kind, page, place, _ in objects if kind == "term"}


def spellings(word: str) -> Iterator[str]:
    """A word as the glossary may have it: as it stands, then without a plural's ending."""
    word = " ".join(word.lower().split())
    yield word
    yield from (
        word.removesuffix(end) + instead
        for end, instead in (("s", ""), ("es", ""), ("es", "is"), ("ies", "y"), ("ces", "x"))
        if word.endswith(end)
    )


def link(app: Sphinx, here: str, to: tuple[str, str], child: nodes.Node, kind: str) -> nodes.reference:
    """A link from a page to a place of another."""
    assert app.builder is not None
    made = nodes.reference("", "", child, internal=True, classes=[kind])
    made["refuri"] = f"{app.builder.get_relative_uri(here, to[0])}#{to[1]}"
    return made


def inside(node: nodes.Node, kinds: tuple[type[nodes.Node], ...]) -> bool:
    """Whether a node stands in one of these kinds."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def link_words(app: Sphinx, doctree: nodes.document, here: str) -> None:
    """Link the terms and works of a page."""
    places, seen = terms(app.env), set()
    if not any(page == here for page, _ in places.values()):
        for word in list(doctree.findall(nodes.emphasis)):
            place = next((places[s] for s in spellings(word.astext()) if s in places), None)
            if place and place not in seen and not inside(word, LEFT_ALONE):
                seen.add(place)
                word.replace_self(link(app, here, place, word.deepcopy(), "term"))
    works = Works(app.env)
    pages_of_works = {page for found in works.found.values() for _, page, _ in found}
    for text in [] if here in pages_of_works else list(doctree.findall(nodes.Text)):
        if inside(text, LEFT_ALONE):
            continue
        parts: list[nodes.Node] = []
        end = 0
        for mention in WORK.finditer(text.astext()):
            if work := works.named(*mention.groups()):
                parts += [
                    nodes.Text(text[end : mention.start()]),
                    link(app, here, work, nodes.Text(mention[0]), "work"),
                ]
                end = mention.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx, after the bibliography's own references are resolved."""
    app.connect("doctree-resolved", link_words, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
