"""What every test can ask for."""

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from bot.redis.connection import RedisConnection, open_redis
from tests.support.redis import running_redis


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Lines of text: the default draws tracebacks, which takes seconds."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ]
    )


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis for the whole run."""
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[RedisConnection]:
    """An empty Redis."""
    async with open_redis(redis_url) as connection:
        await connection.commands.flushall()
        yield connection
