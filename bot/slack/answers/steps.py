"""The steps of the agent in short lines, for the person who waits. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.core.i18n import Text
from bot.core.language import Language
from bot.core.types import Event, ToolFinished, ToolStarted
from bot.slack.answers import texts
from bot.slack.client.split import one_line

_TOOLS: Mapping[str, Text] = {
    "search_knowledge": texts.SEARCH_KNOWLEDGE,
    "read_document": texts.READ_DOCUMENT,
    "search_web": texts.SEARCH_WEB,
    "read_page": texts.READ_PAGE,
    "read_attachment": texts.READ_ATTACHMENT,
}
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Task:
    """One tool call as a card: its title, its state, and its result."""

    id: str
    title: str
    status: Literal["in_progress", "complete", "error"]
    output: str = ""


class Steps:
    """The tool calls of one run, in the order of their starts."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._tasks: dict[str, Task] = {}

    @property
    def tasks(self) -> list[Task]:
        """The calls so far, in the order in which they began."""
        return list(self._tasks.values())

    @property
    def lines(self) -> list[str]:
        """The same as lines of text."""
        return [
            f"• {task.title} → {task.output}" if task.output else f"• {task.title}"
            for task in self._tasks.values()
        ]

    def add(self, event: Event) -> bool:
        """Note *event*; False when it shows nothing."""
        if event.tool == "finish":
            return False
        task = Task(event.call_id, self._title(event), "in_progress")
        if isinstance(event, ToolFinished):
            result = self._result(event)
            task = Task(task.id, task.title, "error" if event.error else "complete", result)
        self._tasks[event.call_id] = task
        return True

    def _title(self, event: ToolStarted | ToolFinished) -> str:
        text = _TOOLS.get(event.tool, texts.OTHER_TOOL)
        return text.to(self.language, tool=event.tool, what=_shown(event)).removesuffix(": ")

    def _result(self, event: ToolFinished) -> str:
        if event.error:
            return texts.STEP_FAILED.to(self.language)
        if event.passages:
            return texts.FOUND.to(self.language, count=len(event.passages))
        return texts.FOUND_NOTHING.to(self.language)


def _shown(event: ToolStarted | ToolFinished) -> str:
    """Return what a call is about, in one line.

    A document is named by its title once it has been read: only then it is known that it may be.
    For the same reason no source is named.
    """
    if event.tool == "read_document":
        passages = event.passages if isinstance(event, ToolFinished) else ()
        return one_line(passages[0].title, _LONGEST) if passages else ""
    values = [value for name, value in event.arguments.items() if name != "sources" and value]
    return one_line(" · ".join(" ".join(str(value).split()) for value in values), _LONGEST)
