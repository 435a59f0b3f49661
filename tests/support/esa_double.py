"""A double of esa's API version 1, with the fields of https://docs.esa.io/posts/102."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from tests.support.vendor_server import TOKEN, VendorError, VendorRequest

BEGIN = dt.datetime(2026, 11, 1, 9, tzinfo=dt.timezone(dt.timedelta(hours=9)))


@dataclass
class EsaDouble:
    """The posts of the team `docs`, by number."""

    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    _last: int = 0
    _minutes: int = 0

    def add(self, name: str, body: str, category: str | None = None, *, wip: bool = False) -> int:
        self._last += 1
        now = self._now()
        author = {"myself": True, "name": "山田", "screen_name": "yamada", "icon": ""}
        self.posts[self._last] = {
            "number": self._last,
            "name": name,
            "full_name": f"{category}/{name}" if category else name,
            "wip": wip,
            "body_md": body,
            "body_html": f"<p>{body}</p>",
            "created_at": now,
            "updated_at": now,
            "message": "Create post.",
            "url": f"https://docs.esa.io/posts/{self._last}",
            "tags": [],
            "category": category,
            "revision_number": 1,
            "created_by": author,
            "updated_by": author,
            "kind": "flow",
            "comments_count": 0,
        }
        return self._last

    def edit(self, number: int, **fields: Any) -> None:
        """Change a post, as a person does who saves it."""
        post = self.posts[number]
        post |= fields
        post["updated_at"] = self._now()
        post["revision_number"] += 1

    def _now(self) -> str:
        self._minutes += 1
        return (BEGIN + dt.timedelta(minutes=self._minutes)).isoformat()

    def __call__(self, request: VendorRequest) -> Any:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise VendorError(401)
        if request.path == "/v1/teams/docs/posts":
            return self._list(request.parameters)
        number = int(request.path.removeprefix("/v1/teams/docs/posts/"))
        if number not in self.posts:
            raise VendorError(404)
        return self.posts[number]

    def _list(self, parameters: dict[str, str]) -> dict[str, Any]:
        key = {"number": "number", "updated": "updated_at"}[parameters["sort"]]
        found = sorted(
            self.posts.values(),
            key=lambda post: post[key],
            reverse=parameters["order"] == "desc",
        )
        page, size = int(parameters["page"]), int(parameters["per_page"])
        assert 1 <= size <= 100
        begin, end = (page - 1) * size, page * size
        return {
            "posts": found[begin:end],
            "prev_page": page - 1 if page > 1 else None,
            "next_page": page + 1 if end < len(found) else None,
            "total_count": len(found),
            "page": page,
            "per_page": size,
            "max_per_page": 100,
        }
