"""A Redis Cluster of three masters on this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.redis.binary import find_binary
from tests.support.ports import free_port
from tests.support.waiting import wait_until

SLOTS = 16_384
BUS_OFFSET = 10_000
"""Offset from a node's port to its cluster bus port."""


@asynccontextmanager
async def redis_cluster(folder: Path) -> AsyncIterator[str]:
    """Run a cluster and return the address of one of its nodes.

    Raises:
        RedisUnavailableError: there is no redis-server on this machine.
    """
    binary = await find_binary("", None)
    ports = [free_port() for _ in range(3)]
    processes = [
        await asyncio.create_subprocess_exec(
            binary.path,
            *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""),
            *("--cluster-enabled", "yes", "--cluster-config-file", f"nodes-{port}.conf"),
            stdout=asyncio.subprocess.DEVNULL,
        )
        for port in ports
    ]
    nodes = [Redis(port=port, decode_responses=True, protocol=2) for port in ports]
    try:
        for number, node in enumerate(nodes):
            await wait_until(lambda node=node: _answers(node))
            share = range(SLOTS * number // 3, SLOTS * (number + 1) // 3)
            await _cluster(node, "ADDSLOTS", *share)
            await _cluster(node, "MEET", "127.0.0.1", ports[0])
        for node in nodes:
            await wait_until(lambda node=node: _complete(node), 30)
        yield f"redis://127.0.0.1:{ports[1]}"
    finally:
        for node in nodes:
            await node.aclose()
        for process in processes:
            process.kill()
            await process.wait()


async def _answers(node: Redis) -> bool:
    try:
        return bool(await node.ping())
    except RedisError:
        return False


async def _complete(node: Redis) -> bool:
    told = await _cluster(node, "INFO")
    return "cluster_state:ok" in told and "cluster_known_nodes:3" in told


async def _cluster(node: Redis, *words: str | int) -> str:
    return str(await node.execute_command("CLUSTER", *words))  # type: ignore[no-untyped-call]
