"""Results are kept by what they follow from, whatever state the cache is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedbook import cache


def test_what_is_made_is_made_once_for_the_same_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path / "cache"))
    calls: list[str] = []

    def make() -> bytes:
        calls.append("made")
        return b"slow"

    assert [cache.kept("one", inputs, make) for inputs in ("a", "a", "b")] == [b"slow"] * 3 and len(calls) == 2
    monkeypatch.setattr(cache, "_code", lambda rooms: "edited")
    assert cache.kept("one", "a", make) == b"slow" and len(calls) == 3
    for path in (tmp_path / "cache" / "results").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    assert cache.kept("one", "a", make) == b"slow" and len(calls) == 4  # what is damaged is made anew


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path / "file"))
    assert cache.kept("one", "a", lambda: b"slow") == b"slow"
    calls: list[str] = []

    def fails() -> bytes:
        calls.append("tried")
        raise OSError("no disk")

    with pytest.raises(OSError, match="no disk"):
        cache.kept("one", "a", fails)
    assert len(calls) == 1


def test_a_draft_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), cache.written(path) as draft:
        draft.write_text("new")
        raise KeyboardInterrupt
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1
