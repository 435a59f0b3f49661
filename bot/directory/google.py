"""Groups of Google Workspace, by the directory of the Admin SDK."""

import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import jwt
from pydantic import BaseModel, Field, ValidationError

from bot.directory.oauth import AccessToken, TokenClient, client_of
from knowledge.model.directory_settings import GoogleDirectorySettings
from knowledge.model.errors import KnowledgeConfigError, KnowledgeError, SourceError
from knowledge.sync.http_client import NotFoundError
from knowledge.sync.source import Secrets

SCOPE = "https://www.googleapis.com/auth/admin.directory.group.readonly"
"""All that is asked for: to list groups and who is in them."""

_GROUPS = "admin/directory/v1/groups"
_PAGE = 200
_MOST_GROUPS = 1_000
_THREADS = 8
_NESTED = 60.0
"""Seconds for which it is believed in which groups a group is."""


class ServiceAccount(BaseModel):
    """What is used of a service account's JSON key."""

    client_email: str = Field(min_length=3)
    private_key: str = Field(min_length=100, repr=False)
    private_key_id: str = ""
    token_uri: str = Field(pattern=r"^(https://|http://127\.0\.0\.1:)[^\s?#@]+$")


class GoogleGroup(BaseModel):
    """A group; https://developers.google.com/workspace/admin/directory/reference/rest/v1/groups."""

    id: str
    email: str
    aliases: list[str] = []


class GoogleGroups(BaseModel):
    """A page of groups."""

    groups: list[GoogleGroup] = []
    nextPageToken: str = ""  # noqa: N815 - Google's name


class GoogleDirectory:
    """The groups that `groups.list` tells for a member, who may be a person or a group."""

    def __init__(self, settings: GoogleDirectorySettings, account: ServiceAccount) -> None:
        self.name = settings.name
        self._administrator = settings.administrator
        self._account = account
        self._client = TokenClient(self.name, settings.site, self._token)
        self._threads = ThreadPoolExecutor(_THREADS, "groups")
        self._lock = threading.Lock()
        self._above: dict[str, tuple[tuple[GoogleGroup, ...], float]] = {}

    def groups_of(self, mail: str) -> frozenset[str]:
        found = dict[str, GoogleGroup]()
        new = {group.id: group for group in self._groups_with(mail)}
        while new:
            found |= new
            if len(found) > _MOST_GROUPS:
                raise KnowledgeError(f"directory {self.name!r}: a person in {len(found)} groups")
            listed = list(self._threads.map(self._groups_above, new.values()))
            above = [one for groups in listed for one in groups]
            new = {one.id: one for one in above if one.id not in found}
        return frozenset(
            name for one in found.values() for name in (one.id, one.email, *one.aliases)
        )

    def check(self) -> str:
        found = self._page({"customer": "my_customer", "maxResults": 1})
        return "groups can be listed" if found.groups else "no groups"

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _groups_above(self, group: GoogleGroup) -> Iterable[GoogleGroup]:
        now = time.monotonic()
        with self._lock:
            known = self._above.get(group.id)
        if known is not None and now < known[1]:
            return known[0]
        found = tuple(self._groups_with(group.email))
        with self._lock:
            if len(self._above) > _MOST_GROUPS:
                self._above.clear()
            self._above[group.id] = found, now + _NESTED
        return found

    def _groups_with(self, member: str) -> list[GoogleGroup]:
        found, token = list[GoogleGroup](), ""
        while True:
            asked: dict[str, str | int] = {"userKey": member, "maxResults": _PAGE}
            if token:
                asked["pageToken"] = token
            try:
                page = self._page(asked)
            except NotFoundError:  # nobody of this organisation
                return []
            except SourceError as error:
                if error.kind != "refused":
                    raise
                self.check()  # if this is allowed, it is for the member that it refuses
                return []
            found += page.groups
            token = page.nextPageToken
            if not token or len(found) > _MOST_GROUPS:
                return found

    def _page(self, parameters: Mapping[str, str | int]) -> GoogleGroups:
        return self._client.get(_GROUPS, GoogleGroups, parameters)

    def _token(self) -> AccessToken:
        """Ask for a token with a signed statement who asks (RFC 7523).

        https://developers.google.com/identity/protocols/oauth2/service-account#httprest
        """
        now, account = int(time.time()), self._account
        told = {
            "iss": account.client_email,
            "scope": SCOPE,
            "aud": account.token_uri,
            "iat": now,
            "exp": now + 3600,
        }
        if self._administrator:
            told["sub"] = self._administrator
        try:
            signed = jwt.encode(
                told, account.private_key, "RS256", headers={"kid": account.private_key_id}
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            raise SourceError(
                f"directory {self.name!r}: the key of the service account cannot be read: make "
                "a new JSON key",
                "refused",
            ) from None
        client = client_of(self.name, account.token_uri.rpartition("/")[0])
        try:
            return client.post_form(account.token_uri, AccessToken, _asking(signed))
        finally:
            client.close()


def _asking(signed: str) -> Mapping[str, str]:
    return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed}


def open_directory(settings: GoogleDirectorySettings, secrets: Secrets) -> GoogleDirectory:
    """Return the directory that *settings* describe.

    Raises:
        KnowledgeConfigError: the credentials are missing, or no key of a service account.
    """
    try:
        account = ServiceAccount.model_validate_json(secrets(settings.credentials))
    except ValidationError:
        raise KnowledgeConfigError(
            f"directory {settings.name!r}: {settings.credentials} holds no JSON key of a service "
            "account: make one in the Google Cloud console"
        ) from None
    return GoogleDirectory(settings, account)
