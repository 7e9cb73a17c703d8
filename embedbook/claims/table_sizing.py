"""Claims of page 06: how large tables are, what part of a model they make up, and when the head is the same matrix."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from embedbook import sizing
from embedbook.claims.ledger import Limits, Measurement, Page, Silence
from embedbook.claims.wording import code, listing
from embedbook.sizing import human_bytes, human_count, table_bytes
from embedbook.tables import EmbeddingTable

PAGE = Page(__file__)
UNITS = {"": 1.0, "%": 0.01, "million": 1e6, "billion": 1e9, "B": 1e9, "MB": 1e6, "GB": 1e9}

STORED_AS_THE_TABLE = "the head maps D numbers to V scores, and its weight is stored as [V, D], the table's own shape"
NO_FILE = "it has no file in which each number takes as many bits"


def agrees(ours: float, reported: str) -> bool:
    """Ours, rounded to as many digits as the chapter gives, lies within one unit of its last digit.

    >>> agrees(617_558_016, "617 million"), agrees(926_679_040, "917 million"), agrees(1.2351, "1.2")
    (True, False, True)
    """
    figure, digits, unit = _read(reported)
    return bool(round(abs(round(ours / unit, digits) - figure), digits) <= 10.0**-digits)


def _read(reported: str) -> tuple[float, int, float]:
    """A figure, the digits after its point, and its unit."""
    figure = reported.rstrip("% BGMbilmno")
    return float(figure), len(figure.partition(".")[2]), UNITS[reported.removeprefix(figure).strip()]


@PAGE.table_free("T2")
def sizes(limits: Limits) -> Mapping[str, Measurement[None]]:
    return {name: _size(name, limits) for name in limits.reported}


def _size(name: str, limits: Limits) -> Measurement[None]:
    reported, counted = limits.reported[name], None if name == "GPT-3" else sizing.model(name)
    rows, width = (counted.rows, counted.width) if counted else (limits.gpt_3["rows"], limits.gpt_3["width"])
    numbers, size = rows * width, table_bytes(vocabulary_size=rows, dimensions=width)
    figure, digits, unit = _read(reported["numbers"])
    rounded = round(numbers / unit, digits)
    note = ""
    if (rows, width) != (reported["rows"], reported["width"]):
        note = (
            f"The chapter has {reported['rows']:,} rows: the technical report speaks of 128K tokens, the released "
            f"configuration of {rows:,}, {rows - reported['rows']:,} more."
        )
    elif rounded != figure:
        note = f"Rounded it is {rounded:g} {reported['numbers'].split()[1]}; the chapter cuts the rest off."
    return Measurement(
        f"{rows:,} × {width:,} = {numbers:,} numbers, {size:,} bytes in float16 ({human_bytes(size)})",
        passes=agrees(numbers, reported["numbers"]) and agrees(size, reported["size"]),
        note=note,
    )


@PAGE.table_free("L3")
def architectures(limits: Limits) -> Mapping[str, Measurement[None]]:
    return {name: _architecture(name, reported, limits.gpt_3) for name, reported in limits.figures.items()}


def _architecture(name: str, reported: Mapping[str, Any], gpt_3: Mapping[str, int]) -> Measurement[None]:
    if name == "GPT-3":
        return Measurement(
            f"width {gpt_3['width']:,}, {gpt_3['layers']} layers, as its paper gives them",
            passes=reported == {"width": gpt_3["width"], "layers": gpt_3["layers"]},
            note="It has neither a public checkpoint nor a class to count.",
        )
    counted, config = sizing.model(name), sizing.configuration(name)
    ours: dict[str, Any] = {"width": counted.width, "layers": counted.layers}
    shown = [f"table {counted.width:,} wide, layers {counted.hidden_width:,}", f"{counted.layers} layers"]
    if "total" in reported:
        ours |= {"total": counted.parameters, "active": sizing.active_parameters(name)}
        total, active = (f"{ours[key] / 1e9:.1f} billion" for key in ("total", "active"))
        shown.append(f"{total} parameters, {active} active for a token")
    if "experts" in reported:
        ours |= {"query_heads": counted.heads, "key_value_heads": config.num_key_value_heads}
        ours["experts"] = config.num_local_experts
        shown.append(f"{counted.heads} query heads, {config.num_key_value_heads} key-value heads")
        shown.append(f"{config.num_local_experts} experts in {len(config.moe_layers)} of the layers")
    return Measurement(
        ", ".join(shown),
        passes=counted.width == counted.hidden_width and all(agrees(ours[key], str(reported[key])) for key in reported),
        note=(
            "Active leaves out the input table, of which a token takes one row. DeepSeek's own notes give 36.7 "
            "billion, table and head counted in."
        )
        if "total" in reported
        else "",
    )


@PAGE.table_free("L4")
def projections(limits: Limits) -> Mapping[str, Measurement[None]]:
    found: dict[str, Measurement[None]] = {}
    for name in ("ALBERT-base", "OPT-350M", "ELECTRA-small"):
        counted = sizing.model(name)
        both, full = counted.table + counted.width * counted.hidden_width, counted.rows * counted.hidden_width
        found[name] = Measurement(
            f"a table {counted.width} wide, layers {counted.hidden_width:,} wide: table and projection have "
            f"{human_count(both)} numbers, a table as wide as the layers {human_count(full)}, "
            f"{100 * (1 - both / full):.1f} % saved",
            passes=counted.width < counted.hidden_width,
            note="Its paper leaves the 512 out; the configuration class documents it." if name == "OPT-350M" else "",
        )
    width, hidden = limits.reported["GPT-3"]["width"], limits.gpt_3["width"]
    found["GPT-3"] = Measurement(
        f"one width, {hidden:,}, for the table and the layers",
        passes=width != hidden,
        note="The chapter offers it as the example and gives the same width twice.",
    )
    return found


@PAGE.per_table("Z1")
def bytes_in_file(table: EmbeddingTable, _: Limits) -> Measurement[None]:
    stored, size = table.card.dtype, table.card.file_bytes
    if not size:
        raise Silence(NO_FILE)
    dtype = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}.get(stored, stored)
    if dtype not in sizing.DTYPES:
        raise Silence(f"its file stores {code(stored)}, and how many bytes that takes is not known here")
    expected = table_bytes(vocabulary_size=len(table), dimensions=table.dimensions, dtype=dtype)
    return Measurement(
        f"{len(table):,} × {table.dimensions} numbers in {dtype} should take {expected:,} bytes; the file has {size:,}",
        passes=expected == size,
    )


@PAGE.table_free("Z1")
def worked_examples(limits: Limits) -> Mapping[str, Measurement[None]]:
    shapes = {name: (limits.reported[name]["rows"], limits.reported[name]["width"]) for name in limits.examples}
    right = sum(
        [rows * width, table_bytes(vocabulary_size=rows, dimensions=width)] == limits.examples[name]
        for name, (rows, width) in shapes.items()
    )
    value = f"{right} of the chapter's {len(shapes)} worked examples come out to the byte"
    return {"Arithmetic": Measurement(value, passes=right == len(shapes))}


@PAGE.per_table("Z2")
def dtype_of_file(table: EmbeddingTable, _: Limits) -> Measurement[None]:
    if not table.card.file_bytes:
        raise Silence(NO_FILE)
    bits = 8 * table.card.file_bytes / len(table) / table.dimensions
    return Measurement(f"its file stores {code(table.card.dtype)}, {bits:g} bits a number", passes=None)


@PAGE.table_free("Z2")
def dtypes(limits: Limits) -> Mapping[str, Measurement[None]]:
    import torch

    found = {name: getattr(torch, name).itemsize for name in (*limits.sizes, "int8")}
    return {
        "torch's dtypes": Measurement(
            ", ".join(f"{code(name)} takes {size} byte{'s' if size > 1 else ''}" for name, size in found.items()),
            passes=found.items() >= limits.sizes.items(),
            condition="as to the bytes; how most models are stored is not checkable here",
        )
    }


@PAGE.table_free("Z3")
def shares(limits: Limits) -> Mapping[str, Measurement[None]]:
    notes = {
        "GPT-2": "Tied: the head is the table, so this is the share of both.",
        "LLaMA 4 Maverick": (
            "Untied: the chapter's share is the input table alone. Table and head together are "
            f"{100 * sizing.model('LLaMA 4 Maverick').share_with_head:.2f} %. The count is of the language model, "
            "without the vision part."
        ),
        "Gemma 3 270M": "Tied. The chapter does not speak of it; it shows how far the share can go.",
    }
    return {name: _share(name, limits.shares.get(name), note) for name, note in notes.items()}


def _share(name: str, reported: Mapping[str, str] | None, note: str) -> Measurement[None]:
    counted = sizing.model(name)
    digits = 1 if counted.share > 0.01 else 2
    ours = {"share": counted.share, "parameters": counted.parameters, "size": 2 * counted.parameters}
    in_all = f", {human_bytes(ours['size'])} in float16 for all" if reported and "size" in reported else ""
    return Measurement(
        f"{counted.table:,} of {counted.parameters:,} parameters, {100 * counted.share:.{digits}f} %{in_all}",
        passes=all(agrees(ours[key], figure) for key, figure in reported.items()) if reported else None,
        note=note,
    )


@PAGE.table_free("Z4")
def heads(_: Limits) -> Mapping[str, Measurement[None]]:
    import transformers

    small: dict[str, Any] = {"num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 50, "hidden_size": 8}
    gpt2 = transformers.GPT2Config(**small, n_positions=8, bos_token_id=0, eos_token_id=0)
    more: dict[str, Any] = {"intermediate_size": 8, "intermediate_size_mlp": 8, "num_key_value_heads": 1, "head_dim": 4}
    llama4 = transformers.Llama4TextConfig(**small, **more, num_local_experts=2, interleave_moe_layer_step=2)
    return {
        "GPT-2": head(transformers.GPT2LMHeadModel(gpt2), expected=True),
        "LLaMA 4": head(transformers.Llama4ForCausalLM(llama4), expected=False),
    }


def head(model: Any, *, expected: bool) -> Measurement[None]:
    """How a model's output head maps and lies, and whether it shares the table's memory as expected."""
    table, out = model.get_input_embeddings().weight, model.get_output_embeddings()
    (rows, width), shape = table.shape, tuple(out.weight.shape)
    same = table.data_ptr() == out.weight.data_ptr()
    maps = (out.in_features, out.out_features) == (width, rows)
    return Measurement(
        f"in a small copy ({rows} tokens, {width} dimensions) the head turns {out.in_features} numbers into "
        f"{out.out_features} scores; its weight is stored as {list(shape)} and lies "
        f"{'where the table lies' if same else 'in memory of its own'}",
        passes=maps and same == expected and shape in ((width, rows), (rows, width)),
        condition=STORED_AS_THE_TABLE if shape == (rows, width) else "",
    )


@PAGE.table_free("Z5")
def tying(_: Limits) -> Mapping[str, Measurement[None]]:
    import torch
    import transformers

    found: dict[str, Measurement[None]] = {}
    for name in ("GPT-2", "LLaMA 4 Maverick", "Gemma 3 270M"):
        config, counts = sizing.configuration(name), []
        for tied in (True, False):
            config.tie_word_embeddings = tied
            with torch.device("meta"):
                built = getattr(transformers, sizing.ARCHITECTURES[name]["causal"])(config)
            counts.append(sizing.count_parameters(built))
        with_one, with_two = counts
        saved = with_two - with_one
        found[name] = Measurement(
            f"{with_two:,} parameters untied, {with_one:,} tied: {human_bytes(2 * saved)} less in float16, "
            f"{100 * saved / with_two:.{1 if saved / with_two > 0.01 else 2}f} %",
            passes=saved == sizing.model(name).table,
            condition="as to the saving; that it works well is not measured here",
        )
    return found


@PAGE.table_free("Z8")
def documented(limits: Limits) -> Mapping[str, Measurement[None]]:
    """What the installed documentation says of the argument, its line breaks read as spaces."""
    import transformers

    text = " ".join((transformers.Llama4TextConfig.__doc__ or "").split())
    found = re.search(rf"{limits.argument} \(`int`[^)]*\): ([^.]*\.)", text)
    said = f"{found[1]!r}" if found else "nothing that could be found"
    return {
        f"transformers {transformers.__version__}": Measurement(
            f"of {code(limits.argument)} the documentation says {said}",
            passes=found[1].rstrip(".").lower() == limits.quoted.lower() if found else None,
        )
    }


@PAGE.table_free("Z7")
def released(limits: Limits) -> Mapping[str, Measurement[None]]:
    return {"First read": Measurement(f"cited: {listing([f'{m} {d}' for m, d in limits.dates.items()])}", passes=None)}
