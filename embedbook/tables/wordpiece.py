"""BERT's vocabulary: whole words, and pieces marked ``##`` that continue a word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.decoders import WordPiece as WordPieceDecoder
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from embedbook.tables.errors import TableFormatError
from embedbook.tables.vocabulary import Tokenization

UNKNOWN = "[UNK]"


class WordPieceVocabulary:
    """A WordPiece tokenizer, asked for the text's own pieces: no [CLS] and [SEP], no padding, no cut."""

    tokenization: Tokenization = "wordpiece"

    def __init__(self, tokenizer: Tokenizer, first_word_id: int = 0) -> None:
        """``first_word_id``: where whole words begin; the ids before it are special, unused or single characters."""
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        self._first_word_id = first_word_id
        ids: dict[str, int] = tokenizer.get_vocab(with_added_tokens=True)
        self.tokens: Sequence[str] = tuple(sorted(ids, key=ids.__getitem__))

    def find(self, word: str) -> int | None:
        """A token as stored ("##ing", "[CLS]"), or a word that normalises to one ("Café" to "cafe")."""
        exact: int | None = self._tokenizer.token_to_id(word)
        if exact is not None:
            return exact
        pieces = self.pieces(word)
        return self.encode(word)[0] if len(pieces) == 1 and pieces != [UNKNOWN] else None

    def pieces(self, text: str) -> list[str]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).tokens)

    def encode(self, text: str) -> list[int | None]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def word(self, token_id: int) -> str:
        return self.tokens[token_id]

    def whole_words(self) -> Sequence[int]:
        ids = range(self._first_word_id, len(self.tokens))
        return [token_id for token_id in ids if self.tokens[token_id].isalpha()]


def load(folder: Path, first_word_id: int = 0) -> WordPieceVocabulary:
    """The vocabulary in a model's folder: its ``tokenizer.json``, else an uncased one over its ``vocab.txt``."""
    if (folder / "tokenizer.json").is_file():
        return WordPieceVocabulary(Tokenizer.from_file(str(folder / "tokenizer.json")), first_word_id)
    if (folder / "vocab.txt").is_file():
        tokenizer = Tokenizer(WordPiece.from_file(str(folder / "vocab.txt"), unk_token=UNKNOWN))
        tokenizer.normalizer = BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = BertPreTokenizer()
        tokenizer.decoder = WordPieceDecoder()
        return WordPieceVocabulary(tokenizer, first_word_id)
    raise TableFormatError(f"{folder} holds neither tokenizer.json nor vocab.txt")
