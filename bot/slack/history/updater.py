"""Keeps the channels that are sources up to date, on each machine that answers.

Where machines share an index, the indexer alone syncs them.
"""

import asyncio
import fcntl
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.errors import BotError
from bot.machines.history import IndexedHistory
from bot.slack.client.clients import UNCERTAIN, error_of, reaching_slack
from bot.slack.client.connection import SlackConnection
from bot.slack.history.announcer import HistoryAnnouncer
from bot.slack.history.changes import FileChange, shown_name
from bot.slack.history.channels import SourceChannels
from bot.slack.history.file_reader import FileReader
from bot.slack.history.log import HistoryLog, LogEntry
from bot.slack.history.reader import HistoryReader
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError, SyncRunningError
from knowledge.model.source_settings import SlackSettings
from knowledge.model.threads import in_thread
from knowledge.sync.sources.slack_history_writer import SlackHistoryWriter
from knowledge.sync.sources.slack_messages import KeptChannel

_PRUNE_SECONDS = 3_600.0
_NOTE_SECONDS = 60.0
"""Until what is missing is noted again: any other sync calls the source complete."""

_STATES = {
    "filling": "its history is still being read",
    "checking": "its history is being read once more, as events may have been missed",
}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HistoryPace:
    """How often an updater looks, in seconds.

    Attributes:
        look: Between two looks at the log and the settings.
        sync: Between two syncs, at least: others have to get at the index, too.
        page: Between two pages of a channel's history.
        refused: Before a channel that cannot be read is looked at again.
    """

    look: float = 2.0
    sync: float = 15.0
    page: float = 1.0
    refused: float = 60.0


class HistoryUpdater:
    """Takes in the log, reads histories, and syncs what has changed.

    One process of a machine does it, in the folder that all of them share.

    Args:
        slack: The connection to Slack.
        log: What events tell, for all machines.
        base: Says which channels are sources, and is synced.
        announcer: Tells the people of a channel.
        folder: Where the messages are kept.
        indexed: Knows who syncs, and what the index has.
    """

    def __init__(
        self,
        slack: SlackConnection,
        log: HistoryLog,
        base: KnowledgeBase,
        announcer: HistoryAnnouncer,
        folder: Path,
        indexed: IndexedHistory,
        pace: HistoryPace = HistoryPace(),
    ) -> None:
        self._slack = slack
        self._log = log
        self._base = base
        self._announcer = announcer
        self._folder = folder
        self._indexed = indexed
        self.pace = pace
        self._synced = ("", -1)
        self._sync_at = self._prune_at = self._note_at = 0.0
        self._channels = SourceChannels(slack.principals, lambda: self.pace.refused)
        self._noted = dict[str, str]()

    @property
    def _incoming(self) -> Path:
        """The folder of files that are being fetched."""
        return self._folder / "incoming"

    async def run(self) -> None:
        """Keep the channels until cancelled; another process takes over when this one ends."""
        while True:
            if self._base_has_channels() or self._folder.exists():
                with _held(self._folder) as mine:
                    if mine:
                        shutil.rmtree(self._incoming, ignore_errors=True)
                        with closing(SlackHistoryWriter(self._folder)) as history:
                            await self._keep(history)
            await asyncio.sleep(self.pace.look)

    async def _keep(self, history: SlackHistoryWriter) -> None:
        """Look again and again, while histories are read beside."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(lambda: self.look(history), lambda: self.pace.look))
            group.create_task(self._repeat(lambda: self.read(history), lambda: self.pace.page))

    async def _repeat(self, do: Callable[[], Awaitable[None]], pause: Callable[[], float]) -> None:
        while True:
            try:
                await do()
            except (BotError, KnowledgeError, SlackApiError, sqlite3.Error, *UNCERTAIN) as error:
                _log.warning("history_not_kept", reason=str(error))
            await asyncio.sleep(pause())

    async def look(self, history: SlackHistoryWriter) -> None:
        """Follow the settings and the log once, and sync what has changed.

        Raises:
            BotError: Slack or Redis cannot be reached.
            KnowledgeError: the settings cannot be read, or the index not written.
        """
        await self._follow_log(history)  # first: a deletion waits for nothing
        await self._follow_settings(history)
        now = time.time()
        if now >= self._prune_at:
            await in_thread(partial(history.prune, now))
            await in_thread(history.tidy_files)
            self._prune_at = now + _PRUNE_SECONDS
        await self._name_people(history)
        await self._sync(history)
        if self._indexed.syncs:
            await self._note(history)

    async def read(self, history: SlackHistoryWriter) -> None:
        """Read one page of each channel that is not read wholly, and the next files."""
        reader = HistoryReader(self._slack.clients.repeating, history, self._slack.me)
        for channel in (await in_thread(history.channels)).values():
            if channel.state == "complete":
                continue
            try:
                await reader.read_page(channel)
            except SlackApiError as error:
                _log.warning("history_not_read", channel=channel.id, error=error_of(error))
        await self._file_reader(history).read()

    def _file_reader(self, history: SlackHistoryWriter) -> FileReader:
        slack = self._slack
        return FileReader(
            slack.clients.repeating,
            slack.downloads,
            slack.principals.facts,
            history,
            frozenset(source.name for source in self._base.slack_sources if source.ocr),
            self._incoming,
        )

    # Which channels.

    async def _follow_settings(self, history: SlackHistoryWriter) -> None:
        """Begin and end as the settings and the channels themselves say."""
        url = await self._announcer.workspace_url()
        wanted = await self._channels.readable(self._base.slack_sources, url)
        kept = await in_thread(history.channels)
        for id_ in kept.keys() - wanted.keys():
            await in_thread(partial(history.drop, id_))
            _log.info("history_dropped", channel=id_)
        for id_ in (await self._log.channels()).keys() - wanted.keys():
            await self._announcer.end(id_)
        for channel in wanted.values():
            known = kept.get(channel.id)
            if known is None and not await self._announcer.begin(channel.id, channel.days):
                continue  # nobody is read without being told
            if known is None or _told(known) != _told(channel):
                await in_thread(partial(history.keep, channel))
            canvases = self._channels.canvases[channel.id]
            await in_thread(partial(history.own_canvases, channel.id, canvases))

    def _missing(
        self, source: SlackSettings, kept: Collection[KeptChannel], unread: Mapping[str, int]
    ) -> str:
        """Return what is missing of *source*, or "".

        Args:
            source: Its settings.
            kept: The channels of all sources.
            unread: How many files were never looked at, by channel.
        """
        closed = {name: self._channels.closed.get(name, "") for name in source.channels}
        lines = [f"{name}: {reason}" for name, reason in closed.items() if reason]
        own = [channel for channel in kept if channel.source == source.name]
        lines += [
            f"#{channel.name}: {_STATES[channel.state]}"
            for channel in own
            if channel.state in _STATES
        ]
        lines += [
            f"#{channel.name}: {unread[channel.id]} files are still to be read"
            for channel in own
            if unread[channel.id]
        ]
        if not lines and len(own) < len(source.channels):
            lines = ["the people of a channel could not be told yet"]
        return "; ".join(lines)

    def _base_has_channels(self) -> bool:
        try:
            return bool(self._base.slack_sources)
        except KnowledgeError:
            return False

    # What has changed.

    async def _follow_log(self, history: SlackHistoryWriter) -> None:
        name = await self._log.name()
        log, position = await in_thread(history.position)
        if log != name or not self._log.reaches_back_to(position):
            latest = await self._log.latest()
            await in_thread(history.check_again)
            await in_thread(partial(history.move_on, name, latest))
            return
        while entries := await self._log.entries(position):
            position = entries[-1].id
            await in_thread(partial(_take_in, history, entries))
            await in_thread(partial(history.move_on, name, position))

    async def _name_people(self, history: SlackHistoryWriter) -> None:
        unnamed = await in_thread(history.unnamed)
        if not unnamed:
            return
        facts = self._slack.principals.facts
        with reaching_slack():
            users = await facts.users()
            names = {
                id_: shown_name(users.get(id_) or await facts.user(id_), id_) for id_ in unnamed
            }
        await in_thread(partial(history.name, names))

    async def _sync(self, history: SlackHistoryWriter) -> None:
        """Sync what has changed since the last sync, unless that was just now.

        The first sync is for an operator: it reads all sources.
        """
        version, index = await in_thread(lambda: history.version), self._base.index_version
        _, position = await in_thread(history.position)
        if not self._indexed.syncs:
            await self._show_again(history, position, version)
            return
        now = time.monotonic()
        if not index or self._synced == (index, version) or now < self._sync_at:
            return
        self._sync_at = now + self.pace.sync
        sources = {source.name for source in self._base.slack_sources}
        left = await in_thread(partial(history.sources_to_remove, sources))
        try:
            done = await self._sync_sources(sources) | await self._remove_sources(left)
        except SyncRunningError:
            return  # the next look tries again
        await in_thread(partial(history.published, version, done))
        if done >= sources | left:
            self._synced = (self._base.index_version, version)
            await self._indexed.tell(position)

    async def _show_again(self, history: SlackHistoryWriter, position: str, version: int) -> None:
        """Show the documents again that the shared index has as they are now."""
        indexed = await self._indexed.indexed(position, version)
        if indexed is not None:
            sources = {source.name for source in self._base.slack_sources}
            await in_thread(partial(history.published, indexed, sources))

    async def _note(self, history: SlackHistoryWriter) -> None:
        """Let operators know what is missing of a source; a sync has called it complete."""
        if time.monotonic() >= self._note_at:
            self._note_at = time.monotonic() + _NOTE_SECONDS
            self._noted = {name: "" for name, reason in self._noted.items() if not reason}
        kept = (await in_thread(history.channels)).values()
        unread = {one.id: await in_thread(partial(history.unread_files, one.id)) for one in kept}
        for source in self._base.slack_sources:
            missing = self._missing(source, kept, unread)
            if missing == self._noted.get(source.name, ""):
                continue
            self._noted[source.name] = missing
            if missing:
                await in_thread(partial(self._base.note_incomplete, source.name, missing))
            else:
                self._synced = ("", -1)  # the next sync calls it complete again

    async def _sync_sources(self, sources: Collection[str]) -> frozenset[str]:
        """Sync *sources*; return those that the index holds as they are."""
        if not sources:
            return frozenset()
        report = await self._base.sync(sorted(sources), accept_loss=True, vectors=False)
        self._noted.clear()
        for failure in report.failures:
            _log.warning("history_not_indexed", source=failure.source, reason=failure.reason)
        return frozenset(sources) - {failure.source for failure in report.failures}

    async def _remove_sources(self, sources: frozenset[str]) -> frozenset[str]:
        """Remove the documents of *sources*, which the settings no longer have; return these."""
        if sources:
            await self._base.remove_left_sources()
        return sources


def _told(channel: KeptChannel) -> tuple[object, ...]:
    return (channel.source, channel.name, channel.url, channel.days)


def _take_in(history: SlackHistoryWriter, entries: Sequence[LogEntry]) -> None:
    kept = history.channels()
    for change in (entry.change for entry in entries):
        if change is None:
            history.check_again()
        elif change.channel and change.channel not in kept:
            continue
        elif isinstance(change, FileChange):
            if change.gone:
                history.remove_file(change.file, change.at, change.channel)
            else:
                history.look_again(change.file)
        elif change.message is None:
            history.remove(change.channel, [change.ts], thread=change.to_bot)
        else:
            history.put(change.channel, [change.message])


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Be the one process of this machine that keeps the channels; yields False if another is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "LOCK").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
