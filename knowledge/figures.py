"""Figures in a text, with their units: `25 days`, `€55`, `380円`."""

import re
from typing import NamedTuple

from knowledge.analysis import normalise

_FIGURE = re.compile(
    r"(?P<currency>[€$£¥]\s?)?(?<![a-z0-9_.,-])(?P<value>\d+(?:[.,]\d+)*)"
    r"(?:\s?(?P<unit>%|[a-z]+|[ァ-ヶー]+|[\u3041-\u309f\u4e00-\u9fff々]{1,2}|℃))?"
)
_MARKS = re.compile(r"[*_`]")


class Figure(NamedTuple):
    """A number and what it counts; `unit` is a currency sign or the word after it, or ""."""

    value: str
    unit: str


def figures_in(text: str) -> frozenset[Figure]:
    """Return the figures of *text*; `1,000` and `1000` are one."""
    return frozenset(map(_figure, _FIGURE.finditer(_plain(text))))


def without_figures(text: str) -> str:
    """Return *text* in comparable form with the figures and their units taken out."""
    return _FIGURE.sub(" ", _plain(text))


def _plain(text: str) -> str:
    return _MARKS.sub("", normalise(text))


def _figure(match: re.Match[str]) -> Figure:
    unit = match["currency"] or match["unit"] or ""
    return Figure(match["value"].replace(",", ""), unit.strip())
