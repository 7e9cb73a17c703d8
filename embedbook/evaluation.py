"""Public tests of word vectors: Google's analogies, WordSim-353 and SimLex-999, run on any table.

The questions come in the gensim package, which :mod:`embedbook.lists` reads as data.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from embedbook.geometry import row_cosines, unit_rows
from embedbook.lists import Question, google_questions, rated_pairs
from embedbook.tables import EmbeddingTable, MissingExtraError, as_table

Method = Literal["offset", "nearest_to_c", "b_plus_c"]
"""How "a is to b as c is to ?" is answered: the row nearest to b - a + c, or, for comparison, to c or to b + c."""

_ROWS_AT_ONCE = 8_192
_RUN = 128  # rows that are scored or passed over together
_NEVER = -8.0  # below every sum of three cosines


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
        scores = self.by_relation.values()
        return RelationScore(
            correct=sum(score.correct for score in scores),
            answered=sum(score.answered for score in scores),
            questions=sum(score.questions for score in scores),
            echoed=sum(score.echoed for score in scores),
        )

    @property
    def accuracy(self) -> float:
        """The share of answered questions that are correct, 0 to 1."""
        return self.total.accuracy

    @property
    def correct(self) -> int:
        """Questions answered rightly."""
        return self.total.correct

    @property
    def answered(self) -> int:
        """Questions whose four words are each one token."""
        return self.total.answered

    @property
    def questions(self) -> int:
        """All questions."""
        return self.total.questions

    @property
    def echoed(self) -> int:
        """Answers that repeat one of the question's own words."""
        return self.total.echoed

    @property
    def coverage(self) -> float:
        """The share of all questions that were answered, 0 to 1."""
        return self.total.coverage

    def __repr__(self) -> str:
        inputs = "excluded" if self.exclude_inputs else "allowed"
        return (
            f"AnalogyReport({self.table!r}, {self.method}, inputs {inputs}, accuracy={self.accuracy:.4f}, "
            f"correct={self.correct:,} of {self.answered:,}, questions={self.questions:,})"
        )


@dataclass(frozen=True)
class SimilarityReport:
    """How well cosines rank word pairs as people do: Spearman's rank correlation over the ``answered`` of ``pairs``."""

    table: str
    benchmark: str
    spearman: float
    answered: int
    pairs: int

    @property
    def coverage(self) -> float:
        """The share of pairs whose two words are each one token, 0 to 1."""
        return self.answered / self.pairs

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
    first: int | None = None,
) -> AnalogyReport:
    """Google's analogy test on a table: which row is nearest to b - a + c, among all rows?

    Rows are scaled to length 1 before adding. With ``exclude_inputs`` the ids of a, b and c are no answers. A question
    with a word that is not one token of the table is not answered. ``relations`` names the relations to run (default:
    all), ``first`` keeps to the first so many rows, as words and as answers. Of equal
    cosines the lower id wins, as far as float32 tells them apart. A report is kept as long as its table lives, so that
    asking again costs nothing.

    >>> google_analogies("minilm", relations=["family"])
    AnalogyReport('minilm', offset, inputs excluded, accuracy=0.8421, correct=320 of 380, questions=506)
    """
    if method not in get_args(Method):
        raise ValueError(f"method must be one of {', '.join(get_args(Method))}, got {method!r}")
    if first is not None and first < 1:
        raise ValueError(f"first must be 1 or more, got {first}")
    if isinstance(relations, str):
        raise TypeError(f"relations must be a list of names, such as [{relations!r}]")
    table = as_table(table)
    unknown = set(relations or ()) - {question.relation for question in google_questions()}
    if unknown:
        raise ValueError(f"no such relation: {', '.join(sorted(unknown))}")
    wanted = None if relations is None else frozenset(relations)
    size = min(first or len(table), len(table))
    kept, asked = _reports.setdefault(table, {}), (exclude_inputs, method, wanted, size)
    if asked not in kept:
        kept |= _google_reports(table, wanted, size)
    return kept[asked]


_Asked: TypeAlias = tuple[bool, Method, frozenset[str] | None, int]
_reports: WeakKeyDictionary[EmbeddingTable, dict[_Asked, AnalogyReport]] = WeakKeyDictionary()


def _google_reports(table: EmbeddingTable, relations: frozenset[str] | None, size: int) -> dict[_Asked, AnalogyReport]:
    """The reports of every method, with the inputs left out and allowed: they share most of the work."""
    questions = [question for question in google_questions() if relations is None or question.relation in relations]
    known = {word: _id_in(table, word, size) for question in questions for word in _words(question)}
    asked = np.array([[known[word] for word in _words(question)] for question in questions], dtype=np.intp).reshape(
        -1, 4
    )
    is_answered = np.all(asked >= 0, axis=1)
    relation_of = np.array([question.relation for question in questions])
    reports = {}
    for (method, exclude_inputs), found in _answers(table, asked[is_answered, :3], size).items():
        answers = np.full(len(questions), -1)
        answers[is_answered] = found
        is_correct = is_answered & (answers == asked[:, 3])
        is_echo = is_answered & np.any(answers[:, None] == asked[:, :3], axis=1)
        by_relation = {}
        for relation in dict.fromkeys(relation_of.tolist()):
            here: NDArray[np.bool_] = relation_of == relation
            by_relation[relation] = RelationScore(
                correct=int(is_correct[here].sum()),
                answered=int(is_answered[here].sum()),
                questions=int(here.sum()),
                echoed=int(is_echo[here].sum()),
            )
        report = AnalogyReport(table.card.name, method, exclude_inputs, by_relation)
        reports[exclude_inputs, method, relations, size] = report
    return reports


def word_similarity(table: EmbeddingTable | str, benchmark: Literal["wordsim353", "simlex999"]) -> SimilarityReport:
    """Spearman's rank correlation between the table's cosines and people's scores of word pairs.

    A pair with a word that is not one token of the table is not answered.

    Sources: Finkelstein et al., "Placing Search in Context", 2002; Hill, Reichart and Korhonen, "SimLex-999", 2015.

    >>> word_similarity("minilm", "simlex999").pairs
    999
    """
    try:
        from scipy.stats import spearmanr
    except ImportError as error:
        raise MissingExtraError("rank correlation", "pip install scipy") from error
    if benchmark not in ("wordsim353", "simlex999"):
        raise ValueError(f"benchmark must be wordsim353 or simlex999, got {benchmark!r}")
    table = as_table(table)
    rated = rated_pairs(benchmark)
    pairs = [(table.find(_as_asked(table, a)), table.find(_as_asked(table, b)), score) for a, b, score in rated]
    answered = [(a, b, score) for a, b, score in pairs if a is not None and b is not None]
    if len(answered) < 2:
        return SimilarityReport(table.card.name, benchmark, float("nan"), len(answered), len(pairs))
    a, b, scores = zip(*answered, strict=True)
    spearman = float(spearmanr(row_cosines(table, a, b), scores).statistic)
    return SimilarityReport(table.card.name, benchmark, spearman, len(answered), len(pairs))


class _Best:
    """The best row so far for each of Q questions: its score and its id, -1 for none; of equal scores the lower id."""

    def __init__(self, questions: int) -> None:
        self.scores = np.full(questions, -np.inf, dtype=np.float32)
        self.ids = np.full(questions, -1, dtype=np.intp)

    def offer(
        self,
        questions: NDArray[np.intp],
        scores: NDArray[np.float32],
        runs: NDArray[np.intp],
        rows: NDArray[np.intp],
    ) -> None:
        """The scores [n, rows of a run] of n runs, each for one question; a question's runs come in rising order."""
        at = scores.argmax(axis=1)
        score = scores[np.arange(len(at)), at]
        better = (score >= self.scores[questions]) & (score > _NEVER + 4)
        for question, value, row in zip(
            questions[better], score[better], rows[np.minimum(runs * _RUN + at, len(rows) - 1)[better]], strict=True
        ):
            if value > self.scores[question] or (value == self.scores[question] and row < self.ids[question]):
                self.scores[question], self.ids[question] = value, row


def _answers(table: EmbeddingTable, asked: NDArray[np.intp], size: int) -> dict[tuple[Method, bool], NDArray[np.intp]]:
    """The answers to Q questions by method and by whether the inputs are left out: ids [Q] each.

    ``asked`` [Q, 3] holds the ids of a, b and c; the first ``size`` rows may answer.

    The cosine of a row with b - a + c is, up to a factor that is the same for all rows, the sum of the row's cosines
    with b, -a and c. So the cosines with the few words of the questions are computed once, a block of rows at a time.
    And most rows need not be scored at all: in a small run of rows no sum is above the largest cosine with c plus the
    largest of the rest, and where that is below the best score so far, the run is passed over. The words of the
    questions, among which the answers usually are, are scored first.
    """
    methods = get_args(Method)
    best = {(method, left_out): _Best(len(asked)) for method in methods for left_out in (True, False)}
    if not len(asked):
        return {protocol: found.ids for protocol, found in best.items()}
    words, places = np.unique(asked, return_inverse=True)
    places = places.reshape(asked.shape)
    directions = unit_rows(table, words)
    _, group_of = np.unique(asked[:, :2], axis=0, return_inverse=True)
    order = np.argsort(group_of.ravel(), kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(group_of.ravel()[order])) + 1)
    blocks = [words, *(np.arange(start, min(start + _ROWS_AT_ONCE, size)) for start in range(0, size, _ROWS_AT_ONCE))]
    for rows in blocks:
        cosines = _in_runs(directions @ unit_rows(table, rows).T)
        largest = cosines.max(axis=2)
        inputs = _positions(rows, asked)
        for group in groups:
            a, b, _ = places[group[0]]
            rest = {"offset": cosines[b] - cosines[a], "b_plus_c": cosines[b]}
            for method in methods:
                bound = largest[places[group, 2]]
                if method in rest:
                    bound += rest[method].max(axis=1)
                found, run = np.nonzero(bound >= best[method, True].scores[group, None])
                if not len(found):
                    continue
                question = group[found]
                scores = cosines[places[question, 2], run]
                if method in rest:
                    scores += rest[method][run]
                best[method, False].offer(question, scores, run, rows)
                within = inputs[question] - run[:, None] * _RUN
                entry, which = np.nonzero((within >= 0) & (within < _RUN))
                scores[entry, within[entry, which]] = _NEVER
                best[method, True].offer(question, scores, run, rows)
    return {protocol: found.ids for protocol, found in best.items()}


def _in_runs(cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosines [n, rows] as [n, runs, rows of a run], filled up with values that never win."""
    missing = -cosines.shape[1] % _RUN
    filled = np.pad(cosines, ((0, 0), (0, missing)), constant_values=_NEVER) if missing else cosines
    return filled.reshape(len(cosines), -1, _RUN)


def _positions(rows: NDArray[np.intp], ids: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where the ids stand among the rising ``rows``; far below 0 for those that do not."""
    at = np.searchsorted(rows, ids)
    return np.where(rows[np.minimum(at, len(rows) - 1)] == ids, at, -(_ROWS_AT_ONCE + _RUN))


def _words(question: Question) -> tuple[str, str, str, str]:
    return question.a, question.b, question.c, question.d


def _as_asked(table: EmbeddingTable, word: str) -> str:
    return word.lower() if table.card.uncased else word


def _id_in(table: EmbeddingTable, word: str, size: int) -> int:
    """The word's id if it is one token among the first ``size``, else -1."""
    token_id = table.find(_as_asked(table, word))
    return token_id if token_id is not None and token_id < size else -1
