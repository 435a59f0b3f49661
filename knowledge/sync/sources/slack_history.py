"""The messages and files of Slack's channels, which the bot keeps and the source lists.

Messages are in a SQLite file. The bytes of files are beside it, a file each.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from knowledge.model.errors import ParseError
from knowledge.sync.sources.slack_messages import (
    FileFacts,
    HistoryDocument,
    KeptChannel,
    people_in,
)

FILE = "history.sqlite"
FILES = "files"
"""The folder of the bytes of files, by channel and id."""

VERSION, FORGOTTEN, STORE = "version", "forgotten", "store"
"""Names of facts: the last change of a document, the last change that is no longer told, and what
tells this file from another one."""

_DOCUMENTS = """
SELECT documents.channel, documents.id, version, coalesce(first, ''), coalesce(last, ''),
    coalesce(channels.url, ''), files.name, files.url, day, stamp, passed_over, problem
FROM documents LEFT JOIN channels ON channels.id = documents.channel
    LEFT JOIN files ON files.channel = documents.channel AND files.document = documents.id
WHERE documents.source = ?
"""


class SlackHistory:
    """Reads the file in *folder*; all methods block, and may be called in any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection = sqlite3.connect(folder / FILE, check_same_thread=False)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @property
    def begun(self) -> bool:
        """Whether the file has its tables."""
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = 'facts'"))

    def channels(self) -> dict[str, KeptChannel]:
        """Return the channels, by id."""
        rows = self._rows("SELECT id, source, name, url, days, state, reached FROM channels")
        return {row[0]: KeptChannel(*row) for row in rows}

    def unnamed(self, limit: int = 200) -> list[str]:
        """Return ids of people whose names are not known."""
        return [
            row[0] for row in self._rows("SELECT id FROM people WHERE name = '' LIMIT ?", limit)
        ]

    def position(self) -> tuple[str, str]:
        """Return the log that was read, and the last entry of it; "" before the first."""
        return self._fact("log"), self._fact("position")

    @property
    def version(self) -> int:
        """Number of the last change of a document."""
        return int(self._fact(VERSION) or 0)

    @property
    def cursor(self) -> str:
        """Where the next changes begin."""
        return f"{self.store}:{self.version}"

    @property
    def store(self) -> str:
        """Identifies this file of messages: another machine's counts its versions by itself."""
        return self._fact(STORE)

    def documents(self, source: str) -> list[HistoryDocument]:
        """Return the documents of *source*."""
        rows = self._rows(f"{_DOCUMENTS} AND first IS NOT NULL", source)
        return [_document(row) for row in rows]

    def changed(self, source: str, cursor: str) -> list[HistoryDocument] | None:
        """Return what has changed since *cursor*, gone documents among it.

        None when nobody knows: only the list of all documents tells then.
        """
        store, _, version = cursor.partition(":")
        if store != self._fact(STORE) or int(version) < int(self._fact(FORGOTTEN) or 0):
            return None
        rows = self._rows(f"{_DOCUMENTS} AND version > ?", source, int(version))
        return [_document(row) for row in rows]

    def sources_to_remove(self, sources: Collection[str]) -> frozenset[str]:
        """Return the sources, beside *sources*, of which the index may hold documents."""
        found = self._rows("SELECT DISTINCT source FROM documents")
        return frozenset(row[0] for row in found) - frozenset(sources)

    def withheld(self) -> frozenset[str]:
        """Return the documents, as `channel/id`, of which the index may hold what was deleted."""
        rows = self._rows("SELECT channel, id FROM documents WHERE withheld")
        return frozenset(f"{channel}/{id_}" for channel, id_ in rows)

    def content(self, channel: str, document: str) -> bytes | None:
        """Return what a document says; None if it is gone.

        Messages come in the form that `parse_slack_day` reads.

        Raises:
            ParseError: when it is a file that cannot be read.
        """
        if "/" in document:
            return self._content_of_file(channel, document)
        name = self._rows("SELECT name FROM channels WHERE id = ?", channel)
        rows = self._rows(
            "SELECT content FROM messages WHERE channel = ? AND document = ? "
            "ORDER BY CAST(ts AS REAL)",
            channel,
            document,
        )
        if not (name and rows):
            return None
        messages = [json.loads(row[0]) for row in rows]
        self._leave_out_gone(channel, document, messages)
        mentioned = {id_ for message in messages for id_ in people_in(message)}
        people = dict(
            self._rows(
                "SELECT id, name FROM people "
                "WHERE name != '' AND id IN (SELECT value FROM json_each(?))",
                json.dumps(sorted(mentioned)),
            )
        )
        about = {"channel": name[0][0], "people": people, "document": document}
        return json.dumps(
            {"slack_export": about, "messages": messages}, ensure_ascii=False
        ).encode()

    def path_of(self, channel: str, file: str) -> Path:
        """Return where the bytes of a file are."""
        return self._folder / FILES / channel / file

    def _content_of_file(self, channel: str, document: str) -> bytes | None:
        rows = self._rows(
            "SELECT id, problem FROM files WHERE channel = ? AND document = ? AND listed",
            channel,
            document,
        )
        if not rows:
            return None
        id_, problem = rows[0]
        if problem:
            raise ParseError(problem)
        try:
            return self.path_of(channel, id_).read_bytes()
        except FileNotFoundError:
            return None

    def _leave_out_gone(
        self, channel: str, document: str, messages: Iterable[dict[str, Any]]
    ) -> None:
        """Take out of *messages* the names of files that are no longer shared."""
        shared = set(
            self._rows(
                "SELECT shares.ts, file FROM shares JOIN messages USING (channel, ts) "
                "WHERE channel = ? AND document = ?",
                channel,
                document,
            )
        )
        for message in messages:
            files = message.get("files") or ()
            message["files"] = [one for one in files if (message["ts"], one["id"]) in shared]

    def _fact(self, name: str) -> str:
        rows = self._rows("SELECT value FROM facts WHERE name = ?", name)
        return str(rows[0][0]) if rows else ""

    def _rows(self, statement: str, *values: object) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()


def _document(row: Sequence[Any]) -> HistoryDocument:
    channel, id_, version, first, last, url, *facts = row
    file = None if facts[0] is None else FileFacts(*facts)
    return HistoryDocument(channel, id_, version, first, last, url, file)
