"""Rows at several moments of their training, in whole numbers small enough to travel in a view's state."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedbook.learning import plane, recovery
from embedbook.learning.corpus import Corpus

GROUPS = ("animals", "appliances", "ideas", "countries", "capitals")
LABELS = ("cat", "dog", "refrigerator", "democracy", "Paris", "France")
PAIRS = (("cat", "dog"), ("cat", "refrigerator"), ("cat", "democracy"))


def in_numbers(rows: NDArray[np.float64], corpus: Corpus, half: int) -> dict[str, Any]:
    """Rows [S, V, D] by moment: coordinates of the words of ``GROUPS``, cosines of ``PAIRS``, share of neighbours.

    Coordinates run from -``half`` to ``half`` on a plane fitted on the last rows, cosines are in hundredths, shares in
    percent. A moment's coordinates are one string, since a notebook file gives every number of a list a line of its
    own.
    """
    shown = rows[:, [corpus.id_of(word) for group in GROUPS for word in corpus.categories[group]]]
    coordinates = plane.fit(shown[-1]).map(shown)
    scaled = np.rint(coordinates / np.abs(coordinates).max() * half).astype(int)
    ids, labels = corpus.members
    pairs = [[corpus.id_of(word) for word in pair] for pair in PAIRS]
    return {
        "coordinates": [" ".join(map(str, at.ravel())) for at in scaled],
        "cosines": [[round(100 * float(recovery.cosines(at[[a]], at[[b]])[0, 0])) for a, b in pairs] for at in rows],
        "shares": [round(100 * recovery.same_category_share(at[ids], labels)) for at in rows],
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
        "chance": round(100 * recovery.chance_share(corpus.members[1])),
    }
