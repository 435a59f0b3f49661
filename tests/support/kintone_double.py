"""A double of kintone's REST API, with the fields of https://cybozu.dev/ja/kintone/docs/."""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.support.vendor_server import TOKEN, VendorError, VendorRequest

_QUERY = re.compile(r"\$id >= (\d+) order by \$id asc limit (\d+)")

_COLUMNS = {
    "日": {"type": "DATE", "code": "日", "label": "対応日"},
    "対応": {"type": "SINGLE_LINE_TEXT", "code": "対応", "label": "対応内容"},
    "証跡": {"type": "FILE", "code": "証跡", "label": "証跡"},
}
_PROPERTIES: dict[str, dict[str, Any]] = {
    "更新日時": {"type": "UPDATED_TIME", "code": "更新日時", "label": "更新日時"},
    "件名": {"type": "SINGLE_LINE_TEXT", "code": "件名", "label": "件名"},
    "区分": {"type": "CHECK_BOX", "code": "区分", "label": "区分 (kind)"},
    "担当": {"type": "USER_SELECT", "code": "担当", "label": "担当者"},
    "本文": {"type": "RICH_TEXT", "code": "本文", "label": "回答"},
    "経緯": {"type": "MULTI_LINE_TEXT", "code": "経緯", "label": "経緯"},
    "添付": {"type": "FILE", "code": "添付", "label": "添付ファイル"},
    "履歴": {"type": "SUBTABLE", "code": "履歴", "label": "対応履歴", "fields": _COLUMNS},
    "ステータス": {"type": "STATUS", "code": "ステータス", "label": "ステータス"},
}
_LAYOUT = [
    {
        "type": "ROW",
        "fields": [
            {"type": "SINGLE_LINE_TEXT", "code": "件名", "size": {"width": "200"}},
            {"type": "LABEL", "label": "<b>入力</b>", "elementId": ""},
        ],
    },
    {
        "type": "GROUP",
        "code": "詳細",
        "layout": [
            {"type": "ROW", "fields": [{"type": "USER_SELECT", "code": "担当"}]},
            {"type": "ROW", "fields": [{"type": "CHECK_BOX", "code": "区分"}]},
        ],
    },
    {"type": "ROW", "fields": [{"type": "RICH_TEXT", "code": "本文"}]},
    {"type": "SUBTABLE", "code": "履歴", "fields": [{"type": "DATE", "code": "日"}]},
    {"type": "ROW", "fields": [{"type": "MULTI_LINE_TEXT", "code": "経緯"}]},
    {"type": "ROW", "fields": [{"type": "FILE", "code": "添付"}]},
]


@dataclass
class KintoneDouble:
    """The app 7, `問い合わせ`: its records by number, and files by key."""

    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    form_revision: int = 3
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
                title = {"selectionMode": "MANUAL", "code": "件名"}
                return {"name": "問い合わせ", "titleField": title, "revision": "3"}
            case "/k/v1/app/form/fields.json":
                return {"properties": _PROPERTIES, "revision": str(self.form_revision)}
            case "/k/v1/app/form/layout.json":
                return {"layout": _LAYOUT, "revision": str(self.form_revision)}
            case "/k/v1/records.json":
                return self._list(request.parameters)
        raise VendorError(404)

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
