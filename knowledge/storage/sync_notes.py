"""What operators see of the last syncs, as a text that other machines take over.

It is the journal without its vectors: how each source is doing, which files could not be read, and
where the next changes begin. A machine that has it shows the same status, and can go on.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from knowledge.storage.health import HealthStore
from knowledge.storage.journal import SyncJournal

_TABLES = ("source_health", "feeds", "problems", "readers", "passed_over")


def read_notes(journal: Path) -> str:
    """Return the notes of the journal *journal*; "" when there is none. Blocks."""
    if not journal.exists():
        return ""
    with closing(_opened(journal)) as connection:
        return json.dumps(
            {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in _TABLES},  # noqa: S608 - our own names
            sort_keys=True,
        )


def write_notes(journal: Path, notes: str) -> None:
    """Replace the notes of the journal *journal* by those of another machine. Blocks.

    What another version of the program has written, with other columns, is left out.
    """
    journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = json.loads(notes)
    with closing(_opened(journal)) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        for name in _TABLES:
            columns = len(connection.execute(f"PRAGMA table_info({name})").fetchall())
            rows = [row for row in known.get(name, ()) if len(row) == columns]
            places = ", ".join("?" * columns)
            connection.execute(f"DELETE FROM {name}")  # noqa: S608 - our own names
            connection.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608


def _opened(journal: Path) -> sqlite3.Connection:
    for table in (SyncJournal, HealthStore):
        table(journal).close()  # whichever is missing is made
    return sqlite3.connect(journal, 60.0, isolation_level=None)
