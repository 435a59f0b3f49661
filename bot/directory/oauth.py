"""An HTTP interface that is called with a token, which is fetched anew before it expires."""

import threading
import time
from collections.abc import Callable

from pydantic import BaseModel, Field

from knowledge.model.errors import SourceError
from knowledge.sync.http_client import HttpClient

WAIT = 2.0
"""Most seconds to wait for an interface that throttles or fails: a person waits, too."""

_EARLIER = 60.0


class AccessToken(BaseModel):
    """The reply of a token endpoint; RFC 6749, 5.1."""

    access_token: str = Field(min_length=1, repr=False)
    expires_in: float = Field(gt=0)


class TokenClient:
    """Gives an `HttpClient` with a token that is valid now; for several threads.

    Args:
        directory: The directory's name, for messages.
        site: Address of the interface.
        fetch: Fetches a token; raises `SourceError`.
    """

    def __init__(self, directory: str, site: str, fetch: Callable[[], AccessToken]) -> None:
        self._directory = directory
        self._site = site
        self._fetch = fetch
        self._lock = threading.Lock()
        self._client: HttpClient | None = None
        self._until = 0.0

    def present(self) -> HttpClient:
        """Return the client. Raises `SourceError`: no token can be had."""
        with self._lock:
            if self._client is None or time.monotonic() > self._until:
                token = self._fetch()
                self._client = client_of(
                    self._directory, self._site, f"Bearer {token.access_token}"
                )
                self._until = time.monotonic() + token.expires_in - _EARLIER
            return self._client

    def forget(self, error: SourceError) -> None:
        """Fetch a new token the next time, if *error* may come from the present one."""
        if error.kind == "refused":
            with self._lock:
                self._client = None

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None


def client_of(directory: str, site: str, authorization: str = "") -> HttpClient:
    """Return a client that waits no longer than a person does."""
    headers = {"Authorization": authorization} if authorization else {}
    return HttpClient(directory, site, headers, kind="directory", patience=WAIT)
