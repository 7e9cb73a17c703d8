"""Make `.venv` and `node_modules` what the locks say, or say in one line why not. After an interruption, run it again.

    python3 tools/setup.py          what a reader needs: it builds the site and runs the notebooks
    python3 tools/setup.py --dev    and what the tests need

Each part is stamped with a digest of what it follows from: where nothing has changed, nothing is done or fetched.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ((3, 11), (3, 13))
VENV = ROOT / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")
DATA = "requirements-data.txt"


class SetupError(Exception):
    """Set-up cannot go on; the message says why and what mends it."""


def run(command: Sequence[object], failed: str, **options: object) -> None:
    """Run a program, its output shown. Raises SetupError with ``failed`` where it does not end well."""
    if subprocess.run([str(word) for word in command], check=False, **options).returncode:  # type: ignore[call-overload]
        raise SetupError(failed)


def works(*command: object) -> bool:
    """True if a program is there, starts and ends well."""
    try:
        return not subprocess.run([str(word) for word in command], capture_output=True, check=False).returncode
    except OSError:
        return False


def part(what: str, stamp: Path, sources: list[Path], make: Callable[[], None]) -> None:
    """Run ``make``, unless ``stamp`` says that it ran to its end, here, for the same sources."""
    digest = hashlib.sha256(str(ROOT).encode())
    for source in sources:
        digest.update(source.read_bytes())
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest.hexdigest():
        return
    stamp.unlink(missing_ok=True)
    print(f"== {what}", flush=True)
    make()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest.hexdigest(), encoding="utf-8")


def reader() -> None:
    """The virtual environment, made anew if it is not whole, with the lock, the tables and the package."""
    if not works(PROGRAMS / "pip", "--version"):
        done = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
        if "ensurepip" in done.stdout + done.stderr:
            raise SetupError("this Python makes no environments; on Debian and Ubuntu: apt install python3-venv")
        if done.returncode:
            raise SetupError(f"{VENV} could not be made: {(done.stderr or done.stdout).strip()}")
    pip(["-r", "requirements.lock"])
    pip(["--no-deps", "-r", DATA, "-e", "."])
    done = subprocess.run([str(PYTHON), "-m", "pip", "check"], capture_output=True, text=True)
    accepted = left_out((ROOT / DATA).read_text(encoding="utf-8"))
    wrong = [line for line in done.stdout.splitlines() if not accepted(line)]
    if done.returncode and wrong:
        raise SetupError("the packages do not fit together: " + "; ".join(wrong))


def left_out(data: str) -> Callable[[str], bool]:
    """Whether a line of `pip check` only says that a table came without what ``data`` leaves out of its package."""
    names = dict(re.findall(r"^([\w-]+)==.*; without (.+)$", data, re.MULTILINE))
    pairs = {(package, name) for package, missing in names.items() for name in missing.split(", ")}

    def accepted(line: str) -> bool:
        said = re.fullmatch(r"(\S+) \S+ requires (\S+), which is not installed\.", line)
        return said is not None and said.groups() in pairs

    return accepted


def pip(arguments: list[str]) -> None:
    """Install packages, with pip's own progress."""
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    run(command, "pip could not install the packages (above); with a connection, the same command goes on", cwd=ROOT)


def node_modules() -> None:
    """What package-lock.json names, fetched beside the old packages, which stay until the new ones are whole."""
    stage = ROOT / "_build" / "npm"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, stage)
    failed = "npm could not install the packages (above); what was there before is untouched"
    run([PYTHON, ROOT / "tools" / "node.py", "ci"], failed, cwd=stage)
    shutil.rmtree(ROOT / "node_modules", ignore_errors=True)
    (stage / "node_modules").rename(ROOT / "node_modules")


def main() -> int:
    if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        print(
            f"This book needs Python 3.11 to 3.13; {sys.executable} is {sys.version.split()[0]}. "
            "Say which: make PYTHON=python3.11 book",
            file=sys.stderr,
        )
        return 1
    files = {name: ROOT / name for name in ("requirements.lock", DATA, "requirements-dev.lock", "package-lock.json")}
    lock, data, dev, npm = files.values()
    widgets = ROOT / "embedbook" / "widgets"
    scripts = sorted((widgets / "js").rglob("*.mjs"))
    if not PYTHON.exists():  # the Python that it was made with is gone
        (VENV / ".reader").unlink(missing_ok=True)
    try:
        part("Python packages: minutes, about a gigabyte without CUDA", VENV / ".reader", [lock, data], reader)
        if "--dev" in sys.argv:
            part("packages of the tests", VENV / ".dev", [lock, data, dev], lambda: pip(["-r", dev.name]))
        part("JavaScript packages", ROOT / "node_modules" / ".ready", [npm], node_modules)
        bundler = Path(__file__).with_name("bundle.py")
        made_from, command = [npm, bundler, *scripts], [PYTHON, bundler]
        part("widgets", widgets / "bundled" / ".ready", made_from, lambda: run(command, "no widgets (above)"))
    except SetupError as error:
        print(f"Set-up stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nSet-up was interrupted; the same command goes on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
