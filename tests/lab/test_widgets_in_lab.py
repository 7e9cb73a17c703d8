"""The widgets in JupyterLab with a kernel: every control by keyboard, every drawn sentence compared with Python's.

One scratch notebook holds a cell for each scenario, also on tables made in it, and is run once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.conftest import ROOT, watch
from tests.scenarios import OWN, PATIENCE, SCENARIOS, Scenario, control, play

TOKEN = "rows"
ALL = (*SCENARIOS, *OWN)
LAB = "jupyterapp.shell.currentWidget.context"
HERE = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.scenarios import OWN, SCENARIOS"


def scratch(path: Path, cells: Sequence[str]) -> None:
    """A notebook of these cells."""
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(made, path)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A JupyterLab on a folder with the scratch notebook and a short one; (address, folder)."""
    folder = tmp_path_factory.mktemp("lab")
    scratch(folder / "all.ipynb", [HERE, *(f"(*SCENARIOS, *OWN)[{i}].make()" for i in range(len(ALL)))])
    scratch(folder / "one.ipynb", [HERE, "SCENARIOS[0].make()"])
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')  # every cell is in the page
    places = {"SETTINGS": "JUPYTERLAB_SETTINGS_DIR"} | {n: f"JUPYTER_{n}_DIR" for n in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **{variable: str(folder / name.lower()) for name, variable in places.items()}}
    options = (
        f"--no-browser --allow-root --ServerApp.ip=127.0.0.1 --ServerApp.port=0 --IdentityProvider.token={TOKEN} "
        "--LabApp.expose_app_in_browser=True --LabApp.news_url= "
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"
    )
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-m", "jupyterlab", *options.split(), f"--ServerApp.root_dir={folder}"]
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            yield wait_for_server(folder, server), folder
        finally:
            server.terminate()  # it shuts its kernels down first, which a busy machine makes slow
            try:
                server.wait(60)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_for_server(folder: Path, server: subprocess.Popen[bytes]) -> str:
    """The address that the server announces, once it answers."""
    for _ in range(600):
        assert server.poll() is None, (folder / "log").read_text()[-2000:]
        for announced in (folder / "runtime").glob("jpserver-*.json"):
            try:
                address = str(json.loads(announced.read_text())["url"])
                urllib.request.urlopen(f"{address}api?token={TOKEN}", timeout=2)
                return address
            except (OSError, ValueError):
                pass
        time.sleep(0.25)
    raise AssertionError("JupyterLab did not start: " + (folder / "log").read_text()[-2000:])


@contextmanager
def opened(chromium: Any, address: str, path: str, before: str = "", patience: int = 0) -> Iterator[Any]:
    """A notebook in JupyterLab, ``before`` executed in its kernel and then all of its cells run; closed with both."""
    page = chromium.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(2 * PATIENCE)
    if patience:
        page.add_init_script(f"globalThis.embedbookPatience = {patience};")
    page.complaints = watch(page)
    workspace = uuid.uuid4().hex[:8]  # a fresh one, so that no notebook of another test is opened again
    page.goto(f"{address}lab/workspaces/{workspace}/tree/{path}?token={TOKEN}")
    page.wait_for_function(f"() => window.jupyterapp?.shell?.currentWidget && {LAB}.isReady")
    page.wait_for_function(f"() => {LAB}.sessionContext.session?.kernel?.status === 'idle'")
    if before:
        execute(page, before)
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    yield page
    page.evaluate(f"() => {LAB}.sessionContext.shutdown()")
    page.close()


def execute(page: Any, code: str) -> None:
    """Run code in the kernel, outside the notebook."""
    page.evaluate(f"code => {LAB}.sessionContext.session.kernel.requestExecute({{code}}).done", code)


def drawn(page: Any, place: int = 0) -> Any:
    """The view in that place of the notebook, in sight, once it has drawn."""
    view = page.locator(".eb-view").nth(place)
    view.wait_for(state="attached", timeout=5 * PATIENCE)  # the cells before it train models
    view.scroll_into_view_if_needed()
    page.wait_for_function(
        "i => document.querySelectorAll('.eb-view')[i].dataset.state === 'drawn'", arg=place, timeout=2 * PATIENCE
    )
    return view


@pytest.fixture(scope="module")
def notebook(chromium: Any, lab: tuple[str, Path]) -> Iterator[Any]:
    with opened(chromium, lab[0], "all.ipynb") as page:
        yield page


@pytest.mark.parametrize("scenario", ALL, ids=lambda s: f"{s.key} on {s.page or 'a table of its own'}")
def test_controls_and_python_agree(notebook: Any, scenario: Scenario) -> None:
    """The same steps as on the built page; here the kernel sends the rows, of any table."""
    play(notebook, drawn(notebook, ALL.index(scenario)), scenario)
    assert notebook.complaints.outside == []
    assert not [message for message in notebook.complaints.console if "embedbook" in message or "eb-" in message]


def test_the_address_is_left_alone_and_no_rows_are_saved(chromium: Any, lab: tuple[str, Path]) -> None:
    """In JupyterLab the query string is not ours; a saved notebook holds no rows, and says each sentence in plain text."""
    with opened(chromium, lab[0], "one.ipynb") as page:
        before = page.url
        control(drawn(page), "Neighbours").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(600)
        assert page.url == before
        page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
        page.wait_for_function(f"() => !{LAB}.model.dirty")
    saved = (lab[1] / "one.ipynb").read_text(encoding="utf-8")
    assert len(saved) < 200_000 and "Python is nearest to" in saved


PATCH = """
import time
from embedbook.widgets import view
answer, silent, slow = view.View._answer, {silent}, {slow}
def patched(self, *message):
    time.sleep(slow)
    silent or answer(self, *message)
view.View._answer = patched
"""


@pytest.mark.parametrize("silent", [True, False])
def test_a_kernel_that_does_not_answer_is_said(chromium: Any, lab: tuple[str, Path], silent: bool) -> None:
    """The view says what to do; a late answer fills it by itself, a lost one after a press of the button."""
    before = f"{HERE}\n{PATCH.format(silent=silent, slow=0 if silent else 4)}"
    with opened(chromium, lab[0], "one.ipynb", before, patience=700) as page:
        page.wait_for_selector('.eb-view[data-state="failed"]')
        assert "run this cell again" in page.locator(".eb-problem").inner_text()
        if silent:
            execute(page, "silent = False")
            page.get_by_role("button", name="Try again").click()
        assert "is nearest to" in drawn(page).locator(".eb-text").inner_text()
        assert page.locator(".eb-problem").inner_text() == ""
