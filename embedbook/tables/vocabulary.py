"""What a table must know about its tokens: :class:`Words` are whole words, :class:`Pieces` any tokenizer's pieces.

Stored spelling and text are two things. A tokenizer stores " king" as ``Ġking`` or ``▁king`` and a piece inside a word
as ``##ing``; a reader writes *king*. Both classes turn one into the other, and back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import Literal, Protocol, TypeAlias

from tokenizers import Tokenizer

from embedbook.tables.errors import TableFormatError

Kind: TypeAlias = Literal["words", "wordpiece", "byte-level", "sentencepiece"]
"""How text is cut: into words alone, into words and ``##`` pieces, into pieces of bytes where ``Ġ`` is a space, or into
pieces of characters where ``▁`` is one."""

MARKS: dict[str, Kind] = {"##": "wordpiece", "Ġ": "byte-level", "▁": "sentencepiece"}
INSIDE = "…"
"""Before a piece that shares its letters with a word: " king" is *king*, and the piece "king" is *…king*."""


class Vocabulary(Protocol):
    """Tokens with their ids, and how text is cut into them."""

    @property
    def kind(self) -> Kind:
        """How text is cut."""

    @property
    def tokens(self) -> Sequence[str]:
        """All tokens as stored, [T], by id."""

    @property
    def special(self) -> Sequence[int]:
        """The ids of marks that no text means: padding, turns of a chat, ends of texts."""

    def normalize(self, text: str) -> str:
        """The text as the tokenizer sees it before it cuts."""

    def find(self, word: str) -> int | None:
        """The id of a word that is exactly one token, else None."""

    def pieces(self, text: str) -> list[str]:
        """The text cut as this vocabulary cuts it, tokens as stored; words that it cannot represent stay visible."""

    def encode(self, text: str) -> list[int | None]:
        """The ids of the pieces; None for a piece that is no token."""

    def decode(self, ids: Sequence[int]) -> str:
        """The text that the tokens stand for."""

    def word(self, token_id: int) -> str:
        """The token as a reader writes it: ``find`` gives its id again, wherever any spelling does."""

    def surface(self, token_id: int) -> str:
        """The token's letters alone, without marks and spaces, case folded."""

    def whole_words(self) -> Sequence[int]:
        """The ids of whole alphabetic words, in the order of ids."""


class Words:
    """A vocabulary of whole words, with no pieces to fall back on.

    A word is looked up as it is written, then composed (NFC), then, if ``uncased``, in lower case.

    >>> words = Words(["the", "cat", "n't"], uncased=True)
    >>> words.find("Cat"), words.encode("the dog")
    (1, [0, None])
    """

    kind: Kind = "words"
    special: Sequence[int] = ()

    def __init__(self, tokens: Sequence[str], *, uncased: bool) -> None:
        self.tokens: Sequence[str] = tuple(tokens)
        self.uncased = uncased

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: token_id for token_id, token in reversed(list(enumerate(self.tokens)))}

    def normalize(self, text: str) -> str:
        composed = unicodedata.normalize("NFC", text)
        return composed.lower() if self.uncased else composed

    def find(self, word: str) -> int | None:
        composed = unicodedata.normalize("NFC", word).strip()
        forms = (word, word.strip(), composed, self.normalize(composed))
        return next((self._ids[form] for form in forms if form in self._ids), None)

    def pieces(self, text: str) -> list[str]:
        """Words between spaces; one that is no token is cut at its punctuation ("don't" is "do" and "n't")."""
        found: list[str] = []
        for chunk in text.split():
            token_id = self.find(chunk)
            found += _PARTS.findall(self.normalize(chunk)) if token_id is None else [self.tokens[token_id]]
        return found

    def encode(self, text: str) -> list[int | None]:
        return [self.find(piece) for piece in self.pieces(text)]

    def decode(self, ids: Sequence[int]) -> str:
        return " ".join(self.tokens[token_id] for token_id in ids)

    def word(self, token_id: int) -> str:
        return self.tokens[token_id]

    def surface(self, token_id: int) -> str:
        return self.tokens[token_id].strip().casefold()

    def whole_words(self) -> Sequence[int]:
        return [token_id for token_id, token in enumerate(self.tokens) if token.isalpha()]


# The Penn Treebank's cuts, which the corpora of published word vectors follow: n't and 's stand alone.
_PARTS = re.compile(r"\w+(?=n't)|n't|'(?:s|re|ve|ll|d|m)\b|\w+(?:[-.]\w+)*|[^\w\s]", re.IGNORECASE)


class Pieces:
    """A vocabulary of pieces, over any tokenizer: the text's own pieces, no marks added, no padding, no cut.

    The mark of its kind (``##``, ``Ġ`` or ``▁``) is the one that most tokens bear. Where words are marked, *king* is
    " king" as it stands in running text if there is such a token, else "king".

    >>> from tokenizers.models import WordPiece
    >>> cut = Pieces(Tokenizer(WordPiece({"[UNK]": 0, "king": 1, "##s": 2}, unk_token="[UNK]")))
    >>> cut.kind, cut.find("king"), cut.word(2), cut.pieces("kings")
    ('wordpiece', 1, '##s', ['king', '##s'])
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Raises TableFormatError for ids far beyond the tokens."""
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self.tokenizer = tokenizer
        ids: dict[str, int] = tokenizer.get_vocab(with_added_tokens=True)
        names = dict(zip(ids.values(), ids, strict=True))
        if names and max(names) > 10 * len(names) + 10_000:
            raise TableFormatError(f"the tokenizer's ids run to {max(names):,} for {len(names):,} tokens")
        self.tokens: Sequence[str] = tuple(names.get(i, f"<row {i}>") for i in range(max(names, default=-1) + 1))
        added = tokenizer.get_added_tokens_decoder()
        self.special: Sequence[int] = tuple(sorted(i for i, token in added.items() if token.special))
        counts = {mark: sum(token.startswith(mark) for token in self.tokens) for mark in MARKS}
        self._mark = max(counts, key=counts.__getitem__)
        self.kind: Kind = MARKS[self._mark]

    @cached_property
    def _texts(self) -> Sequence[bytes]:
        """What each token stands for, as UTF-8; of a byte-level token any bytes, whole characters or not."""
        if self.kind == "byte-level":
            special = set(self.special)
            return [_as_bytes(token, literally=i in special) for i, token in enumerate(self.tokens)]
        mark = "▁" if self.kind == "sentencepiece" else ""
        return [(token.replace(mark, " ") if mark else token).encode() for token in self.tokens]

    @cached_property
    def _ids(self) -> dict[bytes, int]:
        return {text: token_id for token_id, text in reversed(list(enumerate(self._texts)))}

    def normalize(self, text: str) -> str:
        normalizer = self.tokenizer.normalizer
        seen = normalizer.normalize_str(text) if normalizer else text
        return seen.replace("▁", " ") if self.kind == "sentencepiece" else seen

    def find(self, word: str) -> int | None:
        """The id of a word; of a piece as :meth:`word` writes it; of ``Ġking`` and ``▁king`` as stored; of ``<0x0A>``
        by its bytes."""
        if self.kind == "wordpiece":
            forms = [word, self.normalize(word).strip()]
        else:
            bare = self.normalize(word).strip()
            forms = [f" {bare}", bare] if bare[:1].isalnum() else [bare, f" {bare}"]
            if not bare:
                forms = [word]
            elif word.startswith(INSIDE):
                forms.append(self.normalize(word.removeprefix(INSIDE)).strip())
            elif word.startswith(self._mark):
                forms.append(word.replace(self._mark, " "))
        found = next((self._ids[key] for form in forms if (key := form.encode()) in self._ids), None)
        return self._ids.get(_unescaped(word)) if found is None and "<0x" in word else found

    def pieces(self, text: str) -> list[str]:
        return [text if token_id is None else self.tokens[token_id] for token_id in self.encode(text)]

    def encode(self, text: str) -> list[int | None]:
        try:
            return list(self.tokenizer.encode(text, add_special_tokens=False).ids)
        except Exception:  # the library's bare one, where a piece is unknown and no token stands for that
            return [None]

    def decode(self, ids: Sequence[int]) -> str:
        text: str = self.tokenizer.decode(list(ids), skip_special_tokens=False)
        return text

    def word(self, token_id: int) -> str:
        stored, text = self.tokens[token_id], self._texts[token_id]
        if self.kind == "wordpiece":
            return stored
        letters, escaped = text.decode(errors="replace"), _escaped(text)
        forms = [letters.removeprefix(" "), INSIDE + letters, stored]
        shown = [form for form in forms if form.strip() and form.isprintable() and "\ufffd" not in form]
        return next((form for form in shown if self.find(form) == token_id), escaped)

    def surface(self, token_id: int) -> str:
        letters = self._texts[token_id].decode(errors="replace").strip()
        if not letters or "\ufffd" in letters:
            return self.word(token_id).casefold()
        return letters.removeprefix("##" if self.kind == "wordpiece" else "").casefold() or letters

    def whole_words(self) -> Sequence[int]:
        """Where words are marked, pieces of letters that begin one, early merges such as "Ġth" among them.

        BERT's vocabularies begin with special and unused tokens and single characters: none of that block is a word.
        """
        start = "" if self.kind == "wordpiece" else " "
        letters = [text.decode(errors="replace") for text in self._texts]
        first = 0
        if self.kind == "wordpiece":
            of_block = (text[:1] == "[" or len(text.removeprefix("##")) == 1 for text in letters)
            first = next((i for i, is_one in enumerate(of_block) if not is_one), len(letters))
        ids = range(first, len(letters))
        return [i for i in ids if letters[i].startswith(start) and letters[i].removeprefix(start).isalpha()]


def _byte_symbols() -> dict[str, int]:
    """The printable sign that stands for each byte in a byte-level vocabulary.

    Source: ``bytes_to_unicode`` in the code of Radford et al. (2019): printable bytes stand for themselves, the others
    are shifted to signs from U+0100 on, in order.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    shifted = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(shifted)}


_BYTES = _byte_symbols()


def _as_bytes(token: str, *, literally: bool) -> bytes:
    if literally or not all(sign in _BYTES for sign in token):
        return token.encode()
    return bytes(_BYTES[sign] for sign in token)


def _escaped(text: bytes) -> str:
    """Printable signs as they are, every other byte as ``<0x0A>``, and all bytes so where they are no whole signs."""
    try:
        signs = [sign.encode() for sign in text.decode()]
    except UnicodeDecodeError:
        signs = [bytes([byte]) for byte in text]
    shown = (sign.decode(errors="ignore") for sign in signs)
    return "".join(
        as_text if as_text.isprintable() and as_text.strip() else "".join(f"<0x{byte:02X}>" for byte in sign)
        for sign, as_text in zip(signs, shown, strict=True)
    )


def _unescaped(word: str) -> bytes:
    parts = re.split(r"<0x([0-9A-F]{2})>", word)
    return b"".join(bytes([int(part, 16)]) if i % 2 else part.encode() for i, part in enumerate(parts))
