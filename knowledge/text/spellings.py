"""Other spellings of one word: a slip of the keyboard, a missing space, the other kana.

A word is taken for a slip only where nobody has written it and somebody has written the other.
"""

import re
from collections.abc import Callable, Iterator
from string import ascii_lowercase

SHORTEST = 5
"""Letters from which on a word may have a slip; a shorter one has too many neighbours."""

_LONGEST = 20
_SHORTEST_EXCHANGED = 6
"""Letters from which on one letter may stand for another: "lease" is not "leave"."""

_WORD = re.compile(r"(?<![^\W_])[a-z]{5,20}(?![^\W_])", re.IGNORECASE)
_KATAKANA = re.compile(r"[\u30a1-\u30f4]{2,8}(?![\u30a1-\u30faー])")
_KANA = {code: code - 0x60 for code in range(0x30A1, 0x30F5)}
"""From katakana to hiragana."""

_KANJI = "\u3400-\u9fff々"
_INFLECTIONS = "りしきいちみっけえげせべれめじびぎ"
"""Kana within a word that many leave out: 申込み, 申し込み. Particles are none of them."""

_WRITTEN_OUT = re.compile(rf"([{_KANJI}])([{_INFLECTIONS}]{{1,2}})(?=([{_KANJI}]))")
_LEFT_OUT = re.compile(rf"([{_KANJI}])(?=([{_KANJI}]))")

_MOST_WORDS = 40
"""Words of a question that are looked at."""

Known = Callable[[str], int]
"""Returns in how many texts a word, or several words that follow each other, are."""


def respelt(text: str, known: Known, *, commoner: int = 10) -> str:
    """Return *text* with each word that is *known* in another spelling alone in that one.

    Args:
        text: A question.
        known: Counts the texts with a word.
        commoner: How many times more common hiragana must be to stand for katakana.
    """
    left = _MOST_WORDS

    def word(match: re.Match[str]) -> str:
        nonlocal left
        left -= 1
        written = match[0].lower()
        if left < 0 or known(written):
            return match[0]
        count, found = max(((known(one), one) for one in neighbours(written)), default=(0, ""))
        return found if count else match[0]

    def kana(match: re.Match[str]) -> str:
        soft = match[0].translate(_KANA)
        return soft if known(soft) > commoner * known(match[0]) else match[0]

    def shorter(match: re.Match[str]) -> str:
        first, inner, second = match.groups()
        plain, written = known(first + second), known(first + inner + second)
        return first if plain > commoner * written else match[0]

    def longer(match: re.Match[str]) -> str:
        nonlocal left
        left -= 1
        first, second = match.groups()
        if left < 0 or known(first + second):
            return first
        count, inner = max((known(first + kana + second), kana) for kana in _INFLECTIONS)
        return first + inner if count else first

    text = _KATAKANA.sub(kana, _WORD.sub(word, text))
    return _LEFT_OUT.sub(longer, _WRITTEN_OUT.sub(shorter, text))


def neighbours(word: str) -> Iterator[str]:
    """Yield the words that one slip turns into *word*, with the same first letter.

    A letter too many, one too few, two exchanged, another letter, and a space left out.
    """
    if not SHORTEST <= len(word) <= _LONGEST:
        return
    for place in range(1, len(word)):
        head, tail = word[:place], word[place:]
        yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        if len(head) > 1 and len(tail) > 1:
            yield f"{head} {tail}"
        yield from (head + letter + tail for letter in ascii_lowercase)
        if len(word) >= _SHORTEST_EXCHANGED:
            yield from (head + letter + tail[1:] for letter in ascii_lowercase)
    yield from (word + letter for letter in ascii_lowercase)
