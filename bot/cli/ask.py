"""One question, one answer: `kotae ask`."""

import asyncio
import json
import time
import uuid
from contextlib import aclosing

from rich.console import Console

from bot.answering.public_answer import public_answer
from bot.app.container import gate_of, open_agent, open_knowledge
from bot.cli.readers import reader_named
from bot.cli.reply import TerminalReply
from bot.core.errors import BotError
from bot.core.limits import LONGEST_QUESTION
from bot.core.types import Answer, Question, QuestionId, ThreadId
from bot.settings.settings import Settings, load_settings
from bot.telemetry.logs import set_up_logging

_EXIT_CODES = {"answered": 0, "clarify": 0, "handed_over": 3, "failed": 1}


def ask_once(text: str, reader: str, *, as_json: bool) -> int:
    """Answer *text* on standard output and return the exit code; steps go to standard error."""
    settings = load_settings()
    set_up_logging("warning", settings.secrets)
    steps = Console(stderr=True, quiet=as_json)
    question = Question(
        id=QuestionId(f"terminal:{uuid.uuid4().hex}"),
        thread=ThreadId("terminal:ask"),
        text=text.strip(),
        asker=reader_named(reader),
        received_at=time.time(),
    )
    answer = _rejected(question.text) or asyncio.run(_answer(settings, question, steps))
    if as_json:
        print(json.dumps(public_answer(answer), ensure_ascii=False))  # noqa: T201 - the contract
    else:
        TerminalReply(Console()).finish(answer)
    return _EXIT_CODES[answer.status]


def _rejected(text: str) -> Answer | None:
    if not text:
        return Answer("failed", "The question is empty.", termination_reason="rejected_input")
    if len(text) > LONGEST_QUESTION:
        reason = f"The question has {len(text):,} characters; at most {LONGEST_QUESTION:,} fit."
        return Answer("failed", reason, termination_reason="rejected_input")
    return None


async def _answer(settings: Settings, question: Question, steps: Console) -> Answer:
    reply = TerminalReply(steps)
    started = time.monotonic()
    try:
        async with aclosing(open_knowledge(settings)) as base, open_agent(settings, base) as agent:
            run = agent.start(question, ())
            async for event in run.events():
                await reply.show(event)
            return await gate_of(settings, agent, base).passed(question, run.answer())
    except BotError as error:
        return Answer(
            "failed",
            str(error),
            termination_reason="model_error",
            model=settings.openai_model,
            latency_ms=round((time.monotonic() - started) * 1000),
        )
