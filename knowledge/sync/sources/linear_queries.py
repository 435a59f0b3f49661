"""What is asked of Linear's GraphQL API, and what it answers.

The schema: https://linear.app/developers/graphql. Lists leave out what is archived or in the trash.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, model_validator

from knowledge.sync.http_client import WebAddress

Node = TypeVar("Node")

AHEAD = 25
"""Items that are fetched together, as most of them are read one after the other."""

_PAGE = "pageInfo { hasNextPage endCursor }"
_PLACE = "id updatedAt url"
_TEAMS_OF = "teams(first: 50) { nodes { id } }"
_LISTED_ISSUE = (
    f"{_PLACE} identifier title team {{ id }} "
    "comments(first: 1, orderBy: updatedAt) { nodes { updatedAt } }"
)
_LISTED_DOCUMENT = (
    f"{_PLACE} title trashed team {{ id }} issue {{ team {{ id }} }} "
    f"project {{ id {_TEAMS_OF} }} initiative {{ id visibility }}"
)
_LISTED_PROJECT = f"{_PLACE} name trashed {_TEAMS_OF}"
_COMMENT = "id body createdAt user { displayName } externalUser { displayName }"
_READ_ISSUE = (
    f"id identifier title updatedAt description team {{ name }} state {{ name }} "
    f"project {{ name }} comments(first: 50) {{ nodes {{ {_COMMENT} }} {_PAGE} }}"
)

_READ_DOCUMENT = "id title updatedAt content team { name } project { name }"


def _listing(kind: str, type_name: str, fields: str, size: int) -> str:
    return (
        f"query List{type_name}s($after: String, $filter: {type_name}Filter) "
        f"{{ {kind}(first: {size}, after: $after, filter: $filter) "
        f"{{ nodes {{ {fields} }} {_PAGE} }} }}"
    )


def _reading(kind: str, type_name: str, fields: str) -> str:
    return (
        f"query Read{type_name}s($ids: [ID!]) "
        f"{{ {kind}(first: {AHEAD}, filter: {{ id: {{ in: $ids }} }}) "
        f"{{ nodes {{ {fields} }} {_PAGE} }} }}"
    )


TEAMS = (
    "query ListTeams($after: String) { teams(first: 100, after: $after) "
    f"{{ nodes {{ id key name visibility }} {_PAGE} }} }}"
)
MEMBERS = (
    "query ListMembers($id: String!, $after: String) { team(id: $id) "
    f"{{ members(first: 250, after: $after) {{ nodes {{ id email }} {_PAGE} }} }} }}"
)
COMMENTS = (
    "query ListComments($id: String!, $after: String) { issue(id: $id) "
    f"{{ comments(first: 100, after: $after) {{ nodes {{ {_COMMENT} }} {_PAGE} }} }} }}"
)
LISTINGS = {
    "issues": _listing("issues", "Issue", _LISTED_ISSUE, 250),
    "documents": _listing("documents", "Document", _LISTED_DOCUMENT, 50),
    "projects": _listing("projects", "Project", _LISTED_PROJECT, 100),
}
READINGS = {
    "issues": _reading("issues", "Issue", _READ_ISSUE),
    "documents": _reading("documents", "Document", _READ_DOCUMENT),
    "projects": _reading("projects", "Project", "id name updatedAt description content"),
}


class _PageInfo(BaseModel):
    hasNextPage: bool  # noqa: N815 - the vendor's names
    endCursor: str | None = None  # noqa: N815

    @model_validator(mode="after")
    def _is_told(self) -> "_PageInfo":
        if self.hasNextPage and not self.endCursor:
            raise ValueError("it is not told where the next page is")
        return self


class LinearPage(BaseModel, Generic[Node]):
    """A page of a list; a list that is asked for in one page tells no further ones."""

    nodes: list[Node]
    pageInfo: _PageInfo = _PageInfo(hasNextPage=False)  # noqa: N815

    @property
    def following(self) -> str | None:
        """Where the next page begins, None after the last one."""
        return self.pageInfo.endCursor if self.pageInfo.hasNextPage else None


class _Extensions(BaseModel):
    code: str = ""


class _Error(BaseModel):
    extensions: _Extensions = _Extensions()


class LinearReply(BaseModel):
    """A reply: data, or errors, or both."""

    data: dict[str, Any] | None = None
    errors: list[_Error] = []


class _Visible(BaseModel):
    id: str
    visibility: str

    @property
    def is_public(self) -> bool:
        """Whether everybody in the workspace may read it."""
        return self.visibility == "public"


class LinearTeam(_Visible):
    """A team. Everybody in the workspace may read a public one, its members another one."""

    key: str
    name: str


class _Reference(BaseModel):
    id: str


class _InTeam(BaseModel):
    team: _Reference


class _InTeams(BaseModel):
    teams: LinearPage[_Reference]


class _Changed(BaseModel):
    updatedAt: AwareDatetime  # noqa: N815


class LinearListedItem(BaseModel):
    """An issue, a document or a project in a list.

    Attributes:
        initiative: Stated by a document that belongs to an initiative: to the whole workspace, or,
            if it is not public, to those who see its lead team.
    """

    id: str
    updatedAt: AwareDatetime  # noqa: N815
    url: WebAddress
    identifier: str = ""
    title: str = ""
    name: str = ""
    trashed: bool | None = None
    team: _Reference | None = None
    issue: _InTeam | None = None
    project: _InTeams | None = None
    initiative: _Visible | None = None
    teams: LinearPage[_Reference] | None = None
    comments: LinearPage[_Changed] | None = None

    @property
    def label(self) -> str:
        """What people call it."""
        return " ".join(filter(None, (self.identifier, self.title or self.name)))

    @property
    def in_teams(self) -> Sequence[str]:
        """Ids of the teams in which it can be read."""
        if self.team:
            return [self.team.id]
        if self.issue:
            return [self.issue.team.id]
        teams = self.teams or (self.project and self.project.teams)
        return [team.id for team in teams.nodes] if teams else []

    @property
    def changed(self) -> dt.datetime:
        """The moment of the last change, of a comment, too."""
        comments = self.comments.nodes if self.comments else []
        return max([self.updatedAt, *(comment.updatedAt for comment in comments)])


class _Person(BaseModel):
    displayName: str  # noqa: N815


class LinearComment(BaseModel):
    """A comment; an integration's has no author."""

    id: str
    body: str
    createdAt: AwareDatetime  # noqa: N815
    user: _Person | None = None
    externalUser: _Person | None = None  # noqa: N815

    @property
    def author(self) -> str:
        """The name of who wrote it."""
        person = self.user or self.externalUser
        return person.displayName if person else ""


class _Named(BaseModel):
    name: str


class LinearItem(BaseModel):
    """An issue, a document or a project with its text."""

    id: str
    updatedAt: AwareDatetime  # noqa: N815
    identifier: str = ""
    title: str = ""
    name: str = ""
    description: str | None = None
    content: str | None = None
    team: _Named | None = None
    state: _Named | None = None
    project: _Named | None = None
    comments: LinearPage[LinearComment] | None = None

    @property
    def label(self) -> str:
        """What people call it."""
        return " ".join(filter(None, (self.identifier, self.title or self.name)))

    @property
    def path(self) -> list[str]:
        """The names of what it is in."""
        return [one.name for one in (self.team, self.project, self.state) if one]

    @property
    def text(self) -> str:
        """Its Markdown; a project has a line about it, and a text."""
        return "\n\n".join(filter(None, (self.description, self.content)))


class LinearMember(BaseModel):
    """Somebody in a team."""

    id: str
    email: str


class LinearMembers(BaseModel):
    """The members of a team."""

    members: LinearPage[LinearMember]


class LinearComments(BaseModel):
    """The comments of an issue."""

    comments: LinearPage[LinearComment]
