"""The letters of a PDF page, and those that its fonts do not name."""

import ctypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from knowledge.parsing.pdf.ligatures import Ligatures

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

MISSING = "\ufffd"
"""Stands for a letter that its font does not name."""

BULLETS = re.compile(r"^[\x01-\x08\x0e-\x1f\x7f\ue000-\uf8ff](?=[^\S\r\n]*\S)", re.MULTILINE)
_FIRST = re.compile(r"(?:^|[\r\n\ufffe])[^\S\r\n]*(\S)")
_DOUBTFUL = re.compile(r"[^\t\n\r -~]|(?<=[^\W\d_])[^\w\s'’.,/()-](?=[^\W\d_])")
"""A character that may be one that a font does not name: no ASCII, or a sign within a word."""

_MOST_GUESSED = 0.3
_MOST_ODD = 0.08
"""Share of a page whose letters are guessed, and of those the share that no language has."""

_SELDOM = re.compile(
    "[\u0180-\u019f\u01a2-\u01ae\u01b1-\u01cc\u01dd-\u0217\u021c-\u0258\u025a-\u02ff]"
)
"""Latin letters that hardly any language of documents has: no Romanian, Vietnamese, Azerbaijani."""

_RARE = re.compile(rf"{_SELDOM.pattern}|[\u3400-\u4dbf\ua000-\ua4cf\U00020000-\U0003ffff]")
"""These, and ideographs that a number in a font hits more often than a writer."""

_MOST_SIGNS = 0.4
_SIGN = re.compile(r"[!-,/:-@\[-^`{-~]")
_LETTER = re.compile(r"[^\W\d_]")
_CONTROL = "\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd"
_GAIJI = "\ue000-\uefff\uf100-\uf8fe\U000f0000-\U000ffeff\U00100000-\U0010ffff"
_PRIVATE = f"{_GAIJI}\uf000-\uf0ff\uf8ff"
_NO_LETTER = re.compile(f"[{_CONTROL}{_PRIVATE}]")
_GAP = re.compile(
    f"(?<=[^\\W_])[{_CONTROL}{_GAIJI}]|(?<![^\\s{_CONTROL}])[{_CONTROL}](?=[a-zß-ÿ])"
    f"|(?<=\\S)[{_CONTROL}](?=[^\\W_])|(?<=[^\\W_])[{_PRIVATE}](?=[^\\W_])"
)
"""A letter that is missing in a word; others are bullets and drawings. Numbers for private use are
ideographs of an own font, and from U+F000 on drawings, which may stand before or behind a word."""

_FEWEST_UTF8 = 4
_HANGUL, _TWO_BYTES, _TWO_BYTES_END = 0xAC00, 0xC280, 0xDFBF
_MAC = {
    wrong: right
    for byte in range(0xC0, 0x100)
    if (right := bytes([byte]).decode("cp1252")).islower()
    and ((wrong := bytes([byte]).decode("mac_roman")).isupper() or wrong in "‰¸ˆ˘˚˙¯")
}
"""Small letters of Windows by what the same number is on a Macintosh."""

_MISTAKEN = re.compile(
    f"(?<=[a-zß-ÿ])[{''.join(filter(str.isupper, _MAC))}](?![^\\W_a-zß-ÿ])"
    "|(?<=[a-zß-ÿ])‰(?!\\w)|(?<=[A-Za-zß-ÿ])[‰¸ˆ˘˚˙¯](?=[a-zß-ÿ])"
)
_TRUETYPE = (b"\x00\x01\x00\x00", b"true")


@dataclass(frozen=True, slots=True)
class PageLetters:
    """The characters of a page.

    Attributes:
        characters: Exactly one for each of pdfium's; `MISSING` for a letter of a word that no font
            names.
        unmapped: Share of them that no font maps to a letter.
        unnamed: Numbers of those for which pdfium took their number in the font. Of a page whose
            lines begin with none, only some.
    """

    characters: str
    unmapped: float
    unnamed: frozenset[int]


def read_letters(text: "PdfTextPage", ligatures: Ligatures) -> PageLetters:
    """Return the characters of a page: mended where they can be, else marked as missing."""
    read = _characters(text)
    numbers, is_guessed = _numbers(text, read)
    letters = list(read)
    mended = _of_utf8(numbers)
    for index, number in numbers.items():
        if number < 256 and (sign := ligatures.signs.get(number)):
            mended[index] = sign
    for index, number in numbers.items():
        letter = chr(number) if number != 2 and 0 < number <= 0x10FFFF else MISSING
        letters[index] = mended.get(index, letter)
    unnamed = frozenset(numbers.keys() - mended.keys())
    whole = "".join(letters)
    guessed = "".join(whole[index] for index in sorted(unnamed)) if is_guessed else ""
    unmapped = _unmapped(whole, "".join(guessed.split(" ")))
    if unmapped <= _MOST_GUESSED:
        _correct(letters, text, whole, unnamed)
    return PageLetters(_GAP.sub(MISSING, "".join(letters)), unmapped, unnamed)


def _correct(
    letters: list[str], text: "PdfTextPage", characters: str, unnamed: frozenset[int]
) -> None:
    """Put into *letters* what is drawn in place of a space, a wrong letter or none."""
    controls = {match.start() for match in _NO_LETTER.finditer(characters)}
    # A number that is a plain letter is right more often than a drawing that cannot be read.
    for index in controls | {one for one in unnamed if not characters[one].isascii()}:
        if _is_blank(text, index):
            letters[index] = " "
    if len(unnamed) < len("".join(characters.split())):
        for index in unnamed:
            if _RARE.match(characters[index]):
                letters[index] = MISSING
    kinds = dict[int | None, bytes]()
    for match in _MISTAKEN.finditer(characters):
        if (font := _font_of_file(text, match.start())) is not None:
            place = ctypes.cast(font, ctypes.c_void_p).value
            if place not in kinds:
                kinds[place] = _first_bytes(font)
            if kinds[place] in _TRUETYPE:
                letters[match.start()] = _MAC[match[0]]


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
    return chr(code) if 0 < code <= 0x10FFFF else MISSING


def _numbers(text: "PdfTextPage", characters: str) -> tuple[dict[int, int], bool]:
    """Return the characters for which pdfium found no Unicode and took their number in the font.

    Many fonts number their letters by Unicode, so most of these are right. To ask for each letter
    would take as long as to read it. So a page is searched if one of its lines begins with such a
    one, which the second value tells; else only what is doubtful.
    """
    import pypdfium2.raw as pdfium

    def is_unnamed(index: int) -> bool:
        return bool(pdfium.FPDFText_HasUnicodeMapError(text.raw, index) == 1)

    firsts = (match.start(1) for match in _FIRST.finditer(characters))
    is_guessed = any(map(is_unnamed, firsts))
    indexes: Iterator[int] = (
        iter(range(len(characters)))
        if is_guessed
        else (match.start() for match in _DOUBTFUL.finditer(characters))
    )
    found = filter(is_unnamed, indexes)
    return {index: pdfium.FPDFText_GetUnicode(text.raw, index) for index in found}, is_guessed


def _of_utf8(numbers: Mapping[int, int]) -> dict[int, str]:
    """Return the letters of fonts that number them by UTF-8, which pdfium takes for Unicode."""
    found = {index: letter for index, number in numbers.items() if (letter := _utf8(number))}
    is_sure = any(number > 0x10FFFF and _utf8(number) for number in numbers.values())
    pairs = [number for number in numbers.values() if _HANGUL <= number <= _TWO_BYTES_END]
    if not is_sure and (
        len(pairs) < _FEWEST_UTF8
        or any(number < _TWO_BYTES or not _utf8(number) for number in pairs)
    ):
        return {}
    return found


def _utf8(number: int) -> str:
    """Return the letter whose bytes in UTF-8 are *number*; "" for none, and for ASCII."""
    if number < _TWO_BYTES:
        return ""
    try:
        letter = number.to_bytes((number.bit_length() + 7) // 8, "big").decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return letter if len(letter) == 1 else ""


def _is_blank(text: "PdfTextPage", index: int) -> bool:
    """Tell whether a font of the file draws nothing for a character, as for a space."""
    left, bottom, right, top = text.get_charbox(index)
    return bool(right <= left or top <= bottom) and _font_of_file(text, index) is not None


def _font_of_file(text: "PdfTextPage", index: int) -> Any:
    """Return pdfium's handle of the font of a character; None if the file does not hold it."""
    import pypdfium2.raw as pdfium

    shown = pdfium.FPDFText_GetTextObject(text.raw, index)
    font = shown and pdfium.FPDFTextObj_GetFont(shown)
    return font if font and pdfium.FPDFFont_GetIsEmbedded(font) == 1 else None


def _first_bytes(font: Any) -> bytes:
    """Return four bytes of a font, which tell its kind."""
    import pypdfium2.raw as pdfium

    length = ctypes.c_size_t()
    pdfium.FPDFFont_GetFontData(font, None, 0, ctypes.byref(length))
    data = (ctypes.c_uint8 * length.value)()
    pdfium.FPDFFont_GetFontData(font, data, length.value, ctypes.byref(length))
    return bytes(data[:4])


def _unmapped(characters: str, guessed: str) -> float:
    """Return the share of *characters* that no font maps to a letter, 1 for shifted letters.

    Where numbers in the font are no letters, neither are the spaces: these are control characters.
    """
    visible = len("".join(characters.split()))
    found = len(_NO_LETTER.findall(characters))
    if found:  # one in front of a line is a bullet, see `clean`
        found -= len(BULLETS.findall(characters))
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
