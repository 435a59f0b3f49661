"""Issues of a project on GitLab."""

import datetime as dt
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator, AwareDatetime, BaseModel, RootModel, ValidationError

from knowledge.model.errors import CursorExpiredError, ParseError, SourceError
from knowledge.model.source_settings import GitlabSettings
from knowledge.sync.http_client import HttpClient, NotFoundError, Parameters
from knowledge.sync.source import Secrets, SourceChanges, SourceFile
from knowledge.sync.sources.days import is_trusted, utc_day
from knowledge.sync.sources.threads import Thread, ThreadComment, markdown

TRUST = dt.timedelta(days=7)
"""How long changes are taken on trust before a complete listing."""

_OVERLAP = dt.timedelta(minutes=5)
"""Copies of GitLab's database may be this late."""

_PAGE = 100
_MOST_PAGES = 100

_Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(dt.UTC))]


class _Author(BaseModel):
    username: str = "ghost"


class GitlabIssue(BaseModel):
    """An issue, as https://docs.gitlab.com/api/issues describes it."""

    iid: int
    title: str
    description: str | None = None
    state: str
    labels: list[str] = []
    confidential: bool
    created_at: _Moment
    updated_at: _Moment
    user_notes_count: int = 0
    author: _Author | None = None
    web_url: str


class _Note(BaseModel):
    body: str
    system: bool
    internal: bool = False
    confidential: bool | None = None
    created_at: _Moment
    author: _Author | None = None


class _Counts(BaseModel):
    all: int


class _OfStatistics(BaseModel):
    counts: _Counts


class _Statistics(BaseModel):
    statistics: _OfStatistics


class _GitlabCursor(BaseModel):
    """Where changes begin.

    Attributes:
        listed: Day of the last complete listing.
        count: How many issues there were that are not confidential.
        last: The highest number of an issue.
        since: The last change.
    """

    listed: dt.date
    count: int
    last: int
    since: _Moment


class GitlabSource:
    """Issues with their comments.

    Confidential issues and internal comments are for some members of the project only, and are left
    out. Changes are asked for by the time of the last change: two calls if there are none. GitLab
    tells no deletions. They show in the count: with as many issues as before plus those of a higher
    number, none is gone; else, and once a week, all are listed, a hundred a call.

    GitLab shows e-mail addresses of members to administrators only: the source's audience applies.

    Args:
        settings: The `[[sources]]` table.
        client: Asks the interface.
    """

    def __init__(self, settings: GitlabSettings, client: HttpClient) -> None:
        self.name = settings.name
        self._settings, self._client = settings, client
        self._path = f"api/v4/projects/{quote(settings.project, safe='')}"

    def cursor(self) -> str:
        count = self._count()
        latest = self._issues(order_by="updated_at", sort="desc")
        newest = self._issues(order_by="created_at", sort="desc", per_page=1)
        return _GitlabCursor(
            listed=utc_day(),
            count=count,
            last=max((issue.iid for issue in (*latest, *newest)), default=0),
            since=max((issue.updated_at for issue in latest), default=_BEGINNING),
        ).model_dump_json()

    def files(self) -> Iterator[SourceFile]:
        """List all issues that are not confidential, in the order of their creation.

        Raises:
            SourceError: when GitLab refuses, throttles, or cannot be reached.
        """
        for issue in self._all("created", _BEGINNING):
            if not issue.confidential:
                yield self._file(issue)

    def changes(self, cursor: str) -> SourceChanges:
        """Return the issues that changed since *cursor*; removed are those now confidential.

        Raises:
            CursorExpiredError: when an issue was deleted, moved or made confidential, or the last
                complete listing is a week old.
            SourceError: as `files`.
        """
        try:
            before = _GitlabCursor.model_validate_json(cursor)
        except ValidationError:
            raise CursorExpiredError(f"source {self.name!r}: its cursor is unknown") from None
        if not is_trusted(before.listed, TRUST):
            raise CursorExpiredError(f"source {self.name!r}: its complete listing is too old")
        count = self._count()
        changed = list(self._all("updated", before.since - _OVERLAP))
        new = sum(issue.iid > before.last and not issue.confidential for issue in changed)
        if count != before.count + new:
            raise CursorExpiredError(f"source {self.name!r}: issues were deleted, moved or hidden")
        after = before.model_copy(
            update={
                "count": count,
                "last": max((before.last, *(issue.iid for issue in changed))),
                "since": max((before.since, *(issue.updated_at for issue in changed))),
            }
        )
        files = tuple(self._file(issue) for issue in changed if not issue.confidential)
        removed = tuple(self._file(issue).document_id for issue in changed if issue.confidential)
        return SourceChanges(files, removed, after.model_dump_json())

    def read(self, file: SourceFile) -> bytes:
        number = int(PurePosixPath(file.document_id).stem)
        try:
            issue = self._client.get(f"{self._path}/issues/{number}", GitlabIssue)
            notes = list(self._notes(issue)) if issue.user_notes_count else []
        except NotFoundError as error:
            raise ParseError("cannot be read: it no longer exists") from error
        if issue.confidential:
            raise ParseError("cannot be read: it is confidential now")
        said = [_comment(issue.author, issue.created_at, issue.description or "")]
        said += [_comment(note.author, note.created_at, note.body) for note in notes]
        facts = [f"Issue #{number}", issue.state, ", ".join(issue.labels)]
        return markdown(Thread(issue.title, facts, said))

    def _all(self, order: str, start: dt.datetime) -> Iterator[GitlabIssue]:
        """Yield the issues that were *order* (`created` or `updated`) at *start* or later.

        Each call asks for what follows the last issue, so that none is lost when another one is
        deleted or changed meanwhile. Only issues of one moment are counted through by pages.
        """
        seen, page = set[tuple[int, dt.datetime]](), 1
        while True:
            found = self._issues(
                order_by=f"{order}_at", sort="asc", page=page, **{f"{order}_after": _text(start)}
            )
            new = [issue for issue in found if (issue.iid, issue.updated_at) not in seen]
            seen |= {(issue.iid, issue.updated_at) for issue in new}
            yield from new
            if len(found) < _PAGE:
                return
            end: dt.datetime = getattr(found[-1], f"{order}_at")
            if end < start:
                raise SourceError(f"source {self.name!r}: GitLab's list is not in order")
            start, page = end, page + 1 if end == start else 1

    def _issues(self, **parameters: str | int) -> list[GitlabIssue]:
        wanted: Parameters = {"scope": "all", "state": "all", "per_page": _PAGE, **parameters}
        return self._client.get(f"{self._path}/issues", _IssueList, wanted).root

    def _count(self) -> int:
        wanted = {"scope": "all", "confidential": "false"}
        found = self._client.get(f"{self._path}/issues_statistics", _Statistics, wanted)
        return found.statistics.counts.all

    def _notes(self, issue: GitlabIssue) -> Iterator[_Note]:
        path = f"{self._path}/issues/{issue.iid}/notes"
        for page in range(1, _MOST_PAGES + 1):
            wanted: Parameters = {
                "order_by": "created_at",
                "sort": "asc",
                "per_page": _PAGE,
                "page": page,
            }
            found = self._client.get(path, _NoteList, wanted).root
            for note in found:
                if not (note.system or note.internal or note.confidential):
                    yield note
            if len(found) < _PAGE:
                return
        raise ParseError(f"has more than {_MOST_PAGES * _PAGE} comments")

    def _file(self, issue: GitlabIssue) -> SourceFile:
        path = f"issues/{issue.iid}.md"
        return SourceFile(
            document_id=f"{self.name}/{path}",
            name=path,
            url=issue.web_url,
            version=_text(issue.updated_at),
            date=issue.updated_at.date(),
            rendered=True,
        )


class _IssueList(RootModel[list[GitlabIssue]]):
    pass


class _NoteList(RootModel[list[_Note]]):
    pass


_BEGINNING = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _comment(author: _Author | None, moment: dt.datetime, text: str) -> ThreadComment:
    return ThreadComment(author.username if author else "ghost", moment.isoformat(), text)


def _text(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def open_source(settings: GitlabSettings, secrets: Secrets) -> GitlabSource:
    """Return the project's issues that *settings* describe."""
    headers = {"PRIVATE-TOKEN": secrets(settings.token)}
    return GitlabSource(settings, HttpClient(settings.name, settings.site, headers))
