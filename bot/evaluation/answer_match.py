"""Compares an answer with reference answers, in Japanese and in English."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from bot.core.language import Language

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
_MARKS = re.compile(r"\[\d{1,3}\]")
_ARTICLES = frozenset({"a", "an", "the"})


def plain(text: str) -> str:
    """Return *text* in narrow lower case, without citation markers and thousands separators."""
    return _THOUSANDS.sub("", unicodedata.normalize("NFKC", _MARKS.sub("", text)).casefold())


def holds(text: str, wanted: str) -> bool:
    """Tell whether *text* contains *wanted*, ignoring spaces; numbers match whole numbers only."""
    body, needle = "".join(plain(text).split()), "".join(plain(wanted).split())
    if not needle:
        return False
    before = r"(?<![\d.])" if needle[0].isdigit() else ""
    after = r"(?!\.?\d)" if needle[-1].isdigit() else ""
    if needle[0].isascii() and needle[0].isalpha():  # English words match whole words only
        body = " ".join(plain(text).split())
        needle = " ".join(plain(wanted).split())
        before, after = r"(?<![a-z])", after or (r"(?![a-z])" if needle[-1].isascii() else "")
        after = after.replace("(?![a-z])", "(?!(?!s\\b)[a-z])")  # except for the plural
    return re.search(before + re.escape(needle) + after, body) is not None


def units(text: str, language: Language) -> list[str]:
    """Return the units to compare: Japanese characters and English words, without punctuation."""
    kept = "".join(
        character if unicodedata.category(character)[0] in "LNM" else " "
        for character in plain(text)
    )
    if language == "ja":
        return list("".join(kept.split()))
    return [word for word in kept.split() if word not in _ARTICLES]


def exact(answer: str, references: Sequence[str], language: Language) -> bool:
    """Tell whether *answer* is one of *references*, ignoring punctuation."""
    said = units(answer, language)
    return any(said == units(reference, language) for reference in references)


def f1(answer: str, references: Sequence[str], language: Language) -> float:
    """Return the best overlap of *answer* with one of *references*, 0..1.

    Harmonic mean of precision and recall over characters (Japanese, as JGLUE does) or words.
    """
    said = Counter(units(answer, language))

    def overlap(reference: str) -> float:
        wanted = Counter(units(reference, language))
        shared = (said & wanted).total()
        return 2 * shared / (said.total() + wanted.total()) if shared else 0.0

    return max(map(overlap, references), default=0.0)
