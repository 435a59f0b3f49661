"""A double of Linear's GraphQL API: the operations that the source asks, with their fields.

`python -m tests.sources.schemas` validates the queries and the replies by the published schema.
"""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, parse

from tests.support.vendor_server import TOKEN, VendorError, VendorRequest

BEGIN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
_OPERATION = re.compile(r"query (\w+)\(")
_SIZE = re.compile(r"\(first: (\d+)")


@dataclass
class LinearDouble:
    """A workspace: its teams with the addresses of their members, and what is in them.

    Attributes:
        most: The largest page that is answered, below what is asked for.
    """

    teams: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    projects: dict[str, dict[str, Any]] = field(default_factory=dict)
    most: int = 250
    errors: list[dict[str, Any]] = field(default_factory=list)
    _last: int = 0

    def add_team(self, key: str, name: str, *members: str, visibility: str = "public") -> None:
        self.teams[key] = {"id": f"t-{key}", "key": key, "name": name, "visibility": visibility}
        self.members[f"t-{key}"] = list(members)

    def add_issue(self, team: str, title: str, description: str | None) -> str:
        common = self._common("i")
        self.issues[common["id"]] = {
            **common,
            "identifier": f"{team}-{self._last}",
            "title": title,
            "description": description,
            "team": self.teams[team],
            "state": {"name": "Done"},
            "project": None,
            "comments": [],
        }
        return str(common["id"])

    def add_project(self, name: str, content: str, *teams: str) -> str:
        common = self._common("p")
        about = {"name": name, "description": "In short.", "content": content}
        members = {"nodes": [self.teams[team] for team in teams]}
        self.projects[common["id"]] = {**common, **about, "teams": members}
        return str(common["id"])

    def add_document(self, title: str, content: str, **parent: Any) -> str:
        common = self._common("d")
        none = dict.fromkeys(("team", "issue", "project", "initiative"))
        about = {"title": title, "content": content}
        self.documents[common["id"]] = {**common, **about, **none, **parent}
        return str(common["id"])

    def comment(self, issue: str, name: str | None, body: str) -> None:
        """Write below an issue, which does not count as a change of it."""
        self._last += 1
        user = {"displayName": name} if name else None
        self.issues[issue]["comments"].append(
            {
                "id": f"c-{self._last}",
                "body": body,
                "createdAt": self._now(),
                "updatedAt": self._now(),
                "user": user,
                "externalUser": None,
            }
        )

    def edit(self, item: dict[str, Any], **fields: Any) -> None:
        """Change an item, as a person does."""
        self._last += 1
        item |= fields
        item["updatedAt"] = self._now()

    def _common(self, prefix: str) -> dict[str, Any]:
        self._last += 1
        number = f"{prefix}-{self._last:05}"
        address = f"https://linear.app/acme/{number}"
        return {"id": number, "updatedAt": self._now(), "url": address, "trashed": None}

    def _now(self) -> str:
        return (BEGIN + dt.timedelta(minutes=self._last)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def __call__(self, request: VendorRequest) -> Any:
        if request.headers.get("authorization") != TOKEN:
            raise VendorError(401)
        assert (request.method, request.path) == ("POST", "/graphql")
        query, variables = request.body["query"], request.body["variables"]
        operation, size = _OPERATION.match(query), _SIZE.search(query)
        assert operation
        assert size
        first = min(int(size[1]), self.most)
        assert first <= 250
        if self.errors:
            return {"data": None, "errors": self.errors}
        (asked,) = parse(query).definitions
        assert isinstance(asked, OperationDefinitionNode)
        return {"data": chosen(asked.selection_set, self._answer(operation[1], variables, first))}

    def _answer(self, operation: str, variables: dict[str, Any], first: int) -> dict[str, Any]:
        after = variables.get("after")
        match operation:
            case "ListTeams":
                return {"teams": page(list(self.teams.values()), after, first)}
            case "ListMembers":
                mails = self.members[variables["id"]]
                people = [{"id": f"u-{mail}", "email": mail} for mail in mails]
                return {"team": {"members": page(people, after, first)}}
            case "ListComments":
                comments = self.issues[variables["id"]]["comments"]
                return {"issue": {"comments": page(comments, after, first)}}
        kind = operation.removeprefix("List").removeprefix("Read").lower()
        items = list(getattr(self, kind).values())
        if operation.startswith("List"):
            if wanted := variables["filter"]:
                teams = wanted["team"]["id"]["in"]
                items = [item for item in items if item["team"]["id"] in teams]
            listed = [item for item in items if not item["trashed"]]
            return {kind: page([with_newest(item) for item in listed], after, first)}
        asked = [item for item in items if item["id"] in variables["ids"]]
        assert len(asked) <= first
        return {kind: page([with_first(item) for item in asked], None, first)}


def chosen(asked: SelectionSetNode | None, held: Any) -> Any:
    """Return of what is *held* what is *asked* for."""
    if asked is None or held is None:
        return held
    if isinstance(held, list):
        return [chosen(asked, one) for one in held]
    fields = [one for one in asked.selections if isinstance(one, FieldNode)]
    return {one.name.value: chosen(one.selection_set, held[one.name.value]) for one in fields}


def page(nodes: list[Any], after: str | None, first: int) -> dict[str, Any]:
    begin = int(after.removeprefix("place-")) if after else 0
    end = begin + first
    info = {"hasNextPage": end < len(nodes), "endCursor": f"place-{end}"}
    return {"nodes": nodes[begin:end], "pageInfo": info}


def with_newest(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item with its newest comment."""
    if "comments" not in item:
        return item
    newest = sorted(item["comments"], key=lambda comment: str(comment["updatedAt"]))[-1:]
    return {**item, "comments": page(newest, None, 1)}


def with_first(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item with its first fifty comments."""
    if "comments" not in item:
        return item
    return {**item, "comments": page(item["comments"], None, 50)}
