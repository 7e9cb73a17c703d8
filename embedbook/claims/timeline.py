"""How rows came about: the papers in order, each with what it brought, and the facts that claims of page 05 check."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from embedbook.claims.wording import plain
from embedbook.lists import references


@dataclass(frozen=True)
class Event:
    """A paper by its ``key`` in the bibliography and what it ``brought``; the data file says what the rest means."""

    key: str
    brought: str
    widths: tuple[int, ...] = ()
    learned: bool = False
    in_context: bool = False
    credits: tuple[str, ...] = ()
    public: int | None = None
    corrects: str = ""

    @property
    def year(self) -> int:
        """When it could first be read.

        >>> event("harris1954").year, event("devlin2019").year
        (1954, 2018)
        """
        return self.public or references()[self.key].year


def _event(key: str, facts: dict[str, object]) -> Event:
    return Event(key, **{name: tuple(fact) if isinstance(fact, list) else fact for name, fact in facts.items()})  # type: ignore[arg-type]


EVENTS = tuple(
    _event(key, facts)
    for key, facts in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items()
)
"""In the order of their years."""


def event(key: str) -> Event:
    """The event of a paper. Raises KeyError for one that is not in the list."""
    return {one.key: one for one in EVENTS}[key]


@dataclass(frozen=True)
class Timeline:
    """The events, shown as a list by Jupyter: Markdown, and plain text elsewhere."""

    events: tuple[Event, ...] = EVENTS

    def _repr_markdown_(self) -> str:
        return "\n".join(f"- **{one.year}** {_line(one)}" for one in self.events)

    def __repr__(self) -> str:
        return "\n".join(f"{one.year}  {plain(_line(one))}" for one in self.events)


def _line(one: Event) -> str:
    corrects = f" (claim {one.corrects})" if one.corrects else ""
    return f"{one.brought}. {references()[one.key].markdown()}{corrects}"
