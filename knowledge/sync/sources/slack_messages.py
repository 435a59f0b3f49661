"""What is kept of a channel of Slack: messages and files, and the documents that they make.

Messages of a thread are one document. Those outside of threads are one document a day, as in
Slack's own exports: what follows on a message often stands in the next one. A file that a message
shares, or a canvas of the channel, is a document of its own.
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from knowledge.model.types import PassedOverReason

_PERSON = re.compile(r"<@([UW][A-Z0-9]{2,20})[|>]")

FillState = Literal["filling", "complete", "checking"]
"""How far a channel is read: for the first time, wholly, or wholly and once more, since events may
have been missed."""


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file that a message shares; its name as it was then."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ChannelMessage:
    """A message of a channel, as far as it is kept.

    Attributes:
        ts: Its time in seconds since the epoch as Slack writes it, which is its id.
        thread: The ts of the message that its thread began with; "" outside of threads.
        stamp: When it was written or last edited; of two forms of a message the later one counts.
        user: Id of who wrote it.
        text: In Slack's markup.
        files: What it shares.
    """

    ts: str
    user: str
    text: str
    thread: str = ""
    stamp: float = 0.0
    files: tuple[SharedFile, ...] = ()

    @property
    def document(self) -> str:
        """The document that it belongs to: its thread, or its day (UTC)."""
        return self.thread or f"{day_of(self.ts):%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class KeptChannel:
    """A channel whose messages are kept.

    Attributes:
        source: Name of the source that it belongs to.
        url: Address of its messages, up to the `p` of a message's number.
        days: How long a message is kept after it was written.
        reached: The ts down to which its history is read, "" at its newest message.
    """

    id: str
    source: str
    name: str
    url: str
    days: int
    state: FillState = "filling"
    reached: str = ""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file of a channel.

    Attributes:
        name: Its name; the ending says how its content is read. "" keeps it out of the documents.
        url: Where a person can open it.
        day: The day of its last change (UTC).
        stamp: Changes whenever the content may have changed.
        passed_over: Why it is not read, or "".
        problem: Why it cannot be read, in one line, or "".
    """

    name: str
    url: str = ""
    day: str = ""
    stamp: str = ""
    passed_over: PassedOverReason | Literal[""] = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file whose turn it is to be looked at.

    Attributes:
        stamp: As it was when its content was read; "" if it has none, or is to be read anew.
        has_content: Its bytes are here.
    """

    channel: str
    id: str
    stamp: str
    has_content: bool


@dataclass(frozen=True, slots=True)
class HistoryDocument:
    """A thread, the day's messages outside of threads, or a file, in the list of all of them.

    Attributes:
        first: The ts of its first message; "" when it is gone.
        last: The ts of its last message.
        url: Address of the channel's messages.
        file: What is known of it, if it is a file.
    """

    channel: str
    id: str
    version: int
    first: str
    last: str
    url: str = ""
    file: FileFacts | None = None

    @property
    def date(self) -> dt.date:
        """The day of its last message, or of the last change of the file (UTC)."""
        return dt.date.fromisoformat(self.file.day) if self.file else day_of(self.last)

    @property
    def address(self) -> str:
        """Where a person can open it."""
        return self.file.url if self.file else f"{self.url}p{self.first.replace('.', '')}"


def content_of(message: ChannelMessage) -> str:
    """Return *message* in the form of Slack's exports, as JSON."""
    told: dict[str, object] = {"ts": message.ts, "user": message.user, "text": message.text}
    if message.files:
        told["files"] = [asdict(file) for file in message.files]
    return json.dumps(told, ensure_ascii=False)


def people_in(message: Mapping[str, Any]) -> set[str]:
    """Return the ids of who wrote a message, and of whom it mentions."""
    return {str(message["user"]), *_PERSON.findall(str(message["text"]))}


def day_of(ts: str) -> dt.date:
    """Return the day of a ts (UTC)."""
    return dt.datetime.fromtimestamp(float(ts), dt.UTC).date()
