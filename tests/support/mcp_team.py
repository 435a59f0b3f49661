"""A team in a local workspace whose programs ask Kotae by MCP, over every transport."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from bot.app.container import open_knowledge
from bot.app.mcp_server import OpenedTools, open_tools
from bot.app.server import open_port
from bot.mcp_server.http import PATH, HttpIdentity, http_application
from bot.mcp_server.server import ToolCallReport, make_server
from bot.redis.connection import open_redis
from bot.settings.settings import Settings
from bot.slack.client.slack_changes import SlackChanges
from bot.workspace import Channel, User, Workspace
from tests.safety.access import ToChanges
from tests.support.command import ROOT
from tests.support.ports import free_port

Transport = Literal["memory", "http", "http, before 2026", "stdio"]
TRANSPORTS: tuple[Transport, ...] = ("memory", "http", "http, before 2026", "stdio")

DAY = 86_400.0


@dataclass
class McpTeam:
    """Hanako is in #hr and operates the bot; Bob is a member; Gast is a guest.

    Attributes:
        environment: Of a process over standard input and output.
        url: Of the server by HTTP.
    """

    workspace: Workspace
    opened: OpenedTools
    settings: Settings
    hanako: User
    bob: User
    gast: User
    hr: Channel
    url: str
    environment: Mapping[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    async def token(self, person: User, seconds: float = DAY) -> str:
        """Return a token of *person*."""
        return (await self.opened.tokens.create(person.id, seconds))[0]

    @asynccontextmanager
    async def calling(self, person: User, transport: Transport = "memory") -> AsyncIterator[Client]:
        """Open a client, the SDK's own, for *person*."""
        async with AsyncExitStack() as closing:
            yield await closing.enter_async_context(await self._client(person, transport, closing))

    async def _client(self, person: User, transport: Transport, closing: AsyncExitStack) -> Client:
        if transport == "memory":

            async def caller_of(_: object) -> Any:
                return await self.opened.callers.of(person.id)

            return Client(make_server(self.opened.tools, caller_of))
        token = await self.token(person)
        if transport == "stdio":
            return Client(
                StdioServerParameters(
                    command=sys.executable,
                    args=["-m", "bot", "mcp"],
                    env={**self.environment, "KOTAE_MCP_TOKEN": token},
                )
            )
        http = await closing.enter_async_context(
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        )
        mode = "auto" if transport == "http" else "legacy"
        return Client(streamable_http_client(self.url, http_client=http), mode=mode)


@asynccontextmanager
async def served(
    opened: OpenedTools,
    identity: HttpIdentity,
    hosts: Sequence[str] = (),
    seconds: float = 10.0,
    report: ToolCallReport = lambda _tool, _outcome, _seconds: None,
) -> AsyncIterator[int]:
    """Serve by HTTP, in a task of its own as a fixture has none; yield the port."""
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()

    async def serve() -> None:
        server = make_server(opened.tools, identity.of, report)
        async with AsyncExitStack() as closing:
            application = await closing.enter_async_context(
                http_application(server, identity, hosts, seconds)
            )
            started.set_result(
                await open_port(application, "127.0.0.1", "--port", free_port(), closing)
            )
            await stop.wait()

    task = asyncio.create_task(serve())
    try:
        yield await started
    finally:
        stop.set()
        await task


@asynccontextmanager
async def mcp_team(folder: Path, redis_url: str, **changed: object) -> AsyncIterator[McpTeam]:
    """Run the server over the documents of *folder*, for a workspace of three."""
    async with AsyncExitStack() as closing:
        workspace = await closing.enter_async_context(await Workspace.start(retry_delays=(0.0,)))
        store = await closing.enter_async_context(open_redis(redis_url))
        # The process that hears Slack notes what changes.
        workspace._dispatcher.transport = ToChanges(SlackChanges(store.commands))
        hanako, bob = workspace.add_user("hanako", admin=True), workspace.add_user("bob")
        gast = workspace.add_user("gast", guest=True)
        hr = workspace.add_channel("hr", [hanako], private=True)
        values: dict[str, Any] = {
            "slack_bot_token": workspace.bot_token,
            "slack_app_token": workspace.app_token,
            "slack_signing_secret": workspace.signing_secret,
            "slack_api_url": workspace.api_url,
            "redis_url": redis_url,
            "knowledge_config": folder / "knowledge.toml",
            "data_dir": folder / "data",
            "openai_embedding_model": "hashing",
            **changed,
        }
        settings = Settings(_env_file=None, **values)
        base = open_knowledge(settings)
        await base.sync()
        await base.aclose()
        opened = await closing.enter_async_context(open_tools(settings))
        identity = HttpIdentity(opened.tokens, opened.callers)
        port = await closing.enter_async_context(served(opened, identity))
        environment = {name.upper(): str(value) for name, value in values.items()}
        yield McpTeam(
            workspace,
            opened,
            settings,
            hanako,
            bob,
            gast,
            hr,
            f"http://127.0.0.1:{port}{PATH}",
            {**environment, "PYTHONPATH": str(ROOT)},
        )
