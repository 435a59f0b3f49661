"""Posts of esa, by its API version 1: https://docs.esa.io/posts/102.

Posts that are work in progress, and those below `Archived`, are not read. The API tells posts that
changed, and how many there are, but not which are gone: see `FeedMark`. It tells no rights either:
all members of a team may read all of its posts.
"""

import datetime as dt
from collections.abc import Iterator

from pydantic import AwareDatetime, BaseModel

from knowledge.model.errors import ParseError, SourceError
from knowledge.model.source_settings import EsaSettings
from knowledge.sync.exclusion import Exclusion
from knowledge.sync.feed_mark import ChangeStamp, FeedMark, changed_since
from knowledge.sync.fetched_pages import FetchedPages
from knowledge.sync.http_client import HttpClient, NotFoundError, Parameters, WebAddress
from knowledge.sync.pages import linked_pages
from knowledge.sync.rendered_page import markdown_page
from knowledge.sync.source import Secrets, SourceChanges, SourceFile

_PAGE = 100
"""Most posts of one reply."""

_PATIENCE = 1_000.0
"""Seconds to wait for the next calls: esa limits them in a quarter of an hour.

A team whose listing takes more calls could not be listed otherwise; each sync would begin anew.
"""

_ARCHIVE = "Archived"


class EsaSource:
    """All posts of a team."""

    def __init__(self, settings: EsaSettings, client: HttpClient) -> None:
        self.name = settings.name
        self._client = client
        self._path = f"v1/teams/{settings.team}/posts"
        self._exclusion = Exclusion(settings.exclude)
        self._fetched = FetchedPages()

    def files(self) -> Iterator[SourceFile]:
        """List the posts, oldest first, a hundred with each call.

        Raises:
            SourceError: also when posts came or went meanwhile, so that one may be left out.
        """
        self._fetched.clear()
        listed, total = set[int](), 0
        for page in self._pages("number", "asc"):
            for post in page.posts:
                if post.number not in listed and post.is_read:
                    yield self._file(post)
                listed.add(post.number)
            total = page.total_count
        if len(listed) != total:
            raise SourceError(
                f"source {self.name!r}: posts were added or deleted while they were listed: the "
                "next sync lists them again"
            )

    def cursor(self) -> str:
        posts, total = self._changed(None)
        return FeedMark.of([post.stamp for post in posts], total).model_dump_json()

    def changes(self, cursor: str) -> SourceChanges:
        mark = FeedMark.model_validate_json(cursor)
        posts, total = self._changed(mark.newest)
        after = mark.after([post.stamp for post in posts], total)
        return SourceChanges(
            files=tuple(self._file(post) for post in posts if post.is_read),
            removed=tuple(self._id(post) for post in posts if not post.is_read),
            cursor=after.model_dump_json(),
        )

    def read(self, file: SourceFile) -> bytes:
        page = self._fetched.take(file.document_id)
        if page is not None:
            return page
        number = file.document_id.rpartition("/")[2]
        try:
            return _page(self._client.get(f"{self._path}/{number}", _Post))
        except NotFoundError as error:
            raise ParseError("cannot be read: it no longer exists") from error

    def _changed(self, since: dt.datetime | None) -> tuple[list["_Post"], int]:
        """Return the posts that changed *since* then, and how many there are."""
        total = 0

        def pages() -> Iterator[list[_Post]]:
            nonlocal total
            for page in self._pages("updated", "desc"):
                total = page.total_count
                yield page.posts

        found = changed_since(pages(), lambda post: post.updated_at, since)
        return list({post.number: post for post in found}.values()), total

    def _pages(self, sort: str, order: str) -> Iterator["_Posts"]:
        def fetch(number: int) -> tuple[_Posts, int | None]:
            page = self._posts(sort, order, number)
            return page, page.next_page and number + 1

        return linked_pages(self.name, 1, fetch, lambda page: (post.number for post in page.posts))

    def _posts(self, sort: str, order: str, page: int) -> "_Posts":
        parameters: Parameters = {"sort": sort, "order": order, "page": page, "per_page": _PAGE}
        return self._client.get(self._path, _Posts, parameters)

    def _id(self, post: "_Post") -> str:
        return f"{self.name}/{post.number}"

    def _file(self, post: "_Post") -> SourceFile:
        self._fetched.put(self._id(post), _page(post))
        return SourceFile(
            document_id=self._id(post),
            name=f"{post.number}.md",
            url=post.url,
            version=f"{post.revision_number} {post.updated_at.isoformat()} {post.full_name}",
            date=post.updated_at.date(),
            passed_over=self._exclusion.reason(post.category or "", post.name),
            rendered=True,
        )


class _Post(BaseModel):
    number: int
    name: str
    full_name: str = ""
    wip: bool
    body_md: str = ""
    created_at: AwareDatetime
    updated_at: AwareDatetime
    url: WebAddress
    category: str | None = None
    tags: list[str] = []
    revision_number: int = 0

    @property
    def stamp(self) -> ChangeStamp:
        return ChangeStamp(str(self.number), self.created_at, self.updated_at)

    @property
    def is_read(self) -> bool:
        return not self.wip and (self.category or "").split("/")[0] != _ARCHIVE


class _Posts(BaseModel):
    posts: list[_Post]
    next_page: int | None
    total_count: int


def _page(post: _Post) -> bytes:
    path = [*filter(None, (post.category or "").split("/")), *(f"#{tag}" for tag in post.tags)]
    return markdown_page(post.name, post.body_md, post.updated_at.date(), path)


def open_source(settings: EsaSettings, secrets: Secrets) -> EsaSource:
    """Return the team's posts that *settings* describe."""
    headers = {"Authorization": f"Bearer {secrets(settings.token)}"}
    client = HttpClient(settings.name, settings.site, headers, patience=_PATIENCE)
    return EsaSource(settings, client)
