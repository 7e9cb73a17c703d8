"""Pages 02 and 04 to 07: what each witness said when the ledger was written; each rule made to say the opposite."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from embedbook import claims, sizing, tables
from embedbook.claims import timeline
from embedbook.claims.ledger import Claim, Limits, Measurement

TABLES = ("minilm", "glove", "smollm2")
PAGES = ("02", "04", "05", "06", "07")
ENTRIES: dict[str, Claim] = {claim.id: claim for page in PAGES for claim in claims.entries(page)}

# A letter a witness, tables first: yes, yes with a condition, no, says nothing. A difference means other tables, lists,
# runs or rules.
SAID = {
    "D1": "cnn", "D2": "cnc", "D3": "c", "R1": "yyn", "R2": "ynnny", "R3": "cnnynnyn", "R4": "n--n", "R5": "ny",
    "R6": "--cc", "R7": "n", "H1": "yy--n", "H2": "yyyy", "D4": "c-n", "T2": "yyyny", "L3": "yyyyy", "L4": "yyyn",
    "Z1": "yyyy", "Z2": "---c", "Z3": "yy-", "Z4": "cc", "Z5": "ccc", "V1": "ccc", "V2": "ccy", "V3": "yyy",
    "V4": "ynnyy", "V5": "cyc",
}  # fmt: skip


def _figures(claim_id: str, threshold: str, key: str, **values: Any) -> dict[str, Any]:
    """A threshold that is a table of figures, with some of one entry's changed."""
    figures = ENTRIES[claim_id].thresholds[threshold].value
    return {threshold: {**figures, key: {**figures[key], **values}}}


YEARS = ENTRIES["H1"].thresholds["years"].value
MAVERICK, CSS, CAT_DOG = "LLaMA 4 Maverick", "CSS's 139 named colours", "Cat and dog in five runs"

# Claim, witness, and the thresholds that turn round what it says.
TURNED: list[tuple[str, str, dict[str, Any]]] = [
    *(("D1", "minilm", {"splits": 2, **moved}) for moved in ({"clean": 0.8}, {"carries": 1.01})),
    ("D1", "glove", {"splits": 2, "clean": 1.01}),
    *(("D2", "minilm", moved) for moved in ({"least": 11}, {"sure": -1_000})),
    ("D2", "glove", {"least": 1}),
    ("D3", CSS, {"orange": [255, 165, 1]}),
    *(("R1", "Random rows", moved) for moved in ({"least": 50}, {"most": 49}, {"pairs": 3})),
    ("R1", "GPT-2's configuration", {"small": 0.01}),
    ("R1", "PyTorch's nn.Embedding", {"small": 1.1}),
    *(("R2", CAT_DOG, moved) for moved in ({"times_chance": 20}, {"times_shuffled": 1})),
    ("R2", "Untied, input rows", {"together": 0.3}),
    ("R2", "Tied rows", {"together": 0.99}),
    *(("R4", *turned) for turned in (("Published runs", {"steps": 1_000_000}), ("minilm", {"apart": 1}))),
    ("R5", "Content", {"times_chance": 20}),
    *(("R6", witness, {"times_chance": 20}) for witness in ("smollm2", "The small model")),
    ("R7", "Published runs", {"steps": 1_000_000}),
    ("H1", "The years", {"years": {**YEARS, "bengio2003": 2001}}),
    ("H1", "Bengio's widths", {"widths": [30, 60]}),
    ("H1", "The first vectors in context", {"years": {**YEARS, "peters2018": 1990}}),
    *(("H2", "GloVe (2014)", {"times_chance": times}) for times in (1, 14)),
    ("D4", "The cited paper's widths", {"width": 301}),
    *(
        ("T2", "GPT-2", _figures("T2", "reported", "GPT-2", **m))
        for m in ({"numbers": "38.8 million"}, {"size": "79 MB"})
    ),
    ("T2", "DeepSeek-V3", _figures("T2", "reported", "DeepSeek-V3", numbers="927 million", size="1.9 GB")),
    ("L3", "GPT-3", _figures("L3", "figures", "GPT-3", layers=95)),
    ("L3", "DeepSeek-V3", _figures("L3", "figures", "DeepSeek-V3", active="35 B")),
    ("L3", MAVERICK, _figures("L3", "figures", MAVERICK, experts=16)),
    ("L4", "GPT-3", {"gpt_3": {"rows": 50_257, "width": 768, "layers": 96}}),
    ("Z1", "Arithmetic", {"examples": {"GPT-2": [38_597_376, 1]}}),
    ("Z2", "torch's dtypes", {"sizes": {"float32": 4, "float16": 4, "bfloat16": 2}}),
    ("Z3", "GPT-2", _figures("Z3", "shares", "GPT-2", share="33%")),
    ("Z3", MAVERICK, _figures("Z3", "shares", MAVERICK, size="803 GB")),
    ("V1", "minilm", {"over_chance": 20}),
    ("V2", "minilm", {"other_layout": 0.9}),
    ("V3", "minilm", {"silhouette": 0.9}),
    *(("V4", f"constructed {what}", {"equal": 0.5}) for what in ("sizes", "gaps")),
    *(("V4", table, {"nothing": nothing}) for table, nothing in (("minilm", 0.01), ("glove", 0.5))),
    *(("V5", "glove", moved) for moved in ({"other_layout": 0.9}, {"stays": -1})),
]


def heard(claim_id: str, witness: str, **moved: Any) -> Measurement[Any]:
    """What a table, by name, or another witness says under other thresholds, measured anew."""
    claim = ENTRIES[claim_id]
    limits = Limits(**{**vars(claim.limits), **moved})
    if witness in tables.names() and claim.per_table:
        return claim.per_table(tables.load(witness), limits)
    assert claim.table_free
    return claim.table_free(limits)[witness]


def said(claim_id: str) -> dict[str, Measurement[Any]]:
    result = claims.result(claim_id, TABLES)
    return {**result.per_table, **result.table_free}


@pytest.mark.parametrize("claim_id", SAID)
def test_what_was_said(claim_id: str) -> None:
    letters = {None: "-", False: "n"}
    found = [letters.get(m.passes, "c" if m.condition else "y") for m in said(claim_id).values()]
    assert "".join(found) == SAID[claim_id]
    assert all(m.value for m in said(claim_id).values())


def test_all_claims_of_these_pages_are_judged_and_turned_round() -> None:
    assert list(SAID) == list(ENTRIES)
    elsewhere = {"Z4", "Z5"}  # Z5 below, Z4 in test_claims_sizing
    both_ways = {claim_id for claim_id, letters in SAID.items() if "n" in letters and {*letters} & {*"yc"}}
    assert {claim_id for claim_id, *_ in TURNED} | elsewhere | both_ways == set(SAID)


@pytest.mark.parametrize(("claim_id", "witness", "moved"), TURNED)
def test_the_rule_can_say_the_opposite(claim_id: str, witness: str, moved: dict[str, Any]) -> None:
    assert {said(claim_id)[witness].passes, heard(claim_id, witness, **moved).passes} == {True, False}


@pytest.mark.parametrize(
    ("claim_id", "witness", "moved", "condition"),
    [
        ("D1", "minilm", {"splits": 2, "much": 0.99}, ""),
        ("R6", "smollm2", {}, "then tuned on instructions"),
        ("V2", "minilm", {"other_layout": -1}, ""),
        ("V5", "minilm", {"margin": -1}, ""),
        ("V5", "glove", {"margin": 0.1}, "only for the seeds: of the 3 nearest the low ones keep less than 0.1 more"),
    ],
)
def test_the_condition_follows_the_rule(claim_id: str, witness: str, moved: dict[str, Any], condition: str) -> None:
    assert heard(claim_id, witness, **moved).condition == condition


def test_facts_of_the_list_decide_and_what_is_cited_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {**said("H1"), **said("D4")}
    cited = [name for name, m in found.items() if m.value.startswith("cited: ") and m.passes is None]
    assert cited == ["The first major network", "GloVe's model", "The vectors from Google News"]
    later = {"harris1954": 1960}
    events = [replace(event, public=later.get(event.key, event.public), credits=()) for event in timeline.EVENTS]
    monkeypatch.setattr(timeline, "EVENTS", tuple(events))
    assert heard("D4", "Who showed the arithmetic").passes is True
    assert heard("R5", "Attribution").passes is True


def test_z5_counts_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = sizing.model("GPT-2")
    monkeypatch.setattr(sizing, "model", lambda _: replace(counted, rows=counted.rows + 1))
    assert not any(m.passes for m in ENTRIES["Z5"].without_table().values())


@pytest.mark.parametrize("claim_id", [claim_id for claim_id, claim in ENTRIES.items() if claim.per_table])
def test_a_small_or_an_empty_table_has_its_say_or_none(claim_id: str) -> None:
    glove = tables.load("glove")
    words = [glove.word(i) for i in glove.frequent_words(12_000)]
    for n in (3, 1_500, 12_000):
        said = ENTRIES[claim_id].on(tables.from_vectors(words[:n], np.zeros((n, 8))))
        assert said.passes is not True and said.value
