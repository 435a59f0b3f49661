"""The search that a run begins with, told to servers of both kinds.

OpenAI's own models get it as a call and its result, so that passages keep the low rank of a tool's
result. Other servers want back what a model called with marks of their own (Gemini, DeepSeek), or
have models that never learned calls: for them the passages stand before the question.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.types import ChatMessage
from bot.llm import texts
from bot.llm.profiles import ModelProfile


def with_own_search(
    messages: Sequence[ChatMessage], profile: ModelProfile
) -> Sequence[ChatMessage]:
    """Return *messages* with each search of the program's own as *profile* needs it."""
    told, found = list[ChatMessage](), list[str]()
    for message in messages:
        if message.role != "tool" or not message.calls:
            told.append(message)
            found.clear()
        elif profile.search_as_call:
            told += [ChatMessage("assistant", "", message.calls), replace(message, calls=())]
        else:
            question = told[-1].text.removeprefix(_before(found))
            if profile.wants_brevity and not found:
                question = f"{question}\n\n{texts.BRIEFLY.to(told[-1].language)}"
            found.append(message.text)
            told[-1] = replace(told[-1], text=f"{_before(found)}{question}")
    return told


def _before(found: Sequence[str]) -> str:
    return "\n".join(["Found for the question:", *found, "\n"]) if found else ""
