"""The most frequent words sorted along one number of their rows, or along a direction made of all of them."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from embedbook import geometry, probes, tables
from embedbook.probes import CATEGORIES
from embedbook.tables import EmbeddingTable
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import Panel, View, choice, place_of, slider

SORTED_BY = ("one number", "the best number", "the direction")
AMONG, FIRST, NAMED = 10_000, 20, 6
"""How many words are sorted, how many come first on the list, and how many of these the sentence names."""


def data_of(table: EmbeddingTable) -> dict[str, Any]:
    """For each number the words that come first, largest first; for each category its AUCs, and what one half taught.

    Of each category and of the words about as frequent, every second one teaches the best number and the direction
    and is left out of their lists; the AUCs are those of the other half. Rows have length 1. Words and numbers come as
    strings, since a notebook file gives every item of a list a line of its own. Raises ValueError where the table has
    too few words.

    >>> data = data_of(tables.load("glove"))
    >>> len(data["numbers"]), [len(told["listed"]) for told in data["told"]]
    (50, [2, 2, 2])
    """
    listed = np.array(table.frequent_words(AMONG))  # [N]
    told = [_told(table, category, listed) for category in CATEGORIES]
    rows = geometry.unit_rows(table, listed)  # [N, D]
    by_number = [listed[geometry.top_k(column, FIRST)] for column in rows.T]
    named = sorted({int(i) for ids in (*by_number, *(ids for one in told for ids in one["listed"])) for i in ids})
    place = {token_id: at for at, token_id in enumerate(named)}

    def places(ids: NDArray[np.intp]) -> str:
        return " ".join(str(place[int(i)]) for i in ids)

    return {
        "of": table.card.short,
        "among": len(listed),
        "categories": list(CATEGORIES),
        "sorted_by": list(SORTED_BY),
        "words": " ".join(table.word(i) for i in named),
        "numbers": [places(ids) for ids in by_number],
        "told": [
            one
            | {"listed": [places(ids) for ids in one["listed"]], "marked": places(np.intersect1d(one["marked"], named))}
            for one in told
        ],
    }


def _told(table: EmbeddingTable, category: str, listed: NDArray[np.intp]) -> dict[str, Any]:
    ids, marked = probes.members(table, category)
    if len(ids) < 8:
        raise ValueError(f"{table.card.name} has {len(ids)} of the {category}; sorting by them needs 8 or more")
    others = probes.words_as_frequent(table, ids, leave_out=marked)
    yes, no = geometry.unit_rows(table, ids), geometry.unit_rows(table, others)  # [n, D] and [m, D]
    learned = probes.auc(yes[::2], no[::2]) - 0.5  # [D]
    best = int(np.argmax(np.abs(learned)))
    sense = 1 if learned[best] >= 0 else -1
    direction = probes.mean_difference(yes[::2], no[::2])  # [D]
    rest = np.setdiff1d(listed, [*ids[::2], *others[::2]])
    rows = geometry.unit_rows(table, rest)
    held_out = probes.auc(yes[1::2], no[1::2])  # [D]
    by_direction = probes.auc(yes[1::2] @ direction, no[1::2] @ direction)
    return {
        "best": best,
        "largest": sense > 0,
        "left": len(rest),
        "auc": " ".join(str(round(100 * float(number))) for number in held_out),
        "direction": round(100 * float(by_direction)),
        "listed": [rest[geometry.top_k(scores, FIRST)] for scores in (sense * rows[:, best], rows @ direction)],
        "marked": marked,
    }


_MADE: weakref.WeakKeyDictionary[EmbeddingTable, dict[str, Any]] = weakref.WeakKeyDictionary()


class AlongView(View):
    """The first words on the list, members marked, and how well this number, the best one and the direction judge."""

    HOW = (
        "The 10,000 most frequent whole words, at length 1, sorted by one of their numbers or by their dot product "
        "with a direction: the mean row of half of the category minus that of words about as frequent. The bars are "
        "AUCs: how often a word of the other half of the category comes before a word that is not in it."
    )

    category = traitlets.Int().tag(sync=True)
    by = traitlets.Int().tag(sync=True)
    number = traitlets.Int().tag(sync=True)

    def text(self) -> str:
        data, category = self.data, CATEGORIES[self.category]
        told, words = data["told"][self.category], data["words"].split()
        best, scores = told["best"], told["auc"].split()
        by_number = f"number {self.number}, largest first"
        by_best = f"number {best}, the best for {category}, {'largest' if told['largest'] else 'smallest'} first"
        along = (by_number, by_best, f"the direction of {category}")[self.by]
        listed = (data["numbers"][self.number], *told["listed"])[self.by].split()
        score = (int(scores[self.number]), _turned(int(scores[best]), told["largest"]), told["direction"])[self.by]
        hits = len(set(listed) & set(told["marked"].split()))
        count = data["among"] if self.by == 0 else told["left"]
        named = ", ".join(words[int(i)] for i in listed[:NAMED])
        return (
            f"{data['of']}’s {count:,} words along {along}: {named}, … "
            f"Of the first {len(listed)}, {hits} are {category}. AUC on words held out: {fixed(score / 100)}, "
            "where 0.50 is a coin toss."
        )


def _turned(score: int, largest: bool) -> int:
    """An AUC in hundredths, of a list that begins with the largest or the smallest."""
    return score if largest else 100 - score


def along(
    category: str = "mammals",
    number: int = 47,
    by: str = "one number",
    *,
    table: EmbeddingTable | str | None = None,
    key: str = "along",
) -> Panel:
    """The 10,000 most frequent words sorted along one number, the best number for a category, or its direction.

    The direction is the mean of one half of the category minus the mean of one half of words about as frequent, all of
    length 1. ``table`` is by default the notebook's own.

    >>> print(along("countries", by="the direction", table="glove").view.text().split(", namibia")[0])
    GloVe’s 9,606 words along the direction of countries: senegal, cameroon
    """
    chosen = tables.as_table(tables.load() if table is None else table)
    if chosen not in _MADE:
        _MADE[chosen] = data_of(chosen)
    view = AlongView(
        key=key,
        category=place_of(CATEGORIES, category, "category"),
        by=place_of(SORTED_BY, by, "way of sorting"),
        number=number,
        data=_MADE[chosen],
    )
    return Panel(
        view,
        category=choice("Category", CATEGORIES),
        by=choice("Sort by", SORTED_BY),
        number=slider("Number", 0, chosen.dimensions - 1),
    )
