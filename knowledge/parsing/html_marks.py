"""What a reader of HTML sees of single elements: list marks, boxes, formulas, hidden parts."""

import re

from knowledge.parsing.html_tables import Element

TICKS = {True: "☒", False: "☐"}
"""What stands for a box, by whether it is ticked."""

_SIGNS = frozenset({"↑", "↩", "↩\ufe0e", "^", "⏎", "⤴", "#", "¶", "§", "🔗"})
"""Links back from a footnote, and those that site generators add to headings."""

_BOXES = frozenset({"checkbox-on", "checkbox-off"})
_MOST_ROMAN = 3999
_HIDING = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
_TICK_RUN = re.compile("`+")
_RAISED = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-−", "₀₁₂₃₄₅₆₇₈₉₊₋₋")


class Markers:
    """The marks before the items of a list, as a reader sees them."""

    def __init__(self, element: Element) -> None:
        self._kind = element.get("type", "1") if element.tag == "ol" else ""
        self._number = number_in(element.get("start"), 1)

    def of(self, item: Element) -> str:
        """Return the mark of the next *item*."""
        if not self._kind:
            return "-"
        self._number = number_in(item.get("value"), self._number)
        marker = counted(self._number, self._kind)
        self._number += 1
        return f"{marker}."


def number_in(text: str | None, otherwise: int) -> int:
    """Return the number that an attribute states, else *otherwise*."""
    stated = (text or "").strip()
    is_number = stated.removeprefix("-").isdecimal() and len(stated) < 10  # noqa: PLR2004
    return int(stated) if is_number else otherwise


def is_box(element: Element) -> bool:
    """Tell whether *element* is drawn as a box, as in the exports of Notion."""
    return not _BOXES.isdisjoint(classes_of(element))


def seen(element: Element) -> str:
    """Return what a reader sees of a box, an emoji or a formula that has no text of its own."""
    if is_box(element):
        return f"{TICKS['checkbox-on' in classes_of(element)]} "
    if element.tag == "input":
        is_tick = element.get("type", "").lower() in ("checkbox", "radio")
        return f"{TICKS[element.get('checked') is not None]} " if is_tick else ""
    if element.tag == "script":
        return formula(element) if element.get("type", "").startswith("math/tex") else ""
    names = element.get("class", "").lower()
    return str(element.get("alt", "")) if "emoji" in names or "emoticon" in names else ""


def is_sign(element: Element) -> bool:
    """Tell whether *element* is a link within the page that is no word of it."""
    address = element.get("href", "")
    return address.startswith("#") and "".join(element.itertext()).strip() in _SIGNS


def formula(element: Element) -> str:
    """Return a formula as LaTeX where the page states it, else as text."""
    if element.tag == "script":
        return f"${(element.text or '').strip()}$"
    for note in element.iter("annotation"):
        if "tex" in note.get("encoding", "").lower() and note.text:
            return f"${' '.join(note.text.split())}$"
    if stated := element.get("alttext"):
        return f"${' '.join(stated.split())}$"
    return " ".join("".join(element.itertext()).split())


def as_code(text: str) -> str:
    """Return *text* as inline code."""
    fence = fence_around(text, 1)
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def fence_around(text: str, least: int) -> str:
    """Return at least *least* backticks, more than stand together in *text*."""
    longest = max((len(run) for run in _TICK_RUN.findall(text)), default=0)
    return "`" * max(least, longest + 1)


def raised(text: str, *, lowered: bool = False) -> str:
    """Return digits and signs as raised or lowered characters, and other text as it is."""
    letters = _LOWERED if lowered else _RAISED
    return text.translate(letters) if all(ord(letter) in letters for letter in text) else text


def counted(number: int, kind: str) -> str:
    """Return *number* as a list of the *kind* `1`, `a`, `A`, `i` or `I` shows it."""
    if kind in ("a", "A") and number > 0:
        letters = ""
        while number:
            number, letter = divmod(number - 1, 26)
            letters = chr(ord(kind) + letter) + letters
        return letters
    if kind in ("i", "I") and 0 < number <= _MOST_ROMAN:
        values = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)
        names = ["m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"]
        text = ""
        for value, name in zip(values, names, strict=True):
            text += name * (number // value)
            number %= value
        return text.upper() if kind == "I" else text
    return str(number)


def is_hidden(element: Element) -> bool:
    """Tell whether the page itself hides *element* from everybody."""
    hidden = element.get("hidden")
    return (
        (hidden is not None and hidden.lower() != "until-found")
        or element.get("aria-hidden", "").lower() == "true"
        or bool(_HIDING.search(element.get("style", "")))
        or (element.tag == "dialog" and element.get("open") is None)
    )


def classes_of(element: Element) -> frozenset[str]:
    """Return the class names of *element* in lower case."""
    return frozenset(element.get("class", "").lower().split())


def fragment_of(heading: Element) -> str:
    """Return the id of a heading, of an element in it, or of the section that it begins."""
    for element in heading.iter():
        named = element.get("id") or (element.tag == "a" and element.get("name"))
        if named:
            return str(named)
    section = heading.getparent()
    begins = section is not None and next(iter(section), None) is heading
    return str(section.get("id") or "") if begins else ""
