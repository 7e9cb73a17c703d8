"""A word as tokenizers cut it, and the neighbours of each piece."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import ipywidgets
import traitlets

from embedbook import geometry, subwords
from embedbook.tables import EmbeddingTable, MissingExtraError
from embedbook.widgets.sentences import Carried, fixed
from embedbook.widgets.view import Panel, View, choice, slider, switch, table_objects, text_box

NEAR = 6
"""How many neighbours are drawn."""
EXAMPLES = ("defenestration", "unhappy", "unicef", "walking", "creation", "kingfisher", "3.14159")
"""Words that a reader can choose: of these the pieces of OpenAI's tokenizers are carried, and the neighbours of the
pieces among all rows."""


class PiecesView(View):
    """The pieces in every tokenizer, and bars of the neighbours of one; ``space``: the word has a space before it."""

    HOW = (
        "SmolLM2’s and MiniLM’s own tokenizers cut the word on this page. OpenAI’s are too large to carry: their "
        "pieces are here for the examples only. The bars are the rows nearest to the chosen piece by cosine; for the "
        "pieces of the examples among all rows, computed beforehand."
    )
    SEARCHES = True

    word = traitlets.Unicode().tag(sync=True)
    space = traitlets.Bool().tag(sync=True)
    position = traitlets.Int(1).tag(sync=True)
    count = traitlets.Int(1).tag(sync=True)
    """The pieces in the chosen table, where the slider of pieces ends."""

    def text(self) -> str:
        carried, word = self.chosen, self.word.strip()
        if not word:
            return "Type a word."
        asked = text_of(carried.table, word, self.space)
        tokens, ids = carried.table.pieces(asked), carried.table.vocabulary.encode(asked)
        if not tokens:  # a tokenizer may drop all there is, such as a mark of direction
            return "Type a word."
        at = min(self.position, len(tokens)) - 1
        cut = f"{' + '.join(tokens[:8])}{' + …' if len(tokens) > 8 else ''}"
        count = "1 piece" if len(tokens) == 1 else f"{len(tokens)} pieces"
        said = f"{carried.label} reads {count}: {cut}."
        token_id = carried.carried(ids[at])
        if token_id is None:
            return f"{said} No row here is called {tokens[at]}."
        name, zero = carried.table.word(token_id), fixed(self.data["zeros"][self.table])
        given = self.data["near"][self.table].get(str(token_id))
        if given:
            among, (first, cosine) = f"Among all {len(carried.table):,} rows,", given[0]
        elif found := carried.nearest(carried.rows([token_id])[0], NEAR, exclude=[token_id]):
            among, first, cosine = carried.searched(), found[0].token, found[0].cosine
        else:
            return f"{said} {carried.alone(name)}"
        return f"{said} {among} {name} is nearest to {first} (cosine {fixed(cosine)}, of random pairs {zero})."


def text_of(table: EmbeddingTable, word: str, space: bool) -> str:
    """The word as a tokenizer gets it: a space before it where that makes another token of it."""
    return f" {word}" if space and table.kind == "byte-level" else word


def pieces(
    word: str = "defenestration",
    position: int = 1,
    *,
    tables: Iterable[EmbeddingTable | str] | None = None,
    key: str = "pieces",
) -> Panel:
    """A word cut by every tokenizer; the neighbours of one of its pieces, the last if it has fewer.

    >>> pieces().view.text().split(" Among")[0]
    'SmolLM2 reads 4 pieces: Ġdef + en + est + ration.'
    """
    sources = table_objects(tables)
    if tables is None:  # a table of whole words has no pieces; it stays where it is the notebook's own
        sources = [sources[0], *(table for table in sources[1:] if table.kind != "words")]
    data = {
        "k": NEAR,
        "offered": list(EXAMPLES),
        "zeros": [round(geometry.random_pair_baseline(table).mean, 4) if len(table) > 1 else 0.0 for table in sources],
        "near": [_near(table) for table in sources],
        "others": _openai(),
    }
    view = PiecesView(key=key, word=word, space=True, position=position, sources=sources, data=data)
    view.count = max(1, len(sources[0].pieces(text_of(sources[0], word, True))))
    view.position = min(position, view.count)
    slots = slider("Piece", 1, view.count)
    panel = Panel(
        view,
        word=text_box("Word"),
        space=switch("a space before it"),
        position=slots,
        table=choice("Table", view.tables),
    )
    panel.links.append(ipywidgets.jsdlink((view, "count"), (slots, "max")))
    free = {"kind": "number", "min": 1, "step": 1}  # an address may bring a word of more pieces
    view.fields = {**view.fields, "position": free}
    return panel


def _near(table: EmbeddingTable) -> Mapping[str, list[tuple[str, float]]]:
    """By id, the rows nearest to each piece of the examples, among all rows: token and cosine."""
    if Carried("", table).pool.size == len(table):
        return {}
    asked = (table.vocabulary.encode(text_of(table, word, space)) for word in EXAMPLES for space in (True, False))
    ids = sorted({token_id for own in asked for token_id in own if token_id is not None and table.norms[token_id]})
    found = {token_id: geometry.nearest_neighbors(table, token_id, NEAR) for token_id in ids}
    return {str(i): [(other.token, round(other.cosine, 4)) for other in near] for i, near in found.items()}


def _openai() -> Mapping[str, list[list[list[str]]]]:
    """By model, the pieces of each example without a space and with one; empty without the package bpe-openai."""
    try:
        return {
            model: [[subwords.openai_pieces(model, before + word) for before in ("", " ")] for word in EXAMPLES]
            for model in subwords.OPENAI
        }
    except MissingExtraError:
        return {}
