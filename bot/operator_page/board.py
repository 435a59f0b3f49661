"""Reads what the operator's page tells: in one pass, bounded, and not again for some seconds."""

import asyncio
import datetime as dt
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, get_args

import structlog

from bot.analytics.gaps import Gap, find_gaps, unanswered
from bot.analytics.outcomes import outcome_of
from bot.analytics.overview import GAPS_SINCE
from bot.analytics.unclaimed import unclaimed
from bot.analytics.weekly_metrics import last_mondays, start_of, weekly
from bot.answering.gate import Gate
from bot.answering.late_sources import LateSources
from bot.answering.spend_limits import SpendLimits
from bot.core.errors import RedisUnavailableError
from bot.core.language import Language
from bot.core.types import Handoff
from bot.handoff.store import HandoffStore
from bot.machines.store import MachineStore
from bot.operator_page.report import (
    HandoffAges,
    OperatorNow,
    OperatorPast,
    OperatorReport,
    OwnerGaps,
)
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError
from knowledge.model.threads import in_thread
from knowledge.model.types import KnowledgeStatus, SourceStatus

WEEKS = 8
MOST_RECORDS = 5_000
"""Newest questions, and newest handoffs, that are read."""

MOST_OWNERS = 20

AGES = (4, 24, 72, 168)
"""Borders between the ages of open handoffs, in hours."""

NOW_SECONDS, PAST_SECONDS = 5.0, 60.0
"""How long what was read is shown again."""

READ_SECONDS = 10.0
"""How long reading may take."""

_NAMES_SECONDS = 2.0

Reading = TypeVar("Reading")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BoardParts:
    """What a board reads.

    Attributes:
        named: Returns the name of an expert for people, "" for one that is not known.
        zone: Time zone of weeks.
    """

    ledger: Ledger
    handoffs: HandoffStore
    queue: RedisQueue
    machines: MachineStore
    base: KnowledgeBase
    late: LateSources
    gate: Gate
    spending: SpendLimits
    named: Callable[[str], Awaitable[str]]
    zone: dt.tzinfo = dt.UTC


class OperatorBoard:
    """Reads all that the page tells; many who look cost no more than one."""

    def __init__(self, parts: BoardParts) -> None:
        self.parts = parts
        self._now = KeptReading(self._read_now, NOW_SECONDS)
        self._past = KeptReading(self._read_past, PAST_SECONDS)

    async def read(self) -> OperatorReport:
        """Return how the bot is doing.

        Raises:
            RedisUnavailableError: Redis does not answer, or not in time.
        """
        return OperatorReport(await self._now.get(), await self._past.get())

    async def _read_now(self) -> OperatorNow:
        parts, languages = self.parts, get_args(Language)
        index, late, next_runs = await self._described()
        machines = await parts.machines.machines()
        return OperatorNow(
            time.time(),
            await parts.queue.backlog(),
            await parts.queue.oldest_seconds(),
            machines,
            await parts.machines.publications(),
            await parts.machines.heard(),
            index,
            late,
            next_runs,
            await parts.gate.lapsed(),
            {language: await parts.gate.standing(language) for language in languages},
            await parts.spending.used_share(),
            unclaimed(await parts.queue.waiting_formats(), machines),
        )

    async def _described(
        self,
    ) -> tuple[KnowledgeStatus | None, Collection[str], Mapping[str, float]]:
        """Return the index, which sources are late, and when each is synced next."""
        now = dt.datetime.now(self.parts.zone)

        def describe() -> tuple[KnowledgeStatus, Collection[str], Mapping[str, float]]:
            known = self.parts.base.status()
            runs = {one.name: self._next_run(one, now) for one in known.sources}
            return known, self.late_of(known.sources), {k: at for k, at in runs.items() if at}

        try:
            return await in_thread(describe)
        except (KnowledgeError, OSError) as error:
            _log.warning("index_not_described", reason=str(error))
            return None, (), {}

    def _next_run(self, source: SourceStatus, now: dt.datetime) -> float:
        """Return when *source* is asked next, in seconds since the epoch; 0 if not by itself."""
        if source.health.retry_at > now.timestamp():
            return source.health.retry_at
        coming = self.parts.late.next_run(source.schedule, now)
        return coming.timestamp() if coming else 0.0

    def late_of(self, sources: Sequence[SourceStatus]) -> Collection[str]:
        """Return the names of those *sources* that may be out of date. Blocks."""
        names = [source.name for source in sources]
        return self.parts.late.since(names, dt.datetime.now(self.parts.zone)).keys()

    async def _read_past(self) -> OperatorPast:
        now, zone, ledger = time.time(), self.parts.zone, self.parts.ledger
        mondays = last_mondays(now, zone, WEEKS)
        wanted = min(start_of(mondays[0], zone), now - GAPS_SINCE)
        since = await ledger.newest_since(MOST_RECORDS, wanted)
        outcomes = [outcome_of(record) async for record in ledger.since(since)]
        handed = self.parts.handoffs
        handoffs = await handed.since(await handed.newest_since(MOST_RECORDS, wanted))
        recent = [outcome for outcome in outcomes if outcome.at >= now - GAPS_SINCE]
        # By wording alone: to compare meanings, each look would embed what people have asked.
        gaps = await in_thread(lambda: find_gaps(unanswered(recent, handoffs), {}))
        owners, more_owners = await self._by_owner(gaps)
        weeks = await in_thread(lambda: weekly(outcomes, handoffs, {}, (), zone, mondays))
        return OperatorPast(
            weeks,
            owners,
            more_owners,
            ages_of(handoffs, now),
            since,
            since <= wanted,
        )

    async def _by_owner(self, gaps: Sequence[Gap]) -> tuple[list[OwnerGaps], int]:
        """Return the gaps of those experts who have most, and how many others have any."""
        groups = defaultdict[str, list[Gap]](list)
        for gap in gaps:
            groups[gap.owner].append(gap)
        ranked = sorted(groups, key=lambda owner: (-len(groups[owner]), owner))[:MOST_OWNERS]
        names = await self._names([owner for owner in ranked if owner])
        by_name = defaultdict[str, list[Gap]](list)
        for owner in ranked:
            by_name[names.get(owner, "")] += groups[owner]
        return [_row(name, mine) for name, mine in by_name.items()], len(groups) - len(ranked)

    async def _names(self, owners: Sequence[str]) -> Mapping[str, str]:
        """Return the names of *owners*; none where Slack does not tell in time."""
        try:
            async with asyncio.timeout(_NAMES_SECONDS):
                names = await asyncio.gather(*map(self.parts.named, owners))
        except TimeoutError:
            return {}
        return dict(zip(owners, names, strict=True))


class KeptReading(Generic[Reading]):
    """Reads at most once in some seconds; a failure is kept as well.

    Args:
        read: Reads.
        seconds: How long its outcome is given again.
    """

    def __init__(self, read: Callable[[], Awaitable[Reading]], seconds: float) -> None:
        self._read = read
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._failed_at = float("-inf")
        self._kept: Reading | None = None

    async def get(self) -> Reading:
        """Return what was read last, or read again. Raises `RedisUnavailableError`."""
        async with self._lock:
            if self._kept is not None and time.monotonic() - self._read_at < self._seconds:
                return self._kept
            if time.monotonic() - self._failed_at < NOW_SECONDS:
                raise RedisUnavailableError("Redis did not answer a moment ago.")
            try:
                async with asyncio.timeout(READ_SECONDS):
                    self._kept = await self._read()
            except (RedisUnavailableError, TimeoutError) as error:
                self._failed_at = time.monotonic()
                raise RedisUnavailableError("Redis does not answer in time.") from error
            self._read_at = time.monotonic()
            return self._kept


def ages_of(handoffs: Sequence[Handoff], now: float) -> list[HandoffAges]:
    """Return how many open handoffs there are of each age, the youngest first."""
    waiting = [handoff for handoff in handoffs if handoff.state == "open"]
    found, youngest = list[HandoffAges](), float("-inf")
    for border in (*AGES, None):
        oldest = float("inf") if border is None else border * 3_600.0
        mine = [one for one in waiting if youngest < now - one.at <= oldest]
        found.append(HandoffAges(border, len(mine), sum(not one.owner for one in mine)))
        youngest = oldest
    return found


def _row(owner: str, gaps: Sequence[Gap]) -> OwnerGaps:
    return OwnerGaps(
        owner,
        len(gaps),
        sum(gap.people for gap in gaps),
        sum(gap.state == "open" for gap in gaps),
        min(gap.oldest for gap in gaps),
    )
