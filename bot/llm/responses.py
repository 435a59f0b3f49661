"""The Responses wire format, without state on the vendor's side."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from openai import AsyncOpenAI
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseErrorEvent,
    ResponseFailedEvent,
    ResponseFunctionToolCall,
    ResponseIncompleteEvent,
    ResponseOutputItemDoneEvent,
    ResponseRefusalDeltaEvent,
    ResponseStreamEvent,
    ResponseTextDeltaEvent,
    ResponseUsage,
)
from openai.types.responses.response_usage import InputTokensDetails

from bot.agent.tool import ToolSpec
from bot.core.types import ChatMessage, ModelTurn, TextDelta, ToolCall, Usage
from bot.llm import texts
from bot.llm.errors import broken_off, failure, translated_errors
from bot.llm.forced_tool import demand
from bot.llm.images import data_url
from bot.llm.own_search import with_own_search
from bot.llm.profiles import ModelProfile
from bot.llm.tool_calls import readable_arguments
from bot.llm.tool_schema import strict_schema


class ResponsesModel:
    """A model behind `/responses`. Safe to use for several streams at once."""

    def __init__(self, client: AsyncOpenAI, model: str, profile: ModelProfile) -> None:
        self._client = client
        self._model = model
        self._profile = profile

    @property
    def name(self) -> str:
        return self._model

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        request = responses_request(messages, tools, force, self._profile)
        answer = _Answer()
        with translated_errors(self._model, self._client.api_key):
            events = await self._client.responses.create(model=self._model, stream=True, **request)
            async with events:
                async for event in events:
                    if text := answer.add(event):
                        yield TextDelta(text)
        if answer.is_withheld:
            yield TextDelta(texts.WITHHELD.in_both())
        yield answer.turn(self._model)

    async def aclose(self) -> None:
        await self._client.close()


class _Answer:
    """The state of one stream."""

    def __init__(self) -> None:
        self._text = ""
        self._items: list[Mapping[str, object]] = []
        self._calls: list[ToolCall] = []
        self._response: Response | None = None

    def add(self, event: ResponseStreamEvent) -> str:
        """Take in *event* and return its text. Raises a `BotError` when it tells of a failure."""
        match event:
            case ResponseTextDeltaEvent() | ResponseRefusalDeltaEvent():
                self._text += event.delta
                return event.delta
            case ResponseOutputItemDoneEvent():
                self._add_item(event)
            case ResponseCompletedEvent() | ResponseIncompleteEvent():
                self._response = event.response
            case ResponseFailedEvent():
                error = event.response.error
                raise failure(error.code if error else "", error.message if error else "")
            case ResponseErrorEvent():
                raise failure(event.code or "", event.message)
            case _:
                pass
        return ""

    def _add_item(self, event: ResponseOutputItemDoneEvent) -> None:
        item = event.item
        self._items.append(item.to_dict(mode="json", warnings=False))
        if isinstance(item, ResponseFunctionToolCall):
            self._calls.append(ToolCall(item.call_id, item.name, item.arguments))

    @property
    def is_withheld(self) -> bool:
        return self._stopped_by("content_filter") and not self._text

    def turn(self, model: str) -> ModelTurn:
        """Return the whole turn. Raises `ModelUnavailableError` when the stream was cut."""
        if self._response is None:
            raise broken_off()
        return ModelTurn(
            text=texts.WITHHELD.in_both() if self.is_withheld else self._text,
            calls=tuple(self._calls),
            usage=usage_of(self._response.usage),
            truncated=self._stopped_by("max_output_tokens"),
            opaque=tuple(self._items),
            model=self._response.model or model,
        )

    def _stopped_by(self, reason: str) -> bool:
        details = self._response.incomplete_details if self._response else None
        return details is not None and details.reason == reason


def responses_request(
    messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], force: str, profile: ModelProfile
) -> dict[str, Any]:
    """Return the parameters of the request, except the model and `stream`."""
    told = with_own_search(messages, profile)
    request: dict[str, Any] = {"input": input_items(told), "store": False}
    if words := demand(force, profile):
        request["input"].append({"role": "user", "content": words})
    if tools:
        request["tools"] = [responses_tool(tool, profile) for tool in tools]
    if force and profile.forced_tool_choice:
        request["tool_choice"] = {"type": "function", "name": force}
        if profile.parallel_switch:
            request["parallel_tool_calls"] = False
    if profile.reasoning_efforts:
        request["include"] = ["reasoning.encrypted_content"]
    if profile.responses_effort:
        request["reasoning"] = {"effort": profile.responses_effort}
    if profile.output_limit:
        request["max_output_tokens"] = profile.output_limit
    return request


def responses_tool(tool: ToolSpec, profile: ModelProfile) -> dict[str, Any]:
    """Return *tool* in the Responses wire format."""
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": strict_schema(tool.arguments),
        "strict": profile.strict_tools,
    }


def input_items(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """Return the transcript as input items; a turn of this wire goes back as it came."""
    return [item for message in messages for item in _items_of(message)]


def usage_of(usage: ResponseUsage | None) -> Usage:
    """Return the tokens of one call; cached ones are part of the input."""
    if usage is None:
        return Usage(calls=1)
    return Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=_cached(usage.input_tokens_details),
        calls=1,
    )


def _cached(details: InputTokensDetails | None) -> int:
    return 0 if details is None else details.cached_tokens or 0


def _items_of(message: ChatMessage) -> list[dict[str, Any]]:
    if message.role == "tool":
        output = {"call_id": message.call_id, "output": message.text}
        return [{"type": "function_call_output", **output}]
    if message.opaque:
        return [dict(item) for item in message.opaque if _can_go_back(item)]
    content: object = message.text
    if message.pictures:
        shown = [
            {"type": "input_image", "detail": "auto", "image_url": data_url(picture)}
            for picture in message.pictures
        ]
        content = [{"type": "input_text", "text": message.text}, *shown]
    said = [{"role": message.role, "content": content}] if message.text else []
    return [*said, *(_call_item(call) for call in message.calls)]


def _can_go_back(item: Mapping[str, object]) -> bool:
    """Reasoning that was not stored and is not encrypted cannot be found by its id again."""
    return item.get("type") != "reasoning" or bool(item.get("encrypted_content"))


def _call_item(call: ToolCall) -> dict[str, Any]:
    called = {"call_id": call.id, "name": call.name, "arguments": readable_arguments(call)}
    return {"type": "function_call", **called}
