"""The interface of Confluence Cloud.

Pages come from version 2 of the interface, which reads the database; who may view them, and which
files they have, from a search by version 1, for which version 2 has nothing. A page that the search
does not know yet is asked for singly. See developer.atlassian.com/cloud/confluence/rest/v2.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import BaseModel, Field

from knowledge.model.errors import ParseError, SourceError
from knowledge.sync.http_client import HttpClient, NotFoundError, Parameters
from knowledge.sync.sources.confluence_tree import (
    HIDDEN,
    RESTRICTIONS,
    Admitted,
    ConfluenceAttachment,
    ConfluenceGroup,
    ConfluenceNode,
    ConfluencePage,
    ConfluenceUser,
    Place,
    Restrictions,
    admitted_by,
    names,
    no_space,
    restriction_of,
)

_PAGE = 250
"""Items in a reply of version 2, people in a question for their addresses."""

_FOUND = 200
"""Items in a reply of a search that expands something."""

_PATHS = {"page": "pages", "blogpost": "blogposts", "folder": "folders"} | {
    kind: f"{kind}s" for kind in ("whiteboard", "database", "embed")
}


class _Links(BaseModel):
    next: str = ""
    base: str = ""
    webui: str = ""


class _Version(BaseModel):
    number: int
    createdAt: str = ""  # noqa: N815 - the vendor's names
    when: str = ""


class _Space(BaseModel):
    id: str
    key: str


class _Parent(BaseModel):
    parentId: str | None = None  # noqa: N815
    parentType: str | None = None  # noqa: N815

    @property
    def above(self) -> tuple[Place, ...]:
        return ((self.parentType or "page", self.parentId),) if self.parentId else ()


class _Page(_Parent):
    id: str
    title: str
    version: _Version
    links: _Links = Field(_Links(), alias="_links")


class _Storage(BaseModel):
    value: str = ""


class _Body(BaseModel):
    storage: _Storage


class _Content(BaseModel):
    title: str
    body: _Body
    version: _Version


class _Principal(BaseModel):
    type: str
    id: str


class _Operation(BaseModel):
    key: str
    targetType: str  # noqa: N815


class _Permission(BaseModel):
    principal: _Principal
    operation: _Operation


class _Found(BaseModel):
    id: str
    restrictions: Restrictions = Restrictions()


class _Container(BaseModel):
    id: str = ""


class _Extensions(BaseModel):
    fileSize: int = 0  # noqa: N815


class _Attachment(BaseModel):
    id: str
    title: str
    version: _Version
    container: _Container = _Container()
    extensions: _Extensions = _Extensions()
    links: _Links = Field(_Links(), alias="_links")


class _List(BaseModel):
    links: _Links = Field(_Links(), alias="_links")


class _Spaces(_List):
    results: list[_Space]


class _Pages(_List):
    results: list[_Page]


class _Permissions(_List):
    results: list[_Permission]


class _Search(_List):
    results: list[_Found]


class _Attachments(_List):
    results: list[_Attachment]


class _Users(_List):
    results: list[ConfluenceUser]


_Reply = TypeVar("_Reply", bound=_List)


class ConfluenceCloud:
    """The site of the source *source*, asked through *client*."""

    def __init__(self, source: str, client: HttpClient) -> None:
        self._source = source
        self._client = client

    def space_readers(self, space: str) -> Admitted:
        path = f"api/v2/spaces/{self._space_id(space)}/permissions"
        users, groups = [], []
        for reply in self._replies(path, _Permissions, {"limit": _PAGE}):
            for permission in reply.results:
                operation, principal = permission.operation, permission.principal
                if (operation.key, operation.targetType) != ("read", "space"):
                    continue
                if principal.type == "user":
                    users.append(principal.id)
                elif principal.type == "group":
                    groups.append(self._group(principal.id))
        return names(self._users(users), groups, _mail)

    def pages(self, space: str) -> Sequence[ConfluencePage]:
        id_ = self._space_id(space)
        found: list[tuple[str, str, _Page]] = []
        for kind in ("page", "blogpost"):
            path = f"api/v2/spaces/{id_}/{_PATHS[kind]}"
            for reply in self._replies(path, _Pages, {"status": "current", "limit": _PAGE}):
                found += [(kind, reply.links.base, page) for page in reply.results]
        admitted = dict(self._restricted(space))
        return [
            ConfluencePage(
                kind=kind,
                id=page.id,
                title=page.title,
                version=str(page.version.number),
                changed=page.version.createdAt,
                address=base + page.links.webui,
                node=ConfluenceNode(
                    admitted[page.id] if page.id in admitted else self._admitted(page.id),
                    page.above,
                ),
            )
            for kind, base, page in found
        ]

    def node(self, place: Place) -> ConfluenceNode:
        kind, id_ = place
        if kind not in _PATHS:
            return HIDDEN
        try:
            above = self._client.get(f"api/v2/{_PATHS[kind]}/{id_}", _Parent).above
        except NotFoundError:
            return HIDDEN
        return ConfluenceNode(self._admitted(id_), above)

    def attachments(
        self,
        space: str,
        pages: Sequence[ConfluencePage],  # noqa: ARG002 - a search finds those of a whole space
    ) -> Iterable[ConfluenceAttachment]:
        cql = f'space = "{_quoted(space)}" and type = attachment'
        expand = "version,container,extensions"
        for reply in self._search(cql, expand, _Attachments):
            for found in reply.results:
                yield ConfluenceAttachment(
                    page=found.container.id,
                    id=found.id,
                    title=found.title,
                    version=str(found.version.number),
                    changed=found.version.when,
                    address=reply.links.base + found.links.webui,
                    size=found.extensions.fileSize,
                )

    def content(self, kind: str, page: str) -> tuple[str, str, str]:
        path = f"api/v2/{_PATHS[kind]}/{page}"
        try:
            found = self._client.get(path, _Content, {"body-format": "storage"})
        except NotFoundError as error:
            raise ParseError("cannot be read: it no longer exists") from error
        return found.title, found.body.storage.value, str(found.version.number)

    def file(self, page: str, attachment: str, title: str, version: str) -> bytes:  # noqa: ARG002
        path = f"rest/api/content/{page}/child/attachment/{attachment}/download"
        return self._client.download(f"{path}?version={quote(version)}")

    def _space_id(self, space: str) -> str:
        reply = self._client.get("api/v2/spaces", _Spaces, {"keys": space})
        for found in reply.results:
            if found.key.casefold() == space.casefold():
                return found.id
        raise SourceError(no_space(self._source, space), "refused")

    def _restricted(self, space: str) -> Iterator[tuple[str, Admitted]]:
        """Yield who may view each page of a space that the search knows."""
        cql = f'space = "{_quoted(space)}" and type in (page, blogpost)'
        for reply in self._search(cql, RESTRICTIONS, _Search):
            for found in reply.results:
                restriction = found.restrictions.read
                if restriction.is_cut:
                    yield found.id, self._admitted(found.id)
                else:
                    yield found.id, admitted_by(restriction, _mail)

    def _admitted(self, content: str) -> Admitted:
        try:
            return admitted_by(restriction_of(self._client, content), _mail)
        except NotFoundError:
            return HIDDEN.admitted

    def _group(self, id_: str) -> ConfluenceGroup:
        try:
            return self._client.get("rest/api/group/by-id", ConfluenceGroup, {"id": id_})
        except NotFoundError:
            return ConfluenceGroup()

    def _users(self, accounts: Sequence[str]) -> Iterator[ConfluenceUser]:
        for start in range(0, len(accounts), _PAGE):
            body = {"accountIds": accounts[start : start + _PAGE]}
            yield from self._client.post("api/v2/users-bulk", _Users, body).results

    def _search(self, cql: str, expand: str, reply: type[_Reply]) -> Iterator[_Reply]:
        parameters: Parameters = {"cql": cql, "expand": expand, "limit": _FOUND}
        return self._replies("rest/api/content/search", reply, parameters)

    def _replies(self, path: str, reply: type[_Reply], parameters: Parameters) -> Iterator[_Reply]:
        """Yield all replies of a listing. The link to the next one holds its parameters."""
        seen = set[str]()
        while True:
            found = self._client.get(path, reply, parameters)
            yield found
            if not found.links.next:
                return
            if found.links.next in seen:
                raise SourceError(
                    f"source {self._source!r}: Confluence repeats a part of the list at {path}: "
                    "sync again later"
                )
            seen.add(found.links.next)
            parameters = dict(parse_qsl(urlsplit(found.links.next).query))


def _mail(user: ConfluenceUser) -> str:
    """Return the address of a person; "" if that person hides it."""
    return user.email or ""


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
