"""What has to be done about saved knowledge: it travels as jobs, so that a crash loses nothing."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter

from bot.core.types import Job
from bot.entries.entry import Entry, id_of

EntryNews = Literal[
    "saved", "saved_yours", "expiring", "expired", "gone", "followed", "edited", "contradicted"
]


@dataclass(frozen=True, slots=True)
class SaveEntry:
    """Keep an entry that somebody has sent.

    Attributes:
        person: Who has sent it.
        handoff: Id of the question that was handed over and is answered with it, or "".
        anyway: Whatever right answers it changes.
    """

    entry: Entry
    person: str
    handoff: str = ""
    anyway: bool = False
    do: Literal["save"] = "save"

    def job(self, job_id: str) -> Job:
        """Return the job that does it."""
        return _job(job_id, id_of(self.entry), self)

    def text(self) -> str:
        """Return it as a text for `save_from`."""
        return _adapter.dump_json(self).decode()


@dataclass(frozen=True, slots=True)
class FollowMessage:
    """Follow a message that an entry came from: it was edited, or deleted.

    Attributes:
        text: What it says now, as plain Markdown.
        before: What it said before.
        gone: It was deleted.
    """

    entry_id: str
    text: str
    before: str
    gone: bool
    do: Literal["follow"] = "follow"

    def job(self, job_id: str) -> Job:
        """Return the job that does it."""
        return _job(job_id, self.entry_id, self)


@dataclass(frozen=True, slots=True)
class TellAboutEntry:
    """Tell a person something about an entry, by direct message, once.

    Attributes:
        at: Since when it is to be told, in seconds since the epoch.
        words: What else it says, by the names of placeholders; in Slack's markup.
    """

    entry_id: str
    person: str
    said: EntryNews
    at: float
    words: Mapping[str, str] = field(default_factory=dict)
    do: Literal["tell"] = "tell"

    def job(self, job_id: str) -> Job:
        """Return the job that does it."""
        return _job(job_id, self.entry_id, self)


EntryJob = SaveEntry | FollowMessage | TellAboutEntry
_adapter: TypeAdapter[EntryJob] = TypeAdapter(EntryJob)


def work_of(job: Job) -> EntryJob:
    """Read what *job* is to do."""
    return _adapter.validate_python(dict(job.payload))


def save_from(text: str) -> SaveEntry:
    """Rebuild it from its text."""
    work = _adapter.validate_json(text)
    assert isinstance(work, SaveEntry)
    return work


def today_at(now: float) -> dt.date:
    """Return the day of *now*, seconds since the epoch (UTC)."""
    return dt.datetime.fromtimestamp(now, dt.UTC).date()


def _job(job_id: str, entry_id: str, work: EntryJob) -> Job:
    payload: dict[str, Any] = _adapter.dump_python(work, mode="json")
    return Job(job_id, f"entries:{entry_id}", "entry", payload)
