"""The corpus with one word that means two things, made as pseudowords are: two words get one spelling.

So it is known of each use which word it was. Source of the method: Schütze, Computational Linguistics 1998, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray

from embedbook.learning.corpus import STOP, Corpus, make_corpus
from embedbook.learning.history.contextual import ContextualModel

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
    plain = make_corpus()
    merged = [plain.id_of(word) for word in SENSES.values()]
    senses = np.select([plain.ids == one for one in merged], [0, 1], default=-1)
    words = tuple(WORD if i == merged[0] else word for i, word in enumerate(plain.words))
    corpus = replace(
        plain,
        words=words,
        ids=np.where(senses >= 0, merged[0], plain.ids),
        categories={
            name: tuple(word for word in group if word not in SENSES.values())
            for name, group in plain.categories.items()
        },
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
    starts = np.flatnonzero(corpus.ids[:-LONGEST] == stop)
    places = starts[:, None] + np.arange(LONGEST)
    own = np.cumsum(corpus.ids[places] == stop, axis=1) == 1
    states = _directions(model, corpus.ids[places])[own]
    place, ids, senses = places[own], corpus.ids[places[own]], made.senses[places[own]]
    centers = np.array(
        [states[np.isin(ids, [corpus.id_of(w) for w in corpus.categories[name]])].mean(axis=0) for name in SENSES]
    )
    uses = np.flatnonzero(senses >= 0)
    read = np.where(made.senses >= 0, corpus.id_of(stand_in), corpus.ids)
    judged = _directions(model, read[places])[own][uses]
    nearer = (judged @ (centers / np.linalg.norm(centers, axis=1, keepdims=True)).T).argmax(axis=1)
    right = nearer == senses[uses]
    silent = np.isin(corpus.ids[place[uses] - 1], [corpus.id_of(word) for word in SILENT])
    return Told(
        telling=float(right[~silent].mean()),
        telling_uses=int((~silent).sum()),
        telling_base=_majority(senses[uses][~silent]),
        silent=float(right[silent].mean()),
        silent_uses=int(silent.sum()),
        silent_base=_majority(senses[uses][silent]),
    )


def _directions(model: ContextualModel, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    with torch.no_grad():
        states = model.states(torch.from_numpy(ids)).double().numpy()
    return np.asarray(states / np.linalg.norm(states, axis=-1, keepdims=True))


def _majority(senses: NDArray[np.int64]) -> float:
    return float(np.bincount(senses).max() / len(senses))


def state(model: ContextualModel, corpus: Corpus, text: str) -> NDArray[np.float64]:
    """The state of the last word of a text: [D]. Raises KeyError for a word that the corpus does not have."""
    with torch.no_grad():
        states = model.states(torch.from_numpy(corpus.encode(text))[None])
    return np.asarray(states[0, -1].double().numpy())
