"""Documents, chunks and access lists of one index version, in SQLite.

A version has a base, which later versions link and never change, and beside it the documents that
were added, changed or removed since, so that a small change costs little. The two are read as one.
Once there is much beside the base, the writer makes a new base of both.
"""

import datetime as dt
import hashlib
import json
import shutil
import sqlite3
import weakref
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.model.errors import KnowledgeError
from knowledge.model.readers import parse_readers, write_readers
from knowledge.model.types import Access, Chunk, Document, Principal
from knowledge.storage.index_versions import RECENT
from knowledge.text.chunker import Piece, search_text
from knowledge.text.section_links import link_to

VERSION = 3
"""Version of the tables. A sync rebuilds an index of another one; until then it is searched."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS access (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL, level TEXT NOT NULL, groups TEXT NOT NULL, readers TEXT NOT NULL,
    UNIQUE (source, level, groups, readers)
);
CREATE TABLE IF NOT EXISTS documents (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, title TEXT NOT NULL, url TEXT NOT NULL,
    date TEXT, owner TEXT NOT NULL, access INTEGER NOT NULL,
    version TEXT NOT NULL, content_hash BLOB NOT NULL, metadata TEXT NOT NULL,
    author TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS chunks (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL, ordinal INTEGER NOT NULL,
    text TEXT NOT NULL, headings TEXT NOT NULL, page INTEGER, anchor TEXT NOT NULL,
    text_hash BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS chunks_of_document ON chunks (document, ordinal);
"""
_HIDDEN = """
CREATE TABLE IF NOT EXISTS hidden (document INTEGER PRIMARY KEY); -- of the base, replaced since
"""
_JOINED = """
SELECT c.key, c.document, c.ordinal, c.text, c.headings, c.page, c.anchor, c.text_hash,
    d.id, d.source, d.title, d.url, d.date, d.author, d.owner, d.access
FROM {0}.chunks c JOIN {0}.documents d ON d.key = c.document
"""
_VISIBLE = "NOT IN (SELECT document FROM main.hidden)"
_ALONE = f"CREATE TEMP VIEW passages AS {_JOINED.format('main')};"
_BOTH = f"""
CREATE TEMP VIEW documents AS SELECT * FROM main.documents
    UNION ALL SELECT * FROM base.documents WHERE key {_VISIBLE};
CREATE TEMP VIEW chunks AS SELECT * FROM main.chunks
    UNION ALL SELECT * FROM base.chunks WHERE document {_VISIBLE};
CREATE TEMP VIEW passages AS {_JOINED.format("main")}
    UNION ALL {_JOINED.format("base")} WHERE c.document {_VISIBLE};
"""  # noqa: S608 - constants
_MERGE = """
DELETE FROM main.chunks WHERE document IN (SELECT document FROM recent.hidden);
DELETE FROM main.documents WHERE key IN (SELECT document FROM recent.hidden);
INSERT INTO main.documents SELECT * FROM recent.documents;
INSERT INTO main.chunks SELECT * FROM recent.chunks;
DELETE FROM main.access;
INSERT INTO main.access SELECT * FROM recent.access;
DELETE FROM main.sqlite_sequence;
INSERT INTO main.sqlite_sequence SELECT * FROM recent.sqlite_sequence;
"""
_MOST_RECENT = (2_000, 20)
"""Chunks beside the base from which both become a new one: so many, or this part of the base's."""

_DOCUMENT_COLUMNS = "id, source, title, url, date, author, owner, access"
_DOCUMENTS = f"SELECT {_DOCUMENT_COLUMNS}, version, content_hash, metadata FROM documents"  # noqa: S608 - a constant
_CHUNKS = f"""
SELECT key, ordinal, text, headings, page, anchor, {_DOCUMENT_COLUMNS} FROM passages
"""  # noqa: S608 - a constant

_BEFORE_AUTHORS = "CREATE TEMP VIEW documents AS SELECT *, '' AS author FROM main.documents;"
"""What else a store of version 2 or earlier needs; `d.author` is not there either."""

_MAPPED_BYTES = 2**31 - 65_536
"""Bytes of the file to map into memory shared by all processes; SQLite's maximum."""

_AccessLists = Mapping[int, tuple[str, Access]]
"""Source and access, by the access list's key."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Facts about a document's file, to detect changes.

    Attributes:
        version: The source's version of the content.
        content_hash: SHA-256 of the bytes and of how they were read.
        metadata: The file's own `date`, `owner`, `audience` and `url`. Settings of the source
            supply the rest, since they can change while the file does not.
    """

    version: str
    content_hash: bytes
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk that is not in the indexes yet; `text` is the text to search and embed."""

    key: int
    access: int
    text: str
    text_hash: bytes


class Store:
    """The store of a published index version; read-only and thread-safe.

    Args:
        path: The base, which nobody writes to any more.
    """

    def __init__(self, path: Path) -> None:
        recent = path.with_name(RECENT)
        main = recent if recent.exists() else path
        self._connection = sqlite3.connect(_unchanging(main), uri=True, check_same_thread=False)
        self._connection.execute(f"PRAGMA main.mmap_size = {_MAPPED_BYTES}")
        _see_both(self._connection, path if main == recent else None)
        self.close = weakref.finalize(self, self._connection.close)
        self._access = _access_lists(self._connection)

    def access_keys(
        self, reader: Principal, sources: Collection[str] = ()
    ) -> frozenset[int] | None:
        """Return the keys of the access lists that admit *reader*, None if all do.

        Each access list belongs to one source, so that the same filter can also restrict a search
        to *sources* (empty for all).
        """
        admitting = frozenset(
            key
            for key, (source, access) in self._access.items()
            if access.permits(reader) and (not sources or source in sources)
        )
        return None if len(admitting) == len(self._access) else admitting

    @property
    def groups(self) -> frozenset[str]:
        """All channels and user groups that access lists name, by name or id."""
        return frozenset().union(*(access.groups for _, access in self._access.values()))

    @property
    def names(self) -> frozenset[str]:
        """All names at sources that access lists have; see `knowledge.model.readers`."""
        readers = (access.readers for _, access in self._access.values())
        return frozenset(name for sets in readers for names in sets for name in names)

    def chunks(self, keys: Sequence[int]) -> list[Chunk]:
        """Return the chunks with these *keys*, in order, without unknown keys."""
        rows = self._connection.execute(
            f"{_CHUNKS} WHERE key IN (SELECT value FROM json_each(?))",  # noqa: S608 - a constant
            (json.dumps(list(keys)),),
        )
        found = {row[0]: self._chunk(row) for row in rows}
        return [found[key] for key in keys if key in found]

    def read(self, document_id: str, reader: Principal, start: int, limit: int) -> list[Chunk]:
        """Return up to *limit* chunks of a document, from ordinal *start* on.

        Raises:
            KnowledgeError: when the document does not exist or *reader* may not see it; the text
                does not reveal which.
        """
        row = self._connection.execute(
            "SELECT key, access FROM documents WHERE id = ?", (document_id,)
        ).fetchone()
        if row is None or not self._access[row[1]][1].permits(reader):
            raise KnowledgeError(f"there is no document {document_id!r} that you may read")
        rows = self._connection.execute(
            _CHUNKS + "WHERE document = ? AND ordinal >= ? ORDER BY ordinal LIMIT ?",
            (row[0], start, limit),
        )
        return [self._chunk(row) for row in rows]

    def versions(self, document_ids: Collection[str]) -> dict[str, str]:
        """Return the version of the file of each document in *document_ids*, by id."""
        rows = self._connection.execute(
            "SELECT id, version FROM documents WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(document_ids)),),
        )
        return dict(rows.fetchall())

    def readable_versions(self, document_ids: Collection[str], reader: Principal) -> dict[str, str]:
        """Return the version of the file of each of *document_ids* that *reader* may see, by id."""
        rows = self._connection.execute(
            "SELECT id, version, access FROM documents"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(document_ids)),),
        )
        return {id_: version for id_, version, key in rows if self._access[key][1].permits(reader)}

    def pieces(self, document_id: str) -> list[Piece]:
        """Return the text of a document as it was stored, in order."""
        return _pieces(self._connection, document_id)

    def documents(self) -> dict[str, tuple[Document, FileRecord]]:
        """Return every document with its file record, by document id."""
        rows = self._connection.execute(_DOCUMENTS)
        return {
            columns[0]: (
                _document(columns, self._access),
                FileRecord(version, content_hash, json.loads(metadata)),
            )
            for *columns, version, content_hash, metadata in rows
        }

    def all_chunks(self) -> Iterator[tuple[Document, FileRecord, list[Chunk]]]:
        """Yield every document with its file record and chunks, ordered by id."""
        for id_, (document, record) in sorted(self.documents().items()):
            rows = self._connection.execute(
                "SELECT key, ordinal, text, headings, page, anchor FROM passages"
                " WHERE id = ? ORDER BY ordinal",
                (id_,),
            )
            yield document, record, [_chunk_of(document, row) for row in rows]

    def count(self, source: str) -> tuple[int, int, dt.date | None]:
        """Return the number of documents and of chunks of *source*, and its latest date."""
        documents, newest = self._connection.execute(
            "SELECT COUNT(*), MAX(date) FROM documents WHERE source = ?", (source,)
        ).fetchone()
        (chunks,) = self._connection.execute(
            "SELECT COUNT(*) FROM passages WHERE source = ?", (source,)
        ).fetchone()
        return documents, chunks, dt.date.fromisoformat(newest) if newest else None

    def counts_for(self, reader: Principal) -> dict[str, int]:
        """Return the numbers of documents that *reader* may see, by source, without zeros."""
        keys = self.access_keys(reader)
        rows = self._connection.execute(
            "SELECT source, COUNT(*) FROM documents"
            " WHERE ? OR access IN (SELECT value FROM json_each(?)) GROUP BY source",
            (keys is None, json.dumps(sorted(keys or ()))),
        )
        return dict(rows.fetchall())

    def unresolved(self, source: str) -> int:
        """Return the number of documents of *source* that have no reader at all."""
        keys = [key for key, (_, access) in self._access.items() if frozenset() in access.readers]
        return self._count_with(source, keys)

    def restricted(self, source: str) -> int:
        """Return the number of documents of *source* that have readers beside its audience."""
        return self._count_with(
            source, [key for key, (_, one) in self._access.items() if one.readers]
        )

    def _count_with(self, source: str, keys: Sequence[int]) -> int:
        (count,) = self._connection.execute(
            "SELECT COUNT(*) FROM documents"
            " WHERE source = ? AND access IN (SELECT value FROM json_each(?))",
            (source, json.dumps(keys)),
        ).fetchone()
        return int(count)

    def entries(self) -> Iterator[NewChunk]:
        """Yield every chunk as the indexes have it, ordered by key."""
        return _chunks_after(self._connection, 0)

    def text_hashes(self) -> Iterator[bytes]:
        """Yield the hash of each chunk's text."""
        return (row[0] for row in self._connection.execute("SELECT text_hash FROM chunks"))

    def search_texts(self, keys: Sequence[int]) -> dict[int, str]:
        """Return the indexed text of each chunk in *keys*, by key."""
        rows = self._connection.execute(
            "SELECT key, title, headings, text FROM passages"
            " WHERE key IN (SELECT value FROM json_each(?))",
            (json.dumps(list(keys)),),
        )
        return {
            key: search_text(title, json.loads(headings), text)
            for key, title, headings, text in rows
        }

    def _chunk(self, row: Sequence[Any]) -> Chunk:
        return _chunk_of(_document(row[6:], self._access), row[:6])


class StoreWriter:
    """The store of the next index version: a new base, or what changes beside a base.

    Not thread-safe. `removed` collects the keys of removed chunks.

    Args:
        path: The base; where it exists, it is only read.
    """

    def __init__(self, path: Path) -> None:
        self.removed: list[int] = []
        self._path = path
        self._has_base = path.exists()
        self._connection = sqlite3.connect(
            f"{self._main.absolute().as_uri()}",
            uri=True,
            check_same_thread=False,
            isolation_level=None,
        )
        # After a crash the whole file is discarded, so SQLite's journal would protect nothing.
        self._connection.execute("PRAGMA journal_mode = MEMORY")
        self._connection.execute("PRAGMA synchronous = OFF")
        is_new = not self._scalar("SELECT COUNT(*) FROM main.sqlite_master")
        self._connection.executescript(_SCHEMA)
        if self._has_base:
            self._connection.executescript(_HIDDEN)
        _see_both(self._connection, path if self._has_base else None)
        self._connection.execute("BEGIN")
        if self._has_base and is_new:
            self._connection.execute("INSERT INTO main.access SELECT * FROM base.access")
            self._connection.execute("DELETE FROM main.sqlite_sequence")
            self._connection.execute(
                "INSERT INTO main.sqlite_sequence SELECT * FROM base.sqlite_sequence"
            )
        self._last_document = max(
            self._scalar(f"SELECT COALESCE(MAX(key), 0) FROM {name}.documents")  # noqa: S608 - our own names
            for name in self._databases
        )
        self._last_key = max(
            self._scalar(f"SELECT COALESCE(MAX(key), 0) FROM {name}.chunks")  # noqa: S608 - our own names
            for name in self._databases
        )

    @property
    def _main(self) -> Path:
        """The file that is written."""
        return self._path.with_name(RECENT) if self._has_base else self._path

    @property
    def _databases(self) -> tuple[str, ...]:
        return ("main", "base") if self._has_base else ("main",)

    def put(
        self, document: Document, record: FileRecord, pieces: Iterable[Piece], previous_id: str = ""
    ) -> None:
        """Store *document* with its pieces. Pieces that it already had keep their keys.

        Args:
            document: The document.
            record: Its file record.
            pieces: Its text, in order.
            previous_id: Its id so far, if that changes.
        """
        access = self._access_key(document)
        spare = self._take_out(previous_id or document.id, access)
        date = document.date.isoformat() if document.date else None
        self._last_document += 1
        key = self._last_document
        self._connection.execute(
            "INSERT INTO main.documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(key, document.id, document.source, document.title, document.url, date),
                *(document.owner, access),
                *(record.version, record.content_hash, json.dumps(record.metadata)),
                document.author,
            ),
        )
        rows = []
        for ordinal, piece in enumerate(pieces):
            text = search_text(document.title, piece.headings, piece.text)
            text_hash = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
            reused = spare[text_hash].pop(0) if spare.get(text_hash) else None
            headings = json.dumps(piece.headings, ensure_ascii=False)
            location = (headings, piece.page, piece.anchor)
            rows.append((reused, key, ordinal, piece.text, *location, text_hash))
        self._connection.executemany(
            "INSERT INTO main.chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows
        )
        self.removed += [key for keys in spare.values() for key in keys]

    def update(self, document: Document, record: FileRecord, previous_id: str = "") -> None:
        """Store changed facts about *document* and keep its pieces; see `put`."""
        pieces = _pieces(self._connection, previous_id or document.id)
        self.put(document, record, pieces, previous_id)

    def remove(self, document_id: str) -> None:
        """Remove a document, if it is there."""
        self._take_out(document_id, None)

    def new_chunks(self) -> Iterator[NewChunk]:
        """Yield the added chunks, ordered by key."""
        return _chunks_after(self._connection, self._last_key)

    def chunk_count(self) -> int:
        """Return the number of chunks."""
        return sum(chunks for _, chunks in self.sizes().values())

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Return the numbers of documents and of chunks of each source."""
        source_of = dict(self._connection.execute("SELECT key, source FROM documents"))
        counted = {source: (count, 0) for source, count in Counter(source_of.values()).items()}
        for document, chunks in self._chunks_by_document():
            if (source := source_of.get(document)) is not None:
                counted[source] = counted[source][0], counted[source][1] + chunks
        return counted

    def has(self, document_id: str) -> bool:
        """Tell whether a document is there."""
        return bool(self._scalar("SELECT COUNT(*) FROM documents WHERE id = ?", (document_id,)))

    def document_count(self) -> int:
        """Return the number of documents."""
        return self._scalar("SELECT COUNT(*) FROM documents")

    def finish(self) -> None:
        """Delete unused access lists and commit."""
        self._connection.execute(
            "DELETE FROM main.access WHERE key NOT IN (SELECT access FROM documents)"
        )
        self._connection.execute("COMMIT")
        if self._has_base and self._is_much():
            self._connection.close()
            _merge(self._path)
        else:
            self._connection.execute("PRAGMA journal_mode = DELETE")

    def _chunks_by_document(self) -> Iterator[tuple[int, int]]:
        """Yield the keys of documents with their numbers of chunks, also of hidden ones.

        It reads nothing but an index: of a million chunks, too.
        """
        for name in self._databases:
            yield from self._connection.execute(
                f"SELECT document, COUNT(*) FROM {name}.chunks GROUP BY document"  # noqa: S608 - our own names
            )

    def _is_much(self) -> bool:
        """Tell whether there is so much beside the base that both should become a new one."""
        least, part = _MOST_RECENT
        beside = self._scalar("SELECT COUNT(*) FROM main.chunks") + self._scalar(
            "SELECT COUNT(*) FROM base.chunks WHERE document IN (SELECT document FROM main.hidden)"
        )
        return beside > max(least, self._last_key // part)

    def close(self) -> None:
        """Close the file; discards everything unless `finish` was called."""
        self._connection.close()

    def _take_out(self, document_id: str, access: int | None) -> dict[bytes, list[int]]:
        """Delete a document; return its chunk keys by text hash, to reuse if *access* is the same.

        Keys of another access list cannot be reused: the indexes store them with the old one.
        """
        row = self._connection.execute(
            "SELECT key, access FROM documents WHERE id = ?", (document_id,)
        ).fetchone()
        if row is None:
            return {}
        spare: dict[bytes, list[int]] = defaultdict(list)
        chunks = self._connection.execute(
            "SELECT key, text_hash FROM chunks WHERE document = ?", (row[0],)
        ).fetchall()
        self._connection.execute("DELETE FROM main.chunks WHERE document = ?", (row[0],))
        gone = self._connection.execute("DELETE FROM main.documents WHERE key = ?", (row[0],))
        if not gone.rowcount:
            self._connection.execute("INSERT INTO main.hidden VALUES (?)", (row[0],))
        for key, text_hash in sorted(chunks):
            spare[text_hash].append(key)
        if access == row[1]:
            return spare
        self.removed += [key for key, _ in chunks]
        return {}

    def _access_key(self, document: Document) -> int:
        access = document.access
        groups = json.dumps(sorted(access.groups))
        values = (document.source, access.level, groups, write_readers(access.readers))
        self._connection.execute(
            "INSERT OR IGNORE INTO main.access (source, level, groups, readers)"
            " VALUES (?, ?, ?, ?)",
            values,
        )
        return self._scalar(
            "SELECT key FROM access WHERE source = ? AND level = ? AND groups = ? AND readers = ?",
            values,
        )

    def _scalar(self, statement: str, values: Sequence[object] = ()) -> int:
        value: int = self._connection.execute(statement, values).fetchone()[0]
        return value


def _unchanging(path: Path) -> str:
    """Return the address of a file that nobody writes to."""
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


def _see_both(connection: sqlite3.Connection, base: Path | None) -> None:
    """Let queries see a base and what is beside it as one; without a base, the file alone."""
    if base:
        connection.execute("ATTACH ? AS base", (_unchanging(base),))
        connection.execute(f"PRAGMA base.mmap_size = {_MAPPED_BYTES}")
    views = _BOTH if base else _ALONE
    if "author" not in _columns(connection, "documents"):
        views = _ALONE.replace("d.author", "''") + _BEFORE_AUTHORS
    connection.executescript(views)


def _merge(path: Path) -> None:
    """Make a new base of the base *path* and what is beside it; other versions keep theirs."""
    draft, recent = path.with_suffix(".new"), path.with_name(RECENT)
    shutil.copyfile(path, draft)
    connection = sqlite3.connect(draft.absolute().as_uri(), uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("ATTACH ? AS recent", (_unchanging(recent),))
        connection.executescript(f"BEGIN; {_MERGE} COMMIT;")
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()
    draft.replace(path)
    recent.unlink()


def _chunks_after(connection: sqlite3.Connection, last_key: int) -> Iterator[NewChunk]:
    rows = connection.execute(
        "SELECT key, access, title, headings, text, text_hash FROM passages"
        " WHERE key > ? ORDER BY key",
        (last_key,),
    )
    for key, access, title, headings, text, text_hash in rows:
        yield NewChunk(key, access, search_text(title, json.loads(headings), text), text_hash)


def _pieces(connection: sqlite3.Connection, document_id: str) -> list[Piece]:
    rows = connection.execute(
        "SELECT text, headings, page, anchor FROM passages WHERE id = ? ORDER BY ordinal",
        (document_id,),
    )
    return [Piece(text, tuple(json.loads(headings)), p, a) for text, headings, p, a in rows]


def _chunk_of(document: Document, row: Sequence[Any]) -> Chunk:
    key, ordinal, text, headings, page, anchor = row
    url = link_to(document.url, anchor)
    return Chunk(key, document, ordinal, text, tuple(json.loads(headings)), page, url)


def _access_lists(connection: sqlite3.Connection) -> dict[int, tuple[str, Access]]:
    lists: dict[int, tuple[str, Access]] = {}
    readers = (
        "readers" if "readers" in _columns(connection, "access") else "'[]'"
    )  # version 1 had none
    statement = f"SELECT key, source, level, groups, {readers} FROM access"  # noqa: S608 - constants
    for key, source, level, groups, names in connection.execute(statement):
        access = Access(level, frozenset(json.loads(groups)), parse_readers(names))
        lists[key] = (source, access)
    return lists


def _document(columns: Sequence[Any], lists: _AccessLists) -> Document:
    id_, source, title, url, date, author, owner, access = columns
    day = dt.date.fromisoformat(date) if date else None
    return Document(id_, source, title, url, day, owner, lists[access][1], author)


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute("SELECT * FROM pragma_table_info(?)", (table,))}
