"""Fold what a reader asks for: the answer to a *Predict*, and proof for the doubtful.

In a notebook, cells in a row that carry the tag `answer` fold under "Show the answer": the code of the first stays in
view, its output and all that follows do not. Cells in a row with the tag `fold` fold under the heading that the first
of them begins with, or under its metadata's `summary`; a heading starts the next fold. Of a ledger that folds, the line
with the counts of its verdicts stays in view. The code of a cell with the tag
`hide-input` folds under "Show the code". Pages print unfolded, and without JavaScript answers are open.

The notebook's text gets comments where folds begin and end before it is parsed; a transform puts what is between them
into `details`, and sets paragraphs that begin with **Predict** apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

ANSWER, FOLD = "answer", "fold"
SHOW = "Show the answer"
OPEN, CLOSE = "fold opens: ", "fold closes"
HEADING = re.compile(r"\s*#{1,6} +(?P<title>.+?) *#*\s*(?:\n|$)")
COUNTS = re.compile(r'<p class="eb-counts">.*?</p>\n<svg class="eb-verdicts".*?</svg>\n', re.DOTALL)
NO_SCRIPT = (
    f"<noscript><style>details.{ANSWER}::details-content"
    "{content-visibility:visible;block-size:auto}</style></noscript>"
)
Cell = dict[str, Any]
logger = logging.getLogger(__name__)


class fold(nodes.General, nodes.Element):
    """What is folded; its first child is the line that is always seen."""


class fold_summary(nodes.General, nodes.TextElement):
    """The line that unfolds the rest."""


def kind(cell: Cell) -> str:
    """Which fold a cell belongs to, "" for none.

    >>> kind({"metadata": {"tags": ["remove-input", "answer"]}})
    'answer'
    """
    return next((tag for tag in cell["metadata"].get("tags", []) if tag in (ANSWER, FOLD)), "")


def text(cell: Cell) -> str:
    """A cell's source, which a file may hold as a list of lines."""
    return "".join(cell["source"])


def groups(cells: list[Cell]) -> Iterator[tuple[str, list[Cell]]]:
    """Cells in a row of one kind, each with the kind; a heading starts a new group."""
    group: list[Cell] = []
    for cell in cells:
        heading = cell["cell_type"] == "markdown" and HEADING.match(text(cell))
        if group and (kind(cell) != kind(group[0]) or (heading and kind(cell) == FOLD)):
            yield kind(group[0]), group
            group = []
        group.append(cell)
    if group:
        yield kind(group[0]), group


def counts(group: list[Cell]) -> tuple[list[Cell], list[Cell]]:
    """Cells that keep in view how many claims got which verdict; and the group, whose ledgers begin without that."""
    shown, rest = [], []
    for cell in group:
        outputs = []
        for output in cell.get("outputs", []):
            html = "".join(output.get("data", {}).get("text/html", ""))
            if found := COUNTS.search(html):
                line = f'<div class="eb-ledger mathjax_ignore">\n{found[0]}</div>'
                shown.append({"cell_type": "markdown", "id": f"{cell['id']}-counts", "metadata": {}, "source": line})
                output = {**output, "data": {**output["data"], "text/html": html.replace(found[0], "", 1)}}
            outputs.append(output)
        rest.append({**cell, "outputs": outputs} if outputs else cell)
    return shown, rest


def marked(cells: list[Cell], where: str) -> list[Cell]:
    """The cells with a comment before and after each group that folds, the first followed by the line to be seen."""
    found: list[Cell] = []
    for group_kind, group in groups(cells):
        if not group_kind:
            found += group
            continue
        first, summary = group[0], SHOW
        if group_kind == FOLD:
            heading = HEADING.match(text(first)) if first["cell_type"] == "markdown" else None
            summary = first["metadata"].get("summary") or (heading["title"] if heading else "")
            if heading:
                group = [{**first, "source": text(first)[heading.end() :]}, *group[1:]]
        if not summary:
            logger.warning("a fold begins with a heading, or its first cell's metadata has a summary", location=where)
            summary = "More"
        if any(cell["cell_type"] == "markdown" and re.search(r"^#{1,6} ", text(cell), re.MULTILINE) for cell in group):
            logger.warning("a heading inside a fold (%s) would end it", summary, location=where)
        in_view, group = counts(group) if group_kind == FOLD else ([], group)
        opens = json.dumps({"kind": group_kind, "id": nodes.make_id(summary) if group_kind == FOLD else ""})
        lines = [f"% {OPEN}{opens}", summary, f"% {CLOSE}"]
        before, line, after = (
            {"cell_type": "markdown", "id": f"fold-{len(found)}-{n}", "metadata": {}, "source": source}
            for n, source in enumerate(lines)
        )
        found += [*in_view, before, line, *group, after]
    return found


def mark(app: Sphinx, docname: str, source: list[str]) -> None:
    """Mark the folds of a notebook before it is parsed."""
    if not app.env.doc2path(docname).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    notebook["cells"] = marked(notebook["cells"], docname)
    source[0] = json.dumps(notebook)


class FoldMarked(SphinxTransform):
    """Put what stands between two marks into a fold."""

    default_priority = 400

    def apply(self, **_: Any) -> None:
        """Change the document."""
        for comment in list(self.document.findall(nodes.comment)):
            if comment.astext().startswith(OPEN):
                self.wrap(comment)
        for cell in self.document.findall(nodes.container):
            if cell.get("hide_mode") == "input" and cell.children[0].get("nb_element") == "cell_code_source":
                self.fold_code(cell)
        for paragraph in self.document.findall(nodes.paragraph):
            first = next((child for child in paragraph.children if child.astext()), None)
            if isinstance(first, nodes.strong) and first.astext() == "Predict.":
                paragraph["classes"].append("predict")

    @staticmethod
    def fold_code(cell: nodes.container) -> None:
        """Fold a cell's code as MyST-NB would, under a line that says how much it is."""
        del cell["hide_mode"]
        code = cell.children[0]
        count = len(code.astext().splitlines())
        line = f"Show the code, {count} line{'s' * (count > 1)}"
        cell.replace(code, fold("", fold_summary("", line), code, classes=["eb-fold", "code"]))

    def wrap(self, comment: nodes.comment) -> None:
        """Move the siblings up to the closing mark into a fold in the opening one's place."""
        parent, about = comment.parent, json.loads(comment.astext().removeprefix(OPEN))
        start = parent.index(comment)
        closes = (
            place
            for place, node in enumerate(parent.children[start:], start)
            if isinstance(node, nodes.comment) and node.astext() == CLOSE
        )
        end = next(closes, None)
        if end is None:  # a heading inside, which was warned of
            return
        line, *inside = parent.children[start + 1 : end]
        before: list[nodes.Element] = []
        if about["kind"] == ANSWER and inside:
            match parts(inside[0]):
                case ["cell_code_source"] if len(inside) > 1:
                    before = [inside.pop(0)]
                case ["cell_code_source", "cell_code_output"]:
                    before = [inside[0].copy()]  # its attributes, without its children
                    before[0].append(inside[0].children.pop(0))
        folded = fold(classes=["eb-fold", about["kind"]])
        if about["id"]:
            folded["ids"].append(about["id"])
        folded += fold_summary("", "", *line.children)
        folded += inside
        parent.children[start : end + 1] = [*before, folded]
        for node in (*before, folded):
            parent.setup_child(node)


def parts(node: nodes.Node) -> list[str]:
    """What a code cell shows, by MyST-NB's names."""
    return [part.get("nb_element", "") for part in node.children if isinstance(part, nodes.Element)]


def visit_fold(self: Any, node: fold) -> None:
    """Begin a `details`."""
    self.body.append(self.starttag(node, "details"))


def depart_fold(self: Any, _: fold) -> None:
    """End it."""
    self.body.append("</details>\n")


def visit_summary(self: Any, node: fold_summary) -> None:
    """Begin its line."""
    self.body.append(self.starttag(node, "summary", ""))


def depart_summary(self: Any, _: fold_summary) -> None:
    """End it."""
    self.body.append("</summary>\n")


def open_without_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """On a page with folds, a style that opens the answers where no script runs."""
    if doctree is not None and next(doctree.findall(fold), None):
        context["metatags"] = context.get("metatags", "") + NO_SCRIPT


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_node(fold, html=(visit_fold, depart_fold))
    app.add_node(fold_summary, html=(visit_summary, depart_summary))
    app.add_transform(FoldMarked)
    app.connect("source-read", mark)
    app.connect("html-page-context", open_without_script)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
