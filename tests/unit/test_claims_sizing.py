"""The claims of page 06 worked out again: files read by other libraries, and arithmetic with the papers' figures."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers
from safetensors import safe_open

from embedbook import claims, tables
from embedbook.claims.table_sizing import agrees, head
from embedbook.tables import EmbeddingTable
from embedbook.tables.known import KNOWN

TABLES = ("smollm2", "minilm", "glove")
ENTRIES = {claim.id: claim for claim in claims.entries("06")}


@pytest.mark.parametrize(
    ("ours", "reported", "expected"),
    [
        (617.558e6, "617 million", True),  # cut off instead of rounded: one unit
        (618.5e6, "617 million", True),  # an exact half goes to the even 618
        (618.6e6, "617 million", False),
        (1.0345e9, "1.03 billion", True),
        (1.0449, "1.03", True),
        (1.0451e9, "1.03 GB", False),
        (0.002582, "0.26%", True),
    ],
)
def test_within_one_unit_of_the_last_digit(ours: float, reported: str, expected: bool):
    assert agrees(ours, reported) is expected


def table_of(numbers: int) -> str:
    return f" = {numbers:,} numbers, {2 * numbers:,} bytes"


def narrow(width: int, hidden: int, rows: int) -> str:
    """Of the numbers of a table as wide as the layers D/H and D/V stay."""
    return f"a table {width} wide, layers {hidden:,} wide: .* {100 * (1 - width / hidden - width / rows):.1f} % saved"


def tied(parameters: int, table: int) -> str:
    """The table's share of the untied model is saved."""
    untied = parameters + table
    return f"{untied:,} parameters untied, {parameters:,} tied: .*, {100 * table / untied:.1f} %"


@pytest.mark.parametrize(
    ("claim_id", "model", "said"),
    [
        ("T2", "GPT-2", table_of(50_000 * 768 + 257 * 768)),
        ("T2", "Mistral 7B", table_of(2**5 * 1_000 * 2**12)),
        ("T2", "GPT-3", table_of(50_257 * 12_000 + 50_257 * 288) + ".* 618 million"),
        ("T2", "DeepSeek-V3", table_of(129_280 * 7_000 + 129_280 * 168) + ".* 1,280 more"),
        ("T2", "LLaMA 4 Maverick", table_of(202_048 * 5_000 + 202_048 * 120)),
        # DeepSeek-V3's report: 671B parameters, of which 37B are activated for each token.
        ("L3", "DeepSeek-V3", "61 layers, 671.0 billion parameters, 36.6 billion active"),
        # Meta's announcement: alternating dense and mixture-of-experts layers, 128 experts.
        ("L3", "LLaMA 4 Maverick", "48 layers, 40 query heads, 8 key-value heads, 128 experts in 24 of the layers"),
        ("L4", "ALBERT-base", narrow(128, 768, 30_000)),
        ("L4", "OPT-350M", narrow(512, 1_024, 50_272)),
        ("L4", "ELECTRA-small", narrow(128, 256, 30_522)),
        ("L4", "GPT-3", "one width, 12,288"),
        ("Z3", "GPT-2", f"{38_597_376 / 124_439_808 * 100:.1f} %"),
        ("Z3", "LLaMA 4 Maverick", f", {1_034_485_760 / 400_711_848_960 * 100:.2f} %, 801 GB .* 0.52 %"),
        ("Z4", "GPT-2", r"stored as \[50, 8\] and lies where the table lies"),
        ("Z4", "LLaMA 4", r"stored as \[50, 8\] and lies in memory of its own"),
        ("Z5", "GPT-2", tied(124_439_808, 50_257 * 768)),
        ("Z5", "Gemma 3 270M", tied(268_098_176, 262_144 * 640)),
    ],
)
def test_products_and_shares_by_hand(claim_id: str, model: str, said: str):
    measurement = claims.result(claim_id, ["minilm"]).table_free[model]
    assert re.search(said, f"{measurement.value} {measurement.note}")


def test_t2_the_chapters_own_row_count_would_agree():
    """So it is the number of rows alone that DeepSeek-V3 fails on: 128,000 x 7,168 = 917,504,000."""
    reported = ENTRIES["T2"].limits.reported["DeepSeek-V3"]
    assert reported["rows"] * 7_168 == 917_504_000
    assert agrees(917_504_000, reported["numbers"])


def test_l4_the_projection_is_a_matrix_of_the_model():
    """Two of the three, built small on the processor: a matrix between the table and the layers."""
    small = {"vocab_size": 9, "hidden_size": 8, "num_attention_heads": 2}
    albert = transformers.AlbertModel(transformers.AlbertConfig(**small, embedding_size=4, intermediate_size=8))
    assert tuple(albert.encoder.embedding_hidden_mapping_in.weight.shape) == (8, 4)
    config = transformers.OPTConfig(**small, word_embed_proj_dim=4, ffn_dim=8, num_hidden_layers=1, pad_token_id=1)
    assert tuple(transformers.OPTModel(config).decoder.project_in.weight.shape) == (8, 4)


def test_z1_and_z2_the_files_by_their_own_libraries():
    minilm, glove = (KNOWN[name].files[0].find() for name in ("minilm", "glove"))
    with safe_open(minilm, framework="np") as file:
        part = file.get_slice("embeddings.word_embeddings.weight")
        assert (part.get_dtype(), part.get_shape()) == ("F32", [30_522, 384])
    assert np.load(glove, mmap_mode="r").nbytes == 80_000_000
    sizes = [claims.result("Z1", [name]).per_table[name].numbers.bytes for name in TABLES]
    assert sizes == [49_152 * 576 // 32 * 34, 46_881_792, 80_000_000]  # Q8_0: 32 numbers in 34 bytes
    assert [claims.result("Z2", [name]).per_table[name].numbers.bits for name in TABLES] == [8.5, 32, 32]


@pytest.mark.parametrize(
    ("dtype", "size", "passes", "bits"),
    [("F16", 12, True, 16), ("BF16", 12, True, 16), ("F32", 12, False, 16), ("Q4_K", 3, None, 4), ("", 0, None, None)],
)
def test_z1_and_z2_ask_the_card(dtype: str, size: int, passes: bool | None, bits: int | None):
    own = tables.from_vectors(["a", "b"], np.zeros((2, 3)))
    table = EmbeddingTable(replace(own.card, dtype=dtype, file_bytes=size), own.vocabulary, own.vectors)
    in_file, stored = ENTRIES["Z1"].on(table), ENTRIES["Z2"].on(table)
    assert (in_file.passes, stored.passes) == (passes, None)
    assert bits == (stored.numbers.bits if stored.numbers else None)


@pytest.mark.parametrize("tied", [True, False])
def test_z4_changing_the_table_changes_a_tied_head_only(tied: bool):
    """Another way to see it than by addresses: write into one and read the other."""
    small = {"vocab_size": 20, "n_positions": 4, "n_embd": 8, "n_layer": 1, "n_head": 1}
    config = transformers.GPT2Config(**small, bos_token_id=0, eos_token_id=0, tie_word_embeddings=tied)
    model = transformers.GPT2LMHeadModel(config)
    with torch.no_grad():
        model.transformer.wte.weight.fill_(7)
    assert bool((model.lm_head.weight == 7).all()) is tied
    assert tuple(model.lm_head.weight.shape) == (20, 8)


@pytest.mark.parametrize("expected", [True, False])
def test_z4_a_weight_stored_the_other_way_needs_no_condition(expected: bool):
    """A head that keeps its weight as [D, V], and has it to itself: the rule's other branch."""
    turned = torch.nn.Linear(4, 9, bias=False)
    turned.weight = torch.nn.Parameter(torch.zeros(4, 9))
    model = torch.nn.Module()
    model.get_input_embeddings, model.get_output_embeddings = lambda: torch.nn.Embedding(9, 4), lambda: turned
    found = head(model, expected=expected)
    assert found.passes is not expected and not found.condition and "[4, 9]" in found.value
