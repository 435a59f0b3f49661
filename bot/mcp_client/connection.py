"""Connections to servers, each for one call: whatever a server does costs only that call.

The SDK reads messages of any length. Here a server that goes on for ever is cut off.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
import mcp_types as types
from mcp import Client
from mcp.client.stdio import get_default_environment
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage

from bot.core.addresses import is_public
from bot.mcp_client import texts
from bot.mcp_client.errors import ServerError
from knowledge.model.settings import McpServerSettings

MOST_BYTES = 2_000_000
"""Bytes of one message of a server, and of all that it sends by HTTP for one call."""

STOP_SECONDS = 2.0
"""How long a program may take to end by itself when its input ends."""

KILL_SECONDS = 10.0
"""How long to wait for the system to end a killed program."""


@asynccontextmanager
async def connected(server: McpServerSettings, token: str) -> AsyncIterator[Client]:
    """Connect to *server* with its *token*, "" for none.

    Raises:
        ServerError: the token would travel unprotected, or the server refuses it.
        Exception: whatever else goes wrong on the way.
    """
    http = None if server.command else _client(server, token)
    try:
        async with AsyncExitStack() as closing:
            if http is None:
                environment = {**get_default_environment()}
                if token:
                    environment[server.token_env] = token
                transport: Any = program(server.command, environment)
            else:
                await closing.enter_async_context(http)
                transport = streamable_http_client(server.url, http_client=http)
            yield await closing.enter_async_context(Client(transport, cache=None))
    except Exception:
        if http is None or not http.refused_with:
            raise
        refused = partial(texts.REFUSED.to, status=http.refused_with)
        raise ServerError(server.name, refused) from None


def _client(server: McpServerSettings, token: str) -> "BoundedClient":
    headers = {"Accept-Encoding": "identity"}
    if token:
        if not _protected(server.url):
            raise ServerError(server.name, texts.UNPROTECTED.to)
        headers["Authorization"] = f"Bearer {token}"
    return BoundedClient(headers=headers, timeout=15.0)


def _protected(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or not is_public(parts.hostname or "")


class BoundedClient(httpx2.AsyncClient):
    """An HTTP client that reads at most `MOST_BYTES` of a response.

    Attributes:
        refused_with: The status with which a token was refused or asked for, 0 for none: the SDK
            tells of no status.
    """

    refused_with = 0

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        response = await super().send(request, **options)
        if response.status_code in {401, 403}:
            self.refused_with = response.status_code
        if response.headers.get("Content-Encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.DecodingError("the response is compressed", request=request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _BoundedStream(response.stream)
        return response


class _BoundedStream(httpx2.AsyncByteStream):
    """Breaks a stream off that is too long."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        async for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise httpx2.ReadError("the response is too long")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


@asynccontextmanager
async def program(command: list[str], environment: Mapping[str, str]) -> AsyncIterator[Any]:
    """Start *command* and exchange messages with it, one a line; end it and its children after.

    A line that is too long ends the connection.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=dict(environment),
        limit=MOST_BYTES,
        start_new_session=True,
    )
    heard, hearing = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    saying, said = anyio.create_memory_object_stream[SessionMessage](0)
    with heard, hearing, saying, said:
        tasks = [
            asyncio.create_task(_listen(process, heard)),
            asyncio.create_task(_speak(process, said)),
        ]
        try:
            yield hearing, saying
        finally:
            for task in tasks:
                task.cancel()
            await _to_its_end(_ended(process, tasks))


async def _listen(process: asyncio.subprocess.Process, heard: Any) -> None:
    assert process.stdout is not None
    async with heard:
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError, ValueError):
            while line := await process.stdout.readline():  # too long a line is a `ValueError`
                await heard.send(_message(line))


def _message(line: bytes) -> SessionMessage | Exception:
    try:
        return SessionMessage(types.jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError as error:
        return error


async def _speak(process: asyncio.subprocess.Process, said: Any) -> None:
    assert process.stdin is not None
    with suppress(OSError):
        async for message in said:
            text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            process.stdin.write(text.encode() + b"\n")
            await process.stdin.drain()


async def _ended(process: asyncio.subprocess.Process, tasks: list[asyncio.Task[None]]) -> None:
    """Let *process* end by itself; then end it with all that it has started."""
    await asyncio.wait(tasks)
    assert process.stdin is not None
    process.stdin.close()
    ending = asyncio.create_task(_drained(process))
    await asyncio.wait({ending}, timeout=STOP_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await asyncio.wait({ending}, timeout=KILL_SECONDS)
    ending.cancel()


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Await *work*; who is cancelled meanwhile, by a limit that a slow end exceeds, leaves after.

    Otherwise a program would outlive its call, and what it is heard by would stay open.
    """
    task, given_up = asyncio.create_task(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            given_up = True
    await task
    if given_up:
        raise asyncio.CancelledError


async def _drained(process: asyncio.subprocess.Process) -> None:
    """Wait for the end of *process*; it cannot end while nobody takes what it says."""
    assert process.stdout is not None
    while await process.stdout.read(65_536):
        pass
    await process.wait()
