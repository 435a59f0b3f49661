"""The sync journal: embeddings that were paid for and files that failed, for the next sync."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.model.errors import KnowledgeError
from knowledge.model.readers import parse_readers, write_readers
from knowledge.model.types import PassedOver, Problem, Vectors

_SCHEMA = """
CREATE TABLE IF NOT EXISTS embeddings (
    embedder TEXT NOT NULL, text_hash BLOB NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (embedder, text_hash)
);
CREATE TABLE IF NOT EXISTS problems (
    document_id TEXT PRIMARY KEY, version TEXT NOT NULL, reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS readers (
    document_id TEXT PRIMARY KEY, readers TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passed_over (
    document_id TEXT PRIMARY KEY, reason TEXT NOT NULL
) WITHOUT ROWID;
"""

_AT_ONCE = 500
"""Texts looked up by one statement."""

_BUSY_SECONDS = 60.0
"""How long a write waits for that of another process."""


class SyncJournal:
    """A SQLite file beside the index versions. It survives a kill, since it commits each write.

    Losing it costs time and money, but no answers. It stores vectors as float16, which halves the
    disk space and changes a cosine by less than 0.001. A sync and the step that embeds may have it
    open at once; each waits for the other's write.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(
            path, _BUSY_SECONDS, check_same_thread=False, isolation_level=None
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)

    def missing(self, embedder: str, text_hashes: Iterable[bytes]) -> set[bytes]:
        """Return the *text_hashes* that have no vector of *embedder* yet."""
        wanted = set(text_hashes)
        known = self._rows("text_hash", embedder, list(wanted))
        return wanted.difference(text_hash for (text_hash,) in known)

    def add(self, embedder: str, text_hashes: Sequence[bytes], vectors: Vectors) -> None:
        """Store one vector per text; shape `(len(text_hashes), dimensions)`."""
        blobs = (vector.tobytes() for vector in vectors.astype(np.float16))
        rows = [(embedder, *row) for row in zip(text_hashes, blobs, strict=True)]
        self._write_many("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)", rows)

    def vectors(
        self, embedder: str, text_hashes: Sequence[bytes], dimensions: int
    ) -> "JournalVectors":
        """Return the vectors of *text_hashes*, in order; all of them must have been added before.

        Args:
            embedder: Name of the embedder.
            text_hashes: Hashes of the texts.
            dimensions: Length of a vector; 0 takes that of the first vector (1 if there is none).
        """
        if not dimensions:
            first = self.read(embedder, text_hashes[:1])
            dimensions = max(map(len, first.values()), default=1)
        return JournalVectors(self, embedder, text_hashes, dimensions)

    def prune(self, embedder: str, text_hashes: Iterable[bytes], chunks: int) -> None:
        """Delete vectors not in use, once they are more than half of all.

        Args:
            embedder: Name of the embedder in use.
            text_hashes: Texts in use; consumed only if needed.
            chunks: Number of chunks, an upper bound for the number of *text_hashes*.
        """
        (count,) = self._connection.execute("SELECT MAX(rowid) FROM embeddings").fetchone()
        if (count or 0) <= 2 * chunks:
            return
        used = {(embedder, text_hash) for text_hash in text_hashes}
        (count,) = self._connection.execute("SELECT COUNT(*) FROM embeddings").fetchone()
        if count > 2 * len(used):
            rows = self._connection.execute("SELECT embedder, text_hash FROM embeddings")
            unused = [row for row in rows.fetchall() if row not in used]
            self._write_many("DELETE FROM embeddings WHERE embedder = ? AND text_hash = ?", unused)

    def problems(self) -> dict[Problem, str]:
        """Return the failures by document id, each with the version of its file."""
        rows = self._connection.execute(
            "SELECT document_id, version, reason, COALESCE(readers, '[]') FROM problems"
            " LEFT JOIN readers USING (document_id) ORDER BY document_id"
        )
        return {
            Problem(document_id, reason, parse_readers(readers)): version
            for document_id, version, reason, readers in rows
        }

    def settle(self, document_ids: Iterable[str], problems: Mapping[Problem, str]) -> None:
        """Set the *problems*, each with the version of its file; the other documents have none."""
        gone = [(known,) for known in document_ids]
        readers = [(one.document_id, write_readers(one.readers)) for one in problems if one.readers]
        rows = [(one.document_id, version, one.reason) for one, version in problems.items()]
        self._write_many("DELETE FROM problems WHERE document_id = ?", gone)
        self._write_many("DELETE FROM readers WHERE document_id = ?", gone)
        self._write_many("INSERT OR REPLACE INTO readers VALUES (?, ?)", readers)
        self._write_many("INSERT OR REPLACE INTO problems VALUES (?, ?, ?)", rows)

    def replace_problems(self, sources: Collection[str], problems: Mapping[Problem, str]) -> None:
        """Set the problems of *sources*, each with the version of its file."""
        known = (one.document_id for one in self.problems())
        self.settle([id_ for id_ in known if id_.partition("/")[0] in sources], problems)

    def passed_over(self) -> list[PassedOver]:
        """Return the files that the last syncs did not read, by document id."""
        rows = self._connection.execute("SELECT * FROM passed_over ORDER BY document_id")
        return [PassedOver(document_id, reason) for document_id, reason in rows]

    def replace_passed_over(self, sources: Collection[str], files: Iterable[PassedOver]) -> None:
        """Set the files of *sources* that were not read."""
        gone = [
            (known.document_id,)
            for known in self.passed_over()
            if known.document_id.partition("/")[0] in sources
        ]
        self._write_many("DELETE FROM passed_over WHERE document_id = ?", gone)
        rows = [(file.document_id, file.reason) for file in files]
        self._write_many("INSERT OR REPLACE INTO passed_over VALUES (?, ?)", rows)

    def forget_all_but(self, sources: Collection[str]) -> None:
        """Forget the files of all sources but these."""
        ids = [one.document_id for one in self.problems()]
        ids += [one.document_id for one in self.passed_over()]
        others = {id_.partition("/")[0] for id_ in ids} - set(sources)
        self.replace_problems(others, {})
        self.replace_passed_over(others, ())

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def read(self, embedder: str, text_hashes: Sequence[bytes]) -> dict[bytes, NDArray[np.float16]]:
        """Return the vectors of *text_hashes*, as float16; all must have been added."""
        rows = self._rows("text_hash, vector", embedder, text_hashes)
        return {text_hash: np.frombuffer(blob, np.float16) for text_hash, blob in rows}

    def _rows(
        self, columns: str, embedder: str, text_hashes: Sequence[bytes]
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the *columns* of the embeddings of *text_hashes*, in any order."""
        for start in range(0, len(text_hashes), _AT_ONCE):
            some = text_hashes[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            yield from self._connection.execute(
                f"SELECT {columns} FROM embeddings"  # noqa: S608 - constants
                f" WHERE embedder = ? AND text_hash IN ({marks})",
                (embedder, *some),
            )

    def _write_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(statement, rows)


class JournalVectors:
    """Vectors of a journal as a `VectorTable`; reads each on access and caches none."""

    def __init__(
        self, journal: SyncJournal, embedder: str, text_hashes: Sequence[bytes], dimensions: int
    ) -> None:
        self._journal = journal
        self._embedder = embedder
        self._text_hashes = text_hashes
        self.shape = (len(text_hashes), dimensions)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: NDArray[np.int64]) -> Vectors:
        """Read the vectors of *rows*.

        Raises:
            KnowledgeError: when the embedder's vectors have changed their length.
        """
        vectors = np.empty((len(rows), self.shape[1]), np.float32)
        hashes = [self._text_hashes[row] for row in rows.tolist()]
        for start in range(0, len(hashes), _AT_ONCE):
            some = hashes[start : start + _AT_ONCE]
            known = self._journal.read(self._embedder, some)
            for position, text_hash in enumerate(some, start):
                vector = known[text_hash]
                if len(vector) != self.shape[1]:
                    raise KnowledgeError(
                        f"{self._embedder} now returns vectors of another length: "
                        "delete the knowledge folder and sync again"
                    )
                vectors[position] = vector
        return vectors
