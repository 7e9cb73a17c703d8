"""GPT-2's vocabulary: byte-level pieces, where ``Ġ`` marks a piece that begins with a space, so usually a word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from embedbook.tables.vocabulary import Tokenization, in_running_text

WORD_START = "Ġ"


class ByteLevelVocabulary:
    """A byte-level BPE tokenizer. A word is looked up as it stands in running text, so after a space, then alone."""

    tokenization: Tokenization = "byte-level"

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        ids: dict[str, int] = tokenizer.get_vocab(with_added_tokens=True)
        self.tokens: Sequence[str] = tuple(sorted(ids, key=ids.__getitem__))

    def find(self, word: str) -> int | None:
        """ "king" is "Ġking" if there is such a token, else "king"; a token as stored ("Ġking") is found too."""
        for written in in_running_text(word):
            ids = self.encode(written)
            if len(ids) == 1:
                return ids[0]
        exact: int | None = self._tokenizer.token_to_id(word.strip())
        return exact

    def pieces(self, text: str) -> list[str]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).tokens)

    def encode(self, text: str) -> list[int | None]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def word(self, token_id: int) -> str:
        """The text that the token stands for, without its space; as stored if it is no whole character."""
        text: str = self._tokenizer.decode([token_id], skip_special_tokens=False)
        return self.tokens[token_id] if "\ufffd" in text or not text.strip() else text.strip()

    def whole_words(self) -> Sequence[int]:
        """Pieces of letters that begin with a space, early merges such as "Ġth" among them."""
        starts = [token_id for token_id, token in enumerate(self.tokens) if token.startswith(WORD_START)]
        return [token_id for token_id in starts if self.word(token_id).isalpha()]


def load(path: Path) -> ByteLevelVocabulary:
    """The vocabulary of a ``tokenizer.json``."""
    return ByteLevelVocabulary(Tokenizer.from_file(str(path)))
