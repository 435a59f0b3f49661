"""Redis dies, freezes, is full, is slow, is far away."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress

from bot.redis.connection import open_redis
from tests.faults.house import House
from tests.faults.redis_proxy import RedisProxy
from tests.faults.replica import raw_way, replica_of
from tests.faults.rows.row import Row

SETTLE = 0.7


async def _at_work(house: House, questions: int = 6) -> None:
    """Have some questions in work."""
    house.model.pause = 0.8
    roots = [await house.ask() for _ in range(questions)]
    await house.ask(thread=roots[0])
    await house.until(lambda: len(list(house.history.acts("take"))) >= questions)


async def killed(house: House) -> None:
    """Redis dies in the middle of the work, and while it is away people ask on."""
    await _at_work(house)
    restarting = asyncio.create_task(house.kill_redis())
    await asyncio.sleep(0)
    await house.ask()
    await restarting


async def killed_again_and_again(house: House) -> None:
    """Redis dies three times within a few seconds."""
    await _at_work(house)
    for _ in range(3):
        await house.kill_redis()
        await house.ask()
        await asyncio.sleep(SETTLE)


async def torn(house: House) -> None:
    """Redis dies while it writes: the last command in its file is torn."""
    await _at_work(house)
    await asyncio.sleep(SETTLE)
    file = house.append_only_file()
    server = await house.redis_process()
    with house.outage("Redis killed, its file torn"):
        os.kill(server, signal.SIGSTOP)
        with file.open("rb+") as data:
            # A command that was not finished: Redis cuts it off when it starts.
            data.seek(0, os.SEEK_END)
            data.write(b"*3\r\n$3\r\nSET\r\n$4\r\nto")
        os.kill(server, signal.SIGKILL)
        await house.redis_back(server)


async def frozen(house: House) -> None:
    """Redis stands still for longer than a lease."""
    await _at_work(house)
    server = await house.redis_process()
    with house.outage("Redis frozen"):
        os.kill(server, signal.SIGSTOP)
        await house.ask()
        await asyncio.sleep(house.history.lease * 1.6)
        os.kill(server, signal.SIGCONT)


async def full(house: House) -> None:
    """Redis has no room: it refuses to store, and Slack is told so."""
    await _at_work(house)
    with house.outage("Redis full"):
        await house.store.commands.config_set("maxmemory", 1)
        await house.ask()
        await asyncio.sleep(house.history.lease * 0.6)
        await house.store.commands.config_set("maxmemory", 0)


async def paused(house: House) -> None:
    """Redis answers nobody for a while."""
    await _at_work(house)
    with house.outage("Redis pauses its clients"):
        await house.store.commands.execute_command("CLIENT", "PAUSE", 3000, "ALL")
        await house.ask()
        await house.redis_back()


async def _through(house: House, change: Callable[[RedisProxy], None]) -> None:
    for process in house.alive("receive", "work", "serve"):
        change(process.proxy)


async def far_away(house: House) -> None:
    """Every command takes a tenth of a second more."""

    def delay(proxy: RedisProxy) -> None:
        proxy.delay = 0.1

    def near(proxy: RedisProxy) -> None:
        proxy.delay = 0.0

    await _through(house, delay)
    await _at_work(house)
    await house.until(lambda: all(house.is_done(a.job) for a in house.history.asked), 40)
    await _through(house, near)


async def cut(house: House) -> None:
    """Connections to Redis break again and again."""
    await _at_work(house)
    for _ in range(8):
        await _through(house, RedisProxy.cut)
        await asyncio.sleep(house.random.uniform(0.1, 0.4))


async def half_open(house: House) -> None:
    """One worker's way to Redis swallows everything for longer than its lease."""
    await _at_work(house, 4)
    process = house.holder(house.history.asked[0].job)
    house.strike(process, "cut off")
    process.proxy.silent = True
    await asyncio.sleep(house.history.lease * 2)
    process.proxy.silent = False
    house.comes(process)


async def refused(house: House) -> None:
    """Nobody gets to Redis for a while."""
    await _at_work(house)

    def close(proxy: RedisProxy) -> None:
        proxy.refusing = True
        proxy.cut()

    def open_(proxy: RedisProxy) -> None:
        proxy.refusing = False

    with house.outage("the network to Redis is down"):
        await _through(house, close)
        await house.ask()
        await asyncio.sleep(house.history.lease * 1.2)
        await _through(house, open_)


async def disk_full(house: House) -> None:
    """The disk of Redis is full for a while: it refuses to write, and Slack is told so."""
    await _at_work(house)
    filler = house.redis.folder / "filler"
    with house.outage("disk full"):
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(b"." * 4096):
                pass
        for _ in range(3):
            await house.ask()
            await asyncio.sleep(1.0)
        filler.unlink()
        # Redis tries to write again once a second.
        await asyncio.sleep(2.0)


async def failed_over(house: House) -> None:
    """The primary dies, its replica takes its place, and the address leads there."""
    closing = house.closing  # the replica stays as long as the house
    port = await closing.enter_async_context(raw_way(house.redis.socket))
    replica = await closing.enter_async_context(replica_of(port, house.folder / "replica"))
    await _at_work(house)
    await replica.in_step()
    await asyncio.sleep(SETTLE)
    with house.outage("the primary killed, the replica promoted"):
        os.kill(await house.redis_process(), signal.SIGKILL)
        await replica.promote()
        for process in house.processes:
            process.proxy.path = replica.socket
            process.proxy.cut()
        house.store = await closing.enter_async_context(open_redis(replica.url))
    await house.ask()


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
