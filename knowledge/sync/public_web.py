"""Which addresses belong to the public web, and connections that reach no others.

A name is resolved once, all its addresses are checked, and one of these very addresses is
connected to; so there is no gap in which a name could come to mean something else.
"""

import ipaddress
import socket
from collections.abc import Collection, Iterable, Sequence

import httpcore2
import httpx2

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

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


PRIVATE_NETWORKS: Sequence[Network] = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1/128"),
    )
)
"""Where an intranet is. Link-local addresses are not among them: clouds keep secrets there."""


def permits(written: str, port: int, allow: Collection[Network]) -> bool:
    """Tell whether a connection to the address *written* may be opened.

    Args:
        written: An address, which may have a zone (`fe80::1%eth0`).
        port: The port; public addresses are reached on those of the web only.
        allow: Networks that may be reached all the same, on any port.
    """
    address = ipaddress.ip_address(written.partition("%")[0])
    if any(address in network for network in allow):
        return True
    return port in WEB_PORTS and is_public(address)


class PrivateAddressError(httpcore2.ConnectError):
    """A name leads to a private network, or to a port that is none of the web."""


def permitted(
    addresses: Iterable[str], host: str, port: int, allow: Collection[Network]
) -> list[str]:
    """Return the *addresses* of *host*, each once; all must be permitted, else none is.

    Raises:
        PrivateAddressError: when one is not.
    """
    known = list(dict.fromkeys(addresses))
    if not all(permits(address, port, allow) for address in known):
        raise PrivateAddressError(f"{host} is not in the public web")
    return known


class PublicWebBackend(httpcore2.SyncBackend):
    """Opens connections to the public web, and to the networks *allow*."""

    def __init__(self, allow: Collection[Network] = ()) -> None:
        self._allow = tuple(allow)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: httpcore2.ConnectError | httpcore2.ConnectTimeout | None = None
        for address in self._checked(host, port):
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"{host} has no address")

    def _checked(self, host: str, port: int) -> list[str]:
        """Resolve *host*; every address must be allowed, else none is."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host} is unknown") from error
        return permitted([str(entry[4][0]) for entry in found], host, port, self._allow)


class PublicWebTransport(httpx2.HTTPTransport):
    """The usual transport over a `PublicWebBackend`; it knows no proxy."""

    def __init__(self, backend: PublicWebBackend) -> None:
        # httpx2 has no argument for a network backend. That requests really pass through ours is
        # tested; the range of versions is pinned.
        super().__init__(trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False),
            max_connections=8,
            network_backend=backend,
        )
