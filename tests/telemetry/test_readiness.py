"""What is not ready is named with its reason; living does not depend on others."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families
from redis.exceptions import ResponseError

from bot.core.errors import RedisUnavailableError
from bot.telemetry.loop_lag import LoopLag
from bot.telemetry.metrics import Metrics, SharedStanding
from bot.telemetry.pages import pages
from bot.telemetry.readiness import Readiness, ReadinessCheck, remembered
from bot.telemetry.shared_metrics import SharedMetrics
from knowledge.model.errors import IndexMissingError
from knowledge.model.types import KnowledgeStatus, SourceStatus
from tests.support.waiting import wait_until


async def well() -> str:
    return "version-1"


async def ill() -> str:
    raise RedisUnavailableError("Redis at /tmp/redis.sock cannot be reached")


async def missing() -> str:
    raise IndexMissingError("nothing is indexed yet")


async def silent() -> str:
    await asyncio.Event().wait()
    raise AssertionError


@asynccontextmanager
async def opened(
    **checks: ReadinessCheck,
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """Serve the pages of a process with *checks*."""
    metrics = Metrics()
    lag = LoopLag(metrics.loop_lagged)
    shared = SharedMetrics(_empty, _nobody, KnowledgeStatus)
    metrics.share(lambda: shared.latest)
    application = web.Application()

    async def scrape() -> bytes:
        await shared.refresh()
        return metrics.render()

    application.add_routes(pages(Readiness(checks), lag, scrape))
    async with lag.watching(), TestClient(TestServer(application)) as client:
        yield client


async def _empty() -> dict[str, int]:
    return {"ready": 0}


async def _nobody() -> float:
    return 0.0


async def test_each_part_that_is_not_ready_is_named_with_its_reason() -> None:
    """All are asked, and one that does not answer holds up no other."""
    async with opened(redis=ill, knowledge=missing, slack=silent, more=well) as client:
        response = await client.get("/readyz")
        told = await response.json()

    assert response.status == 503
    assert told == {
        "ok": False,
        "redis": {"ok": False, "reason": "Redis at /tmp/redis.sock cannot be reached"},
        "knowledge": {"ok": False, "reason": "nothing is indexed yet"},
        "slack": {"ok": False, "reason": "no answer within 1 s"},
        "more": {"ok": True, "name": "version-1"},
    }


async def test_all_is_well() -> None:
    """Then the name of the index is told."""
    async with opened(knowledge=well) as client:
        response = await client.get("/readyz")
        told = await response.json()

    assert response.status == 200
    assert told == {"ok": True, "knowledge": {"ok": True, "name": "version-1"}}


async def test_living_does_not_depend_on_others_and_tells_the_lag() -> None:
    """A restart heals no other program; a loop that was held up says so."""
    async with opened(redis=ill) as client:
        time.sleep(0.4)  # noqa: ASYNC251 - holds up the loop: that is what is measured

        async def lagged() -> bool:
            response = await client.get("/healthz")
            assert response.status == 200
            told = json.loads(await response.text())
            assert told["ok"] is True
            return bool(told["loop_lag_seconds"] > 0.1)

        await wait_until(lagged)


async def test_metrics_are_served_as_prometheus_wants_them() -> None:
    """With the content type of its text format."""
    async with opened() as client:
        response = await client.get("/metrics")
        text = await response.text()

    names = {family.name for family in text_string_to_metric_families(text)}
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert {"kotae_jobs", "kotae_loop_lag_seconds", "process_resident_memory_bytes"} <= names


async def test_what_is_dear_to_ask_is_remembered_only_while_it_is_well() -> None:
    """A failure is asked anew; a success lasts for a while."""
    answers = iter([well, ill, well, well])
    asked = []

    async def dear() -> str:
        asked.append(1)
        return await next(answers)()

    short, long = remembered(dear, 0.0), remembered(dear, 60.0)
    await short()
    report = await Readiness({"slack": short}).report()
    assert report["ok"] is False
    await long()
    await long()

    assert len(asked) == 3


async def test_many_scrapers_read_the_queue_once() -> None:
    """The shared metrics are a few seconds old at most, however often one looks."""
    reads = []

    async def backlog() -> dict[str, int]:
        reads.append(1)
        return {"ready": 1}

    shared = SharedMetrics(backlog, _nobody, KnowledgeStatus)
    await asyncio.gather(*(shared.refresh() for _ in range(20)))

    assert len(reads) == 1
    assert shared.latest is not None
    assert shared.latest.backlog == {"ready": 1}


@pytest.mark.parametrize(
    "error", [RedisUnavailableError("away"), ResponseError("WRONGTYPE"), KeyError("odd")]
)
async def test_a_queue_that_cannot_be_counted_leaves_the_index_known(error: Exception) -> None:
    """Scraping goes on while Redis is away, or the queue is damaged."""

    async def away() -> dict[str, int]:
        raise error

    index = KnowledgeStatus(index_version="version-1", created_at=1.0, chunks=4, documents=2)
    shared = SharedMetrics(away, _nobody, lambda: index)
    await shared.refresh()

    assert shared.latest is not None
    assert shared.latest.backlog is None
    assert (shared.latest.published_at, shared.latest.chunks) == (1.0, 4)


async def test_how_the_whole_bot_stands_is_read_with_the_queue() -> None:
    """A budget that Redis does not tell is unknown, and the index is known all the same."""

    async def standing() -> SharedStanding:
        return SharedStanding(workers=3, budget_used=0.5)

    async def away() -> SharedStanding:
        raise RedisUnavailableError("away")

    index = KnowledgeStatus(index_version="version-1", sources=(SourceStatus("wiki"),))
    found = []
    for read in (standing, away):
        shared = SharedMetrics(_empty, _nobody, lambda: index, read, lambda known: [known[0].name])
        await shared.refresh()
        found.append(shared.latest)

    assert [one and one.standing.workers for one in found] == [3, None]
    assert [one and list(one.late) for one in found] == [["wiki"], ["wiki"]]
