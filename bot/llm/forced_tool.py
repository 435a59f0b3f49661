"""Demands a tool from servers that have no parameter for it."""

from collections.abc import Sequence

from bot.agent.tool import ToolSpec
from bot.llm.profiles import ModelProfile


def offered_tools(
    tools: Sequence[ToolSpec], force: str, profile: ModelProfile
) -> Sequence[ToolSpec]:
    """Return the tools to send: only the demanded one where words have to do."""
    if demand(force, profile):
        return [tool for tool in tools if tool.name == force]
    return tools


def demand(force: str, profile: ModelProfile) -> str:
    """Return a last message that demands the tool *force*, or "" if the request itself does."""
    if not force or profile.forced_tool_choice:
        return ""
    return f"Now call the tool `{force}`. Do not write anything else."
