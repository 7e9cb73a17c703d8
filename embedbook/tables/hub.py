"""Files of a model on the Hugging Face Hub: from the user's hub cache, or fetched when the table is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from embedbook.tables import digest
from embedbook.tables.errors import MissingTableError


@dataclass(frozen=True)
class HubFile:
    """One file of one revision of a model repository."""

    repository: str
    revision: str
    path: str
    sha256: str

    @property
    def command(self) -> str:
        """What brings the whole file into the hub cache."""
        return f"hf download {self.repository} {self.path} --revision {self.revision}"

    def find(self) -> Path | None:
        """Where the file is in the hub cache, or None. Asks nobody."""
        if find_spec("huggingface_hub") is None:
            return None
        from huggingface_hub import try_to_load_from_cache

        cached = try_to_load_from_cache(self.repository, self.path, revision=self.revision)
        return Path(cached) if isinstance(cached, str) else None

    def verified(self, table: str) -> Path:
        """Where the file is, downloaded if it must be, its digest checked. Raises MissingTableError or DigestError."""
        if find_spec("huggingface_hub") is None:
            raise MissingTableError(table, "huggingface_hub is not installed", "pip install huggingface_hub")
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

        try:
            path = Path(hf_hub_download(self.repository, self.path, revision=self.revision))
        except (OSError, ValueError, EntryNotFoundError, HfHubHTTPError) as error:
            raise MissingTableError(
                table,
                f"{self.path} of {self.repository} is not in the hub cache, and the hub did not give it "
                f"({type(error.__cause__ or error).__name__})",
                f"{self.command}, with a connection",
            ) from error
        digest.verify(path, self.sha256)
        return path
