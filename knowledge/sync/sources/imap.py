"""A mailbox as a source: each message of its folders is a document."""

import ssl
import threading
import weakref
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from knowledge.model.errors import CursorExpiredError, KnowledgeConfigError, ParseError, SourceError
from knowledge.model.source_settings import ImapSettings
from knowledge.sync.source import Secrets, SourceChanges, SourceFile
from knowledge.sync.sources.imap_connection import (
    MAX_BYTES,
    FolderState,
    ImapConnection,
    MailServer,
    MessageFacts,
    TooMuchError,
)

_AT_ONCE = 1_000
"""Messages that are listed by one command."""

_MOST_MESSAGES = 1_000_000
_TRIES = 3
_HERE = {"localhost", "127.0.0.1", "::1"}

_CURSOR = TypeAdapter(dict[str, tuple[int, int]])
"""For each folder, its UIDVALIDITY and HIGHESTMODSEQ."""


class ImapSource:
    """The messages in folders of a mailbox.

    A message is identified by its folder, UIDVALIDITY and UID, and never changes (RFC 3501,
    2.3.1.1). Messages that are marked as deleted are left out. Where the server has QRESYNC
    (RFC 7162), changes and deletions are told since a cursor; elsewhere all is listed, 1,000
    messages by one command.

    Args:
        settings: Which folders.
        server: Where they are.
    """

    def __init__(self, settings: ImapSettings, server: MailServer) -> None:
        self.name = settings.name
        self._settings = settings
        self._server = server
        self._reading = threading.Lock()
        self._reader = _Reader(server)
        weakref.finalize(self, self._reader.close)

    def files(self) -> Iterator[SourceFile]:
        with closing(ImapConnection(self._server)) as connection:
            for folder in self._settings.folders:
                yield from self._listed(connection, folder)

    def cursor(self) -> str:
        with closing(ImapConnection(self._server)) as connection:
            states = {name: connection.state(name) for name in self._settings.folders}
        if not all(state.modseq for state in states.values()):
            return ""
        return _cursor(states)

    def changes(self, cursor: str) -> SourceChanges:
        try:
            before = _CURSOR.validate_json(cursor)
        except ValidationError:
            raise CursorExpiredError(f"source {self.name!r}: it keeps no changes") from None
        files, removed = list[SourceFile](), list[str]()
        states = dict[str, FolderState]()
        with closing(ImapConnection(self._server)) as connection:
            for folder in self._settings.folders:
                states[folder] = state = connection.state(folder)
                if folder not in before or state.validity != before[folder][0] or not state.modseq:
                    raise CursorExpiredError(f"source {self.name!r}: {folder!r} is another one now")
                if state.modseq == before[folder][1]:
                    continue
                states[folder] = state = connection.open(folder)
                try:
                    told, gone = connection.changes(folder, before[folder][1])
                except TooMuchError:
                    raise CursorExpiredError(f"source {self.name!r}: too many changes") from None
                place = self._place(folder, state)
                files += [self._file(place, one) for one in told if not one.deleted]
                gone += [one.uid for one in told if one.deleted]
                removed += [f"{self.name}/{place}/{uid}.eml" for uid in gone]
        return SourceChanges(tuple(files), tuple(removed), _cursor(states))

    def read(self, file: SourceFile) -> bytes:
        folder, validity, name = file.name.rsplit("/", 2)
        with self._reading:
            try:
                data = self._reader.read(folder, int(validity), int(name.removesuffix(".eml")))
            except TooMuchError:
                raise ParseError(f"larger than {MAX_BYTES // 1_000_000} MB") from None
        if data is None:
            raise ParseError("cannot be read: it no longer exists")
        if len(data) > MAX_BYTES:
            raise ParseError(f"larger than {MAX_BYTES // 1_000_000} MB")
        return data

    def close(self) -> None:
        """Close the connection that messages are read by."""
        with self._reading:
            self._reader.close()

    def _listed(self, connection: ImapConnection, folder: str) -> Iterator[SourceFile]:
        """List a folder; again, if somebody removed a message for good meanwhile."""
        for tries in range(1, _TRIES + 1):
            state = connection.open(folder)
            if state.messages > _MOST_MESSAGES:
                raise self._server.error(f"{folder!r} has too many messages", state.messages)
            try:
                found = [
                    one
                    for first in range(1, state.messages + 1, _AT_ONCE)
                    for one in connection.messages(
                        folder, first, min(first + _AT_ONCE - 1, state.messages)
                    )
                ]
            except SourceError:
                if tries == _TRIES:
                    raise
                continue
            place = self._place(folder, state)
            yield from (self._file(place, one) for one in found if not one.deleted)
            return

    def _place(self, folder: str, state: FolderState) -> str:
        return f"{folder}/{state.validity}"

    def _file(self, place: str, message: MessageFacts) -> SourceFile:
        name = f"{place}/{message.uid}.eml"
        return SourceFile(
            document_id=f"{self.name}/{name}",
            name=name,
            url=self._address(place, message),
            version=str(message.size),
            date=message.day,
            passed_over="large" if message.size > MAX_BYTES else "",
        )

    def _address(self, place: str, message: MessageFacts) -> str:
        """Return the address of a message: in an archive on the web, or by its id (RFC 2392)."""
        if message.message_id:
            id_ = quote(message.message_id, safe="@")
            pattern = self._settings.url
            if pattern:
                return pattern.replace("{path}", id_).replace("{page}", id_)
            return f"mid:{id_}"
        folder, _, validity = place.rpartition("/")
        where = f"{quote(folder)};UIDVALIDITY={validity}/;UID={message.uid}"  # RFC 5092
        return f"imap://{quote(self._server.user, safe='')}@{self._server.host}/{where}"


class _Reader:
    """A connection that is kept, with a folder open in it."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._connection: ImapConnection | None = None
        self._open: tuple[str, int] | None = None

    def read(self, folder: str, validity: int, uid: int) -> bytes | None:
        """Return a message; again over a new connection, if the server has hung up."""
        if self._connection:
            try:
                return self._content(folder, validity, uid)
            except SourceError:
                self.close()
        try:
            return self._content(folder, validity, uid)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = self._open = None

    def _content(self, folder: str, validity: int, uid: int) -> bytes | None:
        if self._connection is None:
            self._connection = ImapConnection(self._server)
        if self._open == (folder, validity) and (data := self._connection.content(folder, uid)):
            return data
        self._open = folder, self._connection.open(folder).validity  # it sees new messages, too
        return self._connection.content(folder, uid) if self._open[1] == validity else None


def _cursor(states: dict[str, FolderState]) -> str:
    numbers = {name: (state.validity, state.modseq) for name, state in states.items()}
    return _CURSOR.dump_json(numbers).decode()


def open_source(
    settings: ImapSettings, secrets: Secrets, context: ssl.SSLContext | None = None
) -> ImapSource:
    """Return the mailbox that *settings* describe.

    Args:
        settings: The mailbox.
        secrets: Returns its password.
        context: Which certificates are trusted; None takes those of the system.

    Raises:
        KnowledgeConfigError: when there is no password, or it would be sent over a network
            unencrypted.
    """
    if settings.security == "none" and settings.host not in _HERE:
        raise KnowledgeConfigError(
            f'source {settings.name!r}: security = "none" would send the password unencrypted to '
            f'{settings.host}: write "tls" or "starttls"'
        )
    password = secrets(settings.password).strip()
    server = MailServer(
        settings.name,
        settings.host,
        settings.port,
        settings.security,
        settings.user,
        password,
        context,
    )
    return ImapSource(settings, server)
