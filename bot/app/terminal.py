"""Builds what a conversation in the terminal needs."""

import getpass
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.analytics.status import Operations
from bot.answering.answer_policy import ChannelPolicies
from bot.answering.answerer import Answerer
from bot.answering.rights import AnswerRights
from bot.app.container import (
    answerer_of,
    gate_of,
    late_sources_of,
    open_agent,
    open_knowledge,
    open_saved,
    open_store,
    rollout_notices,
    spending_of,
)
from bot.app.machines import open_following
from bot.entries.notes import EntryNotes
from bot.entries.regression_check import RegressionCheck
from bot.entries.service import EntryService
from bot.evaluation.certificate import CertificateStore
from bot.handoff.service import HandoffService
from bot.handoff.store import HandoffStore
from bot.handoff.terminal import TerminalPeople, TerminalReaders
from bot.queue.redis_queue import RedisQueue
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.settings.settings import Settings
from bot.text.question_similarity import QuestionSimilarity
from knowledge.model.types import Principal


@dataclass(frozen=True, slots=True)
class TerminalBot:
    """The bot for one person at a keyboard.

    Attributes:
        answerer: Answers.
        handoffs: The rules of handoffs.
        entries: The rules of entries.
        reader: The person's rights.
        user: The person, as the operating system calls them.
        asks_in_slack: Whether a worker asks experts in Slack.
    """

    answerer: Answerer
    handoffs: HandoffService
    entries: EntryService
    reader: Principal
    user: str
    asks_in_slack: bool


@asynccontextmanager
async def open_terminal_bot(settings: Settings, reader: Principal) -> AsyncIterator[TerminalBot]:
    """Build the bot for a conversation with *reader* in the terminal, and close it again."""
    user = getpass.getuser()
    async with AsyncExitStack() as closing:
        store = await closing.enter_async_context(open_store(settings))
        base = open_knowledge(settings, store)
        closing.push_async_callback(base.aclose)
        await closing.enter_async_context(open_following(settings, base, store))
        spending = spending_of(settings, store)
        agent = await closing.enter_async_context(open_agent(settings, base, spending=spending))
        queue = RedisQueue(store)
        closing.push_async_callback(queue.aclose)
        policies = ChannelPolicies(store.commands, settings.answer_policy)
        certificates = CertificateStore(store.commands)
        gate = gate_of(settings, agent, base, certificates.load, policies)
        ledger = Ledger(store.commands, settings.record_days)
        labels = RedisLabels(store.commands)
        operations = Operations(
            base,
            queue,
            ledger,
            gate,
            policies,
            partial(rollout_notices, settings),
            late_sources_of(settings, base),
        )
        readers = TerminalReaders(reader, operations.may_read)
        handoffs = HandoffService(
            HandoffStore(store.commands, settings.record_days),
            queue,
            ledger,
            TerminalPeople(user),
            readers,
            QuestionSimilarity(base.embed),
            settings.handover_days,
        )
        saved = open_saved(settings, base, store)
        regressions = RegressionCheck(saved.kept, base, saved.sync, agent, ledger, labels)
        entries = EntryService(
            saved,
            EntryNotes(store.commands),
            queue,
            handoffs,
            readers,
            reaches=lambda _: False,
            check_regression=regressions.check,
        )
        yield TerminalBot(
            answerer_of(
                settings, agent, store, gate, base, AnswerRights(operations.may_read), handoffs
            ),
            handoffs,
            entries,
            reader,
            user,
            settings.slack_bot_token is not None,
        )
