"""Builds the bot in Slack: first who it is there, then every part, in order."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.agent.agent import Agent
from bot.analytics.status import Operations
from bot.analytics.unclaimed import UnclaimedJobs
from bot.answering.answer_policy import ChannelPolicies
from bot.answering.answerer import QuestionHandler
from bot.answering.gate import Gate
from bot.answering.memory import ThreadMemory
from bot.answering.rights import AnswerRights
from bot.app.container import (
    SLACK_HISTORY,
    answerer_of,
    gate_of,
    hourly_limits,
    late_sources_of,
    open_agent,
    open_knowledge,
    open_saved,
    open_traces,
    overview_of,
    patient_store,
    rollout_notices,
    slack_credentials,
    spending_of,
)
from bot.app.directories import open_directories
from bot.app.machines import open_member
from bot.app.operator_page import board_of, shared_metrics
from bot.audit.audit_log import AuditLog
from bot.auto_answers.silence import AutoAnswerPace
from bot.auto_answers.store import AutoAnswerStore
from bot.channels.store import ChannelSettingsStore
from bot.core.types import JobKind
from bot.entries.notes import EntryNotes
from bot.entries.regression_check import RegressionCheck
from bot.entries.translation import translator
from bot.evaluation.certificate import CertificateStore
from bot.handoff.reminder_times import read_times
from bot.handoff.reminders import GatheredQuestions, HandoffReminders
from bot.handoff.store import HandoffStore
from bot.limits.person_limits import PersonLimits
from bot.llm.profiles import profile_for
from bot.machines.history import IndexedHistory
from bot.machines.member import IndexMember
from bot.operator_page.board import OperatorBoard
from bot.personal_data.retention import KeptDays, Retention, RetentionStores
from bot.queue.lua_scripts import QueueLimits, QueuePeriods
from bot.queue.periodic import EVERY_FIVE_MINUTES, PeriodicTasks, periodic_job
from bot.queue.queue import Queue
from bot.queue.queue_position import QueuePositionNotifier
from bot.queue.redis_queue import RedisQueue
from bot.queue.scheduler import Scheduler
from bot.queue.worker import JobHandler, Worker
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.records.opt_out import OptOuts
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings
from bot.shared_files.mirror import FileMirror
from bot.shared_files.store import SharedFiles
from bot.slack.answers.access import AccessPolicy
from bot.slack.app import SlackAdapter, SlackOptions
from bot.slack.client.call_report import CallReport
from bot.slack.client.clients import local
from bot.slack.client.connection import SlackConnection, open_connection
from bot.slack.client.name_pins import RedisNamePins
from bot.slack.client.people import SlackPeople
from bot.slack.client.rate_limit_store import RateLimitStore
from bot.slack.client.rate_limits import SlackRateLimiter
from bot.slack.client.shared_facts import SharedFacts
from bot.slack.client.slack_changes import SlackChanges
from bot.slack.commands.reindex import clock_name, scheduled_reindex
from bot.slack.commands.throttled import ThrottledSources
from bot.slack.commands.weekly_post import weekly_job
from bot.slack.history.announcer import HistoryAnnouncer
from bot.slack.history.log import HistoryLog
from bot.slack.history.updater import HistoryUpdater
from bot.slack.intake.catch_up import CatchUp
from bot.slack.intake.presence import PresenceStore
from bot.slack.stores import SlackStores
from bot.telemetry.adapter import WatchedAdapter
from bot.telemetry.metrics import Metrics
from bot.telemetry.queue import WatchedQueue
from bot.telemetry.shared_metrics import SharedMetrics
from bot.text.question_similarity import QuestionSimilarity
from knowledge.base import KnowledgeBase
from knowledge.model.schedule import Schedule
from knowledge.parsing.pool import ParserPool

if TYPE_CHECKING:
    from bot.telemetry.traces import Traces


@dataclass(frozen=True, slots=True)
class Bot:
    """The whole bot in Slack: what receives questions, and what answers them.

    Attributes:
        position_notifier: Tells people how many questions come before theirs.
        schedulers: Put jobs into the queue at set times.
        updater: Keeps the channels that are sources up to date.
        member: This process, as one of several.
        gate: Decides what is shown.
        board: Reads what operators see of it.
        shared: Metrics that are the same in every process.
    """

    adapter: SlackAdapter
    worker: Worker
    position_notifier: QueuePositionNotifier
    schedulers: Sequence[Scheduler]
    catch_up: CatchUp | None
    updater: HistoryUpdater
    gate: Gate
    base: KnowledgeBase
    board: OperatorBoard
    shared: SharedMetrics
    store: RedisConnection
    member: IndexMember

    async def redis(self) -> str:
        """Check that Redis answers. Raises `RedisUnavailableError`."""
        await self.store.commands.ping()
        return ""


@asynccontextmanager
async def open_bot(
    settings: Settings,
    metrics: Metrics,
    periods: QueuePeriods | None = None,
    *,
    answer: bool = True,
) -> AsyncIterator[Bot]:
    """Build the bot in Slack, and close it again.

    Args:
        settings: What to build it from.
        metrics: Counts what it does.
        periods: Of the queue; None for the usual ones. All processes must have the same.
        answer: It answers questions, and does not only receive them.

    Raises:
        SettingsError: A token is missing, or Slack refuses it.
        BotError: Slack or Redis cannot be reached.
    """
    slack_credentials(settings)  # whatever is missing is said before anything starts
    async with AsyncExitStack() as closing:
        traces = closing.enter_context(open_traces(settings))
        store = await closing.enter_async_context(patient_store(settings, metrics.redis_failed))
        base = open_knowledge(settings, store, traces)
        closing.push_async_callback(base.aclose)
        member = open_member(settings, base, store, answers=answer)
        parsers = ParserPool()  # one budget for all that people and pages bring in
        closing.callback(parsers.close)
        agent = await closing.enter_async_context(
            open_agent(settings, base, metrics, parsers, spending_of(settings, store), traces)
        )
        queue = _queue(settings, store, periods)
        closing.push_async_callback(queue.aclose)
        watched = _watched(queue, metrics, traces)
        stores = _stores(settings, store, watched, base)
        connection = _connection(settings, store, metrics, stores, base, traces)
        slack = await closing.enter_async_context(connection)
        policies = ChannelPolicies(store.commands, settings.answer_policy)
        gate = gate_of(settings, agent, base, stores.certificates.load, policies)
        operations = _operations(settings, queue, stores.ledger, gate, policies, member)
        options = _options(settings, agent, base, stores, parsers)
        adapter = SlackAdapter(slack, stores, operations, options)
        rights = AnswerRights(operations.may_read, slack.principals.of)
        answerer = answerer_of(settings, agent, store, gate, base, rights, adapter.handoffs)
        questions = QuestionHandler(answerer, WatchedAdapter(adapter, metrics))
        handlers = {
            **adapter.handlers,
            **adapter.guarded(questions),
            "auto_answer": adapter.unaddressed(answerer),
            "periodic": _periodic_tasks(settings, adapter, member, watched, store),
        }
        traced, most = _traced(handlers, traces), settings.worker_concurrency
        worker = Worker(watched, traced, most, left=member.left)
        board = board_of(settings, store, member, queue, gate, SlackPeople(slack.principals))
        shared = closing.enter_context(shared_metrics(board, metrics))
        notifier = QueuePositionNotifier(queue, questions.tell_place)
        catch_up = _catch_up(settings, adapter, store, stores.history)
        updater = _updater(settings, slack, stores, base, member)
        parts = (adapter, worker, notifier, _schedulers(settings, queue, base), catch_up, updater)
        yield Bot(*parts, gate, base, board, shared, store, member)


def _operations(
    settings: Settings,
    queue: RedisQueue,
    ledger: Ledger,
    gate: Gate,
    policies: ChannelPolicies,
    member: IndexMember,
) -> Operations:
    base = member.base
    late = late_sources_of(settings, base)
    notices = partial(rollout_notices, settings)
    return Operations(base, queue, ledger, gate, policies, notices, late, machines=member.machines)


def _watched(queue: Queue, metrics: Metrics, traces: "Traces | None") -> WatchedQueue:
    if traces is None:
        return WatchedQueue(queue, metrics)
    from bot.telemetry.traced import job_report

    return WatchedQueue(queue, metrics, job_report(traces))


def _traced(
    handlers: Mapping[JobKind, JobHandler], traces: "Traces | None"
) -> Mapping[JobKind, JobHandler]:
    if traces is None:
        return handlers
    from bot.telemetry.traced import TracedHandler

    return {kind: TracedHandler(handler, traces) for kind, handler in handlers.items()}


def _slack_report(metrics: Metrics, traces: "Traces | None") -> CallReport:
    if traces is None:
        return metrics.slack_called
    from bot.telemetry.traced import slack_report

    return slack_report(metrics.slack_called, traces)


def _queue(settings: Settings, store: RedisConnection, periods: QueuePeriods | None) -> RedisQueue:
    limits = QueueLimits(person=settings.limit_open_questions)
    return RedisQueue(store, periods or QueuePeriods(), limits)


def _stores(
    settings: Settings, store: RedisConnection, queue: Queue, base: KnowledgeBase
) -> SlackStores:
    return SlackStores(
        queue,
        Ledger(store.commands, settings.record_days),
        ThreadMemory(store.commands, days=settings.memory_days),
        ChannelSettingsStore(store.commands),
        RedisLabels(store.commands),
        OptOuts(store.commands),
        HandoffStore(store.commands, settings.record_days),
        overview_of(settings, store, base),
        open_saved(settings, base, store),
        EntryNotes(store.commands),
        RedisNamePins(store.commands),
        PersonLimits(store.commands, hourly_limits(settings)),
        SlackChanges(store.commands),
        HistoryLog(store.commands),
        AuditLog(store.commands),
        CertificateStore(store.commands),
        AutoAnswerStore(store.commands),
        partial(_named_channels, settings, base),
    )


async def _named_channels(settings: Settings, base: KnowledgeBase) -> frozenset[str]:
    """Return the channels and user groups that settings and documents name."""
    named = {settings.weekly_channel} - {""}
    return await base.groups() | named


@asynccontextmanager
async def _connection(
    settings: Settings,
    store: RedisConnection,
    metrics: Metrics,
    stores: SlackStores,
    base: KnowledgeBase,
    traces: "Traces | None",
) -> AsyncIterator[SlackConnection]:
    """Connect to Slack, within the rate limits that all processes share; a local one has none."""
    api_url = settings.slack_api_url
    budget = None if local(api_url) else SlackRateLimiter(RateLimitStore(store.commands))
    async with (
        open_directories(base, metrics.directory_asked) as directories,
        open_connection(
            slack_credentials(settings),
            stores.pins,
            stores.groups,
            changes=stores.changes,
            shared=SharedFacts(store.commands),
            operators=settings.slack_operators,
            directories=directories,
            budget=budget,
            report=_slack_report(metrics, traces),
        ) as slack,
    ):
        yield slack


def _options(
    settings: Settings,
    agent: Agent,
    base: KnowledgeBase,
    stores: SlackStores,
    parsers: ParserPool,
) -> SlackOptions:
    regressions = RegressionCheck(
        stores.saved.kept, base, stores.saved.sync, agent, stores.ledger, stores.labels
    )
    return SlackOptions(
        access=AccessPolicy(
            settings.slack_guests, settings.slack_outsiders, settings.slack_operators
        ),
        sees_pictures=_sees_pictures(settings),
        similarity=QuestionSimilarity(base.embed),
        handoff_days=settings.handover_days,
        translate=translator(agent.model) if settings.has_model else None,
        check_regression=regressions.check,
        parsers=parsers,
        weekly_channel=settings.weekly_channel,
        auto_answers=AutoAnswerPace(
            settings.auto_answer_minutes * 60, settings.limit_auto_answers_hour
        ),
    )


def _sees_pictures(settings: Settings) -> bool:
    """Tell whether the model looks at pictures: as set, else as its server's profile says."""
    if not settings.has_model or settings.openai_pictures == "off":
        return False
    profile = profile_for(settings.openai_model, settings.openai_base_url)
    return settings.openai_pictures == "on" or profile.pictures


def _periodic_tasks(
    settings: Settings,
    adapter: SlackAdapter,
    member: IndexMember,
    queue: Queue,
    store: RedisConnection,
) -> PeriodicTasks:
    reminders = HandoffReminders(
        adapter.handoffs, adapter.handoff_messenger, read_times(settings.handover_reminders)
    )
    gathered = GatheredQuestions(adapter.handoffs, adapter.handoff_messenger)
    return PeriodicTasks(
        [
            gathered,
            reminders,
            adapter.slack.principals.names,
            *adapter.periodic_tasks(member.base),
            ThrottledSources(member.base, queue),
            UnclaimedJobs(queue, member.machines),
            _retention(settings, store),
        ]
    )


def _retention(settings: Settings, store: RedisConnection) -> Retention:
    commands = store.commands
    shared = settings.redis_url is not None
    mirror = FileMirror(SharedFiles(commands), settings.data_dir) if shared else None
    stores = RetentionStores(Ledger(commands), RedisLabels(commands), AuditLog(commands), mirror)
    days = KeptDays(settings.record_days, settings.evaluation_days, settings.audit_days)
    standing = [one.promotion.index for one in settings.promotions]
    return Retention(stores, settings.data_dir, days, standing)


def _schedulers(settings: Settings, queue: RedisQueue, base: KnowledgeBase) -> list[Scheduler]:
    zone = ZoneInfo(settings.time_zone)
    put, every = queue.put_on_schedule, Schedule(EVERY_FIVE_MINUTES, zone)
    schedulers = [Scheduler(put, "periodic", every, periodic_job)]
    if settings.reindex_schedule:
        schedule = Schedule(settings.reindex_schedule, zone)
        schedulers.append(Scheduler(put, "reindex", schedule, scheduled_reindex))
    for name, text in base.schedules.items():
        if text:
            job = partial(scheduled_reindex, source=name)
            schedulers.append(Scheduler(put, clock_name(name), Schedule(text, zone), job))
    if settings.weekly_channel:
        schedule = Schedule(settings.weekly_schedule, zone)
        schedulers.append(Scheduler(put, "weekly", schedule, weekly_job))
    return schedulers


def _updater(
    settings: Settings,
    slack: SlackConnection,
    stores: SlackStores,
    base: KnowledgeBase,
    member: IndexMember,
) -> HistoryUpdater:
    announcer = HistoryAnnouncer(slack, stores.history, stores.channels)
    folder = settings.data_dir / SLACK_HISTORY
    indexed = IndexedHistory(member)
    return HistoryUpdater(slack, stores.history, base, announcer, folder, indexed)


def _catch_up(
    settings: Settings, adapter: SlackAdapter, store: RedisConnection, history: HistoryLog
) -> CatchUp | None:
    """Return what asks Slack for the messages that came while no bot listened."""
    hours = settings.slack_catch_up_hours
    if not hours:
        return None
    presence = PresenceStore(store.commands)
    client, receive = adapter.slack.clients.repeating, adapter.receiver.receive
    return CatchUp(presence, client, receive, hours, history.missed)
