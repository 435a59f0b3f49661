"""What people have filled in and written on PDF pages: form fields and notes.

Values and notes are read as such. What is a picture that a program drew, and nothing else (a
signature, a stamp, the caption of a button), is read from a page on which it stands alone.
"""

import ctypes
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from knowledge.parsing.pdf.fragments import Fragment, PageText, clean, turned

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

TICKED, UNTICKED = "☒", "☐"
_MOST = 2000
"""Fields and notes that are read of one page."""

_LONGEST = 20_000
_MOST_OPTIONS = 20
"""Options of a list up to which those that nobody chose are read, too."""

_PASSWORD = 1 << 13
_HIDDEN = 1 << 1 | 1 << 5  # flags of annotations: hidden, not shown on the screen
_DRAWN = 1
"""What pdfium answers when it has drawn the annotations of a page."""

_WORD = re.compile(r"[^\W\d_]+")
_GENERATED = frozenset(
    {"text", "textbox", "edit", "check", "checkbox", "radio", "radiobutton", "combo", "combobox"}
    | {"list", "listbox", "drop", "dropdown", "down", "date", "form", "undefined", "untitled"}
    | {"field", "box", "button", "input", "group", "topmostsubform", "subform", "page", "fill"}
    | {"textfield", "checkfield", "numericfield", "datefield", "formfield", "control", "option"}
    | {"テキスト", "フィールド", "チェック", "ボックス", "テキストフィールド", "チェックボックス"}
)
"""Words of names that a program gave to a field."""


def add_fields(document: "PdfDocument", page: "PdfPage", text: PageText) -> None:
    """Put the values of form fields and free text beside what is printed, other notes at the end.

    A value carries the name of its field where no label beside it says the same. Passwords and
    hidden fields are left out.
    """
    labels = list(text.fragments)
    notes = list[Fragment]()
    for annotation in _annotations(page):
        if (found := _stated(document, annotation)) is None:
            continue
        box, kind, name, value = found
        left, bottom, right, top = turned(box, text.turn)
        if text.turn:
            whole = turned((0.0, 0.0, *page.get_size()), text.turn)
            left, right = left - whole[0], right - whole[0]
            bottom, top = bottom - whole[1], top - whole[1]
        size = min(12.0, max(4.0, top - bottom))
        fragment = Fragment(value, left, bottom, right, top, size, field=kind != "text")
        if kind == "note":
            fragment.field = False
            notes.append(fragment)
        else:
            _insert(text.fragments, labels, fragment, name, is_tick=kind == "tick")
    text.fragments += notes


def _insert(
    fragments: list[Fragment],
    labels: Sequence[Fragment],
    new: Fragment,
    name: str,
    *,
    is_tick: bool,
) -> None:
    """Insert *new* where it is read: behind its label, a tick in front of it."""
    row = [
        other
        for other in labels
        if other.bottom - 2 < new.middle < other.top + 2 or new.bottom < other.middle < new.top
    ]
    behind = [other for other in row if other.left >= new.right - 2]
    before = [other for other in row if other.right <= new.left + 4]
    label: Fragment | None
    if is_tick and behind:
        label = min(behind, key=lambda other: other.left)
        if label.left - new.right < 4 * new.size:
            new.size = label.size
            fragments.insert(_index(fragments, label), new)
            return
    label = max(before, key=lambda other: other.right, default=None)
    above = [other for other in labels if other.bottom >= new.top - 2 and _overlap(other, new)]
    near = label or min(above, key=lambda other: other.bottom, default=None)
    if name and not (near and _says(near.text, name)) and not (is_tick and label):
        new.text = f"{new.text} {name}" if is_tick else f"{name}: {new.text}"
    if near:
        new.size = near.size
    else:
        following = (n for n, other in enumerate(fragments) if other.top < new.bottom)
        fragments.insert(next(following, len(fragments)), new)
        return
    position = _index(fragments, near) + 1
    while (
        position < len(fragments)
        and fragments[position].field
        and _is_before(fragments[position], new)
    ):
        position += 1
    fragments.insert(position, new)


def _index(fragments: Sequence[Fragment], wanted: Fragment) -> int:
    return next(n for n, other in enumerate(fragments) if other is wanted)


def _is_before(other: Fragment, new: Fragment) -> bool:
    if abs(other.middle - new.middle) < new.size:
        return other.left < new.left
    return other.middle > new.middle


def _overlap(one: Fragment, other: Fragment) -> bool:
    return min(one.right, other.right) > max(one.left, other.left)


def _says(label: str, name: str) -> bool:
    """Tell whether a printed *label* says the *name* of a field, or a part of it."""
    printed, named = _letters(label), _letters(name)
    return bool(printed) and (named in printed or printed in named)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


def leave_pictures(document: "PdfDocument", page: "PdfPage") -> bool:
    """Take everything off *page* but annotations that are pictures only; tell whether any are left.

    The page must be opened again to read them.
    """
    import pypdfium2.raw as pdfium

    others = [
        number
        for number, annotation in enumerate(_annotations(page))
        if _stated(document, annotation) or not _is_picture(document, annotation)
    ]
    if len(others) == min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST):
        return False
    for number in reversed(others):
        pdfium.FPDFPage_RemoveAnnot(page.raw, number)
    for number in reversed(range(pdfium.FPDFPage_CountObjects(page.raw))):
        drawn = pdfium.FPDFPage_GetObject(page.raw, number)
        if pdfium.FPDFPage_RemoveObject(page.raw, drawn):
            pdfium.FPDFPageObj_Destroy(drawn)
    pdfium.FPDFPage_GenerateContent(page.raw)
    return bool(pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY) == _DRAWN)


def _annotations(page: "PdfPage") -> Iterator[Any]:
    """Yield the annotations of a page as pdfium's handles, None for one that is broken."""
    import pypdfium2.raw as pdfium

    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, number)
        try:
            yield annotation or None
        finally:
            if annotation:
                pdfium.FPDFPage_CloseAnnot(annotation)


_Annotation = tuple[tuple[float, float, float, float], str, str, str]
"""Box in points, kind (`field`, `tick`, `text`, `note`), name or "", and text."""


def _stated(document: "PdfDocument", annotation: Any) -> _Annotation | None:
    """Return what an annotation states, None for nothing."""
    import pypdfium2.raw as pdfium

    if not _is_shown(annotation):
        return None
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    if kind == pdfium.FPDF_ANNOT_WIDGET:
        found = _widget(document, annotation)
    else:
        contents = _lines(_string(pdfium.FPDFAnnot_GetStringValue, annotation, b"Contents"))
        found = ("text" if kind == pdfium.FPDF_ANNOT_FREETEXT else "note", "", contents)
    if not found or not found[2]:
        return None
    rectangle = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, rectangle)
    return (rectangle.left, rectangle.bottom, rectangle.right, rectangle.top), *found


def _is_shown(annotation: Any) -> bool:
    import pypdfium2.raw as pdfium

    return (
        annotation is not None
        and not pdfium.FPDFAnnot_GetFlags(annotation) & _HIDDEN
        and pdfium.FPDFAnnot_GetSubtype(annotation)
        not in (pdfium.FPDF_ANNOT_POPUP, pdfium.FPDF_ANNOT_LINK)
    )


def _is_picture(document: "PdfDocument", annotation: Any) -> bool:
    """Tell whether an annotation that states nothing has something drawn for it."""
    import pypdfium2.raw as pdfium

    if not _is_shown(annotation) or not pdfium.FPDFAnnot_HasKey(annotation, b"AP"):
        return False
    if document.formenv is None or (
        pdfium.FPDFAnnot_GetSubtype(annotation) != pdfium.FPDF_ANNOT_WIDGET
    ):
        return True
    form = document.formenv.raw
    is_text = pdfium.FPDFAnnot_GetFormFieldType(form, annotation) == pdfium.FPDF_FORMFIELD_TEXTFIELD
    return not (is_text and pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD)


def _widget(document: "PdfDocument", annotation: Any) -> tuple[str, str, str] | None:
    """Return kind, name and value of a form field, None for one that shows nothing."""
    import pypdfium2.raw as pdfium

    if document.formenv is None:
        return None
    form = document.formenv.raw
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    name = _string(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation) or _string(
        pdfium.FPDFAnnot_GetFormFieldName, form, annotation
    )
    name = name.rpartition(".")[2] if "[" in name else name
    words = _WORD.findall(name[:200].lower())
    is_generated = all(word in _GENERATED or len(word) == 1 for word in words)
    name = "" if is_generated else clean(name[:200].replace("_", " "))
    match kind:
        case pdfium.FPDF_FORMFIELD_CHECKBOX | pdfium.FPDF_FORMFIELD_RADIOBUTTON:
            is_ticked = pdfium.FPDFAnnot_IsChecked(form, annotation)
            return "tick", name, TICKED if is_ticked else UNTICKED
        case pdfium.FPDF_FORMFIELD_LISTBOX:
            return "field", name, _listed(form, annotation) or _value(form, annotation)
        case pdfium.FPDF_FORMFIELD_COMBOBOX:
            chosen = (label for label, is_chosen in _options(form, annotation) if is_chosen)
            return "field", name, ", ".join(chosen) or _value(form, annotation)
        case pdfium.FPDF_FORMFIELD_TEXTFIELD:
            if pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD:
                return None
            return "field", name, _value(form, annotation)
    return None


def _value(form: Any, annotation: Any) -> str:
    import pypdfium2.raw as pdfium

    return _lines(_string(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation))


def _listed(form: Any, annotation: Any) -> str:
    """Return what a list shows: its options, ticked or not; of a long one, the chosen ones."""
    options = list(_options(form, annotation))
    if len(options) > _MOST_OPTIONS:
        return ", ".join(label for label, is_chosen in options if is_chosen)
    return " ".join(f"{TICKED if chosen else UNTICKED} {label}" for label, chosen in options)


def _options(form: Any, annotation: Any) -> Iterator[tuple[str, bool]]:
    """Yield the labels of the options, and whether they are chosen."""
    import pypdfium2.raw as pdfium

    for number in range(min(pdfium.FPDFAnnot_GetOptionCount(form, annotation), _MOST)):
        if label := clean(_string(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, number)):
            yield label, bool(pdfium.FPDFAnnot_IsOptionSelected(form, annotation, number))


def _string(function: Callable[..., int], *arguments: Any) -> str:
    """Return a string that pdfium writes into a buffer as UTF-16, and whose length it tells."""
    import pypdfium2.raw as pdfium

    length = min(function(*arguments, None, 0), 2 * _LONGEST)
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    function(*arguments, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), length)
    return buffer.raw[: length - length % 2].decode("utf-16-le", "replace").partition("\0")[0]


def _lines(text: str) -> str:
    return " / ".join(filter(None, map(clean, text.splitlines())))
