"""Proposes a question in the other language, by the model, for a person to look at."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.agent.chat_model import ChatModel
from bot.answering.budgeted_model import paid_by
from bot.core.errors import BotError
from bot.core.language import language_of
from bot.core.types import ChatMessage, ModelTurn

Translate = Callable[[str, str], Awaitable[str]]
"""Returns a question, for a person who pays for it, in the other one of the two languages; "" if
there is no translation now."""

SECONDS = 8.0
"""Later than this, a form that somebody fills in should not change any more."""

_LONGEST = 300
_ASK = {
    "ja": "Translate the question into English.",
    "en": "Translate the question into Japanese (日本語).",
}
_RULES = "Answer with the translated question alone, in one line. Keep names, codes and numbers."
_log = structlog.get_logger(__name__)


def translator(model: ChatModel, seconds: float = SECONDS) -> Translate:
    """Return a function that translates questions with *model* in at most *seconds*."""

    async def translate(question: str, person: str) -> str:
        order = f"{_ASK[language_of(question)]} {_RULES}"
        messages = (ChatMessage("system", order), ChatMessage("user", question, question=question))
        try:
            with paid_by(person):
                async with asyncio.timeout(seconds):
                    async for part in model.stream(messages, ()):
                        if isinstance(part, ModelTurn):
                            return _first_line(part.text, question)
        except (BotError, TimeoutError) as error:
            _log.info("question_not_translated", reason=type(error).__name__)
        return ""

    return translate


def _first_line(text: str, question: str) -> str:
    """Return the translation, "" if the model has said the same again or too much."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    worthless = len(line) > _LONGEST or language_of(line) == language_of(question)
    return "" if worthless else line
