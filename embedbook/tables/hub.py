"""Files of a model on the Hugging Face Hub: from the user's hub cache, or fetched when the table is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from embedbook.tables import digest
from embedbook.tables.errors import DigestError, MissingTableError

OFFLINE = "HF_HUB_OFFLINE forbids to ask the hub"
BAD_TOKEN = "the hub answered 401: the token that was sent may be invalid or have expired"
NO_LIBRARY = (
    "a library is not installed that the connection needs, as one through a SOCKS proxy does",
    "pip install socksio, or unset ALL_PROXY, HTTPS_PROXY and HTTP_PROXY",
)


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
        try:
            from huggingface_hub import try_to_load_from_cache
        except ValueError:  # HF_ENDPOINT, read at the import, is no address
            return None
        cached = try_to_load_from_cache(self.repository, self.path, revision=self.revision)
        return Path(cached) if isinstance(cached, str) else None

    def verified(self, table: str) -> Path:
        """Where the file is, downloaded if it must be, its digest checked. Raises MissingTableError or DigestError."""
        require_client(table)
        from huggingface_hub import hf_hub_download

        try:
            path = Path(hf_hub_download(self.repository, self.path, revision=self.revision))
        except client_errors() as error:
            reason, command = self._refusal(error)
            absent = f"{self.path} of {self.repository} is not in the hub cache"
            raise MissingTableError(table, f"{absent}, and {reason}", command) from error
        self.verify(path)
        return path

    def verify(self, path: Path) -> None:
        """Raise DigestError, with advice that fits a hub cache, unless the file at this path is the pinned one.

        The cache's paths are links: to remove one leaves the spoilt bytes where they are.
        """
        found = digest.sha256(path)
        if found != self.sha256:
            forced = f"{self.command} --force-download, with a connection"
            raise DigestError(path, self.sha256, found, advice=f"Remove {path.resolve()} and get it again: {forced}")

    def offline_command(self) -> str:
        """What to do where HF_HUB_OFFLINE is set."""
        return f"unset HF_HUB_OFFLINE and load the table again, or {self.command}, both with a connection"

    def token_command(self) -> str:
        """What to do where the hub refuses a token."""
        return f"unset HF_TOKEN or `hf auth logout`, which is enough for a public model, then {self.command}"

    def _refusal(self, error: BaseException) -> tuple[str, str]:
        """Why the hub's client did not give the file, and what to do. Its own words may hold addresses."""
        from huggingface_hub import get_token
        from huggingface_hub.errors import OfflineModeIsEnabled

        causes = [error]
        while (cause := causes[-1].__cause__ or causes[-1].__context__) and cause not in causes:
            causes.append(cause)
        if any(isinstance(cause, OfflineModeIsEnabled) for cause in causes):
            return OFFLINE, self.offline_command()
        answers = [getattr(cause, "response", None) for cause in causes]
        if any(getattr(answer, "status_code", 0) == 401 for answer in answers) and get_token():
            return BAD_TOKEN, self.token_command()
        if any(isinstance(cause, ImportError) for cause in causes):
            return NO_LIBRARY
        named = type(error.__cause__ or error).__name__
        return f"the hub did not give it ({named})", f"{self.command}, with a connection"


def require_client(table: str) -> None:
    """Raise MissingTableError unless the hub's client is installed and can be imported."""
    if find_spec("huggingface_hub") is None:
        raise MissingTableError(table, "huggingface_hub is not installed", "pip install huggingface_hub")
    try:
        import_module("huggingface_hub.file_download")
    except ValueError as error:  # it takes the address apart when it is imported
        raise MissingTableError(table, "HF_ENDPOINT is no address", "unset HF_ENDPOINT, or name a hub") from error


def client_errors() -> tuple[type[Exception], ...]:
    """What the hub's client raises, its own errors and those of its HTTP library, of addresses and of the disk."""
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

    ours = (OSError, ValueError, LookupError, ArithmeticError, ImportError, EntryNotFoundError, HfHubHTTPError)
    if find_spec("httpx") is None:  # as with huggingface_hub before 1.0
        return ours
    from httpx import HTTPError, InvalidURL, StreamError

    return (*ours, HTTPError, InvalidURL, StreamError)
