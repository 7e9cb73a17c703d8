"""Claims of page 06: how large tables are, what part of a model they make up, and when the head is the same matrix."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedbook import sizing
from embedbook.claims.ledger import Claim, Measurement
from embedbook.claims.wording import code
from embedbook.claims.words import BOOK_EXTRA
from embedbook.sizing import human_bytes, human_count, table_bytes
from embedbook.tables import EmbeddingTable, MissingExtraError
from embedbook.tables.registry import GLOVE_VECTORS, GPT2_WEIGHTS, MINILM_WEIGHTS, gemma_model

PAGE = "06"
GPT_3 = {"rows": 50_257, "width": 12_288, "layers": 96}
"""Brown et al. (2020): width and layers from table 2.1; the vocabulary is GPT-2's."""


@dataclass(frozen=True)
class Reported:
    """What the chapter says of one model; the two sizes as text, with as many digits as it gives."""

    rows: int
    width: int
    numbers: str
    per_number: float
    size: str
    per_byte: float


CHAPTER: Mapping[str, Reported] = {
    "GPT-2": Reported(50_257, 768, "38.6", 1e6, "77", 1e6),
    "Mistral 7B": Reported(32_000, 4_096, "131", 1e6, "262", 1e6),
    "GPT-3": Reported(50_257, 12_288, "617", 1e6, "1.2", 1e9),
    "DeepSeek-V3": Reported(128_000, 7_168, "917", 1e6, "1.8", 1e9),
    "LLaMA 4 Maverick": Reported(202_048, 5_120, "1.03", 1e9, "2.1", 1e9),
}
WORKED_EXAMPLES: Mapping[str, tuple[int, int]] = {
    "GPT-2": (38_597_376, 77_194_752),
    "Mistral 7B": (131_072_000, 262_144_000),
    "DeepSeek-V3": (917_504_000, 1_835_008_000),
    "LLaMA 4 Maverick": (1_034_485_760, 2_068_971_520),
}
"""The chapter's numbers and float16 bytes, to the byte."""
ARCHITECTURE: Mapping[str, Mapping[str, int]] = {
    "GPT-2": {"width": 768, "layers": 12},
    "Mistral 7B": {"width": 4_096, "layers": 32},
    "GPT-3": {"width": 12_288, "layers": 96},
    "DeepSeek-V3": {"width": 7_168, "layers": 61, "total": 671, "active": 37},
    "LLaMA 4 Maverick": {"width": 5_120, "layers": 48, "query heads": 40, "key-value heads": 8, "experts": 128},
}
"""The chapter's architecture figures; total and active parameters in billions."""


def agrees(ours: float, reported: str) -> bool:
    """Ours, rounded to as many digits as the chapter gives, lies within one unit of its last digit.

    >>> agrees(617.558, "617"), agrees(926.679, "917"), agrees(1.2351, "1.2")
    (True, False, True)
    """
    digits = len(reported.partition(".")[2])
    return bool(round(abs(round(ours, digits) - float(reported)), digits) <= 10.0**-digits)


def _sizes() -> Mapping[str, Measurement]:
    return {name: _size(name, reported) for name, reported in CHAPTER.items()}


def _size(name: str, reported: Reported) -> Measurement:
    rows, width = _table_of(name)
    numbers, size = rows * width, table_bytes(vocabulary_size=rows, dimensions=width)
    ours, bytes_ = numbers / reported.per_number, size / reported.per_byte
    note = ""
    if (rows, width) != (reported.rows, reported.width):
        note = (
            f"The chapter has {reported.rows:,} rows: the technical report speaks of 128K tokens, the released "
            f"configuration of {rows:,}, {rows - reported.rows:,} more."
        )
    elif round(ours, _digits(reported.numbers)) != float(reported.numbers):
        note = f"Rounded it is {round(ours, _digits(reported.numbers)):g} million; the chapter cuts the rest off."
    return Measurement(
        f"{rows:,} × {width:,} = {numbers:,} numbers, {size:,} bytes in float16 ({human_bytes(size)})",
        passes=agrees(ours, reported.numbers) and agrees(bytes_, reported.size),
        numbers={"rows": rows, "width": width, "numbers": numbers, "bytes": size},
        note=note,
    )


def _table_of(name: str) -> tuple[int, int]:
    if name == "GPT-3":
        return GPT_3["rows"], GPT_3["width"]
    counted = sizing.model(name)
    return counted.rows, counted.width


def _digits(reported: str) -> int:
    return len(reported.partition(".")[2])


def _architectures() -> Mapping[str, Measurement]:
    return {name: _architecture(name, reported) for name, reported in ARCHITECTURE.items()}


def _architecture(name: str, reported: Mapping[str, int]) -> Measurement:
    if name == "GPT-3":
        return Measurement(
            f"width {GPT_3['width']:,}, {GPT_3['layers']} layers, as its paper gives them",
            passes=reported == {"width": GPT_3["width"], "layers": GPT_3["layers"]},
            numbers={"width": GPT_3["width"], "layers": GPT_3["layers"]},
            note="It has neither a public checkpoint nor a class to count.",
        )
    counted, config = sizing.model(name), sizing.configuration(name)
    ours: dict[str, float] = {"width": counted.width, "layers": counted.layers}
    shown = [f"table {counted.width:,} wide, layers {counted.hidden_width:,}", f"{counted.layers} layers"]
    if "total" in reported:
        ours |= {"total": counted.parameters / 1e9, "active": sizing.active_parameters(name) / 1e9}
        shown.append(f"{ours['total']:.1f} billion parameters, {ours['active']:.1f} billion active for a token")
    if "experts" in reported:
        ours |= {"query heads": counted.heads, "key-value heads": config.num_key_value_heads}
        ours["experts"] = config.num_local_experts
        shown.append(f"{counted.heads} query heads, {config.num_key_value_heads} key-value heads")
        shown.append(f"{config.num_local_experts} experts in {len(config.moe_layers)} of the layers")
    return Measurement(
        ", ".join(shown),
        passes=counted.width == counted.hidden_width and all(agrees(ours[k], str(v)) for k, v in reported.items()),
        numbers={key: round(value, 1) for key, value in ours.items()},
        note="Active leaves out the input table, of which a token takes one row." if "total" in reported else "",
    )


def _projections() -> Mapping[str, Measurement]:
    found = {}
    for name in ("ALBERT-base", "OPT-350M", "ELECTRA-small"):
        counted = sizing.model(name)
        both, full = counted.table + counted.width * counted.hidden_width, counted.rows * counted.hidden_width
        found[name] = Measurement(
            f"a table {counted.width} wide, layers {counted.hidden_width:,} wide: table and projection have "
            f"{human_count(both)} numbers, a table as wide as the layers {human_count(full)}, "
            f"{100 * (1 - both / full):.1f} % saved",
            passes=counted.width < counted.hidden_width,
            numbers={"width": counted.width, "hidden": counted.hidden_width, "numbers": both, "full": full},
            note="Its paper leaves the 512 out; the configuration class documents it." if name == "OPT-350M" else "",
        )
    found["GPT-3"] = Measurement(
        f"one width, {GPT_3['width']:,}, for the table and the layers",
        passes=CHAPTER["GPT-3"].width != GPT_3["width"],
        numbers={"width": CHAPTER["GPT-3"].width, "hidden": GPT_3["width"]},
        note="The chapter offers it as the example and gives the same width twice.",
    )
    return found


@dataclass(frozen=True)
class Stored:
    """How a table lies in its own file: the file's word for the dtype, the bits of a number, the bytes of the table."""

    dtype: str
    bits: float
    size: int


def stored(table: EmbeddingTable) -> Stored | None:
    """How a known table lies in its file, read from the file's own header; None for a table without a file.

    >>> from embedbook import tables
    >>> stored(tables.load("minilm"))
    Stored(dtype='F32', bits=32.0, size=46881792)
    """
    name = table.card.name
    if name == "glove":
        path = GLOVE_VECTORS.verified(name)
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        return Stored(array.dtype.name, 8.0 * array.dtype.itemsize, path.stat().st_size - array.offset)
    if name == "gemma":
        return _stored_in_gguf(table)
    if name not in ("minilm", "gpt2"):
        return None
    path = MINILM_WEIGHTS.verified(name) if name == "minilm" else GPT2_WEIGHTS.matrix(name).path
    if path == GPT2_WEIGHTS.slice_path:  # the table's bytes and nothing else, checked as F32 when they were fetched
        size = path.stat().st_size
        return Stored("F32", 8 * size / len(table) / table.dimensions, size)
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    entry = next(entry for key, entry in header.items() if key.endswith(("wte.weight", "word_embeddings.weight")))
    begin, end = entry["data_offsets"]
    return Stored(entry["dtype"], 8 * (end - begin) / len(table) / table.dimensions, end - begin)


GGML_TYPES: Mapping[int, str] = {0: "F32", 1: "F16", 8: "Q8_0", 30: "BF16"}
"""The dtypes of a table in a GGUF file, by the number that its header has for each (ggml.h)."""


def _stored_in_gguf(table: EmbeddingTable) -> Stored:
    """The header's entry on the table, and the bytes up to where its next entry's tensor begins."""
    model = gemma_model().stored
    with model.parts[0].open("rb") as file:
        header = file.read(model.offset)  # the table lies behind it
    place = header.rindex(b"token_embd.weight") + len(b"token_embd.weight")
    _, _, _, kind, begin = struct.unpack_from("<IQQIQ", header, place)  # axes, width, rows, type, place
    place += struct.calcsize("<IQQIQ")
    (name_length,) = struct.unpack_from("<Q", header, place)
    (axes,) = struct.unpack_from("<I", header, place + 8 + name_length)
    (end,) = struct.unpack_from("<Q", header, place + 8 + name_length + 4 + 8 * axes + 4)
    return Stored(GGML_TYPES[kind], 8 * (end - begin) / len(table) / table.dimensions, end - begin)


def _bytes_in_file(table: EmbeddingTable) -> Measurement:
    found = stored(table)
    if found is None:
        return Measurement("made in this session: there is no file to measure", passes=None)
    dtype = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}.get(found.dtype, found.dtype)
    expected = table_bytes(vocabulary_size=len(table), dimensions=table.dimensions, dtype=dtype)
    return Measurement(
        f"{len(table):,} × {table.dimensions} numbers in {dtype} should take {expected:,} bytes; the file has "
        f"{found.size:,}",
        passes=expected == found.size,
        numbers={"expected": expected, "bytes": found.size},
    )


def _worked_examples() -> Mapping[str, Measurement]:
    rows = {name: CHAPTER[name] for name in WORKED_EXAMPLES}
    ours = {
        name: (r.rows * r.width, table_bytes(vocabulary_size=r.rows, dimensions=r.width)) for name, r in rows.items()
    }
    right = sum(ours[name] == example for name, example in WORKED_EXAMPLES.items())
    return {
        "Arithmetic": Measurement(
            f"{right} of the chapter's {len(ours)} worked examples come out to the byte",
            passes=right == len(ours),
            numbers={"right": right, "examples": len(ours)},
        )
    }


def _dtype_of_file(table: EmbeddingTable) -> Measurement:
    found = stored(table)
    if found is None:
        return Measurement("made in this session: there is no file to read", passes=None)
    return Measurement(
        f"its file stores {code(found.dtype)}, {found.bits:g} bits a number",
        passes=None,
        numbers={"bits": found.bits},
    )


def _dtypes() -> Mapping[str, Measurement]:
    torch = _torch()
    sizes = {name: getattr(torch, name).itemsize for name in ("float32", "float16", "bfloat16", "int8")}
    return {
        "torch's dtypes": Measurement(
            ", ".join(f"{code(name)} takes {size} byte{'s' if size > 1 else ''}" for name, size in sizes.items()),
            passes=sizes["float32"] == 4 and sizes["float16"] == sizes["bfloat16"] == 2,
            numbers=sizes,
            condition="the sizes are as stated; how most models are stored, the few files of this book cannot say",
        )
    }


def _shares() -> Mapping[str, Measurement]:
    gpt2, maverick, gemma = map(sizing.model, ("GPT-2", "LLaMA 4 Maverick", "Gemma 3 270M"))
    size = 2 * maverick.parameters
    return {
        gpt2.name: Measurement(
            f"{gpt2.table:,} of {gpt2.parameters:,} parameters, {100 * gpt2.share:.1f} %",
            passes=agrees(100 * gpt2.share, "31") and agrees(gpt2.parameters / 1e6, "124"),
            numbers={"parameters": gpt2.parameters, "percent": round(100 * gpt2.share, 1)},
            note="Tied: the head is the table, so this is the share of both.",
        ),
        maverick.name: Measurement(
            f"{maverick.table:,} of {maverick.parameters:,} parameters, {100 * maverick.share:.2f} %, "
            f"{human_bytes(size)} in float16 for all",
            passes=agrees(100 * maverick.share, "0.26")
            and agrees(maverick.parameters / 1e9, "400")
            and agrees(size / 1e9, "800"),
            numbers={"parameters": maverick.parameters, "percent": round(100 * maverick.share, 2)},
            note=(
                f"Untied: the chapter's share is the input table alone. Table and head together are "
                f"{100 * maverick.share_with_head:.2f} %. The count is of the language model, without the vision part."
            ),
        ),
        gemma.name: Measurement(
            f"{gemma.table:,} of {gemma.parameters:,} parameters, {100 * gemma.share:.1f} %",
            passes=None,
            numbers={"parameters": gemma.parameters, "percent": round(100 * gemma.share, 1)},
            note="Tied. The chapter does not speak of it; it shows how far the share can go.",
        ),
    }


def _heads() -> Mapping[str, Measurement]:
    transformers = _transformers()
    gpt2 = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=50, n_positions=8, n_embd=8, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=0
        )
    )
    llama4 = transformers.Llama4ForCausalLM(
        transformers.Llama4TextConfig(
            vocab_size=50,
            hidden_size=8,
            intermediate_size=8,
            intermediate_size_mlp=8,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=4,
            num_local_experts=2,
            interleave_moe_layer_step=2,
        )
    )
    return {"GPT-2": _head(gpt2, expected=True), "LLaMA 4": _head(llama4, expected=False)}


def _head(model: Any, *, expected: bool) -> Measurement:
    table, head = model.get_input_embeddings().weight, model.get_output_embeddings()
    rows, width = table.shape
    shape = list(head.weight.shape)
    same = table.data_ptr() == head.weight.data_ptr()
    maps = (head.in_features, head.out_features) == (width, rows)
    return Measurement(
        f"in a small copy ({rows} tokens, {width} dimensions) the head turns {head.in_features} numbers into "
        f"{head.out_features} scores; its weight is stored as {shape} and lies "
        f"{'where the table lies' if same else 'in memory of its own'}",
        passes=maps and same == expected and shape in ([width, rows], [rows, width]),
        numbers={"tied": int(same), "weight_rows": shape[0], "weight_columns": shape[1]},
        condition=(
            "the head maps D numbers to V scores, and its weight is stored as [V, D], the table's own shape"
            if shape == [rows, width]
            else ""
        ),
    )


def _tying() -> Mapping[str, Measurement]:
    torch, transformers = _torch(), _transformers()
    found = {}
    for name in ("GPT-2", "LLaMA 4 Maverick", "Gemma 3 270M"):
        counts = {}
        for tied in (True, False):
            config = sizing.configuration(name)
            config.tie_word_embeddings = tied
            with torch.device("meta"):
                counts[tied] = sizing.count_parameters(getattr(transformers, sizing.ARCHITECTURES[name].causal)(config))
        saved, table = counts[False] - counts[True], sizing.model(name).table
        found[name] = Measurement(
            f"{counts[False]:,} parameters untied, {counts[True]:,} tied: {human_bytes(2 * saved)} less in float16, "
            f"{100 * saved / counts[False]:.{1 if saved / counts[False] > 0.01 else 2}f} %",
            passes=saved == table,
            numbers={"untied": counts[False], "tied": counts[True]},
            condition="the saving is exact; that tying works well is a published finding, not measured here",
        )
    return found


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("the check of dtypes and heads", BOOK_EXTRA) from error
    return torch


def _transformers() -> Any:
    try:
        import transformers
    except ImportError as error:
        raise MissingExtraError("the check of configurations", BOOK_EXTRA) from error
    return transformers


WITHIN_ONE_UNIT = "to as many digits as the chapter gives, within one unit; MB and GB are powers of ten"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="T2",
        page=PAGE,
        text="The tables of five production models hold these many numbers and take these many float16 bytes.",
        chapter_figure=(
            "GPT-2 38.6 million, 77 MB; Mistral 7B 131 million, 262 MB; GPT-3 617 million, 1.2 GB; "
            "DeepSeek-V3 917 million, 1.8 GB; LLaMA 4 Maverick 1.03 billion, 2.1 GB"
        ),
        quantity="Rows times columns by each configuration (GPT-3's width by its paper's table 2.1), and twice that.",
        rule=f"Numbers and bytes both agree, {WITHIN_ONE_UNIT}.",
        citations=("radford2019", "jiang2023", "brown2020", "deepseek2024", "meta2025", "wolf2020"),
        table_free=_sizes,
        lesson=(
            "The number in a model's name or report is a round one; the shape of the weight in its file is what you "
            "must make room for."
        ),
    ),
    Claim(
        id="L3",
        page=PAGE,
        text="In GPT-2, Mistral 7B and LLaMA 4 Maverick the table is as wide as the layers behind it.",
        chapter_figure=(
            "768, 4,096 and 5,120; layers 12 / 32 / 96 / 61 / 48; DeepSeek-V3 with 671 B parameters, 37 B of them "
            "active; Maverick with 40 query heads, 8 key-value heads, 128 experts"
        ),
        quantity=(
            "The width of table and layers, and every other figure that the chapter gives with the five models, read "
            "off the configurations and counted."
        ),
        rule="Both widths are equal and every figure agrees, billions to as many digits as the chapter gives.",
        citations=("radford2019", "jiang2023", "brown2020", "deepseek2024", "meta2025", "wolf2020"),
        table_free=_architectures,
    ),
    Claim(
        id="L4",
        page=PAGE,
        text="Some models have a narrower table and project its rows to the width of their layers; GPT-3 is one.",
        chapter_figure="GPT-3: a hidden dimension of 12,288 and a table [50,257 × 12,288]",
        quantity=(
            "The widths of table and layers, by the configurations and, for GPT-3, by table 2.1 of its paper; the "
            "numbers of a narrow table and the matrix of its projection, beside those of a wide table."
        ),
        rule="The two widths differ.",
        citations=("lan2020", "zhang2022", "clark2020", "brown2020", "wolf2020"),
        table_free=_projections,
        lesson="The idea is real and saves about half of a small model's table or more; GPT-3 does not use it.",
    ),
    Claim(
        id="Z1",
        page=PAGE,
        text="A table holds V × D numbers and takes V × D × bytes-per-number bytes.",
        chapter_figure="four worked examples, to the byte",
        quantity="The product, beside the bytes that each table takes in its own file, by the file's header.",
        rule="Equal to the byte, in every file and in every worked example.",
        per_table=_bytes_in_file,
        table_free=_worked_examples,
    ),
    Claim(
        id="Z2",
        page=PAGE,
        text="A float16 takes 2 bytes and a float32 takes 4, and models are mostly stored in 16 bits.",
        quantity="The bytes of torch's dtypes, and the dtype that each table's own file has.",
        rule=(
            "float32 has 4 bytes, float16 and bfloat16 have 2. The files are shown and do not vote: a few of them "
            "cannot decide what holds for most models, so that half stays a condition."
        ),
        per_table=_dtype_of_file,
        table_free=_dtypes,
        lesson=(
            "The sizes are exact; how a model is stored is up to whoever saved the file. Read it in the file's header."
        ),
    ),
    Claim(
        id="Z3",
        page=PAGE,
        text="The table is 31 % of GPT-2's parameters and 0.26 % of LLaMA 4 Maverick's.",
        chapter_figure="31 % of 124 million; 0.26 % of 400 billion, which take 800 GB in float16",
        quantity="The table's numbers over all parameters, counted on transformers' classes without their weights.",
        rule=f"Shares, parameters and bytes agree, {WITHIN_ONE_UNIT}.",
        citations=("radford2019", "meta2025", "wolf2020"),
        table_free=_shares,
        lesson="A small model can be a third table or more; a large one is almost all something else.",
    ),
    Claim(
        id="Z4",
        page=PAGE,
        text="The output head is D × V, the table turned around; GPT-2 shares the two, LLaMA 4 does not.",
        chapter_figure="[hidden_dimension × vocabulary_size]",
        quantity="The head's inputs, outputs and stored weight in a small copy of each model, and where both lie.",
        rule=(
            "The head maps D numbers to V scores; GPT-2's weight has the address of the table, LLaMA 4's has not. If "
            "the weight is stored as [D, V], it holds as it stands; if as [V, D], with that as a condition."
        ),
        citations=("press2017", "wolf2020"),
        table_free=_heads,
        lesson="The weight is stored row by token, like the table. That is why tying needs no transpose.",
    ),
    Claim(
        id="Z5",
        page=PAGE,
        text="Tying head and table saves a second matrix of that size and works well.",
        quantity="All parameters of a model built tied and untied.",
        rule=(
            "The difference is exactly V × D. That it works well would take training models both ways, which is not "
            "done here: where the difference is exact, that half stays a condition."
        ),
        citations=("press2017", "inan2017"),
        table_free=_tying,
        lesson=(
            "It saves the table's share of the untied model: over a third of Gemma 3 270M, about a quarter of GPT-2, "
            "next to nothing of Maverick. Its share of the tied model is larger, because that model is smaller."
        ),
    ),
)
