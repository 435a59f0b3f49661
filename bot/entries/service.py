"""The rules of entries: who may save and change them, and what follows from a change.

It knows no chat. What takes time, or tells somebody, is stored as a job (`bot.entries.jobs`) that
`bot.entries.handler` does.
"""

import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from bot.answering.budgeted_model import paid_by
from bot.core.errors import KnowledgeBusyError
from bot.core.types import QuestionId
from bot.entries.entry import Entry, EntryError, id_of, tidied
from bot.entries.jobs import EntryNews, FollowMessage, SaveEntry, TellAboutEntry, save_from
from bot.entries.notes import EntryNotes
from bot.entries.permissions import EntryPermissions, may_change, may_see
from bot.entries.regression_check import RegressionReport
from bot.entries.store import EntryChange, EntryStore
from bot.handoff.service import HandoffService
from bot.queue.queue import Queue

CheckRegression = Callable[[Entry], Awaitable[RegressionReport]]
"""Says which right answers an entry would change. Raises `KnowledgeBusyError`."""

EntryProblem = Literal["no_question", "no_answer", "taken", "not_yours"]
"""Why an entry cannot be saved. `taken`: somebody else has answered the same question."""


class EntryRefusedError(EntryError):
    """The person may not change the entry."""


_DELETED = "message deleted"
"""Why an entry is withdrawn whose message is gone."""


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry in a list, and whether its reader may change it."""

    entry: Entry
    changeable: bool


class EntryService:
    """Saves, changes and lists entries.

    Args:
        store: Keeps the entries.
        notes: Keeps notes about them.
        queue: Takes the jobs.
        handoffs: Knows who waits for an answer.
        permissions: Says who may do what.
        reaches: Tells whether somebody is a person who can be written to, and not just a name.
        check_regression: Says which right answers an entry would change; None to check nothing.
    """

    def __init__(
        self,
        store: EntryStore,
        notes: EntryNotes,
        queue: Queue,
        handoffs: HandoffService,
        permissions: EntryPermissions,
        *,
        reaches: Callable[[str], bool] = bool,
        check_regression: CheckRegression | None = None,
    ) -> None:
        self.store = store
        self.notes = notes
        self.permissions = permissions
        self.handoffs = handoffs
        self._queue = queue
        self._reaches = reaches
        self._check_regression = check_regression

    # Reading.

    async def readable(self, person: str, words: str = "") -> list[ListedEntry]:
        """Return the active entries that *person* may read and that hold all *words*."""
        reader = await self.permissions.of_person(person)
        operator = await self.permissions.is_operator(person)
        return [
            ListedEntry(entry, operator or person in {entry.author, entry.saved_by})
            for entry in await self.store.entries()
            if entry.state == "active" and entry.permits(reader) and _holds(entry, words)
        ]

    async def changeable(self, entry_id: str, person: str) -> Entry:
        """Return an entry that *person* may change.

        Raises:
            EntryError: there is none.
            EntryRefusedError: they may not change it.
        """
        entry = await self.store.get(entry_id)
        if not await may_change(entry, person, self.permissions):
            raise EntryRefusedError(f"{person} may not change the entry {entry_id}")
        return entry

    async def concerned(self, entry: Entry) -> list[str]:
        """Return who is told what becomes of *entry*: its author, and who saved it.

        Who may not read it any more is not.
        """
        people = dict.fromkeys(filter(self._reaches, (entry.author, entry.saved_by)))
        return [one for one in people if await may_see(entry, one, self.permissions)]

    async def may_be_told(self, news: TellAboutEntry, entry: Entry) -> bool:
        """Tell whether the person of *news* may read now what it says.

        Of their own save they are always told.
        """
        if news.said == "saved":
            return True
        if not await may_see(entry, news.person, self.permissions):
            return False
        reader = await self.permissions.of_person(news.person)
        return await self.handoffs.readers.may_read(news.documents, reader)

    # Saving.

    async def problems(
        self, entry: Entry, person: str, known: Entry | None = None
    ) -> list[EntryProblem]:
        """Return why *person* cannot save *entry*; *known* is the entry that it changes."""
        found = list[EntryProblem]()
        if known is not None and not await may_change(known, person, self.permissions):
            return ["not_yours"]
        if not entry.question:
            found.append("no_question")
        if not entry.answer:
            found.append("no_answer")
        if known is None and not found and await self.taken_by(entry, person):
            found.append("taken")
        return found

    async def taken_by(self, entry: Entry, person: str) -> str:
        """Return who has answered the same question, if *person* may not change that; else ""."""
        with suppress(EntryError):
            other = await self.store.get(id_of(entry))
            if other.state == "active" and not await may_change(other, person, self.permissions):
                return other.author
        return ""

    async def submit(self, work: SaveEntry, job_id: str) -> None:
        """Store that an entry is to be saved. Raises what `Queue.put` raises."""
        await self._queue.put(work.job(job_id))

    async def check(self, work: SaveEntry, job_id: str = "") -> RegressionReport | None:
        """Return what the entry does to right answers; None where nothing is checked.

        The person pays for it. In an hour, one job (by its id) checks the same entry.

        Raises:
            KnowledgeBusyError: the index is busy, so that nothing is known.
        """
        if self._check_regression is None or work.anyway:
            return None
        if job_id and not await self.notes.claim_check(id_of(work.entry), job_id):
            return RegressionReport((), "hour")
        with paid_by(work.person):
            return await self._check_regression(work.entry)

    async def harm(self, work: SaveEntry) -> RegressionReport | None:
        """Return which right answers would be lost; None if it may be saved; raises as `check`."""
        report = await self.check(work)
        return None if report is None or report.holds else report

    async def hold_back(self, work: SaveEntry) -> str:
        """Keep *work* until its person decides; return the id to decide with."""
        held = id_of(work.entry)
        await self.notes.hold(held, work.text())
        return held

    async def publish_anyway(self, held: str, person: str) -> Entry | None:
        """Save what is held back; None if there is nothing, or *person* did not send it."""
        text = await self.notes.held(held)
        work = save_from(text) if text else None
        if work is None or work.person != person:
            return None
        await self.submit(replace(work, anyway=True), f"entry:{held}:anyway:{digest(text)}")
        await self.notes.release(held)
        return work.entry

    async def save(
        self,
        work: SaveEntry,
        link: str = "",
        *,
        patient: bool = True,
        unproven: str = "",
    ) -> EntryChange:
        """Save the entry of *work*, end its handoff, and tell everybody whom it concerns.

        Args:
            work: What to save.
            link: Where it was said, if the entry has no link yet.
            patient: Who waits is told only once the index has it.
            unproven: Why it was not checked (`RegressionReport.unproven`); its person is told.

        Raises:
            KnowledgeBusyError: it is saved, but the index does not have it yet; try again.
        """
        entry = work.entry if work.entry.link else replace(work.entry, link=link)
        change = await self._noted(await self.store.save(entry, by=work.person), work.person)
        entry = change.entry
        if work.handoff:
            if change.late and patient:
                raise KnowledgeBusyError(change.late)
            await self.handoffs.saved(
                QuestionId(work.handoff),
                work.person,
                entry.answer,
                self.open_place(entry.place),
                entry.document_id,
            )
        if self._reaches(work.person):
            words = {"late": change.late, "unproven": unproven}
            await self.tell(entry, work.person, "saved", words, language=work.language)
        if self._reaches(entry.author) and entry.author != work.person:
            await self.tell(entry, entry.author, "saved_yours", {"person": work.person})
        return change

    def open_place(self, place: str) -> str:
        """Return *place* if others can go there; "" for a message in private."""
        return "" if self.handoffs.readers.is_private(QuestionId(place)) else place

    # Changing.

    async def withdraw(self, entry_id: str, person: str) -> EntryChange:
        """Take an entry out of the index; raises as `changeable` does."""
        entry = await self.changeable(entry_id, person)
        return await self._noted(await self.store.withdraw(entry.id, by=person), person, entry)

    async def renew(self, entry_id: str, person: str) -> EntryChange:
        """Let an entry hold for the usual time from now on; raises as `changeable` does."""
        entry = await self.changeable(entry_id, person)
        return await self._noted(await self.store.renew(entry.id, by=person), person, entry)

    async def keep(self, entry_id: str, person: str) -> EntryChange:
        """Leave an entry as it is; raises as `changeable` does."""
        return EntryChange(await self.changeable(entry_id, person), changed=False)

    async def take_over(self, entry_id: str, person: str) -> EntryChange:
        """Take over the text that its edited message has; raises as `changeable` does."""
        entry = await self.changeable(entry_id, person)
        answer = await self.notes.proposal(entry.id)
        if not answer:
            return EntryChange(entry, changed=False)
        change = await self.store.save(replace(entry, answer=answer), by=person)
        return await self._noted(change, person, entry)

    async def _noted(
        self, change: EntryChange, person: str, before: Entry | None = None
    ) -> EntryChange:
        """Write *change* into the audit log, and return it."""
        if change.changed:
            was = state_of(before) if before else ""
            now = state_of(change.entry)
            await self.notes.audit.record(person, "entry", change.entry.id, was, now)
        return change

    # Following its message.

    async def message_changed(
        self, place: str, event: str, person: str, *, text: str, before: str, gone: bool
    ) -> None:
        """Let the entry that came from the message at *place*, if there is one, follow it.

        Args:
            place: The message; nearly all messages were never saved.
            event: Id of the change, greater for a later one.
            person: Who has changed it.
            text: What the message says now, in Markdown.
            before: What it said before.
            gone: It was deleted.

        Raises:
            RedisUnavailableError: nothing is stored.
            QueueFullError: likewise.
        """
        if text == before and not gone:
            return  # a link was unfolded, or the like
        if entry_id := await self.notes.entry_from(place):
            await self.notes.note_change(entry_id, event)
            work = FollowMessage(entry_id, text, before, gone, person, event)
            await self._queue.put(work.job(f"{place}:edited:{event}"))

    async def follow(self, work: FollowMessage, job_id: str) -> None:
        """Withdraw an entry whose message is gone, or let it follow an edit.

        Of many edits in a row, only the last one makes a new version.

        Raises:
            EntryError: there is no such entry; nothing was done, and it is tried again.
        """
        entry = await self.store.get(work.entry_id)
        if await self.notes.is_overtaken(entry.id, work.event):
            await self.notes.keep_before(entry.id, work.before)
            return
        if work.gone:
            gone = (await self.store.withdraw(entry.id, reason=_DELETED)).entry
            # An earlier try may have withdrawn it and told nobody; each is told once.
            for person in await self.concerned(gone) if gone.reason == _DELETED else ():
                await self.tell(gone, person, "gone")
        elif entry.state == "active" and work.text.strip():
            before = await self.notes.kept_before(entry.id) or work.before
            await self._follow_edit(entry, replace(work, before=before), job_id)
        await self.notes.forget_before(entry.id)

    async def _follow_edit(self, entry: Entry, work: FollowMessage, job_id: str) -> None:
        """Take the new text over, if the entry was the message word for word; else ask."""
        wanted, before = (tidied(replace(entry, answer=one)) for one in (work.text, work.before))
        same, person = wanted.answer == entry.answer, next(iter(await self.concerned(entry)), "")
        if same:  # also if an earlier try has taken it over, and told nobody
            versions = await self.store.versions(entry.id)
            followed = entry.version > 1 and versions[-2].answer == before.answer
        elif followed := before.answer == entry.answer:
            entry = (await self.store.save(wanted, by=entry.author)).entry
        if followed and person:
            await self.tell(entry, person, "followed")
        elif person and not same:
            await self.notes.propose(entry.id, wanted.answer)
            words = {"proposal": wanted.answer}
            await self.tell(entry, person, "edited", words, about=job_id)

    # Messages.

    async def tell(
        self,
        entry: Entry,
        person: str,
        said: EntryNews,
        words: Mapping[str, str] | None = None,
        about: str = "",
        *,
        documents: Sequence[str] = (),
        language: str = "",
    ) -> None:
        """Have *person* told something about this version of *entry*, once.

        Args:
            entry: What it is about.
            person: Whom to tell.
            said: What to tell.
            words: What else the message says, as plain text.
            about: Tells apart what is told several times about the same version.
            documents: Ids of the documents that *words* quote.
            language: Of *person*, "" where it is not known.
        """
        mark = digest(about) if about else ""
        job_id = f"entry:{entry.id}:{entry.version}:{said}:{person}:{mark}"
        news = TellAboutEntry(entry.id, person, said, time.time(), words or {}, documents, language)
        await self._queue.put(news.job(job_id))

    async def tell_owner(
        self,
        entry: Entry,
        said: EntryNews,
        about: str,
        words: Mapping[str, str] | None = None,
        *,
        documents: Sequence[str] = (),
    ) -> None:
        """Have the first person whom it concerns told *said*, once for ever under *about*."""
        people = await self.concerned(entry)
        if people and not await self.notes.was_told(about):
            await self.tell(entry, people[0], said, words, about=about, documents=documents)
            await self.notes.note_told(about)


def still_true(news: TellAboutEntry, entry: Entry) -> bool:
    """Tell whether *news* still holds for the present version of its entry."""
    match news.said:
        case "expiring":
            return entry.state == "active" and str(entry.expires) == news.words["date"]
        case "expired":
            return entry.state == "expired"
        case "edited" | "contradicted" | "followed":
            return entry.state == "active"
        case _:
            return True


def digest(*parts: str) -> str:
    """Return a short name for texts: the same for the same ones."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _holds(entry: Entry, words: str) -> bool:
    text = "\n".join((entry.question, *entry.wordings, entry.answer)).lower()
    return all(word in text for word in words.lower().split())


def state_of(entry: Entry) -> str:
    """Return which version of *entry* that is, and in which state."""
    return f"version {entry.version}, {entry.state}"
