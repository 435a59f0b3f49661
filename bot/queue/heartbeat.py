"""Renews the leases of a process in batches: a thousand cost little more than one."""

import asyncio
from collections.abc import Sequence

import structlog
from redis.exceptions import RedisError

from bot.core.errors import RedisUnavailableError
from bot.queue.lua_scripts import QueueScripts
from bot.queue.redis_lease import LAST_TRY_SECONDS, RedisLease

LONGEST_PAUSE_SECONDS = 1.0
"""Between renewals, however long the lease: a renewal also reports a cancellation."""

BATCH_SIZE = 100
"""Leases in one script, so that no script holds up the server for more than a few milliseconds."""

_log = structlog.get_logger(__name__)


class LeaseRenewer:
    """Renews leases until they end."""

    def __init__(self, scripts: QueueScripts) -> None:
        self._scripts = scripts
        self._pause = min(scripts.periods.lease / 3, LONGEST_PAUSE_SECONDS)
        self._leases = set[RedisLease]()
        self._task: asyncio.Task[None] | None = None

    def keep(self, lease: RedisLease) -> None:
        """Renew *lease* from now on."""
        self._leases.add(lease)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep(), name="lease renewer")

    async def aclose(self) -> None:
        """Stop renewing; other workers can take the jobs when their leases expire."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self) -> None:
        """Renew all leases until none is left."""
        while self._leases:
            await asyncio.sleep(self._pause)
            self._leases = {lease for lease in self._leases if not lease.ended}
            leases = list(self._leases)
            batches = [leases[i : i + BATCH_SIZE] for i in range(0, len(leases), BATCH_SIZE)]
            await asyncio.gather(*map(self._renew, batches))

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
                _log.error("leases_not_renewed", count=len(leases), exc_info=error)
            outcomes = [""] * len(leases)
        for lease, outcome in zip(leases, outcomes, strict=True):
            lease.learn(outcome, asked_at)
