"""The prompt: texts in files, chosen by the name of a strategy, and known by their hash.

The rules are the same for all packaged strategies; a strategy adds how to think. `few-shot` shows
approved answers to similar questions, and is the same as `direct` where there are none. A team's
own strategies are folders of its data folder that hold rules and all, and that a person approved.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Self

from bot.core.errors import SettingsError
from bot.core.language import Language
from bot.core.types import ChatMessage, Turn
from bot.text import citation_markers

LANGUAGES: tuple[Language, ...] = ("en", "ja")
_RULES, _FRAME, _EXAMPLES = "rules", "question", "examples"
FEW_SHOT = "few-shot"
STRATEGIES = ("direct", FEW_SHOT, "chain-of-thought", "plan-and-solve")
"""What comes with the program. A team's own strategy cannot have one of these names."""

THINKING = frozenset({"chain-of-thought", "plan-and-solve"})
"""Strategies whose plain text is no answer: the model reasons in it."""

OWN_PROMPTS = "prompts"
"""Folder, in the data folder, of a team's own strategies."""

APPROVAL = "approved.json"
"""File of an own strategy that says which texts were approved, by whom and when."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The texts of a prompt.

    Attributes:
        system: Rules, by language. Nothing in them changes from request to request, so that
            vendors can cache them together with the tools.
        frame: What stands around a question, by language, with `$today` and `$question`.
        examples: What stands before approved answers, by language; empty: none are shown.
        thinks_aloud: Plain text is not yet the answer.
    """

    system: Mapping[Language, str]
    frame: Mapping[Language, str]
    examples: Mapping[Language, str] = field(default_factory=dict)
    thinks_aloud: bool = False

    @classmethod
    def load(cls, strategy: str = "direct", own: Path | None = None) -> Self:
        """Read the prompt files of *strategy*: a packaged one, or one of the folder *own*.

        Raises:
            SettingsError: there is none, nobody has approved it as it is, or it has the name of a
                packaged one, so that nobody could tell which of the two is meant.
        """
        if own is not None and (own / strategy).exists():
            return cls(_approved(strategy, own / strategy), _texts(_FRAME))
        if strategy not in STRATEGIES:
            raise SettingsError(f"There is no prompt strategy named {strategy!r}.")
        rules, thinking = _texts(_RULES), _texts(strategy)
        system = {language: f"{rules[language]}\n\n{thinking[language]}" for language in LANGUAGES}
        return cls(
            system,
            _texts(_FRAME),
            _texts(_EXAMPLES) if strategy == FEW_SHOT else {},
            strategy in THINKING,
        )

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that change with any of the texts."""
        parts = (self.system, self.frame, self.examples)
        texts = [part.get(language, "") for part in parts for language in LANGUAGES]
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]

    def transcript(
        self,
        question: str,
        history: Sequence[Turn],
        today: date,
        language: Language,
        examples: Sequence[Turn] = (),
    ) -> list[ChatMessage]:
        """Return the messages that a run on *question* begins with.

        Marks are taken out of earlier answers: their numbers mean nothing in this run. Examples
        come after the rules, which stay the same from request to request.
        """
        messages = [ChatMessage("system", self.system[language])]
        if examples and self.examples:
            shown = "\n\n".join(map(_example, examples))
            messages.append(ChatMessage("user", f"{self.examples[language]}\n\n{shown}"))
            messages.append(ChatMessage("assistant", "OK."))
        for turn in history:
            messages.append(ChatMessage("user", turn.question, question=turn.question))
            messages.append(ChatMessage("assistant", citation_markers.stripped(turn.answer)))
        framed = Template(self.frame[language]).substitute(
            today=today.isoformat(), question=question
        )
        return [*messages, ChatMessage("user", framed, question=question, language=language)]


def _example(turn: Turn) -> str:
    return f"<example>\n{turn.question}\n---\n{citation_markers.stripped(turn.answer)}\n</example>"


def own_texts(folder: Path) -> dict[Language, str]:
    """Read the texts of an own strategy. Raises `SettingsError` when they are not there."""
    try:
        return {
            language: (folder / f"{language}.md").read_text("utf-8").strip()
            for language in LANGUAGES
        }
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            f"{folder} holds no prompt: en.md and ja.md are needed, in UTF-8."
        ) from None


def texts_digest(texts: Mapping[Language, str]) -> str:
    """Return what an approval is tied to: another text needs another approval."""
    joined = "\0".join(texts[language] for language in LANGUAGES)
    return hashlib.sha256(joined.encode()).hexdigest()


def is_approved(folder: Path) -> bool:
    """Tell whether a person has approved the texts in *folder* as they are now."""
    try:
        approval = json.loads((folder / APPROVAL).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(approval, dict) and approval.get("texts") == texts_digest(own_texts(folder))


def _approved(strategy: str, folder: Path) -> dict[Language, str]:
    if strategy in STRATEGIES:
        raise SettingsError(
            f"{folder} has the name of a prompt strategy that comes with Kotae: rename it."
        )
    texts = own_texts(folder)
    if not is_approved(folder):
        raise SettingsError(
            f"Nobody has approved the prompt strategy {strategy!r} as it is now: "
            f"`kotae prompt show {strategy}` shows it."
        )
    return texts


def _texts(name: str) -> dict[Language, str]:
    folder = files("bot.agent") / "prompts" / name
    try:
        return {
            language: (folder / f"{language}.md").read_text("utf-8").strip()
            for language in LANGUAGES
        }
    except OSError:
        raise SettingsError(f"There is no prompt strategy named {name!r}.") from None
