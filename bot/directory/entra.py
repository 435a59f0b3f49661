"""Groups of Microsoft Entra, by Microsoft Graph."""

from collections.abc import Iterator
from urllib.parse import quote

from pydantic import BaseModel, Field

from bot.directory.oauth import AccessToken, TokenClient, client_of
from knowledge.model.directory_settings import EntraDirectorySettings
from knowledge.model.errors import KnowledgeError
from knowledge.sync.http_client import Parameters
from knowledge.sync.source import Secrets

_GROUP = "#microsoft.graph.group"
_MOST_PAGES = 50


class GraphUser(BaseModel):
    """A user; https://learn.microsoft.com/graph/api/resources/user."""

    id: str
    mail: str | None = None
    userPrincipalName: str | None = None  # noqa: N815 - Graph's name
    accountEnabled: bool = False  # noqa: N815 - Graph's name


class GraphUsers(BaseModel):
    """A page of users."""

    value: list[GraphUser]
    following: str = Field("", alias="@odata.nextLink")


class GraphObject(BaseModel):
    """What a user is a member of: a group, a role or an administrative unit."""

    type: str = Field("", alias="@odata.type")
    id: str
    mail: str | None = None


class GraphObjects(BaseModel):
    """A page of them; https://learn.microsoft.com/graph/api/user-list-transitivememberof."""

    value: list[GraphObject]
    following: str = Field("", alias="@odata.nextLink")


class EntraDirectory:
    """The groups of a user, groups within groups included, as Graph lists them itself.

    A group is known by its id, and by its address where it has one.
    """

    def __init__(self, settings: EntraDirectorySettings, secret: str) -> None:
        self.name = settings.name
        self._settings = settings
        self._secret = secret
        self._client = TokenClient(self.name, settings.site, self._token)

    def groups_of(self, mail: str) -> frozenset[str]:
        user = self._user(mail)
        if user is None:
            return frozenset()
        groups = (one for one in self._member_of(user) if one.type == _GROUP)
        return frozenset(name for one in groups for name in (one.id, one.mail) if name)

    def check(self) -> str:
        self._client.get("users", GraphUsers, {"$top": 1, "$select": "id,accountEnabled"})
        self._client.get("groups", GraphObjects, {"$top": 1, "$select": "id,mail"})
        return "users and groups can be listed"

    def close(self) -> None:
        self._client.close()

    def _user(self, mail: str) -> GraphUser | None:
        """Return the one enabled user with this address; None if there is none, or another."""
        quoted = mail.replace("'", "''")
        asked: Parameters = {
            "$filter": f"mail eq '{quoted}' or userPrincipalName eq '{quoted}'",
            "$select": "id,mail,userPrincipalName,accountEnabled",
        }
        found = self._client.get("users", GraphUsers, asked)
        if len(found.value) != 1 or found.following:
            return None
        user = found.value[0]
        named = {str(name or "").lower() for name in (user.mail, user.userPrincipalName)}
        return user if user.accountEnabled and mail.lower() in named else None

    def _member_of(self, user: GraphUser) -> Iterator[GraphObject]:
        path = f"users/{quote(user.id, safe='')}/transitiveMemberOf"
        page = self._client.get(path, GraphObjects, {"$select": "id,mail", "$top": 999})
        for _ in range(_MOST_PAGES):
            yield from page.value
            if not page.following:
                return
            page = self._client.get(page.following, GraphObjects)
        raise KnowledgeError(f"directory {self.name!r}: a person in too many groups")

    def _token(self) -> AccessToken:
        """Ask for a token with the app's secret (RFC 6749, 4.4).

        https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
        """
        settings = self._settings
        client = client_of(self.name, settings.login)
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.client,
            "client_secret": self._secret,
            "scope": f"{settings.site.rpartition('/')[0]}/.default",
        }
        try:
            return client.post_form(f"{settings.tenant}/oauth2/v2.0/token", AccessToken, form)
        finally:
            client.close()


def open_directory(settings: EntraDirectorySettings, secrets: Secrets) -> EntraDirectory:
    """Return the directory that *settings* describe. Raises `KnowledgeConfigError`: no secret."""
    return EntraDirectory(settings, secrets(settings.secret))
