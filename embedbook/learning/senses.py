"""The corpus with one word that means two things, made as pseudowords are: two words get one spelling.

So it is known of each use which word it was. Source of the method: Schütze, Computational Linguistics 1998, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from embedbook.geometry import unit
from embedbook.learning.corpus import STOP, Corpus, make_corpus
from embedbook.learning.models import ContextualModel, numbers, torch

WORD = "orange"
SENSES = {"foods": "cheese", "colours": "blue"}
"""The categories that the word belongs to, each with the word whose place it takes there."""

SILENT = ("about", "mentioned")
"""The words before it that tell nothing: any word may follow them."""

LONGEST = 12
"""No sentence of the corpus has more words."""


@dataclass(frozen=True, eq=False)
class Ambiguous:
    """``corpus`` with ``WORD`` in two categories' places; ``senses`` [N]: 0 or 1 for each use of it, else -1.

    Its categories are those of the plain corpus without the two words that were merged.
    """

    corpus: Corpus
    senses: NDArray[np.int64] = field(repr=False)


def make_ambiguous() -> Ambiguous:
    """The book's corpus with *cheese* and *blue* both spelt ``WORD``.

    >>> made = make_ambiguous()
    >>> [int((made.senses == sense).sum()) for sense in (0, 1)]
    [79, 95]
    >>> int(made.corpus.counts[made.corpus.id_of("orange")])
    174
    """
    plain, gone = make_corpus(), tuple(SENSES.values())
    merged = [plain.id_of(word) for word in gone]
    senses = np.select([plain.ids == one for one in merged], [0, 1], default=-1)  # [N]
    corpus = replace(
        plain,
        words=tuple(WORD if i == merged[0] else word for i, word in enumerate(plain.words)),
        ids=np.where(senses >= 0, merged[0], plain.ids),
        categories={name: tuple(w for w in group if w not in gone) for name, group in plain.categories.items()},
    )
    return Ambiguous(corpus, senses)


@dataclass(frozen=True)
class Told:
    """How often the state of an ambiguous word lies nearer the states of the right category, 0 to 1, and of how many.

    ``telling`` where the words before it tell, ``silent`` where they do not; the ``base`` of either is the share of the
    more common sense, which a guess that ignores the text gets right.
    """

    telling: float
    telling_uses: int
    telling_base: float
    silent: float
    silent_uses: int
    silent_base: float


def told_apart(model: ContextualModel, made: Ambiguous, stand_in: str = WORD) -> Told:
    """Judge each use by cosine with the mean state of either category's other words.

    The model reads one sentence at a time, from the stop before it. With another word as ``stand_in``, that word is
    read in the place of each use and judged as if it were one: the control, which shows what the place alone tells.
    Raises KeyError for a word that the corpus does not have.
    """
    corpus = made.corpus
    stop = corpus.id_of(STOP)
    starts = np.flatnonzero(corpus.ids[:-LONGEST] == stop)  # [S]
    places = starts[:, None] + np.arange(LONGEST)  # [S, T]
    own = np.cumsum(corpus.ids[places] == stop, axis=1) == 1  # [S, T], up to the next stop
    states = unit(_states(model, corpus.ids[places]))[own]  # [N, D]
    place, ids, senses = places[own], corpus.ids[places[own]], made.senses[places[own]]  # [N] each
    groups = [[corpus.id_of(word) for word in corpus.categories[name]] for name in SENSES]
    centers = unit([states[np.isin(ids, group)].mean(axis=0) for group in groups])  # [2, D]
    uses = np.flatnonzero(senses >= 0)  # [U]
    read = np.where(made.senses >= 0, corpus.id_of(stand_in), corpus.ids)
    judged = unit(_states(model, read[places]))[own][uses]  # [U, D]
    right = (judged @ centers.T).argmax(axis=1) == senses[uses]  # [U]
    silent = np.isin(corpus.ids[place[uses] - 1], [corpus.id_of(word) for word in SILENT])  # [U]
    scores = [
        (float(right[part].mean()), int(part.sum()), float(np.bincount(senses[uses][part]).max() / part.sum()))
        for part in (~silent, silent)
    ]
    return Told(*scores[0], *scores[1])


def state(model: ContextualModel, corpus: Corpus, text: str) -> NDArray[np.float64]:
    """The state of the last word of a text: [D]. Raises KeyError for a word that the corpus does not have."""
    last: NDArray[np.float64] = _states(model, corpus.encode(text)[None])[0, -1]
    return last


def _states(model: ContextualModel, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """The states [B, T, D] of ids [B, T]."""
    with torch.no_grad():
        return numbers(model.states(torch.from_numpy(ids)))
