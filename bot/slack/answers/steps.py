"""The steps of the agent in short lines, for the person who waits. Pure."""

from dataclasses import dataclass
from typing import Literal

from bot.agent.steps import step_result, step_title
from bot.core.language import Language
from bot.core.types import Event, ToolFinished
from bot.slack.client import escape


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
        title = escape.plain(step_title(event, self.language))
        task = Task(event.call_id, title, "in_progress")
        if isinstance(event, ToolFinished):
            result = step_result(event, self.language)
            task = Task(task.id, task.title, "error" if event.error else "complete", result)
        self._tasks[event.call_id] = task
        return True
