"""Claims of page 08 and what they are measured with, worked out again by other code."""

from __future__ import annotations

import re
from typing import Any

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


def places(table: EmbeddingTable, step: subwords.Step, components: int) -> tuple[np.ndarray, int]:
    """Cosines [V] with a step after scikit-learn took the mean and some components out, and how many pairs gave it."""
    rows = np.asarray(table.vectors, dtype=np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    left = rows - rows.mean(axis=0)
    if components:
        found = PCA(n_components=components, svd_solver="covariance_eigh").fit(rows)
        left = rows - found.inverse_transform(found.transform(rows))
    left /= np.linalg.norm(left, axis=1, keepdims=True)
    known = [(table.find(a), table.find(b)) for a, b in subwords.pairs(step) if a in table and b in table]
    steps = np.array([left[b] - left[a] for a, b in known])
    return left @ (steps / np.linalg.norm(steps, axis=1, keepdims=True)).mean(axis=0), len(known)


def share(cosines: np.ndarray, token_id: int) -> str:
    return f"{min(99.9, 100 * np.mean(cosines < cosines[token_id])):.1f} %"


def others_near(table: EmbeddingTable, token: str, k: int) -> str:
    """The nearest rows of other letters, as a sentence lists them."""
    unit = table.vectors / np.linalg.norm(table.vectors, axis=1, keepdims=True)
    bare = [re.sub(r"^(##|Ġ)", "", one).lower() for one in table.tokens]
    at = table.tokens.index(token)
    order = [i for i in np.argsort(-(unit @ unit[at])) if bare[i] != bare[at]][:k]
    return ", ".join(f"`{table.word(int(i))}`" for i in order)


def test_w1_notes_the_components_and_the_neighbours(table: EmbeddingTable) -> None:
    plain, _ = places(table, "un-", 0)
    un = PIECES[table.card.name][0]
    expected = f"With the leading components left in: above {share(plain, table.tokens.index(un))}. Nearest"
    assert expected in shown("W1", table)
    assert f"Nearest rows: {others_near(table, un, 5)}." in shown("W1", table)


def test_w2_places_and_notes(table: EmbeddingTable) -> None:
    """Each ending along its own step, and how many words of the list end so, are whole, are cut there."""
    words = [word for word in tables.load("glove").tokens if word.isalpha()][:50_000]
    before = " " if table.kind == "byte-level" else ""
    said = shown("W2", table)
    for token, ending in zip(PIECES[table.card.name][1:], ("ing", "tion"), strict=True):
        cosines, _ = places(table, "-ing" if ending == "ing" else "-tion", table.dimensions // 100)
        part = said.partition(f"`{token}`: ")[2].partition(f"`{PIECES[table.card.name][2]}`: ")[0].partition(". Of")[0]
        assert f"above {share(cosines, table.tokens.index(token))} of all rows along the step" in part
        asked = [word for word in words if re.search(f"...{ending}$", word)]
        cut = [table.vocabulary.tokenizer.encode(before + w, add_special_tokens=False).tokens for w in asked]
        whole, used = (sum(len(pieces) == 1 for pieces in cut), sum(len(p) > 1 and p[-1] == token for p in cut))
        assert f"Of {len(asked):,} words in -{ending}, {whole:,} are one token, {used:,} are cut there." in said


def test_w5_lists_the_neighbours_of_a_piece_and_of_a_word(table: EmbeddingTable) -> None:
    cat = table.tokens[table.id_of("cat")]
    for token in (PIECES[table.card.name][1], cat):
        assert re.search(rf"nearest to `{re.escape(token)}`: (`[^`]+`, )+", shown("W5", table))
        count = len(re.findall("`", shown("W5", table).partition(f"`{token}`: ")[2].partition(";")[0])) // 2
        assert others_near(table, token, count) in shown("W5", table)


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

    @pytest.mark.parametrize(
        ("steps", "leading", "kind", "said"),
        [
            ([[0, 1]], 2, ValueError, "expected pairs and 0 to 1 components, got 1 and 2"),
            ([[0, 1]], -1, ValueError, "leading must be 0 or more, got -1"),
            ([[0, 1]], 0.5, TypeError, "leading must be a whole number, got 0.5"),
            ([], None, ValueError, "expected pairs and 0 to 1 components, got 0"),
            ([0, 1], None, ValueError, r"expected pairs of token ids \[n, 2\], got shape \[2\]"),
            ([[0, 1, 1]], None, ValueError, r"expected pairs of token ids \[n, 2\], got shape \[1, 3\]"),
            ([[0, 2]], None, tables.TokenIdError, "2 is not a token id of mine: ids run from 0 to 1"),
            ([[-1, 0]], None, tables.TokenIdError, "-1 is not a token id"),
            ([[0.0, np.nan]], None, TypeError, "expected a list of token ids"),
            ([("a", "b")], None, TypeError, "expected a list of token ids"),
            ("ab", None, TypeError, "expected a list of pairs of token ids, got 'ab'"),
            (None, None, TypeError, "expected a list of pairs of token ids, got None"),
            ([[1, 1]], None, ValueError, "the pairs lead nowhere"),
            ([[0, 1], [1, 0]], None, ValueError, "the pairs lead nowhere"),
        ],
    )
    def test_what_has_no_step_is_an_error(self, steps: Any, leading: Any, kind: type[Exception], said: str) -> None:
        made = tables.from_vectors(["a", "b"], [[1.0, 0], [0, 1.0]], name="mine")
        with pytest.raises(kind, match=said):
            subwords.along(made, steps, leading)

    def test_pairs_without_a_known_word_are_left_out(self) -> None:
        made = tables.from_vectors(["a", "b"], [[1.0, 0], [0, 1.0]])
        assert subwords.known_pairs(made, [("a", "c"), ("b", "a"), ("", "\U0001f600")]).tolist() == [[1, 0]]
        assert subwords.known_pairs(made, iter([])).shape == (0, 2)
        with pytest.raises(ValueError, match="expected pairs"):
            subwords.along(made, subwords.known_pairs(made, [("a", "c")]))

    @pytest.mark.parametrize(
        "affix", ["un", "ing", "", "-", "--", "-un-", "un -", " un-", "-\n", "\U0001f600", "a" * 10_000]
    )
    def test_an_affix_has_its_hyphen(self, minilm: EmbeddingTable, affix: str) -> None:
        for call in (
            lambda: subwords.piece(minilm, affix),
            lambda: subwords.has_affix("undo", affix),
            lambda: subwords.usage(minilm, affix, []),
        ):
            with pytest.raises(
                ValueError, match="an affix is written with its hyphen, such as 'un-' or '-ing', got"
            ) as said:
                call()
            assert len(str(said.value)) < 200

    def test_an_affix_may_be_of_any_letters(self, minilm: EmbeddingTable) -> None:
        assert subwords.piece(minilm, "\U0001f600-") is None
        assert subwords.has_affix("\U0001f600!", "\U0001f600-") and not subwords.has_affix("", "un-")
        assert subwords.usage(minilm, "-\u00e9", ["caf\u00e9s", "caf\u00e9"]).words == 1
        assert subwords.usage(minilm, "un-", []) == subwords.Usage(0, 0, 0)

    @pytest.mark.parametrize(
        ("call", "kind", "said"),
        [
            (lambda: subwords.pairs("xx"), ValueError, "no step 'xx'; known: un-, other negations, -ing, -tion"),  # type: ignore[arg-type]
            (lambda: subwords.pairs("un"), ValueError, "no step 'un'; known"),  # type: ignore[arg-type]
            (lambda: subwords.pairs(""), ValueError, "no step ''"),  # type: ignore[arg-type]
            (lambda: subwords.pairs(None), ValueError, "no step 'None'"),  # type: ignore[arg-type]
            (lambda: subwords.pairs(["un-"]), ValueError, r"no step .*un-"),  # type: ignore[arg-type]
            (lambda: subwords.pairs("a" * 10_000), ValueError, r"\(10,000 characters\); known"),  # type: ignore[arg-type]
            (lambda: subwords.openai_pieces("GPT-5", "a"), ValueError, "no model 'GPT-5'; known: GPT-4, GPT-4o"),
            (lambda: subwords.openai_pieces(["GPT-4"], "a"), ValueError, "no model .*known: GPT-4"),  # type: ignore[arg-type]
            (lambda: subwords.openai_pieces("GPT-4", None), TypeError, "expected text, got NoneType"),  # type: ignore[arg-type]
            (lambda: subwords.in_text("minilm", 5), TypeError, "expected text, got int"),  # type: ignore[arg-type]
            (lambda: subwords.in_text("smollm2", ["a"]), TypeError, "expected text, got list"),  # type: ignore[arg-type]
            (lambda: subwords.in_text(5, "a"), TypeError, "expected a table or the name of one"),  # type: ignore[arg-type]
            (lambda: subwords.in_text("nope", "a"), tables.UnknownTableError, "no table is called 'nope'"),
            (lambda: subwords.forced("minilm", float("nan")), TypeError, "expected text, got float"),  # type: ignore[arg-type]
            (lambda: subwords.piece("minilm", 7), TypeError, "expected an affix, such as 'un-' or '-ing', got int"),  # type: ignore[arg-type]
            (lambda: subwords.has_affix(b"undo", "un-"), TypeError, "expected text, got bytes"),  # type: ignore[arg-type]
            (lambda: subwords.usage("minilm", "un-", "undo"), TypeError, "expected a list of words, got 'undo'"),
            (lambda: subwords.usage("minilm", "un-", [None]), TypeError, "expected text, got NoneType"),  # type: ignore[list-item]
            (lambda: subwords.known_pairs("minilm", ["ab"]), TypeError, "expected pairs of words, such as"),  # type: ignore[list-item]
            (lambda: subwords.known_pairs("minilm", [("a", "b", "c")]), TypeError, "expected pairs of words"),  # type: ignore[list-item]
            (lambda: subwords.known_pairs("minilm", [("a", 5)]), TypeError, "expected text, got int"),  # type: ignore[list-item]
            (lambda: subwords.known_pairs("minilm", "ab"), TypeError, "expected a list of pairs of words, got 'ab'"),  # type: ignore[arg-type]
        ],
    )
    def test_bad_input_is_said(self, call: Any, kind: type[Exception], said: str) -> None:
        with pytest.raises(kind, match=said):
            call()

    @pytest.mark.parametrize("text", ["", " ", "\U0001f600", "\ud83d", "a" * 10_000, "\u0301", "\x00"])
    def test_any_text_is_cut(self, table: EmbeddingTable, text: str) -> None:
        for cut in (subwords.in_text(table, text), subwords.forced(table, text)):
            assert isinstance(cut, list) and all(i is None or 0 <= i < len(table) for i in cut)
        assert subwords.in_text(table, "") == subwords.forced(table, "") == []
        assert isinstance(subwords.openai_pieces("GPT-4o", text), list)

    def test_along_a_step_in_the_plane(self) -> None:
        """Mean row zero, no component taken out: the second word points along, the first against."""
        rows = {"a": [1.0, 0], "b": [0, 1.0], "c": [-1.0, 0], "d": [0, -1.0]}
        made = tables.from_vectors(list(rows), list(rows.values()))
        cosines = subwords.along(made, np.array([[0, 1]]), 0)
        assert cosines == pytest.approx(np.array([-1, 1, 1, -1]) / np.sqrt(2))
