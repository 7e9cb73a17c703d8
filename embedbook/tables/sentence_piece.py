"""Gemma's vocabulary: SentencePiece pieces, where ``▁`` marks a piece that begins with a space, so usually a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from tokenizers import Tokenizer

from embedbook.tables.vocabulary import Tokenization, in_running_text

WORD_START = "▁"


class SentencePieceVocabulary:
    """Pieces by id, and their tokenizer, which is read when a text is first cut: a word is found without it."""

    tokenization: Tokenization = "sentencepiece"

    def __init__(self, tokens: Sequence[str], open_tokenizer: Callable[[], Tokenizer]) -> None:
        self.tokens: Sequence[str] = tuple(tokens)
        self._open_tokenizer = open_tokenizer

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: token_id for token_id, token in enumerate(self.tokens)}

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = self._open_tokenizer()
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def find(self, word: str) -> int | None:
        """ "king" is "▁king" if there is such a token, else "king"; a token as stored is found too."""
        if word in self._ids and (word.startswith(WORD_START) or not word.strip()):
            return self._ids[word]
        forms = (written.replace(" ", WORD_START) for written in in_running_text(word))
        return next((self._ids[form] for form in forms if form in self._ids), None)

    def pieces(self, text: str) -> list[str]:
        return [self.tokens[token_id] for token_id in self._tokenizer.encode(text, add_special_tokens=False).ids]

    def encode(self, text: str) -> list[int | None]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def word(self, token_id: int) -> str:
        """The token without its mark of word start; signs that cannot be shown are escaped ("\\n")."""
        text = self.tokens[token_id].removeprefix(WORD_START) or WORD_START
        return text if text.isprintable() else repr(text)[1:-1]

    def whole_words(self) -> Sequence[int]:
        """Pieces of letters that begin with a space, early merges such as "▁th" among them, in every script."""
        return [i for i, token in enumerate(self.tokens) if token.startswith(WORD_START) and token[1:].isalpha()]
