"""The round: every chore gets its turn, and one machine makes it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import structlog

from bot.errors import BotError, RedisUnavailableError
from bot.inbox.redis import RedisInbox
from bot.redis.connection import RedisConnection
from bot.rounds import EVERY_FIVE_MINUTES, Round, round_job
from bot.schedule import Schedule, Scheduler
from knowledge.errors import KnowledgeError
from tests.test_schedule import TOKYO


@dataclass
class Sweeping:
    """A chore that notes when it was done, or fails."""

    name: str = "sweeping"
    failure: Exception | None = None
    done_at: list[float] = field(default_factory=list)

    async def __call__(self, now: float) -> None:
        if self.failure is not None:
            raise self.failure
        self.done_at.append(now)


async def made(store: RedisConnection, chores: Sequence[Sweeping], now: float) -> None:
    """Make one round as a worker does."""
    inbox = RedisInbox(store)
    await inbox.put(round_job(300))
    lease = await inbox.take(1.0)
    assert lease is not None
    await Round(chores, lambda: now)(lease)
    await lease.finish()
    await inbox.aclose()


@pytest.mark.parametrize(
    "failure", [RedisUnavailableError("gone"), KnowledgeError("消えた"), BotError("no")]
)
async def test_a_chore_that_fails_keeps_no_other_from_being_done(
    store: RedisConnection, failure: Exception
) -> None:
    """It is named in the log, and its turn comes again."""
    chores = [Sweeping(), Sweeping("broken", failure), Sweeping()]
    with structlog.testing.capture_logs() as logs:
        await made(store, chores, 1_000.0)
    assert [chore.done_at for chore in chores] == [[1_000.0], [], [1_000.0]]
    assert [entry["chore"] for entry in logs if entry["event"] == "chore_failed"] == ["broken"]


async def test_a_round_comes_every_five_minutes_once(store: RedisConnection) -> None:
    """However many machines watch the clock."""
    schedule = Schedule(EVERY_FIVE_MINUTES, TOKYO)
    inboxes = [RedisInbox(store), RedisInbox(store)]
    clocks = [Scheduler(inbox, "round", schedule, round_job) for inbox in inboxes]
    start = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    put = [
        await clock.look(start.replace(minute=minute))
        for minute in (0, 4, 5, 9)
        for clock in clocks
    ]
    assert put == [False, False, False, False, True, False, False, False]
    for inbox in inboxes:
        await inbox.aclose()
