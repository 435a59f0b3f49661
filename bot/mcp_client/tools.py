"""The tools of operators' servers, for the agent.

A tool is offered only where `knowledge.toml` names it, and where its server calls it read-only or
`allow_writes` names it. That is looked up again for each call: a server may change its mind.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from pydantic import BaseModel, Field

from bot.agent.tool import ToolResult, ToolSpec
from bot.core.errors import ToolError
from bot.core.server_evidence import TOOL_OF_SERVER
from bot.core.trace import traceparent
from bot.core.types import Question
from bot.mcp_client import texts
from bot.mcp_client.arguments import UnsuitableSchemaError, arguments_of, check, short
from bot.mcp_client.errors import Reason, ServerError
from bot.mcp_client.evidence import passages_of
from knowledge.model.settings import McpServerSettings

CALL_SECONDS = 15.0
CONNECT_SECONDS = 5.0
"""How long the first look at a server's tools may take; a run does not wait longer."""

_MOST_PAGES = 5
_AT_ONCE = 4
"""Calls of one server at the same time."""

_log = structlog.get_logger(__name__)

TokenOf = Callable[[str], str]
"""Returns the value of an environment variable, "" where it is not set."""


class ServerQuery(BaseModel):
    """Arguments of a tool whose server has not been reached yet."""

    query: str = Field(description="A few words of the question.")


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """What a server says of one of its tools.

    Attributes:
        refusal: Why it is not offered, None where it is.
        only_reads: Whether the server says so.
    """

    name: str
    description: str = ""
    arguments: type[BaseModel] = ServerQuery
    refusal: Reason | None = None
    only_reads: bool = False


class ToolServer:
    """One server of an operator.

    Attributes:
        known: What it has said of its tools last.
        refusal: Why it may not be asked at all, None where it may.
    """

    def __init__(
        self, settings: McpServerSettings, token_of: TokenOf, refusal: Reason | None = None
    ) -> None:
        self.settings = settings
        self.refusal = refusal
        self.known = dict[str, OfferedTool]()
        self._token_of = token_of
        self._slots = asyncio.Semaphore(_AT_ONCE)

    @property
    def name(self) -> str:
        return self.settings.name

    async def offered(self, seconds: float = CALL_SECONDS) -> Sequence[OfferedTool]:
        """Ask the server for its tools; return those that are allow-listed, in that order.

        Raises:
            ToolError: it cannot be asked. Its own words are left out: nobody knows what they say.
        """

        async def look(client: Any) -> Sequence[OfferedTool]:
            listed = await _listed(client)
            return [self._offer(name, listed.get(name)) for name in self.settings.tools]

        found: Sequence[OfferedTool] = await self._connected(look, seconds)
        return found

    async def call(self, name: str, values: Mapping[str, Any]) -> Any:
        """Call the tool *name* with *values*; return its result. Raises `ToolError`."""

        async def use(client: Any) -> Any:
            offer = self._offer(name, (await _listed(client)).get(name))
            if offer.refusal:
                raise ServerError(f"{self.name} {name}", offer.refusal)
            return await _called(client, name, values)

        result = await self._connected(use, CALL_SECONDS)
        if result.is_error:
            raise ToolError(f"{self.name} says that the call failed: change it, or do without")
        return result

    def _offer(self, name: str, described: Any) -> OfferedTool:
        self.known[name] = offer = self._judged(name, described)
        return offer

    def _judged(self, name: str, described: Any) -> OfferedTool:
        if described is None:
            return OfferedTool(name, refusal=texts.NO_SUCH_TOOL.to)
        hints = described.annotations
        only_reads = bool(hints and hints.read_only_hint)
        if not only_reads and name not in self.settings.allow_writes:
            return OfferedTool(name, refusal=texts.MAY_WRITE.to)
        try:
            arguments = arguments_of(described.input_schema)
        except UnsuitableSchemaError as error:
            return OfferedTool(name, refusal=partial(texts.UNSUITABLE.to, argument=error))
        return OfferedTool(name, short(described.description), arguments, only_reads=only_reads)

    async def _connected(self, work: Callable[[Any], Any], seconds: float) -> Any:
        if self.refusal:
            raise ServerError(self.name, self.refusal)
        from bot.mcp_client.connection import connected

        variable = self.settings.token_env
        token = self._token_of(variable) if variable else ""
        if variable and not token:
            raise ServerError(self.name, partial(texts.NO_TOKEN.to, variable=variable))
        try:
            async with self._slots, asyncio.timeout(seconds), connected(self.settings, token) as it:
                return await work(it)
        except ToolError:
            raise
        except TimeoutError:
            slow = partial(texts.TOO_SLOW.to, seconds=round(seconds))
            raise ServerError(self.name, slow) from None
        except Exception as error:  # noqa: BLE001 - a server may cause any, and costs only itself
            if refusal := _refusal_in(error):
                raise refusal from None
            _log.warning("mcp_server_failed", server=self.name, error=type(error).__name__)
            raise ServerError(self.name, _reason_of(error)) from None


class ServerTool:
    """A tool of a server, as the agent's."""

    def __init__(self, server: ToolServer, name: str) -> None:
        self.name = name
        self._server = server

    @property
    def spec(self) -> ToolSpec:
        offer = self._server.known.get(self.name, OfferedTool(self.name))
        said = f" It says of it: {offer.description}" if offer.description else ""
        return ToolSpec(
            f"{self._server.name}{TOOL_OF_SERVER}{self.name}",
            f"Ask the server {self._server.name} by its tool {self.name}.{said}",
            offer.arguments,
            self._server.settings.audience,
        )

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        if not self._server.settings.audience.permits(question.asker):
            raise ToolError("there is no such tool for who reads this answer")
        if question.sources:
            raise ToolError("this channel keeps to its sources")
        values = arguments.model_dump(mode="json", exclude_none=True)
        check(values, question, type(arguments))
        result = await self._server.call(self.name, values)
        return ToolResult(
            passages=passages_of(
                self._server.settings,
                self.name,
                result.content,
                result.structured_content,
            )
        )


def tool_servers(
    servers: Sequence[McpServerSettings], startable: Collection[str], token_of: TokenOf
) -> list[ToolServer]:
    """Return *servers*; a program is started only where its name is in *startable*.

    Whoever can write `knowledge.toml` could start anything otherwise.
    """
    return [
        ToolServer(
            server,
            token_of,
            texts.NOT_STARTED.to if server.command and server.name not in startable else None,
        )
        for server in servers
    ]


async def open_tools(servers: Sequence[ToolServer]) -> tuple[ServerTool, ...]:
    """Look at all *servers* together; return the tools that may be used.

    A server that is down keeps its tools: each call tries it again, and says so in the steps.
    """
    found = await asyncio.gather(*map(_tools_of, servers))
    return tuple(tool for tools in found for tool in tools)


async def _tools_of(server: ToolServer) -> list[ServerTool]:
    try:
        offers = await server.offered(CONNECT_SECONDS)
    except ToolError as error:
        _log.warning("mcp_server_unknown", server=server.name, reason=str(error))
        offers = [OfferedTool(name) for name in server.settings.tools]
    for offer in offers:
        if offer.refusal:
            _log.warning(
                "mcp_tool_refused",
                server=server.name,
                tool=offer.name,
                reason=offer.refusal("en"),
            )
    return [ServerTool(server, offer.name) for offer in offers if not offer.refusal]


async def _listed(client: Any) -> dict[str, Any]:
    """Return the tools that the server lists, by name.

    The session's own method would compile the server's schemas to check results by: a pattern in
    one could take for ever.
    """
    import mcp_types as types

    found, cursor = dict[str, Any](), None
    for _ in range(_MOST_PAGES):
        params = types.PaginatedRequestParams(cursor=cursor)
        page = await client.session.send_request(
            types.ListToolsRequest(params=params), types.ListToolsResult
        )
        found |= {tool.name: tool for tool in page.tools}
        cursor = page.next_cursor
        if not cursor:
            break
    return found


async def _called(client: Any, name: str, values: Mapping[str, Any]) -> Any:
    import mcp_types as types

    trace = traceparent()
    meta: Any = {"traceparent": trace} if trace else None
    params = types.CallToolRequestParams(name=name, arguments=dict(values), _meta=meta)
    return await client.session.send_request(
        types.CallToolRequest(params=params), types.CallToolResult
    )


def _refusal_in(error: BaseException) -> ToolError | None:
    """Return the refusal of ours inside the groups that the SDK's tasks make of errors."""
    return next((one for one in _leaves(error) if isinstance(one, ToolError)), None)


def _reason_of(error: BaseException) -> Reason:
    import httpx2

    for one in _leaves(error):
        if isinstance(one, httpx2.ConnectError | httpx2.ConnectTimeout):
            return texts.NOT_REACHED.to
        if isinstance(one, FileNotFoundError | PermissionError):
            return texts.NO_PROGRAM.to
    return texts.FAILED.to


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error
