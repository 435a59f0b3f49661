"""Which files and canvases of Slack's channels are kept; see `slack_history`.

A file is kept while a kept message shares it, and a canvas while it is one of the channel's own.
"""

import hashlib
import re
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from knowledge.sync.sources.slack_history import FILES
from knowledge.sync.sources.slack_history_changes import HistoryChanges
from knowledge.sync.sources.slack_messages import FileFacts, WaitingFile

_OWN = "0"
"""In place of the ts of a message: the file is one of the channel's own canvases."""

_ID = re.compile(r"F[A-Z0-9]{1,30}")
_UNSHARED_SECONDS = 600.0
"""For so long a canvas that was taken out of a channel, or deleted, is none of its own whatever
Slack tells of the channel: its answers may lag."""


class HistoryFiles(HistoryChanges):
    """Knows where files are shared, and keeps their bytes."""

    def waiting(self, now: float, limit: int) -> list[WaitingFile]:
        """Return the files whose turn it is, those first that were never looked at."""
        rows = self._rows(
            "SELECT channel, id, stamp, digest FROM files WHERE due <= ? ORDER BY due LIMIT ?",
            now,
            limit,
        )
        return [WaitingFile(row[0], row[1], row[2], bool(row[3])) for row in rows]

    def unread_files(self, channel: str) -> int:
        """Return how many files of *channel* were never looked at."""
        rows = self._rows("SELECT count(*) FROM files WHERE channel = ? AND due = 0", channel)
        return int(rows[0][0])

    def put_file(
        self, channel: str, file: str, facts: FileFacts, content: Path | None, due: float
    ) -> None:
        """Keep what is known of a file, unless it is no longer shared.

        Args:
            channel: Where it is shared.
            file: Its id.
            facts: What is known.
            content: Its bytes, a file that is moved from there; None if they have not changed, or
                the facts say why there are none.
            due: When it is to be looked at again, in seconds since the epoch.
        """
        digest = _digest(content) if content else ""
        with self._writing() as run:
            found = run(
                "SELECT document, listed, name, url, day, passed_over, problem, digest FROM files "
                "WHERE channel = ? AND id = ?",
                (channel, file),
            ).fetchone()
            if found is None:
                self._unused += [content] if content else []
                return
            document, *before, had = found
            document = document or f"{file}/{facts.name or file}"
            kept = content or not (facts.passed_over or facts.problem or not facts.name)
            digest = digest or (had if kept else "")
            now = (facts.name, facts.url, facts.day, facts.passed_over, facts.problem)
            run(
                "UPDATE files SET document = ?, listed = ?, name = ?, url = ?, day = ?, "
                "passed_over = ?, problem = ?, stamp = ?, digest = ?, due = ? "
                "WHERE channel = ? AND id = ?",
                (document, bool(facts.name), *now, facts.stamp, digest, due, channel, file),
            )
            place = self.path_of(channel, file)
            if content:
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                content.replace(place)
            elif not kept:
                self._unused.append(place)
            if [bool(facts.name), *now, digest] != [*before, had] and (facts.name or before[0]):
                self._touch(channel, [document], withheld=bool(had) and digest != had)

    def postpone(self, channel: str, file: str, due: float) -> None:
        """Look at a file at *due* (seconds since the epoch), and leave it as it is until then."""
        with self._writing() as run:
            run("UPDATE files SET due = ? WHERE channel = ? AND id = ?", (due, channel, file))

    def look_again(self, file: str = "") -> None:
        """Look at a file anew, and read its content; at all of them without an id."""
        with self._writing():
            self._look_again(file)

    def own_canvases(self, channel: str, canvases: Collection[str]) -> None:
        """Keep *canvases*, ids, as those of the channel itself, and no others."""
        wanted = {one for one in canvases if _ID.fullmatch(one)}
        with self._writing():
            known = self._files_at(channel, _OWN)
            self._unshare(channel, known - wanted, _OWN)
            until = str(time.time() - _UNSHARED_SECONDS)
            self._share(channel, _OWN, wanted - known, until)

    def remove_file(self, file: str, at: float, channel: str = "") -> None:
        """Forget a file that was deleted, or is no longer shared in *channel*.

        Args:
            file: Its id.
            at: When; shares before that, which may still come, are refused.
            channel: The channel that it was taken out of; "" if it was deleted.
        """
        with self._writing() as run:
            for one in [channel] if channel else list(self.channels()):
                run(
                    "INSERT INTO refused VALUES (?, ?, 0, ?) "
                    "ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
                    (one, file, at),
                )
                self._unshare(one, {file}, until=at)

    def tidy_files(self) -> None:
        """Delete bytes that a kill has left behind."""
        with self._writing():
            known = {tuple(row) for row in self._rows("SELECT channel, id FROM files")}
            self._unused += [
                path
                for path in (self._folder / FILES).glob("*/*")
                if (path.parent.name, path.name) not in known
            ]

    # Inside a transaction.

    def _put_shares(self, channel: str, ts: str, files: Iterable[str]) -> None:
        """Note which files the message *ts* shares."""
        known, wanted = self._files_at(channel, ts), {one for one in files if _ID.fullmatch(one)}
        self._unshare(channel, known - wanted, ts)
        self._share(channel, ts, wanted - known, ts)

    def _share(self, channel: str, ts: str, files: Iterable[str], before: str) -> None:
        """Note that *ts* shares *files*, but those that were removed later than *before*."""
        run = self._connection.execute
        for file in files:
            refused = run(
                "SELECT 1 FROM refused WHERE channel = ? AND ts = ? AND at >= ?",
                (channel, file, float(before)),
            ).fetchone()
            if not refused:
                run("INSERT OR IGNORE INTO shares VALUES (?, ?, ?)", (channel, file, ts))
                run("INSERT OR IGNORE INTO files (channel, id) VALUES (?, ?)", (channel, file))

    def _unshare(
        self, channel: str, files: Iterable[str], ts: str = "", until: float = 0.0
    ) -> None:
        """Forget that *ts* shares *files*; without it, that any message until then does."""
        run = self._connection.execute
        for file in files:
            told = {"channel": channel, "file": file, "ts": ts, "until": until}
            gone = run(
                "DELETE FROM shares WHERE channel = :channel AND file = :file "
                "AND (ts = :ts OR (:ts = '' AND CAST(ts AS REAL) <= :until)) RETURNING ts",
                told,
            ).fetchall()
            for (one,) in gone:  # the name of the file stood in them
                found = self._rows(
                    "SELECT document FROM messages WHERE channel = ? AND ts = ?", channel, one
                )
                self._touch(channel, [row[0] for row in found], withheld=True)
            self._drop_unshared(channel, file)

    def _drop_unshared(self, channel: str, file: str = "") -> None:
        """Forget files that nothing shares any more; with *file*, that one."""
        gone = self._connection.execute(
            "DELETE FROM files WHERE channel = :channel AND (:file = '' OR id = :file) "
            "AND NOT EXISTS (SELECT 1 FROM shares "
            "WHERE shares.channel = files.channel AND file = files.id) RETURNING id, document",
            {"channel": channel, "file": file},
        ).fetchall()
        self._unused += [self.path_of(channel, id_) for id_, _ in gone]
        self._touch(channel, [document for _, document in gone if document], withheld=True)

    def _look_again(self, file: str = "") -> None:
        self._connection.execute(
            "UPDATE files SET due = 1, stamp = '' WHERE (:file = '' OR id = :file) AND due > 1",
            {"file": file},
        )

    def _files_at(self, channel: str, ts: str) -> set[str]:
        rows = self._rows("SELECT file FROM shares WHERE channel = ? AND ts = ?", channel, ts)
        return {row[0] for row in rows}


def _digest(content: Path) -> str:
    with content.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
