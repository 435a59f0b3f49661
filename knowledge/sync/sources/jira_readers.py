"""Tells who may read the issues of Jira: by the permission scheme, roles and security levels.

Holders of a permission that depend on the single issue, such as its reporter or the person in a
field, are left out: they are not admitted.
See developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel, RootModel

from knowledge.model.errors import SourceError
from knowledge.model.readers import person
from knowledge.sync.http_client import HttpClient, InvalidTokenError, NotFoundError, Parameters
from knowledge.sync.sources.atlassian import NumberedPage, atlassian_group, numbered_items

Told = TypeVar("Told")

_PAGE = 100
_VIEW = "BROWSE_PROJECTS"


class _Holder(BaseModel):
    type: str
    parameter: str | None = None


class _Grant(BaseModel):
    id: int | str | None = None
    permission: str = ""
    holder: _Holder


class _Scheme(BaseModel):
    permissions: list[_Grant] = []


class _SecurityScheme(BaseModel):
    id: int | str


class _Members(BaseModel):
    values: list[_Grant] = []
    isLast: bool = True  # noqa: N815 - the vendor's names


class _User(BaseModel):
    accountId: str = ""  # noqa: N815
    emailAddress: str | None = None  # noqa: N815


class _Users(BaseModel):
    values: list[_User] = []


class _Group(BaseModel):
    name: str = ""


class _Actor(BaseModel):
    name: str = ""
    actorUser: _User | None = None  # noqa: N815
    actorGroup: _Group | None = None  # noqa: N815


class _Role(BaseModel):
    actors: list[_Actor] = []


class _Application(BaseModel):
    key: str
    groups: list[str] = []


class _Applications(RootModel[list[_Application]]):
    pass


@dataclass(slots=True)
class _Named:
    """Who holds a permission: people by what the site knows them by, groups by name."""

    people: set[tuple[str, str]] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    everybody: bool = False


class JiraReaders:
    """Asks the site of the source *source*; `api` is the path of its interface."""

    def __init__(self, source: str, client: HttpClient, api: str, *, is_cloud: bool) -> None:
        self._source = source
        self._client = client
        self._api = api
        self._is_cloud = is_cloud
        self._levels: dict[tuple[str, str], frozenset[str] | None] = {}
        self._schemes: dict[str, _SecurityScheme | None] = {}
        self._mails: dict[tuple[str, str], str] = {}

    def project(self, project: str) -> frozenset[str] | None:
        """Return who may browse a project; None if everybody may.

        Raises:
            SourceError: when the site does not tell.
        """
        path = f"{self._api}/project/{quote(project, safe='')}/permissionscheme"
        try:
            scheme = self._client.get(path, _Scheme, {"expand": "permissions"})
        except SourceError as error:
            if not isinstance(error, NotFoundError) and error.kind != "refused":
                raise
            raise SourceError(
                f"source {self._source!r}: Jira does not say who may browse the project "
                f"{project!r}: let the token's account administer the project, or write "
                'readers = "audience"',
                "refused",
            ) from error
        return self._names(
            project, (grant.holder for grant in scheme.permissions if grant.permission == _VIEW)
        )

    def level(self, project: str, level: str) -> frozenset[str] | None:
        """Return who may read issues with a security level; nobody if the site does not tell.

        Data Center does not, and Cloud only administrators of Jira.
        """
        if (project, level) not in self._levels:
            self._levels[project, level] = (
                self._names(project, self._members(project, level))
                if self._is_cloud
                else frozenset()
            )
        return self._levels[project, level]

    def _members(self, project: str, level: str) -> list[_Holder]:
        scheme = self._scheme(project)
        if scheme is None:
            return []
        path = f"{self._api}/issuesecurityschemes/{scheme.id}/members"

        def fetch(start: int) -> NumberedPage[_Grant]:
            reply = self._client.get(
                path,
                _Members,
                {"issueSecurityLevelId": level, "startAt": start, "maxResults": _PAGE},
            )
            return reply.values, not reply.isLast

        return self._told(
            lambda: [
                grant.holder
                for grant in numbered_items(self._source, fetch, lambda grant: str(grant.id))
            ],
            [],
        )

    def _scheme(self, project: str) -> _SecurityScheme | None:
        """Return the scheme of a project's security levels, None if it has none that is told."""
        if project not in self._schemes:
            path = f"{self._api}/project/{quote(project, safe='')}/issuesecuritylevelscheme"
            self._schemes[project] = self._told(
                lambda: self._client.get(path, _SecurityScheme), None
            )
        return self._schemes[project]

    def _names(self, project: str, holders: Iterable[_Holder]) -> frozenset[str] | None:
        named = _Named()
        for holder in holders:
            self._add(named, project, holder)
        if named.everybody:
            return None
        people = {person(mail) for mail in self._mails_of(named.people) if mail}
        return frozenset(people | {atlassian_group(name) for name in named.groups})

    def _add(self, named: _Named, project: str, holder: _Holder) -> None:
        parameter = holder.parameter or ""
        match holder.type:
            case "anyone":
                named.everybody = True
            case "group" if parameter:
                named.groups.add(parameter)
            case "user" if parameter:
                named.people.add(("accountId" if self._is_cloud else "key", parameter))
            case "applicationRole":
                for application in self._applications:
                    if parameter in ("", application.key):
                        named.groups.update(application.groups)
            case "projectRole" if parameter:
                self._add_role(named, project, parameter)

    def _add_role(self, named: _Named, project: str, role: str) -> None:
        path = f"{self._api}/project/{quote(project, safe='')}/role/{quote(role, safe='')}"
        for actor in self._told(lambda: self._client.get(path, _Role), _Role()).actors:
            if actor.actorGroup:
                named.groups.add(actor.actorGroup.name)
            elif actor.actorUser and actor.actorUser.accountId:
                named.people.add(("accountId", actor.actorUser.accountId))
            elif actor.actorUser or not self._is_cloud:
                named.people.add(("username", actor.name))

    @cached_property
    def _applications(self) -> list[_Application]:
        path = f"{self._api}/applicationrole"
        return self._told(lambda: self._client.get(path, _Applications).root, [])

    def _mails_of(self, people: Iterable[tuple[str, str]]) -> list[str]:
        """Return the addresses of *people*, as far as they are told."""
        missing = sorted(set(people) - self._mails.keys())
        if self._is_cloud:
            accounts = [value for _, value in missing]
            for start in range(0, len(accounts), _PAGE):
                some = accounts[start : start + _PAGE]
                parameters: Parameters = {"accountId": some, "maxResults": _PAGE}
                found = self._client.get(f"{self._api}/user/bulk", _Users, parameters).values
                mails = {user.accountId: user.emailAddress or "" for user in found}
                self._mails |= {("accountId", value): mails.get(value, "") for value in some}
        else:
            self._mails |= {(kind, value): self._mail(kind, value) for kind, value in missing}
        return [self._mails.get(key, "") for key in people]

    def _mail(self, kind: str, value: str) -> str:
        path, parameters = f"{self._api}/user", {kind: value}
        user = self._told(lambda: self._client.get(path, _User, parameters), _User())
        return user.emailAddress or ""

    def _told(self, ask: Callable[[], Told], otherwise: Told) -> Told:
        """Return what *ask* does, or *otherwise* where the token may not know."""
        try:
            return ask()
        except SourceError as error:
            is_token = isinstance(error, InvalidTokenError)
            if isinstance(error, NotFoundError) or (error.kind == "refused" and not is_token):
                return otherwise
            raise
