"""Tries a command again, for a limited time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from redis.asyncio.retry import Retry
from redis.backoff import EqualJitterBackoff

RETRY_SECONDS = 8.0
"""How long a command is tried again: a restart or a failover takes a few seconds."""

_Reply = TypeVar("_Reply")

_trying: ContextVar[bool] = ContextVar("trying", default=False)


class LimitedRetry(Retry):
    """Tries again for a while, and reports each failure before it does so.

    Within a try, nothing is tried again: redis-py would also repeat the connection for each try of
    the command, so that a server that never answers would keep its caller waiting for a minute.

    redis-py copies this object deeply for each connection: *report* must be a plain function.

    Args:
        report: Called for each failure.
        patient: Whether to try again at all.
    """

    def __init__(self, report: Callable[[], None] = lambda: None, *, patient: bool = True) -> None:
        super().__init__(EqualJitterBackoff(base=0.1, cap=0.5), -1)
        self._report = report
        self._patient = patient

    async def call_with_retry(
        self,
        do: Callable[[], Awaitable[_Reply]],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,  # noqa: FBT001, FBT002 - as in the base class
    ) -> _Reply:
        """Do it until it works, or the time is over."""
        once = _trying.get() or not self._patient
        until = 0.0 if once else time.monotonic() + RETRY_SECONDS
        failures = 0
        while True:
            trying = _trying.set(True)
            try:
                return await do()
            except self._supported_errors as error:
                if is_retryable and not is_retryable(error):
                    raise
                failures += 1
                self._report()
                await fail(*((error, failures) if with_failure_count else (error,)))
                if time.monotonic() >= until:
                    raise
            finally:
                _trying.reset(trying)
            await asyncio.sleep(self._backoff.compute(failures))
