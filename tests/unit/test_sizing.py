"""Sizes against arithmetic by hand, published counts, torch's and gguf's own constants, and Linux's own bookkeeping."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from embedbook import sizing, tables
from embedbook.tables import TableFormatError, q8_0
from embedbook.tables.mapping import MappedMatrix


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
        ],
    )
    def test_a_table(self, rows: int, dimensions: int, dtype: str, expected: int):
        assert sizing.table_bytes(vocabulary_size=rows, dimensions=dimensions, dtype=dtype) == expected

    def test_plain_dtypes_are_torchs(self):
        for name in ("float32", "float16", "bfloat16", "int8"):
            assert sizing.DTYPES[name] == sizing.Storage(1, getattr(torch, name).itemsize)

    def test_a_block_is_ggufs(self):
        numbers, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType.Q8_0]
        assert sizing.DTYPES["Q8_0"] == sizing.Storage(numbers, size)

    @given(st.integers(1, 10**6), st.integers(1, 20_000), st.sampled_from(list(sizing.DTYPES)))
    def test_a_table_is_its_rows(self, rows: int, dimensions: int, dtype: str):
        one = sizing.row_bytes(dimensions=dimensions, dtype=dtype)
        assert sizing.table_bytes(vocabulary_size=rows, dimensions=dimensions, dtype=dtype) == rows * one
        assert one <= sizing.row_bytes(dimensions=dimensions + 1, dtype=dtype)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"vocabulary_size": 0, "dimensions": 1},
            {"vocabulary_size": 1, "dimensions": 0},
            {"vocabulary_size": 1, "dimensions": 1, "dtype": "float8"},
        ],
    )
    def test_what_cannot_be_is_an_error(self, wrong: dict):
        with pytest.raises(ValueError, match=r"1 row|1 dimension|float32, float16"):
            sizing.table_bytes(**wrong)


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

    def test_counts_are_words(self):
        assert [sizing.human_count(n) for n in (5, 1_034_485_760, 671_026_404_352)] == [
            "5",
            "1.03 billion",
            "671 billion",
        ]


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
        ("name", "expected"),
        [
            ("GPT-2", gpt2_by_hand()),
            ("Mistral 7B", mistral_by_hand()),
            ("LLaMA 4 Maverick", maverick_by_hand()),
            ("DeepSeek-V3", deepseek_by_hand()),
        ],
    )
    def test_counts_by_hand(self, name: str, expected: int):
        """From the papers' own figures, matrix by matrix."""
        assert sizing.model(name).parameters == expected

    @pytest.mark.parametrize(
        ("name", "published"),
        [
            ("GPT-2", 124e6),  # the size that the repository of GPT-2 states
            ("Mistral 7B", 7.24e9),  # the number on the checkpoint's page
            ("DeepSeek-V3", 671e9),  # the report's abstract
            ("LLaMA 4 Maverick", 400e9),  # Meta's announcement
            ("ALBERT-base", 12e6),  # table 1 of the paper
            ("ELECTRA-small", 14e6),  # table 1 of the paper
            ("OPT-350M", 331e6),  # the number on the checkpoint's page
            ("Gemma 3 270M", 268e6),  # the number on the checkpoint's page
        ],
    )
    def test_published_totals(self, name: str, published: float):
        digits = 0.07 if published < 20e6 else 0.005  # papers give ALBERT and ELECTRA two digits
        assert sizing.model(name).parameters == pytest.approx(published, rel=digits)

    def test_active_parameters(self):
        """36.6 billion by DeepSeek's README_WEIGHTS, without the input table; 17 by Meta, who count it."""
        assert sizing.active_parameters("DeepSeek-V3") == pytest.approx(36.6e9, abs=0.05e9)
        maverick = sizing.active_parameters("LLaMA 4 Maverick") + sizing.model("LLaMA 4 Maverick").table
        assert maverick == pytest.approx(17e9, abs=0.5e9)

    def test_a_model_without_experts_is_active_whole(self):
        mistral = sizing.model("Mistral 7B")
        assert sizing.active_parameters("Mistral 7B") == mistral.parameters - mistral.table

    def test_the_meta_device_counts_what_a_real_model_holds(self):
        """On a model with weights: minilm's, counted by transformers itself."""
        folder = tables.model_folder("minilm")
        real = transformers.AutoModel.from_pretrained(folder)
        with torch.device("meta"):
            ghost = transformers.AutoModel.from_config(transformers.AutoConfig.from_pretrained(folder))
        assert sizing.count_parameters(ghost) == sizing.count_parameters(real) == real.num_parameters() == 22_713_216

    @pytest.mark.parametrize("name", sizing.models())
    def test_parts_add_up(self, name: str):
        size = sizing.model(name)
        assert size.head_shape == (size.rows, size.width)
        assert size.rest + size.table * (1 if size.tied else 2) == size.parameters
        assert size.share_with_head == pytest.approx(size.share * (1 if size.tied else 2))

    def test_the_defaults_of_two_classes_are_other_models(self):
        """Why the arguments are all set: by default Llama4TextConfig is Scout, AlbertConfig ALBERT-xxlarge."""
        llama4, albert = transformers.Llama4TextConfig(), transformers.AlbertConfig()
        assert (llama4.num_local_experts, len(llama4.moe_layers)) == (16, 48)
        assert albert.hidden_size == 4_096
        maverick = sizing.configuration("LLaMA 4 Maverick")
        assert maverick.moe_layers == list(range(1, 48, 2))  # every second layer

    def test_the_gguf_file_agrees_on_gemma(self):
        """What the converted file holds was read from GGUF; the class was filled from the report."""
        config = transformers.AutoConfig.from_pretrained(tables.model_folder("gemma"))
        for name, value in sizing.ARCHITECTURES["Gemma 3 270M"].arguments.items():
            assert getattr(config, name) == value
        assert tables.load("gemma").shape == (sizing.model("Gemma 3 270M").rows, sizing.model("Gemma 3 270M").width)

    def test_every_source_is_in_the_bibliography(self):
        from embedbook.lists import references

        assert {architecture.source for architecture in sizing.ARCHITECTURES.values()} <= set(references())

    def test_another_name_is_an_error(self):
        with pytest.raises(ValueError, match="known: GPT-2"):
            sizing.model("GPT-5")

    @pytest.mark.parametrize("library", ["torch", "transformers"])
    def test_a_missing_library_is_said(self, library: str):
        program = (
            f"import sys; sys.modules[{library!r}] = None\n"
            "from embedbook import sizing, tables\n"
            "print(sizing.table_bytes(vocabulary_size=2, dimensions=3))\n"
            "try:\n    sizing.model('GPT-2')\n"
            "except tables.MissingExtraError as error:\n    print(error)\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("12\n")
        assert "pip install torch transformers" in done.stdout


class TestQ8:
    """GGML's own Python library is the truth, byte for byte."""

    def test_a_real_table(self, minilm: tables.EmbeddingTable):
        rows = np.array(minilm.vectors[::300])
        expected = gguf.quants.quantize(rows, gguf.GGMLQuantizationType.Q8_0)
        blocks = q8_0.blocks_of(rows)
        assert blocks.tobytes() == expected.tobytes()
        back = gguf.quants.dequantize(expected, gguf.GGMLQuantizationType.Q8_0)
        assert np.array_equal(q8_0.numbers_of(blocks).reshape(rows.shape), back)

    @given(arrays(np.float32, (3, 64), elements=st.floats(-(2**10), 2**10, width=32)))
    def test_any_numbers(self, rows: np.ndarray):
        rows[np.abs(rows) < 1e-30] = 0  # where gguf itself divides by next to nothing
        expected = gguf.quants.quantize(rows, gguf.GGMLQuantizationType.Q8_0)
        assert q8_0.blocks_of(rows).tobytes() == expected.tobytes()

    @given(arrays(np.float32, 32, elements=st.floats(-1, 1, width=32)))
    def test_rounding_is_at_most_half_a_step(self, block: np.ndarray):
        """Half a step of 1/127, and what float16 rounds off the scale of a full code (a part in 2,048)."""
        largest = np.abs(block).max()
        error = np.abs(q8_0.numbers_of(q8_0.blocks_of(block))[0] - block)
        assert (error <= largest * (0.5 / 127 + 1 / 2_048) + 1e-5).all()

    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("number", [0.0, 1e-45, -1e-38, 1e-37])
    def test_next_to_nothing_becomes_nothing_in_silence(self, number: float):
        assert not q8_0.numbers_of(q8_0.blocks_of(np.full(64, number, np.float32))).any()

    def test_an_odd_length_is_an_error(self):
        with pytest.raises(TableFormatError, match="50 of them"):
            q8_0.blocks_of(np.ones(50))


class TestMemory:
    def test_a_lookup_touches_as_much_of_two_gigabytes_as_of_one_megabyte(self, tmp_path: Path):
        row_size = sizing.row_bytes(dimensions=5_120)
        touched = {}
        for rows in (100, 202_048):
            path = sparse(tmp_path, rows, row_size)
            table = MappedMatrix(path, 0, (rows, 5_120), dtype="<f2").open(random_access=True)
            assert not np.array(table[[0, rows // 2, rows - 1]]).any()
            touched[rows] = sizing.bytes_in_memory(path)
        assert 3 * row_size <= touched[100] < 500_000
        assert 3 * row_size <= touched[202_048] < 500_000

    def test_reading_touches_all(self, tmp_path: Path):
        path = sparse(tmp_path, 2_000, 10_240)
        table = MappedMatrix(path, 0, (2_000, 5_120), dtype="<f2").open()
        assert table.max() == 0
        assert sizing.bytes_in_memory(path) == pytest.approx(2_000 * 10_240, rel=0.01)

    def test_a_file_that_is_not_mapped_takes_nothing(self, tmp_path: Path):
        assert sizing.bytes_in_memory(sparse(tmp_path, 10, 10)) == 0

    def test_other_files_are_not_counted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """On lines as proc(5) shows them: two maps of the file, one of another whose name begins alike."""
        path = sparse(tmp_path, 10, 10)
        told = "\n".join(
            f"7f00-7f10 r--s 00000000 08:01 1  {name}\nSize: 9999 kB\nRss:   {kilobytes} kB\nPss: 1 kB"
            for name, kilobytes in ((path, 12), (f"{path}.more", 500), (path, 8), ("[heap]", 900))
        )
        monkeypatch.setattr(sizing, "SMAPS", tmp_path / "smaps")
        assert sizing.bytes_in_memory(path) is None
        (tmp_path / "smaps").write_text(told)
        assert sizing.bytes_in_memory(path) == 20 * 1_024

    def test_holes_take_no_room_on_disk(self, tmp_path: Path):
        assert sizing.bytes_on_disk(sparse(tmp_path, 202_048, 10_240)) < 1_000_000
        (tmp_path / "full").write_bytes(bytes(range(256)) * 4_096)
        assert sizing.bytes_on_disk(tmp_path / "full") >= 2**20


def sparse(folder: Path, rows: int, row_size: int) -> Path:
    path = folder / f"{rows}.bin"
    with path.open("wb") as file:
        file.truncate(rows * row_size)
    return path
