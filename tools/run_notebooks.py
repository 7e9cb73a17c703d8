"""Run notebooks and store their outputs and widget state in a form that stays the same from run to run.

python tools/run_notebooks.py [NOTEBOOK ...]               store the outputs in the notebooks themselves
EMBEDBOOK_TABLE=glove python tools/run_notebooks.py        a copy of the book on that table, in _build/glove
EMBEDBOOK_TABLE=my/vectors.txt python tools/run_notebooks.py       on a file of your own, in _build/vectors
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from quiet import environment

from embedbook import tables

ROOT = Path(__file__).resolve().parent.parent
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
REFERENCE = re.compile(r"IPY_MODEL_([0-9a-f]{32})")
TIMEOUT = 1_800  # seconds per cell: one asks for every claim of the book, which may be measured for the first time
ANSWER_LINE = "<!-- the answer -->"
OTHER_TABLE = """\
import os

from IPython.display import Markdown, display

from embedbook import tables

os.environ["EMBEDBOOK_TABLE"] = {table!r}
display(Markdown(
    f"> **This copy runs on the table `{{tables.load().card.name}}`.** The sentences outside the outputs were written "
    "for `{default}`; trust the numbers, and read those sentences as questions."
))
"""


def notebooks(book: Path = ROOT) -> list[Path]:
    """The book's notebooks: the first page, the chapters, the pages around them, the appendix."""
    first, around = book / "book" / "index.ipynb", sorted((book / "book").rglob("*.ipynb"))
    around.remove(first)
    return [first, *sorted((book / "notebooks").glob("[0-9]*.ipynb")), *around]


def execute(path: Path, table: str | None = None) -> nbformat.NotebookNode:
    """Run a notebook from nothing and return it normalized and stamped; a cell that fails raises.

    Where ``table`` names another one, or its file, the copy says so in a first cell, which also chooses it: run again
    in any other way, the copy stays what it says.
    """
    notebook = nbformat.read(path, 4)
    if table:
        first = nbformat.v4.new_code_cell(OTHER_TABLE.format(table=table, default=tables.DEFAULT), id="other-table")
        first.metadata["tags"] = ["remove-input"]
        notebook.cells = [first, *(cell for cell in notebook.cells if cell.id != "other-table")]
    for cell in code(notebook):
        cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("widgets", None)
    os.environ.update(environment(table or tables.DEFAULT))  # the kernel inherits it
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=True,
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--log-level=40"],  # no alarm, a kernel, that this machine talks to itself in plain text
    )
    client.execute()
    notebook = normalise(notebook, path.name)
    notebook.metadata["stamp"] = stamp(notebook)
    return notebook


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells that run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def stamp(notebook: nbformat.NotebookNode) -> str:
    """A digest of the code with all that it shows: one that is stored says that nobody changed either since the run.

    It holds what a recomputation of the printed outputs cannot see: pictures, their descriptions, widget state.
    """
    shown = [[cell.source, cell.outputs, cell.metadata.get("mystnb")] for cell in code(notebook)]
    text = json.dumps([shown, notebook.metadata.get("widgets")], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def normalise(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """Take out what differs between two runs that computed the same: times, kernel versions, random widget ids."""
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for cell in code(notebook):
        cell.metadata.pop("execution", None)
        join_streams(cell)
        copy_alt_text(cell)
    collapse(notebook)
    order = shown_models(notebook)
    state = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    if order:
        notebook.metadata["widgets"][STATE]["state"] = {model: state[model] for model in order}
    else:
        notebook.metadata.pop("widgets", None)
    text = nbformat.writes(notebook, 4)
    for place, model in enumerate(order):
        text = text.replace(model, hashlib.sha256(f"{name}:{place}".encode()).hexdigest()[:32])
    return nbformat.reads(text, 4)


def collapse(notebook: nbformat.NotebookNode) -> None:
    """JupyterLab hides what the site folds (book/_ext/folds.py), and the code of sentences: by tag, and nothing else.

    In the place of hidden Markdown it shows the first line, so that an answer begins with a comment.
    """
    for cell in notebook.cells:
        tags, is_code = set(cell.metadata.get("tags", [])), cell.cell_type == "code"
        is_answer, is_fold = "answer" in tags, "fold" in tags
        if is_answer and not is_code and not cell.source.startswith(ANSWER_LINE):
            cell.source = f"{ANSWER_LINE}\n{cell.source}"
        is_title = is_fold and not is_code and cell.source.startswith("#")
        hidden = {
            "outputs_hidden": is_code and (is_answer or is_fold),
            "source_hidden": bool(tags & {"remove-input", "hide-input"})
            or (is_answer and not is_code)
            or (is_fold and not is_title),
        }
        kept = {key: value for key, value in cell.metadata.pop("jupyter", {}).items() if key not in hidden}
        cell.metadata.pop("collapsed", None)
        if kept := kept | {key: True for key, hide in hidden.items() if hide}:
            cell.metadata["jupyter"] = kept
        if hidden["outputs_hidden"]:
            cell.metadata["collapsed"] = True  # as JupyterLab itself writes it, twice


def join_streams(cell: nbformat.NotebookNode) -> None:
    """Printed text arrives in as many parts as the kernel flushed; it is one output."""
    joined: list[nbformat.NotebookNode] = []
    for output in cell.outputs:
        before = joined[-1] if joined else None
        if before and output.output_type == before.output_type == "stream" and output.name == before.name:
            before.text += output.text
        else:
            joined.append(output)
    cell.outputs = joined


def copy_alt_text(cell: nbformat.NotebookNode) -> None:
    """The site reads a picture's alternative text from the cell, JupyterLab from the output: copy it over."""
    for output in cell.outputs:
        alt = output.get("metadata", {}).get("image/png", {}).get("alt")
        if alt:
            cell.metadata.setdefault("mystnb", {}).setdefault("image", {})["alt"] = alt


def shown_models(notebook: nbformat.NotebookNode) -> list[str]:
    """Ids of the widget models that a page shows, in the order of their first place; links stay with what they tie."""
    state = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    order: list[str] = []

    def walk(model: str) -> None:
        if model in order or model not in state:
            return
        order.append(model)
        for other in REFERENCE.findall(json.dumps(state[model]["state"], sort_keys=True)):
            walk(other)

    for cell in code(notebook):
        for output in cell.outputs:
            if VIEW in output.get("data", {}):
                walk(output["data"][VIEW]["model_id"])
    for model, entry in state.items():
        tied = REFERENCE.findall(json.dumps([entry["state"].get("source"), entry["state"].get("target")]))
        if tied and all(other in order for other in tied):
            walk(model)
    return order


def changed(stored: nbformat.NotebookNode, fresh: nbformat.NotebookNode) -> list[str]:
    """What of a stored notebook a fresh run does not give again; pictures are left out, whose bytes depend on fonts."""

    def parts(notebook: nbformat.NotebookNode) -> dict[str, object]:
        cells = {}
        for number, cell in enumerate(code(notebook), 1):
            outputs = json.loads(json.dumps(cell.outputs))
            for output in outputs:
                output.get("data", {}).pop("image/png", None)
            cells[f"code cell {number}"] = [outputs, cell.execution_count]
        return {**cells, "widget state": notebook.metadata.get("widgets")}

    old, new = parts(stored), parts(fresh)
    return [part for part in new if old.get(part) != new[part]]


def copy_of_the_book(table: str) -> tuple[str, Path]:
    """The table as a kernel in any folder finds it, and the folder of a copy of the book for it, made anew."""
    path = Path(table).resolve()
    own = table not in tables.names()
    name = path.stem if own else table
    folder = ROOT / "_build" / (f"{name}-table" if name in ("html", "npm", "site", "static") else name)
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("book", "notebooks"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, folder)
    return str(path) if own else table, folder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, help="notebooks (default: all)")
    paths = [path.resolve() for path in parser.parse_args().paths]
    table, book = os.environ.pop("EMBEDBOOK_TABLE", ""), ROOT
    try:
        if table not in ("", tables.DEFAULT):
            tables.load(table) if table in tables.names() else tables.open(table)  # else one line, before any kernel
            table, book = copy_of_the_book(table)
            paths = [book / path.relative_to(ROOT) for path in paths]
        for path in paths or notebooks(book):
            fresh = execute(path, table if book != ROOT else None)
            news = [] if book != ROOT else changed(nbformat.read(path, 4), fresh)
            path.write_text(nbformat.writes(fresh, 4).rstrip("\n") + "\n", encoding="utf-8")
            print(os.path.relpath(path), f"changed: {', '.join(news)}" if news else "stored", sep=": ", flush=True)
    except (CellExecutionError, tables.EmbedbookError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the notebook that was running is as it was.", file=sys.stderr)
        return 130
    if book != ROOT:
        print(f"The copy is in {book}; a site of it: {sys.executable} tools/build_site.py build --source {book}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
