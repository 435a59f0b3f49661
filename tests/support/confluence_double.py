"""Doubles of Confluence Cloud and Data Center: one space tree, two interfaces.

Replies hold the fields that developer.atlassian.com documents, and no others that the source reads.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import quote, urlencode

from tests.support.vendor_double import MISSING, Answer, Asked, Route, VendorDouble

USER, TOKEN = "bot@example.com", "secret-token"
CLOUD = f"Basic {base64.b64encode(f'{USER}:{TOKEN}'.encode()).decode()}"
DATA_CENTER = f"Bearer {TOKEN}"
BASE = "https://example.atlassian.net/wiki"


@dataclass
class Node:
    """A page, a blog post, a folder or an attachment (its `parent` is its page)."""

    id: str
    title: str
    kind: str = "page"
    parent: str = ""
    body: str = ""
    version: int = 1
    users: Sequence[str] = ()
    groups: Sequence[str] = ()
    status: str = "current"
    data: bytes = b""


@dataclass
class Space:
    """A space with the key `key` and the id `1` + its place."""

    key: str
    id: str
    users: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=lambda: ["staff"])
    anonymous: bool = False
    nodes: dict[str, Node] = field(default_factory=dict)


class ConfluenceDouble(VendorDouble):
    """A site; `page` is the most items in one reply.

    People are `alice`, whose mail is `alice@example.com`, and so on; who is in `hidden` hides it.

    Attributes:
        tells_rights: Whether Data Center tells who may view a space.
        unindexed: Ids that the search does not know yet.
    """

    def __init__(self, authorization: str = CLOUD, page: int = 250) -> None:
        super().__init__(authorization)
        self.called = "Confluence Cloud" if authorization == CLOUD else "Confluence Data Center"
        self.spaces: dict[str, Space] = {}
        self.hidden: set[str] = set()
        self.unindexed: set[str] = set()
        self.tells_rights = True
        self._page = page
        self._ids = count(101)

    def space(self, key: str) -> Space:
        self.spaces[key] = Space(key, str(len(self.spaces) + 1))
        return self.spaces[key]

    def add(self, space: str, title: str, body: str = "<p>Hello.</p>", **fields: object) -> Node:
        id_ = str(next(self._ids))
        id_ = f"att{id_}" if fields.get("kind") == "attachment" else id_
        node = Node(id_, title, body=body, **fields)  # type: ignore[arg-type]
        self.spaces[space].nodes[id_] = node
        return node

    def node(self, id_: str) -> Node | None:
        for space in self.spaces.values():
            if id_ in space.nodes:
                found = space.nodes[id_]
                return found if found.status == "current" else None
        return None

    def routes(self) -> Sequence[Route]:
        return [*self._cloud(), *self._data_center()]

    def _cloud(self) -> Sequence[Route]:
        kinds = {"pages": "page", "blogposts": "blogpost", "folders": "folder"}
        return [
            ("GET", "/api/v2/spaces", self._spaces),
            ("GET", "/api/v2/spaces/([^/]+)/permissions", self._permissions),
            (
                "GET",
                "/api/v2/spaces/([^/]+)/(pages|blogposts)",
                lambda asked: self._list(asked, kinds[asked.parts[1]]),
            ),
            (
                "GET",
                "/api/v2/(pages|blogposts|folders)/([^/]+)",
                lambda asked: self._single(asked, kinds[asked.parts[0]]),
            ),
            ("POST", "/api/v2/users-bulk", self._users),
            ("GET", "/rest/api/content/search", self._search),
            ("GET", "/rest/api/group/by-id", self._group),
            ("GET", "/rest/api/content/([^/]+)/restriction/byOperation/read", self._restriction),
            ("GET", "/rest/api/content/[^/]+/child/attachment/([^/]+)/download", self._download),
        ]

    def _data_center(self) -> Sequence[Route]:
        return [
            ("GET", "/rest/api/space/([^/]+)", self._old_space),
            ("GET", "/rest/api/space/([^/]+)/permissions", self._old_permissions),
            ("GET", "/rest/api/content", self._old_list),
            ("GET", "/rest/api/content/([^/]+)", self._old_single),
            ("GET", "/rest/api/content/([^/]+)/child/attachment", self._old_attachments),
            ("GET", "/rest/api/user", self._old_user),
            ("GET", "/rest/mobile/1.0/profile/([^/]+)", self._profile),
            ("GET", "/download/attachments/([^/]+)/([^/]+)", self._old_download),
        ]

    # Cloud

    def _spaces(self, asked: Asked) -> Answer:
        found = [
            {"id": space.id, "key": space.key, "name": space.key, "type": "global"}
            for space in self.spaces.values()
            if space.key == asked.query["keys"]
        ]
        return Answer({"results": found, "_links": {"base": BASE}})

    def _permissions(self, asked: Asked) -> Answer:
        space = self._by_id(asked.parts[0])
        principals = [("user", f"id-{user}") for user in space.users]
        principals += [("group", f"uuid-{group}") for group in space.groups]
        found = [
            {
                "id": f"{number}",
                "principal": {"type": type_, "id": id_},
                "operation": {"key": key, "targetType": target},
            }
            for number, (type_, id_) in enumerate(principals)
            for key, target in (("create", "page"), ("read", "space"))
        ]
        found.append(
            {
                "id": "other",
                "principal": {"type": "group", "id": "uuid-exporters"},
                "operation": {"key": "export", "targetType": "space"},
            }
        )
        return self._cut(asked, found, "/wiki/api/v2/spaces/x/permissions")

    def _list(self, asked: Asked, kind: str) -> Answer:
        assert asked.query["status"] == "current"
        space = self._by_id(asked.parts[0])
        found = [
            self._new(node)
            for node in space.nodes.values()
            if node.kind == kind and node.status == "current"
        ]
        return self._cut(asked, found, f"/wiki/api/v2/spaces/{space.id}/pages")

    def _new(self, node: Node) -> dict[str, object]:
        parent = self.node(node.parent) if node.parent else None
        is_missing = bool(node.parent) and parent is None
        shown: dict[str, object] = {
            "id": node.id,
            "status": node.status,
            "title": node.title,
            "version": {"number": node.version, "createdAt": "2026-03-01T09:00:00.000Z"},
            "_links": {"webui": f"/spaces/X/pages/{node.id}"},
        }
        if node.kind == "blogpost":
            return shown
        kind = parent.kind if parent else "page" if is_missing else None
        return {**shown, "parentId": node.parent or None, "parentType": kind}

    def _single(self, asked: Asked, kind: str) -> Answer:
        node = self.node(asked.parts[1])
        if node is None or node.kind != kind:
            return MISSING
        body = {"storage": {"representation": "storage", "value": node.body}}
        shown = self._new(node)
        return Answer(shown | {"body": body} if "body-format" in asked.query else shown)

    def _users(self, asked: Asked) -> Answer:
        accounts = asked.body["accountIds"]
        assert isinstance(accounts, list)
        assert len(accounts) <= 250
        return Answer({"results": [self._user(id_.removeprefix("id-")) for id_ in accounts]})

    def _user(self, name: str) -> dict[str, object]:
        mail = "" if name in self.hidden else f"{name}@example.com"
        return {"accountId": f"id-{name}", "email": mail, "publicName": name}

    def _group(self, asked: Asked) -> Answer:
        id_ = asked.query["id"]
        return Answer({"type": "group", "id": id_, "name": id_.removeprefix("uuid-")})

    def _search(self, asked: Asked) -> Answer:
        cql = asked.query["cql"]
        (space,) = (each for each in self.spaces.values() if f'space = "{each.key}"' in cql)
        kinds = ("attachment",) if "type = attachment" in cql else ("page", "blogpost")
        found = [
            self._old(node, asked.query["expand"])
            for node in space.nodes.values()
            if node.kind in kinds and node.status == "current" and node.id not in self.unindexed
        ]
        limit = min(int(asked.query["limit"]), 200)
        return self._cut(asked, found, "/rest/api/content/search", limit)

    def _restriction(self, asked: Asked) -> Answer:
        node = self.node(asked.parts[0])
        if node is None:
            return MISSING
        start, limit = int(asked.query["start"]), int(asked.query["limit"])
        return Answer(self._restricted(node, start, limit))

    def _restricted(self, node: Node, start: int = 0, limit: int = 100) -> dict[str, object]:
        end = start + limit
        if self.authorization == DATA_CENTER:
            users: list[dict[str, object]] = [
                {"type": "known", "username": user, "userKey": f"key-{user}"}
                for user in node.users[start:end]
            ]
        else:
            users = [{"type": "known", **self._user(user)} for user in node.users[start:end]]
        groups = [
            {"type": "group", "name": group, "id": f"uuid-{group}"}
            for group in node.groups[start:end]
        ]
        return {
            "operation": "read",
            "restrictions": {
                "user": {"results": users, "start": start, "limit": limit, "size": len(users)},
                "group": {"results": groups, "start": start, "limit": limit, "size": len(groups)},
            },
            "_expandable": {},
            "_links": {},
        }

    def _download(self, asked: Asked) -> Answer:
        node = self.node(asked.parts[0])
        return Answer(node.data) if node else MISSING

    def _cut(
        self, asked: Asked, found: Sequence[object], path: str, most: int | None = None
    ) -> Answer:
        """Return a part of a list, with a link to the next one; the link leads to this site."""
        start = int(asked.query.get("cursor", "c0")[1:])
        size = min(int(asked.query.get("limit", 25)), most or self._page, self._page)
        links: dict[str, str] = {"base": BASE}
        if start + size < len(found):
            query = {**asked.query, "cursor": f"c{start + size}"}
            links["next"] = f"{path}?{urlencode(query)}"
        some = found[start : start + size]
        reply: dict[str, object] = {"results": some, "_links": links}
        if asked.path.startswith("/rest/"):
            reply |= {"start": start, "limit": size, "size": len(some)}
        return Answer(reply)

    def _by_id(self, id_: str) -> Space:
        return next(space for space in self.spaces.values() if space.id == id_)

    # Version 1, of which Data Center has all

    def _old(self, node: Node, expand: str) -> dict[str, object]:
        shown: dict[str, object] = {
            "id": node.id,
            "type": node.kind,
            "status": node.status,
            "title": node.title,
            "_links": {"webui": f"/pages/viewpage.action?pageId={node.id}"},
        }
        if "version" in expand:
            moment = "2026-03-01T09:00:00.000+09:00"
            shown["version"] = {"number": node.version, "when": moment, "minorEdit": False}
        if "restrictions" in expand:
            shown["restrictions"] = {"read": self._restricted(node)}
        if "container" in expand:
            shown["container"] = {"id": node.parent, "type": "page"}
        if "ancestors" in expand:
            shown["ancestors"] = self._ancestors(node)
        if "children.attachment" in expand:
            shown["children"] = {"attachment": self._attached(node, 0, 25)}
        if node.kind == "attachment":
            shown["extensions"] = {"fileSize": len(node.data), "mediaType": "text/plain"}
        if "body.storage" in expand:
            shown["body"] = {"storage": {"value": node.body, "representation": "storage"}}
        return shown

    def _ancestors(self, node: Node) -> list[dict[str, object]]:
        above: list[dict[str, object]] = []
        while node.parent:
            above.insert(0, {"id": node.parent, "type": "page"})
            space = next(each for each in self.spaces.values() if node.id in each.nodes)
            if node.parent not in space.nodes:
                break
            node = space.nodes[node.parent]
        return above

    def _attached(self, node: Node, start: int, limit: int) -> dict[str, object]:
        space = next(each for each in self.spaces.values() if node.id in each.nodes)
        every = [
            self._old(each, "version")
            for each in space.nodes.values()
            if each.kind == "attachment" and each.parent == node.id and each.status == "current"
        ]
        links = {"next": "/rest/api/more"} if start + limit < len(every) else {}
        return {
            "results": every[start : start + limit],
            "start": start,
            "limit": limit,
            "size": len(every[start : start + limit]),
            "_links": links,
        }

    def _old_space(self, asked: Asked) -> Answer:
        key = asked.parts[0]
        return Answer({"key": key, "type": "global"}) if key in self.spaces else MISSING

    def _old_permissions(self, asked: Asked) -> Answer:
        space = self.spaces.get(asked.parts[0])
        if space is None or not self.tells_rights:
            return MISSING
        subjects: list[Mapping[str, str]] = [
            {"type": "user", "userKey": f"key-{user}"} for user in space.users
        ]
        subjects += [{"type": "group", "name": group} for group in space.groups]
        subjects += [{"type": "anonymous"}] * space.anonymous
        read = {"targetType": "space", "operationKey": "read"}
        found = [{"operation": read, "subject": subject} for subject in subjects]
        export = {"targetType": "space", "operationKey": "export"}
        found.append({"operation": export, "subject": {"type": "group", "name": "exporters"}})
        return Answer(found)

    def _old_list(self, asked: Asked) -> Answer:
        query = asked.query
        if query["spaceKey"] not in self.spaces:
            return MISSING
        every = [
            node
            for node in self.spaces[query["spaceKey"]].nodes.values()
            if node.kind == query["type"] and node.status == query["status"]
        ]
        start, limit = int(query["start"]), min(int(query["limit"]), self._page)
        links = {"base": BASE}
        if start + limit < len(every):
            links["next"] = f"/rest/api/content?start={start + limit}"
        found = [self._old(node, query["expand"]) for node in every[start : start + limit]]
        return Answer({"results": found, "start": start, "limit": limit, "_links": links})

    def _old_single(self, asked: Asked) -> Answer:
        node = self.node(asked.parts[0])
        return Answer(self._old(node, asked.query["expand"])) if node else MISSING

    def _old_attachments(self, asked: Asked) -> Answer:
        node = self.node(asked.parts[0])
        if node is None:
            return MISSING
        start, limit = int(asked.query["start"]), int(asked.query["limit"])
        return Answer(self._attached(node, start, min(limit, self._page)))

    def _old_user(self, asked: Asked) -> Answer:
        key = asked.query["key"]
        return Answer({"type": "known", "username": key.removeprefix("key-"), "userKey": key})

    def _profile(self, asked: Asked) -> Answer:
        name = asked.parts[0]
        if name in self.hidden:
            return MISSING
        return Answer({"userName": name, "email": f"{name}@example.com"})

    def _old_download(self, asked: Asked) -> Answer:
        page, title = asked.parts
        for space in self.spaces.values():
            for node in space.nodes.values():
                if (node.parent, quote(node.title, safe="")) == (page, quote(title, safe="")):
                    return Answer(node.data) if node.status == "current" else MISSING
        return MISSING
