"""A double of GitLab's REST interface for issues, as https://docs.gitlab.com/api/issues and
https://docs.gitlab.com/api/notes describe it, with one project."""

import datetime as dt
from dataclasses import dataclass, field

from tests.support.json_server import JsonRequest

TOKEN = "glpat-s3cret"
_PROJECT = "/api/v4/projects/team%2Fwiki"
_PARAMETERS = {"scope", "state", "order_by", "sort", "page", "per_page", "confidential"} | {
    "created_after",
    "updated_after",
}


@dataclass(slots=True)
class Note:
    body: str
    author: str = "bob"
    system: bool = False
    internal: bool = False


@dataclass(slots=True)
class Issue:
    iid: int
    title: str
    description: str | None
    created: dt.datetime
    updated: dt.datetime
    labels: tuple[str, ...] = ()
    state: str = "opened"
    confidential: bool = False
    notes: list[Note] = field(default_factory=list)


class GitlabDouble:
    """Issues of `team/wiki`. The token may see confidential ones, unless `is_guest` is set."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.issues = list[Issue]()
        self.is_guest = False
        self.moment: dt.datetime | None = None
        self._now = dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC)
        self._number = 0

    def add(self, title: str, description: str | None = "", **more: object) -> Issue:
        self._number += 1
        now = self.moment or self._tick()
        issue = Issue(self._number, title, description, now, now, **more)  # type: ignore[arg-type]
        self.issues.append(issue)
        return issue

    def touch(self, issue: Issue) -> None:
        issue.updated = self._tick()

    def answer(self, request: JsonRequest) -> tuple[int, object]:
        if request.headers.get("private-token") != self.token:
            return 401, {"message": "401 Unauthorized"}
        if not request.path.startswith(f"{_PROJECT}/"):
            return 404, {"message": "404 Project Not Found"}
        assert request.query.keys() <= _PARAMETERS
        visible = [issue for issue in self.issues if not (self.is_guest and issue.confidential)]
        match request.path.removeprefix(f"{_PROJECT}/").split("/"):
            case ["issues_statistics"]:
                assert request.query["scope"] == "all"
                count = sum(not issue.confidential for issue in visible)
                return 200, {"statistics": {"counts": {"all": count, "closed": 0, "opened": count}}}
            case ["issues"]:
                return 200, _listed(visible, request)
            case ["issues", number, *rest]:
                found = [issue for issue in visible if issue.iid == int(number)]
                if not found:
                    return 404, {"message": "404 Not found"}
                notes = [_note(place, note) for place, note in enumerate(found[0].notes, 1)]
                return 200, _page(notes, request) if rest == ["notes"] else _issue(found[0])
        raise AssertionError(request.path)

    def _tick(self) -> dt.datetime:
        self._now += dt.timedelta(hours=1)
        return self._now


def _listed(issues: list[Issue], request: JsonRequest) -> list[object]:
    query = request.query
    assert (query["scope"], query["state"]) == ("all", "all")
    key = {"created_at": "created", "updated_at": "updated"}[query["order_by"]]
    after = query.get(f"{key}_after")
    start = dt.datetime.fromisoformat(after) if after else dt.datetime.min.replace(tzinfo=dt.UTC)
    found = [issue for issue in issues if getattr(issue, key) >= start]
    found.sort(key=lambda i: (getattr(i, key), i.iid), reverse=query["sort"] == "desc")
    return _page([_issue(issue) for issue in found], request)


def _page(rows: list[object], request: JsonRequest) -> list[object]:
    size, page = int(request.query["per_page"]), int(request.query.get("page", "1"))
    assert size <= 100
    return rows[(page - 1) * size : page * size]


def _issue(issue: Issue) -> object:
    address = f"https://gitlab.com/api/v4/projects/7/issues/{issue.iid}"
    closed = _moment(issue.updated) if issue.state == "closed" else None
    return {
        "id": 1000 + issue.iid,
        "iid": issue.iid,
        "project_id": 7,
        "type": "ISSUE",
        "title": issue.title,
        "description": issue.description,
        "state": issue.state,
        "labels": list(issue.labels),
        "confidential": issue.confidential,
        "created_at": _moment(issue.created),
        "updated_at": _moment(issue.updated),
        "user_notes_count": sum(not note.system for note in issue.notes),
        "author": _author(1, "alice"),
        "assignees": [],
        "milestone": None,
        "web_url": f"https://gitlab.com/team/wiki/-/issues/{issue.iid}",
        "closed_at": closed,
        "closed_by": None,
        "due_date": None,
        "upvotes": 0,
        "downvotes": 0,
        "merge_requests_count": 0,
        "discussion_locked": None,
        "has_tasks": False,
        "task_status": "",
        "task_completion_status": {"count": 0, "completed_count": 0},
        "time_stats": {
            "time_estimate": 0,
            "total_time_spent": 0,
            "human_time_estimate": None,
            "human_total_time_spent": None,
        },
        "references": {"short": f"#{issue.iid}", "relative": "", "full": f"team/wiki#{issue.iid}"},
        "_links": {
            "self": address,
            "notes": f"{address}/notes",
            "award_emoji": f"{address}/award_emoji",
            "project": "https://gitlab.com/api/v4/projects/7",
        },
        "subscribed": False,
    }


def _author(number: int, username: str) -> object:
    return {
        "id": number,
        "username": username,
        "name": username.title(),
        "state": "active",
        "avatar_url": None,
        "web_url": f"https://gitlab.com/{username}",
    }


def _note(number: int, note: Note) -> object:
    return {
        "id": number,
        "project_id": 7,
        "noteable_id": 1001,
        "noteable_iid": 1,
        "noteable_type": "Issue",
        "resolvable": False,
        "attachment": None,
        "updated_at": "2026-03-06T12:00:00.000Z",
        "body": note.body,
        "system": note.system,
        "internal": note.internal,
        "confidential": note.internal,
        "created_at": "2026-03-06T12:00:00.000Z",
        "author": _author(2, note.author),
    }


def _moment(moment: dt.datetime) -> str:
    """Return it as a server in Tokyo does."""
    local = moment.astimezone(dt.timezone(dt.timedelta(hours=9)))
    return local.isoformat(timespec="milliseconds")
