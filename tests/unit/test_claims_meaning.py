"""Claims D1 to D3 worked out again by other means, and the lists that they rest on."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from embedbook import claims, probes, tables
from embedbook.claims import distributed_meaning, words
from embedbook.claims.ledger import Measurement
from embedbook.tables import EmbeddingTable

TABLES = ("minilm", "glove", "gemma")

# Measured when the ledger was written. A difference means other tables, lists or rules.
SENTENCES = {
    "D1": (
        "It holds on minilm (as to a clean meaning only: one dimension alone still tells much), not on glove and gemma."
    ),
    "D2": "It holds on minilm (in 384 dimensions); on gemma (in 640 dimensions), not on glove.",
    "D3": "On CSS's 139 named colours, two channels already single orange out: red and green, or green and blue.",
}


def said(claim_id: str, name: str) -> Measurement:
    return claims.measure(claim_id, tables=[name]).per_table[name]


@pytest.mark.parametrize("claim_id", SENTENCES)
def test_the_verdict(claim_id: str) -> None:
    result = claims.measure(claim_id, TABLES)
    assert (result.verdict.kind, result.verdict.sentence) == ("condition", SENTENCES[claim_id])
    for measurement in result.per_table.values():
        assert measurement.value and all(np.isfinite(number) for number in measurement.numbers.values())


def test_all_claims_of_the_page_are_judged() -> None:
    assert [claim.id for claim in claims.entries("02")] == list(SENTENCES)


@pytest.mark.parametrize("name", TABLES)
def test_d1_no_verdict_hangs_on_a_hair(name: str) -> None:
    """What decides is 0.02 or more from its threshold: the number of frequency if there is one, else all of them."""
    numbers = said("D1", name).numbers
    singles = [numbers[f"{category} dimension"] for category in distributed_meaning.CATEGORIES]
    for category, single in zip(distributed_meaning.CATEGORIES, singles, strict=True):
        assert numbers[f"{category} direction"] - distributed_meaning.CARRIES > 0.02
        assert numbers[f"{category} direction"] - single > 0.02
    assert abs(numbers["frequency dimension"] - distributed_meaning.CLEAN) > 0.02
    clean_anyway = numbers["frequency dimension"] > distributed_meaning.CLEAN
    assert clean_anyway or distributed_meaning.CLEAN - max(singles) > 0.02
    assert max(singles) - distributed_meaning.MUCH > 0.02


@pytest.mark.parametrize(("name", "reached"), [("minilm", False), ("glove", False), ("gemma", True)])
def test_d1_names_a_category_that_reaches_the_limit(name: str, reached: bool) -> None:
    """Gemma's comparatives stand at the limit itself, as the numbers that are shown have it."""
    measurement = said("D1", name)
    assert (measurement.numbers["comparatives dimension"] >= distributed_meaning.CLEAN) is reached
    assert ("For comparatives one dimension reaches the limit" in measurement.note) is reached


@pytest.mark.parametrize(
    ("name", "category"),
    [("glove", "mammals"), ("glove", "countries"), ("glove", "comparatives"), ("minilm", "mammals")],
)
def test_d1_with_other_words_and_other_halves(name: str, category: str) -> None:
    """Another draw of the contrast, halved by scikit-learn, scored by scikit-learn: within the sampling error."""
    from sklearn.model_selection import StratifiedShuffleSplit

    table = tables.load(name)
    ids, left_out = distributed_meaning.members(table, category)
    others = probes.words_as_frequent(table, ids, 5, leave_out=left_out, seed=7)
    rows = np.asarray(table.vectors[[*ids, *others]], dtype=float)
    labels = np.repeat([1, 0], [len(ids), len(others)])
    single, whole = [], []
    for train, test in StratifiedShuffleSplit(3, test_size=0.5, random_state=0).split(rows, labels):
        aucs = np.array([roc_auc_score(labels[train], column) for column in rows[train].T])
        best = int(np.argmax(abs(aucs - 0.5)))
        sign = np.sign(aucs[best] - 0.5)
        single.append(roc_auc_score(labels[test], sign * rows[test, best]))
        mean = rows[train][labels[train] == 1].mean(axis=0) - rows[train][labels[train] == 0].mean(axis=0)
        whole.append(roc_auc_score(labels[test], rows[test] @ mean))
    numbers = said("D1", name).numbers
    assert np.median(single) == pytest.approx(numbers[f"{category} dimension"], abs=0.06)
    assert np.median(whole) == pytest.approx(numbers[f"{category} direction"], abs=0.02)


def test_d1_number_30_of_glove_knows_frequency(glove: EmbeddingTable) -> None:
    """GloVe's ids are frequency ranks: in every stretch of them no number follows the rank as this one does."""
    from scipy.stats import spearmanr

    assert said("D1", "glove").numbers["frequency which"] == 30
    for start, stop in ((0, 2_000), (2_000, 10_000), (50_000, len(glove))):
        ids = np.linspace(start, stop - 1, 2_000).astype(int)
        follows = [abs(spearmanr(ids, glove.vectors[ids, dimension]).statistic) for dimension in range(50)]
        assert np.argmax(follows) == 30
        assert follows[30] > 0.4


def test_d1_a_cased_table_finds_its_countries() -> None:
    table = tables.from_vectors(["France", "Chad", "chad", "the"], np.eye(4))
    ids, _ = distributed_meaning.members(table, "countries")
    assert [table.word(i) for i in ids] == ["France", "Chad"]


def test_the_lists_are_what_their_sources_say() -> None:
    """gensim's own reader gives the same names; 249 codes of ISO 3166 and three that GeoNames keeps besides."""
    from gensim.models.poincare import PoincareKeyedVectors
    from gensim.test.utils import datapath

    nodes = PoincareKeyedVectors.load_word2vec_format(datapath("poincare_vectors.bin"), binary=True).index_to_key
    one_word = [node for node in nodes if "_" not in node]
    assert words.mammals_in_any_sense() == {node.rsplit(".", 2)[0] for node in one_word}
    assert set(words.mammals()) == {node.removesuffix(".n.01") for node in one_word if node.endswith(".n.01")}
    assert {"whale", "seal"} <= words.mammals_in_any_sense() - set(words.mammals())  # named so in a later sense
    assert len(words.countries()) == 252
    assert {"bigger", "worse", "smarter"} <= set(words.comparatives())
    assert "big" not in words.comparatives()


@pytest.mark.parametrize("name", TABLES)
def test_d2_counts_and_bound(name: str) -> None:
    """The bound solved the other way round: that many pairs times the chance of one make 1 in 100."""
    numbers, table = said("D2", name).numbers, tables.load(name)
    assert numbers["dimensions"] == table.dimensions
    assert numbers["tried"] == 10 * table.dimensions
    ceiling = distributed_meaning._ceiling(table.dimensions)
    assert 2_000 * 1_999 / 2 * probes.chance_above(ceiling, table.dimensions) == pytest.approx(0.01)
    assert numbers["largest_random"] <= numbers["bound"] == round(ceiling, 2)
    # The median |cosine| of random directions is the normal distribution's 0.6745 divided by the root of D.
    assert numbers["typical_random"] == pytest.approx(0.6745 / np.sqrt(table.dimensions), abs=0.006)


def test_d2_what_fits_does_not_hang_on_the_draw() -> None:
    for seed in (1, 2):
        assert probes.fitted(probes.random_directions(3_840, 384, seed), 0.3) >= 0.99 * 3_840
        assert probes.fitted(probes.random_directions(500, 50, seed), 0.3) < 120


def test_d3_by_hand() -> None:
    """From the table of CSS Color Module Level 4, section 6.1."""
    numbers = claims.measure("D3").per_table["CSS's 139 named colours"].numbers
    assert words.named_colors()["goldenrod"] == (218, 165, 32)
    assert words.named_colors()["orangered"] == (255, 69, 0)
    assert "magenta" not in words.named_colors()  # one colour with fuchsia, which comes first
    assert numbers["colors"] == 148 - 9  # 148 names, of which nine are second names: seven greys, cyan, magenta
    assert numbers["green"] == 2
    assert distributed_meaning.sharing((255, 165, 0), [0, 2]) == [
        "darkorange", "gold", "orange", "orangered", "red", "yellow",
    ]  # fmt: skip
