"""Keeps page requests out of private networks: addresses are checked where the socket is opened.

A name is resolved once, all its addresses are checked, and one of these very addresses is
connected to; so there is no gap in which a name could come to mean something else.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

import httpcore2
import httpx2

from knowledge.sync.public_web import Network, permitted

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host* as the operating system knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class GuardedBackend(httpcore2.AnyIOBackend):
    """Opens connections to the public web only.

    Args:
        allow: Networks that may be reached all the same, on any port.
        resolve: How names become addresses.
    """

    def __init__(self, allow: Collection[Network] = (), resolve: Resolve = resolve) -> None:
        self._allow = tuple(allow)
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failure: httpcore2.ConnectError | httpcore2.ConnectTimeout | None = None
        for address in await self._checked(host, port, timeout):
            try:
                return await super().connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"{host} has no address")

    async def _checked(self, host: str, port: int, timeout: float | None) -> list[str]:
        """Resolve *host*; every address must be allowed, else none is."""
        try:
            async with asyncio.timeout(timeout):
                found = await self._resolve(host, port)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(f"{host} was not resolved in time") from error
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host} is unknown") from error
        return permitted(found, host, port, self._allow)


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """The usual transport over a `GuardedBackend`; it knows no proxy."""

    def __init__(self, backend: GuardedBackend) -> None:
        # httpx2 has no argument for a network backend. That requests really pass through ours is
        # tested; the range of versions is pinned.
        super().__init__(trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False),
            max_connections=20,
            max_keepalive_connections=0,
            network_backend=backend,
        )
