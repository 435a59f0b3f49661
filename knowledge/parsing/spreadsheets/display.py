"""Formats the values of cells as a spreadsheet program displays them."""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import pairwise

_GENERAL = "General"
_LONGEST_FORMAT = 255
_LARGE = 1e11
"""From here on, whole numbers are displayed as 1.23E+11."""

_SMALL = 0.001
_YEAR_10000 = 2_958_466
_ISO_DATE = "yyyy-mm-dd"

_BUILT_IN = (
    {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00"}
    | {12: "# ?/?", 13: "# ??/??", 14: _ISO_DATE, 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy"}
    | {18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 30: _ISO_DATE}
    | {22: f"{_ISO_DATE} h:mm", 31: 'yyyy"年"m"月"d"日"', 32: 'h"時"mm"分"'}
    | {33: 'h"時"mm"分"ss"秒"', 37: "#,##0_);(#,##0)", 38: "#,##0_);(#,##0)"}
    | {39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);(#,##0.00)"}
    | {41: '#,##0_);(#,##0);"-"', 42: '"$"#,##0_);("$"#,##0);"-"'}
    | {43: '#,##0.00_);(#,##0.00);"-"', 44: '"$"#,##0.00_);("$"#,##0.00);"-"'}
    | {45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@"}
    | dict.fromkeys((27, 36, 50, 57), "[$-411]ge.m.d")
    | dict.fromkeys((28, 29, 51, 54, 58), '[$-411]ggge"年"m"月"d"日"')
    | dict.fromkeys((34, 52, 55), 'yyyy"年"m"月"')
    | dict.fromkeys((35, 53, 56), 'm"月"d"日"')
)
"""The formats that files name by number only (ECMA-376 part 1, 18.8.30, with those of Japanese).

Number 14 is the date in the order of the reader's country; we write it in the one order that nobody
reads wrongly.
"""

_LOCALE_DATE = re.compile(r"\[\$-(?:x-sysdate|F800)\][^;]*", re.IGNORECASE)
_LOCALE_TIME = re.compile(r"\[\$-(?:x-systime|F400)\][^;]*", re.IGNORECASE)
_LOCALE = re.compile(r"\[\$-([^\[\]]*)\]|\[DBNum\d\]", re.IGNORECASE)
_TOKEN = re.compile(
    r'"[^"]*"?|\\.|[_*].|\[[^\]]*\]?|General|AM/PM|A/P|E[+-]|g+|e+|a+|d+|m+|.', re.IGNORECASE
)
_SIMPLE = re.compile(r"(#,##)?0(?:\.(0{1,15}))?(%)?")
_JAPANESE = ("411", "ja")
_WEEKDAYS = "月火水木金土日"
_ERAS = (
    (dt.date(2019, 5, 1), "R", "令", "令和"),
    (dt.date(1989, 1, 8), "H", "平", "平成"),
    (dt.date(1926, 12, 25), "S", "昭", "昭和"),
    (dt.date(1912, 7, 30), "T", "大", "大正"),
    (dt.date(1868, 1, 25), "M", "明", "明治"),
)


def built_in_format(number: int) -> str:
    """Return the format code of a built-in *number* (`9` is `0%`), or `General`."""
    return _BUILT_IN.get(number, _GENERAL)


@lru_cache(maxsize=65536)
def display(value: float, code: str, *, since_1904: bool = False) -> str:
    """Return a number as a spreadsheet displays it.

    Args:
        value: The number; dates and times are days since the epoch.
        code: The format code of the cell, such as `#,##0.00` or `yyyy"年"m"月"`. One that cannot be
            applied is ignored.
        since_1904: Whether days count from 1904, as in files of old Macintosh programs.
    """
    if code == _GENERAL and (text := _general(value)):
        return text
    if simple := _SIMPLE.fullmatch(code):
        return _decimal(value, simple)
    from xlfmt import format_value

    try:
        code = _understood(code[:_LONGEST_FORMAT], value, since_1904=since_1904)
        shown = " ".join(format_value(value, code, date1904=since_1904).split())
    except (ArithmeticError, ValueError, TypeError, IndexError):
        shown = ""
    # Only a format of several parts, such as `0;;`, displays nothing on purpose.
    return shown if shown or ";" in code else f"{value:.15g}"


def _general(value: float) -> str:
    """Return a number of usual size as the format `General` does, "" for others."""
    if float(value).is_integer() and abs(value) < _LARGE:
        return str(int(value))
    if 1 <= abs(value) < _LARGE / 10:
        return f"{value:.10g}"
    return f"{value:.9f}".rstrip("0") if _SMALL <= abs(value) < 1 else ""


def _decimal(value: float, code: re.Match[str]) -> str:
    """Apply one of the most common formats, at a tenth of the time of all formats."""
    group, places, percent = code.groups()
    number = Decimal(repr(value))
    if not number.is_finite() or abs(number) > Decimal(10) ** 20:
        return f"{value:.15g}"
    step = Decimal(1).scaleb(-len(places or ""))
    shown = (number * (100 if percent else 1)).quantize(step, ROUND_HALF_UP)
    shown = shown or abs(shown)
    return f"{shown:,}{percent or ''}" if group else f"{shown}{percent or ''}"


def _understood(code: str, value: float, *, since_1904: bool) -> str:
    """Return *code* without what the library does not know: locales, Japanese eras and days."""
    code = _LOCALE_TIME.sub("h:mm:ss", _LOCALE_DATE.sub(_ISO_DATE, code))
    japanese = any(
        (place[1] or "").lower().startswith(_JAPANESE) for place in _LOCALE.finditer(code)
    )
    first_year = "gannen" in code
    code = _LOCALE.sub("", code)
    tokens = _TOKEN.findall(code)
    low = [token.lower() for token in tokens]
    japanese = japanese or any(one[0] == "g" and one != "general" for one in low)
    dated = any(one[0] in "gadey" and one not in ("general", "am/pm", "a/p") for one in low)
    if not (dated and 0 < value < _YEAR_10000):
        return code
    epoch = dt.date(1904, 1, 1) if since_1904 else dt.date(1899, 12, 30)
    date = epoch + dt.timedelta(days=int(value))
    return "".join(_date_tokens(tokens, date, japanese=japanese, first_year=first_year))


def _date_tokens(
    tokens: list[str], date: dt.date, *, japanese: bool, first_year: bool
) -> Iterator[str]:
    for token, following in pairwise([*tokens, ""]):
        low, length = token.lower(), len(token)
        if low == "." and following != "0":  # else it begins the parts of a second
            yield '"."'
        elif low[0] == "e" and low[-1] not in "+-":
            year = _era_year(date, length, first_year=first_year) if japanese else str(date.year)
            yield f'"{year}"'
        elif low[0] == "g" and low != "general":
            yield f'"{_era(date)[min(length, len(_ERAS[0]) - 1)]}"'
        elif (low[:3] == "aaa" and "/" not in low) or (japanese and low[:3] == "ddd"):
            yield f'"{_WEEKDAYS[date.weekday()]}{"曜日" * (low[3:] != "")}"'
        elif japanese and low[:3] == "mmm":
            yield f'"{date.month}月"'
        else:
            yield token


def _era(date: dt.date) -> tuple[dt.date, str, str, str]:
    return next((era for era in _ERAS if date >= era[0]), _ERAS[-1])


def _era_year(date: dt.date, length: int, *, first_year: bool) -> str:
    year = date.year - _era(date)[0].year + 1
    return "元" if year == 1 and first_year else str(year).rjust(length, "0")
