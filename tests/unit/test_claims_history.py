"""The claims of page 05: dates against the bibliography, ranks by hand, scores against another library."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sklearn.neighbors import NearestNeighbors

from embedbook import claims, lists
from embedbook.claims import history, timeline
from embedbook.learning import training
from embedbook.learning.corpus import make_corpus
from tests.conftest import ROOT

H2 = claims.entries("05")[1]


class TestTimeline:
    def test_years_are_the_bibliographys_and_run_forward(self) -> None:
        text = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
        entries = dict(re.findall(r"@\w+\{(\w+),(.*?)\n\}", text, re.S))
        years = {key: int(re.search(r"year = \{(\d{4})\}", entry)[1]) for key, entry in entries.items()}
        # arXiv:1810.04805 of October 2018; printed at NAACL 2019
        assert [event.key for event in timeline.EVENTS if event.year != years[event.key]] == ["devlin2019"]
        assert [event.year for event in timeline.EVENTS] == sorted(event.year for event in timeline.EVENTS)
        assert len({event.key for event in timeline.EVENTS}) == len(timeline.EVENTS)

    def test_each_correction_is_of_a_claim(self) -> None:
        known = {claim.id for claim in claims.entries()}
        assert {event.corrects for event in timeline.EVENTS} - {""} <= known

    def test_both_forms_name_every_source(self) -> None:
        shown = timeline.Timeline()
        for event in timeline.EVENTS:
            name = lists.references()[event.key].name
            assert name in shown._repr_markdown_() and name in repr(shown)


def test_glove_has_the_rank_of_its_tables() -> None:
    """Two tables of 32 columns give rank 32 at most; each bias adds one."""
    assert claims.result("H1").table_free["GloVe's model"].numbers == history.Factorised(
        32 + 1 + 1, 32, same_counts=True
    )


@pytest.mark.parametrize("algorithm", training.ALGORITHMS)
def test_h2_shares_by_another_library(algorithm: str) -> None:
    """scikit-learn's nearest neighbours by cosine, over the category words."""
    assert (range(H2.limits.seeds), range(H2.limits.shuffled)) == (training.SEEDS, training.SHUFFLED_SEEDS)
    ids, labels = make_corpus().members
    shares = []
    for seed in training.SEEDS:
        rows = training.rows(algorithm, seed)[ids]
        nearest = NearestNeighbors(n_neighbors=6, metric="cosine").fit(rows).kneighbors(rows)[1][:, 1:]
        shares.append((labels[nearest] == labels[:, None]).mean())
    said = claims.result("H2").table_free
    (numbers,) = [m.numbers for name, m in said.items() if name.lower().startswith(algorithm.lower())]
    assert (numbers.least, numbers.most) == pytest.approx((min(shares), max(shares)), abs=0.006)
    assert numbers.least > 10 * numbers.chance  # no verdict hangs on a hair
    assert numbers.most_shuffled < 2.5 * numbers.chance


@pytest.mark.parametrize(
    ("real", "lost", "passes"), [(0.12, 0.06, False), (0.9, 0.3, False), (0.9, 0.1, True), (0.1, 0.15, False)]
)
def test_h2_asks_for_more_than_an_order(
    monkeypatch: pytest.MonkeyPatch, real: float, lost: float, passes: bool
) -> None:
    """Runs twice as good as chance on the corpus fail, though they beat the control; so does a control that finds."""
    known = training.found("skip-gram")

    def found(name: str, seed: int, *, shuffled: bool = False) -> object:
        return replace(known, same_category=lost if shuffled else real)

    monkeypatch.setattr(training, "found", found)
    assert history.four_algorithms(H2.limits)["Skip-gram (2013)"].passes is passes
