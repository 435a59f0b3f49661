"""How the syncs of each source went, and where its next changes begin; in the journal's file."""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from knowledge.model.source_health import (
    SourceFailure,
    SourceFailureKind,
    SourceHealth,
    SourceTotals,
)
from knowledge.storage.index_versions import FeedState

_SCHEMA = """
CREATE TABLE IF NOT EXISTS source_health (
    source TEXT PRIMARY KEY, tried_at REAL NOT NULL DEFAULT 0, synced_at REAL NOT NULL DEFAULT 0,
    listed_at REAL NOT NULL DEFAULT 0, failed_since REAL NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT '',
    retry_at REAL NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS feeds (
    source TEXT PRIMARY KEY, index_version TEXT NOT NULL, state TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source_totals (
    source TEXT NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (source, name)
) WITHOUT ROWID;
"""
_SYNCS, _SYNC_SECONDS, _BYTES, _FAILED = "syncs", "seconds", "bytes", "failed "
"""Names of totals; the last one begins those of failures, and their kind follows."""

_COLUMNS = "tried_at, synced_at, listed_at, failed_since, reason, kind, retry_at, done, total"
_BUSY_SECONDS = 60.0
LONGEST_WAIT = 86_400.0
"""Seconds after which a source is asked again, whatever it said: it may have meant milliseconds."""


class HealthStore:
    """Notes what operators see of a source; each write is committed.

    It may be lost: then sources that tell their changes are listed completely once.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(
            path, _BUSY_SECONDS, check_same_thread=False, isolation_level=None
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)

    def all(self) -> dict[str, SourceHealth]:
        """Return what is known, by source."""
        rows = self._connection.execute(f"SELECT source, {_COLUMNS} FROM source_health")  # noqa: S608 - a constant
        totals = self._totals()
        return {
            source: replace(SourceHealth(*values), totals=totals.get(source, SourceTotals()))
            for source, *values in rows
        }

    def of(self, source: str) -> SourceHealth:
        """Return what is known of one source."""
        return self.all().get(source, SourceHealth())

    def expect(self, sources: Collection[str]) -> None:
        """Note that there are *sources*, whether one was tried or not."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO source_health (source) VALUES (?)", [(one,) for one in sources]
        )

    def unlisted(self) -> bool:
        """Tell whether a source was never listed completely."""
        found = self._connection.execute("SELECT 1 FROM source_health WHERE listed_at = 0 LIMIT 1")
        return found.fetchone() is not None

    def began(self, source: str) -> None:
        """Note a try."""
        self._set(source, tried_at=time.time(), done=0, total=0)

    def fetched(self, source: str, done: int, total: int) -> None:
        """Note how many files of a sync in progress were fetched, and of how many."""
        self._set(source, done=done, total=total)

    def succeeded(self, source: str, *, listed: bool) -> None:
        """Note that a source is up to date, and whether it was listed completely."""
        now = time.time()
        values: dict[str, object] = {"synced_at": now, "failed_since": 0, "reason": "", "kind": ""}
        if listed:
            values["listed_at"] = now
        self._add(source, _SYNCS, 1)
        self._add(source, _SYNC_SECONDS, max(0.0, now - (self.of(source).tried_at or now)))
        self._set(source, **values, retry_at=0, done=0, total=0)

    def fetched_bytes(self, source: str, size: int) -> None:
        """Note that so much of the documents of a source was fetched."""
        self._add(source, _BYTES, size)

    def failed(self, failure: SourceFailure) -> None:
        """Note why a source could not be brought up to date."""
        now = time.time()
        if failure.kind != "incomplete":  # noted again and again, and no sync failed
            self._add(failure.source, f"{_FAILED}{failure.kind}", 1)
        wait = min(failure.retry_after or 0.0, LONGEST_WAIT)
        self._set(
            failure.source,
            failed_since=self.of(failure.source).failed_since or now,
            reason=failure.reason,
            kind=failure.kind,
            retry_at=now + wait if wait else 0,
        )

    def feeds(self, index_version: str) -> dict[str, FeedState]:
        """Return the states that are newer than those in the manifest of *index_version*.

        Nothing in the index changed since, so that no version was published for them.
        """
        found: dict[str, FeedState] = {}
        rows = self._connection.execute(
            "SELECT source, state FROM feeds WHERE index_version = ?", (index_version,)
        )
        for source, state in rows:
            try:
                found[source] = FeedState.model_validate_json(state)
            except ValidationError:  # of another version of Kotae: the manifest's is told again
                continue
        return found

    def note_feed(self, source: str, index_version: str, state: FeedState) -> None:
        """Note that *index_version* has all changes of *source* up to *state*."""
        self._connection.execute(
            "INSERT OR REPLACE INTO feeds VALUES (?, ?, ?)",
            (source, index_version, state.model_dump_json()),
        )

    def forget_all_but(self, sources: Collection[str]) -> None:
        """Forget all sources but these."""
        for source in self.all().keys() - set(sources):
            self._connection.execute("DELETE FROM source_health WHERE source = ?", (source,))
            self._connection.execute("DELETE FROM feeds WHERE source = ?", (source,))
            self._connection.execute("DELETE FROM source_totals WHERE source = ?", (source,))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _totals(self) -> dict[str, SourceTotals]:
        values = defaultdict[str, dict[str, float]](dict)
        rows = self._connection.execute("SELECT source, name, value FROM source_totals")
        for source, name, value in rows:
            values[source][name] = value
        return {
            source: SourceTotals(
                int(found.get(_SYNCS, 0)),
                found.get(_SYNC_SECONDS, 0.0),
                int(found.get(_BYTES, 0)),
                {
                    kind: int(found.get(f"{_FAILED}{kind}", 0))
                    for kind in get_args(SourceFailureKind)
                },
            )
            for source, found in values.items()
        }

    def _add(self, source: str, name: str, value: float) -> None:
        self._connection.execute(
            "INSERT INTO source_totals VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET value = value + excluded.value",
            (source, name, value),
        )

    def _set(self, source: str, **values: object) -> None:
        """Set columns of a source, whose names are our own."""
        self._connection.execute(
            "INSERT OR IGNORE INTO source_health (source) VALUES (?)", (source,)
        )
        assignments = ", ".join(f"{column} = ?" for column in values)
        self._connection.execute(
            f"UPDATE source_health SET {assignments} WHERE source = ?",  # noqa: S608 - our columns
            (*values.values(), source),
        )


def feeds_of(
    published: Mapping[str, FeedState], noted: Mapping[str, FeedState]
) -> dict[str, FeedState]:
    """Return where the changes of each source begin, for an index version with *noted* states."""
    return {**published, **noted}
