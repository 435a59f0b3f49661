"""The two wire formats of the model endpoint: requests in, answers and their streams out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from tests.support.llm_brains import Call, Conversation, Said, Turn

Oddity = Literal[
    "dict_arguments",
    "missing_index",
    "missing_id",
    "missing_index_and_id",
    "stop_with_calls",
    "all_at_index_zero",
    "extra_content",
    "no_finish_reason",
    "no_usage",
]
"""Ways in which chat streams of compatible servers differ from OpenAI's."""

PIECE = 7
"""Characters of a streamed piece: small enough to cut words, escapes and keys."""

Json = dict[str, Any]


def chat_conversation(body: Json) -> Conversation:
    """Read a valid request of `/chat/completions`."""
    choice = body.get("tool_choice")
    return Conversation(
        wire="chat",
        model=body["model"],
        said=tuple(_chat_said(message) for message in body["messages"]),
        tools={
            tool["function"]["name"]: tool["function"].get("parameters", {})
            for tool in body.get("tools", ())
        },
        forced=choice["function"]["name"] if isinstance(choice, dict) else "",
        thoughts=tuple(
            message[key]
            for message in body["messages"]
            for key in ("reasoning", "reasoning_content")
            if key in message
        ),
    )


def responses_conversation(body: Json) -> Conversation:
    """Read a valid request of `/responses`; neighbouring calls become one assistant message."""
    items = body["input"]
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    said: list[Said] = []
    if body.get("instructions"):
        said.append(Said("system", body["instructions"]))
    for item in items:
        match item.get("type", "message"):
            case "message":
                said.append(Said(_role(item["role"]), _text(item["content"])))
            case "function_call_output":
                said.append(Said("tool", _text(item["output"]), call_id=item["call_id"]))
            case "function_call":
                _add_call(said, Call(item["name"], item["arguments"], item["call_id"]))
            case _:
                pass
    choice = body.get("tool_choice")
    return Conversation(
        wire="responses",
        model=body["model"],
        said=tuple(said),
        tools={tool["name"]: tool["parameters"] or {} for tool in body.get("tools", ())},
        forced=choice["name"] if isinstance(choice, dict) else "",
        thoughts=tuple(
            item.get("encrypted_content", "") for item in items if item.get("type") == "reasoning"
        ),
    )


def unanswered_call(conversation: Conversation) -> str:
    """Say which call and result do not belong together, as OpenAI does, or return ""."""
    called = [call.id for message in conversation.said for call in message.calls]
    answered = [message.call_id for message in conversation.said if message.role == "tool"]
    for identity in called:
        if answered.count(identity) != 1:
            return f"call {identity} has {answered.count(identity)} results, not one"
    strays = [identity for identity in answered if identity not in called]
    return f"result for {strays[0]}, which nobody called" if strays else ""


def usage_of(conversation: Conversation, turn: Turn) -> tuple[int, int, int]:
    """Return plausible tokens: input, cached input, output; a character is a token."""
    entered = sum(len(message.text) for message in conversation.said)
    written = len(turn.text) + sum(len(_arguments(call)) for call in turn.calls)
    return entered, len(conversation.system), written


def chat_completion(conversation: Conversation, turn: Turn) -> Json:
    """Return the answer of `/chat/completions` without streaming."""
    message: Json = {"role": "assistant", "content": turn.text or None, "refusal": None}
    if turn.stop == "refusal":
        message |= {"content": None, "refusal": turn.text}
    if turn.calls:
        message["tool_calls"] = [_chat_call(call) for call in turn.calls]
    choice = {"index": 0, "message": message, "finish_reason": _finish_reason(turn, ())}
    return {
        **_chat_head(conversation, "chat.completion"),
        "choices": [{**choice, "logprobs": None}],
        "usage": _chat_usage(conversation, turn),
    }


def chat_chunks(
    conversation: Conversation, turn: Turn, oddities: Sequence[Oddity] = ()
) -> Iterator[Json]:
    """Yield the chunks of a streamed chat completion, with the oddities of other servers."""
    head = _chat_head(conversation, "chat.completion.chunk")

    def chunk(delta: Json, finish_reason: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**head, "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    for piece in _pieces(turn.thoughts):
        yield chunk({"reasoning_content": piece, "reasoning": piece})
    for piece in _pieces(turn.text):
        yield chunk({"refusal" if turn.stop == "refusal" else "content": piece})
    for index, call in enumerate(turn.calls):
        for delta in _call_deltas(index, call, oddities):
            yield chunk({"tool_calls": [delta]})
    if "no_finish_reason" not in oddities:
        yield chunk({}, _finish_reason(turn, oddities))
    if "no_usage" not in oddities:
        yield {**head, "choices": [], "usage": _chat_usage(conversation, turn)}


def response(conversation: Conversation, turn: Turn, items: Sequence[Json]) -> Json:
    """Return the answer of `/responses` without streaming."""
    entered, cached, written = usage_of(conversation, turn)
    reason = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(turn.stop)
    return {
        **_response_head(conversation),
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "output": list(items),
        "usage": {
            "input_tokens": entered,
            "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": entered + written,
        },
    }


def response_events(conversation: Conversation, turn: Turn) -> Iterator[Json]:
    """Yield the events of a streamed response."""
    for number, event in enumerate(_response_events(conversation, turn)):
        yield {**event, "sequence_number": number}


def output_items(turn: Turn) -> list[Json]:
    """Return what a turn consists of on the Responses wire."""
    items: list[Json] = []
    if turn.thoughts:
        thought = {"type": "reasoning", "id": "rs_1", "summary": []}
        items.append({**thought, "encrypted_content": turn.thoughts})
    if turn.text:
        part: Json = {"type": "output_text", "text": turn.text, "annotations": []}
        if turn.stop == "refusal":
            part = {"type": "refusal", "refusal": turn.text}
        message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
        items.append({**message, "content": [part]})
    items += (
        {
            "type": "function_call",
            "id": f"fc_{index}",
            "call_id": call.id,
            "name": call.name,
            "arguments": _arguments(call),
            "status": "completed",
        }
        for index, call in enumerate(turn.calls)
    )
    return items


def _response_events(conversation: Conversation, turn: Turn) -> Iterator[Json]:
    head = {**_response_head(conversation), "status": "in_progress", "output": []}
    items = output_items(turn)
    yield {"type": "response.created", "response": head}
    yield {"type": "response.in_progress", "response": head}
    for index, item in enumerate(items):
        place = {"output_index": index, "item_id": item["id"]}
        opened = {**item, **_opened(item)}
        yield {"type": "response.output_item.added", "output_index": index, "item": opened}
        yield from ({**event, **place} for event in _item_events(item))
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    whole = response(conversation, turn, items)
    yield {"type": f"response.{whole['status']}", "response": whole}


def _item_events(item: Json) -> Iterator[Json]:
    match item["type"]:
        case "function_call":
            for piece in _pieces(item["arguments"]):
                yield {"type": "response.function_call_arguments.delta", "delta": piece}
            done = {"name": item["name"], "arguments": item["arguments"]}
            yield {"type": "response.function_call_arguments.done", **done}
        case "message":
            part = item["content"][0]
            kind = part["type"]
            for piece in _pieces(part.get("text") or part["refusal"]):
                delta = {"content_index": 0, "delta": piece, "logprobs": []}
                yield {"type": f"response.{kind}.delta", **delta}


def _opened(item: Json) -> Json:
    match item["type"]:
        case "function_call":
            return {"arguments": "", "status": "in_progress"}
        case "message":
            return {"content": [], "status": "in_progress"}
        case _:
            return {}


def _call_deltas(index: int, call: Call, oddities: Sequence[Oddity]) -> Iterator[Json]:
    head: Json = {"index": index, "id": call.id, "type": "function"}
    if "all_at_index_zero" in oddities:
        head["index"] = 0
    if "missing_index" in oddities or "missing_index_and_id" in oddities:
        del head["index"]
    if "missing_id" in oddities or "missing_index_and_id" in oddities:
        del head["id"]
    if "extra_content" in oddities:
        head["extra_content"] = {"google": {"thought_signature": f"signature {index}"}}
    if "dict_arguments" in oddities and isinstance(call.arguments, Mapping):
        yield {**head, "function": {"name": call.name, "arguments": dict(call.arguments)}}
        return
    yield {**head, "function": {"name": call.name, "arguments": ""}}
    place = {"index": head["index"]} if "index" in head else {}
    for piece in _pieces(_arguments(call)):
        yield {**place, "function": {"arguments": piece}}


def _finish_reason(turn: Turn, oddities: Sequence[Oddity]) -> str:
    if turn.stop in {"length", "content_filter"}:
        return turn.stop
    return "tool_calls" if turn.calls and "stop_with_calls" not in oddities else "stop"


def _chat_call(call: Call) -> Json:
    function = {"name": call.name, "arguments": _arguments(call)}
    return {"id": call.id, "type": "function", "function": function}


def _chat_head(conversation: Conversation, kind: str) -> Json:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": conversation.model}


def _chat_usage(conversation: Conversation, turn: Turn) -> Json:
    entered, cached, written = usage_of(conversation, turn)
    return {
        "prompt_tokens": entered,
        "completion_tokens": written,
        "total_tokens": entered + written,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def _response_head(conversation: Conversation) -> Json:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": conversation.model,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


def _chat_said(message: Json) -> Said:
    calls = tuple(
        Call(call["function"]["name"], call["function"]["arguments"], call["id"])
        for call in message.get("tool_calls", ())
    )
    text = _text(message.get("content") or "")
    return Said(_role(message["role"]), text, calls, message.get("tool_call_id", ""))


def _add_call(said: list[Said], call: Call) -> None:
    if said and said[-1].calls:
        said[-1] = replace(said[-1], calls=(*said[-1].calls, call))
    elif said and said[-1].role == "assistant":
        said[-1] = replace(said[-1], calls=(call,))
    else:
        said.append(Said("assistant", "", (call,)))


def _role(role: str) -> Literal["system", "user", "assistant", "tool"]:
    match role:
        case "assistant" | "tool" | "user":
            return role
        case _:
            return "system"


def _text(content: str | list[Json]) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or part.get("refusal", "") for part in content)


def _arguments(call: Call) -> str:
    if isinstance(call.arguments, str):
        return call.arguments
    return json.dumps(call.arguments, ensure_ascii=False)


def _pieces(text: str) -> Iterator[str]:
    return (text[start : start + PIECE] for start in range(0, len(text), PIECE))
