"""Numbers and words as the sentence under a picture gives them: ``js/sentences.mjs`` in Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np
from numpy.typing import NDArray

from embedbook import geometry, tables
from embedbook.tables import EmbeddingTable
from embedbook.widgets import packs


def fixed(value: float, digits: int = 2) -> str:
    """A number as the views print it: a half away from zero as JavaScript rounds, a true minus sign, no minus zero.

    One of 11 digits or more is given by its power of ten.

    >>> fixed(-0.004), fixed(-0.25), fixed(0.125), fixed(98.5, 0), fixed(-1e38)
    ('0.00', '\N{MINUS SIGN}0.25', '0.13', '99', '\N{MINUS SIGN}1.00e+38')
    """
    exact = Decimal(float(value))
    if abs(exact) < 10**10:
        text = str(exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))
    else:
        text = f"{Context(prec=3, rounding=ROUND_HALF_UP).plus(exact):.2e}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def percent(share: float) -> str:
    """A share in whole percent, its sign on the same line.

    >>> percent(0.125)
    '13\xa0%'
    """
    return f"{fixed(100 * share, 0)}\u00a0%"


def quoted(word: str) -> str:
    """A word in quotation marks, cut where it is long."""
    asked = word.strip()
    return f"“{asked if len(asked) <= 40 else f'{asked[:40]}…'}”"


@dataclass(frozen=True)
class Carried:
    """What a page has of a table, in 8 bits: the first rows, or ``whole``, once a reader has asked for the others."""

    label: str
    table: EmbeddingTable
    whole: bool = False

    def find(self, word: str) -> int | None:
        """The id of a word, found as the table finds it; None for what is no token, or none that is carried."""
        return self.carried(self.table.find(word))

    def carried(self, token_id: int | None) -> int | None:
        """The id if its row is carried, else None."""
        return token_id if token_id is not None and token_id < packs.carried(self.table) else None

    def rows(self, ids: Sequence[int] | NDArray[np.int32]) -> NDArray[np.float64]:
        """Rows [N, D] as the page has them."""
        return packs.rounded(self.table, np.asarray(ids, dtype=np.int32)).astype(np.float64)

    @property
    def pool(self) -> NDArray[np.int32]:
        """The ids among which the page looks, [N]."""
        return np.arange(packs.carried(self.table), dtype=np.int32) if self.whole else packs.pack_ids(self.table)

    def nearest(self, vector: NDArray[np.float64], k: int, *, exclude: Iterable[int] = ()) -> list[geometry.Neighbor]:
        """The rows of the pool that are nearest to a vector [D], by their own ids; none to one of zeros."""
        ids = np.setdiff1d(self.pool, np.array(list(exclude), dtype=np.int32))
        if not len(ids) or np.linalg.norm(vector) < 1e-9:
            return []
        rows = tables.from_vectors(map(str, ids), packs.rounded(self.table, ids))
        found = geometry.nearest_neighbors(rows, vector, k)
        return [geometry.Neighbor(self.table.word(ids[one.id]), int(ids[one.id]), one.cosine) for one in found]

    @property
    def _part(self) -> str:
        count, size = packs.carried(self.table), len(self.table)
        return f"all {size:,}" if count == size else f"the first {count:,} of {size:,}"

    def searched(self) -> str:
        """How a sentence about nearest words begins: with what was searched."""
        here = len(self.pool)
        among = f"the {here:,} words loaded first" if here < packs.carried(self.table) else f"{self._part} rows"
        return f"In {self.label}, among {among},"

    def zero(self) -> float:
        """The mean cosine of random pairs of the rows that are searched, to four digits; 0 where there is no pair."""
        pool = self.pool
        return round(geometry.random_pair_baseline(self.table, ids=pool).mean, 4) if len(pool) > 1 else 0.0

    def lacking(self, word: str) -> str:
        """The sentence on a table that lacks the word: its pieces, or how many words there are."""
        asked = f"In {self.label}, {quoted(word)}"
        if self.table.kind == "words":
            return f"{asked} is not among {self._part.replace('all', 'the')} words."
        pieces = self.table.pieces(word)
        return f"{asked} is not one token: {' + '.join(pieces[:8])}{' + …' if len(pieces) > 8 else ''}."

    def alone(self, word: str) -> str:
        """The sentence on a row that nothing is nearest to."""
        return f"{self.searched()} nothing is nearest to {word}: its row is all zeros, or the only one."
