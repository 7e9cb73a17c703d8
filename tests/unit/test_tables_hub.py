"""GPT-2 from the hub, without the network: a small checkpoint in GPT-2's format, served on this machine.

The hub's client reads its settings when it is imported, so each case runs in a process of its own. The server keeps
the model's file in a store at a second port, as the hub does, and can be told what to do wrong.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from embedbook import tables
from embedbook.tables import byte_level, registry
from tests.unit.loopback_hub import STOPS_AT, LoopbackHub, make_checkpoint, serve

DIMENSIONS = 16
REPORT = """
import json
table = tables.load("gpt2")
print(json.dumps({
    "repr": repr(table), "tokens": list(table.tokens), "vectors": table.vectors.tolist(),
    "row": table.row("king").tolist(),
    "king": table.id_of("king"), "stored": table.tokens[table.id_of("king")], "word": table.word(table.id_of("king")),
    "uncased": table.card.uncased, "cut": table.tokenization, "available": tables.available(),
}))
"""


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    return folder


def start(checkpoint: Path | None) -> str:
    """The first lines of a process: the checkpoint's digests and shape stand in for GPT-2's."""
    lines = "from dataclasses import replace\nfrom embedbook import tables\nfrom embedbook.tables import registry\n"
    if checkpoint:
        weights, tokenizer = (
            hashlib.sha256((checkpoint / name).read_bytes()).hexdigest()
            for name in ("model.safetensors", "tokenizer.json")
        )
        shape = (Tokenizer.from_file(str(checkpoint / "tokenizer.json")).get_vocab_size(), DIMENSIONS)
        lines += f"registry.GPT2_WEIGHTS = replace(registry.GPT2_WEIGHTS, sha256={weights!r}, shape={shape})\n"
        lines += f"registry.GPT2_TOKENIZER = replace(registry.GPT2_TOKENIZER, sha256={tokenizer!r})\n"
    return lines


def begin(code: str, tmp_path: Path, checkpoint: Path | None = None, **environment: str) -> subprocess.Popen[str]:
    """Start code in a new process with caches of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "TQDM_"))}
    caches = {"HF_HOME": str(tmp_path / "hub"), "EMBEDBOOK_CACHE": str(tmp_path / "cache")}
    return subprocess.Popen(
        [sys.executable, "-c", start(checkpoint) + code],
        env={**kept, **caches, "TQDM_DISABLE": "1", **environment},
        cwd=Path(tables.__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(
    code: str, tmp_path: Path, checkpoint: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The same, to its end."""
    process = begin(code, tmp_path, checkpoint, **environment)
    out, err = process.communicate(timeout=100)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def wait_until(happened: Callable[[], bool]) -> None:
    """Return once it has happened; fail after a minute."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def slices(tmp_path: Path) -> list[str]:
    """The names of all files that the package keeps of the hub."""
    return sorted(path.name for path in (tmp_path / "cache").glob("*/*/*") if path.suffix != ".lock")


def place_in_file(checkpoint: Path, tensor_name: str = "wte.weight") -> tuple[int, int]:
    """The tensor's first and past-the-end byte, worked out by searching for its numbers."""
    content, numbers = (checkpoint / "model.safetensors").read_bytes(), load_file(checkpoint / "model.safetensors")
    begin = content.index(numbers[tensor_name].tobytes())
    return begin, begin + numbers[tensor_name].nbytes


@pytest.mark.parametrize("tensor_name", ["wte.weight", "transformer.wte.weight"])
def test_only_the_tensor_travels_once_and_then_no_hub_is_needed(
    tmp_path: Path, checkpoint: Path, tensor_name: str
) -> None:
    vectors = make_checkpoint(checkpoint, tensor_name)
    tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    with serve(checkpoint) as hub:
        first = run(REPORT, tmp_path, checkpoint, HF_ENDPOINT=hub.address, HF_TOKEN="hf_secret")
        assert first.returncode == 0, first.stderr
    revision = registry.GPT2_WEIGHTS.revision
    assert hub.requests.count(f"GET /openai-community/gpt2/resolve/{revision}/tokenizer.json") == 1
    begin, end = place_in_file(checkpoint, tensor_name)
    header = int.from_bytes((checkpoint / "model.safetensors").read_bytes()[:8], "little")
    asked = [answer.range for answer in hub.at_store()]
    assert asked == ["bytes=0-7", f"bytes=8-{7 + header}", f"bytes={begin}-{end - 1}"]
    assert sum(answer.sent for answer in hub.at_store()) == 8 + header + vectors.nbytes
    # the token is the hub's alone
    at_hub = [answer for answer in hub.answers if answer.server == "hub" and "safetensors" in answer.request]
    assert len(at_hub) == 3 and all(answer.authorized for answer in at_hub)
    assert not any(answer.authorized for answer in hub.at_store())

    report = json.loads(first.stdout)
    assert report["repr"] == f"EmbeddingTable('gpt2', {len(vectors)} x 16)"
    assert np.array_equal(np.array(report["vectors"], dtype=np.float32), vectors)
    # the tokenizers library says what "Ġking" is
    assert report["king"] == tokenizer.token_to_id("Ġking") != tokenizer.token_to_id("king")
    assert (report["stored"], report["word"]) == ("Ġking", "king")
    assert report["row"] == vectors[report["king"]].tolist()
    assert "gpt2" in report["available"] and report["uncased"] is False
    assert report["cut"] == "byte-level"

    assert slices(tmp_path) == ["wte.weight.f32", "wte.weight.json"]
    kept = next((tmp_path / "cache").glob("*/*/wte.weight.f32"))
    assert kept.read_bytes() == vectors.tobytes()
    record = json.loads(kept.with_suffix(".json").read_text())
    assert record["sha256"] == hashlib.sha256(vectors.tobytes()).hexdigest()
    assert record["etag"] == hashlib.sha256((checkpoint / "model.safetensors").read_bytes()).hexdigest()
    assert (record["revision"], record["tensor"], record["bytes"]) == (revision, tensor_name, [begin, end])

    again = run(REPORT, tmp_path, checkpoint, HF_ENDPOINT=hub.address)  # the server is gone
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout


def test_a_whole_file_in_the_hub_cache_is_used_as_it_is(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    revision = registry.GPT2_WEIGHTS.revision
    home = tmp_path / "hub" / "hub" / "models--openai-community--gpt2"
    (home / "snapshots").mkdir(parents=True)
    shutil.copytree(checkpoint, home / "snapshots" / revision)
    with serve(checkpoint) as hub:
        done = run(REPORT, tmp_path, checkpoint, HF_ENDPOINT=hub.address, HF_HUB_OFFLINE="1")
    assert done.returncode == 0, done.stderr
    assert hub.answers == [] and slices(tmp_path) == []

    (home / "snapshots" / revision / "model.safetensors").write_bytes(b"spoilt")
    spoilt = run(MESSAGE, tmp_path, checkpoint, HF_HUB_OFFLINE="1")
    assert "DigestError" in spoilt.stdout and "model.safetensors" in spoilt.stdout


def test_asking_what_there_is_asks_nobody(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    with serve(checkpoint) as hub:
        code = "print('gpt2' in tables.names(), 'gpt2' in tables.available(), tables.load('minilm'))"
        done = run(code, tmp_path, HF_ENDPOINT=hub.address)
    assert done.returncode == 0, done.stderr
    assert hub.answers == []
    assert done.stdout.split()[:2] == ["True", "False"]


MESSAGE = """
try: print(repr(tables.load("gpt2")))
except tables.EmbedbookError as error: print(type(error).__name__, error)
print("gpt2" in tables.available())
"""


def test_neither_hub_nor_cache_is_one_clear_error(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    with serve(checkpoint / "nothing-here") as hub:
        silent = run(MESSAGE, tmp_path, HF_ENDPOINT=hub.address)
    offline = run(MESSAGE, tmp_path, HF_HUB_OFFLINE="1")
    assert "HF_HUB_OFFLINE forbids to ask the hub" in offline.stdout
    assert "To get it: unset HF_HUB_OFFLINE and load the table again, or hf download" in offline.stdout
    assert "To get it: hf download openai-community/gpt2" in silent.stdout
    for done in (silent, offline):
        assert done.returncode == 0, done.stderr
        assert (
            "the table 'gpt2' is not here: tokenizer.json of openai-community/gpt2 is not in the hub cache"
            in done.stdout
        )
        assert "http" not in done.stdout


def test_a_tokenizer_that_does_not_come_is_one_clear_error(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    with serve(checkpoint, "tokenizer cut") as hub:
        done = run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert "the hub did not give it (RemoteProtocolError). To get it: hf download" in done.stdout, done.stderr
    with serve(checkpoint, "tokenizer 401") as hub:
        done = run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address, HF_TOKEN="hf_secret")
        public = run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert "the token that was sent may be invalid or have expired. To get it: unset HF_TOKEN" in done.stdout
    assert "token" not in public.stdout.replace("tokenizer", "")


SETTINGS = {
    "no scheme": ({"HF_ENDPOINT": "huggingface.co"}, "HF_ENDPOINT"),
    "no such scheme": ({"HF_ENDPOINT": "nonsense://x"}, "HF_ENDPOINT"),
    "no port": ({"HF_ENDPOINT": "http://127.0.0.1:notaport"}, "HF_ENDPOINT"),
    "a high port": ({"HF_ENDPOINT": "http://127.0.0.1:99999"}, "HF_ENDPOINT"),
    "no host": ({"HF_ENDPOINT": "http://[bad"}, "HF_ENDPOINT"),
    "SOCKS": ({"ALL_PROXY": "socks5://127.0.0.1:1"}, "pip install socksio"),
    "no certificates": ({"SSL_CERT_FILE": "nowhere.pem"}, "SSL_CERT_FILE"),
    "no token": ({"HF_TOKEN": "hf_sécret"}, "HF_TOKEN"),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_that_forbids_a_connection_is_named(tmp_path: Path, checkpoint: Path, setting: str) -> None:
    make_checkpoint(checkpoint)
    environment, named = SETTINGS[setting]
    weights = MESSAGE.replace('tables.load("gpt2")', 'registry.GPT2_WEIGHTS.matrix("gpt2")')
    with serve(checkpoint) as hub:
        for code in (MESSAGE, weights):
            done = run(code, tmp_path, checkpoint, **{"HF_ENDPOINT": hub.address, **environment})
            assert done.returncode == 0, done.stderr
            assert "MissingTableError the table 'gpt2' is not here: " in done.stdout
            assert "cret" not in done.stdout and "nowhere" not in done.stdout
    assert named in done.stdout and "3 times" not in done.stdout


@pytest.mark.parametrize("header", ["\xb2", "9" * 400, "-5", "Fri, 99 Foo 2026 99:99:99 GMT"])
def test_a_wait_that_is_none_is_not_waited_for(tmp_path: Path, checkpoint: Path, header: str) -> None:
    make_checkpoint(checkpoint)
    with serve(checkpoint, "429", times=1, retry_after=header) as hub:
        done = run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert "EmbeddingTable('gpt2'" in done.stdout, done.stderr


def test_what_to_remove_is_the_file_and_not_its_link(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    with serve(checkpoint) as hub:
        run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
        cached = next((tmp_path / "hub").rglob("snapshots/*/tokenizer.json"))
        cached.resolve().write_bytes(b"spoilt")
        done = run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
        assert f"Remove {cached.resolve()} and get it again: hf download" in done.stdout
        assert "--force-download" in done.stdout
        cached.resolve().unlink()
        again = run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert "EmbeddingTable('gpt2'" in again.stdout, again.stderr


def test_without_the_hubs_library_the_error_names_it(tmp_path: Path) -> None:
    hide = "import sys; sys.modules['huggingface_hub'] = None\n"
    done = run(hide + "print(tables.available())\n" + MESSAGE, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "pip install huggingface_hub" in done.stdout


def test_another_file_under_gpt2s_name_is_refused(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    code = "try: tables.load('gpt2')\nexcept tables.DigestError as error: print(error.file.name, error.expected)"
    with serve(checkpoint) as hub:
        done = run(code, tmp_path, HF_ENDPOINT=hub.address)
    assert done.stdout.split() == ["tokenizer.json", registry.GPT2_TOKENIZER.sha256], done.stderr


# --- what can go wrong on the way


FAULTS = {
    "401": ("the hub answered 401: the token that was sent may be invalid", "unset HF_TOKEN"),
    "403": ("the hub answered 403: OWNER/gpt2 is private, or", "hf auth login"),
    "404": ("the hub answered 404: no model.safetensors in OWNER/gpt2", "HF_ENDPOINT"),
    "418": ("the hub answered 418", "hf download"),
    "429": ("the hub answered 429, 3 times", "try again later"),
    "500": ("the hub answered 500, 3 times", "try again later"),
    "503": ("the hub answered 503, 3 times", "try again later"),
    "store 403": ("the store that the hub names answered 403, 3 times", "try again later"),
    "whole file": ("the server ignores ranges and would send the whole file", "hf download"),
    "stops": ("the connection failed (RemoteProtocolError), 3 times", "try again later"),
    "stops unseen": ("bytes too early, 3 times", "try again later"),
    "zeros": ("what came as wte.weight holds nothing but zeros", ""),
    "undefined": ("what came as wte.weight holds infinite or undefined numbers", ""),
    "no location": ("the hub redirects, and does not say where", "hf download"),
    "empty location": ("the hub redirects, and does not say where", "hf download"),
    "bad host": ("the hub's address, or one that it redirects to, is none", "HF_ENDPOINT"),
    "bad port": ("the hub's address, or one that it redirects to, is none", "HF_ENDPOINT"),
    "high port": ("the hub's address, or one that it redirects to, is none", "HF_ENDPOINT"),
    "bad name": ("the hub's address, or one that it redirects to, is none", "HF_ENDPOINT"),
    "control sign": ("the hub's address, or one that it redirects to, is none", "HF_ENDPOINT"),
    "other range": ("were asked for, and the server sends 'bytes 0-", "hf download"),
    "no total": ("asked for, and the server sends 'bytes 0-7/*'", "hf download"),
    "longer": ("the file's length changes from", "hf download"),
    "more": ("the server sent more bytes than it was asked for", "hf download"),
    "packed": ("the server sends the bytes compressed", "hf download"),
    "loop": ("the hub redirects more than 5 times", "hf download"),
    "ftp": ("an address that is not secure", "hf download"),
    "other etag": ("found. The hub, or what stands at HF_ENDPOINT, has another", "HF_ENDPOINT"),
    "no etag": ("the server does not say which file it has", "hf download"),
    "other revision": ("the hub answers with revision 0000", "hf download"),
}


def try_each(tmp_path: Path, checkpoint: Path, hub: LoopbackHub, shapes: dict[str, tuple[int, ...]]) -> dict[str, str]:
    """What one process says of the table of each owner, "TYPE message", asked for one after another."""
    lines = []
    for owner, shape in shapes.items():
        own = checkpoint / owner
        digest = hashlib.sha256(((own if own.is_dir() else checkpoint) / "model.safetensors").read_bytes()).hexdigest()
        pinned = f"repository='{owner}/gpt2', sha256={digest!r}, shape={tuple(shape)}"
        lines.append(f"say({owner!r}, replace(registry.GPT2_WEIGHTS, {pinned}))")
    code = """
import json
told = {}
def say(owner, weights):
    try: told[owner] = repr(weights.matrix("gpt2"))
    except tables.EmbedbookError as error: told[owner] = f"{type(error).__name__} {error}"
    assert not weights.is_here(), owner
"""
    done = run(
        code + "\n".join([*lines, "print(json.dumps(told))"]), tmp_path, HF_ENDPOINT=hub.address, HF_TOKEN="hf_secret"
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, str] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def told_of_faults(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], LoopbackHub, list[str]]:
    """What is said of each fault, the hub that had them, and the files that are left."""
    tmp_path = tmp_path_factory.mktemp("faults")
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    vectors = make_checkpoint(checkpoint)
    owners = {fault.replace(" ", "-"): fault for fault in FAULTS}
    with serve(checkpoint, faults=owners) as hub:
        told = try_each(tmp_path, checkpoint, hub, dict.fromkeys(owners, vectors.shape))
    return told, hub, slices(tmp_path)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_is_one_clear_error(
    told_of_faults: tuple[dict[str, str], LoopbackHub, list[str]], fault: str
) -> None:
    told, hub, kept = told_of_faults
    owner = fault.replace(" ", "-")
    said, advice = FAULTS[fault]
    message = told[owner]
    kinds = {"other etag": "DigestError ", "zeros": "TableFormatError ", "undefined": "TableFormatError "}
    assert message.startswith(kinds.get(fault, "MissingTableError "))
    assert said.replace("OWNER", owner) in message and advice in message
    assert "secret" not in message and "127.0.0.1" not in message
    assert any(f"/{owner}/" in answer.request for answer in hub.answers)
    assert not any(answer.authorized for answer in hub.at_store())
    assert "wte.weight.f32" not in kept


@pytest.mark.parametrize("fault", ["429", "500", "503", "store 403", "cut", "cut unseen"])
def test_a_fault_that_passes_is_not_noticed(tmp_path: Path, checkpoint: Path, fault: str) -> None:
    vectors = make_checkpoint(checkpoint)
    with serve(checkpoint, fault, times=2) as hub:
        done = run(REPORT, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(np.array(json.loads(done.stdout)["vectors"], dtype=np.float32), vectors)
    if fault.startswith("cut"):  # half, half of the rest, the rest: no byte twice
        begin, end = place_in_file(checkpoint)
        half = (end - begin) // 2
        starts = [begin, begin + half, begin + half + (end - begin - half) // 2]
        assert [answer.range for answer in hub.at_store()][2:] == [f"bytes={start}-{end - 1}" for start in starts]


def test_the_hub_is_not_asked_again_before_it_wants_to_be(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    with serve(checkpoint, "429", times=1, retry_after="2") as hub:
        started = time.monotonic()
        done = run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
        assert time.monotonic() - started > 2
    assert done.stdout.splitlines()[1] == "True", done.stderr
    with serve(checkpoint, "429", retry_after="3600") as hub:
        started = time.monotonic()
        done = run(MESSAGE, tmp_path / "other", checkpoint, HF_ENDPOINT=hub.address)
        assert time.monotonic() - started < 60
    assert "the hub answered 429, and asks to wait 3,600 seconds" in done.stdout
    assert [answer.status for answer in hub.answers].count(429) == 1


def test_no_connection_and_no_permission_to_ask(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    tokenizer = "registry.GPT2_TOKENIZER.verified('gpt2')\n"
    with serve(checkpoint) as hub:
        assert run(tokenizer, tmp_path, checkpoint, HF_ENDPOINT=hub.address).returncode == 0
    gone = run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert (
        "model.safetensors of openai-community/gpt2 did not come: the connection failed (ConnectError)" in gone.stdout
    )
    offline = run(MESSAGE, tmp_path, checkpoint, HF_HUB_OFFLINE="1")
    assert "HF_HUB_OFFLINE forbids to ask the hub. To get it: unset HF_HUB_OFFLINE" in offline.stdout
    old = "import huggingface_hub.utils as utils; utils.get_session = lambda: object()\n"
    too_old = run(old + MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert "cannot stream a part of a file. To get it: pip install" in too_old.stdout


HEADERS = [
    (b"[" * 5_000, "the header of a safetensors file is no JSON"),
    (b"not json", "the header of a safetensors file is no JSON"),
    (b"[1, 2]", "the file holds no tensor wte.weight or transformer.wte.weight"),
    (b'{"wpe.weight": {}}', "the file holds no tensor wte.weight or transformer.wte.weight: it has 1 others"),
    (b'{"wte.weight": 1}', "wte.weight is None None, expected F32"),
    (b'{"wte.weight": {"dtype": "F16", "shape": SHAPE, "data_offsets": [0, SIZE]}}', "wte.weight is F16"),
    (b'{"wte.weight": {"dtype": "F32", "shape": [16, 3], "data_offsets": [0, SIZE]}}', "is F32 [16, 3], expected"),
    (b'{"wte.weight": {"dtype": "F32", "shape": SHAPE, "data_offsets": [0, 64]}}', "does not fit its shape"),
    (b'{"wte.weight": {"dtype": "F32", "shape": SHAPE, "data_offsets": [-64, 64]}}', "does not fit its shape"),
    (b'{"wte.weight": {"dtype": "F32", "shape": SHAPE, "data_offsets": [9999, END]}}', "does not fit its shape"),
    (b'{"wte.weight": {"dtype": "F32", "shape": SHAPE, "data_offsets": [0, true]}}', "has no place in the file"),
    (b'{"wte.weight": {"dtype": "F32", "shape": SHAPE}}', "has no place in the file: data_offsets None"),
    (b"", "is no safetensors file"),
    (b"{" + b" " * 2**20 + b"}", "is no safetensors file"),
]


@pytest.fixture(scope="module")
def told_of_headers(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], LoopbackHub, list[str]]:
    """What is said of each header, the hub that had the files, and the files that are left."""
    tmp_path = tmp_path_factory.mktemp("headers")
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    vectors = make_checkpoint(checkpoint)
    owners = {f"header-{number}": header for number, (header, _) in enumerate(HEADERS)}
    for owner, header in owners.items():
        for name, value in (("SHAPE", list(vectors.shape)), ("SIZE", vectors.nbytes), ("END", 9_999 + vectors.nbytes)):
            header = header.replace(name.encode(), str(value).encode())
        (checkpoint / owner).mkdir()
        content = len(header).to_bytes(8, "little") + header + vectors.tobytes()
        (checkpoint / owner / "model.safetensors").write_bytes(content)
    with serve(checkpoint) as hub:
        told = try_each(tmp_path, checkpoint, hub, dict.fromkeys(owners, vectors.shape))
    return list(told.values()), hub, slices(tmp_path)


@pytest.mark.parametrize(("number", "said"), list(enumerate(said for _, said in HEADERS)))
def test_a_file_that_holds_no_such_table(
    told_of_headers: tuple[list[str], LoopbackHub, list[str]], number: int, said: str
) -> None:
    told, hub, kept = told_of_headers
    assert told[number].startswith("TableFormatError ") and said in told[number]
    assert sum(answer.sent for answer in hub.at_store() if f"/header-{number}/" in answer.request) < 6_000
    assert kept == []


def test_a_header_that_claims_more_than_the_file_is_refused(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    (checkpoint / "model.safetensors").write_bytes((2**60).to_bytes(8, "little") + b"{}")
    with serve(checkpoint) as hub:
        done = run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert "is no safetensors file" in done.stdout
    assert [answer.range for answer in hub.at_store()] == ["bytes=0-7"]


# --- what is kept


def cut_short(tmp_path: Path, checkpoint: Path) -> tuple[Path, int]:
    """A fetch that the network ended; returns the unfinished file and how many bytes it has."""
    with serve(checkpoint, "stops") as hub:
        done = run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert "3 times" in done.stdout
    assert slices(tmp_path) == ["wte.weight.f32.part", "wte.weight.f32.part.json"]
    part = next((tmp_path / "cache").glob("*/*/*.part"))
    return part, part.stat().st_size


SPOILT = ["a changed byte", "a note too deep", "a note of no number", "a note without a digest"]


@pytest.mark.parametrize("spoil", ["nothing", "a torn end", "another file", "no note", "a note of more", *SPOILT])
def test_a_cut_fetch_goes_on_where_it_stopped(tmp_path: Path, checkpoint: Path, spoil: str) -> None:
    vectors = make_checkpoint(checkpoint)
    part, size = cut_short(tmp_path, checkpoint)
    begin, end = place_in_file(checkpoint)
    assert size == STOPS_AT - begin < vectors.nbytes
    assert part.read_bytes() == vectors.tobytes()[:size]
    note = part.with_name(part.name + ".json")
    state = json.loads(note.read_text())
    resumes = spoil in ("nothing", "a torn end")
    if spoil == "a torn end":  # bytes that were never noted as written, as after a power cut
        part.write_bytes(part.read_bytes() + bytes(100))
    elif spoil == "another file":
        note.write_text(json.dumps({**state, "etag": "0" * 64}))
    elif spoil == "no note":
        note.unlink()
    elif spoil == "a note of more":
        note.write_text(json.dumps({**state, "kept": size + 100}))
    elif spoil == "a changed byte":  # the length is right, so only the digest can tell
        part.write_bytes(bytes([part.read_bytes()[0] ^ 1]) + part.read_bytes()[1:])
    elif spoil == "a note too deep":
        note.write_text("[" * 100_000)
    elif spoil == "a note of no number":
        note.write_text(json.dumps({**state, "kept": float("inf")}))
    elif spoil == "a note without a digest":
        note.write_text(json.dumps({key: value for key, value in state.items() if key != "sha256"}))
    with serve(checkpoint) as hub:
        done = run(REPORT, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert np.array_equal(np.array(json.loads(done.stdout)["vectors"], dtype=np.float32), vectors), done.stderr
    assert hub.at_store()[-1].range == f"bytes={begin + size if resumes else begin}-{end - 1}"
    assert slices(tmp_path) == ["wte.weight.f32", "wte.weight.json"]


def test_a_line_that_always_breaks_gets_there_in_the_end(tmp_path: Path, checkpoint: Path) -> None:
    vectors = make_checkpoint(checkpoint)
    no_pauses = "from embedbook.tables import hub_ranges\nhub_ranges.PAUSES = (0.0, 0.0)\n"
    needed = -(-(vectors.nbytes - 1_000) // 500)  # 500 bytes a time; the last 1,000 come whole
    assert needed > 20
    with serve(checkpoint, "trickle") as hub:
        for attempt in range(1, needed // 20 + 1):
            done = run(no_pauses + MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
            assert "the connection failed (RemoteProtocolError), as 20 times before the end" in done.stdout
            assert "To get it: load it again to go on" in done.stdout
            part = next((tmp_path / "cache").glob("*/*/*.part"))
            assert part.read_bytes() == vectors.tobytes()[: attempt * 20 * 500]
        done = run(no_pauses + REPORT, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert np.array_equal(np.array(json.loads(done.stdout)["vectors"], dtype=np.float32), vectors), done.stderr


@pytest.mark.parametrize("spoilt", [False, True])
def test_all_bytes_without_a_record_need_no_hub(tmp_path: Path, checkpoint: Path, spoilt: bool) -> None:
    vectors = make_checkpoint(checkpoint)
    with serve(checkpoint) as hub:
        assert run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address).returncode == 0
    kept = next((tmp_path / "cache").glob("*/*/wte.weight.f32"))
    record = json.loads(kept.with_suffix(".json").read_text())
    record.pop("fetched")  # as after the last byte and before the record
    note = kept.with_name(f"{kept.name}.part.json")
    note.write_text(json.dumps({**record, "size": vectors.nbytes, "kept": vectors.nbytes}))
    kept.rename(kept.with_name(f"{kept.name}.part"))
    kept.with_suffix(".json").unlink()
    if spoilt:
        kept.with_name(f"{kept.name}.part").write_bytes(bytes(vectors.nbytes))
    done = run(MESSAGE, tmp_path, checkpoint, HF_HUB_OFFLINE="1")
    assert ("EmbeddingTable('gpt2'" in done.stdout) is not spoilt, done.stderr
    assert ("HF_HUB_OFFLINE forbids to ask the hub" in done.stdout) is spoilt
    if not spoilt:
        assert kept.read_bytes() == vectors.tobytes()
        assert slices(tmp_path) == ["wte.weight.f32", "wte.weight.json"]


def test_a_killed_process_leaves_nothing_that_is_taken_for_whole(tmp_path: Path, checkpoint: Path) -> None:
    vectors = make_checkpoint(checkpoint)
    with serve(checkpoint, "stall", times=1) as hub:
        process = begin(REPORT, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
        wait_until(lambda: any(answer.sent > 5_000 for answer in hub.at_store()))
        process.kill()
        process.communicate()
        seen = run("print('gpt2' in tables.available())", tmp_path, checkpoint)
        assert seen.stdout == "False\n" and "wte.weight.f32" not in slices(tmp_path)
        done = run(REPORT, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert np.array_equal(np.array(json.loads(done.stdout)["vectors"], dtype=np.float32), vectors), done.stderr


def test_of_two_processes_one_fetches(tmp_path: Path, checkpoint: Path) -> None:
    vectors = make_checkpoint(checkpoint)
    with serve(checkpoint, "429", times=1, retry_after="4") as hub:
        first = begin(REPORT, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
        wait_until(lambda: any(answer.status == 429 for answer in hub.answers))
        second = begin(REPORT, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
        (one, _), (other, waited) = (process.communicate(timeout=100) for process in (first, second))
    assert one == other
    assert np.array_equal(np.array(json.loads(one)["vectors"], dtype=np.float32), vectors)
    assert len(hub.at_store()) == 3
    assert "another process is fetching it; waiting" in waited


def test_a_changed_slice_is_refused(tmp_path: Path, checkpoint: Path) -> None:
    vectors = make_checkpoint(checkpoint)
    with serve(checkpoint) as hub:
        assert run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address).returncode == 0
    kept = next((tmp_path / "cache").glob("*/*/wte.weight.f32"))
    changed = bytearray(vectors.tobytes())
    changed[100] ^= 1
    kept.write_bytes(changed)
    done = run(MESSAGE, tmp_path, checkpoint)
    expected, found = (hashlib.sha256(content).hexdigest() for content in (vectors.tobytes(), changed))
    assert done.stdout.startswith(f"DigestError {kept} is not the file that this table is made of"), done.stderr
    assert f"SHA-256 {expected} expected, {found} found. Remove it and get it again" in done.stdout


def test_a_slice_of_another_file_is_not_here(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    with serve(checkpoint) as hub:
        assert run(MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address).returncode == 0
    done = run("print(registry.GPT2_WEIGHTS.is_here())", tmp_path)  # the real model's digest and shape
    assert done.stdout == "False\n", done.stderr


@pytest.mark.parametrize("kind", ["no folder", "full"])
def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, checkpoint: Path, kind: str) -> None:
    make_checkpoint(checkpoint)
    cache = tmp_path / "cache"
    limit = ""
    if kind == "no folder":
        cache.write_text("a file")
    else:  # no file may grow beyond 12,000 bytes, the tensor has more
        limit = "import resource\nregistry.GPT2_TOKENIZER.verified('gpt2')\n"
        limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))\n"
    with serve(checkpoint) as hub:
        done = run(limit + MESSAGE, tmp_path, checkpoint, HF_ENDPOINT=hub.address)
    assert done.returncode == 0, done.stderr
    assert "MissingTableError" in done.stdout and "cannot be written" in done.stdout
    assert "let EMBEDBOOK_CACHE name another folder" in done.stdout
    assert done.stdout.splitlines()[1] == "False"


def test_a_bar_shows_how_far_it_is_unless_it_is_unwanted(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    for place, tqdm, ours in (("a", "", ""), ("b", "1", ""), ("c", "", "1")):
        unwanted = {"TQDM_DISABLE": tqdm, "HF_HUB_DISABLE_PROGRESS_BARS": ours}
        with serve(checkpoint) as hub:
            done = run(MESSAGE, tmp_path / place, checkpoint, HF_ENDPOINT=hub.address, **unwanted)
        assert ("gpt2: wte.weight: 100%" in done.stderr) is (place == "a")


# --- the vocabulary itself


@pytest.fixture
def vocabulary(checkpoint: Path) -> byte_level.ByteLevelVocabulary:
    make_checkpoint(checkpoint)
    return byte_level.load(checkpoint / "tokenizer.json")


def test_words_are_found_as_they_stand_in_text(vocabulary: byte_level.ByteLevelVocabulary) -> None:
    def stored(word: str) -> str | None:
        found = vocabulary.find(word)
        return None if found is None else vocabulary.tokens[found]

    assert stored("king") == stored(" king") == stored("Ġking") == "Ġking"
    assert stored("Paris") == "ĠParis"
    assert stored("paris") is None  # case is kept
    assert stored("z") == "z"  # no such word after a space
    assert stored("<|endoftext|>") == "<|endoftext|>"
    assert stored("") is stored("  ") is stored("kingqueen") is None


def test_tokens_are_written_as_a_reader_writes_them(vocabulary: byte_level.ByteLevelVocabulary) -> None:
    assert vocabulary.word(vocabulary.tokens.index("Ġthe")) == "the"
    assert vocabulary.word(vocabulary.tokens.index("Ċ")) == "Ċ"  # a line break, which cannot be shown
    assert vocabulary.word(vocabulary.tokens.index("Ã")) == "Ã"  # half a character in UTF-8
    assert "ĠParis" in [vocabulary.tokens[token_id] for token_id in vocabulary.whole_words()]


def test_pieces_join_to_the_text(vocabulary: byte_level.ByteLevelVocabulary, checkpoint: Path) -> None:
    text = "the king’s café 🙂\n"
    ids = [token_id for token_id in vocabulary.encode(text) if token_id is not None]
    assert [vocabulary.tokens[token_id] for token_id in ids] == vocabulary.pieces(text)
    # byte-level BPE loses nothing: the bytes of all pieces are the text's bytes
    assert Tokenizer.from_file(str(checkpoint / "tokenizer.json")).decode(ids) == text
