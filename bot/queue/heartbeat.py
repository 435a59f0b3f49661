"""Renews the leases of a process, many with one script: a thousand cost little more than one."""

import asyncio
from collections.abc import Sequence

import structlog
from redis.exceptions import RedisError

from bot.core.errors import RedisUnavailableError
from bot.queue.lua_scripts import QueueScripts
from bot.queue.redis_lease import LAST_TRY_SECONDS, RedisLease

LONGEST_PAUSE_SECONDS = 1.0
"""Between renewals, however long the lease: a renewal also brings the news of a cancellation."""

AT_ONCE = 100
"""Leases of one script, so that none holds up the server for more than a few milliseconds."""

_log = structlog.get_logger(__name__)


class LeaseRenewer:
    """Keeps leases until they end."""

    def __init__(self, partitions: QueueScripts) -> None:
        self._scripts = partitions
        self._pause = min(partitions.periods.lease / 3, LONGEST_PAUSE_SECONDS)
        self._leases = set[RedisLease]()
        self._keeping: asyncio.Task[None] | None = None

    def keep(self, lease: RedisLease) -> None:
        """Renew *lease* from now on."""
        self._leases.add(lease)
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep(), name="leases")

    async def aclose(self) -> None:
        """Let go of the leases that are still held; others can take their jobs when they end."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def _keep(self) -> None:
        """Renew all leases until none is left."""
        while self._leases:
            await asyncio.sleep(self._pause)
            self._leases = {lease for lease in self._leases if not lease.ended}
            leases = list(self._leases)
            parts = [leases[i : i + AT_ONCE] for i in range(0, len(leases), AT_ONCE)]
            await asyncio.gather(*map(self._renew, parts))

    async def _renew(self, leases: Sequence[RedisLease]) -> None:
        asked_at = asyncio.get_running_loop().time()
        first_end = min(lease.ours_until for lease in leases)
        claims = (word for lease in leases for word in lease.claim)
        period = int(self._scripts.periods.lease * 1000)
        try:
            async with asyncio.timeout_at(max(first_end, asked_at + LAST_TRY_SECONDS)):
                outcomes = str(await self._scripts.run("renew", *claims, period)).split()
        except (TimeoutError, RedisUnavailableError, RedisError) as error:
            if isinstance(error, RedisError):
                _log.error("leases cannot be renewed", count=len(leases), exc_info=error)
            outcomes = [""] * len(leases)
        for lease, outcome in zip(leases, outcomes, strict=True):
            lease.learn(outcome, asked_at)
