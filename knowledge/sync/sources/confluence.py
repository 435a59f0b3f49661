"""Spaces of Confluence: pages, blog posts and attached files, with those who may read them.

Each sync lists everything, some hundred pages in a call, without their content. Confluence's feed
of changes, `lastmodified` in a search, tells neither deletions nor new restrictions, and its times
are minutes in the time zone of the token's account. The listing needs none of them: the number of
a page's version says whether it has changed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from knowledge.model.errors import ChangedFileError
from knowledge.model.source_settings import ConfluenceSettings
from knowledge.model.types import SourceReaders
from knowledge.parsing.parsers import ARCHIVES, suffix_of
from knowledge.sync.glob import Glob
from knowledge.sync.http_client import FILE_BYTES, HttpClient
from knowledge.sync.rendered_page import html_page
from knowledge.sync.source import Secrets, SourceFile
from knowledge.sync.sources.atlassian import atlassian_client, day_of
from knowledge.sync.sources.confluence_cloud import ConfluenceCloud
from knowledge.sync.sources.confluence_data_center import ConfluenceDataCenter
from knowledge.sync.sources.confluence_tree import (
    Admitted,
    ConfluenceAttachment,
    ConfluenceNode,
    ConfluencePage,
    Place,
)

_WRITTEN = 1
"""Increase when pages are written otherwise, so that they are read again."""


class ConfluenceSite(Protocol):
    """The interface of Cloud, or of Data Center."""

    def space_readers(self, space: str) -> Admitted:
        """Return who may view the space with the key *space*."""
        ...

    def pages(self, space: str) -> Sequence[ConfluencePage]:
        """List the current pages and blog posts of a space."""
        ...

    def node(self, place: Place) -> ConfluenceNode:
        """Return what is above a page and is not in the list of pages."""
        ...

    def attachments(
        self, space: str, pages: Sequence[ConfluencePage]
    ) -> Iterable[ConfluenceAttachment]:
        """List the files that are attached to *pages*, all pages of a space."""
        ...

    def content(self, kind: str, page: str) -> tuple[str, str, str]:
        """Return the title, the storage format and the version of a page."""
        ...

    def file(self, page: str, attachment: str, title: str, version: str) -> bytes:
        """Return the content of an attached file in that version."""
        ...


def open_source(settings: ConfluenceSettings, secrets: Secrets) -> "ConfluenceSource":
    """Return the source that *settings* describe."""
    token = secrets(settings.token)
    return confluence_source(
        settings, atlassian_client(settings.name, settings.site, settings.user, token)
    )


def confluence_source(settings: ConfluenceSettings, client: HttpClient) -> "ConfluenceSource":
    """Return the source that *settings* describe, over *client*."""
    site = ConfluenceCloud if settings.user else ConfluenceDataCenter
    return ConfluenceSource(settings, site(settings.name, client))


class ConfluenceSource:
    """Lists pages by id, so that one that is renamed or moved within its site stays itself.

    A reader must be admitted by the space, by the page, and by every page above it.
    """

    def __init__(self, settings: ConfluenceSettings, site: ConfluenceSite) -> None:
        self._settings = settings
        self._site = site
        self._exclude = [Glob(pattern) for pattern in settings.exclude]

    @property
    def name(self) -> str:
        return self._settings.name

    def files(self) -> Iterable[SourceFile]:
        for space in self._settings.spaces:
            yield from self._files(space)

    def read(self, file: SourceFile) -> bytes:
        kind, page, *attached = file.document_id.removeprefix(f"{self.name}/").split("/")
        if attached:
            title = file.name.rpartition("/")[2]
            return self._site.file(page, attached[0], title, file.version)
        title, body, version = self._site.content(kind, page)
        if file.version != f"{version} {_WRITTEN}":
            raise ChangedFileError  # it may have been restricted before it was changed
        return html_page(title, body)

    def _files(self, space: str) -> Iterator[SourceFile]:
        pages = self._site.pages(space)
        readers = self._readers(space, pages)
        names = {page.id: f"{space}/{_part(page.title)}" for page in pages}
        for page in pages:
            file = SourceFile(
                document_id=f"{self.name}/{page.kind}/{page.id}",
                name=f"{names[page.id]}.html",
                url=page.address,
                version=f"{page.version} {_WRITTEN}",
                date=day_of(page.changed),
                readers=readers[page.id],
                rendered=True,
            )
            yield self._excluded(file)
        for attached in self._site.attachments(space, pages) if self._settings.attachments else ():
            if attached.page in names:
                file = SourceFile(
                    document_id=f"{self.name}/attachment/{attached.page}/{attached.id}",
                    name=f"{names[attached.page]}/{_part(attached.title)}",
                    url=attached.address,
                    version=attached.version,
                    date=day_of(attached.changed),
                    readers=readers[attached.page],
                )
                yield self._excluded(_unreadable(file, attached.size))

    def _readers(self, space: str, pages: Sequence[ConfluencePage]) -> dict[str, SourceReaders]:
        """Return the readers of each page, by its id."""
        if self._settings.readers == "audience":
            return {page.id: frozenset() for page in pages}
        in_space = self._site.space_readers(space)
        nodes: dict[Place, ConfluenceNode] = {(page.kind, page.id): page.node for page in pages}
        found = {}
        for page in pages:
            sets = [in_space]
            seen, left = set[Place](), [(page.kind, page.id)]
            while left:
                place = left.pop()
                if place in seen:
                    continue
                seen.add(place)
                if place not in nodes:
                    nodes[place] = self._site.node(place)
                sets.append(nodes[place].admitted)
                left += nodes[place].above
            found[page.id] = frozenset(each for each in sets if each is not None)
        return found

    def _excluded(self, file: SourceFile) -> SourceFile:
        if any(pattern.matches(file.name) for pattern in self._exclude):
            return replace(file, passed_over="excluded")
        return file


def _unreadable(file: SourceFile, size: int) -> SourceFile:
    if size > FILE_BYTES:
        return replace(file, passed_over="large")
    return replace(file, passed_over="format") if suffix_of(file.name) in ARCHIVES else file


def _part(title: str) -> str:
    """Return a title as one part of a path."""
    return title.replace("/", "∕").replace("\\", "∖").strip() or "-"
