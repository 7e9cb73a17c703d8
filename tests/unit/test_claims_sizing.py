"""The claims of page 06 worked out again: files read by other libraries, and arithmetic with the papers' figures."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open

from embedbook import tables
from embedbook.claims.table_sizing import agrees, head
from embedbook.tables import EmbeddingTable
from embedbook.tables.known import KNOWN
from tests.unit.asking import heard, said, shown


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
    ("claim_id", "model", "expected"),
    [
        ("T3", "Arithmetic", f" = {202_048 * 5_000 + 202_048 * 120:,} numbers"),
        ("L1", "Gemma 3's embedding module", rf" {640**0.5:.1f} times as long"),
        ("T2", "GPT-2", table_of(50_000 * 768 + 257 * 768)),
        ("T2", "Mistral 7B", table_of(2**5 * 1_000 * 2**12)),
        ("T2", "GPT-3", table_of(50_257 * 12_000 + 50_257 * 288) + ".* 618 million"),
        ("T2", "DeepSeek-V3", table_of(129_280 * 7_000 + 129_280 * 168) + ".* 1,280 more"),
        ("T2", "LLaMA 4 Maverick", table_of(202_048 * 5_000 + 202_048 * 120)),
        # DeepSeek-V3's report: 671B parameters, of which 37B are activated for each token.
        (
            "L3",
            "DeepSeek-V3",
            "61 layers, 671.0 billion parameters, 36.6 billion active.* 36.7 billion, table and head counted in",
        ),
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
def test_products_and_shares_by_hand(claim_id: str, model: str, expected: str):
    measurement = said(claim_id)[model]
    assert re.search(expected, f"{measurement.value} {measurement.note}")


def test_z1_and_z2_the_files_by_their_own_libraries():
    minilm, glove = (KNOWN[name].files[0].find() for name in ("minilm", "glove"))
    with safe_open(minilm, framework="np") as file:
        part = file.get_slice("embeddings.word_embeddings.weight")
        assert (part.get_dtype(), part.get_shape()) == ("F32", [30_522, 384])
    assert np.load(glove, mmap_mode="r").nbytes == 80_000_000
    # SmolLM2's Q8_0: 32 numbers in 34 bytes
    for name, size, bits in (
        ("smollm2", 49_152 * 576 // 32 * 34, 8.5),
        ("minilm", 46_881_792, 32),
        ("glove", 80_000_000, 32),
    ):
        assert shown("Z1", name).endswith(f" should take {size:,} bytes; the file has {size:,}. ")
        assert f", {bits} bits a number" in shown("Z2", name)


@pytest.mark.parametrize(
    ("dtype", "size", "passes", "bits"),
    [("F16", 12, True, 16), ("BF16", 12, True, 16), ("F32", 12, False, 16), ("Q4_K", 3, None, 4), ("", 0, None, None)],
)
def test_z1_and_z2_ask_the_card(dtype: str, size: int, passes: bool | None, bits: int | None):
    own = tables.from_vectors(["a", "b"], np.zeros((2, 3)))
    table = EmbeddingTable(replace(own.card, dtype=dtype, file_bytes=size), own.vocabulary, own.vectors)
    in_file, stored = heard("Z1", table), heard("Z2", table)
    assert (in_file.passes, stored.passes) == (passes, None)
    assert stored.value.endswith(f"{bits} bits a number" if bits else "takes as many bits")


@pytest.mark.parametrize("expected", [True, False])
def test_z4_a_weight_stored_the_other_way_needs_no_condition(expected: bool):
    """A head that keeps its weight as [D, V], and has it to itself: the rule's other branch."""
    turned = torch.nn.Linear(4, 9, bias=False)
    turned.weight = torch.nn.Parameter(torch.zeros(4, 9))
    model = torch.nn.Module()
    model.get_input_embeddings, model.get_output_embeddings = lambda: torch.nn.Embedding(9, 4), lambda: turned
    found = head(model, expected=expected)
    assert found.passes is not expected and not found.condition and "[4, 9]" in found.value
