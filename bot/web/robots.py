"""The `robots.txt` rules of sites (RFC 9309)."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from urllib.robotparser import RobotFileParser

import httpx2

from knowledge.sync.robots import robots_rules

MOST_SITES = 256
"""Sites that are remembered."""


class Robots:
    """Knows the `robots.txt` of sites, each fetched once while it is remembered.

    Args:
        fetch: Gets an address, as (status, text); follows redirects.
        agent: The name that we go by.
    """

    def __init__(
        self, fetch: Callable[[httpx2.URL], Awaitable[tuple[int, str]]], agent: str
    ) -> None:
        self._fetch = fetch
        self._agent = agent
        self._sites = OrderedDict[httpx2.URL, RobotFileParser]()

    async def permit(self, url: httpx2.URL) -> bool:
        """Tell whether *url* may be read. A site with a broken server may not."""
        site = httpx2.URL(url, path="/robots.txt", query=None, fragment=None)
        if site not in self._sites:
            self._sites[site] = await self._rules(site)
            if len(self._sites) > MOST_SITES:
                self._sites.popitem(last=False)
        self._sites.move_to_end(site)
        return self._sites[site].can_fetch(self._agent, str(url))

    async def _rules(self, site: httpx2.URL) -> RobotFileParser:
        return robots_rules(*await self._fetch(site))
