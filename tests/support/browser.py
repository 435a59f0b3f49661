"""A person with a browser who installs the app: cookies, links, and redirects that it follows."""

import re
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urljoin

import aiohttp

_LINK = re.compile(r'<a href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


class Browser:
    """One browser. It sends its cookies to the host that set them, as on this machine."""

    def __init__(self) -> None:
        self.address = ""
        self.status = 0
        self.page = ""
        self._cookies = dict[str, dict[str, str]]()

    async def open(self, address: str) -> None:
        """Open *address*, and follow where it leads."""
        address = unescape(address)
        for _ in range(5):
            address = urljoin(self.address, address)
            host = address.split("/")[2]
            cookies = self._cookies.setdefault(host, {})
            sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
            headers = {"Cookie": sent} if sent else {}
            async with (
                aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.get(address, headers=headers, allow_redirects=False) as response,
            ):
                for line in response.headers.getall("Set-Cookie", []):
                    cookies |= {n: m.value for n, m in SimpleCookie(line).items()}
                self.address, self.status = address, response.status
                self.page = await response.text()
                if "Location" not in response.headers:
                    return
                address = response.headers["Location"]
        raise AssertionError("it leads in a circle")

    async def follow(self, label: str = "") -> None:
        """Follow the first link whose text has *label*."""
        links = [link for link, text in _LINK.findall(self.page) if label in unescape(text)]
        assert links, self.page
        await self.open(links[0])

    async def install(self, address: str, label: str) -> None:
        """Install the app that is offered at *address*, and choose *label* at Slack."""
        await self.open(address)
        await self.follow()
        await self.follow(label)
