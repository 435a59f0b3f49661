"""Builds everything from the settings, and closes it again: read this second.

This is the only module that knows all names. Vendors are imported where they are chosen, so that
a command pays only for what it uses.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.agent.confidence import Weights
from bot.agent.loop import LEXICAL, Agent
from bot.agent.prompt import FEW_SHOT, OWN_PROMPTS, Prompt
from bot.answering import Answerer, QuestionHandler
from bot.errors import SettingsError
from bot.evaluation.certificate import CertificateStore, fingerprint
from bot.experts import AskedExperts
from bot.gate import Gate
from bot.learning.entries import Entry, saved_source
from bot.learning.saved import SavedKnowledge
from bot.likeness import Likeness
from bot.line import Line
from bot.live import read_live, told
from bot.operations import Operator
from bot.policies.fixed import FixedPolicies
from bot.protocols import ChatModel, Limits, Policies, Tool, Verifier, WebSearch
from bot.reminders import read_times
from bot.rounds import EVERY_FIVE_MINUTES, Round, round_job
from bot.schedule import Schedule, Scheduler
from bot.settings import Settings
from bot.types import Language, Usage
from bot.worker import Worker
from knowledge.base import KnowledgeBase
from knowledge.factory import open_knowledge as open_base
from knowledge.settings import Adjustments, EmbeddingSettings

if TYPE_CHECKING:
    from bot.inbox.lanes import Periods
    from bot.inbox.redis import RedisInbox
    from bot.learning.proving import EntryProof
    from bot.overview import Overview
    from bot.redis.connection import RedisConnection
    from bot.slack.budget import Budget
    from bot.slack.catching_up import CatchUp
    from bot.slack.identity import SlackCredentials
    from bot.slack.surface import SlackSurface
    from bot.telemetry.figures import Figures
    from bot.telemetry.shared import SharedFigures


SAVED = "saved"
"""Folder, in the data folder, of what people have saved to the knowledge."""


@dataclass(frozen=True, slots=True)
class Bot:
    """The whole bot in Slack: what receives, and what works.

    Attributes:
        schedulers: Put jobs into the inbox by the clock.
        shared: Figures that are the same in every process.
    """

    surface: "SlackSurface"
    worker: Worker
    line: Line
    schedulers: Sequence[Scheduler]
    catch_up: "CatchUp | None"
    base: KnowledgeBase
    shared: "SharedFigures"
    store: "RedisConnection"

    async def redis(self) -> str:
        """Check that Redis answers. Raises `RedisUnavailableError`."""
        await self.store.commands.ping()
        return ""


def open_knowledge(settings: Settings) -> KnowledgeBase:
    """Open the knowledge base; nothing is read before its first use."""
    embedding = EmbeddingSettings(
        settings.embedding_model, settings.openai_api_key, settings.openai_base_url
    )
    saved = saved_source(settings.data_dir / SAVED)
    adjustments = Adjustments(settings.knowledge_dense_weight, settings.knowledge_chunk_tokens)
    return open_base(
        settings.knowledge_config, settings.index_folder, embedding, [saved], adjustments
    )


def open_saved(settings: Settings, base: KnowledgeBase) -> SavedKnowledge:
    """Open what people have saved to *base*."""
    return SavedKnowledge(settings.data_dir / SAVED, base, settings.saved_days)


@asynccontextmanager
async def open_agent(
    settings: Settings, base: KnowledgeBase, figures: "Figures | None" = None
) -> AsyncIterator[Agent]:
    """Build the agent with its model and its tools over *base*; *figures* count its model calls."""
    async with AsyncExitStack() as closing:
        model = make_model(settings)
        closing.push_async_callback(model.aclose)
        if figures is not None:
            from bot.telemetry.models import WatchedModel

            model = WatchedModel(model, figures, _price(settings))
        tools = await _tools(settings, base, closing)
        yield Agent(
            model,
            tools,
            Limits(cost_usd=settings.answer_limit_usd),
            Prompt.load(settings.prompt_strategy, settings.data_dir / OWN_PROMPTS),
            _price(settings),
            verifiers=(*LEXICAL, *_judges(settings, model, closing)),
            weights=_weights(settings) if settings.has_model else None,
            experts=lambda: base.experts,
        )


def adopted(settings: Settings, language: Language) -> list[str]:
    """Say which of *settings* come from adopted changes, and whether they are still those."""
    try:
        return told(settings.adopted, read_live(settings.data_dir), language)
    except SettingsError as error:
        return [str(error)]


def fingerprint_of(settings: Settings, agent: Agent, base: KnowledgeBase) -> str:
    """Name what answers now, as certificates do: another name is another thing to prove."""
    judge = "" if settings.verifier == "off" else f" judged by {settings.verifier}"
    return fingerprint(
        model=f"{agent.model.name}{judge if settings.has_model else ''}",
        prompts=agent.prompt.version,
        index=base.policy,
        score=_weights(settings).version,
    )


def gate_of(
    settings: Settings, agent: Agent, base: KnowledgeBase, policies: Policies | None = None
) -> Gate:
    """Build the gate; without *policies* the setting holds everywhere."""
    certificates = CertificateStore(settings.data_dir)
    return Gate(
        policies or FixedPolicies(settings.answer_policy),
        certificates.load,
        lambda: fingerprint_of(settings, agent, base),
        settings.answer_threshold,
    )


@asynccontextmanager
async def open_store(
    settings: Settings, on_failure: Callable[[], None] = lambda: None
) -> AsyncIterator["RedisConnection"]:
    """Connect to Redis, starting a server of our own where none is configured.

    *on_failure* is called for each connection that is lost or refused.
    """
    from bot.redis.connection import open_redis
    from bot.redis.embedded import embedded_redis

    async with AsyncExitStack() as closing:
        if settings.redis_url is None:
            folder = settings.data_dir / "redis"
            server = embedded_redis(folder, settings.redis_server)
            url = (await closing.enter_async_context(server)).url
        else:
            url = settings.redis_url.get_secret_value()
        yield await closing.enter_async_context(open_redis(url, on_failure))


@asynccontextmanager
async def open_answerer(settings: Settings) -> AsyncIterator[Answerer]:
    """Build what a conversation without Slack needs."""
    from bot.policies.redis import RedisPolicies

    async with AsyncExitStack() as closing:
        base = open_knowledge(settings)
        closing.push_async_callback(base.aclose)
        store = await closing.enter_async_context(open_store(settings))
        agent = await closing.enter_async_context(open_agent(settings, base))
        policies = RedisPolicies(store.commands, settings.answer_policy)
        yield _answerer(settings, agent, store, gate_of(settings, agent, base, policies), base)


@asynccontextmanager
async def open_bot(
    settings: Settings, figures: "Figures", periods: "Periods | None" = None
) -> AsyncIterator[Bot]:
    """Build the bot in Slack, and learn from Slack who it is there.

    Args:
        settings: What to build it from.
        figures: Watch it.
        periods: Of the inbox, the usual ones when absent; all processes must have the same.
    """
    from bot.channels.redis import RedisChannels
    from bot.consents.redis import RedisConsents
    from bot.handovers.redis import RedisHandOvers
    from bot.inbox.lanes import Periods
    from bot.inbox.redis import RedisInbox
    from bot.labels.redis import RedisLabels
    from bot.learning.translating import translator
    from bot.policies.redis import RedisPolicies
    from bot.redis.entry_notes import RedisEntryNotes
    from bot.redis.name_pins import RedisNamePins
    from bot.slack.clients import Clients
    from bot.slack.doorkeeper import DoorPolicy
    from bot.slack.reminding import Reminding
    from bot.slack.surface import SlackSurface, Stores
    from bot.telemetry.jobs import WatchedInbox
    from bot.telemetry.replies import WatchedSurface
    from bot.telemetry.shared import SharedFigures

    credentials = slack_credentials(settings)
    async with AsyncExitStack() as closing:
        base = open_knowledge(settings)
        closing.push_async_callback(base.aclose)
        store = await closing.enter_async_context(open_store(settings, figures.redis_failed))
        agent = await closing.enter_async_context(open_agent(settings, base, figures))
        policies = RedisPolicies(store.commands, settings.answer_policy)
        gate = gate_of(settings, agent, base, policies)
        answerer = _answerer(settings, agent, store, gate, base)
        inbox = RedisInbox(store, periods or Periods())
        closing.push_async_callback(inbox.aclose)
        watched = WatchedInbox(inbox, figures)
        shared = SharedFigures(inbox.backlog, inbox.oldest_seconds, base.status)
        figures.share(lambda: shared.latest)
        saved = open_saved(settings, base)
        handovers = RedisHandOvers(store.commands)
        operator = Operator(
            base, inbox, answerer.ledger, gate, policies, partial(adopted, settings)
        )
        surface = SlackSurface(
            credentials,
            Stores(
                watched,
                answerer.ledger,
                answerer.memory,
                RedisChannels(store.commands),
                RedisLabels(store.commands),
                RedisConsents(store.commands),
                handovers,
                overview_of(settings, store, base),
                saved,
                RedisEntryNotes(store.commands),
                RedisNamePins(store.commands),
                base.groups,
            ),
            operator,
            doors=DoorPolicy(
                settings.slack_guests, settings.slack_outsiders, settings.slack_operators
            ),
            sees_pictures=_sees_pictures(settings),
            clients=Clients(
                credentials.bot_token,
                credentials.api_url,
                _slack_budget(credentials.api_url, store),
                figures.slack_called,
            ),
        )
        surface.translate = translator(agent.model) if settings.has_model else None
        closing.push_async_callback(surface.aclose)
        await surface.connect()
        questions = QuestionHandler(answerer, WatchedSurface(surface, figures))
        answerer.experts = AskedExperts(
            handovers, Likeness(base.embed), surface.handing.people, surface.is_private
        )
        surface.entry_work.prove = _prover(settings, base, saved, agent, store)
        surface.handing.days = settings.handover_days
        handlers = {
            "question": surface.guarded(questions),
            "round": Round(
                [
                    Reminding(surface.handing, read_times(settings.handover_reminders)),
                    surface.principals.names,
                    *surface.chores(base),
                ]
            ),
            **surface.handlers,
        }
        yield Bot(
            surface,
            Worker(watched, handlers, settings.worker_concurrency),
            Line(inbox, questions),
            _schedulers(settings, inbox),
            _catch_up(settings, surface, store),
            base,
            shared,
            store,
        )


def _prover(
    settings: Settings,
    base: KnowledgeBase,
    saved: SavedKnowledge,
    agent: Agent,
    store: "RedisConnection",
) -> "Callable[[Entry], Awaitable[EntryProof]]":
    """Return what tells which right answers an entry would change."""
    from bot.labels.redis import RedisLabels
    from bot.learning.proving import EntryProver
    from bot.ledger.redis import RedisLedger

    ledger, labels = RedisLedger(store.commands), RedisLabels(store.commands)
    folder = settings.data_dir / SAVED
    return EntryProver(folder, base, saved.sync, agent, ledger, labels).prove


def overview_of(settings: Settings, store: "RedisConnection", base: KnowledgeBase) -> "Overview":
    """Build what reads the books for people; *base* tells what means the same."""
    from bot.handovers.redis import RedisHandOvers
    from bot.labels.redis import RedisLabels
    from bot.ledger.redis import RedisLedger
    from bot.likeness import Likeness
    from bot.overview import Overview

    return Overview(
        RedisLedger(store.commands),
        RedisHandOvers(store.commands),
        RedisLabels(store.commands),
        Likeness(base.embed).pairs,
        ZoneInfo(settings.time_zone),
    )


def slack_credentials(settings: Settings) -> "SlackCredentials":
    """Return how to get into Slack. Raises `SettingsError` naming what is missing."""
    from bot.slack.identity import SlackCredentials

    if settings.slack_bot_token is None:
        raise SettingsError("SLACK_BOT_TOKEN is not set: see `Add it to Slack` in README.md")
    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        raise SettingsError("Set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)")
    app_token, secret = settings.slack_app_token, settings.slack_signing_secret
    return SlackCredentials(
        bot_token=settings.slack_bot_token.get_secret_value(),
        app_token=app_token.get_secret_value() if app_token else "",
        signing_secret=secret.get_secret_value() if secret else "",
        api_url=settings.slack_api_url,
        command=settings.slack_command,
    )


def _sees_pictures(settings: Settings) -> bool:
    """Tell whether the model looks at pictures: as set, else as its server's profile says."""
    from bot.llm.profiles import profile_for

    if not settings.has_model or settings.openai_pictures == "off":
        return False
    profile = profile_for(settings.openai_model, settings.openai_base_url)
    return settings.openai_pictures == "on" or profile.pictures


def _schedulers(settings: Settings, inbox: "RedisInbox") -> list[Scheduler]:
    from bot.slack.reindexing import scheduled_reindex

    zone = ZoneInfo(settings.time_zone)
    schedulers = [Scheduler(inbox, "round", Schedule(EVERY_FIVE_MINUTES, zone), round_job)]
    if settings.reindex_schedule:
        schedule = Schedule(settings.reindex_schedule, zone)
        schedulers.append(Scheduler(inbox, "reindex", schedule, scheduled_reindex))
    return schedulers


def _catch_up(
    settings: Settings, surface: "SlackSurface", store: "RedisConnection"
) -> "CatchUp | None":
    from bot.redis.presence import RedisPresence
    from bot.slack.catching_up import CatchUp

    hours = settings.slack_catch_up_hours
    if not hours:
        return None
    presence = RedisPresence(store.commands)
    return CatchUp(presence, surface.clients.repeating, surface.intake.receive, hours)


def _slack_budget(api_url: str, store: "RedisConnection") -> "Budget | None":
    """Return Slack's rate limits, kept by all processes together; a local Slack has none."""
    from bot.redis.budgets import RedisBudgets
    from bot.slack.budget import Budget
    from bot.slack.clients import local

    return None if local(api_url) else Budget(RedisBudgets(store.commands))


def _answerer(
    settings: Settings, agent: Agent, store: "RedisConnection", gate: Gate, base: KnowledgeBase
) -> Answerer:
    from bot.examples.ledger import LedgerExamples
    from bot.labels.redis import RedisLabels
    from bot.ledger.redis import RedisLedger
    from bot.memory.redis import RedisMemory
    from bot.spending.redis import DailyLimits, RedisSpending

    ledger = RedisLedger(store.commands)
    examples = None
    if settings.prompt_strategy == FEW_SHOT:
        examples = LedgerExamples(ledger, RedisLabels(store.commands))
    limits = DailyLimits(answer=settings.answer_limit_usd)
    if settings.has_model:  # without one there is nothing to pay
        limits = DailyLimits(
            settings.budget_person_usd,
            settings.budget_channel_usd,
            settings.budget_day_usd,
            settings.answer_limit_usd,
        )
    return Answerer(
        agent,
        RedisMemory(store.commands),
        ledger,
        lambda: base.generation,
        gate=gate,
        spending=RedisSpending(store.commands, limits),
        examples=examples,
    )


def _weights(settings: Settings) -> Weights:
    """Return the confidence weights: those of the data folder, else the packaged ones."""
    own = settings.data_dir / "confidence.json"
    if own.exists():
        return Weights.read(own)
    return Weights.load("model" if settings.has_model else "extractive")


def _price(settings: Settings) -> Callable[[Usage], float | None]:
    """Return what tokens cost: as it is set, else as it is listed, else unknown."""
    from bot.llm.prices import Price, cost_usd

    if not settings.has_model:
        return lambda _: None
    if settings.openai_price:
        return Price.parse(settings.openai_price).cost_usd
    return lambda usage: cost_usd(settings.openai_model, usage, settings.openai_base_url)


def _judges(settings: Settings, model: ChatModel, closing: AsyncExitStack) -> tuple[Verifier, ...]:
    if not settings.has_model or settings.verifier == "off":
        return ()
    if settings.verifier == "model":
        from bot.verifiers.judge import JudgeVerifier

        return (JudgeVerifier(model),)
    from bot.llm.factory import make_client
    from bot.verifiers.decisions import DecisionsVerifier

    key = settings.openai_api_key
    client = make_client(key.get_secret_value() if key else "", settings.openai_base_url)
    closing.push_async_callback(client.close)
    return (DecisionsVerifier(client),)


def make_model(settings: Settings) -> ChatModel:
    """Return the model that *settings* name, or the one that only quotes."""
    if not settings.has_model:
        from bot.llm.extractive import ExtractiveModel

        return ExtractiveModel(_weights(settings))
    from bot.llm import factory

    key = settings.openai_api_key
    return factory.make_model(
        settings.openai_model,
        key.get_secret_value() if key else "",
        settings.openai_base_url,
        settings.openai_wire,
    )


async def _tools(
    settings: Settings, base: KnowledgeBase, closing: AsyncExitStack
) -> tuple[Tool, ...]:
    from bot.tools.read_attachment import ReadAttachment
    from bot.tools.read_document import ReadDocument
    from bot.tools.search_knowledge import SearchKnowledge

    knowing: tuple[Tool, ...] = (SearchKnowledge(base), ReadDocument(base), ReadAttachment())
    if settings.web_search_provider == "off":
        return knowing
    from bot.tools.read_page import ReadPage
    from bot.tools.search_web import SearchWeb
    from bot.web.pages import WebPages

    web = _web_search(settings)
    closing.push_async_callback(web.aclose)
    pages = WebPages()
    closing.push_async_callback(pages.aclose)
    return (*knowing, SearchWeb(web), ReadPage(pages))


def _web_search(settings: Settings) -> WebSearch:
    key = settings.web_search_api_key
    secret = key.get_secret_value() if key else ""
    match settings.web_search_provider:
        case "searxng":
            from bot.web.searxng import SearxngSearch

            return SearxngSearch(settings.web_search_url or "")
        case "brave":
            from bot.web.brave import BraveSearch

            return BraveSearch(secret)
        case "tavily":
            from bot.web.tavily import TavilySearch

            return TavilySearch(secret)
        case _:
            from bot.web.ddgs import DdgsSearch

            return DdgsSearch()
