"""A model hub on this machine: a small GPT-2 checkpoint made on the spot, and a server that hands it out."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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


def make_checkpoint(
    folder: Path,
    tensor_name: str = "wte.weight",
    dimensions: int = 16,
    sentences: Sequence[str] = SENTENCES,
    vocabulary: int = 340,
) -> np.ndarray:
    """Write tokenizer.json and model.safetensors in GPT-2's format; returns the table, float32 [V, dimensions]."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    alphabet = ByteLevel.alphabet()
    trainer = BpeTrainer(
        vocab_size=vocabulary, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([*sentences] * 3, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    generator = np.random.default_rng(0)
    table = generator.normal(scale=0.02, size=(tokenizer.get_vocab_size(), dimensions)).astype(np.float32)
    positions = generator.normal(scale=0.02, size=(8, dimensions)).astype(np.float32)
    prefix = tensor_name.removesuffix("wte.weight")
    save_file({f"{prefix}wpe.weight": positions, tensor_name: table}, folder / "model.safetensors")
    return table


STOPS_AT = 15_000  # the byte of the file that "stops" never gives
LOCATIONS = {
    "no location": None,
    "empty location": "",
    "bad host": "http://[bad/x",
    "bad port": "http://127.0.0.1:notaport/x",
    "high port": "http://127.0.0.1:99999/x",
    "bad name": f"http://{'a' * 70}.xn--/x",
    "control sign": "http://127.0.0.1/\x01x",
}


@dataclass
class Answer:
    """One request that came, to the "hub" or to the "store" that the hub redirects to, and what was sent back."""

    server: str
    request: str
    range: str | None
    authorized: bool
    status: int = 0
    sent: int = 0


@dataclass
class LoopbackHub:
    """A hub that keeps model files in a store at another port; ``fault`` is what goes wrong there, ``times`` times.

    Faults: a status ("401", "429", ...), "store 403", "whole file", "cut", "cut unseen", "stops", "stops unseen",
    "trickle", "zeros", "undefined", "stall", "other range", "no total", "longer", "more", "packed", "loop",
    "other etag", "no etag", "other revision", "ftp", those in ``LOCATIONS``, and for the tokenizer "tokenizer cut" and
    "tokenizer 401". ``faults`` has those of single owners of repositories; a folder with an owner's name holds that
    owner's files.
    """

    folder: Path
    fault: str = ""
    times: int = 1_000
    retry_after: str | None = None
    faults: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    address: str = ""
    store: str = ""

    @property
    def requests(self) -> list[str]:
        """What the hub itself was asked, in order."""
        return [answer.request for answer in self.answers if answer.server == "hub"]

    def at_store(self) -> list[Answer]:
        """What the store was asked, in order."""
        return [answer for answer in self.answers if answer.server == "store"]

    def strikes(self, owner: str, *faults: str) -> str:
        """The fault that is to happen now to a request for an owner's file, if it is one of these; it is used up."""
        fault = self.faults.get(owner, self.fault)
        if fault not in faults or not self.times:
            return ""
        self.times -= 1
        return fault


@contextmanager
def serve(folder: Path, fault: str = "", **settings: Any) -> Iterator[LoopbackHub]:
    """Serve the folder's files as every repository and revision, until the block ends."""
    hub = LoopbackHub(folder, fault, **settings)
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub, name)) for name in ("hub", "store")]
    hub.address, hub.store = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield hub
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _handler(hub: LoopbackHub, server: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            asked = self.headers.get("Range")
            self.noted = Answer(server, f"{self.command} {self.path}", asked, "Authorization" in self.headers)
            hub.answers.append(self.noted)
            repository, separator, end = urlsplit(self.path).path.partition("/resolve/")
            self.owner = repository.split("/")[1]
            revision, _, name = end.partition("/")
            own = hub.folder / self.owner
            file = (own if own.is_dir() else hub.folder) / Path(name).name
            if not separator or not file.is_file():
                self._send(404)
                return
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            if server == "store":
                self._store(file.read_bytes())
            elif file.suffix == ".safetensors":
                self._redirect(digest, revision)
            elif hub.strikes(self.owner, "tokenizer 401"):
                self._send(401)
            else:
                content = file.read_bytes()
                if with_body and hub.strikes(self.owner, "tokenizer cut"):
                    self._send(200, content[:1_000], len(content), ETag=f'"{digest}"', X_Repo_Commit=revision)
                    return
                self._send(200, content if with_body else b"", len(content), ETag=f'"{digest}"', X_Repo_Commit=revision)

        def _redirect(self, digest: str, revision: str) -> None:
            """As the hub does for a large file: it says which file it is, and where a copy lies."""
            if status := hub.strikes(self.owner, *map(str, range(400, 600))):
                self._send(int(status), b"no", **({"Retry_After": hub.retry_after} if hub.retry_after else {}))
                return
            headers = {"X_Linked_Etag": f'W/"{digest}"', "X_Repo_Commit": revision, "ETag": '"of-the-redirect"'}
            headers["Location"] = f"{hub.store}{self.path}?signature=secret"
            if hub.strikes(self.owner, "loop"):
                headers["Location"] = self.path
            elif fault := hub.strikes(self.owner, *LOCATIONS):
                del headers["Location"]
                if (location := LOCATIONS[fault]) is not None:
                    headers["Location"] = location
            elif hub.strikes(self.owner, "ftp"):
                headers["Location"] = "ftp://127.0.0.1/file"
            elif hub.strikes(self.owner, "other etag"):
                headers["X_Linked_Etag"] = f'"{"0" * 64}"'
            elif hub.strikes(self.owner, "no etag"):
                del headers["X_Linked_Etag"]
            elif hub.strikes(self.owner, "other revision"):
                headers["X_Repo_Commit"] = "0" * 40
            self._send(302, **headers)

        def _store(self, content: bytes) -> None:
            """The bytes of a range, or what the fault makes of them."""
            start, end = (int(number) for number in (self.noted.range or "=0-0")[6:].split("-"))
            part, large, total = content[start : end + 1], end - start > 1_000, str(len(content))
            headers = {"Content_Range": f"bytes {start}-{end}/{total}"}
            if hub.strikes(self.owner, "store 403"):
                self._send(403, b"expired")
            elif large and hub.strikes(self.owner, "cut"):
                self._send(206, part[: len(part) // 2], len(part), **headers)
            elif large and hub.strikes(self.owner, "cut unseen"):
                self._send(206, part[: len(part) // 2], -1, **headers)
            elif large and hub.strikes(self.owner, "stops"):
                self._send(206, part[: max(0, STOPS_AT - start)], len(part), **headers)
            elif large and hub.strikes(self.owner, "stops unseen"):
                self._send(206, part[: max(0, STOPS_AT - start)], -1, **headers)
            elif large and hub.strikes(self.owner, "trickle"):
                self._send(206, part[:500], len(part), **headers)
            elif large and hub.strikes(self.owner, "zeros"):
                self._send(206, bytes(len(part)), **headers)
            elif large and hub.strikes(self.owner, "undefined"):
                self._send(206, part[:-4] + b"\xff" * 4, **headers)
            elif large and hub.strikes(self.owner, "stall"):
                self._send(206, part[: len(part) // 2], len(part), **headers)
                time.sleep(5)
            elif hub.strikes(self.owner, "whole file"):
                self._send(200, content)
            elif large and hub.strikes(self.owner, "other range"):
                self._send(206, content[: len(part)], Content_Range=f"bytes 0-{len(part) - 1}/{total}")
            elif hub.strikes(self.owner, "no total"):
                self._send(206, part, Content_Range=f"bytes {start}-{end}/*")
            elif large and hub.strikes(self.owner, "longer"):
                self._send(206, part, Content_Range=f"bytes {start}-{end}/{total}0")
            elif large and hub.strikes(self.owner, "more"):
                self._send(206, part + b"more", -1, **headers)
            elif hub.strikes(self.owner, "packed"):
                self._send(206, part, Content_Encoding="gzip", **headers)
            else:
                self._send(206, part, **headers)

        def _send(self, status: int, body: bytes = b"", length: int | None = None, **headers: str) -> None:
            """``length`` is what is announced: by default the body's, with -1 nothing."""
            self.noted.status = status
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            if length != -1:
                self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)
            self.noted.sent = len(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
