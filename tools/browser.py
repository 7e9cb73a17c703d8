"""Find the browser that the tests drive, or get one.

In order: `$BOOK_BROWSER`; Chromium or Chrome on PATH; the distribution's package, only as root in CI or when asked with
--install; Playwright's own. If none can be had, one clear line and exit code 1: the browser tests are never skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ADVICE = (
    "The tests drive a real browser and found none. Install Chromium or Chrome, or set BOOK_BROWSER to one, "
    "or run: python tools/browser.py --install"
)


def on_path() -> str | None:
    """The browser of this machine, if it has one. Raises ``FileNotFoundError`` for a wrong ``$BOOK_BROWSER``."""
    asked = os.environ.get("BOOK_BROWSER")
    if asked:
        if not shutil.which(asked):
            raise FileNotFoundError(f"BOOK_BROWSER={asked} is no program; name a Chromium or Chrome, or unset it")
        return shutil.which(asked)
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def playwrights_own() -> str | None:
    """The browser that Playwright keeps for itself, if it has fetched one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def executable() -> str:
    """The browser's program. Raises ``FileNotFoundError`` with advice if there is none or $BOOK_BROWSER is wrong."""
    found = on_path() or playwrights_own()
    if not found:
        raise FileNotFoundError(ADVICE)
    return found


def install(asked: bool) -> None:
    """Get a browser: by apt only as root in CI or when asked, else by Playwright."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root and shutil.which("apt-get") and (asked or os.environ.get("CI")):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in ("update -qq", "install -y -qq --no-install-recommends chromium"):
            subprocess.run(["apt-get", *command.split()], env=quiet, check=False, stdout=subprocess.DEVNULL)
        if on_path():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, stdout=subprocess.DEVNULL)


def main() -> int:
    try:
        if not (on_path() or playwrights_own()):
            install(asked="--install" in sys.argv)
        print(executable())
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
