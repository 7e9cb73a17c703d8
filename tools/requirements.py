"""Write requirements.txt, what a reader's environment needs, from pyproject.toml, where every requirement stands once.

python tools/requirements.py [--check]
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READER = ("book",)
HEAD = "# What a reader needs, with bounds and a reason each. Written by tools/requirements.py from pyproject.toml.\n"


def reasons(pyproject: str) -> dict[str, str]:
    """The comment behind each requirement line."""
    return dict(re.findall(r'^\s*"([^"]+)",\s*#\s*(.+)$', pyproject, re.MULTILINE))


def requirements(pyproject: str) -> str:
    """The text of requirements.txt. Raises ``KeyError`` for a requirement without a reason."""
    project, why = tomllib.loads(pyproject)["project"], reasons(pyproject)
    lines = list(project["dependencies"])
    for extra in READER:
        lines += project["optional-dependencies"][extra]
    width = max(map(len, lines)) + 2
    return (
        HEAD
        + "".join(f"{line:<{width}}# {why[line]}\n" for line in lines)
        + f"{'-e .':<{width}}# the book's own package\n"
    )


def main() -> int:
    wanted, target = requirements((ROOT / "pyproject.toml").read_text(encoding="utf-8")), ROOT / "requirements.txt"
    if "--check" in sys.argv:
        return int(target.read_text(encoding="utf-8") != wanted)
    target.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
