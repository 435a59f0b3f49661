"""Changes what is kept of Slack's channels: transactions, and versions of what they touch."""

import shutil
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from knowledge.sync.sources.slack_history import STORE, VERSION, SlackHistory

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS channels (
    id TEXT PRIMARY KEY, source TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL,
    days INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'filling', reached TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS messages (
    channel TEXT NOT NULL, ts TEXT NOT NULL, thread TEXT NOT NULL, document TEXT NOT NULL,
    stamp REAL NOT NULL, content TEXT NOT NULL, PRIMARY KEY (channel, ts)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS messages_by_document ON messages (channel, document, ts);
CREATE TABLE IF NOT EXISTS shares (
    channel TEXT NOT NULL, file TEXT NOT NULL, ts TEXT NOT NULL, PRIMARY KEY (channel, file, ts)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS shares_by_message ON shares (channel, ts);
CREATE TABLE IF NOT EXISTS files (
    channel TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL DEFAULT '',
    listed INTEGER NOT NULL DEFAULT 0, name TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL DEFAULT '', day TEXT NOT NULL DEFAULT '', stamp TEXT NOT NULL DEFAULT '',
    passed_over TEXT NOT NULL DEFAULT '', problem TEXT NOT NULL DEFAULT '',
    digest TEXT NOT NULL DEFAULT '', due REAL NOT NULL DEFAULT 0, PRIMARY KEY (channel, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_by_turn ON files (due);
CREATE TABLE IF NOT EXISTS documents (
    channel TEXT NOT NULL, id TEXT NOT NULL, source TEXT NOT NULL, version INTEGER NOT NULL,
    first TEXT, last TEXT, withheld INTEGER NOT NULL, PRIMARY KEY (channel, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS documents_by_version ON documents (version);
CREATE TABLE IF NOT EXISTS refused (
    channel TEXT NOT NULL, ts TEXT NOT NULL, thread INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (channel, ts)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people (id TEXT PRIMARY KEY, name TEXT NOT NULL);
"""


class HistoryChanges(SlackHistory):
    """Reads and writes the file in *folder*.

    Every public method of what builds on this is one transaction: after a kill, it is done or not.
    Doing it twice changes nothing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(folder)
        self._lock = threading.Lock()
        self._unused = list[Path]()
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A power cut may take the last changes back, and with them the position in the log.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._writing() as run:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                run(statement)
            run("INSERT OR IGNORE INTO facts VALUES (?, ?)", (STORE, uuid.uuid4().hex))

    def _touch(self, channel: str, documents: Iterable[str], *, withheld: bool) -> None:
        """Give *documents* a new version; *withheld* where something in them is gone."""
        for document in documents:
            first, last = self._span(channel, document)
            source = self._rows("SELECT source FROM channels WHERE id = ?", channel)
            self._connection.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "source = excluded.source, version = excluded.version, first = excluded.first, "
                "last = excluded.last, withheld = max(withheld, excluded.withheld)",
                (
                    *(channel, document, source[0][0] if source else "", self._next()),
                    *(first, last, int(withheld or first is None)),
                ),
            )

    def _touch_all(self, channel: str) -> None:
        found = self._rows("SELECT id FROM documents WHERE channel = ?", channel)
        self._touch(channel, [row[0] for row in found], withheld=False)

    def _span(self, channel: str, document: str) -> tuple[str | None, str | None]:
        """Return the ts of the first and the last message; of a file, "0" while it is there."""
        statement = (
            "SELECT min('0'), max('0') FROM files WHERE channel = ? AND document = ? AND listed"
            if "/" in document
            else "SELECT min(ts), max(ts) FROM messages WHERE channel = ? AND document = ?"
        )
        first, last = self._connection.execute(statement, (channel, document)).fetchone()
        return first, last

    def _next(self) -> int:
        version = self.version + 1
        self._set(VERSION, str(version))
        return version

    def _set(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        """Provide a transaction; bytes that nothing names any more are deleted after it."""
        with self._lock:
            self._unused.clear()
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield self._connection.execute
            for path in self._unused:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
