"""Finds the headings of a Word file that has no styles for them: short lines in large letters."""

from collections import Counter
from collections.abc import Mapping

from knowledge.parsing.html_tables import Element

_USUAL = 20
"""Half points of a text whose size is stated nowhere."""

_LARGER = 1.15
"""How much larger than the text a bold heading is."""

_MUCH_LARGER = 1.3
"""How much larger a heading is that is not bold."""

_LONGEST = 80
_DEEPEST = 10
"""Styles that may be based on each other."""

_MOST_LEVELS = 6
_SENTENCE_ENDS = "。．、，.,;；"
_COLONS = frozenset(":：")
"""What labels of a value have, and headings have not."""

_NAMES = ("heading", "見出し")


class WordHeadings:
    """Knows how large and how bold the paragraphs of a document are.

    Args:
        styles: The styles by their ids.
        defaults: The part that defines them.
    """

    def __init__(self, styles: Mapping[str, Element], defaults: Element) -> None:
        self._styles = styles
        stated = defaults.find("{*}docDefaults/{*}rPrDefault/{*}rPr")
        self._usual = _size(stated) or _USUAL
        basic = next((one for one in styles.values() if _is_default(one)), None)
        self._basic = _value(basic, "styleId")

    def found(self, root: Element) -> dict[Element, int]:
        """Return the paragraphs that a reader takes for headings, with their levels from 1.

        There are none where a style says what a heading is.
        """
        body = root.find("{*}body")
        paragraphs = [] if body is None else [part for part in body if part.tag.endswith("}p")]
        if any(map(self._is_styled, paragraphs)):
            return {}
        letters = Counter[int]()
        shown = dict[Element, tuple[str, int, bool]]()
        for paragraph in paragraphs:
            text, size, is_bold = shown[paragraph] = self._look(paragraph)
            letters[size] += len(text)
        usual = max(letters, key=lambda size: letters[size], default=0)
        short = {
            paragraph: look
            for paragraph, look in shown.items()
            if 0 < len(look[0]) <= _LONGEST
            and look[0][-1] not in _SENTENCE_ENDS
            and any(map(str.isalnum, look[0]))
            and paragraph.find("{*}pPr/{*}numPr") is None
        }
        sizes = {
            paragraph: size
            for paragraph, (_, size, is_bold) in short.items()
            if size >= usual * (_LARGER if is_bold else _MUCH_LARGER)
        }
        if sizes:  # the lowest ones may differ from the text by their weight alone
            for paragraph, (text, size, is_bold) in short.items():
                if is_bold and size >= usual and _COLONS.isdisjoint(text):
                    sizes[paragraph] = size
        levels = {size: level for level, size in enumerate(sorted(set(sizes.values()))[::-1], 1)}
        return {one: min(levels[size], _MOST_LEVELS) for one, size in sizes.items()}

    def _is_styled(self, paragraph: Element) -> bool:
        if paragraph.find("{*}pPr/{*}outlineLvl") is not None:
            return True
        for style in self._above(_value(paragraph.find("{*}pPr/{*}pStyle"), "val")):
            name = _value(style.find("{*}name"), "val").lower()
            if name.startswith(_NAMES) or style.find("{*}pPr/{*}outlineLvl") is not None:
                return True
        return False

    def _look(self, paragraph: Element) -> tuple[str, int, bool]:
        """Return the text of a paragraph, the size of its smallest letters, and if all are bold."""
        style = _value(paragraph.find("{*}pPr/{*}pStyle"), "val") or self._basic
        texts, sizes, bold = list[str](), list[int](), list[bool]()
        for run in paragraph.iter("{*}r"):
            text = "".join(part.text or "" for part in run.iter("{*}t"))
            if not text.strip():
                continue
            own = run.find("{*}rPr")
            named = _value(None if own is None else own.find("{*}rStyle"), "val")
            chain = [
                own,
                *(one.find("{*}rPr") for one in (*self._above(named), *self._above(style))),
            ]
            texts.append(text)
            sizes.append(next(filter(None, map(_size, chain)), self._usual))
            bold.append(next((on for one in chain if (on := _bold(one)) is not None), False))
        return " ".join("".join(texts).split()), min(sizes, default=self._usual), all(bold)

    def _above(self, style_id: str) -> list[Element]:
        """Return a style and those that it is based on."""
        found = list[Element]()
        while style_id in self._styles and len(found) < _DEEPEST:
            found.append(self._styles[style_id])
            style_id = _value(found[-1].find("{*}basedOn"), "val")
        return found


def _is_default(style: Element) -> bool:
    return _value(style, "type") == "paragraph" and _value(style, "default") in ("1", "true")


def _size(properties: Element | None) -> int:
    """Return the stated size in half points, 0 if there is none."""
    stated = "" if properties is None else _value(properties.find("{*}sz"), "val")
    return int(stated) if stated.isdecimal() and len(stated) < 5 else 0  # noqa: PLR2004


def _bold(properties: Element | None) -> bool | None:
    switch = None if properties is None else properties.find("{*}b")
    return None if switch is None else _value(switch, "val").lower() not in ("0", "false", "off")


def _value(element: Element | None, name: str) -> str:
    if element is None:
        return ""
    found = (v for k, v in element.attrib.items() if k == name or k.endswith("}" + name))
    return str(next(found, ""))
