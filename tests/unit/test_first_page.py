"""The first page's cards and the times of the short path: what they say of a chapter is what the chapter says itself."""

from __future__ import annotations

import re

import nbformat
import pytest
import yaml

from tests.conftest import ROOT

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
SHORT = CONFIG["sphinx"]["config"]["short_path"]
CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
LISTED = [chapter["file"] for part in CONTENTS["parts"] for chapter in part["chapters"]]
INDEX = "\n\n".join(cell.source for cell in nbformat.read(ROOT / "book" / "index.ipynb", 4).cells)
CARD = re.compile(
    r"^(\d+)\. \[([^\]]+)\]\(\.\./notebooks/(\w+)\.ipynb\)\n\n +(.+\?)\n\n +\*(\d+) minutes(, short path)?\*", re.M
)
CARDS = {found[2]: found for found in CARD.findall(INDEX)}


def first_cell(name: str) -> str:
    return str(nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4).cells[0].source)


def minutes(name: str) -> int:
    return int(re.search(r"\*Time:\*\D*(\d+)", first_cell(name))[1])  # type: ignore[index]


def test_every_chapter_has_a_card_in_its_order() -> None:
    assert [f"notebooks/{name}" for name in CARDS] == [name for name in LISTED if name.startswith("notebooks/")]
    assert [int(card[0]) for card in CARDS.values()] == [int(name[:2]) for name in CARDS] == list(range(1, 13))
    assert [name[:2] for name, card in CARDS.items() if card[5]] == SHORT


@pytest.mark.parametrize("name", CARDS)
def test_a_card_says_what_its_chapter_says(name: str) -> None:
    _, title, _, _, time, _ = CARDS[name]
    assert first_cell(name).startswith(f"# {title}\n") and int(time) == minutes(name)


def test_the_short_path_takes_what_its_pages_take() -> None:
    text = (ROOT / "book" / "how_to_read.md").read_text(encoding="utf-8")
    path = text.partition("**short path**")[2].partition(" in all.")[0]
    times = {number: int(time) for number, time in re.findall(r"\b(\d\d) \((\d+)", path)}
    assert times == {name[:2]: minutes(name) for name in CARDS if name[:2] in SHORT}
    assert 75 <= sum(times.values()) <= 105 and path.endswith("an hour and a half")
