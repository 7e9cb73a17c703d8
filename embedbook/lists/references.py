"""The sources that the book cites, from its bibliography, as a sentence names them.

An output of a notebook cannot use the site's citation roles, so it prints these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

INSTALLED = Path(__file__).with_name("references.bib")
IN_A_CHECKOUT = Path(__file__).parents[2] / "book" / "references.bib"

_PLACES = ("howpublished", "publisher", "institution", "journal", "booktitle")


@dataclass(frozen=True)
class Reference:
    """A source as a sentence names it, its year, and its DOI or, where it has none, its address or publisher."""

    name: str
    year: int
    doi: str
    url: str
    where: str

    def markdown(self) -> str:
        """Name and link, as Markdown.

        >>> references()["hill2015"].markdown()
        'Hill, Reichart and Korhonen (2015), [doi:10.1162/COLI_a_00237](https://doi.org/10.1162/COLI_a_00237)'
        """
        if self.doi:
            return f"{self.name}, [doi:{self.doi}](https://doi.org/{quote(self.doi)})"
        return f"{self.name}, [{self.where}]({self.url})" if self.url else f"{self.name}, {self.where}"


@cache
def references() -> Mapping[str, Reference]:
    """The bibliography by key. Where two sources would get one name, the second author is named too.

    >>> references()["mikolov2013a"].name
    'Mikolov, Chen et al. (2013)'
    """
    from pybtex.database import parse_file

    listed = parse_file(str(INSTALLED if INSTALLED.is_file() else IN_A_CHECKOUT), bib_format="bibtex").entries
    entries = {key: entry for key, entry in listed.items() if entry.persons}  # the source chapter names no author
    short = {key: _name(entry, named=1) for key, entry in entries.items()}
    count = Counter(short.values())
    return {
        key: _reference(entry, short[key] if count[short[key]] == 1 else _name(entry, named=2))
        for key, entry in entries.items()
    }


def _name(entry: Any, named: int) -> str:
    """Up to three authors, or of more the first ``named``, and the year."""
    authors = [
        " ".join(map(str, [*person.rich_prelast_names, *person.rich_last_names])) for person in entry.persons["author"]
    ]
    if len(authors) > 3 or "others" in authors:
        return f"{', '.join(authors[:named])} et al. ({entry.fields['year']})"
    return f"{' and '.join([', '.join(authors[:-1]), authors[-1]][-len(authors) :])} ({entry.fields['year']})"


def _reference(entry: Any, name: str) -> Reference:
    from pybtex.richtext import Text

    said = {key: str(Text.from_latex(value)) for key, value in entry.fields.items()}
    url, doi, eprint = (entry.fields.get(key, "") for key in ("url", "doi", "eprint"))
    at = next((said[key] for key in _PLACES if key in said), "")
    if "aclanthology.org/" in url:
        where = f"ACL Anthology {url.rstrip('/').rsplit('/', 1)[1]}"
    elif url:
        where = f"{at} {said.get('volume', '')}".strip() or said["title"]
    else:
        where = ", ".join(filter(None, [said["title"], at]))
    return Reference(name, int(said["year"]), doi or (eprint and f"10.48550/arXiv.{eprint}"), url, where)
