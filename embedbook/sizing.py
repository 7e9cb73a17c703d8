"""How large a table is: numbers, bytes, its share of a model, and how little of it a lookup touches.

MB and GB are powers of ten. The sizes of production models are counted on transformers' own classes, built on torch's
meta device, which knows every shape and holds no number: so a model of 400 billion parameters fits in a notebook.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from embedbook.tables import MissingExtraError


@dataclass(frozen=True)
class Storage:
    """How a dtype is laid out: ``numbers`` of a row share a block of ``size`` bytes (1 for a plain dtype)."""

    numbers: int
    size: int


DTYPES: Mapping[str, Storage] = {
    "float32": Storage(1, 4),
    "float16": Storage(1, 2),
    "bfloat16": Storage(1, 2),
    "int8": Storage(1, 1),
    "int4": Storage(2, 1),
    "Q8_0": Storage(32, 34),
}
"""Q8_0 is the block of GGUF files, one float16 scale and 32 int8 codes (see ``tables.q8_0``). int8 and int4 are the
codes alone: where their scales lie is up to whoever stores them."""

WITHOUT_SCALES = ("int8", "int4")
"""The dtypes of which only the codes are counted."""

SMAPS = Path("/proc/self/smaps")
"""Where Linux tells what a process has in memory."""


def row_bytes(*, dimensions: int, dtype: str = "float16") -> int:
    """The bytes of one row of D numbers; a row begins with a block of its own.

    Raises ValueError for an unknown dtype or less than one dimension.

    >>> row_bytes(dimensions=5_120), row_bytes(dimensions=640, dtype="Q8_0")
    (10240, 680)
    """
    if dtype not in DTYPES:
        raise ValueError(f"no dtype is called {dtype!r}; known: {', '.join(DTYPES)}")
    if dimensions < 1:
        raise ValueError(f"a row has 1 dimension or more, got {dimensions}")
    storage = DTYPES[dtype]
    return -(-dimensions // storage.numbers) * storage.size


def table_bytes(*, vocabulary_size: int, dimensions: int, dtype: str = "float16") -> int:
    """The bytes of a table [V, D].

    Raises ValueError for an unknown dtype, less than one row or less than one dimension.

    >>> table_bytes(vocabulary_size=202_048, dimensions=5_120, dtype="float16")
    2068971520
    """
    if vocabulary_size < 1:
        raise ValueError(f"a table has 1 row or more, got {vocabulary_size}")
    return vocabulary_size * row_bytes(dimensions=dimensions, dtype=dtype)


def human_bytes(count: float) -> str:
    """Bytes with three digits, in powers of ten.

    >>> human_bytes(680), human_bytes(77_194_752), human_bytes(2_068_971_520)
    ('680 bytes', '77.2 MB', '2.07 GB')
    """
    return _scaled(count, ("bytes", "kB", "MB", "GB", "TB"))


def human_count(count: float) -> str:
    """A number of numbers with three digits, in words.

    >>> human_count(640), human_count(38_597_376), human_count(400_711_848_960)
    ('640', '38.6 million', '401 billion')
    """
    return _scaled(count, ("", "thousand", "million", "billion", "trillion")).strip()


def _scaled(count: float, units: tuple[str, ...]) -> str:
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(units) - 1:
        value, unit = value / 1_000, unit + 1
    decimals = 0 if unit == 0 or value >= 99.95 else 1 if value >= 9.995 else 2
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{rounded} {units[unit]}"


# ---------------------------------------------------------------- production models


@dataclass(frozen=True)
class Architecture:
    """Which class of transformers a model is, and the arguments that make it this model.

    ``causal`` is the class with the output head, ``source`` a key of the bibliography: the paper or announcement. What
    that leaves out (Maverick's widths, OPT-350M's 512) is as in the released checkpoint's configuration.
    """

    configuration: str
    causal: str
    source: str
    arguments: Mapping[str, Any]


ARCHITECTURES: Mapping[str, Architecture] = {
    "GPT-2": Architecture(
        "GPT2Config",
        "GPT2LMHeadModel",
        "radford2019",
        {"vocab_size": 50_257, "n_positions": 1_024, "n_embd": 768, "n_layer": 12, "n_head": 12},
    ),
    "Mistral 7B": Architecture(
        "MistralConfig",
        "MistralForCausalLM",
        "jiang2023",
        {
            "vocab_size": 32_000,
            "hidden_size": 4_096,
            "intermediate_size": 14_336,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
        },
    ),
    "DeepSeek-V3": Architecture(
        "DeepseekV3Config",
        "DeepseekV3ForCausalLM",
        "deepseek2024",
        {
            "vocab_size": 129_280,
            "hidden_size": 7_168,
            "intermediate_size": 18_432,
            "moe_intermediate_size": 2_048,
            "num_hidden_layers": 61,
            "first_k_dense_replace": 3,
            "num_attention_heads": 128,
            "num_key_value_heads": 128,
            "n_routed_experts": 256,
            "n_shared_experts": 1,
            "num_experts_per_tok": 8,
            "q_lora_rank": 1_536,
            "kv_lora_rank": 512,
            "qk_nope_head_dim": 128,
            "qk_rope_head_dim": 64,
            "v_head_dim": 128,
        },
    ),
    "LLaMA 4 Maverick": Architecture(
        "Llama4TextConfig",
        "Llama4ForCausalLM",
        "meta2025",
        {
            "vocab_size": 202_048,
            "hidden_size": 5_120,
            "intermediate_size": 8_192,
            "intermediate_size_mlp": 16_384,
            "num_hidden_layers": 48,
            "num_attention_heads": 40,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "num_local_experts": 128,
            "interleave_moe_layer_step": 2,
            "num_experts_per_tok": 1,
        },
    ),
    "Gemma 3 270M": Architecture(
        "Gemma3TextConfig",
        "Gemma3ForCausalLM",
        "gemma2025",
        {
            "vocab_size": 262_144,
            "hidden_size": 640,
            "intermediate_size": 2_048,
            "num_hidden_layers": 18,
            "num_attention_heads": 4,
            "num_key_value_heads": 1,
            "head_dim": 256,
        },
    ),
    "ALBERT-base": Architecture(
        "AlbertConfig",
        "AlbertForMaskedLM",
        "lan2020",
        {
            "vocab_size": 30_000,
            "embedding_size": 128,
            "hidden_size": 768,
            "intermediate_size": 3_072,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
        },
    ),
    "OPT-350M": Architecture(
        "OPTConfig",
        "OPTForCausalLM",
        "zhang2022",
        {
            "vocab_size": 50_272,
            "word_embed_proj_dim": 512,
            "hidden_size": 1_024,
            "ffn_dim": 4_096,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "do_layer_norm_before": False,
        },
    ),
    "ELECTRA-small": Architecture(
        "ElectraConfig",
        "ElectraForMaskedLM",
        "clark2020",
        {
            "vocab_size": 30_522,
            "embedding_size": 128,
            "hidden_size": 256,
            "intermediate_size": 1_024,
            "num_hidden_layers": 12,
            "num_attention_heads": 4,
        },
    ),
}
"""Every argument that a size hangs on is set here: some of the classes' defaults are other models. Llama4TextConfig by
itself is LLaMA 4 Scout (16 experts in every layer), AlbertConfig ALBERT-xxlarge."""


@dataclass(frozen=True)
class ModelSize:
    """What the model of that name holds, in numbers.

    ``rows`` and ``width`` are V and D of the table, ``hidden_width`` that of the layers behind it; ``head_shape`` the
    shape of the output head's weight as torch stores it, ``tied`` whether it is the table itself; ``parameters`` all
    numbers of the model, each matrix once.
    """

    name: str
    rows: int
    width: int
    hidden_width: int
    layers: int
    heads: int
    head_shape: tuple[int, int]
    tied: bool
    parameters: int

    @property
    def table(self) -> int:
        """The numbers of the table: V times D."""
        return self.rows * self.width

    @property
    def share(self) -> float:
        """The table's part of all parameters, the head left out where it is a matrix of its own."""
        return self.table / self.parameters

    @property
    def share_with_head(self) -> float:
        """The part of table and head together; a tied head is the table and counts once."""
        return self.share if self.tied else (self.table + self.head_shape[0] * self.head_shape[1]) / self.parameters

    @property
    def rest(self) -> int:
        """All parameters but the table's and the head's."""
        return self.parameters - self.table - (0 if self.tied else self.head_shape[0] * self.head_shape[1])


def models() -> tuple[str, ...]:
    """The names that ``model`` knows.

    >>> models()[0]
    'GPT-2'
    """
    return tuple(ARCHITECTURES)


def configuration(name: str) -> Any:
    """The model's configuration, an object of transformers. Raises ValueError, MissingExtraError.

    >>> configuration("GPT-2").n_embd
    768
    """
    if name not in ARCHITECTURES:
        raise ValueError(f"no model is called {name!r}; known: {', '.join(ARCHITECTURES)}")
    architecture = ARCHITECTURES[name]
    _, transformers = _libraries()
    return getattr(transformers, architecture.configuration)(**architecture.arguments)


def on_meta_device(name: str) -> Any:
    """The model with its output head, on torch's meta device: all shapes, no numbers. Raises as ``configuration``.

    >>> on_meta_device("GPT-2").lm_head.weight.shape
    torch.Size([50257, 768])
    """
    config = configuration(name)
    torch, transformers = _libraries()
    with torch.device("meta"):
        return getattr(transformers, ARCHITECTURES[name].causal)(config)


def count_parameters(model: Any) -> int:
    """All numbers of a torch module, a matrix that is used twice counted once.

    >>> count_parameters(on_meta_device("GPT-2"))
    124439808
    """
    return sum(int(parameter.numel()) for parameter in model.parameters())


def active_parameters(name: str) -> int:
    """The numbers that one token passes through: all but the experts that it is not sent to and the table, of which a
    lookup takes a row. Raises as ``configuration``.

    >>> active_parameters("GPT-2") == model("GPT-2").rest + model("GPT-2").table  # tied: the head is passed through
    True
    """
    built = on_meta_device(name)
    config, counted = built.config, model(name)
    experts = int(getattr(config, "n_routed_experts", 0) or getattr(config, "num_local_experts", 0))
    if not experts:
        return counted.parameters - (0 if counted.tied else counted.table)
    routed = sum(int(parameter.numel()) for path, parameter in built.named_parameters() if ".experts." in path)
    return counted.parameters - counted.table - routed // experts * (experts - int(config.num_experts_per_tok))


@cache
def model(name: str) -> ModelSize:
    """The sizes of a production model, counted on the meta device. Raises as ``configuration``.

    >>> gpt2 = model("GPT-2")
    >>> gpt2.parameters, round(gpt2.share, 2)
    (124439808, 0.31)
    """
    built = on_meta_device(name)
    table, head = built.get_input_embeddings().weight, built.get_output_embeddings().weight
    rows, width = table.shape
    return ModelSize(
        name=name,
        rows=rows,
        width=width,
        hidden_width=built.config.hidden_size,
        layers=built.config.num_hidden_layers,
        heads=built.config.num_attention_heads,
        head_shape=tuple(head.shape),
        tied=head is table,
        parameters=count_parameters(built),
    )


def _libraries() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtraError("counting a production model", "pip install torch transformers") from error
    return torch, transformers


# ---------------------------------------------------------------- what a lookup touches


def bytes_on_disk(path: Path) -> int | None:
    """The bytes that a file takes on its disk, fewer than its length if it has holes; None where that is not told."""
    blocks = getattr(path.stat(), "st_blocks", None)
    return None if blocks is None else int(blocks) * 512


def bytes_in_memory(path: Path) -> int | None:
    """The bytes of a file that this process has in memory through its memory maps; None where that is not told.

    Linux tells it in ``/proc/self/smaps``: every map with its file's name, and "Rss", the kilobytes that were touched.
    """
    if not SMAPS.exists():
        return None
    kilobytes, counting = 0, False
    for line in SMAPS.read_text(errors="replace").splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            counting = line.endswith(f" {path.resolve()}")
        elif counting and line.startswith("Rss:"):
            kilobytes += int(line.split()[1])
    return kilobytes * 1_024
