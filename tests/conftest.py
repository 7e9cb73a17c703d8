"""What several kinds of test share: the repository, the browser, and a page that notes everything it should not do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Complaints:
    """What went wrong while a page was used: empty when all is well."""

    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        return self.outside + self.failed + self.console


def watch(page: Any) -> Complaints:
    """Refuse every request to another host, and note it with every failure and console message of a page."""
    noted = Complaints()

    def only_here(route: Any) -> None:
        url = route.request.url
        if url.startswith(("data:", "blob:", "file:")) or urlsplit(url).hostname in ("127.0.0.1", "localhost"):
            route.continue_()
        else:
            noted.outside.append(f"asked another host: {url}")
            route.abort()

    def refused(response: Any) -> None:
        if response.status >= 400:
            noted.failed.append(f"{response.status}: {response.url}")

    def said(message: Any) -> None:
        if message.type in ("error", "warning"):
            noted.console.append(f"{message.type}: {message.text}")

    page.route("**/*", only_here)
    page.on("requestfailed", lambda request: noted.failed.append(f"failed: {request.url}"))
    page.on("response", refused)
    page.on("pageerror", lambda error: noted.console.append(f"page error: {error}"))
    page.on("console", said)
    return noted


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless browser; where there is none the tests fail and say how to get one."""
    from browser import executable
    from playwright.sync_api import sync_playwright

    path = executable()  # asks Playwright itself, which does not run inside itself
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
