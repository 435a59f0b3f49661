"""The guard: nothing but the public web can be reached, however it is written."""

import ipaddress
from collections.abc import Sequence

import httpcore2
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.guard import GuardedBackend, GuardedTransport, resolve
from knowledge.sync.public_web import is_public
from tests.support.web_site import LOOPBACK, Names, answering, serving

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "168.63.129.16",
    "100.100.100.200",
    "::1",
    "::",
    "fe80::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_and_disguised_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "192.0.1.1", "2606:4700::1111", "2a00:1450::1"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_refused(v4: ipaddress.IPv4Address) -> None:
    """No name of a public site leads there, so nothing is lost."""
    for prefix in ("::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::", "64:ff9b:1::"):
        assert not is_public(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + int(v4)))


@given(st.ip_addresses())
def test_what_the_standard_library_calls_private_is_not_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert address.is_global or not is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "::1",
        "fe80::1%lo",
    ],
)
async def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    """The operating system reads numbers in many ways; what counts is what it makes of them."""
    with pytest.raises(httpcore2.ConnectError):
        await GuardedBackend().connect_tcp(host, 80, timeout=5)


@pytest.mark.parametrize("port", [22, 6379, 8080])
async def test_only_the_ports_of_the_web_are_open(port: int) -> None:
    async def public(host: str, port: int) -> Sequence[str]:
        return ["1.1.1.1"]

    with pytest.raises(httpcore2.ConnectError):
        await GuardedBackend(resolve=public).connect_tcp("site.example", port, timeout=5)


async def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ["1.1.1.1", "10.0.0.1"]

    with pytest.raises(httpcore2.ConnectError, match="public"):
        await GuardedBackend(resolve=both).connect_tcp("site.example", 80, timeout=5)


async def test_a_name_is_resolved_once_and_that_address_is_connected_to() -> None:
    """Rebinding: the second answer of the name server would be private, but nobody asks for it."""
    names = Names(site_example=["127.0.0.1", "10.0.0.1"])
    transport = GuardedTransport(GuardedBackend([LOOPBACK], names))
    async with (
        serving({"/": answering("hello")}) as port,
        httpx2.AsyncClient(transport=transport) as client,
    ):
        first = await client.get(f"http://site.example:{port}/")
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"http://site.example:{port}/")

    assert first.text == "hello"
    assert names.asked == ["site.example", "site.example"]


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async def two(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async with serving({"/": answering("hello")}) as port:
        stream = await GuardedBackend([LOOPBACK], two).connect_tcp("site.example", port, timeout=5)
        await stream.aclose()


async def test_an_unknown_name_is_a_failed_connection() -> None:
    async def nobody(host: str, port: int) -> Sequence[str]:
        raise OSError

    with pytest.raises(httpcore2.ConnectError, match="unknown"):
        await GuardedBackend(resolve=nobody).connect_tcp("nowhere.example", 80, timeout=5)


async def test_the_operating_system_is_asked_by_default() -> None:
    assert "127.0.0.1" in await resolve("127.0.0.1", 80)
