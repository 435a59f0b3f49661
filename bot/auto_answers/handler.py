"""What is done about a question to everybody: read this first."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import structlog

from bot.answering.adapter import ChatAdapter
from bot.answering.answerer import Answerer
from bot.auto_answers.silence import (
    LATEST_SECONDS,
    TALK_SECONDS,
    AutoAnswerPace,
    Silence,
    fits_closely,
    talk_around,
)
from bot.auto_answers.store import AutoAnswerStore
from bot.auto_answers.unwanted import AutoAnswerJudge
from bot.channels.store import ChannelSettingsStore
from bot.core.errors import NotDueError
from bot.core.message_ref import MessageRef
from bot.core.serialization import question_data, question_from
from bot.core.types import Answer, Job, Question
from bot.queue.queue import Lease

_log = structlog.get_logger(__name__)


class AutoAnswerPlace(Protocol):
    """The channel of a question, as the chat platform knows it."""

    async def permits(self, question: Question) -> bool:
        """Tell whether its person may be answered, and only the team reads its channel."""
        ...

    async def untouched(self, question: Question) -> bool:
        """Tell whether it is still there as it was, and nobody has replied to it.

        Raises:
            AdapterUnavailableError: nobody can tell now.
        """
        ...


def auto_answer_job(question: Question) -> Job:
    """Return the job of a question that was put to everybody.

    It has a partition and an id of its own: who mentions the bot meanwhile does not wait for it.
    """
    asked = replace(question, unaddressed=True, language=question.reply_language)
    return Job(
        f"{question.id}:auto", f"{question.thread}:auto", "auto_answer", question_data(asked)
    )


class AutoAnswerHandler:
    """The handler of jobs of the kind `auto_answer`: an answer that is proven, or silence.

    Args:
        answerer: Works answers out, and records those that are shown.
        adapter: Shows them.
        place: Knows whether one is welcome.
        channels: Say what each channel wants.
        store: Knows who spoke when.
        judge: Switches off what too many people did not want.
        pace: How long people come first.
        clock: Returns seconds since the epoch.
    """

    def __init__(  # noqa: PLR0913 - one for each thing that it asks
        self,
        answerer: Answerer,
        adapter: ChatAdapter,
        place: AutoAnswerPlace,
        channels: ChannelSettingsStore,
        store: AutoAnswerStore,
        judge: AutoAnswerJudge,
        *,
        pace: AutoAnswerPace,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.answerer = answerer
        self.adapter = adapter
        self.place = place
        self.channels = channels
        self.store = store
        self.judge = judge
        self.pace = pace
        self.clock = clock

    async def __call__(self, lease: Lease) -> None:
        """Do a job: of a question, or of a channel where answers were not wanted."""
        if self.judge.concerns(lease.job):
            await self.judge.switch_off(lease)
            return
        question = question_from(lease.job.payload)
        early = MessageRef.parse(question.id).at + self.pace.quiet_seconds - self.clock()
        if early > 0:
            raise NotDueError(early)
        silence = await self.attend(question, lease)
        _log.info("question_to_all", question=question.id, silence=silence or "none")

    async def give_up(self, lease: Lease, message: str) -> None:  # noqa: ARG002 - the protocol's
        """Say nothing: nobody has asked the bot."""
        _log.warning("auto_answer_given_up", job=lease.job.id)

    async def attend(self, question: Question, lease: Lease) -> Silence:
        """Answer *question*, or ask its expert, once; return why nothing was said, or "".

        Everything is asked twice: before the work, which costs, and after it, when it shows.
        """
        if "decided" in lease.notes:  # it may be there to read already
            question = await self.adapter.prepared(question)
            answer = await self.answerer.worked_out(question, lease)
            await self._show(question, lease, await self.answerer.permitted(question, answer))
            return ""
        if silence := await self.silence(question):
            return silence
        question = await self.adapter.prepared(question)
        answer = await self.answerer.worked_out(question, lease)
        answer = await self.answerer.permitted(question, answer)
        answer = await self.answerer.gate.passed(question, answer)  # as it stands now
        if not await self._is_worth_saying(question, answer):
            return "nothing proven"
        if silence := await self.silence(question):
            return silence
        if not await self.place.untouched(question):
            return "taken up"
        place = MessageRef.parse(question.id)
        if not await self.store.take(place, self.clock(), self.pace.most_hourly):
            return "enough within an hour"
        await lease.save(decided="1")
        await self._show(question, lease, answer)
        return ""

    async def silence(self, question: Question) -> Silence:
        """Return why *question* is left alone at this moment, or "" for no such reason."""
        place = MessageRef.parse(question.id)
        settings = await self.channels.of(place)
        if settings.auto_answers == "off" or settings.listening == "off":
            return "off"
        if self.clock() > place.at + self.pace.quiet_seconds + LATEST_SECONDS:
            return "late"
        if not await self.answerer.gate.certified():
            return "not certified"
        if not await self.place.permits(question):
            return "not for them"
        quiet = self.pace.quiet_seconds
        said = await self.store.talk(place, TALK_SECONDS, quiet)
        return talk_around(place.at, question.person, said, quiet)

    async def _is_worth_saying(self, question: Question, answer: Answer) -> bool:
        if answer.status == "answered":
            return fits_closely(answer.features)
        settings = await self.channels.of(MessageRef.parse(question.id))
        experts = self.answerer.experts
        asks = settings.auto_answers == "ask" and answer.status == "handed_over"
        return asks and experts is not None and bool(await experts.expert_of(question, answer))

    async def _show(self, question: Question, lease: Lease, answer: Answer) -> None:
        await self.answerer.shown(question, answer, self.adapter.reply(question, lease))
