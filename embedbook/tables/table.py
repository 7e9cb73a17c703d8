"""The embedding table: V rows of D numbers, one row per token, and the tokens' names."""

from __future__ import annotations

import difflib
import json
import operator
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedbook import cache
from embedbook.tables.errors import (
    TableFormatError,
    TokenIdError,
    UnknownTokenError,
    as_path,
    is_whole,
    listed,
    shorten,
    whole,
)
from embedbook.tables.vocabulary import Kind, Pieces, Vocabulary


@dataclass(frozen=True)
class Card:
    """Where a table comes from and how to read it.

    ``name`` is a label, ``short`` how a sentence calls it. ``digest`` is the SHA-256 of the file with the numbers,
    ``dtype`` and ``file_bytes`` how it stores them, ``changes`` what was done to the rows since. ``uncased``: words are
    looked up in lower case. ``order``: how ids are ordered. ``objective``: what the rows were trained to do ("next
    token", "matching sentences", "co-occurrence counts"; empty: not known here). ``rows_may_travel``: the licence lets
    rows, and maps made of them, be handed on.
    """

    name: str
    short: str = ""
    title: str = ""
    year: int = 0
    source: str = ""
    licence: str = ""
    licence_url: str = ""
    digest: str = ""
    uncased: bool = False
    order: str = ""
    dtype: str = ""
    file_bytes: int = 0
    changes: str = ""
    objective: str = ""
    objective_note: str = ""
    rows_may_travel: bool = False


class EmbeddingTable:
    """V rows of D numbers, read-only, and a vocabulary that names them.

    ``vectors`` is [V, D] float32, ``tokens`` the tokens as stored, ``card`` says where both come from. A table may have
    more rows than tokens: models pad theirs. Make one with :func:`embedbook.tables.load`, ``open`` or ``from_vectors``.

    >>> from embedbook import tables
    >>> table = tables.load("minilm")
    >>> table["king"].shape, "king" in table, "defenestration" in table
    ((384,), True, False)
    """

    def __init__(self, card: Card, vocabulary: Vocabulary, vectors: NDArray[np.float32]) -> None:
        """Raises TableFormatError unless ``vectors`` is a matrix with a row for every token."""
        if vectors.ndim != 2 or vectors.shape[0] < len(vocabulary.tokens) or 0 in vectors.shape:
            raise TableFormatError(
                f"{card.name}: {len(vocabulary.tokens):,} tokens do not name the rows of a matrix {list(vectors.shape)}"
            )
        self.card = card
        self.vectors = _read_only(vectors)
        self.vocabulary = vocabulary

    def __repr__(self) -> str:
        return f"EmbeddingTable({self.card.name!r}, {len(self):,} x {self.dimensions})"

    def __len__(self) -> int:
        return int(self.vectors.shape[0])

    def __iter__(self) -> Iterator[str]:
        """The tokens as a reader writes them, by id."""
        return map(self.word, range(len(self)))

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.find(word) is not None

    def __getitem__(self, word_or_id: str | SupportsIndex) -> NDArray[np.float32]:
        """The row of a word or a token id, [D]: a read-only view. Raises UnknownTokenError, TokenIdError, TypeError."""
        row: NDArray[np.float32] = self.vectors[self.checked_id(word_or_id)]
        return row

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.card, self.vocabulary, np.array(self.vectors))

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
        """The tokens as stored, by id."""
        return self.vocabulary.tokens

    @property
    def kind(self) -> Kind:
        """How text is cut: a :data:`~embedbook.tables.vocabulary.Kind`."""
        return self.vocabulary.kind

    @property
    def special(self) -> Sequence[int]:
        """The ids of marks that no text means, such as padding and the turns of a chat."""
        return self.vocabulary.special

    @cached_property
    def norms(self) -> NDArray[np.float64]:
        """The length of every row, float64 [V]: squares of float32 numbers fit into it."""
        squares = np.einsum("vd,vd->v", self.vectors, self.vectors, dtype=np.float64)
        return _read_only(np.sqrt(squares))

    def normalize(self, text: str) -> str:
        """The text as this table's tokenizer sees it before it cuts.

        >>> from embedbook import tables
        >>> tables.load("minilm").normalize("Café"), tables.load("glove").normalize("Cafe\u0301")
        ('cafe', 'café')
        """
        return self.vocabulary.normalize(_text(text))

    def find(self, word: str) -> int | None:
        """The id of a word that is exactly one token of this table, else None.

        >>> from embedbook import tables
        >>> tables.load("minilm").find("defenestration") is None
        True
        """
        text = _text(word)
        if "\ufffd" in text and "\ufffd" not in word:
            return None
        found = self.vocabulary.find(text)
        return self._unnamed(word) if found is None else found

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

    def checked_id(self, word_or_id: str | SupportsIndex) -> int:
        """A word's id, or the id itself if the table has it. Raises UnknownTokenError, TokenIdError or TypeError."""
        if isinstance(word_or_id, str):
            return self.id_of(word_or_id)
        if not is_whole(word_or_id):
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
        return self.vocabulary.pieces(_text(text))

    def encode(self, text: str) -> list[int]:
        """The ids of the text's pieces: no special tokens, no padding, no cut at a maximum length.

        Raises UnknownTokenError where a vocabulary of whole words lacks a word of the text.

        >>> from embedbook import tables
        >>> tables.load("minilm").encode("The capital of France is Paris")
        [1996, 3007, 1997, 2605, 2003, 3000]
        """
        text = _text(text)
        ids = []
        for place, token_id in enumerate(self.vocabulary.encode(text)):
            if token_id is None:
                piece = self.vocabulary.pieces(text)[place]
                raise UnknownTokenError(piece, self.card.name, [], self.suggestions(piece))
            ids.append(token_id)
        return ids

    def decode(self, ids: Sequence[SupportsIndex]) -> str:
        """The text that the tokens stand for, as the tokenizer joins them. Raises TokenIdError.

        >>> from embedbook import tables
        >>> tables.load("minilm").decode([3007, 1997, 2605])
        'capital of france'
        """
        return self.vocabulary.decode([self.checked_id(token_id) for token_id in listed(ids, "token ids")])

    def word(self, token_id: SupportsIndex) -> str:
        """The token as a reader writes it, so that :meth:`find` gives its id again; a mark of continuation stays.

        A piece inside a word that shares its letters with a word is written *…king*, an unprintable sign ``<0x0A>``, a
        row without a token ``<row 50300>``.
        """
        token_id = self.checked_id(token_id)
        return self.vocabulary.word(token_id) if token_id < len(self.tokens) else f"<row {token_id}>"

    def _unnamed(self, word: str) -> int | None:
        """The id of a row without a token, from what :meth:`word` calls it."""
        number = word.removeprefix("<row ").removesuffix(">") if word.startswith("<row ") else ""
        is_one = number.isdecimal() and len(number) < 12 and len(self.tokens) <= int(number) < len(self)
        return int(number) if is_one else None

    def surface(self, token_id: SupportsIndex) -> str:
        """The token's letters alone, case folded: "king", "King" and "…king" have one surface."""
        token_id = self.checked_id(token_id)
        return self.vocabulary.surface(token_id) if token_id < len(self.tokens) else self.word(token_id)

    def same_surface(self, token_id: SupportsIndex) -> list[int]:
        """The ids of all tokens with this token's surface, itself among them."""
        return self._by_surface[self.surface(token_id)]

    @cached_property
    def whole_words(self) -> Sequence[int]:
        """The ids of whole alphabetic words, in the table's own order."""
        return self.vocabulary.whole_words()

    def frequent_words(self, n: int) -> list[int]:
        """The ids of the ``n`` most frequent whole words, most frequent first (fewer if the table has fewer).

        A table of whole words or of WordPiece lists them in that order itself. A table of merges begins with fragments:
        there it is the order of GloVe's English words, in the spelling that stands first in the table. Where GloVe is
        not installed a warning says so, and it is the table's own order.

        >>> from embedbook import tables
        >>> for name in ("minilm", "smollm2"):
        ...     table = tables.load(name)
        ...     print([table.word(token_id) for token_id in table.frequent_words(5)])
        ['the', 'of', 'and', 'in', 'to']
        ['the', 'of', 'to', 'and', 'in']
        """
        return list(self._by_frequency[: whole(n, "n")])

    @cached_property
    def _by_frequency(self) -> Sequence[int]:
        if self.kind in ("words", "wordpiece"):
            return self.whole_words
        from embedbook.tables.known import words_by_frequency

        words = words_by_frequency()
        if words is None:
            warnings.warn(
                f"{self.card.name}: the table's own order stands in for how frequent words are; with GloVe installed "
                "it is GloVe's",
                stacklevel=3,
            )
            return self.whole_words
        known = set(self.whole_words)
        forms = ((self.find(word), self.find(word.capitalize())) for word in words)
        spellings = ([i for i in ids if i is not None and i in known] for ids in forms)
        return list(dict.fromkeys(min(ids) for ids in spellings if ids))

    def suggestions(self, word: str, n: int = 5) -> list[str]:
        """Up to ``n`` whole words of the table that are spelled like ``word``, closest first.

        >>> from embedbook import tables
        >>> tables.load("minilm").suggestions("kingg", n=2)
        ['king', 'kings']
        """
        n, wanted = whole(n, "n"), self.normalize(word).strip()[:_LONGEST_SPELLING]
        if not wanted or not n:
            return []
        words = self._words_by_initial.get(wanted[0].casefold(), [])
        near = (word for word in words if abs(len(word) - len(wanted)) <= 2)
        similar = [word for word in near if word[:2] == wanted[:2] or word[-2:] == wanted[-2:]]
        similar.sort(key=lambda w: -sum(map(operator.eq, w, wanted)))
        close = difflib.get_close_matches(wanted, similar[:_MOST_COMPARED], n=n, cutoff=0.6)
        return close or difflib.get_close_matches(wanted, words[:_MOST_COMPARED], n=n, cutoff=0.0)

    def save(self, path: str | Path) -> Path:
        """Write rows, tokens and card into one safetensors file, which ``tables.open`` reads back bit for bit.

        Returns its path. Raises TableFormatError for another ending, OSError where it cannot be written.

        >>> import tempfile
        >>> from embedbook import tables
        >>> mine = tables.from_vectors(["north", "east"], [[0, 1], [1, 0]])
        >>> tables.open(mine.save(tempfile.mkdtemp() + "/mine.safetensors"))["east"].tolist()
        [1.0, 0.0]
        """
        from safetensors.numpy import save_file

        path = as_path(path)
        if path.suffix != ".safetensors":
            raise TableFormatError(f"{shorten(path.name)}: a table is saved as a .safetensors file")
        kept: dict[str, Any] = {"card": asdict(self.card)}
        if isinstance(self.vocabulary, Pieces):
            kept |= {"tokenizer": self.vocabulary.tokenizer.to_str()}
        else:
            kept |= {"words": list(self.tokens)}
        with cache.written(path) as draft:
            save_file({"embedding": np.ascontiguousarray(self.vectors)}, draft, {"embedbook": json.dumps(kept)})
        return path

    @cached_property
    def _words_by_initial(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for token_id in self.whole_words:
            word = self.vocabulary.word(token_id)
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
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def as_numbers(given: ArrayLike, expected: str = "rows of real numbers") -> NDArray[Any]:
    """An array of real numbers, also of a tensor that is being trained. Raises TypeError for anything else."""
    detach = getattr(given, "detach", None)
    try:
        tensor = detach().cpu() if detach else None
        array = np.asanyarray(given if tensor is None else tensor if tensor.is_complex() else tensor.double())
    except ValueError as error:
        raise TypeError(f"expected {expected}, as many numbers in each row") from error
    masked = "masked " if isinstance(array, np.ma.MaskedArray) else ""
    if masked or array.dtype.kind not in "fiu":
        raise TypeError(f"expected {expected}, got {masked}{array.dtype}")
    return array
