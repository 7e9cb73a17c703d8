"""Terms and works are linked where they stand; what only looks like one is left alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = """
# Words

```{glossary}
anisotropy
  Leaning one way; see {term}`basis`.

basis
  The axes.

embedding table
  The rows.
```
"""
WORKS = "\n".join(
    f"@article{{{key}, title = {{{{T}}}}, journal = {{J}}, author = {{{authors}}}, year = {{{year}}}}}"
    for key, authors, year in [
        ("mu", "Mu, Jiaqi and Viswanath, Pramod", 2018),
        ("hill", "Hill, Felix and Reichart, Roi and Korhonen, Anna", 2015),
        ("one", "Smith, Ann and Brown, Bo", 2019),
        ("two", "Smith, Ann and Green, Cy", 2019),
        ("all", "Smith, Ann and Brown, Bo and Green, Cy", 2019),
        ("van", "van der Maaten, Laurens and Hinton, Geoffrey", 2008),
        ("how", r"Wattenberg, Martin and Vi{\'e}gas, Fernanda", 2016),
    ]
)


CASES = {
    "An *embedding table*, again an *embedding table*.": [("embedding table", "words")],
    "*Embedding tables* and *bases*.": [("Embedding tables", "words"), ("bases", "words")],
    "It is *not* a term, nor is `basis`; **basis** neither.": [],
    "[*basis*](https://example.org) has its link.": [],
    "(Mu and Viswanath 2018; Hill and others 2015)": [
        ("Mu and Viswanath 2018", "works"),
        ("Hill and others 2015", "works"),
    ],
    "Hill, Reichart and Korhonen (2015) built it.": [("Hill, Reichart and Korhonen (2015", "works")],
    "Wattenberg and Viégas (2016) drew it.": [("Wattenberg and Viégas (2016", "works")],
    "van der Maaten and Hinton (2008) drew it.": [("van der Maaten and Hinton (2008", "works")],
    "Two are Smith's (Smith 2019): which? (Smith and Green 2019)": [("Smith and Green 2019", "works")],
    "Hill 2014, Miller 2015 and November 2018 are no works.": [],
    "In code `Hill 2015` stays.": [],
}
"""From a page's Markdown to the words that are linked, and the page they lead to."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small book with a page a case."""
    folder = tmp_path_factory.mktemp("book")
    pages = {f"page{i}.md": f"# Page\n\n{text}\n" for i, text in enumerate(CASES)}
    files = {
        "conf.py": f"import sys\nsys.path.insert(0, {str(ROOT / 'book/_ext')!r})\nbibtex_bibfiles = ['w.bib']\n"
        "extensions = ['myst_parser', 'sphinxcontrib.bibtex', 'linked_words']\n",
        "w.bib": WORKS,
        "words.md": GLOSSARY,
        "works.md": "# Works\n\n```{bibliography}\n:all:\n```\n",
        "index.md": "# Book\n\n```{toctree}\n:glob:\n*\n```\n",
        **pages,
    }
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    Sphinx(folder, folder, folder / "out", folder / "trees", "html", status=None, warning=None).build()
    return folder / "out"


@pytest.mark.parametrize(("number", "expected"), list(enumerate(CASES.values())), ids=list(CASES))
def test_what_is_linked(site: Path, number: int, expected: list[tuple[str, str]]) -> None:
    page = (site / f"page{number}.html").read_text(encoding="utf-8")
    found = re.findall(r'<a class="(?:term|work)[^"]*" href="([^"#]*)#([^"]+)">(?:<em>)?([^<]*)', page)
    for file, place, _ in found:  # a link leads to a place that is there
        assert f'id="{place}"' in (site / file).read_text(encoding="utf-8")
    assert [(words, file.removesuffix(".html")) for file, _, words in found] == expected
