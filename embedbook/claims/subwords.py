"""Claims of page 08: where words are cut, and what the rows of their pieces say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import binom

from embedbook import subwords
from embedbook.claims.ledger import Limits, Measurement, Page, Silence, must_have
from embedbook.claims.wording import code, codes, percent
from embedbook.geometry import Neighbor, nearest_neighbors
from embedbook.subwords import OPENAI, Step
from embedbook.tables import EmbeddingTable
from embedbook.tables.known import words_by_frequency

PAGE = Page(__file__)


def _piece(table: EmbeddingTable, affix: str) -> int:
    """The id of an affix. Raises Silence where the table has no such piece, or it has a row of zeros."""
    if table.kind == "words":
        raise Silence("it has whole words only")
    found = subwords.piece(table, affix)
    if found is None or not table.norms[found]:
        raise Silence(f"{affix} is no piece here")
    return found


def _below(
    table: EmbeddingTable, token_id: int, step: Step, limits: Limits, leading: int | None = None
) -> float | None:
    """The share of all rows that point less along a step than this one; None with too few pairs."""
    found = subwords.known_pairs(table, subwords.pairs(step))
    if len(found) < limits.fewest:
        return None
    count = table.dimensions // limits.per_component if leading is None else leading
    cosines = subwords.along(table, found, count)
    return float((cosines < cosines[token_id]).mean())


def _share(share: float) -> str:
    """A share that something lies above: rounded, it never says all."""
    return percent(min(share, 0.999))


def _others_near(table: EmbeddingTable, token_id: int, k: int) -> list[Neighbor]:
    """The nearest rows that are not another spelling of the same letters."""
    alike = len(table.same_surface(token_id))
    found = nearest_neighbors(table, token_id, k + alike)
    return [one for one in found if table.surface(one.id) != table.surface(token_id)][:k]


@PAGE.per_table("W1")
def negation(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    un = _piece(table, "un-")
    with_un = _below(table, un, "un-", limits)
    if with_un is None:
        raise Silence(f"fewer than {limits.fewest} pairs are single tokens here")
    others = _below(table, un, "other negations", limits)
    raw = _below(table, un, "un-", limits, leading=0)
    assert raw is not None  # as many pairs
    elsewhere = "too few of the others are single tokens" if others is None else f"{_share(others)} along the others"
    is_general = others is not None and others >= limits.above
    return Measurement(
        f"above {_share(with_un)} of all rows along the step to words with un-; {elsewhere}",
        passes=with_un >= limits.above,
        condition="" if is_general else "for opposites that are spelled with un-",
        note=f"With the leading components left in: above {_share(raw)}. "
        f"Nearest rows: {codes(one.token for one in _others_near(table, un, 5))}.",
    )


@PAGE.per_table("W2")
def endings(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    ids = {affix: _piece(table, affix) for affix in ("-ing", "-tion")}
    letters = [table.surface(token_id) for token_id in range(len(table))]
    frequent = (words_by_frequency() or [])[: limits.words]
    shown, met, notes = [], [], []
    for affix, token_id in ids.items():
        place = _below(table, token_id, "-ing" if affix == "-ing" else "-tion", limits)
        if place is None:
            raise Silence(f"fewer than {limits.fewest} pairs are single tokens here")
        same = sum(
            subwords.has_affix(table.surface(one.id), affix) for one in _others_near(table, token_id, limits.near)
        )
        chance = float(np.mean([subwords.has_affix(text, affix) for text in letters]))
        met += [float(binom.sf(same - 1, limits.near, chance)) < 1 / limits.times, place >= limits.above]
        shown.append(
            f"{code(table.tokens[token_id])}: {same} of the {limits.near} nearest rows end so (by chance "
            f"{percent(chance)}), above {_share(place)} of all rows along the step"
        )
        used = subwords.usage(table, affix, frequent)
        notes.append(f"Of {used.words:,} words in {affix}, {used.whole:,} are one token, {used.cut:,} are cut there.")
    return Measurement("; ".join(shown), passes=all(met), note=" ".join(notes))


@PAGE.per_table("W3")
def defenestration(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    if table.kind == "words":
        raise Silence("it has whole words only")
    ids = subwords.in_text(table, limits.word)
    return _cut([table.tokens[i] for i in ids if i is not None], limits)


@PAGE.table_free("W3")
def defenestration_in_openai(limits: Limits) -> Mapping[str, Measurement[None]]:
    return {model: _cut(subwords.openai_pieces(model, f" {limits.word}"), limits) for model in OPENAI}


def _cut(pieces: Sequence[str], limits: Limits) -> Measurement[None]:
    bare = [piece.strip(" Ġ▁").removeprefix("##").removesuffix("</w>") for piece in pieces]
    return Measurement(codes(piece.strip() for piece in pieces), passes=bare == limits.pieces)


@PAGE.per_table("W4")
def examples(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    cut, found = [], {affix: _piece(table, affix) for affix in limits.examples}
    for affix, words in limits.examples.items():
        place = 0 if affix.endswith("-") else -1
        ids = {word: subwords.in_text(table, word) for word in words}
        cut += [word for word, own in ids.items() if len(own) > 1 and own[place] == found[affix]]
    frequent = (words_by_frequency() or [])[: limits.words]
    used = subwords.usage(table, "un-", frequent)
    note = (
        f"Of the {used.words:,} words with un- among the {len(frequent):,} most frequent, {used.cut:,} are cut there."
    )
    return _found(cut, limits, note if frequent else "")


@PAGE.table_free("W4")
def examples_in_openai(limits: Limits) -> Mapping[str, Measurement[None]]:
    def cut(model: str, word: str, affix: str) -> bool:
        pieces = subwords.openai_pieces(model, f" {word}")
        return len(pieces) > 1 and pieces[0 if affix.endswith("-") else -1].strip() == affix.strip("-")

    asked = [(word, affix) for affix, words in limits.examples.items() for word in words]
    return {model: _found([word for word, affix in asked if cut(model, word, affix)], limits, "") for model in OPENAI}


def _found(cut: Sequence[str], limits: Limits, note: str) -> Measurement[None]:
    count = sum(map(len, limits.examples.values()))
    value = f"{len(cut)} of {count} are cut at the affix{f': {codes(cut)}' if cut else ''}"
    return Measurement(value, passes=len(cut) == count, note=note)


@PAGE.per_table("W5")
def richness(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    ing = _piece(table, "-ing")
    must_have(table, "cat")
    lists = [
        f"nearest to {code(table.tokens[i])}: {codes(one.token for one in _others_near(table, i, limits.near))}"
        for i in (ing, table.id_of("cat"))
    ]
    return Measurement("; ".join(lists), passes=None)
