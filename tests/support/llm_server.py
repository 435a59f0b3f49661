"""A model endpoint on loopback that speaks both of OpenAI's wire formats.

`python -m tests.support.llm_server --port 8321 --brain searching` starts one to try the bot with:
`OPENAI_BASE_URL=http://127.0.0.1:8321/v1 kotae ask "…"`.
"""

import argparse
import asyncio
import hashlib
import itertools
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from aiohttp import web

from tests.support.llm_brains import (
    Brain,
    Call,
    Conversation,
    Said,
    Turn,
    scripted,
    searching_brain,
)
from tests.support.llm_wires import (
    Oddity,
    chat_chunks,
    chat_completion,
    chat_conversation,
    output_items,
    response,
    response_events,
    responses_conversation,
    unanswered_call,
)
from tests.support.openai_schema import RequestKind, problem_with
from tests.support.prompt_brain import prompt_brain

__all__ = [
    "Brain",
    "Call",
    "Conversation",
    "Fault",
    "LlmServer",
    "Said",
    "Turn",
    "llm_server",
    "scripted",
    "searching_brain",
]

DIMENSIONS = 1536
MOST_BYTES = 2**26
_ENDLESS_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request.

    Attributes:
        kind: `status` answers with an error, `hang` does not answer, `cut` ends the stream in
            the middle, `drop` cuts the connection there, `error_event` reports an error inside
            the stream, `garbage` sends what is no JSON, `endless` repeats a piece of the stream
            until the client leaves.
        headers: Of the error's answer, such as `Retry-After`.
    """

    kind: Literal["status", "hang", "cut", "drop", "error_event", "garbage", "endless"] = "status"
    status: int = 500
    code: str = ""
    message: str = "The server had an error."
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came, and what is to go wrong with it."""

    path: str
    body: dict[str, Any]
    key: str
    fault: Fault | None = None


@dataclass
class LlmServer:
    """Answers model requests with what its brain says, and keeps them.

    Attributes:
        brain: Says the next turn.
        validates: Whether a request that OpenAI would refuse is refused.
        url: Base address for a client.
        faults: Used up one a request, before the brain is asked; None lets a request pass.
        oddities: How chat streams differ from OpenAI's.
        requests: What came, in order, that which was refused too.
        conversations: What the brain was asked, in order.
        pause: Seconds before each answer of the model.
        before_turn: Awaited before the brain says a turn.
        hanging: Set while a request hangs.
    """

    brain: Brain
    validates: bool = True
    url: str = ""
    faults: list[Fault | None] = field(default_factory=list)
    oddities: Sequence[Oddity] = ()
    requests: list[Received] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    pause: float = 0.0
    before_turn: Callable[[Conversation], Awaitable[None]] | None = None
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    _call_numbers: Iterator[int] = field(default_factory=itertools.count)

    def application(self) -> web.Application:
        """Return the routes."""
        application = web.Application(client_max_size=MOST_BYTES)
        application.router.add_post("/v1/chat/completions", self._chat)
        application.router.add_post("/v1/responses", self._responses)
        application.router.add_post("/v1/embeddings", self._embeddings)
        application.router.add_get("/v1/models", self._models)
        return application

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        received = await self._received(request)
        if refusal := await self._refused("chat", received):
            return refusal
        body = received.body
        conversation = chat_conversation(body)
        if problem := self._inconsistent(conversation):
            return problem
        turn = await self._turn(conversation)
        if not body.get("stream"):
            return web.json_response(chat_completion(conversation, turn))
        chunks = list(chat_chunks(conversation, turn, self.oddities))
        if not (body.get("stream_options") or {}).get("include_usage"):
            chunks = [chunk for chunk in chunks if chunk["choices"]]
        events = [*map(_event, chunks), "data: [DONE]\n\n"]
        return await _streamed(request, events, received.fault)

    async def _responses(self, request: web.Request) -> web.StreamResponse:
        received = await self._received(request)
        if refusal := await self._refused("responses", received):
            return refusal
        body = received.body
        conversation = responses_conversation(body)
        if problem := self._inconsistent(conversation):
            return problem
        turn = await self._turn(conversation)
        if not body.get("stream"):
            return web.json_response(response(conversation, turn, output_items(turn)))
        events = [_event(event, event["type"]) for event in response_events(conversation, turn)]
        return await _streamed(request, events, received.fault)

    async def _embeddings(self, request: web.Request) -> web.StreamResponse:
        received = await self._received(request)
        if refusal := await self._refused("embeddings", received):
            return refusal
        body = received.body
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        dimensions = body.get("dimensions") or DIMENSIONS
        data = [
            {"object": "embedding", "index": index, "embedding": hashed_vector(text, dimensions)}
            for index, text in enumerate(texts)
        ]
        tokens = sum(map(len, texts))
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return web.json_response(
            {"object": "list", "model": body["model"], "data": data, "usage": usage}
        )

    async def _models(self, _: web.Request) -> web.StreamResponse:
        names = ("gpt-6-luna", "text-embedding-3-small")
        data = [{"id": n, "object": "model", "created": 1, "owned_by": "tests"} for n in names]
        return web.json_response({"object": "list", "data": data})

    async def _received(self, request: web.Request) -> Received:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        fault = self.faults.pop(0) if self.faults else None
        received = Received(request.path, await request.json(), key, fault)
        self.requests.append(received)
        return received

    async def _refused(self, kind: RequestKind, received: Received) -> web.Response | None:
        fault = received.fault
        if self.pause:
            await asyncio.sleep(self.pause)
        if fault and fault.kind == "hang":
            self.hanging.set()
            await asyncio.Event().wait()
        if fault and fault.kind == "status":
            return _refusal(fault)
        if self.validates and (problem := problem_with(kind, received.body)):
            return _refusal(Fault(status=400, code="invalid_request_error", message=problem))
        return None

    def _inconsistent(self, conversation: Conversation) -> web.Response | None:
        problem = unanswered_call(conversation) if self.validates else ""
        return _refusal(Fault(status=400, message=problem)) if problem else None

    async def _turn(self, conversation: Conversation) -> Turn:
        self.conversations.append(conversation)
        if self.before_turn:
            await self.before_turn(conversation)
        turn = self.brain(conversation)
        calls = (
            replace(call, id=call.id or f"call_{next(self._call_numbers)}") for call in turn.calls
        )
        return replace(turn, calls=tuple(calls))


def hashed_vector(text: str, dimensions: int) -> list[float]:
    """Return a vector of length 1 that depends on *text* alone, near to those of like texts.

    Every two neighbouring characters add to one place.
    """
    vector = [0.0] * dimensions
    for first, second in itertools.pairwise(f" {text.casefold()} "):
        digest = hashlib.blake2b((first + second).encode(), digest_size=8).digest()
        vector[int.from_bytes(digest) % dimensions] += 1.0
    length = math.hypot(*vector) or 1.0
    return [value / length for value in vector]


@asynccontextmanager
async def llm_server(
    brain: Brain, *, port: int = 0, validates: bool = True
) -> AsyncIterator[LlmServer]:
    """Run a server on loopback until the block ends; port 0 takes a free one."""
    server = LlmServer(brain, validates)
    runner = web.AppRunner(server.application(), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        await runner.cleanup()


async def _streamed(
    request: web.Request, events: Sequence[str], fault: Fault | None
) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await answer.prepare(request)
    if fault:
        events = [*events[: len(events) // 2], *_bad_end(fault, request.path)]
    for event in events:
        await answer.write(event.encode())
    while fault and fault.kind == "endless":
        await asyncio.sleep(_ENDLESS_PAUSE)
        await answer.write(events[-1].encode())
    if fault and fault.kind == "drop" and request.transport:
        request.transport.abort()
    await answer.write_eof()
    return answer


def _bad_end(fault: Fault, path: str) -> Iterator[str]:
    said = {"message": fault.message, "code": fault.code}
    if fault.kind == "garbage":
        yield "data: {not JSON\n\n"
    elif fault.kind == "error_event" and path == "/v1/responses":
        yield _event({"type": "error", "sequence_number": 0, "param": None, **said}, "error")
    elif fault.kind == "error_event":
        yield _event({"error": said})


def _refusal(fault: Fault) -> web.Response:
    error = {"message": fault.message, "type": "error", "param": None, "code": fault.code or None}
    return web.json_response({"error": error}, status=fault.status, headers=dict(fault.headers))


def _event(data: dict[str, Any], name: str = "") -> str:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _serve(port: int, brain: Brain) -> None:
    async with llm_server(brain, port=port) as server:
        print(f"OPENAI_BASE_URL={server.url}", flush=True)  # noqa: T201 - what the person needs
        await asyncio.Event().wait()


def _main() -> None:
    parser = argparse.ArgumentParser(description="A model endpoint on loopback, with no model.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--brain", choices=["searching", "writing"], default="searching")
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt):
        brain = prompt_brain() if arguments.brain == "writing" else searching_brain()
        asyncio.run(_serve(arguments.port, brain))


if __name__ == "__main__":
    _main()
