"""Builds the parts of the program from the settings, and closes them again.

Vendors are imported where they are chosen, so that a command pays only for what it uses.
`slack_bot` puts the parts together to the bot in Slack.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from bot.agent.agent import LEXICAL, Agent
from bot.agent.chat_model import ChatModel
from bot.agent.confidence import Weights
from bot.agent.prompt import FEW_SHOT, OWN_PROMPTS, Prompt
from bot.agent.run_limits import RunLimits
from bot.agent.tool import Tool
from bot.agent.verifier import Verifier
from bot.analytics.starter_questions import StarterQuestions
from bot.answering.answerer import Answerer
from bot.answering.fixed_policy import FixedPolicy
from bot.answering.gate import AnswerPolicies, Gate, HeldCertificate
from bot.answering.late_sources import LateSources
from bot.answering.no_documents import NoDocuments
from bot.answering.rights import AnswerRights
from bot.answering.small_talk import SmallTalkReplies
from bot.app.store_at_need import StoreAtNeed
from bot.core.errors import SettingsError
from bot.core.language import Language
from bot.core.server_evidence import TOOL_OF_SERVER
from bot.core.types import Usage
from bot.entries.source import live_entries
from bot.entries.store import EntryStore
from bot.evaluation.certificate import Certificate, CertificateStore, fingerprint
from bot.handoff.service import HandoffService
from bot.limits.person_limits import MEGABYTE, HourlyLimits
from bot.settings.promotions import promotion_lines, read_promotions
from bot.settings.settings import Settings, default_of, server_token, source_secret
from bot.tools.search_web import WebSearch
from knowledge.base import KnowledgeBase
from knowledge.factory import open_index_server
from knowledge.factory import open_knowledge as open_base
from knowledge.model.errors import KnowledgeError
from knowledge.model.settings import Adjustments, EmbeddingSettings, IndexServerSettings

if TYPE_CHECKING:
    from structlog.typing import Processor

    from bot.analytics.overview import Overview
    from bot.answering.spend_limits import SpendLimits
    from bot.redis.connection import RedisConnection
    from bot.slack.client.identity import SlackCredentials
    from bot.telemetry.metrics import Metrics
    from bot.telemetry.traces import Traces
    from knowledge.parsing.pool import ParserPool


_log = structlog.get_logger(__name__)

CONFIDENCE = "confidence.json"
"""The file in the data folder with the team's own confidence weights."""

SLACK_HISTORY = "slack"
"""Subfolder of the data folder with the messages of the channels that are sources."""


def trace_ids_of(settings: Settings) -> "Processor | None":
    """Return what adds the ids of the trace to a line of the log; None without traces."""
    if not settings.otel_exporter_otlp_endpoint or not can_trace():
        return None
    from bot.telemetry.traces import trace_ids

    return trace_ids


def can_trace() -> bool:
    """Tell whether the extra `otel` is installed."""
    return (
        find_spec("opentelemetry") is not None
        and find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    )


@contextmanager
def open_traces(settings: Settings) -> Iterator["Traces | None"]:
    """Open the traces of this process, and send the last ones at the end.

    Yields None where no collector is set, or where the extra `otel` is missing, which is logged: a
    bot without traces is better than none.
    """
    if not settings.otel_exporter_otlp_endpoint:
        yield None
        return
    if not can_trace():
        _log.warning("traces_off", reason="install the extra: pip install 'kotae[otel]'")
        yield None
        return
    from bot.telemetry.traces import otlp_traces

    traces = otlp_traces(settings.otel_exporter_otlp_endpoint, settings.otlp_headers)
    try:
        yield traces
    finally:
        traces.close()


def open_knowledge(
    settings: Settings, store: "RedisConnection | None" = None, traces: "Traces | None" = None
) -> KnowledgeBase:
    """Open the knowledge base; it reads nothing before its first use.

    What people have saved is read by *store*; without, Redis is opened when it is needed.
    """
    from bot.entries.versions import EntryVersions

    embedding = EmbeddingSettings(
        settings.embedding_model, settings.openai_api_key, settings.openai_base_url
    )
    at_need = StoreAtNeed(partial(open_store, settings), partial(_has_redis, settings))

    async def entries() -> EntryVersions | None:
        connection = store or await at_need.get()
        return EntryVersions(connection.commands) if connection else None

    adjustments = Adjustments(settings.knowledge_dense_weight, settings.knowledge_chunk_tokens)
    base = open_base(
        settings.knowledge_config,
        settings.index_folder,
        embedding,
        [live_entries(entries, at_need.aclose)],
        adjustments,
        source_secret,
        slack_history=settings.data_dir / SLACK_HISTORY,
    )
    if settings.index_url:
        server = IndexServerSettings(settings.index_url, settings.index_api_key)
        base = base.kept_by(partial(open_index_server, server, settings.index_folder))
    if traces is None:
        return base
    from bot.telemetry.traced import knowledge_watch

    return base.watched_by(knowledge_watch(traces))


def _has_redis(settings: Settings) -> bool:
    """Tell whether a Redis is set, or ours was ever started."""
    return settings.redis_url is not None or settings.redis_folder.exists()


def open_saved(
    settings: Settings, base: KnowledgeBase | None, store: "RedisConnection"
) -> EntryStore:
    """Open the entries that people have saved, to be indexed in *base*."""
    from bot.entries.versions import EntryVersions

    starts = bool(settings.workspace)  # nobody has run `kotae sync` when the app is installed
    return EntryStore(EntryVersions(store.commands), base, settings.saved_days, starts=starts)


def reads_channels(settings: Settings) -> bool:
    """Tell whether channels of Slack are a source, as far as `knowledge.toml` can be read."""
    try:
        return bool(open_knowledge(settings).slack_sources)
    except KnowledgeError:
        return False


@asynccontextmanager
async def open_agent(
    settings: Settings,
    base: KnowledgeBase,
    metrics: "Metrics | None" = None,
    parsers: "ParserPool | None" = None,
    spending: "SpendLimits | None" = None,
    traces: "Traces | None" = None,
) -> AsyncIterator[Agent]:
    """Build the agent with its model and its tools over *base*.

    Args:
        settings: What to build it from.
        base: Where it searches.
        metrics: Counts its model calls.
        parsers: Where it parses web pages; its own when absent.
        spending: The budgets that every model call is paid from; None for an operator's own
            commands, which have none.
        traces: Shows its calls of the model and of tools.
    """
    async with AsyncExitStack() as closing:
        model = make_model(settings)
        closing.push_async_callback(model.aclose)
        if metrics is not None:
            from bot.telemetry.models import WatchedModel

            model = WatchedModel(model, metrics, _price(settings))
        if spending is not None and settings.has_model:
            from bot.answering.budgeted_model import BudgetedModel

            model = BudgetedModel(model, spending, _price(settings))
        tools = await _tools(settings, base, parsers, closing)
        if traces is not None:
            from bot.telemetry.traced import TracedModel, TracedTool

            model = TracedModel(model, traces)
            tools = tuple(TracedTool(tool, traces) for tool in tools)
        yield Agent(
            model,
            tools,
            _limits(settings),
            Prompt.load(settings.prompt_strategy, settings.data_dir / OWN_PROMPTS),
            _price(settings),
            verifiers=(*LEXICAL, *_judges(settings, model, closing, spending)),
            weights=_weights(settings) if settings.has_model else None,
            experts=lambda: base.experts,
        )


def rollout_notices(settings: Settings, language: Language) -> list[str]:
    """Return which *settings* were promoted, which no longer hold, and whether to restart."""
    try:
        return promotion_lines(settings.promotions, read_promotions(settings.data_dir), language)
    except SettingsError as error:
        return [str(error)]


def fingerprint_of(settings: Settings, agent: Agent, base: KnowledgeBase) -> str:
    """Identify all that answers depend on, as certificates do: a change needs a new proof."""
    judge = "" if settings.verifier == "off" else f" judged by {settings.verifier}"
    names = sorted(
        tool.spec.name
        for tool in agent.tools
        if TOOL_OF_SERVER in tool.spec.name or tool.spec.needs_leave
    )
    asking = f" asking {', '.join(names)}" if names else ""
    return fingerprint(
        model=f"{agent.model.name}{judge if settings.has_model else ''}{asking}",
        prompts=agent.prompt.version,
        index=base.policy,
        score=_weights(settings).version,
    )


def gate_of(
    settings: Settings,
    agent: Agent,
    base: KnowledgeBase,
    certificate: HeldCertificate | None = None,
    policies: AnswerPolicies | None = None,
) -> Gate:
    """Build the gate.

    Args:
        settings: What to build it from.
        agent: Answers.
        base: Where it searches.
        certificate: Reads the certificate; None to open Redis for it each time.
        policies: Of the channels; None where the setting applies everywhere.
    """
    return Gate(
        policies or FixedPolicy(settings.answer_policy),
        certificate or partial(certificate_of, settings),
        lambda: fingerprint_of(settings, agent, base),
        settings.answer_threshold,
    )


async def certificate_of(settings: Settings) -> Certificate | None:
    """Return the certificate, for a command that needs Redis for nothing else."""
    if not _has_redis(settings):
        return None
    async with open_store(settings) as store:
        return await CertificateStore(store.commands).load()


@asynccontextmanager
async def open_store(
    settings: Settings,
    on_failure: Callable[[], None] = lambda: None,
    *,
    patient: bool = False,
) -> AsyncIterator["RedisConnection"]:
    """Connect to Redis; start a server of our own if none is configured.

    Args:
        settings: They name it.
        on_failure: Called for each lost or refused connection.
        patient: Wait for a server that is being started, as a bot does and a command does not.

    Raises:
        RedisUnavailableError: it cannot be reached.
    """
    from bot.redis.connection import open_redis
    from bot.redis.embedded import embedded_redis

    async with AsyncExitStack() as closing:
        if settings.redis_url is None:
            server = embedded_redis(settings.redis_folder, settings.redis_server)
            url = (await closing.enter_async_context(server)).url
        else:
            url = settings.redis_url.get_secret_value()
        connecting = open_redis(
            url, on_failure, settings.namespace, settings.redis_replicas, patient=patient
        )
        yield await closing.enter_async_context(connecting)


def patient_store(
    settings: Settings, on_failure: Callable[[], None]
) -> AbstractAsyncContextManager["RedisConnection"]:
    """Connect to Redis as `open_store` does, and wait for a server that is being started."""
    return open_store(settings, on_failure, patient=True)


def overview_of(settings: Settings, store: "RedisConnection", base: KnowledgeBase) -> "Overview":
    """Build the overview of the ledger; *base* recognises similar questions."""
    from bot.analytics.overview import Overview
    from bot.handoff.store import HandoffStore
    from bot.records.labels import RedisLabels
    from bot.records.ledger import Ledger
    from bot.text.question_similarity import QuestionSimilarity

    return Overview(
        Ledger(store.commands, settings.record_days),
        HandoffStore(store.commands, settings.record_days),
        RedisLabels(store.commands),
        QuestionSimilarity(base.embed).pairs,
        ZoneInfo(settings.time_zone),
    )


def slack_credentials(settings: Settings) -> "SlackCredentials":
    """Return the credentials for Slack. Raises `SettingsError` if a setting is missing."""
    from bot.slack.client.identity import SlackCredentials

    if settings.slack_bot_token is None:
        if settings.workspace:
            raise SettingsError(
                f"There is no token for {settings.workspace}: `kotae workspaces` says where the "
                "app is installed, and `kotae doctor` what cannot be read"
            )
        if settings.installed_by_oauth:
            raise SettingsError(
                "The app is installed in several workspaces: say in which one with `kotae "
                "--workspace TEAM …`; `kotae workspaces` lists those where it is installed"
            )
        if lacking := settings.lacking_for_oauth:
            raise SettingsError(
                f"{lacking} is not set: several workspaces need both SLACK_CLIENT_ID and "
                "SLACK_CLIENT_SECRET; one workspace needs SLACK_BOT_TOKEN"
            )
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
        team=settings.workspace,
    )


def spending_of(settings: Settings, store: "RedisConnection") -> "SpendLimits":
    """Return the budgets of the settings.

    Without a model nothing costs money. The default budget in dollars needs a price: where it is
    not known, the number of calls limits what is spent, and a budget that somebody has set counts
    each answer as its limit.
    """
    from bot.answering.spend_limits import DailyLimits, SpendLimits

    limits = DailyLimits(answer=settings.answer_limit_usd)
    if settings.has_model:
        known = _price(settings)(Usage(1_000, 1_000, 0, 1)) is not None
        counts = known or settings.budget_day_usd != default_of("budget_day_usd")
        limits = DailyLimits(
            settings.budget_person_usd,
            settings.budget_channel_usd,
            settings.budget_day_usd if counts else None,
            settings.answer_limit_usd,
            settings.budget_day_calls,
        )
    return SpendLimits(store.commands, limits)


def hourly_limits(settings: Settings) -> HourlyLimits:
    """Return what one person may have in an hour."""
    return HourlyLimits(
        settings.limit_questions_hour,
        settings.limit_handoffs_hour,
        settings.limit_pings_hour,
        settings.limit_entries_hour,
        settings.limit_attachments_mb_hour * MEGABYTE,
        settings.limit_lookups_hour,
    )


def answerer_of(
    settings: Settings,
    agent: Agent,
    store: "RedisConnection",
    gate: Gate,
    base: KnowledgeBase,
    rights: AnswerRights,
    experts: HandoffService | None = None,
) -> Answerer:
    """Build the answerer; without *experts* it hands nothing over."""
    from bot.answering.examples import ApprovedExamples
    from bot.answering.memory import ThreadMemory
    from bot.records.labels import RedisLabels
    from bot.records.ledger import Ledger

    ledger = Ledger(store.commands, settings.record_days)
    examples = None
    if settings.prompt_strategy == FEW_SHOT:
        examples = ApprovedExamples(ledger, RedisLabels(store.commands), rights=rights)
    return Answerer(
        agent,
        ThreadMemory(store.commands, days=settings.memory_days),
        ledger,
        lambda: base.index_version,
        gate=gate,
        spending=spending_of(settings, store),
        rights=rights,
        examples=examples,
        experts=experts,
        small_talk=small_talk_of(base),
        late=late_sources_of(settings, base),
        no_documents=NoDocuments(base, settings.command("sync")),
    )


def late_sources_of(settings: Settings, base: KnowledgeBase) -> LateSources:
    """Return what knows which sources of *base* may be out of date."""
    return LateSources(base, settings.reindex_schedule, ZoneInfo(settings.time_zone))


def small_talk_of(base: KnowledgeBase) -> SmallTalkReplies:
    """Build the replies to what asks nothing; their examples are headings of *base*."""
    return SmallTalkReplies(StarterQuestions(base).found)


def _weights(settings: Settings) -> Weights:
    """Return the confidence weights: those of the data folder, else the packaged ones."""
    own = settings.data_dir / CONFIDENCE
    if own.exists():
        return Weights.read(own)
    return Weights.load("model" if settings.has_model else "extractive")


def _limits(settings: Settings) -> RunLimits:
    """Return the limits of a run: a local server gets fewer and shorter passages."""
    limits = RunLimits(cost_usd=settings.answer_limit_usd)
    if not settings.has_model:
        return limits
    from bot.llm.profiles import profile_for

    profile = profile_for(settings.openai_model, settings.openai_base_url)
    return replace(limits, observation_tokens=profile.passage_tokens or limits.observation_tokens)


def _price(settings: Settings) -> Callable[[Usage], float | None]:
    """Return the price of tokens: from the settings, else from the price list, else unknown."""
    from bot.llm.prices import Price, cost_usd

    if not settings.has_model:
        return lambda _: None
    if settings.openai_price:
        return Price.parse(settings.openai_price).cost_usd
    return lambda usage: cost_usd(settings.openai_model, usage, settings.openai_base_url)


def _judges(
    settings: Settings,
    model: ChatModel,
    closing: AsyncExitStack,
    spending: "SpendLimits | None",
) -> tuple[Verifier, ...]:
    if not settings.has_model or settings.verifier == "off":
        return ()
    if settings.verifier == "model":
        from bot.agent.verification.judge import JudgeVerifier

        return (JudgeVerifier(model),)
    from bot.llm.decisions import DecisionsVerifier
    from bot.llm.factory import make_client

    key = settings.openai_api_key
    client = make_client(key.get_secret_value() if key else "", settings.openai_base_url)
    closing.push_async_callback(client.close)
    if spending is None:
        return (DecisionsVerifier(client),)
    from bot.answering.budgeted_model import BudgetedVerifier

    return (BudgetedVerifier(DecisionsVerifier(client), spending, _price(settings)),)


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
    settings: Settings,
    base: KnowledgeBase,
    parsers: "ParserPool | None",
    closing: AsyncExitStack,
) -> tuple[Tool, ...]:
    from bot.tools.read_attachment import ReadAttachment
    from bot.tools.read_document import ReadDocument
    from bot.tools.search_knowledge import SearchKnowledge

    search = SearchKnowledge(base, attachments=not settings.has_model)
    tools: tuple[Tool, ...] = (search, ReadDocument(base), ReadAttachment())
    tools = (*tools, *await _server_tools(settings, base), *_slack_tools(settings, closing))
    if settings.web_search_provider == "off":
        return tools
    from bot.tools.read_page import ReadPage
    from bot.tools.search_web import SearchWeb
    from bot.web.pages import WebPages

    web = _web_search(settings)
    closing.push_async_callback(web.aclose)
    pages = WebPages(parsers=parsers)
    closing.push_async_callback(pages.aclose)
    return (*tools, SearchWeb(web), ReadPage(pages))


def _slack_tools(settings: Settings, closing: AsyncExitStack) -> Sequence[Tool]:
    """Return the search in Slack; a model is needed to use it."""
    token = settings.slack_bot_token
    if settings.slack_search == "off" or not settings.has_model or token is None:
        return ()
    from bot.slack.client.clients import Clients
    from bot.slack.search import ContextSearch
    from bot.tools.search_slack import SearchSlack

    clients = Clients(token.get_secret_value(), settings.slack_api_url, team=settings.workspace)
    clients.open()
    search = ContextSearch(clients)
    closing.push_async_callback(search.aclose)
    return (SearchSlack(search),)


async def _server_tools(settings: Settings, base: KnowledgeBase) -> Sequence[Tool]:
    """Return the tools of other programs' servers; a model is needed to use them."""
    servers = base.mcp_servers if settings.has_model else ()
    if not servers:
        return ()
    if find_spec("mcp") is None:
        raise SettingsError("[[mcp_servers]] needs the extra mcp: pip install 'kotae[mcp]'")
    from bot.mcp_client.tools import open_tools, tool_servers

    return await open_tools(tool_servers(servers, settings.mcp_commands, server_token))


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
