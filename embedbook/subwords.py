"""Pieces of words: where a text is cut, which words an affix joins, and where a piece's row lies along their step.

An affix is written with its hyphen: ``un-`` begins a word, ``-ing`` ends one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias, get_args
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from embedbook import lists
from embedbook.geometry import unit, unit_rows
from embedbook.lists import benchmarks
from embedbook.tables import EmbeddingTable, as_table
from embedbook.tables.errors import library, listed, shorten, whole
from embedbook.tables.known import words_by_frequency

Pairs: TypeAlias = tuple[tuple[str, str], ...]
Step: TypeAlias = Literal["un-", "other negations", "-ing", "-tion"]

OPENAI = {"GPT-4": "cl100k_base", "GPT-4o": "o200k_base"}
"""The encodings of two models whose tables are not public."""
BLOCK = 8_192  # rows at a time
_LONGEST = 100  # characters: WordPiece cuts no longer word, as Devlin and others wrote it


def in_text(table: EmbeddingTable | str, word: str) -> list[int | None]:
    """The ids of a word as it stands within a text, a space before it; None for what is no token. Raises TypeError.

    >>> from embedbook import tables
    >>> table = tables.load("smollm2")
    >>> [table.word(i) for i in in_text(table, "defenestration")]
    ['def', '…en', '…est', '…ration']
    """
    table, word = as_table(table), _text(word)
    return table.vocabulary.encode(f" {word}" if word and table.kind == "byte-level" else word)


def forced(table: EmbeddingTable | str, word: str) -> list[int | None]:
    """The ids of a word's pieces though the word may be one token: as it is cut where no space stands before it.

    WordPiece cuts alike with and without: there it is the longest other beginning and what it makes of the rest. The
    word's own token alone where there is no other way. Raises TypeError for what is no text.

    >>> from embedbook import tables
    >>> [[table.word(i) for i in forced(table, "unhappy")] for table in map(tables.load, ("smollm2", "minilm"))]
    [['…un', '…happy'], ['un', '##ha', '##ppy']]
    """
    table, word = as_table(table), _text(word)
    if table.kind != "wordpiece" or len(word) > _LONGEST:
        return table.vocabulary.encode(word)
    ids: list[int | None] = []
    while word:
        ends = range(len(word) - (not ids and len(word) > 1), 0, -1)  # not the whole word at first
        found = ((end, table.find(f"##{word[:end]}" if ids else word[:end])) for end in ends)
        end, token_id = next(((end, i) for end, i in found if i is not None), (len(word), None))
        ids.append(token_id)
        word = word[end:]
    return ids


def openai_pieces(model: str, text: str) -> list[str]:
    """The pieces that a model of OpenAI reads; a part of a character by its bytes, as ``<0xF0>``.

    ``model`` is a key of :data:`OPENAI`. Raises ValueError for another, TypeError for what is no text,
    MissingExtraError without the package bpe-openai.

    >>> openai_pieces("GPT-4o", " defenestration")
    [' def', 'en', 'estr', 'ation']
    """
    if model not in tuple(OPENAI):
        raise ValueError(f"no model {shorten(str(model))}; known: {', '.join(OPENAI)}")
    text = _text(text)
    tokenizer = library("bpe_openai", "the tokenizers of OpenAI", lists.BOOK_EXTRA).get_encoding(OPENAI[model])
    return [_readable(tokenizer.decode_bytes([token_id])) for token_id in tokenizer.encode(text)]


def _text(given: str) -> str:
    if not isinstance(given, str):
        raise TypeError(f"expected text, got {type(given).__name__}")
    # Half of a surrogate pair is no character, and tokenizers refuse it: the replacement character takes its place.
    return given.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _affix(given: str) -> str:
    """An affix with its hyphen. Raises ValueError for one without, or with two."""
    if not isinstance(given, str):
        raise TypeError(f"expected an affix, such as 'un-' or '-ing', got {type(given).__name__}")
    if not re.fullmatch(r"[^\s-]+-|-[^\s-]+", given):
        raise ValueError(f"an affix is written with its hyphen, such as 'un-' or '-ing', got {shorten(given)}")
    return given


def _readable(piece: bytes) -> str:
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return "".join(f"<0x{byte:02X}>" for byte in piece)


def piece(table: EmbeddingTable | str, affix: str) -> int | None:
    """The id of the piece that an affix is, None where the table has none: a table of whole words has no pieces.

    Raises ValueError for an affix without its hyphen.

    >>> from embedbook import tables
    >>> [tables.load(name).tokens[piece(name, "-ing")] for name in ("smollm2", "minilm")]
    ['ing', '##ing']
    """
    table, affix = as_table(table), _affix(affix)
    if table.kind in ("words", "unmarked"):
        return None
    if affix.endswith("-"):
        return table.find(affix.removesuffix("-"))
    letters = affix.removeprefix("-")
    return table.find({"wordpiece": f"##{letters}", "end-of-word": letters}.get(table.kind, f"…{letters}"))


def has_affix(word: str, affix: str) -> bool:
    """Whether a word of letters begins, or ends, with the affix. Raises ValueError for an affix without its hyphen.

    >>> has_affix("undo", "un-"), has_affix("undo", "-ing")
    (True, False)
    """
    word, affix = _text(word), _affix(affix)
    return word.startswith(affix[:-1]) if affix.endswith("-") else word.endswith(affix[1:])


def pairs(step: Step) -> Pairs:
    """Words and the same words one step on.

    "un-" and "other negations" are the opposites of Google's analogy questions (*sure*, *unsure*; *possible*,
    *impossible*), "-ing" its present participles (*code*, *coding*). "-tion" are verbs in -ate with their nouns
    (*create*, *creation*), where both are among GloVe's 20,000 most frequent words; empty where GloVe is not installed.
    Raises ValueError for another step, MissingExtraError without gensim, which carries the questions.

    >>> len(pairs("un-")), len(pairs("other negations")), len(pairs("-ing"))
    (19, 10, 33)
    """
    if step not in get_args(Step):
        raise ValueError(f"no step {shorten(str(step))}; known: {', '.join(get_args(Step))}")
    return _pairs(step)


@cache
def _pairs(step: Step) -> Pairs:
    if step == "-tion":
        frequent = dict.fromkeys((words_by_frequency() or [])[:20_000])
        nouns = ((word, f"{word[:-1]}ion") for word in frequent if word.endswith("ate"))
        return tuple((word, noun) for word, noun in nouns if noun in frequent)
    relation = "gram5-present-participle" if step == "-ing" else "gram2-opposite"
    asked = [question for question in benchmarks.google_questions() if question.relation == relation]
    found = sorted({pair for question in asked for pair in ((question.a, question.b), (question.c, question.d))})
    return tuple(pair for pair in found if step == "-ing" or (pair[1] == f"un{pair[0]}") == (step == "un-"))


def known_pairs(table: EmbeddingTable | str, words: Iterable[tuple[str, str]]) -> NDArray[np.intp]:
    """The ids of those pairs of words of which both are one token, [n, 2]. Raises TypeError for what is no pair."""
    table, ids = as_table(table), []
    for pair in listed(words, "pairs of words"):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(f"expected pairs of words, such as ('sure', 'unsure'), got {pair!r:.40}")
        ids.append((table.find(pair[0]), table.find(pair[1])))
    return np.array([pair for pair in ids if None not in pair], dtype=np.intp).reshape(-1, 2)


def along(table: EmbeddingTable | str, steps: NDArray[np.intp], leading: int | None = None) -> NDArray[np.float64]:
    """How far each row points the way that leads from the first words of pairs [n, 2] to the second: cosines [V].

    What all rows share is taken out first, since it says more about how frequent a token is than about anything else:
    their mean, and the ``leading`` principal components, by default D // 100 (Mu and Viswanath 2018). Raises ValueError
    for no pairs, for pairs that lead nowhere, and for as many components as there are dimensions; TokenIdError.

    >>> from embedbook import tables
    >>> table = tables.load("minilm")
    >>> cosines = along(table, known_pairs(table, pairs("un-")))
    >>> bool(cosines[table.id_of("impossible")] > cosines[table.id_of("possible")])
    True
    """
    table = as_table(table)
    leading = table.dimensions // 100 if leading is None else whole(leading, "leading")
    steps = np.asarray(steps if isinstance(steps, np.ndarray) else listed(steps, "pairs of token ids"))
    if not len(steps) or leading >= table.dimensions:
        raise ValueError(f"expected pairs and 0 to {table.dimensions - 1} components, got {len(steps)} and {leading}")
    if steps.ndim != 2 or steps.shape[1] != 2:
        raise ValueError(f"expected pairs of token ids [n, 2], got shape {list(steps.shape)}")
    mean, components = _shared(table)
    common = components[:, table.dimensions - leading :]  # [D, leading]

    def own(ids: range | NDArray[np.intp]) -> NDArray[np.float64]:
        centred = unit_rows(table, ids) - mean
        return np.asarray(unit(centred - centred @ common @ common.T))  # [n, D]

    direction = unit(unit(own(steps[:, 1]) - own(steps[:, 0])).mean(axis=0))  # [D]
    if not direction.any():
        raise ValueError("the pairs lead nowhere: their rows are equal, or their steps cancel")
    return np.concatenate([own(ids) @ direction for ids in _blocks(table)])


def _blocks(table: EmbeddingTable) -> list[range]:
    """All ids, some thousands at a time."""
    return [range(start, min(start + BLOCK, len(table))) for start in range(0, len(table), BLOCK)]


_kept: WeakKeyDictionary[EmbeddingTable, tuple[NDArray[np.float64], NDArray[np.float64]]] = WeakKeyDictionary()


def _shared(table: EmbeddingTable) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean of all rows at unit length [D], and their principal components [D, D], the leading ones last."""
    if table not in _kept:
        mean = sum(unit_rows(table, ids).sum(axis=0, dtype=np.float64) for ids in _blocks(table)) / len(table)  # [D]
        spread = np.zeros((table.dimensions, table.dimensions))  # [D, D]
        for ids in _blocks(table):
            centred = unit_rows(table, ids) - mean  # [n, D]
            spread += centred.T @ centred
        _kept[table] = mean, np.linalg.eigh(spread)[1]
    return _kept[table]


@dataclass(frozen=True)
class Usage:
    """Of some words with an affix: how many there are, are one token, and are cut so that the affix is a piece."""

    words: int
    whole: int
    cut: int


def usage(table: EmbeddingTable | str, affix: str, words: Iterable[str]) -> Usage:
    """How often an affix is a piece, in those of the words that have it and three more letters or more.

    Raises ValueError for an affix without its hyphen.

    >>> usage("smollm2", "un-", ["unhappy", "unarmed", "undo", "cat"])
    Usage(words=2, whole=1, cut=1)
    """
    table = as_table(table)
    asked = [w for w in listed(words, "words") if has_affix(w, affix) and len(w) > len(affix) + 1]
    own = piece(table, affix)
    cuts = [in_text(table, word) for word in asked]
    place = 0 if affix.endswith("-") else -1
    whole = sum(len(ids) == 1 for ids in cuts)
    return Usage(len(asked), whole, sum(len(ids) > 1 and own is not None and ids[place] == own for ids in cuts))
