"""The `[[directories]]` tables of `knowledge.toml`: who knows which groups a person is in."""

import re
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from knowledge.model.settings_table import SettingsTable
from knowledge.model.source_settings import SecretName, Site

SLACK = "slack"
"""The directory that Slack itself is: its user groups need no table."""

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_SERVER = re.compile(r"ldaps?://(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?")


def _server(value: str) -> str:
    if not _SERVER.fullmatch(value):
        raise ValueError("write an address such as ldaps://ldap.example.com")
    return value


def _condition(value: str) -> str:
    depths = list(accumulate({"(": 1, ")": -1}.get(character, 0) for character in value))
    if value and not (value[0] == "(" and 0 in depths and depths.index(0) == len(value) - 1):
        raise ValueError("write one filter in brackets, such as (accountStatus=active)")
    return value


class DirectorySettings(SettingsTable):
    """What every `[[directories]]` table has.

    Attributes:
        name: What the sources call the directory in whose groups their readers are, such as
            `google`, `microsoft` or `atlassian`; see `knowledge.model.readers.group`.
    """

    type: str
    name: str = Field(pattern=r"^[a-z][\w-]*$")

    @field_validator("name")
    @classmethod
    def _is_not_slack(cls, name: str) -> str:
        if name == SLACK:
            raise ValueError("Slack tells its user groups itself: choose another name")
        return name


class FileDirectorySettings(DirectorySettings):
    """A file of groups. `path` is absolute after loading; its ending says how it is read.

    `.json` holds users and groups as SCIM has them (RFC 7643), `.toml` a table `[groups]`, `.csv`
    the columns `group` and `member`.
    """

    type: Literal["file"]
    path: Path

    @field_validator("path", mode="before")
    @classmethod
    def _path(cls, value: object) -> object:
        if not isinstance(value, str) or not value.endswith((".json", ".toml", ".csv")):
            raise ValueError("write the path of a .json, .toml or .csv file")
        return Path(value)


class LdapDirectorySettings(DirectorySettings):
    """An LDAP server, such as OpenLDAP or Active Directory.

    Attributes:
        server: `ldaps://host` or `ldap://host`, with `:port` if it is not the usual one.
        starttls: Whether `ldap://` turns to TLS before anything is said.
        certificates: A file of certificates to trust in place of the system's.
        user: The distinguished name that looks people up; "" for nobody in particular.
        password: Its password.
        people: Where people are: the distinguished name above them.
        groups: Where groups are, likewise.
        person_filter: A condition that people must meet, such as one for enabled accounts.
        mail: The attribute with the e-mail addresses of a person.
        group_name: The attribute that sources know a group by, besides its distinguished name.
    """

    type: Literal["ldap"]
    server: Annotated[str, AfterValidator(_server)]
    starttls: bool = False
    certificates: str = ""
    user: str = ""
    password: SecretName | None = None
    people: str = Field(min_length=1)
    groups: str = Field(min_length=1)
    person_filter: Annotated[str, AfterValidator(_condition)] = ""
    mail: str = Field(default="mail", pattern=r"^[A-Za-z][\w.;-]*$")
    group_name: str = Field(default="cn", pattern=r"^[A-Za-z][\w.;-]*$")

    @model_validator(mode="after")
    def _says_passwords_in_secret(self) -> Self:
        open_to_all = self.server.startswith("ldap:") and not self.starttls
        if open_to_all and urlsplit(self.server).hostname not in _LOCAL:
            raise ValueError("write ldaps://, or starttls = true: otherwise anybody can listen in")
        if self.starttls and self.server.startswith("ldaps:"):
            raise ValueError("ldaps:// is TLS already: leave starttls out")
        if bool(self.user) != bool(self.password):  # without a password, servers let anybody in
            raise ValueError("write both user and password, or neither")
        return self


class GoogleDirectorySettings(DirectorySettings):
    """The groups of Google Workspace.

    Attributes:
        credentials: The JSON key of a service account.
        administrator: The administrator in whose name it asks; "" where the service account has
            an administrator's role itself.
        site: The Admin SDK.
    """

    type: Literal["google"]
    credentials: SecretName
    administrator: str = ""
    site: Site = "https://admin.googleapis.com"


class EntraDirectorySettings(DirectorySettings):
    """The groups of Microsoft Entra.

    Attributes:
        tenant: Id or domain of the tenant.
        client: Id of the app registration.
        secret: A secret of it.
        site: Microsoft Graph.
        login: Where tokens come from.
    """

    type: Literal["entra"]
    tenant: str = Field(pattern=r"^[\w.-]+$")
    client: str = Field(pattern=r"^[\w-]+$")
    secret: SecretName
    site: Site = "https://graph.microsoft.com/v1.0"
    login: Site = "https://login.microsoftonline.com"


class AtlassianDirectorySettings(DirectorySettings):
    """The groups of Atlassian, as Jira tells them, Cloud or Data Center.

    Attributes:
        site: Its address, such as `https://example.atlassian.net`.
        user: The e-mail address of the token's account in Cloud; "" for a token of Data Center.
        token: An API token, or a personal access token of Data Center.
    """

    type: Literal["atlassian"]
    site: Site
    user: str = ""
    token: SecretName


AnyDirectory = Annotated[
    FileDirectorySettings
    | LdapDirectorySettings
    | GoogleDirectorySettings
    | EntraDirectorySettings
    | AtlassianDirectorySettings,
    Field(discriminator="type"),
]
"""One `[[directories]]` table, by its `type`."""

DIRECTORY_TYPES: Mapping[str, type[DirectorySettings]] = {
    get_args(settings.model_fields["type"].annotation)[0]: settings
    for settings in get_args(get_args(AnyDirectory)[0])
}
"""The settings of each type of directory, by its name."""
