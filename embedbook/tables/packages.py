"""Files inside an installed package, found without importing it: weights are data, and no code comes with them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from embedbook.tables import digest
from embedbook.tables.errors import MissingTableError


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


@dataclass(frozen=True)
class PackageFile:
    """One file of one release on PyPI: ``pip install distribution==version`` puts it at ``module/path``."""

    distribution: str
    version: str
    module: str
    path: str
    sha256: str
    command: str = ""
    """What brings the file; by default pip's command for the release."""

    def __post_init__(self) -> None:
        if not self.command:
            object.__setattr__(self, "command", f"pip install {self.distribution}=={self.version}")

    def find(self) -> Path | None:
        """Where the file is, or None if the package is not installed."""
        folder = package_folder(self.module)
        return folder / self.path if folder and (folder / self.path).is_file() else None

    def verified(self, table: str) -> Path:
        """Where the file is, its digest checked. Raises MissingTableError or DigestError."""
        path = self.find()
        if path is None:
            raise MissingTableError(
                table,
                f"the package {self.distribution} {self.version} is not installed",
                self.command,
            )
        digest.verify(path, self.sha256)
        return path
