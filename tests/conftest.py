"""What every test can ask for."""

import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings
from xdist.scheduler import WorkStealingScheduling

from bot.redis.connection import RedisConnection, open_redis
from tests.safety.tally import TALLY
from tests.support.redis import running_redis

# An ordinary run is the same every time, on a busy machine too; `--hypothesis-profile=search`
# looks for examples that nobody has tried.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", parent=settings.get_profile("repeatable"), derandomize=False)
settings.load_profile("repeatable")

# A shell lets what it starts in the background ignore Ctrl-C, and so would every program of a test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Of several processes, each tells what it has tried."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["tally"] = TALLY.told()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WorkStealingScheduling:
    """Let a process that has finished its tests take some of another's."""
    return WorkStealingScheduling(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in what another process has tried."""
    TALLY.take_in(getattr(node, "workeroutput", {}).get("tally", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was tried against the bot, and what escaped."""
    if TALLY.rows:
        terminalreporter.section("content safety")
        for line in TALLY.lines():
            terminalreporter.write_line(line)


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
