"""Which model servers on this machine are found, and how little it takes to look."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.llm.local_servers import PROBE_SECONDS, LocalServer, find_local_servers
from tests.support.llm_server import llm_server, searching_brain


@asynccontextmanager
async def listing(body: str, status: int = 200) -> AsyncIterator[int]:
    """Serve *body* as the list of models; yield the port."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, status=status, content_type="application/json")

    application = web.Application()
    application.router.add_get("/v1/models", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def test_a_server_that_runs_is_found_with_its_models() -> None:
    """Models that only make vectors are not offered."""
    async with llm_server(searching_brain()) as server:
        port = int(server.url.rsplit(":", 1)[1].removesuffix("/v1"))
        found = await find_local_servers(5.0, {port: "Ollama"})

    assert found == [LocalServer("Ollama", f"http://127.0.0.1:{port}/v1", ("gpt-6-luna",))]


async def test_what_is_no_model_server_is_not_found() -> None:
    """Other programs use these ports, too."""
    async with (
        listing("<html>") as page,
        listing('{"data": []}') as empty,
        listing('{"data": [{"id": "m"}]}', 401) as locked,
        listing('["data"]') as odd,
    ):
        ports = dict.fromkeys([page, empty, locked, odd, 1], "x")
        assert await find_local_servers(5.0, ports) == []


async def test_a_server_that_does_not_answer_is_not_waited_for() -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    await find_local_servers(0.01, {1: "x"})  # what is imported at the first use
    started = time.monotonic()
    assert await find_local_servers(ports={port: "x"}) == []
    assert time.monotonic() - started < PROBE_SECONDS * 10
    silent.close()
