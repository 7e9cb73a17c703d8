"""The sheet for pencil and paper: its answers, worked out again from the table that it prints."""

from __future__ import annotations

import re

import numpy as np

from embedbook import tables
from tests.conftest import ROOT

SHEET = (ROOT / "book" / "paper.md").read_text(encoding="utf-8").replace("−", "-")
ROWS = {
    word: np.array([int(number) for number in row.split(",")])
    for _, word, row in re.findall(r"^\| +(\d+) \| (\w+) +\| \[([^\]]+)\]", SHEET, re.MULTILINE)
}
ANSWERS = dict(re.findall(r"^(\d)\. (.*?)(?=^\d\. |^</details>)", SHEET.partition("Show the answers")[2], re.M | re.S))
ASKED = ("king", "man", "woman")


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def said(answer: str) -> dict[str, tuple[int, int, float]]:
    """What an answer gives for each word: the fraction that it writes, and its value."""
    found = re.findall(r"(\w+) \$(-?\d+)/(\d+) = (-?[\d.]+)\$", ANSWERS[answer])
    return {word: (int(over), int(under), float(value)) for word, over, under, value in found}


def test_the_table_is_small_and_in_the_order_of_its_ids() -> None:
    assert list(ROWS) == sorted(ROWS) and {len(row) for row in ROWS.values()} == {3} and len(ROWS) == 6
    assert len(ANSWERS) == len(re.findall(r"^\d\. \*\*", SHEET, re.M)) == 9


def test_lookup() -> None:
    ids = [list(ROWS).index(word) for word in ("woman", "king", "woman")]
    matrix = np.array(list(ROWS.values()))[ids]
    assert ANSWERS["1"].startswith(", ".join(map(str, ids)))
    assert [f"[{', '.join(map(str, row))}]" for row in matrix] == re.findall(r"\[\d, \d, \d\]", ANSWERS["1"])
    assert f"shape {list(matrix.shape)}" in ANSWERS["1"]


def test_lengths_and_dot_products() -> None:
    lengths = {word: int(length) for word, length in re.findall(r"(\w+) (\d+)", ANSWERS["2"])}
    assert lengths == {word: np.sqrt(row @ row) for word, row in ROWS.items()}
    products = {word: int(product) for word, product in re.findall(r"(\w+) (\d+)", ANSWERS["3"])}
    assert products == {word: row @ ROWS["woman"] for word, row in ROWS.items() if word != "woman"}
    assert f"largest is *{max(products, key=products.__getitem__)}*" in ANSWERS["3"]


def test_cosines_and_why_the_winner_changes() -> None:
    given = said("4")
    assert set(given) == set(ROWS) - {"woman"}
    for word, (over, under, value) in given.items():
        assert over == ROWS[word] @ ROWS["woman"] and under == round(over / cosine(ROWS[word], ROWS["woman"]))
        assert value == round(over / under, 2)
    assert f"largest is *{max(given, key=lambda word: given[word][2])}*" in ANSWERS["4"]
    assert "apple*" in ANSWERS["4"] and max(ROWS, key=lambda word: ROWS[word] @ ROWS[word]) == "apple"


def test_direction_and_right_angle() -> None:
    assert np.isclose(cosine(ROWS["apple"], ROWS["pear"]), 1) and (ROWS["apple"] == 2 * ROWS["pear"]).all()
    right = [{a, b} for a in ROWS for b in ROWS if a < b and ROWS[a] @ ROWS[b] == 0]
    assert right == [{"man", "queen"}] and "*man* and *queen*" in ANSWERS["6"]


def test_the_analogy_with_and_without_its_inputs() -> None:
    target = ROWS["king"] - ROWS["man"] + ROWS["woman"]
    assert f"= {target.tolist()}$, of length {np.sqrt(target @ target):.0f}" in ANSWERS["7"]
    given = said("7")
    assert set(given) == set(ROWS)
    for word, (over, under, value) in given.items():
        assert over == ROWS[word] @ target and value == round(over / under, 2)
        assert np.isclose(over / under, cosine(ROWS[word], target))
    order = sorted(ROWS, key=lambda word: -cosine(ROWS[word], target))
    first = next(word for word in order if word not in ASKED)
    assert f"every word may answer, *{order[0]}* comes" in ANSWERS["7"] and order[0] in ASKED
    assert f"the three may not, *{first}* does" in ANSWERS["7"] and first == "queen"


def test_one_number_and_the_size() -> None:
    last = {word: row[2] for word, row in ROWS.items()}
    assert last["king"] == last["pear"] == last["woman"]
    assert {word for word, row in ROWS.items() if row[1] < 0} == {"apple", "pear"}
    rows, width = tables.load("smollm2").shape
    for count in (rows * width, 2 * rows * width):
        assert f"{count:,}".replace(",", "{,}") in ANSWERS["9"]
    assert f"{2 * rows * width / 1e6:.0f} MB" in ANSWERS["9"] and "= 18$ numbers, 36 bytes" in ANSWERS["9"]
    assert f"{rows:,} rows and {width} numbers" in SHEET.replace("\n   ", " ")
