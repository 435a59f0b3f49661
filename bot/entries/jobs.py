"""The jobs of entries: everything that is done about one is stored as a job first."""

import datetime as dt
from collections.abc import Mapping, Sequence
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
    """Save an entry.

    Attributes:
        entry: What to save.
        person: Who sent it.
        handoff: Id of the handoff that it answers, or "".
        anyway: Save it even if right answers change.
        language: Of *person*, "" where it is not known.
    """

    entry: Entry
    person: str
    handoff: str = ""
    anyway: bool = False
    language: str = ""
    do: Literal["save"] = "save"

    def job(self, job_id: str) -> Job:
        """Return the job that does it."""
        return _job(job_id, id_of(self.entry), self)

    def text(self) -> str:
        """Return it as a text for `save_from`."""
        return _adapter.dump_json(self).decode()


@dataclass(frozen=True, slots=True)
class FollowMessage:
    """Let an entry follow its message, which was edited or deleted.

    Attributes:
        entry_id: The entry.
        text: What the message says now, in Markdown.
        before: What it said before.
        gone: It was deleted.
        person: Who changed it.
        event: When; a later change has a greater one.
    """

    entry_id: str
    text: str
    before: str
    gone: bool
    person: str = ""
    event: str = ""
    do: Literal["follow"] = "follow"

    def job(self, job_id: str) -> Job:
        """Return the job that does it."""
        return _job(job_id, self.entry_id, self)


@dataclass(frozen=True, slots=True)
class TellAboutEntry:
    """Tell a person about an entry, once.

    Attributes:
        entry_id: The entry.
        person: Whom to tell.
        said: What to tell.
        at: When the job began, in seconds since the epoch.
        words: What else the message says, as plain text, by the names of its placeholders.
        documents: Ids of the documents that *words* quote.
        language: Of *person*, "" where it is not known.
    """

    entry_id: str
    person: str
    said: EntryNews
    at: float
    words: Mapping[str, str] = field(default_factory=dict)
    documents: Sequence[str] = ()
    language: str = ""
    do: Literal["tell"] = "tell"

    def job(self, job_id: str) -> Job:
        """Return the job that does it."""
        return _job(job_id, self.entry_id, self)


EntryJob = SaveEntry | FollowMessage | TellAboutEntry
_adapter: TypeAdapter[EntryJob] = TypeAdapter(EntryJob)


def entry_job(job: Job) -> EntryJob:
    """Read the payload of *job*."""
    return _adapter.validate_python(dict(job.payload))


def save_from(text: str) -> SaveEntry:
    """Read what `SaveEntry.text` has written."""
    work = _adapter.validate_json(text)
    assert isinstance(work, SaveEntry)
    return work


def today_at(now: float) -> dt.date:
    """Return the day of *now*, seconds since the epoch (UTC)."""
    return dt.datetime.fromtimestamp(now, dt.UTC).date()


def _job(job_id: str, entry_id: str, work: EntryJob) -> Job:
    payload: dict[str, Any] = _adapter.dump_python(work, mode="json")
    return Job(job_id, f"entries:{entry_id}", "entry", payload)
