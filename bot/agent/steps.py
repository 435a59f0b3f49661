"""The agent's tool calls in short lines, for the person who waits. Pure."""

from collections.abc import Mapping

from bot.agent import texts
from bot.core.i18n import Text
from bot.core.language import Language
from bot.core.server_evidence import TOOL_OF_SERVER
from bot.core.types import ToolFinished, ToolStarted

_TOOLS: Mapping[str, Text] = {
    "search_knowledge": texts.SEARCH_KNOWLEDGE,
    "read_document": texts.READ_DOCUMENT,
    "search_web": texts.SEARCH_WEB,
    "search_slack": texts.SEARCH_SLACK,
    "read_page": texts.READ_PAGE,
    "read_attachment": texts.READ_ATTACHMENT,
}
_LONGEST = 80


def step_title(event: ToolStarted | ToolFinished, language: Language) -> str:
    """Return what is done, and with what, in one line."""
    what = _what(event)
    server, of_server, _ = event.tool.partition(TOOL_OF_SERVER)
    tool = _TOOLS.get(event.tool)
    title = tool.to(language) if tool else event.tool
    if of_server:
        title = texts.ASK_SERVER.to(language, server=server)
    return f"{title}: {what}" if what else title


def step_result(event: ToolFinished, language: Language) -> str:
    """Return what came of it, without the reason of a failure."""
    if event.error:
        return texts.STEP_FAILED.to(language)
    if event.passages:
        return texts.STEP_FOUND.to(language, count=len(event.passages))
    return texts.STEP_FOUND_NOTHING.to(language)


def _what(event: ToolStarted | ToolFinished) -> str:
    """Return what a call is about.

    A document is named by its title once it has been read: only then it is known that it may be.
    For the same reason no source is named.
    """
    if event.tool == "read_document":
        passages = event.passages if isinstance(event, ToolFinished) else ()
        values = [passages[0].title] if passages else []
    else:
        values = [str(v) for name, v in event.arguments.items() if v and name != "sources"]
    line = " · ".join(" ".join(value.split()) for value in values)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
