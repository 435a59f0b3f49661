"""Demands a tool from servers that have no parameter for it."""

from bot.llm.profiles import ModelProfile


def demand(force: str, profile: ModelProfile) -> str:
    """Return a last message that demands the tool *force*, or "" if the request itself does.

    The tools stay as they were: servers keep the beginning of a conversation, and tools are a part
    of it.
    """
    if not force or profile.forced_tool_choice:
        return ""
    return f"Now call the tool `{force}`. Do not write anything else."
