"""A Gemma 3 small enough to convert in a moment: a GGUF file in the real one's format, cut into parts as packages."""

from __future__ import annotations

import hashlib
from pathlib import Path

import gguf
import numpy as np

from embedbook.tables.packages import PackageFile

DIMENSIONS, LAYERS, HIDDEN = 64, 2, 96
WORDS = ["▁king", "▁queen", "king", "▁cat", "\n\n", "  "]
CONTROL, USER_DEFINED, NORMAL, BYTE = 3, 4, 1, 6


def vocabulary() -> tuple[list[str], list[int]]:
    """Tokens and their kinds: marks, bytes, the letters, and every beginning of a word, so that words can be merged."""
    marks = ["<pad>", "<eos>", "<bos>", "<unk>"]
    letters = sorted({letter for word in WORDS for letter in word if letter.strip()})
    beginnings = sorted({word[:n] for word in WORDS if word.strip() for n in range(2, len(word))})
    rest = list(dict.fromkeys([*letters, *beginnings, *WORDS]))
    kinds = [USER_DEFINED if not token.strip() else NORMAL for token in rest]
    bytes_ = [f"<0x{value:02X}>" for value in range(256)]
    return [*marks, *bytes_, *rest], [*[CONTROL] * 4, *[BYTE] * 256, *kinds]


def write(path: Path, architecture: str = "gemma3") -> None:
    """The whole file."""
    tokens, kinds = vocabulary()
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(128)
    writer.add_embedding_length(DIMENSIONS)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_key_length(32)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    writer.add_sliding_window(16)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(token_id) for token_id in range(len(tokens))])
    writer.add_token_types(kinds)
    for name, token_id in (("bos", 2), ("eos", 1), ("unk", 3), ("pad", 0)):
        getattr(writer, f"add_{name}_token_id")(token_id)
    generator = np.random.default_rng(0)

    def add(name: str, *shape: int, quantized: bool = False) -> None:
        numbers = generator.normal(scale=0.1, size=shape).astype(np.float32)
        kind = gguf.GGMLQuantizationType.Q8_0
        if quantized:
            writer.add_tensor(f"{name}.weight", gguf.quants.quantize(numbers, kind), raw_dtype=kind)
        else:
            writer.add_tensor(f"{name}.weight", numbers)

    add("output_norm", DIMENSIONS)
    add("token_embd", len(tokens), DIMENSIONS, quantized=True)
    for layer in range(LAYERS):
        for name in ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"):
            add(f"blk.{layer}.{name}", DIMENSIONS)
        for name in ("attn_q_norm", "attn_k_norm"):
            add(f"blk.{layer}.{name}", 32)
        for name, rows, columns in (
            ("attn_q", 64, DIMENSIONS), ("attn_k", 32, DIMENSIONS), ("attn_v", 32, DIMENSIONS),
            ("attn_output", DIMENSIONS, 64), ("ffn_gate", HIDDEN, DIMENSIONS), ("ffn_up", HIDDEN, DIMENSIONS),
            ("ffn_down", DIMENSIONS, HIDDEN),
        ):  # fmt: skip
            add(f"blk.{layer}.{name}", rows, columns, quantized=True)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def packages(folder: Path, whole: Path, count: int = 4) -> tuple[PackageFile, ...]:
    """The file cut into parts, each in a package of its own below ``folder``, which must be on the path."""
    content = whole.read_bytes()
    size = -(-len(content) // count)
    parts = []
    for number in range(count):
        piece = content[number * size : (number + 1) * size]
        file = folder / f"small_gemma_part{number + 1}" / "data" / f"small.gguf.part{number:02d}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(piece)
        name = f"small_gemma_part{number + 1}"
        parts.append(PackageFile(name, "1.0", name, f"data/{file.name}", hashlib.sha256(piece).hexdigest()))
    return tuple(parts)
