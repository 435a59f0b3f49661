"""Server-side request forgery: what must not be reached, through the tool that reads pages.

Nothing listens at most of them; so a spy sees each connection that is tried, and none may be.
"""

import httpcore2
import pytest
from aiohttp import web

from bot.core.errors import ToolError
from bot.tools.read_page import ReadPage, ReadPageArguments
from bot.web.pages import WebPages
from tests.safety.tally import Tally
from tests.support.shelf import ask
from tests.support.web_site import LOOPBACK, Names, html, redirecting, serving

ADDRESSES = {
    "this machine": [
        "127.0.0.1",
        "localhost",
        "127.1",
        "[::1]",
        "0.0.0.0",
        "[::]",
        "127.255.255.254",
    ],
    "numbers in other bases": ["2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "017700000001"],
    "mapped and embedded IPv4": [
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:7f00:1::1]",
        "[::ffff:0:127.0.0.1]",
    ],
    "private networks": [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "198.18.0.1",
        "[fc00::1]",
        "[fd12:3456::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[2001:db8::1]",
        "[ff02::1]",
        "224.0.0.1",
        "255.255.255.255",
    ],
    "cloud metadata": [
        "169.254.169.254",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "[::ffff:169.254.169.254]",
        "2852039166",
        "0xa9fea9fe",
        "169.254.170.2",
    ],
    "special networks of IANA": [
        *("0.1.2.3", "192.0.0.1", "192.0.0.8", "192.0.0.10", "192.0.0.170", "192.0.2.1"),
        *("192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1", "198.19.255.255"),
        *("198.51.100.1", "203.0.113.1", "240.0.0.1", "239.255.255.255", "100.127.255.255"),
        *("[::2]", "[::808:808]", "[::ffff:8.8.8.8]", "[::ffff:0:808:808]", "[100::1]"),
        *("[100:0:0:1::1]", "[64:ff9b::808:808]", "[64:ff9b:1:fffe::1]", "[2001::1]"),
        *("[2001:0:808:808::1]", "[2001:1::1]", "[2001:2::1]", "[2001:3::1]", "[2001:4:112::1]"),
        *("[2001:10::1]", "[2001:20::1]", "[2001:30::1]", "[2001:1ff:ffff::1]", "[2001:db8:1::1]"),
        *("[2002:808:808::1]", "[2620:4f:8000::1]", "[3fff::1]", "[3fff:fff:ffff::1]"),
        *("[5f00::1]", "[5f00:ffff::1]", "[fdff::1]", "[febf::1]", "[feff::1]", "[ff0e::1]"),
        *("[4000::1]", "[8000::1]", "[1::1]", "[e000::1]"),
    ],
    "unusual digits": ["①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1"],
}
OTHERS = {
    "schemes": [
        "file:///etc/passwd",
        "ftp://site.example/",
        "gopher://127.0.0.1:6379/_INFO",
        "data:text/html,hi",
        "javascript:alert(1)",
        "unix:///var/run/docker.sock",
        "//127.0.0.1/",
        "",
        "http://",
    ],
    "ports": [f"http://site.example:{port}/" for port in (22, 25, 6379, 8080, 9200, 11211, 2375)],
    "logins": [
        "http://user:pass@site.example/",
        "http://site.example@127.0.0.1/",
        "http://127.0.0.1#@site.example/",
        "http://site.example\\@127.0.0.1/",
    ],
}


def addresses() -> list[tuple[str, str]]:
    hosts = [(row, f"http://{host}/") for row, found in ADDRESSES.items() for host in found]
    return hosts + [(row, url) for row, found in OTHERS.items() for url in found]


async def reached(pages: WebPages, url: str) -> list[str]:
    """Try to read *url*, as a person who wrote it would; return what came of it, if anything."""
    tool = ReadPage(pages)
    question = ask(f"Read {url}")
    question = question.__class__(
        question.id, question.thread, question.text, question.asker, links=(url,)
    )
    try:
        result = await tool.use(ReadPageArguments(url=url), question)
    except ToolError:
        return []
    return [f"was read: {result.text[:40]}"]


@pytest.mark.parametrize(("row", "url"), addresses())
async def test_no_private_address_is_read(
    row: str, url: str, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it is written. `site.example` is public here: only port and login are wrong."""
    names = Names(site_example=["93.184.216.34"])

    async def resolve(host: str, port: int) -> list[str]:
        from bot.web.guard import resolve as real

        return await names(host, port) if host == "site.example" else await real(host, port)

    tried = list[str]()

    async def spy(self: object, host: str, port: int, *_: object) -> None:
        tried.append(f"a connection to {host}:{port}")
        raise httpcore2.ConnectError("seen")

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", spy)
    pages = WebPages(resolve=resolve, seconds=2.0)
    escapes = tally.add(f"SSRF: {row}", url, [*await reached(pages, url), *tried])
    await pages.aclose()

    assert escapes == []


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::ffff:10.0.0.1]/",
        "file:///etc/passwd",
        "http://user:pass@site.example/",
        "//10.0.0.1/",
    ],
)
async def test_no_redirect_leads_into_a_private_network(target: str, tally: Tally) -> None:
    """The first page is allowed; where it sends to is checked as it was."""
    async with serving({"/robots.txt": _missing, "/go": redirecting(target)}) as port:
        names = Names(site_example=["127.0.0.1"])
        pages = WebPages(allow=[LOOPBACK], resolve=names, seconds=2.0)
        found = await reached(pages, f"http://site.example:{port}/go")
        await pages.aclose()

    assert tally.add("SSRF: redirects", target, found) == []


async def test_a_name_that_changes_its_address_is_asked_once_for_each_connection(
    tally: Tally,
) -> None:
    """DNS rebinding: public when it is checked, private when it is connected to. It is one step."""
    hits = list[str]()

    async def secret(request: web.Request) -> web.Response:
        hits.append(request.path)
        return web.Response(text=html("<p>secret</p>"), content_type="text/html")

    async with serving({"/{any:.*}": secret}) as port:
        names = Names(rebind_example=["203.0.113.1", "127.0.0.1", "10.0.0.1"])
        pages = WebPages(resolve=names, seconds=2.0)
        found = await reached(pages, f"http://rebind.example:{port}/")
        await pages.aclose()

    assert tally.add("SSRF: rebinding", "rebind.example", [*found, *hits]) == []


@pytest.mark.parametrize("other", ["127.0.0.1", "169.254.169.254", "::1", "fd00::1"])
async def test_a_name_with_one_private_address_among_public_ones_is_refused(
    other: str, tally: Tally
) -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["93.184.216.34", other]

    pages = WebPages(resolve=both, seconds=2.0)
    found = await reached(pages, "http://mixed.example/")
    await pages.aclose()

    assert tally.add("SSRF: mixed addresses", other, found) == []


async def _missing(request: web.Request) -> web.Response:
    return web.Response(status=404)
