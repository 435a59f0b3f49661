"""What a prompt must keep: the terms of the tools, and the rule about untrusted text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from bot.core.language import Language, language_of

LONGEST = 2.0
"""Length limit of a candidate, as a multiple of the first prompt, plus `SPARE` characters."""

SPARE = 600

_TERM = re.compile(r"`[^`\n]+`|<<<|>>>")
_NUMBER = re.compile(r"^\s*(?:\d+[.)]|[-*・])\s*")
_FENCE = "<<<"


@dataclass(frozen=True, slots=True)
class PromptContract:
    """The rules for every candidate.

    Attributes:
        terms: Words in backticks, and the markers around untrusted text.
        lines: Rules that stay word for word, without their number.
        longest: Length limit in characters.
    """

    language: Language
    terms: frozenset[str]
    lines: tuple[str, ...]
    longest: int

    @classmethod
    def of(cls, language: Language, text: str) -> Self:
        """Return the contract for texts that are made from *text*."""
        lines = tuple(_bare(line) for line in text.splitlines() if _FENCE in line)
        longest = round(LONGEST * len(text)) + SPARE
        return cls(language, frozenset(_TERM.findall(text)), lines, longest)

    def problem(self, text: str) -> str:
        """Return what is wrong with *text*, "" if nothing is."""
        lost = sorted(self.terms - set(_TERM.findall(text)))
        if not text.strip():
            return "it is empty"
        if lost:
            return f"it has lost {', '.join(lost)}"
        kept = {_bare(line) for line in text.splitlines()}
        if any(line not in kept for line in self.lines):
            return "the rule about <<< and >>> was changed"
        if len(text) > self.longest:
            return f"it is longer than {self.longest} characters"
        if language_of(text) != self.language:
            return "it is in another language"
        return ""


def contracts(texts: Mapping[Language, str]) -> dict[Language, PromptContract]:
    """Return the contract of each of *texts*."""
    return {language: PromptContract.of(language, text) for language, text in texts.items()}


def _bare(line: str) -> str:
    return _NUMBER.sub("", line).strip()
