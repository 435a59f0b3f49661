"""The scripts that change the inbox; `lua/partitions.lua` says which keys there are."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from bot.redis.lua_scripts import load_script

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class QueuePeriods:
    """How long things last, in seconds.

    Attributes:
        lease: A worker that gives no sign of life for this long has lost its job.
        seen: A second job with the same id is a duplicate; senders give up long before.
        done: A finished job is kept, for whoever wants to know what became of it.
        dead: A buried job is kept, for a person to look at and to requeue.
    """

    lease: float = 20.0
    seen: int = 7 * _DAY
    done: int = _DAY
    dead: int = 30 * _DAY


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How many open jobs there may be; a sender hears at once that there is no room for more.

    Attributes:
        partition: In one lane. Ten questions ahead in a thread are a long wait already.
        queue: In all lanes; a waiting question takes about 2 KB of Redis, and at most 40.
    """

    partition: int = 20
    queue: int = 5_000


class QueueScripts:
    """One inbox on one Redis; every change to it is one script, and so one step.

    Args:
        namespace: Keeps several bots on one Redis apart.
    """

    def __init__(self, client: Redis, namespace: str, periods: QueuePeriods) -> None:
        # The braces are the hash tag, v1 is the layout of the keys.
        self.root = f"{{{namespace}}}:v1"
        self.ready = f"{self.root}:ready"
        self.dead = f"{self.root}:dead"
        self.periods = periods
        self._script = cache(
            lambda name: load_script(client, "bot.queue", name, prelude="partitions")
        )

    async def run(self, name: str, *arguments: str | float) -> Any:
        """Run `lua/<name>.lua`; its first lines say what it takes and returns."""
        script: AsyncScript = self._script(name)
        return await script(keys=[self.root], args=arguments)
