"""Figures in a text: numbers, dates, times, codes and addresses, in one form to compare them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal

_CODE = re.compile(
    r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+[A-Za-z0-9]"
    r"|(?<![A-Za-z0-9])[A-Za-z]+(?:[-_./]?[A-Za-z]*\d[A-Za-z0-9]*)+"
)
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_AMOUNT = re.compile(
    rf"(?:{_NUMBER}[千百万億兆]+)+(?:{_NUMBER})?|{_NUMBER}(?:\s?(?:thousand|million|billion)\b)?",
    re.IGNORECASE,
)
_PART = re.compile(rf"({_NUMBER})\s*(thousand|million|billion|[千百万億兆]*)", re.IGNORECASE)
_UNITS = {"百": 10**2, "千": 10**3, "万": 10**4, "億": 10**8, "兆": 10**12} | {
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
}
_FULL_HOUR = re.compile(r"(?<=\d):00(?!\d)")
_SEPARATORS = re.compile(r"[\s_‐‑‒–—―-]+")

_KANJI_NUMBER = re.compile("[〇一二三四五六七八九十百千]+")
_KANJI_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}
_KANJI_UNITS = {"十": 10, "百": 100, "千": 1000}
_WORD = re.compile(r"[a-z]+")
_WORDS = {
    word: number
    for words, numbers in (
        ("zero one two three four five six seven eight nine ten eleven twelve", range(13)),
        ("thirteen fourteen fifteen sixteen seventeen eighteen nineteen", range(13, 20)),
        ("twenty thirty forty fifty sixty seventy eighty ninety", range(20, 100, 10)),
        ("first second third fourth fifth", range(1, 6)),
        ("january february march april may june july", range(1, 8)),
        ("august september october november december", range(8, 13)),
        ("jan feb mar apr jun jul aug sep oct nov dec", (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12)),
    )
    for word, number in zip(words.split(), numbers, strict=True)
}
_AFTERNOON = re.compile(r"(?:午後|夜)\s*(\d{1,2})|(\d{1,2})(?::\d\d)?\s*p\.?m", re.IGNORECASE)
_CLOCK = re.compile(r"(?<!\d)(1[3-9]|2[0-3])(?=[:時])")


def missing(sentence: str, evidence: str) -> tuple[str, ...]:
    """Return the figures of *sentence* that *evidence* does not have, as they are written.

    Width, separators, units (`3万` and `30,000`) and the two clocks make no difference; number
    words and kanji numerals of the evidence count, those of the sentence are not looked at.
    """
    sentence, evidence = _plain(sentence), _plain(evidence)
    squashed = _SEPARATORS.sub("", evidence).casefold()
    codes = list(dict.fromkeys(_CODE.findall(sentence)))
    absent = [code for code in codes if _SEPARATORS.sub("", code).casefold() not in squashed]
    known = {*_amounts(evidence).values(), *_spoken(evidence)}
    amounts = _amounts(_CODE.sub(" ", sentence))
    return (*absent, *(written for written, value in amounts.items() if value not in known))


def _plain(text: str) -> str:
    return _FULL_HOUR.sub("時", unicodedata.normalize("NFKC", text))


def _amounts(text: str) -> dict[str, Decimal]:
    return {found: _value(found) for found in _AMOUNT.findall(text)}


def _value(written: str) -> Decimal:
    total = Decimal(0)
    for number, units in _PART.findall(written):
        value = Decimal(number.replace(",", ""))
        for unit in [units.lower()] if units.lower() in _UNITS else units:
            value *= _UNITS[unit]
        total += value
    return total


def _spoken(text: str) -> Iterator[int]:
    """Give the numbers that *text* says in words, in kanji, or by the other clock."""
    yield from (_WORDS[word] for word in _WORD.findall(text.casefold()) if word in _WORDS)
    yield from map(_kanji_value, _KANJI_NUMBER.findall(text))
    yield from (int(before or after) + 12 for before, after in _AFTERNOON.findall(text))
    yield from (int(hour) - 12 for hour in _CLOCK.findall(text))


def _kanji_value(written: str) -> int:
    """Read `二十三` and the place notation `二〇二六`."""
    if not any(character in _KANJI_UNITS for character in written):
        return _place_value(_KANJI_DIGITS[digit] for digit in written)
    total = digit = 0
    for character in written:
        if character in _KANJI_UNITS:
            total += (digit or 1) * _KANJI_UNITS[character]
            digit = 0
        else:
            digit = _KANJI_DIGITS[character]
    return total + digit


def _place_value(digits: Iterable[int]) -> int:
    value = 0
    for digit in digits:
        value = 10 * value + digit
    return value
