"""A file that arrives bit by bit: what is noted as kept is on the disk, and nothing else is used again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedbook.tables import files, partial
from embedbook.tables.partial import PartialFile

CONTENT = bytes(range(256)) * 4
WHAT = {"etag": "abc", "bytes": [8, 1032]}


def test_a_note_never_says_more_than_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partial, "SYNC_EVERY", 100)
    path = tmp_path / "rows"
    noted = []

    def chunks() -> Iterator[bytes]:
        for start in range(0, 500, 50):
            kept = json.loads((tmp_path / "rows.part.json").read_text())["kept"]
            assert (tmp_path / "rows.part").read_bytes()[:kept] == CONTENT[:kept] and kept <= start
            noted.append(kept)
            yield CONTENT[start : start + 50]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PartialFile(path, len(CONTENT), WHAT).fill(chunks())
    assert noted == [0, 0, 100, 100, 200, 200, 300, 300, 400, 400]
    assert not path.exists()

    again = PartialFile(path, len(CONTENT), WHAT)
    assert again.kept == 500
    with pytest.raises(ValueError, match="has 500 of 1,024 bytes"):
        again.finish()
    again.fill([CONTENT[500:]])
    assert again.sha256() == hashlib.sha256(CONTENT).hexdigest()
    again.finish()
    assert [file.name for file in tmp_path.iterdir()] == ["rows"] and path.read_bytes() == CONTENT


@pytest.mark.parametrize("other", [{"etag": "abd", "bytes": [8, 1032]}, {"etag": "abc", "bytes": [9, 1033]}, {}])
def test_of_another_thing_nothing_is_kept(tmp_path: Path, other: dict[str, object]) -> None:
    PartialFile(tmp_path / "rows", len(CONTENT), WHAT).fill([bytes(100)])
    assert PartialFile(tmp_path / "rows", len(CONTENT) + 4, WHAT).kept == 0
    fresh = PartialFile(tmp_path / "rows", len(CONTENT), other)
    assert fresh.kept == 0
    fresh.fill([CONTENT])
    fresh.finish()
    assert (tmp_path / "rows").read_bytes() == CONTENT


def test_bytes_that_changed_on_the_disk_are_not_kept(tmp_path: Path) -> None:
    PartialFile(tmp_path / "rows", len(CONTENT), WHAT).fill([CONTENT[:300], CONTENT[300:700]])
    part, note = tmp_path / "rows.part", tmp_path / "rows.part.json"
    assert json.loads(note.read_text())["sha256"] == hashlib.sha256(CONTENT[:700]).hexdigest()
    assert PartialFile(tmp_path / "rows", len(CONTENT), WHAT).kept == 700
    for place in (0, 350, 699):
        part.write_bytes(CONTENT[:place] + bytes([CONTENT[place] ^ 1]) + CONTENT[place + 1 : 700])
        fresh = PartialFile(tmp_path / "rows", len(CONTENT), WHAT)
        assert fresh.kept == 0 and fresh.sha256() == hashlib.sha256().hexdigest()
    fresh.fill([CONTENT])
    assert fresh.sha256() == hashlib.sha256(CONTENT).hexdigest() and b"".join(fresh.blocks()) == CONTENT
    assert PartialFile.left_whole(tmp_path / "rows", len(CONTENT), {"etag": "abc"}) == WHAT
    assert PartialFile.left_whole(tmp_path / "rows", len(CONTENT), {"etag": "abd"}) is None
    fresh.discard()
    assert list(tmp_path.iterdir()) == [] and PartialFile(tmp_path / "rows", len(CONTENT), WHAT).kept == 0
    assert PartialFile.left_whole(tmp_path / "rows", len(CONTENT), {"etag": "abc"}) is None


def test_a_text_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "note.txt"
    files.replace_text(path, "first")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.replace_text(path, "second")
    assert path.read_text() == "first" and [file.name for file in tmp_path.iterdir()] == ["note.txt"]
