"""`kotae chat`: a conversation in the terminal, with the same agent, memory and ledger as Slack."""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from bot.cli import texts
from bot.cli.context import command_settings, reader_named
from bot.cli.options import READER
from bot.cli.output import output_language
from knowledge.text.plain_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from bot.app.terminal import TerminalBot
    from bot.core.i18n import Text
    from bot.core.language import Language
    from bot.core.types import Answer, Question
    from bot.settings.settings import Settings


@click.command()
@READER
def chat(*, reader: str) -> None:
    """Talk to the bot about your documents in the terminal."""
    from bot.cli.console import Console

    with asyncio.Runner() as runner:
        converse(command_settings(), runner, Console(), reader, ())


def converse(
    settings: Settings,
    runner: asyncio.Runner,
    console: Console,
    reader: str,
    demonstration: Sequence[str],
) -> None:
    """Ask the questions of *demonstration*, then let the person ask."""
    from bot.app.terminal import open_terminal_bot

    opened = open_terminal_bot(settings, reader_named(reader))
    bot = runner.run(opened.__aenter__())
    try:
        chat = TerminalChat(bot, console)
        chat.demonstrate(runner, demonstration)
        if sys.stdin.isatty() or not demonstration:
            console.print(texts.CHAT_HELP.to(chat.language))
            chat.talk(runner)
        else:
            console.print("To ask your own questions, run `kotae try --terminal` in a terminal.")
    finally:
        runner.run(opened.__aexit__(None, None, None))


class TerminalChat:
    """One person's talk with the bot; each conversation is a thread of its own.

    Attributes:
        language: Of the last question that has words; before the first, that of the terminal.
    """

    def __init__(self, bot: TerminalBot, console: Console) -> None:
        from bot.cli.chat_handoffs import ChatHandoffs
        from bot.core.types import QuestionId

        self.answerer = bot.answerer
        self.reader = bot.reader
        self.user = bot.user
        self.console = console
        self.language: Language = output_language(None)
        self.handoffs = ChatHandoffs(bot, console, self._confirm, lambda: self.language)
        self.last = QuestionId("")
        self._found: tuple[Question, Answer] | None = None
        self._begin()

    def _begin(self) -> None:
        from bot.core.types import ThreadId

        self.thread = ThreadId(f"terminal:{uuid.uuid4().hex[:12]}")

    async def ask(self, text: str) -> Answer:
        """Answer *text* and print it."""
        from bot.cli.reply import TerminalReply
        from bot.core.language import has_words
        from bot.core.types import Question, QuestionId

        question = Question(
            id=QuestionId(f"{self.thread}:{uuid.uuid4().hex[:8]}"),
            thread=self.thread,
            text=text,
            asker=self.reader,
            person=self.user,
            received_at=time.time(),
        )
        if not has_words(text):
            question = replace(question, language=self.language)
        self.language = question.reply_language
        reply = TerminalReply(self.console, self.language)
        answer = await self.answerer.work_out(question, reply.show)
        answer = await self.handoffs.open(question, answer)
        reply.finish(answer)
        await self.answerer.keep(question, answer, [f"terminal:{question.id}"])
        await self.handoffs.tell(question, answer)
        self.last = question.id
        self._found = (question, answer) if answer.status == "found" else None
        if self._found:
            self._say(texts.MAY_PASS_ON)
        return answer

    async def pass_on(self) -> None:
        """Hand the last question over although something was found."""
        from bot.agent.texts import EXPERT

        if self._found is None:
            self._say(texts.NOTHING_TO_PASS_ON)
            return
        question, answer = self._found
        self._found = None
        named = EXPERT.to(self.language, owner=answer.owner) if answer.owner else ""
        answer = replace(answer, status="handed_over", text=named)
        answer = await self.handoffs.open(question, answer)
        self.console.print(answer.text.strip())
        await self.handoffs.tell(question, answer)

    async def rate(self, word: str) -> str:
        """Store a rating of the last answer; return what to tell the person."""
        from bot.core.types import Feedback

        if not self.last:
            return texts.NOTHING_TO_RATE.to(self.language)
        vote = Feedback(
            answer_id=self.last,
            person=self.user,
            verdict="up" if word == "/good" else "down",
            via="terminal",
            at=time.time(),
        )
        await self.answerer.ledger.rate(vote)
        return texts.RATED.to(self.language)

    def talk(self, runner: asyncio.Runner) -> None:
        """Read lines until the person leaves."""
        while True:
            try:
                line = plain_text(self.console.input("[bold green]›[/bold green] ")).strip()
            except (EOFError, KeyboardInterrupt):
                self.console.print()
                return
            if line in {"/quit", "/exit", "/q"}:
                return
            if line:
                self._handle(line, runner)

    def _handle(self, line: str, runner: asyncio.Runner) -> None:
        match line:
            case "/help":
                self._say(texts.CHAT_HELP)
            case "/new":
                self._begin()
                self._say(texts.NEW_CONVERSATION)
            case "/good" | "/bad":
                self.console.print(runner.run(self.rate(line)))
            case "/ask":
                runner.run(self.pass_on())
            case "/waiting":
                runner.run(self.handoffs.waiting())
            case _ if line.partition(" ")[0] == "/answer":
                runner.run(self.handoffs.answer(line.partition(" ")[2]))
            case _ if line.startswith("/"):
                self._say(texts.NO_SUCH_COMMAND)
            case _:
                try:
                    runner.run(self.ask(line))
                except KeyboardInterrupt:
                    self._say(texts.STOPPED)

    def _say(self, text: Text) -> None:
        self.console.print(text.to(self.language))

    def _confirm(self, question: str) -> bool:
        try:
            return self.console.input(f"{question} \\[y/N] ").strip().lower() in {"y", "yes"}
        except (EOFError, KeyboardInterrupt):
            return False

    def demonstrate(self, runner: asyncio.Runner, questions: Sequence[str]) -> None:
        """Ask *questions* as if somebody had typed them, each in a thread of its own."""
        for text in questions:
            self.console.print(f"[bold green]›[/bold green] [bold]{text}[/bold]")
            self._begin()
            runner.run(self.ask(text))
        self._begin()
