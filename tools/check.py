"""Every check of the book; `make test` runs this.

    python tools/check.py              all that a change must pass
    python tools/check.py --all        and what repeats a check on another table or in the other colours
    python tools/check.py unit site    only the named steps

Two steps run side by side, each on one thread, the quick ones first. A step's output is printed whole when it ends: all
of it after a failure, else its last line.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from quiet import environment

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
PYTEST = [PYTHON, "-m", "pytest", "-q"]
NBVAL = ["--nbval", "--nbval-current-env", "--nbval-kernel-startup-timeout=600", "-p", "tests.notebooks.whole_run"]
STEPS: dict[str, list[list[str]]] = {
    "style": [[PYTHON, "-m", "ruff", "check", "."], [PYTHON, "-m", "ruff", "format", "--check", "."]],
    "layers": [[PYTHON, "-c", "from importlinter.cli import lint_imports_command as run; run()"]],
    "unit": [[*PYTEST, "--doctest-modules", "embedbook", "tests/unit"]],
    "types": [[PYTHON, "-m", "mypy"]],
    "notebooks": [[*PYTEST, *NBVAL, "book", "notebooks"], [*PYTEST, "tests/notebooks"]],
    "site": [[*PYTEST, "--doctest-modules", "book/_ext", "tests/site"]],
    "lab": [[*PYTEST, "tests/lab"]],
}
AGAIN = "again"  # the marker of tests that only --all runs
SIDE_BY_SIDE = 2


def run(step: str, everything: bool) -> tuple[bool, str, float]:
    """Run a step; whether it passed, what it said, and its seconds."""
    variables = {**os.environ, **environment("smollm2")}
    for name in ("EMBEDBOOK_TABLE", "EMBEDBOOK_RESULTS"):  # the stored outputs are the default table's, here
        variables.pop(name, None)
    started, passed = time.monotonic(), True
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        for command in STEPS[step]:
            chosen = [] if everything or command[: len(PYTEST)] != PYTEST else ["-m", f"not {AGAIN}"]
            passed &= not subprocess.run(
                [*command, *chosen], cwd=ROOT, env=variables, check=False, stdout=said, stderr=said
            ).returncode
        said.seek(0)
        return passed, said.read().strip(), time.monotonic() - started


def outcomes(said: str) -> Counter[str]:
    """How many tests passed, failed, and so on, from pytest's last lines."""
    counts: Counter[str] = Counter()
    for line in re.findall(r"^(\d+ \w+(?:, \d+ \w+)*) in [\d.]+s", said, re.MULTILINE):
        for number, outcome in re.findall(r"(\d+) (\w+)", line):
            counts[outcome.removesuffix("s") if outcome == "errors" else outcome] += int(number)
    return counts


def main() -> int:
    everything, asked = "--all" in sys.argv, [name for name in sys.argv[1:] if name != "--all"] or list(STEPS)
    unknown = [step for step in asked if step not in STEPS]
    if unknown:
        print(f"no such step: {', '.join(unknown)}; there are {', '.join(STEPS)}", file=sys.stderr)
        return 2
    if {"site", "lab"} & set(asked) and subprocess.run([PYTHON, "tools/browser.py"], cwd=ROOT, check=False).returncode:
        return 1
    began, counts, failed = time.monotonic(), Counter[str](), []
    print(f"{', '.join(asked)}: {SIDE_BY_SIDE} at a time", flush=True)
    pool = ThreadPoolExecutor(SIDE_BY_SIDE)
    running: dict[Future[tuple[bool, str, float]], str] = {pool.submit(run, step, everything): step for step in asked}
    try:
        while running:
            done, _ = wait(running, timeout=60, return_when=FIRST_COMPLETED)
            if not done:
                now = [step for future, step in running.items() if future.running()]
                print(f"   {time.monotonic() - began:4.0f} s: {' and '.join(now)} still running", flush=True)
            for future in done:
                step, (passed, said, seconds) = running.pop(future), future.result()
                counts += outcomes(said)
                failed += [] if passed else [step]
                shown = said.splitlines()[-1:] if passed else [said, f"== {step} FAILED (above)"]
                print(f"== {step}: {'passed' if passed else 'FAILED'} in {seconds:.0f} s", *shown, sep="\n", flush=True)
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        print("\nInterrupted.", file=sys.stderr)
        return 130
    tests = ", ".join(f"{counts.pop(name, 0):,} {name}" for name in ("passed", "failed", "error"))
    others = "".join(f", {number:,} {name}" for name, number in counts.items() if name != "deselected")
    print(f"steps: {len(asked) - len(failed)} passed, {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}")
    print(f"tests: {tests}{others} in {(time.monotonic() - began) / 60:.1f} minutes")
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
