"""A team whose operators look: weeks of questions, experts who are asked, and two machines."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import web

from bot.app.server import open_port
from bot.core.types import (
    Answer,
    AnswerStatus,
    Handoff,
    Question,
    QuestionId,
    ThreadId,
    Waiter,
)
from bot.handoff.store import HandoffStore
from bot.machines.store import MachineState, MachineStore
from bot.operator_page.board import OperatorBoard
from bot.operator_page.routes import OperatorPage
from bot.operator_page.sessions import OperatorSessions
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from knowledge.model.types import Principal
from knowledge.text import analysis
from tests.support.ports import free_port

TOKEN = "operators-token-0123456789abcdef"
DAY = 86_400.0
_WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class PastWeek:
    """How many questions of a week ended how, and what each answer cost."""

    answered: int
    found: int = 0
    handed_over: int = 0
    clarify: int = 0
    failed: int = 0
    cost_usd: float | None = 0.004


PAST: Sequence[PastWeek] = (
    PastWeek(21, 4, 13, 2, 1),
    PastWeek(26, 5, 11, 1),
    PastWeek(24, 6, 12, 2, 3),
    PastWeek(33, 5, 9, 2),
    PastWeek(38, 4, 8, 1, 1),
    PastWeek(41, 6, 7, 3),
    PastWeek(47, 5, 5, 1),
    PastWeek(9, 1, 1),
)
"""Weeks in which a team gets used to a bot that learns; the last one has just begun."""


@asynccontextmanager
async def served(
    board: OperatorBoard, sessions: OperatorSessions | None = None
) -> AsyncIterator[str]:
    """Serve the page as the program does; yield its address."""
    application = web.Application()
    application.add_routes(OperatorPage(board, sessions or OperatorSessions(TOKEN)).routes)
    async with AsyncExitStack() as closing:
        port = await open_port(application, "127.0.0.1", "METRICS_PORT", free_port(), closing)
        yield f"http://127.0.0.1:{port}"


async def plant_weeks(store: RedisConnection, weeks: Sequence[PastWeek] = PAST) -> None:
    """Record the questions of *weeks*, the last of which is this one."""
    ledger, now = Ledger(store.commands), time.time()
    statuses: Sequence[AnswerStatus] = ("answered", "found", "handed_over", "clarify", "failed")
    for ago, week in enumerate(reversed(weeks)):
        counts = [(status, getattr(week, status)) for status in statuses]
        for status in [status for status, count in counts for _ in range(count)]:
            number = str(time.monotonic_ns())
            await _record(ledger, number, now - ago * _WEEK, status, week.cost_usd)


async def plant_handoffs(
    store: RedisConnection, owners: Sequence[str], words: str = "How do we handle it"
) -> None:
    """Ask each of *owners* a question, the first an hour ago, each other one some hours before."""
    ledger, handoffs, now = Ledger(store.commands), HandoffStore(store.commands), time.time()
    for number, owner in enumerate(owners):
        at = now - 3_600 - number * 7 * 3_600
        id_ = QuestionId(f"slack:T1:C1:{1_000 + number}.0")
        await _record(ledger, str(id_), at, "handed_over", None, f"{words} {number}?", owner)
        waiter = Waiter(id_, ThreadId(id_), f"U{number}", at)
        opened = Handoff(
            id_, f"{words} {number}?", Principal("C1"), owner, ThreadId(id_), at, language="en"
        )
        await handoffs.open(replace(opened, waiting=(waiter,)))


async def _record(
    ledger: Ledger,
    name: str,
    at: float,
    status: AnswerStatus,
    cost_usd: float | None,
    text: str = "",
    owner: str = "",
) -> None:
    id_ = QuestionId(name if name.startswith("slack:") else f"slack:T1:C1:{name}.1")
    words = text or f"What is number {name}?"
    question = Question(id_, ThreadId(id_), words, Principal("C1"), "U1", received_at=at)
    experts = (owner,) if owner else ()
    answer = Answer(status, "…", cost_usd=cost_usd, experts=experts)
    await ledger.record(question, answer)


async def report_machines(
    store: RedisConnection, *machines: tuple[str, float], reason: str = ""
) -> None:
    """Announce a worker on each of *machines*: its host, and the age of its index version (s).

    The first one makes the index; *reason* is why the last one is behind.
    """
    members, now = MachineStore(store, analysis.VERSION), time.time()
    for place, (host, age) in enumerate(machines):
        created = now - age
        state = MachineState(
            id=f"{host[:40]}:{place}",
            host=host,
            folder=str(place),
            answers=True,
            shares=True,
            indexer=place == 0,
            index_version=f"version-{created:.0f}",
            created_at=created,
            analysis=analysis.VERSION,
            reason=reason if place == len(machines) - 1 else "",
        )
        await members.report(state)
