"""Files that hold a table, read as data: nothing in them is ever run.

======================  =========================================  ==========================================
file                    rows                                       tokens
======================  =========================================  ==========================================
``.safetensors``        the input embeddings, by their usual name  ``tokenizer.json`` beside it, or its own
a model folder          the same, in one file or in shards         its ``tokenizer.json`` or ``vocab.txt``
``.gguf``               ``token_embd.weight``, in any type         the file's own metadata
``.npy``                the matrix                                 ``words=``, or a ``.txt`` of the same name
``.txt`` ``.vec``       GloVe's and word2vec's text, also ``.gz``  the first column
``.bin``                word2vec's binary                          before each row
======================  =========================================  ==========================================

Rows that are stored as float32 are mapped into memory, not read; others are decoded to float32.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

from embedbook.tables.errors import TableFormatError, listed, shorten
from embedbook.tables.table import Card
from embedbook.tables.vocabulary import Pieces, Vocabulary, Words

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
"""A number in a text of word vectors; "infinity" and "nan" are words too."""

Rows = NDArray[np.float32]
Progress = Callable[[int], object]

USUAL_NAMES = (
    "embed_tokens.weight", "wte.weight", "word_embeddings.weight", "embed_in.weight", "tok_embeddings.weight",
    "shared.weight", "backbone.embeddings.weight", "embeddings.weight", "embedding",
)  # fmt: skip
"""How the names of input embeddings end: in Llama and its kin, GPT-2, BERT and BLOOM, GPT-NeoX, Llama's first files,
T5, Mamba, others, and the files that :meth:`EmbeddingTable.save` writes. The first that a file has is taken."""

DECODED = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "F64": "<f8"}


@dataclass(frozen=True)
class Contents:
    """What a file gave: rows [V, D] float32, their names, and how the rows lay in it."""

    rows: Rows
    vocabulary: Vocabulary
    dtype: str
    file_bytes: int
    changes: str = ""
    card: dict[str, Any] | None = None


def read(path: Path, tensor: str | None = None, words: Iterable[str] | str | Path | None = None) -> Contents:
    """What the file or model folder holds. Raises TableFormatError, in words on the file.

    ``tensor`` names the rows in a file of many, ``words`` gives the tokens, or a text file of them, a line each.
    """
    try:
        given = None if words is None else _words(words)
        if path.is_dir():
            return _folder(path, tensor, given)
        ending = "".join(path.suffixes[-2:] if path.suffix.lower() == ".gz" else path.suffixes[-1:]).lower()
        reader = READERS.get(ending)
        if reader is None:
            raise TableFormatError(f"a file of another kind; what can be read: a model folder, {', '.join(READERS)}")
        if not path.stat().st_size:
            raise TableFormatError("the file is empty")
        if (tensor and reader in (_text, _binary, _npy)) or (words is not None and reader in (_text, _binary)):
            raise TableFormatError("such a file holds one matrix, and all but .npy its words: no tensor=, no words=")
        return reader(path, tensor=tensor, words=given)
    except TableFormatError as error:
        raise TableFormatError(f"{path.name}: {error}") from error
    except (MemoryError, RecursionError) as error:
        raise TableFormatError(f"{path.name}: it asks for more memory than there is; is it damaged?") from error


def _words(words: Iterable[str] | str | Path) -> Words:
    if not isinstance(words, (str, Path)):
        return own_words(words)
    try:
        return own_words(Path(words).read_text(encoding="utf-8").rstrip("\n").split("\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise TableFormatError(f"no words can be read from {Path(words).name} ({error})") from error


def own_words(words: Iterable[str], uncased: bool | None = None) -> Words:
    """Words that each name one row. Raises TableFormatError for one that is there twice, TypeError for no text."""
    if isinstance(words, (set, frozenset)):
        raise TypeError("expected a list of words, got a set, which has no order")
    words = listed(words, "words")
    for word in words:
        if not isinstance(word, str):
            raise TypeError(f"expected words, got {type(word).__name__}")
    token, count = next(iter(Counter(words).most_common(1)), ("", 0))
    if count > 1:
        raise TableFormatError(f"the token {shorten(token)} names {count:,} rows, expected one")
    if uncased is None:
        uncased = all(word == word.lower() for word in words if word.isalpha())
    return Words(words, uncased=uncased)


# ------------------------------------------------------------------------------------------------ safetensors


def _safetensors(path: Path, tensor: str | None = None, words: Words | None = None) -> Contents:
    rows, dtype, size, metadata = safetensors_rows(path, tensor)
    vocabulary: Vocabulary | None = words
    kept: dict[str, Any] = {}
    if "embedbook" in metadata and words is None:
        try:
            kept = json.loads(metadata["embedbook"])
            if "tokenizer" in kept:
                vocabulary = Pieces(Tokenizer.from_str(kept["tokenizer"]))
            else:
                vocabulary = Words(kept["words"], uncased=kept["card"]["uncased"])
            Card(**kept["card"])
        except Exception as error:  # the tokenizers library raises bare Exception
            raise TableFormatError("what a saved table says of its tokens is damaged") from error
    return _contents(rows, vocabulary or folder_vocabulary(path.parent), dtype, size, card=kept.get("card"))


def _folder(path: Path, tensor: str | None, words: Words | None) -> Contents:
    index, single = path / "model.safetensors.index.json", path / "model.safetensors"
    if single.is_file():
        rows, dtype, size, _ = safetensors_rows(single, tensor)
    elif index.is_file():
        try:
            shards = dict(json.loads(index.read_text(encoding="utf-8"))["weight_map"])
        except (ValueError, KeyError, TypeError) as error:
            raise TableFormatError(f"{index.name} does not say which file holds which tensor") from error
        name = tensor if tensor in shards else _input_embeddings(list(shards), tensor)
        if not (path / Path(shards[name]).name).is_file():
            raise TableFormatError(f"{shards[name]}, which holds the table, is not in the folder")
        rows, dtype, size, _ = safetensors_rows(path / Path(shards[name]).name, name)
    else:
        files = sorted(path.glob("*.safetensors")) + sorted(path.glob("*.gguf"))
        if len(files) != 1:
            pickled = " (a .bin is a pickle, which could run anything: convert it)" if [*path.glob("*.bin")] else ""
            raise TableFormatError(f"the folder has no model.safetensors{pickled}")
        return read(files[0], tensor, words.tokens if words else None)
    return _contents(rows, words or folder_vocabulary(path), dtype, size)


def folder_vocabulary(folder: Path) -> Pieces:
    """The vocabulary in a model's folder: its ``tokenizer.json``, else an uncased BERT's over its ``vocab.txt``."""
    own, berts = folder / "tokenizer.json", folder / "vocab.txt"
    if own.is_file():
        return Pieces(read_tokenizer(own))
    if not berts.is_file():
        raise TableFormatError("there is no tokenizer.json beside it that would name the rows; or say words=[...]")
    tokens = _words(berts).tokens
    tokenizer = wordpiece({token: i for i, token in enumerate(tokens)}, "[UNK]", lowercase=True)
    marks = [mark for mark in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]") if mark in tokens]
    tokenizer.add_special_tokens([AddedToken(mark, normalized=False) for mark in marks])
    return Pieces(tokenizer)


def wordpiece(ids: dict[str, int], unknown: str, lowercase: bool) -> Tokenizer:
    """BERT's tokenizer over these tokens."""
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token=unknown))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def read_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in a ``tokenizer.json``. Raises TableFormatError."""
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise TableFormatError(f"{path.name} is no tokenizer: {error}") from error


def safetensors_rows(path: Path, tensor: str | None = None) -> tuple[Rows, str, int, dict[str, str]]:
    """The input embeddings of a safetensors file, their dtype and their bytes in it, and its metadata.

    The format: eight bytes with the header's length N, a JSON header of N bytes that gives each tensor's type, shape
    and place, then the numbers. The library checks the file; the place is read here, since the library would copy.
    """
    try:
        with safe_open(path, framework="numpy") as checked:
            names, metadata = list(checked.keys()), checked.metadata() or {}
    except SafetensorError as error:
        raise TableFormatError(f"not a whole safetensors file: {error}") from error
    name = _input_embeddings(names, tensor)
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(length))[name]
    if entry["dtype"] not in DECODED or len(entry["shape"]) != 2:
        raise TableFormatError(f"{name} is {entry['dtype']} {entry['shape']}, expected numbers [rows, dimensions]")
    begin, end = entry["data_offsets"]
    stored = np.memmap(path, DECODED[entry["dtype"]], "r", 8 + length + begin, tuple(entry["shape"]))
    if entry["dtype"] == "BF16":  # the upper half of a float32
        return (stored.astype(np.uint32) << 16).view(np.float32), "BF16", end - begin, metadata
    return stored.astype(np.float32, copy=False), entry["dtype"], end - begin, metadata


def _input_embeddings(names: list[str], tensor: str | None) -> str:
    """The tensor of that name, or the first whose name ends as input embeddings' do."""
    found = [name for ending in USUAL_NAMES for name in sorted(names, key=len) if f".{name}".endswith(f".{ending}")]
    if tensor is None and found:
        return found[0]
    if tensor in names and tensor is not None:
        return tensor
    asked = f"no tensor {shorten(tensor)}" if tensor else "no tensor with a usual name of input embeddings"
    shown = ", ".join(sorted(names)[:8]) + (f" and {len(names) - 8:,} more" if len(names) > 8 else "")
    raise TableFormatError(f"it holds {asked}; say which: tensor=... It has {shown or 'none'}")


# ------------------------------------------------------------------------------------------------ gguf

CONTROL, USER_DEFINED = 3, 4
"""Kinds of tokens in a GGUF file (its ``tokenizer.ggml.token_type``)."""

DIGITS_ALONE = ("smollm", "starcoder", "refact", "command-r", "codeshell", "exaone")
"""Values of ``tokenizer.ggml.pre`` that cut digits one by one before GPT-2's cuts."""

LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
CUTS = dict.fromkeys(("llama-bpe", "llama3", "llama-v3", "smaug-bpe", "dbrx"), LLAMA_3)
CUTS |= dict.fromkeys(("qwen2", "stablelm2"), LLAMA_3.replace("{1,3}", ""))
"""What other values of it mean, as regular expressions (the pre-tokenizers of the models' own tokenizer.json)."""


def read_gguf(
    path: Path, tensor: str | None = None, words: Words | None = None, progress: Progress = lambda _: None
) -> Contents:
    """The table of a GGUF file, in any type that the gguf library decodes.

    ``progress`` is called after each of three steps. Raises TableFormatError.
    """
    import gguf

    try:
        reader = gguf.GGUFReader(path)
        fields = {name: field.contents() for name, field in reader.fields.items() if name.startswith("tokenizer.ggml.")}
    except (ValueError, IndexError, OverflowError, KeyError, TypeError, OSError) as error:
        raise TableFormatError(f"not a whole GGUF file ({error})") from error
    progress(1)
    wanted = tensor or "token_embd.weight"
    table = next((one for one in reader.tensors if one.name == wanted), None)
    if table is None or len(table.shape) != 2:
        raise TableFormatError(f"it holds no matrix {wanted}; it has {len(reader.tensors):,} other tensors")
    kind, stored = table.tensor_type.name, table.data  # [V, bytes of a row]
    try:
        blocks = [gguf.dequantize(stored[at : at + 4_096], table.tensor_type) for at in range(0, len(stored), 4_096)]
    except NotImplementedError as error:
        raise TableFormatError(f"its table is stored as {kind}, which the gguf library cannot decode") from error
    progress(1)
    rows = np.concatenate(blocks).astype(np.float32, copy=False)  # [V, D]
    if words is not None:
        return _contents(rows, words, kind, int(table.n_bytes))
    tokenizer, note = gguf_tokenizer(fields)
    progress(1)
    return _contents(rows, Pieces(tokenizer), kind, int(table.n_bytes), note)


def gguf_tokenizer(fields: dict[str, Any]) -> tuple[Tokenizer, str]:
    """The tokenizer that a GGUF file's metadata describes, and what of it is not known here.

    ``fields`` are those that begin with ``tokenizer.ggml.``: ``model`` is "gpt2" (byte-level merges), "llama"
    (SentencePiece merges by score), "bert" (WordPiece) or "t5" (unigrams). Source: the GGUF specification.
    """
    named = {key.removeprefix("tokenizer.ggml."): value for key, value in fields.items()}
    kind = named.get("model")
    if kind not in ("gpt2", "llama", "bert", "t5") or not named.get("tokens"):
        raise TableFormatError(f"its tokenizer ({kind}) is of a kind that is not read here; or say words=[...]")
    try:
        return _gguf_tokenizer(kind, list(named["tokens"]), named)
    except Exception as error:  # the tokenizers library raises bare Exception
        raise TableFormatError(f"what it says of its tokens is damaged ({error})") from error


def _gguf_tokenizer(kind: str, tokens: list[str], named: dict[str, Any]) -> tuple[Tokenizer, str]:
    kinds, note = named.get("token_type") or [1] * len(tokens), ""
    if kind == "llama":
        tokens = [token.replace(" ", "▁") for token in tokens]
    elif kind == "bert":  # words bear the mark in the file, pieces none
        bare = [token if of == CONTROL else f"##{token}" for token, of in zip(tokens, kinds, strict=True)]
        tokens = [token.removeprefix("##▁") for token in bare]
    ids = {token: i for i, token in enumerate(tokens)}
    scores = named.get("scores") or [-float(i) for i in range(len(tokens))]
    unknown_id = named.get("unknown_token_id")
    unknown = None if unknown_id is None else tokens[unknown_id]
    if kind == "gpt2":
        tokenizer = Tokenizer(models.BPE(ids, [tuple(pair.split(" ", 1)) for pair in named.get("merges", [])]))
        tokenizer.pre_tokenizer, note = _cuts(named.get("pre", "default"))
        tokenizer.decoder = decoders.ByteLevel()
    elif kind == "llama":
        by_score = sorted(tokens, key=lambda token: -scores[ids[token]])
        merges = [pair for token in by_score for pair in _pairs(token, ids)]
        tokenizer = Tokenizer(models.BPE(ids, merges, unk_token=unknown, byte_fallback=True, fuse_unk=True))
        start = [normalizers.Prepend("▁")] if named.get("add_space_prefix", True) else []
        tokenizer.normalizer = normalizers.Sequence([*start, normalizers.Replace(" ", "▁")])
        if not start:
            tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
        tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    elif kind == "bert":
        lowercase = all(token == token.lower() for token in tokens if token[:1] != "[")
        tokenizer = wordpiece(ids, unknown or "[UNK]", lowercase)
    else:
        tokenizer = Tokenizer(models.Unigram(list(zip(tokens, scores, strict=True)), unknown_id))
        tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    marks = [(token, of) for token, of in zip(tokens, kinds, strict=True) if of in (CONTROL, USER_DEFINED)]
    tokenizer.add_tokens([AddedToken(token, normalized=False, special=of == CONTROL) for token, of in marks])
    return tokenizer, note


def _cuts(pre: str) -> tuple[Any, str]:
    """How byte-level merges cut a text first, and a note where that is a guess."""
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    if pre in DIGITS_ALONE:
        return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level]), ""
    if pre in CUTS:
        from tokenizers import Regex

        bare = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(CUTS[pre]), "isolated"), bare]), ""
    known = pre in ("default", "gpt-2", "gpt2")
    return byte_level, "" if known else f"text is cut as GPT-2's: how {pre!r} cuts it is not known here"


def _pairs(token: str, ids: dict[str, int]) -> list[tuple[str, str]]:
    """Every way to cut a token into two, lower ids first: the merges that make it, which such a file leaves out."""
    cuts = ((token[:at], token[at:]) for at in range(1, len(token)))
    return sorted((ab for ab in cuts if ab[0] in ids and ab[1] in ids), key=lambda ab: (ids[ab[0]], ids[ab[1]]))


# ------------------------------------------------------------------------------------------------ plain matrices


def _npy(path: Path, tensor: str | None = None, words: Words | None = None) -> Contents:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError, SyntaxError, TokenError) as error:  # UnicodeDecodeError is a ValueError
        raise TableFormatError(f"not an npy file of plain numbers: {error}") from error
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype.kind not in "fiu":
        shape = f"{array.dtype} {list(array.shape)}" if isinstance(array, np.ndarray) else "several arrays"
        raise TableFormatError(f"it holds {shape}, expected numbers [rows, dimensions]")
    if words is None:
        beside = path.with_suffix(".txt")
        if not beside.is_file():
            raise TableFormatError(f"nothing names its {len(array):,} rows: say words=[...], or write {beside.name}")
        words = _words(beside)
    if len(words.tokens) != len(array):
        raise TableFormatError(f"{len(words.tokens):,} words do not name its {len(array):,} rows")
    size = path.stat().st_size - getattr(array, "offset", 0)
    return _contents(array.astype(np.float32, copy=False), words, array.dtype.name, size)


def _text(path: Path, tensor: str | None = None, words: Words | None = None) -> Contents:
    """GloVe's format, a word and its numbers per line, or word2vec's, the same after a line with V and D."""
    names: list[str] = []
    vectors: list[NDArray[np.float32]] = []
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    dimensions, announced, number = 0, None, 0
    try:
        with opener(path, "rt", encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if not (parts := re.split(r"[ \t]+", line.strip(" \t\r\n"))) or parts == [""]:
                    continue
                if number == 1 and len(parts) == 2 and all(part.isdecimal() for part in parts):
                    announced, dimensions = int(parts[0]), int(parts[1])
                    continue
                dimensions = dimensions or len(parts) - 1
                name = " ".join(parts[: len(parts) - dimensions])  # a few published words hold spaces
                if dimensions < 1 or len(parts) <= dimensions or not name:
                    raise ValueError(f"{len(parts)} parts where a word and {dimensions or 'some'} numbers belong")
                if len(parts) > dimensions + 1 and NUMBER.fullmatch(parts[-dimensions - 1]):
                    raise ValueError(f"more than {dimensions} numbers")
                names.append(name)
                with np.errstate(over="ignore"):  # a number too large for float32 becomes infinite: refused below
                    vectors.append(np.array(parts[len(parts) - dimensions :], dtype=np.float32))
    except (ValueError, OSError, EOFError, zlib.error) as error:  # UnicodeDecodeError is a ValueError
        raise TableFormatError(f"line {max(number, 1):,} holds no word and its numbers ({error})") from error
    return _word_vectors(names, vectors, announced, "text")


def _binary(path: Path, tensor: str | None = None, words: Words | None = None) -> Contents:
    """word2vec's binary format: a line with V and D, then each word, a space and D float32 numbers."""
    data = path.read_bytes()
    head = re.match(rb"\s*(\d{1,12})\s+(\d{1,12})[ \t\r]*\n", data)
    if head is None:
        raise TableFormatError("it does not begin as word2vec's binary files do, with how many words and dimensions")
    count, dimensions, at = int(head[1]), int(head[2]), head.end()
    names: list[str] = []
    vectors: list[NDArray[np.float32]] = []
    try:
        for _ in range(count):
            numbers = data.index(b" ", at, at + 1_000) + 1
            names.append(data[at : numbers - 1].decode("utf-8").lstrip("\n"))
            vectors.append(np.frombuffer(data, "<f4", dimensions, numbers))
            at = numbers + 4 * dimensions
    except ValueError as error:  # no space, too few bytes, no UTF-8
        raise TableFormatError(f"it holds no word and its numbers at word {len(vectors) + 1:,} of {count:,}") from error
    if data[at:].strip():
        raise TableFormatError(f"more follows after the {count:,} words that it announces (a word with a space in it?)")
    return _word_vectors(names, vectors, count, "float32")


def _word_vectors(names: list[str], vectors: list[Rows], announced: int | None, dtype: str) -> Contents:
    if announced not in (None, len(names)):
        raise TableFormatError(f"it announces {announced:,} words and holds {len(names):,}")
    if not names:
        raise TableFormatError("it holds no word")
    first = dict(zip(reversed(names), range(len(names) - 1, -1, -1), strict=True))
    repeated = len(names) - len(first)
    kept = sorted(first.values())
    note = f"{repeated:,} words that came a second time left out" if repeated else ""
    words = own_words([names[i] for i in kept])
    return _contents(np.stack([vectors[i] for i in kept]), words, dtype, changes=note)


# ------------------------------------------------------------------------------------------------ all of them

READERS: dict[str, Callable[..., Contents]] = {
    ".safetensors": _safetensors, ".gguf": read_gguf, ".npy": _npy, ".txt": _text, ".vec": _text, ".txt.gz": _text,
    ".vec.gz": _text, ".bin": _binary,
}  # fmt: skip


def _contents(
    rows: Rows, vocabulary: Vocabulary, dtype: str, file_bytes: int = 0, changes: str = "", card: Any = None
) -> Contents:
    """The contents, once every number is seen to be one. Raises TableFormatError."""
    check_finite(rows, vocabulary)
    decoded = "" if dtype in ("F32", "float32", "text") else f"decoded from {dtype} to float32"
    return Contents(rows, vocabulary, dtype, file_bytes, "; ".join(filter(None, (decoded, changes))), card)


def check_finite(rows: Rows, vocabulary: Vocabulary) -> None:
    """Raises TableFormatError that names the first row with infinite or undefined numbers."""
    for start in range(0, len(rows), 8_192):
        finite = np.isfinite(rows[start : start + 8_192]).all(axis=1)
        if not finite.all():
            place = start + int(np.argmin(finite))
            name = vocabulary.tokens[place] if place < len(vocabulary.tokens) else f"<row {place}>"
            raise TableFormatError(f"the row of {shorten(name)} holds infinite or undefined numbers")
