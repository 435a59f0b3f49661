"""Does what is to be done about saved knowledge, and tells whom it concerns."""

import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.errors import KnowledgeBusyError
from bot.core.message_ref import MessageRef
from bot.core.types import Language, QuestionId
from bot.entries.entry import Entry, EntryError, id_of, tidied
from bot.entries.notes import EntryNotes
from bot.entries.regression_check import RegressionReport
from bot.entries.store import EntryStore
from bot.queue.queue import Lease, Queue
from bot.slack import texts
from bot.slack.answers.blocks import Posting, notice
from bot.slack.client.clients import UNCERTAIN
from bot.slack.client.direct_message import tell_once
from bot.slack.client.escape import mrkdwn
from bot.slack.client.record_rights import RecordRights
from bot.slack.entries.forms import (
    EDIT,
    KEEP,
    PUBLISH,
    RENEW,
    TAKE_OVER,
    WITHDRAW,
    entry_posting,
    in_slack,
    named,
    quoted,
    spoken,
)
from bot.slack.entries.jobs import EntryNews, FollowMessage, SaveEntry, TellAboutEntry, work_of
from bot.slack.handoff.actions import HandoffHandler

PATIENCE = 3
"""Tries for which those who wait are not told, while the index does not show the answer yet."""

_SAYINGS: dict[EntryNews, tuple[texts.Text, tuple[str, ...]]] = {
    "saved_yours": (texts.SAVED_YOURS, (EDIT, WITHDRAW)),
    "expiring": (texts.ENTRY_EXPIRING, (RENEW, EDIT, WITHDRAW)),
    "expired": (texts.ENTRY_EXPIRED, (RENEW, EDIT)),
    "gone": (texts.ENTRY_SOURCE_GONE, ()),
    "followed": (texts.ENTRY_FOLLOWED, (EDIT, WITHDRAW)),
    "edited": (texts.ENTRY_SOURCE_EDITED, (TAKE_OVER, KEEP)),
    "contradicted": (texts.ENTRY_CONTRADICTED, (EDIT, WITHDRAW, KEEP)),
}
_log = structlog.get_logger(__name__)


def concerned(entry: Entry) -> list[str]:
    """Return who is told what becomes of *entry*: who said it, who saved it."""
    return list(dict.fromkeys(filter(in_slack, (entry.author, entry.saved_by))))


CheckRegression = Callable[[Entry], Awaitable[RegressionReport]]


class EntryHandler:
    """Does the jobs of the kind `entry`.

    Attributes:
        prove: Says which right answers an entry would change, None where nothing is proven.
    """

    def __init__(
        self,
        saved: EntryStore,
        notes: EntryNotes,
        queue: Queue,
        handoff_handler: HandoffHandler,
        rights: RecordRights,
        prove: CheckRegression | None = None,
    ) -> None:
        self.prove = prove
        self.saved = saved
        self.notes = notes
        self.queue = queue
        self.handoff_handler = handoff_handler
        self.messages = handoff_handler.messages
        self.principals = handoff_handler.principals
        self.rights = rights

    async def __call__(self, lease: Lease) -> None:
        """Do a job of the kind `entry`."""
        match work_of(lease.job):
            case SaveEntry() as work:
                await self._save(work, lease)
            case FollowMessage() as work:
                await self._follow(work, lease.job.id)
            case TellAboutEntry() as work:
                await self._tell(work, lease)

    async def give_up(self, lease: Lease, message: str) -> None:
        """Tell whoever waits for it that nothing came of it."""
        match work_of(lease.job):
            case SaveEntry(person=person) | TellAboutEntry(person=person):
                await tell_once(self.messages, lease, person, notice(mrkdwn(message)), time.time())
            case FollowMessage():
                _log.error("entry_not_followed", job=lease.job.id)

    async def _save(self, work: SaveEntry, lease: Lease) -> None:
        if not await self._may_go_live(work, lease):
            return
        entry = work.entry
        if entry.place and not entry.link:
            entry = replace(entry, link=await self._permalink(entry.place, work.handoff))
        change = await self.saved.save(entry, by=work.person)
        entry = change.entry
        if entry.place:
            await self.notes.note_places({entry.place: entry.id})
        if work.handoff:
            if change.late and lease.attempt < PATIENCE:
                raise KnowledgeBusyError(change.late)
            await self._end(QuestionId(work.handoff), entry, work.person)
        await self.tell(entry, work.person, "saved", {"late": change.late})
        if in_slack(entry.author) and entry.author != work.person:
            await self.tell(entry, entry.author, "saved_yours", {"person": named(work.person)})

    async def _may_go_live(self, work: SaveEntry, lease: Lease) -> bool:
        """Tell whether no right answer would be lost; else hold it back, and tell who sent it."""
        if self.prove is None or work.anyway or "proven" in lease.notes:
            return True
        try:
            proof = await self.prove(work.entry)
        except KnowledgeBusyError:
            if lease.attempt < PATIENCE:
                raise
            _log.warning("entry_not_proven", job=lease.job.id)
            return True  # it could not be indexed either, and must not be lost
        if proof.holds:
            await lease.save(proven="1")
            return True
        held = id_of(work.entry)
        await self.notes.hold(held, work.text())
        language = await self.principals.language(work.person)
        reader = await self.principals.of_person(work.person)
        hidden = [
            item.asked.question.id
            for item in proof.harmed
            if not await self.rights.may_see(item.asked.question.id, reader)
        ]
        told = mrkdwn("\n".join(proof.told(language, hidden)))
        text = f"*{mrkdwn(work.entry.question)}*\n{told}"
        posting = entry_posting(text, held, (PUBLISH,), language)
        await tell_once(self.messages, lease, work.person, posting, time.time())
        return False

    async def _end(self, handoff_id: QuestionId, entry: Entry, person: str) -> None:
        """Let those who wait for the answer have it."""
        handoff = await self.handoff_handler.handoffs.get(handoff_id)
        if handoff is None:
            return
        await self.handoff_handler.handoffs.end(
            handoff.id, "saved", by=person, entry=entry.document_id
        )
        await self.handoff_handler.tell_waiting(
            handoff,
            "saved",
            text=entry.answer,
            place=_open_place(entry.place),
            person=person,
            documents=[entry.document_id],
        )

    async def _follow(self, work: FollowMessage, job_id: str) -> None:
        try:
            entry = await self.saved.get(work.entry_id)
        except EntryError:
            return
        if work.gone:
            gone = await self.saved.withdraw(entry.id, reason="message deleted")
            for person in concerned(entry) if gone.changed else ():
                await self.tell(gone.entry, person, "gone")
        elif entry.state == "active" and work.text.strip():
            await self._follow_edit(entry, work, job_id)

    async def _follow_edit(self, entry: Entry, work: FollowMessage, job_id: str) -> None:
        """Take the new text over, if the entry was the message's very words; else ask."""
        wanted = tidied(replace(entry, answer=work.text))
        if wanted.answer == entry.answer:
            return
        person = next(iter(concerned(entry)), "")
        if tidied(replace(entry, answer=work.before)).answer == entry.answer:
            change = await self.saved.save(wanted, by=entry.author)
            if person:
                await self.tell(change.entry, person, "followed")
        elif person:
            await self.notes.propose(entry.id, wanted.answer)
            words = {"proposal": quoted(wanted.answer)}
            await self.tell(entry, person, "edited", words, about=job_id)

    async def tell(
        self,
        entry: Entry,
        person: str,
        said: EntryNews,
        words: dict[str, str] | None = None,
        about: str = "",
    ) -> None:
        """Have *person* told something about this version of *entry*, once.

        Args:
            entry: What it is about.
            person: Whom to tell.
            said: What.
            words: What else it says.
            about: What it is about besides the version, if that may be told several times.
        """
        mark = hashlib.sha256(about.encode()).hexdigest()[:16] if about else ""
        job_id = f"entry:{entry.id}:{entry.version}:{said}:{person}:{mark}"
        await self.queue.put(
            TellAboutEntry(entry.id, person, said, time.time(), words or {}).job(job_id)
        )

    async def _tell(self, work: TellAboutEntry, lease: Lease) -> None:
        try:
            entry = await self.saved.get(work.entry_id)
        except EntryError:
            return
        if _holds(work, entry):
            language = await self.principals.language(work.person)
            posting = _said(work, entry, language)
            await tell_once(self.messages, lease, work.person, posting, work.at)

    async def _permalink(self, place: str, handoff: str) -> str:
        """Return a link to where it was said; what was said in private leads to the question."""
        where = _open_place(place) or _open_place(handoff)
        if not where:
            return ""
        parsed = MessageRef.parse(where)
        try:
            found = await self.messages.clients.repeating.chat_getPermalink(
                channel=parsed.channel, message_ts=parsed.ts
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("no_permalink", error=str(error))
            return ""
        return str(found["permalink"])


def _open_place(place: str) -> str:
    """Return *place* if others than the bot's partner can go there."""
    return place if place and not MessageRef.parse(place).direct else ""


def _holds(work: TellAboutEntry, entry: Entry) -> bool:
    """Tell whether what is to be said is still so."""
    match work.said:
        case "expiring":
            return entry.state == "active" and str(entry.expires) == work.words["date"]
        case "expired":
            return entry.state == "expired"
        case "edited" | "contradicted" | "followed":
            return entry.state == "active"
        case _:
            return True


def _said(work: TellAboutEntry, entry: Entry, language: Language) -> Posting:
    if work.said == "saved":
        question = mrkdwn(entry.question)
        if late := work.words.get("late"):
            return notice(texts.SAVED_LATER.to(language, reason=mrkdwn(late)))
        return notice(texts.SAVED.to(language, question=question))
    text, buttons = _SAYINGS[work.said]
    return entry_posting(
        text.to(language, **spoken(entry), **work.words), entry.id, buttons, language
    )
