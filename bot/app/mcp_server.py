"""Builds the MCP server: for the person at the terminal, or for the people of a workspace."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from bot.analytics.status import Operations
from bot.answering.answer_policy import ChannelPolicies
from bot.answering.rights import AnswerRights
from bot.app.container import (
    answerer_of,
    gate_of,
    hourly_limits,
    late_sources_of,
    open_agent,
    open_knowledge,
    open_traces,
    overview_of,
    patient_store,
    rollout_notices,
    slack_credentials,
    spending_of,
)
from bot.app.directories import open_directories
from bot.app.machines import open_following
from bot.core.errors import SettingsError
from bot.core.types import Question
from bot.evaluation.certificate import CertificateStore
from bot.limits.person_limits import PersonLimits
from bot.mcp_server.callers import Callers, CallingPerson, TerminalCallers
from bot.mcp_server.tokens import TokenStore
from bot.mcp_server.tools import AskAnExpert, GapView, KotaeTools, TerminalGaps
from bot.queue.lua_scripts import QueueLimits
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.settings.settings import Settings
from bot.telemetry.loop_lag import LoopLag
from bot.telemetry.metrics import Metrics
from bot.telemetry.pages import pages, scrape_of
from bot.telemetry.privacy import PrivateText
from bot.telemetry.readiness import Readiness, ReadinessCheck, remembered
from bot.telemetry.shared_metrics import SharedMetrics
from knowledge.model.types import Principal

if TYPE_CHECKING:
    from bot.analytics.overview import Overview
    from bot.redis.connection import RedisConnection
    from bot.slack.answers.access import AccessPolicy
    from bot.slack.client.connection import SlackConnection
    from bot.telemetry.traces import Traces
    from knowledge.base import KnowledgeBase

_TERMINAL = "terminal"
"""The person at the terminal, as limits and budgets call them."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenedTools:
    """The tools, and who may use them.

    Attributes:
        team: Id of the workspace whose people are known, "" at a terminal.
        checks: Of what it needs.
        shared: Metrics that are the same in every process.
    """

    tools: KotaeTools
    callers: Callers
    tokens: TokenStore
    team: str
    checks: Mapping[str, ReadinessCheck]
    shared: SharedMetrics


@asynccontextmanager
async def open_people(
    settings: Settings, base: "KnowledgeBase", store: "RedisConnection"
) -> AsyncIterator["SlackConnection"]:
    """Connect to Slack to look people up, within the rate limits that all processes share.

    Raises:
        SettingsError: a token is missing, or Slack refuses it.
        BotError: Slack cannot be reached.
    """
    from bot.slack.client.clients import local
    from bot.slack.client.connection import open_connection
    from bot.slack.client.name_pins import RedisNamePins
    from bot.slack.client.rate_limit_store import RateLimitStore
    from bot.slack.client.rate_limits import SlackRateLimiter
    from bot.slack.client.shared_facts import SharedFacts
    from bot.slack.client.slack_changes import SlackChanges

    budget = None
    if not local(settings.slack_api_url):
        budget = SlackRateLimiter(RateLimitStore(store.commands))
    async with (
        open_directories(base) as directories,
        open_connection(
            slack_credentials(settings),
            RedisNamePins(store.commands),
            base.groups,
            changes=SlackChanges(store.commands),
            shared=SharedFacts(store.commands),
            operators=settings.slack_operators,
            directories=directories,
            budget=budget,
        ) as slack,
    ):
        yield slack


@dataclass(frozen=True, slots=True)
class _Side:
    """Where the callers are known: at the terminal, or in the workspace."""

    callers: Callers
    gaps: GapView
    hand_over: AskAnExpert | None = None
    team: str = ""
    checks: Mapping[str, ReadinessCheck] = field(default_factory=dict)


def _slack_side(
    settings: Settings,
    slack: "SlackConnection",
    operations: Operations,
    overview: "Overview",
    store: "RedisConnection",
) -> _Side:
    from bot.app.server import SLACK_CHECK_SECONDS
    from bot.slack.mcp import slack_side

    callers, gaps, hand_over = slack_side(
        slack, operations, overview, operations.queue, store.commands, people_policy(settings)
    )
    checks = {"slack": remembered(slack.reachable, SLACK_CHECK_SECONDS)}
    return _Side(callers, gaps, hand_over, slack.me.team, checks)


@asynccontextmanager
async def open_tools(
    settings: Settings, terminal: Principal | None = None, metrics: Metrics | None = None
) -> AsyncIterator[OpenedTools]:
    """Build the tools, and close what they use.

    Args:
        settings: What to build them from.
        terminal: The rights of the person at the terminal, who alone calls then; None for the
            people of the workspace.
        metrics: Counts calls of the model, and lost connections to Redis.

    Raises:
        SettingsError: a token is missing, or Slack refuses it.
        BotError: Slack or Redis cannot be reached.
    """
    metrics = metrics or Metrics()
    async with AsyncExitStack() as closing:
        traces = closing.enter_context(open_traces(settings))
        store = await closing.enter_async_context(patient_store(settings, metrics.redis_failed))
        base = open_knowledge(settings, store, traces)
        closing.push_async_callback(base.aclose)
        await closing.enter_async_context(open_following(settings, base, store))
        queue = RedisQueue(store, limits=QueueLimits(person=settings.limit_open_questions))
        closing.push_async_callback(queue.aclose)
        spending = spending_of(settings, store)
        agent = await closing.enter_async_context(
            open_agent(settings, base, metrics, spending=spending, traces=traces)
        )
        policies = ChannelPolicies(store.commands, settings.answer_policy)
        certificates = CertificateStore(store.commands)
        gate = gate_of(settings, agent, base, certificates.load, policies)
        notices = partial(rollout_notices, settings)
        late = late_sources_of(settings, base)
        ledger = Ledger(store.commands, settings.record_days)
        operations = Operations(base, queue, ledger, gate, policies, notices, late)
        overview = overview_of(settings, store, base)
        if terminal is not None:
            side = _Side(TerminalCallers(terminal), TerminalGaps(overview))
        else:
            slack = await closing.enter_async_context(open_people(settings, base, store))
            side = _slack_side(settings, slack, operations, overview, store)
        rights = AnswerRights(operations.may_read, _readers(side.callers))
        tools = KotaeTools(
            base,
            answerer_of(settings, agent, store, gate, base, rights),
            side.gaps,
            PersonLimits(store.commands, hourly_limits(settings)),
            most_open=settings.limit_open_questions,
            hand_over=side.hand_over,
            keep_private=partial(_kept_private, traces),
        )
        shared = SharedMetrics(queue.backlog, queue.oldest_seconds, base.status)
        closing.callback(metrics.share(lambda: shared.latest))
        checks: dict[str, ReadinessCheck] = {
            "redis": partial(_redis, store),
            "knowledge": partial(_knowledge, base),
            **side.checks,
        }
        tokens = TokenStore(store.commands)
        yield OpenedTools(tools, side.callers, tokens, side.team, checks, shared)


async def serve_stdio(settings: Settings, terminal: Principal) -> None:
    """Serve one program over standard input and output, until it closes them.

    With `KOTAE_MCP_TOKEN` it calls for the person of that token, else for *terminal*.

    Raises:
        SettingsError: the token is unknown, expired or revoked.
    """
    from mcp.server.stdio import stdio_server

    from bot.mcp_server.server import make_server

    secret = settings.kotae_mcp_token
    async with open_tools(settings, None if secret else terminal) as opened:
        token = secret.get_secret_value() if secret else ""

        async def caller_of(_: object) -> CallingPerson | None:
            person = await opened.tokens.person(token) if token else _TERMINAL
            return await opened.callers.of(person) if person else None

        if token and await caller_of(None) is None:
            raise SettingsError("KOTAE_MCP_TOKEN is unknown, expired or revoked")
        server = make_server(opened.tools, caller_of)
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())


async def serve_http(settings: Settings, host: str, port: int) -> None:
    """Serve the people of the workspace by HTTP until SIGTERM or Ctrl-C.

    The pages for operators have a port of their own, METRICS_PORT, as for `kotae serve` by HTTP.

    Raises:
        SettingsError: a setting is missing, or the port is taken.
    """
    from aiohttp import web

    from bot.app.server import open_port, stop_signal
    from bot.mcp_server.http import HttpIdentity, http_application
    from bot.mcp_server.server import make_server

    secret = settings.slack_signing_secret
    if settings.mcp_slack_identity == "on" and secret is None:
        raise SettingsError("MCP_SLACK_IDENTITY=on needs SLACK_SIGNING_SECRET")
    stopping, metrics = stop_signal(), Metrics()
    async with AsyncExitStack() as closing:
        opened = await closing.enter_async_context(open_tools(settings, metrics=metrics))
        signed: Any = None
        if settings.mcp_slack_identity == "on" and secret is not None:
            from bot.slack.requests import signed_by_slack

            signed = partial(signed_by_slack, signing_secret=secret.get_secret_value())
        identity = HttpIdentity(opened.tokens, opened.callers, signed, opened.team)
        server = make_server(opened.tools, identity.of, metrics.mcp_called)
        application = await closing.enter_async_context(
            http_application(server, identity, settings.mcp_hosts)
        )
        port = await open_port(application, host, "--port", port, closing)
        lag = LoopLag(metrics.loop_lagged)
        await closing.enter_async_context(lag.watching())
        private = web.Application()
        private.add_routes(pages(Readiness(opened.checks), lag, scrape_of(metrics, opened.shared)))
        metrics_port = await open_port(
            private, settings.monitoring_host, "METRICS_PORT", settings.metrics_port, closing
        )
        _log.info("mcp_ready", host=host, port=port, metrics_port=metrics_port, team=opened.team)
        await stopping.wait()


async def _redis(store: "RedisConnection") -> str:
    await store.commands.ping()
    return ""


async def _knowledge(base: "KnowledgeBase") -> str:
    error = await base.unusable()
    if error is not None:
        raise error
    return base.index_version


def people_policy(settings: Settings) -> "AccessPolicy":
    """Return who may ask, as the settings say."""
    from bot.slack.answers.access import AccessPolicy

    return AccessPolicy(settings.slack_guests, settings.slack_outsiders, settings.slack_operators)


def _readers(callers: Callers) -> Any:
    """Return what looks up who reads the answer to a question now."""

    async def reader(question: Question) -> Principal:
        caller = await callers.of(question.person)
        return caller.reader if caller else Principal(question.person)

    return reader


@contextmanager
def _kept_private(traces: "Traces | None", id_: str, text: str) -> Iterator[PrivateText]:
    """Keep *text* out of the log while it is worked on, and open the span of that work."""
    private = PrivateText(id_, text)
    span = traces.span("mcp call", "server", kotae__job__id=id_) if traces else nullcontext()
    with structlog.contextvars.bound_contextvars(job=id_), span:
        yield private
