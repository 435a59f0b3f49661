"""A chat model with scripted turns."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from bot.agent.tool import ToolSpec
from bot.core.types import ChatMessage, ModelTurn, TextDelta, ToolCall, Usage

HANGS = "hangs"
"""A turn that never arrives."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request to the model."""

    messages: tuple[ChatMessage, ...]
    tools: tuple[str, ...]
    force: str

    @property
    def observations(self) -> list[str]:
        return [message.text for message in self.messages if message.role == "tool"]


class ScriptedModel:
    """Returns its turns in order; raises those that are exceptions.

    The last turn is said again for ever, so that a loop that does not end shows as one.
    """

    def __init__(self, *turns: ModelTurn | Exception | str, name: str = "scripted") -> None:
        self.name = name
        self.requests = list[Request]()
        self._turns = list(turns)

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        self.requests.append(Request(tuple(messages), tuple(tool.name for tool in tools), force))
        turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        if turn == HANGS:
            await asyncio.Event().wait()
        if isinstance(turn, Exception):
            raise turn
        assert isinstance(turn, ModelTurn)
        if turn.text:
            yield TextDelta(turn.text)
        yield turn

    async def aclose(self) -> None:
        """Nothing is open."""


def says(text: str = "", *calls: ToolCall, tokens: int = 10) -> ModelTurn:
    return ModelTurn(text, calls, Usage(tokens, 0, 0, 1))


def call(tool: str, arguments: object, id: str = "call-1") -> ToolCall:  # noqa: A002 - the field's name
    written = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return ToolCall(id, tool, written)


def search(query: str, id: str = "call-1") -> ToolCall:  # noqa: A002 - the field's name
    return call("search", {"query": query}, id)


def finish(answer: str, *quotes: tuple[int, str], status: str = "answered") -> ToolCall:
    citations = [{"n": n, "quote": quote} for n, quote in quotes]
    return call("finish", {"status": status, "answer": answer, "citations": citations}, "finish-1")
