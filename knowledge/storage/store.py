"""Documents, chunks and access lists of one index version, in SQLite."""

import datetime as dt
import hashlib
import json
import sqlite3
import weakref
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from knowledge.model.errors import KnowledgeError
from knowledge.model.readers import parse_readers, write_readers
from knowledge.model.types import Access, Chunk, Document, Principal
from knowledge.text.chunker import Piece, search_text

VERSION = 2
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
    version TEXT NOT NULL, content_hash BLOB NOT NULL, metadata TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS chunks (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL, ordinal INTEGER NOT NULL,
    text TEXT NOT NULL, headings TEXT NOT NULL, page INTEGER, anchor TEXT NOT NULL,
    text_hash BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS chunks_of_document ON chunks (document, ordinal);
"""
_DOCUMENT_COLUMNS = "d.id, d.source, d.title, d.url, d.date, d.owner, d.access"
_DOCUMENTS = f"SELECT {_DOCUMENT_COLUMNS}, d.version, d.content_hash, d.metadata FROM documents d"  # noqa: S608 - a constant
_CHUNKS = f"""
SELECT c.key, c.ordinal, c.text, c.headings, c.page, c.anchor, {_DOCUMENT_COLUMNS}
FROM chunks c JOIN documents d ON d.key = c.document
"""  # noqa: S608 - a constant

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
        path: The SQLite file, which nobody writes to any more.
    """

    def __init__(self, path: Path) -> None:
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
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
            f"{_CHUNKS} WHERE c.key IN (SELECT value FROM json_each(?))",  # noqa: S608 - a constant
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
            _CHUNKS + "WHERE c.document = ? AND c.ordinal >= ? ORDER BY c.ordinal LIMIT ?",
            (row[0], start, limit),
        )
        return [self._chunk(row) for row in rows]

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
                "SELECT c.key, c.ordinal, c.text, c.headings, c.page, c.anchor FROM chunks c"
                " JOIN documents d ON d.key = c.document WHERE d.id = ? ORDER BY c.ordinal",
                (id_,),
            )
            yield document, record, [_chunk_of(document, row) for row in rows]

    def count(self, source: str) -> tuple[int, int, dt.date | None]:
        """Return the number of documents and of chunks of *source*, and its latest date."""
        documents, newest = self._connection.execute(
            "SELECT COUNT(*), MAX(date) FROM documents WHERE source = ?", (source,)
        ).fetchone()
        (chunks,) = self._connection.execute(
            "SELECT COUNT(*) FROM chunks c JOIN documents d ON d.key = c.document"
            " WHERE d.source = ?",
            (source,),
        ).fetchone()
        return documents, chunks, dt.date.fromisoformat(newest) if newest else None

    def unresolved(self, source: str) -> int:
        """Return the number of documents of *source* that have no reader at all."""
        keys = [key for key, (_, access) in self._access.items() if frozenset() in access.readers]
        (count,) = self._connection.execute(
            "SELECT COUNT(*) FROM documents"
            " WHERE source = ? AND access IN (SELECT value FROM json_each(?))",
            (source, json.dumps(keys)),
        ).fetchone()
        return int(count)

    def entries(self) -> Iterator[NewChunk]:
        """Yield every chunk as the indexes have it, ordered by key."""
        return _chunks_after(self._connection, 0)

    def text_hashes(self) -> list[bytes]:
        """Return the hash of each chunk's text."""
        return [row[0] for row in self._connection.execute("SELECT text_hash FROM chunks")]

    def search_texts(self, keys: Sequence[int]) -> dict[int, str]:
        """Return the indexed text of each chunk in *keys*, by key."""
        rows = self._connection.execute(
            "SELECT c.key, d.title, c.headings, c.text FROM chunks c"
            " JOIN documents d ON d.key = c.document"
            " WHERE c.key IN (SELECT value FROM json_each(?))",
            (json.dumps(list(keys)),),
        )
        return {
            key: search_text(title, json.loads(headings), text)
            for key, title, headings, text in rows
        }

    def _chunk(self, row: Sequence[Any]) -> Chunk:
        return _chunk_of(_document(row[6:], self._access), row[:6])


class StoreWriter:
    """The store of the next index version: a new file, or a copy of the current one.

    Not thread-safe. `removed` collects the keys of removed chunks.
    """

    def __init__(self, path: Path) -> None:
        self.removed: list[int] = []
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # After a crash the whole file is discarded, so SQLite's journal would protect nothing.
        self._connection.execute("PRAGMA journal_mode = MEMORY")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")
        self._last_key = self._scalar("SELECT COALESCE(MAX(key), 0) FROM chunks")

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
        (key,) = self._connection.execute(
            "INSERT INTO documents VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key",
            (
                *(document.id, document.source, document.title, document.url, date),
                *(document.owner, access),
                *(record.version, record.content_hash, json.dumps(record.metadata)),
            ),
        ).fetchone()
        rows = []
        for ordinal, piece in enumerate(pieces):
            text = search_text(document.title, piece.headings, piece.text)
            text_hash = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
            reused = spare[text_hash].pop(0) if spare.get(text_hash) else None
            headings = json.dumps(piece.headings, ensure_ascii=False)
            location = (headings, piece.page, piece.anchor)
            rows.append((reused, key, ordinal, piece.text, *location, text_hash))
        self._connection.executemany("INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
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

    def text_hashes(self) -> Iterator[bytes]:
        """Yield the hash of each chunk's text."""
        return (row[0] for row in self._connection.execute("SELECT text_hash FROM chunks"))

    def chunk_count(self) -> int:
        """Return the number of chunks."""
        return self._scalar("SELECT COUNT(*) FROM chunks")

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Return the numbers of documents and of chunks of each source."""
        rows = self._connection.execute(
            "SELECT d.source, COUNT(DISTINCT d.key), COUNT(c.key) FROM documents d"
            " LEFT JOIN chunks c ON c.document = d.key GROUP BY d.source"
        )
        return {source: (documents, chunks) for source, documents, chunks in rows}

    def has(self, document_id: str) -> bool:
        """Tell whether a document is there."""
        return bool(self._scalar("SELECT COUNT(*) FROM documents WHERE id = ?", (document_id,)))

    def document_count(self) -> int:
        """Return the number of documents."""
        return self._scalar("SELECT COUNT(*) FROM documents")

    def finish(self) -> None:
        """Delete unused access lists and commit."""
        self._connection.execute(
            "DELETE FROM access WHERE key NOT IN (SELECT access FROM documents)"
        )
        self._connection.execute("COMMIT")
        self._connection.execute("PRAGMA journal_mode = DELETE")

    def close(self) -> None:
        """Close the file; discards everything unless `finish` was called."""
        self._connection.close()

    def _take_out(self, document_id: str, access: int | None) -> dict[bytes, list[int]]:
        """Delete a document; return its chunk keys by text hash, to reuse if *access* is the same.

        Keys of another access list cannot be reused: the indexes store them with the old one.
        """
        row = self._connection.execute(
            "DELETE FROM documents WHERE id = ? RETURNING key, access", (document_id,)
        ).fetchone()
        if row is None:
            return {}
        spare: dict[bytes, list[int]] = defaultdict(list)
        chunks = self._connection.execute(
            "DELETE FROM chunks WHERE document = ? RETURNING key, text_hash", (row[0],)
        ).fetchall()
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
            "INSERT OR IGNORE INTO access (source, level, groups, readers) VALUES (?, ?, ?, ?)",
            values,
        )
        return self._scalar(
            "SELECT key FROM access WHERE source = ? AND level = ? AND groups = ? AND readers = ?",
            values,
        )

    def _scalar(self, statement: str, values: Sequence[object] = ()) -> int:
        value: int = self._connection.execute(statement, values).fetchone()[0]
        return value


def _chunks_after(connection: sqlite3.Connection, last_key: int) -> Iterator[NewChunk]:
    rows = connection.execute(
        "SELECT c.key, d.access, d.title, c.headings, c.text, c.text_hash FROM chunks c"
        " JOIN documents d ON d.key = c.document WHERE c.key > ? ORDER BY c.key",
        (last_key,),
    )
    for key, access, title, headings, text, text_hash in rows:
        yield NewChunk(key, access, search_text(title, json.loads(headings), text), text_hash)


def _pieces(connection: sqlite3.Connection, document_id: str) -> list[Piece]:
    rows = connection.execute(
        "SELECT c.text, c.headings, c.page, c.anchor FROM chunks c"
        " JOIN documents d ON d.key = c.document WHERE d.id = ? ORDER BY c.ordinal",
        (document_id,),
    )
    return [Piece(text, tuple(json.loads(headings)), p, a) for text, headings, p, a in rows]


def _chunk_of(document: Document, row: Sequence[Any]) -> Chunk:
    key, ordinal, text, headings, page, anchor = row
    url = f"{document.url}#{quote(anchor, safe='=')}" if anchor else document.url
    return Chunk(key, document, ordinal, text, tuple(json.loads(headings)), page, url)


def _access_lists(connection: sqlite3.Connection) -> dict[int, tuple[str, Access]]:
    lists: dict[int, tuple[str, Access]] = {}
    columns = {row[1] for row in connection.execute("PRAGMA table_info(access)")}
    readers = "readers" if "readers" in columns else "'[]'"  # version 1 had none
    statement = f"SELECT key, source, level, groups, {readers} FROM access"  # noqa: S608 - constants
    for key, source, level, groups, names in connection.execute(statement):
        access = Access(level, frozenset(json.loads(groups)), parse_readers(names))
        lists[key] = (source, access)
    return lists


def _document(columns: Sequence[Any], lists: _AccessLists) -> Document:
    id_, source, title, url, date, owner, access = columns
    day = dt.date.fromisoformat(date) if date else None
    return Document(id_, source, title, url, day, owner, lists[access][1])
