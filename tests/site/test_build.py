"""The parts of the site's build that need no build: what it copies, refuses and writes, and how it is served."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import build_site as site
import pytest
import serve

from tests.conftest import ROOT


def write(file: Path, text: str = "") -> Path:
    """Write a file and the folders above it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def page(body: str, head: str = "") -> str:
    """A page of HTML."""
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>'


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A small site with nothing wrong."""
    for name in (*site.ALWAYS_THERE, "_static/look.css", "_static/vendor/fonts/a.woff2"):
        write(tmp_path / name)
    style = 'a { src: url("vendor/fonts/a.woff2"); background: url(data:image/png;base64,AA) }'
    write(tmp_path / "_static/look.css", style)
    write(tmp_path / "book/one.html", page('<h1 id="top">One<a href="#top">#</a></h1><a href="two.html#here">two</a>'))
    head = '<link rel="stylesheet" href="../_static/look.css?v=1"><link rel="canonical" href="https://a.test/">'
    write(tmp_path / "book/two.html", page('<h1>Two</h1><p id="here"><a href="https://b.test/">source</a></p>', head))
    return tmp_path


# ------------------------------------------------------------------ what the site serves


def test_every_file_of_the_packages_is_copied(tmp_path: Path) -> None:
    for pattern, _ in site.VENDOR:
        write(tmp_path / "node_modules" / pattern.replace("*", "x"), pattern)
    copies = site.assemble_vendor(tmp_path / "out", tmp_path / "node_modules")
    assert len(copies) == len(site.VENDOR)
    copied = tmp_path / "out/mathjax/es5/tex-mml-chtml.js"
    assert copied.read_text(encoding="utf-8") == "mathjax/es5/tex-mml-chtml.js"


def test_the_lock_names_digests_and_no_server() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [name for name, entry in packages.items() if "integrity" not in entry]


def test_versions_are_exact_and_each_package_has_a_reason() -> None:
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    wanted = package["dependencies"] | package["devDependencies"]
    assert package["private"] is True
    assert all(version.replace(".", "").isdigit() for version in wanted.values())
    assert set(package["//"]) == set(wanted)


# ------------------------------------------------------------------ what the check finds


def test_a_whole_site_has_no_problem(built: Path) -> None:
    assert site.find_problems(built, ["book/one.html", "_static/vendor/fonts/a.woff2"]) == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        (".nojekyll", None, ".nojekyll is missing"),
        ("404.html", None, "404.html is missing"),
        ("book/two.html", None, "book/one.html: no such file: two.html#here"),
        ("book/two.html", page("<h1>Two</h1>"), "book/one.html: no such place: two.html#here"),
        ("_static/vendor/fonts/a.woff2", None, "_static/look.css: no such file: vendor/fonts/a.woff2"),
        (
            "book/x.html",
            page("", '<script src="https://a.test/x.js"></script>'),
            "book/x.html loads https://a.test/x.js",
        ),
        ("book/x.html", page('<img src="//a.test/x.png">'), "book/x.html loads //a.test/x.png"),
        ("_static/x.css", "@import url(https://a.test/x)", "_static/x.css loads https://a.test/x"),
    ],
)
def test_each_damage_is_found(built: Path, name: str, text: str | None, found: str) -> None:
    (built / name).unlink() if text is None else write(built / name, text)
    assert found in site.find_problems(built, [])


def test_an_expected_page_that_was_not_built_is_found(built: Path) -> None:
    assert site.find_problems(built, ["book/three.html"]) == ["book/three.html is missing"]


# ------------------------------------------------------------------ what the build writes


def test_pages_come_in_reading_order(tmp_path: Path) -> None:
    parts = "[{caption: Start, chapters: [{file: book/a}, {file: book/b}]}]"
    toc = write(tmp_path / "_toc.yml", f"root: book/index\nparts: {parts}")
    assert site.pages_in_order(toc) == [("", ["book/index"]), ("Start", ["book/a", "book/b"])]


def test_the_entrance_leads_to_the_first_page(tmp_path: Path) -> None:
    site.write_entrance(tmp_path, "book/index")
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    for part in ('content="0; url=book/index.html"', '<a href="book/index.html">', '<html lang="en">'):
        assert part in text


def test_the_404_page_lists_every_page_by_its_heading(built: Path) -> None:
    site.write_not_found_page(built, ROOT / "book/404.html", [("", ["book/one"]), ("More & more", ["book/two"])])
    text = (built / "404.html").read_text(encoding="utf-8")
    assert '<li><a data-page href="book/one.html">One</a></li>' in text
    assert "<h2>More &amp; more</h2>" in text
    assert all(address.startswith("data:") for address in site.read_page(built / "404.html").resources)


REFUSED: dict[str, Callable[[Path], object]] = {
    r"mathjax/es5/tex-mml-chtml\.js.*npm ci": lambda root: site.assemble_vendor(root / "out", root),
    "<!-- pages -->": lambda root: site.write_not_found_page(root, write(root / "a.html"), []),
    "is a file": lambda root: site.check_target(write(root / "html"), []),
    "not a built site": lambda root: site.check_target(write(root / "letters/a.txt").parent, []),
    "cannot be removed: in use": lambda root: site.remove(
        write(root / "html/searchindex.js").parent
    ),  # else moved into
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_cannot_be_built_is_said(tmp_path: Path, said: str) -> None:
    in_use = patch.object(site.shutil, "rmtree", side_effect=PermissionError("in use"))
    with in_use, pytest.raises(site.SiteError, match=said):
        REFUSED[said](tmp_path)


@pytest.mark.parametrize("out", ["static", "stage", "stage/html", "static/a/b", "."])
def test_the_site_never_goes_where_the_build_works(tmp_path: Path, out: str) -> None:
    with pytest.raises(site.SiteError, match="where the build works"):
        site.check_target((tmp_path / out).resolve(), [tmp_path / "static", tmp_path / "stage"])


def test_an_earlier_site_or_nothing_is_replaced(tmp_path: Path) -> None:
    earlier = write(tmp_path / "earlier/searchindex.js").parent
    for target in (earlier, tmp_path / "never"):
        site.check_target(target, [])
    assert (earlier / "searchindex.js").exists()


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        (site.SiteError("warnings"), 1, "The site was not built: warnings\n"),
        (KeyboardInterrupt(), 130, "\nInterrupted; {out} is as it was.\n"),
    ],
)
def test_an_earlier_site_outlives_a_build_that_did_not_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: BaseException, status: int, said: str
) -> None:
    """A failure is said, an interruption takes one line, and the site that was there stays as it was."""
    old = write(tmp_path / "html/searchindex.js", "old")
    write(tmp_path / "_toc.yml", "root: book/index\nchapters: []")
    with patch.object(site, "write_widget_data"), patch.object(site, "run_jupyter_book", side_effect=fault):
        assert site.main(["build", "--source", str(tmp_path), "--out", str(old.parent)]) == status
    assert old.read_text(encoding="utf-8") == "old"
    assert capsys.readouterr().err == said.format(out=old.parent)


def test_a_page_that_would_lose_its_widgets_is_not_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A notebook saved in JupyterLab holds new ids beside the state of the last `make run`."""
    view = {"outputs": [{"data": {site.WIDGET_VIEW: {"model_id": "new"}}}]}
    state = {"widgets": {site.WIDGET_STATE: {"state": {"old": {"model_name": "VBoxModel"}}}}}
    write(tmp_path / "book/index.ipynb", json.dumps({"metadata": state, "cells": [view]}))
    write(tmp_path / "_toc.yml", "root: book/index\nchapters: []")
    assert site.main(["build", "--source", str(tmp_path), "--out", str(tmp_path / "html")]) == 1
    assert "book/index; make run" in capsys.readouterr().err


def test_a_widget_that_the_site_cannot_draw_stops_the_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else a reader would miss a control that JupyterLab shows."""
    view = {"outputs": [{"data": {site.WIDGET_VIEW: {"model_id": "a"}}}]}
    kinds = ("VBoxModel", "IntSliderModel", "DatePickerModel")
    state = {name: {"model_name": kind} for name, kind in zip("abc", kinds, strict=True)}
    metadata = {"widgets": {site.WIDGET_STATE: {"state": state}}}
    write(tmp_path / "book/index.ipynb", json.dumps({"metadata": metadata, "cells": [view]}))
    write(tmp_path / "_toc.yml", "root: book/index\nchapters: []")
    assert site.main(["build", "--source", str(tmp_path), "--out", str(tmp_path / "html")]) == 1
    assert "cannot draw DatePickerModel on book/index; add it to" in capsys.readouterr().err


# ------------------------------------------------------------------ the server


@contextlib.contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[str]:
    """Serve a folder for the length of a block."""
    with serve.make_server(folder, port) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_it_serves_this_machine_only_and_its_own_404_page(built: Path) -> None:
    write(built / "404.html", "This row is empty")
    with serving(built) as address:
        with urllib.request.urlopen(f"{address}/book/one.html", timeout=5) as answer:
            assert b"One" in answer.read()
            assert answer.headers["Cache-Control"] == "no-cache"
        with pytest.raises(urllib.error.HTTPError) as missing:
            urllib.request.urlopen(f"{address}/no/such/page", timeout=5)
        assert missing.value.code == 404
        assert missing.value.read() == b"This row is empty"


def test_a_taken_port_is_replaced_by_a_free_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serve.make_server(tmp_path, port) as server:
            assert server.server_address[0] == "127.0.0.1"
            assert server.server_address[1] != port


def test_there_is_nothing_to_serve_before_a_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main([str(tmp_path)]) == 1
    assert "make book" in capsys.readouterr().err
