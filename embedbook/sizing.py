"""How large a table is: numbers, bytes, its share of a model, and how little of it a lookup touches.

MB and GB are powers of ten. The sizes of production models are counted on transformers' own classes, built on torch's
meta device, which knows every shape and holds no number: so a model of 400 billion parameters fits in a notebook.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any, SupportsIndex

from embedbook import lists
from embedbook.tables.errors import as_path, library, whole
from embedbook.tables.table import as_numbers


@dataclass(frozen=True)
class Storage:
    """How a dtype is laid out: ``numbers`` of a row share a block of ``size`` bytes."""

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
"""Q8_0 is the block of GGUF files, one float16 scale and 32 int8 codes. int8 and int4 are the codes alone: where their
scales lie is up to whoever stores them."""

WITHOUT_SCALES = ("int8", "int4")
"""The dtypes of which only the codes are counted."""


def row_bytes(*, dimensions: SupportsIndex, dtype: str = "float16") -> int:
    """The bytes of one row of D numbers; a row begins with a block of its own.

    Raises ValueError for an unknown dtype or less than one dimension, TypeError for a number that is not whole.

    >>> row_bytes(dimensions=5_120), row_bytes(dimensions=640, dtype="Q8_0")
    (10240, 680)
    """
    if dtype not in tuple(DTYPES):
        raise ValueError(f"no dtype is called {dtype!r}; known: {', '.join(DTYPES)}")
    storage = DTYPES[dtype]
    return -(-whole(dimensions, "dimensions", least=1) // storage.numbers) * storage.size


def table_bytes(*, vocabulary_size: SupportsIndex, dimensions: SupportsIndex, dtype: str = "float16") -> int:
    """The bytes of a table [V, D].

    Raises as :func:`row_bytes`, and ValueError for less than one row.

    >>> table_bytes(vocabulary_size=202_048, dimensions=5_120, dtype="float16")
    2068971520
    """
    return whole(vocabulary_size, "vocabulary_size", least=1) * row_bytes(dimensions=dimensions, dtype=dtype)


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
    value, unit = float(as_numbers(count, "a number")), 0
    if not isfinite(value):
        raise ValueError(f"expected a number that is finite, got {count}")
    while value >= 999.5 and unit < len(units) - 1:
        value, unit = value / 1_000, unit + 1
    decimals = 0 if unit == 0 or value >= 99.95 else 1 if value >= 9.995 else 2
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{rounded} {units[unit]}"


# ---------------------------------------------------------------- production models

ARCHITECTURES: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    Path(lists.__file__).with_name("models.toml").read_text(encoding="utf-8")
)
"""By model: ``configuration`` and ``causal``, classes of transformers, ``source``, a key of the bibliography, and
``arguments``."""


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
    def rest(self) -> int:
        """All parameters but the table's and the head's; a tied head is the table and counts once."""
        return self.parameters - self.table - (0 if self.tied else self.head_shape[0] * self.head_shape[1])

    @property
    def share(self) -> float:
        """The table's part of all parameters, the head left out where it is a matrix of its own."""
        return self.table / self.parameters

    @property
    def share_with_head(self) -> float:
        """The part of table and head together."""
        return (self.parameters - self.rest) / self.parameters


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
    return getattr(_libraries()[1], architecture["configuration"])(**architecture["arguments"])


def on_meta_device(name: str) -> Any:
    """The model with its output head, on torch's meta device: all shapes, no numbers. Raises as ``configuration``.

    >>> on_meta_device("GPT-2").lm_head.weight.shape
    torch.Size([50257, 768])
    """
    config = configuration(name)
    torch, transformers = _libraries()
    with torch.device("meta"):
        return getattr(transformers, ARCHITECTURES[name]["causal"])(config)


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
    built, counted = on_meta_device(name), model(name)
    experts = int(getattr(built.config, "n_routed_experts", 0) or getattr(built.config, "num_local_experts", 0))
    if not experts:
        return counted.parameters - (0 if counted.tied else counted.table)
    routed = sum(int(parameter.numel()) for path, parameter in built.named_parameters() if ".experts." in path)
    return counted.parameters - counted.table - routed // experts * (experts - int(built.config.num_experts_per_tok))


@cache
def model(name: str) -> ModelSize:
    """The sizes of a production model, counted on the meta device. Raises as ``configuration``.

    >>> gpt2 = model("GPT-2")
    >>> gpt2.parameters, round(gpt2.share, 2)
    (124439808, 0.31)
    """
    built = on_meta_device(name)
    table, head, config = built.get_input_embeddings().weight, built.get_output_embeddings().weight, built.config
    return ModelSize(
        name=name,
        rows=table.shape[0],
        width=table.shape[1],
        hidden_width=config.hidden_size,
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        head_shape=tuple(head.shape),
        tied=head is table,
        parameters=count_parameters(built),
    )


def _libraries() -> tuple[Any, Any]:
    needs = ("counting a production model", "pip install torch transformers")
    return library("torch", *needs), library("transformers", *needs)


# ---------------------------------------------------------------- what a lookup touches


def bytes_in_memory(path: Path) -> int | None:
    """The bytes of a file that this process has in memory through its memory maps; None where that is not told."""
    try:
        import psutil  # type: ignore[import-untyped]  # ipykernel brings it

        maps = psutil.Process().memory_maps()
    except (ImportError, AttributeError):  # macOS does not tell
        return None
    return sum(int(each.rss) for each in maps if each.path == str(as_path(path).resolve()))
