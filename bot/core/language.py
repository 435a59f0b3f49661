"""The language of a text, and the language that a question wants."""

import re
from typing import Literal

Language = Literal["ja", "en"]

JAPANESE_SHARE = 0.2
"""Share of Japanese letters from which a text counts as Japanese: product names in Latin letters
are common in Japanese questions, while Japanese words in English ones are short quotations."""

_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f]")
_LETTER = re.compile(r"[^\W\d_]")


def language_of(text: str) -> Language:
    """Tell the language of *text* by its script; a text without letters counts as English."""
    letters = len(_LETTER.findall(text))
    japanese = len(_JAPANESE.findall(text))
    return "ja" if japanese and japanese >= JAPANESE_SHARE * letters else "en"


_OPTIONS: tuple[tuple[re.Pattern[str], Language], ...] = (
    (re.compile(r"英語で|\bin english\b", re.IGNORECASE), "en"),
    (re.compile(r"日本語で|\bin japanese\b", re.IGNORECASE), "ja"),
)
_QUOTED = re.compile(
    r"「[^「」]*」|『[^『』]*』|“[^“”]*”|\"[^\"\n]*\"|`[^`]*`|^\s*>.*$", re.MULTILINE
)
ENOUGH_LETTERS: dict[Language, int] = {"ja": 8, "en": 20}
"""Letters of a language that make a text count as written in it, beyond a few names."""


def wanted_language(question: str) -> Language:
    """Return the language that *question* wants for its answer: the one it asks for, or its own."""
    wishes = (language for options, language in _OPTIONS if options.search(question))
    return next(wishes, language_of(question))


def is_written_in(text: str, language: Language) -> bool:
    """Tell whether *text* is in *language*, leaving out quotations and a few names."""
    own = _QUOTED.sub("", text)
    other: Language = "en" if language == "ja" else "ja"
    letters = len(_JAPANESE.findall(own)) if other == "ja" else len(_LETTER.findall(own))
    return language_of(own) == language or letters < ENOUGH_LETTERS[other]
