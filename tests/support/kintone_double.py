"""A double of kintone's REST API, with the fields of https://cybozu.dev/ja/kintone/docs/."""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.support.vendor_server import TOKEN, VendorError, VendorRequest

_QUERY = re.compile(r"\$id >= (\d+) order by \$id asc limit (\d+)")

_TEXT = {"noLabel": False, "required": False, "defaultValue": ""}
_LINE = {"unique": False, "minLength": "", "maxLength": "", "expression": ""}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "SINGLE_LINE_TEXT": {**_TEXT, **_LINE, "hideExpression": False},
    "MULTI_LINE_TEXT": _TEXT,
    "RICH_TEXT": _TEXT,
    "DATE": {**_TEXT, "unique": False, "defaultNowValue": False},
    "CHECK_BOX": {**_TEXT, "defaultValue": [], "options": {}, "align": "HORIZONTAL"},
    "USER_SELECT": {**_TEXT, "defaultValue": [], "entities": []},
    "FILE": {"noLabel": False, "required": False, "thumbnailSize": "150"},
    "UPDATED_TIME": {"noLabel": False},
    "SUBTABLE": {"noLabel": False},
    "STATUS": {"enabled": True},
}


def _property(type_: str, code: str, label: str, **more: Any) -> dict[str, Any]:
    return {"type": type_, "code": code, "label": label, **_DEFAULTS[type_], **more}


_COLUMNS = {
    "日": _property("DATE", "日", "対応日"),
    "対応": _property("SINGLE_LINE_TEXT", "対応", "対応内容"),
    "証跡": _property("FILE", "証跡", "証跡"),
}
_PROPERTIES: dict[str, dict[str, Any]] = {
    one["code"]: one
    for one in (
        _property("UPDATED_TIME", "更新日時", "更新日時"),
        _property("SINGLE_LINE_TEXT", "件名", "件名"),
        _property("CHECK_BOX", "区分", "区分 (kind)"),
        _property("USER_SELECT", "担当", "担当者"),
        _property("RICH_TEXT", "本文", "回答"),
        _property("MULTI_LINE_TEXT", "経緯", "経緯"),
        _property("FILE", "添付", "添付ファイル"),
        _property("SUBTABLE", "履歴", "対応履歴", fields=_COLUMNS),
        _property("STATUS", "ステータス", "ステータス"),
    )
}


def _cell(type_: str, code: str, **size: str) -> dict[str, Any]:
    return {"type": type_, "code": code, "size": {"width": "200", **size}}


def _row(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"type": "ROW", "fields": list(cells)}


_LAYOUT = [
    _row(
        _cell("SINGLE_LINE_TEXT", "件名"),
        {"type": "LABEL", "label": "<b>入力</b>", "size": {"width": "80"}},
    ),
    {
        "type": "GROUP",
        "code": "詳細",
        "layout": [_row(_cell("USER_SELECT", "担当")), _row(_cell("CHECK_BOX", "区分"))],
    },
    _row(_cell("RICH_TEXT", "本文", innerHeight="200")),
    {"type": "SUBTABLE", "code": "履歴", "fields": [_cell("DATE", "日")]},
    _row(_cell("MULTI_LINE_TEXT", "経緯", innerHeight="200")),
    _row(_cell("FILE", "添付")),
]
_SETTINGS = {
    "name": "問い合わせ",
    "description": "",
    "icon": {"type": "PRESET", "key": "APP72"},
    "theme": "WHITE",
    "titleField": {"selectionMode": "MANUAL", "code": "件名"},
    "enableThumbnails": True,
    "enableBulkDeletion": False,
    "enableComments": True,
    "enableDuplicateRecord": True,
    "numberPrecision": {"digits": "16", "decimalPlaces": "4", "roundingMode": "HALF_EVEN"},
    "firstMonthOfFiscalYear": "4",
    "enableInlineRecordEditing": True,
    "revision": "3",
}


@dataclass
class KintoneDouble:
    """The app 7, `問い合わせ`: its records by number, and files by key.

    Attributes:
        has_numbers: Whether revisions are numbers, as the published schema has them.
    """

    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    form_revision: int = 3
    has_numbers: bool = False
    _last: int = 0

    def add(self, **values: Any) -> int:
        self._last += 1
        self.records[self._last] = {
            "$id": {"type": "__ID__", "value": str(self._last)},
            "$revision": {"type": "__REVISION__", "value": "0"},
            "ステータス": {"type": "STATUS", "value": "完了"},
        }
        self.edit(self._last, **values)
        return self._last

    def edit(self, number: int, **values: Any) -> None:
        """Change a record, as a person does who saves it."""
        record = self.records[number]
        empty: dict[str, Any] = {"CHECK_BOX": [], "USER_SELECT": [], "FILE": [], "SUBTABLE": []}
        for code, about in _PROPERTIES.items():
            if code not in record:
                record[code] = {"type": about["type"], "value": empty.get(about["type"], "")}
            if code in values:
                record[code]["value"] = values[code]
        record["$revision"]["value"] = str(int(record["$revision"]["value"]) + 1)
        record["更新日時"]["value"] = f"2026-11-2{number % 10}T05:00:00Z"

    def upload(self, name: str, content: bytes) -> dict[str, str]:
        """Return the value of a file in a field."""
        key = f"2026112905{len(self.files):04}E339F"
        self.files[key] = content
        size = str(len(content))
        return {"contentType": "text/plain", "fileKey": key, "name": name, "size": size}

    def __call__(self, request: VendorRequest) -> Any:
        if request.headers.get("x-cybozu-api-token") != TOKEN:
            raise VendorError(520)
        if request.path == "/k/v1/file.json":
            if request.parameters["fileKey"] not in self.files:
                raise VendorError(404)
            return self.files[request.parameters["fileKey"]]
        assert request.parameters["app"] == "7"
        match request.path:
            case "/k/v1/app/settings.json":
                return _SETTINGS
            case "/k/v1/app/form/fields.json":
                return {"properties": _PROPERTIES, "revision": self._revision}
            case "/k/v1/app/form/layout.json":
                return {"layout": _LAYOUT, "revision": self._revision}
            case "/k/v1/records.json":
                return self._list(request.parameters)
        raise VendorError(404)

    @property
    def _revision(self) -> int | str:
        return self.form_revision if self.has_numbers else str(self.form_revision)

    def _list(self, parameters: dict[str, str]) -> dict[str, Any]:
        query = _QUERY.fullmatch(parameters["query"])
        assert query, parameters["query"]
        first, most = map(int, query.groups())
        assert 1 <= most <= 500
        wanted = [value for name, value in parameters.items() if name.startswith("fields[")]
        numbers = [number for number in sorted(self.records) if number >= first][:most]
        return {
            "records": [
                {
                    code: value
                    for code, value in self.records[number].items()
                    if not wanted or code in wanted
                }
                for number in numbers
            ],
            "totalCount": None,
        }
