"""A double of Zendesk's API, with the fields of https://developer.zendesk.com/api-reference/."""

import base64
import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.support.vendor_server import TOKEN, VendorError, VendorRequest

BEGIN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
STAFF, CUSTOMERS, GROUP = 71, 72, 73
MOST_NUMBERED_PAGES = 100


def segment(number: int, user_type: str, *groups: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": user_type,
        "user_type": user_type,
        "built_in": not groups,
        "group_ids": list(groups),
        "organization_ids": [],
        "tags": [],
        "or_tags": [],
        "added_user_ids": [],
    }


@dataclass
class ZendeskDouble:
    """A help centre in two languages: articles by language and id; tickets; people.

    Attributes:
        exported: The tickets in the order of their changes, as the export tells them.
        most: The largest page that is answered, below what is asked for.
    """

    articles: dict[str, dict[int, dict[str, Any]]] = field(
        default_factory=lambda: {"en-us": {}, "ja": {}}
    )
    segments: list[dict[str, Any]] = field(
        default_factory=lambda: [
            segment(STAFF, "staff"),
            segment(CUSTOMERS, "signed_in_users"),
            segment(GROUP, "staff", 5),
        ]
    )
    users: list[dict[str, Any]] = field(default_factory=list)
    attachments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    exported: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    most: int = 100
    _last: int = 0

    def add(self, locale: str, title: str, body: str, number: int = 0, **fields: Any) -> int:
        """Write an article, or the translation of one."""
        self._last += 1
        number, now = number or self._last, self._now()
        source = next((one for one in self.articles if number in self.articles[one]), locale)
        self.articles[locale][number] = {
            "id": number,
            "title": title,
            "body": body,
            "html_url": f"https://acme.example/hc/{locale}/articles/{number}",
            "locale": locale,
            "source_locale": source,
            "draft": False,
            "section_id": 31,
            "created_at": now,
            "updated_at": now,
            "edited_at": now,
            "user_segment_id": None,
            "user_segment_ids": [],
            "permission_group_id": 1,
            "label_names": [],
            **fields,
        }
        return number

    def edit(self, number: int, locale: str = "", **fields: Any) -> None:
        """Change an article, in one language or in all."""
        self._last += 1
        for one, articles in self.articles.items():
            if number in articles:
                articles[number]["updated_at"] = self._now()
                if one == (locale or one):
                    articles[number] |= fields

    def attach(self, number: int, name: str, content: bytes, *, inline: bool = False) -> None:
        self._last += 1
        path = f"/hc/article_attachments/{self._last}"
        self.files[path] = content
        self.attachments.setdefault(number, []).append(
            {
                "id": self._last,
                "article_id": number,
                "file_name": name,
                "content_type": "text/plain",
                "content_url": path,
                "inline": inline,
                "size": len(content),
                "created_at": self._now(),
                "updated_at": self._now(),
            }
        )

    def ticket(self, subject: str, status: str, *comments: tuple[int, str, bool]) -> int:
        """Write a ticket with comments: their author, their text, whether they are public."""
        self._last += 1
        number = self._last
        self.comments[number] = [
            {
                "id": 1000 * number + place,
                "author_id": author,
                "plain_body": text,
                "body": text,
                "public": public,
                "created_at": self._now(),
            }
            for place, (author, text, public) in enumerate(comments)
        ]
        self.tickets[number] = {"id": number, "subject": subject, "via": {"channel": "web"}}
        self.put(number, status)
        return number

    def put(self, number: int, status: str) -> None:
        """Give a ticket this status."""
        self._last += 1
        self.tickets[number] |= {"status": status, "updated_at": self._now()}
        self.exported.append(dict(self.tickets[number]))

    def _now(self) -> str:
        return (BEGIN + dt.timedelta(minutes=self._last)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def __call__(self, request: VendorRequest) -> Any:
        login = base64.b64encode(f"bot@example.com/token:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {login}":
            raise VendorError(401)
        if request.path in self.files:
            return self.files[request.path]
        path = request.path.removeprefix("/api/v2/").split("/")
        if path[0] == "help_center":
            return self._help_center(request, path[1:])
        if path == ["users"]:
            assert request.several["role[]"] == ["agent", "admin"]
            return self._paged(request, "users", self.users)
        if path == ["incremental", "tickets", "cursor"]:
            return self._export(request.parameters)
        number = int(path[1])
        if number not in self.tickets:
            raise VendorError(404)
        if path[2:] == ["comments"]:
            assert request.parameters["include"] == "users"
            people = [{"id": 1, "name": "田中"}, {"id": 2, "name": "Ms Agent"}]
            page = self._paged(request, "comments", self.comments[number])
            return {**page, "users": people}
        return {"ticket": self.tickets[number]}

    def _help_center(self, request: VendorRequest, path: list[str]) -> Any:
        match path:
            case ["locales"]:
                return {"locales": list(self.articles), "default_locale": "en-us"}
            case ["user_segments"]:
                return self._paged(request, "user_segments", self.segments)
            case ["articles", "attachments", number]:
                every = (one for files in self.attachments.values() for one in files)
                found = next((one for one in every if one["id"] == int(number)), None)
                return {"article_attachment": self._at(request, found)}
            case ["articles", number, "attachments"]:
                files = [self._at(request, one) for one in self.attachments.get(int(number), [])]
                return self._paged(request, "article_attachments", files)
            case [locale, "categories"]:
                name = {"ja": "使い方", "en-us": "How to"}[locale]
                return self._paged(request, "categories", [{"id": 21, "name": name}])
            case [locale, "sections"]:
                name = {"ja": "入門", "en-us": "Basics"}[locale]
                below = {"parent_section_id": None, "category_id": 21}
                return self._paged(request, "sections", [{"id": 31, "name": name, **below}])
        return self._articles(request, path)

    def _articles(self, request: VendorRequest, path: list[str]) -> Any:
        articles = self.articles[path[0]]
        if path[2:]:
            if int(path[2]) not in articles:
                raise VendorError(404)
            return {"article": articles[int(path[2])]}
        if "sort_by" not in request.parameters:
            return self._paged(request, "articles", list(articles.values()))
        assert request.parameters["sort_by"] == "updated_at"
        newest = sorted(articles.values(), key=lambda one: str(one["updated_at"]), reverse=True)
        page, size = int(request.parameters.get("page", 1)), int(request.parameters["per_page"])
        if page > MOST_NUMBERED_PAGES:
            raise VendorError(400)
        begin, end = (page - 1) * size, page * size
        query = urlencode({**request.parameters, "page": page + 1})
        following = f"http://{request.headers['host']}{request.path}?{query}"
        return {
            "articles": newest[begin:end],
            "count": len(newest),
            "next_page": following if end < len(newest) else None,
            "page": page,
            "page_count": -(-len(newest) // size),
            "per_page": size,
        }

    def _paged(self, request: VendorRequest, name: str, items: list[Any]) -> dict[str, Any]:
        """Return a page by a cursor."""
        size = min(int(request.parameters["page[size]"]), self.most)
        assert size <= 100
        begin = int(request.parameters.get("page[after]", 0))
        end = begin + size
        query = urlencode({**request.several, "page[after]": end}, doseq=True)
        more = end < len(items)
        following = f"http://{request.headers['host']}{request.path}?{query}" if more else None
        return {
            name: items[begin:end],
            "meta": {"has_more": more, "after_cursor": str(end), "before_cursor": None},
            "links": {"next": following, "prev": None},
        }

    def _export(self, parameters: dict[str, str]) -> dict[str, Any]:
        begin = int(parameters.get("cursor", 0))
        end = begin + self.most
        return {
            "tickets": self.exported[begin:end],
            "after_cursor": str(min(end, len(self.exported))),
            "after_url": None,
            "end_of_stream": end >= len(self.exported),
        }

    @staticmethod
    def _at(request: VendorRequest, file: dict[str, Any] | None) -> dict[str, Any]:
        if file is None:
            raise VendorError(404)
        host = request.headers["host"]
        return {**file, "content_url": f"http://{host}{file['content_url']}"}
