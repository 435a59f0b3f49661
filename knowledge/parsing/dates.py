"""Dates as people and programs write them."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ERAS = {"令和": 2018, "平成": 1988}
_NO_CLOCK = (
    "1970-01-01T00:00:00",  # the beginning of Unix
    "1980-01-01T00:00:00",  # the beginning of zip
    "2013-12-23T23:15:00",  # the template of python-docx
    "2013-01-27T09:1",  # the template of python-pptx
)
"""What a program writes that knows no time."""

_LONGEST = 200
"""Characters of a text in which a date is sought."""

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATE = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s?[-/.年]\s?(?P<month>\d{1,2})\s?[-/.月]\s?(?P<day>\d{1,2})(?!\d)"
    r"|(?P<era>令和|平成)\s?(?P<era_year>\d{1,2}|元)年\s?(?P<era_month>\d{1,2})月"
    r"\s?(?P<era_day>\d{1,2})日"
    rf"|\b(?P<word>{_MONTH})\.?\s(?P<word_day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<word_year>\d{{4}})"
    r"|(?<!\d)(?P<first>\d{1,2})(?:st|nd|rd|th)?\.?\s"
    rf"(?P<second>{_MONTH})\.?,?\s(?P<third>\d{{4}})",
    re.IGNORECASE,
)


def iso_date(value: object) -> str:
    """Return *value* (a date, or a text with one) as `YYYY-MM-DD`, "" if there is none.

    `3/1/2026` may be a day of January or of March, and is none.
    """
    if isinstance(value, Mapping):  # Docusaurus: last_update: {date: …, author: …}
        value = value.get("date", "")
    if isinstance(value, dt.date):
        return value.strftime("%Y-%m-%d")
    text = str(value or "").strip()
    return "" if text.startswith(_NO_CLOCK) else next(dates_in(text), "")


def dates_in(text: str) -> Iterator[str]:
    """Yield the dates in the beginning of *text* as `YYYY-MM-DD`, in its order."""
    for found in _DATE.finditer(" ".join(text[:_LONGEST].split())):
        with suppress(ValueError):
            yield dt.date(*_numbers(found)).isoformat()


def _numbers(found: re.Match[str]) -> tuple[int, int, int]:
    if era := found["era"]:
        year = _ERAS[era] + (1 if found["era_year"] == "元" else int(found["era_year"]))
        return year, int(found["era_month"]), int(found["era_day"])
    if word := found["word"] or found["second"]:
        month = _MONTHS.index(word[:3].lower()) + 1
        year = int(found["word_year"] or found["third"])
        return year, month, int(found["word_day"] or found["first"])
    return int(found["year"]), int(found["month"]), int(found["day"])
