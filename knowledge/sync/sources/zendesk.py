"""Articles of a help centre of Zendesk, in each of its languages, and solved tickets.

Articles are told newest first, and counted: see `FeedMark`. Drafts are not read, and archived
articles are not listed. Of the groups of users that may read an article, Zendesk tells conditions
and not people; only those that hold all agents are resolved. Others let nobody in.
https://developer.zendesk.com/api-reference/help_center/help-center-api/introduction/
"""

import base64
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TypeVar

from pydantic import BaseModel

from knowledge.model.errors import CursorExpiredError, ParseError
from knowledge.model.readers import person
from knowledge.model.source_settings import ZendeskSettings
from knowledge.model.types import SourceReaders
from knowledge.sync.exclusion import Exclusion
from knowledge.sync.feed_mark import FeedMark, changed_since
from knowledge.sync.fetched_pages import FetchedPages
from knowledge.sync.http_client import HttpClient, NotFoundError, Parameters
from knowledge.sync.pages import linked_pages
from knowledge.sync.rendered_page import html_page
from knowledge.sync.source import Secrets, SourceChanges, SourceFile
from knowledge.sync.sources.zendesk_replies import (
    ZendeskArticle,
    ZendeskArticleReply,
    ZendeskArticles,
    ZendeskAttachmentReply,
    ZendeskAttachments,
    ZendeskCategories,
    ZendeskLocales,
    ZendeskPage,
    ZendeskSections,
    ZendeskSegments,
    ZendeskUsers,
)
from knowledge.sync.sources.zendesk_tickets import ZendeskTicketFeed

_CENTRE = "api/v2/help_center"
_ATTACHMENTS = "attachments"

_NUMBERED = 100
"""Pages of a list by numbers; Zendesk refuses to turn to further ones
(developer.zendesk.com/documentation/api-basics/pagination/paginating-through-lists)."""

Page = TypeVar("Page", bound=ZendeskPage)


class _Marks(BaseModel):
    """How far articles are known, by language, and tickets."""

    articles: dict[str, FeedMark]
    tickets: str = ""


class ZendeskSource:
    """A help centre."""

    def __init__(self, settings: ZendeskSettings, client: HttpClient) -> None:
        self.name = settings.name
        self._client = client
        self._attachments = settings.attachments
        self._exclusion = Exclusion(settings.exclude)
        self._reads_tickets = settings.tickets
        self._tickets = ZendeskTicketFeed(settings.name, settings.site, client)
        self._paths = dict[str, dict[int, list[str]]]()
        self._fetched = FetchedPages()

    def files(self) -> Iterator[SourceFile]:
        self._fetched.clear()
        self._paths.clear()
        staff = self._staff()
        segments = self._segments(staff)
        for locale in self._locales():
            first = f"{_CENTRE}/{locale}/articles"
            for page in self._pages(first, ZendeskArticles, {"page[size]": 100}):
                for article in page.articles:
                    yield from self._files(article, segments)
        if self._reads_tickets:
            yield from self._tickets.files(frozenset({staff}))

    def cursor(self) -> str:
        readers, marks = self._digest(self._segments(self._staff())), {}
        for locale in self._locales():
            articles, total = self._changed(locale, None)
            marks[locale] = FeedMark.of([article.stamp for article in articles], total, readers)
        tickets = self._tickets.cursor() if self._reads_tickets else ""
        return _Marks(articles=marks, tickets=tickets).model_dump_json()

    def changes(self, cursor: str) -> SourceChanges:
        marks, staff = _Marks.model_validate_json(cursor), self._staff()
        segments, locales = self._segments(staff), self._locales()
        if set(locales) != marks.articles.keys() or bool(marks.tickets) != self._reads_tickets:
            raise CursorExpiredError("the languages or the settings changed")
        files, removed, after = list[SourceFile](), list[str](), {}
        for locale in locales:
            mark = marks.articles[locale]
            articles, total = self._changed(locale, mark.newest)
            after[locale] = mark.after(
                [article.stamp for article in articles], total, self._digest(segments)
            )
            for article in articles:
                removed += self._removed(article)
                files += self._files(article, segments)
        tickets = ""
        if self._reads_tickets:
            changed = self._tickets.changes(marks.tickets, frozenset({staff}))
            files += changed.files
            removed += changed.removed
            tickets = changed.cursor
        following = _Marks(articles=after, tickets=tickets).model_dump_json()
        return SourceChanges(tuple(files), tuple(removed), following)

    def read(self, file: SourceFile) -> bytes:
        _, kind, number, *rest = file.document_id.split("/", 4)
        try:
            if kind == "tickets":
                return self._tickets.read(number)
            if rest[0] == _ATTACHMENTS:
                return self._download(rest[1].partition("/")[0])
            page = self._fetched.take(file.document_id)
            return page if page is not None else self._fetch(number, rest[0])
        except NotFoundError as error:
            raise ParseError("cannot be read: it no longer exists") from error

    def _fetch(self, number: str, locale: str) -> bytes:
        path = f"{_CENTRE}/{locale}/articles/{number}"
        return self._page(self._client.get(path, ZendeskArticleReply).article)

    def _download(self, number: str) -> bytes:
        path = f"{_CENTRE}/articles/{_ATTACHMENTS}/{number}"
        found = self._client.get(path, ZendeskAttachmentReply).article_attachment
        return self._client.download(found.content_url)

    def _page(self, article: ZendeskArticle) -> bytes:
        path = self._path(article.locale).get(article.section_id or 0, [])
        return html_page(article.title, article.body or "", article.date, path)

    def _path(self, locale: str) -> dict[int, list[str]]:
        """Return the names of the category and the sections above articles, by section."""
        if locale not in self._paths:
            centre, size = f"{_CENTRE}/{locale}", {"page[size]": 100}
            pages = self._pages(f"{centre}/categories", ZendeskCategories, size)
            names = {one.id: one.name for page in pages for one in page.categories}
            listed = self._pages(f"{centre}/sections", ZendeskSections, size)
            sections = {one.id: one for page in listed for one in page.sections}
            found = dict[int, list[str]]()
            for number, section in sections.items():
                above, path = sections.get(section.parent_section_id or 0), [section.name]
                while above and len(path) < len(sections):
                    path.insert(0, above.name)
                    above = sections.get(above.parent_section_id or 0)
                found[number] = [*filter(None, [names.get(section.category_id)]), *path]
            self._paths[locale] = found
        return self._paths[locale]

    def _locales(self) -> list[str]:
        return self._client.get(f"{_CENTRE}/locales", ZendeskLocales).locales

    def _staff(self) -> frozenset[str]:
        """Return the names of all agents and administrators."""
        roles: Parameters = {"role[]": ["agent", "admin"], "page[size]": 100}
        pages = self._pages("api/v2/users", ZendeskUsers, roles)
        people = [user for page in pages for user in page.users if not user.suspended]
        return frozenset(person(user.email) for user in people if user.email)

    def _segments(self, staff: frozenset[str]) -> Mapping[int, frozenset[str]]:
        """Return who is known to be in each group of users."""
        size = {"page[size]": 100}
        pages = self._pages(f"{_CENTRE}/user_segments", ZendeskSegments, size)
        return {
            segment.id: staff if segment.is_all_staff else frozenset()
            for page in pages
            for segment in page.user_segments
        }

    @staticmethod
    def _digest(segments: Mapping[int, frozenset[str]]) -> str:
        """Return what differs when a group of users does."""
        stated = repr(sorted((number, sorted(names)) for number, names in segments.items()))
        return hashlib.sha256(stated.encode()).hexdigest()

    def _changed(self, locale: str, since: dt.datetime | None) -> tuple[list[ZendeskArticle], int]:
        """Return the articles that changed *since* then, or last, and how many there are.

        Raises:
            CursorExpiredError: when more have changed than Zendesk tells in this order.
        """
        order: Parameters = {"sort_by": "updated_at", "sort_order": "desc", "per_page": 100}
        total = 0

        def pages() -> Iterator[list[ZendeskArticle]]:
            nonlocal total
            listed = self._pages(f"{_CENTRE}/{locale}/articles", ZendeskArticles, order)
            for page in islice(listed, _NUMBERED):
                total = page.count or 0
                yield page.articles
            if page.following:
                raise CursorExpiredError("more articles changed than are told one by one")

        found = changed_since(pages(), lambda article: article.updated_at, since)
        return list({article.id: article for article in found}.values()), total

    def _pages(self, first: str, reply: type[Page], parameters: Parameters) -> Iterator[Page]:
        def fetch(link: str) -> tuple[Page, str | None]:
            page = self._client.get(link, reply, parameters if link == first else None)
            return page, page.following

        return linked_pages(self.name, first, fetch, lambda page: [page.following])

    def _id(self, article: ZendeskArticle) -> str:
        return f"{self.name}/articles/{article.id}/{article.locale}"

    def _attached(self, article: ZendeskArticle) -> str:
        return f"{self.name}/articles/{article.id}/{_ATTACHMENTS}/"

    def _removed(self, article: ZendeskArticle) -> Iterator[str]:
        """Yield what may be gone after a change of an article."""
        if article.draft:
            yield self._id(article)
        if self._attachments and article.locale == article.source_locale:
            yield self._attached(article)

    def _files(
        self, article: ZendeskArticle, segments: Mapping[int, frozenset[str]]
    ) -> Iterator[SourceFile]:
        """Yield the file of an article, and of what is attached to it."""
        if article.draft:
            return
        self._fetched.put(self._id(article), self._page(article))
        found = SourceFile(
            document_id=self._id(article),
            name=f"articles/{article.id}/{article.locale}.html",
            url=article.html_url,
            version=f"{article.updated_at.isoformat()} {article.edited_at} {article.section_id}",
            date=article.date,
            passed_over=self._exclusion.reason(
                *self._path(article.locale).get(article.section_id or 0, []), article.title
            ),
            readers=_readers(article, segments),
            rendered=True,
        )
        yield found
        if self._attachments and article.locale == article.source_locale:
            yield from self._attached_files(article, found)

    def _attached_files(self, article: ZendeskArticle, found: SourceFile) -> Iterator[SourceFile]:
        first = f"{_CENTRE}/articles/{article.id}/{_ATTACHMENTS}"
        for page in self._pages(first, ZendeskAttachments, {"page[size]": 100}):
            for file in page.article_attachments:
                if not file.inline:
                    name = file.file_name.replace("/", "_")
                    yield SourceFile(
                        document_id=f"{self._attached(article)}{file.id}/{name}",
                        name=f"articles/{article.id}/{name}",
                        url=found.url,
                        version=f"{file.updated_at.isoformat()} {file.size}",
                        date=file.updated_at.date(),
                        passed_over=found.passed_over or self._exclusion.reason(name),
                        readers=found.readers,
                    )


def _readers(article: ZendeskArticle, segments: Mapping[int, frozenset[str]]) -> SourceReaders:
    """Return who may read an article: a member of any of its groups, else everybody."""
    if not article.segments:
        return frozenset()
    known = (segments.get(number, frozenset()) for number in article.segments)
    return frozenset({frozenset(name for names in known for name in names)})


def open_source(settings: ZendeskSettings, secrets: Secrets) -> ZendeskSource:
    """Return the help centre that *settings* describe."""
    login = f"{settings.user}/token:{secrets(settings.token)}"
    headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
    return ZendeskSource(settings, HttpClient(settings.name, settings.site, headers))
