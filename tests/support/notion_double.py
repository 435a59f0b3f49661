"""A double of Notion's interface, version 2026-03-11.

Replies hold the fields of the types that Notion publishes with its SDK (`makenotion/notion-sdk-js`,
`src/api-endpoints`), as far as the source could read them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

from tests.support.vendor_double import MISSING, Answer, Asked, Route, VendorDouble

TOKEN = "ntn_secret"


BOT = {"object": "user", "id": str(UUID(int=1 << 64))}
"""Who wrote everything."""


def rich(text: str, *marks: str, href: str | None = None) -> dict[str, object]:
    """Return a piece of rich text."""
    names = ("bold", "italic", "strikethrough", "underline", "code")
    link = {"url": href} if href else None
    return {
        "type": "text",
        "text": {"content": text, "link": link},
        "plain_text": text,
        "href": href,
        "annotations": {name: name in marks for name in names} | {"color": "default"},
    }


def formula(expression: str) -> dict[str, object]:
    """Return a piece of rich text that is a formula."""
    piece = rich(expression)
    del piece["text"]
    return piece | {"type": "equation", "equation": {"expression": expression}}


def option(name: str) -> dict[str, object]:
    """Return what is chosen in a property."""
    return {"id": f"option-{name}", "name": name, "color": "default"}


def block(kind: str, *children: "Block", **content: object) -> "Block":
    """Return a block; `text` becomes its rich text."""
    if "text" in content:
        content["rich_text"] = [rich(str(content.pop("text")))]
    return Block(kind, _DEFAULTS.get(kind, {}) | content, list(children))


_COLOR: dict[str, object] = {"color": "default"}
_LISTED = ("bulleted_list_item", "numbered_list_item", "to_do", "toggle", "quote", "callout")
_DEFAULTS: dict[str, dict[str, object]] = {
    **dict.fromkeys(_LISTED, _COLOR),
    "paragraph": _COLOR | {"icon": None},
    "heading_1": _COLOR | {"is_toggleable": False},
    "code": {"caption": []},
    "pdf": {"caption": []},
    "unsupported": {"block_type": "button"},
}
"""What Notion states of each block of a kind, besides what a person wrote in it."""


@dataclass
class Block:
    """A block with the blocks in it."""

    kind: str
    content: dict[str, object]
    children: list["Block"] = field(default_factory=list)
    id: str = ""


@dataclass
class NotionPage:
    """A page, or a row if `database` is set.

    Attributes:
        found: Whether the search finds it.
        listed: Whether its database lists it.
        shared: Whether the integration may see it.
    """

    id: str
    title: str
    blocks: list[Block] = field(default_factory=list)
    parent: str = ""
    database: str = ""
    edited: str = "2026-03-01T09:00:00.000Z"
    created: str = "2026-01-01T00:00:00.000Z"
    properties: dict[str, dict[str, object]] = field(default_factory=dict)
    in_trash: bool = False
    found: bool = True
    listed: bool = True
    shared: bool = True


class NotionDouble(VendorDouble):
    """A workspace; `page` is the most items in one reply, `most` the most of one search."""

    def __init__(self, page: int = 100, most: int = 1_000_000) -> None:
        super().__init__(f"Bearer {TOKEN}")
        self.pages: dict[str, NotionPage] = {}
        self.databases: list[str] = []
        self.blocks: dict[str, Block] = {}
        self._page = page
        self._most = most
        self._ids = count(1)

    def new_id(self) -> str:
        return str(UUID(int=next(self._ids)))

    def database(self) -> str:
        self.databases.append(self.new_id())
        return self.databases[-1]

    def add(self, title: str, *blocks: Block, **fields: object) -> NotionPage:
        page = NotionPage(self.new_id(), title, list(blocks), **fields)  # type: ignore[arg-type]
        self.pages[page.id] = page
        self._register(blocks)
        return page

    def _register(self, blocks: Sequence[Block]) -> None:
        left = list(blocks)
        while left:
            each = left.pop()
            if not each.id:
                each.id = self.new_id()
                self.blocks[each.id] = each
                left += each.children

    def routes(self) -> Sequence[Route]:
        return [
            ("POST", "/v1/search", self._search),
            ("POST", "/v1/data_sources/([^/]+)/query", self._query),
            ("GET", "/v1/pages/([^/]+)", self._get_page),
            ("GET", "/v1/blocks/([^/]+)/children", self._children),
        ]

    def _search(self, asked: Asked) -> Answer:
        wanted = asked.body["filter"]
        assert isinstance(wanted, dict)
        if wanted["value"] == "data_source":
            found = [
                {
                    "object": "data_source",
                    "id": id_,
                    **_written("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"),
                    "parent": {"type": "database_id", "database_id": id_},
                    "database_parent": {"type": "workspace", "workspace": True},
                    "title": [],
                    "description": [],
                    "properties": {},
                    "is_inline": False,
                    **_looks(id_),
                }
                for id_ in self.databases
            ]
            return self._cut(asked, found, "page_or_data_source")
        pages = [page for page in self.pages.values() if page.found and page.shared]
        pages.sort(key=lambda page: page.edited)
        return self._cut(asked, [self._shown(page) for page in pages], "page_or_data_source")

    def _query(self, asked: Asked) -> Answer:
        if asked.parts[0] not in self.databases:
            return MISSING
        wanted = asked.body.get("filter") or {"created_time": {"on_or_after": ""}}
        assert isinstance(wanted, dict)
        rows = [
            page
            for page in self.pages.values()
            if page.database == asked.parts[0]
            and page.listed
            and not page.in_trash
            and page.created >= wanted["created_time"]["on_or_after"]
        ]
        rows.sort(key=lambda page: page.created)
        return self._cut(asked, [self._shown(page) for page in rows], "page_or_data_source")

    def _get_page(self, asked: Asked) -> Answer:
        page = self.pages.get(asked.parts[0])
        return Answer(self._shown(page)) if page and page.shared else MISSING

    def _shown(self, page: NotionPage) -> dict[str, object]:
        parent: dict[str, object] = {"type": "workspace", "workspace": True}
        if page.database:
            parent = {"type": "data_source_id", "data_source_id": page.database}
            parent["database_id"] = page.database
        elif page.parent:
            parent = {"type": "page_id", "page_id": page.parent}
        title = {"id": "title", "type": "title", "title": [rich(page.title)]}
        return {
            "object": "page",
            "id": page.id,
            **_written(page.created, page.edited),
            "in_trash": page.in_trash,
            "archived": page.in_trash,
            "is_archived": False,
            "is_locked": False,
            "parent": parent,
            "properties": {name: {"id": name, **value} for name, value in page.properties.items()}
            | {"Name": title},
            **_looks(page.id),
        }

    def _children(self, asked: Asked) -> Answer:
        id_ = asked.parts[0]
        holder = self.pages.get(id_)
        if holder is not None:
            children = holder.blocks if holder.shared and not holder.in_trash else None
        else:
            children = self.blocks[id_].children if id_ in self.blocks else None
        if children is None:
            return MISSING
        found = [
            {
                "object": "block",
                "id": each.id,
                "parent": {"type": "page_id", "page_id": id_}
                if holder is not None
                else {"type": "block_id", "block_id": id_},
                **_written("2026-01-01T00:00:00.000Z", "2026-03-01T09:00:00.000Z"),
                "type": each.kind,
                "has_children": bool(each.children),
                each.kind: each.content,
            }
            for each in children
        ]
        return self._cut(asked, found, "block")

    def _cut(self, asked: Asked, found: Sequence[object], kind: str) -> Answer:
        given = asked.body.get("start_cursor") or asked.query.get("start_cursor") or "c0"
        start = int(str(given)[1:])
        asked_for = asked.body.get("page_size") or asked.query.get("page_size")
        size = min(int(str(asked_for)), self._page, 100)
        some = found[start : min(start + size, self._most)]
        has_more = start + size < min(len(found), self._most)
        reply: dict[str, object] = {
            "object": "list",
            "type": kind,
            kind: {},
            "results": some,
            "has_more": has_more,
            "next_cursor": f"c{start + size}" if has_more else None,
        }
        if kind != "block":
            is_cut = not has_more and len(found) > self._most
            reason = {"incomplete_reason": "query_result_limit_reached"} if is_cut else {}
            state = "incomplete" if is_cut else "complete"
            reply["request_status"] = {"type": state, **reason}
        return Answer(reply)


def _written(created: str, edited: str) -> dict[str, object]:
    return {
        "created_time": created,
        "created_by": BOT,
        "last_edited_time": edited,
        "last_edited_by": BOT,
        "in_trash": False,
        "archived": False,
    }


def _looks(id_: str) -> dict[str, object]:
    address = f"https://www.notion.so/{id_.replace('-', '')}"
    return {"url": address, "public_url": None, "icon": None, "cover": None}
