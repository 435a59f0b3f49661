"""What people say against automatic answers, and the end of these where they say it often."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import structlog

from bot.audit.audit_log import AuditLog
from bot.auto_answers.silence import too_many
from bot.auto_answers.store import AutoAnswerStore
from bot.channels.store import ChannelSettingsStore
from bot.core.errors import QueueFullError
from bot.core.message_ref import MessageRef, channel_key
from bot.core.types import Job, QuestionId
from bot.queue.queue import Lease, Queue
from bot.records.ledger import Ledger

_log = structlog.get_logger(__name__)


class AutoAnswerNews(Protocol):
    """Tells people about automatic answers."""

    async def switched_off(
        self, lease: Lease, channel: MessageRef, unwanted: int, given: int
    ) -> None:
        """Tell *channel* and the operators, once, that *unwanted* of *given* were not wanted.

        Raises:
            AdapterUnavailableError: it cannot be told now; the job comes back.
        """
        ...


class AutoAnswerJudge:
    """Counts what was not wanted, and switches automatic answers off where it is too much."""

    def __init__(
        self,
        store: AutoAnswerStore,
        channels: ChannelSettingsStore,
        ledger: Ledger,
        queue: Queue,
        audit: AuditLog,
        news: AutoAnswerNews,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = store
        self.channels = channels
        self.ledger = ledger
        self.queue = queue
        self.audit = audit
        self.news = news
        self.clock = clock

    async def was_unwanted(self, question_id: QuestionId) -> None:
        """Count a word against the answer to a question, if that was an automatic one."""
        record = await self.ledger.get(question_id)
        if record is None or not record.question.unaddressed:
            return
        place = MessageRef.parse(question_id)
        unwanted, given = await self.store.complain(place, self.clock())
        if too_many(unwanted, given):
            about = {"channel": str(place), "unwanted": unwanted, "given": given}
            partition = f"{channel_key(place)}:auto"
            job = Job(f"{place}:unwanted", partition, "auto_answer", about)
            with suppress(QueueFullError):  # the next word against an answer tries again
                await self.queue.put(job, spare=True)

    def concerns(self, job: Job) -> bool:
        """Tell whether *job* is to switch a channel off."""
        return "unwanted" in job.payload

    async def switch_off(self, lease: Lease) -> None:
        """Switch automatic answers off in the channel of the job, and say so."""
        about = lease.job.payload
        place = MessageRef.parse(str(about["channel"]))
        key = channel_key(place)
        choices = await self.channels.choices(key)
        if choices.auto_answers != "off":
            changed = choices.model_copy(update={"auto_answers": "off"})
            await lease.save(off="1")
            await self.channels.choose(key, changed)
            before, after = choices.model_dump(mode="json"), changed.model_dump(mode="json")
            await self.audit.record("kotae", "channel", key, before, after)
            _log.warning("auto_answers_switched_off", channel=place.channel)
        elif "off" not in lease.notes:
            return  # somebody else was quicker
        unwanted, given = int(str(about["unwanted"])), int(str(about["given"]))
        await self.news.switched_off(lease, place, unwanted, given)
