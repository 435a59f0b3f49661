"""What happens to the machines in a soak, one thing after the other."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tests.machines.hosts import Host, Hosts
from tests.machines.network import Machine
from tests.machines.people import People
from tests.machines.redis_group import PATIENCE, RedisGroup
from tests.support.waiting import wait_until

AWAY_SECONDS = 20.0
"""How long something is cut off: longer than a worker's lease, and than that of the indexer."""

LAG_SECONDS = 3.0

_PAUSE = 0.2
_BEHIND_SECONDS = 6.0
"""After this long, a machine has told the others that it is behind: it reports every 4 seconds."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that was done to a machine.

    Attributes:
        at: When it began, in seconds since the epoch.
        seconds: Until all was well again.
        figures: What else was measured, in seconds.
    """

    what: str
    at: float
    seconds: float
    figures: Mapping[str, float] = field(default_factory=dict)


Harm = Callable[["Injuries"], Awaitable[Mapping[str, float]]]


@dataclass
class Injuries:
    """Does them, and returns when all is well again.

    Attributes:
        store: The machine of the object store.
        look: Called while one machine is behind.
    """

    hosts: Hosts
    redis: RedisGroup
    store: Machine
    people: People
    look: Callable[[Host], Awaitable[None]]
    happened: list[Happened] = field(default_factory=list)

    async def do(self, what: str) -> None:
        """Do one of `HARMS`."""
        at, since = time.time(), time.monotonic()
        figures = await HARMS[what](self)
        self.happened.append(Happened(what, at, time.monotonic() - since, figures))

    async def follow(self, *hosts: Host) -> float:
        """Index changed documents, until these hosts, or all, have them; return seconds."""
        self.people.change_documents()
        await self.people.reindex()
        wanted = (await self.hosts.indexer()).version
        since = time.monotonic()

        async def there() -> bool:
            await asyncio.sleep(_PAUSE)
            return all(host.version >= wanted for host in hosts or self.hosts.all)

        await wait_until(there, PATIENCE)
        return time.monotonic() - since

    async def change(self) -> Mapping[str, float]:
        """Documents change."""
        return {"until every host has them": await self.follow()}

    async def kill_worker(self) -> Mapping[str, float]:
        """kill -9 of a worker that does not make the index."""
        indexer = await self.hosts.indexer()
        await self._restart(next(host for host in self.hosts.all[1:] if host is not indexer))
        return {}

    async def kill_indexer(self) -> Mapping[str, float]:
        """kill -9 of the indexer, once it has begun to make a version, if it does in time."""
        indexer = await self.hosts.indexer()
        before = set(indexer.folder.glob("index/version-*"))
        self.people.change_documents()
        reindexed = asyncio.create_task(self.people.reindex())
        end = time.monotonic() + AWAY_SECONDS

        def begun() -> bool:
            there = set(indexer.folder.glob("index/version-*"))
            return not there <= before or time.monotonic() > end

        await wait_until(begun, PATIENCE)
        await indexer.kill()
        since = time.monotonic()
        await self.hosts.indexer(but=indexer)
        seconds = time.monotonic() - since
        await self.hosts.start(indexer)
        await self.hosts.ready(indexer)
        reindexed.cancel()  # who was to tell its outcome may have been killed
        await asyncio.gather(reindexed, return_exceptions=True)
        return {"until another host makes the index": seconds, **await self.change()}

    async def fail_over(self) -> Mapping[str, float]:
        """kill -9 of the primary; it comes back as a replica."""
        return await self._failed_over(0.0)

    async def fail_over_late(self) -> Mapping[str, float]:
        """The power of the primary fails, while its replicas lag by some seconds."""
        return await self._failed_over(LAG_SECONDS)

    async def cut_worker(self) -> Mapping[str, float]:
        """The cable of a worker's host is pulled out for a while."""
        await self._away(self.hosts.all[2].machine)
        return {}

    async def cut_receiver(self) -> Mapping[str, float]:
        """The cable of the host that Slack talks with."""
        await self._away(self.hosts.all[0].machine)
        return {}

    async def cut_store(self) -> Mapping[str, float]:
        """The cable of the object store, while documents change."""
        self.people.change_documents()
        reindexed = asyncio.create_task(self.people.reindex())
        await self._away(self.store)
        await reindexed
        return await self.change()

    async def leave_behind(self) -> Mapping[str, float]:
        """One host alone cannot reach the object store, so it stays behind."""
        indexer = await self.hosts.indexer()
        behind = next(host for host in self.hosts.all[1:] if host is not indexer)
        behind.machine.drop_packets_to(self.store)
        try:
            others = [host for host in self.hosts.all if host is not behind]
            seconds = await self.follow(*others)
            await asyncio.sleep(_BEHIND_SECONDS)
            await self.look(behind)
        finally:
            behind.machine.reach(self.store)
        return {"until the others have them": seconds, **await self.change()}

    async def _failed_over(self, lag: float) -> Mapping[str, float]:
        moved = await self.redis.fail_over(lag=lag)
        asked = len(self.people.record.asked)
        since = time.monotonic()
        await self.people.ask_some(1)
        job = self.people.record.asked[asked].job

        async def answered() -> bool:
            await asyncio.sleep(_PAUSE)
            return any(reply.done for reply in self.people.take_stock().replies_to(job))

        await wait_until(answered, PATIENCE)
        return {
            "until there is another primary": moved,
            "from there to the next answer": time.monotonic() - since,
        }

    async def _restart(self, host: Host) -> None:
        await host.kill()
        await self.hosts.start(host)
        await self.hosts.ready(host)

    async def _away(self, machine: Machine) -> None:
        machine.cut()
        await asyncio.sleep(AWAY_SECONDS)
        machine.join()
        await self.hosts.ready()


HARMS: Mapping[str, Harm] = {
    "documents change": Injuries.change,
    "a worker is killed": Injuries.kill_worker,
    "the indexer is killed": Injuries.kill_indexer,
    "Redis fails over": Injuries.fail_over,
    "a worker's host is cut off": Injuries.cut_worker,
    "the object store is cut off": Injuries.cut_store,
    "one host cannot reach the store": Injuries.leave_behind,
    "Slack's host is cut off": Injuries.cut_receiver,
    "Redis loses power, and its replicas lag": Injuries.fail_over_late,
}
