"""Results are kept by what they follow from, whatever state the cache is in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from embedbook import cache, claims
from embedbook.claims import _measuring
from tests.conftest import ROOT

PACKAGE = ROOT / "embedbook"


def test_what_is_made_is_made_once_for_the_same_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path / "cache"))
    calls: list[str] = []

    def make() -> bytes:
        calls.append("made")
        return b"slow"

    assert [cache.kept("one", inputs, make) for inputs in ("a", "a", "b")] == [b"slow"] * 3 and len(calls) == 2
    monkeypatch.setattr(cache, "_code", lambda rooms, without: "edited")
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


# --- what a measurement is kept by


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the package, whose files the cache looks at."""
    root = tmp_path / "embedbook"
    for inside in cache.files(cache.ROOMS):
        (root / inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PACKAGE / inside, root / inside)
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "__file__", str(root / "cache.py"))
    cache._code.cache_clear()
    yield root
    cache._code.cache_clear()


def measured_anew(claim: claims.Claim) -> bool:
    """Whether the claim, asked again, is measured and not read."""
    calls: list[str] = []

    def measure() -> dict[str, claims.Measurement[None]]:
        calls.append("measured")
        return {}

    cache._code.cache_clear()
    _measuring._kept(claim, "no table", _measuring.SAID_WITHOUT_TABLE, measure)
    return bool(calls)


@pytest.mark.parametrize("file", sorted(_measuring.SHOWN))
def test_what_only_shows_is_no_reason_to_measure_anew(copied: Path, file: str) -> None:
    claim = claims.entries("01")[0]
    assert measured_anew(claim) and not measured_anew(claim)
    with (copied / file).open("a", encoding="utf-8") as edited:
        edited.write("# another word\n")
    assert not measured_anew(claim)


@pytest.mark.parametrize(
    "file",
    ["claims/analogies.py", "claims/ledger.py", "claims/timeline.toml", "claims/wording.py", "geometry.py",
     "lists/words.toml", "tables/vocabulary.py"],
)  # fmt: skip
def test_what_a_measurement_follows_from_is_a_reason(copied: Path, file: str) -> None:
    claim = claims.entries("01")[0]
    assert measured_anew(claim) and not measured_anew(claim)
    with (copied / file).open("a", encoding="utf-8") as edited:
        edited.write("# another word\n")
    assert measured_anew(claim)


def test_a_threshold_is_a_reason_though_its_file_is_none(copied: Path) -> None:
    claim = next(claim for claim in claims.entries() if claim.id == "A5")
    assert measured_anew(claim) and not measured_anew(claim)
    assert measured_anew(claim.moved("above", 0.9))


def test_all_that_measuring_imports_is_a_reason() -> None:
    """Followed through the imports: no file that only shows is among them, and no room is forgotten."""
    graph = grimp.build_graph("embedbook", cache_dir=None)
    counted = {PACKAGE / inside for inside in cache.files(cache.ROOMS, _measuring.SHOWN)}
    measuring = {f"embedbook.claims.{page}" for page in _measuring.PAGES}
    for module in measuring | {found for one in measuring for found in graph.find_upstream_modules(one)}:
        place = PACKAGE.joinpath(*module.split(".")[1:])
        assert {place / "__init__.py", place.with_suffix(".py")} & counted or module == "embedbook.cache", module
    assert {PACKAGE / file for file in _measuring.SHOWN} <= set(PACKAGE.rglob("*"))
