"""Visits the pages of a site, from a page or a sitemap."""

import datetime as dt
import hashlib
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from urllib.robotparser import RobotFileParser

from knowledge.model.errors import ParseError, SourceError
from knowledge.parsing.process import ParserProcess
from knowledge.sync.sources.web_address import TrapDetector, normal_address
from knowledge.sync.sources.web_cache import WebCache, WebPageFacts
from knowledge.sync.sources.web_fetch import AGENT, FetchedPage, WebFetcher
from knowledge.sync.sources.web_page import transcoded

ALIKE = 0.5
"""Share of pages that came to say the same at once, above which they are no pages of the site. A
wiki says the same of each page that it has closed, and those are gone."""

TRUST = 7
"""Days for which a sitemap is believed that a page has not changed."""

REFUSED = 0.2
"""Share of pages that answer 401 or 403, above which the site refuses us altogether."""

_THREADS = 4
_BATCH = 32
_MOST_SITEMAPS = 1000
_GONE = frozenset({404, 410})
_LOCKED = frozenset({401, 403, 407, 451})
_EXAMINE_PAGE = "knowledge.sync.sources.web_page:examine_page"
_EXAMINE_SITEMAP = "knowledge.sync.sources.web_page:examine_sitemap"
_NOT_PAGES = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|avif|ico|bmp|css|m?js|map|woff2?|ttf|eot|mp[34]|webm|mov|avi|wav"
    r"|ogg|zip|gz|tar|tgz|bz2|xz|7z|rar|exe|dmg|iso|apk|deb|rpm|jar|whl|rss|atom)",
    re.IGNORECASE,
)
"""File name endings of what no parser reads, and is not asked for."""

_SITEMAP = re.compile(r"\.(?:xml|gz)(?:\?.*)?$|/[^/]*sitemap[^/]*$", re.IGNORECASE)
"""Addresses of sitemaps; others are pages."""

_OK, _NOT_MODIFIED, _ERRORS = 200, 304, 400


@dataclass(frozen=True, slots=True)
class CrawlBounds:
    """What belongs to the source.

    Attributes:
        start: A page or a sitemap.
        prefix: What all addresses begin with.
        pages: Most addresses to visit.
        rules: What the site's robots.txt allows.
        exclude: Tells whether an address is left out.
    """

    start: str
    prefix: str
    pages: int
    rules: RobotFileParser
    exclude: Callable[[str], bool]

    def includes(self, address: str) -> bool:
        """Tell whether *address* may be visited."""
        inside = address.startswith(self.prefix) or f"{address}/" == self.prefix
        name = address.partition("?")[0].rpartition("/")[2]
        is_page = not _NOT_PAGES.fullmatch(PurePosixPath(name).suffix)
        if not (address and inside and is_page) or self.exclude(address):
            return False
        return self.rules.can_fetch(AGENT, address)


@dataclass(slots=True)
class CrawlResult:
    """What was found.

    Attributes:
        pages: What is known of each address that answered.
        unread: Files that are too large, and the like.
        left_out: Where a site makes ever more addresses; not all of those were visited.
    """

    pages: dict[str, WebPageFacts] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class Crawl:
    """One visit of a site; raises rather than return less than there is.

    Args:
        source: The source's name, for messages.
        bounds: What belongs to it.
        fetcher: Asks the site.
        cache: What was found the last time.
    """

    def __init__(
        self, source: str, bounds: CrawlBounds, fetcher: WebFetcher, cache: WebCache
    ) -> None:
        self._source, self._bounds, self._fetcher, self._cache = source, bounds, fetcher, cache
        self._known = cache.all()
        self._began = dt.datetime.now(dt.UTC)
        self._today = self._began.date().toordinal()
        self._stated: dict[str, str] = {}
        self._traps = TrapDetector()
        self._result = CrawlResult()
        self._locked = 0
        self._changed = defaultdict[str, list[str]](list)

    def run(self) -> CrawlResult:
        """Visit everything.

        Raises:
            SourceError: when the site cannot be read completely: a page's server fails, the site
                refuses us, answers everything with one page, or has more pages than allowed.
        """
        process = ParserProcess(30.0)
        try:
            self._visit(process)
        finally:
            process.close()
        visited = len(self._result.pages) + self._locked
        if self._locked > REFUSED * visited and self._locked > 1:
            raise SourceError(
                f"source {self._source!r}: the site refuses {self._locked} of {visited} pages: "
                "ask its operators to let Kotae in",
                "refused",
            )
        self._check_changed()
        self._cache.keep(self._result.pages)
        self._result.left_out = list(self._traps.left_out)
        return self._result

    def reach(self) -> None:
        """Ask for the start alone.

        Raises:
            SourceError: it cannot be read, or leads to where nothing belongs to the source.
        """
        start = normal_address(self._bounds.start)
        self._check_rules(start)
        reply = self._fetcher.fetch(start)
        if reply.status >= _ERRORS:
            raise self._unreadable(start)
        leads_to = normal_address(reply.location)
        if leads_to and not _SITEMAP.search(start) and not self._bounds.includes(leads_to):
            raise SourceError(
                f"source {self._source!r}: {start} leads to {leads_to}: write that as `start`"
            )

    def _check_changed(self) -> None:
        """Refuse pages that said different things and now say the same, such as an error."""
        alike = max(self._changed.values(), key=len, default=[])
        before = {address: self._known[address] for address in alike}
        several = len({facts.gist for facts in before.values()}) > 1
        if not several or len(alike) <= ALIKE * len(self._result.pages):
            return
        for address, facts in before.items():
            self._cache.put_back(address, facts)
        raise SourceError(
            f"source {self._source!r}: {len(alike)} of {len(self._result.pages)} pages have become "
            f"the same, such as {min(alike)}: see whether the site fails; if this is intended, "
            f"delete {self._cache.file} and sync again",
            "loss",
        )

    def _visit(self, process: ParserProcess) -> None:
        start = normal_address(self._bounds.start)
        found = self._from_sitemap(start, process)
        follow = found is None
        seen = set(found if found is not None else [start])
        waiting = deque(sorted(seen))
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="web") as threads:
            while waiting:
                if len(seen) > self._bounds.pages:
                    raise self._too_many()
                batch = [waiting.popleft() for _ in range(min(_BATCH, len(waiting)))]
                for address, reply in zip(batch, threads.map(self._fetch, batch), strict=True):
                    facts = self._facts(address, reply, process)
                    for link in self._next(facts, follow=follow):
                        if link not in seen and not self._traps.is_trap(link):
                            seen.add(link)
                            waiting.append(link)
        if start not in self._result.pages and follow:
            raise self._unreadable(start)

    def _unreadable(self, start: str) -> SourceError:
        return SourceError(
            f"source {self._source!r}: {start} cannot be read: correct `start`, or have the site "
            "let Kotae in",
            "refused",
        )

    def _check_rules(self, start: str) -> None:
        if not self._bounds.rules.can_fetch(AGENT, start):
            raise SourceError(
                f"source {self._source!r}: the site's robots.txt keeps Kotae out: have it let in, "
                "or choose another `start`",
                "refused",
            )

    def _too_many(self) -> SourceError:
        where = next(iter(self._traps.left_out), "")
        hint = f", or exclude what it makes without end, such as {where}" if where else ""
        return SourceError(
            f"source {self._source!r}: the site has more than {self._bounds.pages} pages: raise "
            f"`pages`, narrow `prefix`{hint}"
        )

    def _next(self, facts: WebPageFacts | None, *, follow: bool) -> Iterator[str]:
        """Yield what to visit after a page: its links, or the aim of a redirect."""
        if facts is None:
            return
        is_redirect = not facts.ending
        for link in (facts.canonical, *(facts.links if follow or is_redirect else ())):
            address = normal_address(link)
            if self._bounds.includes(address):
                yield address

    def _fetch(self, address: str) -> FetchedPage | ParseError | None:
        """Ask for *address*; None if it need not be asked for. Runs in several threads."""
        known = self._known.get(address)
        if known is None:
            conditions: Mapping[str, str] = {}
        elif self._is_trusted(known, self._stated.get(address, "")):
            return None
        else:
            stated = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
            conditions = {name: value for name, value in stated.items() if value}
        try:
            return self._fetcher.fetch(address, conditions)
        except ParseError as error:
            return error

    def _is_trusted(self, known: WebPageFacts, lastmod: str) -> bool:
        is_new = 0 <= self._today - known.checked < TRUST
        return bool(lastmod) and lastmod == known.lastmod and is_new

    def _facts(
        self, address: str, reply: FetchedPage | ParseError | None, process: ParserProcess
    ) -> WebPageFacts | None:
        """Return what is known of *address* after *reply*, and remember it; None if it is gone."""
        known = self._known.get(address)
        if isinstance(reply, ParseError):
            self._result.unread.append(address)
            return None
        if reply is None:
            assert known is not None
            self._result.pages[address] = known
            return known
        if reply.status in _GONE or reply.status in _LOCKED:
            self._locked += reply.status in _LOCKED
            return None
        if known is not None and reply.status == _NOT_MODIFIED:
            facts, body = replace(known, checked=self._today), None
        elif reply.status < _ERRORS:
            facts, body = self._examined(address, reply, process)
        else:
            return None
        if known is not None and known.gist and facts.gist not in {"", known.gist}:
            self._changed[facts.gist].append(address)
        stated = self._stated.get(address, "")
        facts = replace(facts, lastmod=stated if is_past(stated, self._began) else "")
        self._result.pages[address] = facts
        if facts != known:
            self._cache.put(address, facts, body)
        return facts

    def _examined(
        self, address: str, reply: FetchedPage, process: ParserProcess
    ) -> tuple[WebPageFacts, bytes | None]:
        """Return what a new reply says, and its content."""
        facts = WebPageFacts(
            etag=reply.etag,
            modified=reply.modified,
            ending=reply.ending,
            checked=self._today,
            links=[reply.location] if reply.location else [],
            is_listed=bool(reply.ending) and not reply.noindex,
        )
        if not reply.ending:
            return facts, None
        body = reply.body
        if reply.ending == ".html":
            body = transcoded(body, reply.content_type)
            try:
                found = process.call(_EXAMINE_PAGE, body, url=address)
            except ParseError:  # its parser will name it
                found = {}
            facts = replace(
                facts,
                links=[] if found.get("nofollow") else list(found.get("links", [])),
                canonical=found.get("canonical", ""),
                gist=found.get("gist", ""),
                is_listed=facts.is_listed and not found.get("noindex"),
            )
        digest = hashlib.sha256(body).hexdigest()[:32]
        return replace(facts, digest=digest), body

    def _from_sitemap(self, start: str, process: ParserProcess) -> list[str] | None:
        """Return the addresses of the sitemap *start*; None if it is a page."""
        self._check_rules(start)
        if not _SITEMAP.search(start):
            return None
        kind, entries = self._sitemap(start, process)
        if not kind:
            raise SourceError(
                f"source {self._source!r}: {start} is not a sitemap, or is gone: correct `start`"
            )
        sitemaps = deque([entry[0] for entry in entries] if kind == "sitemapindex" else [])
        pages = entries if kind == "urlset" else []
        read = {start}
        while sitemaps:
            address = normal_address(sitemaps.popleft())
            if not address or address in read:
                continue
            read.add(address)
            kind, entries = self._sitemap(address, process)
            if not kind or len(read) > _MOST_SITEMAPS:
                raise SourceError(
                    f"source {self._source!r}: {address} is not a sitemap, or one too many"
                )
            if kind == "sitemapindex":
                sitemaps.extend(entry[0] for entry in entries)
            else:
                pages += entries
        for address, lastmod in pages:
            if self._bounds.includes(normal := normal_address(address)):
                self._stated[normal] = lastmod
        return list(self._stated)

    def _sitemap(self, address: str, process: ParserProcess) -> tuple[str, list[list[str]]]:
        try:
            reply = self._fetcher.fetch(address)
            for _ in range(5):
                if not reply.location:
                    break
                reply = self._fetcher.fetch(reply.location)
            if reply.status != _OK:
                return "", []
            found = process.call(_EXAMINE_SITEMAP, reply.body)
        except ParseError as error:
            raise SourceError(f"source {self._source!r}: {address}: {error}") from error
        return found["kind"], found["entries"]


def is_past(lastmod: str, now: dt.datetime) -> bool:
    """Tell whether the time that a sitemap states for a page is over.

    While it is not, the page may change again and the time stay: it may be a whole day, of any time
    zone (https://www.w3.org/TR/NOTE-datetime), or a second.
    """
    try:
        stated = dt.datetime.fromisoformat(lastmod)
    except ValueError:
        return False
    if stated.tzinfo is None:
        return stated.date() < now.date() - dt.timedelta(days=1)
    return stated < now - dt.timedelta(minutes=1)
