"""Issues and discussions of a repository on GitHub."""

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from knowledge.model.errors import CursorExpiredError, ParseError, SourceError
from knowledge.model.source_settings import GithubSettings
from knowledge.sync.http_client import HttpClient
from knowledge.sync.source import Secrets, SourceChanges, SourceFile
from knowledge.sync.sources.days import is_trusted, utc_day
from knowledge.sync.sources.github_queries import (
    LIST,
    MANY,
    MORE,
    ONE,
    CommentsPage,
    GithubComment,
    GithubComments,
    GithubListing,
    GithubReply,
    GithubThread,
    ThreadKind,
    ThreadState,
)
from knowledge.sync.sources.threads import Thread, ThreadComment, markdown

TRUST = dt.timedelta(days=7)
"""How long changes are taken on trust before a complete listing."""

_OVERLAP = dt.timedelta(minutes=5)
"""Copies of GitHub's database may be this late."""

_AT_ONCE: Mapping[ThreadKind, int] = {"issues": 20, "discussions": 5}
"""Threads that are read with one call; GitHub ends calls that take longer than ten seconds."""

_MOST_PAGES = 100
_MOST_WAITING = 200
_REFUSED = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES", "NOT_FOUND"})
_USED_UP = frozenset({"RATE_LIMIT", "RATE_LIMITED"})
"""GitHub has said the second of these for years, and now says the first."""

Data = TypeVar("Data", bound=BaseModel)


class _Mark(BaseModel):
    """What was there at some moment: how many threads, the highest number, the last change."""

    count: int = 0
    last: int = 0
    since: str = ""


class _GithubCursor(BaseModel):
    """Where changes begin; `listed` is the day of the last complete listing."""

    listed: dt.date
    marks: dict[ThreadKind, _Mark]


class GithubSource:
    """Issues and discussions with their comments; no pull requests.

    Changes are asked for by the time of the last change, one call for each kind if there are none.
    GitHub tells no deletions. They show in the count: with as many threads as before plus those of
    a higher number, none is gone; else, and once a week, all are listed, a hundred a call. Bots'
    comments and those that were hidden are left out.

    GitHub tells who may read a repository by account and not by e-mail address: the source's
    audience applies.

    Args:
        settings: The `[[sources]]` table.
        client: Sends the questions.
    """

    def __init__(self, settings: GithubSettings, client: HttpClient) -> None:
        self.name = settings.name
        self._settings, self._client = settings, client
        self._kinds: list[ThreadKind] = list(dict.fromkeys(settings.include))
        self._listed: dict[ThreadKind, list[int]] = {}
        self._waiting = OrderedDict[tuple[ThreadKind, int], GithubThread | None]()
        self._reading = threading.Lock()

    def cursor(self) -> str:
        marks = {kind: _mark(self._page(kind, "CREATED_AT", "ASC", None)) for kind in self._kinds}
        return _GithubCursor(listed=utc_day(), marks=marks).model_dump_json()

    def files(self) -> Iterator[SourceFile]:
        """List all threads.

        Raises:
            SourceError: when GitHub refuses, throttles, or cannot be reached.
        """
        self._waiting.clear()
        for kind in self._kinds:
            listed = list(self._threads(kind))
            self._listed[kind] = [thread.number for thread in listed]
            yield from (self._file(kind, thread) for thread in listed)

    def changes(self, cursor: str) -> SourceChanges:
        """Return the threads that changed since *cursor*.

        Raises:
            CursorExpiredError: when a thread was deleted or moved to another repository, or the
                last complete listing is a week old.
            SourceError: as `files`.
        """
        try:
            before = _GithubCursor.model_validate_json(cursor)
        except ValidationError:
            raise CursorExpiredError(f"source {self.name!r}: its cursor is unknown") from None
        if before.marks.keys() != set(self._kinds) or not is_trusted(before.listed, TRUST):
            raise CursorExpiredError(f"source {self.name!r}: its complete listing is too old")
        self._waiting.clear()
        files, marks = list[SourceFile](), dict[ThreadKind, _Mark]()
        for kind in self._kinds:
            marks[kind], changed = self._changed(kind, before.marks[kind])
            self._listed[kind] = [thread.number for thread in changed]
            files += (self._file(kind, thread) for thread in changed)
        after = _GithubCursor(listed=before.listed, marks=marks)
        return SourceChanges(tuple(files), (), after.model_dump_json())

    def read(self, file: SourceFile) -> bytes:
        kind, number = _place(file.document_id.removeprefix(f"{self.name}/"))
        with self._reading:
            if (kind, number) not in self._waiting:
                self._fetch(kind, number)
            thread = self._waiting.pop((kind, number))
        if thread is None:
            raise ParseError("cannot be read: it no longer exists")
        return markdown(self._rendered(kind, number, thread))

    def _threads(self, kind: ThreadKind) -> Iterator[ThreadState]:
        """Yield all threads, in the order of their creation."""
        after: str | None = None
        while True:
            page = self._page(kind, "CREATED_AT", "ASC", after).page
            yield from page.nodes
            if not page.page_info.has_next_page:
                return
            after = self._next(after, page.page_info.end_cursor)

    def _changed(self, kind: ThreadKind, before: _Mark) -> tuple[_Mark, list[ThreadState]]:
        """Return what is there now, and the threads that changed since *before*."""
        start = _earlier(before.since)
        listing = self._page(kind, "UPDATED_AT", "DESC", None)
        mark, changed, page = _mark(listing), dict[int, ThreadState](), listing.page
        after: str | None = None
        while True:
            recent = [thread for thread in page.nodes if thread.updated_at >= start]
            changed |= {thread.number: thread for thread in recent}
            if len(recent) < len(page.nodes) or not page.page_info.has_next_page:
                break
            after = self._next(after, page.page_info.end_cursor)
            page = self._page(kind, "UPDATED_AT", "DESC", after).page
        new = sum(number > before.last for number in changed)
        if mark.count != before.count + new:
            raise CursorExpiredError(f"source {self.name!r}: {kind} were deleted or moved")
        return mark, list(changed.values())

    def _next(self, after: str | None, end: str | None) -> str:
        if end is None or end == after:
            raise SourceError(f"source {self.name!r}: GitHub's list has no end")
        return end

    def _page(
        self, kind: ThreadKind, order: str, direction: str, after: str | None
    ) -> GithubListing:
        query = LIST.replace("KIND", kind).replace("ORDER", order)
        found = self._ask(query, self._repository | {"after": after, "direction": direction})
        return self._checked(found.get("repository"), GithubListing)

    def _fetch(self, kind: ThreadKind, number: int) -> None:
        """Fetch the thread *number* and those that are listed after it."""
        listed = self._listed.get(kind, [])
        start = listed.index(number) if number in listed else len(listed)
        numbers = [number, *listed[start + 1 : start + _AT_ONCE[kind]]]
        threads = "".join(ONE[kind].replace("{number}", str(one)) for one in numbers)
        found = self._ask(MANY.replace("THREADS", threads), self._repository, may_lack=True)
        repository = found.get("repository")
        for one in numbers:
            data = repository.get(f"t{one}") if isinstance(repository, dict) else None
            self._waiting[kind, one] = self._checked(data, GithubThread) if data else None
        while len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)

    def _rendered(self, kind: ThreadKind, number: int, thread: GithubThread) -> Thread:
        state = thread.state.lower() or ("closed" if thread.closed else "open")
        labels = [label.name for label in thread.labels.nodes] if thread.labels else []
        category = thread.category.name if thread.category else ""
        described = GithubComment(
            id=thread.id,
            body=thread.body,
            createdAt=thread.created_at,
            isMinimized=False,
            author=None,
        ).model_copy(update={"author": thread.author})
        comments = [_comment(described)]
        for comment in self._comments(kind, thread.id, thread.comments):
            comments += [_comment(comment)] if _is_shown(comment) else []
            for reply in self._comments("replies", comment.id, comment.replies):
                comments += [_comment(reply)] if _is_shown(reply) else []
        facts = [f"{kind.title()[:-1]} #{number}", state, category, ", ".join(labels)]
        return Thread(thread.title, facts, comments)

    def _comments(
        self, kind: str, parent: str, first: GithubComments | None
    ) -> Iterator[GithubComment]:
        """Yield all comments of *parent*, whose first page is known."""
        page, after = first, None
        for _ in range(_MOST_PAGES):
            if page is None:
                return
            yield from page.nodes
            if not page.page_info.has_next_page:
                return
            after = self._next(after, page.page_info.end_cursor)
            found = self._ask(MORE[kind], {"id": parent, "after": after})
            page = self._checked(found.get("node"), CommentsPage).page
        raise ParseError(f"has more than {_MOST_PAGES} pages of comments")

    @property
    def _repository(self) -> dict[str, str | None]:
        owner, _, name = self._settings.repository.partition("/")
        return {"owner": owner, "name": name}

    def _ask(
        self, query: str, variables: Mapping[str, str | None], *, may_lack: bool = False
    ) -> dict[str, object]:
        """Return the data of the reply to *query*.

        Args:
            query: A question in GraphQL.
            variables: Its variables.
            may_lack: Whether things below the repository may be gone.

        Raises:
            SourceError: when the reply has other errors.
        """
        # GitHub Enterprise Server has .../api/v3 beside .../api/graphql.
        address = f"{self._settings.site.removesuffix('/v3')}/graphql"
        body = {"query": query, "variables": dict(variables)}
        reply = self._client.post(address, GithubReply, body)
        is_gone = may_lack and all(
            error.type == "NOT_FOUND" and len(error.path) > 1 for error in reply.errors
        )
        if reply.errors and not is_gone:
            raise self._error([error.type for error in reply.errors])
        return reply.data or {}

    def _error(self, types: Sequence[str]) -> SourceError:
        where = f"source {self.name!r}: {self._settings.repository} on GitHub"
        if _USED_UP.intersection(types):
            return SourceError(f"{where}: the token has no calls left this hour", "throttled", 3600)
        if _REFUSED.intersection(types):
            return SourceError(
                f"{where} cannot be read: check its name, and that the token may read issues and "
                "discussions",
                "refused",
            )
        return SourceError(f"{where}: GitHub could not answer")

    def _checked(self, data: object, model: type[Data]) -> Data:
        try:
            return model.model_validate(data)
        except ValidationError:
            raise SourceError(
                f"source {self.name!r}: GitHub gave a reply that cannot be read"
            ) from None

    def _file(self, kind: ThreadKind, thread: ThreadState) -> SourceFile:
        path = f"{kind}/{thread.number}.md"
        return SourceFile(
            document_id=f"{self.name}/{path}",
            name=path,
            url=thread.url,
            version=thread.updated_at,
            date=dt.date.fromisoformat(thread.updated_at[:10]),
            rendered=True,
        )


def _place(path: str) -> tuple[ThreadKind, int]:
    kind: ThreadKind = "issues" if path.startswith("issues/") else "discussions"
    return kind, int(PurePosixPath(path).stem)


def _mark(listing: GithubListing) -> _Mark:
    return _Mark(
        count=listing.all.total_count,
        last=max((thread.number for thread in listing.newest.nodes), default=0),
        since=max((thread.updated_at for thread in listing.latest.nodes), default=""),
    )


def _earlier(since: str) -> str:
    """Return a moment a little before *since*, in GitHub's form; "" for the beginning."""
    if not since:
        return ""
    return (dt.datetime.fromisoformat(since) - _OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_shown(comment: GithubComment) -> bool:
    return not comment.is_minimized and not (comment.author and comment.author.kind == "Bot")


def _comment(comment: GithubComment) -> ThreadComment:
    author = comment.author.login if comment.author else "ghost"
    answer = " ✓" if comment.is_answer else ""
    return ThreadComment(f"{author}{answer}", comment.created_at, comment.body)


def open_source(settings: GithubSettings, secrets: Secrets) -> GithubSource:
    """Return the repository's issues and discussions that *settings* describe."""
    headers = {"Authorization": f"Bearer {secrets(settings.token)}"}
    return GithubSource(settings, HttpClient(settings.name, settings.site, headers))
