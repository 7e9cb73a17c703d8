"""What is handed out: the wheel, its requirements, and the layers' light end."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"book_{name}", ROOT / "tools" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_wheel_carries_the_widgets(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("analogy", "lookup", "neighbors", "pair"):
        assert f"embedbook/widgets/{folder}/view.mjs" in names
    assert {"embedbook/widgets/core.mjs", "embedbook/widgets/core.css", "embedbook/py.typed"} <= names
    assert not [name for name in names if not name.startswith("embedbook")]


def test_an_installed_wheel_shows_a_widget(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed elsewhere and run in a kernel, the stored state holds a view with its JavaScript."""
    target = tmp_path / "elsewhere"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    monkeypatch.setenv("PYTHONPATH", str(target))
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell("import embedbook; print(embedbook.__file__)"),
        nbformat.v4.new_code_cell("from embedbook import widgets; widgets.neighbors('paris')"),
    ]
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert notebook.cells[0].outputs[0].text.startswith(str(target))
    state = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    scripts = [model["state"]["_esm"] for model in state.values() if "_esm" in model["state"]]
    assert len(scripts) == 1
    assert "export default" in scripts[0]


def test_the_core_is_light() -> None:
    """Without extras: no torch, no transformers, no Jupyter, and nothing of them is imported for a first answer."""
    names = {requirement.split(">")[0] for requirement in tomllib.loads(PYPROJECT)["project"]["dependencies"]}
    assert names == {"numpy", "safetensors", "tokenizers", "pyarrow", "platformdirs"}
    code = (
        "import sys; from embedbook import geometry, tables;"
        "geometry.nearest_neighbors(tables.load('minilm'), 'paris', k=3);"
        "heavy = ('torch', 'transformers', 'IPython', 'ipywidgets', 'matplotlib', 'sklearn');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert done.stdout.strip() == "[]"


def test_requirements_come_from_one_source() -> None:
    requirements = tool("requirements")
    assert (ROOT / "requirements.txt").read_text(encoding="utf-8") == requirements.requirements(PYPROJECT)
    spoilt = PYPROJECT.replace("  # GloVe's word list is a parquet file", "")
    with pytest.raises(KeyError):
        requirements.requirements(spoilt)


def test_the_lock_is_exact_and_anybodys() -> None:
    lines = [line for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    assert all("==" in line and not set("+@/") & set(line) for line in lines)
    assert "torch==2.13.0" in lines
    assert any(line.startswith("sentence-transformers==") for line in lines)


def test_every_extra_is_there() -> None:
    assert set(tomllib.loads(PYPROJECT)["project"]["optional-dependencies"]) == {"book", "gemma", "hub", "test"}
