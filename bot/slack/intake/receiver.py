"""Stores an event before Slack gets its acknowledgement.

Bolt acknowledges events before their listener runs, so a crash there would lose them. This runs
as a middleware instead: it decides, claims and stores; when it fails, Slack gets an error (in
Socket Mode: no acknowledgement) and sends the event again.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog

from bot.answering.memory import ThreadMemory
from bot.channels.settings import ChannelSettings
from bot.channels.store import ChannelSettingsStore
from bot.core.errors import PersonFullError, QueueFullError
from bot.core.limits import LONGEST_QUESTION
from bot.core.message_ref import channel_key
from bot.core.serialization import question_job
from bot.core.types import Job, Question
from bot.entries.service import EntryService
from bot.handoff.messages import ExpertReply
from bot.handoff.service import HandoffService
from bot.queue.queue import Queue
from bot.slack.answers.feedback import FeedbackListener
from bot.slack.auto_answers.overheard import Overheard
from bot.slack.client.command_words import Command, mentioned_command
from bot.slack.client.identity import BotIdentity
from bot.slack.client.payloads import Edited, Ignored, IncomingMessage, Reaction, Stop, translate
from bot.slack.commands.notices import notice_job
from bot.slack.commands.reindex import mentioned_reindex
from bot.slack.intake.addressee import addressed, may_follow_up, unwanted
from bot.slack.intake.addressee_heuristics import asks_the_bot
from bot.slack.intake.cancel import asks_to_stop, stop
from bot.slack.intake.conversation_state import ConversationState
from bot.slack.intake.turns import Turns
from bot.slack.workflow_steps.run import StepRun, run_of

PATIENCE = 2.0
"""Seconds for storing an event, its wait for others included; Slack waits three."""

AT_ONCE = 16
"""Events that are stored side by side, with turns for people. In a flood the first ones get through
and the rest are sent again; sharing the time among all of them would let none through."""

_log = structlog.get_logger(__name__)


class Receiver:
    """Decides which messages are for the bot, and stores them under their message references.

    A mention comes as two events in any order, may be delivered again, and may be edited: first
    each is judged by itself, then the queue accepts only the first of those that are for us.
    """

    def __init__(  # noqa: PLR0913 - one for each kind of thing that is said
        self,
        queue: Queue,
        memory: ThreadMemory,
        channels: ChannelSettingsStore,
        feedback: FeedbackListener,
        handoffs: HandoffService,
        entries: EntryService,
        me: BotIdentity,
        *,
        overheard: Overheard,
    ) -> None:
        self.queue = queue
        self.channels = channels
        self.conversations = ConversationState(memory)
        self.feedback = feedback
        self.handoffs = handoffs
        self.entries = entries
        self.me = me
        self.overheard = overheard
        self._turns = Turns(AT_ONCE)

    async def receive(self, body: Mapping[str, Any]) -> None:
        """Take in the body of an event delivery.

        Raises:
            RedisUnavailableError: nothing is stored.
            QueueFullError: there is not even room for saying so.
            TimeoutError: storing took too long.
        """
        incoming = run_of(body) or translate(body, self.me)
        async with asyncio.timeout(PATIENCE), self._turns.of(_person(incoming)):
            match incoming:
                case IncomingMessage() as message:
                    await self._hear(message)
                case Edited() as edited:
                    await self.overheard.changed(edited.place)
                    await self.entries.message_changed(
                        str(edited.place),
                        edited.event,
                        edited.person,
                        text=edited.text,
                        before=edited.before,
                        gone=edited.gone,
                    )
                case Reaction() as reaction:
                    await self.feedback.react(reaction)
                case Stop() as order:
                    stopped = await stop(self.queue, order)
                    _log.info("stop_received", place=str(order.place), stopped=stopped)
                case StepRun() as run:
                    await self._run_step(run)
                case Ignored(reason):
                    _log.debug("event_ignored", reason=reason)

    async def _run_step(self, run: StepRun) -> None:
        """Store what a workflow asks; if the queue is full, store that it is to be told so."""
        try:
            accepted = await self.queue.put(run.job)
        except QueueFullError as full:
            _log.warning("queue_full", question=run.id, reason=str(full))
            refused = replace(run, text="", problem="full")
            accepted = await self.queue.put(refused.job, spare=True)
        _log.info("step_received", job=run.id, duplicate=not accepted)

    async def _hear(self, message: IncomingMessage) -> None:
        if await self._stopped(message) or await self._between_people(message):
            return
        if message.from_bot and self.me.user in message.mentions:
            await self._tell_bots(message)
        reason = unwanted(message) or await self._not_for_us(message)
        settings = ChannelSettings() if reason else await self.channels.of(message.place)
        if reason := reason or await self._nothing_asked(message, settings):
            await self.overheard.hear(message)
            _log.debug("message_ignored", question=message.question.id, reason=reason)
            return
        if not await self.overheard.addressed(message):
            _log.debug("message_ignored", question=message.question.id, reason="answered already")
            return
        question = settings.applied_to(replace(message.question, received_at=time.time()))
        accepted, _ = await asyncio.gather(
            self._put(job_for(question), question), self._take_part(message)
        )
        _log.info("question_received", job=question.id, duplicate=not accepted)

    async def _tell_bots(self, message: IncomingMessage) -> None:
        """Say once in a channel that workflows and other apps get no answer, and why.

        Nobody can tell whose rights would count; and two bots could talk for ever.
        """
        if not message.is_talk or message.question.person == self.me.user or message.place.direct:
            return
        job = notice_job(message.question, "written_by_bot")
        once = f"{channel_key(message.place)}:bots"
        said = {**job.payload, "language": "en"}  # both, in truth: nobody is looked up for it
        with suppress(QueueFullError):
            await self.queue.put(replace(job, id=once, partition=once, payload=said))

    async def _take_part(self, message: IncomingMessage) -> None:
        """Note that its author talks with the bot."""
        question = message.question
        # The twin of "forget" may come when all is forgotten, and must not begin anew.
        forgets = mentioned_command(question.text) == Command("forget")
        if addressed(message, self.me.user) and not forgets:
            await self.conversations.begin(question.thread, question.person)

    async def _between_people(self, message: IncomingMessage) -> bool:
        """Take in what an expert says to a question that was handed over: no question to the bot.

        Whoever mentions the bot asks it, there as everywhere.
        """
        if unwanted(message) or not message.in_thread or self.me.user in message.mentions:
            return False
        said = message.question
        place = str(message.place)
        reply = ExpertReply(place, said.thread, said.person, said.text, time.time())
        if not await self.handoffs.receive_reply(reply, f"{said.id}:handoff"):
            return False
        if not message.place.direct:
            await self.conversations.step_aside(message.question.thread)
        _log.info("expert_reply_received", place=place)
        return True

    async def _stopped(self, message: IncomingMessage) -> bool:
        """Stop a question if that is what *message* says; at once, not behind the question.

        In direct messages each message may begin a thread, so that there all of them are meant.
        """
        question, place = message.question, message.place
        if unwanted(message) or not asks_to_stop(question.text):
            return False
        if not (
            addressed(message, self.me.user) or await self.conversations.joined(question.thread)
        ):
            return False
        everywhere = place.direct and not message.in_thread
        partitions = str(replace(place, ts="")) if everywhere else question.thread
        stopped = await stop(self.queue, Stop(place, partitions, question.person))
        _log.info("stop_received", place=str(place), stopped=stopped)
        return stopped

    async def _put(self, job: Job, question: Question) -> bool:
        """Store *job*; if the queue is full, store a notice for the asker instead."""
        try:
            return await self.queue.put(job)
        except QueueFullError as full:
            refusal = notice_job(question, "full")
            if isinstance(full, PersonFullError):
                refusal = notice_job(question, "person_full", str(full.most))
            beside = replace(refusal, partition=f"{question.thread}:full")
            _log.warning("queue_full", question=question.id, reason=str(full))
            return await self.queue.put(beside, spare=True)

    async def _not_for_us(self, message: IncomingMessage) -> str:
        """Return why *message* cannot be for the bot, or ""."""
        question = message.question
        if addressed(message, self.me.user):
            return ""
        if not message.in_thread or not await self.conversations.joined(question.thread):
            return "not addressed to the bot"
        if not may_follow_up(message) or not await self.conversations.goes_on(
            question.thread, question.person
        ):
            await self.conversations.step_aside(question.thread)
            return "people talk with each other"
        return ""

    async def _nothing_asked(self, message: IncomingMessage, settings: ChannelSettings) -> str:
        """Return why *message*, which may be for the bot, asks it nothing, or ""."""
        question = message.question
        if addressed(message, self.me.user):
            return ""
        if settings.listening != "follow":
            return "this channel wants a mention each time"
        if asks_the_bot(question.text) or asks_to_stop(question.text):
            return ""
        if await self.conversations.expected(question.thread):
            return ""
        return "nothing is asked"


def _person(incoming: IncomingMessage | Edited | Reaction | Stop | StepRun | Ignored) -> str:
    match incoming:
        case IncomingMessage(question=question):
            return question.person
        case Ignored():
            return ""
        case _:
            return incoming.person


def job_for(question: Question) -> Job:
    """Return the job for *question*: a command, a notice, or its answer."""
    match mentioned_command(question.text):
        case Command("reindex", source):
            return mentioned_reindex(question, source)
        case Command(
            ("status" | "feedback" | "gaps" | "forget" | "channel" | "answers") as notice, argument
        ):
            return notice_job(question, notice, argument)
        case Command():
            return notice_job(question, "help")
    if asks_to_stop(question.text):
        return notice_job(question, "nothing_to_stop")
    if not question.text:
        return notice_job(question, "no_text" if question.attachments else "help")
    if len(question.text) > LONGEST_QUESTION:
        return notice_job(question, "too_long")
    return question_job(question)
