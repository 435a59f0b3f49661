"""A double of GitHub's GraphQL interface, with one repository; queries are checked and carried out
by graphql-core over the part of the published schema in `github.graphql`."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLError, GraphQLSchema, build_schema, graphql_sync

from tests.support.json_server import JsonRequest

TOKEN = "github_pat_s3cret"


@dataclass(slots=True)
class Comment:
    body: str
    author: str | None = "alice"
    minimized: bool = False
    answer: bool = False
    replies: list["Comment"] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """An issue or a discussion."""

    kind: str
    number: int
    title: str
    body: str
    created: dt.datetime
    updated: dt.datetime
    author: str | None = "alice"
    labels: tuple[str, ...] = ()
    closed: bool = False
    comments: list[Comment] = field(default_factory=list)


class GithubDouble:
    """Issues and discussions of `team/wiki`; numbers are given once, also to those now gone."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.entries = list[Entry]()
        self.error = ""
        self._now = dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC)
        self._number = 0

    def add(self, kind: str, title: str, body: str = "", **more: object) -> Entry:
        self._number += 1
        now = self._tick()
        entry = Entry(kind, self._number, title, body, now, now, **more)  # type: ignore[arg-type]
        self.entries.append(entry)
        return entry

    def touch(self, entry: Entry) -> None:
        entry.updated = self._tick()

    def remove(self, entry: Entry) -> None:
        self.entries.remove(entry)

    def answer(self, request: JsonRequest) -> tuple[int, object]:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"message": "Bad credentials"}
        assert (request.method, request.path) == ("POST", "/graphql")
        assert isinstance(request.body, dict)
        if self.error:
            errors = [{"type": self.error, "path": ["repository"], "message": "x"}]
            return 200, {"data": {"repository": None}, "errors": errors}
        done = graphql_sync(
            _schema(),
            request.body["query"],
            {"repository": self._repository, "node": self._node},
            variable_values=request.body["variables"],
        )
        reply: dict[str, object] = {"data": done.data}
        if done.errors:
            assert all("NOT_FOUND" in str(error) for error in done.errors), done.errors
            reply["errors"] = [
                {"type": "NOT_FOUND", "path": error.path, "message": "x"} for error in done.errors
            ]
        return 200, reply

    def _tick(self) -> dt.datetime:
        self._now += dt.timedelta(hours=1)
        return self._now

    def _repository(self, info: object, owner: str, name: str, **_: object) -> object:
        if (owner, name) != ("team", "wiki"):
            raise GraphQLError("NOT_FOUND")
        return {
            "issues": self._listed("issues"),
            "discussions": self._listed("discussions"),
            "issue": self._one("issues"),
            "discussion": self._one("discussions"),
        }

    def _listed(self, kind: str) -> Callable[..., object]:
        def resolve(info: object, orderBy: dict[str, str] | None = None, **page: Any) -> object:  # noqa: N803 - the argument's name
            entries = [entry for entry in self.entries if entry.kind == kind]
            order = orderBy or {"field": "CREATED_AT", "direction": "ASC"}
            key = "created" if order["field"] == "CREATED_AT" else "updated"
            entries.sort(
                key=lambda entry: (getattr(entry, key), entry.number),
                reverse=order["direction"] == "DESC",
            )
            found = _connection(entries, **page)
            found["nodes"] = [self._entry(entry) for entry in found["nodes"]]
            return found | {"totalCount": len(entries)}

        return resolve

    def _one(self, kind: str) -> Callable[..., object]:
        def resolve(info: object, number: int) -> object:
            for entry in self.entries:
                if (entry.kind, entry.number) == (kind, number):
                    return self._entry(entry)
            raise GraphQLError("NOT_FOUND")

        return resolve

    def _node(self, info: object, id: str) -> object:  # noqa: A002 - the argument's name
        kind, number, *places = id.split(":")
        entry = next(e for e in self.entries if e.kind == kind and e.number == int(number))
        if not places:
            return self._entry(entry)
        return _comment(kind, id, entry.comments[int(places[0])])

    def _entry(self, entry: Entry) -> dict[str, object]:
        key = f"{entry.kind}:{entry.number}"
        is_issue = entry.kind == "issues"
        return {
            "__typename": "Issue" if is_issue else "Discussion",
            "id": key,
            "number": entry.number,
            "title": entry.title,
            "body": entry.body,
            "url": f"https://github.com/team/wiki/{entry.kind}/{entry.number}",
            "state": "CLOSED" if entry.closed else "OPEN",
            "closed": entry.closed,
            "createdAt": _moment(entry.created),
            "updatedAt": _moment(entry.updated),
            "author": _actor(entry.author),
            "category": {"name": "Q&A"},
            "labels": {"nodes": [{"name": label} for label in entry.labels]},
            "comments": lambda info, **page: _comments(entry.kind, key, entry.comments, **page),
        }


def _comments(kind: str, parent: str, comments: list[Comment], **page: Any) -> object:
    rows = (_comment(kind, f"{parent}:{number}", one) for number, one in enumerate(comments))
    return _connection(rows, **page)


def _comment(kind: str, key: str, comment: Comment) -> dict[str, object]:
    return {
        "__typename": "IssueComment" if kind == "issues" else "DiscussionComment",
        "id": key,
        "body": comment.body,
        "createdAt": "2026-03-06T12:00:00Z",
        "isMinimized": comment.minimized,
        "isAnswer": comment.answer,
        "author": _actor(comment.author),
        "replies": lambda info, **page: _comments(kind, key, comment.replies, **page),
    }


def _connection(rows: Iterable[object], after: str | None = None, first: int = 0) -> dict[str, Any]:
    listed, start = list(rows), int(after or 0)
    assert first <= 100, "GitHub gives a hundred at most"
    end = min(start + first, len(listed))
    info = {"hasNextPage": end < len(listed), "endCursor": str(end) if end > start else None}
    return {"nodes": listed[start:end], "pageInfo": info}


def _actor(name: str | None) -> dict[str, str] | None:
    kind = "Bot" if name and name.endswith("bot") else "User"
    return {"__typename": kind, "login": name} if name else None


def _moment(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def _schema() -> GraphQLSchema:
    return build_schema((Path(__file__).parent / "github.graphql").read_text("utf-8"))
