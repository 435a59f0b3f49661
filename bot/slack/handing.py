"""The hand-over in Slack: who is asked, what they reply, and how those who wait hear of it.

All that people do here becomes a job first, and all that somebody is told is a job of its own,
whose id says whom it is for and what it is about: so nothing is lost, and nobody is told twice.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import structlog
from pydantic import TypeAdapter
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.errors import CancelledByPersonError
from bot.language import language_of
from bot.protocols import HandOvers, Inbox, Lease, Ledger
from bot.records import answer_of
from bot.slack import texts
from bot.slack.blocks import (
    Posting,
    asking_posting,
    notice,
    private_asking_posting,
)
from bot.slack.clients import UNCERTAIN, Clients, reaching_slack
from bot.slack.commands import Operations
from bot.slack.escaping import mrkdwn
from bot.slack.inbound import Message
from bot.slack.messages import Messages
from bot.slack.people import SlackPeople, is_group, is_person, mention
from bot.slack.places import Place
from bot.slack.posting_once import post_once
from bot.slack.principals import Principals
from bot.slack.replies import is_answer
from bot.slack.whispering import whisper
from bot.types import Answer, Citation, HandOver, Job, Language, QuestionId, ThreadId, Waiter
from knowledge.types import Principal

LONGEST_REPLY = 3_000
"""Characters of a person's reply that travel on; the rest is where it was written."""

Act = Literal["reply", "agree", "decline", "tell"]
About = Literal["answered", "relayed", "saved", "expired"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done about a hand-over: a job's payload.

    Attributes:
        handover: Id of its question.
        place: Of the message that did it, or "", and the *thread* that it stands in.
        waiter: Of `tell`, the id of the question whose asker is told.
        text: What was said, in Markdown.
        documents: Ids of the documents that *text* rests on.
    """

    act: Act
    handover: str
    at: float
    person: str = ""
    place: str = ""
    thread: str = ""
    text: str = ""
    waiter: str = ""
    about: About = "answered"
    documents: Sequence[str] = ()

    def job(self, job_id: str, lane: str) -> Job:
        """Return the job that does it."""
        return Job(job_id, lane, "handover", _adapter.dump_python(self, mode="json"))


_adapter: TypeAdapter[Deed] = TypeAdapter(Deed)


@dataclass(frozen=True, slots=True)
class ExpertReply:
    """What a person has said to a question that was handed over; `text` is Markdown."""

    place: Place
    person: str
    text: str
    at: float


OnAnswer = Callable[[HandOver, ExpertReply, Lease], Awaitable[None]]
"""Called with each answer of a person; may be called again, with the same lease, after a crash."""


async def no_matter(_: HandOver, __: ExpertReply, ___: Lease) -> None:
    """Do nothing more with what an expert has said."""


class HandOverDesk:
    """Does the jobs of the kind `handover`.

    Attributes:
        days: After so many, a question that nobody has answered is given up.
        on_answer: Called with what a person has answered.
    """

    def __init__(
        self,
        handovers: HandOvers,
        inbox: Inbox,
        ledger: Ledger,
        operations: Operations,
        principals: Principals,
        messages: Messages,
    ) -> None:
        self.handovers = handovers
        self.inbox = inbox
        self.ledger = ledger
        self.operations = operations
        self.principals = principals
        self.people = SlackPeople(principals)
        self.messages = messages
        self.days = 7.0
        self.on_answer: OnAnswer = no_matter

    @property
    def clients(self) -> Clients:
        """The Web API."""
        return self.messages.clients

    async def __call__(self, lease: Lease) -> None:
        """Do a job."""
        deed = _adapter.validate_python(dict(lease.job.payload))
        handover = await self.handovers.get(QuestionId(deed.handover))
        if handover is None:
            return
        match deed.act:
            case "reply":
                await self._replied(handover, deed, lease)
            case "agree":
                await self._agreed(handover, deed, lease)
            case "decline":
                await self._declined(handover, deed, lease)
            case "tell":
                await self._tell(handover, deed, lease)

    async def give_up(self, lease: Lease, message: str) -> None:
        """Leave it: the thread still has what people said."""

    async def is_spoken_to(self, thread: ThreadId, person: str) -> HandOver | None:
        """Return the hand-over that *person*'s words in *thread* may answer, if there is one.

        A person who was named answers themselves; where a group was asked, or nobody is known,
        anybody does but those who wait. The thread of a direct message is for whoever has it.
        """
        handover = await self.handovers.of_thread(thread)
        if handover is None:
            return None
        waits = any(waiter.person == person for waiter in handover.waiting)
        if waits and handover.owner != person:
            return None
        if handover.private:
            return handover if handover.thread == thread else None
        return handover if not is_person(handover.owner) or handover.owner == person else None

    async def heard(self, message: Message) -> bool:
        """Store what an expert has written in the thread of a hand-over; False if it is not that.

        Raises:
            RedisUnavailableError: nothing is stored.
            InboxFullError: likewise.
        """
        said = message.question
        handover = await self.is_spoken_to(said.thread, said.person)
        if handover is None:
            return False
        deed = Deed(
            "reply",
            handover.id,
            time.time(),
            person=said.person,
            place=str(message.place),
            thread=said.thread,
            text=said.text[:LONGEST_REPLY],
        )
        await self.inbox.put(deed.job(f"{said.id}:handover", _lane(said.thread)))
        return True

    async def agree(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button with which an asker lets an expert be asked."""
        person, handover = await self._pressed(body)
        if handover is None or person != handover.waiting[0].person:
            await ack()
            await self._whisper(body, person, texts.NOT_ASKED)
            return
        deed = Deed("agree", handover.id, time.time(), person=person)
        lane = _lane(handover.waiting[0].thread)
        await self.inbox.put(deed.job(f"{handover.id}:agree", lane))
        await ack()

    async def decline(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button with which somebody says that it is not for them."""
        person, handover = await self._pressed(body)
        if handover is None or not await self.people.asks(handover.owner, person):
            await ack()
            await self._whisper(body, person, texts.FOR_THE_ASKED)
            return
        deed = Deed("decline", handover.id, time.time(), person=person)
        lane = _lane(handover.thread)
        await self.inbox.put(deed.job(f"{handover.id}:decline:{person}", lane))
        await ack()
        await self._whisper(body, person, texts.NOT_FOR_YOU_NOTED)

    async def _pressed(self, body: Mapping[str, Any]) -> tuple[str, HandOver | None]:
        question = QuestionId(str(body["actions"][0].get("value", "")))
        return str(body["user"]["id"]), await self.handovers.get(question)

    async def _whisper(self, body: Mapping[str, Any], person: str, text: texts.Text) -> None:
        await whisper(self.clients, body, text.to(await self.principals.language(person)))

    async def tell_waiting(
        self,
        handover: HandOver,
        about: About,
        *,
        text: str = "",
        place: str = "",
        thread: str = "",
        person: str = "",
        documents: Sequence[str] = (),
    ) -> None:
        """Let all who wait be told once, each in their own thread; repeatable.

        Args:
            handover: What they wait for.
            about: What there is to tell. `saved` tells *text*, to those who may read *documents*.
            text: What was said, in Markdown.
            place: Of the message that said it.
            thread: Which knows already that it is `answered`.
            person: Who said it.
            documents: Ids of what *text* rests on.
        """
        for waiter in handover.waiting:
            if about == "answered" and (waiter.thread == thread or waiter.person == person):
                continue
            deed = Deed(
                "tell",
                handover.id,
                time.time(),
                person=person,
                place=place,
                thread=thread,
                text=text[:LONGEST_REPLY],
                waiter=waiter.question_id,
                about=about,
                documents=tuple(documents),
            )
            what = place if about == "relayed" else handover.id
            job_id = f"handover:{what}:{about}:{waiter.question_id}"
            await self.inbox.put(deed.job(job_id, _lane(waiter.thread)))

    async def _replied(self, handover: HandOver, deed: Deed, lease: Lease) -> None:
        answers = is_answer(deed.text)
        if handover.private:
            await self.tell_waiting(
                handover, "relayed", text=deed.text, place=deed.place, person=deed.person
            )
        if not answers:
            return
        await self.handovers.end(handover.id, "answered", by=deed.person)
        if not handover.private:
            await self.tell_waiting(
                handover, "answered", place=deed.place, thread=deed.thread, person=deed.person
            )
        _log.info("handover_answered", handover=handover.id)
        said = ExpertReply(Place.parse(deed.place), deed.person, deed.text, deed.at)
        current = await self.handovers.get(handover.id) or handover
        await self.on_answer(current, said, lease)

    async def _agreed(self, handover: HandOver, deed: Deed, lease: Lease) -> None:
        """Ask the expert alone, now that the asker has agreed."""
        language = language_of(handover.text)
        if handover.state == "open" and "asked" not in lease.notes:
            asked = await self._ask_in_private(handover, deed, lease)
            await lease.save(asked=asked)
        owner = lease.notes.get("asked", "")
        said = texts.ASKED_PRIVATELY if owner else texts.NOT_ASKED
        text = said.to(language, owner=mrkdwn(await self.people.named(owner)))
        await self._say(handover.waiting[0].thread, notice(text), deed, lease, part=1)

    async def _ask_in_private(self, handover: HandOver, deed: Deed, lease: Lease) -> str:
        """Ask the first who can be asked; return who it was, "" for nobody."""
        answer = await self._answer(handover)
        people = await self._candidates(handover, answer)
        if not people:
            return ""
        owner = people[0]
        with reaching_slack():
            opened = await self.clients.repeating.conversations_open(users=owner)
        team = Place.parse(handover.id).team
        conversation = Place(team, str(opened["channel"]["id"]), "")
        posting = await self._private_posting(handover, answer, owner)
        ts = await post_once(self.messages, lease, conversation, posting, deed.at)
        thread = Place(team, conversation.channel, ts).thread
        await self.handovers.assign(handover.id, owner, thread)
        return owner

    async def _private_posting(self, handover: HandOver, answer: Answer, owner: str) -> Posting:
        """Lay the question out with what *owner* may read.

        What the bot wrote, the draft and what it lacks, may tell of all that it has read.
        """
        reader = await self.principals.of_person(owner)
        citations = [one for one in answer.citations if await self._may_read(one, reader)]
        if not await self.operations.may_read(_read_for(answer), reader):
            answer = replace(answer, draft="", missing="")
        draft = answer.draft if len(citations) == len(answer.citations) else ""
        language = language_of(handover.text)
        return private_asking_posting(handover, answer, citations, draft, language)

    async def _may_read(self, citation: Citation, reader: Principal) -> bool:
        return await self.operations.may_read([citation.document_id], reader)

    async def _declined(self, handover: HandOver, deed: Deed, lease: Lease) -> None:
        """Ask the next one, where somebody says that it is not for them."""
        if handover.state != "open" and "next" not in lease.notes:
            return
        answer = await self._answer(handover)
        if "next" not in lease.notes:
            thread = handover.thread
            await self.handovers.assign(handover.id, handover.owner, thread, declined=deed.person)
            handover = await self.handovers.get(handover.id) or handover
            people = await self._candidates(handover, answer)
            await lease.save(next=people[0] if people else "")
        owner = lease.notes["next"]
        person = mrkdwn(await self.people.named(deed.person))
        language = language_of(handover.text)
        if handover.private:
            await self._pass_on_in_private(handover, deed, lease, owner)
            return
        await self.handovers.assign(handover.id, owner, handover.thread)
        if not owner:
            said = notice(texts.NOBODY_LEFT.to(language, person=person))
            await self._say(handover.thread, said, deed, lease)
            return
        passed = texts.PASSED_ON.to(language, person=person, owner=mention(owner))
        asking = asking_posting(handover.id, handover.text, answer, owner, language)
        said = Posting(passed, [*notice(passed).blocks, *asking.blocks[1:]])
        await self._say(handover.thread, said, deed, lease)

    async def _pass_on_in_private(
        self, handover: HandOver, deed: Deed, lease: Lease, owner: str
    ) -> None:
        asker, language = handover.waiting[0], language_of(handover.text)
        if not owner:
            person = mrkdwn(await self.people.named(deed.person))
            said = texts.NOBODY_LEFT_PRIVATE.to(language, person=person)
            await self._say(asker.thread, notice(said), deed, lease, part=1)
            return
        asked = await self._ask_in_private(handover, deed, lease)
        text = texts.ASKED_PRIVATELY.to(language, owner=mrkdwn(await self.people.named(asked)))
        await self._say(asker.thread, notice(text), deed, lease, part=1)

    async def _candidates(self, handover: HandOver, answer: Answer) -> list[str]:
        """Return who can still be asked, as ids; in private single people only."""
        found = list[str]()
        for name in dict.fromkeys([handover.owner, *answer.experts]):
            owner = await self.people.find(name) if name else ""
            if is_group(owner) and handover.private:
                found += sorted(await self.people.members(owner))
            elif owner:
                found.append(owner)
        waiting = {waiter.person for waiter in handover.waiting}
        refused = {*handover.declined, *waiting}
        return [one for one in dict.fromkeys(found) if not await self._all_of(one, refused)]

    async def _all_of(self, owner: str, people: set[str]) -> bool:
        """Tell whether *owner* is one of *people*, or a group in which somebody has declined."""
        return owner in people or bool(await self.people.members(owner) & people)

    async def _answer(self, handover: HandOver) -> Answer:
        record: Any = await self.ledger.get(handover.id)
        return answer_of(record["answer"]) if record else Answer("handed_over", "")

    async def _tell(self, handover: HandOver, deed: Deed, lease: Lease) -> None:
        """Tell one who waits."""
        waiter = next((one for one in handover.waiting if one.question_id == deed.waiter), None)
        if waiter is None:
            return
        if deed.about == "saved" and not await self._reads(waiter, deed.documents):
            return
        text = await self._told(deed, language_of(handover.text))
        await self._say(waiter.thread, notice(text), deed, lease)

    async def _reads(self, waiter: Waiter, documents: Sequence[str]) -> bool:
        place = Place.parse(waiter.question_id)
        if place.direct:
            reader = await self.principals.of_person(waiter.person)
        else:
            reader = await self.principals.of_channel(place.channel)
        return await self.operations.may_read(documents, reader)

    async def _told(self, deed: Deed, language: Language) -> str:
        person = mrkdwn(await self.people.named(deed.person)) if deed.person else ""
        match deed.about:
            case "answered":
                link = await self.link(deed.place, texts.IN_THREAD.to(language))
                return texts.HAS_ANSWERED.to(language, person=person, link=link)
            case "relayed":
                return texts.SAYS.to(language, person=person, text=mrkdwn(deed.text))
            case "saved":
                link = await self.link(deed.place, texts.IN_THREAD.to(language))
                return texts.ANSWER_SAVED.to(language, text=mrkdwn(deed.text), link=link).strip()
            case "expired":
                return texts.EXPIRED.to(language, days=f"{self.days:g}")

    async def link(self, place: str, words: str) -> str:
        """Return a link to the message at *place*, "" where it cannot be had."""
        if not place:
            return ""
        where = Place.parse(place)
        try:
            found = await self.clients.repeating.chat_getPermalink(
                channel=where.channel, message_ts=where.ts
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("no_permalink", error=str(error))
            return ""
        return f"<{found['permalink']}|{words}>"

    async def _say(
        self, thread: str, posting: Posting, deed: Deed, lease: Lease, part: int = 0
    ) -> None:
        try:
            await post_once(self.messages, lease, Place.parse(thread), posting, deed.at, part)
        except CancelledByPersonError:
            _log.info("thread_gone", handover=deed.handover)


def _read_for(answer: Answer) -> list[str]:
    """Return the ids of the documents that the bot read on its way to *answer*."""
    passages = (passage for step in answer.steps for passage in step.passages)
    return list(dict.fromkeys(passage.rpartition("#")[0] for passage in passages))


def _lane(thread: str) -> str:
    """Return the lane of what is done in *thread*; answers there need not wait for it."""
    return f"handover:{thread}"
