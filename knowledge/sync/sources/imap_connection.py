"""A connection to a mail server (IMAP4rev1, RFC 3501), within bounds of time and memory.

It only ever looks (EXAMINE): no message is marked as read.
"""

import base64
import datetime as dt
import imaplib
import re
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NoReturn

from knowledge.model.errors import SourceError

MAX_BYTES = 50_000_000
"""Bytes of one message."""

_MOST_BYTES = 4 * MAX_BYTES
"""Bytes of all replies to one command."""

_SECONDS = 300.0
"""Longest time for one command."""

_IDLE_SECONDS = 60.0
_MOST_UIDS = 1_000_000
_SHOWN = 200
_BASICS = "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]+")
_TEMPORARY = re.compile(r"\[(?:UNAVAILABLE|INUSE|SERVERBUG)\]", re.IGNORECASE)
_THROTTLED = re.compile(r"\[(?:LIMIT|OVERQUOTA|THROTTLED)\]|too many|bandwidth", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where a mailbox is.

    Attributes:
        source: The source's name, for messages.
        security: `tls`, `starttls` or `none`.
        context: Which certificates are trusted; None takes those of the system.
    """

    source: str
    host: str
    port: int
    security: str
    user: str
    password: str
    context: ssl.SSLContext | None = None

    def error(self, text: str, reason: object) -> SourceError:
        """Return the error for *reason*, something that the server or the network says."""
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        if isinstance(reason, ssl.SSLCertVerificationError):
            said = f"its certificate is not trusted: {reason.verify_message}"
        kind = "throttled" if _THROTTLED.search(said) else "unreachable"
        advice = "the server asks us to wait" if kind == "throttled" else "check the settings"
        shown = " ".join(said.split())[:_SHOWN] or type(reason).__name__
        return SourceError(
            f"source {self.source!r}: {text} at {self.host} ({shown}): {advice}",
            "throttled" if kind == "throttled" else "unreachable",
        )


@dataclass(frozen=True, slots=True)
class FolderState:
    """A folder at one moment: its UIDVALIDITY, messages, and HIGHESTMODSEQ (0 without one)."""

    validity: int
    messages: int
    modseq: int


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What the server says of a message; `day` is that of its arrival."""

    uid: int
    deleted: bool
    size: int
    day: dt.date | None
    message_id: str


class TooMuchError(SourceError):
    """A reply is longer than we read."""

    def __init__(self) -> None:
        super().__init__("the mail server sends more than is read: read fewer folders")


class ImapConnection:
    """A connection that is logged in; for one thread at a time.

    Raises:
        SourceError: when the server cannot be reached, is not trusted, or refuses the account.
    """

    def __init__(self, server: MailServer) -> None:
        self._server = server
        try:
            self._imap = _opened(server)
        except (OSError, imaplib.IMAP4.error) as error:
            raise server.error("there is no connection", error) from error
        try:
            self._log_in()
            with self._calling("the account cannot be used"):
                _, known = self._imap.capability()
                self._imap.capabilities = tuple(known[-1].decode().upper().split())
                self.tells_changes = {"ENABLE", "QRESYNC"} <= {*self._imap.capabilities}
                if self.tells_changes:
                    self._imap.enable("QRESYNC")
        except BaseException:
            self.close()
            raise

    def state(self, folder: str) -> FolderState:
        """Return the state of *folder* without opening it."""
        more = " HIGHESTMODSEQ" if self.tells_changes else ""
        with self._calling(f"the folder {folder!r} cannot be read"):
            data = self._done(
                *self._imap.status(_quoted(folder), f"(UIDVALIDITY MESSAGES{more})"), folder
            )
            text = b" ".join(part for one in data for part in _parts(one)).rpartition(b"(")[2]
            told = re.findall(rb"\b([A-Z]{1,20}) (\d{1,20})", text)
            numbers = {name: int(value) for name, value in told}
            validity, messages = numbers.get(b"UIDVALIDITY"), numbers.get(b"MESSAGES")
            if validity is None or messages is None:
                self._unreadable(folder)
            return FolderState(validity, messages, numbers.get(b"HIGHESTMODSEQ", 0))

    def open(self, folder: str) -> FolderState:
        """Open *folder* for reading and return its state."""
        with self._calling(f"the folder {folder!r} cannot be read"):
            data = self._done(*self._imap.select(_quoted(folder), readonly=True), folder)
            numbers = {name: self._number(name) for name in ("UIDVALIDITY", "HIGHESTMODSEQ")}
            validity = numbers["UIDVALIDITY"]
            if validity is None or not data[0]:
                self._unreadable(folder)
            return FolderState(validity, int(data[0]), numbers["HIGHESTMODSEQ"] or 0)

    def messages(self, folder: str, first: int, last: int) -> list[MessageFacts]:
        """Return the facts of all messages from number *first* to *last* of the open folder.

        Raises:
            SourceError: when one is missing, as when somebody has just removed it for good.
        """
        with self._calling(f"the folder {folder!r} cannot be read"):
            data = self._done(*self._imap.fetch(f"{first}:{last}", f"({_BASICS})"), folder)
            found = list(_facts(data))
            if len({one.uid for one in found}) != last - first + 1:
                raise self._server.error(
                    f"the folder {folder!r} was not listed completely",
                    f"{len(found)} of {last - first + 1} messages",
                )
            return found

    def changes(self, folder: str, since: int) -> tuple[list[MessageFacts], list[int]]:
        """Return what is new or changed since a HIGHESTMODSEQ, and the UIDs that are gone.

        Raises:
            TooMuchError: when that is more than we read.
        """
        with self._calling(f"the changes of {folder!r} cannot be read"):
            self._imap.response("VANISHED")
            modifier = f"(CHANGEDSINCE {since} VANISHED)"  # RFC 7162, 3.2.6
            data = self._done(*self._imap.uid("FETCH", "1:*", f"({_BASICS})", modifier), folder)
            return list(_facts(data)), _uids(self._imap.response("VANISHED")[1])

    def content(self, folder: str, uid: int) -> bytes | None:
        """Return a message of the open folder; None if it is gone."""
        with self._calling(f"a message of {folder!r} cannot be read"):
            data = self._done(*self._imap.uid("FETCH", str(uid), "(UID BODY.PEEK[])"), folder)
            for one in data:
                if isinstance(one, tuple) and re.search(rb"\bBODY\[\] ", one[0]):
                    return bytes(one[1])
            return None

    def close(self) -> None:
        """Leave, without waiting for an answer."""
        with suppress(OSError, imaplib.IMAP4.error):
            self._imap.send(b"Z LOGOUT\r\n")
        with suppress(OSError):
            self._imap.shutdown()

    def _log_in(self) -> None:
        server, imap = self._server, self._imap
        with self._calling("the account cannot be used"):
            try:
                if "AUTH=PLAIN" in imap.capabilities:
                    secret = f"\0{server.user}\0{server.password}".encode()
                    imap.authenticate("PLAIN", lambda _: secret)
                else:
                    imap.login(server.user, server.password)
            except imaplib.IMAP4.abort:
                raise
            except (imaplib.IMAP4.error, UnicodeEncodeError) as error:
                said = " ".join(str(error).split())[:_SHOWN]
                if _TEMPORARY.search(said) or _THROTTLED.search(said):
                    raise server.error("the account cannot be used now", said) from None
                raise SourceError(
                    f"source {server.source!r}: {server.host} refuses the account {server.user}: "
                    "check the user and the password; many servers want an app password",
                    "refused",
                ) from None

    @contextmanager
    def _calling(self, text: str) -> Iterator[None]:
        """Bound the time and memory of a command, and convert its errors."""
        self._imap.left = _MOST_BYTES
        clock = threading.Timer(_SECONDS, self._imap.shutdown)
        clock.daemon = True
        clock.start()
        try:
            yield
        except (OSError, imaplib.IMAP4.error, ValueError) as error:
            if "got more than" in str(error):  # imaplib's limit of a line
                raise TooMuchError from error
            raise self._server.error(text, error) from error
        finally:
            clock.cancel()

    def _done(self, status: str, data: Sequence[Any], folder: str) -> Sequence[Any]:
        if status == "OK":
            return data
        said = next((one for one in reversed(data) if isinstance(one, bytes)), status)
        raise self._server.error(f"the folder {folder!r} cannot be read", said)

    def _unreadable(self, folder: str) -> NoReturn:
        raise self._server.error(f"the folder {folder!r} cannot be read", "an unexpected reply")

    def _number(self, name: str) -> int | None:
        values = [one for one in self._imap.response(name)[1] if isinstance(one, bytes)]
        return int(values[-1]) if values and values[-1].isdigit() else None


class _Bounded:
    """Counts what is read, so that no server fills the memory."""

    left = _MOST_BYTES

    def read(self, size: int) -> bytes:
        self._take(size)
        return super().read(size)  # type: ignore[misc, no-any-return]

    def readline(self) -> bytes:
        line: bytes = super().readline()  # type: ignore[misc]
        self._take(len(line))
        return line

    def _take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise TooMuchError


class _Plain(_Bounded, imaplib.IMAP4):
    pass


class _Encrypted(_Bounded, imaplib.IMAP4_SSL):
    pass


def _opened(server: MailServer) -> _Plain | _Encrypted:
    context = server.context or ssl.create_default_context()
    if server.security == "tls":
        return _Encrypted(server.host, server.port, ssl_context=context, timeout=_IDLE_SECONDS)
    imap = _Plain(server.host, server.port, timeout=_IDLE_SECONDS)
    try:
        if server.security == "starttls":
            imap.starttls(context)
    except BaseException:
        with suppress(OSError):  # a failed handshake has closed it
            imap.shutdown()
        raise
    return imap


def _quoted(folder: str) -> str:
    """Return a folder's name as a quoted string in modified UTF-7 (RFC 3501, 5.1.3)."""
    encoded = _NOT_ASCII.sub(_shifted, folder.replace("&", "&-"))
    return '"' + encoded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shifted(found: re.Match[str]) -> str:
    packed = base64.b64encode(found[0].encode("utf-16-be")).decode().rstrip("=")
    return f"&{packed.replace('/', ',')}-"


def _parts(one: Any) -> Sequence[bytes]:
    return one if isinstance(one, tuple) else [one] if isinstance(one, bytes) else []


def _facts(data: Sequence[Any]) -> Iterator[MessageFacts]:
    """Yield the facts of the messages in a reply, whatever the order of their items."""
    number = 0

    def numbered(one: Any) -> int:
        nonlocal number
        number += bool(re.match(rb"\d+ \(", next(iter(_parts(one)), b"")))
        return number

    for _, ones in groupby(data, numbered):
        listed = list(ones)
        heads = b" ".join(_parts(one)[0] for one in listed if _parts(one))
        named = b" ".join(one[1] for one in listed if isinstance(one, tuple))
        flags = re.search(rb"\bFLAGS \(([^)]*)\)", heads)
        if flags is None:  # told of another message than those that were asked for
            continue
        rest = heads.replace(flags[0], b"")  # a keyword may be called UID, too
        uid, size = (
            re.search(rb"\b" + key + rb" (\d+)", rest) for key in (b"UID", b"RFC822\\.SIZE")
        )
        if uid is None or size is None:
            continue
        message_id = re.search(rb"<([\x21-\x3b\x3d\x3f-\x7e]{1,250})>", named)
        yield MessageFacts(
            uid=int(uid[1]),
            deleted=rb"\deleted" in flags[1].lower().split(),
            size=int(size[1]),
            day=_day(rest),
            message_id=message_id[1].decode() if message_id else "",
        )


def _day(text: bytes) -> dt.date | None:
    found = re.search(rb'INTERNALDATE " ?(\d{1,2})-([A-Za-z]{3})-(\d{4})', text)
    if not found or found[2].decode().lower() not in _MONTHS:
        return None
    with suppress(ValueError):
        return dt.date(int(found[3]), 1 + _MONTHS.index(found[2].decode().lower()), int(found[1]))
    return None


def _uids(replies: Sequence[Any]) -> list[int]:
    """Return the UIDs of VANISHED replies, such as `(EARLIER) 41,43:116`."""
    uids = list[int]()
    for reply in replies:
        for first, last in re.findall(rb"(\d+)(?::(\d+))?", reply or b""):
            ends = sorted((int(first), int(last or first)))
            if len(uids) + ends[1] - ends[0] >= _MOST_UIDS:
                raise TooMuchError
            uids += range(ends[0], ends[1] + 1)
    return uids
