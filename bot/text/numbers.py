"""Finds numbers, dates, weekdays, times and codes in a text, in one form for comparison."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

_CODE = re.compile(
    r"(?<![A-Za-z0-9._+-])[A-Za-z0-9._+-]++@[A-Za-z0-9.-]+[A-Za-z0-9]"
    r"|(?<![A-Za-z0-9])[A-Za-z]++(?:[-_./]?[A-Za-z]*+\d[A-Za-z0-9]*+)+"
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
_BETWEEN = r"[\s_‐‑‒–—―-]*"

_KANJI_NUMBER = re.compile("[〇一二三四五六七八九十百千]{1,40}")
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
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911}
_ERA_YEAR = re.compile(
    r"(令和|平成|昭和|大正)\s*(元|\d{1,2}|[〇一二三四五六七八九十]{1,3})(?=\s*[年・./]|$)"
)
_UNIT_NAMES = {
    "second": r"秒|seconds?\b",
    "minute": r"分(?!の)|minutes?\b|mins?\b",
    "hour": r"時間|hours?\b|hrs?\b",
    "day": r"(?:営業)?日|(?:working |business |calendar |full )?days?\b",
    "week": r"週|weeks?\b",
    "month": r"[かヶカヵケ箇]?月|months?\b",
    "year": r"年|years?\b",
    "yen": r"円|yen\b|JPY\b",
    "dollar": r"ドル|dollars?\b|USD\b",
    "euro": r"ユーロ|euros?\b|EUR\b",
    "percent": r"%|パーセント|per ?cent\b",
    "metre": r"m\b|メートル|met(?:er|re)s?\b",
    "kilometre": r"km\b|キロメートル|kilomet(?:er|re)s?\b",
    "gram": r"g\b|グラム|grams?\b",
    "kilogram": r"kg\b|キログラム|kilograms?\b",
    "litre": r"l\b|リットル|lit(?:er|re)s?\b",
}
_UNIT = re.compile(
    "|".join(f"(?P<{name}>{pattern})" for name, pattern in _UNIT_NAMES.items()), re.IGNORECASE
)
_WEEK = "月火水木金土日"
_DAY_NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAY = re.compile(
    r"([月火水木金土日])曜|[(]([月火水木金土日])[)]"
    r"|\b(?:((?i:mon|tue|wed|thu|fri|sat|sun)(?=(?i:day|sday|nesday|rsday|urday)s?\b))\w*"
    r"|(Mon|Tue|Wed|Thu|Fri|Sat|Sun)s?\b)"
)
_WORKDAYS = re.compile(r"平日|\bweekdays?\b", re.IGNORECASE)
_THROUGH = re.compile(r"\s*+(?:日\s*+)?(?:から|~|〜|-|–|to|through|until)\s*", re.IGNORECASE)
_AFTERNOON = re.compile(r"(?:午後|夜)\s*(\d{1,2})|(\d{1,2})(?::\d\d)?\s*p\.?m", re.IGNORECASE)
_CLOCK = re.compile(r"(?<!\d)(1[3-9]|2[0-3])(?=[:時])")


def missing(sentence: str, evidence: str) -> tuple[str, ...]:
    """Return the numbers of *sentence* that *evidence* lacks, as they are written.

    Width, separators, units (`3万` and `30,000`), eras (令和8年 and 2026) and the two clocks make
    no difference; number words and kanji numerals of the evidence count, those of the sentence are
    not looked at. A number whose unit is another one everywhere in the evidence is missing.
    """
    stated = _stated(sentence)
    if not (stated.codes or stated.amounts or stated.days):
        return ()
    known = _known(evidence)
    absent = [code for code in stated.codes if not known.has_code(code)]
    absent += [written for written, value in stated.amounts.items() if value not in known.values]
    absent += [written for written in _misnamed(stated, known) if written not in absent]
    absent += [name for day, name in stated.days.items() if day not in known.days]
    return tuple(absent)


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a sentence states in numbers, each as it is written."""

    codes: tuple[str, ...]
    amounts: Mapping[str, Decimal]
    measured: tuple[tuple[str, Decimal, str], ...]
    days: Mapping[int, str]


class _Known:
    """The numbers that some evidence has; each kind is looked for when a sentence has such ones."""

    def __init__(self, evidence: str) -> None:
        self._plain = _plain(evidence)

    def has_code(self, code: str) -> bool:
        """Tell whether the whole of *code* is there: HR 2045 for HR-2045, but no part of it."""
        return _whole(code).search(self._plain) is not None

    @cached_property
    def values(self) -> frozenset[Decimal | int]:
        return frozenset({*_amounts(self._plain).values(), *self.spoken})

    @cached_property
    def spoken(self) -> frozenset[int]:
        return frozenset(_spoken(self._plain))

    @cached_property
    def units(self) -> Mapping[Decimal, frozenset[str]]:
        units = dict[Decimal, frozenset[str]]()
        for _, value, unit in _measured(self._plain):
            units[value] = units.get(value, frozenset()) | {unit}
        return units

    @cached_property
    def days(self) -> frozenset[int]:
        workdays = range(5) if _WORKDAYS.search(self._plain) else ()
        return frozenset({*_weekdays(self._plain), *workdays})


@lru_cache(maxsize=128)
def _whole(code: str) -> re.Pattern[str]:
    """Return what matches *code* with any separators, where neither side continues it.

    What follows a hyphen or a point continues a code that is itself put together so. A plural has
    a small `s`.
    """
    squashed = _SEPARATORS.sub("", code)
    letters = _BETWEEN.join(map(re.escape, squashed))
    more = r"(?!\.\d)" if squashed == code else r"(?!\.\d|[_‐‑‒–—―-]\d)"
    if "@" in code:
        more = r"(?![.-][A-Za-z0-9])"
    return re.compile(
        rf"(?<![A-Za-z0-9])(?<!\d\.){letters}(?:(?-i:'?s))?(?![A-Za-z0-9]){more}", re.IGNORECASE
    )


@lru_cache(maxsize=128)
def _stated(sentence: str) -> _Stated:
    plain = _plain(sentence)
    without_codes = _CODE.sub(" ", plain)
    return _Stated(
        tuple(dict.fromkeys(_CODE.findall(plain))),
        _amounts(without_codes),
        tuple(_measured(without_codes)),
        _weekdays(plain),
    )


@lru_cache(maxsize=128)  # one question after the other is held against the same passages
def _known(evidence: str) -> _Known:
    return _Known(evidence)


def _misnamed(stated: _Stated, known: _Known) -> list[str]:
    """Return the amounts that are known in other units only: `10 days` for `10 weeks`."""
    return [
        f"{written} ({unit})"
        for written, value, unit in stated.measured
        if unit
        and value in known.units
        and value not in known.spoken
        and unit not in known.units[value]
        and "" not in known.units[value]
    ]


def _measured(text: str) -> Iterator[tuple[str, Decimal, str]]:
    """Give the amounts of *text*, each with its value and the name of its unit, "" for none."""
    for found in _AMOUNT.finditer(text):
        rest = text[found.end() : found.end() + 24].lstrip(" -")
        unit = _UNIT.match(rest)
        yield found[0], _value(found[0]), (unit.lastgroup or "") if unit else ""


def _weekdays(text: str) -> dict[int, str]:
    """Return the days of the week that *text* names, Monday 0, with how each is written."""
    days = dict[int, str]()
    last, end = 0, -1
    for found in _WEEKDAY.finditer(text):
        kanji, name = found[1] or found[2], found[3] or found[4]
        day = _WEEK.index(kanji) if kanji else _DAY_NAMES.index(name.lower())
        if end >= 0 and _THROUGH.fullmatch(text[end : found.start()]):
            between = (day - last) % 7
            days |= dict.fromkeys(((last + step) % 7 for step in range(between)), found[0])
        days.setdefault(day, found[0])
        last, end = day, found.end()
    return days


def _plain(text: str) -> str:
    plain = _FULL_HOUR.sub("時", unicodedata.normalize("NFKC", text))
    return _ERA_YEAR.sub(lambda era: str(_ERAS[era[1]] + _era_year(era[2])), plain)


def _era_year(written: str) -> int:
    if written == "元":
        return 1
    return int(written) if written.isdigit() else _kanji_value(written)


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
