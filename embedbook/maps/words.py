"""The words that are mapped: forty of the source chapter in five categories, and three hundred frequent ones."""

from __future__ import annotations

from collections.abc import Iterable

from embedbook.tables import EmbeddingTable

# The chapter's own five groups of eight.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "animals": ("cat", "dog", "horse", "fish", "bird", "mouse", "rabbit", "tiger"),
    "countries": ("France", "Germany", "Japan", "Brazil", "India", "China", "Italy", "Spain"),
    "colors": ("red", "blue", "green", "yellow", "purple", "orange", "black", "white"),
    "programming": ("Python", "Java", "code", "function", "variable", "loop", "class", "array"),
    "emotions": ("happy", "sad", "angry", "fear", "love", "hate", "joy", "calm"),
}
FREQUENT = 300
STUMPS = ("don", "didn", "wasn")
"""What BERT's tokenizer leaves of don't, didn't and wasn't: frequent, but no words."""


def category_of(word: str) -> str | None:
    """The category of one of the forty words, else None.

    >>> category_of("tiger"), category_of("Tiger"), category_of("lion")
    ('animals', None, None)
    """
    return next((name for name, members in CATEGORIES.items() if word in members), None)


def frequent_words(first: EmbeddingTable, other: EmbeddingTable, n: int = FREQUENT) -> tuple[str, ...]:
    """The ``n`` most frequent words of ``first``, of three letters or more, that ``other`` has too."""
    found = []
    for token_id in first.frequent_words(10 * n):
        word = first.word(token_id)
        if len(word) >= 3 and word.isalpha() and word not in STUMPS and other.find(word) is not None:
            found.append(word)
    return tuple(found[:n])


def single_tokens(table: EmbeddingTable, words: Iterable[str]) -> tuple[str, ...]:
    """Those of the words that are one token of the table; the others are left out of a map.

    >>> from embedbook import tables
    >>> single_tokens(tables.load("minilm"), ["cat", "defenestration"])
    ('cat',)
    """
    return tuple(word for word in words if table.find(word) is not None)
