"""Every check of the book, in the order in which a mistake is cheapest to find; `make test` runs this.

python tools/check.py            all of it
python tools/check.py unit site  only the named steps
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTEST = [sys.executable, "-m", "pytest", "-q"]
STEPS: dict[str, list[list[str]]] = {
    "style": [[str(BIN / "ruff"), "check", "."], [str(BIN / "ruff"), "format", "--check", "."]],
    "types": [[str(BIN / "mypy")]],
    "layers": [[str(BIN / "lint-imports")]],
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
    sys.path.insert(0, str(ROOT / "tools"))
    from run_notebooks import QUIET

    environment = {**os.environ, **QUIET, "HF_HUB_OFFLINE": "1"}
    environment.pop("EMBEDBOOK_TABLE", None)  # the stored outputs are the default table's
    failed = []
    for step in asked:
        started = time.monotonic()
        print(f"== {step}", flush=True)
        codes = [subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode for command in STEPS[step]]
        print(
            f"== {step}: {'passed' if not any(codes) else 'FAILED'} in {time.monotonic() - started:.0f} s\n", flush=True
        )
        failed += [step] if any(codes) else []
    print(f"failed: {', '.join(failed)}" if failed else "every step passed")
    print(f"steps: {len(asked) - len(failed)} passed, {len(failed)} failed")
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
