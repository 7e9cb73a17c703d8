"""Public tests of word vectors: Google's analogies, WordSim-353 and SimLex-999, run on any table.

The questions come in the gensim package, which :mod:`embedbook.lists` reads as data.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from typing import Literal, TypeAlias, get_args
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from embedbook.geometry import row_cosines, unit_rows
from embedbook.lists import google_questions, rated_pairs
from embedbook.lists.benchmarks import Question
from embedbook.tables import EmbeddingTable, as_table
from embedbook.tables.errors import library, listed, whole

Method = Literal["offset", "nearest_to_c", "b_plus_c"]
"""How "a is to b as c is to ?" is answered: the row nearest to b - a + c, or, for comparison, to c or to b + c."""

_ROWS_AT_ONCE = 8_192
_QUESTIONS_AT_ONCE = 50
_NO_ANSWER = -8.0  # below every sum of three cosines


@dataclass(frozen=True)
class RelationScore:
    """One relation: of ``questions``, ``answered`` have four known words, ``correct`` were answered rightly.

    ``echoed`` counts answers that repeat one of the question's own words (0 where they are left out).
    """

    correct: int
    answered: int
    questions: int
    echoed: int

    def __post_init__(self) -> None:
        if not 0 <= self.correct <= self.answered <= self.questions or not 0 <= self.echoed <= self.answered:
            raise ValueError("more right than answered, or more answered than asked")

    @property
    def accuracy(self) -> float:
        """The share of answered questions that are correct, 0 to 1; not a number if none was answered."""
        return self.correct / self.answered if self.answered else float("nan")

    @property
    def coverage(self) -> float:
        """The share of questions that were answered, 0 to 1."""
        return self.answered / self.questions if self.questions else float("nan")

    def __repr__(self) -> str:
        return (
            f"RelationScore(accuracy={self.accuracy:.4f}, correct={self.correct:,} of {self.answered:,}, "
            f"questions={self.questions:,})"
        )


@dataclass(frozen=True)
class AnalogyReport:
    """All relations of Google's analogy test on one table, in the order of the file."""

    table: str
    method: Method
    exclude_inputs: bool
    by_relation: dict[str, RelationScore]

    @property
    def total(self) -> RelationScore:
        """All relations taken together, every question counting once."""
        counts = np.array([astuple(score) for score in self.by_relation.values()], dtype=int).reshape(-1, 4)
        return RelationScore(*counts.sum(axis=0).tolist())

    @property
    def accuracy(self) -> float:
        """The share of answered questions that are correct, 0 to 1."""
        return self.total.accuracy

    @property
    def answered(self) -> int:
        """Questions whose four words are each one token."""
        return self.total.answered

    @property
    def questions(self) -> int:
        """All questions."""
        return self.total.questions

    @property
    def coverage(self) -> float:
        """The share of all questions that were answered, 0 to 1."""
        return self.total.coverage

    def __repr__(self) -> str:
        inputs = "excluded" if self.exclude_inputs else "allowed"
        return (
            f"AnalogyReport({self.table!r}, {self.method}, inputs {inputs}, accuracy={self.accuracy:.4f}, "
            f"correct={self.total.correct:,} of {self.answered:,}, questions={self.questions:,})"
        )


@dataclass(frozen=True)
class SimilarityReport:
    """How well cosines rank word pairs as people do: Spearman's rank correlation over the ``answered`` of ``pairs``."""

    table: str
    benchmark: str
    spearman: float
    answered: int
    pairs: int

    def __repr__(self) -> str:
        return (
            f"SimilarityReport({self.table!r}, {self.benchmark}, spearman={self.spearman:.4f}, "
            f"pairs={self.answered:,} of {self.pairs:,})"
        )


def google_analogies(
    table: EmbeddingTable | str,
    exclude_inputs: bool = True,
    *,
    method: Method = "offset",
    relations: Collection[str] | None = None,
) -> AnalogyReport:
    """Google's analogy test on a table: which row is nearest to b - a + c, among all rows?

    Rows are scaled to length 1 before adding. With ``exclude_inputs`` the ids of a, b and c are no answers. A question
    with a word that is not one token of the table is not answered. ``relations`` names the relations to run (default:
    all). Of equal cosines the lower id wins, as far as float32 tells them apart. A report is kept as long as its table
    lives, so that asking again costs nothing. Raises ValueError, TypeError, MissingExtraError.

    >>> google_analogies("minilm", relations=["family"])
    AnalogyReport('minilm', offset, inputs excluded, accuracy=0.8421, correct=320 of 380, questions=506)
    """
    if method not in get_args(Method):
        raise ValueError(f"method must be one of {', '.join(get_args(Method))}, got {method!r}")
    table = as_table(table)
    every = frozenset(question.relation for question in google_questions())
    wanted = every if relations is None else frozenset(listed(relations, "names of relations"))
    if wanted - every:
        raise ValueError(f"no such relation: {', '.join(map(str, wanted - every))}")
    kept = _reports.setdefault(table, {})
    if (bool(exclude_inputs), method, wanted) not in kept:
        kept |= _google_reports(table, wanted)
    return kept[bool(exclude_inputs), method, wanted]


_Asked: TypeAlias = tuple[bool, Method, frozenset[str]]
_reports: WeakKeyDictionary[EmbeddingTable, dict[_Asked, AnalogyReport]] = WeakKeyDictionary()


def _google_reports(table: EmbeddingTable, relations: frozenset[str]) -> dict[_Asked, AnalogyReport]:
    """The reports of every method, with the inputs left out and allowed: they share most of the work."""
    questions = [question for question in google_questions() if question.relation in relations]
    asked = _ids_of(table, questions)  # [Q, 4]
    is_answered = (asked >= 0).all(axis=1)  # [Q]
    relation_of = np.array([question.relation for question in questions])
    reports = {}
    for (exclude_inputs, method), found in _answers(table, asked[is_answered, :3]).items():
        answers = np.full(len(questions), -1)
        answers[is_answered] = found
        is_correct = is_answered & (answers == asked[:, 3])
        is_echo = is_answered & (answers[:, None] == asked[:, :3]).any(axis=1)
        by_relation = {}
        for relation in dict.fromkeys(relation_of.tolist()):
            here: NDArray[np.bool_] = relation_of == relation
            counts = np.stack([is_correct, is_answered, here, is_echo])[:, here].sum(axis=1)
            by_relation[relation] = RelationScore(*counts.tolist())
        report = AnalogyReport(table.card.name, method, exclude_inputs, by_relation)
        reports[exclude_inputs, method, relations] = report
    return reports


def google_ids(table: EmbeddingTable | str) -> NDArray[np.intp]:
    """The ids of a, b, c and d, which is right, of those of Google's questions whose words are single tokens: [Q, 4].

    >>> google_ids("minilm").shape
    (12154, 4)
    """
    asked = _ids_of(as_table(table), google_questions())
    return asked[(asked >= 0).all(axis=1)]


def accuracy_by_step(
    table: EmbeddingTable | str, steps: Sequence[float], questions: int = 1_000, seed: int = 0
) -> dict[float, tuple[float, float]]:
    """Google's analogies answered with the row nearest to c + step (b - a): accuracy 0 to 1 for each length of step,
    with the inputs left out and with them allowed, on so many answerable ``questions``, drawn at random.

    A step of 1 is what :func:`google_analogies` takes. Raises ValueError for a table that can answer no question.

    >>> by_step = accuracy_by_step("minilm", [0, 1], questions=50)
    >>> by_step[0][1]  # without a step c itself is nearest
    0.0
    """
    table = as_table(table)
    asked = google_ids(table)
    if not len(asked):
        raise ValueError("no question has only words that are single tokens here")
    drawn = np.random.default_rng(seed).permutation(len(asked))[: whole(questions, "questions", least=1)]
    rows = unit_rows(table, np.arange(len(table)))  # [V, D]
    right = np.zeros((len(steps), 2))
    for ids in np.array_split(asked[drawn], -(-len(drawn) // _QUESTIONS_AT_ONCE)):
        a, b, c = (rows[column] @ rows.T for column in ids[:, :3].T)  # [questions, V] each
        for step, counts in zip(steps, right, strict=True):
            scores = c + np.float32(step) * (b - a)
            allowed = scores.argmax(axis=1)
            np.put_along_axis(scores, ids[:, :3], -np.inf, axis=1)
            counts += [np.sum(found == ids[:, 3]) for found in (scores.argmax(axis=1), allowed)]
    return {
        step: (left_out / len(drawn), allowed / len(drawn))
        for step, (left_out, allowed) in zip(steps, right.tolist(), strict=True)
    }


def _ids_of(table: EmbeddingTable, questions: Sequence[Question]) -> NDArray[np.intp]:
    """The ids of each question's four words, -1 for one that is not a single token: [Q, 4]."""
    words = [(question.a, question.b, question.c, question.d) for question in questions]
    ids = {word: _id_as_asked(table, word) for four in words for word in four}
    asked = [[-1 if (i := ids[word]) is None else i for word in four] for four in words]
    return np.array(asked, dtype=np.intp).reshape(-1, 4)  # also of no question


def _answers(table: EmbeddingTable, asked: NDArray[np.intp]) -> dict[tuple[bool, Method], NDArray[np.intp]]:
    """The answers to Q questions by whether the inputs are left out and by method: ids [Q] each, -1 for none.

    ``asked`` [Q, 3] holds the ids of a, b and c. The cosine of a row with b - a + c is, up to a factor that is the same
    for all rows, the sum of the row's cosines with b, -a and c. So the cosines with the few words of the questions are
    computed once, a block of rows at a time, and questions that share a and b are answered together.
    """
    protocols = [(left_out, method) for method in get_args(Method) for left_out in (False, True)]
    best = {protocol: np.full(len(asked), -1, dtype=np.intp) for protocol in protocols}
    highest = {protocol: np.full(len(asked), _NO_ANSWER, dtype=np.float32) for protocol in protocols}
    words, places = np.unique(asked, return_inverse=True)
    places = places.reshape(asked.shape)  # [Q, 3], of each word among the W
    directions = unit_rows(table, words)  # [W, D]
    together: dict[tuple[int, int], list[int]] = {}
    for question in range(len(asked)):
        together.setdefault((places[question, 0], places[question, 1]), []).append(question)
    for start in range(0, len(table) if len(asked) else 0, _ROWS_AT_ONCE):
        rows = np.arange(start, min(start + _ROWS_AT_ONCE, len(table)))
        cosines = directions @ unit_rows(table, rows).T  # [W, rows]
        for (a, b), group in together.items():
            inputs = asked[group] - start  # [group, 3]
            entry, which = np.nonzero((inputs >= 0) & (inputs < len(rows)))
            added = {"offset": cosines[b] - cosines[a], "nearest_to_c": np.float32(0), "b_plus_c": cosines[b]}
            for method in get_args(Method):
                scores = cosines[places[group, 2]] + added[method]  # [group, rows]
                for left_out in (False, True):
                    if left_out:
                        scores[entry, inputs[entry, which]] = _NO_ANSWER
                    at = scores.argmax(axis=1)  # [group]
                    top, known = scores[np.arange(len(group)), at], highest[left_out, method][group]  # [group] each
                    highest[left_out, method][group] = np.maximum(top, known)
                    best[left_out, method][group] = np.where(top > known, start + at, best[left_out, method][group])
    return best


def word_similarity(table: EmbeddingTable | str, benchmark: Literal["wordsim353", "simlex999"]) -> SimilarityReport:
    """Spearman's rank correlation between the table's cosines and people's scores of word pairs.

    A pair with a word that is not one token of the table is not answered.

    Sources: Finkelstein et al., "Placing Search in Context", 2002; Hill, Reichart and Korhonen, "SimLex-999", 2015.

    >>> word_similarity("minilm", "simlex999").pairs
    999
    """
    stats = library("scipy.stats", "rank correlation", "pip install scipy")
    if benchmark not in ("wordsim353", "simlex999"):
        raise ValueError(f"benchmark must be wordsim353 or simlex999, got {benchmark!r}")
    table = as_table(table)
    rated = rated_pairs(benchmark)
    pairs = [(_id_as_asked(table, a), _id_as_asked(table, b), score) for a, b, score in rated]
    answered = [(a, b, score) for a, b, score in pairs if a is not None and b is not None]
    if len(answered) < 2:
        return SimilarityReport(table.card.name, benchmark, float("nan"), len(answered), len(pairs))
    a, b, scores = zip(*answered, strict=True)
    spearman = float(stats.spearmanr(row_cosines(table, a, b), scores).statistic)
    return SimilarityReport(table.card.name, benchmark, spearman, len(answered), len(pairs))


def _id_as_asked(table: EmbeddingTable, word: str) -> int | None:
    """The word's id if it is one token, in lower case where the table knows no other."""
    return table.find(word.lower() if table.card.uncased else word)
