"""A chapter ends with its place, its minutes and the path on, and carries its number everywhere; on a tiny book."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
import yaml

from tests.conftest import ROOT

sys.path.append(str(ROOT / "book" / "_ext"))

import chapter_ends
import chapter_numbers
import folds

PAGES = {
    "index": "Book\n====\n\n.. toctree::\n\n   notebooks/01_one\n   notebooks/02_two\n   notebooks/12_last\n   words\n",
    "notebooks/01_one": "One & <all>\n===========\n\n*You need:* nothing. *Time:* about 15 minutes.\n",
    "notebooks/02_two": "Two\n===\n\n*Time:* 25 minutes, 40 with exercises. See :doc:`01_one`.\n",
    "notebooks/12_last": "Last\n====\n\nTime flies for 99 days.\n\n*Time:* about 5 minutes.\n",
    "words": "Words\n=====\n\nNo chapter.\n",
}


def build(folder: Path, short: str = "['01', '12']", **changed: str) -> tuple[int, str, dict[str, str]]:
    """The exit status, what was said, and each page's HTML."""
    for name, text in {**PAGES, **changed}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.rst").write_text(text, encoding="utf-8")
    settings = f"import sys; sys.path.insert(0, {str(ROOT / 'book/_ext')!r})\nextensions = ['chapter_numbers', 'chapter_ends']\nshort_path = {short}\n"
    (folder / "conf.py").write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", str(folder), str(folder / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr, {p.stem: p.read_text("utf-8") for p in (folder / "out").rglob("*.html")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("chapters")
    build(folder)
    status, said, pages = build(folder, words=PAGES["words"] + "\nMore.\n")  # a second build numbers nothing twice
    assert (status, said) == (0, "")
    return pages


def test_numbers_stand_before_titles_wherever_they_are_named(site: dict[str, str]) -> None:
    links = {re.sub(r"<[^>]*>", "", link) for link in re.findall(r"<a [^>]*notebooks/.*?</a>", site["index"])}
    assert links == {"01 One &amp; &lt;all&gt;", "02 Two", "12 Last"}
    assert ">Words<" in site["index"] and "01 One &amp; &lt;all&gt;" in site["02_two"]


def test_a_chapter_ends_with_its_place_minutes_and_path(site: dict[str, str]) -> None:
    ends = {name: re.findall(r'<p class="eb-place">(.*?)</p>', page) for name, page in site.items()}
    assert ends["01_one"] == [
        'Chapter 1 of 12 · about 15 minutes · on the short path, which goes on with <a href="12_last.html">12 Last</a>'
    ]
    assert ends["02_two"] == ["Chapter 2 of 12 · about 25 minutes"]
    assert ends["12_last"] == ["Chapter 12 of 12 · about 5 minutes · on the short path, which ends here"]
    assert ends["words"] == ends["index"] == []


def test_what_is_missing_fails_the_build(tmp_path: Path) -> None:
    status, said, _ = build(tmp_path, **{"notebooks/02_two": "Two\n===\n\nNo time. See :doc:`01_one`.\n"})
    assert status != 0 and "a chapter says how long it takes" in said


def test_a_short_path_through_no_chapter_fails_the_build(tmp_path: Path) -> None:
    status, said, _ = build(tmp_path, short="['01', '03']")
    assert status != 0 and "not there: ['03']" in said


def test_every_chapter_of_the_book_has_a_number_and_minutes() -> None:
    """And the short path names chapters that are there."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    found = {number: file for file in files if (number := chapter_numbers.number_of(file))}
    assert list(found) == sorted(found) and len(found) >= 8
    for file in found.values():
        first = nbformat.read(ROOT / f"{file}.ipynb", 4).cells[0].source.replace("*", "")
        assert chapter_ends.TIME.search(first), file
    short = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]["short_path"]
    assert set(short) <= set(found)


@pytest.mark.parametrize("extension", [chapter_numbers, folds])
def test_what_the_docstrings_show_is_so(extension: ModuleType) -> None:
    found = doctest.testmod(extension)
    assert found.attempted and not found.failed
