"""Records of kintone's apps and their files, by the REST API of kintone.

See https://cybozu.dev/ja/kintone/docs/rest-api/. A complete listing of the records' numbers and
revisions takes a call for 500 records, and tells what is gone; so no list of changes is needed. It
goes by the record's number, because an offset ends at 10,000 records. An API token cannot learn
who may see a record, so the audience of the source alone decides.
"""

from collections.abc import Iterator
from urllib.parse import quote

from pydantic import BaseModel

from knowledge.model.errors import KnowledgeConfigError, ParseError, SourceError
from knowledge.model.source_settings import KintoneSettings
from knowledge.sync.exclusion import Exclusion
from knowledge.sync.fetched_pages import FetchedPages
from knowledge.sync.http_client import HttpClient, Parameters
from knowledge.sync.source import Secrets, SourceFile
from knowledge.sync.sources.kintone_records import (
    KintoneForm,
    KintoneRecord,
    attached,
    day_of,
    record_page,
)

_LISTED = 500
"""Most records of one reply."""

_AHEAD = 100
"""Records that are fetched together, as most of them are read one after the other."""

_TOKEN_IS_WRONG = (401, 403, 520)
"""The API answers 520 with `GAIA_IA02` to a token of another app."""


class KintoneSource:
    """All records of some apps."""

    def __init__(self, settings: KintoneSettings, clients: dict[int, HttpClient]) -> None:
        self.name = settings.name
        self._site = settings.site
        self._clients = clients
        self._exclusion = Exclusion(settings.exclude)
        self._forms = dict[int, KintoneForm]()
        self._fetched = FetchedPages()

    def files(self) -> Iterator[SourceFile]:
        self._fetched.clear()
        for app, client in self._clients.items():
            form = self._forms[app] = _form(client, app)
            last = 0
            while True:
                records = self._records(app, last + 1, _LISTED, form.listed)
                for record in records:
                    yield self._file(app, form, record)
                    yield from self._attachments(app, form, record)
                if len(records) < _LISTED:
                    break
                last = records[-1].number

    def read(self, file: SourceFile) -> bytes:
        app, record = (int(part) for part in file.document_id.split("/")[1:3])
        if file.document_id.count("/") > _RECORD_SLASHES:
            return self._clients[app].download(
                f"k/v1/file.json?fileKey={quote(file.version, safe='')}"
            )
        return self._fetched.take(file.document_id) or self._fetch(app, record)

    def _fetch(self, app: int, number: int) -> bytes:
        """Return the page of a record; keep those of the next ones."""
        form = self._forms.get(app) or _form(self._clients[app], app)
        self._forms[app] = form
        records = self._records(app, number, _AHEAD)
        if not records or records[0].number != number:
            raise ParseError("cannot be read: it no longer exists")
        for record in records[1:]:
            self._fetched.put(self._id(app, record.number), record_page(form, record))
        return record_page(form, records[0])

    def _records(
        self, app: int, first: int, most: int, fields: tuple[str, ...] = ()
    ) -> list[KintoneRecord]:
        """Return records in the order of their numbers, from *first* on; all fields by default."""
        named: dict[str, str | int | list[str]] = {
            f"fields[{place}]": code for place, code in enumerate(fields)
        }
        query = f"$id >= {first} order by $id asc limit {most}"
        parameters: Parameters = {"app": app, "query": query, **named}
        reply = self._clients[app].get("k/v1/records.json", _Records, parameters)
        numbers = [record.number for record in reply.records]
        if numbers != sorted(set(numbers)) or any(number < first for number in numbers):
            raise SourceError(f"source {self.name!r}: app {app} lists its records in no order")
        return reply.records

    def _id(self, app: int, record: int) -> str:
        return f"{self.name}/{app}/{record}"

    def _file(self, app: int, form: KintoneForm, record: KintoneRecord) -> SourceFile:
        return SourceFile(
            document_id=self._id(app, record.number),
            name=f"{app}/{record.number}.html",
            url=f"{self._site}/k/{app}/show#record={record.number}",
            version=f"{record.revision} {form.revision}",
            date=day_of(record),
            rendered=True,
        )

    def _attachments(
        self, app: int, form: KintoneForm, record: KintoneRecord
    ) -> Iterator[SourceFile]:
        found = self._file(app, form, record)
        for code, place, file in attached(record):
            file_name = file.name.replace("/", "_")
            yield SourceFile(
                document_id=f"{found.document_id}/{code}/{place}/{file_name}",
                name=f"{app}/{record.number}/{file_name}",
                url=found.url,
                version=file.key,
                date=found.date,
                passed_over=self._exclusion.reason(file.name),
            )


_RECORD_SLASHES = 2


class _Records(BaseModel):
    records: list[KintoneRecord]


def _form(client: HttpClient, app: int) -> KintoneForm:
    parameters: Parameters = {"app": app}
    return KintoneForm.of(
        client.get("k/v1/app/settings.json", KintoneForm.About, parameters),
        client.get("k/v1/app/form/fields.json", KintoneForm.Fields, parameters),
        client.get("k/v1/app/form/layout.json", KintoneForm.Layout, parameters),
    )


def open_source(settings: KintoneSettings, secrets: Secrets) -> KintoneSource:
    """Return the apps that *settings* describe.

    Raises:
        KnowledgeConfigError: when an app is named twice.
    """
    if len(set(settings.apps)) < len(settings.apps):
        raise KnowledgeConfigError(f"source {settings.name!r}: name each app once")
    clients = {
        app: HttpClient(
            settings.name,
            settings.site,
            {"X-Cybozu-API-Token": secrets(token)},
            refused=_TOKEN_IS_WRONG,
        )
        for app, token in zip(settings.apps, settings.tokens, strict=True)
    }
    return KintoneSource(settings, clients)
