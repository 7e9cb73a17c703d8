"""Open JupyterLab on your own copies of the notebooks, in `lab`: it saves as you work, and the book's stay as they are.

A copy that you changed is never overwritten; delete it to get the book's again.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAB = ROOT / "lab"


def refresh(book: Path, lab: Path) -> list[str]:
    """Copy `book` and `notebooks` into ``lab``; return the names of changed copies, which are kept as they are."""
    note = lab / ".copied.json"
    copied = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else {}
    kept = []
    for source in sorted(file for part in ("book", "notebooks") for file in (book / part).rglob("*") if file.is_file()):
        name = source.relative_to(book).as_posix()
        if ".ipynb_checkpoints" in name or "/_" in name:
            continue
        content, target = source.read_bytes(), lab / name
        if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() != copied.get(name):
            kept.append(name)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        copied[name] = hashlib.sha256(content).hexdigest()
    note.write_text(json.dumps(copied, indent=0), encoding="utf-8")
    return kept


def main() -> int:
    kept = refresh(ROOT, LAB)
    print(f"Your copies of the notebooks are in {LAB}. It saves as you work; the book's own stay as they are.")
    if kept:
        print(f"Kept as you changed them: {', '.join(kept)}. Delete one to get the book's again.")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={LAB}"]
    if os.name == "posix":  # else each kernel warns that this machine talks to itself in plain text
        command.append("--KernelManager.transport=ipc")
    try:
        return subprocess.run([*command, *sys.argv[1:]], cwd=LAB, check=False).returncode
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
