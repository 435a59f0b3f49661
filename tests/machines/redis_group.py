"""A primary, its replicas and a Sentinel, each on a machine of its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.redis.binary import find_binary
from tests.machines.network import Machine, Network
from tests.support.waiting import wait_until

SERVICE = "kotae"
PATIENCE = 240.0
"""Seconds for what takes a few on a machine that is not busy with other things."""

_PORT, _SENTINEL_PORT = 6379, 26_379
_PAUSE = 0.1
_DOWN_AFTER = 4_000
"""Milliseconds of silence after which the primary counts as dead; a busy machine needs some."""


class RedisNode:
    """One Redis on its machine."""

    def __init__(self, machine: Machine, folder: Path, server: Path) -> None:
        self.machine = machine
        self._folder = folder
        self._server = server
        self._process: asyncio.subprocess.Process

    async def start(self, primary: str = "") -> None:
        """Start it, as a replica of the address *primary* if one is given."""
        self._folder.mkdir(parents=True, exist_ok=True)
        options = ["--port", str(_PORT), "--bind", self.machine.address, "--protected-mode", "no"]
        options += ["--dir", str(self._folder), "--save", "", "--appendonly", "yes"]
        options += ["--min-replicas-to-write", "1", "--repl-diskless-sync-delay", "0"]
        options += ["--replicaof", primary, str(_PORT)] if primary else []
        log = self._folder / "redis.log"
        self._process = await started(
            self.machine, self._folder, str(self._server), *options, log=log
        )

    async def kill(self) -> None:
        """End it as the kernel does when memory is short."""
        self._process.kill()
        await self._process.wait()

    async def close(self) -> None:
        """End it, whatever it does."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


class RedisGroup:
    """All of them.

    Attributes:
        url: The address that the bot is given.
    """

    def __init__(self, nodes: Sequence[RedisNode], watcher: Machine) -> None:
        self.nodes = nodes
        self.url = f"sentinel://{watcher.address}:{_SENTINEL_PORT}/{SERVICE}"
        self._watcher = watcher.address

    def _sentinel(self) -> Redis:
        return Redis(host=self._watcher, port=_SENTINEL_PORT, protocol=2, decode_responses=True)

    async def primary(self) -> RedisNode:
        """Return the primary, as the Sentinel names it. Raises `LookupError`."""
        async with self._sentinel() as sentinel:
            told: Any = await sentinel.sentinel_get_master_addr_by_name(SERVICE)
        found = [node for node in self.nodes if told and node.machine.address == told[0]]
        if not found:
            raise LookupError(f"the Sentinel names {told}")
        return found[0]

    async def replicas(self) -> Sequence[RedisNode]:
        """Return the others."""
        primary = await self.primary()
        return [node for node in self.nodes if node is not primary]

    async def fail_over(self, *, lag: float = 0.0) -> float:
        """Kill the primary, and start it again as a replica once there is another one.

        Args:
            lag: Seconds for which nothing reaches the replicas before that. Then the power of the
                primary's machine fails: what it alone has is lost.

        Returns:
            Seconds from the kill until the Sentinel names another primary.
        """
        before, replicas = await self.primary(), await self.replicas()
        lagging = [node.machine for node in replicas] if lag else []
        for machine in lagging:
            before.machine.drop_packets_to(machine)
        await asyncio.sleep(lag)
        if lag:
            before.machine.cut()  # its kernel would still send what the process has written
        await before.kill()
        started_at = time.monotonic()

        async def moved() -> bool:
            await asyncio.sleep(_PAUSE)
            with suppress(RedisError, OSError, LookupError):
                return await self.primary() is not before
            return False

        await wait_until(moved, PATIENCE)
        seconds = time.monotonic() - started_at
        if lag:
            before.machine.join()
        for machine in lagging:
            before.machine.reach(machine)
        await before.start((await self.primary()).machine.address)
        await self.whole()
        return seconds

    async def whole(self) -> None:
        """Return when the primary has all its replicas, and the Sentinel knows them."""

        async def is_whole() -> bool:
            await asyncio.sleep(_PAUSE)
            with suppress(RedisError, OSError, LookupError):
                address = (await self.primary()).machine.address
                async with Redis(host=address, port=_PORT, protocol=2) as client:
                    told = await client.info("replication")
                async with self._sentinel() as sentinel:
                    known = await sentinel.sentinel_slaves(SERVICE)
                states = [told.get(f"slave{n}", {}).get("state") for n in range(len(self.nodes))]
                online = states.count("online") == len(self.nodes) - 1
                well = [one for one in known if one["flags"] == "slave"]
                return told["role"] == "master" and online and len(well) == len(self.nodes) - 1
            return False

        await wait_until(is_whole, PATIENCE)


@asynccontextmanager
async def redis_group(network: Network, folder: Path) -> AsyncIterator[RedisGroup]:
    """Run one primary, two replicas and a Sentinel, as the documentation says."""
    server = (await find_binary("", None)).path
    nodes = [RedisNode(network.add(f"redis-{n}"), folder / f"redis-{n}", server) for n in (1, 2, 3)]
    watcher = network.add("sentinel")
    settings = folder / "sentinel.conf"
    first = nodes[0].machine.address
    settings.write_text(
        f"port {_SENTINEL_PORT}\nbind {watcher.address}\nprotected-mode no\n"
        f"sentinel monitor {SERVICE} {first} {_PORT} 1\n"
        f"sentinel down-after-milliseconds {SERVICE} {_DOWN_AFTER}\n"
        f"sentinel failover-timeout {SERVICE} 10000\n"
    )
    opened = list[asyncio.subprocess.Process]()
    try:
        for node in nodes:
            await node.start("" if node is nodes[0] else first)
        command = (str(server), str(settings), "--sentinel")
        opened.append(await started(watcher, folder, *command, log=folder / "sentinel.log"))
        group = RedisGroup(nodes, watcher)
        await group.whole()
        yield group
    finally:
        for process in opened:
            process.kill()
            await process.wait()
        for node in nodes:
            await node.close()


async def started(
    machine: Machine, folder: Path, *command: str, log: Path
) -> asyncio.subprocess.Process:
    """Start a program on a machine, in *folder*; what it says is appended to *log*."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *machine.within, *command, cwd=folder, stdout=output, stderr=output
        )
