"""What a table must know about its tokens: :class:`Words` are whole words, :class:`Pieces` any tokenizer's pieces.

Stored spelling and text are two things. A tokenizer stores " king" as ``Ġking`` or ``▁king`` and a piece inside a word
as ``##ing``; a reader writes *king*. Both classes turn one into the other, and back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import cached_property
from itertools import repeat
from typing import Literal, TypeAlias

from tokenizers import Tokenizer
from tokenizers.models import WordLevel, WordPiece

from embedbook.tables.errors import TableFormatError

Kind: TypeAlias = Literal["words", "wordpiece", "byte-level", "sentencepiece", "end-of-word", "unmarked"]
"""How text is cut: into words alone, into words and ``##`` pieces, into pieces of bytes where ``Ġ`` is a space, into
pieces of characters where ``▁`` is one, into pieces of which ``</w>`` ends a word, or into pieces without a mark."""

MARKS: dict[str, Kind] = {"##": "wordpiece", "Ġ": "byte-level", "▁": "sentencepiece", "</w>": "end-of-word"}
SPACES: dict[Kind, tuple[str, str]] = {"byte-level": (" ", ""), "sentencepiece": (" ", ""), "end-of-word": ("", " ")}
"""What the text of a word's token has before and after its letters, where words are marked."""
INSIDE = "…"
"""Before a piece that shares its letters with a word: " king" is *king*, and the piece "king" is *…king*."""


class Words:
    """A vocabulary of whole words, with no pieces to fall back on.

    A word is looked up as it is written, then composed (NFC), then, if ``uncased``, in lower case. No token is special.

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
        """The text as it is looked up."""
        composed = unicodedata.normalize("NFC", text)
        return composed.lower() if self.uncased else composed

    def find(self, word: str) -> int | None:
        """The id of a word that is exactly one token, else None."""
        composed = unicodedata.normalize("NFC", word).strip()
        forms = (word, word.strip(), composed, self.normalize(composed))
        return next((self._ids[form] for form in forms if form in self._ids), None)

    def pieces(self, text: str) -> list[str]:
        """Words between spaces; one that is no token is cut at its punctuation ("don't" is "do" and "n't")."""
        found: list[str] = []
        for chunk in text.split():
            token_id = self.find(chunk)
            found += WORD_PARTS.findall(self.normalize(chunk)) if token_id is None else [self.tokens[token_id]]
        return found

    def encode(self, text: str) -> list[int | None]:
        """The ids of the pieces; None for a piece that is no token."""
        return [self.find(piece) for piece in self.pieces(text)]

    def decode(self, ids: Sequence[int]) -> str:
        return " ".join(self.tokens[token_id] for token_id in ids)

    def word(self, token_id: int) -> str:
        """The token as a reader writes it: ``find`` gives its id again, wherever any spelling does."""
        return self.tokens[token_id]

    def surface(self, token_id: int) -> str:
        """The token's letters alone, without marks and spaces, case folded."""
        return self.tokens[token_id].strip().casefold()

    def whole_words(self) -> Sequence[int]:
        """The ids of whole alphabetic words, in the order of ids."""
        return [token_id for token_id, token in enumerate(self.tokens) if token.isalpha()]


# The Penn Treebank's cuts, which the corpora of published word vectors follow: n't and 's stand alone.
WORD_PARTS = re.compile(r"\w+(?=n't)|n't|'(?:s|re|ve|ll|d|m)\b|\w+(?:[-.]\w+)*|[^\w\s]", re.IGNORECASE)


class Pieces:
    """A vocabulary of pieces, over any tokenizer: the text's own pieces, no marks added, no padding, no cut.

    The mark of its kind (``##``, ``Ġ``, ``▁`` or ``</w>``) is the one that most tokens bear. Where words are marked,
    *king* is " king" as it stands in running text if there is such a token, else "king". ``special`` are the ids of
    marks that no text means: padding, turns of a chat, ends of texts. The methods are those of :class:`Words`.

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
        self.kind, self._mark = _kind_and_mark(tokenizer, names.values())
        self._before, self._after = SPACES.get(self.kind, ("", ""))
        self._of_bytes = self.kind == "byte-level" or "ByteLevel" in repr(tokenizer.pre_tokenizer)

    @cached_property
    def _texts(self) -> Sequence[bytes]:
        """What each token stands for, as UTF-8; of a byte-level token any bytes, whole characters or not."""
        texts, special = [], set(self.special)
        for token_id, token in enumerate(self.tokens):
            letters = token.replace("▁", " ") if self.kind == "sentencepiece" else token
            if self.kind == "end-of-word":
                letters = letters.removesuffix(self._mark)
            is_bytes = self._of_bytes and token_id not in special and all(sign in BYTE_SYMBOLS for sign in letters)
            text = bytes(BYTE_SYMBOLS[sign] for sign in letters) if is_bytes else letters.encode()
            texts.append(text + b" " if self.kind == "end-of-word" and letters != token else text)
        return texts

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
        bare = self.normalize(word).strip()
        if self.kind not in SPACES:
            forms = [word, bare]
        elif not bare:
            forms = [word]
        else:
            forms = [f"{self._before}{bare}{self._after}", bare]
            forms = forms if bare[:1].isalnum() else forms[::-1]
            if word.startswith(INSIDE):
                forms.append(self.normalize(word.removeprefix(INSIDE)).strip())
            elif self._mark in word:
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
        if self.kind not in SPACES:
            return stored
        letters, escaped = text.decode(errors="replace"), _escaped(text)
        forms = [letters.removeprefix(self._before).removesuffix(self._after), INSIDE + letters, stored]
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
        letters, first = [text.decode(errors="replace") for text in self._texts], 0
        if self.kind == "wordpiece":
            of_block = (text[:1] == "[" or len(text.removeprefix("##")) == 1 for text in letters)
            first = next((i for i, is_one in enumerate(of_block) if not is_one), len(letters))
        words = {i: letters[i].removeprefix(self._before).removesuffix(self._after) for i in range(first, len(letters))}
        return [i for i, word in words.items() if word.isalpha() and f"{self._before}{word}{self._after}" == letters[i]]


Vocabulary: TypeAlias = Words | Pieces


def _kind_and_mark(tokenizer: Tokenizer, tokens: Collection[str]) -> tuple[Kind, str]:
    """What the tokenizer's model says, or the mark that most tokens bear."""
    if isinstance(tokenizer.model, WordLevel | WordPiece):
        return ("wordpiece", "##") if isinstance(tokenizer.model, WordPiece) else ("unmarked", "")
    count = {mark: sum(map(str.endswith if mark == "</w>" else str.startswith, tokens, repeat(mark))) for mark in MARKS}
    mark = max(count, key=count.__getitem__) if any(count.values()) else ""
    return MARKS.get(mark, "unmarked"), mark


def _byte_symbols() -> dict[str, int]:
    """The printable sign that stands for each byte in a byte-level vocabulary.

    Source: ``bytes_to_unicode`` in the code of Radford et al. (2019): printable bytes stand for themselves, the others
    are shifted to signs from U+0100 on, in order.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    shifted = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(shifted)}


BYTE_SYMBOLS = _byte_symbols()


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
