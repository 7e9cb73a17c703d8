"""The public test sets in gensim's test data, which is read as files and never imported."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from embedbook.tables import MissingExtraError, formats
from embedbook.tables.fetch import package_folder

Benchmark: TypeAlias = Literal["wordsim353", "simlex999"]
FILES = {
    "google": "questions-words.txt",
    "wordsim353": "wordsim353.tsv",
    "simlex999": "simlex999.txt",
    "mammals": "poincare_vectors.bin",
    "news": "lee_background.cor",
}


@dataclass(frozen=True)
class Question:
    """ "a is to b as c is to d", within one relation."""

    relation: str
    a: str
    b: str
    c: str
    d: str


def path(name: str) -> Path:
    """Where a test set is; ``name`` is a key of :data:`FILES`. Raises MissingExtraError without gensim."""
    if name not in tuple(FILES):
        raise ValueError(f"no test set is called {name!r}; there are {', '.join(FILES)}")
    folder = package_folder("gensim")
    found = (folder or Path()) / "test" / "test_data" / FILES[name]
    if folder is None or not found.is_file():
        raise MissingExtraError(f"the benchmark file {FILES[name]}", "pip install gensim")
    return found


def lines(name: str) -> list[str]:
    """The lines of a test set that hold something. Raises MissingExtraError."""
    read = path(name).read_text(encoding="utf-8").splitlines()
    return [line for line in read if line.strip() and not line.startswith("#")]


@cache
def google_questions() -> tuple[Question, ...]:
    """The 19,544 questions of Google's analogy test, in file order. Raises MissingExtraError.

    Source: Mikolov, Chen, Corrado and Dean, "Efficient Estimation of Word Representations in Vector Space", 2013.

    >>> questions = google_questions()
    >>> len(questions), questions[0].relation, questions[0].d
    (19544, 'capital-common-countries', 'Iraq')
    """
    questions = []
    relation = ""
    for line in lines("google"):
        if line.startswith(":"):
            relation = line[1:].strip()
        else:
            questions.append(Question(relation, *line.split()))
    return tuple(questions)


@cache
def rated_pairs(benchmark: Benchmark) -> tuple[tuple[str, str, float], ...]:
    """The pairs of words of a test set with the mean of people's ratings, 0 to 10. Raises MissingExtraError.

    Sources: Finkelstein et al., "Placing Search in Context", 2002; Hill, Reichart and Korhonen, "SimLex-999", 2015.

    >>> rated_pairs("simlex999")[0]
    ('old', 'new', 1.58)
    """
    return tuple((a, b, float(rating)) for a, b, rating in (line.split("\t") for line in lines(benchmark)))


@cache
def mammal_senses() -> tuple[tuple[str, int], ...]:
    """One-word names of the kinds of mammals in WordNet with the number of their sense, such as ("seal", 9).

    They are the nodes of a Poincaré embedding (Nickel and Kiela 2017). Raises MissingExtraError.
    """
    nodes = [node.rsplit(".", 2) for node in formats.read(path("mammals")).vocabulary.tokens]  # such as "cat.n.01"
    return tuple((word, int(number)) for word, _, number in nodes if "_" not in word)
