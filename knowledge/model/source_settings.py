"""The `[[sources]]` tables of `knowledge.toml`: the keys of all sources, and of each type."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from knowledge.model.access import parse_audience
from knowledge.model.schedule import Schedule
from knowledge.model.settings_table import SettingsTable
from knowledge.model.types import Access

_PLACES = (
    *("repository", "branch", "path", "start", "remote", "host", "site", "team", "project"),
    *("spaces", "projects", "folders", "apps", "channels"),
)
"""Keys that say where the documents of a source are."""

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_KEY = re.compile(r"(?=[A-Z]{0,99}[0-9])[A-Z0-9]{16,}")
"""Capitals and digits alone, as the keys of some vendors: no name of a variable."""

_HOST = r"[A-Za-z0-9][\w.-]{0,252}"
_REPOSITORIES = (
    re.compile(rf"(?:https|ssh)://(?:[\w.+-]{{1,64}}@)?{_HOST}(?::\d{{1,5}})?/[^\s?#]+"),
    re.compile(r"http://(?:[\w.+-]{1,64}@)?(?:localhost|127\.0\.0\.1)(?::\d{1,5})?/[^\s?#]+"),
    re.compile(rf"[\w.+-]{{1,64}}@{_HOST}:[^\s/\\:][^\s]*"),
    re.compile(rf"{_HOST}:[^\s/\\:@][^\s@]*"),
    re.compile(r"(?:file://)?/[^\x00-\x1f]+"),
)
"""Where a repository may be: on the web, by ssh, on this machine. Plain http would show the token
to others, and so reaches this machine only. `name:password@host/path` is none of them."""

_TOKEN_AS_USER = re.compile(
    r"https?://(?:gh[a-z]_|github_pat_|glpat-|[\w.+-]{0,64}[A-Za-z0-9]{30})[^/@]{0,300}@"
)
"""Addresses as some vendors' pages show them: the token stands where the account belongs."""


def _path(value: object) -> object:
    if not value:
        raise ValueError("write a folder, a file, or a pattern such as docs/**/*.md")
    return Path(value) if isinstance(value, str) else value


def _secret_name(value: str) -> str:
    is_name = _VARIABLE.fullmatch(value) and not _KEY.fullmatch(value)
    if is_name or value.startswith(("/", "./", "~/")):
        return value
    # The value is not quoted: it may be the secret itself.
    raise ValueError(
        "write the name of the environment variable that holds it, such as WIKI_TOKEN, or the path "
        "of a file, such as /run/secrets/wiki; never the secret itself"
    )


def _site(value: str) -> str:
    if not re.fullmatch(r"https?://[^/?#\s@]+(?:/[^?#\s]*)?", value):
        raise ValueError("write an address such as https://example.com")
    return value.rstrip("/")


def _repository(value: str) -> str:
    is_form = any(form.fullmatch(value) for form in _REPOSITORIES)
    if is_form and not _TOKEN_AS_USER.match(value):
        return value
    # The value is not quoted: a password may be in it.
    raise ValueError(
        "write https://host/path, ssh://git@host/path, git@host:path, or an absolute path on this "
        "machine; a token belongs in `token`, never in the address"
    )


SecretName = Annotated[str, AfterValidator(_secret_name)]
"""Where a secret is: the name of an environment variable, or the path of a file."""


def _start(value: str) -> str:
    place, mark, query = value.partition("?")
    if mark and not re.fullmatch(r"[^?#\s]+", query):
        raise ValueError("write an address such as https://example.com/wiki/doku.php?id=start")
    return f"{_site(place)}{mark}{query}"


Site = Annotated[str, AfterValidator(_site)]
"""The address of a server: https or http, without a user, a query or a slash at its end."""

Names = Annotated[list[str], Field(min_length=1)]


class SourceSettings(SettingsTable):
    """What every `[[sources]]` table may have.

    Attributes:
        name: First part of the ids of its documents.
        audience: Who may read the documents, unless a document's front matter says otherwise. The
            rights at the source restrict it further where the source tells them.
        owner: The expert for these documents.
        schedule: When it is synced, as `REINDEX_SCHEDULE`; "" follows that one.
        url: Pattern of citation links, with `{path}` or `{page}`; "" takes the source's own
            addresses.
        exclude: Glob patterns of what to leave out.
        language: Language of the documents; informative only.
        ocr: Whether to read scanned pages and pictures by OCR; needs the extra `ocr`.
        include_hidden: Whether to read what a document hides from its readers, too: sheets, rows,
            columns and slides, comments, `display: none`.
        is_here: Whether the documents are on this machine, so that a listing takes no time.
    """

    is_here: ClassVar[bool] = False

    type: str
    name: str = Field(pattern=r"^[\w-]+$")
    audience: Annotated[Access, BeforeValidator(parse_audience)] = Access("members")
    owner: str = ""
    schedule: str = ""
    url: str = ""
    exclude: list[str] = []
    language: Literal["", "ja", "en"] = ""
    ocr: bool = False
    include_hidden: bool = False

    @property
    def place(self) -> str:
        """Where the documents are, for people."""
        values = (getattr(self, key, "") for key in _PLACES)
        found = [", ".join(map(str, v)) if isinstance(v, list) else str(v) for v in values if v]
        return " ".join(found)

    @field_validator("schedule")
    @classmethod
    def _is_schedule(cls, schedule: str) -> str:
        if schedule:
            Schedule(schedule, ZoneInfo("UTC"))
        return schedule

    @field_validator("url")
    @classmethod
    def _has_place(cls, url: str) -> str:
        if url and "{path}" not in url and "{page}" not in url:
            raise ValueError("put {path} where the document's path belongs")
        return url


class FolderSettings(SourceSettings):
    """A folder of the file system.

    Attributes:
        path: A folder, a file or a glob; absolute after loading.
        network: Whether it is on another machine, so that a sync reads it before it takes the right
            to publish; None finds out by its mount.
    """

    is_here: ClassVar[bool] = True

    type: Literal["folder"] = "folder"
    path: Annotated[Path, BeforeValidator(_path)]
    network: bool | None = None


class LiveSettings(SourceSettings):
    """A source that the program itself provides; no table of `knowledge.toml` can have its type."""

    is_here: ClassVar[bool] = True

    type: Literal["live"] = "live"


class GitSettings(SourceSettings):
    """A git repository.

    Attributes:
        repository: Its address, or an absolute path on this machine.
        branch: The branch to read; "" takes the default branch.
        path: The folder in it to read; "" reads all.
        token: The token or password for https, if it needs one. The account is the one in the
            address; GitHub and GitLab need none there.
    """

    type: Literal["git"]
    repository: Annotated[str, AfterValidator(_repository)]
    branch: str = Field(default="", pattern=r"^(?:[^\s~^:?*\[\\-][^\s~^:?*\[\\]*)?$")
    path: str = ""
    token: SecretName | None = None


class GithubSettings(SourceSettings):
    """Issues and discussions of a repository on GitHub.

    Attributes:
        repository: `owner/name`.
        token: A fine-grained token that may read issues, discussions and metadata.
        include: What to read.
        site: The API of GitHub Enterprise Server.
    """

    type: Literal["github"]
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    token: SecretName
    include: list[Literal["issues", "discussions"]] = ["issues", "discussions"]
    site: Site = "https://api.github.com"


class GitlabSettings(SourceSettings):
    """Issues of a project on GitLab. `project` is its path, `token` one that may `read_api`."""

    type: Literal["gitlab"]
    project: str = Field(pattern=r"^[\w.-]+(?:/[\w.-]+)+$")
    token: SecretName
    site: Site = "https://gitlab.com"


class WebSettings(SourceSettings):
    """A web site.

    Attributes:
        start: A page to crawl from, or a sitemap (`.xml`, `.xml.gz`, or a name with `sitemap`).
            It may have a query, as the pages of many wikis do.
        prefix: Only addresses that begin with it are read; "" takes the folder of `start`.
        pages: Most pages to read; a site with more is reported as incomplete.
        allow_private: Whether the site may be in a private network.
    """

    type: Literal["web"]
    start: Annotated[str, AfterValidator(_start)]
    prefix: str = ""
    pages: int = Field(default=10_000, ge=1, le=1_000_000)
    allow_private: bool = False


class FilesSettings(SourceSettings):
    """Files in a cloud, as rclone reaches them.

    Attributes:
        remote: A remote and a path as rclone names them, such as `drive:Handbook`.
        config: Path of rclone's configuration file, which holds the remote's secrets.
        rights: Who decides who may read a file, beyond the audience: the `source`, where rclone
            tells its permissions, or the `audience` alone.
        anyone_with_link: Whether what is shared as "anyone with the link", or with the whole
            organisation, counts as readable by the whole audience; otherwise only the people and
            groups it is shared with count.
        documents: The format in which Google Docs are fetched.
    """

    type: Literal["files"]
    remote: str = Field(pattern=r"^[\w. -]+:.*$")
    config: SecretName | None = None
    rights: Literal["source", "audience"] = "source"
    anyone_with_link: bool = False
    documents: Literal["docx", "md"] = "docx"


class ConfluenceSettings(SourceSettings):
    """Spaces of Confluence, Cloud or Data Center.

    Attributes:
        site: Its address, such as `https://example.atlassian.net/wiki`.
        spaces: Keys of the spaces.
        user: The e-mail address of the token's account in Cloud; "" for a token of Data Center.
        token: An API token, or a personal access token of Data Center.
        attachments: Whether to read files that are attached to pages.
        readers: Who may read the pages: the people whom Confluence lets read them (`source`), or
            the whole audience (`audience`).
    """

    type: Literal["confluence"]
    site: Site
    spaces: Names
    user: str = ""
    token: SecretName
    attachments: bool = True
    readers: Literal["source", "audience"] = "source"


class JiraSettings(SourceSettings):
    """Issues of Jira, Cloud or Data Center.

    Attributes:
        site: Its address, such as `https://example.atlassian.net`.
        projects: Keys of the projects.
        jql: A condition that issues must meet, too.
        user: The e-mail address of the token's account in Cloud; "" for a token of Data Center.
        token: An API token, or a personal access token of Data Center.
        comments: Whether to read comments.
        readers: Who may read the issues: the people whom Jira lets read them (`source`), or the
            whole audience (`audience`), but for issues with a security level.
    """

    type: Literal["jira"]
    site: Site
    projects: Names
    jql: str = ""
    user: str = ""
    token: SecretName
    comments: bool = True
    readers: Literal["source", "audience"] = "source"


class NotionSettings(SourceSettings):
    """The pages of Notion that an integration was given. `token` is the integration's secret."""

    type: Literal["notion"]
    token: SecretName
    site: Site = "https://api.notion.com"


class ZendeskSettings(SourceSettings):
    """A help centre of Zendesk.

    Attributes:
        site: Its address, such as `https://example.zendesk.com`.
        user: The e-mail address of the token's agent.
        token: An API token.
        attachments: Whether to read files that are attached to articles, too; a complete listing
            takes a call for each article then.
        tickets: Whether to read the public comments of solved tickets, too.
    """

    type: Literal["zendesk"]
    site: Site
    user: str = Field(min_length=3)
    token: SecretName
    attachments: bool = False
    tickets: bool = False


class ImapSettings(SourceSettings):
    """Folders of a mailbox.

    Attributes:
        host: The server.
        port: Its port.
        security: `tls` from the first byte, `starttls`, or `none` for a server on this machine.
        user: The account.
        password: Its password, or an app password.
        folders: The folders to read.
    """

    type: Literal["imap"]
    host: str = Field(min_length=1)
    port: int = Field(default=993, ge=1, le=65_535)
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = Field(min_length=1)
    password: SecretName
    folders: Names = ["INBOX"]


class LinearSettings(SourceSettings):
    """Issues and documents of Linear. `teams` are their keys; empty reads all public teams."""

    type: Literal["linear"]
    token: SecretName
    teams: list[str] = []
    site: Site = "https://api.linear.app"


class KintoneSettings(SourceSettings):
    """Apps of kintone.

    Attributes:
        site: Its address, such as `https://example.cybozu.com`.
        apps: Numbers of the apps.
        tokens: For each app, in the same order, its API token, which may view records.
    """

    type: Literal["kintone"]
    site: Site
    apps: Annotated[list[int], Field(min_length=1)]
    tokens: Annotated[list[SecretName], Field(min_length=1)]

    @field_validator("tokens")
    @classmethod
    def _one_each(cls, tokens: list[str], info: object) -> list[str]:
        apps = getattr(info, "data", {}).get("apps", tokens)
        if len(tokens) != len(apps):
            raise ValueError("write one token for each app, in the same order")
        return tokens


class BacklogSettings(SourceSettings):
    """Projects of Backlog.

    Attributes:
        site: Its address, such as `https://example.backlog.com`.
        projects: Keys of the projects.
        token: An API key.
        include: What to read.
    """

    type: Literal["backlog"]
    site: Site
    projects: Names
    token: SecretName
    include: list[Literal["wiki", "issues", "documents"]] = ["wiki", "issues", "documents"]


class EsaSettings(SourceSettings):
    """Posts of esa. `team` is the first part of its address, `token` one that may `read`."""

    type: Literal["esa"]
    team: str = Field(pattern=r"^[a-z0-9-]+$")
    token: SecretName
    site: Site = "https://api.esa.io"


class SlackSettings(SourceSettings):
    """Channels of Slack.

    Attributes:
        channels: Ids or `#names` of the channels. Their members are the audience.
        days: How long a message is kept after it was written.
    """

    type: Literal["slack"]
    channels: Names
    days: int = Field(default=365, ge=1, le=3650)


AnySource = Annotated[
    FolderSettings
    | GitSettings
    | GithubSettings
    | GitlabSettings
    | WebSettings
    | FilesSettings
    | ConfluenceSettings
    | JiraSettings
    | NotionSettings
    | ZendeskSettings
    | ImapSettings
    | LinearSettings
    | KintoneSettings
    | BacklogSettings
    | EsaSettings
    | SlackSettings,
    Field(discriminator="type"),
]
"""One `[[sources]]` table, by its `type`."""

SOURCE_TYPES: Mapping[str, type[SourceSettings]] = {
    get_args(settings.model_fields["type"].annotation)[0]: settings
    for settings in get_args(get_args(AnySource)[0])
}
"""The settings of each type of source, by its name."""
