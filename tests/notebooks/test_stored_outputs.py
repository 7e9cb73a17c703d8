"""The stored notebooks are facts: run to the end, as the run left them, described, without a number nobody computed.

nbval recomputes them, one run each, and `whole_run` compares then what nbval does not. What can be seen without a run
is checked here. Each check is proved on spoilt copies.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from build_site import stored_widgets
from lab import refresh
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from run_notebooks import STATE, changed, code, copy_alt_text, execute, notebooks, stamp

from embedbook import tables
from tests.conftest import ROOT
from tests.notebooks.numbers import printed, typed, typed_on_a_page
from tests.notebooks.whole_run import stale_widgets

NOTEBOOKS = notebooks()
PAGES = sorted((ROOT / "book").glob("*.md")) + sorted((ROOT / "book" / "teach").glob("*.md"))
WITHOUT_WIDGETS = {path.stem for path in NOTEBOOKS if path.parent.name in ("book", "appendix")} - {"index"}
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, 4)


def widget_state(notebook: NotebookNode) -> NotebookNode:
    return notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})


def unrun(notebook: NotebookNode) -> bool:
    """True unless every code cell was run once, top to bottom, in one go, and at least one shows something."""
    counts = [cell.execution_count for cell in code(notebook)]
    return counts != list(range(1, len(counts) + 1)) or not any(cell.outputs for cell in code(notebook))


def pictures(notebook: NotebookNode) -> list[tuple[str, str]]:
    """For each picture, the description that what drew it gave, and the one that the site reads."""
    return [
        (output.metadata.get("image/png", {}).get("alt", ""), cell.metadata["mystnb"]["image"]["alt"])
        for cell in code(notebook)
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]


@pytest.fixture(scope="session")
def known() -> set[str]:
    """The shapes of the book's tables, as prose may name them."""
    here = [name for name in ("smollm2", "minilm", "glove") if name in tables.available()]
    return {str(size) for name in here for size in tables.load(name).shape}


@each_notebook
def test_it_is_as_the_run_left_it(path: Path) -> None:
    """Every cell was run, and nobody changed code, outputs, pictures or widget state since; else: make run.

    STYLE: at most 25 lines a cell; every picture has a text for who cannot see it, from what drew it.
    """
    stored, cells = read(path), code(read(path))
    assert not unrun(stored) and stored.metadata.get("stamp") == stamp(stored)
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]
    assert max(len([line for line in cell.source.splitlines() if line.strip()]) for cell in cells) <= 25
    assert all(drawn == read_out and len(drawn) > 20 for drawn, read_out in pictures(stored))
    tags = [tag for cell in cells for tag in cell.metadata.get("tags", [])]
    assert not [tag for tag in tags if tag.startswith(("nbval-ignore", "nbval-skip"))]  # each a hole in the comparison


@each_notebook
def test_outputs_are_free_of_this_machine_and_of_rows(path: Path) -> None:
    """Saved widget state is whole and small: data comes from the site's scripts or from the kernel."""
    stored, kept = read(path), stored_widgets(path)
    assert (kept.shown or path.stem in WITHOUT_WIDGETS) and not kept.missing
    assert not re.search(r"0x[0-9a-f]{6,}|/home/|/root/|/tmp/|it/s\]| ms ± ", printed(code(stored)))
    assert not [model for model in widget_state(stored).values() if model.get("buffers")]
    assert path.stat().st_size < 900_000


@pytest.mark.parametrize("path", [*NOTEBOOKS, *PAGES], ids=lambda path: path.stem)
def test_no_number_is_typed(path: Path, known: set[str]) -> None:
    notebook = path.suffix == ".ipynb"
    assert (typed(read(path), known) if notebook else typed_on_a_page(path.read_text(encoding="utf-8"), known)) == []


@pytest.mark.again
@pytest.mark.parametrize("table", ["glove", "minilm"])  # of whole words; with fewer rows than the book's own
@each_notebook
def test_it_runs_on_another_table(path: Path, table: str) -> None:
    """On either every cell runs, the copy says so, and the widgets start on it."""
    notebook = execute(path, table)
    assert not unrun(notebook)
    assert f"runs on the table `{table}`" in printed(code(notebook)[:1])
    views = [model["state"] for model in widget_state(notebook).values() if model["model_name"] == "AnyModel"]
    assert views or path.stem in WITHOUT_WIDGETS
    assert {view["files"][0] for view in views if view.get("files")} <= {table}


# --- each check can fail


@pytest.fixture
def copy() -> NotebookNode:
    """One with two pictures."""
    return next(notebook for path in NOTEBOOKS if len(pictures(notebook := read(path))) > 1)


def change_a_digit(notebook: NotebookNode) -> None:
    for cell in code(notebook):
        for output in cell.outputs:
            if output.output_type == "stream" and re.search(r"\d\.\d", output.text):
                output.text = re.sub(r"(\d\.)(\d)", lambda m: m[1] + str((int(m[2]) + 1) % 10), output.text, count=1)
                return


def change_code(notebook: NotebookNode) -> None:
    code(notebook)[0].source += "\nprint(1)"


def move_a_slider(notebook: NotebookNode) -> None:
    next(model for model in widget_state(notebook).values() if model["model_name"] == "AnyModel")["state"]["table"] = 7


def swap_two_pictures(notebook: NotebookNode) -> None:
    drawn = [o for cell in code(notebook) for o in cell.outputs if "image/png" in o.get("data", {})]
    drawn[0].data, drawn[1].data = drawn[1].data, drawn[0].data


def describe_wrongly(notebook: NotebookNode) -> None:
    cell = next(cell for cell in code(notebook) if "image" in cell.metadata.get("mystnb", {}))
    cell.metadata["mystnb"]["image"]["alt"] = "Two curves that rise from left to right."


@pytest.mark.parametrize("spoil", [change_a_digit, change_code, move_a_slider, swap_two_pictures, describe_wrongly])
def test_what_was_changed_after_the_run_is_noticed(copy: NotebookNode, spoil: Callable[[NotebookNode], None]) -> None:
    before = stamp(copy)
    copy.cells[0].source += "\n\nOne more sentence."
    assert stamp(copy) == before  # no output follows from prose
    spoil(copy)
    assert stamp(copy) != before


def test_each_fault_is_told_from_the_others(copy: NotebookNode) -> None:
    fresh = deepcopy(copy)
    change_a_digit(copy)
    move_a_slider(copy)
    assert changed(copy, fresh)[-1] == "widget state"
    assert len(changed(copy, fresh)) == 2
    describe_wrongly(copy)
    assert [drawn == read_out for drawn, read_out in pictures(copy)].count(False) == 1
    code(copy)[1].execution_count = None
    assert unrun(copy)


def test_a_run_notices_widgets_of_yesterday(copy: NotebookNode) -> None:
    """As a package that has changed would leave them; ids, which are random, do not matter."""
    fresh = widget_state(copy)
    renamed = {model[::-1]: entry for model, entry in fresh.items()}
    renamed = json.loads(re.sub(r"IPY_MODEL_(\w{32})", lambda m: f"IPY_MODEL_{m[1][::-1]}", json.dumps(renamed)))
    assert stale_widgets(renamed, fresh) == []
    move_a_slider(copy)
    assert "AnyModel" in stale_widgets(renamed, widget_state(copy))


@pytest.mark.parametrize("number", ["0.7319", ".73", "0,73", "0.2", "73 %", "1,234", "987", "0.99"])
@pytest.mark.parametrize("place", ["Then {} of them agree.", "As Smith et al. say, it is {}.", "*A cosine of {}*"])
def test_a_typed_number_is_noticed(copy: NotebookNode, known: set[str], place: str, number: str) -> None:
    copy.cells.insert(1, nbformat.v4.new_markdown_cell(place.format(number)))
    assert typed(copy, known) == [number.replace(" ", "") if "%" in number else number.replace("1,2", "12")]
    assert typed_on_a_page("Text.\n\n" + place.format(number), known)


@pytest.mark.parametrize(
    "text",
    [
        "Is it 0.7319?",
        "It is 0.73 (Smith 2020).",
        "`0.73`",
        "[table 0.73](https://a.test/0.73)",
        '<a href="a?step:400">it</a>',
        "in 2013",
        "12 words",
    ],
)
def test_what_may_stand_in_a_sentence(text: str, copy: NotebookNode, known: set[str]) -> None:
    copy.cells.insert(1, nbformat.v4.new_markdown_cell(text))
    assert typed(copy, known) == typed_on_a_page(text, known) == []


def test_a_number_of_another_section_is_typed(known: set[str]) -> None:
    said = [nbformat.v4.new_output("stream", text="0.57 1570\n")]
    cells = [nbformat.v4.new_markdown_cell("## A\n\nIt is 0.57."), nbformat.v4.new_code_cell("", outputs=said)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    assert typed(notebook, known) == []
    cells.append(nbformat.v4.new_markdown_cell("## B\n\nIt is 0.57 or 0.5 of 1,570."))
    assert sorted(typed(notebook, known)) == ["0.5", "0.57"]


def test_a_notebook_that_jupyterlab_saved_makes_no_page(copy: NotebookNode, tmp_path: Path) -> None:
    """New ids beside the old state, or no state at all."""
    view = next(o for cell in code(copy) for o in cell.outputs if "model_id" in str(o.get("data", "")))
    view.data["application/vnd.jupyter.widget-view+json"]["model_id"] = "f" * 32
    nbformat.write(copy, tmp_path / "a.ipynb")
    assert stored_widgets(tmp_path / "a.ipynb").missing == ["f" * 32]
    copy.metadata.pop("widgets")
    nbformat.write(copy, tmp_path / "a.ipynb")
    assert "f" * 32 in stored_widgets(tmp_path / "a.ipynb").missing


def test_alternative_text_leaves_a_caption_in_place() -> None:
    output = nbformat.v4.new_output("display_data", metadata={"image/png": {"alt": "Two rows."}})
    cell = nbformat.v4.new_code_cell(outputs=[output], metadata={"mystnb": {"figure": {"caption": "Rows"}}})
    copy_alt_text(cell)
    assert cell.metadata == {"mystnb": {"figure": {"caption": "Rows"}, "image": {"alt": "Two rows."}}}


# --- whole runs of a small notebook


@pytest.fixture
def small() -> NotebookNode:
    said = "round(geometry.cosine_similarity(tables.load(), 'cat', 'dog'), 2)"
    source = f"from embedbook import geometry, tables\nprint({said})"
    cell = nbformat.v4.new_code_cell(source, execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="0.58\n")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})


@pytest.mark.parametrize(("digit", "code"), [("0.58\n", 0), ("0.59\n", 1)])
def test_nbval_notices_a_changed_digit(tmp_path: Path, small: NotebookNode, digit: str, code: int) -> None:
    """nbval itself: as stored it passes, with one digit changed it fails."""
    small.cells[0].outputs[0].text = digit
    nbformat.write(small, tmp_path / "a.ipynb")
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, "--rootdir", tmp_path, tmp_path / "a.ipynb"], cwd=tmp_path, check=False)
    assert done.returncode == code


def test_a_copy_on_a_table_of_ones_own_stays_what_it_says(tmp_path: Path, small: NotebookNode) -> None:
    """Run again without the variable, it is still on that table, under that banner; on another, under the other's."""
    (tmp_path / "mine.txt").write_text("cat 1 0\ndog 1 1\nowl 0 1\n", encoding="utf-8")
    path = tmp_path / "a.ipynb"
    nbformat.write(small, path)
    first = execute(path, str(tmp_path / "mine.txt"))
    nbformat.write(first, path)
    again, glove = execute(path), execute(path, "glove")
    for notebook, name, cosine in ((first, "mine", "0.71"), (again, "mine", "0.71"), (glove, "glove", "0.92")):
        assert [f"runs on the table `{name}`" in printed([cell]) for cell in notebook.cells] == [True, False]
        assert printed(notebook.cells[1:]).strip() == cosine


def test_a_cell_that_fails_stops_the_run(tmp_path: Path, small: NotebookNode) -> None:
    small.cells[0].source = "1 / 0"
    nbformat.write(small, tmp_path / "a.ipynb")
    with pytest.raises(CellExecutionError):
        execute(tmp_path / "a.ipynb")


def test_jupyterlab_works_on_copies_and_keeps_the_readers(tmp_path: Path) -> None:
    book, lab = tmp_path / "book", tmp_path / "lab"
    for name in ("notebooks/a.ipynb", "notebooks/b.ipynb", "book/c.md", "book/_ext/d.py"):
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        (book / name).write_text("old", encoding="utf-8")
    assert refresh(book, lab) == []
    assert not (lab / "book/_ext").exists()
    (lab / "notebooks/a.ipynb").write_text("mine", encoding="utf-8")
    for name in ("a", "b"):
        (book / f"notebooks/{name}.ipynb").write_text("new", encoding="utf-8")
    assert refresh(book, lab) == ["notebooks/a.ipynb"]
    assert [(lab / f"notebooks/{name}.ipynb").read_text(encoding="utf-8") for name in "ab"] == ["mine", "new"]
    (lab / "notebooks/a.ipynb").unlink()
    assert refresh(book, lab) == []
    assert (lab / "notebooks/a.ipynb").read_text(encoding="utf-8") == "new"
