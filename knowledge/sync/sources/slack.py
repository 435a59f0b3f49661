"""Channels of Slack, as the bot keeps their messages and files: see `slack_history`.

The bot reads a channel's history once, and from then on what Slack sends it anyway. So a listing
asks Slack nothing, and holds what was written up to a few seconds ago.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from knowledge.model.directory_settings import SLACK
from knowledge.model.errors import CursorExpiredError, ParseError, SourceError
from knowledge.model.readers import group
from knowledge.model.source_settings import SlackSettings
from knowledge.parsing.parsers import ARCHIVES, suffix_of
from knowledge.sync.source import Secrets, SourceChanges, SourceFile
from knowledge.sync.sources.slack_history import FILE, SlackHistory
from knowledge.sync.sources.slack_messages import HistoryDocument


class SlackSource:
    """Lists the threads, the days without threads, and the files of a source's channels.

    Readers are the members of the channel. An id keeps when a channel is renamed.

    Args:
        name: First part of the ids of its documents.
        folder: Where the bot keeps the messages. Before it has begun, the source cannot be listed.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder

    def files(self) -> Iterable[SourceFile]:
        with self._begun() as history:
            return [self._file(history, one) for one in history.documents(self.name)]

    def read(self, file: SourceFile) -> bytes:
        channel, document = file.document_id.removeprefix(f"{self.name}/").split("/", 1)
        with _opened(self._folder) as history:
            content = history.content(channel, document) if history else None
        if content is None:
            raise ParseError("cannot be read: it was deleted meanwhile")
        return content

    def cursor(self) -> str:
        with self._begun() as history:
            return history.cursor

    def changes(self, cursor: str) -> SourceChanges:
        with self._begun() as history:
            now = history.cursor  # first: what comes meanwhile is told again
            found = history.changed(self.name, cursor)
            files = [self._file(history, document) for document in found or () if document.first]
        if found is None:
            raise CursorExpiredError(f"{self.name}: the changes since the last sync are not known")
        return SourceChanges(
            files=tuple(files),
            removed=tuple(self._id(document) for document in found if not document.first),
            cursor=now,
        )

    @contextmanager
    def _begun(self) -> Iterator[SlackHistory]:
        with _opened(self._folder) as history:
            if history is None:
                raise SourceError(
                    f"source {self.name!r}: no channel has been read yet: start the bot "
                    "(`kotae serve`), which reads them and syncs by itself"
                )
            yield history

    def _file(self, history: SlackHistory, document: HistoryDocument) -> SourceFile:
        file = document.file
        name = file.name if file else f"{document.id}.json"
        is_archive = suffix_of(name) in ARCHIVES
        return SourceFile(
            document_id=self._id(document),
            name=f"{document.channel}/{name}",
            url=document.address,
            version=f"{history.store}:{document.version}",  # another machine counts otherwise
            date=document.date,
            passed_over="format" if is_archive else file.passed_over if file else "",
            readers=frozenset({frozenset({group(SLACK, document.channel)})}),
        )

    def _id(self, document: HistoryDocument) -> str:
        return f"{self.name}/{document.channel}/{document.id}"


def open_source(settings: SlackSettings, _secrets: Secrets, folder: Path) -> SlackSource:
    """Open the source that *settings* describe; the bot keeps its messages in *folder*."""
    return SlackSource(settings.name, folder)


def withheld(folder: Path | None) -> frozenset[str]:
    """Return the documents, as `channel/id`, of which an index may hold what was deleted."""
    if folder is None:
        return frozenset()
    with _opened(folder) as history:
        return history.withheld() if history else frozenset()


@contextmanager
def _opened(folder: Path) -> Iterator[SlackHistory | None]:
    """Open what the bot keeps in *folder*; None before it has begun.

    Raises:
        SourceError: when it cannot be read.
    """
    if not (folder / FILE).exists():
        yield None
        return
    try:
        with closing(SlackHistory(folder)) as history:
            yield history if history.begun else None
    except sqlite3.Error as error:
        raise SourceError(
            f"the messages of Slack in {folder} cannot be read ({error}): remove that folder and "
            "restart the bot, which then reads the channels again"
        ) from error
