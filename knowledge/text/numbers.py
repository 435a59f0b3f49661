"""Finds the numbers in a text, with their units: `25 days`, `€55`, `380円`."""

import re
from typing import NamedTuple

from knowledge.text.analysis import normalise

_NUMBER = re.compile(
    r"(?P<currency>[€$£¥]\s?)?(?<![a-z0-9_.,-])(?P<value>\d+(?:[.,]\d+)*)"
    r"(?:\s?(?P<unit>%|[a-z]+|[ァ-ヶー]+|[\u3041-\u309f\u4e00-\u9fff々]{1,2}|℃))?"
)
_MARKS = re.compile(r"[*_`]")


class NumberInText(NamedTuple):
    """A number, and its unit: a currency sign, the word after the number, or ""."""

    value: str
    unit: str


def numbers_in(text: str) -> frozenset[NumberInText]:
    """Return the distinct numbers in *text*; `1,000` equals `1000`."""
    return frozenset(map(_number, _NUMBER.finditer(_plain(text))))


def without_numbers(text: str) -> str:
    """Return *text*, normalised, without its numbers and their units."""
    return _NUMBER.sub(" ", _plain(text))


def _plain(text: str) -> str:
    return _MARKS.sub("", normalise(text))


def _number(match: re.Match[str]) -> NumberInText:
    unit = match["currency"] or match["unit"] or ""
    return NumberInText(match["value"].replace(",", ""), unit.strip())
