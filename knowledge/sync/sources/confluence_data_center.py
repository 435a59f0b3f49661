"""The interface of Confluence Data Center, from version 9.1: it tells who may view a space.

See developer.atlassian.com/server/confluence/rest.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import quote

from pydantic import BaseModel, Field, RootModel

from knowledge.model.errors import ParseError, SourceError
from knowledge.sync.http_client import HttpClient, NotFoundError
from knowledge.sync.sources.atlassian import NumberedPage, numbered_items
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

_PAGE = 100
_EXPAND = f"version,ancestors,{RESTRICTIONS},children.attachment.version"


class _Links(BaseModel):
    next: str = ""
    base: str = ""
    webui: str = ""


class _Version(BaseModel):
    number: int
    when: str = ""


class _Ancestor(BaseModel):
    id: str
    type: str = "page"


class _Extensions(BaseModel):
    fileSize: int = 0  # noqa: N815 - the vendor's name


class _Attachment(BaseModel):
    id: str
    title: str
    version: _Version
    extensions: _Extensions = _Extensions()
    links: _Links = Field(_Links(), alias="_links")


class _Attachments(BaseModel):
    results: list[_Attachment] = []
    links: _Links = Field(_Links(), alias="_links")
    limit: int = 25

    @property
    def is_cut(self) -> bool:
        return bool(self.links.next) or len(self.results) >= self.limit


class _Children(BaseModel):
    attachment: _Attachments = _Attachments()


class _Page(BaseModel):
    id: str
    title: str
    version: _Version
    ancestors: list[_Ancestor] = []
    restrictions: Restrictions = Restrictions()
    children: _Children = _Children()
    links: _Links = Field(_Links(), alias="_links")


class _Pages(BaseModel):
    results: list[_Page]
    links: _Links = Field(_Links(), alias="_links")


class _Storage(BaseModel):
    value: str = ""


class _Body(BaseModel):
    storage: _Storage


class _Content(BaseModel):
    title: str
    body: _Body
    version: _Version


class _Ancestors(BaseModel):
    ancestors: list[_Ancestor] = []


class _Operation(BaseModel):
    targetType: str  # noqa: N815
    operationKey: str  # noqa: N815


class _Subject(BaseModel):
    type: str = ""
    name: str = ""
    userKey: str = ""  # noqa: N815


class _Permission(BaseModel):
    operation: _Operation
    subject: _Subject | None = None


class _Space(BaseModel):
    key: str


class _Permissions(RootModel[list[_Permission]]):
    pass


class _Profile(BaseModel):
    email: str | None = None


class ConfluenceDataCenter:
    """The site of the source *source*, asked through *client*."""

    def __init__(self, source: str, client: HttpClient) -> None:
        self._source = source
        self._client = client
        self._mails: dict[tuple[str, str], str] = {}
        self._attached: dict[str, tuple[str, _Attachments]] = {}

    def space_readers(self, space: str) -> Admitted:
        path = f"rest/api/space/{quote(space, safe='')}/permissions"
        try:
            permissions = self._client.get(path, _Permissions).root
        except SourceError as error:
            if not isinstance(error, NotFoundError) and error.kind != "refused":
                raise
            raise SourceError(
                f"source {self._source!r}: Confluence does not say who may view the space "
                f"{space!r}: that needs version 9.1 and a token of an administrator of the space; "
                'or write readers = "audience"',
                "refused",
            ) from error
        users, groups = [], []
        for permission in permissions:
            operation, subject = permission.operation, permission.subject
            if (operation.operationKey, operation.targetType) != ("read", "space"):
                continue
            if subject is not None and subject.type == "anonymous":
                return None
            if subject is not None and subject.type == "user":
                users.append(ConfluenceUser(userKey=subject.userKey))
            elif subject is not None and subject.type == "group":
                groups.append(ConfluenceGroup(name=subject.name))
        return names(users, groups, self._mail)

    def pages(self, space: str) -> Sequence[ConfluencePage]:
        try:
            self._client.get(f"rest/api/space/{quote(space, safe='')}", _Space)
        except NotFoundError as error:
            raise SourceError(no_space(self._source, space), "refused") from error
        return [
            self._page(kind, base, found)
            for kind in ("page", "blogpost")
            for base, found in numbered_items(
                self._source, self._listing(space, kind), lambda pair: pair[1].id
            )
        ]

    def node(self, place: Place) -> ConfluenceNode:
        _, id_ = place
        try:
            found = self._client.get(f"rest/api/content/{id_}", _Ancestors, {"expand": "ancestors"})
            restriction = restriction_of(self._client, id_)
        except NotFoundError:
            return HIDDEN
        return ConfluenceNode(admitted_by(restriction, self._mail), _places(found.ancestors))

    def attachments(
        self,
        space: str,  # noqa: ARG002 - their lists came with the pages
        pages: Sequence[ConfluencePage],
    ) -> Iterable[ConfluenceAttachment]:
        for page in pages:
            base, listed = self._attached.pop(page.id)
            found = self._all_attachments(page.id) if listed.is_cut else listed.results
            for attached in found:
                yield ConfluenceAttachment(
                    page=page.id,
                    id=attached.id,
                    title=attached.title,
                    version=str(attached.version.number),
                    changed=attached.version.when,
                    address=base + attached.links.webui,
                    size=attached.extensions.fileSize,
                )

    def content(self, kind: str, page: str) -> tuple[str, str, str]:  # noqa: ARG002 - one path
        path = f"rest/api/content/{page}"
        try:
            found = self._client.get(path, _Content, {"expand": "body.storage,version"})
        except NotFoundError as error:
            raise ParseError("cannot be read: it no longer exists") from error
        return found.title, found.body.storage.value, str(found.version.number)

    def file(self, page: str, attachment: str, title: str, version: str) -> bytes:  # noqa: ARG002
        path = f"download/attachments/{page}/{quote(title, safe='')}"
        return self._client.download(f"{path}?version={quote(version)}")

    def _listing(self, space: str, kind: str) -> Callable[[int], NumberedPage[tuple[str, _Page]]]:
        def fetch(start: int) -> NumberedPage[tuple[str, _Page]]:
            parameters = {"spaceKey": space, "type": kind, "status": "current", "expand": _EXPAND}
            reply = self._client.get(
                "rest/api/content", _Pages, {**parameters, "start": start, "limit": _PAGE}
            )
            return [(reply.links.base, page) for page in reply.results], bool(reply.links.next)

        return fetch

    def _page(self, kind: str, base: str, found: _Page) -> ConfluencePage:
        self._attached[found.id] = (base, found.children.attachment)
        restriction = found.restrictions.read
        if restriction.is_cut:
            restriction = restriction_of(self._client, found.id)
        return ConfluencePage(
            kind=kind,
            id=found.id,
            title=found.title,
            version=str(found.version.number),
            changed=found.version.when,
            address=base + found.links.webui,
            node=ConfluenceNode(admitted_by(restriction, self._mail), _places(found.ancestors)),
        )

    def _all_attachments(self, page: str) -> Iterator[_Attachment]:
        def fetch(start: int) -> NumberedPage[_Attachment]:
            reply = self._client.get(
                f"rest/api/content/{page}/child/attachment",
                _Attachments,
                {"expand": "version", "start": start, "limit": _PAGE},
            )
            return reply.results, bool(reply.links.next)

        return numbered_items(self._source, fetch, lambda attachment: attachment.id)

    def _mail(self, user: ConfluenceUser) -> str:
        """Return the address of a person, "" if it is hidden.

        Only the interface for mobile applications tells it, and by the user's name.
        """
        key = (user.userKey, user.username)
        if key not in self._mails:
            try:
                name = user.username or self._name(user.userKey)
                path = f"rest/mobile/1.0/profile/{quote(name, safe='')}"
                self._mails[key] = self._client.get(path, _Profile).email or ""
            except NotFoundError:
                self._mails[key] = ""
        return self._mails[key]

    def _name(self, key: str) -> str:
        return self._client.get("rest/api/user", ConfluenceUser, {"key": key}).username


def _places(ancestors: list[_Ancestor]) -> tuple[Place, ...]:
    return tuple((ancestor.type, ancestor.id) for ancestor in ancestors)
