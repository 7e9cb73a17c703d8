"""Some bytes of a file on the Hugging Face Hub, by HTTP range requests, and no others.

The hub answers for a large file with a redirect to a store elsewhere. Redirects are followed here one by one, so that
the user's token goes to the hub alone and the hub's own statement of the file's SHA-256 is read where the hub makes it.
A server may ignore a range, cut an answer short or send other bytes: status and Content-Range are checked before a
byte is read, the length after it. What may pass (a broken connection, 429, 5xx) is tried three times, and more often
while bytes arrive in between.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from embedbook.tables.errors import DigestError, EmbedbookError, MissingTableError, TableFormatError
from embedbook.tables.hub import BAD_TOKEN, NO_LIBRARY, OFFLINE, HubFile, client_errors, require_client

if TYPE_CHECKING:
    from httpx import Response

TRIES = 3  # without a byte in between
ROUNDS = 20  # in all
PAUSES = (0.5, 1.0)  # seconds before the second and third try, where the hub names none
LONGEST_PAUSE = 60.0
REDIRECTS = 5
TIMEOUT = 30.0  # seconds without a byte
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class _Passing(Exception):
    """A fault that may be gone at the next try. ``pause``: how long the hub asks to wait, in seconds."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        self.pause = pause
        super().__init__(reason)


class HubBytes:
    """Reads ranges of one file; ``total`` is the file's length, known after the first read."""

    def __init__(self, file: HubFile, table: str) -> None:
        """Raises MissingTableError where huggingface_hub is not installed or too old. Asks nobody."""
        self._file = file
        self._table = table
        require_client(table)
        from huggingface_hub import __version__, hf_hub_url

        utils: Any = import_module("huggingface_hub.utils")
        self._session: Any = self._connection(utils.get_session)
        if not all(hasattr(self._session, name) for name in ("build_request", "send", "stream")):
            raise MissingTableError(
                table,
                f"huggingface_hub {__version__} cannot stream a part of a file",
                f'pip install "huggingface_hub>=1", or {file.command}, which fetches the whole file',
            )
        self._url = hf_hub_url(file.repository, file.path, revision=file.revision)
        self._headers = {**utils.build_hf_headers(library_name="embedbook"), "Accept-Encoding": "identity"}
        if not all(value.isascii() and value.isprintable() for value in map(str, self._headers.values())):
            raise self._error("HF_TOKEN, or a stored token, is none: it holds other signs", file.token_command())
        self.total: int | None = None

    def _connection(self, get_session: Callable[[], Any]) -> Any:
        """The session of the hub's client. It reads proxies and certificates from the environment."""
        try:
            return get_session()
        except ImportError as error:
            raise self._error(*NO_LIBRARY) from error
        except client_errors() as error:
            raise self._error(
                f"a connection cannot be set up ({type(error).__name__})",
                "check SSL_CERT_FILE, SSL_CERT_DIR, ALL_PROXY, HTTPS_PROXY and HTTP_PROXY, where they are set",
            ) from error

    def read(self, start: int, end: int) -> bytes:
        """The bytes from ``start`` up to, not including, ``end``. Errors as in :meth:`chunks`."""
        return b"".join(self.chunks(start, end))

    def chunks(self, start: int, end: int) -> Iterator[bytes]:
        """The same bytes as they arrive; an answer that breaks off is taken up where it broke.

        Raises MissingTableError where the hub does not give them, DigestError where it has another file there.
        """
        position, failed, rounds = start, 0, 0
        while position < end:
            before = position
            try:
                for chunk in self._once(position, end):
                    position += len(chunk)
                    yield chunk
            except _Passing as fault:
                failed = failed + 1 if position == before else 1
                rounds += 1
                pause = PAUSES[min(failed, len(PAUSES)) - 1] if fault.pause is None else fault.pause
                if pause > LONGEST_PAUSE:
                    raise self._error(
                        f"{fault}, and asks to wait {pause:,.0f} seconds", "wait, then try again"
                    ) from fault
                if failed == TRIES:
                    raise self._error(f"{fault}, {TRIES} times", f"try again later, or {self._file.command}") from fault
                if rounds == ROUNDS:
                    raise self._error(f"{fault}, as {ROUNDS} times before the end", "load it again to go on") from fault
                time.sleep(pause)

    def _once(self, start: int, end: int) -> Iterator[bytes]:
        """One request for the bytes, each checked as far as one answer can be."""
        from httpx import InvalidURL, StreamError, TransportError, UnsupportedProtocol
        from huggingface_hub.errors import OfflineModeIsEnabled

        try:
            response = self._open(start, end)
            try:
                self._check(response, start, end)
                left = end - start
                for chunk in response.iter_raw():
                    left -= len(chunk)
                    if left < 0:
                        raise self._error("the server sent more bytes than it was asked for")
                    yield chunk
                if left:
                    raise _Passing(f"the answer broke off {left:,} bytes too early")
            finally:
                response.close()
        except OfflineModeIsEnabled as error:
            raise self._error(OFFLINE, self._file.offline_command()) from error
        except EmbedbookError:
            raise
        except (InvalidURL, UnsupportedProtocol, ValueError, OverflowError) as error:
            raise self._no_address() from error
        except ImportError as error:
            raise self._error(*NO_LIBRARY) from error
        except (TransportError, StreamError) as error:
            if isinstance(error.__context__, InvalidURL):  # of a redirect
                raise self._no_address() from error
            raise _Passing(f"the connection failed ({type(error).__name__})") from error

    def _open(self, start: int, end: int) -> Response:
        """The first answer that is no redirect. The token stays with the hub."""
        url, named = self._url, False
        for _ in range(REDIRECTS + 1):
            at_hub = _origin(url) == _origin(self._url)
            headers = {**self._headers, "Range": f"bytes={start}-{end - 1}"}
            if not at_hub:
                headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            request = self._session.build_request("GET", url, headers=headers, timeout=TIMEOUT)
            response: Response = self._session.send(request, stream=True, follow_redirects=False)
            try:
                if at_hub and (response.is_redirect or response.status_code == HTTPStatus.PARTIAL_CONTENT):
                    named |= self._check_identity(response)
                if not response.is_redirect:
                    self._check_status(response, at_hub)
                    if not named:
                        raise self._error("the server does not say which file it has: it sends no ETag")
                    return response
                location = response.headers.get("Location")
                if not location:
                    raise self._error("the hub redirects, and does not say where")
                target = urljoin(url, location)
            except BaseException:
                response.close()
                raise
            response.close()
            secure = urlsplit(self._url).scheme == "https"
            if urlsplit(target).scheme not in (("https",) if secure else ("https", "http")):
                raise self._error("the hub redirects to an address that is not secure")
            url = target
        raise self._error(f"the hub redirects more than {REDIRECTS} times")

    def _check_identity(self, response: Response) -> bool:
        """Whether this answer of the hub names the file; raises where it names another than the pinned one."""
        commit = response.headers.get("X-Repo-Commit")
        if commit is not None and commit != self._file.revision:
            raise self._error(f"the hub answers with revision {commit[:40]}, not {self._file.revision}")
        etag = response.headers.get("X-Linked-Etag") or response.headers.get("ETag")
        if etag is None:
            return False
        found = etag.strip().removeprefix("W/").strip('"').lower()
        if found != self._file.sha256:
            if response.is_redirect and "X-Linked-Etag" not in response.headers:
                return False  # the ETag of the redirect itself
            raise DigestError(
                Path(self._file.repository, self._file.path),
                self._file.sha256,
                found[:80],
                advice="The hub, or what stands at HF_ENDPOINT, has another file there",
            )
        return True

    def _check_status(self, response: Response, at_hub: bool) -> None:
        status = response.status_code
        if status == HTTPStatus.PARTIAL_CONTENT:
            return
        named = f"the hub answered {status}" if at_hub else f"the store that the hub names answered {status}"
        if status == HTTPStatus.OK:
            raise self._error("the server ignores ranges and would send the whole file")
        if status == HTTPStatus.TOO_MANY_REQUESTS or status == HTTPStatus.REQUEST_TIMEOUT or status >= 500:
            raise _Passing(named, _retry_after(response.headers.get("Retry-After")))
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            if not at_hub:  # an address that was signed for a moment and has expired
                raise _Passing(named)
            if status == HTTPStatus.UNAUTHORIZED and any(name.lower() == "authorization" for name in self._headers):
                raise self._error(f"{BAD_TOKEN}, or {self._file.repository} is private", self._file.token_command())
            raise self._error(
                f"{named}: {self._file.repository} is private, or gated: its terms must be accepted first",
                "accept them on its page on the hub, then log in with `hf auth login` or set HF_TOKEN",
            )
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            raise self._error(
                f"{named}: no {self._file.path} in {self._file.repository} at {self._file.revision}",
                "check that HF_ENDPOINT, if it is set, names a hub that has this model",
            )
        raise self._error(named)

    def _check(self, response: Response, start: int, end: int) -> None:
        """Whether the answer is exactly these bytes of a file of one length, before any of it is read."""
        stated = response.headers.get("Content-Range", "")
        parts = _CONTENT_RANGE.fullmatch(stated.strip())
        if not parts or (int(parts[1]), int(parts[2])) != (start, end - 1):
            raise self._error(
                f"bytes {start}-{end - 1} were asked for, and the server sends {stated[:80] or 'others'!r}"
            )
        if self.total not in (None, int(parts[3])):
            raise self._error(f"the file's length changes from {self.total:,} to {int(parts[3]):,} bytes")
        self.total = int(parts[3])
        if self.total < end:
            raise TableFormatError(f"{self._file.path} has {self.total:,} bytes, too few for byte {end - 1:,}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise self._error("the server sends the bytes compressed, though asked not to")
        length = response.headers.get("Content-Length")
        if length is not None and length != str(end - start):
            raise self._error(f"{end - start:,} bytes were asked for, and the server announces {length[:20]}")

    def _no_address(self) -> MissingTableError:
        return self._error(
            "the hub's address, or one that it redirects to, is none",
            f"check HF_ENDPOINT, if it is set, or {self._file.command}, with a connection",
        )

    def _error(self, reason: str, command: str = "") -> MissingTableError:
        whole = f"{self._file.path} of {self._file.repository} did not come: {reason}"
        return MissingTableError(self._table, whole, command or f"{self._file.command}, with a connection")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait, from a number or a date; None where the header is absent or says nothing."""
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
