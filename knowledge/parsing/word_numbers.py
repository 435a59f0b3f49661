"""The numbers that Word shows before headings and paragraphs, such as `1.2` and 第3条."""

import re
from collections import defaultdict

from knowledge.parsing.html_marks import counted
from knowledge.parsing.html_tables import Element

_LEVELS = 9
_SIMPLE = re.compile(r"[(（]?%\d[.)）、．]?")
"""Numbers that pandoc keeps as those of a list."""

_PLACES = re.compile(r"%(\d)")
_KANJI = "〇一二三四五六七八九"
_IROHA = (
    "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
)
_AIUEO = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
)
_ROWS = {
    "iroha": _IROHA,
    "irohaFullWidth": _IROHA,
    "aiueo": _AIUEO,
    "aiueoFullWidth": _AIUEO,
    "decimalEnclosedCircle": "".join(map(chr, range(0x2460, 0x2474))),
}
_KINDS = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}


class Numbering:
    """Counts the numbered paragraphs of a document.

    Args:
        numbering: The part that defines the lists.
        styles: The styles by their ids.
    """

    def __init__(self, numbering: Element, styles: dict[str, Element]) -> None:
        self._styles = styles
        self._levels: dict[str, dict[int, tuple[int, str, str]]] = {}
        abstract: dict[str, dict[int, tuple[int, str, str]]] = {}
        for one in numbering.iter("{*}abstractNum"):
            abstract[_value(one, "abstractNumId")] = {
                _number(_value(level, "ilvl")): _level(level) for level in one.iter("{*}lvl")
            }
        self._lists: dict[str, str] = {}
        self._starts: dict[tuple[str, int], int] = {}
        for one in numbering.iter("{*}num"):
            name, source = _value(one, "numId"), _value(one.find("{*}abstractNumId"), "val")
            self._lists[name] = source
            self._levels[name] = abstract.get(source, {})
            for change in one.iter("{*}lvlOverride"):
                place = _number(_value(change, "ilvl"))
                if change.find("{*}startOverride") is not None:
                    start = _value(change.find("{*}startOverride"), "val")
                    self._starts[name, place] = _number(start)
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._begun: set[tuple[str, int]] = set()

    def write(self, root: Element) -> None:
        """Write the number of each numbered heading, and of each number that no list shows."""
        if not self._levels:
            return
        for paragraph in list(root.iter("{*}p")):
            name, place = self._of(paragraph)
            if name not in self._levels or place not in self._levels[name]:
                continue
            text = self._counted(name, place)
            _, kind, shape = self._levels[name][place]
            if kind in ("bullet", "none") or not shape:
                continue
            if self._is_heading(paragraph) or not (_SIMPLE.fullmatch(shape) and kind not in _ROWS):
                _prepend(paragraph, text)

    def _of(self, paragraph: Element) -> tuple[str, int]:
        """Return the list and the level of a paragraph, as stated by itself or by its style."""
        properties = paragraph.find("{*}pPr")
        if properties is None:
            return "", 0
        name, place = _stated(properties)
        style = _value(properties.find("{*}pStyle"), "val")
        for _ in range(_LEVELS):
            if name and place >= 0:
                break
            found = self._styles.get(style)
            if found is None:
                break
            inherited = found.find("{*}pPr")
            stated, level = _stated(inherited) if inherited is not None else ("", -1)
            name = name or stated
            place = level if place < 0 else place
            style = _value(found.find("{*}basedOn"), "val")
        return name, max(place, 0)

    def _is_heading(self, paragraph: Element) -> bool:
        style = _value(paragraph.find("{*}pPr/{*}pStyle"), "val")
        for _ in range(_LEVELS):
            found = self._styles.get(style)
            if found is None:
                return False
            if _value(found.find("{*}name"), "val").lower().startswith("heading"):
                return True
            style = _value(found.find("{*}basedOn"), "val")
        return False

    def _counted(self, name: str, place: int) -> str:
        """Count one more at a level, and return its number as Word shows it."""
        counts = self._counts[self._lists[name]]
        if (name, place) in self._starts and (name, place) not in self._begun:
            self._begun.add((name, place))
            counts[place] = self._starts[name, place]
        else:
            counts[place] = counts.get(place, self._levels[name][place][0] - 1) + 1
        for deeper in [level for level in counts if level > place]:
            del counts[deeper]

        def shown(match: re.Match[str]) -> str:
            level = int(match[1]) - 1
            start, kind, _ = self._levels[name].get(level, (1, "decimal", ""))
            return _shown(counts.setdefault(level, start), kind)

        return _PLACES.sub(shown, self._levels[name][place][2])


def _level(level: Element) -> tuple[int, str, str]:
    start = _value(level.find("{*}start"), "val")
    kind = _value(level.find("{*}numFmt"), "val") or "decimal"
    return _number(start) if start else 1, kind, _value(level.find("{*}lvlText"), "val")


def _stated(properties: Element) -> tuple[str, int]:
    numbered = properties.find("{*}numPr")
    if numbered is None:
        return "", -1
    place = _value(numbered.find("{*}ilvl"), "val")
    return _value(numbered.find("{*}numId"), "val"), _number(place) if place else -1


def _prepend(paragraph: Element, number: str) -> None:
    """Write *number* before the text of *paragraph*, which then is no item of a list."""
    properties = paragraph.find("{*}pPr")
    namespace = paragraph.tag.partition("}")[0] + "}"
    for numbered in properties.findall("{*}numPr"):
        properties.remove(numbered)
    none = paragraph.makeelement(namespace + "numPr")
    none.append(paragraph.makeelement(namespace + "numId", {namespace + "val": "0"}))
    properties.append(none)
    run = paragraph.makeelement(namespace + "r")
    text = paragraph.makeelement(namespace + "t")
    text.text = f"{number} "
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run.append(text)
    properties.addnext(run)


def _shown(number: int, kind: str) -> str:
    """Return a number in one of Word's formats; unknown formats are decimal."""
    if kind in _KINDS:
        return counted(number, _KINDS[kind])
    row = _ROWS.get(kind, "")
    if 0 < number <= len(row):
        return row[number - 1]
    if kind.startswith(("japanese", "chinese", "ideographDigital")):
        return _in_kanji(number)
    if kind == "decimalFullWidth":
        return "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))
    return f"{number:02}" if kind == "decimalZero" else str(number)


def _in_kanji(number: int) -> str:
    if not 0 < number < 100:  # noqa: PLR2004 - no list is longer
        return str(number)
    tens, ones = divmod(number, 10)
    ten = ("" if tens == 1 else _KANJI[tens]) + "十" if tens else ""
    return ten + (_KANJI[ones] if ones else "")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004


def _value(element: Element, name: str) -> str:
    if element is None:
        return ""
    found = (v for k, v in element.attrib.items() if k == name or k.endswith("}" + name))
    return str(next(found, ""))
