"""Every check of the book, in the order in which a mistake is cheapest to find; `make test` runs this.

python tools/check.py            all of it
python tools/check.py unit site  only the named steps
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from quiet import environment

ROOT = Path(__file__).resolve().parent.parent
# import-linter has no module to run, only this script beside the interpreter
LINT_IMPORTS = shutil.which("lint-imports", path=str(Path(sys.executable).parent)) or "lint-imports"
PYTEST = [sys.executable, "-m", "pytest", "-q"]
STEPS: dict[str, list[list[str]]] = {
    "style": [[sys.executable, "-m", "ruff", "check", "."], [sys.executable, "-m", "ruff", "format", "--check", "."]],
    "types": [[sys.executable, "-m", "mypy"]],
    "layers": [[LINT_IMPORTS]],
    # Gemma's is converted once; before any notebook is, so that no progress bar becomes an output
    "tables": [[sys.executable, "-c", "from embedbook import tables; tables.load('gemma')"]],
    "unit": [[*PYTEST, "--doctest-modules", "embedbook", "tests/unit"]],
    "notebooks": [
        [*PYTEST, "--nbval", "--nbval-current-env", "book", "notebooks"],
        [*PYTEST, "tests/notebooks"],
    ],
    "browser": [[sys.executable, "tools/browser.py"]],
    "site": [[*PYTEST, "tests/site"]],
    "lab": [[*PYTEST, "tests/lab"]],
}


def main() -> int:
    asked = sys.argv[1:] or list(STEPS)
    unknown = [step for step in asked if step not in STEPS]
    if unknown:
        print(f"no such step: {', '.join(unknown)}; there are {', '.join(STEPS)}", file=sys.stderr)
        return 2
    variables = {**os.environ, **environment("minilm")}
    for name in ("EMBEDBOOK_TABLE", "EMBEDBOOK_RESULTS"):  # the stored outputs are the default table's, here
        variables.pop(name, None)
    failed = []
    for step in asked:
        started = time.monotonic()
        print(f"== {step}", flush=True)
        codes = [subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode for command in STEPS[step]]
        print(
            f"== {step}: {'passed' if not any(codes) else 'FAILED'} in {time.monotonic() - started:.0f} s\n", flush=True
        )
        failed += [step] if any(codes) else []
    print(f"failed: {', '.join(failed)}" if failed else "every step passed")
    print(f"steps: {len(asked) - len(failed)} passed, {len(failed)} failed")
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
