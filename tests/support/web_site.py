"""A small local web site, under host names that only the tests resolve."""

import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(routes: Mapping[str, Handler]) -> AsyncIterator[int]:
    """Serve *routes* on a free port of 127.0.0.1; yield the port."""
    app = web.Application()
    for path, handler in routes.items():
        app.router.add_route("*", path, handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


class Names:
    """Resolves host names as a test defines, each time to the next address of the list.

    Any other name resolves to itself.
    """

    def __init__(self, **names: Sequence[str]) -> None:
        self.asked = list[str]()
        self._names = {name.replace("_", "."): list(found) for name, found in names.items()}

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        found = self._names.get(host, [host])
        return [found.pop(0) if len(found) > 1 else found[0]]


def html(body: str, title: str = "Opening hours") -> str:
    return f"<html><head><title>{title}</title></head><body><article>{body}</article></body></html>"


def answering(
    text: str = "", *, status: int = 200, content_type: str = "text/html", charset: str = "utf-8"
) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        return web.Response(
            body=text.encode(charset), status=status, headers={"Content-Type": content_type}
        )

    return handle


def redirecting(target: str) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": target})

    return handle
