"""Keep a place for each widget on its page: a card, which the host fills; so the page does not jump.

Without JavaScript the card has the widget's sentence, and why there is no picture; a quiz has its questions and
their key.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
MARKS = re.compile(r"`(?P<code>[^`]+)`|\*(?P<emphasis>[^*]+)\*")
PLACE = re.compile(rf'<script type="{re.escape(VIEW)}">(.*?)</script>', re.DOTALL)


@dataclass(frozen=True)
class Stored:
    """A widget as its notebook stores it."""

    key: str
    text: str
    form: str = ""
    """Which of its forms it has, if it says so: their cards have other heights."""
    questions: tuple[dict[str, Any], ...] = ()
    """What a quiz asks: its ``text``, its ``choices`` with what is said of each, and the place of the ``right`` one."""


def stored_widgets(notebook: Path) -> dict[str, Stored]:
    """The widgets that a notebook shows, by the ids of their models: their keys, and what they say in plain text."""
    if notebook.suffix != ".ipynb":
        return {}
    stored = json.loads(notebook.read_text(encoding="utf-8"))
    state = stored["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})
    outputs = [output.get("data", {}) for cell in stored["cells"] for output in cell.get("outputs", [])]
    shown = {data[VIEW]["model_id"]: "".join(data["text/plain"]) for data in outputs if VIEW in data}
    views = {model: view_of(model, state) for model in shown}
    return {
        model: Stored(view.get("key", ""), shown[model], data.get("form", ""), tuple(data.get("questions", ())))
        for model, view in views.items()
        for data in [view.get("data", {})]
    }


def view_of(model: str, state: dict[str, Any]) -> dict[str, Any]:
    """The traits of the view in a widget, {} where it has none; by its key an address names it."""
    traits: dict[str, Any] = state[model]["state"]
    if "key" in traits:
        return traits
    views = (view_of(child.removeprefix("IPY_MODEL_"), state) for child in traits.get("children", []))
    return next(filter(None, views), {})


def marked(text: str) -> str:
    """A quiz's text as HTML, with its few marks of Markdown.

    >>> marked("*the cosine* of `W[i]`")
    '<em>the cosine</em> of <code>W[i]</code>'
    """
    return MARKS.sub(
        lambda found: f"<code>{found['code']}</code>" if found["code"] else f"<em>{found['emphasis']}</em>",
        html.escape(text, quote=False),
    )


def quiz(stored: Stored) -> str:
    """A quiz to read: its questions with their choices, and folded under them the right ones, with their reasons."""
    asked, answers = [], []
    for question in stored.questions:
        choices = "".join(f"<li>{marked(choice)}</li>" for choice, _ in question["choices"])
        asked.append(f'<li>{marked(question["text"])}<ol type="a">{choices}</ol></li>')
        choice, why = question["choices"][question["right"]]
        answers.append(f"<li>{marked(choice)} {marked(why)}</li>")
    key = f"<details><summary>The answers</summary><ol>{''.join(answers)}</ol></details>"
    return f"<ol>{''.join(asked)}</ol>{key}"


def card(model: str, stored: Stored) -> str:
    """The card of a widget before its script has run."""
    name, words = html.escape(stored.key or model), html.escape(stored.text)
    sentence = f"<p>{words} <em>The picture needs JavaScript.</em></p>"
    note = f"<noscript>{quiz(stored) if stored.questions else sentence}</noscript>"
    kind = html.escape(f"eb-card eb-form-{stored.form}" if stored.form else "eb-card")
    return (
        f'<div class="{kind}" id="widget-{name}" data-model="{html.escape(model)}" role="group" '
        f'aria-label="Interactive picture">{note}</div>'
    )


def put_cards(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put a card where the page's body has a stored view."""
    if VIEW not in context.get("body", ""):
        return
    widgets = stored_widgets(Path(app.env.doc2path(pagename)))

    def replaced(place: re.Match[str]) -> str:
        model = json.loads(place[1])["model_id"]
        return card(model, widgets[model])

    context["body"] = PLACE.sub(replaced, context["body"])
    app.add_js_file("widget-host.js", priority=100)  # deferred scripts run in their order: readers wait for this one


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", put_cards)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
