"""What is handed out: the wheel, its requirements, and the layers' light end."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbclient import NotebookClient

from embedbook import plotting
from embedbook.evaluation import google_analogies
from embedbook.tables import EmbeddingTable
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
    for folder in ("analogy", "lookup", "maps", "neighbors", "pair"):
        assert f"embedbook/widgets/{folder}/view.mjs" in names
    assert {"embedbook/widgets/core.mjs", "embedbook/widgets/core.css", "embedbook/py.typed"} <= names
    assert "embedbook/maps/atlas.jsonl" in names
    assert not [name for name in names if not name.startswith("embedbook")]


def test_the_wheel_carries_both_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for licence in ("LICENSE", "LICENSE-TEXT.md"):
            carried = [name for name in archive.namelist() if name.endswith(f".dist-info/licenses/{licence}")]
            assert len(carried) == 1
            assert archive.read(carried[0]) == (ROOT / licence).read_bytes()


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


@pytest.mark.parametrize("freezes", [True, False])
def test_a_lock_is_written_whole_or_not_at_all(tmp_path: Path, freezes: bool) -> None:
    """`make lock` with a pip that installs nothing: the head names the Python, and a failure changes nothing."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    lock, pip, python = tmp_path / "requirements.lock", tmp_path / "pip", tmp_path / "python"
    lock.write_text("kept\n")
    pip.write_text(f"#!/bin/sh\n[ $1 = freeze ] || exit 0\necho torch==2.13.0+cpu\nexit {int(not freezes)}\n")
    make_venv = "mkdir -p _build/lock/bin && cp pip python _build/lock/bin"
    python.write_text(f'#!/bin/sh\nif [ "$1" = -m ]; then {make_venv}; else exec {sys.executable} "$@"; fi\n')
    for program in (pip, python):
        program.chmod(0o755)
    done = subprocess.run(["make", "lock", "PYTHON=./python"], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode == 0) is freezes
    head, *rest = lock.read_text().splitlines()
    if freezes:
        assert f" on Python {sys.version_info.major}.{sys.version_info.minor}; " in head
    assert [head, *rest] == ([head, "torch==2.13.0"] if freezes else ["kept"])


def test_figures_without_matplotlib_say_what_to_install() -> None:
    code = "import sys; sys.modules['matplotlib.axes'] = None; import embedbook.plotting"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MissingExtraError: embedbook.plotting needs a library" in done.stderr
    assert done.stderr.rstrip().endswith("To get it: pip install matplotlib ipython")


def test_a_score_of_few_questions_is_named_beside_the_figure(minilm: EmbeddingTable) -> None:
    both = [google_analogies(minilm, exclude, relations=["currency", "family"]) for exclude in (True, False)]
    alt = plotting.relation_scores({"minilm": (both[0], both[1])}, "Two relations").alt
    few = f"currency in minilm ({both[0].by_relation['currency'].answered})"
    assert alt.endswith(f"Hollow: fewer than 100 questions answered, {few}.")


# --- the tools


def test_a_wrong_browser_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BOOK_BROWSER", "/no/such/browser")
    assert tool("browser").main() == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "BOOK_BROWSER=/no/such/browser is no program" in err


def test_only_a_table_on_the_hub_may_be_fetched() -> None:
    quiet = tool("quiet")
    assert quiet.environment("minilm")["HF_HUB_OFFLINE"] == quiet.environment("glove")["HF_HUB_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in quiet.environment("gpt2")
    assert "PYTHONHASHSEED" not in quiet.environment("minilm")  # it would hide an order that changes from run to run


def test_alternative_text_leaves_a_caption_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "tools")
    output = nbformat.v4.new_output("display_data", metadata={"image/png": {"alt": "Two rows."}})
    cell = nbformat.v4.new_code_cell(outputs=[output], metadata={"mystnb": {"figure": {"caption": "Rows"}}})
    tool("run_notebooks").copy_alt_text(cell)
    assert cell.metadata == {"mystnb": {"figure": {"caption": "Rows"}, "image": {"alt": "Two rows."}}}


def test_every_extra_is_there() -> None:
    assert set(tomllib.loads(PYPROJECT)["project"]["optional-dependencies"]) == {"book", "gemma", "hub", "test"}
