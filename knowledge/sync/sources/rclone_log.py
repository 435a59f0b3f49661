"""What rclone's log says of a listing: whether it is certain, and what went wrong."""

import json
import re
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Literal

RcloneFailureKind = Literal["refused", "throttled", "unreachable"]

_LONGEST_LINE = 65_536
_SHOWN = 300

_THROTTLED = re.compile(
    r"\b429\b|too many requests|rate.?limit|throttl|SlowDown|activityLimit|quotaExceeded|"
    r"too_many_(?:requests|write)|ServerBusy|\bEGRESS_LIMIT",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\b40[13]\b|\b530\b|invalid_grant|invalid_client|couldn't fetch token|maybe token expired|"
    r"unable to authenticate|access.?denied|unauthenticated|unauthorized|forbidden|"
    r"permission denied|failed to open directory|InvalidAccessKeyId|SignatureDoesNotMatch|"
    r"logon (?:failure|is invalid)|login incorrect|anonymous only|"
    r"AuthenticationFailed|AuthorizationFailure|empty token",
    re.IGNORECASE,
)
_NOT_THIS_ONE = re.compile(r"\b40[34]\b|accessDenied|itemNotFound|insufficient", re.IGNORECASE)
_ADDRESS = re.compile(r"(?i)(https?://)(?:[^\s/\"'@]*@)?([^\s?\"'<>]*)(?:\?[^\s\"'<>]*)?")
_CONFIGURED = re.compile(r"(?<=could not parse line:).*", re.DOTALL)
"""What rclone quotes of a configuration that it cannot read: it may be a part of a key."""

_DONE_BUT = re.compile(
    r'"2(?:26|50)\b.*\b(?:fail|den(?:y|ied)|not permitted|unable|cannot|error)', re.IGNORECASE
)
"""What a server of FTP says at the end of a list that it could not make."""

_REQUEST = re.compile(r"HTTP (REQUEST|RESPONSE) \(req (0x[0-9a-f]+)\)")
_MOST_PENDING = 10_000
_MOST_CLOSED = 1_000

_TEMPORARY_REDIRECTS = {307, 308}  # the method stays (RFC 9110, 15.4)
_MULTI_STATUS = 207
_FIRST_ERROR = 400


def kind_of(text: str) -> RcloneFailureKind:
    """Return the kind of error that *text*, a message of rclone's or of a storage, tells."""
    if _THROTTLED.search(text):
        return "throttled"
    return "refused" if _REFUSED.search(text) else "unreachable"


def shown(text: str) -> str:
    """Return *text* on one line, short, without the keys of an address or of the configuration."""
    return _ADDRESS.sub(r"\1\2", " ".join(_CONFIGURED.sub(" …", text).split()))[:_SHOWN]


class RcloneLog:
    """Reads the log of one listing.

    An error that rclone logs and passes over makes the listing doubtful, unless it concerns what
    one file has of its own. So does a reply that is no listing: WebDAV must answer 207 (RFC 4918,
    9.1), S3 and Azure must answer in XML. A login page would pass for an empty folder there. Of a
    folder that it may not open, vsftpd gives an empty list with success, and says so in words only.

    Args:
        type_: The remote's type.

    Attributes:
        doubts: Why the listing is not certain.
        closed: Folders that could not be listed, if nothing else is doubtful.
    """

    def __init__(self, type_: str) -> None:
        self.doubts: deque[str] = deque(maxlen=5)
        self._closed: set[str] | None = set()
        self._type = type_
        self._said: deque[str] = deque(maxlen=3)
        self._next = ("", "")
        self._requests = dict[str, str]()

    @property
    def reads_replies(self) -> bool:
        """Whether the log must hold the headers of requests and replies."""
        return self._type in {"webdav", "s3", "azureblob", "ftp"}

    def read(self, stream: IO[bytes]) -> None:
        """Read the log to its end; for a thread of its own."""
        with suppress(ValueError, OSError):  # closed by whoever no longer waits
            for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
                self._line(line.decode(errors="replace"))

    def reason(self, code: int) -> str:
        """Return what went wrong, when rclone ended with *code*."""
        said = self.doubts or self._said
        return said[0] if self.doubts else said[-1] if said else f"rclone ended with {code}"

    def _line(self, line: str) -> None:
        try:
            entry = json.loads(line)
            level, text = str(entry["level"]), str(entry["msg"])
        except (ValueError, TypeError, KeyError, RecursionError):
            if line.strip():
                self._said.append(line)
            return
        if level in {"error", "critical"}:
            self._said.append(text)
            if not _concerns_one_file(text):
                self.doubts.append(text)
                self._note_folder(text, entry)
        elif level in {"notice", "warning"}:
            self._said.append(text)
        elif self._type == "ftp":
            if entry.get("object") == "FTP Rx" and _DONE_BUT.match(text):
                self._doubt(text)
        elif self.reads_replies:
            self._reply(text)

    @property
    def closed(self) -> frozenset[str]:
        return frozenset(self._closed or ())

    def _doubt(self, text: str) -> None:
        self.doubts.append(text)
        self._closed = None

    def _note_folder(self, text: str, entry: Mapping[str, object]) -> None:
        folder = str(entry.get("object") or "")
        is_closed = text.startswith("error listing") and kind_of(text) == "refused" and folder
        if not is_closed or self._closed is None or len(self._closed) == _MOST_CLOSED:
            self._closed = None
        else:
            self._closed.add(folder)

    def _reply(self, text: str) -> None:
        """Note a request, or look at its reply."""
        if found := _REQUEST.match(text):
            self._next = found[1], found[2]
        elif text.startswith("Item with unknown path received") or (
            text.startswith("Ignoring item with bad status") and not _NOT_THIS_ONE.search(text)
        ):
            self._doubt(text)
        elif self._next[0] and text.strip("<>"):
            what, number = self._next
            self._next = ("", "")
            if what == "REQUEST" and len(self._requests) < _MOST_PENDING:
                self._requests[number] = text.partition("\n")[0]
            elif what == "RESPONSE":
                self._check(self._requests.pop(number, ""), text)

    def _check(self, request: str, reply: str) -> None:
        status = re.match(r"HTTP/[\d.]+ (\d{3})", reply)
        if not status or int(status[1]) >= _FIRST_ERROR or int(status[1]) in _TEMPORARY_REDIRECTS:
            return  # rclone tells errors itself
        method, _, target = request.partition(" ")
        if method == "PROPFIND" and int(status[1]) != _MULTI_STATUS:
            self._doubt(f"the server answers {status[1]} in place of 207: is it WebDAV?")
        elif method == "GET" and re.search(r"[?&]prefix=|[?&]comp=list", target):
            content = re.search(r"(?im)^content-type: *([^\r\n]*)", reply)
            if not content or "xml" not in content[1].lower():
                self._doubt("the server answers with a page in place of a listing")


def _concerns_one_file(text: str) -> bool:
    """Tell whether an error leaves a listing complete, all the same."""
    if text.startswith("Failed to read metadata"):  # nobody may read the file then
        return bool(_NOT_THIS_ONE.search(text)) and kind_of(text) != "throttled"
    return text.startswith(("Failed to read hash", "Ignoring folder shortcut"))
