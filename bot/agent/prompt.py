"""The prompt: texts in files, chosen by the name of a strategy, and known by their hash."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from string import Template
from typing import Self

from bot.agent import marks
from bot.errors import SettingsError
from bot.language import language_of
from bot.types import Language, Message, Turn

LANGUAGES: tuple[Language, ...] = ("en", "ja")
_FRAME = "question"


@dataclass(frozen=True, slots=True)
class Prompt:
    """The texts that make a model an agent.

    Attributes:
        system: Rules, by language. Nothing in them changes from request to request, so that
            vendors can cache them together with the tools.
        frame: What stands around a question, by language, with `$today` and `$question`.
    """

    system: Mapping[Language, str]
    frame: Mapping[Language, str]

    @classmethod
    def load(cls, strategy: str = "direct") -> Self:
        """Read the prompt files of *strategy*. Raises `SettingsError` if there are none."""
        return cls(_texts(strategy), _texts(_FRAME))

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that change with any of the texts."""
        texts = [part[language] for part in (self.system, self.frame) for language in LANGUAGES]
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]

    def transcript(self, question: str, history: Sequence[Turn], today: date) -> list[Message]:
        """Return the messages that a run on *question* begins with.

        Marks are taken out of earlier answers: their numbers mean nothing in this run.
        """
        language = language_of(question)
        messages = [Message("system", self.system[language])]
        for turn in history:
            messages.append(Message("user", turn.question, question=turn.question))
            messages.append(Message("assistant", marks.stripped(turn.answer)))
        framed = Template(self.frame[language]).substitute(
            today=today.isoformat(), question=question
        )
        return [*messages, Message("user", framed, question=question)]


def _texts(name: str) -> dict[Language, str]:
    folder = files("bot.agent") / "prompts" / name
    try:
        return {
            language: (folder / f"{language}.md").read_text("utf-8").strip()
            for language in LANGUAGES
        }
    except OSError:
        raise SettingsError(f"There is no prompt strategy named {name!r}.") from None
