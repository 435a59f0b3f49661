"""Fragments of a PDF page: pieces of lines with their places, in the order of drawing."""

import ctypes
import math
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowledge.parsing.pdf.letters import read_letters
from knowledge.parsing.pdf.ligatures import LETTERS, Ligatures

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

_LINE = re.compile("[^\r\n\ufffe]+\ufffe?")
_WORD = re.compile(r"\S+")
_WIDE_GAP = 1.1
"""Gap between two words of one cell at most, in units of the font size."""

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_NARROW_GAP = 0.1
"""Gap of two cells with a rule between them at least, in the same unit."""

_THIN = 3.0
"""Points that a drawn line is thick at most."""

_MOST_OBJECTS = 20_000
_MOST_RULES = 2000

_RIGHT_ANGLE = math.pi / 2
_BULLET = re.compile(r"^[\x01-\x1f\x7f\ue000-\uf8ff](?=\s*\S)")
_HALF = re.compile("[\ud800-\udfff]")
_LEADERS = re.compile(r"(?:[.·․‥…・]\s?){4,}")
_BLANK = re.compile("[_＿]{4,}")
_RULER = re.compile(r"[-=_*~─━―—–＿═┄┈.·]{3,}")


@dataclass(slots=True)
class Fragment:
    """A piece of a line without wide gaps.

    Coordinates are in points, from the lower left, turned so that most text is upright.

    Attributes:
        text: Its text in form NFKC, except for what would change its meaning.
        size: Font size in points.
        hyphenated: Whether it ends in the middle of a word.
        turned: Whether it runs in another direction than most text of the page.
        field: Whether it is the value of a form field.
        index: Number of its first character on the page, -1 for what is no text of the page.
        length: Number of its characters on the page.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    hyphenated: bool = False
    turned: bool = False
    field: bool = False
    index: int = -1
    length: int = 0

    @property
    def middle(self) -> float:
        """The vertical middle, in points."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Rules:
    """The drawn lines of a page, as of tables: (place across, begin, end) in points, sorted."""

    vertical: tuple[tuple[float, float, float], ...] = ()
    horizontal: tuple[tuple[float, float, float], ...] = ()

    def divide(self, one: float, other: float, height: float) -> bool:
        """Tell whether a vertical rule stands between two x at this height."""
        start = bisect_left(self.vertical, (one,))
        for x, bottom, top in self.vertical[start:]:
            if x > other:
                return False
            if bottom <= height <= top:
                return True
        return False


@dataclass(slots=True)
class PageText:
    """What stands on one page.

    Attributes:
        unmapped: Share of its characters whose font does not say which letters they are.
        unnamed: Numbers of characters that no font names.
        turn: By how many right angles its coordinates were turned.
    """

    fragments: list[Fragment]
    width: float
    height: float
    unmapped: float = 0.0
    unnamed: frozenset[int] = frozenset()
    turn: int = 0
    rules: Rules = Rules()


class CharacterBoxes:
    """The places of a page's characters; reuses its buffers, since it is asked very often."""

    def __init__(self, text: "PdfTextPage") -> None:
        import pypdfium2.raw as pdfium

        self._text = text.raw
        self._rectangle = pdfium.FS_RECTF()
        self._matrix = pdfium.FS_MATRIX()
        self._loose_box = pdfium.FPDFText_GetLooseCharBox
        self._get_matrix = pdfium.FPDFText_GetMatrix
        self._font_size = pdfium.FPDFText_GetFontSize
        self._angle = pdfium.FPDFText_GetCharAngle
        self._to_rectangle = ctypes.byref(self._rectangle)
        self._to_matrix = ctypes.byref(self._matrix)
        self.turn = 0

    def box(self, index: int) -> tuple[float, float, float, float]:
        """Return left, bottom, right, top of a character, turned."""
        self._loose_box(self._text, index, self._to_rectangle)
        box = self._rectangle
        return turned((box.left, box.bottom, box.right, box.top), self.turn)

    def gap(self, index: int, following: int) -> tuple[float, float]:
        """Return the space between two characters, and the right of the first, turned."""
        rectangle = self._rectangle
        if self.turn:
            right = self.box(index)[2]
            return self.box(following)[0] - right, right
        self._loose_box(self._text, index, self._to_rectangle)
        right = rectangle.right
        self._loose_box(self._text, following, self._to_rectangle)
        return rectangle.left - right, right

    def size(self, index: int) -> float:
        """Return the font size of a character, in points as displayed."""
        size = float(self._font_size(self._text, index))
        if self._get_matrix(self._text, index, self._to_matrix):
            matrix = self._matrix
            scale = math.sqrt(abs(matrix.a * matrix.d - matrix.b * matrix.c))
            size *= scale or 1.0
        return size if 0.1 < size < 2000 else 10.0

    def quarter(self, index: int) -> int | None:
        """Return by how many right angles a character is turned, None for something between."""
        angle = float(self._angle(self._text, index)) / _RIGHT_ANGLE
        nearest = round(angle)
        return nearest % 4 if abs(angle - nearest) < 0.1 else None


def turned(box: tuple[float, float, float, float], turn: int) -> tuple[float, float, float, float]:
    """Return a box after turning the page back by *turn* right angles."""
    left, bottom, right, top = box
    match turn:
        case 1:
            return -top, left, -bottom, right
        case 2:
            return -right, -top, -left, -bottom
        case 3:
            return bottom, -right, top, -left
    return box


def read_page(page: "PdfPage", text: "PdfTextPage", ligatures: Ligatures) -> PageText:
    """Return the fragments of *page* in the order in which they are drawn."""
    letters = read_letters(text, ligatures)
    characters = letters.characters
    boxes = CharacterBoxes(text)
    lines = [match for match in _LINE.finditer(characters) if match[0].strip()]
    quarters = [boxes.quarter(_first(match)) for match in lines]
    most = Counter(quarter for quarter in quarters if quarter is not None).most_common(1)
    turn = boxes.turn = most[0][0] if most else 0
    width, height = page.get_size()
    if page.get_rotation() in (90, 270):
        width, height = height, width
    rules = _Once(page, turn)
    found = [
        fragment
        for match, quarter in zip(lines, quarters, strict=True)
        for fragment in _fragments(match, boxes, rules, is_turned=quarter != turn)
    ]
    left, bottom, right, top = turned((0.0, 0.0, width, height), turn)
    for fragment in found:
        fragment.left -= left
        fragment.right -= left
        fragment.bottom -= bottom
        fragment.top -= bottom
    shifted = rules.moved(left, bottom)
    return PageText(
        found, right - left, top - bottom, letters.unmapped, letters.unnamed, turn, shifted
    )


class _Once:
    """Reads the drawn lines of a page when they are first needed: most pages have no tables."""

    def __init__(self, page: "PdfPage", turn: int) -> None:
        self._page = page
        self._turn = turn
        self._rules: Rules | None = None

    @property
    def rules(self) -> Rules:
        """The drawn lines."""
        if self._rules is None:
            self._rules = _rules(self._page, self._turn)
        return self._rules

    def moved(self, x: float, y: float) -> Rules:
        """Return the rules that were needed, as seen from a corner; none if none were."""
        if self._rules is None:
            return Rules()
        return Rules(
            tuple((place - x, begin - y, end - y) for place, begin, end in self._rules.vertical),
            tuple((place - y, begin - x, end - x) for place, begin, end in self._rules.horizontal),
        )


def _rules(page: "PdfPage", turn: int) -> Rules:
    """Return the edges of what is drawn with straight lines: lines, boxes, coloured rows."""
    import pypdfium2.raw as pdfium

    vertical, horizontal = set[tuple[float, float, float]](), set[tuple[float, float, float]]()
    sides = [ctypes.c_float() for _ in range(4)]
    pointers = [ctypes.byref(side) for side in sides]
    for number in range(min(pdfium.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)):
        drawn = pdfium.FPDFPage_GetObject(page.raw, number)
        if pdfium.FPDFPageObj_GetType(drawn) != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        pdfium.FPDFPageObj_GetBounds(drawn, *pointers)
        left, bottom, right, top = turned(
            (sides[0].value, sides[1].value, sides[2].value, sides[3].value), turn
        )
        if top - bottom > _THIN:
            vertical |= {(left, bottom, top), (right, bottom, top)}
        if right - left > _THIN:
            horizontal |= {(bottom, left, right), (top, left, right)}
        if len(vertical) + len(horizontal) > _MOST_RULES:
            break
    return Rules(tuple(sorted(vertical)), tuple(sorted(horizontal)))


def _first(line: "re.Match[str]") -> int:
    text = line[0]
    return line.start() + len(text) - len(text.lstrip())


def _fragments(
    line: "re.Match[str]", boxes: CharacterBoxes, lines: _Once, *, is_turned: bool
) -> Iterator[Fragment]:
    """Yield the parts of a line between wide gaps."""
    hyphenated = line[0].endswith("\ufffe")
    whole = line[0].removesuffix("\ufffe")
    offset = line.start()
    words = [(match.start(), match.end()) for match in _WORD.finditer(whole)]
    if not words:
        return
    size = boxes.size(offset + words[0][0])
    begin, box = words[0][0], boxes.box(offset + words[0][0])
    before = words[0][1]
    rules = lines.rules if len(words) > 1 else Rules()
    ruled, middle = bool(rules.vertical), (box[1] + box[3]) / 2
    for start, end in words[1:] if not is_turned else ():
        gap, edge = boxes.gap(offset + before - 1, offset + start)
        if (
            gap > _NARROW_GAP * size
            and (gap > _WIDE_GAP * size or (ruled and rules.divide(edge, edge + gap, middle)))
        ) or (gap < -size and unicodedata.bidirectional(whole[start]) not in _RIGHT_TO_LEFT):
            last = boxes.box(offset + before - 1)
            yield from _fragment(whole[begin:before], box, last, size, offset + begin)
            begin, box = start, boxes.box(offset + start)
            size = boxes.size(offset + start)
        before = end
    before = words[-1][1]
    last = boxes.box(offset + before - 1)
    for fragment in _fragment(whole[begin:before], box, last, size, offset + begin):
        fragment.hyphenated = hyphenated
        fragment.turned = is_turned
        yield fragment


_Box = tuple[float, float, float, float]


def _fragment(text: str, first: _Box, last: _Box, size: float, index: int) -> Iterator[Fragment]:
    """Yield one fragment from the boxes of its first and its last character, if it has text."""
    cleaned = clean(text)
    if not cleaned:
        return
    bottom, top = min(first[1], last[1]), max(first[3], last[3])
    if first[3] - first[1] > 2 * size or first[3] <= first[1]:  # fonts with a wrong height
        top = bottom + size
    yield Fragment(
        cleaned,
        min(first[0], last[0]),
        bottom,
        max(first[2], last[2]),
        top,
        size,
        index=index,
        length=len(text),
    )


def is_right_to_left(text: str) -> bool:
    """Tell whether *text* has letters that are written from the right, such as Arabic ones."""
    return not text.isascii() and any(
        unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text
    )


def clean(text: str) -> str:
    """Return a line's *text* as one would type it; "" for a ruler.

    Ligatures and half-width letters become plain ones, a control character at the beginning is a
    bullet, leaders and blanks to fill in become short.
    """
    if not text.isascii():
        text = text.translate(LETTERS)
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFC", "".join(map(_plain, text)))
    text = text.strip()
    if _HALF.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    if _RULER.fullmatch(text):
        return ""
    text = _BULLET.sub("- ", text)
    if not text.isprintable():  # so are characters for private use
        text = "".join(filter(str.isprintable, text))
    if any(leader in text for leader in _LEADER_SIGNS):
        text = _LEADERS.sub(" … ", text)
    return " ".join(_BLANK.sub("___", text).split())


_LEADER_SIGNS = ("...", ". .", "··", "・・", "……", "‥‥", "․․")
_KEPT = frozenset("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳…™©®²³½¼¾‥℃㎡㎥№！？：；（）～，．")
"""Characters that NFKC would change into something that reads differently."""


def _plain(character: str) -> str:
    if character in _KEPT:
        return character
    return unicodedata.normalize("NFKC", character)
