"""Claims D1 to D3 worked out again by other means, and the lists that they rest on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedShuffleSplit

from embedbook import claims, lists, probes, tables
from embedbook.claims.distributed_meaning import CATEGORIES, Probed, Room, members, one_dimension, sharing
from embedbook.claims.ledger import Silence
from embedbook.tables import EmbeddingTable

TABLES = ("minilm", "glove")
D1 = claims.entries("02")[0].limits


def probed(name: str) -> Probed:
    return claims.result("D1", [name]).per_table[name].numbers


@pytest.mark.parametrize("name", TABLES)
def test_d1_no_verdict_hangs_on_a_hair(name: str) -> None:
    """What decides is 0.02 or more from its threshold: the number of frequency if there is one, else all of them."""
    numbers = probed(name)
    best = max(told.dimension.median for told in numbers.by_category.values())
    for told in numbers.by_category.values():
        assert told.direction.median - max(D1.carries, told.dimension.median) > 0.02
    assert abs(numbers.frequency.median - D1.clean) > 0.02
    assert numbers.frequency.median > D1.clean or D1.clean - best > 0.02
    assert best - D1.much > 0.02


def test_d1_names_a_category_that_reaches_the_limit(minilm: EmbeddingTable) -> None:
    assert "reaches the limit" not in claims.result("D1", ["minilm"]).per_table["minilm"].note
    easier = claims.entries("02")[0].moved(clean=0.75, splits=2).limits
    assert "For mammals and countries and comparatives one dimension reaches" in one_dimension(minilm, easier).note


@pytest.mark.parametrize(
    ("name", "category"), [*(("glove", category) for category in CATEGORIES), ("minilm", "mammals")]
)
def test_d1_with_other_words_and_other_halves(name: str, category: str) -> None:
    """Another draw of the contrast, halved by scikit-learn, scored by scikit-learn: within the sampling error."""
    table = tables.load(name)
    ids, left_out = members(table, category)
    others = probes.words_as_frequent(table, ids, 5, leave_out=left_out, seed=7)
    rows = np.asarray(table.vectors[[*ids, *others]], dtype=float)
    labels = np.repeat([1, 0], [len(ids), len(others)])
    single, whole = [], []
    for train, test in StratifiedShuffleSplit(3, test_size=0.5, random_state=0).split(rows, labels):
        aucs = np.array([roc_auc_score(labels[train], column) for column in rows[train].T])
        best = int(np.argmax(abs(aucs - 0.5)))
        single.append(roc_auc_score(labels[test], np.sign(aucs[best] - 0.5) * rows[test, best]))
        mean = rows[train][labels[train] == 1].mean(axis=0) - rows[train][labels[train] == 0].mean(axis=0)
        whole.append(roc_auc_score(labels[test], rows[test] @ mean))
    told = probed(name).by_category[category]
    assert np.median(single) == pytest.approx(told.dimension.median, abs=0.06)
    assert np.median(whole) == pytest.approx(told.direction.median, abs=0.02)


def test_d1_number_30_of_glove_knows_frequency(glove: EmbeddingTable) -> None:
    """GloVe's ids are frequency ranks: in every stretch of them no number follows the rank as this one does."""
    assert probed("glove").frequency_dimension == 30
    for start, stop in ((0, 2_000), (2_000, 10_000), (50_000, len(glove))):
        ids = np.linspace(start, stop - 1, 2_000).astype(int)
        follows = [abs(spearmanr(ids, glove.vectors[ids, dimension]).statistic) for dimension in range(50)]
        assert np.argmax(follows) == 30
        assert follows[30] > 0.4


def test_d1_a_cased_table_finds_its_countries() -> None:
    table = tables.from_vectors(["France", "Chad", "chad", "the"], np.eye(4))
    assert [table.word(i) for i in members(table, "countries")[0]] == ["France", "Chad"]
    with pytest.raises(Silence, match="too few"):
        one_dimension(table, D1)


@pytest.mark.parametrize("name", TABLES)
def test_d2_counts_and_bound(name: str) -> None:
    """The bound solved the other way round: that many pairs times the chance of one make 1 in 100."""
    numbers: Room = claims.result("D2", [name]).per_table[name].numbers
    width = tables.load(name).dimensions
    assert (numbers.dimensions, numbers.tried) == (width, 10 * width)
    pairs = 2_000 * 1_999 / 2
    above, below = (pairs * probes.chance_above(numbers.bound + rounding, width) for rounding in (-0.005, 0.005))
    assert below < 0.01 < above
    assert numbers.largest_random <= numbers.bound
    # The median |cosine| of random directions is the normal distribution's 0.6745 divided by the root of D.
    assert numbers.typical_random == pytest.approx(0.6745 / np.sqrt(width), abs=0.006)


@pytest.mark.parametrize("seed", [1, 2])
def test_d2_what_fits_does_not_hang_on_the_draw(seed: int) -> None:
    assert probes.fitted(probes.random_directions(3_840, 384, seed), 0.3) >= 0.99 * 3_840
    assert probes.fitted(probes.random_directions(500, 50, seed), 0.3) < 120


def test_d3_by_hand() -> None:
    """From the table of CSS Color Module Level 4, section 6.1."""
    ((witness, found),) = claims.result("D3").table_free.items()
    named = lists.named_colors()
    assert (named["goldenrod"], named["orangered"]) == ((218, 165, 32), (255, 69, 0))
    assert "magenta" not in named  # one colour with fuchsia, which comes first
    assert (
        witness == f"CSS's {148 - 9} named colours"
    )  # 148 names, of which nine are second names: seven greys, cyan, magenta
    assert ", 2 in green, " in found.value
    assert sharing((255, 165, 0), [0, 2]) == ["darkorange", "gold", "orange", "orangered", "red", "yellow"]


def test_the_lists_are_what_their_sources_say() -> None:
    """gensim's own reader gives the same names; 249 codes of ISO 3166 and three that GeoNames keeps besides."""
    from gensim.models.poincare import PoincareKeyedVectors
    from gensim.test.utils import datapath

    nodes = PoincareKeyedVectors.load_word2vec_format(datapath("poincare_vectors.bin"), binary=True).index_to_key
    one_word = [node for node in nodes if "_" not in node]
    assert lists.mammals_in_any_sense() == {node.rsplit(".", 2)[0] for node in one_word}
    assert set(lists.mammals()) == {node.removesuffix(".n.01") for node in one_word if node.endswith(".n.01")}
    assert {"whale", "seal"} <= lists.mammals_in_any_sense() - set(lists.mammals())  # named so in a later sense
    assert len(lists.countries()) == 252
    assert {"bigger", "worse", "smarter"} <= set(lists.comparatives())
    assert "big" not in lists.comparatives()
