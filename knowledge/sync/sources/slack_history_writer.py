"""Writes the messages of Slack's channels; see `slack_history`."""

import json
import time
from collections.abc import Collection, Iterable, Mapping, Sequence

from knowledge.sync.sources.slack_history import FORGOTTEN
from knowledge.sync.sources.slack_history_files import HistoryFiles
from knowledge.sync.sources.slack_messages import (
    ChannelMessage,
    FillState,
    KeptChannel,
    content_of,
    day_of,
    people_in,
)

REMEMBERED = 7 * 86_400.0
"""Seconds for which a deleted message is refused: Slack may deliver it once more, after that."""


class SlackHistoryWriter(HistoryFiles):
    """Keeps channels and their messages."""

    # Channels.

    def keep(self, channel: KeptChannel) -> None:
        """Begin to keep *channel*, or note its name, its source and its days."""
        told = (channel.id, channel.source, channel.name, channel.url, channel.days)
        with self._writing() as run:
            before = run(
                "SELECT source, name, days FROM channels WHERE id = ?", told[:1]
            ).fetchone()
            run(
                "INSERT INTO channels (id, source, name, url, days) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET source = excluded.source, name = excluded.name, "
                "url = excluded.url, days = excluded.days",
                told,
            )
            if before and before[:2] != told[1:3]:  # the days are called after the channel
                self._touch_all(channel.id)
            if before and before[2] < channel.days:  # what is older now counts, too
                run("UPDATE channels SET reached = '', state = 'filling' WHERE id = ?", told[:1])

    def drop(self, channel: str) -> None:
        """Forget *channel* and all its messages."""
        with self._writing() as run:
            for table in ("messages", "refused", "shares", "files"):
                run(f"DELETE FROM {table} WHERE channel = ?", (channel,))  # noqa: S608 - our tables
            self._unused.append(self.path_of(channel, ""))
            self._touch_all(channel)
            run("DELETE FROM channels WHERE id = ?", (channel,))

    def reached(self, channel: KeptChannel, ts: str, state: FillState) -> None:
        """Note how far the history of *channel* is read, unless it is to be read once more."""
        with self._writing() as run:
            run(
                "UPDATE channels SET reached = ?, state = ? WHERE id = ? AND reached = ?",
                (ts, state, channel.id, channel.reached),
            )

    def check_again(self) -> None:
        """Read the history of all channels once more: events may have been missed."""
        with self._writing() as run:
            run(
                "UPDATE channels SET reached = '', "
                "state = CASE state WHEN 'filling' THEN state ELSE 'checking' END"
            )
            self._look_again()

    # Messages.

    def put(self, channel: str, messages: Iterable[ChannelMessage]) -> None:
        """Keep new *messages* of *channel*, and edited ones; deleted ones are refused."""
        with self._writing():
            self._put(channel, messages)

    def remove(self, channel: str, ts: Iterable[str], *, thread: bool = False) -> None:
        """Forget messages, and refuse them if they come again; with *thread*, their replies too."""
        with self._writing():
            self._remove(channel, ts, thread=thread)

    def put_page(
        self,
        channel: str,
        messages: Sequence[ChannelMessage],
        refused: Collection[str],
        span: tuple[str, str],
        until: float,
    ) -> None:
        """Keep a page of a channel's history, and forget what is no longer in it.

        Args:
            channel: Its id.
            messages: All that Slack has in the span, with the replies to them.
            refused: Messages to the bot in it; their replies are left out, too.
            span: The ts between which the messages lie, both exclusive; "" for no end.
            until: What was written later than this may be missing in the page.
        """
        listed = {message.ts for message in messages}
        low, high = span[0] or "0", span[1] or "9"
        with self._writing() as run:
            if not self._rows("SELECT 1 FROM channels WHERE id = ?", channel):
                return  # it was dropped meanwhile
            known = run(
                "SELECT ts, thread FROM messages WHERE channel = ? "
                "AND ((ts > ? AND ts < ?) OR (document > ? AND document < ?))",
                (channel, low, high, low, high),
            ).fetchall()
            gone = [
                ts
                for ts, thread in known
                if ts not in listed and float(ts) < until and low < (thread or ts) < high
            ]
            self._remove(channel, gone, thread=False)
            self._remove(channel, refused, thread=True)
            self._put(channel, messages)

    def prune(self, now: float) -> None:
        """Forget what is older than its channel's days, and what need not be refused any more."""
        with self._writing() as run:
            for channel, days in run("SELECT id, days FROM channels").fetchall():
                horizon = f"{now - days * 86_400.0:.6f}"
                found = run(
                    "SELECT DISTINCT document FROM messages WHERE channel = ? AND ts < ?",
                    (channel, horizon),
                ).fetchall()
                run("DELETE FROM messages WHERE channel = ? AND ts < ?", (channel, horizon))
                self._touch(channel, [row[0] for row in found], withheld=False)
                run(
                    "DELETE FROM shares WHERE channel = ? AND ts < ? AND ts != '0'",
                    (channel, horizon),
                )
                self._drop_unshared(channel)
                # A thread is refused as long as replies may come.
                run(
                    "DELETE FROM refused WHERE channel = ? AND at < ? AND (NOT thread OR ts < ?)",
                    (channel, now - REMEMBERED, horizon),
                )

    def name(self, names: Mapping[str, str]) -> None:
        """Note the names of people, by id."""
        with self._writing():
            self._connection.executemany(
                "UPDATE people SET name = ? WHERE id = ?",
                [(name, id_) for id_, name in names.items()],
            )

    def move_on(self, log: str, position: str) -> None:
        """Note that everything up to *position* of *log* is taken in."""
        with self._writing():
            self._set("log", log)
            self._set("position", position)

    def published(self, version: int, sources: Collection[str]) -> None:
        """Note that the index holds all changes of *sources* up to *version*."""
        with self._writing() as run:
            told = {"version": version, "sources": json.dumps(sorted(sources))}
            run(
                "UPDATE documents SET withheld = 0 WHERE version <= :version "
                "AND source IN (SELECT value FROM json_each(:sources))",
                told,
            )
            gone = run(
                "DELETE FROM documents WHERE first IS NULL AND version <= :version "
                "AND source IN (SELECT value FROM json_each(:sources)) RETURNING version",
                told,
            ).fetchall()
            forgotten = [int(self._fact(FORGOTTEN) or 0), *(row[0] for row in gone)]
            self._set(FORGOTTEN, str(max(forgotten)))

    # Inside a transaction.

    def _put(self, channel: str, messages: Iterable[ChannelMessage]) -> None:
        run = self._connection.execute
        for message in messages:
            if self._refuses(channel, message):
                continue
            before = run(
                "SELECT document, stamp, content FROM messages WHERE channel = ? AND ts = ?",
                (channel, message.ts),
            ).fetchone()
            content = content_of(message)
            place, thread = message.document, message.thread
            if not thread and self._has_replies(channel, message.ts):  # told before the first one
                place = thread = message.ts
            known = before and before[2] == content and before[0] == place
            if known or (before and before[1] > message.stamp):
                continue
            run(
                "INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?)",
                (channel, message.ts, thread, place, message.stamp, content),
            )
            run(
                "INSERT OR IGNORE INTO people SELECT value, '' FROM json_each(?)",
                (json.dumps(sorted(people_in(json.loads(content)))),),
            )
            self._touch(channel, {place, *(before[:1] if before else ())}, withheld=bool(before))
            self._put_shares(channel, message.ts, (file.id for file in message.files))
            if thread and thread != message.ts:
                self._begin_thread(channel, thread)

    def _begin_thread(self, channel: str, root: str) -> None:
        """Move the message that a thread begins with out of the messages of its day."""
        run, day = self._connection.execute, f"{day_of(root):%Y-%m-%d}"
        moved = run(
            "UPDATE messages SET document = ts, thread = ts "
            "WHERE channel = ? AND ts = ? AND document = ?",
            (channel, root, day),
        )
        if moved.rowcount:
            self._touch(channel, {day, root}, withheld=False)

    def _has_replies(self, channel: str, ts: str) -> bool:
        found = self._rows(
            "SELECT 1 FROM messages WHERE channel = ? AND document = ? LIMIT 1", channel, ts
        )
        return bool(found)

    def _refuses(self, channel: str, message: ChannelMessage) -> bool:
        found = self._rows(
            "SELECT 1 FROM refused WHERE channel = ? AND (ts = ? OR (thread AND ts = ?))",
            channel,
            message.ts,
            message.thread,
        )
        return bool(found)

    def _remove(self, channel: str, ts: Iterable[str], *, thread: bool) -> None:
        run = self._connection.execute
        for one in ts:
            run(
                "INSERT INTO refused VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET thread = max(thread, excluded.thread)",
                (channel, one, int(thread), time.time()),
            )
            told = {"channel": channel, "ts": one, "thread": int(thread)}
            gone = run(
                "DELETE FROM messages WHERE channel = :channel "
                "AND (ts = :ts OR (:thread AND thread = :ts)) RETURNING ts, document",
                told,
            ).fetchall()
            self._touch(channel, {row[1] for row in gone}, withheld=True)
            for removed, _ in gone:
                self._unshare(channel, self._files_at(channel, removed), removed)
