"""Prints steps and answers in a terminal."""

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.text import Text

from bot.agent.confidence import explained
from bot.agent.steps import step_result, step_title
from bot.answering.late_sources import late_line
from bot.cli import texts
from bot.core.i18n import Text as Words
from bot.core.language import Language
from bot.core.types import Answer, AnswerStatus, Citation, Event, ToolFinished, ToolStarted

_STATUS: Mapping[AnswerStatus, tuple[Words, str]] = {
    "found": (texts.FOUND, "yellow"),
    "handed_over": (texts.NOT_ANSWERED, "yellow"),
    "clarify": (texts.ASKED_BACK, "cyan"),
    "failed": (texts.FAILED, "red"),
}
"""What stands above an answer that is none, and its colour."""


class TerminalReply:
    """Prints the agent's steps and its answer; *language* is that of the reply."""

    def __init__(self, console: Console, language: Language) -> None:
        self.console = console
        self.language = language

    async def show(self, event: Event) -> None:
        """Print a step in one dim line."""
        match event:
            case ToolStarted():
                title = step_title(event, self.language)
                self.console.print(f"[dim]  … {escape(title)}[/dim]")
            case ToolFinished():
                result = step_result(event, self.language)
                why = f": {event.error[:160]}" if event.error else ""
                self.console.print(f"[dim]    {escape(result + why)}[/dim]")

    def finish(self, answer: Answer) -> None:
        """Print the answer, its sources with quotes, and its time and cost."""
        console = self.console
        plain = not console.is_terminal  # output to a pipe is not wrapped
        console.print()
        if answer.status in _STATUS:
            said, colour = _STATUS[answer.status]
            console.print(Text(said.to(self.language), style=colour))
        if not plain:
            console.print(Markdown(answer.text, hyperlinks=False))
        else:
            console.print(Text(answer.text), soft_wrap=True)
        if answer.citations:
            console.print()
        for citation in answer.citations:
            number = (f"[{citation.number}] ", "bold")
            console.print(Text.assemble(number, _source(citation)), soft_wrap=plain)
            if citation.quote and answer.status != "found":
                quote = Text(f"    “{_short(citation.quote)}”", style="dim")
                console.print(quote, soft_wrap=plain)
        if late := late_line(answer, self.language):
            console.print(Text(late, style="yellow"), soft_wrap=plain)
        if answer.confidence is not None and answer.features and answer.calibrated:
            why = explained(answer.features, self.language)
            console.print(Text(f"{answer.confidence:.2f}: {why}", style="dim"), soft_wrap=plain)
        if answer.draft:
            draft = texts.DRAFT_FOR_EXPERTS.to(self.language, draft=answer.draft)
            console.print(Text(draft, style="dim"))
        cost = "" if not answer.cost_usd else f" · ${answer.cost_usd:.4f}"
        if answer.model:
            took = f"{answer.latency_ms / 1000:.1f} s{cost} · {answer.model}"
            console.print(Text(took, style="dim"))
        console.print()


def _source(citation: Citation) -> str:
    date = f" ({citation.changed})" if citation.changed else ""
    address = urlsplit(citation.url)
    place = citation.document_id
    if address.scheme in {"http", "https"}:
        place = citation.url
    elif address.fragment:
        place = f"{place}#{unquote(address.fragment)}"
    return f"{citation.title}{date} — {place}"


def _short(quote: str, limit: int = 200) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
