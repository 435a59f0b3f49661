"""The pages for operators and their machines: `/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Sequence

from aiohttp import web

from bot.telemetry.figures import CONTENT_TYPE, Figures
from bot.telemetry.loop_lag import LoopLag
from bot.telemetry.readiness import Readiness
from bot.telemetry.shared import SharedFigures


def pages(
    readiness: Readiness, lag: LoopLag, figures: Figures, shared: SharedFigures
) -> Sequence[web.RouteDef]:
    """Return the routes.

    `/healthz` answers as long as the loop does, and tells how late; it never fails because of
    others, so that a trouble of Redis or Slack restarts nobody. `/readyz` answers 503 and names
    each part that does not work.
    """

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "loop_lag_seconds": round(lag.seconds, 4)})

    async def readyz(_: web.Request) -> web.Response:
        report = await readiness.report()
        return web.json_response(report, status=200 if report["ok"] else 503)

    async def metrics(_: web.Request) -> web.Response:
        await shared.refresh()
        return web.Response(body=figures.render(), headers={"Content-Type": CONTENT_TYPE})

    return (
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", metrics),
    )
