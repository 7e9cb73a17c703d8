"""Numbers and words as the sentence under a picture gives them: ``js/sentences.mjs`` in Python."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from embedbook.tables import EmbeddingTable
from embedbook.widgets import datasets


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
    """What a page carries of a table: words, their rows after rounding to 8 bits, and how a sentence speaks of them."""

    label: str
    table: EmbeddingTable

    @property
    def words(self) -> list[str]:
        """The words, in the table's order."""
        return datasets.rows(self.table).words

    @property
    def rounded(self) -> EmbeddingTable:
        """Their rows, as a table of N rows named by their places."""
        return datasets.rounded(self.table)

    def place(self, word: str) -> int | None:
        """Where a word stands among them, found as the table finds it; None where it does not."""
        return datasets.place(self.table, word)

    def searched(self) -> str:
        """How a sentence about nearest words begins: with what was searched."""
        return f"In {self.label}, among the {len(self.words):,} words carried here,"

    def lacking(self, word: str) -> str:
        """The sentence on a table that lacks the word, beside the sentence on one that has it."""
        return f"In {self.label}, {quoted(word)} is not among the {len(self.words):,} words carried here."

    def alone(self, word: str) -> str:
        """The sentence on a row that nothing is nearest to."""
        return f"{self.searched()} nothing is nearest to {word}: its row is all zeros, or the only one."
