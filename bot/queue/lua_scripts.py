"""The scripts that change the queue; `lua/partitions.lua` describes the keys."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from redis.commands.core import AsyncScript

from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class QueuePeriods:
    """How long things last, in seconds.

    Attributes:
        lease: After this long without a renewal, a worker has lost its job.
        seen: For this long, a second job with the same id is a duplicate; senders give up earlier.
        done: For this long, the state of a finished job can be looked up.
        dead: For this long, a dead-lettered job can be read and retried.
    """

    lease: float = 20.0
    seen: int = 7 * _DAY
    done: int = _DAY
    dead: int = 30 * _DAY


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How many open jobs there may be; a sender learns at once that the queue is full.

    Attributes:
        partition: In one partition. Ten questions ahead in a thread are a long wait already.
        queue: In all partitions. A waiting question takes about 2 KB in Redis, at most 40 KB.
        person: Questions of one person, those in work included.
    """

    partition: int = 20
    queue: int = 5_000
    person: int = 20


class QueueScripts:
    """The scripts of one queue. Each change is one script, and so one atomic step."""

    def __init__(self, client: RedisClient, periods: QueuePeriods) -> None:
        self.root = key_root(client)
        self.ready = f"{self.root}:ready"
        self.dead = f"{self.root}:dead"
        self.periods = periods
        self._script = cache(
            lambda name: load_script(client, "bot.queue", name, prelude="partitions")
        )

    async def run(self, name: str, *arguments: str | float) -> Any:
        """Run `lua/<name>.lua`; its first lines describe arguments and result."""
        script: AsyncScript = self._script(name)
        return await script(keys=[self.root], args=arguments)
