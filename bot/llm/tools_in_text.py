"""Tools for servers that know none: told in the instructions, called and answered in text."""

import json
from collections.abc import Sequence

from bot.agent.tool import ToolSpec
from bot.core.types import ChatMessage, ToolCall
from bot.llm.tool_calls import readable_arguments
from bot.llm.tool_schema import strict_schema

_TOLD = """\
You can call these tools:
{tools}
To call one, write only this, with the arguments that its schema names:
<tool_call>{{"name": "…", "arguments": {{…}}}}</tool_call>"""


def tools_in_text(messages: Sequence[ChatMessage], tools: Sequence[ToolSpec]) -> list[ChatMessage]:
    """Return *messages* without calls, with *tools* described in the first one."""
    told = [_in_text(message) for message in messages]
    if not tools:
        return told
    described = "\n".join(
        json.dumps(
            {
                "name": tool.name,
                "description": tool.description,
                "arguments": strict_schema(tool.arguments)["properties"],
            },
            ensure_ascii=False,
        )
        for tool in tools
    )
    return [ChatMessage("system", _TOLD.format(tools=described)), *told]


def _in_text(message: ChatMessage) -> ChatMessage:
    if message.role == "tool":
        return ChatMessage("user", f"Result:\n{message.text}")
    if message.calls:
        calls = "\n".join(map(_written, message.calls))
        return ChatMessage("assistant", "\n".join(filter(None, [message.text, calls])))
    return message


def _written(call: ToolCall) -> str:
    arguments = json.loads(readable_arguments(call))
    said = json.dumps({"name": call.name, "arguments": arguments}, ensure_ascii=False)
    return f"<tool_call>{said}</tool_call>"
