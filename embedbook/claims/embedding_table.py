"""Claims of page 01: the table, the lookup, and what an id is worth outside its own tokenizer."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from embedbook.claims.ledger import Claim, Measurement
from embedbook.claims.wording import code, codes
from embedbook.claims.words import BOOK_EXTRA
from embedbook.tables import EmbeddingTable, MissingExtraError, UnknownTokenError
from embedbook.tables.registry import MINILM, MINILM_WEIGHTS

PAGE = "01"
HELLO = 13_225
SENTENCE = "The capital of France is Paris"


def _shape(table: EmbeddingTable) -> Measurement:
    rows, dimensions = table.vectors.shape
    found = [(token_id, table.find(token)) for token_id, token in enumerate(table.tokens)]
    elsewhere = [(own, other) for own, other in found if own != other]
    # A piece that is spelled like a word gives way to the word; any other row must be found under its token.
    is_twin = [other is not None and table.surface(own) == table.surface(other) for own, other in elsewhere]
    note = ""
    if elsewhere and all(is_twin):
        own, other = elsewhere[0]
        note = (
            f"Asked for by its letters, a piece gives way to the token that begins a word: {code(table.tokens[own])} "
            f"to {code(table.tokens[other or 0])}, and {len(elsewhere) - 1:,} more."
        )
    return Measurement(
        f"{rows:,} rows for {len(table.tokens):,} tokens, {dimensions} numbers in each row",
        passes=rows == len(table.tokens) == len(set(table.tokens)) and all(is_twin),
        numbers={
            "rows": rows,
            "tokens": len(table.tokens),
            "dimensions": dimensions,
            "tokens_at_own_row": len(found) - len(elsewhere),
        },
        note=note,
    )


def _maverick() -> Mapping[str, Measurement]:
    numbers = 202_048 * 5_120
    value = f"202,048 × 5,120 = {numbers:,} numbers"
    return {"Arithmetic": Measurement(value, passes=numbers > 10**9, numbers={"numbers": numbers})}


def _hello_in_gpt_4o() -> Mapping[str, Measurement]:
    ids = _openai("o200k_base").encode("Hello")
    value = f"{code('Hello')} becomes {', '.join(f'{i:,}' for i in ids)}"
    return {"o200k_base": Measurement(value, passes=ids == [HELLO], numbers={"tokens": len(ids), "id": ids[0]})}


def _same_id_in_table(table: EmbeddingTable) -> Measurement:
    if len(table) <= HELLO:
        return Measurement(f"it has no id {HELLO:,}", passes=None)
    found, own = table.word(HELLO), table.find("Hello")
    value = f"id {HELLO:,} is {code(found)}"
    note = "" if own is None else f"Its own id for {code('Hello')} is {own:,}."
    return Measurement(
        value, passes=found.casefold() == "hello", numbers={} if own is None else {"own_id": own}, note=note
    )


def _same_id_in_gpt_4() -> Mapping[str, Measurement]:
    tokenizer = _openai("cl100k_base")
    found, (own, *_) = tokenizer.decode([HELLO]), tokenizer.encode("Hello")
    return {
        "cl100k_base": Measurement(
            f"id {HELLO:,} is {code(found.strip())}",
            passes=found.strip().casefold() == "hello",
            numbers={"own_id": own},
            note=f"Its own id for {code('Hello')} is {own:,}.",
        )
    }


def _lookup(table: EmbeddingTable) -> Measurement:
    torch = _torch()
    token_id = table.find("cat")
    if token_id is None:
        return Measurement(f"{code('cat')}: not one token here", passes=None)
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
    note = ""
    if negative_zeros:
        note = (
            f"A product turns -0.0, which the table holds {_times(negative_zeros)}, into 0.0; the two count as equal."
        )
    return Measurement(
        f"{code('W[id]')}, one-hot(id) @ W and {code('nn.Embedding')} give the same {table.dimensions} numbers",
        passes=np.array_equal(row, by_product) and np.array_equal(row, by_torch),
        numbers={"id": token_id, "negative_zeros": negative_zeros},
        note=note,
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _scaled_lookup() -> Mapping[str, Measurement]:
    torch = _torch()
    try:
        from transformers import Gemma3TextConfig, Gemma3TextModel
    except ImportError as error:
        raise MissingExtraError("the check of Gemma's embedding module", BOOK_EXTRA) from error
    width = 640  # the width of Gemma 3 270M; the rest is as small as it may be, since only the lookup is run
    config = Gemma3TextConfig(
        vocab_size=8,
        hidden_size=width,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=8,
    )
    module: Any = Gemma3TextModel(config).get_input_embeddings()
    with torch.no_grad():
        factor = float((module(torch.tensor(3)) / module.weight[3]).mean())
    return {
        "Gemma 3's embedding module": Measurement(
            f"the row leaves the module {factor:.1f} times as long (the square root of {width} is {sqrt(width):.1f})",
            passes=abs(factor - 1) < 1e-3,
            numbers={"factor": round(factor, 1)},
        )
    }


def _sentence(table: EmbeddingTable) -> Measurement:
    try:
        ids = table.encode(SENTENCE)
    except UnknownTokenError as error:
        return Measurement(f"{code(error.word)} has no row here", passes=None)
    matrix = table.vectors[ids]
    numbers = {"rows": matrix.shape[0], "columns": matrix.shape[1]}
    note = ""
    weights = MINILM_WEIGHTS.find() if table.card.name == MINILM.name else None
    if weights:
        padded = len(Tokenizer.from_file(str(weights.parent / "tokenizer.json")).encode(SENTENCE).ids)
        numbers["rows_as_the_file_comes"] = padded
        note = f"As its file comes, the tokenizer adds {codes(['[CLS]', '[SEP]'])} and padding: {padded} rows."
    return Measurement(
        f"{len(ids)} tokens, a matrix {list(matrix.shape)}",
        passes=matrix.shape[0] == 6,
        numbers=numbers,
        note=note,
    )


def _sentence_in_openai() -> Mapping[str, Measurement]:
    counts = {name: len(_openai(name).encode(SENTENCE)) for name in ("o200k_base", "cl100k_base")}
    return {name: Measurement(f"{n} tokens", passes=n == 6, numbers={"tokens": n}) for name, n in counts.items()}


def _openai(encoding: str) -> Any:
    try:
        import bpe_openai
    except ImportError as error:
        raise MissingExtraError("the check of OpenAI's token ids", BOOK_EXTRA) from error
    return bpe_openai.get_encoding(encoding)


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("the comparison with nn.Embedding", BOOK_EXTRA) from error
    return torch


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="T1",
        page=PAGE,
        text=("An embedding table has a row for every token of the vocabulary and a column for every dimension."),
        quantity="The shape of the table, and how many tokens its tokenizer knows.",
        rule=(
            "There are as many rows as tokens, no token twice, and every token is found at its own row or, if it is a "
            "piece spelled like a word, at the word's."
        ),
        citations=("wang2020", "pennington2014"),
        per_table=_shape,
    ),
    Claim(
        id="T3",
        page=PAGE,
        text="The table of LLaMA 4 Maverick alone holds over a billion numbers.",
        chapter_figure="1,034,485,760",
        quantity="Rows times columns, with the chapter's 202,048 and 5,120.",
        rule="The product is above 1,000,000,000.",
        table_free=_maverick,
    ),
    Claim(
        id="T4",
        page=PAGE,
        text='"Hello" is token 13,225 in GPT-4o\'s tokenizer.',
        chapter_figure="13225",
        quantity='What o200k_base, GPT-4o\'s encoding, makes of the text "Hello" (package bpe-openai).',
        rule="It makes exactly one token, with the id 13,225.",
        table_free=_hello_in_gpt_4o,
    ),
    Claim(
        id="T5",
        page=PAGE,
        text='GPT-4o\'s id for "Hello" finds the row of "Hello" in the table of another model.',
        chapter_figure="id 13225 of GPT-4o, used as a row of LLaMA 4 Maverick's table",
        quantity="Which token has the id 13,225 in every other tokenizer at hand.",
        rule='It is "Hello", in upper or lower case.',
        per_table=_same_id_in_table,
        table_free=_same_id_in_gpt_4,
        instead=(
            "An id is a row number in one model's table and means nothing in another's. Maverick's "
            "tokenizer is not at hand; none that is, apart from GPT-4o's own, has this word at this id."
        ),
        lesson=(
            "Text is portable between models, ids are not: a table is always used with the tokenizer it "
            "was trained with."
        ),
    ),
    Claim(
        id="L1",
        page=PAGE,
        text="A lookup takes a row by its number and computes nothing.",
        quantity=('The row of "cat" by index, as a product with a one-hot vector, and from torch\'s nn.Embedding.'),
        rule="All three are equal, number for number, and what leaves the module is the row as stored.",
        citations=("gemma2025",),
        per_table=_lookup,
        table_free=_scaled_lookup,
        lesson=("The lookup itself is an index everywhere; some models scale the row before anything else sees it."),
    ),
    Claim(
        id="L2",
        page=PAGE,
        text=f'"{SENTENCE}" is six tokens, so it becomes a matrix with six rows.',
        chapter_figure="[6 × 5,120]",
        quantity=("How many tokens each tokenizer at hand makes of the sentence, without padding and special tokens."),
        rule="There are six.",
        per_table=_sentence,
        table_free=_sentence_in_openai,
        lesson="Six is the count of the words alone: what a tokenizer adds by default takes rows too.",
    ),
)
