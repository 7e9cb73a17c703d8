"""The stored notebooks are facts: run to the end, current, described, and without a number that nobody computed.

nbval recomputes the printed outputs, one run a notebook. What nbval cannot see (cleared outputs, widget state, stored
JavaScript) is checked here: a stamp of the cells, the package and the lock tells whether all that is stored comes from
what is here now. Each check is proved on a spoilt copy.
"""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from run_notebooks import STATE, differences, execute, notebooks, stamp, without_comments

from embedbook.widgets.view import joined

NOTEBOOKS = notebooks()
IGNORE_TAGS_ALLOWED = 0
CITED = re.compile(r"\(\d{4}\)|doi\.org|arXiv|et al\.")
DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.]*\d)")


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, 4)


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def unrun(notebook: nbformat.NotebookNode) -> bool:
    """True unless every code cell was run once, top to bottom, in one go, and at least one shows something."""
    counts = [cell.execution_count for cell in code(notebook)]
    return counts != list(range(1, len(counts) + 1)) or not any(cell.outputs for cell in code(notebook))


def stale_scripts(notebook: nbformat.NotebookNode) -> list[str]:
    """The views whose stored JavaScript is not what the package would give today."""
    state = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    views = [model["state"] for model in state.values() if model["model_name"] == "AnyModel"]
    return [view["key"] for view in views if view["_esm"] != joined(view["_anywidget_id"].split(".")[-2])]


def typed_numbers(notebook: nbformat.NotebookNode) -> list[str]:
    """Decimals in Markdown that stand neither in an output of the notebook nor in a paragraph with a citation."""
    printed = "\n".join(
        str(output.get("text", ""))
        + "".join(str(value) for kind, value in output.get("data", {}).items() if kind.startswith("text/"))
        for cell in code(notebook)
        for output in cell.outputs
    )
    paragraphs = [p for cell in notebook.cells if cell.cell_type == "markdown" for p in cell.source.split("\n\n")]
    return [n for p in paragraphs if not CITED.search(p) for n in DECIMAL.findall(p) if n not in printed]


@pytest.fixture(params=NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def stored(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return read(request.param)


def test_every_cell_has_been_run(stored: nbformat.NotebookNode) -> None:
    assert not unrun(stored)
    assert not [output for cell in code(stored) for output in cell.outputs if output.output_type == "error"]


def test_stored_javascript_is_current(stored: nbformat.NotebookNode) -> None:
    assert stale_scripts(stored) == []


def test_no_number_is_typed(stored: nbformat.NotebookNode) -> None:
    assert typed_numbers(stored) == []


def test_cells_are_short_and_pictures_described(stored: nbformat.NotebookNode) -> None:
    """STYLE: at most 25 lines a cell; every picture has a text for who cannot see it."""
    for cell in code(stored):
        assert len([line for line in cell.source.splitlines() if line.strip()]) <= 25
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                assert len(cell.metadata["mystnb"]["image"]["alt"]) > 20


def test_outputs_are_free_of_this_machine(stored: nbformat.NotebookNode) -> None:
    texts = [
        str(o.get("text", "")) + str(o.get("data", {}).get("text/plain", "")) for c in code(stored) for o in c.outputs
    ]
    assert not [text for text in texts if re.search(r"0x[0-9a-f]{6,}|/home/|/root/|/tmp/|it/s\]| ms ± ", text)]


def test_ignore_tags_are_few() -> None:
    """Each tag that keeps nbval from comparing an output is a hole; none is needed today."""
    tags = [tag for path in NOTEBOOKS for cell in read(path).cells for tag in cell.metadata.get("tags", [])]
    assert len([tag for tag in tags if tag.startswith(("nbval-ignore", "nbval-skip"))]) <= IGNORE_TAGS_ALLOWED


def test_rows_never_travel_in_a_notebook(stored: nbformat.NotebookNode) -> None:
    """Saved widget state is small: data comes from the site's scripts or from the kernel."""
    state = stored.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    assert not [model for model in state.values() if model.get("buffers")]
    assert len(nbformat.writes(stored)) < 900_000


def test_what_is_stored_comes_from_what_is_here(stored: nbformat.NotebookNode) -> None:
    """Outputs and widget state were made by these cells, package and versions, and left so; else: make run."""
    assert stored.metadata.get("stamp") == stamp(stored)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_it_runs_on_another_table(path: Path) -> None:
    """On GloVe every cell runs, and the widgets start on it."""
    notebook = execute(path, "glove")
    assert not unrun(notebook)
    views = [m["state"] for m in notebook.metadata["widgets"][STATE]["state"].values() if m["model_name"] == "AnyModel"]
    assert views
    assert {view["tables"][0] for view in views if view.get("tables")} <= {"glove"}


class TestASpoiltCopyIsNoticed:
    """The checks above can fail: each is shown a copy with the fault that it is for."""

    @pytest.fixture
    def copy(self) -> nbformat.NotebookNode:
        return deepcopy(read(next(path for path in NOTEBOOKS if path.stem.startswith("01"))))

    def test_cleared_outputs(self, copy: nbformat.NotebookNode) -> None:
        for cell in code(copy):
            cell.outputs, cell.execution_count = [], None
        assert unrun(copy)

    def test_stale_javascript(self, copy: nbformat.NotebookNode) -> None:
        for model in copy.metadata["widgets"][STATE]["state"].values():
            if model["model_name"] == "AnyModel":
                model["state"]["_esm"] += "\n// of yesterday"
        assert stale_scripts(copy)

    def test_stale_widget_state(self, copy: nbformat.NotebookNode) -> None:
        """A slider moved in JupyterLab, and the notebook saved: neither the run's comparison nor the stamp agrees."""
        fresh = deepcopy(copy)
        for model in copy.metadata["widgets"][STATE]["state"].values():
            if model["model_name"] == "AnyModel":
                model["state"]["position"] = 3
        assert differences(copy, fresh) == ["widget state"]
        assert stamp(copy)["shown"] != stamp(fresh)["shown"] == copy.metadata["stamp"]["shown"]

    def test_a_changed_cell(self, copy: nbformat.NotebookNode) -> None:
        before = stamp(copy)
        assert set(before) == {"made_from", "shown"}
        copy.cells[0].source += "\n\nOne more sentence."
        assert stamp(copy) == before  # no output follows from prose
        code(copy)[0].source += "\nprint(1)"
        assert stamp(copy) != before

    def test_a_changed_package(self, copy: nbformat.NotebookNode, monkeypatch: pytest.MonkeyPatch) -> None:
        before = stamp(copy)
        monkeypatch.setattr("run_notebooks._package_and_lock", lambda: "of yesterday")
        assert stamp(copy) != before

    def test_comments_change_nothing(self) -> None:
        source = "def f(x):\n    return x + '#1'\n"
        commented = '"""New.\n\nAt length."""\n\n' + source.replace("'#1'", "'#1'  # one").replace(
            "    return", '    """Says."""\n\n    # so\n    return'
        )
        assert without_comments(commented) == without_comments(source) == source.rstrip()
        assert without_comments(source.replace("1", "2")) != without_comments(source)

    def test_a_changed_digit(self, copy: nbformat.NotebookNode) -> None:
        fresh = deepcopy(copy)
        cell = next(
            c for c in code(copy) for o in c.outputs if o.output_type == "stream" and re.search(r"\d\.\d", o.text)
        )
        number = next(i for i, c in enumerate(code(copy)) if c is cell)
        cell.outputs[0].text = re.sub(
            r"(\d\.)(\d)", lambda m: m[1] + str((int(m[2]) + 1) % 10), cell.outputs[0].text, count=1
        )
        assert differences(copy, fresh) == [f"code cell {number + 1}"]
        assert stamp(copy)["shown"] != copy.metadata["stamp"]["shown"]

    def test_a_typed_number(self, copy: nbformat.NotebookNode) -> None:
        copy.cells.append(nbformat.v4.new_markdown_cell("The cosine of cat and dog is 0.7319."))
        assert typed_numbers(copy) == ["0.7319"]


def test_nbval_notices_a_changed_digit(tmp_path: Path, pytester_run: object) -> None:
    """nbval itself, on a small notebook: as stored it passes, with one digit changed it fails."""
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    cell = nbformat.v4.new_code_cell(
        "from embedbook import geometry, tables\n"
        "print(round(geometry.cosine_similarity(tables.load('minilm'), 'cat', 'dog'), 2))"
    )
    cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", name="stdout", text="0.42\n")], 1
    notebook.cells = [cell]
    assert pytester_run(tmp_path / "right.ipynb", notebook) == 0
    cell.outputs[0].text = "0.43\n"
    assert pytester_run(tmp_path / "wrong.ipynb", notebook) == 1


@pytest.fixture
def pytester_run() -> object:
    """Run nbval on a notebook in a process of its own; the exit code."""
    import subprocess
    import sys

    def run(path: Path, notebook: nbformat.NotebookNode) -> int:
        nbformat.write(notebook, path)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--nbval",
            "--nbval-current-env",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(path.parent),
            str(path),
        ]
        return subprocess.run(command, cwd=path.parent, capture_output=True, check=False).returncode

    return run
