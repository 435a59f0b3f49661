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

from bot.core.errors import CancelledByPersonError
from bot.core.language import language_of
from bot.core.message_ref import MessageRef
from bot.core.serialization import answer_of
from bot.core.types import Answer, Citation, Handoff, Job, Language, QuestionId, ThreadId, Waiter
from bot.handoff.store import HandoffStore
from bot.queue.queue import Lease, Queue
from bot.records.ledger import Ledger
from bot.slack import texts
from bot.slack.answers.blocks import (
    Posting,
    asking_posting,
    notice,
    private_asking_posting,
)
from bot.slack.client.clients import UNCERTAIN, Clients, reaching_slack
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.connection import SlackConnection
from bot.slack.client.ephemeral import send_ephemeral
from bot.slack.client.escape import mrkdwn
from bot.slack.client.payloads import IncomingMessage
from bot.slack.client.people import SlackPeople, is_group, is_person, mention
from bot.slack.client.post_once import post_once
from bot.slack.handoff.is_answer import is_answer
from knowledge.model.types import Principal

LONGEST_REPLY = 3_000
"""Characters of a person's reply that travel on; the rest is where it was written."""

HandoffAct = Literal["reply", "agree", "decline", "tell"]
HandoffNews = Literal["answered", "relayed", "saved", "expired"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HandoffJob:
    """What is done about a hand-over: a job's payload.

    Attributes:
        handoff: Id of its question.
        place: Of the message that did it, or "", and the *thread* that it stands in.
        waiter: Of `tell`, the id of the question whose asker is told.
        text: What was said, in Markdown.
        documents: Ids of the documents that *text* rests on.
    """

    act: HandoffAct
    handoff: str
    at: float
    person: str = ""
    place: str = ""
    thread: str = ""
    text: str = ""
    waiter: str = ""
    about: HandoffNews = "answered"
    documents: Sequence[str] = ()

    def job(self, job_id: str, partition: str) -> Job:
        """Return the job that does it."""
        return Job(job_id, partition, "handoff", _adapter.dump_python(self, mode="json"))


_adapter: TypeAdapter[HandoffJob] = TypeAdapter(HandoffJob)


@dataclass(frozen=True, slots=True)
class ExpertReply:
    """What a person has said to a question that was handed over; `text` is Markdown."""

    place: MessageRef
    person: str
    text: str
    at: float


OnAnswer = Callable[[Handoff, ExpertReply, Lease], Awaitable[None]]
"""Called with each answer of a person; may be called again, with the same lease, after a crash."""


async def no_matter(_: Handoff, __: ExpertReply, ___: Lease) -> None:
    """Do nothing more with what an expert has said."""


class HandoffHandler:
    """Does the jobs of the kind `handoff`.

    Attributes:
        days: After so many, a question that nobody has answered is given up.
        on_answer: Called with what a person has answered.
    """

    def __init__(
        self,
        handoffs: HandoffStore,
        queue: Queue,
        ledger: Ledger,
        operations: OperatorActions,
        slack: SlackConnection,
        on_answer: OnAnswer = no_matter,
        days: float = 7.0,
    ) -> None:
        self.handoffs = handoffs
        self.queue = queue
        self.ledger = ledger
        self.operations = operations
        self.principals = slack.principals
        self.people = SlackPeople(slack.principals)
        self.messages = slack.messages
        self.days = days
        self.on_answer = on_answer

    @property
    def clients(self) -> Clients:
        """The Web API."""
        return self.messages.clients

    async def __call__(self, lease: Lease) -> None:
        """Do a job."""
        deed = _adapter.validate_python(dict(lease.job.payload))
        handoff = await self.handoffs.get(QuestionId(deed.handoff))
        if handoff is None:
            return
        match deed.act:
            case "reply":
                await self._replied(handoff, deed, lease)
            case "agree":
                await self._agreed(handoff, deed, lease)
            case "decline":
                await self._declined(handoff, deed, lease)
            case "tell":
                await self._tell(handoff, deed, lease)

    async def give_up(self, lease: Lease, message: str) -> None:
        """Leave it: the thread still has what people said."""

    async def is_spoken_to(self, thread: ThreadId, person: str) -> Handoff | None:
        """Return the hand-over that *person*'s words in *thread* may answer, if there is one.

        A person who was named answers themselves; where a group was asked, or nobody is known,
        anybody does but those who wait. The thread of a direct message is for whoever has it.
        """
        handoff = await self.handoffs.of_thread(thread)
        if handoff is None:
            return None
        waits = any(waiter.person == person for waiter in handoff.waiting)
        if waits and handoff.owner != person:
            return None
        if handoff.private:
            return handoff if handoff.thread == thread else None
        return handoff if not is_person(handoff.owner) or handoff.owner == person else None

    async def heard(self, message: IncomingMessage) -> bool:
        """Store what an expert has written in the thread of a hand-over; False if it is not that.

        Raises:
            RedisUnavailableError: nothing is stored.
            InboxFullError: likewise.
        """
        said = message.question
        handoff = await self.is_spoken_to(said.thread, said.person)
        if handoff is None:
            return False
        deed = HandoffJob(
            "reply",
            handoff.id,
            time.time(),
            person=said.person,
            place=str(message.place),
            thread=said.thread,
            text=said.text[:LONGEST_REPLY],
        )
        await self.queue.put(deed.job(f"{said.id}:handover", _partition(said.thread)))
        return True

    async def agree(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button with which an asker lets an expert be asked."""
        person, handoff = await self._pressed(body)
        if handoff is None or person != handoff.waiting[0].person:
            await ack()
            await self._send_ephemeral(body, person, texts.NOT_ASKED)
            return
        deed = HandoffJob("agree", handoff.id, time.time(), person=person)
        partition = _partition(handoff.waiting[0].thread)
        await self.queue.put(deed.job(f"{handoff.id}:agree", partition))
        await ack()

    async def decline(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button with which somebody says that it is not for them."""
        person, handoff = await self._pressed(body)
        if handoff is None or not await self.people.asks(handoff.owner, person):
            await ack()
            await self._send_ephemeral(body, person, texts.FOR_THE_ASKED)
            return
        deed = HandoffJob("decline", handoff.id, time.time(), person=person)
        partition = _partition(handoff.thread)
        await self.queue.put(deed.job(f"{handoff.id}:decline:{person}", partition))
        await ack()
        await self._send_ephemeral(body, person, texts.NOT_FOR_YOU_NOTED)

    async def _pressed(self, body: Mapping[str, Any]) -> tuple[str, Handoff | None]:
        question = QuestionId(str(body["actions"][0].get("value", "")))
        return str(body["user"]["id"]), await self.handoffs.get(question)

    async def _send_ephemeral(self, body: Mapping[str, Any], person: str, text: texts.Text) -> None:
        await send_ephemeral(self.clients, body, text.to(await self.principals.language(person)))

    async def tell_waiting(
        self,
        handoff: Handoff,
        about: HandoffNews,
        *,
        text: str = "",
        place: str = "",
        thread: str = "",
        person: str = "",
        documents: Sequence[str] = (),
    ) -> None:
        """Let all who wait be told once, each in their own thread; repeatable.

        Args:
            handoff: What they wait for.
            about: What there is to tell. `saved` tells *text*, to those who may read *documents*.
            text: What was said, in Markdown.
            place: Of the message that said it.
            thread: Which knows already that it is `answered`.
            person: Who said it.
            documents: Ids of what *text* rests on.
        """
        for waiter in handoff.waiting:
            if about == "answered" and (waiter.thread == thread or waiter.person == person):
                continue
            deed = HandoffJob(
                "tell",
                handoff.id,
                time.time(),
                person=person,
                place=place,
                thread=thread,
                text=text[:LONGEST_REPLY],
                waiter=waiter.question_id,
                about=about,
                documents=tuple(documents),
            )
            what = place if about == "relayed" else handoff.id
            job_id = f"handover:{what}:{about}:{waiter.question_id}"
            await self.queue.put(deed.job(job_id, _partition(waiter.thread)))

    async def _replied(self, handoff: Handoff, deed: HandoffJob, lease: Lease) -> None:
        answers = is_answer(deed.text)
        if handoff.private:
            await self.tell_waiting(
                handoff, "relayed", text=deed.text, place=deed.place, person=deed.person
            )
        if not answers:
            return
        await self.handoffs.end(handoff.id, "answered", by=deed.person)
        if not handoff.private:
            await self.tell_waiting(
                handoff, "answered", place=deed.place, thread=deed.thread, person=deed.person
            )
        _log.info("handover_answered", handoff=handoff.id)
        said = ExpertReply(MessageRef.parse(deed.place), deed.person, deed.text, deed.at)
        current = await self.handoffs.get(handoff.id) or handoff
        await self.on_answer(current, said, lease)

    async def _agreed(self, handoff: Handoff, deed: HandoffJob, lease: Lease) -> None:
        """Ask the expert alone, now that the asker has agreed."""
        language = language_of(handoff.text)
        if handoff.state == "open" and "asked" not in lease.notes:
            asked = await self._ask_in_private(handoff, deed, lease)
            await lease.save(asked=asked)
        owner = lease.notes.get("asked", "")
        said = texts.ASKED_PRIVATELY if owner else texts.NOT_ASKED
        text = said.to(language, owner=mrkdwn(await self.people.named(owner)))
        await self._say(handoff.waiting[0].thread, notice(text), deed, lease, part=1)

    async def _ask_in_private(self, handoff: Handoff, deed: HandoffJob, lease: Lease) -> str:
        """Ask the first who can be asked; return who it was, "" for nobody."""
        answer = await self._answer(handoff)
        people = await self._candidates(handoff, answer)
        if not people:
            return ""
        owner = people[0]
        with reaching_slack():
            opened = await self.clients.repeating.conversations_open(users=owner)
        team = MessageRef.parse(handoff.id).team
        conversation = MessageRef(team, str(opened["channel"]["id"]), "")
        posting = await self._private_posting(handoff, answer, owner)
        ts = await post_once(self.messages, lease, conversation, posting, deed.at)
        thread = MessageRef(team, conversation.channel, ts).thread
        await self.handoffs.assign(handoff.id, owner, thread)
        return owner

    async def _private_posting(self, handoff: Handoff, answer: Answer, owner: str) -> Posting:
        """Lay the question out with what *owner* may read.

        What the bot wrote, the draft and what it lacks, may tell of all that it has read.
        """
        reader = await self.principals.of_person(owner)
        citations = [one for one in answer.citations if await self._may_read(one, reader)]
        if not await self.operations.may_read(_read_for(answer), reader):
            answer = replace(answer, draft="", missing="")
        draft = answer.draft if len(citations) == len(answer.citations) else ""
        language = language_of(handoff.text)
        return private_asking_posting(handoff, answer, citations, draft, language)

    async def _may_read(self, citation: Citation, reader: Principal) -> bool:
        return await self.operations.may_read([citation.document_id], reader)

    async def _declined(self, handoff: Handoff, deed: HandoffJob, lease: Lease) -> None:
        """Ask the next one, where somebody says that it is not for them."""
        if handoff.state != "open" and "next" not in lease.notes:
            return
        answer = await self._answer(handoff)
        if "next" not in lease.notes:
            thread = handoff.thread
            await self.handoffs.assign(handoff.id, handoff.owner, thread, declined=deed.person)
            handoff = await self.handoffs.get(handoff.id) or handoff
            people = await self._candidates(handoff, answer)
            await lease.save(next=people[0] if people else "")
        owner = lease.notes["next"]
        person = mrkdwn(await self.people.named(deed.person))
        language = language_of(handoff.text)
        if handoff.private:
            await self._pass_on_in_private(handoff, deed, lease, owner)
            return
        await self.handoffs.assign(handoff.id, owner, handoff.thread)
        if not owner:
            said = notice(texts.NOBODY_LEFT.to(language, person=person))
            await self._say(handoff.thread, said, deed, lease)
            return
        passed = texts.PASSED_ON.to(language, person=person, owner=mention(owner))
        asking = asking_posting(handoff.id, handoff.text, answer, owner, language)
        said = Posting(passed, [*notice(passed).blocks, *asking.blocks[1:]])
        await self._say(handoff.thread, said, deed, lease)

    async def _pass_on_in_private(
        self, handoff: Handoff, deed: HandoffJob, lease: Lease, owner: str
    ) -> None:
        asker, language = handoff.waiting[0], language_of(handoff.text)
        if not owner:
            person = mrkdwn(await self.people.named(deed.person))
            said = texts.NOBODY_LEFT_PRIVATE.to(language, person=person)
            await self._say(asker.thread, notice(said), deed, lease, part=1)
            return
        asked = await self._ask_in_private(handoff, deed, lease)
        text = texts.ASKED_PRIVATELY.to(language, owner=mrkdwn(await self.people.named(asked)))
        await self._say(asker.thread, notice(text), deed, lease, part=1)

    async def _candidates(self, handoff: Handoff, answer: Answer) -> list[str]:
        """Return who can still be asked, as ids; in private single people only."""
        found = list[str]()
        for name in dict.fromkeys([handoff.owner, *answer.experts]):
            owner = await self.people.find(name) if name else ""
            if is_group(owner) and handoff.private:
                found += sorted(await self.people.members(owner))
            elif owner:
                found.append(owner)
        waiting = {waiter.person for waiter in handoff.waiting}
        refused = {*handoff.declined, *waiting}
        return [one for one in dict.fromkeys(found) if not await self._all_of(one, refused)]

    async def _all_of(self, owner: str, people: set[str]) -> bool:
        """Tell whether *owner* is one of *people*, or a group in which somebody has declined."""
        return owner in people or bool(await self.people.members(owner) & people)

    async def _answer(self, handoff: Handoff) -> Answer:
        record: Any = await self.ledger.get(handoff.id)
        return answer_of(record["answer"]) if record else Answer("handed_over", "")

    async def _tell(self, handoff: Handoff, deed: HandoffJob, lease: Lease) -> None:
        """Tell one who waits."""
        waiter = next((one for one in handoff.waiting if one.question_id == deed.waiter), None)
        if waiter is None:
            return
        if deed.about == "saved" and not await self._reads(waiter, deed.documents):
            return
        text = await self._told(deed, language_of(handoff.text))
        await self._say(waiter.thread, notice(text), deed, lease)

    async def _reads(self, waiter: Waiter, documents: Sequence[str]) -> bool:
        place = MessageRef.parse(waiter.question_id)
        if place.direct:
            reader = await self.principals.of_person(waiter.person)
        else:
            reader = await self.principals.of_channel(place.channel)
        return await self.operations.may_read(documents, reader)

    async def _told(self, deed: HandoffJob, language: Language) -> str:
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
        where = MessageRef.parse(place)
        try:
            found = await self.clients.repeating.chat_getPermalink(
                channel=where.channel, message_ts=where.ts
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("no_permalink", error=str(error))
            return ""
        return f"<{found['permalink']}|{words}>"

    async def _say(
        self, thread: str, posting: Posting, deed: HandoffJob, lease: Lease, part: int = 0
    ) -> None:
        try:
            await post_once(self.messages, lease, MessageRef.parse(thread), posting, deed.at, part)
        except CancelledByPersonError:
            _log.info("thread_gone", handoff=deed.handoff)


def _read_for(answer: Answer) -> list[str]:
    """Return the ids of the documents that the bot read on its way to *answer*."""
    passages = (passage for step in answer.steps for passage in step.passages)
    return list(dict.fromkeys(passage.rpartition("#")[0] for passage in passages))


def _partition(thread: str) -> str:
    """Return the lane of what is done in *thread*; answers there need not wait for it."""
    return f"handover:{thread}"
