"""Run notebooks and store their outputs and widget state in a form that stays the same from run to run, with a stamp
of what made them.

python tools/run_notebooks.py                  run them all and store the outputs
python tools/run_notebooks.py --check          run them all, store nothing, fail where an output would change
EMBEDBOOK_TABLE=glove python tools/run_notebooks.py    run the book on another table, into _build/glove/
"""

from __future__ import annotations

import argparse
import ast
import functools
import hashlib
import io
import json
import os
import re
import sys
import tokenize
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from quiet import environment

from embedbook import tables

ROOT = Path(__file__).resolve().parent.parent
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
DEFAULT_TABLE = "minilm"
TIMEOUT = 300  # seconds a cell


def notebooks() -> list[Path]:
    """The book's notebooks in reading order."""
    return [ROOT / "book" / "index.ipynb", *sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))]


def execute(path: Path, table: str = DEFAULT_TABLE) -> nbformat.NotebookNode:
    """Run a notebook from nothing on ``table`` and return it normalised; a cell that fails raises."""
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("widgets", None)
    os.environ.update(environment(table), EMBEDBOOK_TABLE=table)  # the kernel inherits it
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    notebook = normalise(notebook, path.name)
    notebook.metadata["stamp"] = stamp(notebook)
    return notebook


def stamp(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """What a notebook's outputs follow from, and the outputs with the widget state themselves, a digest each.

    Stored digests that are these say that what is stored was made by the code cells, the package, the versions in the
    lock and the columns in ``results`` that are here now, and that nobody changed it since.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = [[cell.outputs for cell in code], notebook.metadata.get("widgets")]
    sources = "\0".join(cell.source for cell in code)
    return {
        "made_from": hashlib.sha256(f"{sources}\0{_package_and_lock()}".encode()).hexdigest(),
        "shown": hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest(),
    }


@functools.cache
def _package_and_lock() -> str:
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    package = [path for path in (ROOT / "embedbook").rglob("*") if path.suffix in (".py", ".mjs", ".css", ".jsonl")]
    for path in sorted([*package, *(ROOT / "results").glob("*.json")]):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        text = path.read_text(encoding="utf-8")
        digest.update((without_comments(text) if path.suffix == ".py" else text).encode())
    return digest.hexdigest()


def without_comments(source: str) -> str:
    """Python code without comments, docstrings, empty lines and spaces at the ends of lines."""
    lines = source.splitlines()
    for place in ast.walk(ast.parse(source)):
        if isinstance(place, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(
            place, clean=False
        ):
            said = place.body[0]
            lines[said.lineno - 1 : said.end_lineno] = [""] * ((said.end_lineno or 0) - said.lineno + 1)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        row, column = token.start
        if token.type == tokenize.COMMENT and lines[row - 1]:
            lines[row - 1] = lines[row - 1][:column]
    return "\n".join(stripped for line in lines if (stripped := line.rstrip()))


def normalise(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """Take out what differs between two runs that computed the same: times, kernel versions, random widget ids."""
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        join_streams(cell)
        copy_alt_text(cell)
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


def join_streams(cell: nbformat.NotebookNode) -> None:
    """Printed text arrives in as many parts as the kernel flushed; it is one output."""
    joined: list[nbformat.NotebookNode] = []
    for output in cell.get("outputs", []):
        before = joined[-1] if joined else None
        if before and output.output_type == before.output_type == "stream" and output.name == before.name:
            before.text += output.text
        else:
            joined.append(output)
    if joined:
        cell.outputs = joined


def copy_alt_text(cell: nbformat.NotebookNode) -> None:
    """The site reads a picture's alternative text from the cell, JupyterLab from the output: copy it over."""
    for output in cell.get("outputs", []):
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
        for other in re.findall(r"IPY_MODEL_([0-9a-f]{32})", json.dumps(state[model]["state"], sort_keys=True)):
            walk(other)

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if VIEW in output.get("data", {}):
                walk(output["data"][VIEW]["model_id"])
    for model, entry in state.items():
        tied = re.findall(
            r"IPY_MODEL_([0-9a-f]{32})", json.dumps([entry["state"].get("source"), entry["state"].get("target")])
        )
        if tied and all(other in order for other in tied):
            walk(model)
    return order


def differences(stored: nbformat.NotebookNode, fresh: nbformat.NotebookNode) -> list[str]:
    """What of a stored notebook a fresh run does not give again; pictures are left out, whose bytes depend on fonts."""

    def comparable(notebook: nbformat.NotebookNode) -> dict[str, Any]:
        cells = {}
        for number, cell in enumerate(c for c in notebook.cells if c.cell_type == "code"):
            outputs = json.loads(json.dumps(cell.outputs))
            for output in outputs:
                output.get("data", {}).pop("image/png", None)
            cells[f"code cell {number + 1}"] = [outputs, cell.execution_count]
        return {**cells, "widget state": notebook.metadata.get("widgets")}

    old, new = comparable(stored), comparable(fresh)
    return [part for part in old if old[part] != new.get(part)]


def banner(table: str) -> nbformat.NotebookNode:
    """What a notebook says at its head when it was run on another table than the prose speaks of."""
    text = (
        f"> **This copy was run on the table `{table}`.** The sentences outside the outputs were written for "
        f"`{DEFAULT_TABLE}`; trust the numbers, and read those sentences as questions."
    )
    cell = nbformat.v4.new_markdown_cell(text)
    cell["id"] = "other-table"
    return cell


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="store nothing; fail where a stored output would change")
    parser.add_argument("paths", nargs="*", type=Path, help="notebooks (default: all)")
    asked = parser.parse_args()
    table = os.environ.get("EMBEDBOOK_TABLE") or DEFAULT_TABLE
    tables.load_present("gemma")  # converted once, here, so that no progress bar becomes an output
    failed = False
    for path in asked.paths or notebooks():
        fresh = execute(path.resolve(), table)
        if asked.check:
            changed = differences(nbformat.read(path, 4), fresh)
            failed |= bool(changed)
            print(f"{path.name}: {'would change: ' + ', '.join(changed) if changed else 'current'}")
            continue
        target = path
        changed = differences(nbformat.read(path, 4), fresh) if table == DEFAULT_TABLE else []
        if table != DEFAULT_TABLE:
            fresh.cells.insert(0, banner(table))
            target = ROOT / "_build" / table / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
        text = nbformat.writes(fresh, 4)
        target.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
        news = f"; changed: {', '.join(changed)}" if changed else ""
        print(f"{path.name}: stored in {os.path.relpath(target, ROOT)}{news}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
