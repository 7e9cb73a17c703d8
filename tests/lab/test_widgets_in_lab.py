"""The widgets in JupyterLab with a kernel: every control by keyboard, every drawn sentence compared with Python's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, watch
from tests.scenarios import SCENARIOS, Scenario, panel_of, play

TOKEN = "rows"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A JupyterLab on copies of the notebooks; (address, folder)."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copytree(ROOT / "book", folder / "book", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')  # every cell is in the page
    environment = {
        **os.environ,
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",
        f"--IdentityProvider.token={TOKEN}",
    ]
    options += [
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={folder}"],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            yield wait_for_server(folder, server), folder
        finally:
            server.terminate()  # it shuts its kernels down first, which a busy machine makes slow
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_for_server(folder: Path, server: subprocess.Popen[bytes]) -> str:
    """The address that the server announces, once it answers."""
    for _ in range(240):
        assert server.poll() is None, (folder / "log").read_text()[-2000:]
        for announced in (folder / "runtime").glob("jpserver-*.json"):
            address = str(json.loads(announced.read_text())["url"])
            try:
                urllib.request.urlopen(f"{address}api?token={TOKEN}", timeout=2)
                return address
            except OSError:
                pass
        time.sleep(0.25)
    raise AssertionError("JupyterLab did not start: " + (folder / "log").read_text()[-2000:])


def opened(chromium: Any, address: str, path: str) -> Any:
    """A notebook in JupyterLab, all of its cells run."""
    page = chromium.new_page(viewport={"width": 1400, "height": 1000})
    page.complaints = watch(page)
    run(page, address, path)
    return page


def run(page: Any, address: str, path: str, before: str = "") -> None:
    """Open a notebook, execute ``before`` in its kernel, then run all of its cells."""
    workspace = uuid.uuid4().hex[:8]  # a fresh one, so that no notebook of another test is opened again
    page.goto(f"{address}lab/workspaces/{workspace}/tree/{path}?token={TOKEN}")
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady", timeout=60_000)
    page.evaluate("async () => { await jupyterapp.shell.currentWidget.context.sessionContext.ready; }")
    page.wait_for_function(
        "() => jupyterapp.shell.currentWidget.context.sessionContext.session?.kernel?.status === 'idle'", timeout=60_000
    )
    if before:
        page.evaluate(
            "code => jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.requestExecute({code}).done",
            before,
        )
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")


def closed(page: Any) -> None:
    """Close a notebook and its kernel, so that the next test starts from nothing."""
    page.evaluate("() => jupyterapp.shell.currentWidget.context.sessionContext.shutdown()")
    page.close()


def view(page: Any, key: str) -> Any:
    """The view of that key once it has drawn."""
    found = page.locator(f'.eb-view[data-key="{key}"]').last
    found.wait_for(state="attached", timeout=120_000)
    found.scroll_into_view_if_needed()
    page.wait_for_function(
        "key => [...document.querySelectorAll(`.eb-view[data-key=\"${key}\"]`)].at(-1)?.dataset.state === 'drawn'",
        arg=key,
        timeout=60_000,
    )
    return found


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.key + " on " + s.page)
def test_controls_and_python_agree(chromium: Any, lab: tuple[str, Path], scenario: Scenario) -> None:
    """The same steps as on the built page; here the kernel sends the rows."""
    address, _ = lab
    page = opened(chromium, address, f"{scenario.page}.ipynb")
    play(page, view(page, scenario.key), scenario)
    assert page.complaints.outside == []
    assert not [message for message in page.complaints.console if "embedbook" in message or "eb-" in message]
    closed(page)


def test_the_address_is_left_alone_and_no_rows_are_saved(chromium: Any, lab: tuple[str, Path]) -> None:
    """In JupyterLab the query string is not ours, and a saved notebook holds no rows."""
    address, folder = lab
    page = opened(chromium, address, "book/index.ipynb")
    drawn = view(page, "neighbors")
    before = page.url
    panel_of(drawn).locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)
    assert page.url == before
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty", timeout=10_000)
    assert (folder / "book" / "index.ipynb").stat().st_size < 200_000
    closed(page)


PATCH = """
import time
from embedbook.widgets import view
answer, silent, slow = view.View._answer, {silent}, {slow}
def patched(self, *message):
    time.sleep(slow)
    silent or answer(self, *message)
view.View._answer = patched
"""


def impatient(chromium: Any, address: str, patch: str) -> Any:
    """The first page in a browser that waits 0.7 s for a kernel whose answers are patched; the view has given up."""
    page = chromium.new_page(viewport={"width": 1400, "height": 1000})
    page.add_init_script("globalThis.embedbookPatience = 700;")
    page.complaints = watch(page)
    run(page, address, "book/index.ipynb", before=patch)
    page.wait_for_selector('.eb-view[data-state="failed"]', timeout=60_000)
    assert "run this cell again" in page.locator(".eb-view .eb-problem").last.inner_text()
    return page


def test_a_silent_kernel_is_said(chromium: Any, lab: tuple[str, Path]) -> None:
    """Without an answer the view says what to do, and a press of the button fills it once the kernel is back."""
    address, _ = lab
    page = impatient(chromium, address, PATCH.format(silent=True, slow=0))
    page.evaluate(
        "code => jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.requestExecute({code}).done",
        "silent = False",
    )
    page.get_by_role("button", name="Try again").last.click()
    assert "is nearest to" in view(page, "neighbors").locator(".eb-text").inner_text()
    closed(page)


def test_a_late_answer_is_drawn(chromium: Any, lab: tuple[str, Path]) -> None:
    """A kernel that was only busy fills the picture by itself."""
    address, _ = lab
    page = impatient(chromium, address, PATCH.format(silent=False, slow=3))
    assert "is nearest to" in view(page, "neighbors").locator(".eb-text").inner_text()
    assert page.locator(".eb-view .eb-problem").last.inner_text() == ""
    closed(page)
