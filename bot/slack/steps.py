"""What the agent does, in short lines for the person who waits. Pure."""

from collections.abc import Mapping

from bot.slack import texts
from bot.types import Event, Language, ToolFinished, ToolStarted

_TOOLS: Mapping[str, texts.Text] = {
    "search_knowledge": texts.SEARCH_KNOWLEDGE,
    "read_document": texts.READ_DOCUMENT,
    "search_web": texts.SEARCH_WEB,
    "read_page": texts.READ_PAGE,
}
_LONGEST = 80


class Steps:
    """The lines of one run: each tool call keeps its line, from its start to its result."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._lines: dict[str, str] = {}

    @property
    def lines(self) -> list[str]:
        """The lines so far, in the order in which the calls began."""
        return list(self._lines.values())

    def add(self, event: Event) -> bool:
        """Note *event*; False when it shows nothing."""
        if event.tool == "finish":
            return False
        line = self._call(event)
        if isinstance(event, ToolFinished):
            line = f"{line} → {self._result(event)}"
        self._lines[event.call_id] = line
        return True

    def _call(self, event: ToolStarted | ToolFinished) -> str:
        what = " · ".join(" ".join(str(v).split()) for v in event.arguments.values() if v)
        if len(what) > _LONGEST:
            what = f"{what[: _LONGEST - 1]}…"
        text = _TOOLS.get(event.tool, texts.OTHER_TOOL)
        return f"• {text.to(self.language, tool=event.tool, what=what)}"

    def _result(self, event: ToolFinished) -> str:
        if event.error:
            return texts.STEP_FAILED.to(self.language)
        if event.passages:
            return texts.FOUND.to(self.language, count=len(event.passages))
        return texts.FOUND_NOTHING.to(self.language)
