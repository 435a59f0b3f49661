"""Doubles of Jira Cloud (version 3 of its interface) and Data Center (version 2).

Replies hold the fields that developer.atlassian.com documents, and no others that the source reads.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from tests.support.confluence_double import CLOUD
from tests.support.vendor_double import MISSING, Answer, Asked, Route, VendorDouble

REFUSED = Answer({"errorMessages": ["You do not have permission"]}, 403)


@dataclass
class Issue:
    """An issue; `description` is ADF in Cloud, rendered HTML in Data Center."""

    id: str
    key: str
    summary: str
    description: object = None
    updated: str = "2026-03-01T23:30:00.000+0900"
    level: str = ""
    restricted: bool = False
    comments: list[dict[str, object]] = field(default_factory=list)


class JiraDouble(VendorDouble):
    """A site; `page` is the most items in one reply.

    Attributes:
        holders: Who may browse each project, as holders of the permission.
        levels: Holders of each security level.
        roles: Actors of each role.
        applications: Groups of each application.
        hidden: People whose mail nobody is told.
        tells_rights: Whether the token may read permission schemes.
    """

    def __init__(self, authorization: str = CLOUD, page: int = 100) -> None:
        super().__init__(authorization)
        self.issues: dict[str, Issue] = {}
        self.holders: dict[str, list[dict[str, str]]] = {}
        self.levels: dict[str, list[dict[str, str]]] = {}
        self.roles: dict[str, list[dict[str, object]]] = {}
        self.applications: dict[str, list[str]] = {"jira-software": ["jira-users"]}
        self.hidden: set[str] = set()
        self.tells_rights = True
        self._is_cloud = authorization == CLOUD
        self.called = "Jira Cloud" if self._is_cloud else "Jira Data Center"
        self._page = page
        self._ids = count(10_001)

    def project(self, key: str, *holders: dict[str, str]) -> None:
        self.holders[key] = [*holders] or [{"type": "group", "parameter": "staff"}]

    def add(self, project: str, summary: str, **fields: object) -> Issue:
        id_ = str(next(self._ids))
        issue = Issue(id_, f"{project}-{id_}", summary, **fields)  # type: ignore[arg-type]
        self.issues[id_] = issue
        return issue

    def routes(self) -> Sequence[Route]:
        api = f"/rest/api/{3 if self._is_cloud else 2}"
        both: list[Route] = [
            ("GET", f"{api}/serverInfo", lambda _: Answer({"baseUrl": "https://jira.example.com"})),
            ("GET", f"{api}/project/([^/]+)", self._project),
            ("GET", f"{api}/project/([^/]+)/permissionscheme", self._scheme),
            ("GET", f"{api}/project/([^/]+)/role/([^/]+)", self._role),
            ("GET", f"{api}/applicationrole", self._applications),
            ("GET", f"{api}/issue/([^/]+)", self._issue),
            ("GET", f"{api}/issue/([^/]+)/comment", self._comments),
        ]
        if self._is_cloud:
            return [
                *both,
                ("GET", f"{api}/search/jql", self._search),
                ("GET", f"{api}/user/bulk", self._users),
                ("GET", f"{api}/project/([^/]+)/issuesecuritylevelscheme", self._security),
                ("GET", f"{api}/issuesecurityschemes/1/members", self._members),
            ]
        return [
            *both,
            ("GET", f"{api}/search", self._old_search),
            ("GET", f"{api}/user", self._user),
        ]

    def _project(self, asked: Asked) -> Answer:
        key = asked.parts[0]
        return Answer({"id": "1", "key": key}) if key in self.holders else MISSING

    def _scheme(self, asked: Asked) -> Answer:
        if not self.tells_rights:
            return REFUSED
        grants = [
            {"id": number, "permission": "BROWSE_PROJECTS", "holder": holder}
            for number, holder in enumerate(self.holders[asked.parts[0]])
        ]
        other = {"type": "group", "parameter": "movers"}
        grants.append({"id": 99, "permission": "MOVE_ISSUES", "holder": other})
        return Answer({"id": 1, "name": "Default", "permissions": grants})

    def _role(self, asked: Asked) -> Answer:
        actors = self.roles.get(asked.parts[1])
        return MISSING if actors is None else Answer({"id": int(asked.parts[1]), "actors": actors})

    def _applications(self, asked: Asked) -> Answer:
        return Answer([{"key": key, "groups": groups} for key, groups in self.applications.items()])

    def _security(self, asked: Asked) -> Answer:
        if not self.tells_rights:
            return REFUSED
        return Answer({"id": 1, "name": "Secrets"}) if asked.parts[0] in self.holders else MISSING

    def _members(self, asked: Asked) -> Answer:
        if not self.tells_rights:
            return REFUSED
        start, size = int(asked.query["startAt"]), min(int(asked.query["maxResults"]), self._page)
        level = asked.query["issueSecurityLevelId"]
        every = self.levels.get(level, [])
        values = [
            {
                "id": start + number,
                "issueSecurityLevelId": int(level),
                "holder": holder,
            }
            for number, holder in enumerate(every[start : start + size])
        ]
        page = {"values": values, "startAt": start, "maxResults": size, "total": len(every)}
        return Answer({**page, "isLast": start + size >= len(every)})

    def _users(self, asked: Asked) -> Answer:
        accounts = asked.lists["accountId"]
        assert len(accounts) <= int(asked.query["maxResults"]) <= 200
        return Answer({"values": [self._person(account) for account in accounts], "isLast": True})

    def _user(self, asked: Asked) -> Answer:
        return Answer(self._person(asked.query.get("key") or asked.query["username"]))

    def _person(self, name: str) -> dict[str, object]:
        shown: dict[str, object] = {"displayName": name}
        if self._is_cloud:
            shown["accountId"] = name
        if name not in self.hidden:
            shown["emailAddress"] = f"{name}@example.com"
        return shown

    def _matching(self, asked: Asked) -> Sequence[Issue] | None:
        match = re.match(r'project = "([^"]+)"(.*) ORDER BY key ASC', asked.query["jql"])
        assert match
        project, condition = match.groups()
        if project not in self.holders:
            return None
        found = [each for each in self.issues.values() if each.key.startswith(f"{project}-")]
        if label := re.fullmatch(r' AND \(summary ~ "(\w+)"\)', condition):
            found = [issue for issue in found if label[1] in issue.summary]
        return found

    def _search(self, asked: Asked) -> Answer:
        found = self._matching(asked)
        if found is None:
            return Answer({"errorMessages": ["no such project"]}, 400)
        start = int(asked.query.get("nextPageToken", "t0")[1:])
        size = min(int(asked.query["maxResults"]), self._page)
        reply: dict[str, object] = {"issues": [*map(self._listed, found[start : start + size])]}
        is_last = start + size >= len(found)
        return Answer(
            reply | {"isLast": is_last} | ({} if is_last else {"nextPageToken": f"t{start + size}"})
        )

    def _old_search(self, asked: Asked) -> Answer:
        found = self._matching(asked)
        if found is None:
            return Answer({"errorMessages": ["no such project"]}, 400)
        start, size = int(asked.query["startAt"]), min(int(asked.query["maxResults"]), self._page)
        issues = [*map(self._listed, found[start : start + size])]
        return Answer({"issues": issues, "startAt": start, "maxResults": size, "total": len(found)})

    def _listed(self, issue: Issue) -> dict[str, object]:
        security = {"id": issue.level, "name": "Secret"} if issue.level else None
        fields: dict[str, object] = {"updated": issue.updated, "security": security}
        if issue.restricted:
            roles = {"issuerestrictions": {"projectrole": [{"id": "1"}]}, "shouldDisplay": True}
            fields["issuerestriction"] = roles
        return {"id": issue.id, "key": issue.key, "fields": fields}

    def _found(self, key: str) -> Issue | None:
        return next((issue for issue in self.issues.values() if key in (issue.key, issue.id)), None)

    def _issue(self, asked: Asked) -> Answer:
        issue = self._found(asked.parts[0])
        if issue is None:
            return MISSING
        fields = {
            "summary": issue.summary,
            "updated": issue.updated,
            "description": issue.description,
            "issuetype": {"name": "Bug"},
            "status": {"name": "完了"},
            "labels": ["vpn", "network"],
            "attachment": [{"id": "1", "filename": "trace.log"}],
            "resolution": None,
        }
        shown: dict[str, object] = {"id": issue.id, "key": issue.key, "fields": fields}
        shown["names"] = {"status": "ステータス", "labels": "Labels", "attachment": "Attachment"}
        if "renderedFields" in asked.query["expand"]:
            shown["renderedFields"] = {"description": issue.description}
        return Answer(shown)

    def _comments(self, asked: Asked) -> Answer:
        issue = self._found(asked.parts[0])
        if issue is None:
            return MISSING
        start, size = int(asked.query["startAt"]), min(int(asked.query["maxResults"]), self._page)
        every = issue.comments
        found = [{"id": str(n), **comment} for n, comment in enumerate(every)][start : start + size]
        return Answer(
            {"comments": found, "startAt": start, "maxResults": size, "total": len(every)}
        )
