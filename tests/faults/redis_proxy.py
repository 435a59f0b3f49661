"""A proxy between one process and Redis: it watches, delays, cuts and interrupts scripts.

So a process can be killed between two steps of its work without a hook in its code: the command
to Redis, or its reply, never arrives.
"""

import asyncio
import hashlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import bot
from tests.faults.resp import Reader, Value

Phase = Literal["before", "after"]

LAST_WORDS_SECONDS = 30.0
"""How long Redis's answers to a caller that is gone are waited for, on a busy machine."""


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """One of the bot's Lua scripts on its way to Redis.

    Attributes:
        name: Its file without `.lua`.
        arguments: Its ARGV.
        reply: What Redis said; None before that.
        sent: When the caller sent it; of one that is sent again for want of a reply, first.
    """

    name: str
    arguments: tuple[str, ...]
    reply: Value = None
    sent: float = 0.0


@dataclass(slots=True)
class Trap:
    """Waits for a script: when it comes by, it is stopped there and *spring* runs, once."""

    phase: Phase
    matches: Callable[[ScriptCall], bool]
    spring: Callable[[], None]


@dataclass(eq=False)
class RedisProxy:
    """A TCP address that leads to the Redis at the Unix socket *path*.

    Attributes:
        seen: Told of every script that Redis has run.
        delay: Seconds by which everything to Redis is held up.
        silent: Nothing passes any more, though the connections stay open.
        refusing: New connections are closed at once.
    """

    path: Path
    seen: Callable[[ScriptCall], None]
    delay: float = 0.0
    silent: bool = False
    refusing: bool = False
    url: str = ""
    traps: list[Trap] = field(default_factory=list)
    _clients: set[asyncio.StreamWriter] = field(default_factory=set)
    _sent: dict[ScriptCall, float] = field(default_factory=dict)

    def cut(self) -> None:
        """Break every connection."""
        for writer in self._clients:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection through until either side ends it."""
        self._clients.add(writer)
        try:
            if not self.refusing:
                await self._pass(reader, writer)
        except OSError:
            pass  # a broken connection is what this is for
        finally:
            self._clients.discard(writer)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_redis, to_redis = await asyncio.open_unix_connection(self.path)
        underway = deque[ScriptCall | None]()
        orders = asyncio.create_task(self._orders(reader, to_redis, underway))
        replies = asyncio.create_task(self._replies(from_redis, writer, underway))
        try:
            await asyncio.wait({orders, replies}, return_when=asyncio.FIRST_COMPLETED)
            # What Redis was told before the caller died, it does; and that has to be seen.
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS_SECONDS):
                    while any(underway) and not replies.done():  # noqa: ASYNC110 - no bell rings
                        await asyncio.sleep(0.01)
        finally:
            to_redis.transport.abort()
            orders.cancel()
            replies.cancel()
            await asyncio.gather(orders, replies, return_exceptions=True)

    async def _orders(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        underway: deque[ScriptCall | None],
    ) -> None:
        stream = Reader()
        while data := await reader.read(2**16):
            await self._hold_up()
            for command, raw in stream.feed(data):
                call = _script_call(command)
                if self._sprung("before", call):
                    return
                if call:
                    self._sent.setdefault(call, time.time())
                underway.append(call)
                writer.write(raw)
            await writer.drain()

    async def _replies(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        underway: deque[ScriptCall | None],
    ) -> None:
        stream = Reader()
        while data := await reader.read(2**16):
            await self._sound()
            for reply, raw in stream.feed(data):
                call = underway.popleft()
                if call and not isinstance(reply, Exception):
                    sent = self._sent.pop(call, time.time())
                    told = replace(call, reply=reply, sent=sent)
                    self.seen(told)
                    if self._sprung("after", told):
                        return
                if not writer.transport.is_closing():
                    writer.write(raw)

    async def _hold_up(self) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)
        await self._sound()

    async def _sound(self) -> None:
        while self.silent:  # noqa: ASYNC110 - nothing announces its end
            await asyncio.sleep(0.02)

    def _sprung(self, phase: Phase, call: ScriptCall | None) -> bool:
        for trap in self.traps:
            if call and trap.phase == phase and trap.matches(call):
                self.traps.remove(trap)
                trap.spring()
                return True
        return False


@asynccontextmanager
async def redis_proxy(path: Path, seen: Callable[[ScriptCall], None]) -> AsyncIterator[RedisProxy]:
    """Run a proxy on loopback until the block ends."""
    proxy = RedisProxy(path, seen)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    proxy.url = f"redis://127.0.0.1:{port}/0"
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 5)


def _script_call(command: Value) -> ScriptCall | None:
    """Read `EVALSHA sha count keys… arguments…`; None for everything else."""
    if not isinstance(command, list) or len(command) < 3 or command[0] != b"EVALSHA":
        return None
    words = [word.decode() for word in command[1:] if isinstance(word, bytes)]
    name = SCRIPTS.get(words[0], "")
    return ScriptCall(name, tuple(words[2 + int(words[1]) :])) if name else None


def _scripts() -> Mapping[str, str]:
    """Return the bot's scripts by their digest, with and without each possible prelude."""
    found: dict[str, str] = {}
    files = list(Path(bot.__file__).parent.rglob("*.lua"))
    for folder in {file.parent for file in files}:
        texts = {file.stem: file.read_text("utf-8") for file in folder.glob("*.lua")}
        for name, text in texts.items():
            for whole in (text, *(f"{prelude}\n{text}" for prelude in texts.values())):
                found[hashlib.sha1(whole.encode()).hexdigest()] = name
    return found


SCRIPTS = _scripts()
