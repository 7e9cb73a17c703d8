"""Claims of page 08 and what they are measured with, worked out again by other code."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.decomposition import PCA

from embedbook import subwords, tables
from embedbook.lists import benchmarks
from embedbook.tables import EmbeddingTable
from tests.unit.asking import heard, said, shown

CUTTING = ("smollm2", "minilm")
PIECES = {"smollm2": ("Ġun", "ing", "tion"), "minilm": ("un", "##ing", "##tion")}


@pytest.fixture(params=CUTTING)
def table(request: pytest.FixtureRequest) -> EmbeddingTable:
    return tables.load(request.param)


def answers(relation: str) -> set[tuple[str, str]]:
    """The pairs of a relation, read from the file itself."""
    found, here = set(), False
    for line in benchmarks.path("google").read_text(encoding="utf-8").splitlines():
        if line.startswith(":"):
            here = line == f": {relation}"
        elif here:
            a, b, c, d = line.split()
            found |= {(a, b), (c, d)}
    return found


def test_pairs_are_those_of_the_file() -> None:
    opposites = answers("gram2-opposite")
    assert {*subwords.pairs("un-"), *subwords.pairs("other negations")} == opposites
    assert all(b[2:] == a and b[:2] == "un" for a, b in subwords.pairs("un-"))
    assert not any(b.startswith("un") for _, b in subwords.pairs("other negations"))
    assert set(subwords.pairs("-ing")) == answers("gram5-present-participle")
    assert ("create", "creation") in subwords.pairs("-tion")
    assert all((a[-3:], b) == ("ate", f"{a[:-1]}ion") for a, b in subwords.pairs("-tion"))


@pytest.mark.parametrize("step", ["un-", "other negations"])
def test_w1_with_scikit_learns_components(table: EmbeddingTable, step: subwords.Step) -> None:
    rows = np.asarray(table.vectors, dtype=np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = PCA(n_components=table.dimensions // 100, svd_solver="covariance_eigh").fit(rows)
    left = rows - found.inverse_transform(found.transform(rows))
    left /= np.linalg.norm(left, axis=1, keepdims=True)
    known = [(table.find(a), table.find(b)) for a, b in subwords.pairs(step) if a in table and b in table]
    steps = np.array([left[b] - left[a] for a, b in known])
    cosines = left @ (steps / np.linalg.norm(steps, axis=1, keepdims=True)).mean(axis=0)
    below = np.mean(cosines < cosines[table.tokens.index(PIECES[table.card.name][0])])
    assert np.mean(cosines < cosines[table.id_of("possible")]) < 0.5  # where the step sets out
    if len(known) >= 5:
        assert f"{100 * below:.1f} %" in shown("W1", table)
        assert below > 0.977  # tried: half the room above
    else:
        assert "too few of the others" in shown("W1", table)


def test_w2_neighbours_counted_by_hand(table: EmbeddingTable) -> None:
    unit = table.vectors / np.linalg.norm(table.vectors, axis=1, keepdims=True)
    letters = [re.sub(r"^(##|Ġ)", "", token).lower() for token in table.tokens]
    for token, ending in zip(PIECES[table.card.name][1:], ("ing", "tion"), strict=True):
        order = np.argsort(-(unit @ unit[table.tokens.index(token)]))[:40]
        near = [letters[i] for i in order if letters[i] != ending][:10]
        same, chance = sum(one.endswith(ending) for one in near), np.mean([one.endswith(ending) for one in letters])
        assert f"`{token}`: {same} of the 10 nearest rows end so (by chance {100 * chance:.1f} %)" in shown("W2", table)
        assert (binom.sf(same - 1, 10, chance) < 1e-4) == (same >= 5)  # tried: a tenth of the rule's


def test_w3_pieces_join_to_the_word() -> None:
    for name, measurement in said("W3", *CUTTING).items():
        pieces = re.findall("`([^`]*)`", measurement.value)
        assert "".join(piece.strip("#Ġ") for piece in pieces) == "defenestration" and len(pieces) == 4
        assert measurement.passes == (name in ("smollm2", "GPT-4"))


def test_w4_counts_in_the_list(table: EmbeddingTable) -> None:
    """Words of GloVe's first that begin with un, with three more letters or more."""
    words = [word for word in tables.load("glove").tokens if word.isalpha()][:50_000]
    asked = [word for word in words if re.match("un...", word)]
    before = " " if table.kind == "byte-level" else ""
    cut = [table.vocabulary.tokenizer.encode(before + w, add_special_tokens=False).tokens for w in asked]
    used = sum(len(pieces) > 1 and pieces[0] == PIECES[table.card.name][0] for pieces in cut)
    assert f"Of the {len(asked):,} words with un- among the 50,000 most frequent, {used:,} are cut" in shown(
        "W4", table
    )


def test_a_table_without_the_piece_is_silent() -> None:
    made = tables.from_vectors(["unhappy", "happy"], [[1.0, 0], [0, 1.0]])
    assert {heard(claim, made).passes for claim in ("W1", "W2", "W3", "W4", "W5")} == {None}


class TestPieces:
    def test_forced_pieces_are_the_word_again(self, table: EmbeddingTable) -> None:
        for word in ("unhappy", "refrigerator", "king", "a", "information"):
            ids = subwords.forced(table, word)
            assert "".join(re.sub("^##", "", table.tokens[i]) for i in ids) == word
            assert table.kind == "byte-level" or len(word) == 1 or len(ids) > 1

    def test_openai_pieces_are_the_text_again(self) -> None:
        for model in subwords.OPENAI:
            pieces = subwords.openai_pieces(model, "unhappy 👍🏽 né")
            parts = [re.sub("<0x(..)>", lambda m: chr(int(m[1], 16)), piece) for piece in pieces]
            raw = [p.encode("latin-1") if q != p else q.encode() for p, q in zip(parts, pieces, strict=True)]
            assert b"".join(raw).decode() == "unhappy 👍🏽 né"
            assert any("<0x" in piece for piece in pieces)

    def test_a_table_of_words_has_no_pieces(self, glove: EmbeddingTable) -> None:
        assert subwords.piece(glove, "un-") is None
        assert subwords.in_text(glove, "defenestrationed") == [None]
        assert subwords.usage(glove, "-ing", ["walking", "xxxing"]) == subwords.Usage(2, 2, 0)

    @pytest.mark.parametrize("leading", [-1, 2])
    def test_what_has_no_step_is_an_error(self, leading: int) -> None:
        made = tables.from_vectors(["a", "b"], [[1.0, 0], [0, 1.0]])
        with pytest.raises(ValueError, match="expected pairs and 0 to 1 components"):
            subwords.along(made, np.array([[0, 1]]), leading)
        with pytest.raises(ValueError, match="expected pairs"):
            subwords.along(made, subwords.known_pairs(made, [("a", "c")]))

    def test_along_a_step_in_the_plane(self) -> None:
        """Mean row zero, no component taken out: the second word points along, the first against."""
        rows = {"a": [1.0, 0], "b": [0, 1.0], "c": [-1.0, 0], "d": [0, -1.0]}
        made = tables.from_vectors(list(rows), list(rows.values()))
        cosines = subwords.along(made, np.array([[0, 1]]), 0)
        assert cosines == pytest.approx(np.array([-1, 1, 1, -1]) / np.sqrt(2))
