"""The site's own extensions: what each changes on a page while it is built."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docutils import nodes
from docutils.core import publish_doctree

from tests.conftest import ROOT

sys.path.append(str(ROOT / "book" / "_ext"))

import chapter_numbers
import citation_roles
import html_links
import inline_figures
import margin_notes
import page_metadata
import page_scripts
import widget_cards


def write(file: Path, text: str) -> Path:
    """Write a file and the folders above it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Short.", "Short."),
        ("One row a token. Every row has as many numbers.", "One row a token."),
        ("A row of a table stands for one token", "A row of a table…"),
    ],
)
def test_a_description_is_whole_sentences_where_they_fit(text: str, shown: str) -> None:
    assert page_metadata.description(text, 20) == shown


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


def test_a_figure_is_drawn_in_the_page_and_other_pictures_stay(tmp_path: Path) -> None:
    site = {"title": "A <b> rises", "wide": "<svg>1</svg>", "narrow": "<svg>2</svg>"}
    names, outputs = [], []
    for data, about in ((b"one", {"alt": 'A <b> rises. From "a" to b.', "site": site}), (b"two", {"alt": "Two."})):
        names.append(hashlib.sha256(data).hexdigest())
        picture = {"image/png": base64.b64encode(data).decode()}
        outputs.append({"data": picture, "metadata": {"image/png": about}})
    file = write(tmp_path / "a.ipynb", json.dumps({"cells": [{"outputs": outputs}, {"source": ""}]}))
    pictures = [f'<img alt="x" src="../_images/{name}.png" style="width: 720px;" />' for name in names]
    pictures[0] = f'<a class="reference internal image-reference" href="one.png">{pictures[0]}\n</a>'
    context = {"body": "<hr>".join(pictures)}
    app = SimpleNamespace(env=SimpleNamespace(doc2path=lambda name: str(file)))
    inline_figures.put_figures(app, "a", "page.html", context, nodes.document(None, None))
    assert context["body"] == (
        '<figure class="eb-figure"><figcaption>A &lt;b&gt; rises</figcaption>'
        '<div role="img" aria-label="From &quot;a&quot; to b."><div class="eb-wide"><svg>1</svg></div>'
        f'<div class="eb-narrow"><svg>2</svg></div></div></figure><hr>{pictures[1]}'
    )


def test_links_to_terms_and_works_are_described_once() -> None:
    notes = {("book/glossary.html", "term-row"): "A <token>'s numbers.", ("", "here"): "Of this page."}
    row, other = '<a class="term" href="book/glossary.html#term-row">', '<a href="book/index.html#term-row">'
    mark, own = '<a class="headerlink" href="#here">', '<a href="#here">'
    assert margin_notes.described(f"{row}{other}{mark}{row}{own}", notes) == (
        '<a aria-describedby="note-term-row" class="term" href="book/glossary.html#term-row">'
        f"{other}{mark}"
        '<a aria-describedby="note-term-row" class="term" href="book/glossary.html#term-row">'
        '<a aria-describedby="note-here" href="#here">'
        '<div hidden><p id="note-term-row">A &lt;token&gt;&#x27;s numbers.</p><p id="note-here">Of this page.</p></div>'
    )
    assert margin_notes.described(other, notes) == other


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
        ("sphinx-design.min.css", '<div class="sd-card">'),
        ("mystnb.1.css", '<div class="cell docutils container">'),
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
    outputs = [{"data": {widget_cards.VIEW: {"model_id": "a"}, "text/plain": ["<b> & ", "more"]}}]
    models = {"a": {"state": {"children": ["IPY_MODEL_c", "IPY_MODEL_b"]}}, "b": {"state": {"key": "pair"}}}
    state = {"widgets": {widget_cards.STATE: {"state": {**models, "c": {"state": {}}}}}}
    file = write(tmp_path / "a.ipynb", json.dumps({"metadata": state, "cells": [{"outputs": outputs}]}))
    stored = widget_cards.stored_widgets(file)
    assert stored == {"a": widget_cards.Stored("pair", "<b> & more")}
    assert widget_cards.stored_widgets(tmp_path / "a.md") == {}
    card = widget_cards.card("a", stored["a"])
    assert 'id="widget-pair" data-model="a"' in card and "<p>&lt;b&gt; &amp; more <em>" in card


def test_links_in_html_lead_to_pages_and_into_a_widgets_state() -> None:
    html = (
        '<p><a class="x" href="03_cosine.ipynb#claim-S5">S5</a> <a href="../book/index.ipynb?neighbors=word:a;k:2#w">a</a>'
        ' <a href="https://a.test/03_cosine.ipynb">b</a> <a href="#claim-S5">c</a> href="03_cosine.ipynb"</p>'
    )
    doctree = nodes.document(None, None, "", nodes.raw("", html, format="html"), nodes.raw("", html, format="latex"))  # type: ignore[arg-type]
    builder = SimpleNamespace(get_relative_uri=lambda _, page: f"[{page}]")
    app = SimpleNamespace(env=SimpleNamespace(found_docs={"notebooks/03_cosine", "book/index"}), builder=builder)
    html_links.resolve(app, doctree, "notebooks/12_check")  # type: ignore[arg-type]
    shown, other = (raw.astext() for raw in doctree.children)
    assert other == html and doctree.children[0].children[0].parent is doctree.children[0]
    assert shown == html.replace('"x" href="03_cosine.ipynb#', '"x" href="[notebooks/03_cosine]#').replace(
        "../book/index.ipynb?", "[book/index]?"
    )


def test_a_link_in_html_that_leads_nowhere_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    doctree = nodes.document(None, None, "", nodes.raw("", '<a href="13_nothing.ipynb">', format="html"))  # type: ignore[arg-type]
    app = SimpleNamespace(env=SimpleNamespace(found_docs=set()))
    said: list[str] = []
    monkeypatch.setattr(html_links.logger, "warning", lambda text, *values, **_: said.append(text % values))
    html_links.resolve(app, doctree, "notebooks/12_check")  # type: ignore[arg-type]
    assert said == ["a link in HTML leads to notebooks/13_nothing, which is no page"]
    assert doctree.children[0].astext() == '<a href="13_nothing.ipynb">'
