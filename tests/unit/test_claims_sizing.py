"""The claims of page 06 worked out again: files read by other libraries, and arithmetic with the papers' figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from safetensors import safe_open

from embedbook import claims, tables
from embedbook.claims.ledger import Measurement, Silence
from embedbook.claims.table_sizing import agrees, bytes_in_file, dtype_of_file, head
from embedbook.tables import EmbeddingTable
from embedbook.tables.known import KNOWN

TABLES = ("smollm2", "minilm", "glove")
ENTRIES = {claim.id: claim for claim in claims.entries("06")}


def said(claim_id: str, witness: str) -> Measurement[Any]:
    result = claims.result(claim_id, TABLES)
    return {**result.per_table, **result.table_free}[witness]


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


@pytest.mark.parametrize(
    ("model", "numbers", "note"),
    [
        ("GPT-2", 50_000 * 768 + 257 * 768, ""),
        ("Mistral 7B", 2**5 * 1_000 * 2**12, ""),
        ("GPT-3", 50_257 * 12_000 + 50_257 * 288, "618 million"),
        ("DeepSeek-V3", 129_280 * 7_000 + 129_280 * 168, "1,280 more"),
        ("LLaMA 4 Maverick", 202_048 * 5_000 + 202_048 * 120, ""),
    ],
)
def test_t2_products_by_hand(model: str, numbers: int, note: str):
    found = said("T2", model)
    assert (found.numbers.numbers, found.numbers.bytes) == (numbers, 2 * numbers)
    assert note in found.note


def test_t2_the_chapters_own_row_count_would_agree():
    """So it is the number of rows alone that DeepSeek-V3 fails on: 128,000 x 7,168 = 917,504,000."""
    reported = ENTRIES["T2"].limits.reported["DeepSeek-V3"]
    assert reported["rows"] * 7_168 == 917_504_000
    assert agrees(917_504_000, reported["numbers"])


def test_l3_figures():
    # DeepSeek-V3's report: 671B parameters, of which 37B are activated for each token.
    deepseek, maverick = (said("L3", model) for model in ("DeepSeek-V3", "LLaMA 4 Maverick"))
    assert (deepseek.numbers.layers, deepseek.numbers.total, deepseek.numbers.active) == (61, 671.0, 36.6)
    # Meta's announcement: alternating dense and mixture-of-experts layers, 128 experts.
    assert (maverick.numbers.query_heads, maverick.numbers.key_value_heads) == (40, 8)
    assert "128 experts in 24 of the layers" in maverick.value


@pytest.mark.parametrize(
    ("model", "width", "hidden", "rows", "saved"),
    [
        ("ALBERT-base", 128, 768, 30_000, "82.9"),
        ("OPT-350M", 512, 1_024, 50_272, "49.0"),
        ("ELECTRA-small", 128, 256, 30_522, "49.6"),
        ("GPT-3", 12_288, 12_288, None, None),
    ],
)
def test_l4_widths_of_the_papers_and_what_a_narrow_table_saves(
    model: str, width: int, hidden: int, rows: int | None, saved: str | None
):
    """Of the numbers of a wide table D/H and D/V stay."""
    found = said("L4", model)
    assert (found.numbers.width, found.numbers.hidden) == (width, hidden)
    if rows:
        assert found.numbers.numbers / found.numbers.full == pytest.approx(width / hidden + width / rows)
        assert f"{saved} % saved" in found.value


def test_l4_the_projection_is_a_matrix_of_the_model():
    """Two of the three, built small on the processor: a matrix between the table and the layers."""
    small = {"vocab_size": 9, "hidden_size": 8, "num_attention_heads": 2}
    albert = transformers.AlbertModel(transformers.AlbertConfig(**small, embedding_size=4, intermediate_size=8))
    assert tuple(albert.encoder.embedding_hidden_mapping_in.weight.shape) == (8, 4)
    opt = transformers.OPTModel(
        transformers.OPTConfig(**small, word_embed_proj_dim=4, ffn_dim=8, num_hidden_layers=1, pad_token_id=1)
    )
    assert tuple(opt.decoder.project_in.weight.shape) == (8, 4)


def test_z1_and_z2_the_files_by_their_own_libraries():
    minilm, glove = (KNOWN[name].files[0].find() for name in ("minilm", "glove"))
    with safe_open(minilm, framework="np") as file:
        part = file.get_slice("embeddings.word_embeddings.weight")
        assert (part.get_dtype(), part.get_shape()) == ("F32", [30_522, 384])
    assert np.load(glove, mmap_mode="r").nbytes == 80_000_000
    sizes = [said("Z1", name).numbers.bytes for name in TABLES]
    assert sizes == [49_152 * 576 // 32 * 34, 46_881_792, 80_000_000]  # Q8_0: 32 numbers in 34 bytes
    assert [said("Z2", name).numbers.bits for name in TABLES] == [8.5, 32, 32]


@pytest.mark.parametrize(
    ("dtype", "size", "passes", "bits"), [("F16", 12, True, 16), ("BF16", 12, True, 16), ("F32", 12, False, 16)]
)
def test_z1_and_z2_ask_the_card(dtype: str, size: int, passes: bool, bits: int):
    own = tables.from_vectors(["a", "b"], np.zeros((2, 3)))
    made = EmbeddingTable(replace(own.card, dtype=dtype, file_bytes=size), own.vocabulary, own.vectors)
    in_file, stored = bytes_in_file(made, ENTRIES["Z1"].limits), dtype_of_file(made, ENTRIES["Z2"].limits)
    assert in_file.passes is passes and in_file.numbers.bytes == size
    assert stored.passes is None and stored.numbers.bits == bits
    assert ENTRIES["Z1"].on(own).passes is ENTRIES["Z2"].on(own).passes is None  # no file, no say
    with pytest.raises(Silence, match="Q4_K"):
        bytes_in_file(
            EmbeddingTable(replace(made.card, dtype="Q4_K"), own.vocabulary, own.vectors), ENTRIES["Z1"].limits
        )


def test_z3_shares_by_division():
    assert said("Z3", "GPT-2").numbers.percent == 31.0 == round(38_597_376 / 124_439_808 * 100, 1)
    assert said("Z3", "LLaMA 4 Maverick").numbers.percent == 0.26 == round(1_034_485_760 / 400_711_848_960 * 100, 2)
    assert "0.52 %" in said("Z3", "LLaMA 4 Maverick").note
    assert said("Z3", "Gemma 3 270M").passes is None


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
    found = said("Z4", "GPT-2" if tied else "LLaMA 4")
    assert found.numbers.tied is tied and "[50, 8]" in found.value and "[V, D]" in found.condition


@pytest.mark.parametrize("expected", [True, False])
def test_z4_a_weight_stored_the_other_way_needs_no_condition(expected: bool):
    """A head that keeps its weight as [D, V], and has it to itself: the rule's other branch."""
    turned = torch.nn.Linear(4, 9, bias=False)
    turned.weight = torch.nn.Parameter(torch.zeros(4, 9))
    model = torch.nn.Module()
    model.get_input_embeddings, model.get_output_embeddings = lambda: torch.nn.Embedding(9, 4), lambda: turned
    found = head(model, expected=expected)
    assert found.passes is not expected and not found.condition and "[4, 9]" in found.value


@pytest.mark.parametrize(
    ("model", "tied", "table", "saved"),
    [("GPT-2", 124_439_808, 50_257 * 768, "23.7"), ("Gemma 3 270M", 268_098_176, 262_144 * 640, "38.5")],
)
def test_z5_what_tying_saves(model: str, tied: int, table: int, saved: str):
    """The table's share of the untied model: 38,597,376 of 163,037,184 and 167,772,160 of 435,870,336."""
    found = said("Z5", model)
    assert (found.numbers.untied, found.numbers.tied) == (tied + table, tied)
    assert f"{saved} %" in found.value
