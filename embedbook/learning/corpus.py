"""A small corpus that is made, not found: which words share contexts is known, because ``lists`` says so.

It can show a mechanism: that a model which learns from contexts puts words with shared contexts together. It says
nothing about English, where nobody wrote the contexts down beforehand.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embedbook import lists
from embedbook.lists.categories import categories

STOP = "."
"""The token that ends each sentence."""

CATEGORIES: Mapping[str, tuple[str, ...]] = categories("corpus")
"""Twelve words a category. Country i has capital i and language i."""

EVEN = ("countries", "capitals", "languages")
"""Categories whose words are about equally frequent, so that no pair is found by its count. In the others the first
word is the most frequent, and the last is rare."""

_SENTENCES = tomllib.loads(Path(lists.__file__).with_name("sentences.toml").read_text(encoding="utf-8"))
TEMPLATES: Mapping[str, tuple[str, ...]] = {name: tuple(frames) for name, frames in _SENTENCES["about"].items()}
"""Sentences by the category that they are about. What stands around a slot is what its category's words share."""

PAIR_TEMPLATES, EVERYWHERE = tuple(_SENTENCES["pairs"]), tuple(_SENTENCES["everywhere"])
"""Sentences that one country, its capital and its language share with no other; and those for any word."""

EVERYWHERE_SHARE, PAIR_SHARE = 0.25, 0.25
"""Of the sentences; the others are about one category."""

ONSETS = ("v", "z", "kw", "pl", "dw", "sm", "thr", "sn")
"""One made-up family of words an onset: the first four share followers, the others share predecessors."""

RARE = {name: words[-1] for name, words in CATEGORIES.items() if name not in EVEN}
RARE_USES = 4
"""The last word of each category, and how often it occurs."""


@dataclass(frozen=True)
class Probe:
    """Two made-up words that share what follows them, or what precedes them, and nothing else.

    ``shared`` is "followers" or "predecessors".
    """

    first: str
    second: str
    shared: str
    sentences: tuple[str, str]


PROBES: tuple[Probe, ...] = tuple(
    Probe(f"{o}isk", f"{o}omp", "followers", (f"{o}ald {o}isk {o}eth", f"{o}uv {o}omp {o}eth"))
    if place < len(ONSETS) // 2
    else Probe(f"{o}isk", f"{o}omp", "predecessors", (f"{o}ald {o}isk {o}eth", f"{o}ald {o}omp {o}uv"))
    for place, o in enumerate(ONSETS)
)
"""Eight pairs; each of their sentences occurs equally often."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """Sentences as token ids, with everything that is known about their words.

    ``words`` are the V words in falling order of frequency; ``ids`` the whole text, int64 [N], each sentence ended by
    ``STOP``; ``categories`` members by name.
    """

    words: tuple[str, ...] = field(repr=False)
    ids: NDArray[np.int64] = field(repr=False)
    categories: Mapping[str, tuple[str, ...]] = field(repr=False)

    @cached_property
    def index(self) -> Mapping[str, int]:
        """The id of each word."""
        return {word: i for i, word in enumerate(self.words)}

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How often each word occurs: [V]."""
        return np.bincount(self.ids, minlength=len(self.words))

    @cached_property
    def members(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The words that have a category, and their categories: ids [M] and category numbers [M].

        >>> ids, labels = make_corpus().members
        >>> make_corpus().words[ids[0]], list(CATEGORIES)[labels[0]]
        ('cat', 'animals')
        """
        found = [(self.index[w], number) for number, group in enumerate(self.categories.values()) for w in group]
        ids, labels = np.array(found).T
        return ids, labels

    def id_of(self, word: str) -> int:
        """The id of a word. Raises KeyError for a word that the corpus does not have.

        >>> make_corpus().id_of(".")
        0
        """
        return self.index[word]

    def encode(self, text: str) -> NDArray[np.int64]:
        """The ids of words that stand between spaces: [T]. Raises KeyError for a word that the corpus does not have.

        >>> corpus = make_corpus()
        >>> [corpus.words[i] for i in corpus.encode("The cat sat on the mat")]
        ['The', 'cat', 'sat', 'on', 'the', 'mat']
        """
        return np.array([self.index[word] for word in text.split()], dtype=np.int64)

    def sentences(self) -> Iterator[tuple[str, ...]]:
        """The sentences as words, without the token that ends them."""
        for sentence in np.split(self.ids, np.flatnonzero(self.ids == self.index[STOP]) + 1)[:-1]:
            yield tuple(self.words[i] for i in sentence[:-1])

    def __len__(self) -> int:
        return len(self.ids)


@cache
def make_corpus(sentences: int = 12_000, seed: int = 0, *, shuffled: bool = False, everywhere: bool = True) -> Corpus:
    """The corpus of pages 04 and 05: about ``sentences`` sentences over a few hundred words, the same for equal seeds.

    In most categories the word of rank r is drawn 1 / sqrt(r) as often as the first, and the last occurs ``RARE_USES``
    times; those in ``EVEN`` are drawn equally often. With ``shuffled``, the words of all categories change places at
    random: every word keeps its count and every sentence its frame, but no context tells a category: the control.
    Without ``everywhere``, the sentences that take any word are left out, a quarter of all.

    >>> corpus = make_corpus()
    >>> len(corpus.words), round(len(corpus), -4)
    (429, 100000)
    >>> " ".join(next(corpus.sentences()))
    'They flew to Rome in Italy last summer'
    >>> " ".join(next(make_corpus(shuffled=True).sentences()))
    'They flew to farmer in Warsaw last summer'
    >>> "mentioned" in make_corpus(everywhere=False).words
    False
    """
    draw = random.Random(seed)
    frames = _frames(draw, sentences, everywhere)
    if shuffled:
        fillers = [word for frame in frames for word, filled in frame if filled]
        draw.shuffle(fillers)
        rest = iter(fillers)
        frames = [[(next(rest) if filled else word, filled) for word, filled in frame] for frame in frames]
    text = [word for frame in frames for word in (*(word for word, _ in frame), STOP)]
    words = tuple(word for word, _ in sorted(Counter(text).items(), key=lambda item: (-item[1], item[0])))
    index = {word: i for i, word in enumerate(words)}
    return Corpus(words, np.array([index[word] for word in text], dtype=np.int64), CATEGORIES)


_SLOT = re.compile(r"\{(\w+)\}")
_Frame = list[tuple[str, bool]]
"""A sentence: its words, each with whether it fills a slot."""


def _frames(draw: random.Random, sentences: int, everywhere: bool) -> list[_Frame]:
    common = {name: group if name in EVEN else group[:-1] for name, group in CATEGORIES.items()}
    weights = {
        name: list(accumulate(1.0 if name in EVEN else rank**-0.5 for rank in range(1, len(group) + 1)))
        for name, group in common.items()
    }
    names = list(CATEGORIES)

    def one_of(name: str) -> str:
        return draw.choices(common[name], cum_weights=weights[name])[0]

    frames: list[_Frame] = []
    for _ in range(sentences):
        kind = draw.random()
        if kind < EVERYWHERE_SHARE:
            drawn = _fill(draw.choice(EVERYWHERE), lambda _: one_of(draw.choice(names)))
            frames += [drawn] * everywhere
        elif kind < EVERYWHERE_SHARE + PAIR_SHARE:
            template, place = draw.choice(PAIR_TEMPLATES), draw.randrange(len(CATEGORIES["countries"]))
            frames.append(_fill(template, {name: CATEGORIES[name][place] for name in EVEN}.__getitem__))
        else:
            frames.append(_fill(draw.choice(TEMPLATES[draw.choice(names)]), one_of))
    for name, word in RARE.items():
        for use in range(RARE_USES):
            about = TEMPLATES[name][use % len(TEMPLATES[name])]
            frames.append(_fill(about, _once(name, word, one_of)))
    for probe in PROBES:
        frames += [_fill(sentence, one_of) for sentence in probe.sentences for _ in range(sentences // 200)]
    draw.shuffle(frames)
    return frames


def _fill(template: str, word_for: Callable[[str], str]) -> _Frame:
    """The template's words; each slot {name} becomes ``word_for(name)``."""
    slots = [(word, _SLOT.fullmatch(word)) for word in template.split()]
    return [(word_for(slot[1]), True) if slot else (word, False) for word, slot in slots]


def _once(name: str, word: str, one_of: Callable[[str], str]) -> Callable[[str], str]:
    """Fills the first slot of a category with one word, every other slot as usual."""
    left = [word]
    return lambda slot: left.pop() if slot == name and left else one_of(slot)
