"""Finds the years in a title: 2026, 令和8年度, 平成30年."""

import re

from knowledge.text.analysis import normalise

_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
"""The Western year before the first year of each era."""

_YEAR = re.compile(
    r"(?:(?<!\d)|(?<=fy))(?P<western>(?:19|20)\d\d)(?!\d)(?:年度|年)?"
    r"|(?P<era>令和|平成|昭和)\s?(?P<number>\d{1,2}|元)(?:年度|年)?"
)


def years_in(text: str) -> frozenset[int]:
    """Return the Western years that *text* names."""
    return frozenset(
        int(match["western"])
        if match["western"]
        else _ERAS[match["era"]] + (1 if match["number"] == "元" else int(match["number"]))
        for match in _YEAR.finditer(normalise(text))
    )


def without_years(text: str) -> str:
    """Return *text*, normalised, without its years."""
    return _YEAR.sub(" ", normalise(text))
