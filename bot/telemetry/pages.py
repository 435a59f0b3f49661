"""The pages for operators and monitoring: `/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from bot.telemetry.loop_lag import LoopLag
from bot.telemetry.metrics import CONTENT_TYPE, Metrics
from bot.telemetry.readiness import Readiness
from bot.telemetry.shared_metrics import SharedMetrics

Scrape = Callable[[], Awaitable[bytes]]
"""Returns the metrics in Prometheus' text format."""


def scrape_of(metrics: Metrics, shared: SharedMetrics) -> Scrape:
    """Return what reads *metrics* after what is the same in every process was read anew."""

    async def scrape() -> bytes:
        await shared.refresh()
        return metrics.render()

    return scrape


def health_page(lag: LoopLag) -> web.RouteDef:
    """Return the route of `/healthz`, which may be public.

    It answers as long as the event loop runs, and tells its delay. It never depends on Redis or
    Slack: a restart of the bot would not mend them.
    """

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "loop_lag_seconds": round(lag.seconds, 4)})

    return web.get("/healthz", healthz)


def pages(readiness: Readiness, lag: LoopLag, scrape: Scrape) -> Sequence[web.RouteDef]:
    """Return all routes; *scrape* returns what `/metrics` shows.

    `/readyz` answers 503 when a dependency does not work, and names it. It and `/metrics` tell of
    the team, its model and its costs.
    """

    async def readyz(_: web.Request) -> web.Response:
        report = await readiness.report()
        return web.json_response(report, status=200 if report["ok"] else 503)

    async def metrics_page(_: web.Request) -> web.Response:
        return web.Response(body=await scrape(), headers={"Content-Type": CONTENT_TYPE})

    return (
        health_page(lag),
        web.get("/readyz", readyz),
        web.get("/metrics", metrics_page),
    )
