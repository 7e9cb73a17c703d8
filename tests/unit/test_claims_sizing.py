"""The claims of page 06 worked out again: files read by other libraries, and arithmetic with the papers' figures."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
import torch
import transformers
from safetensors import safe_open

from embedbook import claims, tables
from embedbook.claims.table_sizing import CHAPTER, _head, agrees, stored
from embedbook.tables.registry import GLOVE_VECTORS, MINILM_WEIGHTS

TABLES = ("minilm", "glove", "gemma")

# Measured when the ledger was written. A difference means other files, configurations or rules.
VERDICTS = {
    "T2": "condition", "L3": "holds", "L4": "condition",
    "Z1": "holds", "Z2": "condition", "Z3": "holds", "Z4": "condition", "Z5": "condition",
}  # fmt: skip


def said(claim_id: str, witness: str) -> claims.Measurement:
    return claims.measure(claim_id, TABLES).per_table[witness]


@pytest.mark.parametrize("claim_id", VERDICTS)
def test_the_verdict(claim_id: str):
    result = claims.measure(claim_id, TABLES)
    assert result.verdict.kind == VERDICTS[claim_id]
    assert result.verdict.kind == "holds" or result.verdict.sentence.endswith(".")
    for measurement in result.per_table.values():
        assert measurement.value and all(np.isfinite(number) for number in measurement.numbers.values())


def test_all_claims_of_the_page_are_judged():
    assert set(VERDICTS) == {claim.id for claim in claims.entries("06")}


def test_the_conditions_name_who_disagrees():
    sentences = {claim_id: claims.measure(claim_id, TABLES).verdict.sentence for claim_id in ("T2", "L4", "Z2")}
    assert sentences == {
        "T2": "It holds on GPT-2, Mistral 7B, GPT-3 and LLaMA 4 Maverick, not on DeepSeek-V3.",
        "L4": "It holds on ALBERT-base, OPT-350M and ELECTRA-small, not on GPT-3.",
        "Z2": (
            "On torch's dtypes, the sizes are as stated; how most models are stored, the few files of this book "
            "cannot say."
        ),
    }


@pytest.mark.parametrize(
    ("ours", "reported", "expected"),
    [
        (617.558, "617", True),  # cut off instead of rounded: one unit
        (618.5, "617", True),  # an exact half goes to the even 618
        (618.6, "617", False),
        (1.0345, "1.03", True),
        (1.0449, "1.03", True),
        (1.0451, "1.03", False),
        (0.2582, "0.26", True),
    ],
)
def test_within_one_unit_of_the_last_digit(ours: float, reported: str, expected: bool):
    assert agrees(ours, reported) is expected


def test_t2_products_by_hand():
    by_hand = {
        "GPT-2": 50_000 * 768 + 257 * 768,
        "Mistral 7B": 2**5 * 1_000 * 2**12,
        "GPT-3": 50_257 * 12_000 + 50_257 * 288,
        "DeepSeek-V3": 129_280 * 7_000 + 129_280 * 168,
        "LLaMA 4 Maverick": 202_048 * 5_000 + 202_048 * 120,
    }
    for name, numbers in by_hand.items():
        assert said("T2", name).numbers["numbers"] == numbers
        assert said("T2", name).numbers["bytes"] == 2 * numbers
    assert "618 million" in said("T2", "GPT-3").note
    assert "1,280 more" in said("T2", "DeepSeek-V3").note


def test_t2_the_chapters_own_row_count_would_agree():
    """So it is the number of rows alone that DeepSeek-V3 fails on: 128,000 x 7,168 = 917,504,000."""
    assert CHAPTER["DeepSeek-V3"].rows * 7_168 == 917_504_000
    assert agrees(917.504, CHAPTER["DeepSeek-V3"].numbers)


def test_l3_figures():
    # DeepSeek-V3's report: 671B parameters, of which 37B are activated for each token.
    deepseek = said("L3", "DeepSeek-V3").numbers
    assert (deepseek["layers"], deepseek["total"], deepseek["active"]) == (61, 671.0, 36.6)
    # Meta's announcement: alternating dense and mixture-of-experts layers, 128 experts.
    maverick = said("L3", "LLaMA 4 Maverick")
    assert (maverick.numbers["query heads"], maverick.numbers["key-value heads"]) == (40, 8)
    assert "128 experts in 24 of the layers" in maverick.value


def test_l4_both_widths_as_the_papers_give_them():
    widths = {name: (m.numbers["width"], m.numbers["hidden"]) for name, m in claims.measure("L4").per_table.items()}
    assert widths == {
        "ALBERT-base": (128, 768),
        "OPT-350M": (512, 1_024),
        "ELECTRA-small": (128, 256),
        "GPT-3": (12_288, 12_288),
    }


def test_l4_what_a_narrow_table_saves():
    """By hand: 1 - 512/1,024 - 512/50,272 of OPT-350M's wide table, and so on: D/H and D/V are what stays."""
    for name, width, hidden, rows in (
        ("ALBERT-base", 128, 768, 30_000),
        ("OPT-350M", 512, 1_024, 50_272),
        ("ELECTRA-small", 128, 256, 30_522),
    ):
        numbers = said("L4", name).numbers
        assert numbers["numbers"] / numbers["full"] == pytest.approx(width / hidden + width / rows)
    assert "49.0 % saved" in said("L4", "OPT-350M").value


def test_l4_the_projection_is_a_matrix_of_the_model():
    """Two of the three, built small on the processor: a matrix between the table and the layers."""
    albert = transformers.AlbertModel(
        transformers.AlbertConfig(
            vocab_size=9, embedding_size=4, hidden_size=8, num_attention_heads=2, intermediate_size=8
        )
    )
    assert tuple(albert.encoder.embedding_hidden_mapping_in.weight.shape) == (8, 4)
    opt = transformers.OPTModel(
        transformers.OPTConfig(
            vocab_size=9,
            word_embed_proj_dim=4,
            hidden_size=8,
            num_attention_heads=2,
            ffn_dim=8,
            num_hidden_layers=1,
            pad_token_id=1,
        )
    )
    assert tuple(opt.decoder.project_in.weight.shape) == (8, 4)


def test_z1_and_z2_the_header_by_its_own_library():
    with safe_open(MINILM_WEIGHTS.verified("minilm"), framework="np") as file:
        part = file.get_slice("embeddings.word_embeddings.weight")
        assert (part.get_dtype(), part.get_shape()) == ("F32", [30_522, 384])
    assert said("Z1", "minilm").numbers == {"expected": 46_881_792, "bytes": 46_881_792}
    array = np.load(GLOVE_VECTORS.verified("glove"), mmap_mode="r")
    assert said("Z1", "glove").numbers["bytes"] == array.nbytes == 80_000_000
    assert [said("Z2", name).numbers["bits"] for name in TABLES] == [32, 32, 8.5]


def test_z1_gemmas_table_ends_where_the_next_tensor_begins():
    """262,144 rows of 640 / 32 blocks of 34 bytes; the converter compared every row with the file."""
    found = stored(tables.load("gemma"))
    assert found is not None
    assert (found.dtype, found.size) == ("Q8_0", 262_144 * 20 * 34)


def test_a_table_without_a_file_does_not_testify():
    own = tables.from_vectors(["a"], [[1.0]])
    for claim_id in ("Z1", "Z2"):
        claim = next(claim for claim in claims.entries("06") if claim.id == claim_id)
        assert claim.per_table is not None
        assert claim.per_table(own).passes is None


def test_a_header_of_sixteen_bits_is_read(tmp_path, monkeypatch: pytest.MonkeyPatch):
    """A safetensors file written by hand, with a table in float16. Z1 can be met by it; in Z2 no file votes."""
    header = json.dumps({"wte.weight": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]}}).encode()
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(12))

    class File:
        def verified(self, _: str):
            return tmp_path / "model.safetensors"

    monkeypatch.setattr("embedbook.claims.table_sizing.MINILM_WEIGHTS", File())
    table = tables.from_vectors(["a", "b"], np.zeros((2, 3)), name="minilm")
    found = {claim.id: claim.per_table(table) for claim in claims.entries("06") if claim.per_table}
    assert found["Z1"].passes and found["Z1"].numbers["bytes"] == 12
    assert found["Z2"].passes is None and found["Z2"].numbers["bits"] == 16


def test_z3_shares_by_division():
    assert said("Z3", "GPT-2").numbers == {"parameters": 124_439_808, "percent": 31.0}  # 38,597,376 / 124,439,808
    assert said("Z3", "LLaMA 4 Maverick").numbers["percent"] == 0.26  # 1,034,485,760 / 400,711,848,960 = 0.002582
    assert "0.52 %" in said("Z3", "LLaMA 4 Maverick").note
    assert said("Z3", "Gemma 3 270M").passes is None


def test_z4_changing_the_table_changes_a_tied_head_only():
    """Another way to see it than by addresses: write into one and read the other."""
    assert (said("Z4", "GPT-2").numbers["tied"], said("Z4", "LLaMA 4").numbers["tied"]) == (1, 0)
    small = {"vocab_size": 20, "n_positions": 4, "n_embd": 8, "n_layer": 1, "n_head": 1}
    for tied in (True, False):
        config = transformers.GPT2Config(**small, bos_token_id=0, eos_token_id=0, tie_word_embeddings=tied)
        model = transformers.GPT2LMHeadModel(config)
        with torch.no_grad():
            model.transformer.wte.weight.fill_(7)
        assert bool((model.lm_head.weight == 7).all()) is tied
        assert tuple(model.lm_head.weight.shape) == (20, 8)


def test_z4_a_weight_stored_the_other_way_needs_no_condition():
    """A head that keeps its weight as [D, V]: the rule's other branch."""

    class Turned(torch.nn.Module):
        in_features, out_features = 4, 9

        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(4, 9))

    class Model:
        def get_input_embeddings(self):
            return torch.nn.Embedding(9, 4)

        def get_output_embeddings(self):
            return Turned()

    found = _head(Model(), expected=False)
    assert found.passes and not found.condition and "[4, 9]" in found.value
    for name in ("GPT-2", "LLaMA 4"):
        measured = said("Z4", name)
        assert "[50, 8]" in measured.value and "[V, D]" in measured.condition


def test_z5_what_tying_saves():
    gpt2 = said("Z5", "GPT-2").numbers
    assert gpt2 == {"untied": 124_439_808 + 50_257 * 768, "tied": 124_439_808}
    gemma = said("Z5", "Gemma 3 270M").numbers
    assert gemma["untied"] - gemma["tied"] == 262_144 * 640
    # 38,597,376 of 163,037,184 and 167,772,160 of 435,870,336: the table's share of the untied model
    assert "23.7 %" in said("Z5", "GPT-2").value and "38.5 %" in said("Z5", "Gemma 3 270M").value
