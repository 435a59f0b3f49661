"""A reindex that somebody asked for in Slack, and how they learn that it is done."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import structlog
from pydantic import TypeAdapter

from bot.audit.audit_log import AuditLog
from bot.core.errors import BotError
from bot.core.language import Language
from bot.core.message_ref import MessageRef
from bot.core.serialization import question_data, question_from
from bot.core.types import Job, Question
from bot.queue.queue import Lease
from bot.slack.answers.blocks import notice
from bot.slack.answers.reply import SlackReply
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.escape import mrkdwn
from bot.slack.client.messages import Messages
from bot.slack.client.outbox import Outbox
from bot.slack.client.view_rights import ViewRights
from bot.slack.commands import texts
from bot.slack.commands.channels import operators_only
from knowledge.model.errors import KnowledgeError, SyncRunningError
from knowledge.model.types import Principal

PARTITION = "reindex"
"""One reindex after the other, whoever asks."""

_RESPONSE_URL_SECONDS = 25 * 60
"""Slack takes answers at a `response_url` for half an hour."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reindex:
    """What to index, and whom to tell: a thread when it was asked after a mention, else a person.

    Attributes:
        source: Name of a source, "" for all.
        person: Who asked, "" when the clock did: then nobody is told, and the log has it.
        response_url: Where a slash command can be answered for half an hour, or "".
        language: Of who asked; "" where nobody knows it yet.
        question: The mention as `records.question_data` writes it, or None.
    """

    source: str
    person: str
    asked_at: float
    response_url: str = ""
    language: Language | Literal[""] = ""
    question: Mapping[str, Any] | None = None

    def job(self, job_id: str) -> Job:
        """Return the job that does it."""
        return Job(job_id, PARTITION, "reindex", _adapter.dump_python(self, mode="json"))


_adapter: TypeAdapter[Reindex] = TypeAdapter(Reindex)


def scheduled_reindex(slot: int, source: str = "") -> Job:
    """Make the job for the reindex of *slot*, in seconds since the epoch.

    Args:
        slot: Names the job, so that there is one.
        source: The source whose schedule it is; "" for all without one of their own. Jobs of one
            source do not wait for those of another.
    """
    job = Reindex(source, "", float(slot)).job(f"schedule:{clock_name(source)}:{slot}")
    return replace(job, partition=clock_name(source))


def clock_name(source: str) -> str:
    """Return the name of a source's schedule; "" for that of all without one of their own."""
    return f"{PARTITION}:{source}" if source else PARTITION


def mentioned_reindex(question: Question, source: str) -> Job:
    """Make the job for a reindex of *source* that *question*, a mention, asks for."""
    request = Reindex(
        source,
        question.person,
        question.received_at,
        language=question.language or "",
        question=question_data(question),
    )
    return request.job(question.id)


class ReindexHandler:
    """Runs reindex jobs for operators and reports their outcome once.

    The outcome names what everybody may know who reads it.
    """

    def __init__(
        self,
        operations: OperatorActions,
        rights: ViewRights,
        messages: Messages,
        outbox: Outbox,
        audit: AuditLog,
    ) -> None:
        self.audit = audit
        self.operations = operations
        self.rights = rights
        self.principals = rights.principals
        self.messages = messages
        self.outbox = outbox

    async def __call__(self, lease: Lease) -> None:
        """Do a job of the kind `reindex`."""
        request = _adapter.validate_python(dict(lease.job.payload))
        if not request.person:
            _log.info("scheduled_reindex", outcome=await self._outcome(request, "en", lease))
            return
        language = request.language or await self.principals.language(request.person)
        reply = self._reply(request, lease)
        if reply is not None:
            await reply.announce(started(request.source, language))
        await self._tell(request, reply, lease, await self._outcome(request, language, lease))

    async def give_up(self, lease: Lease, message: str) -> None:
        """Tell *message* instead of the outcome."""
        request = _adapter.validate_python(dict(lease.job.payload))
        if not request.person:
            return
        await self._tell(request, self._reply(request, lease), lease, mrkdwn(message))

    async def refusal(self, source: str, person: str, language: Language, channel: str = "") -> str:
        """Return why *person* cannot reindex *source*, or "".

        Args:
            source: Name of a source, "" for all.
            person: Who asks; operators may.
            language: To answer in.
            channel: Where everybody reads it; "" if nobody else does.
        """
        if not await self.principals.is_operator(person):
            return operators_only(self.principals, language)
        if source and source not in self.operations.sources:
            known = self.rights.sources(await self.rights.reader(person, channel))
            names = mrkdwn(", ".join(known))
            return texts.UNKNOWN_SOURCE.to(language, source=mrkdwn(source), sources=names)
        return ""

    async def _outcome(self, request: Reindex, language: Language, lease: Lease) -> str:
        """Reindex and return the outcome; a later try tells the outcome of the earlier one."""
        if (known := lease.notes.get("outcome")) is not None:
            return known
        outcome, channel = "", _channel(request)
        if request.person:
            outcome = await self.refusal(request.source, request.person, language, channel)
        if not outcome:
            if request.person and "recorded" not in lease.notes:
                await self.audit.record(request.person, "reindex", request.source or "all sources")
                await lease.save(recorded="1")
            reader = await self._reader(request, channel)
            try:
                outcome = mrkdwn(await self._reindexed(request, language, reader))
            except (BotError, SyncRunningError) as error:
                outcome = f"⚠️ {mrkdwn(str(error))}"
            except KnowledgeError as error:
                outcome = f"⚠️ {self._failure(request, error, reader, language)}"
        await lease.save(outcome=outcome)
        return outcome

    async def _reindexed(self, request: Reindex, language: Language, reader: Principal) -> str:
        if request.person:
            return await self.operations.reindex(request.source, language, reader)
        return await self.operations.reindex_by_clock(request.source, language)

    async def _reader(self, request: Reindex, channel: str) -> Principal:
        """Return who reads the outcome; what the clock has asked for goes to the log."""
        if not request.person:
            return Principal("")
        return await self.rights.reader(request.person, channel)

    def _failure(
        self, request: Reindex, error: KnowledgeError, reader: Principal, language: Language
    ) -> str:
        """Return why nothing was indexed; the reason may name files of every source."""
        _log.warning("reindex_failed", source=request.source, reason=str(error))
        wanted = {request.source} if request.source else set(self.operations.sources)
        if wanted <= set(self.rights.sources(reader)):
            return mrkdwn(str(error))
        return texts.REINDEX_FAILED.to(language)

    def _reply(self, request: Reindex, lease: Lease) -> SlackReply | None:
        if request.question is None:
            return None
        return SlackReply(question_from(request.question), lease, self.messages)

    async def _tell(
        self, request: Reindex, reply: SlackReply | None, lease: Lease, outcome: str
    ) -> None:
        """Tell the outcome in the thread, where the command was typed, or by direct message."""
        if reply is not None:
            await reply.tell(outcome)
        elif "done" not in lease.notes:
            if "writing" in lease.notes or not await self._respond(request, outcome):
                await lease.save(writing="1")
                await self.outbox.direct_message_once(
                    lease, request.person, notice(outcome), request.asked_at
                )
            await lease.save(done="1")

    async def _respond(self, request: Reindex, outcome: str) -> bool:
        """Answer the slash command; False when it is too long ago, or Slack would not have it."""
        if not request.response_url or time.time() - request.asked_at > _RESPONSE_URL_SECONDS:
            return False
        return await self.outbox.respond(request.response_url, outcome)


def _channel(request: Reindex) -> str:
    """Return where others read the outcome; "" if nobody does."""
    if request.question is None:
        return ""
    return MessageRef.parse(question_from(request.question).id).channel


def started(source: str, language: Language) -> str:
    """Return that the reindex of *source* begins."""
    what = mrkdwn(source) if source else texts.ALL_SOURCES.to(language)
    return texts.REINDEX_STARTED.to(language, source=what)
