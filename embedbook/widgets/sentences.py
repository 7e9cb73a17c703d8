"""Numbers and words as the sentence under a picture gives them: ``js/sentences.mjs`` in Python."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal


def fixed(value: float, digits: int = 2) -> str:
    """A number as the views print it: a half away from zero as JavaScript rounds, a true minus sign, no minus zero.

    >>> fixed(-0.004), fixed(-0.25), fixed(0.125), fixed(98.5, 0)
    ('0.00', '\N{MINUS SIGN}0.25', '0.13', '99')
    """
    text = str(Decimal(float(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def percent(share: float) -> str:
    """A share in whole percent, its sign on the same line.

    >>> percent(0.125)
    '13\xa0%'
    """
    return f"{fixed(100 * share, 0)}\u00a0%"


def searched(label: str, words: Sequence[str]) -> str:
    """How a sentence about nearest words begins: with what was searched."""
    return f"In {label}, among the {len(words):,} words carried here,"


def quoted(word: str) -> str:
    """A word in quotation marks, cut where it is long."""
    asked = word.strip()
    return f"“{asked if len(asked) <= 40 else f'{asked[:40]}…'}”"


def lacking(label: str, words: Sequence[str], word: str) -> str:
    """The sentence on a table that lacks the word, beside the sentence on one that has it."""
    return f"In {label}, {quoted(word)} is not among the {len(words):,} words carried here."


def alone(label: str, words: Sequence[str], word: str) -> str:
    """The sentence on a row that nothing is nearest to."""
    return f"{searched(label, words)} nothing is nearest to {word}: its row is all zeros, or the only one."
