"""Builds the operator's page, and what `/metrics` says beside it of how the whole bot stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from zoneinfo import ZoneInfo

from bot.analytics.unclaimed import unclaimed
from bot.answering.gate import Gate
from bot.app.container import late_sources_of, spending_of
from bot.handoff.store import HandoffStore
from bot.machines.member import IndexMember
from bot.operator_page.board import BoardParts, OperatorBoard
from bot.operator_page.layout import workspace_path
from bot.operator_page.routes import OperatorPage
from bot.operator_page.sessions import OperatorSessions, workspace_token
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings
from bot.slack.client.people import SlackPeople
from bot.telemetry.metrics import Metrics, SharedStanding
from bot.telemetry.shared_metrics import SharedMetrics


def board_of(
    settings: Settings,
    store: RedisConnection,
    member: IndexMember,
    queue: RedisQueue,
    gate: Gate,
    people: SlackPeople,
) -> OperatorBoard:
    """Build what reads how the bot is doing."""
    return OperatorBoard(
        BoardParts(
            Ledger(store.commands, settings.record_days),
            HandoffStore(store.commands, settings.record_days),
            queue,
            member.store,
            member.base,
            late_sources_of(settings, member.base),
            gate,
            spending_of(settings, store),
            partial(_named, people),
            ZoneInfo(settings.time_zone),
        )
    )


@contextmanager
def shared_metrics(board: OperatorBoard, metrics: Metrics) -> Iterator[SharedMetrics]:
    """Let *metrics* tell of the whole bot meanwhile, from what *board* reads, too."""
    parts = board.parts
    queue, index = parts.queue, parts.base.status
    standing = partial(_standing, parts)
    shared = SharedMetrics(queue.backlog, queue.oldest_seconds, index, standing, board.late_of)
    end = metrics.share(lambda: shared.latest)
    try:
        yield shared
    finally:
        end()


def page_of(settings: Settings, board: OperatorBoard) -> OperatorPage | None:
    """Build the page; None without a token. That of one workspace of several has its own."""
    secret = settings.operator_page_token
    if not secret:
        return None
    token, team = secret.get_secret_value(), settings.workspace
    if not team:
        return OperatorPage(board, OperatorSessions(token))
    sessions = OperatorSessions(workspace_token(token, team))
    return OperatorPage(board, sessions, workspace_path(team))


async def _named(people: SlackPeople, owner: str) -> str:
    """Return the name of *owner*; "" for one that only a document names: few may read it."""
    return "" if people.kind(owner) == "name" else await people.named(owner)


async def _standing(parts: BoardParts) -> SharedStanding:
    lapsed, machines = await parts.gate.lapsed(), await parts.machines.machines()
    left = unclaimed(await parts.queue.waiting_formats(), machines)
    return SharedStanding(
        sum(machine.answers for machine in machines),
        None if lapsed is None else not lapsed,
        await parts.spending.used_share(),
        sum(one.count for one in left),
    )
