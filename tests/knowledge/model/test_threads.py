"""Blocking work ends before anybody takes away what it uses."""

import asyncio
import threading

import pytest

from knowledge.model.threads import in_thread


async def test_its_end_is_awaited_however_often_it_is_cancelled() -> None:
    """A program that is stopped cancels what runs, and its event loop does so again."""
    started, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        may_end.wait()
        ended.set()

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(started.wait)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
    may_end.set()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_a_search_waits_for_no_slow_sites() -> None:
    """However many threads wait for them, the default executor of the loop has none of these."""
    read = threading.Event()
    sites = [asyncio.create_task(in_thread(read.wait)) for _ in range(50)]
    try:
        async with asyncio.timeout(30):
            assert await asyncio.to_thread(lambda: "found") == "found"
        assert not any(site.done() for site in sites)
    finally:
        read.set()
        await asyncio.gather(*sites)
