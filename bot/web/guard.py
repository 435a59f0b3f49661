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

_SPECIAL_IPV4 = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
    *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/4", "240.0.0.0/4"),  # multicast, reserved, broadcast
    "168.63.129.16/32",  # Azure's own services, at an address that looks public
)
_SPECIAL_IPV6 = (
    "::/96",  # unspecified, loopback, IPv4-compatible
    *("::ffff:0:0/96", "::ffff:0:0:0/96"),  # IPv4-mapped, IPv4-translated
    *("64:ff9b::/96", "64:ff9b:1::/48"),  # IPv4 behind NAT64
    *("100::/64", "100:0:0:1::/64"),  # discard, dummy
    "2001::/23",  # IETF protocols, with Teredo (IPv4 in it), benchmarks and ORCHID
    "2001:db8::/32",
    "2002::/16",  # 6to4: IPv4 in it
    "2620:4f:8000::/48",
    *("3fff::/20", "5f00::/16"),  # documentation, segment routing
    *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
)
_SPECIAL: Sequence[Network] = tuple(map(ipaddress.ip_network, _SPECIAL_IPV4 + _SPECIAL_IPV6))
"""Everything in IANA's special-purpose registries (iana-ipv4-special-registry,
iana-ipv6-special-registry), and multicast, reserved and deprecated networks. The standard library's
`is_global` differs from one version of Python to the next."""

_UNICAST = ipaddress.IPv6Network("2000::/3")
"""IANA assigns public IPv6 addresses from here only."""


def is_public(address: Address) -> bool:
    """Tell whether *address* belongs to the public internet."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    return not any(address in network for network in _SPECIAL)


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
