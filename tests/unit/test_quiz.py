"""The quizzes' keys: what code can tell of a choice is so, and of the right one alone; and what the view says and shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from embedbook import claims, contextual, evaluation, geometry, maps, probes, sizing, tables, widgets
from embedbook.claims import ledger, timeline
from embedbook.learning import training, untouched
from embedbook.learning.corpus import make_corpus
from embedbook.learning.models import NextToken, torch
from embedbook.maps import constructed
from embedbook.widgets.quiz import NAMES, Question, questions
from tests.unit.node import Drawn, play, words

ASKED = [(name, number) for name in NAMES for number in range(len(questions(name)))]
BEYOND_CODE = {
    "You sort words by a number, look at the first twenty, and see what they have in common. What have you shown?": (
        "what looking shows is a matter of method; that a number fails a test with other words is page 02's, and D1's"
    ),
    "When is a rule worth nothing?": "it says what a rule is for; that each rule can fail is test_claims_rules",
}
"""Questions whose key code cannot tell, and why."""
CHECKED = [(name, number) for name, number in ASKED if any(one.check for one in questions(name)[number].choices)]


def cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


@cache
def gradients(tied: bool) -> int:
    """How many rows of the input table get a gradient from the chapter's six tokens."""
    corpus = make_corpus()
    model = NextToken(words=len(corpus.words), tied=tied)
    ids = torch.tensor([[corpus.id_of(word) for word in ("The", "cat", "sat", "on", "the", "sofa")]])
    scores = model(ids[:, :-1])
    torch.nn.functional.cross_entropy(scores.flatten(0, 1), ids[0, 1:]).backward()
    return int(model.table.weight.grad.abs().sum(dim=1).count_nonzero())


def saved(name: str) -> float:
    """The share of an untied model that tying would save."""
    model = sizing.model(name)
    return model.table / model.parameters


NEGATING = ("no", "not", "non", "never", "without", "dis", "in", "im", "il", "ir", "anti", "counter", "less")


def near(piece: str, wanted: Callable[[str], bool]) -> float:
    """The share of a piece's ten neighbours in SmolLM2 whose text is wanted."""
    found = geometry.nearest_neighbors(tables.load("smollm2"), piece, k=10)
    return sum(wanted(one.token.strip("…").casefold()) for one in found) / len(found)


def spread(width: int) -> float:
    """The mean size of the cosines among random directions."""
    return float(np.abs(probes.cosines_of_pairs(probes.random_directions(200, width))).mean())


def together(word: str, other: str) -> float:
    """Of the sentences of page 04's text that have the one word, the share that have the other as well."""
    having = [sentence for sentence in make_corpus().sentences() if word in sentence]
    return sum(other in sentence for sentence in having) / len(having)


def clumping(perplexity: int, seed: int) -> float:
    """How evenly a map spreads a cloud without a group: 1 for chance, less for clumps."""
    return maps.clumping(maps.atlas.cloud_map("noise", perplexity, seed))


def decided(*votes: bool) -> str:
    """The verdict on a claim that tables vote on so."""
    claim = claims.Claim("X1", "01", "Rows are long.", "length", "longer than 1")
    return ledger.decide(claim, {f"table {n}": claims.Measurement("", vote) for n, vote in enumerate(votes)}).kind


@cache
def walks(steps: int = 21) -> dict[str, float]:
    """From c to c + 2 (b - a), on SmolLM2's rows: of 1,000 of Google's questions, the share that nears the answer."""
    table = tables.load("smollm2")
    asked = np.random.default_rng(1).permutation(evaluation.google_ids(table))[:1_000]
    a, b, c, d = (geometry.unit_rows(table, ids) for ids in asked.T)  # [Q, D] each
    paths = [geometry.unit(c + step * (b - a)) for step in np.linspace(0, 2, steps)]
    to_answer, to_start = (np.stack([(path * end).sum(axis=1) for path in paths]) for end in (d, c))  # [steps, Q]
    best = to_answer.argmax(axis=0), np.arange(len(asked))
    return {
        "sets out": (to_answer[1] > to_answer[0]).mean(),
        "nearer after a whole step": (to_answer[steps // 2] > to_answer[0]).mean(),
        "at its best nearer to its start": (to_start[best] > to_answer[best]).mean(),
    }


def google() -> list[dict[str, float]]:
    """How much of Google's test each table gets right, by the ledger: by the sum with and without the rule, and by the
    better of two that do not subtract."""
    found = []
    for said in claims.result("A6").per_table.values():
        offset, allowed, *lazy = (
            sum(score.correct for score in scores.values()) / sum(score.answered for score in scores.values())
            for scores in said.numbers.scores.values()
        )
        found.append({"offset": offset, "inputs allowed": allowed, "lazy": max(lazy)})
    return found


def read_by_the_model() -> dict[str, Any]:
    """Twelve *bank*s after each layer, which words of a sentence move its *bank*, and what one *bank* scores."""
    table, model = tables.load("smollm2"), contextual.load()
    ids = table.encode("She sat on the grassy river bank")
    last = contextual.normed(model, contextual.hidden_states(model, ids)[-1, -1])
    with torch.no_grad():
        own = model(torch.tensor([ids])).logits[0, -1].numpy()
    moved = contextual.reach(model, table.encode("The bank by the river"), table.id_of("banana"))
    return {
        "contextual": contextual, "model": model, "banks": contextual.banks(), "bank_moved_by": moved[:, 1] > 0.001,
        "last_scores": last @ table.vectors.T, "own_scores": own,
    }  # fmt: skip


def stays_untouched(optimizer: str) -> bool:
    """Whether the row of *cat* stays where it is once no gradient reaches it."""
    path = untouched.trace(optimizer).moved["cat"]
    return bool(path[-1] == path[untouched.LAST_TOUCH])


def ledger_of(claim: str) -> dict[str, Any]:
    """What each witness said about a claim."""
    result = claims.result(claim)
    return {**result.per_table, **result.table_free}


@cache
def known() -> dict[str, Any]:
    """The names that a check may use."""
    table, minilm, glove = (tables.load(name) for name in ("smollm2", "minilm", "glove"))
    unit = table.vectors / table.norms[:, None].astype(np.float32)
    ids, _ = probes.members(table, "mammals")
    others = probes.words_as_frequent(table, ids, per_word=5)
    found = probes.probe(table.vectors[ids], table.vectors[others])
    many = maps.word_map(table, "frequent", perplexity=30)
    return {
        "np": np, "tables": tables, "geometry": geometry, "sizing": sizing, "table": table, "minilm": minilm, "glove": glove,
        "unit": unit, "turned": unit[:50] @ probes.random_rotation(table.dimensions), "cosine": cosine,
        "mammals": SimpleNamespace(number=found.held_out.mean(), direction=found.direction.mean()),
        "baseline": geometry.random_pair_baseline(table),
        **{
            name: geometry.random_pair_baseline(one, ids=one.frequent_words(count))
            for name, one, count in (("frequent", table, 2_000), ("of_minilm", minilm, 5_000), ("of_glove", glove, 5_000))
        },
        "verdict": lambda claim: claims.result(claim).verdict.kind, "gradients": gradients, "saved": saved,
        "recall": maps.neighbor_recall(many.vectors, many.coords, k=10), "patches": np.zeros((256, 14 * 14 * 3)),
        **read_by_the_model(), "unmoved": {name: stays_untouched(name) for name in untouched.OPTIMIZERS},
        "meets": lambda claim, witness: ledger_of(claim)[witness].passes,
        "by_verdict": claims.page("03").verdicts(), "decided": decided, "claims": claims,
        "reported": [claim for claim in claims.entries() if claim.reported],
        "frequency_in_glove": claims.result("D1").per_table["glove"].numbers.frequency.median,
        "company": {
            name: training.found("next token", shuffled=name == "shuffled").same_category for name in ("kept", "shuffled")
        },
        "together": together, "spread": spread, "event": timeline.event,
        "drawn_as_wide": constructed.size_ratio(maps.atlas.cloud_map("two sizes", 30)),
        "drawn_as_far": constructed.gap_ratio(maps.atlas.cloud_map("three distances", 30)),
        "clumping": clumping, "walks": walks(), "google": google(),
        "share_negating": lambda piece: near(piece, lambda text: text in NEGATING),
        "share_spelled": lambda piece: near(piece, lambda text: text.startswith(piece)),
    }  # fmt: skip


def test_what_code_cannot_tell_is_named() -> None:
    unchecked = {questions(name)[number].text for name, number in set(ASKED) - set(CHECKED)}
    assert unchecked == set(BEYOND_CODE) and all(BEYOND_CODE.values())


@pytest.mark.parametrize(("name", "number"), CHECKED)
def test_the_key_is_right_and_the_other_choices_are_wrong(name: str, number: int) -> None:
    question = questions(name)[number]
    said = {one.text: bool(eval(one.check, known())) for one in question.choices if one.check}
    right = question.choices[question.right]
    assert right.check and said.pop(right.text), right.text
    assert not any(said.values()), said


@pytest.mark.parametrize(("name", "number"), ASKED)
def test_every_choice_is_explained(name: str, number: int) -> None:
    question = questions(name)[number]
    assert 3 <= len(question.choices) <= 5 and 0 <= question.right < len(question.choices)
    assert len({one.text for one in question.choices}) == len(question.choices)
    assert all(len(one.why) >= 25 and one.why.endswith((".", "?", ").")) for one in question.choices)
    assert all((question.text + one.text + one.why).count("*") % 2 == 0 for one in question.choices)


@pytest.mark.parametrize("name", NAMES)
def test_a_quiz_is_short_and_its_key_is_no_pattern(name: str) -> None:
    asked = questions(name)
    assert 3 <= len(asked) <= 5
    assert len({one.right for one in asked}) > 1


def test_nobody_wins_by_the_longest_choice() -> None:
    """A key is seldom so well hidden that its length does not tell."""
    longest = [max(one.choices, key=lambda choice: len(choice.text)) is one.choices[one.right] for one in every()]
    assert np.mean(longest) < 0.6


def every() -> list[Question]:
    return [one for name in NAMES for one in questions(name)]


def test_another_name_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"no quiz '13'; known: 01, 02, .*, exit"):
        widgets.quiz("13")


def asked(**answers: list[int]) -> tuple[Drawn, Drawn]:
    panel = widgets.quiz("exit")
    before, after = play(panel, answers)
    return before, after


def test_plain_text_has_the_questions_and_no_key() -> None:
    text = repr(widgets.quiz("exit"))
    question = questions("exit")[0]
    assert text.splitlines()[:2] == [f"1. {question.text}", f"   a) {question.choices[0].text}"]
    assert all(choice.why not in text for choice in question.choices)


def test_a_wrong_answer_is_explained_and_gives_nothing_away() -> None:
    first = questions("exit")[0]
    wrong = next(i for i in range(3) if i != first.right)
    before, after = asked(answers=[wrong, -1, -1, -1, -1])
    assert (before.text, after.text) == ("5 questions, none answered yet.", "1 of 5 questions answered, 0 right.")
    assert [words(one) for one in before.all("eb-verdict")] == [""] * 5
    assert words(after.all("eb-verdict")[0]) == f"Not quite. {first.choices[wrong].why}".replace("*", "")
    assert [one.get("data-answer") for one in after.all("eb-question")] == ["wrong", *[None] * 4]
    assert words(after.all("eb-whys")[0]) == ""


def test_a_right_answer_explains_the_other_choices_too() -> None:
    first = questions("exit")[0]
    _, after = asked(answers=[first.right, -1, -1, -1, -1])
    assert after.text == "1 of 5 questions answered, 1 right."
    assert words(after.all("eb-verdict")[0]).startswith("Right. ")
    said = words(after.all("eb-whys")[0])
    assert all((one.why.replace("*", "") in said) == (i != first.right) for i, one in enumerate(first.choices))


@pytest.mark.parametrize("name", NAMES)
def test_every_explanation_is_shown_as_it_is_written(name: str) -> None:
    """Choice by choice, with its stars and backticks turned into words and code."""
    listed = questions(name)
    steps = [{"answers": [min(place, len(one.choices) - 1) for one in listed]} for place in range(3)]
    for step, drawn in zip(steps, play(widgets.quiz(name), *steps)[1:], strict=True):
        for place, one, verdict in zip(step["answers"], listed, drawn.all("eb-verdict"), strict=True):
            opening = "Right. " if place == one.right else "Not quite. "
            assert words(verdict) == opening + one.choices[place].why.replace("*", "").replace("`", "")


def test_on_paper_every_answer_is_at_the_end() -> None:
    (before, _) = asked(answers=[-1] * 5)
    (answers,) = before.all("eb-answers")
    for question in questions("exit"):
        assert all(one.why.replace("*", "").replace("`", "") in words(answers) for one in question.choices)


def test_each_question_is_a_group_with_its_name() -> None:
    before, _ = asked(answers=[-1] * 5)
    for form, question in zip(before.all("eb-question"), questions("exit"), strict=True):
        (fieldset,) = form.findall("fieldset")
        assert fieldset[0].tag == "legend" and words(fieldset[0]).endswith(question.text.replace("*", ""))
        assert [one.get("type") for one in fieldset.iter("input")] == ["radio"] * len(question.choices)
        assert form.findall("p")[0].get("role") == "status"
