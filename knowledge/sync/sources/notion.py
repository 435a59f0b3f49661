"""The pages of Notion that an integration was given, and the rows of its databases.

Each sync lists everything, a hundred pages in a call, without their content. A search finds the
pages. Notion does not promise that it finds all of them at once, but those that were shared with
the integration directly (developers.notion.com/reference/search-optimizations-and-limitations). So
the rows of databases are asked of each database, and the pages above those that were found singly.

Notion tells nobody's rights: the audience of the source decides.
"""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from knowledge.model.errors import ParseError, SourceError
from knowledge.model.source_settings import NotionSettings
from knowledge.sync.glob import Glob
from knowledge.sync.http_client import HttpClient, NotFoundError, Parameters
from knowledge.sync.rendered_page import html_page
from knowledge.sync.source import Secrets, SourceFile
from knowledge.sync.sources.atlassian import day_of
from knowledge.sync.sources.notion_blocks import (
    NotionBlock,
    blocks_html,
    properties_html,
    title_of,
)

VERSION = "2026-03-11"
"""Of the interface; see developers.notion.com/reference/versioning."""

INTERVAL = 0.34
"""Seconds between calls: an integration has three a second, on average."""

_WRITTEN = 1
"""Increase when pages are written otherwise, so that they are read again."""

_PAGE = 100
_DEEPEST = 30
_MOST_BLOCKS = 50_000
_SETTLED = dt.timedelta(minutes=3)
"""Age from which a time of the last change is final: Notion states the minute only."""

_OWN_PAGES = frozenset({"child_page", "child_database"})


class _Parent(BaseModel):
    type: str = ""
    page_id: str = ""
    data_source_id: str = ""


class _Page(BaseModel):
    id: str
    url: str = ""
    last_edited_time: str
    created_time: str = ""
    in_trash: bool = False
    is_archived: bool = False
    parent: _Parent = _Parent()
    properties: Mapping[str, object] = {}

    @property
    def without_text(self) -> "_Page":
        """Return the page with no property but its title: a listing keeps many."""
        title = {"title": {"type": "title", "title": [{"plain_text": title_of(self.properties)}]}}
        return self.model_copy(update={"properties": title})

    @property
    def is_gone(self) -> bool:
        return self.in_trash or self.is_archived


class _Status(BaseModel):
    type: str = "complete"


class _List(BaseModel):
    next_cursor: str | None = None
    has_more: bool = False
    request_status: _Status | None = None

    @property
    def is_incomplete(self) -> bool:
        return self.request_status is not None and self.request_status.type == "incomplete"


class _Pages(_List):
    results: list[_Page]


class _DataSource(BaseModel):
    id: str
    in_trash: bool = False


class _DataSources(_List):
    results: list[_DataSource]


class _Block(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: str
    type: str = "unsupported"
    has_children: bool = False
    in_trash: bool = False


class _Blocks(_List):
    results: list[_Block]


_Reply = TypeVar("_Reply", bound=_List)
_Model = TypeVar("_Model", bound=BaseModel)


def open_source(settings: NotionSettings, secrets: Secrets) -> "NotionSource":
    """Return the source that *settings* describe."""
    token = secrets(settings.token)
    headers = {"Authorization": f"Bearer {token}", "Notion-Version": VERSION}
    return NotionSource(settings, HttpClient(settings.name, settings.site, headers))


class NotionSource:
    """Lists pages by id, so that one that is renamed or moved stays itself.

    Args:
        settings: Its table in `knowledge.toml`.
        client: Asks Notion.
        interval: Seconds from one call to the next, whichever thread makes it.
        now: Returns the time, in UTC.
    """

    def __init__(
        self,
        settings: NotionSettings,
        client: HttpClient,
        interval: float = INTERVAL,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._settings = settings
        self._client = client
        self._interval = interval
        self._now = now
        self._next = 0.0
        self._pacing = threading.Lock()
        self._exclude = [Glob(pattern) for pattern in settings.exclude]

    @property
    def name(self) -> str:
        return self._settings.name

    def files(self) -> Iterable[SourceFile]:
        for page in self._all_pages().values():
            if not page.is_gone:
                yield self._file(page)

    def read(self, file: SourceFile) -> bytes:
        id_ = file.document_id.removeprefix(f"{self.name}/")
        try:
            page = self._get(f"v1/pages/{id_}", _Page)
            blocks = self._children(id_, 0, [0])
        except NotFoundError as error:
            raise ParseError("cannot be read: it no longer exists") from error
        if page.is_gone:
            raise ParseError("cannot be read: it is in the trash")
        # Properties come last: "Audience: customers" above a text would look like a rule of access.
        body = f"{blocks_html(blocks)}\n{properties_html(page.properties)}"
        return html_page(title_of(page.properties), body)

    def _file(self, page: _Page) -> SourceFile:
        title = title_of(page.properties).replace("/", "∕").strip() or "-"
        file = SourceFile(
            document_id=f"{self.name}/{page.id}",
            name=f"{title}.html",
            url=page.url,
            version=f"{page.last_edited_time} {_WRITTEN}",
            date=day_of(page.last_edited_time),
            rendered=True,
        )
        if not self._is_settled(page.last_edited_time):
            file = replace(file, version=f"{file.version} early")  # and so read once more, later
        if any(pattern.matches(file.name) for pattern in self._exclude):
            return replace(file, passed_over="excluded")
        return file

    def _is_settled(self, edited: str) -> bool:
        try:
            return self._now() - dt.datetime.fromisoformat(edited) > _SETTLED
        except (ValueError, TypeError):
            return True

    def _all_pages(self) -> dict[str, _Page]:
        rows: dict[str, _Page] = {}
        asked = set()
        for database in self._data_sources():
            try:
                rows |= {row.id: row.without_text for row in self._rows(database)}
                asked.add(database)
            except NotFoundError:
                continue  # the search still shows what is no longer shared
        found = {
            page.id: page.without_text
            for reply in self._search("page", _Pages)
            for page in reply.results
            if page.parent.data_source_id not in asked or page.id in rows
        }
        found |= rows
        missing = {page.parent.page_id for page in found.values()} - found.keys() - {""}
        while missing:
            id_ = missing.pop()
            try:
                page = self._get(f"v1/pages/{id_}", _Page)
            except NotFoundError:
                continue  # what is above is not shared
            found[id_] = page
            if page.parent.page_id and page.parent.page_id not in found:
                missing.add(page.parent.page_id)
        return found

    def _data_sources(self) -> list[str]:
        replies = self._search("data_source", _DataSources)
        return [each.id for reply in replies for each in reply.results if not each.in_trash]

    def _search(self, kind: str, reply: type[_Reply]) -> Iterator[_Reply]:
        body = {
            "filter": {"property": "object", "value": kind},
            "sort": {"timestamp": "last_edited_time", "direction": "ascending"},
        }
        for found in self._replies("v1/search", reply, body):
            if found.is_incomplete:
                raise SourceError(
                    f"source {self.name!r}: Notion does not list more than some thousand pages by "
                    "search: give parts of the workspace to several integrations, and make each a "
                    "source"
                )
            yield found

    def _rows(self, database: str) -> Iterator[_Page]:
        """Yield the rows of a database. Where Notion ends the list, it begins again from there."""
        path = f"v1/data_sources/{database}/query?filter_properties=title"
        body: dict[str, object] = {
            "result_type": "page",
            "sorts": [{"timestamp": "created_time", "direction": "ascending"}],
        }
        since = ""
        while True:
            created, is_cut = since, False
            for reply in self._replies(path, _Pages, body):
                yield from reply.results
                created = reply.results[-1].created_time if reply.results else created
                is_cut = reply.is_incomplete
            if not is_cut:
                return
            if created == since:
                raise SourceError(
                    f"source {self.name!r}: a database has more rows of the same minute, {since}, "
                    "than Notion lists"
                )
            since = created
            body["filter"] = {"timestamp": "created_time", "created_time": {"on_or_after": since}}

    def _replies(
        self, path: str, reply: type[_Reply], body: Mapping[str, object]
    ) -> Iterator[_Reply]:
        cursors: dict[str, str] = {}
        seen = set[str]()
        while True:
            self._pace()
            found = self._client.post(path, reply, {**body, "page_size": _PAGE, **cursors})
            yield found
            if not found.has_more or not found.next_cursor:
                return
            self._refuse_repeated(found.next_cursor, seen)
            cursors = {"start_cursor": found.next_cursor}

    def _children(self, id_: str, deep: int, count: list[int]) -> tuple[NotionBlock, ...]:
        """Return the blocks in a page or a block; `count` holds how many there are so far.

        Raises:
            ParseError: when they are too many or too deep.
        """
        if deep > _DEEPEST:
            raise ParseError(f"its blocks lie more than {_DEEPEST} deep in each other")
        blocks = []
        for block in self._listed_blocks(id_):
            count[0] += 1
            if count[0] > _MOST_BLOCKS:
                raise ParseError(f"has more than {_MOST_BLOCKS:,} blocks")
            if block.in_trash:
                continue
            stated = (block.model_extra or {}).get(block.type)
            content = stated if isinstance(stated, Mapping) else {}
            children: tuple[NotionBlock, ...] = ()
            origin = content.get("synced_from")
            if isinstance(origin, Mapping):
                children = self._synced(str(origin.get("block_id") or ""), deep, count)
            elif block.has_children and block.type not in _OWN_PAGES:
                children = self._children(block.id, deep + 1, count)
            blocks.append(NotionBlock(block.id, block.type, content, children))
        return tuple(blocks)

    def _synced(self, origin: str, deep: int, count: list[int]) -> tuple[NotionBlock, ...]:
        """Return the blocks of the original; none if it is not shared with the integration."""
        try:
            return self._children(origin, deep + 1, count)
        except NotFoundError:
            return ()

    def _listed_blocks(self, id_: str) -> Iterator[_Block]:
        parameters: Parameters = {"page_size": _PAGE}
        seen = set[str]()
        while True:
            found = self._get(f"v1/blocks/{id_}/children", _Blocks, parameters)
            yield from found.results
            if not found.has_more or not found.next_cursor:
                return
            self._refuse_repeated(found.next_cursor, seen)
            parameters = {"page_size": _PAGE, "start_cursor": found.next_cursor}

    def _refuse_repeated(self, cursor: str, seen: set[str]) -> None:
        if cursor in seen:
            raise SourceError(
                f"source {self.name!r}: Notion repeats a part of a list: sync again later"
            )
        seen.add(cursor)

    def _get(self, path: str, reply: type[_Model], parameters: Parameters | None = None) -> _Model:
        self._pace()
        return self._client.get(path, reply, parameters)

    def _pace(self) -> None:
        """Wait until the next call is due."""
        with self._pacing:
            now = time.monotonic()
            if now < self._next:
                time.sleep(self._next - now)
            self._next = max(now, self._next) + self._interval
