"""A few questions on a page, with what is right and what is tempting about every choice."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import traitlets

from embedbook.widgets.view import Panel, View, place_of

QUIZZES = Path(__file__).with_name("quizzes")
NAMES = tuple(sorted(path.stem for path in QUIZZES.glob("*.toml")))
"""The quizzes there are: one a page, by its number, and "exit", for the end of a lesson."""

NONE = -1
"""The answer of a question that has none yet."""


@dataclass(frozen=True)
class Choice:
    """``text`` is what a reader may choose, ``why`` what is right about it or why people choose it.

    ``check`` is a Python expression that is true if and only if this is the right choice, or empty where code cannot
    tell; the tests evaluate it (tests/unit/test_quiz.py has the names that it may use).
    """

    text: str
    why: str
    check: str = ""


@dataclass(frozen=True)
class Question:
    """``right`` is the place of the one right choice."""

    text: str
    right: int
    choices: tuple[Choice, ...]


@cache
def questions(name: str) -> tuple[Question, ...]:
    """The questions of a quiz, from its file in ``quizzes``. Raises ValueError, with what there is, for another name.

    >>> len(questions("exit"))
    5
    """
    place_of(NAMES, name, "quiz")
    listed = tomllib.loads((QUIZZES / f"{name}.toml").read_text(encoding="utf-8"))["question"]
    found = []
    for one in listed:
        checks = one.get("checks", [""] * len(one["choices"]))
        choices = tuple(Choice(text, why, check) for (text, why), check in zip(one["choices"], checks, strict=True))
        found.append(Question(one["text"], one["right"], choices))
    return tuple(found)


class QuizView(View):
    """Questions with a button each; the answers live in the view and in no address."""

    HOW = (
        "Choose an answer and press Check: it says what is right about it, or why people choose it. "
        "What you answer stays on this page and enters no address."
    )

    answers = traitlets.List(traitlets.Int()).tag(sync=True)
    """The place of the choice that was last checked, question by question."""

    def __repr__(self) -> str:
        lines = []
        for number, question in enumerate(self.data["questions"], 1):
            lines.append(f"{number}. {question['text']}")
            lines += [f"   {'abcdef'[place]}) {text}" for place, (text, _) in enumerate(question["choices"])]
        return "\n".join(lines)

    def text(self) -> str:
        asked: Sequence[dict[str, int]] = self.data["questions"]
        given = sum(answer != NONE for answer in self.answers)
        right = sum(answer == one["right"] for answer, one in zip(self.answers, asked, strict=True))
        if not given:
            return f"{len(asked)} questions, none answered yet."
        return f"{given} of {len(asked)} questions answered, {right} right."


def quiz(name: str = "01", *, key: str = "quiz") -> Panel:
    """The questions of a page, such as "03", or those for the end of a lesson, "exit".

    >>> quiz("exit").view.text()
    '5 questions, none answered yet.'
    """
    asked = questions(NAMES[place_of(NAMES, name, "quiz")])
    data = [
        {"text": one.text, "right": one.right, "choices": [[choice.text, choice.why] for choice in one.choices]}
        for one in asked
    ]
    panel = Panel(QuizView(key=key, data={"questions": data}, answers=[NONE] * len(asked)))
    panel.view.fields = {"answers": {"kind": "unlinked"}}
    return panel
