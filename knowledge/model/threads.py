"""Runs blocking work in a thread and always waits for its end."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, TypeVar

T = TypeVar("T")

_MOST_THREADS = 64

_AGAIN = 0.2
"""Seconds between two attempts to stop."""

_waited_for = threading.local()


async def in_thread(
    work: Callable[[], T],
    stop: Callable[[], None] = lambda: None,
    executor: Executor | None = None,
) -> T:
    """Run *work* in a thread and return its result; on cancellation, wait for its end first.

    A thread cannot be cancelled: left alone, it would keep writing files after the lock on them
    is released.

    Args:
        work: The function to run.
        stop: Called on cancellation, to make *work* end soon; again until it has ended.
        executor: Runs the thread; None for one that all such work shares. It is not the default one
            of the event loop, which has six threads on two cores: a search must not wait until
            slow sites have been read.
    """
    loop = asyncio.get_running_loop()
    task = loop.run_in_executor(executor or _threads(os.getpid()), partial(waited_for, loop, work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_retrieve)
        while not task.done():  # what *work* is only about to start cannot be stopped yet
            stop()
            with suppress(asyncio.CancelledError):  # whoever cancels again waits as well
                await asyncio.wait([task], timeout=_AGAIN)
        raise


def waited_for(loop: asyncio.AbstractEventLoop, work: Callable[[], T]) -> T:
    """Run *work* in this thread, for which *loop* waits, so that it may use `in_loop`."""
    _waited_for.loop = loop
    try:
        return work()
    finally:
        del _waited_for.loop


def in_loop(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run *work* in the event loop that waits for this thread, and return its result; blocks."""
    loop: asyncio.AbstractEventLoop = _waited_for.loop
    return asyncio.run_coroutine_threadsafe(work(), loop).result()


@lru_cache(maxsize=1)
def _threads(process: int) -> Executor:
    """Return the threads of *process*: a fork has none of its parent's."""
    return ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix=f"kotae-{process}")


def _retrieve(task: "asyncio.Future[T]") -> None:
    """Take the error of work that nobody waits for any more; asyncio would log it."""
    if not task.cancelled():
        task.exception()
