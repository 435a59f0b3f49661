"""What is kept of a channel of Slack: messages, and the documents that they make.

Messages of a thread are one document. Those outside of threads are one document a day, as in
Slack's own exports: what follows on a message often stands in the next one.
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

_PERSON = re.compile(r"<@([UW][A-Z0-9]{2,20})[|>]")

FillState = Literal["filling", "complete", "checking"]
"""How far a channel is read: for the first time, wholly, or wholly and once more, since events may
have been missed."""


@dataclass(frozen=True, slots=True)
class ChannelMessage:
    """A message of a channel, as far as it is kept.

    Attributes:
        ts: Its time in seconds since the epoch as Slack writes it, which is its id.
        thread: The ts of the message that its thread began with; "" outside of threads.
        stamp: When it was written or last edited; of two forms of a message the later one counts.
        user: Id of who wrote it.
        text: In Slack's markup.
        files: Names of its files.
    """

    ts: str
    user: str
    text: str
    thread: str = ""
    stamp: float = 0.0
    files: tuple[str, ...] = ()

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
class HistoryDocument:
    """A thread, or the day's messages outside of threads, in the list of all of them.

    Attributes:
        first: The ts of its first message; "" when it is gone.
        last: The ts of its last message.
    """

    channel: str
    id: str
    version: int
    first: str
    last: str
    url: str = ""

    @property
    def date(self) -> dt.date:
        """The day of its last message (UTC)."""
        return day_of(self.last)


def content_of(message: ChannelMessage) -> str:
    """Return *message* in the form of Slack's exports, as JSON."""
    told: dict[str, object] = {"ts": message.ts, "user": message.user, "text": message.text}
    if message.files:
        told["files"] = [{"name": name} for name in message.files]
    return json.dumps(told, ensure_ascii=False)


def people_in(message: Mapping[str, Any]) -> set[str]:
    """Return the ids of who wrote a message, and of whom it mentions."""
    return {str(message["user"]), *_PERSON.findall(str(message["text"]))}


def day_of(ts: str) -> dt.date:
    """Return the day of a ts (UTC)."""
    return dt.datetime.fromtimestamp(float(ts), dt.UTC).date()
