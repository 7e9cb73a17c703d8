"""Claims of page 01: the table, the lookup, and what an id is worth outside its own tokenizer."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from embedbook import lists
from embedbook.claims.ledger import Limits, Measurement, Page, Silence, must_have
from embedbook.claims.wording import code, codes
from embedbook.geometry import nearest_neighbors
from embedbook.tables import EmbeddingTable, UnknownTokenError
from embedbook.tables.known import KNOWN

PAGE = Page(__file__)


@PAGE.per_table("T1")
def shape(table: EmbeddingTable, _: Limits) -> Measurement[None]:
    rows, dimensions = table.shape
    found = [(token_id, table.find(word)) for token_id, word in enumerate(table)]
    elsewhere = [(own, other) for own, other in found if own != other]
    # Of tokens that are spelled alike one gives way; any other row must be found under its token.
    is_twin = [other is not None and table.word(own) == table.word(other) for own, other in elsewhere]
    note = ""
    if elsewhere and all(is_twin):
        own, other = elsewhere[0]
        note = (
            f"Of tokens spelled alike one gives way: {code(table.word(own))}, id {own:,}, to id {other:,}, and "
            f"{len(elsewhere) - 1:,} more."
        )
    return Measurement(
        f"{rows:,} rows for {len(table.tokens):,} tokens, {dimensions} numbers in each row",
        passes=rows >= len(table.tokens) == len(set(table.tokens)) and all(is_twin),
        condition=f"with more rows than tokens: {rows - len(table.tokens):,}" if rows > len(table.tokens) else "",
        note=note,
    )


@PAGE.table_free("T3")
def maverick(limits: Limits) -> Mapping[str, Measurement[None]]:
    numbers = limits.rows * limits.columns
    value = f"{limits.rows:,} × {limits.columns:,} = {numbers:,} numbers"
    return {"Arithmetic": Measurement(value, passes=numbers > limits.billion)}


@PAGE.table_free("T4")
def hello_in_gpt_4o(limits: Limits) -> Mapping[str, Measurement[None]]:
    import bpe_openai

    ids = bpe_openai.get_encoding("o200k_base").encode("Hello")
    value = f"{code('Hello')} becomes {', '.join(f'{i:,}' for i in ids)}"
    return {"o200k_base": Measurement(value, passes=ids == [limits.id])}


@PAGE.per_table("T5")
def same_id_in_table(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    if len(table) <= limits.id:
        raise Silence(f"it has no id {limits.id:,}")
    return _same_id(limits.id, table.word(limits.id), table.find("Hello"))


@PAGE.table_free("T5")
def same_id_in_gpt_4(limits: Limits) -> Mapping[str, Measurement[None]]:
    import bpe_openai

    tokenizer = bpe_openai.get_encoding("cl100k_base")
    own, *_ = tokenizer.encode("Hello")
    return {"cl100k_base": _same_id(limits.id, tokenizer.decode([limits.id]).strip(), own)}


def _same_id(token_id: int, found: str, own: int | None) -> Measurement[None]:
    return Measurement(
        f"id {token_id:,} is {code(found)}",
        passes=found.casefold() == "hello",
        note="" if own is None else f"Its own id for {code('Hello')} is {own:,}.",
    )


@PAGE.per_table("L1")
def lookup(table: EmbeddingTable, _: Limits) -> Measurement[None]:
    import torch

    must_have(table, "cat")
    token_id = table.id_of("cat")
    one_hot = np.zeros(len(table), dtype=np.float32)
    one_hot[token_id] = 1
    row = table.vectors[token_id]
    by_product = one_hot @ table.vectors
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch would like to write into the table; nobody does here
        weight = torch.from_numpy(table.vectors)
    by_torch = torch.nn.Embedding.from_pretrained(weight)(torch.tensor(token_id)).numpy()
    blocks = (table.vectors[start : start + 8_192] for start in range(0, len(table), 8_192))
    negative_zeros = sum(int(np.count_nonzero(np.signbit(block[block == 0]))) for block in blocks)
    times = "once" if negative_zeros == 1 else f"{negative_zeros:,} times"
    return Measurement(
        f"{code('W[id]')}, one-hot(id) @ W and {code('nn.Embedding')} give the same {table.dimensions} numbers",
        passes=np.array_equal(row, by_product) and np.array_equal(row, by_torch),
        note=f"A product turns -0.0, which the table holds {times}, into 0.0; the two count as equal."
        if negative_zeros
        else "",
    )


@PAGE.table_free("L1")
def scaled_lookup(limits: Limits) -> Mapping[str, Measurement[None]]:
    import torch
    from transformers import Gemma3TextConfig, Gemma3TextModel

    width = limits.width  # the rest is as small as it may be, since only the lookup is run
    single: dict[str, Any] = dict.fromkeys(("num_hidden_layers", "num_attention_heads", "num_key_value_heads"), 1)
    config = Gemma3TextConfig(vocab_size=8, hidden_size=width, intermediate_size=8, head_dim=8, **single)
    module: Any = Gemma3TextModel(config).get_input_embeddings()
    with torch.no_grad():
        factor = float((module(torch.tensor(3)) / module.weight[3]).mean())
    return {
        "Gemma 3's embedding module": Measurement(
            f"the row leaves the module {factor:.1f} times as long (the square root of {width} is {sqrt(width):.1f})",
            passes=abs(factor - 1) < limits.tolerance,
        )
    }


@PAGE.per_table("L2")
def sentence(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    try:
        matrix = table.vectors[table.encode(limits.sentence)]
    except UnknownTokenError as error:
        raise Silence(f"{code(error.word)} has no row here") from error
    whole = _as_the_file_comes(table, limits.sentence)
    added = whole is not None and whole > len(matrix)
    return Measurement(
        f"{len(matrix)} tokens, a matrix {list(matrix.shape)}",
        passes=len(matrix) == limits.tokens,
        note=f"As its file comes, the tokenizer adds {codes(['[CLS]', '[SEP]'])} and padding: {whole} rows."
        if added
        else "",
    )


def _as_the_file_comes(table: EmbeddingTable, text: str) -> int | None:
    """How many tokens the tokenizer of a known table makes of a text with all that its own file asks for."""
    files = KNOWN[table.card.name].files if table.card.name in KNOWN else []
    found = next((file.find() for file in files if file.path.endswith("tokenizer.json")), None)
    if found is None or files[0].sha256 != table.card.digest:
        return None
    return len(Tokenizer.from_file(str(found)).encode(text).ids)


@PAGE.table_free("L2")
def sentence_in_openai(limits: Limits) -> Mapping[str, Measurement[None]]:
    import bpe_openai

    tokenizers = {name: bpe_openai.get_encoding(name) for name in ("o200k_base", "cl100k_base")}
    counts = {name: len(tokenizer.encode(limits.sentence)) for name, tokenizer in tokenizers.items()}
    return {name: Measurement(f"{n} tokens", passes=n == limits.tokens) for name, n in counts.items()}


@PAGE.per_table("T6")
def first_piece(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    if table.kind == "words":
        raise Silence("it has whole words only: a word without a row is an error here, and no piece")
    try:
        pieces = {word: [table.word(i) for i in table.encode(f" {word}")] for word in _looked_up(limits)}
    except UnknownTokenError as error:
        raise Silence(f"{code(error.word)} has no row here") from error
    return _cut(pieces, limits, table)


@PAGE.table_free("T6")
def first_piece_in_openai(limits: Limits) -> Mapping[str, Measurement[None]]:
    import bpe_openai

    tokenizers = {name: bpe_openai.get_encoding(name) for name in ("o200k_base", "cl100k_base")}
    return {
        name: _cut({w: [t.decode([i]).strip() for i in t.encode(f" {w}")] for w in _looked_up(limits)}, limits)
        for name, t in tokenizers.items()
    }


def _looked_up(limits: Limits) -> dict[str, None]:
    """The words that the chapter's code looks up, everyday words, and mammals, each once."""
    return dict.fromkeys([*limits.own, *_everyday(), *lists.mammals()])


def _everyday() -> dict[str, None]:
    return dict.fromkeys(word for a, b, _ in lists.rated_pairs("simlex999") for word in (a, b))


def _cut(pieces: Mapping[str, Sequence[str]], limits: Limits, table: EmbeddingTable | None = None) -> Measurement[None]:
    """``pieces`` of each word as a reader writes them."""
    own, everyday, mammals = (
        [word for word in words if len(pieces[word]) > 1] for words in (limits.own, _everyday(), lists.mammals())
    )
    cut = [*own, *everyday, *mammals]
    note = ""
    if cut:
        first = pieces[cut[0]][0]
        note = f"{code(cut[0])}, {codes(pieces[cut[0]])}, would get the row of {code(first)}"
        near = [neighbor.token for neighbor in nearest_neighbors(table, first, k=3)] if table else []
        note += f", whose nearest are {codes(near)}." if near else "."
    return Measurement(
        f"more than one piece: {len(own)} of the {len(limits.own)} words that the chapter looks up, "
        f"{len(everyday):,} of {len(_everyday()):,} everyday words, {len(mammals)} of {len(lists.mammals())} mammals",
        passes=not own,
        condition="for the chapter's own words, not for words in general" if not own and (everyday or mammals) else "",
        note=note,
    )
