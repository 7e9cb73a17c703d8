"""The made corpus: what its words are said to share, the control in which they share nothing, and recovery scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import astuple

import numpy as np
import pytest
from scipy.stats import ortho_group

from embedbook.learning import corpus as corpora
from embedbook.learning import recovery as measures
from embedbook.learning.corpus import CATEGORIES, PROBES, RARE, RARE_USES, Corpus, make_corpus
from embedbook.learning.recovery import recovery
from embedbook.lists.categories import categories

HOLLOW = "_"
MEMBERS = [word for group in CATEGORIES.values() for word in group]


@pytest.fixture(scope="module")
def real() -> Corpus:
    return make_corpus()


@pytest.fixture(scope="module")
def control() -> Corpus:
    return make_corpus(shuffled=True)


def contexts(corpus: Corpus, word: str) -> set[tuple[str, ...]]:
    """The sentences that hold a word, with every category word made hollow."""
    return {tuple(HOLLOW if w in MEMBERS else w for w in s) for s in corpus.sentences() if word in s}


def test_the_same_seed_gives_the_same_text_another_seed_another(real: Corpus) -> None:
    again, other = make_corpus.__wrapped__(), make_corpus(seed=1)
    assert real.words == again.words and np.array_equal(real.ids, again.ids)
    assert not np.array_equal(real.ids[:1_000], other.ids[:1_000])


def test_ids_words_and_counts_belong_together(real: Corpus) -> None:
    text = [word for sentence in real.sentences() for word in (*sentence, corpora.STOP)]
    assert [real.words[i] for i in real.ids] == text
    counted = Counter(text)
    assert [int(count) for count in real.counts] == [counted[word] for word in real.words]
    assert list(real.counts) == sorted(real.counts, reverse=True)


def test_no_word_has_two_categories_and_no_frame_names_a_member() -> None:
    about = [template for templates in corpora.TEMPLATES.values() for template in templates]
    frames = [*about, *corpora.PAIR_TEMPLATES, *corpora.EVERYWHERE]
    assert len(MEMBERS) == len(set(MEMBERS)) == 15 * 12
    assert not set(MEMBERS) & {word for frame in frames for word in frame.split()}
    assert list(corpora.TEMPLATES) == list(CATEGORIES)
    with pytest.raises(ValueError, match="no categories are called 'verbs'; there are chapter, corpus"):
        categories("verbs")


def test_rare_words_are_as_rare_as_said_in_both_corpora(real: Corpus, control: Corpus) -> None:
    for corpus in (real, control):
        assert {int(corpus.counts[corpus.id_of(word)]) for word in RARE.values()} == {RARE_USES}


def test_without_the_frames_for_any_word_the_other_sentences_stay(real: Corpus) -> None:
    heads = tuple(frame.split("{")[0].rstrip() for frame in corpora.EVERYWHERE)
    every, without = (Counter(map(" ".join, corpus.sentences())) for corpus in (real, make_corpus(everywhere=False)))
    assert without == Counter({text: count for text, count in every.items() if not text.startswith(heads)})
    assert 0.7 < without.total() / every.total() < 0.8


def test_a_country_and_its_capital_stand_beside_one_language(real: Corpus) -> None:
    for country, capital, language in zip(*(CATEGORIES[name] for name in corpora.EVEN), strict=True):
        for word in (country, capital):
            beside = Counter(w for s in real.sentences() if word in s for w in s if w in CATEGORIES["languages"])
            assert set(beside) == {language} and beside[language] > 20


def test_probes_share_followers_or_predecessors_and_nothing_else(real: Corpus) -> None:
    for probe in PROBES:
        sentences = {word: next(s for s in real.sentences() if word in s) for word in (probe.first, probe.second)}
        before, after = ({sentence[at] for sentence in sentences.values()} for at in (0, 2))
        assert (len(before), len(after)) == ((2, 1) if probe.shared == "followers" else (1, 2))
        assert len({int(real.counts[real.id_of(word)]) for word in sentences}) == 1
    assert Counter(probe.shared for probe in PROBES) == {"followers": 4, "predecessors": 4}


def test_the_control_keeps_counts_and_frames_and_loses_the_company(real: Corpus, control: Corpus) -> None:
    assert control.words == real.words and np.array_equal(control.counts, real.counts)
    shared, mixed = (contexts(corpus, "cat") & contexts(corpus, "refrigerator") for corpus in (real, control))
    assert {" ".join(frame) for frame in shared} <= {t.replace("{any}", HOLLOW) for t in corpora.EVERYWHERE}
    assert len(mixed) > len(shared) + 5


def test_noise_is_at_chance_over_many_draws(real: Corpus) -> None:
    draws = [recovery(np.random.default_rng(seed).normal(size=(len(real.words), 32)), real) for seed in range(30)]
    share, chance, margin, rank, _ = np.mean([astuple(found) for found in draws], axis=0)
    assert chance == pytest.approx(11 / 179) == pytest.approx(share, abs=0.005)  # 12 of 180 words
    assert rank == pytest.approx(6.5, abs=0.5)  # the middle of 1 to 12
    assert margin == pytest.approx(0, abs=0.005)


TWO_GROUPS = [[1, 0], [2, 0.1], [3, -0.1], [0, 1], [0.1, 2], [-0.1, 3]]
LABELS = ["a", "a", "a", "b", "b", "b"]
NAN = [[np.nan, 1]] * 6


def share(rows: object, labels: object, k: int = 5) -> float:
    return float(measures.same_category_shares(rows, labels, k).mean())


def test_shares_and_margin_of_two_groups() -> None:
    assert share(TWO_GROUPS, LABELS, k=2) == 1
    assert share(TWO_GROUPS, LABELS, k=5) == pytest.approx(2 / 5)  # all five others, two of them own
    # the third row stands at 84 degrees, among b's rows at 90, 107 and 112: it and its neighbour point at each other
    strayed = [[1, 0], [1, 0.2], [0.1, 1], [0, 1], [-0.3, 1], [-0.4, 1]]
    assert measures.same_category_shares(strayed, LABELS, k=1).tolist() == [1, 1, 0, 0, 1, 1]
    # within a: 1, within b: 0; between: 1, 0, 1, 0
    assert measures.category_margin([[1, 0], [1, 0], [1, 0], [0, 1]], ["a", "a", "b", "b"]) == 1 / 2 - 2 / 4


def test_scores_do_not_depend_on_length_or_on_the_basis() -> None:
    generator = np.random.default_rng(0)
    rows, labels = generator.normal(size=(40, 8)), np.arange(40) % 4
    turned = rows @ ortho_group.rvs(8, random_state=0) * generator.uniform(0.1, 9, size=(40, 1))
    for score in (share, measures.category_margin):
        assert score(turned, labels) == pytest.approx(score(rows, labels))


def test_pairs_by_hand() -> None:
    countries = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    capitals = [[1, 0.5, 0], [0, 1, 0.1], [1, 0, 0.2]]  # the third is nearer the first country than its own
    assert measures.pair_ranks(countries, capitals).tolist() == [2, 1, 1]
    assert measures.pair_ranks(np.ones((4, 2)), np.ones((4, 2))).tolist() == [4] * 4  # all alike: the worst rank


@pytest.mark.parametrize(
    ("call", "message"),
    [
        *((lambda k=k: share(TWO_GROUPS, LABELS, k), f"1 to 5, got {k}") for k in (0, 6)),
        (lambda: share(TWO_GROUPS, LABELS[:5]), "a label for each of 6 rows, got 5"),
        (lambda: share(NAN, LABELS), "undefined numbers"),
        (lambda: measures.category_margin(TWO_GROUPS, ["a"]), "a label for each of 6 rows, got 1"),
        (lambda: measures.category_margin(TWO_GROUPS, ["a"] * 6), "a pair with two"),
        (lambda: measures.pair_ranks(TWO_GROUPS, TWO_GROUPS[:1]), "as many first as second rows, got 6 and 1"),
        (lambda: measures.pair_ranks(NAN, NAN), "undefined numbers"),
        (lambda: measures.recovery(np.eye(3), make_corpus(600)), "one for each word of the corpus, got 3"),
        (lambda: measures.recovery(np.full((429, 4), np.nan), make_corpus()), "undefined numbers"),
    ],
)
def test_what_has_no_score_is_said(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
