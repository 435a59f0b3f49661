"""Issues of Jira, Cloud and Data Center, with their public comments and their readers.

Each sync lists all issues of the projects, some hundred in a call, without their texts: Jira's feed
of changes, `updated` in a search, tells neither deletions nor changed rights, and its times are
minutes in the time zone of the token's account. An issue is read again when its `updated` differs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from urllib.parse import quote

from pydantic import BaseModel

from knowledge.model.errors import ChangedFileError, KnowledgeConfigError, ParseError, SourceError
from knowledge.model.source_settings import JiraSettings
from knowledge.sync.glob import Glob
from knowledge.sync.http_client import HttpClient, NotFoundError, Parameters
from knowledge.sync.rendered_page import html_page
from knowledge.sync.source import Secrets, SourceFile
from knowledge.sync.sources.atlassian import (
    NumberedPage,
    atlassian_client,
    day_of,
    numbered_items,
)
from knowledge.sync.sources.jira_adf import adf_html
from knowledge.sync.sources.jira_readers import JiraReaders

_WRITTEN = 1
"""Increase when issues are written otherwise, so that they are read again."""

_PAGE = 1000
"""Issues to ask for at once; Jira returns as many as it likes."""

_COMMENTS = 100
_LISTED = "updated,security,issuerestriction"
_SHOWN = ("issuetype", "status", "resolution", "priority", "components", "labels", "attachment")
_ORDER = re.compile(r"\border\s+by\b", re.IGNORECASE)
_INTERNAL = "sd.public.comment"
"""The property by which Data Center marks internal comments of Jira Service Management."""


class _Named(BaseModel):
    name: str = ""
    filename: str = ""
    id: str = ""


class _ListedFields(BaseModel):
    updated: str
    security: _Named | None = None
    issuerestriction: Mapping[str, object] | None = None


class _Listed(BaseModel):
    id: str
    key: str
    fields: _ListedFields


class _Found(BaseModel):
    issues: list[_Listed]
    nextPageToken: str | None = None  # noqa: N815 - the vendor's name
    total: int = 0


class _Server(BaseModel):
    baseUrl: str  # noqa: N815


class _Project(BaseModel):
    key: str


class _Issue(BaseModel):
    key: str
    fields: Mapping[str, object]
    names: Mapping[str, str] = {}
    renderedFields: Mapping[str, object] | None = None  # noqa: N815


class _Author(BaseModel):
    displayName: str = ""  # noqa: N815


class _Property(BaseModel):
    key: str = ""
    value: object = None


class _Comment(BaseModel):
    id: str
    author: _Author | None = None
    body: object = None
    renderedBody: str | None = None  # noqa: N815
    created: str = ""
    visibility: object = None
    jsdPublic: bool | None = None  # noqa: N815
    properties: list[_Property] = []

    @property
    def is_public(self) -> bool:
        """Tell whether everybody who may read the issue may read it."""
        internal = any(
            stated.key == _INTERNAL
            and isinstance(stated.value, Mapping)
            and stated.value.get("internal") not in (False, "false")
            for stated in self.properties
        )
        return self.jsdPublic is not False and not self.visibility and not internal


class _Comments(BaseModel):
    comments: list[_Comment] = []
    total: int = 0


def open_source(settings: JiraSettings, secrets: Secrets) -> "JiraSource":
    """Return the source that *settings* describe."""
    token = secrets(settings.token)
    client = atlassian_client(settings.name, settings.site, settings.user, token)
    return JiraSource(settings, client)


class JiraSource:
    """Lists issues by id, so that one that is moved to another project of the source stays itself.

    Raises:
        KnowledgeConfigError: when `jql` sorts, which is not its task.
    """

    def __init__(self, settings: JiraSettings, client: HttpClient) -> None:
        if _ORDER.search(settings.jql):
            raise KnowledgeConfigError(f"source {settings.name!r}: leave ORDER BY out of `jql`")
        self._settings = settings
        self._client = client
        self._is_cloud = bool(settings.user)
        self._api = "rest/api/3" if self._is_cloud else "rest/api/2"
        self._exclude = [Glob(pattern) for pattern in settings.exclude]

    @property
    def name(self) -> str:
        return self._settings.name

    def files(self) -> Iterable[SourceFile]:
        base = self._client.get(f"{self._api}/serverInfo", _Server).baseUrl.rstrip("/")
        readers = JiraReaders(self.name, self._client, self._api, is_cloud=self._is_cloud)
        for project in self._settings.projects:
            self._check(project)
            by_scheme = self._settings.readers == "source"
            in_project = readers.project(project) if by_scheme else None
            for issue in self._issues(project):
                sets = [in_project]
                if issue.fields.security:
                    sets.append(readers.level(project, issue.fields.security.id))
                if (issue.fields.issuerestriction or {}).get("issuerestrictions"):
                    sets.append(frozenset())  # of a team's own project: roles that nobody tells
                file = SourceFile(
                    document_id=f"{self.name}/{issue.id}",
                    name=f"{issue.key}.html",
                    url=f"{base}/browse/{issue.key}",
                    version=self._version(issue.fields.updated),
                    date=day_of(issue.fields.updated),
                    readers=frozenset(each for each in sets if each is not None),
                    rendered=True,
                )
                yield self._excluded(file)

    def read(self, file: SourceFile) -> bytes:
        path = f"{self._api}/issue/{quote(file.name.removesuffix('.html'), safe='')}"
        fields = ",".join(["summary", "description", "updated", *_SHOWN])
        expand = "names" if self._is_cloud else "names,renderedFields"
        try:
            comments = list(self._comments(path)) if self._settings.comments else []
            issue = self._client.get(path, _Issue, {"fields": fields, "expand": expand})
        except NotFoundError as error:
            raise ParseError("cannot be read: it no longer exists") from error
        if self._version(issue.fields.get("updated")) != file.version:
            raise ChangedFileError  # its level may have been set before the last comment was made
        rendered = (issue.renderedFields or {}).get("description")
        parts = [
            _shown_fields(issue),
            _body(issue.fields.get("description"), rendered),
            *map(_shown_comment, comments),
        ]
        return html_page(f"{issue.key} {issue.fields.get('summary') or ''}", "\n".join(parts))

    def _version(self, updated: object) -> str:
        return f"{updated} {_WRITTEN} {self._settings.comments:d}"

    def _check(self, project: str) -> None:
        try:
            self._client.get(f"{self._api}/project/{quote(project, safe='')}", _Project)
        except NotFoundError as error:
            raise SourceError(
                f"source {self.name!r}: there is no project {project!r}, or the token may not see "
                "it: correct `projects`, or let its account browse the project",
                "refused",
            ) from error

    def _issues(self, project: str) -> Iterator[_Listed]:
        condition = f" AND ({self._settings.jql})" if self._settings.jql.strip() else ""
        name = project.replace("\\", "\\\\").replace('"', '\\"')
        jql = f'project = "{name}"{condition} ORDER BY key ASC'
        return self._by_token(jql) if self._is_cloud else self._by_number(jql)

    def _by_token(self, jql: str) -> Iterator[_Listed]:
        parameters: Parameters = {"jql": jql, "fields": _LISTED, "maxResults": _PAGE}
        seen = set[str]()
        while True:
            reply = self._client.get(f"{self._api}/search/jql", _Found, parameters)
            yield from reply.issues
            token = reply.nextPageToken
            if not token:
                return
            if token in seen:
                raise SourceError(
                    f"source {self.name!r}: Jira repeats a part of its list: sync again later"
                )
            seen.add(token)
            parameters = {**parameters, "nextPageToken": token}

    def _by_number(self, jql: str) -> Iterator[_Listed]:
        def fetch(start: int) -> NumberedPage[_Listed]:
            parameters: Parameters = {
                "jql": jql,
                "fields": _LISTED,
                "startAt": start,
                "maxResults": _PAGE,
            }
            reply = self._client.get(f"{self._api}/search", _Found, parameters)
            return reply.issues, start + len(reply.issues) < reply.total

        return numbered_items(self.name, fetch, lambda issue: issue.id)

    def _comments(self, path: str) -> Iterator[_Comment]:
        def fetch(start: int) -> NumberedPage[_Comment]:
            expand = "properties" if self._is_cloud else "properties,renderedBody"
            parameters: Parameters = {"startAt": start, "maxResults": _COMMENTS, "expand": expand}
            reply = self._client.get(f"{path}/comment", _Comments, parameters)
            return reply.comments, start + len(reply.comments) < reply.total

        found = numbered_items(self.name, fetch, lambda comment: comment.id)
        return (comment for comment in found if comment.is_public)

    def _excluded(self, file: SourceFile) -> SourceFile:
        if any(pattern.matches(file.name) for pattern in self._exclude):
            return replace(file, passed_over="excluded")
        return file


def _shown_fields(issue: _Issue) -> str:
    """Return the fields of an issue in a list, with the names that the site has for them."""
    rows = []
    for name in _SHOWN:
        value = issue.fields.get(name)
        values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        shown = ", ".join(filter(None, map(_name, values)))
        if shown:
            label = issue.names.get(name) or name
            rows.append(f"<dt>{escape(label)}</dt><dd>{escape(shown)}</dd>")
    return f"<dl>{''.join(rows)}</dl>"


def _name(value: object) -> str:
    if isinstance(value, Mapping):
        return str(value.get("name") or value.get("filename") or "")
    return value if isinstance(value, str) else ""


def _shown_comment(comment: _Comment) -> str:
    author = comment.author.displayName if comment.author else ""
    day = comment.created[:10]
    return f"<h2>{escape(author)} ({escape(day)})</h2>{_body(comment.body, comment.renderedBody)}"


def _body(body: object, rendered: object) -> str:
    """Return a text as HTML: as Jira has rendered it, else ADF, else plain text."""
    if isinstance(rendered, str) and rendered.strip():
        return rendered
    if isinstance(body, str):
        paragraphs = body.replace("\r\n", "\n").split("\n\n")
        return "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in paragraphs)
    return adf_html(body)
