"""Files of the reader's own: each format is written by another library, opened, and compared with what was written."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from gensim.models import KeyedVectors
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model, LlamaConfig, LlamaForCausalLM, T5Config, T5Model

from embedbook import geometry, tables
from embedbook.tables import EmbeddingTable, TableFormatError, UnknownTokenError
from embedbook.tables.formats import gguf_tokenizer
from embedbook.tables.vocabulary import Pieces

WORDS = ["the", "king", "queen", "café", "New_York", "n't"]
ROWS = np.random.default_rng(0).normal(size=(len(WORDS), 32)).astype(np.float32)
SENTENCES = ["the king and the queen live in Paris", "a king, a queen and a café in 2024"] * 3


def keyed_vectors() -> KeyedVectors:
    vectors = KeyedVectors(ROWS.shape[1])
    vectors.add_vectors(WORDS, ROWS)
    return vectors


def byte_level_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    options: dict[str, Any] = {"initial_alphabet": alphabet, "show_progress": False}
    tokenizer.train_from_iterator(SENTENCES, trainers.BpeTrainer(vocab_size=300, special_tokens=["<|end|>"], **options))
    return tokenizer


def write_gguf(path: Path, kind: str = "Q8_0", rows: int = 0) -> np.ndarray:
    """A GGUF file as the library of that name writes it, with the tokenizer above; the rows before they are stored."""
    tokenizer = byte_level_tokenizer()
    size = tokenizer.get_vocab_size()
    ids = tokenizer.get_vocab()
    numbers = np.random.default_rng(1).normal(scale=0.1, size=(rows or size, 256)).astype(np.float32)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(sorted(ids, key=ids.__getitem__))
    writer.add_token_types([3, *[1] * (size - 1)])
    writer.add_token_merges([" ".join(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]])
    stored = gguf.GGMLQuantizationType[kind]
    if kind in ("F32", "F16"):
        writer.add_tensor("token_embd.weight", numbers.astype(np.float16 if kind == "F16" else np.float32))
    else:
        writer.add_tensor("token_embd.weight", gguf.quants.quantize(numbers, stored), raw_dtype=stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return numbers


# --- word vectors


@pytest.mark.parametrize("name", ["own.txt", "own.vec", "own.bin", "own.txt.gz", "glove.txt"])
def test_word_vectors_equal_gensims(tmp_path: Path, name: str) -> None:
    path, plain = tmp_path / name, tmp_path / "plain"
    keyed_vectors().save_word2vec_format(str(plain), binary=name.endswith(".bin"), write_header=name != "glove.txt")
    content = plain.read_bytes()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    table = tables.open(path)
    reference = KeyedVectors.load_word2vec_format(
        str(plain), binary=name.endswith(".bin"), no_header=name == "glove.txt"
    )
    assert list(table.tokens) == reference.index_to_key
    assert np.array_equal(table.vectors, reference.vectors)
    asked = [(n.token, round(n.cosine, 5)) for n in geometry.nearest_neighbors(table, "king", k=3)]
    assert asked == [(word, round(cosine, 5)) for word, cosine in reference.most_similar("king", topn=3)]
    assert table.card.name == name.split(".")[0] and "New_York" in table


@pytest.mark.parametrize(
    ("text", "words", "changes"),
    [
        ("the 1 2\n. . . 3 4\nthe 5 6\n", ["the", ". . ."], "1 words that came a second time left out"),
        ("up 1 2\nto infinity 3 4\nnot a nan 3 4\n", ["up", "to infinity", "not a nan"], ""),
        ("\ufeffthe\t1\t2\nking\t3 4 \r\n", ["the", "king"], ""),
        ("\ufeff2 2\n\nthe 1 2\nking 3.e0 -.4E1\n", ["the", "king"], ""),
    ],
)
def test_texts_as_they_are_published(tmp_path: Path, text: str, words: list[str], changes: str) -> None:
    """Words with spaces, words that come twice, a mark of the encoding, tabs, empty lines."""
    (tmp_path / "v.txt").write_text(text, encoding="utf-8")
    table = tables.open(tmp_path / "v.txt")
    assert list(table.tokens) == words and table[words[0]].tolist() == [1, 2]
    assert table.card.changes == changes


@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_with_words(tmp_path: Path, order: Any) -> None:
    np.save(tmp_path / "v.npy", np.asarray(ROWS, order=order))
    (tmp_path / "listed.txt").write_text("\n".join(WORDS), encoding="utf-8")
    by_list, by_file = (
        tables.open(tmp_path / "v.npy", words=words) for words in (iter(WORDS), tmp_path / "listed.txt")
    )
    (tmp_path / "listed.txt").rename(tmp_path / "v.txt")
    for table in (by_list, by_file, tables.open(tmp_path / "v.npy")):
        assert np.array_equal(table.vectors, ROWS) and list(table.tokens) == WORDS
        assert not table.vectors.flags.owndata  # mapped, not read


# --- models


def save_model(folder: Path, made: Any, dtype: Any = torch.float32, **options: Any) -> np.ndarray:
    """A model as transformers saves it, with a tokenizer; its input embeddings as it says."""
    made.to(dtype).save_pretrained(folder, **options)
    byte_level_tokenizer().save(str(folder / "tokenizer.json"))
    return np.asarray(made.get_input_embeddings().weight.detach().float().numpy())


SIZE = byte_level_tokenizer().get_vocab_size()
SMALL = {"num_hidden_layers": 1, "hidden_size": 8, "intermediate_size": 8, "num_attention_heads": 2}
MODELS: dict[str, Callable[[], Any]] = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(vocab_size=SIZE, **SMALL)),
    "llama, padded": lambda: LlamaForCausalLM(LlamaConfig(vocab_size=SIZE + 28, **SMALL)),
    "bert": lambda: BertModel(BertConfig(vocab_size=SIZE, **SMALL)),
    "gpt2": lambda: GPT2Model(GPT2Config(vocab_size=SIZE, n_embd=8, n_layer=1, n_head=2)),
    "t5": lambda: T5Model(T5Config(vocab_size=SIZE, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=["F32", "F16", "BF16"])
def test_a_model_folder_gives_its_input_embeddings(tmp_path: Path, model: str, dtype: Any) -> None:
    torch.manual_seed(0)
    expected = save_model(tmp_path, MODELS[model](), dtype)
    stored = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}[dtype]
    for table in (tables.open(tmp_path), tables.open(tmp_path / "model.safetensors")):
        assert np.array_equal(table.vectors, expected)
        assert table.card.dtype == stored and table.card.file_bytes == expected.size * (4 if stored == "F32" else 2)
        assert table.card.changes == ("" if stored == "F32" else f"decoded from {stored} to float32")
        assert table.encode("the king") == byte_level_tokenizer().encode("the king").ids
        assert np.array_equal(table["king"], expected[byte_level_tokenizer().token_to_id("Ġking")])


def test_more_rows_than_tokens_is_a_fact(tmp_path: Path) -> None:
    save_model(tmp_path, MODELS["llama, padded"]())
    table = tables.open(tmp_path)
    assert len(table) == SIZE + 28 == len(table.tokens) + 28
    assert table.word(SIZE + 3) == f"<row {SIZE + 3}>" and table.find(f"<row {SIZE + 3}>") == SIZE + 3
    assert table.find(f"<row {SIZE - 1}>") is None and f"<row {SIZE + 28}>" not in table
    assert len(geometry.nearest_neighbors(table, "king", k=len(table))) == len(table) - 1


def test_shards(tmp_path: Path) -> None:
    torch.manual_seed(0)
    expected = save_model(tmp_path, MODELS["llama"](), max_shard_size="4KB")
    assert (tmp_path / "model.safetensors.index.json").is_file()
    assert np.array_equal(tables.open(tmp_path).vectors, expected)


def test_the_caller_may_name_the_tensor(tmp_path: Path) -> None:
    put(tmp_path / "two.safetensors", {"left": np.ones((2, 3)), "right": np.zeros((2, 3))})
    table = tables.open(tmp_path / "two.safetensors", tensor="right", words=["a", "b"], name="mine")
    assert table["b"].tolist() == [0, 0, 0] and table.card.name == "mine"


@pytest.mark.parametrize("kind", ["F32", "F16", "Q8_0", "Q4_0", "Q5_1"])
def test_gguf_in_any_type(tmp_path: Path, kind: str) -> None:
    numbers = write_gguf(tmp_path / "own.gguf", kind)
    tensor = next(t for t in gguf.GGUFReader(tmp_path / "own.gguf").tensors if t.name == "token_embd.weight")
    table = tables.open(tmp_path / "own.gguf")
    assert np.array_equal(table.vectors, gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32))
    assert np.abs(table.vectors - numbers).max() < {"F32": 1e-9, "F16": 1e-3, "Q8_0": 3e-3}.get(kind, 0.06)
    assert (table.card.dtype, table.card.file_bytes) == (kind, tensor.n_bytes)
    assert table.special == (0,) and table.pieces("the king 24") == ["the", "Ġking", "Ġ", "2", "4"]


@pytest.mark.parametrize(
    ("kind", "tokens", "types", "text", "pieces"),
    [
        ("llama", ["<unk>", "<0x0A>", "▁", "k", "i", "n", "g", "in", "▁k", "▁king", "ing"], [3, 6, *[1] * 9],
         "king\n", ["▁king", "<0x0A>"]),
        ("bert", ["[PAD]", "[UNK]", "▁king", "s", "▁the"], [3, 3, 1, 1, 1], "the Kings", ["the", "king", "##s"]),
        ("t5", ["<unk>", "▁king", "s", "▁the"], [3, 1, 1, 1], "the kings", ["▁the", "▁king", "s"]),
    ],
)  # fmt: skip
def test_other_tokenizers_of_gguf(kind: str, tokens: list[str], types: list[int], text: str, pieces: list[str]) -> None:
    """By hand. SentencePiece merges by score: *in*, then *▁k*, then *ing*, which at last gives *▁king*."""
    fields = {"model": kind, "tokens": tokens, "token_type": types, "scores": [-float(i) for i in range(len(tokens))]}
    unknown = {"unknown_token_id": tokens.index("[UNK]" if kind == "bert" else "<unk>")}
    tokenizer, note = gguf_tokenizer(gguf_fields(**fields, **unknown))
    assert tokenizer.encode(text, add_special_tokens=False).tokens == pieces and not note


def gguf_fields(**fields: object) -> dict[str, Any]:
    return {f"tokenizer.ggml.{key}": value for key, value in {"model": "gpt2", "tokens": ["a"], **fields}.items()}


def test_what_is_guessed_is_said() -> None:
    _, note = gguf_tokenizer(gguf_fields(pre="new"))
    assert note == "text is cut as GPT-2's: how 'new' cuts it is not known here"


@pytest.mark.parametrize(
    "fields",
    [
        {"tokens": 7},
        {"tokens": [1, 2]},
        {"token_type": [1, 1]},
        {"unknown_token_id": 9},
        {"merges": ["a b"]},
        {"merges": "a"},
        {"model": "llama", "scores": ["x"]},
        {"model": "t5", "scores": [1.0, 2.0]},
    ],
    ids=str,
)
def test_damaged_metadata_of_gguf_is_one_clear_error(fields: dict[str, Any]) -> None:
    with pytest.raises(TableFormatError, match="what it says of its tokens is damaged"):
        gguf_tokenizer(gguf_fields(**fields))


# --- saved and read again


@pytest.mark.parametrize("name", ["minilm", "court", "padded"])
def test_a_saved_table_is_read_bit_for_bit(tmp_path: Path, name: str, court: EmbeddingTable) -> None:
    if name == "padded":
        save_model(tmp_path, MODELS["llama, padded"]())
    table = court if name == "court" else tables.load(name) if name == "minilm" else tables.open(tmp_path)
    again = tables.open(table.save(tmp_path / "saved.safetensors"))
    assert again.vectors.tobytes() == np.ascontiguousarray(table.vectors).tobytes()
    assert list(again.tokens) == list(table.tokens) and again.card == table.card
    text = "king queen" if name == "court" else "The café of the king!"
    assert again.encode(text) == table.encode(text) and list(again.whole_words) == list(table.whole_words)


def test_a_saved_table_takes_another_name_and_says_when_it_is_damaged(tmp_path: Path, court: EmbeddingTable) -> None:
    path = court.save(tmp_path / "saved.safetensors")
    assert tables.open(path, name="mine").card.name == "mine"
    path.write_bytes(path.read_bytes().replace(b"uncased", b"encased"))
    with pytest.raises(TableFormatError, match=r"saved.safetensors: what a saved table says of its tokens is damaged"):
        tables.open(path)
    with pytest.raises(TableFormatError, match=r"saved as a .safetensors file"):
        court.save(tmp_path / "saved.npy")


# --- files that hold no table


def put(path: Path, content: Any) -> None:
    """Tensors as a safetensors file, an array as npy, bytes as they are."""
    if isinstance(content, dict):
        save_file({name: torch.as_tensor(array) for name, array in content.items()}, path)
    elif isinstance(content, np.ndarray):
        np.save(path, content, allow_pickle=True)
    else:
        path.write_bytes(content)


ONES, TWO_ROWS = np.ones((2, 3)), {"wte.weight": np.ones((2, 3))}
AB = {"words": ["a", "b"]}
BAD: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"empty.txt": b""}, {}, "the file is empty"),
    ({"ragged.txt": b"a 1 2\nb 1\n"}, {}, "line 2 holds no word and its numbers"),
    ({"wide.txt": b"a 1 2\nb 1 2 3\n"}, {}, "line 2 holds no word and its numbers"),
    ({"prose.txt": b"It was a dark night.\n"}, {}, "line 1 holds no word and its numbers"),
    ({"latin.txt": b"caf\xe9 1 2\n"}, {}, "line 1 holds no word and its numbers"),
    ({"short.vec": b"3 2\na 1 2\nb 3 4\n"}, {}, "it announces 3 words and holds 2"),
    ({"header.vec": b"3 2\n"}, {}, "it announces 3 words and holds 0"),
    ({"nan.txt": b"a 1 2\nb nan 1\n"}, {}, "the row of 'b' holds infinite or undefined numbers"),
    ({"large.txt": b"a 1 2\nb 1e300 1\n"}, {}, "the row of 'b' holds infinite or undefined numbers"),
    ({"no.gz": b"a 1 2\n"}, {}, "a file of another kind"),
    ({"foreign.txt.gz": b"a 1 2\n"}, {}, "line 1 holds no word"),
    ({"damaged.txt.gz": gzip.compress(b"a 1 2\n")[:10] + b"\xff" * 20}, {}, "line 1 holds no word"),
    ({"v.txt": b"a 1 2\n"}, {"words": ["a"]}, "no tensor=, no words="),
    ({"v.bin": b"1 2\n"}, {"tensor": "w"}, "no tensor=, no words="),
    ({"foreign.bin": b"\x80\x02pickled"}, {}, "does not begin as word2vec's binary files do"),
    ({"cut.bin": b"2 2\na \0\0\0\0\0\0\0\0b \0"}, {}, "it holds no word and its numbers at word 2 of 2"),
    ({"spaceless.bin": b"1 2\n" + b"a" * 2_000}, {}, "it holds no word and its numbers at word 1 of 1"),
    ({"trained on.bin": b"1 2\na \0\0\0\0\0\0\0\0b \0"}, {}, "more follows after the 1 words"),
    ({"foreign.npy": b"PAR1...."}, {}, "not an npy file of plain numbers"),
    ({"damaged.npy": b"\x93NUMPY\x01\x00\x03\x00{(\n"}, {}, "not an npy file of plain numbers"),
    ({"pickled.npy": np.array([{}], dtype=object)}, {}, "not an npy file of plain numbers"),
    ({"flat.npy": np.ones(3)}, {}, r"float64 \[3\], expected numbers \[rows, dimensions\]"),
    ({"texts.npy": np.array([["a", "b"]])}, {}, "expected numbers"),
    ({"complex.npy": ONES * 1j}, AB, "complex128 .* expected numbers"),
    ({"fine.npy": ONES}, {}, r"nothing names its 2 rows: say words=\[...\], or write fine.txt"),
    ({"fine.npy": ONES}, {"words": ["a"]}, "1 words do not name its 2 rows"),
    ({"fine.npy": ONES}, {"words": ["a", "b", "c"]}, "3 words do not"),
    ({"fine.npy": ONES}, {"words": ["a", "a"]}, "the token 'a' names 2 rows"),
    ({"fine.npy": ONES}, {"words": "/no/such/list"}, "no words can be read from list"),
    ({"foreign.gguf": b"GGML" + b"\0" * 40}, {}, "not a whole GGUF file"),
    ({"cut.gguf": b"GGUF\x03\0\0\0"}, {}, "not a whole GGUF file"),
    ({"foreign.safetensors": b"PK\x03\x04" + b"\0" * 40}, AB, "not a whole safetensors file"),
    ({"huge.safetensors": b"\xff" * 8 + b"{}"}, AB, "not a whole safetensors file"),
    ({"two.safetensors": {"b": ONES, "a": 2 * ONES}}, AB, "no tensor with a usual name.*It has a, b"),
    ({"int.safetensors": {"wte.weight": np.ones((2, 3), "i4")}}, AB, r"wte.weight is I32 \[2, 3\], expected numbers"),
    ({"bare.safetensors": TWO_ROWS}, {}, "there is no tokenizer.json beside it"),
    ({"own.safetensors": TWO_ROWS, "tokenizer.json": b"{}"}, {}, "tokenizer.json is no tokenizer"),
    ({"own.safetensors": TWO_ROWS, "vocab.txt": b"king\nking\n"}, {}, "the token 'king' names 2 rows"),
    ({"own.safetensors": TWO_ROWS, "vocab.txt": b"caf\xe9\n"}, {}, "no words can be read from vocab.txt"),
    ({"vectors.parquet": b"PAR1"}, {}, "a file of another kind; what can be read: a model folder, .safetensors"),
    ({"model.pt": b"PK"}, {}, "a file of another kind"),
    ({"": None, "pytorch_model.bin": b"PK"}, {}, r"the folder has no model.safetensors \(a .bin is a pickle"),
    ({"": None, "a.gguf": b"", "b.gguf": b""}, {}, "the folder has no model.safetensors$"),
    ({"": None, "model.safetensors.index.json": b"[]"}, {}, "does not say which file holds which tensor"),
    (
        {"": None, "model.safetensors.index.json": b'{"weight_map": {"wte.weight": "model-1.safetensors"}}'},
        {},
        "model-1.safetensors, which holds the table, is not in the folder",
    ),
]


@pytest.mark.parametrize(("files", "options", "message"), BAD, ids=[" ".join(one[0]) for one in BAD])
def test_a_bad_file_is_one_clear_error(tmp_path: Path, files: Any, options: Any, message: str) -> None:
    for name, content in files.items():
        if name:
            put(tmp_path / name, content)
    path = tmp_path / next(iter(files))
    with pytest.raises(TableFormatError, match=f"^{path.name}: .*{message}") as caught:
        tables.open(path, **options)
    assert str(tmp_path) not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("path", "options", "error", "message"),
    [
        ("nothing.npy", {}, TableFormatError, "there is no file or folder"),
        (5, {}, TypeError, "expected a path, got int"),
        ("fine.npy", {"words": [1, 2]}, TypeError, "expected words, got int"),
        ("fine.npy", {"words": {"a", "b"}}, TypeError, "expected a list of words, got a set"),
        ("fine.npy", {"words": 5}, TypeError, "expected a list of words, got 5"),
        ("own.gguf", {"tensor": "blk.0"}, TableFormatError, "it holds no matrix blk.0; it has 1 other tensors"),
        ("own.gguf", {}, TableFormatError, "tokens do not name the rows"),
    ],
)
def test_bad_arguments(tmp_path: Path, path: Any, options: Any, error: type, message: str) -> None:
    put(tmp_path / "fine.npy", ONES)
    write_gguf(tmp_path / "own.gguf", rows=20)
    with pytest.raises(error, match=message):
        tables.open(tmp_path / path if isinstance(path, str) else path, **options)


# --- any tokenizer


def test_a_folder_like_minilms_is_minilm(tmp_path: Path) -> None:
    """With its tokenizer.json, or with vocab.txt alone."""
    minilm, folder = tables.load("minilm"), tables.model_folder("minilm")
    (tmp_path / "vocab.txt").symlink_to(folder / "vocab.txt")
    (tmp_path / "model.safetensors").symlink_to(folder / "model.safetensors")
    for table in (tables.open(tmp_path), tables.open(folder)):
        assert table.card.uncased and table.frequent_words(5_000) == minilm.frequent_words(5_000)
        for text in ("Déjà vu, 東京!", "unhappily [SEP] don't"):
            assert table.encode(text) == minilm.encode(text)


LOWERED_BYTES = {
    "normalizer": normalizers.Lowercase(),
    "pre_tokenizer": pre_tokenizers.ByteLevel(add_prefix_space=False),
}


@pytest.mark.parametrize(
    ("model", "parts", "kind", "words", "whole"),
    [
        (models.WordLevel({"king": 0, "##": 1, "▁": 2}), {}, "unmarked", ["king", "##", "▁"], [0]),
        (models.BPE({"king": 0, "k": 1}, []), {}, "unmarked", ["king", "k"], [0, 1]),
        (models.WordPiece({"king": 0, "queen": 1}), {}, "wordpiece", ["king", "queen"], [0, 1]),
        (  # as CLIP's
            models.BPE({"king": 0, "king</w>": 1, "Ã©</w>": 2, "!</w>": 3}, [], end_of_word_suffix="</w>"),
            LOWERED_BYTES, "end-of-word", ["…king", "king", "é", "!"], [1, 2],
        ),
        (  # as GPT's
            models.BPE({"king": 0, "é</w>": 1}, [], end_of_word_suffix="</w>"), {}, "end-of-word", ["king", "é"], [1],
        ),
    ],
)  # fmt: skip
def test_kinds_of_tokenizers(model: Any, parts: dict[str, Any], kind: str, words: list[str], whole: list[int]) -> None:
    tokenizer = Tokenizer(model)
    for name, part in parts.items():
        setattr(tokenizer, name, part)
    vocabulary = Pieces(tokenizer)
    assert (vocabulary.kind, vocabulary.whole_words()) == (kind, whole)
    assert [vocabulary.word(i) for i in range(len(words))] == words
    assert [vocabulary.find(word) for word in words] == list(range(len(words)))


def test_a_piece_that_is_unknown_where_no_token_stands_for_that_is_an_error(tmp_path: Path) -> None:
    vocabulary = Pieces(Tokenizer(models.WordPiece({"king": 0, "##s": 1})))
    table = EmbeddingTable(tables.Card("own"), vocabulary, np.ones((2, 3), np.float32))
    assert table.encode("kings") == [0, 1] and table.pieces("dogs") == ["dogs"]
    with pytest.raises(UnknownTokenError, match="'dogs' is not one token of own"):
        table.encode("dogs")
