"""Redis dies, freezes, is full, is slow, is far away."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress

from bot.redis.connection import open_redis
from tests.faults.deployment import Deployment
from tests.faults.redis_proxy import RedisProxy
from tests.faults.replica import raw_way, replica_of
from tests.faults.rows.row import Row

SETTLE = 0.7


async def _at_work(deployment: Deployment, questions: int = 6) -> None:
    """Have some questions in work."""
    deployment.model.pause = 0.8
    roots = [await deployment.ask() for _ in range(questions)]
    await deployment.ask(thread=roots[0])
    await deployment.until(lambda: len(list(deployment.history.acts("take"))) >= questions)


async def killed(deployment: Deployment) -> None:
    """Redis dies in the middle of the work, and while it is away people ask on."""
    await _at_work(deployment)
    restarting = asyncio.create_task(deployment.kill_redis())
    await asyncio.sleep(0)
    await deployment.ask()
    await restarting


async def killed_again_and_again(deployment: Deployment) -> None:
    """Redis dies three times within a few seconds."""
    await _at_work(deployment)
    for _ in range(3):
        await deployment.kill_redis()
        await deployment.ask()
        await asyncio.sleep(SETTLE)


async def torn(deployment: Deployment) -> None:
    """Redis dies while it writes: the last command in its file is torn."""
    await _at_work(deployment)
    await asyncio.sleep(SETTLE)
    file = deployment.append_only_file()
    server = await deployment.redis_process()
    with deployment.outage("Redis killed, its file torn"):
        os.kill(server, signal.SIGSTOP)
        with file.open("rb+") as data:
            # A command that was not finished: Redis cuts it off when it starts.
            data.seek(0, os.SEEK_END)
            data.write(b"*3\r\n$3\r\nSET\r\n$4\r\nto")
        os.kill(server, signal.SIGKILL)
        await deployment.redis_back(server)


async def frozen(deployment: Deployment) -> None:
    """Redis stands still for longer than a lease."""
    await _at_work(deployment)
    server = await deployment.redis_process()
    with deployment.outage("Redis frozen"):
        os.kill(server, signal.SIGSTOP)
        await deployment.ask()
        await asyncio.sleep(deployment.history.lease * 1.6)
        os.kill(server, signal.SIGCONT)


async def full(deployment: Deployment) -> None:
    """Redis has no room: it refuses to store, and Slack is told so."""
    await _at_work(deployment)
    with deployment.outage("Redis full"):
        await deployment.store.commands.config_set("maxmemory", 1)
        await deployment.ask()
        await asyncio.sleep(deployment.history.lease * 0.6)
        await deployment.store.commands.config_set("maxmemory", 0)


async def paused(deployment: Deployment) -> None:
    """Redis answers nobody for a while."""
    await _at_work(deployment)
    with deployment.outage("Redis pauses its clients"):
        await deployment.store.commands.execute_command("CLIENT", "PAUSE", 3000, "ALL")
        await deployment.ask()
        await deployment.redis_back()


async def _through(deployment: Deployment, change: Callable[[RedisProxy], None]) -> None:
    for process in deployment.alive("receive", "work", "serve"):
        change(process.proxy)


async def far_away(deployment: Deployment) -> None:
    """Every command takes a tenth of a second more."""

    def delay(proxy: RedisProxy) -> None:
        proxy.delay = 0.1

    def near(proxy: RedisProxy) -> None:
        proxy.delay = 0.0

    await _through(deployment, delay)
    await _at_work(deployment)
    await deployment.all_done(40)
    await _through(deployment, near)


async def cut(deployment: Deployment) -> None:
    """Connections to Redis break again and again."""
    await _at_work(deployment)
    for _ in range(8):
        await _through(deployment, RedisProxy.cut)
        await asyncio.sleep(deployment.random.uniform(0.1, 0.4))


async def half_open(deployment: Deployment) -> None:
    """One worker's connections to Redis swallow everything for longer than its lease."""
    await _at_work(deployment, 4)
    process = deployment.holder(deployment.history.asked[0].job)
    deployment.strike(process, "cut off")
    process.proxy.silent = True
    await asyncio.sleep(deployment.history.lease * 2)
    process.proxy.silent = False
    deployment.comes(process)


async def refused(deployment: Deployment) -> None:
    """Nobody gets to Redis for a while."""
    await _at_work(deployment)

    def close(proxy: RedisProxy) -> None:
        proxy.refusing = True
        proxy.cut()

    def open_(proxy: RedisProxy) -> None:
        proxy.refusing = False

    with deployment.outage("the network to Redis is down"):
        await _through(deployment, close)
        await deployment.ask()
        await asyncio.sleep(deployment.history.lease * 1.2)
        await _through(deployment, open_)


async def disk_full(deployment: Deployment) -> None:
    """The disk of Redis is full for a while: it refuses to write, and Slack is told so."""
    await _at_work(deployment)
    filler = deployment.redis.folder / "filler"
    with deployment.outage("disk full"):
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(b"." * 4096):
                pass
        for _ in range(3):
            await deployment.ask()
            await asyncio.sleep(1.0)
        filler.unlink()
        # Redis tries to write again once a second.
        await asyncio.sleep(2.0)


async def failed_over(deployment: Deployment) -> None:
    """The primary dies, its replica takes its place, and the address leads there."""
    closing = deployment.closing  # the replica lives as long as the deployment
    port = await closing.enter_async_context(raw_way(deployment.redis.socket))
    replica = await closing.enter_async_context(replica_of(port, deployment.folder / "replica"))
    await _at_work(deployment)
    await replica.in_step()
    await asyncio.sleep(SETTLE)
    with deployment.outage("the primary killed, the replica promoted"):
        os.kill(await deployment.redis_process(), signal.SIGKILL)
        await replica.promote()
        for process in deployment.processes:
            process.proxy.path = replica.socket
            process.proxy.cut()
        deployment.store = await closing.enter_async_context(open_redis(replica.url))
    await deployment.ask()


ROWS = (
    Row("Redis killed and restarted", "kill -9 of the server", killed, quick=True),
    Row("Redis killed three times in a row", "kill -9 of the server", killed_again_and_again),
    Row("Redis killed, last write torn", "kill -9, half a command at the end of the file", torn),
    Row("Redis frozen longer than a lease", "SIGSTOP, SIGCONT of the server", frozen),
    Row("Redis full", "CONFIG SET maxmemory 1", full),
    Row("Redis pauses", "CLIENT PAUSE 3000", paused),
    Row("Redis far away", "100 ms on every command", far_away),
    Row("connections to Redis break", "TCP proxy cuts all, 8 times", cut),
    Row("Redis unreachable", "TCP proxy refuses for 1.2 leases", refused),
    Row(
        "the disk of Redis is full",
        "a file system of 4 MB filled up",
        disk_full,
        alone=True,
        disk=4 * 2**20,
    ),
    Row(
        "failover to a replica",
        "kill -9 of the primary, REPLICAOF NO ONE, the address moved",
        failed_over,
        alone=True,
    ),
    Row("one worker half cut off from Redis", "TCP proxy swallows for 2 leases", half_open),
)
