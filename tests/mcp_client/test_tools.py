"""Tools of an operator's server, which is made with the SDK and knows nothing of ours."""

import asyncio
import gc
import os
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Literal

import pytest
from aiohttp import web
from anyio.from_thread import start_blocking_portal

from bot.core.errors import ToolError
from bot.core.trace import keep_trace
from bot.core.types import Question, QuestionId, ThreadId
from bot.llm.tool_schema import strict_schema
from bot.mcp_client import connection
from bot.mcp_client import tools as module
from bot.mcp_client.tools import ServerTool, ToolServer, open_tools, tool_servers
from knowledge.model.settings import McpServerSettings
from knowledge.model.types import Access, Principal
from tests.support.mcp_servers import command, serving_tickets
from tests.support.web_site import serving

Way = Literal["stdio", "http"]
WAYS: tuple[Way, ...] = ("stdio", "http")
MEMBER = Principal("U1", member=True)


def asking(text: str, **changed: Any) -> Question:
    return replace(Question(QuestionId("q"), ThreadId("t"), text, MEMBER, "U1"), **changed)


def server_of(token_of: Callable[[str], str] = lambda _: "", **settings: Any) -> ToolServer:
    given = {"name": "tickets", "tools": ["find"], **settings}
    found = McpServerSettings.model_validate(given, strict=False)
    return tool_servers([found], ["tickets"], token_of)[0]


@asynccontextmanager
async def reached(way: Way, kind: str = "honest", **settings: Any) -> AsyncIterator[ToolServer]:
    """Give a server that is reached in some *way*."""
    if way == "stdio":
        yield server_of(command=command(kind), **settings)
    else:
        async with serving_tickets(kind) as url:
            yield server_of(url=url, **settings)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a program takes seconds to start."""
    monkeypatch.setattr(module, "CONNECT_SECONDS", 60.0)
    monkeypatch.setattr(module, "CALL_SECONDS", 60.0)


@pytest.fixture(scope="module")
def tickets() -> Iterator[str]:
    """The address of an honest server, for what does not depend on the way to it."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(serving_tickets()) as url,
    ):
        yield url


async def tool_named(server: ToolServer, name: str) -> ServerTool:
    return next(tool for tool in await open_tools([server]) if tool.name == name)


async def used(tool: ServerTool, question: Question, **arguments: object) -> Any:
    return await tool.use(tool.spec.arguments.model_validate(arguments), question)


async def running(pattern: str) -> str:
    """Return the ids of our own processes whose command line has *pattern*."""
    ours = ["-P", str(os.getpid())]
    found = await asyncio.create_subprocess_exec(
        "pgrep", *ours, "-f", pattern, stdout=asyncio.subprocess.PIPE
    )
    listed, _ = await found.communicate()
    return listed.decode()


@pytest.mark.parametrize("way", WAYS)
async def test_what_a_server_says_is_evidence(way: Way) -> None:
    """Each thing is a passage with its title and its address, in both languages."""
    async with reached(way) as server:
        tool = await tool_named(server, "find")
        result = await used(tool, asking("Why does the VPN drop at noon?"), query="VPN")

    assert [(one.title, one.url) for one in result.passages] == [
        ("VPN drops at noon", "https://tickets.example/browse/IT-7"),
        ("VPNが正午に切れる", "https://tickets.example/browse/IT-8"),
    ]
    assert "expired" in result.passages[0].text
    assert "期限切れ" in result.passages[1].text
    assert {one.source for one in result.passages} == {"server:tickets"}
    assert result.text == ""
    assert len({one.id for one in result.passages}) == 2


@pytest.mark.parametrize("way", WAYS)
async def test_only_what_is_named_and_only_reads_is_offered(way: Way) -> None:
    """A tool that does not say that it only reads may write."""
    named = ["find", "close", "delete", "plan", "none"]
    async with reached(way, tools=named) as server:
        offers = {
            offer.name: offer.refusal("en") if offer.refusal else ""
            for offer in await server.offered()
        }
        tools = [tool.spec.name for tool in await open_tools([server])]
        with pytest.raises(ToolError, match="may write"):
            await server.call("close", {"ticket": "IT-7"})

    assert offers["find"] == ""
    assert "may write" in offers["close"]
    assert "may write" in offers["delete"]
    assert "steps" in offers["plan"]
    assert "no such tool" in offers["none"]
    assert tools == ["tickets__find"]


async def test_a_tool_that_writes_may_be_allowed_by_name(tickets: str) -> None:
    server = server_of(url=tickets, tools=["close", "delete"], allow_writes=["close"])
    tool = await tool_named(server, "close")
    result = await used(tool, asking("Close IT-7"), ticket="IT-7")

    assert [one.spec.name for one in await open_tools([server])] == ["tickets__close"]
    assert result.passages[0].text == "IT-7 is closed."
    assert result.passages[0].url == ""


async def test_the_model_reads_little_of_a_servers_own_words(tickets: str) -> None:
    """One short line, and a schema in our words that every model takes."""
    spec = (await tool_named(server_of(url=tickets), "find")).spec
    schema = strict_schema(spec.arguments)

    assert len(spec.description) < 300
    assert "\n" not in spec.description
    assert set(schema["properties"]) == {"query", "limit", "state"}
    assert schema["additionalProperties"] is False


# What leaves the house.


@pytest.mark.parametrize(
    ("question", "query", "outcome"),
    [
        ("Why does the VPN drop at noon?", "VPN drop noon", "leaves"),
        ("Why does the VPN drop at noon?", "VPN dropping", "leaves"),
        ("Why does the VPN drop at noon?", "VPN KX7731GAMMA", "stays"),
        ("Why does the VPN drop at noon?", "K X 7 7 3 1", "stays"),
        ("VPNが正午に切れるのはなぜ？", "VPN 正午", "leaves"),
        ("VPNが正午に切れるのはなぜ？", "VPN 給与コード", "stays"),
        ("VPNが正午に切れるのはなぜ？", "ＶＰＮ", "leaves"),
    ],
)
async def test_after_documents_only_words_of_the_question_leave(
    tickets: str, question: str, query: str, outcome: str
) -> None:
    """As with a web query; before, anything short may."""
    tool = await tool_named(server_of(url=tickets), "find")
    private = asking(question, private=True)
    if outcome == "leaves":
        assert (await used(tool, private, query=query)).passages
    else:
        with pytest.raises(ToolError, match="leave out"):
            await used(tool, private, query=query)
        assert (await used(tool, asking(question), query=query)).passages


@pytest.mark.parametrize(
    "arguments",
    [
        {"query": "VPN", "limit": 7731},
        {"query": "VPN", "state": "KX7731GAMMA"},
        {"query": "VPN " * 100},
    ],
)
async def test_no_argument_carries_a_document_away(
    tickets: str, arguments: dict[str, object]
) -> None:
    """Numbers and second arguments are held to the same rule."""
    tool = await tool_named(server_of(url=tickets), "find")

    with pytest.raises(ToolError):
        await used(tool, asking("Why does the VPN drop?", private=True), **arguments)


# Who may have it asked.


async def test_a_server_is_for_its_audience(tickets: str) -> None:
    """Nor for a channel that keeps to its sources."""
    server = server_of(url=tickets, audience=["#it"])
    tool = await tool_named(server, "find")
    inside = asking("VPN?", asker=Principal("U2", member=True, groups=frozenset({"#it"})))
    with pytest.raises(ToolError, match="no such tool"):
        await used(tool, asking("VPN?"), query="VPN")
    with pytest.raises(ToolError, match="keeps to its sources"):
        await used(tool, replace(inside, sources=("handbook",)), query="VPN")

    assert tool.spec.readers == Access("groups", frozenset({"#it"}))
    assert (await used(tool, inside, query="VPN")).passages


async def test_a_token_goes_to_its_server_alone() -> None:
    """A program gets no other secret of ours, and none where it is not set."""
    asked = list[str]()

    def token_of(name: str) -> str:
        asked.append(name)
        return "secret-token"

    given: dict[str, Any] = {
        "command": command(),
        "tools": ["whoami"],
        "token_env": "MCP_TOKEN_TICKETS",
    }
    tool = await tool_named(server_of(token_of, **given), "whoami")
    said = (await used(tool, asking("Who?"))).passages[0].text
    with pytest.raises(ToolError, match="MCP_TOKEN_TICKETS is not set"):
        await server_of(**given).offered()

    assert "secret-token" in said
    assert "OPENAI_API_KEY" not in said
    assert set(asked) == {"MCP_TOKEN_TICKETS"}


async def test_a_token_does_not_travel_unprotected() -> None:
    server = server_of(
        lambda _: "secret", url="http://tickets.example.com/mcp", token_env="MCP_TOKEN_TICKETS"
    )
    with pytest.raises(ToolError, match="https"):
        await server.offered()


async def test_a_program_is_started_only_where_the_environment_names_it() -> None:
    settings = McpServerSettings(name="tickets", command=command(), tools=["find"])
    server = tool_servers([settings], [], lambda _: "")[0]

    with pytest.raises(ToolError, match="MCP_COMMANDS"):
        await server.offered()


async def test_a_trace_is_passed_on() -> None:
    """The server sees the trace of the call that caused its own."""
    trace, seen = "00-" + "a" * 32 + "-" + "b" * 16 + "-01", list[object]()

    async def answer(request: web.Request) -> web.Response:
        body = await request.json()
        if body["method"] == "tools/call":
            seen.append(body["params"]["_meta"]["traceparent"])
        results = {
            "initialize": {
                "protocolVersion": "2025-11-25",
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "x", "version": "1"},
            },
            "tools/list": {
                "tools": [
                    {
                        "name": "find",
                        "inputSchema": {"type": "object", "properties": {}},
                        "annotations": {"readOnlyHint": True},
                    }
                ]
            },
            "tools/call": {"content": [{"type": "text", "text": "It is the gateway."}]},
        }
        if "id" not in body:
            return web.Response(status=202)
        if body["method"] not in results:
            error = {"code": -32601, "message": "no"}
            return web.json_response({"jsonrpc": "2.0", "id": body["id"], "error": error})
        result = results[body["method"]]
        return web.json_response({"jsonrpc": "2.0", "id": body["id"], "result": result})

    async with serving({"/mcp": answer}) as port:
        server = server_of(url=f"http://127.0.0.1:{port}/mcp")
        with keep_trace(trace):
            await server.call("find", {})

    assert seen == [trace]


# Faults.


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["killed", "slow", "huge", "failing"])
async def test_a_server_that_fails_in_a_call_costs_only_that_call(
    way: Way, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In bounded time and memory, and in our words."""
    async with reached(way, kind) as server:
        tool = await tool_named(server, "find")
        if kind == "slow":  # a program starts anew for the call
            monkeypatch.setattr(module, "CALL_SECONDS", 10.0 if way == "stdio" else 2.0)
        tracemalloc.start()
        began = time.monotonic()
        with pytest.raises(ToolError) as told:
            await used(tool, asking("VPN?"), query="VPN")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert "tickets" in str(told.value)
    assert "rules" not in str(told.value)
    assert time.monotonic() - began < 90
    assert peak < 40_000_000


@pytest.mark.parametrize("kind", ["garbage", "endless", "silent"])
async def test_a_server_that_makes_no_sense_costs_only_itself(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tools are kept: each call tries it again. Another server is not held up."""
    broken, well = server_of(command=command(kind)), server_of(command=command(), name="well")
    well.refusal = None
    (second,) = await open_tools([well])
    monkeypatch.setattr(module, "CALL_SECONDS", 5.0)
    monkeypatch.setattr(module, "CONNECT_SECONDS", 5.0)
    (first,) = await open_tools([broken])
    with pytest.raises(ToolError, match="tickets"):
        await used(first, asking("VPN?"), query="VPN")
    monkeypatch.setattr(module, "CALL_SECONDS", 60.0)

    assert (await used(second, asking("VPN?"), query="VPN")).passages


async def test_a_server_that_is_down_is_tried_again() -> None:
    """When it is back, its tools work, and their arguments are known."""
    server = server_of(url="http://127.0.0.1:9/mcp")
    tool = (await open_tools([server]))[0]
    before = set(tool.spec.arguments.model_fields)
    with pytest.raises(ToolError, match="cannot be asked"):
        await used(tool, asking("VPN?"), query="VPN")
    async with serving_tickets() as url:
        server.settings = server.settings.model_copy(update={"url": url})
        assert (await used(tool, asking("VPN?"), query="VPN")).passages

    assert before == {"query"}
    assert set(tool.spec.arguments.model_fields) == {"query", "limit", "state"}


async def test_no_process_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when the call is given up from outside."""
    tool = await tool_named(server_of(command=command("slow")), "find")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2.0):
            await used(tool, asking("VPN?"), query="VPN")

    assert await running("mcp_servers import run; run\\('slow'\\)") == ""


async def test_a_call_that_is_given_up_twice_ends_its_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The limit of a call may pass while its program is being ended: nothing stays open."""
    monkeypatch.setattr(connection, "STOP_SECONDS", 0.2)
    begun = asyncio.Event()

    async def hold() -> None:
        async with connection.program(["sleep", "86321"], {}):
            begun.set()
            await asyncio.Event().wait()

    call = asyncio.create_task(hold())
    await begun.wait()
    for _ in range(3):
        call.cancel()
        await asyncio.wait({call}, timeout=0)
    with pytest.raises(asyncio.CancelledError):
        await call
    gc.collect()  # a stream that is still open warns now, and a warning fails the test

    assert await running("sleep 86321") == ""
