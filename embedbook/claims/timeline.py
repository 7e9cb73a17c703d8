"""How rows came about: the papers in order, each with what it brought, and the facts that claims of page 05 check."""

from __future__ import annotations

import re
from dataclasses import dataclass

from embedbook.claims.references import REFERENCES

_YEAR = re.compile(r"\((\d{4})\)$")


@dataclass(frozen=True)
class Event:
    """A paper by its ``key`` in the references, and ``brought``, what came with it.

    ``widths``: numbers a row of the models that it trains. ``learned``: a network learns a representation of each word
    or thing, for those of the list that came before 2003. ``in_context``: a network computes a vector for each use of
    a word. ``credits``: the papers that it names as the first to show what others credit it with. ``public``: the year
    in which it could first be read, where that is not the year of the reference. ``corrects``: the claim whose date or
    credit it sets right.
    """

    key: str
    brought: str
    widths: tuple[int, ...] = ()
    learned: bool = False
    in_context: bool = False
    credits: tuple[str, ...] = ()
    public: int | None = None
    corrects: str = ""

    @property
    def year(self) -> int:
        """When it could first be read.

        >>> event("harris1954").year, event("devlin2019").year
        (1954, 2018)
        """
        return self.public or year_of(self.key)


def year_of(key: str) -> int:
    """The year in the name of a reference. Raises ValueError for a name without one.

    >>> year_of("pennington2014")
    2014
    """
    found = _YEAR.search(REFERENCES[key].name)
    if found is None:
        raise ValueError(f"the reference {key} is named without a year: {REFERENCES[key].name}")
    return int(found[1])


EVENTS: tuple[Event, ...] = (
    Event(
        "harris1954",
        "the distributional hypothesis: a difference of meaning goes with a difference of distribution",
        corrects="R5",
    ),
    Event("firth1957", "the sentence about a word and the company it keeps", corrects="R5"),
    Event("hinton1986", "distributed representations: a thing is a pattern over the units of a network"),
    Event(
        "rumelhart1986",
        "representations learned by back-propagation, of the persons of two family trees",
        learned=True,
        corrects="H1",
    ),
    Event(
        "elman1990",
        "a small recurrent network predicts the next word of a made-up text; its states, one for each use, cluster "
        "into kinds of words",
        learned=True,
        in_context=True,
        corrects="H1",
    ),
    Event("deerwester1990", "latent semantic analysis: words and documents from a factorised table of counts"),
    Event("lund1996", "HAL: rows of counts of the words near a word, nearer ones counted more"),
    Event("schutze1998", "a vector for each use of a word, made of the rows of the words around it; no network"),
    Event(
        "bengio2003",
        "rows learned together with a network that predicts the next word, from real text",
        widths=(30, 60, 100),
    ),
    Event(
        "mikolov2013a",
        "skip-gram and CBOW: no hidden layer, so that large texts become affordable",
        widths=(50, 100, 300, 600, 640, 1000),
        credits=("mikolov2013c",),
        corrects="D4",
    ),
    Event(
        "mikolov2013c",
        "king − man + woman is near queen, shown on the rows of a recurrent network",
        widths=(80, 320, 640, 1600),
        corrects="D4",
    ),
    Event("mikolov2013b", "negative sampling, subsampling of frequent words, phrases", corrects="D4"),
    Event(
        "word2vec2013",
        "the program, and vectors trained on Google News with the methods of the paper before",
        widths=(300,),
        corrects="D4",
    ),
    Event("pennington2014", "GloVe: a weighted factorisation of log counts", corrects="H1"),
    Event(
        "levy2014b",
        "the loss of skip-gram with negative sampling comes to rest, given dimensions enough, at a table of "
        "shifted PMI",
        corrects="H1",
    ),
    Event(
        "melamud2016",
        "context2vec: a bidirectional LSTM turns the context of a word into a vector",
        in_context=True,
        corrects="H1",
    ),
    Event("mccann2017", "CoVe: the states of a translation encoder as word vectors", in_context=True, corrects="H1"),
    Event("peters2018", "ELMo: the states of a bidirectional language model", in_context=True),
    Event("radford2018", "GPT: a causal transformer, trained on the next token", in_context=True),
    Event("devlin2019", "BERT: a transformer that sees both sides", in_context=True, public=2018),
)
"""In the order of their years."""


def event(key: str) -> Event:
    """The event of a paper. Raises KeyError for one that is not in the list."""
    return {one.key: one for one in EVENTS}[key]


@dataclass(frozen=True)
class Timeline:
    """The events, shown as a list by Jupyter: Markdown, and plain text elsewhere."""

    events: tuple[Event, ...] = EVENTS

    def _repr_markdown_(self) -> str:
        return "\n".join(
            f"- **{one.year}** {one.brought}. {REFERENCES[one.key].markdown()}{_corrects(one)}" for one in self.events
        )

    def __repr__(self) -> str:
        return "\n".join(
            f"{one.year}  {one.brought}. {REFERENCES[one.key].text()}{_corrects(one)}" for one in self.events
        )


def _corrects(one: Event) -> str:
    return f" (claim {one.corrects})" if one.corrects else ""
