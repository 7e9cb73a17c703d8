"""A small corpus that is made, not found: which words share contexts is known, because this file says so.

It can show a mechanism: that a model which learns from contexts puts words with shared contexts together. It says
nothing about English, where nobody wrote the contexts down beforehand.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

STOP = "."
"""The token that ends each sentence."""

_CATEGORIES = """
animals cat dog horse cow rabbit mouse sheep goat tiger lion elephant hamster
countries France Germany Japan Italy Spain Greece Russia China Poland Norway Sweden Turkey
capitals Paris Berlin Tokyo Rome Madrid Athens Moscow Beijing Warsaw Oslo Stockholm Ankara
languages French German Japanese Italian Spanish Greek Russian Chinese Polish Norwegian Swedish Turkish
furniture table chair sofa bed desk shelf bench mat rug stool cupboard wardrobe
appliances refrigerator oven kettle lamp radio heater stove toaster fan freezer mixer grill
foods bread cheese soup rice fish salad cake butter honey meat soda pear
tools hammer saw drill axe shovel rake ladder wrench chisel screwdriver pliers sickle
vehicles car train bus bicycle truck ship boat plane tram taxi van canoe
colours red blue green white black yellow brown pink grey purple silver beige
clothes coat hat shirt shoe dress scarf jacket sock glove boot sweater skirt
people teacher doctor farmer baker nurse engineer lawyer painter pilot driver singer tailor
emotions joy fear anger hope love sadness pride shame envy grief delight relief
ideas democracy freedom peace justice truth science war religion equality progress order tradition
numbers two three four five six seven eight nine ten twelve twenty forty
"""
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    name: tuple(words) for name, *words in map(str.split, _CATEGORIES.strip().splitlines())
}
"""Twelve words a category. Country i has capital i and language i."""

EVEN = ("countries", "capitals", "languages")
"""Categories whose words are about equally frequent, so that no pair is found by its count. In the others the first
word is the most frequent, and the last is rare."""

TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "animals": (
        "The {animals} sat on the {furniture}",
        "The {animals} chased the {animals} through the grass",
        "She adopted a {animals} from the shelter",
        "My {animals} is sleeping on the {furniture}",
        "They fed the hungry {animals} twice a day",
        "The tame {animals} barked or purred at night",
    ),
    "countries": (
        "Many people live in {countries} near the border",
        "The army of {countries} crossed the border",
        "Voters in {countries} elected a new parliament",
        "The economy of {countries} grew again",
    ),
    "capitals": (
        "The streets of {capitals} were full of visitors",
        "The museum in downtown {capitals} opened at noon",
        "They stayed at a hotel in downtown {capitals} last night",
        "The mayor of {capitals} opened the museum",
    ),
    "languages": (
        "She speaks fluent {languages} without an accent",
        "He translated the {languages} poem word by word",
        "The {languages} grammar book has {numbers} chapters",
    ),
    "furniture": (
        "The wooden {furniture} stood against the wall",
        "He sat down on the wooden {furniture} by the window",
        "A carpenter built the {furniture} from oak",
    ),
    "appliances": (
        "She opened the {appliances} and grabbed a {foods}",
        "He plugged in the {appliances} and switched it on",
        "The electric {appliances} hummed all night in the kitchen",
        "An electrician repaired the broken {appliances} under warranty",
    ),
    "foods": (
        "We ate fresh {foods} for dinner",
        "He cooked tasty {foods} with salt",
        "She bought some {foods} at the market",
        "This {foods} tastes delicious with salt",
    ),
    "tools": (
        "He used a {tools} to fix the fence",
        "The carpenter dropped his {tools} beside the fence",
        "Bring me the rusty {tools} from the shed",
        "A sharp {tools} hung in the shed",
    ),
    "vehicles": (
        "We travelled by {vehicles} to {capitals}",
        "He parked the {vehicles} outside the station",
        "The {vehicles} left the station {numbers} minutes late",
        "The crowded {vehicles} stopped for more passengers",
    ),
    "colours": (
        "He painted the door bright {colours} all over",
        "She wore a {colours} {clothes} to the party",
        "The flag has {colours} and {colours} stripes",
    ),
    "clothes": (
        "She wore a woollen {clothes} to the party",
        "He put on his {clothes} and left the house",
        "My aunt sewed a button on the {clothes} by hand",
        "This {clothes} fits me well",
    ),
    "people": (
        "The {people} went to work early",
        "An experienced {people} earns a good salary",
        "My sister became a {people} after college",
        "We asked the {people} for advice",
    ),
    "emotions": (
        "She felt deep {emotions} in her heart",
        "His eyes were filled with {emotions} and tears",
        "A feeling of {emotions} came over him",
    ),
    "ideas": (
        "The philosopher wrote about {ideas} in society",
        "They debated the future of {ideas} in society",
        "Citizens defended {ideas} against its enemies",
        "The principle of {ideas} matters to voters",
    ),
    "numbers": (
        "There are {numbers} of them left",
        "He waited {numbers} minutes at the station",
        "She counted {numbers} sheets of paper",
    ),
}
"""Sentences by the category that they are about. What stands around a slot is what its category's words share."""

PAIR_TEMPLATES = (
    "They flew to {capital} in {country} last summer",
    "She learned {language} in {country} years ago",
    "She learned {language} in {capital} years ago",
    "In {country} {language} newspapers are sold",
    "In {capital} {language} newspapers are sold",
)
"""Sentences that one country, its capital and its language share with no other."""

EVERYWHERE = (
    "The book has a chapter about {any} too",
    "Nobody mentioned {any} yesterday",
    "We talked about {any} for an hour",
)
"""Sentences that any word of any category may stand in."""

EVERYWHERE_SHARE, PAIR_SHARE = 0.25, 0.25
"""Of the sentences; the others are about one category."""

ONSETS = ("v", "z", "kw", "pl", "dw", "sm", "thr", "sn")
"""One made-up family of words an onset: the first four share followers, the others share predecessors."""

RARE_USES = 4
"""How often the last word of each category occurs."""


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
    ``STOP``; ``categories`` members by name; ``pairs`` countries with their capitals; ``rare`` the words that occur
    ``RARE_USES`` times; ``probes`` the made-up pairs.
    """

    words: tuple[str, ...] = field(repr=False)
    ids: NDArray[np.int64] = field(repr=False)
    categories: Mapping[str, tuple[str, ...]] = field(repr=False)
    pairs: tuple[tuple[str, str], ...] = field(repr=False)
    rare: tuple[str, ...] = field(repr=False)
    probes: tuple[Probe, ...] = field(repr=False)
    shuffled: bool = False

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
        ids = [self.index[word] for group in self.categories.values() for word in group]
        labels = [number for number, group in enumerate(self.categories.values()) for _ in group]
        return np.array(ids), np.array(labels)

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
        ends = np.flatnonzero(self.ids == self.index[STOP])
        for start, end in zip([0, *(ends[:-1] + 1)], ends, strict=True):
            yield tuple(self.words[i] for i in self.ids[start:end])

    def __len__(self) -> int:
        return len(self.ids)


def make_corpus(sentences: int = 12_000, seed: int = 0, *, shuffled: bool = False) -> Corpus:
    """The corpus of pages 04 and 05: about ``sentences`` sentences over a few hundred words, the same for equal seeds.

    In most categories the word of rank r is drawn 1 / sqrt(r) as often as the first, and the last occurs ``RARE_USES``
    times; those in ``EVEN`` are drawn equally often. With ``shuffled``, the words of all categories change places at
    random: every word keeps its count and every sentence its frame, but no context tells a category: the control.

    >>> corpus = make_corpus()
    >>> len(corpus.words), round(len(corpus), -4)
    (429, 100000)
    >>> " ".join(next(corpus.sentences()))
    'They flew to Rome in Italy last summer'
    >>> " ".join(next(make_corpus(shuffled=True).sentences()))
    'They flew to farmer in Warsaw last summer'
    """
    draw = random.Random(seed)
    frames = _frames(draw, sentences)
    if shuffled:
        fillers = [word for frame in frames for word, filled in frame if filled]
        draw.shuffle(fillers)
        rest = iter(fillers)
        frames = [[(next(rest) if filled else word, filled) for word, filled in frame] for frame in frames]
    text = [word for frame in frames for word in (*(word for word, _ in frame), STOP)]
    words = tuple(word for word, _ in sorted(Counter(text).items(), key=lambda item: (-item[1], item[0])))
    index = {word: i for i, word in enumerate(words)}
    return Corpus(
        words=words,
        ids=np.array([index[word] for word in text], dtype=np.int64),
        categories=CATEGORIES,
        pairs=tuple(zip(CATEGORIES["countries"], CATEGORIES["capitals"], strict=True)),
        rare=tuple(_rare_words().values()),
        probes=PROBES,
        shuffled=shuffled,
    )


_Frame = list[tuple[str, bool]]
"""A sentence: its words, each with whether it fills a slot."""


def _frames(draw: random.Random, sentences: int) -> list[_Frame]:
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
            frames.append(_fill(draw.choice(EVERYWHERE), lambda _: one_of(draw.choice(names))))
        elif kind < EVERYWHERE_SHARE + PAIR_SHARE:
            frames.append(_pair_frame(draw.choice(PAIR_TEMPLATES), draw.randrange(len(CATEGORIES["countries"]))))
        else:
            frames.append(_fill(draw.choice(TEMPLATES[draw.choice(names)]), one_of))
    for name, word in _rare_words().items():
        for use in range(RARE_USES):
            about = TEMPLATES[name][use % len(TEMPLATES[name])]
            frames.append(_fill(about, _once(name, word, one_of)))
    for probe in PROBES:
        frames += [_fill(sentence, one_of) for sentence in probe.sentences for _ in range(sentences // 200)]
    draw.shuffle(frames)
    return frames


def _rare_words() -> dict[str, str]:
    return {name: group[-1] for name, group in CATEGORIES.items() if name not in EVEN}


_SLOT = re.compile(r"\{(\w+)\}")


def _fill(template: str, word_for: Callable[[str], str]) -> _Frame:
    """The template's words; each slot {name} becomes ``word_for(name)``."""
    slots = [(word, _SLOT.fullmatch(word)) for word in template.split()]
    return [(word_for(slot[1]), True) if slot else (word, False) for word, slot in slots]


def _pair_frame(template: str, place: int) -> _Frame:
    of_pair = {"country": "countries", "capital": "capitals", "language": "languages"}
    return _fill(template, lambda slot: CATEGORIES[of_pair[slot]][place])


def _once(name: str, word: str, one_of: Callable[[str], str]) -> Callable[[str], str]:
    """Fills the first slot of a category with one word, every other slot as usual."""
    left = [word]
    return lambda slot: left.pop() if slot == name and left else one_of(slot)
