"""`kotae ask`: one question, one answer."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from bot.cli.context import command_settings, reader_named
from bot.cli.options import JSON, READER
from bot.cli.output import NOT_PROVEN, print_json
from knowledge.text.plain_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from bot.core.types import Answer, AnswerStatus, Question
    from bot.settings.settings import Settings

_EXIT_CODES: Mapping[AnswerStatus, int] = {
    "answered": 0,
    "clarify": 0,
    "chat": 0,
    "found": NOT_PROVEN,
    "handed_over": NOT_PROVEN,
    "failed": 1,
}


@click.command()
@click.argument("question")
@JSON
@READER
def ask(*, question: str, as_json: bool, reader: str) -> None:
    """Answer QUESTION from your documents.

    `-` reads the question from standard input.

    Exit code 0: answered, or asked back; 3: passages without a clear answer, or handed over to a
    person; 1: failed.

    Example: kotae ask "How many days of leave do I get?"
    """
    text = plain_text(sys.stdin.read() if question == "-" else question)
    sys.exit(_ask(text.strip(), reader, as_json=as_json))


def _ask(text: str, reader: str, *, as_json: bool) -> int:
    """Print the answer to *text* and return the exit code; steps go to standard error."""
    import asyncio
    import uuid

    from bot.answering.public_answer import public_answer
    from bot.cli.console import Console
    from bot.cli.reply import TerminalReply
    from bot.core.types import Question, QuestionId, ThreadId

    settings = command_settings()
    steps = Console(stderr=True, quiet=as_json)
    question = Question(
        id=QuestionId(f"terminal:{uuid.uuid4().hex}"),
        thread=ThreadId("terminal:ask"),
        text=text,
        asker=reader_named(reader),
        received_at=time.time(),
    )
    answer = _rejected(text) or asyncio.run(_answer(settings, question, steps))
    if as_json:
        print_json(public_answer(answer))
    else:
        TerminalReply(Console(), question.reply_language).finish(answer)
    return _EXIT_CODES[answer.status]


def _rejected(text: str) -> Answer | None:
    from bot.core.limits import LONGEST_QUESTION
    from bot.core.types import Answer

    if not text:
        return Answer("failed", "The question is empty.", termination_reason="rejected_input")
    if len(text) > LONGEST_QUESTION:
        reason = f"The question has {len(text):,} characters; the limit is {LONGEST_QUESTION:,}."
        return Answer("failed", reason, termination_reason="rejected_input")
    return None


async def _answer(settings: Settings, question: Question, steps: Console) -> Answer:
    from contextlib import aclosing

    from bot.app.container import (
        gate_of,
        late_sources_of,
        open_agent,
        open_knowledge,
        small_talk_of,
    )
    from bot.cli.reply import TerminalReply
    from bot.core.errors import BotError
    from bot.core.types import Answer

    reply = TerminalReply(steps, question.reply_language)
    started = time.monotonic()
    try:
        async with aclosing(open_knowledge(settings)) as base, open_agent(settings, base) as agent:
            if said := await small_talk_of(base).reply(question):
                return said
            run = agent.start(question, ())
            async for event in run.events():
                await reply.show(event)
            answer = await gate_of(settings, agent, base).passed(question, run.answer())
            return await late_sources_of(settings, base).noted(answer)
    except BotError as error:
        return Answer(
            "failed",
            str(error),
            termination_reason="model_error",
            model=settings.openai_model,
            latency_ms=round((time.monotonic() - started) * 1000),
        )
