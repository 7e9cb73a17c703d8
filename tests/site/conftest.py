"""The site, built once from clean with every warning an error, a server for it on the loopback address, and its pages."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from serve import make_server  # tools/ is on the path

from tests.conftest import ROOT, watch
from tests.scenarios import PATIENCE

LISTEN = """
globalThis.heard = [];
const { fetch, XMLHttpRequest: { prototype }, navigator } = globalThis, { open } = prototype, { sendBeacon } = navigator;
globalThis.fetch = (what, ...more) => { heard.push(String(what?.url ?? what)); return fetch(what, ...more); };
prototype.open = function (how, what, ...more) { heard.push(String(what)); return open.call(this, how, what, ...more); };
navigator.sendBeacon = (what, ...more) => { heard.push(String(what)); return sendBeacon.call(navigator, what, ...more); };
"""
Visit = Callable[..., Any]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site built from clean; the build's own words where it fails."""
    out = tmp_path_factory.mktemp("site") / "html"
    built = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "build_site.py"), "build", "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-3000:]
    return out


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the site is served, in a folder of its own as on a host with subpaths."""
    server = make_server(site.parent, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/{site.name}"
    server.shutdown()


@pytest.fixture
def visit(chromium: Any, address: str) -> Iterator[Visit]:
    """Opens a page of the site, or an address, in a context of its own that ends with the test.

    ``script`` runs before the page's own, options are the context's. What goes wrong is noted in the page's
    ``complaints``, what it asks for in ``asked``, and what its scripts ask for in its variable ``heard``.
    """
    contexts = []

    def opened(name: str, script: str = "", width: int = 1280, height: int = 900, **options: Any) -> Any:
        contexts.append(chromium.new_context(viewport={"width": width, "height": height}, **options))
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        page.add_init_script(LISTEN + script)
        page.complaints = watch(page)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(name if "://" in name else f"{address}/{name}")
        page.wait_for_load_state("networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()
