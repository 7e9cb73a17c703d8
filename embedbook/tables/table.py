"""The embedding table: V rows of D numbers, one row a token, and the tokens' names."""

from __future__ import annotations

import difflib
import operator
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from embedbook.tables.errors import TableFormatError, TokenIdError, UnknownTokenError
from embedbook.tables.vocabulary import Tokenization, Vocabulary


@dataclass(frozen=True)
class Card:
    """Where a table comes from and how to read it.

    ``digest`` is the SHA-256 of the file with the numbers, ``uncased`` says that words are looked up in lower case,
    ``order`` how ids are ordered.
    """

    name: str
    title: str
    year: int
    source: str
    licence: str
    licence_url: str
    digest: str
    uncased: bool
    order: str


class Rows(Protocol):
    """Rows by id, each float32 [D]."""

    def __getitem__(self, token_id: int, /) -> NDArray[np.float32]:
        """One row."""


class EmbeddingTable:
    """V rows of D numbers, read-only, and a vocabulary that names them.

    ``vectors`` is [V, D] float32, ``tokens`` the V tokens as stored, ``card`` says where both come from.
    Make one with :func:`embedbook.tables.load` or :func:`embedbook.tables.from_vectors`.
    """

    def __init__(
        self,
        card: Card,
        vocabulary: Vocabulary,
        vectors: NDArray[np.float32],
        rows: Rows | None = None,
    ) -> None:
        """``rows`` gives the same rows again, one at a time and without reading others; default: ``vectors``."""
        if vectors.ndim != 2 or vectors.shape[0] != len(vocabulary.tokens):
            raise TableFormatError(
                f"{card.name}: {len(vocabulary.tokens):,} tokens do not name the rows of a matrix {vectors.shape}"
            )
        self.card = card
        self.vectors = _read_only(vectors)
        self._rows = self.vectors if rows is None else rows
        self._vocabulary = vocabulary

    def __repr__(self) -> str:
        return f"EmbeddingTable({self.card.name!r}, {len(self):,} x {self.dimensions})"

    def __len__(self) -> int:
        return int(self.vectors.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        """(V, D): how many rows, how many numbers in each."""
        return len(self), self.dimensions

    @property
    def dimensions(self) -> int:
        """D: how many numbers a row has."""
        return int(self.vectors.shape[1])

    @property
    def tokens(self) -> Sequence[str]:
        """The V tokens as stored, by id."""
        return self._vocabulary.tokens

    @property
    def tokenization(self) -> Tokenization:
        """How text is cut: "wordpiece" (words, and ``##`` pieces), "words" alone, or "byte-level" (``Ġ`` is a space).

        >>> from embedbook import tables
        >>> tables.load("minilm").tokenization, tables.load("glove").tokenization
        ('wordpiece', 'words')
        """
        return self._vocabulary.tokenization

    @cached_property
    def norms(self) -> NDArray[np.float32]:
        """The length of every row, float32 [V]."""
        squares = np.einsum("vd,vd->v", self.vectors, self.vectors, dtype=np.float64)
        return _read_only(np.sqrt(squares).astype(np.float32))

    def find(self, word: str) -> int | None:
        """The id of a word that is exactly one token of this table, else None.

        >>> from embedbook import tables
        >>> tables.load("minilm").find("defenestration") is None
        True
        """
        text = _text(word)
        return self._vocabulary.find(text) if "\ufffd" not in text or "\ufffd" in word else None

    def id_of(self, word: str) -> int:
        """The id of a word that is exactly one token; UnknownTokenError shows the pieces of any other word.

        >>> from embedbook import tables
        >>> tables.load("minilm").id_of("king")
        2332
        """
        token_id = self.find(word)
        if token_id is None:
            raise UnknownTokenError(word, self.card.name, self.pieces(word), self.suggestions(word))
        return token_id

    def row(self, word_or_id: str | SupportsIndex) -> NDArray[np.float32]:
        """The row of a word or a token id: float32 [D], read-only; of a float32 file a view, not a copy.

        >>> from embedbook import tables
        >>> tables.load("minilm").row("king").shape
        (384,)
        """
        return _read_only(self._rows[self.checked_id(word_or_id)])

    def checked_id(self, word_or_id: str | SupportsIndex) -> int:
        """A word's id, or the id itself if the table has it. Raises UnknownTokenError, TokenIdError or TypeError."""
        if isinstance(word_or_id, str):
            return self.id_of(word_or_id)
        if isinstance(word_or_id, (bool, np.bool_)) or not hasattr(word_or_id, "__index__"):
            raise TypeError(f"expected a word or a token id, got {type(word_or_id).__name__}")
        token_id = operator.index(word_or_id)
        if not 0 <= token_id < len(self):
            raise TokenIdError(token_id, self.card.name, len(self))
        return token_id

    def pieces(self, text: str) -> list[str]:
        """The text as this table's tokenizer cuts it, tokens as stored, nothing added.

        >>> from embedbook import tables
        >>> tables.load("minilm").pieces("defenestration")
        ['def', '##enes', '##tra', '##tion']
        """
        return self._vocabulary.pieces(_text(text))

    def encode(self, text: str) -> list[int]:
        """The ids of the text's pieces: no special tokens, no padding, no cut at a maximum length.

        Raises UnknownTokenError where a vocabulary of whole words lacks a word of the text.

        >>> from embedbook import tables
        >>> tables.load("minilm").encode("The capital of France is Paris")
        [1996, 3007, 1997, 2605, 2003, 3000]
        """
        text = _text(text)
        ids = []
        for piece, token_id in zip(self._vocabulary.pieces(text), self._vocabulary.encode(text), strict=True):
            if token_id is None:
                raise UnknownTokenError(piece, self.card.name, [], self.suggestions(piece))
            ids.append(token_id)
        return ids

    def word(self, token_id: SupportsIndex) -> str:
        """The token as a reader writes it: a mark of word start is dropped, a mark of continuation ("##ing") stays."""
        return self._vocabulary.word(self.checked_id(token_id))

    def surface(self, token_id: SupportsIndex) -> str:
        """The token's letters alone, case folded: "king", "King" and "KING" have one surface."""
        return self.word(token_id).removeprefix("##").casefold()

    def same_surface(self, token_id: SupportsIndex) -> list[int]:
        """The ids of all tokens with this token's surface, itself among them."""
        return self._by_surface[self.surface(token_id)]

    def frequent_words(self, n: int) -> list[int]:
        """The ids of the first ``n`` whole alphabetic words in the table's order (fewer if it has fewer).

        >>> from embedbook import tables
        >>> table = tables.load("minilm")
        >>> [table.word(token_id) for token_id in table.frequent_words(5)]
        ['the', 'of', 'and', 'in', 'to']
        """
        if n < 0:
            raise ValueError(f"n must be 0 or more, got {n}")
        return list(self._whole_words[:n])

    def suggestions(self, word: str, n: int = 5) -> list[str]:
        """Up to ``n`` whole words of the table that are spelled like ``word``, closest first.

        >>> from embedbook import tables
        >>> tables.load("minilm").suggestions("kingg", n=2)
        ['king', 'kings']
        """
        wanted = _text(word).strip()[:_LONGEST_SPELLING]
        if self.card.uncased:
            wanted = wanted.lower()
        if not wanted:
            return []
        words = list(dict.fromkeys(self._whole_words_by_initial.get(wanted[0].casefold(), [])))
        similar = [w for w in words if abs(len(w) - len(wanted)) <= 2]
        similar = [w for w in similar if w[:2] == wanted[:2] or w[-2:] == wanted[-2:]]
        similar.sort(key=lambda w: -sum(map(operator.eq, w, wanted)))
        close = difflib.get_close_matches(wanted, similar[:_MOST_COMPARED], n=n, cutoff=0.6)
        return close or difflib.get_close_matches(wanted, words[:_MOST_COMPARED], n=n, cutoff=0.0)

    @cached_property
    def _whole_words(self) -> Sequence[int]:
        return self._vocabulary.whole_words()

    @cached_property
    def _whole_words_by_initial(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for token_id in self._whole_words:
            word = self._vocabulary.word(token_id)
            groups.setdefault(word[0].casefold(), []).append(word)
        return groups

    @cached_property
    def _by_surface(self) -> dict[str, list[int]]:
        groups: dict[str, list[int]] = {}
        for token_id in range(len(self)):
            groups.setdefault(self.surface(token_id), []).append(token_id)
        return groups


# Limits of the search for close spellings, so that an error message takes no noticeable time on 400,000 words.
_LONGEST_SPELLING = 40
_MOST_COMPARED = 1_000


def _text(text: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"expected text, got {type(text).__name__}")
    # Half of a surrogate pair is no character, and tokenizers refuse it: the replacement character takes its place.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", whole)


def _read_only(array: NDArray[np.float32]) -> NDArray[np.float32]:
    view = array.view()
    view.flags.writeable = False
    return view
