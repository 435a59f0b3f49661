"""A double of the parts of Microsoft Graph, version 1.0, that rclone calls for OneDrive.

Resources are those of the reference at learn.microsoft.com/graph/api/resources: driveItem and
permission.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.support.vendor_proxy import VendorReply, VendorRequest

HOSTS = ("graph.microsoft.com", "login.microsoftonline.com")
DRIVE = "b!drive0"
_BASE = f"/v1.0/drives/{DRIVE}"


@dataclass
class GraphItem:
    """A file, or a folder if `content` is None."""

    id: str
    name: str
    parent: str = "root0"
    content: bytes | None = None
    changed: str = "2026-05-04T03:02:01Z"
    permissions: list[dict[str, object]] = field(default_factory=list)


@dataclass
class GraphApi:
    """A drive of OneDrive for Business. `fail` may answer a request in its place."""

    page: int = 1000
    items: dict[str, GraphItem] = field(default_factory=dict)
    requests: list[VendorRequest] = field(default_factory=list)
    fail: Callable[[VendorRequest], VendorReply | None] = lambda _request: None

    def __post_init__(self) -> None:
        self.put(GraphItem("root0", "root", parent=""))

    def put(self, *items: GraphItem) -> None:
        self.items |= {item.id: item for item in items}

    def __call__(self, request: VendorRequest) -> VendorReply:
        self.requests.append(request)
        if reply := self.fail(request):
            return reply
        if request.headers.get("Authorization") != "Bearer good":
            return graph_error(401, "InvalidAuthenticationToken")
        path = unquote(request.path).removeprefix(_BASE)
        path = f"/items/root0{path.removeprefix('/root')}" if path.startswith("/root") else path
        if ":/" in path:
            start, _, below = path.rstrip(":").partition(":/")
            return self._resource(self._at(start.removeprefix("/items/"), below))
        _, _, id_, *rest = path.split("/")
        if rest == ["children"]:
            return self._children(request, id_)
        item = self.items.get(id_)
        if item is None:
            return graph_error(404, "itemNotFound")
        if rest == ["permissions"]:
            return VendorReply({"value": item.permissions})
        return VendorReply(item.content or b"") if rest == ["content"] else self._resource(id_)

    def _at(self, here: str, path: str) -> str:
        for name in path.split("/"):
            inside = [one for one in self.items.values() if (one.parent, one.name) == (here, name)]
            here = inside[0].id if inside else ""
        return here

    def _children(self, request: VendorRequest, id_: str) -> VendorReply:
        found = [one for one in self.items.values() if one.parent == id_]
        start = int(request.query.get("$skiptoken") or 0)
        page = [self._value(one) for one in found[start : start + self.page]]
        after = start + self.page
        link = f"https://graph.microsoft.com{_BASE}/items/{id_}/children?$skiptoken={after}"
        return VendorReply(
            {"value": page} | ({"@odata.nextLink": link} if after < len(found) else {})
        )

    def _resource(self, id_: str) -> VendorReply:
        item = self.items.get(id_)
        return VendorReply(self._value(item)) if item else graph_error(404, "itemNotFound")

    def _value(self, item: GraphItem) -> dict[str, object]:
        times = {"createdDateTime": item.changed, "lastModifiedDateTime": item.changed}
        value: dict[str, object] = {
            "id": item.id,
            "name": item.name,
            "eTag": "e",
            "parentReference": {"id": item.parent, "driveId": DRIVE, "driveType": "business"},
            "fileSystemInfo": times,
            **times,
        }
        if item.content is None:
            return {**value, "folder": {"childCount": 1}}
        hashes = {"quickXorHash": base64.b64encode(_quick_xor(item.content)).decode()}
        file = {"mimeType": "application/octet-stream", "hashes": hashes}
        return {**value, "size": len(item.content), "file": file}


def graph_error(status: int, code: str, **headers: str) -> VendorReply:
    """Return an error of Graph."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return VendorReply({"error": {"code": code, "message": code}}, status, named)


def _quick_xor(data: bytes) -> bytes:
    """Return the QuickXorHash: each byte is shifted by 11 bits more, and the length added."""
    bits = 0
    for place, byte in enumerate(data):
        shift = place * 11 % 160
        bits ^= (byte << shift | byte << shift >> 160) & ((1 << 160) - 1)
    bits ^= len(data) << 96
    return bits.to_bytes(20, "little")
