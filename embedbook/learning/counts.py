"""Which words stand near which: what skip-gram draws its pairs from, and what GloVe counts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from embedbook.learning.corpus import STOP, Corpus

REACH = 3
"""How many words to either side count as near."""


def near(corpus: Corpus, reach: int = REACH) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """By distance from 1 to ``reach``: the distance, then the left and the right ids of all pairs in one sentence.

    The stop belongs to the sentence that it ends. Left and right are int64 arrays of one length.

    >>> from embedbook.learning.corpus import make_corpus
    >>> corpus = make_corpus()
    >>> distance, left, right = next(near(corpus))
    >>> distance, [corpus.words[i] for i in (left[0], right[0])]
    (1, ['They', 'flew'])
    """
    stop = (corpus.ids == corpus.id_of(STOP)).astype(int)  # [N]
    sentence = stop.cumsum() - stop  # [N], the number of the sentence of each token
    for distance in range(1, reach + 1):
        same = sentence[:-distance] == sentence[distance:]
        yield distance, corpus.ids[:-distance][same], corpus.ids[distance:][same]


def pairs(corpus: Corpus, reach: int = REACH) -> NDArray[np.int64]:
    """Every word with every word near it, both ways round: [P, 2], word and context.

    Source: Mikolov, Sutskever, Chen, Corrado and Dean, NIPS 2013, section 2, with a fixed window.

    >>> from embedbook.learning.corpus import make_corpus
    >>> found = pairs(make_corpus(), reach=1)
    >>> found.shape[1], len(found) % 2
    (2, 0)
    """
    one_way = np.hstack([np.stack([left, right]) for _, left, right in near(corpus, reach)])  # [2, P / 2]
    return np.hstack([one_way, one_way[::-1]]).T


def cooccurrences(corpus: Corpus, reach: int = REACH) -> NDArray[np.float64]:
    """How often two words stand near each other: [V, V], symmetric; at distance d a pair counts 1 / d.

    Source: Pennington, Socher and Manning, EMNLP 2014, section 4.2.

    >>> from embedbook.learning.corpus import make_corpus
    >>> corpus = make_corpus()
    >>> counts = cooccurrences(corpus)
    >>> counts.shape == (len(corpus.words),) * 2, bool((counts == counts.T).all())
    (True, True)
    """
    counts = np.zeros((len(corpus.words), len(corpus.words)))
    for distance, left, right in near(corpus, reach):
        np.add.at(counts, (left, right), 1 / distance)
    return counts + counts.T
