"""A conversation in the terminal, with the same agent, memory and ledger as in Slack."""

import asyncio
import time
import uuid
from collections.abc import Sequence

from rich.console import Console

from bot.answering.answerer import Answerer
from bot.cli.reply import TerminalReply
from bot.core.types import Answer, Feedback, Question, QuestionId, ThreadId
from knowledge.model.types import Principal

HELP = """Ask anything. Follow-up questions know what was said before.
  /new   start a new conversation      /good, /bad   judge the last answer
  /help  this text                     /quit         leave (or Ctrl-D)"""


class TerminalChat:
    """One person's talk with the bot; each instance is a thread of its own."""

    def __init__(self, answerer: Answerer, reader: Principal, console: Console) -> None:
        self.answerer = answerer
        self.reader = reader
        self.console = console
        self.last = QuestionId("")
        self._begin()

    def _begin(self) -> None:
        self.thread = ThreadId(f"terminal:{uuid.uuid4().hex[:12]}")

    async def ask(self, text: str) -> Answer:
        """Answer *text* and print it."""
        question = Question(
            id=QuestionId(f"{self.thread}:{uuid.uuid4().hex[:8]}"),
            thread=self.thread,
            text=text,
            asker=self.reader,
            person=self.reader.id,
            received_at=time.time(),
        )
        reply = TerminalReply(self.console)
        answer = await self.answerer.work_out(question, reply.show)
        reply.finish(answer)
        await self.answerer.keep(question, answer, [f"terminal:{question.id}"])
        self.last = question.id
        return answer

    async def judge(self, word: str) -> str:
        """Store a verdict on the last answer and say so."""
        if not self.last:
            return "There is no answer to judge yet."
        vote = Feedback(
            answer_id=self.last,
            person=self.reader.id,
            verdict="up" if word == "/good" else "down",
            via="terminal",
            at=time.time(),
        )
        await self.answerer.ledger.rate(vote)
        return "Noted, thank you."

    def talk(self, runner: asyncio.Runner) -> None:
        """Read lines until the person leaves."""
        while True:
            try:
                line = self.console.input("[bold green]›[/bold green] ").strip()
            except (EOFError, KeyboardInterrupt):
                self.console.print()
                return
            if line in {"/quit", "/exit", "/q"}:
                return
            if line:
                self._take(line, runner)

    def _take(self, line: str, runner: asyncio.Runner) -> None:
        match line:
            case "/help":
                self.console.print(HELP)
            case "/new":
                self._begin()
                self.console.print("A new conversation.")
            case "/good" | "/bad":
                self.console.print(runner.run(self.judge(line)))
            case _ if line.startswith("/"):
                self.console.print(f"There is no command {line.partition(' ')[0]}.\n{HELP}")
            case _:
                try:
                    runner.run(self.ask(line))
                except KeyboardInterrupt:
                    self.console.print("Stopped.")

    def demonstrate(self, runner: asyncio.Runner, questions: Sequence[str]) -> None:
        """Ask *questions* as if somebody had typed them, each in a thread of its own."""
        for text in questions:
            self.console.print(f"[bold green]›[/bold green] [bold]{text}[/bold]")
            self._begin()
            runner.run(self.ask(text))
        self._begin()
