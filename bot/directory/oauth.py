"""An HTTP interface that is called with a token, which is fetched anew before it expires."""

import threading
import time
from collections.abc import Callable

from pydantic import BaseModel, Field

from knowledge.model.errors import SourceError
from knowledge.sync.http_client import HttpClient, Parameters, Reply

WAIT = 2.0
"""Most seconds to wait for an interface that throttles or fails: a person waits, too."""

_EARLIER = 60.0


class AccessToken(BaseModel):
    """The reply of a token endpoint; RFC 6749, 5.1."""

    access_token: str = Field(min_length=1, repr=False)
    expires_in: float = Field(gt=0)


class TokenClient:
    """Calls an interface with a token that is valid now; for several threads.

    Args:
        directory: The directory's name, for messages.
        site: Address of the interface.
        fetch: Fetches a token; raises `SourceError`.
    """

    def __init__(self, directory: str, site: str, fetch: Callable[[], AccessToken]) -> None:
        self._client = client_of(directory, site)
        self._fetch = fetch
        self._lock = threading.Lock()
        self._until = 0.0

    def get(self, path: str, reply: type[Reply], parameters: Parameters | None = None) -> Reply:
        """Return the reply to a GET of *path*. Raises as `HttpClient.get`."""
        with self._lock:
            if time.monotonic() >= self._until:
                token = self._fetch()
                self._client.authorize(f"Bearer {token.access_token}")
                self._until = time.monotonic() + token.expires_in - _EARLIER
        try:
            return self._client.get(path, reply, parameters)
        except SourceError as error:
            if error.kind == "refused":  # the token may have been revoked
                self._until = 0.0
            raise

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class _DirectoryClient(HttpClient):
    kind = "directory"


def client_of(directory: str, site: str, authorization: str = "") -> HttpClient:
    """Return a client that waits no longer than a person does."""
    headers = {"Authorization": authorization} if authorization else {}
    return _DirectoryClient(directory, site, headers, patience=WAIT)
