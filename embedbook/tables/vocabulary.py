"""What a table must know about its tokens; :mod:`wordpiece`, :mod:`byte_level`, :mod:`sentence_piece` and
:class:`Words` are the kinds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Literal, Protocol, TypeAlias

Tokenization: TypeAlias = Literal["wordpiece", "words", "byte-level", "sentencepiece"]
"""How text is cut: into words and ``##`` pieces, into words alone, into pieces of bytes where ``Ġ`` is a space, or into
pieces of characters where ``▁`` is one."""


def in_running_text(word: str) -> tuple[str, ...]:
    """How a word may stand in running text, the likeliest first: a word follows a space, a punctuation mark does not.

    >>> in_running_text("king"), in_running_text(","), in_running_text(" ")
    ((' king', 'king'), (',', ' ,'), ())
    """
    word = word.strip()
    forms = (f" {word}", word)
    return () if not word else forms if word[0].isalnum() else forms[::-1]


class Vocabulary(Protocol):
    """Tokens with their ids, and how text is cut into them."""

    @property
    def tokenization(self) -> Tokenization:
        """The kind of cuts."""

    @property
    def tokens(self) -> Sequence[str]:
        """All tokens as stored, [V], by id."""

    def find(self, word: str) -> int | None:
        """The id of a word that is exactly one token, else None."""

    def pieces(self, text: str) -> list[str]:
        """The text cut as this vocabulary cuts it, tokens as stored; words that it cannot represent stay visible."""

    def encode(self, text: str) -> list[int | None]:
        """The ids of the pieces; None for a piece that is no token."""

    def word(self, token_id: int) -> str:
        """The token as a reader writes it."""

    def whole_words(self) -> Sequence[int]:
        """The ids of whole alphabetic words, most frequent first."""


class Words:
    """A vocabulary of whole words, most frequent first, with no pieces to fall back on.

    A word is looked up as it is written, then in lower case.

    >>> words = Words(["the", "cat", "n't"])
    >>> words.find("Cat"), words.encode("the dog")
    (1, [0, None])
    """

    tokenization: Tokenization = "words"

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens: Sequence[str] = tuple(tokens)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: token_id for token_id, token in enumerate(self.tokens)}

    def find(self, word: str) -> int | None:
        word = word.strip()
        return self._ids.get(word, self._ids.get(word.lower()))

    def pieces(self, text: str) -> list[str]:
        """Words between spaces; one that is no token is cut at its punctuation ("don't" is "do" and "n't")."""
        found: list[str] = []
        for chunk in text.split():
            token_id = self.find(chunk)
            found += _PARTS.findall(chunk.lower()) if token_id is None else [self.tokens[token_id]]
        return found

    def encode(self, text: str) -> list[int | None]:
        return [self.find(piece) for piece in self.pieces(text)]

    def word(self, token_id: int) -> str:
        return self.tokens[token_id]

    def whole_words(self) -> Sequence[int]:
        return [token_id for token_id, token in enumerate(self.tokens) if token.isalpha()]


# The Penn Treebank's cuts, which the corpora of published word vectors follow: n't and 's stand alone.
_PARTS = re.compile(r"\w+(?=n't)|n't|'(?:s|re|ve|ll|d|m)\b|\w+(?:[-.]\w+)*|[^\w\s]")
