"""The public tests of word vectors, against gensim's own implementation and a plain loop over the questions."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedbook import evaluation, geometry, tables
from embedbook.evaluation import (
    RelationScore,
    accuracy_by_step,
    google_analogies,
    google_ids,
    google_questions,
    word_similarity,
)
from embedbook.lists import Question, benchmarks
from embedbook.tables import EmbeddingTable, MissingExtraError
from embedbook.tables.fetch import package_folder

DATA = (package_folder("gensim") or Path()) / "test" / "test_data"


def part_of(table: EmbeddingTable, rows: int) -> tuple[EmbeddingTable, Any]:
    """The first rows of a table, as ours and as gensim's."""
    from gensim.models import KeyedVectors

    vectors, words = table.vectors[:rows].copy(), list(table.tokens[:rows])
    peer = KeyedVectors(table.dimensions)
    peer.add_vectors(words, vectors)
    return tables.from_vectors(words, vectors, name="part"), peer


def asked_of(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    """Lines in the format of the file, in place of the file."""
    monkeypatch.setattr(benchmarks, "lines", lambda _: lines)
    monkeypatch.setattr(evaluation, "google_questions", google_questions.__wrapped__)


def test_the_questions_are_googles() -> None:
    """Mikolov et al. 2013, table 1: 8,869 semantic and 10,675 syntactic questions, 14 relations."""
    questions = google_questions()
    relations = {question.relation for question in questions}
    syntactic = [question for question in questions if question.relation.startswith("gram")]
    assert (len(questions) - len(syntactic), len(syntactic), len(relations)) == (8_869, 10_675, 14)
    assert questions[0] == Question("capital-common-countries", "Athens", "Greece", "Baghdad", "Iraq")


@pytest.mark.parametrize(
    ("name", "rows", "relations"),
    [
        ("glove", 20_000, ("capital-common-countries", "currency", "family", "gram2-opposite")),
        ("minilm", 30_522, ("currency", "family", "gram2-opposite")),
    ],
)
def test_analogies_equal_gensims_relation_by_relation(
    name: str, rows: int, relations: tuple[str, ...], tmp_path: Path
) -> None:
    ours, peer = part_of(tables.load(name), rows)
    kept, keep = [], False
    for line in (DATA / "questions-words.txt").read_text().splitlines():
        keep = line[2:] in relations if line.startswith(":") else keep
        kept += [line] * keep
    (tmp_path / "questions.txt").write_text("\n".join(kept))
    accuracy, sections = peer.evaluate_word_analogies(tmp_path / "questions.txt")
    report = google_analogies(ours, relations=relations)
    assert tuple(report.by_relation) == relations
    for section in sections:
        score = report.by_relation.get(section["section"])
        if score:  # gensim adds totals as sections
            assert score.correct == len(section["correct"])
            assert score.answered == len(section["correct"]) + len(section["incorrect"])
    assert report.accuracy == pytest.approx(accuracy, abs=1e-12)


@pytest.mark.parametrize("exclude_inputs", [True, False])
@pytest.mark.parametrize("method", ["offset", "nearest_to_c", "b_plus_c"])
def test_all_at_once_gives_what_a_plain_loop_gives(
    minilm: EmbeddingTable, method: evaluation.Method, exclude_inputs: bool
) -> None:
    relation = "gram2-opposite"
    report = google_analogies(minilm, exclude_inputs, method=method, relations=[relation])
    correct = answered = echoed = 0
    for question in google_questions():
        found = (minilm.find(word) for word in (question.a, question.b, question.c, question.d))
        ids = [token_id for token_id in found if token_id is not None]
        if question.relation != relation or len(ids) < 4:
            continue
        a, b, c, d = ids
        plus, minus = {"offset": ([b, c], [a]), "nearest_to_c": ([c], []), "b_plus_c": ([b, c], [])}[method]
        answers = geometry.analogy(minilm, plus, minus, k=4, exclude_inputs=False)  # at most three of them are inputs
        answer = next(n.id for n in answers if not (exclude_inputs and n.id in (a, b, c)))
        answered += 1
        correct += answer == d
        echoed += answer in (a, b, c)
    assert report.by_relation == {relation: RelationScore(correct, answered, 812, echoed)}


def test_a_report_is_kept_no_longer_than_its_table(court: EmbeddingTable, minilm: EmbeddingTable) -> None:
    assert google_analogies(minilm, relations=["family"]) is google_analogies(minilm, relations=["family"])
    own = tables.from_vectors(court.tokens, court.vectors)
    google_analogies(own, relations=["family"])
    gone = weakref.ref(own)
    del own
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("rows_at_once", [1, 3, 8_192])
def test_by_hand(monkeypatch: pytest.MonkeyPatch, rows_at_once: int) -> None:
    monkeypatch.setattr(evaluation, "_ROWS_AT_ONCE", rows_at_once)
    lines = [": royals", "man woman king queen", "man woman King QUEEN", ": absent", "man woman boy girl"]
    asked_of(monkeypatch, lines)
    rows = {"man": [1, 0, 0], "woman": [0, 1, 0], "king": [1, 0, 1], "queen": [0, 1, 1], "twin": [0, 1, 1]}
    table = tables.from_vectors([*rows, "spare"], [*rows.values(), [0, 0, 0]], name="court")
    report = google_analogies(table)
    # both spellings are one question to a table without capitals; "boy" is no word of this table; of twins the first
    assert report.by_relation == {"royals": RelationScore(2, 2, 2, 0), "absent": RelationScore(0, 0, 1, 0)}
    assert (report.accuracy, report.answered, report.questions, report.total) == (1, 2, 3, RelationScore(2, 2, 3, 0))
    assert report.coverage == pytest.approx(2 / 3)
    # man : woman :: king, nearest to king itself, inputs left out: queen (cosine 1/2), for man and woman are out
    assert google_analogies(table, method="nearest_to_c").total.correct == 2
    # with inputs allowed the nearest row to king is king
    assert google_analogies(table, False, method="nearest_to_c").total == RelationScore(0, 2, 3, 2)
    assert np.isnan(report.by_relation["absent"].accuracy)
    assert google_analogies(table, relations=[]).questions == 0


def test_a_step_of_one_is_the_usual_sum(monkeypatch: pytest.MonkeyPatch, minilm: EmbeddingTable) -> None:
    usual = [google_analogies(minilm, rule, relations=["family"]).accuracy for rule in (True, False)]
    family = tuple(question for question in google_questions() if question.relation == "family")
    monkeypatch.setattr(evaluation, "google_questions", lambda: family)
    assert accuracy_by_step(minilm, [1.0])[1.0] == pytest.approx(usual)


def test_accuracy_by_step_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """East minus south is [1, 1]: no step stays at north, one leads to northeast, one back to west."""
    asked_of(monkeypatch, [": winds", "south east north northeast", "south east nowhere northeast"])
    rows = {"south": [0, -1], "east": [1, 0], "north": [0, 1], "northeast": [1, 2], "west": [-1, 0]}
    table = tables.from_vectors(rows, list(rows.values()))
    assert google_ids(table).tolist() == [[0, 1, 2, 3]]
    assert accuracy_by_step(table, [0, 1, -1]) == {0: (1, 0), 1: (1, 1), -1: (0, 0)}
    with pytest.raises(ValueError, match="no question has only words that are single tokens here"):
        accuracy_by_step(tables.from_vectors(["a", "b"], np.eye(2)), [1])
    with pytest.raises(ValueError, match="questions"):
        accuracy_by_step(table, [1], questions=0)


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda t: google_analogies(t, method="3CosMul"), ValueError, "method must be one of offset, nearest_to_c"),
        (lambda t: google_analogies(t, relations="family"), TypeError, "expected a list of names of relations"),
        (lambda t: google_analogies(t, relations=5), TypeError, "expected a list of names of relations, got 5"),
        (lambda t: benchmarks.path("men"), ValueError, "no test set is called 'men'; there are google, wordsim353"),
        (lambda t: google_analogies(t, relations=["familie"]), ValueError, "no such relation: familie"),
        (lambda t: google_analogies(t.vectors), TypeError, "expected a table or the name of one, got ndarray"),
        (lambda t: word_similarity(t, "men"), ValueError, "wordsim353 or simlex999"),
    ],
)
def test_bad_arguments_are_clear_errors(court: EmbeddingTable, ask: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        ask(court)


@pytest.mark.parametrize(
    ("benchmark", "file", "pairs"), [("wordsim353", "wordsim353.tsv", 353), ("simlex999", "simlex999.txt", 999)]
)
@pytest.mark.parametrize("name", ["glove", "minilm"])
def test_word_similarity_equals_gensims(name: str, benchmark: Any, file: str, pairs: int) -> None:
    ours, peer = part_of(tables.load(name), 30_000)
    _, spearman, share_unknown = peer.evaluate_word_pairs(DATA / file)
    report = word_similarity(ours, benchmark)
    assert report.pairs == pairs
    assert report.answered == round(pairs * (1 - share_unknown / 100))
    assert report.spearman == pytest.approx(spearman.statistic, abs=1e-9)
    assert repr(report).startswith(f"SimilarityReport('part', {benchmark}, spearman=0.")


def test_too_few_known_pairs_have_no_correlation() -> None:
    report = word_similarity(tables.from_vectors(["love", "sex"], np.eye(2)), "wordsim353")
    assert (report.answered, report.pairs) == (1, 353)
    assert np.isnan(report.spearman)


def test_without_the_questions_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks, "package_folder", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"questions-words\.txt needs .* pip install gensim"):
        google_questions.__wrapped__()


def test_where_every_row_is_an_input_there_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_of(monkeypatch, [": pairs", "man woman king king"])
    table = tables.from_vectors(["man", "woman", "king"], [[1, 0], [0, 1], [1, 1]])
    assert google_analogies(table).total.correct == 0
    assert google_analogies(table, False, method="nearest_to_c").total.correct == 1
