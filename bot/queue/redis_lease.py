"""A worker's claim to a job: renewed during the work, void once another worker has the job."""

import asyncio
from collections.abc import Mapping

import structlog
from redis.exceptions import RedisError

from bot.core.errors import LeaseLostError, RedisUnavailableError
from bot.core.types import Job
from bot.queue.lua_scripts import QueueScripts

_log = structlog.get_logger(__name__)

LAST_TRY_SECONDS = 1.0
_RETRY_SECONDS = 0.1


class RedisLease:
    """The right to work on a job, proven to Redis by a fencing token of its own.

    A `LeaseRenewer` renews it. While Redis cannot be reached, the lease trusts its own clock until
    the time at which others may take the job. From then on, only Redis knows whether it is ours.

    Args:
        fields: The job's hash, as `take` returned it.
        fence: The fencing token that `take` stored with the job.
        taken_at: Loop time just before that.

    Attributes:
        ours_until: Loop time at which others may take the job, unless the lease is renewed.
    """

    def __init__(
        self,
        scripts: QueueScripts,
        job: Job,
        fields: Mapping[str, str],
        *,
        fence: str,
        taken_at: float,
    ) -> None:
        self._scripts = scripts
        self._job = job
        self._fence = fence
        self.ours_until = taken_at + scripts.periods.lease
        self._attempt = int(fields["attempt"])
        self._notes = {
            name.removeprefix("note:"): text
            for name, text in fields.items()
            if name.startswith("note:")
        }
        self._ended = False
        self._lost = asyncio.Event()
        if "cancelled" in fields:
            self._lost.set()

    @property
    def job(self) -> Job:
        return self._job

    @property
    def attempt(self) -> int:
        return self._attempt

    @property
    def notes(self) -> Mapping[str, str]:
        return self._notes

    @property
    def lost(self) -> asyncio.Event:
        return self._lost

    async def save(self, **notes: str) -> None:
        await self._ask("save", *(word for note in notes.items() for word in note))
        self._notes.update(notes)

    async def check(self) -> None:
        if _now() > self.ours_until - self._scripts.periods.lease / 2:
            await self._renew()
        self._raise_if_ended()

    async def finish(self) -> None:
        await self._release("finish", self._scripts.periods.done)

    async def retry(self, delay: float, reason: str, *, counts: bool = True) -> None:
        await self._release("retry", int(delay * 1000), reason, int(counts))

    async def dead_letter(self, reason: str) -> None:
        await self._release("dead_letter", reason, self._scripts.periods.dead)

    async def release(self) -> None:
        await self._release("release")

    async def excuse(self) -> None:
        try:
            async with asyncio.timeout(LAST_TRY_SECONDS):
                await self._scripts.run("excuse", self.job.id, self._fence)
        except (TimeoutError, RedisUnavailableError, RedisError) as error:
            _log.warning("try_not_excused", job=self.job.id, reason=str(error))

    async def notified(self, place: int) -> None:
        """End a lease that was only for telling the asker their *place* in the queue."""
        await self._release("notified", place)

    @property
    def claim(self) -> tuple[str, str]:
        """The job's id and the fencing token, which a renewal has to show."""
        return self.job.id, self._fence

    @property
    def ended(self) -> bool:
        """Whether the lease needs no renewal any more."""
        return self._ended

    def learn(self, outcome: str, asked_at: float) -> None:
        """Take note of a renewal.

        Args:
            outcome: `held`, `cancelled`, `lost` or `refused`; "" when the script could not run.
            asked_at: Loop time just before it was asked for.
        """
        match outcome:
            case "held" | "cancelled":
                self.ours_until = asked_at + self._scripts.periods.lease
                if outcome == "cancelled":
                    self._lost.set()
            case "lost":
                self._lose()
            case _ if _now() >= self.ours_until:
                self._lose()

    async def _renew(self) -> None:
        asked_at = _now()
        outcome = await self._try("renew", int(self._scripts.periods.lease * 1000))
        self.learn(outcome, asked_at)

    async def _release(self, script: str, *arguments: str | int) -> None:
        await self._ask(script, *arguments)
        self._ended = True

    async def _ask(self, script: str, *arguments: str | int) -> None:
        """Run a script that needs the fencing token; go on trying while the job is ours.

        A script may run again because its first reply was lost; it changes nothing then.
        """
        outcome = ""
        while not outcome:
            self._raise_if_ended()
            outcome = await self._try(script, *arguments)
            if not outcome:
                await asyncio.sleep(_RETRY_SECONDS)
        if outcome == "lost":
            self._lose()
            self._raise_if_ended()

    async def _try(self, script: str, *arguments: str | int) -> str:
        """Return the result of the script, or "" when it cannot run now."""
        try:
            async with asyncio.timeout_at(max(self.ours_until, _now() + LAST_TRY_SECONDS)):
                return str(await self._scripts.run(script, self.job.id, self._fence, *arguments))
        except (TimeoutError, RedisUnavailableError, RedisError) as error:
            if isinstance(error, RedisError):
                _log.error("queue_script_failed", script=script, exc_info=error)
            if _now() >= self.ours_until:
                self._lose()
            return ""

    def _lose(self) -> None:
        self._ended = True
        self._lost.set()

    def _raise_if_ended(self) -> None:
        if self._ended:
            raise LeaseLostError(f"The lease of {self.job.id} has ended.")


def _now() -> float:
    return asyncio.get_running_loop().time()
