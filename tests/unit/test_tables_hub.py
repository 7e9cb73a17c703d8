"""GPT-2 from the hub, without the network: a small checkpoint in GPT-2's format, served on this machine.

The hub's client reads its settings when it is imported, so each case runs in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from embedbook import tables
from embedbook.tables import byte_level, registry
from tests.unit.loopback_hub import make_checkpoint, serve

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


def run(
    code: str, tmp_path: Path, checkpoint: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run code in a new process with a hub cache of its own; the checkpoint's digests stand in for GPT-2's."""
    start = "from dataclasses import replace\nfrom embedbook import tables\nfrom embedbook.tables import registry\n"
    if checkpoint:
        for constant, name in (("GPT2_WEIGHTS", "model.safetensors"), ("GPT2_TOKENIZER", "tokenizer.json")):
            found = hashlib.sha256((checkpoint / name).read_bytes()).hexdigest()
            start += f"registry.{constant} = replace(registry.{constant}, sha256={found!r})\n"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    caches = {"HF_HOME": str(tmp_path / "hub"), "EMBEDBOOK_CACHE": str(tmp_path / "digests")}
    return subprocess.run(
        [sys.executable, "-c", start + code],
        env={**kept, **caches, "HF_HUB_DISABLE_PROGRESS_BARS": "1", **environment},
        cwd=Path(tables.__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("tensor_name", ["wte.weight", "transformer.wte.weight"])
def test_gpt2_is_fetched_once_and_then_needs_no_hub(tmp_path: Path, checkpoint: Path, tensor_name: str) -> None:
    vectors = make_checkpoint(checkpoint, tensor_name)
    tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    with serve(checkpoint) as (address, requests):
        first = run(REPORT, tmp_path, checkpoint, HF_ENDPOINT=address)
        assert first.returncode == 0, first.stderr
    revision = registry.GPT2_WEIGHTS.revision
    for name in ("tokenizer.json", "model.safetensors"):
        assert requests.count(f"GET /openai-community/gpt2/resolve/{revision}/{name}") == 1
    report = json.loads(first.stdout)
    assert report["repr"] == f"EmbeddingTable('gpt2', {len(vectors)} x 16)"
    assert np.array_equal(np.array(report["vectors"], dtype=np.float32), vectors)
    # the tokenizers library says what "Ġking" is
    assert report["king"] == tokenizer.token_to_id("Ġking") != tokenizer.token_to_id("king")
    assert (report["stored"], report["word"]) == ("Ġking", "king")
    assert report["row"] == vectors[report["king"]].tolist()
    assert "gpt2" in report["available"] and report["uncased"] is False
    assert report["cut"] == "byte-level"

    again = run(REPORT, tmp_path, checkpoint, HF_ENDPOINT=address)  # the server is gone
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout


def test_asking_what_there_is_asks_nobody(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    with serve(checkpoint) as (address, requests):
        code = "print('gpt2' in tables.names(), 'gpt2' in tables.available(), tables.load('minilm'))"
        done = run(code, tmp_path, HF_ENDPOINT=address)
    assert done.returncode == 0, done.stderr
    assert requests == []
    assert done.stdout.split()[:2] == ["True", "False"]


MESSAGE = "try: tables.load('gpt2')\nexcept tables.MissingTableError as error: print(error)"


def test_neither_hub_nor_cache_is_one_clear_error(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    with serve(checkpoint / "nothing-here") as (address, _):
        silent = run(MESSAGE, tmp_path, HF_ENDPOINT=address)
    offline = run(MESSAGE, tmp_path, HF_HUB_OFFLINE="1")
    for done in (silent, offline):
        assert done.returncode == 0, done.stderr
        assert (
            "the table 'gpt2' is not here: tokenizer.json of openai-community/gpt2 is not in the hub cache"
            in done.stdout
        )
        assert "To get it: hf download openai-community/gpt2" in done.stdout
        assert "http" not in done.stdout


def test_without_the_hubs_library_the_error_names_it(tmp_path: Path) -> None:
    hide = "import sys; sys.modules['huggingface_hub'] = None\n"
    done = run(hide + "print(tables.available())\n" + MESSAGE, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "pip install huggingface_hub" in done.stdout


def test_another_file_under_gpt2s_name_is_refused(tmp_path: Path, checkpoint: Path) -> None:
    make_checkpoint(checkpoint)
    code = "try: tables.load('gpt2')\nexcept tables.DigestError as error: print(error.file.name, error.expected)"
    with serve(checkpoint) as (address, _):
        done = run(code, tmp_path, HF_ENDPOINT=address)
    assert done.stdout.split() == ["tokenizer.json", registry.GPT2_TOKENIZER.sha256], done.stderr


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
