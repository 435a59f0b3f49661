"""A model whose words can be stored and sent; see `plain_text`."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from bot.agent.chat_model import ChatModel
from bot.agent.tool import ToolSpec
from bot.core.types import ChatMessage, ModelTurn, TextDelta, ToolCall
from knowledge.text.plain_text import plain_json, plain_text


class PlainModel:
    """Says what *model* says, without lone surrogates and control characters.

    Attributes:
        model: The model itself.
    """

    def __init__(self, model: ChatModel) -> None:
        self.model = model

    @property
    def name(self) -> str:
        return self.model.name

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        async for part in self.model.stream(messages, tools, force=force):
            if isinstance(part, ModelTurn):
                yield replace(
                    part,
                    text=plain_text(part.text),
                    calls=tuple(map(_plain_call, part.calls)),
                    opaque=tuple(map(plain_json, part.opaque)),
                )
            else:
                yield TextDelta(plain_text(part.text))

    async def aclose(self) -> None:
        await self.model.aclose()


def _plain_call(call: ToolCall) -> ToolCall:
    arguments = plain_text(call.arguments)
    if "\\u" in arguments:  # escapes of JSON can hide the same characters
        try:
            arguments = json.dumps(plain_json(json.loads(arguments)), ensure_ascii=False)
        except (ValueError, RecursionError):
            return replace(call, arguments=arguments)  # whoever reads it says what is wrong
    return replace(call, arguments=arguments)
