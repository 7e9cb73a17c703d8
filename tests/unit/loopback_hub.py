"""A model hub on this machine: a small GPT-2 checkpoint made on the spot, and a server that hands it out."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

SENTENCES = [
    "the king and the queen live in Paris, and the king is happy",
    "a king, a queen and a cat: the cat is happy in Paris",
    "king Arthur, queen Anne — the cat’s café",
]


def make_checkpoint(folder: Path, tensor_name: str = "wte.weight", dimensions: int = 16) -> np.ndarray:
    """Write tokenizer.json and model.safetensors in GPT-2's format; returns the table, float32 [V, dimensions]."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    alphabet = ByteLevel.alphabet()
    trainer = BpeTrainer(
        vocab_size=340, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    generator = np.random.default_rng(0)
    table = generator.normal(scale=0.02, size=(tokenizer.get_vocab_size(), dimensions)).astype(np.float32)
    positions = generator.normal(scale=0.02, size=(8, dimensions)).astype(np.float32)
    prefix = tensor_name.removesuffix("wte.weight")
    save_file({f"{prefix}wpe.weight": positions, tensor_name: table}, folder / "model.safetensors")
    return table


@contextmanager
def serve(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve the folder's files as every repository and revision; yields the address and a growing list of requests."""
    requests: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            requests.append(f"{self.command} {self.path}")
            _, separator, end = self.path.partition("/resolve/")
            revision, _, name = end.partition("/")
            file = folder / Path(name).name
            if not separator or not file.is_file():
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            content = file.read_bytes()
            self.send_response(200)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", revision)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if with_body:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()
