"""Keeps page requests out of private networks: addresses are checked where the socket is opened.

A name is resolved once, all its addresses are checked, and one of these very addresses is
connected to; so there is no gap in which a name could come to mean something else.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

import httpcore2
import httpx2

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

WEB_PORTS = frozenset({80, 443})

_EMBEDDING_IPV4 = tuple(
    map(
        ipaddress.IPv6Network,
        ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16"),
    )
)
"""NAT64, Teredo, 6to4: the standard library calls them global, but they lead to IPv4 addresses."""

_METADATA = frozenset(
    map(ipaddress.IPv4Address, ("168.63.129.16", "100.100.100.200", "192.0.0.192"))
)
"""Cloud vendors' own services at addresses that look public (Azure, Alibaba, Oracle)."""


def is_public(address: Address) -> bool:
    """Tell whether *address* belongs to the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _EMBEDDING_IPV4):
            return False
    return address.is_global and not address.is_multicast and address not in _METADATA


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
        addresses = list(dict.fromkeys(found))
        if not all(self._permits(address, port) for address in addresses):
            raise httpcore2.ConnectError(f"{host} is not in the public web")
        return addresses

    def _permits(self, written: str, port: int) -> bool:
        address = ipaddress.ip_address(written.partition("%")[0])
        if any(address in network for network in self._allow):
            return True
        return port in WEB_PORTS and is_public(address)


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
