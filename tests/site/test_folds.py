"""Answers and proof fold: on a page built in a moment, as HTML and in a browser; and in JupyterLab, by metadata."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from build_site import main as build
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from run_notebooks import ANSWER_LINE, STATE, VIEW, collapse
from serve import make_server

from embedbook import show
from embedbook.claims.ledger import Claim, Measurement, Result
from embedbook.claims.render import PageReport
from tests.conftest import ROOT
from tests.site.conftest import Visit
from tests.site.test_pages import AXE, RULES, drawn

sys.path.append(str(ROOT / "book" / "_ext"))

import folds

PAGE = "book/index.html"


def text(source: str, *tags: str, **more: Any) -> nbformat.NotebookNode:
    return new_markdown_cell(source, metadata={"tags": list(tags), **more})


def code(source: str, *tags: str, said: Any = "", **more: Any) -> nbformat.NotebookNode:
    """A cell that was run and printed something, or displayed a bundle."""
    output = new_output("stream", text=said) if isinstance(said, str) else new_output("display_data", said)
    return new_code_cell(source, metadata={"tags": list(tags), **more}, outputs=[output] if said else [])


def page() -> nbformat.NotebookNode:
    """A notebook with every kind of fold, and a widget of the book's in one."""
    stored = nbformat.read(ROOT / "notebooks" / "03_cosine_similarity.ipynb", 4)
    widget = next(cell for cell in stored.cells if any(VIEW in o.get("data", {}) for o in cell.get("outputs", [])))
    widget.metadata["tags"] = ["answer", "remove-input"]
    wide = {f"row {n}": {f"a column with a long name, {m}": n + m / 10 for m in range(8)} for n in range(3)}
    cells = [
        text("# Folds\n\nA first paragraph.\n\n**Predict.** What is *2 + 2*?"),
        code("two = 2\ntwo + 2", "answer", said="four\n"),
        text("It is **four**.", "answer"),
        code("hidden_code()", "answer", "remove-input", said="sentence\n"),
        text("Twice."),
        code("needed = 1", "answer"),
        code("needed + 1", "answer", said="second\n"),
        text("After the first answer. **Predict.** is in the middle here."),
        widget,
        text("## Tables\n\nOpen."),
        code("table", said=show.table(wide, bars=True, baseline=0.5)._repr_mimebundle_()),
        text("### For the *doubtful*\n\nFive seeds.", "fold"),
        code("seeds", "fold", said="12345\n"),
        text("### And more", "fold"),
        code("more", "fold", said="67890\n"),
        text("Between."),
        code("again", "fold", said="again\n", summary="With `metadata`"),
        text("## Last\n\nThe end."),
        code("drawn = 1\nprint(drawn)", "hide-input", said="output\n"),
    ]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "widgets": stored.metadata["widgets"]}
    assert STATE in metadata["widgets"]
    return new_notebook(cells=cells, metadata=metadata | {"language_info": {"name": "python"}})


def write(folder: Path, notebook: nbformat.NotebookNode) -> Path:
    """A book of one page that has all of the real one's settings."""
    (folder / "book").mkdir(parents=True)
    for name in ("_config.yml", "book/references.bib", "book/404.html"):
        shutil.copy(ROOT / name, folder / name)
    for part in (ROOT / "book").glob("_*"):
        shutil.copytree(part, folder / "book" / part.name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "_toc.yml").write_text("format: jb-book\nroot: book/index\n", encoding="utf-8")
    nbformat.write(notebook, folder / "book" / "index.ipynb")
    return folder


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built page."""
    notebook = page()
    collapse(notebook)  # as `make run` leaves it
    source = write(tmp_path_factory.mktemp("folds") / "source", notebook)
    assert build(["build", "--source", str(source), "--out", str(source.parent / "html")]) == 0
    return source.parent / "html"


@pytest.fixture(scope="module")
def address(html: Path) -> Iterator[str]:
    server = make_server(html, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


class Folds(HTMLParser):
    """The text of each fold, its line apart, and what is outside of all."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.outside = ""
        self.depth = 0
        self.in_line = False
        self.feed(source.partition("<article")[2].partition("</article>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "details":
            assert self.depth == 0 and "open" not in dict(attrs)
            self.depth = 1
            self.found.append({name: value or "" for name, value in attrs} | {"line": "", "inside": ""})
        self.in_line = self.in_line or tag == "summary"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "details"
        self.in_line = self.in_line and tag != "summary"

    def handle_data(self, data: str) -> None:
        if not self.depth:
            self.outside += data
        else:
            self.found[-1]["line" if self.in_line else "inside"] += data


def test_what_is_tagged_is_folded_and_nothing_else(html: Path) -> None:
    read = Folds((html / PAGE).read_text(encoding="utf-8"))
    assert [(fold["class"], fold["line"].strip(), fold.get("id", "")) for fold in read.found] == [
        ("eb-fold answer", "Show the answer", ""),
        ("eb-fold answer", "Show the answer", ""),
        ("eb-fold answer", "Show the answer", ""),
        ("eb-fold fold", "For the doubtful", "for-the-doubtful"),
        ("eb-fold fold", "And more", "and-more"),
        ("eb-fold fold", "With metadata", "with-metadata"),
        ("eb-fold code", "Show the code, 2 lines", ""),
    ]
    inside = [" ".join(fold["inside"].split()) for fold in read.found]
    assert inside[0] == "four It is four. sentence"
    assert inside[1] == "needed + 1 second"
    assert inside[3:] == ["Five seeds. seeds 12345", "more 67890", "again again", "drawn = 1 print(drawn)"]
    outside = " ".join(read.outside.split())
    for said in (
        "two = 2 two + 2",
        "What is 2 + 2?",
        "Twice. needed = 1",
        "After the first answer.",
        "Between.",
        "The end. output",
        "row 0",
    ):
        assert said in outside
    assert "hidden_code" not in outside + "".join(inside)


def test_a_question_is_set_apart(html: Path) -> None:
    assert (html / PAGE).read_text(encoding="utf-8").count('<p class="predict">') == 1


def test_an_answer_opens_with_its_widget(visit: Visit) -> None:
    tab = visit(PAGE)
    answers = tab.locator("details.answer")
    assert not tab.get_by_text("It is four.").is_visible()
    assert tab.locator('.eb-view[data-state="drawn"]').count() == 0
    answers.nth(0).locator("> summary").press("Enter")
    assert tab.get_by_text("It is four.").is_visible()
    answers.nth(2).locator("> summary").click()
    assert drawn(tab, "pair").bounding_box()["height"] > 200
    assert tab.complaints.all() == []


def test_paper_shows_all_and_the_page_folds_again(visit: Visit) -> None:
    tab = visit(PAGE)
    tab.locator("details.eb-fold").nth(3).locator("> summary").click()
    tab.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert tab.locator("details.eb-fold:not([open])").count() == 0
    tab.wait_for_selector('.eb-view[data-state="drawn"]')
    tab.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert [fold.get_attribute("open") is not None for fold in tab.locator("details.eb-fold").all()] == [
        i == 3 for i in range(7)
    ]


def test_a_link_opens_the_fold_that_it_leads_to(visit: Visit) -> None:
    tab = visit(f"{PAGE}#and-more")
    assert tab.get_by_text("67890").is_visible() and not tab.get_by_text("12345").is_visible()
    tab.evaluate("() => { location.hash = 'for-the-doubtful'; }")
    tab.get_by_text("12345").wait_for(state="visible")
    tab.evaluate("() => { location.hash = '50%'; }")  # anybody's text, and no encoding
    tab.wait_for_timeout(200)
    assert tab.complaints.all() == []


def test_without_scripts_answers_are_open_and_paper_shows_all(visit: Visit) -> None:
    tab = visit(PAGE, java_script_enabled=False)
    assert tab.get_by_text("It is four.").is_visible() and not tab.get_by_text("12345").is_visible()
    tab.emulate_media(media="print")
    assert tab.get_by_text("It is four.").is_visible() and tab.get_by_text("12345").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_a_wide_table_scrolls_in_itself(visit: Visit, scheme: str) -> None:
    tab = visit(PAGE, color_scheme=scheme)
    tab.evaluate("() => dispatchEvent(new Event('beforeprint'))")  # all open
    drawn(tab, "pair")
    tab.evaluate("() => { window.define = undefined; }")
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    for width in (1280, 390, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.wait_for_timeout(300)
        found = tab.evaluate("rules => axe.run('article', {runOnly: rules})", RULES)["violations"]
        assert [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found] == []
        assert tab.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    scroller = tab.locator(".text_html:has(.eb-shown)")
    label = scroller.locator("tbody th").first
    before = label.bounding_box()["x"]
    assert scroller.evaluate("box => { box.scrollLeft = 1e4; return box.scrollLeft; }") > 100
    assert label.bounding_box()["x"] == pytest.approx(before, abs=1)  # the first column stays
    assert scroller.locator("tbody td").nth(7).bounding_box()["x"] < 320


# --- the parts


def marked(*cells: nbformat.NotebookNode) -> list[str]:
    return [cell["source"] for cell in folds.marked(json.loads(json.dumps(cells)), "page")]


def test_the_counts_of_a_ledger_stay_in_view() -> None:
    """As an output that a notebook holds as a list of lines; the claims fold, each word of the ledger comes once."""
    claim = Claim("X1", "01", "Rows are long.", "length", "longer than 1", instead="Rows are short.")
    report = PageReport("01", (Result(claim, {"minilm": Measurement("0", False)}),))
    cell = code("claims", "fold", said=report._repr_mimebundle_(), summary="Claim by claim")
    html = report.html().splitlines(keepends=True)
    cell.outputs[0].data["text/html"] = html
    in_view, opens, _, ledger, _ = folds.marked(json.loads(json.dumps([cell])), "page")
    assert opens["source"].startswith("% fold opens")
    assert in_view["source"].splitlines() == [html[0].rstrip(), html[1].rstrip(), html[2].rstrip(), "</div>"]
    assert '1 claims: <span>1 <span class="verdict fails">' in html[1] and "eb-verdicts" in html[2]
    assert ledger["outputs"][0]["data"]["text/html"] == "".join([html[0], *html[3:]])
    assert 'id="claim-X1"' in html[3]


def test_a_source_in_lines_is_read_as_one() -> None:
    cell = {"cell_type": "markdown", "metadata": {"tags": ["fold"]}, "source": ["## A *b*\n", "\n", "Text."]}
    opens, line, inside, closes = [found["source"] for found in folds.marked([cell], "page")]
    assert (line, inside.strip(), closes) == ("A *b*", "Text.", "% fold closes")
    assert json.loads(opens.removeprefix("% fold opens: ")) == {"kind": "fold", "id": "a-b"}


def test_kinds_do_not_mix_and_untagged_cells_part() -> None:
    found = marked(text("a", "answer"), text("# b", "fold"), text("c"), text("d", "answer"), text("e"))
    assert [source for source in found if not source.startswith("%")] == [
        "Show the answer", "a", "b", "", "c", "Show the answer", "d", "e",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "said"),
    [(text("No title.", "fold"), "begins with a heading"), (text("a\n\n## b", "answer"), "would end it")],
)
def test_what_cannot_fold_is_a_warning(cell: nbformat.NotebookNode, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which fails the build."""
    heard: list[str] = []
    monkeypatch.setattr(folds.logger, "warning", lambda text, *more, **_: heard.append(text))
    marked(cell)
    assert len(heard) == 1 and said in heard[0]


def test_pages_that_are_no_notebooks_are_left_alone() -> None:
    class App:
        class env:
            doc2path: Callable[[str], str] = staticmethod(lambda name: f"{name}.md")

    source = ["% fold opens"]
    folds.mark(App, "page", source)
    assert source == ["% fold opens"]


def test_jupyterlab_hides_what_the_site_folds() -> None:
    notebook = page()
    notebook.cells[7].metadata |= {"collapsed": True, "jupyter": {"source_hidden": True, "other": 1}}  # left by hand
    collapse(notebook)
    once = nbformat.writes(notebook)
    hidden = [
        (
            cell.metadata.get("jupyter", {}).get("source_hidden", False),
            cell.metadata.get("jupyter", {}).get("outputs_hidden", False),
        )
        for cell in notebook.cells
    ]
    assert hidden == [
        (False, False), (False, True), (True, False), (True, True), (False, False), (False, True), (False, True),
        (False, False), (True, True), (False, False),
        (False, False), (False, False), (True, True), (False, False), (True, True), (False, False), (True, True), (False, False),
        (True, False),
    ]  # fmt: skip
    assert notebook.cells[7].metadata["jupyter"] == {"other": 1} and "collapsed" not in notebook.cells[7].metadata
    assert [cell.metadata.get("collapsed", False) for cell in notebook.cells] == [outputs for _, outputs in hidden]
    assert notebook.cells[2].source == f"{ANSWER_LINE}\nIt is **four**."  # its first line is what JupyterLab shows
    collapse(notebook)
    assert nbformat.writes(notebook) == once
