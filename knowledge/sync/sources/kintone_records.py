"""Writes a record of kintone as a page: its fields in the order of the form, by their labels.

The types of fields and their values: https://cybozu.dev/ja/kintone/docs/overview/field-types.
"""

import datetime as dt
import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, model_validator

from knowledge.sync.rendered_page import html_page

_LONG = frozenset({"MULTI_LINE_TEXT", "RICH_TEXT", "SUBTABLE"})
"""Types of fields that get a heading of their own, below the short ones."""

_NOT_LAID_OUT = ("STATUS", "STATUS_ASSIGNEE", "CATEGORY")
"""Types of fields that the layout of a form leaves out."""


class KintoneFile(BaseModel):
    """A file in a field; `key` fetches it, and another content has another key."""

    name: str
    key: str = Field(alias="fileKey", min_length=1)


class _TableRow(BaseModel):
    id: str
    value: "dict[str, KintoneValue]"


class KintoneValue(BaseModel):
    """A field's type and its value, whose shape depends on the type."""

    type: str
    value: Any = None

    @model_validator(mode="after")
    def _of_its_shape(self) -> "KintoneValue":
        if self.type == "SUBTABLE":
            self.value = _TABLE.validate_python(self.value)
        elif self.type == "FILE":
            self.value = _FILES.validate_python(self.value)
        return self


_TABLE, _FILES = TypeAdapter(list[_TableRow]), TypeAdapter(list[KintoneFile])


class KintoneRecord(BaseModel):
    """A record: its number, its revision, and its fields by code."""

    number: Annotated[int, Field(gt=0)]
    revision: int
    fields: dict[str, KintoneValue]

    @model_validator(mode="before")
    @classmethod
    def _from_fields(cls, fields: object) -> object:
        if not isinstance(fields, dict):
            return fields
        number, revision = (
            found.get("value") if isinstance(found := fields.get(name), dict) else None
            for name in ("$id", "$revision")
        )
        return {"number": number, "revision": revision, "fields": fields}


class _Property(BaseModel):
    type: str
    label: str = ""
    fields: dict[str, "_Property"] = {}


class _TitleField(BaseModel):
    code: str | None = None


class _Cell(BaseModel):
    type: str
    code: str = ""


class _Row(BaseModel):
    type: str
    code: str = ""
    fields: list[_Cell] = []
    layout: list["_Row"] = []


@dataclass(frozen=True, slots=True)
class KintoneForm:
    """What is known of an app.

    Attributes:
        app: Its name.
        title: Code of the field that is the title of a record, or "".
        revision: Changes with the form.
        order: Codes of its fields, as a person sees them.
        properties: Types and labels of fields, by code.
    """

    app: str
    title: str
    revision: str
    order: tuple[str, ...]
    properties: Mapping[str, _Property]

    class About(BaseModel):
        """The reply to https://cybozu.dev/ja/kintone/docs/rest-api/apps/settings/."""

        name: str
        titleField: _TitleField = _TitleField()  # noqa: N815 - the vendor's name

    class Fields(BaseModel):
        """The reply with the fields of a form."""

        properties: dict[str, _Property]
        revision: int | str

    class Layout(BaseModel):
        """The reply with the layout of a form."""

        layout: list[_Row]
        revision: int | str

    @classmethod
    def of(cls, about: About, fields: Fields, layout: Layout) -> "KintoneForm":
        """Return what the three replies say together."""
        codes = dict.fromkeys(_codes(layout.layout))
        others = [code for code, found in fields.properties.items() if found.type in _NOT_LAID_OUT]
        return cls(
            app=about.name,
            title=about.titleField.code or "",
            revision=f"{fields.revision} {layout.revision}",
            order=(*codes, *others),
            properties=fields.properties,
        )

    @property
    def listed(self) -> tuple[str, ...]:
        """Codes of the fields that a listing needs: number, revision, last change and files."""
        wanted = [
            code
            for code, found in self.properties.items()
            if found.type in ("UPDATED_TIME", "FILE")
            or any(inner.type == "FILE" for inner in found.fields.values())
        ]
        return ("$id", "$revision", *wanted)

    def label(self, code: str) -> str:
        """Return the label that people see of a field."""
        found = self.properties.get(code)
        return (found and found.label) or code


def _codes(rows: list[_Row]) -> Iterator[str]:
    for row in rows:
        if row.type == "SUBTABLE":
            yield row.code
        else:
            yield from (cell.code for cell in row.fields if cell.code)
            yield from _codes(row.layout)


def day_of(record: KintoneRecord) -> dt.date | None:
    """Return the day of the last change, None if the app does not tell."""
    found = next((one for one in record.fields.values() if one.type == "UPDATED_TIME"), None)
    try:
        return dt.date.fromisoformat(str(found.value)[:10]) if found else None
    except ValueError:
        return None


def attached(record: KintoneRecord) -> Iterator[tuple[str, str, KintoneFile]]:
    """Yield the files in a record, each with the code of its field and its place in it."""
    for code, field in record.fields.items():
        if field.type == "FILE":
            for place, file in enumerate(field.value):
                yield code, str(place), file
        elif field.type == "SUBTABLE":
            for row in field.value:
                for inner, cell in row.value.items():
                    for place, file in enumerate(cell.value if cell.type == "FILE" else ()):
                        yield f"{code}.{inner}", f"{row.id}.{place}", file


def record_page(form: KintoneForm, record: KintoneRecord) -> bytes:
    """Return a record as a page: short fields first, then the long ones, each in their order."""
    fields = {code: record.fields[code] for code in form.order if code in record.fields}
    short = [
        f"<p>{html.escape(form.label(code))}: {shown}</p>"
        for code, field in fields.items()
        if field.type not in _LONG and (shown := _shown(field))
    ]
    long = [
        f"<h2>{html.escape(form.label(code))}</h2>\n{shown}"
        for code, field in fields.items()
        if field.type in _LONG and (shown := _long(form, code, field))
    ]
    title = _title(form, fields) or f"{form.app} {record.number}"
    return html_page(title, "\n".join([*short, *long]), day_of(record), [form.app])


def _title(form: KintoneForm, fields: Mapping[str, KintoneValue]) -> str:
    """Return what the app's title field says, else the first text in the form."""
    if form.title in fields and (stated := _plain(fields[form.title])):
        return stated
    texts = (_plain(field) for field in fields.values() if field.type == "SINGLE_LINE_TEXT")
    return next(filter(None, texts), "")


def _long(form: KintoneForm, code: str, field: KintoneValue) -> str:
    if field.type == "SUBTABLE":
        return _table(form, code, field.value)
    if field.type == "RICH_TEXT":
        return f"<div>{field.value}</div>" if isinstance(field.value, str) and field.value else ""
    return f"<p>{shown}</p>" if (shown := _shown(field)) else ""


def _table(form: KintoneForm, code: str, rows: list[_TableRow]) -> str:
    """Return a table of the form as a table, with the labels of its columns."""
    columns = form.properties[code].fields if code in form.properties else {}
    lines = [[_shown(row.value[c]) if c in row.value else "" for c in columns] for row in rows]
    if not any(map(any, lines)):
        return ""
    head = "".join(f"<th>{html.escape(found.label or c)}</th>" for c, found in columns.items())
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" for cells in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _shown(field: KintoneValue) -> str:
    """Return the value of a field as HTML, "" if it is empty."""
    if field.type == "RICH_TEXT":
        return field.value if isinstance(field.value, str) else ""
    return html.escape(_plain(field)).replace("\n", "<br>")


def _plain(field: KintoneValue) -> str:
    """Return the value of a field as text: a person by name, several things with commas."""
    if field.type == "SUBTABLE":
        return ""
    if field.type == "FILE":
        return ", ".join(file.name for file in field.value)
    values = field.value if isinstance(field.value, list) else [field.value]
    names = (value.get("name") if isinstance(value, dict) else value for value in values)
    return ", ".join(str(name) for name in names if name not in (None, ""))
