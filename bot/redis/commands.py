"""Runs a command of any client, and turns its failures into errors of ours."""

import asyncio
import re
from collections.abc import Awaitable
from typing import TypeVar

from redis.exceptions import (
    AuthenticationError,
    ClusterError,
    ConnectionError,  # noqa: A004 - redis-py's own names
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,  # noqa: A004 - redis-py's own names
)

from bot.core.errors import RedisUnavailableError

RedisReply = TypeVar("RedisReply")

_REFUSAL = re.compile(r"(?:^|-)(OOM|MISCONF|NOAUTH|NOPERM|READONLY|NOREPLICAS) ")


class ReplicasMissingError(ConnectionError):
    """Too few replicas have a change, or say so in time; perhaps another server is the primary."""


_REFUSALS = {
    "OOM": "is full: raise its maxmemory",
    "NOREPLICAS": "has too few replicas to write: start them (min-replicas-to-write)",
}


async def run_command(command: Awaitable[RedisReply], address: str) -> RedisReply:
    """Return the reply to *command*.

    Raises:
        RedisUnavailableError: The server at *address* cannot be reached or used.
    """
    task = asyncio.current_task()
    cancelled = task.cancelling() if task else 0
    try:
        reply = await command
    except RedisError as error:
        reason = _why_unavailable(error)
        if not reason:
            raise
        raise RedisUnavailableError(f"Redis at {address} {reason}.") from error
    if task and task.cancelling() > cancelled:
        # redis-py waits with `asyncio.wait_for`. Before Python 3.12 that loses a cancellation which
        # comes just when the reply arrives; the task would never stop.
        raise asyncio.CancelledError
    return reply


def _why_unavailable(error: RedisError) -> str:
    """Return why the server cannot work now, or "" if the command itself was wrong."""
    match error:
        case AuthenticationError():
            return "refuses the user name or the password of REDIS_URL"
        case ReplicasMissingError():
            return "has too few replicas that confirm a change: start them (REDIS_REPLICAS)"
        case TimeoutError():
            return "does not answer in time"
        case ConnectionError() | ClusterError():
            return "cannot be reached: start it, or correct REDIS_URL"
        case OutOfMemoryError():
            return _REFUSALS["OOM"]
        case ReadOnlyError():
            return "is a read-only replica: let REDIS_URL name the primary"
        case ResponseError() if refusal := _REFUSAL.search(str(error)):
            # Inside a script, Redis 6 has the code in the middle of its text.
            return _REFUSALS.get(refusal[1], f"refuses to write: {error}")
        case _:
            return ""
