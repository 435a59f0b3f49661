"""Measures how processor time grows with the length of an input, on a busy machine too."""

import gc
import signal
import time
from collections.abc import Callable
from contextlib import suppress

FLOOR = 0.004
"""Seconds below which growth says nothing."""

MOST = 1.0
"""Seconds after which a run is stopped; it counts as having taken them."""


STEEP = 8
"""Growth, for four times as much, from which work is too slow."""


class _TooLongError(BaseException):
    """Not an Exception, so that no code under test catches it."""


def processor_seconds(work: Callable[[], object]) -> float:
    """Return the time of the processor that *work* takes, at most `MOST`.

    Without the garbage collector, which takes the longer the more the whole process holds.
    """

    def stop(*_: object) -> None:
        left = MOST - (time.thread_time() - start)
        if left <= 0:
            raise _TooLongError
        signal.setitimer(signal.ITIMER_VIRTUAL, left)  # the timer counts other threads, too

    before = signal.signal(signal.SIGVTALRM, stop)
    gc.disable()
    start = time.thread_time()
    try:
        with suppress(_TooLongError):
            signal.setitimer(signal.ITIMER_VIRTUAL, MOST)
            work()
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        gc.enable()
    return time.thread_time() - start


def superlinear(little: Callable[[], object], much: Callable[[], object]) -> str:
    """Tell how work on an input and on four times as much of it grows, "" if it is about linear.

    Linear work takes four times as long, a square sixteen times; the border is in the middle.
    """
    long = processor_seconds(much)
    if long < FLOOR:
        return ""
    short = processor_seconds(little)
    for attempt in range(8):
        if attempt > 1 and long >= MOST:
            break  # it was stopped again and again
        if long < FLOOR or long < min(0.8 * MOST, STEEP * short):
            return ""
        short = min(short, processor_seconds(little))
        long = min(long, processor_seconds(much))
    return f"{short:.4f} s, and {long:.4f} s for four times as much"
