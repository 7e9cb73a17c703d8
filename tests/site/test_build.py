"""The parts of the site's build that need no build: what it copies, refuses and writes, and how it is served."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from docutils import nodes
from docutils.core import publish_doctree

ROOT = Path(__file__).resolve().parents[2]


def load(path: str) -> ModuleType:
    """Import a script that belongs to no package."""
    name = path.replace("/", "_").removesuffix(".py")
    spec = importlib.util.spec_from_file_location(name, ROOT / path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


site = load("tools/build_site.py")
serve = load("tools/serve.py")
page_metadata = load("book/_ext/page_metadata.py")
citation_roles = load("book/_ext/citation_roles.py")
chapter_numbers = load("book/_ext/chapter_numbers.py")
page_scripts = load("book/_ext/page_scripts.py")
widget_cards = load("book/_ext/widget_cards.py")


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


def test_a_missing_package_is_named_with_what_mends_it(tmp_path: Path) -> None:
    with pytest.raises(site.SiteError, match=r"mathjax/es5/tex-mml-chtml\.js.*npm ci"):
        site.assemble_vendor(tmp_path / "out", tmp_path)


def test_the_installed_packages_have_every_file(tmp_path: Path) -> None:
    copies = site.assemble_vendor(tmp_path, ROOT / "node_modules")
    assert all(copy.stat().st_size > 0 for copy in copies)


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
    ("damage", "found"),
    [
        (lambda root: (root / ".nojekyll").unlink(), ".nojekyll is missing"),
        (lambda root: (root / "404.html").unlink(), "404.html is missing"),
        (lambda root: (root / "book/two.html").unlink(), "book/one.html: no such file: two.html#here"),
        (
            lambda root: write(root / "book/two.html", page("<h1>Two</h1>")),
            "book/one.html: no such place: two.html#here",
        ),
        (
            lambda root: (root / "_static/vendor/fonts/a.woff2").unlink(),
            "_static/look.css: no such file: vendor/fonts/a.woff2",
        ),
        (
            lambda root: write(root / "book/x.html", page("", '<script src="https://cdn.test/x.js"></script>')),
            "book/x.html loads https://cdn.test/x.js",
        ),
        (
            lambda root: write(root / "book/x.html", page('<img src="//cdn.test/x.png">')),
            "book/x.html loads //cdn.test/x.png",
        ),
        (
            lambda root: write(root / "_static/x.css", "@import url(https://fonts.test/x)"),
            "_static/x.css loads https://fonts.test/x",
        ),
    ],
)
def test_each_damage_is_found(built: Path, damage: Callable[[Path], object], found: str) -> None:
    damage(built)
    assert found in site.find_problems(built, [])


def test_an_expected_page_that_was_not_built_is_found(built: Path) -> None:
    assert site.find_problems(built, ["book/three.html"]) == ["book/three.html is missing"]


# ------------------------------------------------------------------ what the build writes


def test_pages_come_in_reading_order(tmp_path: Path) -> None:
    toc = write(
        tmp_path / "_toc.yml", "root: book/index\nparts: [{caption: Start, chapters: [{file: book/a}, {file: book/b}]}]"
    )
    assert site.pages_in_order(toc) == [("", ["book/index"]), ("Start", ["book/a", "book/b"])]


def test_the_entrance_leads_to_the_first_page(tmp_path: Path) -> None:
    site.write_entrance(tmp_path, "book/index")
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert 'content="0; url=book/index.html"' in text
    assert '<a href="book/index.html">' in text
    assert '<html lang="en">' in text


def test_the_404_page_lists_every_page_by_its_heading(built: Path) -> None:
    site.write_not_found_page(built, ROOT / "book/404.html", [("", ["book/one"]), ("More & more", ["book/two"])])
    text = (built / "404.html").read_text(encoding="utf-8")
    assert '<li><a data-page href="book/one.html">One</a></li>' in text
    assert "<h2>More &amp; more</h2>" in text
    assert all(address.startswith("data:") for address in site.read_page(built / "404.html").resources)


def test_a_404_template_without_a_place_for_the_pages_is_refused(built: Path) -> None:
    with pytest.raises(site.SiteError, match="<!-- pages -->"):
        site.write_not_found_page(built, write(built / "template.html", page("")), [("", ["book/one"])])


@pytest.mark.parametrize("out", ["static", "stage", "stage/html", "static/a/b", "."])
def test_the_site_never_goes_where_the_build_works(tmp_path: Path, out: str) -> None:
    with pytest.raises(site.SiteError, match="where the build works"):
        site.check_target((tmp_path / out).resolve(), [tmp_path / "static", tmp_path / "stage"])


def test_only_an_earlier_site_is_replaced(tmp_path: Path) -> None:
    with pytest.raises(site.SiteError, match="is a file"):
        site.check_target(write(tmp_path / "html", "mine"), [])
    letters = write(tmp_path / "letters/a.txt")
    with pytest.raises(site.SiteError, match="not a built site"):
        site.check_target(letters.parent, [])
    write(letters.parent / "searchindex.js")
    site.check_target(letters.parent, [])
    site.check_target(tmp_path / "never", [])
    assert letters.exists()


def test_an_old_site_that_cannot_be_removed_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the new site would be moved into the old one."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("in use")

    monkeypatch.setattr(site.shutil, "rmtree", refuse)
    with pytest.raises(site.SiteError, match="cannot be removed: in use"):
        site.remove(write(tmp_path / "html/searchindex.js").parent)


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        (site.SiteError("warnings"), 1, "The site was not built: warnings\n"),
        (KeyboardInterrupt(), 130, "\nInterrupted; {out} is as it was.\n"),
    ],
)
def test_an_earlier_site_outlives_a_build_that_did_not_end(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fault: BaseException,
    status: int,
    said: str,
) -> None:
    """A failure is said, an interruption takes one line, and the site that was there stays as it was."""
    old = write(tmp_path / "html/searchindex.js", "old")
    write(tmp_path / "_toc.yml", "root: book/index\nchapters: []")

    def fail(*_: object) -> Path:
        raise fault

    monkeypatch.setattr(site, "write_widget_data", lambda folder: [])
    monkeypatch.setattr(site, "run_jupyter_book", fail)
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


# ------------------------------------------------------------------ the extensions


def test_a_description_is_whole_sentences_where_they_fit() -> None:
    assert page_metadata.description("Short.") == "Short."
    assert page_metadata.description("One row a token. Every row has as many numbers.", 20) == "One row a token."
    assert page_metadata.description("A row of a table stands for one token", 20) == "A row of a table…"


def test_a_description_comes_from_the_first_paragraph_of_the_page_itself() -> None:
    doctree = publish_doctree(
        "Title\n=====\n\n.. note:: Not this.\n\nThis   one,\nof course.\n\nPart\n----\n\nNor this.\n",
        settings_overrides={"doctitle_xform": False},
    )
    assert page_metadata.first_paragraph(doctree) == "This one, of course."


@pytest.mark.parametrize("base", ["", "https://book.test/"])
def test_metadata_is_escaped_and_icons_are_found_from_any_depth(base: str) -> None:
    """Only who says where the site will stand gets addresses into shared links."""
    context: dict[str, Any] = {
        "pathto": lambda name, resource: f"../{name}",
        "pageurl": f"{base}a.html" if base else "",
    }
    doctree = publish_doctree(
        'A "title"\n=========\n\nA "row" & <more>.\n', settings_overrides={"doctitle_xform": False}
    )
    page_metadata.add_metadata(SimpleNamespace(config=SimpleNamespace(html_baseurl=base)), "a", "", context, doctree)
    tags = context["metatags"]
    assert 'name="description" content="A &quot;row&quot; &amp; &lt;more&gt;."' in tags
    assert 'property="og:title" content="A &quot;title&quot;"' in tags
    assert 'href="../_static/favicon-48.png"' in tags
    assert ('property="og:image" content="https://book.test/_static/first-page.png"' in tags) == bool(base)
    assert ('property="og:url" content="https://book.test/a.html"' in tags) == bool(base)


def test_chapters_carry_the_number_of_their_notebook() -> None:
    assert chapter_numbers.number_of("notebooks/11_analogies") == "11"
    assert chapter_numbers.number_of("book/appendix/own_table") is None
    doctree = publish_doctree("Title\n=====\n\nPart\n----\n\nText.\n", settings_overrides={"doctitle_xform": False})
    app = SimpleNamespace(env=SimpleNamespace(docname="notebooks/03_cosine"))
    chapter_numbers.add_number(app, doctree)
    assert [title.astext() for title in doctree.findall(nodes.title)] == ["03 Title", "Part"]


def test_citations_lose_the_deprecated_roles() -> None:
    body = '<div role="list" class="citation-list"><div class="citation" id="a" role="doc-biblioentry">A</div></div>'
    context = {"body": body}
    citation_roles.drop_roles(None, "a", "page.html", context, None)
    assert context["body"] == '<div class="citation-list"><div class="citation" id="a">A</div></div>'


class Asset:
    """A script or style as Sphinx hands it to a page."""

    def __init__(self, filename: str | None, **attributes: str) -> None:
        self.filename, self.attributes = filename, attributes


def test_scripts_for_another_host_go_and_others_wait_for_the_page() -> None:
    mine, outside = Asset("site.js"), Asset("https://unpkg.test/thebe@1/lib/index.js")
    inline, kept = Asset(None, body="const THEBE_JS_URL=1"), Asset(None, body="let toggleHintShow = 'Show';")
    assets = [mine, outside, inline, kept]
    context: dict[str, Any] = {"body": '<p class="toggle">', "script_files": assets, "css_files": [Asset("thebe.css")]}
    page_scripts.choose(SimpleNamespace(srcdir=""), "a", "page.html", context, None)
    assert (context["script_files"], context["css_files"]) == ([mine, kept], [])
    assert (mine.attributes, "defer" in kept.attributes) == ({"defer": "defer"}, False)


@pytest.mark.parametrize(
    ("script", "body"),
    [
        ("vendor/mathjax/tex.js", '<span class="math notranslate">'),
        ("copybutton.js", '<div class="highlight">'),
        ("togglebutton.js", '<div class="dropdown admonition">'),
        ("design-tabs.js", '<div class="sd-tab-set">'),
    ],
)
def test_a_script_comes_to_the_pages_that_need_it(script: str, body: str) -> None:
    for text, expected in ((body, [script]), ("<p>Plain.</p>", [])):
        context: dict[str, Any] = {"body": text, "script_files": [Asset(script)], "css_files": []}
        page_scripts.choose(SimpleNamespace(srcdir=""), "a", "page.html", context, None)
        assert [asset.filename for asset in context["script_files"]] == expected


def test_the_stored_state_stands_after_the_text() -> None:
    state = Asset(None, type=page_scripts.WIDGET_STATE, body="{}")
    context: dict[str, Any] = {"body": "<p>Text</p>", "script_files": [state], "css_files": []}
    page_scripts.choose(SimpleNamespace(srcdir=""), "a", "page.html", context, None)
    assert context["script_files"] == []
    assert context["body"] == f'<p>Text</p>\n<script type="{page_scripts.WIDGET_STATE}">{{}}</script>\n'


def test_changed_data_has_another_address(tmp_path: Path) -> None:
    assert page_scripts.version(tmp_path / "none") == ""
    write(tmp_path / "one/rows.js", "1")
    write(tmp_path / "other/rows.js", "2")
    one, other = (page_scripts.version(tmp_path / name) for name in ("one", "other"))
    assert one != other and len(one) == len(other) == 8


def test_a_card_says_in_plain_text_what_its_widget_will_say(tmp_path: Path) -> None:
    outputs = [{"data": {site.WIDGET_VIEW: {"model_id": "a"}, "text/plain": ["<b> & ", "more"]}}]
    models = {"a": {"state": {"children": ["IPY_MODEL_c", "IPY_MODEL_b"]}}, "b": {"state": {"key": "pair"}}}
    state = {"widgets": {site.WIDGET_STATE: {"state": {**models, "c": {"state": {}}}}}}
    file = write(tmp_path / "a.ipynb", json.dumps({"metadata": state, "cells": [{"outputs": outputs}]}))
    stored = widget_cards.stored_widgets(file)
    assert stored == {"a": widget_cards.Stored("pair", "<b> & more")}
    assert widget_cards.stored_widgets(tmp_path / "a.md") == {}
    card = widget_cards.card("a", stored["a"])
    assert 'id="widget-pair" data-model="a"' in card and "<p>&lt;b&gt; &amp; more <em>" in card


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
