"""Calls to a Qdrant server, over its REST interface.

Nine requests of plain JSON. The vendor's client took 1.8 seconds of a processor to import and 49 MB
in every process (version 1.20.0), for a second HTTP client and gRPC beside what is here already.
"""

import weakref
from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any

import httpx2

from knowledge.model.errors import IndexServerError, IndexServerFailure

READ_SECONDS = 10.0
WRITE_SECONDS = 300.0
"""Longest time for one answer. A server that merges segments makes a writer wait."""

_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_TRIES = 2
"""A connection that was kept open may be gone; every request may be sent twice."""

_LONGEST_REASON = 200


class MissingCollectionError(IndexServerError):
    """The server does not have a collection."""


class QdrantServer:
    """One server, or a cluster behind one address; for several threads.

    Args:
        address: Of its REST interface, such as `http://qdrant:6333`. Nothing else is contacted.
        api_key: Never shown, not even in errors.
    """

    def __init__(self, address: str, api_key: str = "") -> None:
        self.address = address.rstrip("/")
        self._api_key = api_key

    def get(self, path: str) -> Any:
        """Return the result of a request without a body; raises as `send`."""
        return self._call("GET", path, None, READ_SECONDS)

    def ask(self, path: str, body: Mapping[str, object]) -> Any:
        """Return the result of a question, which is waited for a short time; raises as `send`."""
        return self._call("POST", path, body, READ_SECONDS)

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Return the result of a change once it is made.

        Raises:
            MissingCollectionError: when there is no such collection.
            IndexServerError: when the server does not answer, refuses the key, or cannot do it.
        """
        return self._call(method, path, body, WRITE_SECONDS)

    def _call(
        self, method: str, path: str, body: Mapping[str, object] | None, seconds: float
    ) -> Any:
        response = self._response(method, path, body, seconds)
        try:
            reply = response.json()
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            text = f"answers {response.status_code} without JSON: it is not Qdrant"
            raise self._error(text, "stranger")
        if response.status_code in _REFUSED:
            text = "refuses INDEX_API_KEY: set a key that may read and write"
            raise self._error(text, "refused")
        if response.is_success:
            return reply.get("result", reply)
        status = reply.get("status")
        reason = status.get("error") if isinstance(status, dict) else status
        said = f"{response.status_code}: {' '.join(str(reason).split())[:_LONGEST_REASON]}"
        text = f"answers {said}"
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise MissingCollectionError(f"the index server of INDEX_URL {text}")
        raise self._error(text, detail=said)

    def _response(
        self, method: str, path: str, body: Mapping[str, object] | None, seconds: float
    ) -> httpx2.Response:
        for attempt in range(1, _TRIES + 1):
            try:
                return self._client.request(method, path, json=body, timeout=seconds)
            except httpx2.TimeoutException:
                text = f"does not answer within {seconds:.0f} seconds"
                raise self._error(text, "silent") from None
            except (httpx2.TransportError, httpx2.InvalidURL) as error:
                if attempt == _TRIES:
                    reason = " ".join(str(error).split())[:_LONGEST_REASON]
                    text = f"cannot be reached: {reason}"
                    raise self._error(text, "unreachable", reason) from None
        raise AssertionError

    @cached_property
    def _client(self) -> httpx2.Client:
        headers = {"api-key": self._api_key} if self._api_key else {}
        client = httpx2.Client(base_url=self.address, headers=headers, trust_env=False)
        weakref.finalize(self, client.close)
        return client

    def _error(
        self, text: str, kind: IndexServerFailure = "broken", detail: str = ""
    ) -> IndexServerError:
        return IndexServerError(f"the index server of INDEX_URL {text}", kind, detail)
