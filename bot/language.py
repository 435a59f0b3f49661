"""Which language a text is in."""

import re

from bot.types import Language

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
