"""A double of the parts of Google Drive's API, version 3, that rclone calls.

Fields and queries are those of the reference at developers.google.com/drive/api/reference/rest/v3.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.vendor_proxy import VendorReply, VendorRequest

HOSTS = ("www.googleapis.com", "oauth2.googleapis.com")
FOLDER = "application/vnd.google-apps.folder"
DOCUMENT = "application/vnd.google-apps.document"
SHORTCUT = "application/vnd.google-apps.shortcut"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

KNOWN_FIELDS = {
    *("copyRequiresWriterPermission", "createdTime", "description", "explicitlyTrashed"),
    *("exportLinks", "folderColorRgb", "hasAugmentedPermissions", "id", "md5Checksum", "mimeType"),
    *("modifiedTime", "name", "owners", "parents", "permissionIds", "permissions", "properties"),
    *("resourceKey", "sha1Checksum", "sha256Checksum", "shortcutDetails", "size", "starred"),
    *("trashed", "viewedByMe", "viewedByMeTime", "webViewLink", "writersCanShare"),
}


@dataclass
class DriveItem:
    """A file, a folder or a Google document."""

    id: str
    name: str
    parent: str = "root0"
    content: bytes = b""
    kind: str = "application/octet-stream"
    changed: str = "2026-05-04T03:02:01.000Z"
    permissions: list[dict[str, object]] | None = None
    owner: str = "owner@example.com"
    target: str = ""


@dataclass
class DriveApi:
    """A drive. `fail` may answer a request in its place; `page` is the items on a page."""

    shared: bool = False
    page: int = 1000
    items: dict[str, DriveItem] = field(default_factory=dict)
    requests: list[VendorRequest] = field(default_factory=list)
    fail: Callable[[VendorRequest], VendorReply | None] = lambda _request: None

    def put(self, *items: DriveItem) -> None:
        self.items |= {item.id: item for item in items}

    def __call__(self, request: VendorRequest) -> VendorReply:
        self.requests.append(request)
        if reply := self.fail(request):
            return reply
        if request.headers.get("Authorization") != "Bearer good":
            return _error(401, "authError", "Invalid Credentials")
        path = request.path.removeprefix("/drive/v3/")
        if path == "about":
            formats = {DOCUMENT: [DOCX, "text/markdown"]}
            return VendorReply({"exportFormats": formats, "importFormats": {}})
        return self._list(request) if path == "files" else self._item(request, path.split("/"))

    def _item(self, request: VendorRequest, path: list[str]) -> VendorReply:
        _, id_, *rest = path
        if id_ == "root":
            return VendorReply({"id": "root0"})
        item = self.items.get(id_)
        if item is None:
            return _error(404, "notFound", "File not found")
        if rest[:1] == ["permissions"]:
            found = [one for one in item.permissions or [] if one["id"] == rest[1]]
            return VendorReply(found[0]) if found else _error(404, "notFound", "no permission")
        if rest == ["export"] or request.query.get("alt") == "media":
            return VendorReply(item.content)
        return VendorReply(self._resource(item, request.query.get("fields", "id")))

    def _list(self, request: VendorRequest) -> VendorReply:
        query = request.query["q"]
        assert "trashed=false" in query
        found = [item for item in self.items.values() if _matches(item, query)]
        start = int(request.query.get("pageToken") or 0)
        fields = re.match(r"files\(([^)]*)\)", request.query["fields"])
        assert fields
        page = [self._resource(one, fields[1]) for one in found[start : start + self.page]]
        after = start + self.page
        more = {"nextPageToken": str(after)} if after < len(found) else {}
        return VendorReply({"files": page, "incompleteSearch": False, **more})

    def _resource(self, item: DriveItem, fields: str) -> dict[str, object]:
        asked = set(fields.split(","))
        assert asked <= KNOWN_FIELDS, asked - KNOWN_FIELDS
        resource: dict[str, object] = {
            "id": item.id,
            "name": item.name,
            "mimeType": item.kind,
            "parents": [item.parent],
            "modifiedTime": item.changed,
            "createdTime": item.changed,
            "trashed": False,
        }
        if item.kind == DOCUMENT:
            links = {kind: _export(item, kind) for kind in (DOCX, "text/markdown")}
            resource["exportLinks"] = links
        elif item.kind == SHORTCUT:
            target = self.items.get(item.target)
            kind = target.kind if target else "application/octet-stream"
            details = {"targetId": item.target, "targetMimeType": kind}
            resource["shortcutDetails"] = details
        elif item.kind != FOLDER:
            resource["size"] = str(len(item.content))
            resource["md5Checksum"] = hashlib.md5(item.content).hexdigest()
        if self.shared:
            resource["permissionIds"] = [one["id"] for one in item.permissions or []]
            resource["hasAugmentedPermissions"] = any(map(_is_direct, item.permissions or []))
        else:
            resource["owners"] = [{"emailAddress": item.owner}]
            if item.permissions is not None:
                resource["permissions"] = item.permissions
        return {name: value for name, value in resource.items() if name in asked}


def _is_direct(permission: dict[str, object]) -> bool:
    details = permission.get("permissionDetails")
    return isinstance(details, list) and any(not one["inherited"] for one in details)


def _export(item: DriveItem, kind: str) -> str:
    return f"https://www.googleapis.com/drive/v3/files/{item.id}/export?mimeType={kind}"


def _matches(item: DriveItem, query: str) -> bool:
    parents = re.findall(r"'([^']+)' in parents", query)
    names = re.findall(r"name='((?:[^'\\]|\\.)*)'", query)
    if (parents and item.parent not in parents) or (names and item.name not in names):
        return False
    wanted, unwanted = (re.findall(rf"mimeType{sign}'([^']+)'", query) for sign in ("=", "!="))
    return (not wanted or item.kind in wanted) and item.kind not in unwanted


def _error(status: int, reason: str, message: str) -> VendorReply:
    errors = [{"domain": "global", "reason": reason, "message": message}]
    return VendorReply({"error": {"code": status, "message": message, "errors": errors}}, status)


def rate_limited() -> VendorReply:
    """Return the reply to too many calls."""
    return _error(403, "userRateLimitExceeded", "User Rate Limit Exceeded")


def granted(number: int, **grant: object) -> dict[str, object]:
    """Return a permission resource."""
    return {"id": f"{number:020d}", "role": "reader", "kind": "drive#permission", **grant}
