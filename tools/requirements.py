"""Write the requirement files from pyproject.toml, where every requirement stands once, with its reason.

python tools/requirements.py         requirements.txt: what a reader's environment needs, with bounds
python tools/requirements.py lock    also both locks: exact sets that the oldest Python of the book can have
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = "3.11.0"
READER, DEVELOPER = ("book", "hub"), ("book", "hub", "test")
HEAD = "# What a reader needs, with bounds and a reason each. Written by tools/requirements.py from pyproject.toml.\n"
LOCK_HEAD = f"""\
# The exact set that builds the site and runs the notebooks. Written by `make lock` for Python {OLDEST} and later.
# torch has no build suffix, so that any build will do; what carries a table is in requirements-data.txt.
"""
DEV_HEAD = "# What the tests need besides. Written by `make lock`.\n-r requirements.lock\n"


def wanted(pyproject: str, extras: Iterable[str]) -> list[str]:
    """The core's requirements and those of ``extras``."""
    project = tomllib.loads(pyproject)["project"]
    return project["dependencies"] + [line for name in extras for line in project["optional-dependencies"][name]]


def with_reasons(pyproject: str) -> str:
    """The text of requirements.txt. Raises ``KeyError`` for a requirement without a reason."""
    why = dict(re.findall(r'^\s*"([^"]+)",\s*#\s*(.+)$', pyproject, re.MULTILINE))
    lines = wanted(pyproject, ["book"])
    width = max(map(len, lines)) + 2
    text = "".join(f"{line:<{width}}# {why[line]}\n" for line in lines)
    return f"{HEAD}{text}{'-e .':<{width}}# the book's own package\n"


def resolved(requirements: list[str], *options: str) -> list[str]:
    """The exact set that pip would install for `OLDEST`; nothing is installed. Raises ``CalledProcessError``."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", report]
        target = ["--python-version", OLDEST, "--only-binary=:all:", "--target", folder]
        subprocess.run([*pip, *target, *options, "torch==2.13.0", *requirements], check=True)
        found = [entry["metadata"] for entry in json.loads(report.read_text(encoding="utf-8"))["install"]]
    exact = {each["name"]: each["version"].split("+")[0] for each in found}
    return [f"{name}=={exact[name]}" for name in sorted(exact, key=str.lower)]


def main() -> int:
    pyproject, lock = (ROOT / "pyproject.toml").read_text(encoding="utf-8"), ROOT / "requirements.lock"
    (ROOT / "requirements.txt").write_text(with_reasons(pyproject), encoding="utf-8")
    if "lock" in sys.argv:
        reader = resolved(wanted(pyproject, READER))
        lock.write_text(LOCK_HEAD + "\n".join(reader) + "\n", encoding="utf-8")
        more = [line for line in resolved(wanted(pyproject, DEVELOPER), "-c", str(lock)) if line not in reader]
        (ROOT / "requirements-dev.lock").write_text(DEV_HEAD + "\n".join(more) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
