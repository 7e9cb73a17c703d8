"""The quantities of page 04's claims, worked out again without the ledger's code."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from embedbook import claims, tables
from embedbook.claims.ledger import Silence
from embedbook.claims.random_initialization import free_rows, next_token
from embedbook.learning import training
from embedbook.learning.corpus import CATEGORIES, make_corpus
from embedbook.tables import EmbeddingTable
from tests.conftest import ROOT

ENTRIES = {claim.id: claim for claim in claims.entries("04")}
TABLES = ("minilm", "glove")


def unit_rows(table: EmbeddingTable, ids: list[int]) -> np.ndarray:
    rows = np.asarray(table.vectors[ids], dtype=np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_r1_the_spread_of_random_cosines_is_one_over_the_root_of_the_width() -> None:
    """A cosine of random rows has variance 1 / D exactly; the two starting spreads are the libraries' own defaults."""
    a, b = np.random.default_rng(1).normal(size=(2, 2_000, 384))
    cosines = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    assert cosines.var() == pytest.approx(1 / 384, rel=0.1)
    found = claims.result("R1").table_free
    assert found["GPT-2's configuration"].value == "a spread of 0.02"  # Radford and others 2019's code
    assert found["PyTorch's nn.Embedding"].value == "a spread of 1.00"  # "initialized from N(0, 1)", says its page


def test_r2_counts_again() -> None:
    corpus = make_corpus()
    ids = [corpus.id_of(word) for word in ("cat", "dog", "refrigerator")]
    runs = [training.trained("next token", seed).rows[[0, -1]][:, ids] for seed in range(5)]
    units = [rows / np.linalg.norm(rows, axis=2, keepdims=True) for rows in runs]
    cosines = np.array(
        [[at[0] @ at[1:].T for at in run] for run in units]
    )  # [runs, start and end, dog and refrigerator]
    found = claims.result("R2").table_free
    fell = (cosines[:, 1, 1] < cosines[:, 0, 1]).sum()
    assert f"falls in {fell} of 5 runs" in found["Cat and refrigerator in five runs"].value
    assert (cosines[:, 1, 0] > cosines[:, 1, 1]).all()
    assert "ends above cat and refrigerator's in 5;" in found["Cat and dog in five runs"].value


def test_r3_names_who_moves() -> None:
    """Five rows by hand: The, cat, sat, on, the. The optimisers by their rules."""
    assert {name: said.value for name, said in claims.result("R3").table_free.items()} == {
        "Input rows, untied": "5 of 429 rows get a gradient",
        "Output rows, untied": "429 of 429 rows get a gradient",
        "Tied rows": "429 of 429 rows get a gradient",
        "SGD": "moves without a gradient: no row",
        "SGD with momentum": "moves without a gradient: a row touched before",
        "Adam": "moves without a gradient: a row touched before",
        "SparseAdam": "moves without a gradient: no row",
        "AdamW": "moves without a gradient: a row touched before and a row never touched",
    }


def test_r4_and_r7_steps_are_those_that_the_page_shows() -> None:
    """The page's cell has the cited figures in view; both must come to the same counts, and every source is cited."""
    notebook = json.loads((ROOT / "notebooks" / "04_random_initialization.ipynb").read_text(encoding="utf-8"))
    cell = next(c for c in notebook["cells"] if "".join(c["source"]).startswith("steps = {"))
    shown = sorted(int(n.replace(",", "")) for n in re.findall(r"([\d,]+) steps", "".join(cell["outputs"][0]["text"])))
    for claim_id in ("R4", "R7"):
        assert shown == sorted(claims.result(claim_id, TABLES).table_free["Published runs"].numbers.by_run.values())
        runs = ENTRIES[claim_id].limits.published.values()
        assert {run["source"] for run in runs} | {"mikolov2013b", "pennington2014"} <= set(ENTRIES[claim_id].citations)
    assert shown[0] == 93_750 and shown[-1] == 1_200_000  # 300e9 / 3.2e6 by hand; as stated by its authors


def test_r4_free_rows_by_pairs(minilm: EmbeddingTable, glove: EmbeddingTable) -> None:
    free = [i for i, token in enumerate(minilm.tokens) if token.startswith("[unused")]
    units = unit_rows(minilm, free[:1_000])
    pairs = (units @ units.T)[np.triu_indices(len(units), 1)]
    numbers = free_rows(minilm, ENTRIES["R4"].limits).numbers
    assert numbers is not None and numbers.free == 994  # as BERT's vocab.txt has them
    assert numbers.among_free == round(float(pairs.mean()), 2)
    with pytest.raises(Silence, match="kept free"):
        free_rows(glove, ENTRIES["R4"].limits)


def test_r6_share_by_hand(glove: EmbeddingTable) -> None:
    words = [(word, group) for group, members in CATEGORIES.items() for word in members]
    units = unit_rows(glove, [glove.id_of(word) for word, _ in words])
    groups = np.array([group for _, group in words])
    nearest = np.argsort(-(units @ units.T - 2 * np.eye(len(units))), axis=1)[:, :5]
    numbers = next_token(glove, ENTRIES["R6"].limits).numbers
    assert numbers is not None
    assert numbers.same_category == round(float((groups[nearest] == groups[:, None]).mean()), 2)


@pytest.mark.parametrize(
    ("objective", "passes", "note"),
    [
        ("next token", True, "Its objective: next token, of a teacher."),
        ("counts", None, "Its objective: counts, of a teacher, so it cannot testify."),
        ("", None, "Its objective: not known here, of a teacher, so it cannot testify."),
    ],
)
def test_r6_the_card_says_who_can_testify(
    glove: EmbeddingTable, objective: str, passes: bool | None, note: str
) -> None:
    card = replace(glove.card, objective=objective, objective_note="of a teacher")
    found = next_token(EmbeddingTable(card, glove.vocabulary, glove.vectors), ENTRIES["R6"].limits)
    assert (found.passes, found.note, found.condition) == (passes, note, "of a teacher" if passes else "")


def test_r6_wants_most_of_the_words() -> None:
    with pytest.raises(Silence, match="only 1 of the words"):
        next_token(tables.from_vectors(["cat"], [[1.0]]), ENTRIES["R6"].limits)
