"""The claims of page 04: verdicts, and their quantities worked out again without the ledger's code."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import torch

from embedbook import claims, tables
from embedbook.claims.random_initialization import PUBLISHED_STEPS
from embedbook.learning import training
from embedbook.learning.corpus import CATEGORIES, make_corpus
from tests.conftest import ROOT

TABLES = ("minilm", "glove")

# Measured when the entries were written. A difference means another corpus, model, table or rule.
VERDICTS = {
    "R1": "condition", "R2": "condition", "R3": "condition", "R4": "fails", "R5": "condition", "R6": "condition",
    "R7": "fails",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("claim_id", VERDICTS)
def test_the_verdict(claim_id: str) -> None:
    result = claims.measure(claim_id, tables=TABLES)
    assert result.verdict.kind == VERDICTS[claim_id]
    assert result.verdict.sentence.endswith(".")
    for measurement in result.per_table.values():
        assert measurement.value and all(np.isfinite(number) for number in measurement.numbers.values())


def test_all_claims_of_the_page_are_judged() -> None:
    assert [claim.id for claim in claims.entries("04")] == list(VERDICTS)


def test_r1_the_spread_of_random_cosines_is_one_over_the_root_of_the_width() -> None:
    """A cosine of random rows has variance 1 / D exactly; the two starting spreads are the libraries' own defaults."""
    found = claims.measure("R1").per_table
    assert found["Random rows"].passes
    assert found["GPT-2's configuration"].numbers["spread"] == 0.02  # Radford and others 2019's code
    assert found["PyTorch's nn.Embedding"].numbers["spread"] == 1.0  # "initialized from N(0, 1)", says its page
    assert found["PyTorch's nn.Embedding"].passes is False


def test_r2_counts_again() -> None:
    corpus = make_corpus()
    cat, dog, refrigerator = (corpus.id_of(word) for word in ("cat", "dog", "refrigerator"))

    def cosine(rows: np.ndarray, a: int, b: int) -> float:
        return float(rows[a] @ rows[b] / np.sqrt((rows[a] @ rows[a]) * (rows[b] @ rows[b])))

    runs = [training.trained(seed).inputs for seed in range(5)]
    fell = sum(cosine(rows[-1], cat, refrigerator) < cosine(rows[0], cat, refrigerator) for rows in runs)
    assert all(cosine(rows[-1], cat, dog) > cosine(rows[-1], cat, refrigerator) for rows in runs)
    found = claims.measure("R2").per_table
    assert found["Cat and refrigerator in five runs"].numbers["fell"] == fell
    assert found["Cat and dog in five runs"].numbers["nearer"] == 5
    assert {name for name, m in found.items() if m.passes} == {"Cat and dog in five runs", "Tied rows"}


def test_r3_names_who_moves() -> None:
    """Five rows by hand: The, cat, sat, on, the. The optimisers by their rules."""
    found = claims.measure("R3").per_table
    assert found["Input rows, untied"].numbers["rows"] == 5
    assert found["Output rows, untied"].numbers["rows"] == found["Tied rows"].numbers["rows"] == 429
    assert [name for name, m in found.items() if m.passes] == ["Input rows, untied", "SGD", "SparseAdam"]
    assert "mat, which predicts nothing" in claims.measure("R3").verdict.sentence


def test_r4_and_r7_steps_are_those_that_the_page_shows() -> None:
    """The page's cell has the cited figures in view; both must come to the same counts."""
    notebook = json.loads((ROOT / "notebooks" / "04_random_initialization.ipynb").read_text(encoding="utf-8"))
    cell = next(c for c in notebook["cells"] if "".join(c["source"]).startswith("steps = {"))
    shown = sorted(int(n.replace(",", "")) for n in re.findall(r"([\d,]+) steps", "".join(cell["outputs"][0]["text"])))
    assert shown == sorted(round(count) for count, _ in PUBLISHED_STEPS.values())
    assert shown[0] == 93_750 and shown[-1] == 1_200_000  # 300e9 / 3.2e6 by hand; as stated by its authors


def test_r4_free_rows_by_pairs() -> None:
    table = tables.load("minilm")
    free = [i for i, token in enumerate(table.tokens) if token.startswith("[unused")]
    rows = np.asarray(table.vectors[free[:1_000]], dtype=np.float64)
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    pairs = (units @ units.T)[np.triu_indices(len(units), 1)]
    found = claims.measure("R4", TABLES).per_table
    assert found["minilm"].numbers["free"] == 994  # as BERT's vocab.txt has them
    assert found["minilm"].numbers["among_free"] == round(float(pairs.mean()), 2)
    assert found["minilm"].passes is False and found["glove"].passes is None


def test_r5_the_years() -> None:
    numbers = claims.measure("R5").per_table["Attribution"].numbers
    assert dict(numbers) == {"harris1954": 1954, "firth1957": 1957}


def test_r6_only_next_token_tables_testify() -> None:
    found = claims.measure("R6", TABLES).per_table
    assert found["minilm"].passes is None and found["glove"].passes is None
    assert found["The small model"].passes
    table = tables.load("glove")
    words = [(word, group) for group, members in CATEGORIES.items() for word in members]
    rows = np.array([table.row(word) for word, _ in words], dtype=np.float64)
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = units @ units.T - 2 * np.eye(len(units))
    groups = np.array([group for _, group in words])
    share = np.mean(
        [(groups[np.argsort(-line)[:5]] == group).mean() for line, group in zip(cosines, groups, strict=True)]
    )
    assert found["glove"].numbers["same_category"] == round(float(share), 2)


def test_r6_on_gemma_holds_because_of_its_teacher_with_a_condition() -> None:
    if "gemma" not in tables.available():
        assert "gemma" not in claims.measure("R6").per_table  # a page without it says so in one line
        return
    found = claims.measure("R6", ("gemma",)).per_table["gemma"]
    assert found.passes and "larger model" in found.condition
