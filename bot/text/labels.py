"""Labels: a word with a number or a letter that tells one thing from others of its kind.

Building B, room two, 第二会議室, D棟, 製品B. The number may be a digit, a word or kanji.
"""

import re
import unicodedata
from functools import lru_cache

_KINDS = re.findall(
    r"\w+",
    """annex block building bus class counter court door entrance exit floor form gate group
    hall house kitchen lab laboratory level lift line locker machine model option phase plan
    platform product room section server shelf site stage table tariff team terminal tower track
    type unit ward warehouse wing zone""",
)
_WORDS = re.findall(r"\w+", "one two three four five six seven eight nine ten eleven twelve")
_ORDINALS = re.findall(
    r"\w+",
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
)
_DIGITS = "〇一二三四五六七八九"
_HUNDRED = 100
_KANJI_NUMBER = "[一二三四五六七八九十]{1,3}"
_IDEOGRAPH = r"\u3400-\u4dbf\u4e00-\u9fff々"
_KIND = "|".join(_KINDS)

_BEHIND = re.compile(
    rf"\b({_KIND})\s{{1,3}}(\d{{1,4}}|{'|'.join(_WORDS)}|(?-i:[A-Z])|[b-hj-z])\b(?![-'’.]\w)",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    rf"\b({'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th))\s({_KIND})\b", re.IGNORECASE
)
_NUMBERED = re.compile(
    rf"第\s?(\d{{1,4}}|{_KANJI_NUMBER})\s?([{_IDEOGRAPH}\u30a1-\u30faー]{{1,8}})"
)
_LETTERED = re.compile(
    rf"([{_IDEOGRAPH}\u30a1-\u30faー]{{0,8}})(?<![A-Za-z0-9])([A-Za-z])(?![A-Za-z0-9])([{_IDEOGRAPH}]{{0,8}})"
)
_NOT_LETTER = r"(?![A-Za-z0-9])"


def labels_missing(asked: str, text: str) -> list[str]:
    """Return the labels of *asked* that *text* does not have.

    Args:
        asked: The subject of a question.
        text: A passage, with its title and headings.
    """
    labels = _labels(unicodedata.normalize("NFKC", asked))
    if not labels:
        return []
    said = _plain(text)
    return [written for written, there in labels if not there.search(said)]


@lru_cache(maxsize=256)
def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


@lru_cache(maxsize=64)
def _labels(asked: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return each label as it is written, with what matches it in any writing."""
    found = list[tuple[str, str]]()
    found += [(one[0], _english(one[1], one[2])) for one in _BEHIND.finditer(asked)]
    found += [(one[0], _english(one[2], one[1])) for one in _ORDINAL.finditer(asked)]
    found += [(one[0], _japanese(one[1], one[2])) for one in _NUMBERED.finditer(asked)]
    found += [
        (one[0], _lettered(one[1][-4:], one[2], one[3][:4]))
        for one in _LETTERED.finditer(asked)
        if one[1] or one[3]
    ]
    return tuple((written, re.compile(pattern, re.IGNORECASE)) for written, pattern in found)


def _english(kind: str, number: str) -> str:
    """Return what matches `Room 2`, `room two`, `room no. 2`, `rooms 1 and 2`, `second room`."""
    value = _value(number)
    if value is None:
        marks = ordinals = re.escape(number)
    else:
        marks = "|".join([f"0*{value}", *_WORDS[value - 1 : value]])
        ordinals = "|".join([*_ORDINALS[value - 1 : value], rf"{value}(?:st|nd|rd|th)"])
    between = (
        r"\W{1,3}(?:no\W{1,3}|number\s)?(?:[a-z0-9]{1,3}(?:,\s?|\s?[-–]\s?|\s(?:and|or|to)\s)){0,4}"
    )
    return (
        rf"\b{re.escape(kind)}s?{between}(?:{marks})(?![a-z0-9])"
        rf"|\b(?:{ordinals})[\s-]{re.escape(kind)}"
    )


def _value(number: str) -> int | None:
    low = number.lower()
    if low in _WORDS:
        return _WORDS.index(low) + 1
    if low in _ORDINALS:
        return _ORDINALS.index(low) + 1
    digits = re.match(r"\d+", low)
    return int(digits[0]) if digits and int(digits[0]) else None


def _japanese(number: str, kind: str) -> str:
    value = int(number) if number.isdigit() else _kanji_value(number)
    return (
        rf"(?:(?<![0-9])0*{value}|(?<![{_DIGITS[1:]}十]){_kanji(value)})"
        rf"\s?(?:番|号)?\s?{re.escape(kind)}"
        rf"|{re.escape(kind)}\s?第?(?:0*{value}(?![0-9])|{_kanji(value)}(?![{_DIGITS[1:]}十]))"
    )


def _kanji_value(written: str) -> int:
    tens, ten, ones = written.rpartition("十")
    return (10 * (_DIGITS.index(tens) if tens else 1) if ten else 0) + (
        _DIGITS.index(ones[-1]) if ones else 0
    )


def _kanji(value: int) -> str:
    """Write a value below a hundred in kanji; others in digits."""
    if not value < _HUNDRED:
        return str(value)
    tens, ones = divmod(value, 10)
    leading = f"{_DIGITS[tens] if tens > 1 else ''}十" if tens else ""
    return leading + (_DIGITS[ones] if ones or not tens else "")


def _lettered(before: str, letter: str, after: str) -> str:
    """Return what matches 製品B and D棟, whichever of the two comes first."""
    kind = re.escape(after or before)
    return rf"(?<![a-z0-9]){letter}\s?{kind}|{kind}\s?{letter}{_NOT_LETTER}"
