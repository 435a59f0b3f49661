"""Wiki pages, issues with comments and documents of Backlog's projects.

By the API version 2: https://developer.nulab.com/docs/backlog/. It takes the key as a parameter of
each address, so no message and no log shows the query of one. Issues are told newest first, and
counted; wiki pages come in one call, and documents by the hundred: see `FeedMark`. Who is in a
project may read all of it.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from typing import TypeVar

from pydantic import BaseModel

from knowledge.model.errors import CursorExpiredError, ParseError
from knowledge.model.readers import person
from knowledge.model.source_settings import BacklogSettings
from knowledge.model.types import SourceReaders
from knowledge.sync.exclusion import Exclusion
from knowledge.sync.feed_mark import FeedMark, changed_since
from knowledge.sync.fetched_pages import FetchedPages
from knowledge.sync.http_client import HttpClient, NotFoundError, Parameters
from knowledge.sync.pages import linked_pages, pages_by_offset
from knowledge.sync.source import Secrets, SourceChanges, SourceFile
from knowledge.sync.sources.backlog_pages import (
    BacklogComment,
    BacklogComments,
    BacklogCount,
    BacklogDocument,
    BacklogDocuments,
    BacklogIssue,
    BacklogIssues,
    BacklogItem,
    BacklogKind,
    BacklogMembers,
    BacklogProject,
    BacklogWiki,
    BacklogWikis,
)

_PAGE = 100
"""Most items of one reply."""

_ATTACHMENTS = "attachments"

Item = TypeVar("Item", bound=BacklogItem)


class _Marks(BaseModel):
    """Marks by project and kind of items."""

    marks: dict[str, FeedMark]


class BacklogSource:
    """What some projects hold."""

    def __init__(self, settings: BacklogSettings, client: HttpClient) -> None:
        self.name = settings.name
        self._site = settings.site
        self._kinds: list[BacklogKind] = settings.include
        self._keys = settings.projects
        self._client = client
        self._exclusion = Exclusion(settings.exclude)
        self._projects = dict[str, BacklogProject]()
        self._fetched = FetchedPages()

    def files(self) -> Iterator[SourceFile]:
        self._fetched.clear()
        for key in self._keys:
            project, readers = self._project(key), self._readers(key)
            for kind in self._kinds:
                for item in self._all(project, kind):
                    if item.is_read:
                        yield from self._files(project, kind, item, readers)

    def cursor(self) -> str:
        marks = {}
        for key in self._keys:
            project, readers = self._project(key), _digest(self._readers(key))
            for kind in self._kinds:
                items, total = self._newest(project, kind, None)
                marks[f"{key}/{kind}"] = FeedMark.of([item.stamp for item in items], total, readers)
        return _Marks(marks=marks).model_dump_json()

    def changes(self, cursor: str) -> SourceChanges:
        marks, after = _Marks.model_validate_json(cursor).marks, {}
        files, removed = list[SourceFile](), list[str]()
        for key in self._keys:
            project, readers = self._project(key), self._readers(key)
            for kind in self._kinds:
                mark = marks.get(f"{key}/{kind}")
                if mark is None:
                    raise CursorExpiredError("the settings name more projects or kinds than before")
                items, total = self._newest(project, kind, mark.newest)
                after[f"{key}/{kind}"] = mark.after(
                    [item.stamp for item in items], total, _digest(readers)
                )
                for item in items:
                    removed.append(f"{self._id(project, kind, item)}/")
                    if item.is_read:
                        files += self._files(project, kind, item, readers)
                    else:
                        removed.append(self._id(project, kind, item))
        following = _Marks(marks=after).model_dump_json()
        return SourceChanges(tuple(files), tuple(removed), following)

    def read(self, file: SourceFile) -> bytes:
        _, key, kind, number, *attachment = file.document_id.split("/", 5)
        if attachment:
            part = attachment[1].partition("/")[0]
            return self._client.download(f"api/v2/{kind}/{number}/{_ATTACHMENTS}/{part}")
        project = self._projects.get(key) or self._project(key)
        try:
            return self._page(project, kind, number, self._fetched.take(file.document_id))
        except NotFoundError as error:
            raise ParseError("cannot be read: it no longer exists") from error

    def _page(
        self, project: BacklogProject, kind: str, number: str, fetched: bytes | None
    ) -> bytes:
        """Return an item as a page; *fetched* is the item as JSON, if a listing brought it."""
        if kind == "wiki":
            return self._client.get(f"api/v2/wikis/{number}", BacklogWiki).page(project)
        if kind == "documents":
            document = _parsed(BacklogDocument, fetched)
            path = f"api/v2/documents/{number}"
            return (document or self._client.get(path, BacklogDocument)).page(project)
        path = f"api/v2/issues/{number}"
        issue = _parsed(BacklogIssue, fetched) or self._client.get(path, BacklogIssue)
        return issue.page(project, self._comments(path))

    def _comments(self, issue: str) -> list[BacklogComment]:
        def fetch(newest: int) -> tuple[list[BacklogComment], int | None]:
            parameters: Parameters = {"count": _PAGE, "order": "asc"}
            if newest:
                parameters = {**parameters, "minId": newest}
            page = self._client.get(f"{issue}/comments", BacklogComments, parameters).root
            return page, page[-1].id if len(page) == _PAGE else None

        pages = linked_pages(self.name, 0, fetch, lambda page: (comment.id for comment in page))
        found = {comment.id: comment for page in pages for comment in page}
        return [found[number] for number in sorted(found)]

    def _project(self, key: str) -> BacklogProject:
        project = self._client.get(f"api/v2/projects/{key}", BacklogProject)
        self._projects[key] = project
        return project

    def _readers(self, key: str) -> SourceReaders:
        """Return the members of a project; one whose address is not told may not read."""
        members = self._client.get(f"api/v2/projects/{key}/users", BacklogMembers).root
        return frozenset({frozenset(person(member.mail) for member in members if member.mail)})

    def _all(self, project: BacklogProject, kind: BacklogKind) -> Iterator[BacklogItem]:
        if kind == "wiki":
            parameters: Parameters = {"projectIdOrKey": project.key}
            yield from self._client.get("api/v2/wikis", BacklogWikis, parameters).root
            return

        def fetch(offset: int, count: int) -> Sequence[BacklogItem]:
            return self._listed(project, kind, "created", "asc", offset, count)

        yield from pages_by_offset(self.name, fetch, lambda item: item.id, _PAGE)

    def _newest(
        self, project: BacklogProject, kind: BacklogKind, since: dt.datetime | None
    ) -> tuple[list[BacklogItem], int]:
        """Return what changed *since* then, or last of all, and how many there are."""
        if kind != "issues":
            listed = list(self._all(project, kind))
            newest_first = sorted(listed, key=lambda item: item.changed, reverse=True)
            found = changed_since([newest_first], lambda item: item.changed, since)
            return found, len(listed)
        parameters: Parameters = {"projectId[]": project.id}
        total = self._client.get("api/v2/issues/count", BacklogCount, parameters).count

        def fetch(offset: int) -> tuple[Sequence[BacklogItem], int | None]:
            page = self._listed(project, kind, "updated", "desc", offset, _PAGE)
            return page, offset + _PAGE if len(page) == _PAGE else None

        pages = linked_pages(self.name, 0, fetch, lambda page: (item.id for item in page))
        found = changed_since(pages, lambda item: item.changed, since)
        return list({item.id: item for item in found}.values()), total

    def _listed(
        self,
        project: BacklogProject,
        kind: BacklogKind,
        sort: str,
        order: str,
        offset: int,
        count: int,
    ) -> Sequence[BacklogItem]:
        parameters: Parameters = {
            "projectId[]": project.id,
            "sort": sort,
            "order": order,
            "offset": offset,
            "count": count,
        }
        if kind == "issues":
            return self._client.get("api/v2/issues", BacklogIssues, parameters).root
        return self._client.get("api/v2/documents", BacklogDocuments, parameters).root

    def _id(self, project: BacklogProject, kind: BacklogKind, item: BacklogItem) -> str:
        return f"{self.name}/{project.key}/{kind}/{item.id}"

    def _files(
        self, project: BacklogProject, kind: BacklogKind, item: BacklogItem, readers: SourceReaders
    ) -> Iterator[SourceFile]:
        """Yield the file of an item, and those of what is attached to it."""
        document_id = self._id(project, kind, item)
        if kind != "wiki":
            self._fetched.put(document_id, item.model_dump_json(by_alias=True).encode())
        page = SourceFile(
            document_id=document_id,
            name=f"{project.key}/{kind}/{item.id}.md",
            url=f"{self._site}/{item.address.replace('{project}', project.key)}",
            version=f"{item.changed.isoformat()} {project.rule} {item.title}",
            date=item.changed.date(),
            passed_over=self._exclusion.reason(item.title),
            readers=readers,
            rendered=True,
        )
        yield page
        for file in item.attachments if kind != "wiki" else ():
            name = file.name.replace("/", "_")
            yield SourceFile(
                document_id=f"{document_id}/{_ATTACHMENTS}/{file.id}/{name}",
                name=f"{project.key}/{kind}/{item.id}/{name}",
                url=page.url,
                version=f"{file.id} {file.size}",
                date=page.date,
                passed_over=page.passed_over or self._exclusion.reason(file.name),
                readers=readers,
            )


def _parsed(model: type[Item], fetched: bytes | None) -> Item | None:
    return model.model_validate_json(fetched) if fetched else None


def _digest(readers: SourceReaders) -> str:
    """Return what differs when the readers do."""
    names = sorted(name for names in readers for name in names)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def open_source(settings: BacklogSettings, secrets: Secrets) -> BacklogSource:
    """Return the projects that *settings* describe."""
    key = secrets(settings.token)
    return BacklogSource(
        settings, HttpClient(settings.name, settings.site, {}, secrets={"apiKey": key})
    )
