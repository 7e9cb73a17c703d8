"""How numbers and tokens are written in the ledger: rounded so that another processor prints the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MARKS = re.compile(
    r"(`+) ?(?P<code>.+?) ?\1"
    r"|\[(?P<text>[^][]*)\]\((?P<link>https://[^ )]*)\)"
    r"|(?<![\w*])\*(?P<emphasis>\w[^*`]*)\*(?![\w*])"
)
"""The few marks of Markdown that the ledger's sentences have."""


def two(number: float) -> str:
    """Two decimals, and no minus sign before a zero.

    >>> two(0.4239), two(-0.001)
    ('0.42', '0.00')
    """
    return f"{round(number, 2) + 0.0:.2f}"


def percent(share: float) -> str:
    """A share as a percentage with one decimal.

    >>> percent(0.7554)
    '75.5 %'
    """
    return f"{100 * share:.1f} %"


def code(token: str) -> str:
    """A token as inline code, so that its signs are not read as Markdown.

    >>> code("##ing"), code("a`b")
    ('`##ing`', '`` a`b ``')
    """
    return f"`` {token} ``" if "`" in token else f"`{token}`"


def codes(tokens: Iterable[str]) -> str:
    """Tokens as inline code, separated by commas."""
    return ", ".join(map(code, tokens))


def dashed(pair: tuple[str, str]) -> str:
    """A pair of words.

    >>> dashed(("cat", "dog"))
    'cat–dog'
    """
    return "–".join(pair)


def ordinal(rank: int) -> str:
    """A place in a list.

    >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 22, 1003)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd', '1,003rd']
    """
    suffix = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank:,}{suffix}"


def percentile(value: float) -> str:
    """A percentile as a sentence names it; the ends are open, since no sample reaches them.

    >>> percentile(72.9), percentile(99.93), percentile(0.2)
    ('the 73rd percentile', 'above the 99th percentile', 'below the 1st percentile')
    """
    if value > 99:
        return "above the 99th percentile"
    if value < 1:
        return "below the 1st percentile"
    return f"the {ordinal(round(value))} percentile"


def listing(names: Sequence[str]) -> str:
    """The names as a sentence gives them.

    >>> listing(["minilm"]), listing(["minilm", "glove"]), listing(["a", "b", "c"])
    ('minilm', 'minilm and glove', 'a, b and c')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def plain(text: str) -> str:
    """Markdown without its marks of code and its links.

    >>> plain("`a` of [ACL](https://aclanthology.org/)")
    'a of ACL'
    """
    return MARKS.sub(lambda found: found["code"] or found["text"] or found[0], text)
