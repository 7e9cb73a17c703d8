"""Find numbers in prose that nobody computed.

A number is a decimal (also .73 and 0,73), a percentage, or a whole number above 100 that is no year. It may stand where
its sentence cites a source or asks a question, in a link, as a setting of a control, or in code. Otherwise a decimal or
percentage must be printed in its own section, as a token of its own, and a whole number must stand in the page's
outputs or code or be a size of one of the book's tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

import nbformat

NUMBER = re.compile(r"(?<![\w.,/^-])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+,\d{1,2}|\d+)(\s?%)?(?![\w-]|[.,]\d)")
NO_PROSE = re.compile(
    r"```.*?```|href=\"[^\"]*\"|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\[[^\]]*\]\([^)]*\)|\*[^*\n]+\* at \d+ ?%|CC BY 4\.0",
    re.DOTALL,
)
SENTENCE_ENDS = re.compile(r"(?<=[.?!:])\s+(?=[A-Z*\[(_])|\n(?=[-|>#])")
CITED = re.compile(r"\([^()]*\b(?:19|20)\d\d[a-z]?\b[^()]*\)|\b(?:19|20)\d\d[a-z]?\)|doi\.org|arXiv|\{cite")


def numbers(text: str) -> set[str]:
    """The numbers of a text, without the commas of thousands: `2000`, `0.57`, `63%`."""
    found = set()
    for digits, percent in NUMBER.findall(text):
        number = digits.replace(",", "") if re.fullmatch(r"\d+(,\d{3})+(\.\d+)?", digits) else digits
        if percent or not number.isdigit() or (int(number) > 100 and not 1900 <= int(number) < 2100):
            found.add(number + percent.strip())
    return found


def sections(notebook: nbformat.NotebookNode) -> Iterator[tuple[list[str], list[nbformat.NotebookNode]]]:
    """The pieces of Markdown and the code cells under each heading of the first or second level."""
    texts: list[str] = []
    cells: list[nbformat.NotebookNode] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cells.append(cell)
        for piece in re.split(r"^(?=##? )", cell.source, flags=re.MULTILINE) if cell.cell_type == "markdown" else ():
            if piece.startswith("#"):
                yield texts, cells
                texts, cells = [], []
            texts.append(piece)
    yield texts, cells


def printed(cells: Iterable[nbformat.NotebookNode]) -> str:
    """All text that the cells show."""
    outputs = [output for cell in cells for output in cell.outputs]
    kinds = [
        unescape(re.sub(r"<[^>]*>", " ", value)) if kind == "text/html" else value  # a width is nothing that it says
        for output in outputs
        for kind, value in output.get("data", {}).items()
        if kind.startswith("text/")
    ]
    return "\n".join(map(str, [output.get("text", "") for output in outputs] + kinds))


def claimed(text: str) -> Iterator[str]:
    """The numbers that a piece of Markdown states on nobody's authority; whole ones of a *Predict* are its own."""
    for paragraph in re.split(r"\n\s*\n", NO_PROSE.sub(" ", text)):
        for sentence in SENTENCE_ENDS.split(paragraph):
            if not sentence.rstrip(" *").endswith("?") and not CITED.search(sentence):
                yield from (n for n in numbers(sentence) if "**Predict.**" not in paragraph or not n.isdigit())


def typed(notebook: nbformat.NotebookNode, known: set[str]) -> list[str]:
    """The numbers of a notebook's prose that no cell computed; ``known`` are sizes that the package knows."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    page = numbers(printed(code) + "\n" + "\n".join(cell.source.replace("_", "") for cell in code)) | known
    wrong = []
    for texts, cells in sections(notebook):
        here = numbers(printed(cells))
        wrong += [n for text in texts for n in claimed(text) if n not in (page if n.isdigit() else here)]
    return wrong


def typed_on_a_page(text: str, known: set[str]) -> list[str]:
    """The same for a page without cells, where a paragraph, a list's entry or a table's row with a source is enough."""
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-|:]|\d+\.)\s?)", text)
    return [n for block in blocks if not CITED.search(block) for n in claimed(block) if n not in known]
