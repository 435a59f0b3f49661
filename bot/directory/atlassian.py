"""Groups of Atlassian, Cloud or Data Center, as Jira tells them."""

import base64

from pydantic import BaseModel, RootModel

from bot.directory.oauth import client_of
from knowledge.model.directory_settings import AtlassianDirectorySettings
from knowledge.sync.source import Secrets

_MOST = 50
"""Accounts to look at for one address: a search also finds names that begin with it."""


class JiraUser(BaseModel):
    """A user; https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/."""

    accountId: str = ""  # noqa: N815 - Jira's name
    accountType: str = ""  # noqa: N815 - Jira's name
    name: str = ""
    emailAddress: str | None = None  # noqa: N815 - Jira's name
    active: bool = False


class JiraUsers(RootModel[list[JiraUser]]):
    """The users whom a search finds."""


class JiraGroup(BaseModel):
    """A group: its name, and in Cloud its id."""

    name: str
    groupId: str | None = None  # noqa: N815 - Jira's name


class JiraGroups(RootModel[list[JiraGroup]]):
    """The groups of a user in Cloud."""


class JiraGroupList(BaseModel):
    """The groups of a user in Data Center."""

    items: list[JiraGroup]
    size: int


class JiraUserWithGroups(BaseModel):
    """A user of Data Center with `expand=groups`."""

    groups: JiraGroupList


class AtlassianDirectory:
    """The groups of the one active account with an address.

    Whose address is hidden from the token's account is in no group: a name proves nothing.
    """

    def __init__(self, settings: AtlassianDirectorySettings, token: str) -> None:
        self.name = settings.name
        self._cloud = bool(settings.user)
        login = base64.b64encode(f"{settings.user}:{token}".encode()).decode()
        self._client = client_of(
            self.name, settings.site, f"Basic {login}" if self._cloud else f"Bearer {token}"
        )

    def groups_of(self, mail: str) -> frozenset[str]:
        user = self._user(mail)
        if user is None:
            return frozenset()
        if self._cloud:
            asked = {"accountId": user.accountId}
            groups = self._client.get("rest/api/3/user/groups", JiraGroups, asked).root
        else:
            asked = {"username": user.name, "expand": "groups"}
            found = self._client.get("rest/api/2/user", JiraUserWithGroups, asked)
            groups = found.groups.items
        return frozenset(name for one in groups for name in (one.name, one.groupId) if name)

    def check(self) -> str:
        version = 3 if self._cloud else 2
        user = self._client.get(f"rest/api/{version}/myself", JiraUser)
        if user.emailAddress and self._user(user.emailAddress) is None:
            return "asked, but it does not find its own account by its address"
        return "people can be looked up"

    def close(self) -> None:
        self._client.close()

    def _user(self, mail: str) -> JiraUser | None:
        """Return the one active account with this address; None if there is none, or another."""
        if self._cloud:
            asked: dict[str, str | int] = {"query": mail, "maxResults": _MOST}
            found = self._client.get("rest/api/3/user/search", JiraUsers, asked).root
        else:
            asked = {"username": mail, "maxResults": _MOST}
            found = self._client.get("rest/api/2/user/search", JiraUsers, asked).root
        having = [
            one
            for one in found
            if one.active
            and str(one.emailAddress or "").lower() == mail.lower()
            and one.accountType in {"", "atlassian"}
        ]
        return having[0] if len(having) == 1 else None


def open_directory(settings: AtlassianDirectorySettings, secrets: Secrets) -> AtlassianDirectory:
    """Return the directory that *settings* describe. Raises `KnowledgeConfigError`: no token."""
    return AtlassianDirectory(settings, secrets(settings.token))
