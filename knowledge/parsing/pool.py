"""A pool of parser processes for attached files: few at once, one per person."""

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
"""Bytes that all processes of a pool may allocate together."""

SECONDS = 12.0
"""Seconds for one file; real files measured less than two."""


class ParserPool:
    """Provides parser processes, a new one each time, so that files of two people never meet.

    It has its own threads, so that many files never block the threads that search uses.

    Args:
        processes: Maximum number of concurrent processes.
        budget: Bytes that all of them may allocate together.
        seconds: Time limit for one file.
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
        """Provide a process for the files of *person*; one at a time for each person."""
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
        """Accept no more work; processes in use end with their work."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class LentParser:
    """A parser process with an asynchronous interface."""

    def __init__(self, process: ParserProcess, threads: ThreadPoolExecutor) -> None:
        self._process = process
        self._threads = threads

    async def parse(self, data: bytes, name: str, tokens: int, longest: int = -1) -> ParsedDocument:
        """Parse the file *name*; has the arguments and errors of `ParserProcess.parse`."""
        return await self._run(partial(self._process.parse, data, name, tokens, longest))

    async def call(self, function: str, data: bytes, **arguments: object) -> Any:
        """Run *function* on *data*; has the arguments and errors of `ParserProcess.call`."""
        return await self._run(partial(self._process.call, function, data, **arguments))

    async def _run(self, work: Callable[[], T]) -> T:
        return await in_thread(work, stop=self._process.close, executor=self._threads)
