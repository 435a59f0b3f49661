"""The tools as an MCP server, for any transport; the SDK speaks every revision of the protocol."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

import structlog
from mcp.server import Server, ServerRequestContext
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pydantic import BaseModel, ValidationError

from bot.core.errors import (
    AdapterUnavailableError,
    BotError,
    RedisUnavailableError,
)
from bot.core.trace import keep_trace
from bot.mcp_server import texts
from bot.mcp_server.callers import CallingPerson
from bot.mcp_server.schemas import (
    AskCall,
    CheckedAnswer,
    FoundPassages,
    GapsCall,
    HandedOver,
    ListedGaps,
    ReadCall,
    ReadParts,
    SearchCall,
)
from bot.mcp_server.tools import KotaeTools, ToolReply

CALL_SECONDS = 180.0
"""How long one call may take; a run of the agent ends before by its own limits."""

CallerOf = Callable[[ServerRequestContext[Any, Any]], Awaitable[CallingPerson | None]]
"""Returns for whom a request is made; None for nobody who may."""

UNKNOWN = "unknown"
"""Stands for the name of a tool that is none, which a caller may choose."""

ToolCallOutcome = Literal["ok", "refused", "unavailable", "late", "failed", "cancelled"]
"""How a call ended: with a result; with a word about arguments, rights or limits; because Slack
could not be asked; after `CALL_SECONDS`; by an error of ours; or nobody waited for it."""

ToolCallReport = Callable[[str, ToolCallOutcome, float], None]
"""Takes the tool, the outcome and the seconds of a call that has ended."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Offer:
    """A tool with what it takes and returns, and what does it."""

    name: str
    title: str
    description: str
    takes: type[BaseModel]
    returns: type[BaseModel]
    use: Callable[[CallingPerson, Any], Awaitable[ToolReply]]
    writes: bool = False

    def described(self) -> Tool:
        """Return the tool as the protocol describes it."""
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.takes.model_json_schema(),
            output_schema=self.returns.model_json_schema(),
            annotations=ToolAnnotations(
                title=self.title,
                read_only_hint=not self.writes,
                destructive_hint=False,
                idempotent_hint=not self.writes,
                open_world_hint=False,
            ),
        )


def make_server(
    tools: KotaeTools,
    caller_of: CallerOf,
    report: ToolCallReport = lambda _tool, _outcome, _seconds: None,
) -> Server[Any]:
    """Return the server of *tools*; what it lists is the same for everybody.

    Args:
        tools: What it offers.
        caller_of: Knows for whom a request is made.
        report: Is told of each call.
    """
    offers = {offer.name: offer for offer in _offers(tools)}
    listed = [offer.described() for offer in offers.values()]

    async def list_tools(
        _: ServerRequestContext[Any], __: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=listed)

    async def call_tool(
        context: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult:
        offer = offers.get(params.name)
        started = time.monotonic()
        outcome: ToolCallOutcome = "cancelled"
        try:
            if offer is None:
                outcome = "refused"
                return _refusal(texts.NO_SUCH_TOOL.in_both(tools=", ".join(offers)))
            with keep_trace(_traceparent(context)):
                result, outcome = await _called(offer, params.arguments or {}, context, caller_of)
            return result
        finally:
            report(offer.name if offer else UNKNOWN, outcome, time.monotonic() - started)

    return Server(
        "kotae",
        version=version("kotae"),
        title="Kotae",
        instructions=texts.INSTRUCTIONS.in_both(),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        get_tool_input_schema=lambda name: (
            offers[name].takes.model_json_schema() if name in offers else None
        ),
    )


def _offers(tools: KotaeTools) -> Sequence[_Offer]:
    offers = [
        _Offer(
            "ask",
            "Ask the team's documents",
            texts.ASK_TOOL.in_both(),
            AskCall,
            CheckedAnswer,
            tools.ask,
        ),
        _Offer(
            "search",
            "Search the team's documents",
            texts.SEARCH_TOOL.in_both(),
            SearchCall,
            FoundPassages,
            tools.search,
        ),
        _Offer(
            "read",
            "Read a document",
            texts.READ_TOOL.in_both(),
            ReadCall,
            ReadParts,
            tools.read,
        ),
        _Offer(
            "gaps",
            "List unanswered questions",
            texts.GAPS_TOOL.in_both(),
            GapsCall,
            ListedGaps,
            tools.gaps,
        ),
    ]
    if tools.hands_over:
        offers.append(
            _Offer(
                "hand_over",
                "Ask in Slack, and an expert from there",
                texts.HAND_OVER_TOOL.in_both(),
                AskCall,
                HandedOver,
                tools.hand_over,
                writes=True,
            )
        )
    return offers


async def _called(
    offer: _Offer,
    arguments: Mapping[str, Any],
    context: ServerRequestContext[Any],
    caller_of: CallerOf,
) -> tuple[CallToolResult, ToolCallOutcome]:
    """Do a call; whatever goes wrong is a text for the caller, never a traceback."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            caller = await caller_of(context)
            if caller is None:
                return _refusal(texts.NOBODY.in_both()), "refused"
            reply = await offer.use(caller, offer.takes.model_validate(dict(arguments)))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said
        text, outcome = _explained(error, offer.name)
        return _refusal(text), outcome
    result = CallToolResult(
        content=[TextContent(type="text", text=reply.text)],
        structured_content=reply.data.model_dump(mode="json"),
        is_error=reply.failed,
    )
    return result, "failed" if reply.failed else "ok"


def _explained(error: Exception, tool: str) -> tuple[str, ToolCallOutcome]:
    """Return what the caller is told of *error*, and how the call has ended."""
    match error:
        case ValidationError():
            return texts.BAD_ARGUMENTS.in_both(reason=_complaint(error)), "refused"
        case AdapterUnavailableError():
            return texts.UNCERTAIN.in_both(), "unavailable"
        case RedisUnavailableError():
            return str(error), "unavailable"
        case BotError():
            return str(error), "refused"
        case TimeoutError():
            return texts.TOO_LATE.in_both(), "late"
        case _:  # the caller gets a reference, the log the rest
            reference = uuid.uuid4().hex[:8]
            _log.error("mcp_call_failed", tool=tool, reference=reference, exc_info=error)
            return texts.BROKEN.in_both(reference=reference), "failed"


def _refusal(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def _complaint(error: ValidationError) -> str:
    """Return what is wrong with arguments, by their names alone: a value may be long or private."""
    return "; ".join(
        f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}"
        for item in error.errors(include_input=False, include_url=False, include_context=False)
    )[:500]


def _traceparent(context: ServerRequestContext[Any]) -> object:
    meta = (context.params or {}).get("_meta")
    return meta.get("traceparent") if isinstance(meta, Mapping) else None
