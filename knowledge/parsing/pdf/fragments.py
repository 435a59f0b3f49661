"""Fragments of a PDF page: pieces of lines with their places, in the order of drawing."""

import ctypes
import math
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
_BULLETS = re.compile(r"^[\x01-\x08\x0e-\x1f\x7f\ue000-\uf8ff](?=[^\S\r\n]*\S)", re.MULTILINE)
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
        turn: By how many right angles its coordinates were turned.
    """

    fragments: list[Fragment]
    width: float
    height: float
    unmapped: float = 0.0
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


def read_page(page: "PdfPage", text: "PdfTextPage") -> PageText:
    """Return the fragments of *page* in the order in which they are drawn."""
    characters = _characters(text)
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
    guessed = _guessed(text, characters, map(_first, lines))
    unmapped = _unmapped(characters, guessed)
    return PageText(found, right - left, top - bottom, unmapped, turn, shifted)


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


def _characters(text: "PdfTextPage") -> str:
    """Return the text of a page with exactly one character for each of pdfium's."""
    import pypdfium2.raw as pdfium

    count = text.count_chars()
    if count <= 0:
        return ""
    whole = str(text.get_text_range(errors="replace"))
    if len(whole) == count:
        return whole
    codes = (pdfium.FPDFText_GetUnicode(text.raw, index) for index in range(count))
    return "".join(map(_character, codes))


def _character(code: int) -> str:
    if code == 2:
        return "\ufffe"
    return chr(code) if 0 < code <= 0x10FFFF else "\ufffd"


def _guessed(text: "PdfTextPage", characters: str, firsts: Iterable[int]) -> str:
    """Return the characters for which pdfium found no Unicode and took their number in the font.

    Many fonts number their letters by Unicode, so most of these are right. A page is searched if
    the first character of one of its lines is such a one.
    """
    import pypdfium2.raw as pdfium

    has_error = pdfium.FPDFText_HasUnicodeMapError
    if all(has_error(text.raw, index) != 1 for index in firsts):
        return ""
    found = (one for index, one in enumerate(characters) if has_error(text.raw, index) == 1)
    return "".join("".join(found).split(" "))


def _unmapped(characters: str, guessed: str) -> float:
    """Return the share of *characters* that no font maps to a letter, 1 for shifted letters.

    Where numbers in the font are no letters, neither are the spaces: these are control characters.
    """
    visible = len("".join(characters.split()))
    found = len(_NO_LETTER.findall(characters))
    if found:  # one in front of a line is a bullet, see `clean`
        found -= len(_BULLETS.findall(characters))
    odd = len(_NO_LETTER.findall(guessed)) + len(_SELDOM.findall(guessed))
    if len(guessed) > _MOST_GUESSED * visible and (
        odd > _MOST_ODD * len(guessed) > 0 or _is_shifted(guessed, 0)
    ):
        return 1.0
    return 1.0 if _is_shifted(characters, 8) else found / max(1, visible)


def _is_shifted(text: str, fewest: int) -> bool:
    """Tell whether letters are shifted by their place in the font, so that many became signs."""
    visible = len("".join(text.split()))
    signs = len(_SIGN.findall(text))
    return signs > _MOST_SIGNS * visible > fewest and len(_LETTER.findall(text)) < 0.2 * visible


_MOST_GUESSED = 0.3
_MOST_ODD = 0.08
"""Share of a page whose letters are guessed, and of those the share that no language has."""

_SELDOM = re.compile(
    "[\u0180-\u019f\u01a2-\u01ae\u01b1-\u01cc\u01dd-\u0217\u021c-\u0258\u025a-\u02ff]"
)
"""Latin letters that hardly any language of documents has: no Romanian, Vietnamese, Azerbaijani."""

_MOST_SIGNS = 0.4
_SIGN = re.compile(r"[!-,/:-@\[-^`{-~]")
_LETTER = re.compile(r"[^\W\d_]")
_NO_LETTER = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")


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
    if not text.isascii() and not unicodedata.is_normalized("NFKC", text):
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
