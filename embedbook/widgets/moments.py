"""A training run in whole numbers, small enough to travel in a view's state."""

from __future__ import annotations

from typing import Any

import numpy as np

from embedbook import maps
from embedbook.learning import recovery
from embedbook.learning.corpus import Corpus
from embedbook.learning.training import Run
from embedbook.widgets.sentences import fixed

GROUPS = ("animals", "appliances", "ideas", "countries", "capitals")
LABELS = ("cat", "dog", "refrigerator", "democracy", "Paris", "France")
PAIRS = (("cat", "dog"), ("cat", "refrigerator"), ("cat", "democracy"))


def in_numbers(run: Run, corpus: Corpus, half: int) -> dict[str, Any]:
    """A run by moment: coordinates of the words of ``GROUPS``, cosines of ``PAIRS``, share of neighbours.

    Coordinates run from -``half`` to ``half`` on a plane fitted on the last rows, cosines are in hundredths, shares in
    percent. A moment's coordinates are one string, since a notebook file gives every number of a list a line of its
    own.
    """
    shown = run.rows[:, [corpus.id_of(word) for group in GROUPS for word in corpus.categories[group]]]  # [S, n, D]
    coordinates = maps.pca(shown[-1], unit=False).transform(shown)  # [S, n, 2]
    scaled = np.rint(coordinates / np.abs(coordinates).max() * half).astype(int)
    ids, labels = corpus.members
    pairs = [[corpus.id_of(word) for word in pair] for pair in PAIRS]
    return {
        "steps": list(run.steps),
        "coordinates": [" ".join(map(str, at.ravel())) for at in scaled],
        "cosines": [[round(100 * recovery.cosines(at[[a]], at[[b]]).item()) for a, b in pairs] for at in run.rows],
        "shares": [round(100 * recovery.same_category_shares(at[ids], labels).mean()) for at in run.rows],
    }


def shared(corpus: Corpus, half: int) -> dict[str, Any]:
    """What every run on the corpus has in common: words with their groups, pairs, chance in percent."""
    return {
        "words": [word for group in GROUPS for word in corpus.categories[group]],
        "groups": [place for place, group in enumerate(GROUPS) for _ in corpus.categories[group]],
        "names": list(GROUPS),
        "labels": list(LABELS),
        "pairs": [list(pair) for pair in PAIRS],
        "half": half,
        "chance": round(100 * maps.chance_same(corpus.members[1])),
    }


def cosines_said(found: dict[str, Any], at: int) -> str:
    """The cosines of ``PAIRS`` at a moment, as a sentence lists them."""
    return ", ".join(
        f"{a} and {b} {fixed(value / 100)}" for (a, b), value in zip(PAIRS, found["cosines"][at], strict=True)
    )
