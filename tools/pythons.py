"""Check the package's core on every Python that the book claims: install it without extras, ask for known answers.

    make pythons

The core needs no torch. What carries tables and benchmark files is installed without its dependencies.
Exit code 1 when an answer differs or when a claimed Python is not on this machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLAIMED = ("3.11", "3.12", "3.13")
SMOKE = """
import sys
from embedbook import evaluation, geometry, tables
shapes = {"smollm2": (49152, 576), "minilm": (30522, 384), "glove": (400000, 50)}
assert {name: tables.load(name).shape for name in shapes} == shapes
assert round(geometry.cosine_similarity(tables.load("minilm"), "cat", "dog"), 2) == 0.42
assert evaluation.google_analogies(tables.load("minilm"), relations=["family"]).total.correct == 320
assert not {"torch", "transformers"} & set(sys.modules)
"""


def interpreter(version: str) -> str | None:
    """A Python of that version that starts: kept by pyenv, or on PATH."""
    kept = sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob(f"versions/{version}.*/bin/python"))
    found = [*map(str, reversed(kept)), shutil.which(f"python{version}") or ""]
    return next((python for python in found if python and _runs(python, "--version")), None)


def works(python: str, folder: Path) -> bool:
    """True if the core installs into a fresh environment of ``python`` and gives the stored answers."""
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return (
        _runs(python, "-m", "venv", folder)
        and _runs(*pip, ROOT, "scipy")
        and _runs(*pip, "--no-deps", "-r", ROOT / "requirements-data.txt", "gensim")
        and _runs(folder / "bin" / "python", "-c", SMOKE)
    )


def _runs(*command: object) -> bool:
    return not subprocess.run(list(map(str, command)), check=False, stdout=subprocess.DEVNULL).returncode


def main() -> int:
    failed = 0
    for version in CLAIMED:
        python = interpreter(version)
        with tempfile.TemporaryDirectory() as folder:
            result = "not on this machine" if python is None else "passed" if works(python, Path(folder)) else "FAILED"
        print(f"Python {version}: {result}", flush=True)
        failed += result != "passed"
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
