"""A double of Backlog's API version 2, with the fields of https://developer.nulab.com/docs/backlog/."""

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

from tests.support.vendor_server import TOKEN, VendorError, VendorRequest

BEGIN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def user(number: int, name: str, mail: str | None) -> dict[str, Any]:
    return {
        "id": number,
        "userId": f"user{number}",
        "name": name,
        "roleType": 2,
        "lang": "ja",
        "mailAddress": mail,
        "nulabAccount": None,
        "keyword": name,
        "lastLoginTime": "2026-11-01T00:00:00Z",
    }


_UNSTATED = (
    *("resolution", "assignee", "startDate", "dueDate", "estimatedHours", "actualHours"),
    "parentIssueId",
)
_UNFILLED = ("category", "versions", "milestone", "customFields", "sharedFiles", "stars")
_BELOW_A_PAGE = ("attachments", "sharedFiles", "stars")
_SWITCHES = (
    *("archived", "chartEnabled", "useResolvedForChart", "subtaskingEnabled", "useWiki", "useGit"),
    *("projectLeaderCanEditProjectLeader", "useFileSharing", "useWikiTreeView", "useSubversion"),
    *("useOriginalImageSizeAtWiki", "useDevAttributes"),
)


def _named(number: int, name: str, **more: str) -> dict[str, Any]:
    return {"id": number, "projectId": 10, "name": name, "displayOrder": number, **more}


@dataclass
class BacklogDouble:
    """The project `DOC`: its members, and what is in it, by kind and id."""

    rule: str = "backlog"
    members: list[dict[str, Any]] = field(
        default_factory=lambda: [user(1, "山田", "yamada@example.com"), user(2, "Bob", None)]
    )
    wiki: dict[int, dict[str, Any]] = field(default_factory=dict)
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    _last: int = 0

    def add_wiki(self, name: str, content: str) -> int:
        common = self._common()
        self.wiki[common["id"]] = {
            **common,
            "name": name,
            "content": content,
            **{kind: [] for kind in _BELOW_A_PAGE},
        }
        return self._last

    def add_issue(self, summary: str, description: str, **files: bytes) -> int:
        common = self._common()
        number = self._last
        self.issues[number] = {
            **common,
            "issueKey": f"DOC-{number}",
            "keyId": number,
            "issueType": _named(1, "タスク", color="#7ea800"),
            "summary": summary,
            "description": description,
            "status": _named(1, "未対応", color="#ea2c00"),
            "priority": {"id": 3, "name": "中"},
            "attachments": self._attach("issues", number, files),
            **dict.fromkeys(_UNSTATED),
            **{name: [] for name in _UNFILLED},
        }
        del self.issues[number]["tags"]
        self.comments[number] = []
        return number

    def add_document(self, title: str, tree: object, plain: str, **files: bytes) -> str:
        common = self._common()
        number = common["id"] = f"0193b335c62173de9547bab5dd0b{self._last:04}"
        self.documents[number] = {
            **common,
            "title": title,
            "plain": plain,
            "json": json.dumps(tree),
            "statusId": 1,
            "emoji": None,
            "childDocumentIds": [],
            "attachments": self._attach("documents", number, files),
        }
        return str(number)

    def comment(self, issue: int, name: str, content: str | None) -> None:
        """Write below an issue, which changes it."""
        self._last += 1
        self.comments[issue].append(
            {
                "id": self._last,
                "projectId": 10,
                "issueId": issue,
                "content": content,
                "changeLog": [],
                "stars": [],
                "notifications": [],
                "createdUser": user(9, name, None),
                "created": self._now(),
                "updated": self._now(),
            }
        )
        self.edit(self.issues[issue])

    def edit(self, item: dict[str, Any], **fields: Any) -> None:
        """Change an item, as a person does who saves it."""
        self._last += 1
        item |= fields
        item["updated"] = self._now()

    def _common(self) -> dict[str, Any]:
        self._last += 1
        now = self._now()
        writer = user(1, "山田", None)
        return {
            "id": self._last,
            "projectId": 10,
            "tags": [],
            "createdUser": writer,
            "created": now,
            "updatedUser": writer,
            "updated": now,
        }

    def _now(self) -> str:
        return (BEGIN + dt.timedelta(minutes=self._last)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _attach(self, kind: str, number: int | str, files: dict[str, bytes]) -> list[Any]:
        attached = []
        for name, content in files.items():
            self._last += 1
            self.files[f"{kind}/{number}/attachments/{self._last}"] = content
            size = len(content)
            attached.append(
                {
                    "id": self._last,
                    "name": f"{name}.txt",
                    "size": size,
                    "createdUser": user(1, "山田", None),
                    "created": self._now(),
                }
            )
        return attached

    def __call__(self, request: VendorRequest) -> Any:
        if request.parameters.get("apiKey") != TOKEN:
            raise VendorError(401)
        path, parameters = request.path.removeprefix("/api/v2/"), request.parameters
        if path in self.files:
            return self.files[path]
        kind, *rest = path.split("/")
        if kind == "projects":
            return self._project(rest)
        if kind == "wikis" and not rest:
            assert parameters["projectIdOrKey"] == "DOC"
            return [without(page, "content", *_BELOW_A_PAGE) for page in self.wiki.values()]
        if kind == "wikis":
            return found(self.wiki, int(rest[0]))
        if kind == "issues" and rest[-1:] == ["comments"]:
            return self._comments(int(rest[0]), parameters)
        if rest == ["count"]:
            return {"count": len(self.issues)}
        items: dict[Any, Any] = self.issues if kind == "issues" else self.documents
        if not rest:
            return self._list(items, parameters)
        return found(items, int(rest[0]) if kind == "issues" else rest[0])

    def _project(self, path: list[str]) -> Any:
        if path == ["DOC", "users"]:
            return self.members
        assert path == ["DOC"]
        named = {"id": 10, "projectKey": "DOC", "name": "手引き", "displayOrder": 1}
        return named | dict.fromkeys(_SWITCHES, False) | {"textFormattingRule": self.rule}

    def _list(self, items: dict[Any, dict[str, Any]], parameters: dict[str, str]) -> list[Any]:
        assert parameters["projectId[]"] == "10"
        offset, count = int(parameters["offset"]), int(parameters["count"])
        assert 1 <= count <= 100
        key = parameters["sort"]
        listed = sorted(items.values(), key=lambda item: (item[key], str(item["id"])))
        if parameters["order"] == "desc":
            listed.reverse()
        return listed[offset : offset + count]

    def _comments(self, issue: int, parameters: dict[str, str]) -> list[Any]:
        assert parameters["order"] == "asc"
        newest, count = int(parameters.get("minId", 0)), int(parameters["count"])
        listed = [one for one in found(self.comments, issue) if one["id"] > newest]
        return listed[:count]


def found(items: dict[Any, Any], key: object) -> Any:
    if key not in items:
        raise VendorError(404)
    return items[key]


def without(item: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in names}
