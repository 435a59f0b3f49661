"""The chat completions wire format, which every OpenAI-compatible server supports."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from openai import AsyncOpenAI
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk

from bot.agent.tool import ToolSpec
from bot.core.types import ChatMessage, ModelTurn, ReadFile, TextDelta, ToolCall, Usage
from bot.llm import texts
from bot.llm.errors import ToolsRefusedError, broken_off, translated_errors
from bot.llm.forced_tool import demand
from bot.llm.images import data_url
from bot.llm.own_search import with_own_search
from bot.llm.profiles import ModelProfile
from bot.llm.tool_calls import ToolCallAccumulator, readable_arguments
from bot.llm.tool_schema import strict_schema
from bot.llm.tools_in_text import tools_in_text


class ChatCompletionsModel:
    """A model behind `/chat/completions`. Safe to use for several streams at once."""

    def __init__(self, client: AsyncOpenAI, model: str, profile: ModelProfile) -> None:
        self._client = client
        self._model = model
        self._profile = profile
        self._takes_tools = True

    @property
    def name(self) -> str:
        return self._model

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        if self._takes_tools:
            try:
                async with aclosing(self._stream(messages, tools, force)) as parts:
                    async for part in parts:
                        yield part
            except ToolsRefusedError:
                if not tools:
                    raise
                self._takes_tools = False  # of this model, from now on
            else:
                return
        told = tools_in_text(with_own_search(messages, self._profile), tools)
        profile = replace(self._profile, forced_tool_choice=False)
        async with aclosing(self._stream(told, (), force, profile)) as parts:
            async for part in parts:
                yield part

    async def _stream(
        self,
        messages: Sequence[ChatMessage],
        tools: Sequence[ToolSpec],
        force: str,
        profile: ModelProfile | None = None,
    ) -> AsyncGenerator[TextDelta | ModelTurn]:
        request = chat_request(messages, tools, force, profile or self._profile)
        answer = _Answer(self._profile)
        with translated_errors(self._model, self._client.api_key):
            chunks = await self._client.chat.completions.create(
                model=self._model, stream=True, **request
            )
            async with chunks:
                async for chunk in chunks:
                    if text := answer.add(chunk):
                        yield TextDelta(text)
        if answer.is_withheld:
            yield TextDelta(texts.WITHHELD.in_both())
        yield answer.turn(self._model)

    async def aclose(self) -> None:
        await self._client.close()


class _Answer:
    """The state of one stream."""

    def __init__(self, profile: ModelProfile) -> None:
        self._profile = profile
        self._text = ""
        self._thoughts = ""
        self._calls = ToolCallAccumulator()
        self._finish_reason: str | None = None
        self._usage = Usage(calls=1)
        self._model = ""

    def add(self, chunk: ChatCompletionChunk) -> str:
        """Take in *chunk* and return its text."""
        self._model = chunk.model or self._model
        if chunk.usage:
            self._usage = usage_of(chunk.usage)
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        self._finish_reason = choice.finish_reason or self._finish_reason
        delta = choice.delta
        if delta is None:  # the SDK does not validate chunks
            return ""
        self._calls.add(delta.tool_calls or ())
        if field := self._profile.thinking_field:
            self._thoughts += (delta.model_extra or {}).get(field) or ""
        text = delta.content or delta.refusal or ""
        self._text += text
        return text

    @property
    def is_withheld(self) -> bool:
        return self._finish_reason == "content_filter" and not self._text

    def turn(self, model: str) -> ModelTurn:
        """Return the whole turn. Raises `ModelUnavailableError` when the stream was cut."""
        calls = self._calls.calls()
        said_something = bool(self._text or calls)
        if self._finish_reason is None and (
            self._profile.sends_finish_reason or not said_something
        ):
            raise broken_off()
        thoughts: dict[str, object] = {self._profile.thinking_field: self._thoughts}
        return ModelTurn(
            text=texts.WITHHELD.in_both() if self.is_withheld else self._text,
            calls=calls,
            usage=self._usage,
            truncated=self._finish_reason == "length",
            opaque=(thoughts,) if self._thoughts else (),
            model=self._model or model,
        )


def chat_request(
    messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], force: str, profile: ModelProfile
) -> dict[str, Any]:
    """Return the parameters of the request, except the model and `stream`."""
    request: dict[str, Any] = {"messages": chat_messages(messages, profile)}
    if words := demand(force, profile):
        request["messages"].append({"role": "user", "content": words})
    if tools:
        request["tools"] = [chat_tool(tool, profile) for tool in tools]
        if profile.chat_effort:
            request["reasoning_effort"] = profile.chat_effort
    if force and tools and profile.forced_tool_choice:
        request["tool_choice"] = {"type": "function", "function": {"name": force}}
        if profile.parallel_switch:
            request["parallel_tool_calls"] = False
    if profile.output_limit:
        request[profile.limit_field] = profile.output_limit
    if profile.stream_usage:
        request["stream_options"] = {"include_usage": True}
    return request


def chat_tool(tool: ToolSpec, profile: ModelProfile) -> dict[str, Any]:
    """Return *tool* in the chat wire format."""
    function: dict[str, Any] = {
        "name": tool.name,
        "description": tool.description,
        "parameters": strict_schema(tool.arguments),
    }
    if profile.strict_tools:
        function["strict"] = True
    return {"type": "function", "function": function}


def chat_messages(messages: Sequence[ChatMessage], profile: ModelProfile) -> list[dict[str, Any]]:
    """Return the transcript as messages of the chat wire."""
    messages = with_own_search(messages, profile)
    if profile.single_system_message:
        messages = _with_one_system_message(messages)
    return [_chat_message(message) for message in messages]


def usage_of(usage: CompletionUsage) -> Usage:
    """Return the tokens of one call; cached ones are part of the input."""
    details = usage.prompt_tokens_details
    return Usage(
        input_tokens=usage.prompt_tokens or 0,
        output_tokens=usage.completion_tokens or 0,
        cached_tokens=(details.cached_tokens or 0) if details else 0,
        calls=1,
    )


def _with_one_system_message(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    instructions = [message.text for message in messages if message.role == "system"]
    others = [message for message in messages if message.role != "system"]
    return [ChatMessage("system", "\n\n".join(instructions)), *others] if instructions else others


def _chat_message(message: ChatMessage) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.call_id, "content": message.text}
    said: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.pictures:
        shown = [_chat_picture(picture) for picture in message.pictures]
        said["content"] = [{"type": "text", "text": message.text}, *shown]
    if message.calls:
        said["content"] = message.text or None
        said["tool_calls"] = [_chat_call(call) for call in message.calls]
    for item in message.opaque:
        said |= item
    return said


def _chat_picture(picture: ReadFile) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": data_url(picture)}}


def _chat_call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": readable_arguments(call)}
    return {"id": call.id, "type": "function", "function": function, **(call.extra or {})}
