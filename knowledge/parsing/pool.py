"""Parser processes for what people send: few at once, and one person's files in turn."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from knowledge.model.threads import in_thread
from knowledge.parsing.process import ParsedDocument, ParserProcess

T = TypeVar("T")

PROCESSES = 2
BUDGET = 512 * 1024**2
"""Bytes that all processes of a pool together may allocate."""

SECONDS = 12.0
"""Time for one file. The real files that were measured take less than two."""


class ParserPool:
    """Lends parser processes, a new one each time, so that nobody meets another person's files.

    Its threads are its own: however much people send, the threads that search uses stay free.

    Args:
        processes: Most processes at the same time.
        budget: Bytes that all of them together may allocate.
        seconds: Time for one file.
    """

    def __init__(
        self, processes: int = PROCESSES, budget: int = BUDGET, seconds: float = SECONDS
    ) -> None:
        self._memory = budget // processes
        self._seconds = seconds
        self._slots = asyncio.Semaphore(processes)
        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="parser")

    @asynccontextmanager
    async def parser(self, person: str) -> AsyncIterator["LentParser"]:
        """Lend a process for what *person* sent; one at a time for each person."""
        async with self._turn(person), self._slots:
            process = ParserProcess(self._seconds, self._memory)
            try:
                yield LentParser(process, self._threads)
            finally:
                await in_thread(process.close, executor=self._threads)

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
        """Take no more work; processes that are lent end with their work."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class LentParser:
    """A parser process that may be awaited."""

    def __init__(self, process: ParserProcess, threads: ThreadPoolExecutor) -> None:
        self._process = process
        self._threads = threads

    async def parse(self, data: bytes, name: str, tokens: int, longest: int = -1) -> ParsedDocument:
        """Parse the file *name*; arguments and errors are those of `ParserProcess.parse`."""
        return await self._run(partial(self._process.parse, data, name, tokens, longest))

    async def call(self, function: str, data: bytes, **arguments: object) -> Any:
        """Run *function* on *data*; see `ParserProcess.call`."""
        return await self._run(partial(self._process.call, function, data, **arguments))

    async def _run(self, work: Callable[[], T]) -> T:
        return await in_thread(work, stop=self._process.close, executor=self._threads)
