"""The nearest words of a word, in one table or in several side by side."""

from __future__ import annotations

from collections.abc import Iterable

import traitlets

from embedbook.tables import EmbeddingTable
from embedbook.widgets.sentences import Carried, fixed
from embedbook.widgets.view import Panel, View, choice, place_of, slider, table_objects, text_box

FORMS = ("bars", "strips")
EXAMPLES = ("Paris", "Python", "happy", "bank", "unhappy", "defenestration")
"""Words to press, the last of them one that most tables lack."""


class NeighborsView(View):
    """The k largest cosines with a word's row, as bars or with all numbers of each row.

    As bars, ``table`` past the last one shows all tables.
    """

    HOW = (
        "The word’s row is compared with every row that is searched: both are scaled to length 1, multiplied number "
        "by number and added up. That sum is their cosine; the largest ones stand on top. The mark on a bar is the "
        "mean cosine of random pairs of the searched rows. Press a neighbour to go to it, or the button below "
        "to search the rows that are not here yet."
    )
    SEARCHES = True

    word = traitlets.Unicode().tag(sync=True)
    k = traitlets.Int().tag(sync=True)

    def text(self) -> str:
        return " ".join(map(self._sentence, self.sources if self.table >= len(self.sources) else [self.chosen]))

    def _sentence(self, carried: Carried) -> str:
        token_id = carried.find(self.word)
        if token_id is None:
            return carried.lacking(self.word)
        word, (row,) = carried.table.word(token_id), carried.rows([token_id])
        found = carried.nearest(row, self.k, exclude=[token_id])
        if not found:
            return carried.alone(word)
        zero = self.data["zeros"][self.sources.index(carried)][carried.whole]
        return (
            f"{carried.searched()} {word} is nearest to {found[0].token} (cosine {fixed(found[0].cosine)}, of random "
            f"pairs {fixed(zero)})."
        )


def neighbors(
    word: str = "Paris",
    k: int = 5,
    form: str = "bars",
    *,
    tables: Iterable[EmbeddingTable | str] | None = None,
    key: str = "neighbors",
) -> Panel:
    """A word, a number of neighbours, a choice of tables: the neighbours as bars, of all tables side by side too.

    In the form "strips" of one table at a time, with all numbers of the word's row and of theirs.

    >>> neighbors("Paris", tables=["minilm"])
    In MiniLM, among the 1,108 words loaded first, paris is nearest to parisian (cosine 0.57, of random pairs 0.04).
    """
    sources, form = table_objects(tables), FORMS[place_of(FORMS, form, "form")]
    together = ["side by side"] if len(sources) > 1 and form == "bars" else []
    zeros = [[Carried("", table, whole).zero() for whole in (False, True)] for table in sources]
    shown = len(sources) if together else 0
    known = any(example in table for table in sources for example in EXAMPLES)
    examples = [[example, {"word": example}] for example in EXAMPLES] if known else []
    data = {"zeros": zeros, "form": form, "examples": examples}
    view = NeighborsView(key=key, word=word, k=k, sources=sources, table=shown, data=data)
    names = [*view.tables, *together]
    return Panel(view, word=text_box("Word"), k=slider("Neighbours", 1, 20), table=choice("Table", names))
