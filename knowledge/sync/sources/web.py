"""A web site, from a sitemap or by its links."""

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from knowledge.model.errors import ParseError
from knowledge.model.source_settings import WebSettings
from knowledge.model.types import PassedOverReason
from knowledge.parsing.parsers import suffix_of
from knowledge.sync.glob import Glob
from knowledge.sync.source import Secrets, SourceFile
from knowledge.sync.sources.web_address import folder_of, normal_address, readable_address
from knowledge.sync.sources.web_cache import WebCache, WebPageFacts
from knowledge.sync.sources.web_crawl import Crawl, CrawlBounds, CrawlResult
from knowledge.sync.sources.web_fetch import WebFetcher
from knowledge.sync.sources.web_page import transcoded

_Reason = PassedOverReason | Literal[""]
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T.*)?")


class WebSource:
    """The pages of a site, and the files that they link to.

    Each listing visits the site: what the sitemap names, or what is linked from the start on. It
    asks only for what has changed since the last visit (`If-None-Match`, `If-Modified-Since`), and
    does not ask at all where the sitemap states the same `lastmod` as before, for a week. A page
    that is gone (404, 410), locked (401, 403), or asks not to be indexed is not listed; when the
    server fails, the whole listing does. A site tells nobody's rights: the source's audience
    applies.

    Args:
        settings: The `[[sources]]` table.
        cache: What is kept between visits.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self, settings: WebSettings, cache: WebCache, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.name = settings.name
        self._settings, self._cache = settings, cache
        self._fetcher = WebFetcher(settings.name, allow_private=settings.allow_private, sleep=sleep)
        self._prefix = normal_address(settings.prefix) or folder_of(settings.start)
        self._exclude = [Glob(pattern) for pattern in settings.exclude]

    def files(self) -> Iterator[SourceFile]:
        """Visit the site and list its pages.

        Raises:
            SourceError: when the site cannot be read completely.
        """
        yield from self._listed(self._crawl().run())

    def reach(self) -> None:
        """Ask for the page or sitemap to begin at, and for nothing else but the site's rules."""
        self._crawl().reach()

    def read(self, file: SourceFile) -> bytes:
        """Return what was fetched when the site was visited, else fetch it now."""
        body = self._cache.body(file.url)
        if body is not None:
            return body
        reply = self._fetcher.fetch(file.url)
        if reply.status in {401, 403, 404, 410} or reply.location:
            raise ParseError("cannot be read: it no longer exists")
        if not reply.ending:
            raise ParseError("cannot be read: its format has changed")
        return transcoded(reply.body, reply.content_type) if _is_page(reply.ending) else reply.body

    def _crawl(self) -> Crawl:
        bounds = CrawlBounds(
            start=self._start,
            prefix=self._prefix,
            pages=self._settings.pages,
            rules=self._fetcher.robots(self._start),
            exclude=self._is_excluded,
        )
        return Crawl(self.name, bounds, self._fetcher, self._cache)

    @property
    def _start(self) -> str:
        """The address to begin at; a folder has a slash at its end."""
        return self._prefix if f"{self._settings.start}/" == self._prefix else self._settings.start

    def _listed(self, found: CrawlResult) -> Iterator[SourceFile]:
        listed = {address: facts for address, facts in found.pages.items() if facts.is_listed}
        pages = {a: facts for a, facts in listed.items() if not _prefers_another(a, listed)}
        first = _first_of_each(pages)
        for address in sorted(pages):
            is_first = first[pages[address].digest] == address
            yield self._file(address, pages[address], "" if is_first else "duplicate")
        for address in sorted(found.pages.keys() - listed.keys()):
            if found.pages[address].ending:  # no redirect
                yield self._file(address, found.pages[address], "noindex")
        for address in found.unread:
            yield self._file(address, WebPageFacts(), "large")
        for address in found.left_out:
            yield self._file(address, WebPageFacts(), "addresses")

    def _file(self, address: str, facts: WebPageFacts, passed_over: _Reason) -> SourceFile:
        path = readable_address(address.removeprefix(self._prefix)) or "index"
        ending = "" if suffix_of(path.partition("?")[0]) == facts.ending else facts.ending
        return SourceFile(
            document_id=f"{self.name}/{path}",
            name=f"{path.partition('?')[0]}{ending}",
            url=address,
            version=facts.digest,
            date=_day(facts.lastmod),
            passed_over=passed_over,
        )

    def _is_excluded(self, address: str) -> bool:
        path = readable_address(address.removeprefix(self._prefix))
        parts = path.partition("?")[0].strip("/").split("/")
        folders = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        return any(
            pattern.matches(path) or any(pattern.matches(place) for place in (*folders, *parts))
            for pattern in self._exclude
        )


def _prefers_another(address: str, pages: Mapping[str, WebPageFacts]) -> bool:
    """Tell whether a page names another one, which is there, as the one to list."""
    preferred = normal_address(pages[address].canonical)
    if preferred == address or preferred not in pages:
        return False
    return normal_address(pages[preferred].canonical) in {"", preferred}


def _first_of_each(pages: Mapping[str, WebPageFacts]) -> dict[str, str]:
    """Return the shortest address of each content."""
    first = dict[str, str]()
    for address in sorted(pages, key=lambda address: (len(address), address)):
        first.setdefault(pages[address].digest, address)
    return first


def _is_page(ending: str) -> bool:
    return ending == ".html"


def _day(lastmod: str) -> dt.date | None:
    found = _DAY.fullmatch(lastmod)
    try:
        return dt.date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def open_source(settings: WebSettings, _secrets: Secrets, cache: Path) -> WebSource:
    """Return the site that *settings* describe; its pages are kept in the folder *cache*."""
    return WebSource(settings, WebCache(cache / f"{settings.name}.web.sqlite"))
