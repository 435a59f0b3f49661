"""A pool of parser processes for attached files: few at once, one per person."""

import asyncio
import heapq
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from typing import Any, TypeVar

from knowledge.model.errors import ParseError, ParserLimitError
from knowledge.model.threads import in_thread
from knowledge.parsing.process import ParsedDocument, ParserProcess

T = TypeVar("T")

PROCESSES = 2
BUDGET = 512 * 1024**2
"""Bytes that all processes of a pool may allocate together."""

SECONDS = 12.0
"""Seconds of the processor for one file; real files measured less than two."""

SHORT = 4.0
"""Seconds of the processor for one file while somebody else waits, and for all files in a row."""


class ParserPool:
    """Provides parser processes, a new one each time, so that files of two people never meet.

    It has its own threads, so that many files never block the threads that search uses. Among those
    who wait, the one whose files took the least time is next.

    Args:
        processes: Maximum number of concurrent processes.
        budget: Bytes that all of them may allocate together.
        seconds: Limit for one file; see `ParserProcess`.
        short: The limit while others wait.
    """

    def __init__(
        self,
        processes: int = PROCESSES,
        budget: int = BUDGET,
        seconds: float = SECONDS,
        short: float = SHORT,
    ) -> None:
        self._memory = budget // processes
        self._seconds = seconds
        self._slots = _Slots(processes, short)
        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="parser")

    @asynccontextmanager
    async def parser(self, person: str) -> AsyncIterator["LentParser"]:
        """Provide a process for the files of *person*; one at a time for each person."""
        process = ParserProcess(self._seconds, self._memory)
        lent = LentParser(process, self._threads, self._slots, person)
        async with self._turn(person):
            await self._slots.enter(lent)
            try:
                yield lent
            finally:
                try:
                    await in_thread(process.close, executor=self._threads)
                finally:
                    self._slots.leave(lent)

    @asynccontextmanager
    async def _turn(self, person: str) -> AsyncIterator[None]:
        lock, waiting = self._turns.get(person, (asyncio.Lock(), 0))
        self._turns[person] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            _, waiting = self._turns[person]
            if waiting == 1:
                del self._turns[person]
            else:
                self._turns[person] = lock, waiting - 1

    def close(self) -> None:
        """Accept no more work; processes in use end with their work."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class LentParser:
    """A parser process with an asynchronous interface."""

    def __init__(
        self, process: ParserProcess, threads: ThreadPoolExecutor, slots: "_Slots", person: str
    ) -> None:
        self.person = person
        self._process = process
        self._threads = threads
        self._slots = slots
        self._parsing = False
        self._before = self._stopped_after = self._used = 0.0

    async def parse(self, data: bytes, name: str, tokens: int, longest: int = -1) -> ParsedDocument:
        """Parse the file *name*; has the arguments and errors of `ParserProcess.parse`."""
        return await self._run(partial(self._process.parse, data, name, tokens, longest))

    async def call(self, function: str, data: bytes, **arguments: object) -> Any:
        """Run *function* on *data*; has the arguments and errors of `ParserProcess.call`."""
        return await self._run(partial(self._process.call, function, data, **arguments))

    def hurry(self, seconds: float) -> None:
        """Stop the file that is being parsed if its process worked for more than *seconds*."""
        if self._parsing and self._process.worked() - self._before >= seconds:
            self._stopped_after = seconds
            self._process.kill()

    async def _run(self, work: Callable[[], T]) -> T:
        if self._slots.crowded(self._used):
            await in_thread(self._process.close, executor=self._threads)
            await self._slots.swap(self)
            self._used = 0.0
        began, self._before, self._stopped_after = time.monotonic(), self._process.worked(), 0.0
        self._parsing = True
        try:
            return await in_thread(work, stop=self._process.kill, executor=self._threads)
        except ParseError as error:
            if self._stopped_after:
                raise ParserLimitError(
                    f"took longer than {self._stopped_after:.0f} seconds to read"
                ) from error
            raise
        finally:
            took = time.monotonic() - began
            self._used += took
            self._slots.note(self.person, took)
            self._parsing = False


class _Slots:
    """Who may have a process now, and who next.

    Args:
        free: Processes that may run at once.
        short: Seconds for one file, and for several in a row, while somebody waits.
    """

    def __init__(self, free: int, short: float) -> None:
        self._all = self._free = free
        self._short = short
        self._lent = set[LentParser]()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._took = defaultdict[str, float](float)

    async def enter(self, lent: LentParser) -> None:
        """Wait for a process; the files of the others are then held to the short limit."""
        if self._free:
            self._free -= 1
        else:
            loop = asyncio.get_running_loop()
            turn = loop.create_future()
            place = self._took[lent.person], next(self._numbers), turn
            heapq.heappush(self._waiting, place)
            watch = loop.create_task(self._hurry())
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._pass_on()
                raise
            finally:
                watch.cancel()
        self._lent.add(lent)

    def leave(self, lent: LentParser) -> None:
        """Give the process to the next one."""
        if lent in self._lent:
            self._lent.remove(lent)
            self._pass_on()
        if self._free == self._all:
            self._took.clear()

    async def swap(self, lent: LentParser) -> None:
        """Let the others go first."""
        self.leave(lent)
        await self.enter(lent)

    def crowded(self, used: float) -> bool:
        """Tell whether somebody waits while one has *used* a process for a while, in seconds."""
        return used >= self._short and any(not turn.done() for _, _, turn in self._waiting)

    def note(self, person: str, seconds: float) -> None:
        """Remember what the files of *person* took, until nobody has any."""
        self._took[person] += seconds

    def _pass_on(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    async def _hurry(self) -> None:
        while True:
            for lent in tuple(self._lent):
                lent.hurry(self._short)
            await asyncio.sleep(self._short / 8)
