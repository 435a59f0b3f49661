"""Blocking work in a thread, never left behind."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")


async def in_thread(
    work: Callable[[], T],
    stop: Callable[[], None] = lambda: None,
    executor: Executor | None = None,
) -> T:
    """Run *work* in a thread; when cancelled, wait for its end before going on.

    A thread cannot be cancelled, and one that is left alone would go on writing files after the
    lock on them is given up.

    Args:
        work: What to run.
        stop: Called on cancellation to bring the end about.
        executor: Whose thread to use; the loop's own when absent.
    """
    task = asyncio.get_running_loop().run_in_executor(executor, work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop()
        await asyncio.wait([task])
        raise
