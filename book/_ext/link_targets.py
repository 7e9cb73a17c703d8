"""Let a plain link of a notebook lead to a term of the glossary or to a work of the bibliography.

`[softmax](../book/glossary.md#term-softmax)` and `[Firth](../book/bibliography.md#firth1957)` open the right file in
JupyterLab and on GitHub, where a role would show its syntax; MyST by itself follows such links to headings only.
"""

from __future__ import annotations

from collections.abc import Iterator

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def places(env: BuildEnvironment) -> Iterator[tuple[str, str, str]]:
    """The page, the id and the name of every term and every work."""
    for (kind, name), (page, place) in env.get_domain("std").data["objects"].items():
        if kind == "term":
            yield page, place, name
    for key, bibliography in env.get_domain("cite").bibliographies.items():
        for work, node in bibliography.citation_nodes.items():
            yield key.docname, node["ids"][0], work


def add_targets(app: Sphinx, env: BuildEnvironment) -> None:
    """Note them where MyST looks for the headings of a page."""
    for page, place, name in places(env):
        env.metadata[page].setdefault("myst_slugs", {}).setdefault(place, (0, place, name))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("env-updated", add_targets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
